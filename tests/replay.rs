//! The audit: recorded decisions come out the same, and whatever was changed is found.

use std::fs;
use std::process::{Command, Output};
use std::time::Duration;

use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::sample_register;
use crate::harness::broker::Broker;
use crate::harness::console::read_all;
use crate::harness::daemon::{Daemon, PROGRAM};
use crate::harness::oracle::Line;
use crate::harness::wait_until;

const PARCELS: usize = 100_000;
const LIMIT: Duration = Duration::from_mins(1);

struct Archive(TempDir);

impl Archive {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, lines: &[String]) -> String {
        let path = self.path(name);
        fs::write(&path, lines.join("\n")).unwrap();
        path
    }
}

fn parcelgate(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

fn lines(text: &[u8]) -> Vec<String> {
    std::str::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
}

/// The exit code and what is told, line by line.
fn replay(arguments: &[&str]) -> (Option<i32>, Vec<String>, String) {
    let register = sample_register();
    let output = parcelgate(&[&["replay", "--register", &register], arguments].concat());
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), lines(&output.stdout), stderr)
}

#[test]
fn one_tampered_decision_of_many_is_found_and_nothing_else() {
    let archive = Archive::new();
    let count = PARCELS.to_string();
    let declarations = archive.path("declarations.ndjson");
    let generated = parcelgate(&["generate", "--count", &count, "--seed", "7"]);
    fs::write(&declarations, generated.stdout).unwrap();
    let screened = parcelgate(&["screen", "--register", &sample_register(), &declarations]);
    let mut decisions = lines(&screened.stdout);
    assert_eq!(decisions.len(), PARCELS);
    let path = archive.write("decisions.ndjson", &decisions);
    let (code, told, stderr) = replay(&[&declarations, &path]);
    assert_eq!(
        (code, told),
        (Some(0), vec!["100000 decisions, 0 of which do not agree".to_owned()]),
        "{stderr}"
    );

    // A held parcel that somebody let go, without a trace in its findings.
    let held = decisions.iter().position(|it| it.contains("VERDICT_HOLD")).unwrap();
    let mut decision: Value = serde_json::from_str(&decisions[held]).unwrap();
    let id = decision["declarationId"].as_str().unwrap().to_owned();
    let score = decision["score"].as_i64().unwrap();
    decision["verdict"] = "VERDICT_RELEASE".into();
    decision.as_object_mut().unwrap().remove("holdRoute");
    decisions[held] = decision.to_string();
    // Order says nothing.
    decisions.reverse();
    let path = archive.write("decisions.ndjson", &decisions);
    for (language, line, sum) in [
        (
            "en",
            format!(
                "file/0/{held} declaration {id}: RELEASE {score} recorded, HOLD {score} when screened again"
            ),
            "100000 decisions, 1 of which do not agree",
        ),
        (
            "zh",
            format!("file/0/{held} 申报单 {id}：记录为放行 {score}，重新判定为布控 {score}"),
            "共 100000 个决定，其中 1 个不一致",
        ),
    ] {
        // Whoever reads it in Chinese is told the same of decisions with English notes.
        let (code, told, _) = replay(&["--language", language, &declarations, &path]);
        assert_eq!((code, told), (Some(65), vec![line, sum.to_owned()]));
    }
}

#[test]
fn broken_lines_and_other_versions_are_told_and_the_rest_is_verified() {
    let archive = Archive::new();
    let generated = lines(&parcelgate(&["generate", "--count", "200", "--seed", "3"]).stdout);
    let declarations = archive.write("declarations.ndjson", &generated);
    let screened = parcelgate(&["screen", "--register", &sample_register(), &declarations]);
    let mut decisions = lines(&screened.stdout);
    decisions[10] = "nonsense".to_owned();
    decisions[20].truncate(80);
    let path = archive.write("broken.ndjson", &decisions);
    let (code, told, stderr) = replay(&[&declarations, &path]);
    assert_eq!(code, Some(65));
    for said in
        ["decisions: line 11: rejected", "decisions: line 21: rejected", "decisions: 2 rejected"]
    {
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
    // Their declarations have no decision that could be read.
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[..2].iter().all(|it| it.contains("no decision recorded")), "{told:?}");

    let policy = archive.write("policy.toml", &["hold_threshold = 61".to_owned()]);
    let path = archive.write("decisions.ndjson", &lines(&screened.stdout));
    let (code, told, _) = replay(&["--policy", &policy, &declarations, &path]);
    assert_eq!((code, told.len()), (Some(65), 201));
    assert!(told[0].contains("which are not at hand"), "{}", told[0]);

    let (code, _, stderr) = replay(&[&declarations, "missing.ndjson"]);
    assert!(code == Some(74) && stderr.contains("missing.ndjson"), "{stderr}");
    assert_eq!(replay(&[&declarations]).0, Some(64));
}

