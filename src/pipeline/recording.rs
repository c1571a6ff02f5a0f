//! A worker's metric handles, made once, and what moves them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use metrics::{Counter, Gauge, Histogram};

use super::batch::Record;
use super::plan::{ChannelLabel, ShadowLabels, ShadowTally, Tally, VerdictLabel, check_labels};
use super::ports::{Backlog, Fault, PartitionBacklog, Queue};
use crate::domain::{DeadLetterReason, Verdict};
use crate::telemetry::{RULE_ERRORS, RULE_HITS, catalogue};

/// The backlog is asked for at most this often.
const BACKLOG_INTERVAL: Duration = Duration::from_secs(1);

pub(super) struct Recording {
    topic: String,
    partitions: BTreeMap<i32, PartitionRecording>,
    consumed_bytes: Counter,
    unknown_fields: Counter,
    decisions: BTreeMap<(VerdictLabel, ChannelLabel), Counter>,
    findings: BTreeMap<&'static str, Counter>,
    hold_reasons: BTreeMap<&'static str, Counter>,
    dead_letters: BTreeMap<&'static str, Counter>,
    /// Nothing until something is tried: whether so a reload may change.
    shadow_decisions: BTreeMap<ShadowLabels, Counter>,
    latency_hold: Histogram,
    latency_release: Histogram,
    screen: Histogram,
    send: Histogram,
    commit: Histogram,
    transactions: BTreeMap<&'static str, Counter>,
    committed_duration: Histogram,
    aborted_duration: Histogram,
    transaction_records: Histogram,
    inflight: Gauge,
    last_commit: Gauge,
    fetched: QueueRecording,
    open: QueueRecording,
    unsent: QueueRecording,
    paused: Gauge,
    backlog_asked: Option<Instant>,
}

/// What one poll took from a partition.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) records: u64,
    pub(super) bytes: u64,
    /// The timestamps of its first and last record, where they have some.
    pub(super) oldest: Option<Timestamp>,
    pub(super) newest: Option<Timestamp>,
}

impl Taken {
    pub(super) fn add(&mut self, record: &Record<'_>) {
        self.records += 1;
        self.bytes += record.payload.len() as u64;
        self.oldest = self.oldest.or(record.timestamp);
        self.newest = record.timestamp.or(self.newest);
    }
}

/// How a transaction may end.
const TRANSACTION_RESULTS: [&str; 5] = ["committed", "aborted", "fenced", "fatal", "indeterminate"];

/// The stages of a batch.
#[derive(Clone, Copy)]
pub(super) enum Stage {
    Screen,
    Send,
    Commit,
}

impl Recording {
    /// `open_max` is how many records a transaction takes.
    pub(super) fn new(topic: &str, worker: usize, open_max: usize) -> Self {
        let worker = worker.to_string();
        let open = QueueRecording::new(&worker, "transaction");
        open.capacity.set(as_gauge(open_max));
        Self {
            topic: topic.to_owned(),
            partitions: BTreeMap::new(),
            consumed_bytes: catalogue::CONSUMED_BYTES.counter([topic]),
            unknown_fields: catalogue::UNKNOWN_FIELDS.counter([]),
            decisions: BTreeMap::new(),
            findings: check_labels()
                .map(|check| (check, catalogue::FINDINGS.counter([check])))
                .collect(),
            hold_reasons: check_labels()
                .map(|check| (check, catalogue::HOLD_REASONS.counter([check])))
                .collect(),
            dead_letters: DeadLetterReason::ALL
                .into_iter()
                .map(|it| (it.code(), catalogue::DEAD_LETTERS.counter([it.code()])))
                .collect(),
            shadow_decisions: BTreeMap::new(),
            latency_hold: catalogue::END_TO_END_LATENCY.histogram(["hold"]),
            latency_release: catalogue::END_TO_END_LATENCY.histogram(["release"]),
            screen: catalogue::STAGE_DURATION.histogram(["screen"]),
            send: catalogue::STAGE_DURATION.histogram(["send"]),
            commit: catalogue::STAGE_DURATION.histogram(["commit"]),
            transactions: TRANSACTION_RESULTS
                .into_iter()
                .map(|result| (result, catalogue::TRANSACTIONS.counter([result])))
                .collect(),
            committed_duration: catalogue::TRANSACTION_DURATION.histogram(["committed"]),
            aborted_duration: catalogue::TRANSACTION_DURATION.histogram(["aborted"]),
            transaction_records: catalogue::TRANSACTION_RECORDS.histogram([]),
            inflight: catalogue::INFLIGHT_RECORDS.gauge([&worker]),
            last_commit: catalogue::LAST_COMMIT.gauge([]),
            fetched: QueueRecording::new(&worker, "fetched"),
            open,
            unsent: QueueRecording::new(&worker, "unsent"),
            paused: catalogue::PAUSED_PARTITIONS.gauge([&worker]),
            backlog_asked: None,
        }
    }

