//! The command line: one file per command, no rules of its own.

mod backtest;
mod check;
mod config;
mod demo;
mod exit;
mod explain;
mod generate;
mod input;
mod recorded;
mod records;
mod replay;
mod report;
mod run;
mod screen;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use exit::Exit;

const LONG_VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (revision ",
    env!("PARCELGATE_REVISION"),
    ", ",
    env!("PARCELGATE_RUSTC"),
    ")"
);

/// Screens parcel declarations against recorded intellectual-property rights.
#[derive(Debug, Parser)]
#[command(name = "parcelgate", version = LONG_VERSION, after_help = exit::HELP)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the daemon: declarations in, decisions out, exactly once
    Run(ConfigArgs),
    /// Validate configuration, policy and register, then brokers and topics
    Check(check::CheckArgs),
    /// Show settings: those in force and where each comes from, or what there is to set
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Screen declarations line by line, without a broker
    Screen(screen::ScreenArgs),
    /// Compare the policy in force with a candidate on recorded declarations
    Backtest(backtest::BacktestArgs),
    /// Count what was screened, held, inspected and seized in a period
    Report(report::ReportArgs),
    /// Verify recorded decisions: screen again, list what does not come out the same
    Replay(replay::ReplayArgs),
    /// Say why parcels are held or released, for a person to read
    Explain(explain::ExplainArgs),
    /// Run the whole daemon on an in-process broker with generated parcels
    Demo(demo::DemoArgs),
    /// Write realistic declarations to standard output or to the topic
    Generate(generate::GenerateArgs),
}

/// Where settings come from.
#[derive(Debug, Clone, Args)]
struct ConfigArgs {
    /// Settings file, laid over the built-in default; may be given several times, the last wins
    #[arg(long = "config", value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let command_line = match CommandLine::try_parse() {
        Ok(command_line) => command_line,
        Err(error) => {
            // Help and version are errors to clap, but not to the user.
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
            let _ = error.print();
            return exit.into();
        }
    };
    let result = match command_line.command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Config(command) => config::run(&command),
        Command::Screen(arguments) => screen::run(&arguments),
        Command::Backtest(arguments) => backtest::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
        Command::Replay(arguments) => replay::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Generate(arguments) => generate::run(&arguments),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            if failure.exit != Exit::Ok {
                eprintln!("parcelgate: {failure}");
            }
            failure.exit.into()
        }
    }
}
