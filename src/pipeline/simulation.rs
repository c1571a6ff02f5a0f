//! The loop against a model of Kafka: thousands of seeded runs in which commits fail, transactions are fenced,
//! partitions come, go and are lost, and the process dies. What readers of committed records see is checked after each.
//!
//! A failing seed is printed; `simulate(seed)` replays it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use arc_swap::ArcSwap;
use fastrand::Rng;

use super::batch::{Batch, Record};
use super::notices::Notices;
use super::plan::{NextOffsets, Output, OutputTopic};
use super::ports::{Backlog, Broker, Fault, Polled, Rebalance};
use super::test_support::{declaration_json, limits, no_notices, reference};
use super::worker::{Ended, Stop, Task, Worker, WorkerSettings};
use super::{Progress, judge};
use crate::domain::DeadLetter;
use crate::screening::{Candidate, Reference, References};
use crate::wire::{Encoding, Stamped, decode_message};

const PARTITIONS: i32 = 3;
const SEEDS: u64 = 2_000;

/// What brokers keep: it outlives every session.
struct Log {
    records: BTreeMap<i32, Vec<Vec<u8>>>,
    committed: BTreeMap<i32, i64>,
    /// What readers of committed records see: topic and payload.
    visible: Vec<(OutputTopic, Vec<u8>)>,
}

/// One member's session.
struct Model {
    log: Rc<RefCell<Log>>,
    rng: Rc<RefCell<Rng>>,
    /// Faults cease, so that the run comes to an end.
    calm: Rc<Cell<bool>>,
    positions: BTreeMap<i32, i64>,
    pending: Vec<Rebalance>,
    /// Lost to another member, as the group will say at the next commit.
    lost: BTreeSet<i32>,
    transaction: Option<Vec<(OutputTopic, Vec<u8>)>>,
    stop: Stop,
    polls_left: u32,
}

struct Fetched(Vec<(i32, i64, Vec<u8>)>);

impl Batch for Fetched {
    fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.0.iter().map(|(partition, offset, payload)| Record {
            partition: *partition,
            offset: *offset,
            timestamp: None,
            key: None,
            payload,
            content_type: None,
        })
    }
}

impl Model {
    fn strikes(&self, one_in: u32) -> bool {
        !self.calm.get() && self.rng.borrow_mut().u32(0..one_in) == 0
    }

    /// Comes up with a change of partitions now and then.
    fn rebalance(&mut self) {
        let held = self.positions.keys().copied().collect::<Vec<_>>();
        if self.strikes(10) && !held.is_empty() {
            let count = self.rng.borrow_mut().usize(1..=held.len());
            let going = held.into_iter().take(count).collect::<Vec<_>>();
            if self.strikes(2) {
                self.lost.extend(&going);
                self.pending.push(Rebalance::Lost(going));
            } else {
                self.pending.push(Rebalance::Revoked(going));
            }
        } else {
            let free = (0..PARTITIONS)
                .filter(|partition| !self.positions.contains_key(partition))
                .collect::<Vec<_>>();
            if !free.is_empty() {
                self.pending.push(Rebalance::Assigned(free));
            }
        }
    }

    fn finished(&self) -> bool {
        let log = self.log.borrow();
        self.positions.len() == log.records.len()
            && self.positions.iter().all(|(partition, position)| {
                log.records.get(partition).is_some_and(|all| end(all) == *position)
            })
    }
}

impl Broker for Model {
    type Batch = Fetched;

    fn poll(&mut self, records_max: usize, _: Duration) -> Result<Polled<Fetched>, Fault> {
        self.polls_left -= 1;
        if self.polls_left < 200 {
            self.calm.set(true);
        }
        assert!(self.polls_left > 0, "the run does not come to an end");
        let log = Rc::clone(&self.log);
        let log = log.borrow();
        let mut fetched = Vec::new();
        for (partition, position) in &mut self.positions {
            let all = &log.records[partition];
            let most = self.rng.borrow_mut().usize(0..=5).min(records_max);
            for _ in 0..most {
                let Some(payload) = all.get(usize::try_from(*position).unwrap()) else { break };
                fetched.push((*partition, *position, payload.clone()));
                *position += 1;
            }
        }
        if self.finished() && fetched.is_empty() {
            self.stop.request();
        }
        self.rebalance();
        let rebalances = std::mem::take(&mut self.pending);
        Ok(Polled { batch: Fetched(fetched), rebalances, troubles: Vec::new() })
    }

