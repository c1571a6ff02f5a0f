//! What is said of settings: shown in force, described for editors and readers.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::harness::daemon::PROGRAM;

/// Set to write the documents anew instead of comparing them: `make documents`.
const WRITES: &str = "PARCELGATE_WRITE_DOCUMENTS";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn said(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn schema(arguments: &[&str]) -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&said(arguments)).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

fn from_toml(text: &str) -> Value {
    let mut value = serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
    days_as_texts(&mut value);
    value
}

/// TOML has days, JSON has not: editors show them to a schema as texts.
fn days_as_texts(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(day) = fields.get("$__toml_private_datetime") {
                *value = day.clone();
            } else {
                fields.values_mut().for_each(days_as_texts);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(days_as_texts),
        _ => {}
    }
}

#[test]
fn published_documents_are_those_of_the_program() {
    for (path, arguments) in [
        ("config/schema/parcelgate.schema.json", &["config", "schema"][..]),
        ("config/schema/policy.schema.json", &["config", "schema", "--policy"]),
        ("docs/configuration.md", &["config", "reference"]),
    ] {
        let (path, said) = (root().join(path), said(arguments));
        if std::env::var_os(WRITES).is_some() {
            fs::write(&path, &said).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == said, "{} is out of date; run `make documents`", path.display());
    }
}

/// The program refuses what these settings lead to.
fn assert_refused(settings: &Path, refused: &str) {
    let output = Command::new(PROGRAM)
        .args(["check", "--offline", "--config"])
        .arg(settings)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(78), "{refused}: {output:?}");
}

#[test]
fn schemas_take_what_is_shipped_and_refuse_what_the_program_refuses() {
    let settings = schema(&["config", "schema"]);
    let policy = schema(&["config", "schema", "--policy"]);
    let mut shipped =
        fs::read_dir(root().join("config/hubs")).unwrap().map(|it| it.unwrap().path());
    let mut files = vec![root().join("config/parcelgate.toml"), root().join("config/policy.toml")];
    files.extend(shipped.by_ref());
    assert!(files.len() > 8, "{files:?}");
    for file in files {
        let is_policy = file.file_stem().unwrap().to_str().unwrap().ends_with("policy");
        let schema = if is_policy { &policy } else { &settings };
        let value = from_toml(&fs::read_to_string(&file).unwrap());
        let problems = schema.iter_errors(&value).map(|it| it.to_string()).collect::<Vec<_>>();
        assert!(problems.is_empty(), "{}: {problems:?}", file.display());
    }

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.toml");
    for refused in [
        "[kafka]\nworkers = 0",
        "[kafka]\nworkers = \"2\"",
        "[kafka]\nworker = 2",
        "[kafkas]\nworkers = 2",
        "[kafka]\ncompression = \"rar\"",
        "[dead_letters]\npayload = 1",
        "[platform_notices]\nplatforms = 3",
    ] {
        assert!(!settings.is_valid(&from_toml(refused)), "{refused}");
        fs::write(&file, refused).unwrap();
        assert_refused(&file, refused);
    }

    let policy_file = folder.path().join("policy.toml");
    fs::write(&file, "[policy]\nfile = \"policy.toml\"").unwrap();
    for refused in [
        "hold_threshold = 0",
        "threshold = 50",
        "[points.seller]\npenalised = \"much\"",
        "[[rule]]\nid = \"a\"",
        "[[rule]]\nid = \"a\"\nnote = \"n\"\npoints = 1\ncolour = \"red\"",
        "[[campaign]]\nid = \"a\"\nnote = \"n\"\nmark_percent = -1",
        "[currencies]\nUSD = 7",
    ] {
        assert!(!policy.is_valid(&from_toml(refused)), "{refused}");
        fs::write(&policy_file, refused).unwrap();
        assert_refused(&file, refused);
    }
}

#[test]
fn what_is_printed_is_in_force_says_where_from_and_keeps_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let (file, again) = (folder.path().join("hub.toml"), folder.path().join("again.toml"));
    fs::write(folder.path().join("password"), "dont-show-me-1\n").unwrap();
    fs::write(
        &file,
        "[hub]\nname = \"a \\\"b\\\"\"\n[kafka]\nssl_key_password = \"dont-show-me-2\"\n\
         sasl_password_file = \"password\"\n[platform_notices]\nplatforms = [\"x\", \"y\"]\n",
    )
    .unwrap();
    let print = |file: &Path| {
        let output = Command::new(PROGRAM)
            .args(["config", "print", "--config"])
            .arg(file)
            .env("PARCELGATE__KAFKA__WORKERS", "3")
            .env("PARCELGATE__PRIVACY__KEY", "dont-show-me-at-all")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let printed = print(&file);
    for expected in [
        format!("name = \"a \\\"b\\\"\" # {}:2", file.display()),
        format!("# ssl_key_password is set and not shown # {}:4", file.display()),
        format!("sasl_password_file = \"password\" # {}:5", file.display()),
        format!("platforms = [\"x\",\"y\"] # {}:7", file.display()),
        "workers = 3 # environment variable PARCELGATE__KAFKA__WORKERS".to_owned(),
        "# key is set and not shown # environment variable PARCELGATE__PRIVACY__KEY".to_owned(),
        "session_timeout_ms = 15000 # built-in parcelgate.toml:".to_owned(),
    ] {
        assert!(printed.contains(&expected), "{expected} is not in:\n{printed}");
    }
    assert!(!printed.contains("dont-show-me"), "{printed}");

    fs::write(&again, &printed).unwrap();
    let values = |text: &str| {
        text.lines().map(|it| it.split(" # ").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let printed_again = values(&print(&again));
    let mut expected = values(&printed);
    // What was not shown cannot be read back.
    expected.retain(|line| !line.contains("ssl_key_password"));
    let printed_again = printed_again.into_iter().filter(|line| !line.contains("ssl_key_password"));
    assert_eq!(printed_again.collect::<Vec<_>>(), expected);
}

/// Headings, tables, code and links of a page, without its language.
fn frame(page: &str) -> Vec<String> {
    let links = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = links.filter(|link| !link.starts_with("README"));
    let links = links.map(|link| link.replace("-zh.png", "-en.png"));
    let marks = page.lines().filter_map(|line| {
        let is_of_the_frame = line.starts_with("##") || line.starts_with('|');
        let first_cell = line.split(['`', '|']).filter(|_| line.starts_with("| `")).nth(2);
        let commands = line.strip_prefix("    $ ").map(|it| it.split(' ').take(3).collect());
        let mark = line.chars().take_while(|it| *it == '#').collect::<String>();
        commands.or_else(|| is_of_the_frame.then(|| mark + first_cell.unwrap_or_default()))
    });
    let mut links = links.collect::<Vec<_>>();
    links.sort();
    marks.chain(links).collect()
}

#[test]
fn the_readme_says_the_same_in_both_languages() {
    let read = |name: &str| fs::read_to_string(root().join(name)).unwrap();
    let (english, chinese) = (frame(&read("README.md")), frame(&read("README.zh.md")));
    assert!(english.len() > 60, "{english:?}");
    assert_eq!(english, chinese);
}