    pub(super) fn consumed(&mut self, partition: i32, taken: &Taken) {
        self.consumed_bytes.increment(taken.bytes);
        let recording = self.partition(partition);
        recording.consumed.increment(taken.records);
        recording.open_from = recording.open_from.or(taken.oldest);
        recording.open_until = taken.newest.or(recording.open_until);
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
        self.open.depth.set(as_gauge(records));
    }

    pub(super) fn committed(&mut self, tally: &Tally, began: Instant, now: Timestamp) {
        self.ended("committed");
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
        increment(&self.hold_reasons, &tally.hold_reasons);
        increment(&self.dead_letters, &tally.dead_letters);
        for (&(format, reason), count) in &tally.decode_failures {
            // Rare: looked up by name.
            catalogue::DECODE_FAILURES.counter([format, reason]).increment(*count);
        }
        for (rule, count) in &tally.rule_hits {
            RULE_HITS.increment(rule, *count);
        }
        for (rule, count) in &tally.rule_errors {
            RULE_ERRORS.increment(rule, *count);
        }
        for (&kind, count) in &tally.notices {
            catalogue::PLATFORM_NOTICES.counter([kind]).increment(*count);
        }
        self.shadow(&tally.shadow);
        for run in &tally.decided {
            let latency = now.duration_since(run.timestamp).as_secs_f64().max(0.0);
            let histogram = match run.verdict {
                Verdict::Hold(_) => &self.latency_hold,
                Verdict::Release => &self.latency_release,
            };
            histogram.record_many(latency, run.count);
        }
        self.partitions.values_mut().for_each(PartitionRecording::committed);
        self.inflight(0);
    }

    fn shadow(&mut self, tally: &ShadowTally) {
        for (&(live, shadow), count) in &tally.decisions {
            self.shadow_decisions
                .entry((live, shadow))
                .or_insert_with(|| catalogue::SHADOW_DECISIONS.counter([live, shadow]))
                .increment(*count);
        }
        // Rare: looked up by name.
        for (&check, count) in &tally.disagreements {
            catalogue::SHADOW_DISAGREEMENTS.counter([check]).increment(*count);
        }
        if tally.failures > 0 {
            catalogue::SHADOW_FAILURES.counter([]).increment(tally.failures);
        }
    }

    pub(super) fn aborted(&mut self, began: Option<Instant>) {
        self.ended("aborted");
        if let Some(began) = began {
            self.aborted_duration.record(began.elapsed());
        }
        self.partitions.values_mut().for_each(PartitionRecording::aborted);
        self.inflight(0);
    }

    /// The session ends with a transaction open, or with a commit that did not come back with an answer.
    pub(super) fn left_open(&self, fault: &Fault, commit_was_asked: bool) {
        let result = match fault {
            Fault::Fenced(_) | Fault::Replaced(_) => "fenced",
            Fault::Fatal(_) => "fatal",
            // Only the brokers know; the next session asks them.
            _ if commit_was_asked => "indeterminate",
            _ => "aborted",
        };
        self.ended(result);
        self.inflight(0);
    }