    fn assign(&mut self, partitions: &[i32]) -> Result<NextOffsets, Fault> {
        let log = self.log.borrow();
        let mut resolved = NextOffsets::new();
        for partition in partitions {
            let committed = log.committed.get(partition).copied();
            if committed.is_none() {
                resolved.insert(*partition, 0);
            }
            self.positions.insert(*partition, committed.unwrap_or(0));
        }
        Ok(resolved)
    }

    fn unassign(&mut self, partitions: &[i32]) -> Result<(), Fault> {
        self.positions.retain(|partition, _| !partitions.contains(partition));
        self.lost.retain(|partition| !partitions.contains(partition));
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Fault> {
        assert!(self.transaction.is_none(), "begun twice");
        self.transaction = Some(Vec::new());
        Ok(())
    }

    fn send(&mut self, output: Output<'_>) -> Result<(), Fault> {
        let transaction = self.transaction.as_mut().expect("written outside a transaction");
        transaction.push((output.topic, output.payload.to_vec()));
        if self.strikes(200) {
            return Err(Fault::Abort("a delivery failed".to_owned()));
        }
        Ok(())
    }

    fn commit(&mut self, next_offsets: &NextOffsets) -> Result<(), Fault> {
        if next_offsets.keys().any(|partition| self.lost.contains(partition)) {
            return Err(Fault::Abort("illegal generation".to_owned()));
        }
        match self.strikes(12).then(|| self.rng.borrow_mut().u32(0..4)) {
            Some(0) => return Err(Fault::Abort("the coordinator said no".to_owned())),
            Some(1) => return Err(Fault::Fenced("the transaction timed out".to_owned())),
            Some(2) => {
                // Committed, but the answer is lost and the process with it.
                self.apply(next_offsets);
                return Err(Fault::Fatal("killed after the commit".to_owned()));
            }
            Some(_) => return Err(Fault::Fatal("killed before the commit".to_owned())),
            None => {}
        }
        self.apply(next_offsets);
        Ok(())
    }

    fn abort_and_rewind(&mut self) -> Result<(), Fault> {
        self.transaction = None;
        let log = self.log.borrow();
        for (partition, position) in &mut self.positions {
            *position = log.committed.get(partition).copied().unwrap_or(0);
        }
        Ok(())
    }

    fn confirm_membership(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    fn backlog(&self) -> Backlog {
        Backlog::default()
    }
}

impl Model {
    fn apply(&mut self, next_offsets: &NextOffsets) {
        let mut log = self.log.borrow_mut();
        log.visible.extend(self.transaction.take().expect("committed outside a transaction"));
        for (partition, next) in next_offsets {
            let before = log.committed.insert(*partition, *next).unwrap_or(0);
            assert!(before <= *next, "partition {partition} went back from {before} to {next}");
        }
    }
}

fn simulate(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let log = Rc::new(RefCell::new(Log {
        records: (0..PARTITIONS)
            .map(|partition| (partition, payloads(partition, &mut rng)))
            .collect(),
        committed: BTreeMap::new(),
        visible: Vec::new(),
    }));
    let rng = Rc::new(RefCell::new(rng));
    let calm = Rc::new(Cell::new(false));
    // What is tried beside it changes nothing of what readers see.
    let live = reference();
    let shadow = (seed % 2 == 1).then(|| Candidate::beside(&live, live.clone()));
    let references = ArcSwap::from_pointee(References { live, shadow });
    let stop = Stop::default();
    for session in 0_u32.. {
        assert!(session < 500, "seed {seed}: sessions do not come to an end");
        if session > 50 {
            calm.set(true);
        }
        let model = Model {
            log: Rc::clone(&log),
            rng: Rc::clone(&rng),
            calm: Rc::clone(&calm),
            positions: BTreeMap::new(),
            pending: Vec::new(),
            lost: BTreeSet::new(),
            transaction: None,
            stop: stop.clone(),
            polls_left: 1_000,
        };
        if session_of(model, &references, &stop) == Ended::Drained {
            break;
        }
    }
    check(seed, &log.borrow());
}

fn payloads(partition: i32, rng: &mut Rng) -> Vec<Vec<u8>> {
    (0..rng.usize(0..30))
        .map(|number| match rng.u32(0..6) {
            0 => b"poison".to_vec(),
            1 => {
                format!(r#"{{"declarationId":"D{partition}-{number}","itemId":"I"}}"#).into_bytes()
            }
            _ => declaration_json(&format!("D{partition}-{number}"), "shoes"),
        })
        .collect()
}

fn session_of(model: Model, references: &ArcSwap<References>, stop: &Stop) -> Ended {
    let settings = WorkerSettings {
        number: 0,
        task: Task::Screen,
        topic: "in".to_owned(),
        commit_interval: Duration::ZERO,
        transaction_records_max: 7,
        transaction_bytes_max: 1 << 20,
        encoding: Encoding::Json,
        limits: limits(),
        dead_letter_payload: false,
        notices: Notices::default(),
        abort_backoff: Duration::ZERO,
    };
    Worker::new(model, &settings, references, &Progress::default(), stop).run()
}

/// Every record has one outcome, visible once, in the order of its partition, and every offset is committed.
fn check(seed: u64, log: &Log) {
    let mut decided = BTreeMap::<i32, Vec<i64>>::new();
    let mut set_aside = BTreeMap::<i32, Vec<i64>>::new();
    for (topic, payload) in &log.visible {
        let source = match topic {
            OutputTopic::Decisions => {
                decode_message::<Stamped>(payload, Encoding::Json, &limits()).unwrap().source
            }
            OutputTopic::DeadLetters => {
                decode_message::<DeadLetter>(payload, Encoding::Json, &limits()).unwrap().source
            }
            OutputTopic::PlatformNotices => panic!("nobody is told"),
        };
        let outcomes = match topic {
            OutputTopic::Decisions => &mut decided,
            OutputTopic::DeadLetters | OutputTopic::PlatformNotices => &mut set_aside,
        };
        outcomes.entry(source.partition).or_default().push(source.offset);
    }
    let reference = reference();
    for (partition, records) in &log.records {
        let (mut decisions, mut letters) = (Vec::new(), Vec::new());
        for (offset, payload) in (0..).zip(records) {
            let (decision, letter) = expected(payload, &reference);
            decisions.extend(decision.then_some(offset));
            letters.extend(letter.then_some(offset));
        }
        let committed = log.committed.get(partition).copied().unwrap_or(0);
        assert_eq!(committed, end(records), "seed {seed}, partition {partition}: committed");
        let decided = decided.remove(partition).unwrap_or_default();
        assert_eq!(decided, decisions, "seed {seed}, partition {partition}: decisions");
        let set_aside = set_aside.remove(partition).unwrap_or_default();
        assert_eq!(set_aside, letters, "seed {seed}, partition {partition}: dead letters");
    }
}

/// The offset after the last record.
fn end(records: &[Vec<u8>]) -> i64 {
    i64::try_from(records.len()).unwrap()
}

/// Whether a payload leads to a decision, and whether to a dead letter.
fn expected(payload: &[u8], reference: &Reference) -> (bool, bool) {
    let judge = judge::Judge {
        reference,
        shadow: None,
        limits: &limits(),
        dead_letter_payload: false,
        notices: no_notices(),
        screen: crate::screening::screen,
    };
    let time = judge::ScreeningTime::Fixed(jiff::Timestamp::UNIX_EPOCH);
    match judge.judge(payload, None, &crate::domain::Source::file_line(0), time) {
        judge::Outcome::Decided { .. } => (true, false),
        judge::Outcome::SetAside { .. } => (false, true),
        judge::Outcome::HeldUnreadable { .. } => (true, true),
    }
}

#[test]
fn readers_see_each_parcel_once_whatever_strikes() {
    (0..SEEDS).for_each(simulate);
}
