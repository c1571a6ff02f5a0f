//! What is worth a log line: one struct per event, whose `emit` writes the line and moves the metric.
//!
//! Event codes are stable: alerts and runbooks name them. No event carries declared data.

use std::time::{Duration, SystemTime};

use super::catalogue;
use super::rate_limit::RateLimit;
use crate::domain::{CheckCode, Versions};

/// The values of the labels `live` and `shadow`.
const VERDICTS: [&str; 2] = ["hold", "release"];

/// The daemon is up.
#[derive(Debug)]
pub struct Started<'a> {
    pub hub: &'a str,
    pub workers: usize,
}

impl Started<'_> {
    pub fn emit(&self) {
        catalogue::LAST_RELOAD_SUCCESSFUL.gauge([]).set(1.0);
        catalogue::LAST_RELOAD_SUCCESS.gauge([]).set(now_seconds());
        tracing::info!(
            event = "started",
            hub = self.hub,
            workers = self.workers,
            "screening parcels"
        );
    }
}

/// A reference is in force from now on.
#[derive(Debug)]
pub struct ReferencePublished<'a> {
    pub versions: &'a Versions,
    /// The version of the policy that is tried, where one is.
    pub shadow: Option<&'a str>,
    pub recordals: usize,
    pub marks: usize,
    /// The register is not the one that was in force before.
    pub is_new_register: bool,
    pub took: Duration,
}

impl ReferencePublished<'_> {
    pub fn emit(&self) {
        let Versions { policy, register, signals, .. } = self.versions;
        catalogue::POLICY_INFO.info([policy]);
        tell_shadow(self.shadow);
        catalogue::SIGNALS_INFO.info([signals]);
        catalogue::REGISTER_INFO.info([register]);
        catalogue::REGISTER_RECORDALS.gauge([]).set(as_gauge(self.recordals));
        catalogue::REGISTER_MARKS.gauge([]).set(as_gauge(self.marks));
        if self.is_new_register {
            catalogue::REGISTER_LOADED.gauge([]).set(now_seconds());
        }
        catalogue::REFERENCE_PUBLISHED.gauge([]).set(now_seconds());
        catalogue::REFERENCE_BUILD.histogram([]).record(self.took);
        tracing::info!(
            event = "reference_published",
            policy_version = policy,
            shadow_version = self.shadow,
            register_version = register,
            signals_version = signals,
            recordals = self.recordals,
            took_ms = millis(self.took),
            "reference in force from now on"
        );
    }
}

/// There is a register, and nothing is in it.
#[derive(Debug)]
pub struct RegisterEmpty;

impl RegisterEmpty {
    pub fn emit(&self) {
        tracing::warn!(
            event = "register_empty",
            "the register has no recordals: no mark is looked for, and parcels are released; fill its topic or file \
             (docs/deployment.md)"
        );
    }
}

/// Makes the series of a shadow where there is one: what rarely happens should be seen to begin at zero.
fn tell_shadow(version: Option<&str>) {
    let Some(version) = version else { return catalogue::SHADOW_POLICY_INFO.no_info() };
    catalogue::SHADOW_POLICY_INFO.info([version]);
    for live in VERDICTS {
        for shadow in VERDICTS {
            catalogue::SHADOW_DECISIONS.counter([live, shadow]).increment(0);
        }
    }
    for check in CheckCode::ALL {
        catalogue::SHADOW_DISAGREEMENTS.counter([check.code()]).increment(0);
    }
    catalogue::SHADOW_FAILURES.counter([]).increment(0);
}

/// Policy and feeds' files were read anew.
#[derive(Debug)]
pub struct ReferenceReloaded;

impl ReferenceReloaded {
    pub fn emit(&self) {
        catalogue::REGISTER_RELOADS.counter(["success"]).increment(1);
        catalogue::LAST_RELOAD_SUCCESSFUL.gauge([]).set(1.0);
        catalogue::LAST_RELOAD_SUCCESS.gauge([]).set(now_seconds());
        tracing::info!(event = "reloaded", "policy and files of feeds are read anew");
    }
}

/// Settings have changed that a reload does not take up.
#[derive(Debug)]
pub struct RestartNeeded<'a> {
    pub settings: &'a [String],
}

impl RestartNeeded<'_> {
    pub fn emit(&self) {
        if !self.settings.is_empty() {
            tracing::warn!(
                event = "restart_needed",
                settings = self.settings.join(", "),
                "these settings have changed, and count after a restart"
            );
        }
    }
}

/// Settings, policy or a file of a feed could not be read anew: what was in force stays.
#[derive(Debug)]
pub struct ReloadRefused<'a> {
    pub reason: &'a str,
}

impl ReloadRefused<'_> {
    pub fn emit(&self) {
        catalogue::REGISTER_RELOADS.counter(["failure"]).increment(1);
        catalogue::LAST_RELOAD_SUCCESSFUL.gauge([]).set(0.0);
        tracing::error!(
            event = "reload_refused",
            reason = self.reason,
            "everything stays in force as it was; mend it and send SIGHUP again"
        );
    }
}

/// A record of a feed's topic is bad: it is skipped.
#[derive(Debug)]
pub struct FeedRecordRejected<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub reason: &'a str,
}

impl FeedRecordRejected<'_> {
    pub fn emit(&self) {
        static LIMIT: RateLimit = RateLimit::of("feed_record_rejected");
        let Some(suppressed) = LIMIT.pass() else { return };
        tracing::warn!(
            event = "feed_record_rejected",
            suppressed,
            topic = self.topic,
            partition = self.partition,
            offset = self.offset,
            reason = self.reason,
            "bad record skipped, what was known under its key stays"
        );
    }
}

