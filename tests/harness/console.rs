//! Kafka's own console consumer: a reader from another stack, committed records only.

use std::process::Command;

use super::broker::Broker;
use super::kafka_jars;

/// A record as the console consumer prints it.
#[derive(Debug)]
pub struct ConsoleRecord {
    pub partition: i32,
    pub offset: i64,
    pub key: String,
    pub value: String,
}

/// Reads a topic from its beginning until nothing more comes. A reader that ends with fewer records than expected may
/// have been starved by a busy machine: it is given more time, which hides neither a loss nor a double.
pub fn read_all(broker: &Broker, topic: &str, expected: usize) -> Vec<ConsoleRecord> {
    const PATIENCE_SECONDS: [u32; 3] = [5, 20, 60];
    let mut records = Vec::new();
    for patience in PATIENCE_SECONDS {
        records = read(broker, topic, patience);
        if records.len() >= expected {
            break;
        }
    }
    records
}

fn read(broker: &Broker, topic: &str, patience_seconds: u32) -> Vec<ConsoleRecord> {
    let mut command = Command::new("java");
    command
        .args(["-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp"])
        .arg(format!("{}/*", kafka_jars().display()))
        .arg("org.apache.kafka.tools.consumer.ConsoleConsumer")
        .args(["--bootstrap-server", &broker.bootstrap(), "--topic", topic])
        .args(["--isolation-level", "read_committed", "--from-beginning"])
        .args(["--timeout-ms", &format!("{patience_seconds}000")]);
    for property in ["print.partition=true", "print.offset=true", "print.key=true"] {
        command.args(["--formatter-property", property]);
    }
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| parse(line).unwrap_or_else(|| panic!("unexpected: {line}"))).collect()
}

fn parse(line: &str) -> Option<ConsoleRecord> {
    let mut parts = line.splitn(4, '\t');
    Some(ConsoleRecord {
        partition: parts.next()?.strip_prefix("Partition:")?.parse().ok()?,
        offset: parts.next()?.strip_prefix("Offset:")?.parse().ok()?,
        key: parts.next()?.to_owned(),
        value: parts.next()?.to_owned(),
    })
}
