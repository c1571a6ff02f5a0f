//! Declarations and poison, written to chosen partitions, with what has to become of each.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use jiff::Timestamp;
use parcelgate::sample::Generator;
use parcelgate::wire::{Encoding, encode_message};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer as _, ThreadedProducer};

use super::broker::Broker;
use super::wait_until;

/// How long brokers may take to accept what was written.
const DELIVERY_LIMIT: Duration = Duration::from_mins(1);

/// What a record has to lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Decision,
    DeadLetter,
    /// A dead letter and a hold with `invalid_declaration`.
    Both,
}

/// What was written, by partition, in offset order.
pub type Written = BTreeMap<i32, Vec<Expected>>;

/// A record to write.
struct Made {
    payload: Option<Vec<u8>>,
    content_type: Option<&'static str>,
    expected: Expected,
}

/// Writes records to the partitions of a topic in turn.
pub struct Load {
    producer: ThreadedProducer<DefaultProducerContext>,
    topic: String,
    partitions: i32,
    generator: Generator,
    rng: Rng,
    count: u64,
    written: Written,
}

impl Load {
    pub fn new(broker: &Broker, topic: &str, partitions: i32, seed: u64) -> Self {
        println!("seed {seed}");
        let producer = broker
            .client()
            .set("enable.idempotence", "true")
            .set("message.max.bytes", "12000000")
            .set("linger.ms", "2")
            .create()
            .unwrap();
        Self {
            producer,
            topic: topic.to_owned(),
            partitions,
            generator: Generator::new(seed),
            rng: Rng::with_seed(seed),
            count: 0,
            written: (0..partitions).map(|partition| (partition, Vec::new())).collect(),
        }
    }

    /// Writes honest declarations, JSON and protobuf mixed.
    pub fn declarations(&mut self, count: usize) {
        for _ in 0..count {
            let encoding = if self.rng.bool() { Encoding::Json } else { Encoding::Protobuf };
            let made = self.declaration(encoding);
            self.write(&made);
        }
    }

    /// Writes every kind of poison once.
    pub fn poison(&mut self) {
        for kind in 0..=POISON_KIND_LAST {
            let made = self.made_poison(kind);
            self.write(&made);
        }
    }

    /// Waits until the brokers have everything; gives what was written.
    pub fn finish(self) -> Written {
        self.producer.flush(DELIVERY_LIMIT).unwrap();
        self.written
    }

    /// Waits until the brokers have everything so far.
    pub fn flush(&self) {
        self.producer.flush(DELIVERY_LIMIT).unwrap();
    }

    fn write(&mut self, made: &Made) {
        let partition = i32::try_from(self.count % self.partitions as u64).unwrap();
        self.count += 1;
        let key = format!("key-{}", self.count % 97);
        let mut record = BaseRecord::<str, [u8]>::to(&self.topic).key(&key).partition(partition);
        if let Some(payload) = &made.payload {
            record = record.payload(payload);
        }
        if let Some(content_type) = made.content_type {
            let header = Header { key: "content-type", value: Some(content_type) };
            record = record.headers(OwnedHeaders::new().insert(header));
        }
        let mut unsent = Some(record);
        wait_until("the producer's queue has room", DELIVERY_LIMIT, || {
            let Err((error, back)) = self.producer.send(unsent.take().unwrap()) else {
                return true;
            };
            assert!(error.to_string().contains("QueueFull"), "{error}");
            unsent = Some(back);
            false
        });
        self.written.get_mut(&partition).unwrap().push(made.expected);
    }

    fn encoded(&mut self, encoding: Encoding) -> Vec<u8> {
        let declaration = self.generator.declaration(Timestamp::now());
        let mut payload = Vec::new();
        encode_message(declaration, encoding, &mut payload);
        payload
    }

    fn declaration(&mut self, encoding: Encoding) -> Made {
        let payload = Some(self.encoded(encoding));
        let content_type = self.rng.bool().then(|| encoding.content_type());
        Made { payload, content_type, expected: Expected::Decision }
    }

    fn made_poison(&mut self, kind: u32) -> Made {
        let made = |payload: Vec<u8>, expected| Made {
            payload: Some(payload),
            content_type: None,
            expected,
        };
        let deep = "[".repeat(100_000);
        match kind {
            0 => {
                let mut bytes = (0..200).map(|_| self.rng.u8(..)).collect::<Vec<_>>();
                bytes[0] = 0xff; // no JSON, and no field of the schema
                made(bytes, Expected::DeadLetter)
            }
            1 => {
                // The ids come first and are whole; the last field, a text of 127 bytes, is cut short.
                let mut bytes = self.encoded(Encoding::Protobuf);
                bytes.extend([0x7a, 0x7f, b'9']);
                made(bytes, Expected::Both)
            }
            2 => {
                let text = "x".repeat(10_000_000);
                let json = format!(r#"{{"declarationId":"big","itemId":"big","note":"{text}"}}"#);
                made(json.into_bytes(), Expected::Both)
            }
            3 => made(format!(r#"{{"a":{deep}"#).into_bytes(), Expected::DeadLetter),
            4 => {
                let json = format!(r#"{{"declarationId":"deep","itemId":"deep","lines":{deep}"#);
                made(json.into_bytes(), Expected::Both)
            }
            5 => {
                let json = b"{\"declarationId\":\"utf\",\"itemId\":\"utf\",\"lines\":[{\"brand\":\"\xff\xfe\"}]}";
                made(json.to_vec(), Expected::Both)
            }
            6 => made(Vec::new(), Expected::DeadLetter),
            7 => Made { payload: None, content_type: None, expected: Expected::DeadLetter },
            8 => made(br#"{"lines":[{"description":"whose"}]}"#.to_vec(), Expected::DeadLetter),
            9 => {
                let lines = vec!["{}"; 100].join(",");
                let json = format!(r#"{{"declarationId":"100","itemId":"100","lines":[{lines}]}}"#);
                made(json.into_bytes(), Expected::Both)
            }
            10 => Made {
                content_type: Some("text/plain"),
                ..made(self.encoded(Encoding::Json), Expected::Both)
            },
            11 => Made {
                content_type: Some("application/json"),
                ..made(self.encoded(Encoding::Protobuf), Expected::Both)
            },
            POISON_KIND_LAST => {
                let closed = "]".repeat(100_000);
                let json = format!(
                    r#"{{"declarationId":"odd","itemId":"odd","lines":[{{}}],"unknown":{deep}{closed}}}"#
                );
                made(json.into_bytes(), Expected::Decision)
            }
            other => panic!("no poison of kind {other}"),
        }
    }
}

const POISON_KIND_LAST: u32 = 12;