/// A feed's topic cannot be read at the moment.
#[derive(Debug)]
pub struct FeedTroubled<'a> {
    pub topic: &'a str,
    pub cause: &'a str,
}

impl FeedTroubled<'_> {
    pub fn emit(&self) {
        static LIMIT: RateLimit = RateLimit::of("feed_troubled");
        catalogue::FEED_TROUBLES.counter([self.topic]).increment(1);
        let Some(suppressed) = LIMIT.pass() else { return };
        tracing::warn!(
            event = "feed_troubled",
            suppressed,
            topic = self.topic,
            cause = self.cause,
            "reading reference data"
        );
    }
}

/// What decisions are made under could not be kept.
#[derive(Debug)]
pub struct ArchiveFailed<'a> {
    pub cause: &'a str,
}

impl ArchiveFailed<'_> {
    pub fn emit(&self) {
        static LIMIT: RateLimit = RateLimit::of("archive_failed");
        let Some(suppressed) = LIMIT.pass() else { return };
        tracing::warn!(
            event = "archive_failed",
            suppressed,
            cause = self.cause,
            "keeping the policy and the register in [archive] dir; decisions of now cannot be verified by it later"
        );
    }
}

/// A feed's topic has got more partitions.
#[derive(Debug)]
pub struct FeedPartitionsAdded<'a> {
    pub topic: &'a str,
    pub count: usize,
}

impl FeedPartitionsAdded<'_> {
    pub fn emit(&self) {
        tracing::info!(
            event = "feed_partitions_added",
            topic = self.topic,
            count = self.count,
            "reading the topic's new partitions too"
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
    /// Every kind.
    pub(super) const ALL: [Self; 3] = [Self::Assign, Self::Revoke, Self::Lost];

    pub(super) fn code(self) -> &'static str {
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
        static LIMIT: RateLimit = RateLimit::of("transaction_aborted");
        let Some(suppressed) = LIMIT.pass() else { return };
        tracing::warn!(
            event = "transaction_aborted",
            suppressed,
            worker = self.worker,
            records = self.records,
            cause = self.cause,
            "transaction aborted, its records are read again"
        );
    }
}

/// A worker's session ended: it starts anew from the committed offsets.
#[derive(Debug)]
pub struct WorkerRestarted<'a> {
    pub worker: usize,
    /// `fenced` or `unavailable`.
    pub reason: &'static str,
    pub cause: &'a str,
}

impl WorkerRestarted<'_> {
    pub fn emit(&self) {
        catalogue::PRODUCER_REINITS.counter([self.reason]).increment(1);
        tracing::warn!(
            event = "worker_restarted",
            worker = self.worker,
            cause = self.cause,
            "starting anew from the committed offsets"
        );
    }
}

/// Partitions have stayed without a reader, and are handed out anew.
#[derive(Debug)]
pub struct PartitionsUnassigned<'a> {
    pub topic: &'a str,
    pub partitions: &'a [i32],
}

impl PartitionsUnassigned<'_> {
    pub fn emit(&self) {
        tracing::warn!(
            event = "partitions_unassigned",
            topic = self.topic,
            partitions = ?self.partitions,
            "no member of the group has these partitions; having them handed out"
        );
    }
}

/// Certificates or keys have changed on disk, and brokers take them: clients are made anew.
#[derive(Debug)]
pub struct CertificatesRenewed;

impl CertificatesRenewed {
    pub fn emit(&self) {
        tracing::info!(
            event = "certificates_renewed",
            "certificates have changed: finishing the open transactions, then connecting with the new ones"
        );
    }
}

/// Certificates or keys have changed on disk, and cannot be used: the clients that there are go on.
#[derive(Debug)]
pub struct CertificatesRefused<'a> {
    pub cause: &'a str,
}

impl CertificatesRefused<'_> {
    pub fn emit(&self) {
        catalogue::CERTIFICATES_CURRENT.gauge([]).set(0.0);
        tracing::error!(
            event = "certificates_refused",
            cause = self.cause,
            "certificates have changed and cannot be used; going on with those before, which the next start will not have"
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

/// Lines of feeds' files were left out.
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
        static LIMIT: RateLimit = RateLimit::of("panicked");
        let Some(suppressed) = LIMIT.pass() else { return };
        tracing::error!(
            event = "panicked",
            suppressed,
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
        static LIMIT: RateLimit = RateLimit::of("read_troubled");
        let Some(suppressed) = LIMIT.pass() else { return };
        tracing::warn!(
            event = "read_troubled",
            suppressed,
            worker = self.worker,
            cause = self.cause,
            "reading declarations"
        );
    }
}

/// librdkafka has something to say. Its levels are those of syslog.
#[derive(Debug)]
pub struct ClientLogged<'a> {
    pub client: &'a str,
    pub level: i32,
    pub facility: &'a str,
    pub message: &'a str,
}

impl ClientLogged<'_> {
    pub fn emit(&self) {
        static LIMIT: RateLimit = RateLimit::of("librdkafka");
        let Self { client, level, facility, message } = *self;
        if level > 6 {
            tracing::debug!(event = "librdkafka", client, facility, "{message}");
            return;
        }
        let Some(suppressed) = LIMIT.pass() else { return };
        match level {
            ..=3 => {
                tracing::error!(event = "librdkafka", suppressed, client, facility, "{message}");
            }
            4 => tracing::warn!(event = "librdkafka", suppressed, client, facility, "{message}"),
            _ => tracing::info!(event = "librdkafka", suppressed, client, facility, "{message}"),
        }
    }
}

fn now_seconds() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |elapsed| elapsed.as_secs_f64())
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn as_gauge(count: usize) -> f64 {
    count as f64
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
