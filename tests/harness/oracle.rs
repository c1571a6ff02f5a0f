//! What must hold whatever happened: every input offset has its outcome, once, in order, and nothing else is there.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::broker::Broker;
use super::console::{ConsoleRecord, read_all};
use super::load::{Expected, Written};

/// The topics and group of a test.
#[derive(Debug, Clone)]
pub struct Line {
    pub declarations: String,
    pub decisions: String,
    pub dead_letters: String,
    pub group: String,
    pub partitions: i32,
}

impl Line {
    /// Fresh topics on a broker.
    pub fn create(broker: &Broker, name: &str, partitions: i32) -> Self {
        let line = Self {
            declarations: super::unique(&format!("{name}-declarations")),
            decisions: super::unique(&format!("{name}-decisions")),
            dead_letters: super::unique(&format!("{name}-dead-letters")),
            group: super::unique(&format!("{name}-group")),
            partitions,
        };
        broker.create_topic(&line.declarations, partitions);
        broker.create_topic(&line.decisions, 4);
        broker.create_topic(&line.dead_letters, 2);
        line
    }

    /// Settings of a daemon that serves the line as instance `instance`.
    pub fn settings(&self, broker: &Broker, instance: &str) -> String {
        let register = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sample/recordals.ndjson");
        let reference = format!("[reference]\nregister = \"file:{}\"\n", register.display());
        self.settings_with(broker, instance, &reference)
    }

    /// The same with other reference data. `more` may go on with `[topics]` where it begins.
    pub fn settings_with(&self, broker: &Broker, instance: &str, more: &str) -> String {
        let topics = format!(
            "[topics]\ndeclarations = {:?}\ndecisions = {:?}\ndead_letters = {:?}\n",
            self.declarations, self.decisions, self.dead_letters,
        );
        let more = more.strip_prefix("[topics]\n").unwrap_or(more);
        format!(
            "{topics}{more}[kafka]\nbootstrap_servers = {:?}\ngroup_id = {:?}\ninstance_id = {instance:?}\n\
             transactional_id_prefix = {:?}\nworkers = 2\ncommit_interval_ms = 20\n\
             session_timeout_ms = 6000\ntransaction_timeout_ms = 5000\n",
            broker.bootstrap(),
            self.group,
            self.group,
        )
    }

    /// How many records the group has done with.
    pub fn committed(&self, broker: &Broker) -> i64 {
        broker.committed(&self.group, &self.declarations, self.partitions).iter().sum()
    }
}

/// Reads both output topics with another stack and holds them against what was written.
///
/// # Panics
/// At the first difference.
pub fn check(broker: &Broker, line: &Line, written: &Written) {
    let count = |other: Expected| {
        let all = written.values().flatten();
        all.filter(|expected| [other, Expected::Both].contains(expected)).count()
    };
    let (decided, set_aside) = (count(Expected::Decision), count(Expected::DeadLetter));
    let (decisions, letters) = std::thread::scope(|scope| {
        let decisions = scope.spawn(move || read_all(broker, &line.decisions, decided));
        let letters = scope.spawn(move || read_all(broker, &line.dead_letters, set_aside));
        (decisions.join().unwrap(), letters.join().unwrap())
    });
    let mut decided = by_source(&decisions, |value| source(&value["source"]));
    let mut set_aside = by_source(&letters, |value| source(&value["source"]));
    check_order(&decisions);
    check_order(&letters);
    let committed = broker.committed(&line.group, &line.declarations, line.partitions);
    for (&partition, records) in written {
        let end = i64::try_from(records.len()).unwrap();
        assert_eq!(committed[partition as usize], end, "partition {partition}: committed offset");
        for (offset, expected) in (0_i64..).zip(records) {
            let decision = decided.remove(&(partition, offset));
            let letter = set_aside.remove(&(partition, offset));
            check_outcome(
                line,
                (partition, offset),
                *expected,
                decision.as_ref(),
                letter.is_some(),
            );
        }
    }
    assert!(decided.is_empty(), "decisions for nothing that was written: {:?}", decided.keys());
    assert!(set_aside.is_empty(), "dead letters for nothing: {:?}", set_aside.keys());
}

fn check_outcome(
    line: &Line,
    (partition, offset): (i32, i64),
    expected: Expected,
    decision: Option<&Value>,
    set_aside: bool,
) {
    let at = format!("partition {partition} offset {offset}");
    assert_eq!(set_aside, expected != Expected::Decision, "{at}: dead letter");
    assert_eq!(decision.is_some(), expected != Expected::DeadLetter, "{at}: {decision:?}");
    let Some(decision) = decision else { return };
    let id = format!("{}/{partition}/{offset}", line.declarations);
    assert_eq!(decision["decisionId"], id.as_str());
    let invalid = decision["findings"]
        .as_array()
        .is_some_and(|all| all.iter().any(|finding| finding["check"] == "invalid_declaration"));
    assert_eq!(invalid, expected == Expected::Both, "{at}: {decision}");
    if invalid {
        assert_eq!(decision["verdict"], "VERDICT_HOLD", "{at}");
    }
}

/// Within an output partition, the sources of one input partition come in order of their offsets.
fn check_order(records: &[ConsoleRecord]) {
    let mut output_ends = BTreeMap::<i32, i64>::new();
    let mut input_ends = BTreeMap::<(i32, i32), i64>::new();
    for record in records {
        let before = output_ends.insert(record.partition, record.offset);
        assert!(before.is_none_or(|before| before < record.offset), "output out of order");
        let value: Value = serde_json::from_str(&record.value).unwrap();
        let (partition, offset) = source(&value["source"]);
        let before = input_ends.insert((record.partition, partition), offset);
        assert!(
            before.is_none_or(|before| before < offset),
            "input partition {partition}: {offset} after {before:?}"
        );
    }
}

fn by_source(
    records: &[ConsoleRecord],
    source: impl Fn(&Value) -> (i32, i64),
) -> BTreeMap<(i32, i64), Value> {
    let mut found = BTreeMap::new();
    for record in records {
        let value: Value = serde_json::from_str(&record.value).unwrap();
        let place = source(&value);
        assert!(found.insert(place, value).is_none(), "twice: {place:?}, key {}", record.key);
    }
    found
}

/// Zero is left out of canonical JSON; 64-bit integers are texts.
fn source(value: &Value) -> (i32, i64) {
    let partition = value["partition"].as_i64().unwrap_or(0);
    let offset = value["offset"].as_str().map_or(0, |text| text.parse().unwrap());
    (i32::try_from(partition).unwrap(), offset)
}
