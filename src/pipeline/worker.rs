//! The loop of one worker: poll, plan, execute, commit. It owns its broker port and shares nothing but the
//! references, its progress and the wish to stop.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use jiff::Timestamp;

use super::batch::Batch;
use super::judge::{Judge, Shadow};
use super::notices::Notices;
use super::plan::{NextOffsets, Plan, Planner, Tally};
use super::ports::{Broker, Fault, Polled, Rebalance};
use super::progress::Progress;
use super::recording::{Recording, Stage, Taken};
use crate::screening::{References, screen, screen_both};
use crate::telemetry::events::{ReadTroubled, RebalanceKind, Rebalanced, TransactionAborted};
use crate::wire::{Encoding, Limits};

/// Most records of one batch: enough to spread the cost of a poll, few enough to tick often.
const BATCH_RECORDS_MAX: usize = 1_000;

/// Longest wait for a record, and so the longest before a wish to stop is heard.
const IDLE_WAIT: Duration = Duration::from_millis(50);

/// A worker that aborts so often without one commit between is not going to commit.
const ABORTS_IN_A_ROW_MAX: u32 = 20;
const ABORT_BACKOFF_MAX: Duration = Duration::from_secs(1);

/// What a worker does with the records of its topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Declarations become decisions.
    Screen,
    /// Outcomes of inspections become notices to platforms.
    TellOutcomes,
}

/// What a worker is told.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Its number, from 0.
    pub number: usize,
    pub task: Task,
    /// The topic that it reads.
    pub topic: String,
    pub commit_interval: Duration,
    pub transaction_records_max: usize,
    pub transaction_bytes_max: usize,
    pub encoding: Encoding,
    pub limits: Limits,
    /// Whether dead letters carry the payload.
    pub dead_letter_payload: bool,
    /// Which platforms are told of holds and seizures.
    pub notices: Notices,
    /// Pause after a first abort; it doubles with each abort that follows without a commit between.
    pub abort_backoff: Duration,
}

/// The wish to stop, heard between two polls: for good, or for a new session.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    for_good: Arc<AtomicBool>,
    session: Arc<AtomicBool>,
}

impl Stop {
    /// For another worker: hears what is asked of all, and ends its sessions by itself.
    #[must_use]
    pub fn of_one(&self) -> Self {
        Self { for_good: Arc::clone(&self.for_good), session: Arc::default() }
    }

    /// Asks every holder of this value to stop.
    pub fn request(&self) {
        self.for_good.store(true, Ordering::Release);
    }

    /// Whether to stop.
    #[must_use]
    pub fn requested(&self) -> bool {
        self.for_good.load(Ordering::Acquire)
    }

    /// Asks the session to end, and another to follow.
    pub fn request_session(&self) {
        self.session.store(true, Ordering::Release);
    }

    /// A session begins: what was asked of the last is done.
    pub fn begin_session(&self) {
        self.session.store(false, Ordering::Release);
    }

    /// Whether to end the session, for good or not.
    #[must_use]
    pub fn ends_session(&self) -> bool {
        self.requested() || self.session.load(Ordering::Acquire)
    }
}

/// How a worker's session ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// Asked to stop; nothing is left open.
    Drained,
    /// A fault that only a new session, a new process or an operator can mend.
    Failed(Fault),
}

/// One session of a worker.
pub struct Worker<'a, B> {
    broker: B,
    settings: &'a WorkerSettings,
    references: &'a ArcSwap<References>,
    progress: &'a Progress,
    stop: &'a Stop,
    recording: Recording,
    plan: Plan,
    held: BTreeSet<i32>,
    rebalances: VecDeque<Rebalance>,
    /// Where partitions begin for which the group had no offset; kept until a transaction has committed them.
    first_offsets: NextOffsets,
    transaction: Option<Transaction>,
    aborts_in_a_row: u32,
}

/// What the open transaction carries.
struct Transaction {
    began: Instant,
    next_offsets: NextOffsets,
    tally: Tally,
    bytes: usize,
    commit_was_asked: bool,
}

impl<'a, B: Broker> Worker<'a, B> {
    /// A worker that holds nothing yet.
    #[must_use]
    pub fn new(
        broker: B,
        settings: &'a WorkerSettings,
        references: &'a ArcSwap<References>,
        progress: &'a Progress,
        stop: &'a Stop,
    ) -> Self {
        Self {
            broker,
            settings,
            references,
            progress,
            stop,
            recording: Recording::new(
                &settings.topic,
                settings.number,
                settings.transaction_records_max,
            ),
            plan: Plan::default(),
            held: BTreeSet::new(),
            rebalances: VecDeque::new(),
            first_offsets: NextOffsets::new(),
            transaction: None,
            aborts_in_a_row: 0,
        }
    }

