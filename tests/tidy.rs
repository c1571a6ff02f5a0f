//! The house in order: who imports whom, where `unsafe` may stand, and that every file says what it is for.
//!
//! The table is ARCHITECTURE.md's "Who may import whom".

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A part of the house: a file or folder of `src/`, and what it may use. A path allows what is beneath it.
struct Row {
    part: &'static str,
    modules: &'static [&'static str],
    crates: &'static [&'static str],
}

const fn row(
    part: &'static str,
    modules: &'static [&'static str],
    crates: &'static [&'static str],
) -> Row {
    Row { part, modules, crates }
}

/// The first row that fits a file counts. A part may always use itself.
const TABLE: &[Row] = &[
    row("domain", &[], &["jiff", "rust_decimal", "thiserror"]),
    row("text", &[], &[]),
    row("register", &["domain", "text"], &["arrayvec", "hashbrown", "jiff"]),
    row("history", &["domain"], &["jiff"]),
    row("archive", &[], &["tempfile", "zstd"]),
    row(
        "screening",
        &["domain", "text", "register", "history"],
        &["aho_corasick", "arrayvec", "hashbrown", "jiff", "rust_decimal", "siphasher"],
    ),
    row(
        "explanation",
        &[
            "domain",
            "screening::Language",
            "screening::check_name",
            "screening::field_name",
            "text::visible",
            "text::visible_char",
        ],
        &["anstyle", "jiff", "maud", "textwrap", "unicode_width"],
    ),
    row(
        "backtest",
        &[
            "domain",
            "screening::Language",
            "screening::Lists",
            "screening::check_name",
            "screening::hub_name",
            "sheet",
        ],
        &["jiff", "rust_decimal"],
    ),
    row(
        "replay",
        &["domain", "screening::Language", "text::visible", "wire"],
        &["hashbrown", "jiff", "sha2", "thiserror"],
    ),
    row(
        "report",
        &[
            "domain",
            "screening::Currencies",
            "screening::Language",
            "screening::Lists",
            "screening::hub_name",
            "sheet",
        ],
        &["hashbrown", "jiff", "roaring", "rust_decimal"],
    ),
    row(
        "sheet",
        &["html", "text::visible"],
        &["csv", "maud", "rust_decimal", "serde_json", "unicode_width"],
    ),
    row("html", &[], &["base64", "maud", "sha2"]),
    row(
        "wire",
        &["domain"],
        &["jiff", "pbjson", "prost", "serde", "serde_json", "simdutf8", "thiserror"],
    ),
    row(
        "telemetry",
        &["domain"],
        &[
            "metrics",
            "metrics_exporter_prometheus",
            "metrics_process",
            "tracing",
            "tracing_subscriber",
        ],
    ),
    row(
        "pipeline::judge",
        &["domain", "wire", "screening", "history", "pipeline::notices"],
        &["jiff", "sha2"],
    ),
    row("pipeline::batch", PLAN, &["jiff"]),
    row("pipeline::plan", PLAN, &["jiff"]),
    row("pipeline::ports", PLAN, &["thiserror"]),
    row(
        "pipeline",
        &["domain", "wire", "screening", "history", "telemetry"],
        &["arc_swap", "jiff", "metrics"],
    ),
    row(
        "kafka",
        &["pipeline::batch", "pipeline::plan", "pipeline::ports", "telemetry"],
        &["jiff", "metrics", "rdkafka", "serde_json", "thiserror", "tracing"],
    ),
    row(
        "feeds",
        &[
            "archive",
            "domain",
            "wire",
            "register",
            "kafka::Settings",
            "kafka::TopicError",
            "kafka::TopicReader",
            "telemetry",
            "screening::Candidate",
            "screening::Intelligence",
            "screening::Language",
            "screening::PartyKey",
            "screening::Policy",
            "screening::Reference",
            "screening::References",
        ],
        &["sha2", "thiserror"],
    ),
    row(
        "config",
        SETTINGS,
        &["jiff", "rust_decimal", "serde_json", "thiserror", "toml", "tracing"],
    ),
    row("sample", &["domain", "wire"], &["fastrand", "jiff"]),
    row(
        "admin",
        &["domain", "screening::Language", "screening::check_name", "telemetry"],
        &[
            "arc_swap",
            "axum",
            "base64",
            "hyper",
            "hyper_util",
            "jiff",
            "serde",
            "serde_json",
            "sha2",
            "tokio",
            "tokio_io_timeout",
        ],
    ),
    row("service_manager", &[], &["sd_notify", "tracing"]),
    row(
        "app",
        &[
            "admin",
            "config",
            "domain",
            "feeds",
            "kafka",
            "pipeline",
            "screening",
            "service_manager",
            "telemetry",
        ],
        &["arc_swap", "jiff", "rustix", "thiserror", "tokio"],
    ),
    row(
        "cli",
        EVERYTHING,
        &[
            "clap",
            "hashbrown",
            "indicatif",
            "jiff",
            "maud",
            "memchr",
            "tempfile",
            "textwrap",
            "tokio",
            "unicode_width",
        ],
    ),
    row("main", &[], &["parcelgate::cli", "tikv_jemallocator"]),
    row("lib", &[], &[]),
];