#[test]
fn whatever_can_be_wrong_is_told_in_either_language() {
    let archive = Archive::new();
    let generate = ["generate", "--count", "60", "--seed", "5", "--start", "2026-08-01T00:00:00Z"];
    let generated = lines(&parcelgate(&generate).stdout);
    let declarations = archive.write("declarations.ndjson", &generated);
    let screened = parcelgate(&["screen", "--register", &sample_register(), &declarations]);
    let mut decisions = lines(&screened.stdout);
    let tampered = decisions[43].replace("\"score\":102", "\"score\":12");
    assert_ne!(std::mem::replace(&mut decisions[43], tampered.clone()), tampered);
    decisions.remove(11);
    decisions.push(decisions[3].clone());
    decisions
        .push(decisions[4].replace("file/0/4\"", "file/0/400\"").replace(":\"4\"", ":\"400\""));
    decisions.push("nonsense".to_owned());
    let path = archive.write("decisions.ndjson", &decisions);
    for language in ["en", "zh"] {
        let (code, told, _) = replay(&["--language", language, &declarations, &path]);
        assert_eq!(code, Some(65));
        insta::assert_snapshot!(format!("replay_{language}"), told.join("\n"));
    }
}

#[test]
fn what_the_daemon_decided_comes_out_the_same() {
    let broker = Broker::shared();
    let line = Line::create(broker, "replay", 3);
    let archive = Archive::new();
    let kept = archive.path("kept");
    let policy = archive.write("policy.toml", &["hold_threshold = 55".to_owned()]);
    let settings =
        |more: &str| format!("{}{more}[archive]\ndir = {kept:?}\n", line.settings(broker, "0"));
    let mut daemon = Daemon::spawn(&settings(""));
    daemon.wait_ready();
    let parcels = lines(&parcelgate(&["generate", "--count", "1000", "--seed", "12"]).stdout);
    let producer: ThreadedProducer<DefaultProducerContext> = broker.client().create().unwrap();
    let send = |range: std::ops::Range<usize>| {
        for (number, parcel) in (0..).zip(&parcels[range.clone()]) {
            let record = BaseRecord::<str, String>::to(&line.declarations).payload(parcel);
            producer.send(record.partition(number % 3)).unwrap();
        }
        producer.flush(LIMIT).unwrap();
        let end = i64::try_from(range.end).unwrap();
        wait_until("everything is decided", LIMIT, || line.committed(broker) >= end);
    };
    send(0..600);
    // The rest under another policy.
    daemon.rewrite(&settings(&format!("[policy]\nfile = {policy:?}\n")));
    daemon.reload();
    wait_until("the other is in force and kept", LIMIT, || {
        let names = fs::read_dir(&kept).unwrap().map(|it| it.unwrap().file_name());
        names.filter(|name| name.to_string_lossy().starts_with("policy-")).count() == 2
    });
    send(600..1_000);
    daemon.terminate();

    let dump = |topic: &str| {
        let records = read_all(broker, topic, 1_000);
        records.into_iter().map(|record| record.value).collect::<Vec<_>>()
    };
    let declarations = archive.write("declarations.ndjson", &parcels);
    let mut decisions = dump(&line.decisions);
    let path = archive.write("decisions.ndjson", &decisions);
    let of_archive = ["--archive", &kept];
    let (code, told, stderr) = replay(&[&of_archive[..], &[&declarations, &path]].concat());
    assert_eq!((code, told.len()), (Some(0), 1), "{told:?} {stderr}");
    // By files alone only those of one policy can be verified.
    let (code, told, _) = replay(&["--policy", &policy, &declarations, &path]);
    assert_eq!((code, told.len()), (Some(65), 601));
    assert!(told[0].contains("which are not at hand"), "{}", told[0]);

    // One is lost, another is there twice.
    decisions.remove(500);
    decisions.push(decisions[3].clone());
    let path = archive.write("decisions.ndjson", &decisions);
    let (code, told, _) = replay(&[&of_archive[..], &[&declarations, &path]].concat());
    assert_eq!((code, told.len()), (Some(65), 3), "{told:?}");
    let all = told.join("\n");
    assert!(
        all.contains("no decision recorded") && all.contains("and no declaration for it"),
        "{all}"
    );
}
