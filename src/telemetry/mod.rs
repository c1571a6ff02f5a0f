//! What operators see: every metric in one catalogue, every log line a named event.
//!
//! Knows the closed sets of the domain, and nothing of how parcels flow.

mod capped;
pub mod catalogue;
pub mod events;
mod rate_limit;
mod recorder;
mod snapshot;

pub use capped::{RULE_ERRORS, RULE_HITS};

pub use recorder::{LogFormat, LogSettings, MetricsHandle, init_logging, install_recorder};
pub use snapshot::{Series, Snapshot};