const PLAN: &[&str] = &[
    "domain",
    "wire",
    "screening",
    "history",
    "pipeline::batch",
    "pipeline::judge",
    "pipeline::plan",
    "pipeline::ports",
];

/// What the other parts are told, and nothing that does anything.
const SETTINGS: &[&str] = &[
    "archive::Archive",
    "domain::Category",
    "domain::Channel",
    "domain::CheckCode",
    "domain::Direction",
    "domain::Technique",
    "domain::is_country_code",
    "feeds::FeedSource",
    "feeds::Sources",
    "kafka::OauthBearer",
    "kafka::Secret",
    "kafka::SecurityProtocol",
    "kafka::Settings",
    "kafka::StartFrom",
    "pipeline::Notices",
    "pipeline::Task",
    "pipeline::WorkerSettings",
    "screening::Campaign",
    "screening::ComplaintsPoints",
    "screening::ConditionField",
    "screening::Conditional",
    "screening::Conditions",
    "screening::Currencies",
    "screening::DataQualityPoints",
    "screening::PartyHistoryPoints",
    "screening::PatternPoints",
    "screening::Language",
    "screening::Lists",
    "screening::Rate",
    "screening::Points",
    "screening::PartyKey",
    "screening::Policy",
    "screening::RandomSample",
    "screening::RecordedMarkPoints",
    "screening::Rule",
    "screening::SellerPoints",
    "screening::Set",
    "screening::UnitValues",
    "screening::category_name",
    "screening::channel_name",
    "screening::direction_name",
    "telemetry::LogFormat",
    "telemetry::LogSettings",
    "wire::Encoding",
    "wire::Limits",
];

const EVERYTHING: &[&str] = &[
    "archive",
    "domain",
    "backtest",
    "explanation",
    "html",
    "replay",
    "report",
    "sheet",
    "wire",
    "text",
    "register",
    "history",
    "screening",
    "telemetry",
    "pipeline",
    "kafka",
    "config",
    "feeds",
    "admin",
    "app",
    "sample",
];

/// Crates that have one user. The table says so too; here it says so where nobody adds a row in passing.
const ONE_USER: &[(&str, &str)] = &[
    ("axum", "admin"),
    ("clap", "cli"),
    ("pbjson", "wire"),
    ("prost", "wire"),
    ("rdkafka", "kafka"),
    ("toml", "config"),
];

/// Parts that give the same answer whenever and wherever they are asked.
const PURE: &[&str] = &[
    "domain",
    "text",
    "register",
    "history",
    "screening",
    "wire",
    "sample",
    "pipeline::judge",
    "pipeline::batch",
    "pipeline::plan",
];

/// The world outside.
const OUTSIDE: &[&str] =
    &["std::env", "std::fs", "std::net", "std::process", "std::thread", "std::time::SystemTime"];

/// A file under `src/`.
struct Source {
    /// Such as `kafka/native.rs`.
    name: String,
    text: String,
    /// Compiled for tests only.
    for_tests: bool,
}

