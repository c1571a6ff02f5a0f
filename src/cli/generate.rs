//! `parcelgate generate`: realistic declarations, to standard output or to the topic.

use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};

use clap::Args;
use jiff::Timestamp;

use super::ConfigArgs;
use super::exit::{Exit, Failure};
use crate::config::DaemonSettings;
use crate::domain::Declaration;
use crate::kafka::TopicWriter;
use crate::sample::{Generator, register};
use crate::wire::{Encoding, encode_message};

/// Time for the brokers to take what is queued at the end.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// How many declarations
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    count: u64,
    /// The same seed and start give the same declarations
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Declarations per second; without it as fast as they can be made
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// Time of the first declaration, such as 2026-08-01T00:00:00Z; without it now
    #[arg(long, value_name = "TIME")]
    start: Option<Timestamp>,
    /// Recordals instead: a register of that size, for measuring
    #[arg(long, conflicts_with_all = ["rate", "start", "to_topic"])]
    recordals: bool,
    /// Write to the declarations topic of the configuration instead of standard output
    #[arg(long)]
    to_topic: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Lets through one thing at a time, so many per second, without drifting.
pub(super) struct Pace {
    began: Instant,
    per_second: u32,
    passed: u64,
}

impl Pace {
    pub(super) fn new(per_second: u32) -> Self {
        Self { began: Instant::now(), per_second, passed: 0 }
    }

    /// Waits until it is the next one's turn.
    pub(super) fn wait(&mut self) {
        let due = self.began + nth_interval(self.passed, self.per_second);
        self.passed += 1;
        let early = due.saturating_duration_since(Instant::now());
        if !early.is_zero() {
            std::thread::sleep(early);
        }
    }
}

/// The time from the first to the nth, at so many per second.
fn nth_interval(n: u64, per_second: u32) -> Duration {
    let per_second = u64::from(per_second.max(1));
    Duration::from_secs(n / per_second)
        + Duration::from_nanos((n % per_second) * 1_000_000_000 / per_second)
}

pub(super) fn run(arguments: &GenerateArgs) -> Result<Exit, Failure> {
    if arguments.recordals {
        register_to_standard_output(arguments)
    } else if arguments.to_topic {
        let settings = DaemonSettings::load(&arguments.config.files, std::env::vars())?;
        to_topic(arguments, &settings)
    } else {
        to_standard_output(arguments)
    }
}

fn to_standard_output(arguments: &GenerateArgs) -> Result<Exit, Failure> {
    let mut output = BufWriter::new(io::stdout().lock());
    let written = each(arguments, |_, json| {
        output.write_all(json)?;
        output.write_all(b"\n")?;
        // Who asks for a rate wants to see each when it is due.
        if arguments.rate.is_some() { output.flush() } else { Ok(()) }
    })
    .and_then(|()| output.flush());
    match written {
        Ok(()) => Ok(Exit::Ok),
        Err(error) => Err(Failure::output(&error)),
    }
}

fn register_to_standard_output(arguments: &GenerateArgs) -> Result<Exit, Failure> {
    let mut output = BufWriter::new(io::stdout().lock());
    let mut json = Vec::new();
    let count = usize::try_from(arguments.count).unwrap_or(usize::MAX);
    for recordal in register(arguments.seed, count) {
        json.clear();
        encode_message(recordal, Encoding::Json, &mut json);
        json.push(b'\n');
        output.write_all(&json).map_err(|error| Failure::output(&error))?;
    }
    output.flush().map_err(|error| Failure::output(&error))?;
    Ok(Exit::Ok)
}

fn to_topic(arguments: &GenerateArgs, settings: &DaemonSettings) -> Result<Exit, Failure> {
    let topic = &settings.topics.declarations;
    crate::app::require_topics(settings)?;
    let content_type = Encoding::Json.content_type();
    let writer = TopicWriter::new(&settings.kafka, topic, content_type)?;
    each(arguments, |declaration, json| writer.write(key(declaration), json))?;
    writer.flush(FLUSH_TIMEOUT)?;
    eprintln!("parcelgate: {} declarations written to {topic}", arguments.count);
    Ok(Exit::Ok)
}

/// The key of the declarations topic.
pub(super) fn key(declaration: &Declaration) -> &str {
    declaration.consignor.as_ref().map_or("", |party| &party.party_id)
}

/// Hands over each declaration and its JSON when it is due.
fn each<E>(
    arguments: &GenerateArgs,
    mut hand_over: impl FnMut(&Declaration, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    /// The time between two declarations where no rate is asked for.
    const DEFAULT_PER_SECOND: u32 = 100;
    let start = arguments.start.unwrap_or_else(Timestamp::now);
    let mut generator = Generator::new(arguments.seed);
    let mut pace = arguments.rate.map(Pace::new);
    let mut json = Vec::new();
    for number in 0..arguments.count {
        if let Some(pace) = &mut pace {
            pace.wait();
        }
        let after = nth_interval(number, arguments.rate.unwrap_or(DEFAULT_PER_SECOND));
        let declared_at = start.checked_add(after).unwrap_or(Timestamp::MAX);
        let declaration = generator.declaration(declared_at);
        json.clear();
        encode_message(declaration.clone(), Encoding::Json, &mut json);
        hand_over(&declaration, &json)?;
    }
    Ok(())
}
