//! Every metric: its doc comment is its HELP text. Names, labels and units stand here and nowhere else.
//!
//! Handles are made once and kept: a counter behind a handle costs a few nanoseconds, a look-up by name a hundred.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, SharedString};

/// A metric's kind, name, help and label names.
#[derive(Debug)]
pub struct Definition {
    pub kind: Kind,
    pub name: &'static str,
    pub help: &'static str,
    labels: &'static [&'static str],
}

/// What kind of metric it is; histograms bring their bucket limits.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Counter,
    Gauge,
    Histogram(&'static [f64]),
    /// A gauge that is always 1 and whose labels say what is in force; the last that was set is the only series.
    Info,
    /// Quantiles that somebody else has worked out, with the sum and count behind them.
    Summary,
}

const METADATA: Metadata<'static> = Metadata::new("parcelgate", Level::INFO, None);

impl Definition {
    /// The counter of these label values, in the order of the definition's labels.
    pub fn counter<const N: usize>(&self, values: [&str; N]) -> Counter {
        metrics::with_recorder(|recorder| recorder.register_counter(&self.key(values), &METADATA))
    }

    /// The gauge of these label values, in the order of the definition's labels.
    pub fn gauge<const N: usize>(&self, values: [&str; N]) -> Gauge {
        metrics::with_recorder(|recorder| recorder.register_gauge(&self.key(values), &METADATA))
    }

    /// The histogram of these label values, in the order of the definition's labels.
    pub fn histogram<const N: usize>(&self, values: [&str; N]) -> Histogram {
        metrics::with_recorder(|recorder| recorder.register_histogram(&self.key(values), &METADATA))
    }

    /// Makes these label values the only series, in the order of the definition's labels. They must need no escaping, as
    /// versions do not.
    pub fn info<const N: usize>(&self, values: [&str; N]) {
        let labels = self.written(values);
        let series = format!("{}{{{labels}}} 1\n", self.name);
        if let Ok(mut written) = WRITTEN.lock() {
            written.insert(self.name, Written { kind: "gauge", series: [(labels, series)].into() });
        }
    }

    /// Takes back what [`Self::info`] said.
    pub fn no_info(&self) {
        if let Ok(mut written) = WRITTEN.lock() {
            written.remove(self.name);
        }
    }

    /// Makes these quantiles the summary of these label values, which must need no escaping, as numbers do not.
    pub fn summary<const N: usize>(&self, values: [&str; N], summary: &Summary) {
        let labels = self.written(values);
        let name = self.name;
        let mut series = String::new();
        for (quantile, value) in &summary.quantiles {
            let _ = writeln!(series, "{name}{{{labels},quantile=\"{quantile}\"}} {value}");
        }
        let Summary { sum, count, .. } = summary;
        let _ = writeln!(series, "{name}_sum{{{labels}}} {sum}\n{name}_count{{{labels}}} {count}");
        if let Ok(mut written) = WRITTEN.lock() {
            let family = written
                .entry(name)
                .or_insert_with(|| Written { kind: "summary", series: BTreeMap::new() });
            family.series.insert(labels, series);
        }
    }

    fn written<const N: usize>(&self, values: [&str; N]) -> String {
        debug_assert_eq!(self.labels.len(), N, "labels of {}", self.name);
        let labels =
            self.labels.iter().zip(values).map(|(name, value)| format!("{name}=\"{value}\""));
        labels.collect::<Vec<_>>().join(",")
    }

    fn key<const N: usize>(&self, values: [&str; N]) -> Key {
        debug_assert_eq!(self.labels.len(), N, "labels of {}", self.name);
        let labels = self
            .labels
            .iter()
            .zip(values)
            .map(|(name, value)| Label::new(*name, value.to_owned()))
            .collect::<Vec<_>>();
        Key::from_parts(self.name, labels)
    }

    /// Gives the recorder the help text.
    pub(super) fn describe(&self) {
        let (name, help) = (KeyName::from(self.name), SharedString::from(self.help));
        metrics::with_recorder(|recorder| match self.kind {
            Kind::Counter => recorder.describe_counter(name, None, help),
            Kind::Gauge => recorder.describe_gauge(name, None, help),
            Kind::Histogram(_) => recorder.describe_histogram(name, None, help),
            Kind::Info | Kind::Summary => {}
        });
    }
}

/// A summary's quantiles, each with its value, and what they were worked out of since the process began.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    pub quantiles: Vec<(&'static str, f64)>,
    pub sum: f64,
    pub count: u64,
}