impl Source {
    /// The module that the file is: `pipeline::plan` for `pipeline/plan.rs`.
    fn module(&self) -> String {
        module_of(&self.name)
    }
}

fn module_of(name: &str) -> String {
    let path = name.trim_end_matches(".rs").replace('/', "::");
    path.trim_end_matches("::mod").to_owned()
}

fn sources() -> Vec<Source> {
    let root = project().join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let files = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect::<Vec<_>>();
    assert!(files.len() > 50, "{} files", files.len());
    let test_modules =
        files.iter().flat_map(|(name, text)| test_modules(name, text)).collect::<BTreeSet<_>>();
    files
        .into_iter()
        .map(|(name, text)| {
            let for_tests = test_modules.contains(&module_of(&name));
            Source { name, text, for_tests }
        })
        .collect()
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Modules with a file of their own that a file declares for tests only.
fn test_modules(name: &str, text: &str) -> Vec<String> {
    let lines = text.lines().collect::<Vec<_>>();
    let declared = lines.windows(2).filter(|pair| pair[0].trim() == "#[cfg(test)]");
    declared
        .filter_map(|pair| pair[1].trim().strip_suffix(';')?.rsplit_once("mod "))
        .map(|(_, module)| format!("{}::{module}", module_of(name)))
        .collect()
}

/// The code of a file without comments and without modules that are compiled for tests only.
/// The layout is rustfmt's: a module ends with a brace as deep as its first line.
fn product_code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let opens_module = |next: &&str| {
            let next = next.trim();
            next.ends_with('{') && (next.starts_with("mod ") || next.contains(" mod "))
        };
        if line.trim() == "#[cfg(test)]" && lines.peek().is_some_and(opens_module) {
            let end = format!("{}}}", &line[..line.len() - line.trim_start().len()]);
            lines.by_ref().find(|line| **line == end);
        } else if !line.trim_start().starts_with("//") {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Every path that code names, as written; those of `use` lists in full.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut before = '\n';
    while let Some(c) = code[at..].chars().next() {
        let rest = &code[at..];
        let line = code[..at].rsplit('\n').next().unwrap_or_default();
        if let Some(tree) = imported(line, rest) {
            expand("", tree, &mut found);
            at += rest.find(';').unwrap_or(rest.len());
        } else if is_word(c) {
            let path = path_at(rest);
            // After `::` stands the rest of a path whose beginning was generic, unless it is a leading `::`.
            if path.contains("::") && before != ':' {
                found.push(path.to_owned());
            }
            before = 'a';
            at += path.len();
        } else {
            let leading = rest.starts_with("::") && !is_word(before) && before != '>';
            before = if leading { '\n' } else { c };
            at += if leading { 2 } else { c.len_utf8() };
        }
    }
    found
}

/// The tree of a `use` or `extern crate` that stands here, after what is before it on its line.
fn imported<'a>(line: &str, rest: &'a str) -> Option<&'a str> {
    let line = line.trim();
    let tree = if line.is_empty() || line.starts_with("pub") && !line.contains([';', '{']) {
        rest.strip_prefix("use ").or_else(|| rest.strip_prefix("extern crate "))
    } else {
        None
    };
    tree.map(|tree| tree.split(';').next().unwrap_or(tree))
}

/// The path of plain names that a text begins with.
fn path_at(text: &str) -> &str {
    let mut length = 0;
    loop {
        let rest = &text[length..];
        length += rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let next = text[length..].strip_prefix("::");
        if !next.is_some_and(|next| next.starts_with(is_word)) {
            return &text[..length];
        }
        length += 2;
    }
}

/// Writes out a tree such as `a::{b, c::{self, d as e}}`.
fn expand(prefix: &str, tree: &str, found: &mut Vec<String>) {
    let tree = tree.trim();
    if let Some((inner_prefix, list)) = tree.split_once('{') {
        let prefix = format!("{prefix}{}", inner_prefix.trim());
        let list = list.trim_end().trim_end_matches(',').strip_suffix('}').unwrap_or(list);
        let mut depth = 0;
        let at_top = |c: char| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        };
        list.split(at_top).for_each(|part| expand(&prefix, part, found));
    } else if !tree.is_empty() {
        let name = tree.split(" as ").next().unwrap_or(tree).trim();
        let path = format!("{prefix}{name}");
        found.push(path.trim_start_matches("::").trim_end_matches("::self").to_owned());
    }
}