    /// Runs until asked to stop or until a fault ends the session. What is open is committed first, if it can be.
    pub fn run(mut self) -> Ended {
        let ended = loop {
            let stopping = self.stop.ends_session();
            let stepped = if stopping { self.commit() } else { self.step() };
            match stepped {
                Ok(()) if stopping => break Ended::Drained,
                Ok(()) => {}
                Err(Fault::Abort(cause)) => {
                    if let Err(fault) = self.abort(&cause) {
                        break self.fail(fault);
                    }
                }
                Err(fault) => break self.fail(fault),
            }
        };
        self.progress.set_joined(false);
        self.hold(BTreeSet::clear);
        // Leaving the group can hang as a commit can.
        self.progress.begin_commit();
        drop(self.broker);
        self.progress.end_commit();
        ended
    }

    /// A session that was fenced is built anew, unless that would fence a legitimate successor in turn.
    fn fail(&mut self, fault: Fault) -> Ended {
        if let Some(transaction) = self.transaction.take() {
            self.recording.left_open(&fault, transaction.commit_was_asked);
        }
        let replaced = match fault {
            Fault::Fenced(_) => self.broker.confirm_membership().err(),
            _ => None,
        };
        Ended::Failed(replaced.unwrap_or(fault))
    }

    /// Once round: take what is there, carry it, answer rebalances, commit when it is time.
    fn step(&mut self) -> Result<(), Fault> {
        self.progress.tick();
        let Polled { batch, rebalances, troubles } =
            self.broker.poll(BATCH_RECORDS_MAX, self.wait())?;
        for cause in &troubles {
            ReadTroubled { worker: self.settings.number, cause }.emit();
        }
        self.rebalances.extend(rebalances);
        let lost = self.rebalances.iter().any(|it| matches!(it, Rebalance::Lost(_)));
        if !lost {
            self.carry(&batch)?;
        }
        drop(batch);
        self.answer_rebalances()?;
        if !self.first_offsets.is_empty() {
            self.begin()?;
        }
        if self.is_due() {
            self.commit()?;
        }
        let broker = &self.broker;
        self.recording.backlog(|| broker.backlog(), Timestamp::now());
        Ok(())
    }

    /// Plans a batch under the references of one moment and writes the plan into the open transaction.
    fn carry(&mut self, batch: &B::Batch) -> Result<(), Fault> {
        self.plan_batch(batch);
        if self.plan.tally().records == 0 {
            return Ok(());
        }
        self.begin()?;
        let began = Instant::now();
        for output in self.plan.outputs() {
            self.broker.send(output)?;
        }
        self.recording.stage(Stage::Send, began);
        if let Some(transaction) = &mut self.transaction {
            transaction.absorb(&self.plan);
            self.recording.inflight(transaction.tally.records);
        }
        Ok(())
    }

    fn plan_batch(&mut self, batch: &B::Batch) {
        let began = Instant::now();
        let references = self.references.load();
        let References { live, shadow } = &**references;
        let planner = Planner {
            judge: Judge {
                reference: live,
                shadow: shadow.as_ref().map(|candidate| Shadow { candidate, screen_both }),
                limits: &self.settings.limits,
                dead_letter_payload: self.settings.dead_letter_payload,
                notices: &self.settings.notices,
                screen,
            },
            topic: &self.settings.topic,
            encoding: self.settings.encoding,
            now: Timestamp::now(),
        };
        let mut consumed = BTreeMap::<i32, Taken>::new();
        self.plan.clear();
        for record in batch.records().filter(|record| self.held.contains(&record.partition)) {
            match self.settings.task {
                Task::Screen => self.plan.add(&planner, &record),
                Task::TellOutcomes => self.plan.add_outcome(&planner, &record),
            }
            consumed.entry(record.partition).or_default().add(&record);
        }
        for (partition, taken) in consumed {
            self.recording.consumed(partition, &taken);
        }
        if self.plan.tally().records > 0 {
            self.recording.stage(Stage::Screen, began);
        }
    }

    fn answer_rebalances(&mut self) -> Result<(), Fault> {
        // Taken off only when answered: an abort on the way comes back here.
        while let Some(rebalance) = self.rebalances.front().cloned() {
            match &rebalance {
                Rebalance::Assigned(partitions) => self.take_over(partitions)?,
                Rebalance::Revoked(partitions) => {
                    match self.commit() {
                        // Not tried again: the group waits for the partitions, and their next member reads on.
                        Err(Fault::Abort(cause)) => self.abort(&cause)?,
                        committed => committed?,
                    }
                    self.give_up(partitions, RebalanceKind::Revoke)?;
                }
                Rebalance::Lost(partitions) => {
                    self.give_up(partitions, RebalanceKind::Lost)?;
                    // Even with nothing open: the batch that came with the news was not carried, and the partitions
                    // that stay have to be read again from where it began.
                    self.abort("partitions lost to another member of the group")?;
                }
            }
            self.rebalances.pop_front();
        }
        Ok(())
    }

