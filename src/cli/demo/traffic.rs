//! The demo's two ends: parcels in, decisions out, and what is counted between.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use jiff::Timestamp;

use super::super::exit::{Exit, Failure};
use super::super::generate::{Pace, key};
use crate::config::DaemonSettings;
use crate::domain::{Declaration, Field, Finding, Verdict};
use crate::kafka::{TopicError, TopicReader, TopicWriter};
use crate::pipeline::Stop;
use crate::sample::Generator;
use crate::wire::{Encoding, Stamped, decode_message, encode_message};

/// Holds that are remembered to be shown.
const LATEST_HOLDS: usize = 6;
/// Parcels sent and not yet seen decided, at most; beyond, latency is not measured.
const UNDECIDED_MAX: usize = 200_000;
const READ_WAIT: Duration = Duration::from_millis(50);

/// What came and went.
#[derive(Default)]
pub(super) struct Traffic {
    undecided: HashMap<String, Sent>,
    pub(super) first_decision: Option<Instant>,
    pub(super) last_decision: Option<Instant>,
    pub(super) decided: u64,
    pub(super) held: u64,
    pub(super) held_by_check: BTreeMap<&'static str, u64>,
    pub(super) latency: Latency,
    /// Since the screen was last drawn.
    pub(super) recent: Recent,
    pub(super) latest_holds: VecDeque<Hold>,
}

/// What is counted afresh for every picture.
#[derive(Default)]
pub(super) struct Recent {
    pub(super) decided: u64,
    pub(super) held: u64,
    pub(super) latency: Latency,
    pub(super) holds: u64,
}

struct Sent {
    at: Instant,
    declaration: Declaration,
}

/// A held parcel, as it is shown.
#[derive(Clone)]
pub(super) struct Hold {
    pub(super) item_id: String,
    pub(super) score: i32,
    /// The declared text, in the parts before, in and after the match.
    pub(super) text: [String; 3],
    pub(super) note: String,
}

/// Latencies in whole milliseconds.
#[derive(Default)]
pub(super) struct Latency {
    counts: BTreeMap<u128, u64>,
    total: u64,
}

impl Latency {
    fn record(&mut self, latency: Duration) {
        *self.counts.entry(latency.as_millis()).or_default() += 1;
        self.total += 1;
    }

    /// The latency that so many in a hundred do not exceed, in milliseconds.
    pub(super) fn percentile(&self, percent: u64) -> Option<u128> {
        let rank = (self.total * percent).div_ceil(100).max(1);
        let mut seen = 0;
        self.counts
            .iter()
            .find(|(_, count)| {
                seen += **count;
                seen >= rank
            })
            .map(|(millis, _)| *millis)
    }
}

impl Traffic {
    fn sent(&mut self, declaration: Declaration) {
        if self.undecided.len() < UNDECIDED_MAX {
            let id = declaration.declaration_id.clone();
            self.undecided.insert(id, Sent { at: Instant::now(), declaration });
        }
    }

    fn decided(&mut self, decided: &Stamped) {
        let now = Instant::now();
        let opens_the_way = self.first_decision.is_none();
        self.first_decision.get_or_insert(now);
        self.last_decision = Some(now);
        self.decided += 1;
        self.recent.decided += 1;
        let decision = &decided.decision;
        let sent = self.undecided.remove(&decision.declaration_id);
        if let (Some(sent), false) = (&sent, opens_the_way) {
            self.latency.record(sent.at.elapsed());
            self.recent.latency.record(sent.at.elapsed());
        }
        if decision.verdict == Verdict::Release {
            return;
        }
        self.held += 1;
        self.recent.held += 1;
        let Some(finding) = decision.findings.first() else { return };
        *self.held_by_check.entry(finding.check.code()).or_default() += 1;
        self.recent.holds += 1;
        self.latest_holds.push_front(Hold {
            item_id: decision.item_id.clone(),
            score: decision.score,
            text: marked_text(finding, sent.as_ref().map(|sent| &sent.declaration)),
            note: finding.note.clone(),
        });
        self.latest_holds.truncate(LATEST_HOLDS);
    }
}