/// What a path of a module means: `crate::…` for the crate's own, anything else as it is.
fn resolve(module: &str, path: &str) -> String {
    let mut place =
        module.split("::").filter(|it| !["lib", "main"].contains(it)).collect::<Vec<_>>();
    let mut rest = path.split("::").peekable();
    match rest.peek() {
        Some(&"crate") => place.clear(),
        Some(&"self" | &"super") => {}
        _ => return path.to_owned(),
    }
    while let Some(step) = rest.next_if(|it| ["crate", "self", "super"].contains(it)) {
        if step == "super" {
            place.pop();
        }
    }
    ["crate"].into_iter().chain(place).chain(rest).collect::<Vec<_>>().join("::")
}

/// Whether a path is the one named, or beneath it.
fn beneath(path: &str, named: &str) -> bool {
    path.strip_prefix(named).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn any_of(path: &str, named: &[&str]) -> bool {
    named.iter().any(|named| beneath(path, named))
}

/// Names of the manifest's dependencies, as code writes them.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(project().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let names = manifest["dependencies"].as_table().unwrap().keys();
    names.map(|name| name.replace('-', "_")).chain(["parcelgate".to_owned()]).collect()
}

/// What a module uses and may not.
fn offences(module: &str, code: &str, crates: &[String]) -> Vec<String> {
    let row = TABLE.iter().find(|row| beneath(module, row.part));
    let row = row.unwrap_or_else(|| panic!("{module} is in no row of the table"));
    let may_not = |path: &String| match path.strip_prefix("crate::") {
        Some(path) => !beneath(path, row.part) && !any_of(path, row.modules),
        None => crates.iter().any(|it| beneath(path, it)) && !any_of(path, row.crates),
    };
    paths(code)
        .iter()
        .map(|path| resolve(module, path))
        .filter(may_not)
        .map(|path| format!("{module} uses {path}"))
        .collect()
}

/// How a pure part looks outside.
fn looks_outside(code: &str) -> Vec<String> {
    let outside = |path: &String| any_of(path, OUTSIDE) || path.ends_with("::now");
    paths(code).into_iter().filter(outside).collect()
}

