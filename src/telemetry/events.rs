//! What is worth a log line: one struct per event, whose `emit` writes the line and moves the metric.
//!
//! Event codes are stable: alerts and runbooks name them. No event carries declared data.

use std::time::Duration;

use super::catalogue;

/// The daemon is up; the line says what is in force.
#[derive(Debug)]
pub struct Started<'a> {
    pub hub: &'a str,
    pub workers: usize,
    pub policy_version: &'a str,
    pub register_version: &'a str,
    pub recordals: usize,
}

impl Started<'_> {
    pub fn emit(&self) {
        tracing::info!(
            event = "started",
            hub = self.hub,
            workers = self.workers,
            policy_version = self.policy_version,
            register_version = self.register_version,
            recordals = self.recordals,
            "screening parcels"
        );
    }
}

/// A process signal asked the daemon to stop.
#[derive(Debug)]
pub struct Stopping {
    pub deadline: Duration,
}

impl Stopping {
    pub fn emit(&self) {
        let deadline_ms = millis(self.deadline);
        tracing::info!(event = "stopping", deadline_ms, "finishing the open transactions");
    }
}

/// Every worker has ended and nothing is left open.
#[derive(Debug)]
pub struct Stopped;

impl Stopped {
    pub fn emit(&self) {
        tracing::info!(event = "stopped", "stopped with nothing left open");
    }
}

/// A worker's partitions changed.
#[derive(Debug)]
pub struct Rebalanced<'a> {
    pub worker: usize,
    pub kind: RebalanceKind,
    pub partitions: &'a [i32],
}

/// How a worker's partitions changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RebalanceKind {
    Assign,
    Revoke,
    Lost,
}

impl RebalanceKind {
    fn code(self) -> &'static str {
        match self {
            Self::Assign => "assign",
            Self::Revoke => "revoke",
            Self::Lost => "lost",
        }
    }
}

impl Rebalanced<'_> {
    pub fn emit(&self) {
        catalogue::REBALANCES.counter([self.kind.code()]).increment(1);
        tracing::info!(
            event = "rebalanced",
            worker = self.worker,
            kind = self.kind.code(),
            partitions = ?self.partitions,
            "partitions changed hands"
        );
    }
}

/// A transaction was aborted; its records will be read again.
#[derive(Debug)]
pub struct TransactionAborted<'a> {
    pub worker: usize,
    pub records: usize,
    pub cause: &'a str,
}

impl TransactionAborted<'_> {
    pub fn emit(&self) {
        tracing::warn!(
            event = "transaction_aborted",
            worker = self.worker,
            records = self.records,
            cause = self.cause,
            "transaction aborted, its records are read again"
        );
    }
}

/// A worker's producer was fenced: it starts anew from the committed offsets.
#[derive(Debug)]
pub struct WorkerRestarted<'a> {
    pub worker: usize,
    pub cause: &'a str,
}

impl WorkerRestarted<'_> {
    pub fn emit(&self) {
        catalogue::PRODUCER_REINITS.counter(["fenced"]).increment(1);
        tracing::warn!(
            event = "worker_restarted",
            worker = self.worker,
            cause = self.cause,
            "starting anew from the committed offsets"
        );
    }
}

/// A worker cannot go on.
#[derive(Debug)]
pub struct WorkerFailed<'a> {
    pub worker: usize,
    pub cause: &'a str,
}

impl WorkerFailed<'_> {
    pub fn emit(&self) {
        tracing::error!(
            event = "worker_failed",
            worker = self.worker,
            cause = self.cause,
            "worker cannot go on"
        );
    }
}

/// Lines of feeds were left out at the start.
#[derive(Debug)]
pub struct FeedLinesLeftOut<'a> {
    pub count: usize,
    pub told: &'a [String],
}

/// Bad lines that the log tells one by one.
const FEED_LINES_TOLD_MAX: usize = 20;

impl FeedLinesLeftOut<'_> {
    /// Says nothing where there are none.
    pub fn emit(&self) {
        for line in self.told.iter().take(FEED_LINES_TOLD_MAX) {
            tracing::warn!(event = "feed_line_left_out", "{line}");
        }
        if self.count > 0 {
            tracing::warn!(
                event = "feed_lines_left_out",
                count = self.count,
                "bad lines of feeds are left out, the rest is loaded; `parcelgate check` lists them"
            );
        }
    }
}

/// A commit does not come back.
#[derive(Debug)]
pub struct CommitHung {
    pub worker: usize,
    pub waited: Duration,
}

impl CommitHung {
    pub fn emit(&self) {
        tracing::error!(
            event = "commit_hung",
            worker = self.worker,
            waited_ms = millis(self.waited),
            "commit does not return, ending the process so that it can be started again"
        );
    }
}

/// Screening one record panicked; it became a dead letter.
#[derive(Debug)]
pub struct ScreeningPanicked<'a> {
    pub location: &'a str,
}

impl ScreeningPanicked<'_> {
    pub fn emit(&self) {
        tracing::error!(
            event = "panicked",
            location = self.location,
            "a fault of the program; report it with this location"
        );
    }
}

/// Reading the declarations met an error that may pass.
#[derive(Debug)]
pub struct ReadTroubled<'a> {
    pub worker: usize,
    pub cause: &'a str,
}

impl ReadTroubled<'_> {
    pub fn emit(&self) {
        tracing::warn!(
            event = "read_troubled",
            worker = self.worker,
            cause = self.cause,
            "reading declarations"
        );
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