/// A family of series in Prometheus text form; the text of each stands under its labels.
struct Written {
    kind: &'static str,
    series: BTreeMap<String, String>,
}

/// Each [`Kind::Info`] and [`Kind::Summary`]. The recorder has no means to take back a series, and versions come and go;
/// and it works out quantiles by itself or not at all.
static WRITTEN: Mutex<BTreeMap<&'static str, Written>> = Mutex::new(BTreeMap::new());

/// What the recorder does not hold, in Prometheus text form.
pub(super) fn written() -> String {
    let mut text = String::new();
    let Ok(written) = WRITTEN.lock() else { return text };
    for definition in ALL {
        let Definition { name, help, .. } = definition;
        let Some(Written { kind, series }) = written.get(name) else { continue };
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        text.extend(series.values().map(String::as_str));
        text.push('\n');
    }
    text
}

macro_rules! catalogue {
    ($( #[doc = $help:literal] $name:ident = $kind:expr, $text:literal [$($label:ident)*]; )*) => {
        $(
            #[doc = $help]
            pub static $name: Definition = Definition {
                kind: $kind,
                name: $text,
                help: $help.trim_ascii(),
                labels: &[$(stringify!($label)),*],
            };
        )*

        /// Every metric, in the order of this file.
        pub static ALL: &[&Definition] = &[$(&$name),*];
    };
}

/// The objective for the time from a record's timestamp to the commit of its decision: at most so many seconds, which are
/// a bucket's limit, for so large a share. Alerts and dashboards are made with the same figures.
pub const LATENCY_OBJECTIVE_SECONDS: f64 = 0.25;
pub const LATENCY_OBJECTIVE_SHARE: f64 = 0.99;

/// From a record's timestamp to the commit that makes its decision visible.
const END_TO_END_SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];
const STAGE_SECONDS: &[f64] =
    &[1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 5e-2];
const TRANSACTION_SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
const BUILD_SECONDS: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
const TRANSACTION_RECORDS_COUNTS: &[f64] = &[1.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1000.0, 5000.0];