    fn take_over(&mut self, partitions: &[i32]) -> Result<(), Fault> {
        self.first_offsets.extend(self.broker.assign(partitions)?);
        self.hold(|held| held.extend(partitions));
        self.progress.set_joined(true);
        self.log_rebalance(RebalanceKind::Assign, partitions);
        Ok(())
    }

    fn give_up(&mut self, partitions: &[i32], kind: RebalanceKind) -> Result<(), Fault> {
        self.broker.unassign(partitions)?;
        self.hold(|held| held.retain(|partition| !partitions.contains(partition)));
        self.first_offsets.retain(|partition, _| !partitions.contains(partition));
        self.recording.forget(partitions);
        self.log_rebalance(kind, partitions);
        Ok(())
    }

    fn hold(&mut self, change: impl FnOnce(&mut BTreeSet<i32>)) {
        change(&mut self.held);
        self.progress.set_partitions(self.held.iter().copied());
    }

    fn log_rebalance(&self, kind: RebalanceKind, partitions: &[i32]) {
        Rebalanced { worker: self.settings.number, kind, partitions }.emit();
    }

    /// Begins a transaction where none is open.
    fn begin(&mut self) -> Result<(), Fault> {
        if self.transaction.is_none() {
            self.broker.begin()?;
            self.transaction = Some(Transaction {
                began: Instant::now(),
                next_offsets: NextOffsets::new(),
                tally: Tally::default(),
                bytes: 0,
                commit_was_asked: false,
            });
        }
        Ok(())
    }

    fn is_due(&self) -> bool {
        self.transaction.as_ref().is_some_and(|transaction| {
            transaction.began.elapsed() >= self.settings.commit_interval
                || transaction.tally.records >= self.settings.transaction_records_max
                || transaction.bytes >= self.settings.transaction_bytes_max
        })
    }

    /// How long to wait for a record: not past the time to commit.
    fn wait(&self) -> Duration {
        self.transaction.as_ref().map_or(IDLE_WAIT, |transaction| {
            let left = self.settings.commit_interval.saturating_sub(transaction.began.elapsed());
            left.clamp(Duration::from_millis(1), IDLE_WAIT)
        })
    }

    /// Commits the open transaction, where one is.
    fn commit(&mut self) -> Result<(), Fault> {
        let Some(transaction) = &mut self.transaction else { return Ok(()) };
        for (&partition, &first) in &self.first_offsets {
            transaction.next_offsets.entry(partition).or_insert(first);
        }
        transaction.commit_was_asked = true;
        let began = Instant::now();
        self.progress.begin_commit();
        let committed = self.broker.commit(&transaction.next_offsets);
        self.progress.end_commit();
        committed?;
        self.recording.stage(Stage::Commit, began);
        if let Some(transaction) = self.transaction.take() {
            self.recording.committed(&transaction.tally, transaction.began, Timestamp::now());
        }
        self.first_offsets.clear();
        self.aborts_in_a_row = 0;
        Ok(())
    }

    /// Aborts, forgets what was planned, and goes back to the committed offsets.
    fn abort(&mut self, cause: &str) -> Result<(), Fault> {
        let transaction = self.transaction.take();
        self.progress.begin_commit();
        let aborted = self.broker.abort_and_rewind();
        self.progress.end_commit();
        aborted?;
        let records = transaction.as_ref().map_or(0, |it| it.tally.records);
        self.recording.aborted(transaction.map(|it| it.began));
        TransactionAborted { worker: self.settings.number, records, cause }.emit();

        self.aborts_in_a_row += 1;
        if self.aborts_in_a_row > ABORTS_IN_A_ROW_MAX {
            return Err(Fault::Unavailable(format!(
                "{ABORTS_IN_A_ROW_MAX} transactions aborted in a row, the last because: {cause}"
            )));
        }
        let doubled = 1 << (self.aborts_in_a_row - 1).min(16);
        let backoff = self.settings.abort_backoff.saturating_mul(doubled);
        std::thread::sleep(backoff.min(ABORT_BACKOFF_MAX));
        Ok(())
    }
}

impl Transaction {
    fn absorb(&mut self, plan: &Plan) {
        self.next_offsets.extend(plan.next_offsets());
        self.tally.absorb(plan.tally());
        self.bytes += plan.output_bytes();
    }
}
