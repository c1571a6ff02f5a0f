//! Setting up: the Prometheus recorder and the log.

use std::io;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::level_filters::LevelFilter;

use super::capped::OTHER;
use super::catalogue::{self, ALL, Kind, written};
use super::events::RebalanceKind;
use super::rate_limit::RateLimit;
use super::snapshot::Snapshot;

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    pub format: LogFormat,
    pub level: LevelFilter,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// Sends log lines to standard error. Once per process; a second call changes nothing.
pub fn init_logging(settings: LogSettings) {
    let builder = tracing_subscriber::fmt()
        .with_max_level(settings.level)
        .with_target(false)
        .with_writer(io::stderr);
    let _already_set = match settings.format {
        LogFormat::Text => {
            let colour = io::IsTerminal::is_terminal(&io::stderr());
            builder.with_ansi(colour).try_init()
        }
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}

/// Renders what the recorder holds.
#[derive(Clone)]
pub struct MetricsHandle {
    recorder: PrometheusHandle,
    process: metrics_process::Collector,
}

/// Makes the process's recorder and describes every metric of the catalogue.
///
/// # Errors
/// A bucket list that the recorder refuses, or a recorder that is already there.
pub fn install_recorder() -> Result<MetricsHandle, BuildError> {
    let mut builder = PrometheusBuilder::new();
    for definition in ALL {
        if let Kind::Histogram(limits) = definition.kind {
            builder = builder
                .set_buckets_for_metric(Matcher::Full(definition.name.to_owned()), limits)?;
        }
    }
    let recorder = builder.install_recorder()?;
    for definition in ALL {
        definition.describe();
    }
    begin_at_zero();
    let process = metrics_process::Collector::default();
    process.describe();
    Ok(MetricsHandle { recorder, process })
}

/// Makes series of things that hopefully never happen: an alert on a counter that is not there stays silent when it
/// appears with its first count.
fn begin_at_zero() {
    for capped in [&catalogue::RULE_HITS, &catalogue::RULE_ERRORS] {
        catalogue::LABEL_OVERFLOW.counter([capped.name]).increment(0);
    }
    catalogue::RULE_ERRORS.counter([OTHER]).increment(0);
    for reason in ["fenced", "unavailable"] {
        catalogue::PRODUCER_REINITS.counter([reason]).increment(0);
    }
    for result in ["success", "failure"] {
        catalogue::REGISTER_RELOADS.counter([result]).increment(0);
    }
    for kind in RebalanceKind::ALL {
        catalogue::REBALANCES.counter([kind.code()]).increment(0);
    }
    for event in RateLimit::EVENTS {
        catalogue::LOG_LINES_SUPPRESSED.counter([event]).increment(0);
    }
}

impl MetricsHandle {
    /// The metrics in Prometheus text form, the process's own among them.
    #[must_use]
    pub fn render(&self) -> String {
        self.process.collect();
        self.recorder.render() + &written()
    }

    /// The metrics as they stand now, without the process's own.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self.recorder.render())
    }

    /// Moves recorded samples into their buckets. Nothing else does, so call it every few seconds: without it
    /// samples pile up in memory between scrapes.
    pub fn run_upkeep(&self) {
        self.recorder.run_upkeep();
    }
}
