//! Every command, as a user meets it: exit codes, messages, bad input.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::harness::broker::Broker;
use crate::harness::daemon::PROGRAM;
use crate::harness::oracle::Line;
use crate::harness::{free_port, unique};

fn parcelgate(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(arguments);
    command
}

fn with_input(arguments: &[&str], input: &[u8]) -> Output {
    let mut process = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    // Beside reading: a process that writes while nobody reads does not read on either.
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).unwrap());
        process.wait_with_output().unwrap()
    })
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn decisions(output: &Output) -> Vec<Value> {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn sample_register() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sample/recordals.ndjson");
    path.to_str().unwrap().to_owned()
}

/// A folder with files.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }
}

/// The exit code, and that standard error says all of it.
fn expect(output: &Output, code: i32, says: &[&str]) {
    let stderr = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    for text in says {
        assert!(stderr.contains(text), "{text:?} is not in: {stderr}");
    }
}

#[test]
fn configuration_problems_end_with_78_and_name_file_key_and_remedy() {
    let register = format!("[reference]\nregister = \"file:{}\"\n", sample_register());
    let cases: &[(&str, &[&str])] = &[
        ("[kafka]\nworker = 2\n", &["c.toml:2", "kafka.worker", "unknown key", "workers"]),
        ("[kafka]\nworkers = \"two\"\n", &["c.toml:2", "kafka.workers", "must be an integer"]),
        ("[kafka]\nworkers = 1000\n", &["kafka.workers", "must be 1 to 64"]),
        ("[kafka\n", &["c.toml:1"]),
        (
            "[hub]\ndistrict = \"x\"\n[log]\nlevel = \"loud\"\n[nope]\na = 1\n",
            &["3 problems", "hub.district", "log.level", "nope.a"],
        ),
        (
            "[reference]\nregister = \"file:missing.ndjson\"\n",
            &["register", "missing.ndjson", "No such file", "check the path"],
        ),
        (
            "[policy]\nfile = \"missing.toml\"\n",
            &["missing.toml", "cannot be read", "No such file"],
        ),
        // A folder: what not even root can read.
        (
            "[policy]\nfile = \".\"\n",
            &["policy.file", "cannot be read", "directory", "name a readable file"],
        ),
        ("[policy]\nfile = \"bad-policy.toml\"\n", &["bad-policy.toml:2", "points.nothing"]),
        (
            "[policy]\nfile = \"missing.toml\"\nshadow = \"bad-policy.toml\"\n",
            &["2 problems", "missing.toml", "bad-policy.toml:2", "points.nothing"],
        ),
        (
            "[policy]\nshadow = \".\"\n",
            &["policy.shadow", "cannot be read", "directory", "name a readable file"],
        ),
    ];
    for (toml, says) in cases {
        let toml = if toml.contains("[reference]") {
            (*toml).to_owned()
        } else {
            format!("{toml}{register}")
        };
        let files = Files::new(&[
            ("c.toml", &toml),
            ("bad-policy.toml", "hold_threshold = 60\npoints.nothing = 1\n"),
        ]);
        let config = files.text("c.toml");
        for command in
            [vec!["check", "--offline", "--config", &config], vec!["run", "--config", &config]]
        {
            expect(&parcelgate(&command), 78, says);
        }
    }
}

