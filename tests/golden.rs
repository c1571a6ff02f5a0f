//! A thousand reviewed decisions, and the daemon's agreement with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use parcelgate::wire::v1;
use prost::Message as _;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};
use rdkafka::{Message as _, Offset, TopicPartitionList};
use serde_json::Value;

use crate::harness::broker::Broker;
use crate::harness::console::read_all;
use crate::harness::daemon::{Daemon, PROGRAM};
use crate::harness::oracle::Line;
use crate::harness::{unique, wait_until};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/quality").join(name)
}

pub fn ndjson(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn screened() -> Vec<Value> {
    let output = Command::new(PROGRAM)
        .args(["screen", "--register"])
        .args([fixture("recordals.ndjson"), fixture("declarations.ndjson")])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    ndjson(&String::from_utf8(output.stdout).unwrap())
}

/// One line a decision, so that a thousand can be read.
pub fn summary(decision: &Value) -> String {
    let short = |value: &Value, prefix: &str| {
        value.as_str().unwrap_or("").trim_start_matches(prefix).to_lowercase()
    };
    let mut line = format!(
        "{} {} {} {}",
        decision["declarationId"].as_str().unwrap(),
        short(&decision["verdict"], "VERDICT_"),
        short(&decision["holdRoute"], "HOLD_ROUTE_"),
        decision["score"].as_i64().unwrap_or(0),
    );
    for finding in decision["findings"].as_array().into_iter().flatten() {
        let text = |key: &str| finding[key].as_str().unwrap_or("").to_owned();
        let number = |key: &str| finding[key].as_i64().unwrap_or(0);
        let techniques = finding["techniques"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join("+");
        let _ = write!(
            line,
            "\n    {} {} line {} {}[{}..{}] {:?} {} {techniques}",
            text("check"),
            number("points"),
            number("lineNo"),
            text("field"),
            number("start"),
            number("end"),
            text("matchedText"),
            text("recordalNo"),
        );
        line.truncate(line.trim_end().len());
    }
    line
}

#[test]
fn a_thousand_declarations_are_decided_as_reviewed() {
    let lines = screened().iter().map(summary).collect::<Vec<_>>();
    assert_eq!(lines.len(), 1_000);
    insta::with_settings!({ snapshot_path => "snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("a_thousand_decisions", lines.join("\n"));
    });
}

/// What exact matching owes: every mark that is written as recorded holds, and nothing that is not in force does.
#[test]
fn labels_that_exact_matching_can_meet_are_met() {
    let labels = ndjson(&std::fs::read_to_string(fixture("labels.ndjson")).unwrap());
    let mut counts = BTreeMap::<&str, usize>::new();
    let decisions = screened();
    assert_eq!(labels.len(), decisions.len());
    for (label, decision) in labels.iter().zip(decisions) {
        assert_eq!(label["declaration_id"], decision["declarationId"]);
        let class = label["class"].as_str().unwrap();
        let points = |check| points_of(&decision, check, &recordal_of(label));
        match class {
            "pos_exact" | "pos_case" | "pos_width" | "pos_alias" => {
                assert_eq!(decision["verdict"], "VERDICT_HOLD", "{label}");
                assert!(points("recorded_mark").is_some(), "{label}: {decision}");
            }
            "neg_expired" | "neg_revoked" | "neg_not_yet_valid" => {
                assert_eq!(points("recorded_mark"), None, "{label}: {decision}");
            }
            "neg_authorised_user" => {
                // Held, where it is, for another mark: what the consignor may use is found and taken off.
                let (found, taken_off) = (points("recorded_mark"), points("authorised_user"));
                assert!(found.is_some_and(|points| points > 0), "{label}: {decision}");
                assert_eq!(taken_off, found.map(|points| -points), "{label}: {decision}");
            }
            _ => continue,
        }
        *counts.entry(class).or_default() += 1;
    }
    let expected = [
        ("neg_authorised_user", 30),
        ("neg_expired", 25),
        ("neg_not_yet_valid", 15),
        ("neg_revoked", 25),
        ("pos_alias", 30),
        ("pos_case", 25),
        ("pos_exact", 40),
        ("pos_width", 25),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}

/// The recordal that a label is about. Where no hold should name one, only the note does.
fn recordal_of(label: &Value) -> String {
    let is_number = |word: &&str| {
        let digits = word.strip_prefix('T').and_then(|rest| rest.split_once('-'));
        digits.is_some_and(|(year, number)| {
            year.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let in_note = || label["note"].as_str()?.split_whitespace().find(is_number);
    let number = label["recordal_no"].as_str().or_else(in_note);
    number.unwrap_or_else(|| panic!("no recordal: {label}")).to_owned()
}

/// The points of a check's finding about a recordal, where there is one.
fn points_of(decision: &Value, check: &str, recordal_no: &str) -> Option<i64> {
    let findings = decision["findings"].as_array()?;
    let about = |finding: &&Value| {
        finding["check"] == check && finding["recordalNo"].as_str() == Some(recordal_no)
    };
    findings.iter().find(about).map(|finding| finding["points"].as_i64().unwrap_or(0))
}

/// Writes the declarations of the fixture and runs a daemon until it has decided them all.
fn run_daemon(broker: &Broker, line: &Line, encoding: &str) {
    let producer: ThreadedProducer<DefaultProducerContext> = broker.client().create().unwrap();
    let declarations = std::fs::read_to_string(fixture("declarations.ndjson")).unwrap();
    for (number, declaration) in declarations.lines().enumerate() {
        let key = number.to_string();
        let record = BaseRecord::<str, str>::to(&line.declarations).key(&key).payload(declaration);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(Duration::from_secs(30)).unwrap();

    let register = format!("register = \"file:{}\"", fixture("recordals.ndjson").display());
    let settings = line
        .settings(broker, "0")
        .lines()
        .map(|line| if line.starts_with("register") { &register } else { line })
        .collect::<Vec<_>>()
        .join("\n");
    let mut daemon = Daemon::spawn(&format!("{settings}\n[output]\nencoding = \"{encoding}\"\n"));
    wait_until("everything is decided", Duration::from_mins(1), || {
        assert_eq!(daemon.exit_code(), None, "{}", daemon.log());
        line.committed(broker) == 1_000
    });
}

/// The decisions by declaration, without what says where and when they were made.
fn by_declaration(decisions: Vec<Value>) -> BTreeMap<String, Value> {
    assert_eq!(decisions.len(), 1_000);
    let by_declaration = decisions
        .into_iter()
        .map(|mut decision| {
            for field in ["decisionId", "source", "decidedAt"] {
                assert!(decision.as_object_mut().unwrap().remove(field).is_some(), "{field}");
            }
            (decision["declarationId"].as_str().unwrap().to_owned(), decision)
        })
        .collect::<BTreeMap<_, _>>();
    assert_eq!(by_declaration.len(), 1_000);
    by_declaration
}

/// The first difference, not two thousand decisions.
fn assert_same(daemon: Vec<Value>, screened: Vec<Value>) {
    let (daemon, screened) = (by_declaration(daemon), by_declaration(screened));
    for (id, decision) in &screened {
        assert_eq!(daemon.get(id), Some(decision), "{id}");
    }
}

/// Reads the committed values of a topic to its end, at least so many.
fn committed_values(broker: &Broker, topic: &str, at_least: usize) -> Vec<Vec<u8>> {
    let consumer: BaseConsumer = broker
        .client()
        .set("group.id", unique("reader"))
        .set("isolation.level", "read_committed")
        .set("enable.partition.eof", "true")
        .create()
        .unwrap();
    let mut partitions = TopicPartitionList::new();
    for partition in 0..DECISION_PARTITIONS {
        partitions.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&partitions).unwrap();
    let mut values = Vec::new();
    let mut at_end = BTreeSet::new();
    // Markers of a commit reach partitions one by one: an end before everything is there is not the end.
    wait_until("the topic is read", Duration::from_mins(1), || {
        while let Some(event) = consumer.poll(Duration::from_millis(50)) {
            match event {
                Ok(record) => {
                    at_end.remove(&record.partition());
                    values.push(record.payload().unwrap().to_vec());
                }
                Err(KafkaError::PartitionEOF(partition)) => drop(at_end.insert(partition)),
                Err(error) => panic!("{error}"),
            }
        }
        values.len() >= at_least && at_end.len() == partitions.count()
    });
    values
}

/// What [`Line::create`] gives the decisions topic.
const DECISION_PARTITIONS: i32 = 4;

#[test]
fn the_daemon_decides_as_screen_does() {
    let broker = Broker::shared();
    let line = Line::create(broker, "golden", 3);
    run_daemon(broker, &line, "json");
    let published = read_all(broker, &line.decisions, 1_000)
        .iter()
        .map(|record| serde_json::from_str(&record.value).unwrap())
        .collect();
    assert_same(published, screened());
}

#[test]
fn the_daemon_decides_the_same_in_protobuf() {
    let broker = Broker::shared();
    let line = Line::create(broker, "golden-protobuf", 3);
    run_daemon(broker, &line, "protobuf");
    // As written: converting to a domain value would make the receipt code anew.
    let as_json = |value: Vec<u8>| {
        serde_json::to_value(v1::Decision::decode(value.as_slice()).unwrap()).unwrap()
    };
    let published = committed_values(broker, &line.decisions, 1_000);
    assert_same(published.into_iter().map(as_json).collect(), screened());
}