#[test]
fn modules_use_only_what_they_may() {
    let crates = dependencies();
    let offences = sources()
        .iter()
        .filter(|source| !source.for_tests)
        .flat_map(|source| offences(&source.module(), &product_code(&source.text), &crates))
        .collect::<Vec<_>>();
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn crates_of_one_user_have_one_row() {
    for (name, user) in ONE_USER {
        let users = TABLE.iter().filter(|row| row.crates.contains(name)).map(|row| row.part);
        assert_eq!(users.collect::<Vec<_>>(), [*user], "{name}");
    }
}

#[test]
fn an_import_that_is_not_allowed_is_seen() {
    let crates = dependencies();
    for (module, code, seen) in [
        ("domain::money", "use prost::Message;", true),
        ("domain::money", "use prost;", true),
        ("domain::money", "use prost as p;", true),
        ("domain::money", "extern crate prost;", true),
        ("domain::money", "fn f() { ::prost::f() }", true),
        ("domain::money", "#[derive(serde::Serialize)]", true),
        ("domain::money", "use super::super::wire::v1;", true),
        ("domain::money", "use std::fmt;\nuse super::Money;", false),
        ("domain", "let metrics = Decimal::new(1, 2);", false),
        ("screening", "use crate::{domain::Party, feeds::{Content, FeedFile}};", true),
        ("screening", "use crate::{\n    domain::{Line, Party},\n    text::fold,\n};", false),
        ("screening", "fn f() { metrics::counter(); }", true),
        ("screening", "let x = Vec::<crate::feeds::Content>::new();", true),
        ("screening::checks::a", "use super::super::{notes::Note, Subject};", false),
        ("register::index", "use crate::domain::{Recordal, Technique};", false),
        ("pipeline::plan", "let x = rdkafka::util::f();", true),
        ("pipeline::plan", "use super::worker::Worker;", true),
        ("pipeline::plan", "use super::judge::Judge;", false),
        ("kafka::broker", "use crate::screening::Reference;", true),
        ("kafka::broker", "use crate::pipeline::Worker;", true),
        ("telemetry::events", "use crate::kafka::Cluster;", true),
        ("config::daemon", "use crate::cli;", true),
        ("config::daemon", "use crate::screening::screen;", true),
        ("feeds", "use crate::pipeline::Stop;", true),
        ("app", "use crate::cli::main;", true),
        ("sample", "use crate::config::load_policy;", true),
        ("cli::run", "use crate::config::DaemonSettings;", false),
        ("main", "use parcelgate::domain::Money;", true),
    ] {
        assert_eq!(!offences(module, code, &crates).is_empty(), seen, "{module}: {code}");
    }
}

#[test]
fn only_what_is_for_tests_is_left_out() {
    let text = "use a::b;\n// use c::d;\n#[cfg(test)]\nmod tests {\n    use e::f;\n    mod x {\n    }\n}\n\
                #[cfg(test)]\npub(crate) mod test_support;\nuse g::h;\n";
    assert_eq!(paths(&product_code(text)), ["a::b", "g::h"]);
    assert_eq!(test_modules("p/mod.rs", text), ["p::test_support"]);
}

#[test]
fn paths_are_written_out() {
    let code = "pub use a::{self, b::{c, d as e}, f::*};\nlet x: g::H<i::J> = k::<l::M>::n();\n\
                say(\"use this\"); o::p(); // use that\nfn q() -> impl R + use<'_> { s::t() }\n";
    let found = ["a", "a::b::c", "a::b::d", "a::f::*", "g::H", "i::J", "l::M", "o::p", "s::t"];
    assert_eq!(paths(code), found);
    for (path, resolved) in [
        ("super::x", "crate::pipeline::x"),
        ("super::super::wire::x", "crate::wire::x"),
        ("self::x", "crate::pipeline::plan::x"),
        ("crate::x::y", "crate::x::y"),
        ("jiff::x", "jiff::x"),
    ] {
        assert_eq!(resolve("pipeline::plan", path), resolved);
    }
}

#[test]
fn pure_parts_do_not_look_outside() {
    for source in sources().iter().filter(|source| any_of(&source.module(), PURE)) {
        let looks = looks_outside(&product_code(&source.text));
        assert!(looks.is_empty(), "src/{}: {looks:?}", source.name);
    }
    for code in ["use std::{fmt, fs::File};", "let x = Timestamp::now();", "std::thread::sleep(x)"]
    {
        assert!(!looks_outside(code).is_empty(), "{code}");
    }
}

#[test]
fn unsafe_code_is_in_one_file() {
    for source in sources() {
        let code = product_code(&source.text);
        let is_unsafe = ["unsafe {", "unsafe fn", "unsafe extern", "unsafe impl"]
            .iter()
            .any(|form| code.contains(form));
        assert_eq!(is_unsafe, source.name == "kafka/native.rs", "src/{}", source.name);
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for Source { name, text, .. } in sources() {
        assert!(text.starts_with("//! "), "src/{name} does not open with its duty");
    }
}

#[test]
fn no_file_names_a_folder_of_somebodys_machine() {
    // In two pieces, so that this file does not name them either.
    let folders = ["home", "root", "work", "Users", "tmp"].map(|name| format!("/{name}/"));
    let mut files = Vec::new();
    for folder in [".ci", "benches", "config", "deploy", "docs", "proto", "scripts", "src", "tests"]
    {
        collect(&project().join(folder), &mut files);
    }
    let beside = fs::read_dir(project()).unwrap().map(|entry| entry.unwrap().path());
    // `.git` is a file where the project is one of several work trees.
    files.extend(beside.filter(|path| path.is_file() && !path.ends_with(".git")));
    for path in files {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let named = folders.iter().find(|folder| text.contains(*folder));
        assert_eq!(named, None, "{}", path.display());
    }
}
