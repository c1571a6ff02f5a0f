//! What metrics cost the data path: the daemon's worker over records in memory, with the recorder that the daemon
//! installs and with one that forgets everything, in turn.
//!
//! `cargo bench --bench recording [-- pairs=N]` prints the share of processor time that recording takes, and fails where that
//! surely is more than 3 %. What only counts, before anything is recorded, is on both sides.
#![expect(clippy::expect_used, reason = "a measurement ends where it fails")]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "small numbers"
)]

#[path = "support/pairs.rs"]
mod pairs;
#[path = "support/reference.rs"]
mod reference;

use std::hint::black_box;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use metrics::NoopRecorder;
use parcelgate::pipeline::batch::{Batch, Record};
use parcelgate::pipeline::plan::{NextOffsets, Output};
use parcelgate::pipeline::ports::{
    Backlog, Broker, Fault, PartitionBacklog, Polled, Queue, Rebalance,
};
use parcelgate::pipeline::{Ended, Notices, Progress, Stop, Task, Worker, WorkerSettings};
use parcelgate::sample::Generator;
use parcelgate::screening::References;
use parcelgate::telemetry::{MetricsHandle, install_recorder};
use parcelgate::wire::{Encoding, Limits, encode_message};

use pairs::Ratio;

/// As the daemon has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Of the time without recording.
const COST_MOST: f64 = 0.03;
/// In one run: a transaction. Short, so that whatever else the machine does meets both of a pair.
const RECORDS: usize = TRANSACTION_RECORDS;
const PARTITIONS: i32 = 12;
/// What a second of a busy worker carries in `commit_interval_ms`.
const TRANSACTION_RECORDS: usize = 5_000;
/// Records that a poll finds: a full batch, and what a worker finds that keeps up with its topic.
const POLLS: [usize; 3] = [1_000, 100, 10];

fn main() {
    let pairs = Ratio::pairs(300);
    let bench = Bench {
        metrics: install_recorder().expect("the only recorder"),
        references: ArcSwap::from_pointee(reference::reference().into()),
        topic: Topic::fill(),
    };
    println!(
        "{RECORDS} JSON declarations in one transaction, {PARTITIONS} partitions, {pairs} pairs"
    );
    let costs = POLLS.map(|records| bench.cost(records, pairs));
    assert!(costs.iter().all(|cost| *cost < COST_MOST), "recording costs more than {COST_MOST}");
}

struct Bench {
    metrics: MetricsHandle,
    references: ArcSwap<References>,
    topic: Topic,
}

impl Bench {
    /// The share of the time that recording surely takes, where polls find so many records.
    fn cost(&self, poll_records: usize, pairs: usize) -> f64 {
        let recorded = || {
            self.run(poll_records);
            // Moves samples into their buckets, which the daemon leaves to another thread.
            self.metrics.run_upkeep();
        };
        let forgotten = || metrics::with_local_recorder(&NoopRecorder, || self.run(poll_records));
        let ratio = Ratio::measure(pairs, recorded, forgotten);
        let micros = ratio.other.as_secs_f64() * 1e6 / RECORDS as f64;
        println!(
            "  {poll_records:>5} records a poll: with recording {ratio} of the processor time without, which is \
             {micros:.2} us a record"
        );
        ratio.surely_more()
    }

    fn run(&self, poll_records: usize) {
        let settings = WorkerSettings {
            number: 0,
            task: Task::Screen,
            topic: "declarations".to_owned(),
            // By records alone, so that each run has the same transactions.
            commit_interval: Duration::from_hours(1),
            transaction_records_max: TRANSACTION_RECORDS,
            transaction_bytes_max: usize::MAX,
            encoding: Encoding::Json,
            limits: Limits { record_bytes_max: 1 << 20, text_bytes_max: 8 << 10 },
            dead_letter_payload: false,
            notices: Notices::default(),
            abort_backoff: Duration::ZERO,
        };
        let (progress, stop) = (Progress::default(), Stop::default());
        let broker = Memory {
            topic: &self.topic,
            position: 0,
            poll_records,
            is_assigned: false,
            stop: stop.clone(),
        };
        let worker = Worker::new(broker, &settings, &self.references, &progress, &stop);
        assert_eq!(worker.run(), Ended::Drained);
    }
}

/// Payloads with their timestamps. No two are of one moment, as after a quiet night: the most that there is to record.
struct Topic(Vec<(Timestamp, Vec<u8>)>);

impl Topic {
    fn fill() -> Self {
        let mut generator = Generator::new(1);
        let now = Timestamp::now();
        let record = |number: usize| {
            let before = SignedDuration::from_millis((RECORDS - number) as i64);
            let declared_at = now - before;
            let mut payload = Vec::new();
            encode_message(generator.declaration(declared_at), Encoding::Json, &mut payload);
            (declared_at, payload)
        };
        Self((0..RECORDS).map(record).collect())
    }
}

/// A broker that has everything at hand and keeps nothing.
struct Memory<'a> {
    topic: &'a Topic,
    position: usize,
    poll_records: usize,
    is_assigned: bool,
    stop: Stop,
}

/// Records from a number on.
struct Fetched<'a> {
    first: usize,
    records: &'a [(Timestamp, Vec<u8>)],
}

impl Batch for Fetched<'_> {
    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        (self.first..).zip(self.records).map(|(number, (timestamp, payload))| Record {
            partition: number as i32 % PARTITIONS,
            offset: (number as i32 / PARTITIONS).into(),
            timestamp: Some(*timestamp),
            key: None,
            payload,
            content_type: None,
        })
    }
}

impl<'a> Broker for Memory<'a> {
    type Batch = Fetched<'a>;

    fn poll(&mut self, records_max: usize, _: Duration) -> Result<Polled<Fetched<'a>>, Fault> {
        let first = self.position;
        // Partitions are held from the next poll on.
        let count = if self.is_assigned { self.poll_records.min(records_max) } else { 0 };
        let all = (!self.is_assigned).then(|| Rebalance::Assigned((0..PARTITIONS).collect()));
        self.is_assigned = true;
        let rest = self.topic.0.get(first..).unwrap_or_default();
        let records = rest.get(..count).unwrap_or(rest);
        self.position += records.len();
        if self.position == RECORDS {
            self.stop.request();
        }
        Ok(Polled {
            batch: Fetched { first, records },
            rebalances: all.into_iter().collect(),
            troubles: Vec::new(),
        })
    }

    fn assign(&mut self, _: &[i32]) -> Result<NextOffsets, Fault> {
        Ok(NextOffsets::new())
    }

    fn unassign(&mut self, _: &[i32]) -> Result<(), Fault> {
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn send(&mut self, output: Output<'_>) -> Result<(), Fault> {
        black_box(output);
        Ok(())
    }

    fn commit(&mut self, _: &NextOffsets) -> Result<(), Fault> {
        Ok(())
    }

    fn abort_and_rewind(&mut self) -> Result<(), Fault> {
        Err(Fault::Fatal("nothing fails here".to_owned()))
    }

    fn confirm_membership(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn backlog(&self) -> Backlog {
        let of = |partition| PartitionBacklog { partition, lag: 1, kept_back: 0, is_fetched: true };
        let queue = Queue { depth: 1, capacity: RECORDS };
        Backlog { partitions: (0..PARTITIONS).map(of).collect(), fetched: queue, unsent: queue }
    }
}