#[test]
fn bad_lines_of_the_register_are_told_and_the_rest_counts() {
    let register = "{\"recordalNo\":\"T1\",\"rightKind\":\"RIGHT_KIND_TRADEMARK\",\"rightName\":\"Nike\",\
                    \"status\":\"RECORDAL_STATUS_LIVE\"}\n{}\n{\"recordalNo\n";
    let files = Files::new(&[
        ("r.ndjson", register),
        ("c.toml", "[reference]\nregister = \"file:r.ndjson\"\n"),
        ("d.ndjson", &parcel("D", "Nike shoes")),
    ]);
    let output = parcelgate(&["check", "--offline", "--config", &files.text("c.toml")]);
    expect(&output, 78, &["2 bad lines", "mend or remove"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("r.ndjson: line 2: ") && told.contains("r.ndjson: line 3: "), "{told}");

    let output =
        parcelgate(&["screen", "--register", &files.text("r.ndjson"), &files.text("d.ndjson")]);
    expect(&output, 0, &["line 2", "line 3", "2 bad lines left out"]);
    assert_eq!(decisions(&output)[0]["verdict"], "VERDICT_HOLD");
}

#[test]
fn the_environment_is_named_where_it_is_wrong() {
    for (name, value, says) in [
        ("PARCELGATE__KAFKA__WORKERS", "many", ["kafka.workers", "must be an integer"]),
        ("PARCELGATE__KAFKA__WORKER", "2", ["unknown key", "workers"]),
        ("PARCELGATE__ADMIN__LISTEN", "here", ["admin.listen", "such as 127.0.0.1:9464"]),
    ] {
        for command_line in [&["check", "--offline"][..], &["run"]] {
            let output = command(command_line).env(name, value).output().unwrap();
            expect(&output, 78, &[name, says[0], says[1]]);
        }
    }
}

#[test]
fn brokers_that_are_not_there_end_with_69() {
    let files = Files::new(&[(
        "c.toml",
        &format!(
            "[kafka]\nbootstrap_servers = \"127.0.0.1:{}\"\nconnect_timeout_ms = 500\n\
             [reference]\nregister = \"file:{}\"\n[log]\nlevel = \"error\"\n",
            free_port(),
            sample_register()
        ),
    )]);
    for verb in ["run", "check"] {
        let output = parcelgate(&[verb, "--config", &files.text("c.toml")]);
        expect(&output, 69, &["no broker at 127.0.0.1:", "bootstrap_servers"]);
    }
}

#[test]
fn missing_topics_end_with_78_until_they_are_created() {
    let broker = Broker::shared();
    let topics = [
        "declarations",
        "decisions",
        "dead_letters",
        "recordals",
        "platform_signals",
        "customs_alerts",
        "outcomes",
        "platform_notices",
    ]
    .map(|key| format!("{key} = {:?}\n", unique(key)))
    .concat();
    let files = Files::new(&[(
        "c.toml",
        &format!(
            "[kafka]\nbootstrap_servers = {:?}\n[topics]\n{topics}[reference]\nregister = \"file:{}\"\n",
            broker.bootstrap(),
            sample_register()
        ),
    )]);
    let config = files.text("c.toml");
    for verb in ["run", "check"] {
        expect(
            &parcelgate(&[verb, "--config", &config]),
            78,
            &["declarations-", "--create-topics"],
        );
    }
    let created =
        parcelgate(&["check", "--config", &config, "--create-topics", "--partitions", "3"]);
    expect(&created, 0, &[]);
    let checked = parcelgate(&["check", "--config", &config]);
    expect(&checked, 0, &[]);
    let text = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(text.matches("ok, 3 partitions").count(), 8, "{text}");
    let written = parcelgate(&["generate", "--count", "10", "--to-topic", "--config", &config]);
    expect(&written, 0, &["10 declarations written"]);
}

#[test]
fn an_admin_address_that_is_taken_ends_with_74() {
    let broker = Broker::shared();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let line = Line::create(broker, "taken", 1);
    let files = Files::new(&[("c.toml", &line.settings(broker, "0"))]);
    let output = command(&["run", "--config", &files.text("c.toml")])
        .env("PARCELGATE__ADMIN__LISTEN", &address)
        .output()
        .unwrap();
    expect(&output, 74, &["[admin] listen", &address, "free address"]);
}

#[test]
fn usage_errors_end_with_64_and_help_and_version_with_0() {
    expect(&parcelgate(&["fly"]), 64, &["unrecognized subcommand"]);
    expect(&parcelgate(&[]), 64, &["Usage"]);
    expect(&parcelgate(&["screen", "--at", "yesterday"]), 64, &["--at"]);
    expect(&parcelgate(&["check", "--offline", "--create-topics"]), 64, &["--create-topics"]);
    let version = parcelgate(&["--version"]);
    expect(&version, 0, &[]);
    let text = String::from_utf8(version.stdout).unwrap();
    assert!(text.starts_with(concat!("parcelgate ", env!("CARGO_PKG_VERSION"))), "{text}");
    let help = parcelgate(&["--help"]);
    expect(&help, 0, &[]);
    assert!(String::from_utf8(help.stdout).unwrap().contains("Exit codes"));
}

const MARK_UNTIL_JUNE: &str = r#"{"recordalNo":"T1","rightKind":"RIGHT_KIND_TRADEMARK","rightName":"Nike","status":"RECORDAL_STATUS_LIVE","validFrom":"2026-01-01","validUntil":"2026-06-30"}"#;

fn parcel(id: &str, description: &str) -> String {
    format!(
        r#"{{"declarationId":"{id}","itemId":"I","lines":[{{"lineNo":1,"description":"{description}"}}]}}"#
    )
}

#[test]
fn screening_time_decides_what_is_in_force() {
    let files = Files::new(&[("r.ndjson", MARK_UNTIL_JUNE), ("d.ndjson", &parcel("D", "Nike"))]);
    let (register, input) = (files.text("r.ndjson"), files.text("d.ndjson"));
    for (at, verdict, receipt_code) in [
        ("2026-06-30T12:00:00Z", "VERDICT_HOLD", 503),
        ("2026-07-01T00:00:00Z", "VERDICT_RELEASE", 800),
    ] {
        let output = parcelgate(&["screen", "--register", &register, "--at", at, &input]);
        expect(&output, 0, &[]);
        let decision = &decisions(&output)[0];
        assert_eq!(decision["verdict"], verdict, "{at}");
        assert_eq!(decision["receiptCode"], receipt_code, "{at}");
    }
    // Without --at the declaration's own time counts.
    let declared = parcel("D", "Nike")
        .replace("\"itemId\"", "\"declaredAt\":\"2026-03-01T00:00:00Z\",\"itemId\"");
    let output = with_input(&["screen", "--register", &register], declared.as_bytes());
    assert_eq!(decisions(&output)[0]["verdict"], "VERDICT_HOLD");
}

#[test]
fn lines_are_screened_in_order_whatever_ends_them() {
    let files = Files::new(&[("r.ndjson", MARK_UNTIL_JUNE)]);
    let input = format!(
        "\u{feff}{}\r\n\r\n{}\n  \n{}",
        parcel("A", "x"),
        parcel("B", "y"),
        parcel("C", "z")
    );
    fs::write(files.path("d.ndjson"), &input).unwrap();
    let register = files.text("r.ndjson");
    for output in [
        with_input(&["screen", "--register", &register], input.as_bytes()),
        with_input(&["screen", "--register", &register, "-"], input.as_bytes()),
        parcelgate(&["screen", "--register", &register, &files.text("d.ndjson")]),
    ] {
        expect(&output, 0, &[]);
        let ids = texts(&decisions(&output), &["declarationId", "decisionId"]);
        assert_eq!(ids, ["A file/0/0", "B file/0/2", "C file/0/4"]);
    }
}

#[test]
fn rejected_lines_end_with_65_and_the_rest_is_screened() {
    let files = Files::new(&[("r.ndjson", MARK_UNTIL_JUNE)]);
    let input = format!(
        "{}\nrubbish\n{{\"declarationId\":\"B\",\"itemId\":\"I\"}}\n{{\"lines\":[{{}}]}}\n{}\n",
        parcel("A", "x"),
        parcel("C", "y")
    );
    let rejects = files.text("rejects.ndjson");
    let arguments = ["screen", "--register", &files.text("r.ndjson"), "--rejects", &rejects];
    let output = with_input(&arguments, input.as_bytes());
    expect(
        &output,
        65,
        &[
            "line 2: rejected, malformed_json",
            "line 3: rejected, no_lines",
            "line 4: rejected, missing_declaration_id",
            "3 lines rejected",
        ],
    );
    let decisions = decisions(&output);
    assert_eq!(
        texts(&decisions, &["declarationId", "decisionId", "verdict"]),
        ["A file/0/0 VERDICT_RELEASE", "B file/0/2 VERDICT_HOLD", "C file/0/4 VERDICT_RELEASE"]
    );
    assert_eq!(decisions[1]["findings"][0]["check"], "invalid_declaration");
    assert_eq!((&decisions[1]["itemId"], &decisions[1]["receiptCode"]), (&json!("I"), &json!(500)));
    check_dead_letters(&rejects, &input);
}

/// Dead letters of lines 2 to 4: with their place and digest, without what was declared.
#[test]
fn every_hubs_overlay_is_valid() {
    let hubs = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/hubs");
    let files = Files::new(&[("no-register.toml", "[reference]\nregister = \"none\"\n")]);
    let mut checked = 0;
    for entry in fs::read_dir(hubs).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        // A policy is named by its hub's settings.
        if name.ends_with("-policy.toml") {
            continue;
        }
        let settings =
            ["--config", path.to_str().unwrap(), "--config", &files.text("no-register.toml")];
        let output = parcelgate(&[&["check", "--offline"][..], &settings].concat());
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        checked += 1;
    }
    assert_eq!(checked, 7);
}