catalogue! {
    /// Always 1; the labels say what is running.
    BUILD_INFO = Kind::Gauge, "parcelgate_build_info" [version revision rustc librdkafka];
    /// Whether a condition of readiness holds, 1 or 0.
    READY = Kind::Gauge, "parcelgate_ready" [check];
    /// Records taken from the input topic, whether committed or not.
    RECORDS_CONSUMED = Kind::Counter, "parcelgate_records_consumed_total" [topic partition];
    /// Bytes of payload taken from the input topic.
    CONSUMED_BYTES = Kind::Counter, "parcelgate_consumed_bytes_total" [topic];
    /// Records that could not be decoded, by the encoding they were in.
    DECODE_FAILURES = Kind::Counter, "parcelgate_decode_failures_total" [format reason];
    /// Fields of declarations that the schema does not know.
    UNKNOWN_FIELDS = Kind::Counter, "parcelgate_unknown_fields_total" [];
    /// Decisions committed.
    DECISIONS = Kind::Counter, "parcelgate_decisions_total" [verdict hold_route channel];
    /// Findings of committed decisions.
    FINDINGS = Kind::Counter, "parcelgate_findings_total" [check];
    /// Parcels held, each counted once, under the check of its weightiest finding.
    HOLD_REASONS = Kind::Counter, "parcelgate_hold_reasons_total" [check];
    /// Committed decisions beside what the policy that is tried says of the same parcels. There where `[policy] shadow` names one.
    SHADOW_DECISIONS = Kind::Counter, "parcelgate_shadow_decisions_total" [live shadow];
    /// Parcels that one of live and shadow holds and the other releases, each counted once, under what the one that holds it does so for.
    SHADOW_DISAGREEMENTS = Kind::Counter, "parcelgate_shadow_disagreements_total" [check];
    /// Committed decisions for whose parcels screening under the shadow failed; the decision is that of the policy in force.
    SHADOW_FAILURES = Kind::Counter, "parcelgate_shadow_failures_total" [];
    /// Findings of committed decisions that a rule, campaign or alert led to. The first 500 ids have a series each.
    RULE_HITS = Kind::Counter, "parcelgate_rule_hits_total" [rule_id];
    /// Committed decisions for which a rule or campaign could not be judged: it asks for a value that nobody can tell in yuan. The first 500 ids have a series each.
    RULE_ERRORS = Kind::Counter, "parcelgate_rule_errors_total" [rule_id];
    /// Lines of the log that were left out, since their event came too often.
    LOG_LINES_SUPPRESSED = Kind::Counter, "parcelgate_log_lines_suppressed_total" [event];
    /// Counts that went to the label value `other`, since the metric has as many values as it may have.
    LABEL_OVERFLOW = Kind::Counter, "parcelgate_label_overflow_total" [metric];
    /// Dead letters committed.
    DEAD_LETTERS = Kind::Counter, "parcelgate_dead_letters_total" [reason];
    /// Notices to platforms committed.
    PLATFORM_NOTICES = Kind::Counter, "parcelgate_platform_notices_total" [kind];
    /// Time from a record's timestamp to the commit of its decision.
    END_TO_END_LATENCY = Kind::Histogram(END_TO_END_SECONDS), "parcelgate_e2e_latency_seconds" [verdict];
    /// Time a batch spends in a stage.
    STAGE_DURATION = Kind::Histogram(STAGE_SECONDS), "parcelgate_stage_duration_seconds" [stage];
    /// Time from the beginning of a transaction to its end.
    TRANSACTION_DURATION = Kind::Histogram(TRANSACTION_SECONDS), "parcelgate_transaction_duration_seconds" [result];
    /// Input records carried by a committed transaction.
    TRANSACTION_RECORDS = Kind::Histogram(TRANSACTION_RECORDS_COUNTS), "parcelgate_transaction_records" [];
    /// Transactions by how they ended.
    TRANSACTIONS = Kind::Counter, "parcelgate_transactions_total" [result];
    /// Producers built anew, by why.
    PRODUCER_REINITS = Kind::Counter, "parcelgate_producer_reinits_total" [reason];
    /// Input records screened and not yet committed.
    INFLIGHT_RECORDS = Kind::Gauge, "parcelgate_inflight_records" [worker];
    /// Records that wait in a queue, by whose and which.
    QUEUE_DEPTH = Kind::Gauge, "parcelgate_queue_depth_records" [worker queue];
    /// Records that a queue takes before what fills it has to wait.
    QUEUE_CAPACITY = Kind::Gauge, "parcelgate_queue_capacity_records" [worker queue];
    /// Partitions that a worker owns and that are not being fetched at the moment.
    PAUSED_PARTITIONS = Kind::Gauge, "parcelgate_paused_partitions" [worker];
    /// Records between the last commit and the last stable offset of the partition.
    CONSUMER_LAG = Kind::Gauge, "parcelgate_consumer_lag_records" [topic partition];
    /// Age of the oldest record that is not committed yet, as far as known; 0 where there is none.
    CONSUMER_LAG_SECONDS = Kind::Gauge, "parcelgate_consumer_lag_seconds" [topic partition];
    /// Records behind the last stable offset: what a transaction of somebody upstream keeps back.
    LSO_GAP = Kind::Gauge, "parcelgate_lso_gap_records" [topic partition];
    /// When a transaction was last committed, in seconds since 1970.
    LAST_COMMIT = Kind::Gauge, "parcelgate_last_commit_timestamp_seconds" [];
    /// Changes of a worker's partitions.
    REBALANCES = Kind::Counter, "parcelgate_rebalances_total" [kind];
    /// Partitions that this process owns.
    ASSIGNED_PARTITIONS = Kind::Gauge, "parcelgate_assigned_partitions" [];
    /// Partitions that no member of the group had when this instance last looked, by topic. 0 before its first look.
    UNASSIGNED_PARTITIONS = Kind::Gauge, "parcelgate_unassigned_partitions" [topic];
    /// Always 1; the label is the content hash of the policy in force.
    POLICY_INFO = Kind::Info, "parcelgate_policy_info" [version];
    /// Always 1; the label is the content hash of the policy that is tried. There where `[policy] shadow` names one.
    SHADOW_POLICY_INFO = Kind::Info, "parcelgate_shadow_policy_info" [version];
    /// Always 1; the label is the content hash of platform signals, customs alerts and outcomes in force.
    SIGNALS_INFO = Kind::Info, "parcelgate_signals_info" [version];
    /// Always 1; the label is the content hash of the register in force.
    REGISTER_INFO = Kind::Info, "parcelgate_register_info" [version];
    /// When the register in force was loaded, in seconds since 1970.
    REGISTER_LOADED = Kind::Gauge, "parcelgate_register_loaded_timestamp_seconds" [];
    /// Recordals in the register in force.
    REGISTER_RECORDALS = Kind::Gauge, "parcelgate_register_recordals" [];
    /// Written forms of marks that the register in force searches for.
    REGISTER_MARKS = Kind::Gauge, "parcelgate_register_marks" [];
    /// Wishes to read policy and feeds' files anew, by how they ended.
    REGISTER_RELOADS = Kind::Counter, "parcelgate_register_reloads_total" [result];
    /// Whether the last wish to reload was fulfilled, 1 or 0. 1 before the first.
    LAST_RELOAD_SUCCESSFUL = Kind::Gauge, "parcelgate_config_last_reload_successful" [];
    /// When policy and feeds' files were last read, in seconds since 1970.
    LAST_RELOAD_SUCCESS = Kind::Gauge, "parcelgate_config_last_reload_success_timestamp_seconds" [];
    /// Whether clients have the certificates that are on disk: 1, or 0 while those on disk cannot be used.
    CERTIFICATES_CURRENT = Kind::Gauge, "parcelgate_kafka_certificates_current" [];
    /// Records of the topics of reference data, by what they did.
    FEED_RECORDS = Kind::Counter, "parcelgate_feed_records_total" [feed result];
    /// Errors met while following the topics of reference data; parcels go on under what is known.
    FEED_TROUBLES = Kind::Counter, "parcelgate_feed_troubles_total" [topic];
    /// Messages of reference data in force.
    FEED_MESSAGES = Kind::Gauge, "parcelgate_feed_messages" [feed];
    /// When the reference in force was published, in seconds since 1970.
    REFERENCE_PUBLISHED = Kind::Gauge, "parcelgate_reference_published_timestamp_seconds" [];
    /// Time to build a reference of what has changed.
    REFERENCE_BUILD = Kind::Histogram(BUILD_SECONDS), "parcelgate_reference_build_duration_seconds" [];
    /// Whether a Kafka client has a connection to a broker, 1 or 0.
    KAFKA_BROKER_UP = Kind::Gauge, "parcelgate_kafka_broker_up" [client broker];
    /// Time from request to response of a broker over the last second.
    KAFKA_RTT = Kind::Summary, "parcelgate_kafka_rtt_seconds" [client broker];
    /// How long a broker asked a client to wait on average over the last second: its quota is used up.
    KAFKA_THROTTLE = Kind::Gauge, "parcelgate_kafka_throttle_seconds" [client broker];
    /// Requests that could not be sent.
    KAFKA_TX_ERRORS = Kind::Counter, "parcelgate_kafka_tx_errors_total" [client broker];
    /// Requests that were sent again.
    KAFKA_TX_RETRIES = Kind::Counter, "parcelgate_kafka_tx_retries_total" [client broker];
    /// Requests that no response came to in time.
    KAFKA_REQUEST_TIMEOUTS = Kind::Counter, "parcelgate_kafka_request_timeouts_total" [client broker];
    /// Connections that ended, be it by either side or the network.
    KAFKA_DISCONNECTS = Kind::Counter, "parcelgate_kafka_disconnects_total" [client broker];
    /// Records that a producer holds until a broker has them.
    KAFKA_PRODUCER_QUEUE_RECORDS = Kind::Gauge, "parcelgate_kafka_producer_queue_records" [client];
    /// Bytes of records that a producer holds until a broker has them.
    KAFKA_PRODUCER_QUEUE_BYTES = Kind::Gauge, "parcelgate_kafka_producer_queue_bytes" [client];
    /// Bytes that a producer holds at most.
    KAFKA_PRODUCER_QUEUE_CAPACITY_BYTES = Kind::Gauge, "parcelgate_kafka_producer_queue_capacity_bytes" [client];
    /// Records fetched and not yet polled.
    KAFKA_FETCH_QUEUE_RECORDS = Kind::Gauge, "parcelgate_kafka_fetch_queue_records" [client];
    /// Events of a client that wait for a poll.
    KAFKA_REPLY_QUEUE_OPS = Kind::Gauge, "parcelgate_kafka_reply_queue_ops" [client];
    /// How long a producer's transaction has been in the state that it is in.
    KAFKA_TXN_STATE_AGE = Kind::Gauge, "parcelgate_kafka_txn_state_age_seconds" [client];
    /// Rebalances of the group as a consumer has seen them.
    KAFKA_REBALANCES = Kind::Counter, "parcelgate_kafka_rebalances_total" [client];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_conventions() {
        for definition in ALL {
            let name = definition.name;
            assert!(name.starts_with("parcelgate_"), "{name}");
            assert_eq!(
                name.ends_with("_total"),
                matches!(definition.kind, Kind::Counter),
                "{name}"
            );
            assert!(!definition.help.is_empty(), "{name}");
            assert_eq!(ALL.iter().filter(|other| other.name == name).count(), 1, "{name}");
        }
    }
}
