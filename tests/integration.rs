//! All integration tests, in one binary: linking is the slow part of a test build.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking"
)]
#![allow(clippy::cast_sign_loss, reason = "partitions and offsets are never negative here")]
#![allow(clippy::missing_panics_doc, reason = "a helper that panics is an assertion")]

mod cli;
mod exactly_once;
mod faults;
mod fuzz;
mod golden;
mod harness;
mod quality;
#[allow(dead_code, reason = "the tool uses more of it")]
#[path = "../tools/support/mod.rs"]
mod support;
mod tidy;
mod wire;
