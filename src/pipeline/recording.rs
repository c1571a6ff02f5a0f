//! A worker's metric handles, made once, and what moves them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use metrics::{Counter, Gauge, Histogram};

use super::plan::{ChannelLabel, Tally, VerdictLabel, check_labels};
use crate::domain::{DeadLetterReason, Verdict};
use crate::telemetry::catalogue;

/// The lag is asked for at most this often.
const LAG_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Recording {
    topic: String,
    consumed: BTreeMap<i32, Counter>,
    consumed_bytes: Counter,
    unknown_fields: Counter,
    decisions: BTreeMap<(VerdictLabel, ChannelLabel), Counter>,
    findings: BTreeMap<&'static str, Counter>,
    dead_letters: BTreeMap<&'static str, Counter>,
    latency_hold: Histogram,
    latency_release: Histogram,
    screen: Histogram,
    send: Histogram,
    commit: Histogram,
    committed: Counter,
    aborted: Counter,
    committed_duration: Histogram,
    aborted_duration: Histogram,
    transaction_records: Histogram,
    inflight: Gauge,
    last_commit: Gauge,
    lag: BTreeMap<i32, Gauge>,
    lag_asked: Option<Instant>,
}

/// The stages of a batch.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    Screen,
    Send,
    Commit,
}

impl Recording {
    pub(super) fn new(topic: &str, worker: usize) -> Self {
        Self {
            topic: topic.to_owned(),
            consumed: BTreeMap::new(),
            consumed_bytes: catalogue::CONSUMED_BYTES.counter([topic]),
            unknown_fields: catalogue::UNKNOWN_FIELDS.counter([]),
            decisions: BTreeMap::new(),
            findings: check_labels()
                .map(|check| (check, catalogue::FINDINGS.counter([check])))
                .collect(),
            dead_letters: DeadLetterReason::ALL
                .into_iter()
                .map(|it| (it.code(), catalogue::DEAD_LETTERS.counter([it.code()])))
                .collect(),
            latency_hold: catalogue::END_TO_END_LATENCY.histogram(["hold"]),
            latency_release: catalogue::END_TO_END_LATENCY.histogram(["release"]),
            screen: catalogue::STAGE_DURATION.histogram(["screen"]),
            send: catalogue::STAGE_DURATION.histogram(["send"]),
            commit: catalogue::STAGE_DURATION.histogram(["commit"]),
            committed: catalogue::TRANSACTIONS.counter(["committed"]),
            aborted: catalogue::TRANSACTIONS.counter(["aborted"]),
            committed_duration: catalogue::TRANSACTION_DURATION.histogram(["committed"]),
            aborted_duration: catalogue::TRANSACTION_DURATION.histogram(["aborted"]),
            transaction_records: catalogue::TRANSACTION_RECORDS.histogram([]),
            inflight: catalogue::INFLIGHT_RECORDS.gauge([&worker.to_string()]),
            last_commit: catalogue::LAST_COMMIT.gauge([]),
            lag: BTreeMap::new(),
            lag_asked: None,
        }
    }

    pub(super) fn consumed(&mut self, partition: i32, records: u64, bytes: u64) {
        let topic = &self.topic;
        self.consumed
            .entry(partition)
            .or_insert_with(|| {
                catalogue::RECORDS_CONSUMED.counter([topic.as_str(), &partition.to_string()])
            })
            .increment(records);
        self.consumed_bytes.increment(bytes);
    }

    pub(super) fn stage(&self, stage: Stage, began: Instant) {
        let histogram = match stage {
            Stage::Screen => &self.screen,
            Stage::Send => &self.send,
            Stage::Commit => &self.commit,
        };
        histogram.record(began.elapsed());
    }

    pub(super) fn inflight(&self, records: usize) {
        self.inflight.set(as_gauge(records));
    }

    pub(super) fn committed(&mut self, tally: &Tally, began: Instant, now: Timestamp) {
        self.committed.increment(1);
        self.committed_duration.record(began.elapsed());
        self.transaction_records.record(as_gauge(tally.records));
        self.last_commit.set(now.as_duration().as_secs_f64());
        self.unknown_fields.increment(tally.unknown_fields);
        for (&(verdict, channel), count) in &tally.decisions {
            self.decisions
                .entry((verdict, channel))
                .or_insert_with(|| catalogue::DECISIONS.counter([verdict.0, verdict.1, channel]))
                .increment(*count);
        }
        increment(&self.findings, &tally.findings);
        increment(&self.dead_letters, &tally.dead_letters);
        for (&(format, reason), count) in &tally.decode_failures {
            // Rare: looked up by name.
            catalogue::DECODE_FAILURES.counter([format, reason]).increment(*count);
        }
        for (&kind, count) in &tally.notices {
            catalogue::PLATFORM_NOTICES.counter([kind]).increment(*count);
        }
        for run in &tally.decided {
            let latency = now.duration_since(run.timestamp).as_secs_f64().max(0.0);
            let histogram = match run.verdict {
                Verdict::Hold(_) => &self.latency_hold,
                Verdict::Release => &self.latency_release,
            };
            histogram.record_many(latency, run.count);
        }
        self.inflight(0);
    }

    pub(super) fn aborted(&self, began: Option<Instant>) {
        self.aborted.increment(1);
        if let Some(began) = began {
            self.aborted_duration.record(began.elapsed());
        }
        self.inflight(0);
    }

    /// Asks for the lag when it is time to.
    pub(super) fn lag(&mut self, ask: impl FnOnce() -> Vec<(i32, i64)>) {
        if self.lag_asked.is_some_and(|asked| asked.elapsed() < LAG_INTERVAL) {
            return;
        }
        self.lag_asked = Some(Instant::now());
        for (partition, lag) in ask() {
            self.lag_of(partition).set(as_gauge(usize::try_from(lag).unwrap_or(0)));
        }
    }

    /// A partition that is no longer held is another member's to report.
    pub(super) fn forget(&mut self, partitions: &[i32]) {
        for &partition in partitions {
            self.lag_of(partition).set(0.0);
        }
    }

    fn lag_of(&mut self, partition: i32) -> &Gauge {
        let topic = &self.topic;
        self.lag.entry(partition).or_insert_with(|| {
            catalogue::CONSUMER_LAG.gauge([topic.as_str(), &partition.to_string()])
        })
    }
}

fn increment(counters: &BTreeMap<&'static str, Counter>, counts: &BTreeMap<&'static str, u64>) {
    for (label, count) in counts {
        if let Some(counter) = counters.get(label) {
            counter.increment(*count);
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn as_gauge(count: usize) -> f64 {
    count as f64
}
