//! All integration tests, in one binary: linking is the slow part of a test build.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]
#![expect(clippy::cast_sign_loss, reason = "partitions and offsets are never negative here")]

mod backtest;
mod checks;
mod cli;
mod configuration;
mod deploy;
mod exactly_once;
mod explain;
mod faults;
mod feeds;
mod fuzz;
mod golden;
mod harness;
mod monitoring;
mod operations;
mod privacy;
mod quality;
mod replay;
mod report;
mod security;
mod shadow;
mod status;
#[expect(dead_code, reason = "the tool uses more of it")]
#[path = "../tools/support/mod.rs"]
mod support;
mod tidy;
mod wire;
