//! parcelgate: parcel declarations in, hold or release decisions out.
//!
//! The modules in reading order:
pub mod admin;
pub mod app;
pub mod archive;
pub mod backtest;
pub mod cli;
pub mod config;
pub mod domain;
pub mod explanation;
pub mod feeds;
pub mod history;
pub mod html;
pub mod kafka;
pub mod pipeline;
pub mod register;
pub mod replay;
pub mod report;
pub mod sample;
pub mod screening;
pub mod service_manager;
pub mod sheet;
pub mod telemetry;
pub mod text;
pub mod wire;
