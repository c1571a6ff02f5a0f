//! Settings and policy: read in layers, checked as a whole, every problem reported at once.
//!
//! Splits into the narrow settings of the other modules, which know nothing of files.

mod conditions;
mod daemon;
mod policy;
mod reader;
mod schema;

pub use daemon::{DaemonSettings, Topics};
pub use policy::{LoadedPolicy, SHIPPED_POLICY, load_policies, load_policy, restore_policy};
pub use reader::{ConfigError, EffectiveSetting, Problem};
pub use schema::{policy_schema, settings_reference, settings_schema};
