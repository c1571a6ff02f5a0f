//! What the loop needs of Kafka, as traits and plain values. `kafka` implements them; tests have fakes.

use std::time::Duration;

use super::batch::Batch;
use super::plan::{NextOffsets, Output};

/// A consumer and its transactional producer: one member of the group, one transaction at a time.
pub trait Broker {
    /// What a poll gives.
    type Batch: Batch;

    /// Waits for the first record at most `wait`, then takes what is there, at most `records_max`.
    ///
    /// # Errors
    /// A fault that ends the session.
    fn poll(&mut self, records_max: usize, wait: Duration) -> Result<Polled<Self::Batch>, Fault>;

    /// Takes over the partitions of an [`Rebalance::Assigned`], from their committed offsets. Where there is none,
    /// reading starts where the settings say, and the resolved offset is returned, to be committed with the next
    /// transaction: a start at the end must not move when the process starts again.
    ///
    /// # Errors
    /// A fault that ends the session.
    fn assign(&mut self, partitions: &[i32]) -> Result<NextOffsets, Fault>;

    /// Gives up the partitions of a [`Rebalance::Revoked`] or [`Rebalance::Lost`].
    ///
    /// # Errors
    /// A fault that ends the session.
    fn unassign(&mut self, partitions: &[i32]) -> Result<(), Fault>;

    /// Begins a transaction.
    ///
    /// # Errors
    /// A fault that ends the session.
    fn begin(&mut self) -> Result<(), Fault>;

    /// Writes one record in the open transaction. Waits while the queue is full.
    ///
    /// # Errors
    /// [`Fault::Abort`] or a fault that ends the session.
    fn send(&mut self, output: Output<'_>) -> Result<(), Fault>;

    /// Commits the open transaction with the offsets. May block until the watchdog ends the process.
    ///
    /// # Errors
    /// [`Fault::Abort`] or a fault that ends the session.
    fn commit(&mut self, next_offsets: &NextOffsets) -> Result<(), Fault>;

    /// Aborts the open transaction and goes back to the committed offsets of every partition held.
    ///
    /// # Errors
    /// A fault that ends the session.
    fn abort_and_rewind(&mut self) -> Result<(), Fault>;

    /// After a [`Fault::Fenced`]: waits until the group has had its say on this member.
    ///
    /// # Errors
    /// [`Fault::Replaced`] where another process runs as the same instance.
    fn confirm_membership(&mut self) -> Result<(), Fault>;

    /// What waits, as far as known. Asks nobody, so it may be a second old or two.
    fn backlog(&self) -> Backlog;
}

/// What a poll gives. Records come before the rebalances that follow them.
#[derive(Debug)]
pub struct Polled<B> {
    pub batch: B,
    pub rebalances: Vec<Rebalance>,
    /// Errors that may pass, in words.
    pub troubles: Vec<String>,
}

/// What waits before, in and behind a worker.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Each partition held of which something is known.
    pub partitions: Vec<PartitionBacklog>,
    /// Records fetched and not yet polled.
    pub fetched: Queue,
    /// Records written that no broker has yet.
    pub unsent: Queue,
}

/// What waits in a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartitionBacklog {
    pub partition: i32,
    /// Records between the last commit and the end of what may be read.
    pub lag: u64,
    /// Records behind that end: an open transaction of somebody upstream keeps them back.
    pub kept_back: u64,
    /// Whether it is being fetched at the moment.
    pub is_fetched: bool,
}

/// A queue: what is in it, and from how many on what fills it waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Queue {
    pub depth: usize,
    pub capacity: usize,
}

/// A change of the partitions held. It stands still until `assign` or `unassign` answers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebalance {
    Assigned(Vec<i32>),
    /// To be given up after a commit.
    Revoked(Vec<i32>),
    /// Already another member's: nothing of them may be committed.
    Lost(Vec<i32>),
}

/// What can go wrong, classified by what has to be done. Calls that may simply be repeated were repeated below.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The transaction cannot commit: abort it, go back, go on.
    #[error("{0}")]
    Abort(String),
    /// The producer was fenced, by a newer one or because its transaction timed out: build the session anew.
    #[error("{0}")]
    Fenced(String),
    /// Another process has this instance's id: this one must go.
    #[error(
        "another process runs as the same instance: {0}; give each its own [kafka] instance_id"
    )]
    Replaced(String),
    /// The committed offset is no longer in the topic: only the operator can say what to do.
    #[error(
        "{0}; records between the committed offset and the beginning of the partition are gone: reset the group's \
         offsets with the Kafka tools to where reading should go on"
    )]
    OffsetOutOfRange(String),
    /// Brokers cannot be reached.
    #[error("{0}")]
    Unavailable(String),
    /// Brokers do not know this user, or do not let it.
    #[error(
        "{0}; check [kafka] sasl_* and ssl_*, or grant the right that is missing (docs/deployment.md lists them)"
    )]
    Refused(String),
    /// Anything else: a fault of the program or of the brokers.
    #[error("{0}")]
    Fatal(String),
}