/// The declared text around a finding's span; the matched text alone where the declaration is not known.
fn marked_text(finding: &Finding, declaration: Option<&Declaration>) -> [String; 3] {
    let line =
        declaration.and_then(|it| it.lines.iter().find(|line| line.line_no == finding.line_no));
    let declared = line.map(|line| match finding.field {
        Field::Brand => line.brand.as_str(),
        Field::Model => line.model.as_str(),
        _ => line.description.as_str(),
    });
    let Some(declared) = declared else {
        return [String::new(), finding.matched_text.clone(), String::new()];
    };
    let part = |from: u32, to: u32| {
        declared.chars().skip(from as usize).take(to.saturating_sub(from) as usize).collect()
    };
    [part(0, finding.start), part(finding.start, finding.end), part(finding.end, u32::MAX)]
}

fn decided_any(traffic: &Mutex<Traffic>) -> bool {
    traffic.lock().is_ok_and(|traffic| traffic.first_decision.is_some())
}

fn unavailable(error: TopicError) -> Failure {
    Failure::new(Exit::Unavailable, error)
}

/// The work of the thread that sends parcels.
pub(super) fn send(
    settings: &DaemonSettings,
    seed: u64,
    rate: u32,
    traffic: &Arc<Mutex<Traffic>>,
    stop: &Stop,
) -> Result<impl FnOnce() -> Result<(), Failure> + Send + 'static, Failure> {
    let topic = &settings.topics.declarations;
    let content_type = Encoding::Json.content_type();
    let writer = TopicWriter::new(&settings.kafka, topic, content_type).map_err(unavailable)?;
    let (traffic, stop) = (Arc::clone(traffic), stop.clone());
    Ok(move || {
        let mut generator = Generator::new(seed);
        let mut json = Vec::new();
        let mut send_one = || {
            let declaration = generator.declaration(Timestamp::now());
            json.clear();
            encode_message(declaration.clone(), Encoding::Json, &mut json);
            let key = key(&declaration).to_owned();
            if let Ok(mut traffic) = traffic.lock() {
                traffic.sent(declaration);
            }
            writer.write(&key, &json).map_err(unavailable)
        };
        // The first parcel waits until the daemon has joined its group; the others come when it is decided.
        send_one()?;
        while !stop.requested() && !decided_any(&traffic) {
            std::thread::sleep(READ_WAIT);
        }
        let mut pace = Pace::new(rate);
        while !stop.requested() {
            pace.wait();
            send_one()?;
        }
        Ok(())
    })
}

/// The work of the thread that reads decisions.
pub(super) fn watch(
    settings: &DaemonSettings,
    traffic: &Arc<Mutex<Traffic>>,
    stop: &Stop,
) -> Result<impl FnOnce() -> Result<(), Failure> + Send + 'static, Failure> {
    let topic = &settings.topics.decisions;
    let mut reader = TopicReader::from_beginning(&settings.kafka, topic).map_err(unavailable)?;
    let (traffic, stop) = (Arc::clone(traffic), stop.clone());
    let limits = settings.worker.limits;
    Ok(move || {
        while !stop.requested() {
            let next = reader
                .next(READ_WAIT, |record| {
                    let payload = record.payload.unwrap_or_default();
                    decode_message::<Stamped>(payload, Encoding::Json, &limits)
                })
                .map_err(unavailable)?;
            match next {
                None => {}
                Some(Ok(decided)) => {
                    if let Ok(mut traffic) = traffic.lock() {
                        traffic.decided(&decided);
                    }
                }
                Some(Err(error)) => {
                    return Err(Failure::new(Exit::Internal, format!("decision: {error}")));
                }
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_whole_milliseconds() {
        let mut latency = Latency::default();
        assert_eq!(latency.percentile(50), None);
        (1..=100).for_each(|millis| latency.record(Duration::from_millis(millis)));
        assert_eq!(latency.percentile(50), Some(50));
        assert_eq!(latency.percentile(99), Some(99));
        assert_eq!(latency.percentile(100), Some(100));
    }
}
