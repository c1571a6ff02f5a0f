//! The house in order: who imports whom, where `unsafe` may stand, and that every file says what it is for.
//!
//! The table is ARCHITECTURE.md's "Who may import whom".

use std::fs;
use std::path::{Path, PathBuf};

/// A part of the house: the files whose path under `src/` begins so, and what they may use.
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
    row("text", &[], &["caseless", "unicode_normalization"]),
    row("register", &["domain", "text"], &["hashbrown", "jiff"]),
    row("history", &["domain"], &["jiff"]),
    row("screening", &["domain", "text", "register", "history"], &["rust_decimal"]),
    row("wire", &["domain"], &["jiff", "pbjson", "prost", "serde", "serde_json", "thiserror"]),
    row(
        "telemetry",
        &["domain"],
        &["metrics", "metrics_exporter_prometheus", "tracing", "tracing_subscriber"],
    ),
    row("pipeline/judge", PURE, &["jiff", "sha2"]),
    row("pipeline/batch", PURE, &["jiff"]),
    row("pipeline/plan", PURE, &["jiff"]),
    row("pipeline/ports", PURE, &["thiserror"]),
    row(
        "pipeline",
        &["domain", "wire", "screening", "history", "telemetry"],
        &["arc_swap", "jiff", "metrics"],
    ),
    row("kafka", &["pipeline", "telemetry"], &["jiff", "rdkafka", "thiserror", "tracing"]),
    row("feeds", &["domain", "wire", "register", "screening"], &["hashbrown", "sha2", "thiserror"]),
    row(
        "config",
        &["kafka", "pipeline", "screening", "telemetry", "wire"],
        &["thiserror", "toml", "tracing"],
    ),
    row("sample", &["domain", "wire"], &["fastrand", "jiff"]),
    row("admin", &["telemetry"], &["axum", "serde", "tokio"]),
    row(
        "app",
        &["admin", "config", "domain", "feeds", "kafka", "pipeline", "screening", "telemetry"],
        &["arc_swap", "jiff", "thiserror", "tokio"],
    ),
    row("cli", EVERYTHING, &["clap", "hashbrown", "jiff", "tempfile", "tokio", "unicode_width"]),
    row("main", &["cli"], &["parcelgate", "tikv_jemallocator"]),
    row("lib", EVERYTHING, &[]),
];

const PURE: &[&str] = &["domain", "wire", "screening", "history", "pipeline"];
const EVERYTHING: &[&str] = &[
    "domain",
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
    "cli",
];

/// Every crate of the manifest: a path that begins with one is a use of it.
const CRATES: &[&str] = &[
    "arc_swap",
    "axum",
    "caseless",
    "clap",
    "fastrand",
    "hashbrown",
    "jiff",
    "metrics",
    "metrics_exporter_prometheus",
    "parcelgate",
    "pbjson",
    "prost",
    "rdkafka",
    "rust_decimal",
    "serde",
    "serde_json",
    "sha2",
    "tempfile",
    "thiserror",
    "tikv_jemallocator",
    "tokio",
    "toml",
    "tracing",
    "tracing_subscriber",
    "unicode_normalization",
    "unicode_width",
];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 50, "{} files", files.len());
    files
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The code of a file without comments and without what is only compiled for tests.
fn product_code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    before_tests
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// Files that exist only for tests.
fn is_for_tests(name: &str) -> bool {
    name.ends_with("test_support.rs") || name.ends_with("simulation.rs")
}

/// The crate's own modules and the crates that code names.
fn uses(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("::") {
        let before = &code[..at];
        let start =
            before.rfind(|c: char| !(c.is_alphanumeric() || c == '_')).map_or(0, |index| index + 1);
        let first = &before[start..];
        // Only the beginning of a path names a crate.
        let begins = !before[..start].ends_with("::");
        if !begins {
            continue;
        }
        if first == "crate" {
            found.extend(after_crate(&code[at + 2..]));
        } else if CRATES.contains(&first) {
            found.push(first.to_owned());
        }
    }
    found
}

/// The modules that follow `crate::`: one name, or several in braces.
fn after_crate(rest: &str) -> Vec<String> {
    let name = |text: &str| {
        text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let Some(list) = rest.strip_prefix('{') else { return vec![format!("crate::{}", name(rest))] };
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    parts.iter().map(|part| format!("crate::{}", name(part))).filter(|it| it != "crate::").collect()
}

/// What a file uses and may not.
fn offences(name: &str, code: &str) -> Vec<String> {
    let row = TABLE.iter().find(|row| name.starts_with(row.part));
    let row = row.unwrap_or_else(|| panic!("src/{name} is in no row of the table"));
    let own = row.part.split('/').next().unwrap();
    uses(code)
        .into_iter()
        .filter(|used| match used.strip_prefix("crate::") {
            Some(module) => module != own && !row.modules.contains(&module),
            None => !row.crates.contains(&used.as_str()),
        })
        .map(|used| format!("src/{name} uses {used}"))
        .collect()
}

#[test]
fn modules_use_only_what_they_may() {
    let offences = sources()
        .iter()
        .filter(|(name, _)| !is_for_tests(name))
        .flat_map(|(name, text)| offences(name, &product_code(text)))
        .collect::<Vec<_>>();
    assert!(offences.is_empty(), "{offences:#?}");
}

#[test]
fn an_import_that_is_not_allowed_is_seen() {
    for (name, code, seen) in [
        ("domain/money.rs", "use prost::Message;", true),
        ("domain/money.rs", "use std::fmt;\nuse super::Money;", false),
        ("screening/mod.rs", "use crate::{domain::Party, feeds::{Content, FeedFile}};", true),
        ("screening/mod.rs", "fn f() { metrics::counter(); }", true),
        ("register/index.rs", "use crate::domain::{Recordal, Technique};", false),
        ("pipeline/plan.rs", "let x = rdkafka::util::f();", true),
        ("kafka/broker.rs", "use crate::screening::Reference;", true),
        ("config/daemon.rs", "use crate::cli;", true),
    ] {
        assert_eq!(!offences(name, code).is_empty(), seen, "{name}: {code}");
    }
}

#[test]
fn only_whoever_may_reads_the_clock() {
    for (name, text) in sources() {
        let pure = ["domain", "text", "register", "history", "screening", "wire", "sample"]
            .iter()
            .any(|part| name.starts_with(part))
            || ["pipeline/judge.rs", "pipeline/plan.rs", "pipeline/batch.rs"]
                .contains(&name.as_str());
        let code = product_code(&text);
        let reads =
            ["Timestamp::now", "SystemTime", "Instant::now"].iter().any(|it| code.contains(it));
        assert!(!(pure && reads), "src/{name} reads the clock");
    }
}

#[test]
fn unsafe_code_is_in_one_file() {
    for (name, text) in sources() {
        let code = product_code(&text);
        let is_unsafe = ["unsafe {", "unsafe fn", "unsafe extern", "unsafe impl"]
            .iter()
            .any(|form| code.contains(form));
        assert_eq!(is_unsafe, name == "kafka/native.rs", "src/{name}");
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    for (name, text) in sources() {
        assert!(text.starts_with("//! "), "src/{name} does not open with its duty");
    }
}