    fn ended(&self, result: &'static str) {
        if let Some(counter) = self.transactions.get(result) {
            counter.increment(1);
        }
    }

    /// Asks for the backlog when it is time to.
    pub(super) fn backlog(&mut self, ask: impl FnOnce() -> Backlog, now: Timestamp) {
        if self.backlog_asked.is_some_and(|asked| asked.elapsed() < BACKLOG_INTERVAL) {
            return;
        }
        self.backlog_asked = Some(Instant::now());
        let Backlog { partitions, fetched, unsent } = ask();
        self.fetched.set(fetched);
        self.unsent.set(unsent);
        self.paused.set(as_gauge(partitions.iter().filter(|it| !it.is_fetched).count()));
        for backlog in partitions {
            self.partition(backlog.partition).wait(&backlog, now);
        }
    }

    /// A partition that is no longer held is another member's to report.
    pub(super) fn forget(&mut self, partitions: &[i32]) {
        for partition in partitions {
            self.partitions.remove(partition);
        }
    }

    fn partition(&mut self, partition: i32) -> &mut PartitionRecording {
        let topic = &self.topic;
        self.partitions
            .entry(partition)
            .or_insert_with(|| PartitionRecording::new(topic, partition))
    }
}

/// What is recorded of one partition, for as long as it is held.
struct PartitionRecording {
    consumed: Counter,
    lag: Gauge,
    lag_seconds: Gauge,
    kept_back: Gauge,
    /// The timestamps of the first and last record of the open transaction.
    open_from: Option<Timestamp>,
    open_until: Option<Timestamp>,
    /// No record that waits is older, as far as known: the last one that was committed, or the last moment at which
    /// none waited.
    waiting_from: Timestamp,
}

impl PartitionRecording {
    fn new(topic: &str, partition: i32) -> Self {
        let labels = [topic, &partition.to_string()];
        Self {
            consumed: catalogue::RECORDS_CONSUMED.counter(labels),
            lag: catalogue::CONSUMER_LAG.gauge(labels),
            lag_seconds: catalogue::CONSUMER_LAG_SECONDS.gauge(labels),
            kept_back: catalogue::LSO_GAP.gauge(labels),
            open_from: None,
            open_until: None,
            waiting_from: Timestamp::now(),
        }
    }

    fn committed(&mut self) {
        self.open_from = None;
        if let Some(until) = self.open_until.take() {
            self.waiting_from = until;
        }
    }

    fn aborted(&mut self) {
        // They wait again, and are older than whatever was committed.
        if let Some(from) = self.open_from.take() {
            self.waiting_from = from;
        }
        self.open_until = None;
    }

    fn wait(&mut self, backlog: &PartitionBacklog, now: Timestamp) {
        self.lag.set(whole(backlog.lag));
        self.kept_back.set(whole(backlog.kept_back));
        if backlog.lag == 0 && self.open_from.is_none() {
            self.waiting_from = now;
        }
        let oldest = self.open_from.unwrap_or(self.waiting_from);
        self.lag_seconds.set(now.duration_since(oldest).as_secs_f64().max(0.0));
    }
}

impl Drop for PartitionRecording {
    fn drop(&mut self) {
        self.lag.set(0.0);
        self.lag_seconds.set(0.0);
        self.kept_back.set(0.0);
    }
}

struct QueueRecording {
    depth: Gauge,
    capacity: Gauge,
}

impl QueueRecording {
    fn new(worker: &str, queue: &str) -> Self {
        let labels = [worker, queue];
        Self {
            depth: catalogue::QUEUE_DEPTH.gauge(labels),
            capacity: catalogue::QUEUE_CAPACITY.gauge(labels),
        }
    }

    fn set(&self, queue: Queue) {
        self.depth.set(as_gauge(queue.depth));
        self.capacity.set(as_gauge(queue.capacity));
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

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn whole(count: u64) -> f64 {
    count as f64
}
