//! Declarations and decisions as the topics recorded them.

use std::ops::ControlFlow;

use clap::Args;
use jiff::Timestamp;

use super::exit::{Exit, Failure};
use crate::config::DaemonSettings;
use crate::domain::Source;
use crate::kafka::{Span, TopicReader, TopicRecord};
use crate::wire::{Limits, Stamped, decode_record};

/// Which decision is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[group(multiple = false)]
pub(super) struct Wanted {
    /// The decision with this id, such as parcel.declarations/3/1024
    #[arg(long, value_name = "ID")]
    decision: Option<String>,
    /// The decisions on this item number
    #[arg(long, value_name = "ID")]
    item: Option<String>,
}

impl Wanted {
    pub(super) fn is_all(&self) -> bool {
        self.decision.is_none() && self.item.is_none()
    }

    /// Whether a decision of this id and item number is meant.
    pub(super) fn is(&self, decision_id: &Source, item_id: &str) -> bool {
        self.decision.as_ref().is_none_or(|it| *it == decision_id.to_string())
            && self.item.as_ref().is_none_or(|it| it == item_id)
    }
}

/// A decision, and the record that it is about.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) stamped: Stamped,
    pub(super) payload: Vec<u8>,
    pub(super) content_type: Option<Vec<u8>>,
}

/// A record of the declarations' topic.
struct Declared {
    timestamp: Option<Timestamp>,
    payload: Vec<u8>,
    content_type: Option<Vec<u8>>,
}

/// What is recorded of the wanted decisions, in the order in which they were made.
///
/// # Errors
/// An id that is none, topics that cannot be read, or nothing there.
pub(super) fn find(
    wanted: &Wanted,
    from: Option<Timestamp>,
    settings: &DaemonSettings,
) -> Result<Vec<Recorded>, Failure> {
    if let Some(id) = &wanted.decision {
        return Ok(vec![by_id(id, settings)?]);
    }
    let mut decisions = decisions(wanted, from, settings)?;
    decisions.retain(|stamped| stamped.source.topic == settings.topics.declarations);
    if decisions.is_empty() {
        let topic = &settings.topics.decisions;
        return Err(nothing(format!("no decision on that item number in topic {topic}")));
    }
    decisions.sort_by_key(|stamped| stamped.decided_at);
    let found = decisions.into_iter().map(|stamped| {
        let declared = declared(&stamped.source, settings)?;
        Ok(Recorded::new(stamped, declared))
    });
    found.collect()
}

impl Recorded {
    fn new(stamped: Stamped, declared: Declared) -> Self {
        let Declared { payload, content_type, .. } = declared;
        Self { stamped, payload, content_type }
    }
}

/// The decision on one record. It was made after the record came, and a first time only.
fn by_id(id: &str, settings: &DaemonSettings) -> Result<Recorded, Failure> {
    let source = source(id, &settings.topics.declarations)?;
    let declared = declared(&source, settings)?;
    let wanted = Wanted { decision: Some(id.to_owned()), item: None };
    let mut decisions = decisions(&wanted, declared.timestamp, settings)?;
    match decisions.pop() {
        Some(stamped) => Ok(Recorded::new(stamped, declared)),
        None => Err(nothing(format!(
            "decision {id} is not in topic {}: not made yet, or removed by retention; \
             `explain` screens the declaration again from a file",
            settings.topics.decisions
        ))),
    }
}

fn source(id: &str, topic: &str) -> Result<Source, Failure> {
    let mut parts = id.rsplitn(3, '/');
    let offset = parts.next().and_then(|part| part.parse().ok());
    let partition = parts.next().and_then(|part| part.parse().ok());
    match (parts.next(), partition, offset) {
        (Some(named), Some(partition), Some(offset)) if named == topic => {
            Ok(Source { topic: topic.to_owned(), partition, offset })
        }
        _ => Err(Failure::new(
            Exit::Usage,
            format!(
                "--decision {id}: must be {topic}/PARTITION/OFFSET; other topics by [topics] declarations"
            ),
        )),
    }
}

/// The wanted decisions among those written since a moment.
fn decisions(
    wanted: &Wanted,
    from: Option<Timestamp>,
    settings: &DaemonSettings,
) -> Result<Vec<Stamped>, Failure> {
    let topic = &settings.topics.decisions;
    let mut reader = TopicReader::of_span(&settings.kafka, topic, Span { from, until: None })?;
    let mut found = Vec::new();
    reader.read_to_end(|record| {
        if let Some(stamped) = wanted_decision(wanted, record, &settings.worker.limits) {
            found.push(stamped);
        }
        // An id is decided once.
        if wanted.decision.is_some() && !found.is_empty() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

fn wanted_decision(wanted: &Wanted, record: TopicRecord<'_>, limits: &Limits) -> Option<Stamped> {
    // Decisions have the item number as their key: of most there is nothing more to read.
    let is_other = |item: &String| record.key.is_some_and(|key| key != item.as_bytes());
    if wanted.item.as_ref().is_some_and(is_other) {
        return None;
    }
    let stamped: Stamped = decode_record(record.payload?, record.content_type, limits).ok()?;
    wanted.is(&stamped.source, &stamped.decision.item_id).then_some(stamped)
}

/// The record that a decision is about.
fn declared(source: &Source, settings: &DaemonSettings) -> Result<Declared, Failure> {
    let Source { topic, partition, offset } = source;
    let mut reader = TopicReader::of_record(&settings.kafka, topic, *partition, *offset)?;
    let mut found = None;
    reader.read_to_end(|record| {
        found = (record.offset == *offset).then(|| Declared {
            timestamp: record.timestamp,
            payload: record.payload.unwrap_or_default().to_vec(),
            content_type: record.content_type.map(<[u8]>::to_vec),
        });
        ControlFlow::Break(())
    })?;
    found.ok_or_else(|| {
        nothing(format!("record {source} is not there: not written, or removed by retention"))
    })
}

fn nothing(message: String) -> Failure {
    Failure::new(Exit::Rejected, message)
}