fn check_dead_letters(file: &str, input: &str) {
    let text = fs::read_to_string(file).unwrap();
    let letters =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
    assert_eq!(
        texts(&letters, &["reason", "contentType"]),
        [
            "malformed_json application/json",
            "no_lines application/json",
            "missing_declaration_id application/json"
        ]
    );
    for (offset, (letter, line)) in (1..).zip(letters.iter().zip(input.lines().skip(1))) {
        assert_eq!(letter["source"], json!({"topic": "file", "offset": offset.to_string()}));
        assert_eq!(letter["payloadSha256"], sha256(line), "{line}");
        assert!(letter["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{letter}");
        assert_eq!(letter.get("payload"), None);
    }
}

pub fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// A line per message: its fields of these names.
fn texts(messages: &[Value], fields: &[&str]) -> Vec<String> {
    let text = |message: &Value, field: &&str| message[*field].as_str().unwrap().to_owned();
    let line = |message| fields.iter().map(|field| text(message, field)).collect::<Vec<_>>();
    messages.iter().map(|message| line(message).join(" ")).collect()
}

#[test]
fn notes_come_in_the_language_asked_for() {
    let files = Files::new(&[("r.ndjson", MARK_UNTIL_JUNE)]);
    let register = files.text("r.ndjson");
    let arguments =
        ["screen", "--register", &register, "--at", "2026-03-01T00:00:00Z", "--language", "zh"];
    let output = with_input(&arguments, parcel("D", "Nike").as_bytes());
    let note = decisions(&output)[0]["findings"][0]["note"].as_str().unwrap().to_owned();
    assert!(note.starts_with("品名中出现“Nike”"), "{note}");
}

#[test]
fn files_that_cannot_be_read_or_written_are_named() {
    expect(
        &parcelgate(&["screen", "/nowhere/d.ndjson"]),
        74,
        &["/nowhere/d.ndjson", "No such file"],
    );
    expect(&parcelgate(&["screen", "--rejects", "/nowhere/r"]), 74, &["/nowhere/r"]);
    expect(&parcelgate(&["screen", "--register", "/nowhere/r"]), 78, &["register /nowhere/r"]);
}

#[test]
fn the_same_seed_generates_the_same_parcels_and_they_can_be_screened() {
    let arguments =
        ["generate", "--count", "500", "--seed", "7", "--start", "2026-08-01T00:00:00Z"];
    let parcels = parcelgate(&arguments);
    expect(&parcels, 0, &[]);
    assert_eq!(parcels.stdout, parcelgate(&arguments).stdout);
    let other = arguments.map(|argument| if argument == "7" { "8" } else { argument });
    assert_ne!(parcels.stdout, parcelgate(&other).stdout);
    let screened = with_input(&["screen", "--register", &sample_register()], &parcels.stdout);
    expect(&screened, 0, &[]);
    let decisions = decisions(&screened);
    assert_eq!(decisions.len(), 500);
    assert!(decisions.iter().any(|it| it["verdict"] == "VERDICT_HOLD"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut generate =
        command(&["generate", "--count", "1000000"]).stdout(Stdio::piped()).spawn().unwrap();
    let declarations = generate.stdout.take().unwrap();
    let mut screen = command(&["screen"])
        .stdin(declarations)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(screen.stdout.take());
    assert_eq!(screen.wait().unwrap().code(), Some(0));
    // Its reader is gone in turn.
    assert_eq!(generate.wait().unwrap().code(), Some(0));

    // What `check` finds counts all the same.
    let port = free_port().to_string();
    let mut check = command(&["check"])
        .env("PARCELGATE__KAFKA__BOOTSTRAP_SERVERS", format!("127.0.0.1:{port}"))
        .env("PARCELGATE__KAFKA__CONNECT_TIMEOUT_MS", "500")
        .env("PARCELGATE__REFERENCE__REGISTER", "none")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(check.stdout.take());
    assert_eq!(check.wait().unwrap().code(), Some(69));
}

#[test]
fn the_demo_holds_and_releases_and_says_what_it_cannot_promise() {
    let output = parcelgate(&["demo", "--seconds", "8", "--rate", "300"]);
    expect(&output, 0, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let number = |name: &str| {
        let (_, summary) = text.split_once("\nsummary\n").unwrap();
        let line = summary.lines().find_map(|line| line.trim().strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap()
    };
    assert!(number("parcels decided") > 100, "{text}");
    assert!(number("held") > 0, "{text}");
    for says in ["parcels/s", "latency", "in-process broker", "keeps nothing on disk"] {
        assert!(text.contains(says), "{says:?} is not in: {text}");
    }
}
