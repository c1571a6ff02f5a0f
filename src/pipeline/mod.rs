//! The line: a bounded batch of records becomes a plan, and one transaction carries plans out.
//!
//! [`judge`], [`batch`] and [`plan`] are pure. [`worker`] is the loop; it reaches Kafka through [`ports`] alone.

pub mod batch;
pub mod judge;
mod notices;
pub mod plan;
pub mod ports;
mod progress;
mod recording;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod test_support;
mod worker;

pub use notices::Notices;
pub use progress::Progress;
pub use worker::{Ended, Stop, Task, Worker, WorkerSettings};
