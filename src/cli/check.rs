//! `parcelgate check`: is everything there that `run` needs.

use std::fmt;
use std::io::{self, Write as _};

use clap::Args;

use super::ConfigArgs;
use super::exit::{Exit, Failure};
use crate::app::{needed_rights, open_assembly, required_topics};
use crate::config::{DaemonSettings, Topics};
use crate::feeds::{Feed, FeedSource};
use crate::kafka::{Cluster, Resource, Right};
use crate::screening::{Reference, References};

#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Ask no brokers
    #[arg(long)]
    offline: bool,
    /// Create the topics that are missing
    #[arg(long, conflicts_with = "offline")]
    create_topics: bool,
    /// Partitions of topics that are created; the number of declarations' partitions bounds the workers of a group
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(i32).range(1..=10_000))]
    partitions: i32,
    /// Replicas of topics that are created; -1 leaves it to the brokers
    #[arg(long, value_name = "N", default_value_t = -1, allow_hyphen_values = true)]
    replication_factor: i32,
}

/// Writes a line of the report. That its reader has seen enough does not end the check: its exit code still counts.
fn say(line: fmt::Arguments<'_>) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::output(&error)),
        _ => Ok(()),
    }
}

/// A topic, and what happens to its old records.
struct TopicRow<'a> {
    name: &'a str,
    cleanup_policy: &'static str,
}

pub(super) fn run(arguments: &CheckArgs) -> Result<Exit, Failure> {
    let settings = DaemonSettings::load(&arguments.config.files, std::env::vars())?;
    say(format_args!("configuration: ok, hub {} ({})", settings.hub_name, settings.hub_district))?;
    let (mut assembly, bad_lines) = open_assembly(&settings)?;
    let References { live: reference, shadow } = assembly.references();
    let versions = &reference.versions;
    say_policy("policy", &reference)?;
    match &shadow {
        None => say(format_args!("shadow policy: none"))?,
        Some(shadow) => say_policy("shadow policy", shadow.reference())?,
    }
    for feed in Feed::ALL {
        let count = assembly.len(feed);
        match settings.reference.of(feed) {
            FeedSource::None => say(format_args!("{feed}: none"))?,
            FeedSource::Topic(topic) => {
                say(format_args!("{feed}: read from topic {topic} by `run`"))?;
            }
            FeedSource::File(_) if feed == Feed::Register => say(format_args!(
                "{feed}: ok, version {}, {count} recordals, {} written forms of marks",
                versions.register,
                reference.register.form_count()
            ))?,
            FeedSource::File(_) => say(format_args!("{feed}: ok, {count} messages"))?,
        }
    }
    for line in &bad_lines.told {
        say(format_args!("{line}"))?;
    }
    if arguments.offline {
        say(format_args!("brokers: not asked (--offline)"))?;
    } else {
        check_topics(arguments, &settings)?;
    }
    if bad_lines.count == 0 {
        return Ok(Exit::Ok);
    }
    Err(Failure::new(
        Exit::Configuration,
        format!(
            "{} bad lines in feeds; mend or remove them; `run` leaves them out",
            bad_lines.count
        ),
    ))
}

fn say_policy(name: &str, Reference { versions, policy, .. }: &Reference) -> Result<(), Failure> {
    say(format_args!(
        "{name}: ok, version {}, hold threshold {}",
        versions.policy, policy.hold_threshold
    ))
}

fn check_topics(arguments: &CheckArgs, settings: &DaemonSettings) -> Result<Exit, Failure> {
    let cluster = Cluster::new(&settings.kafka)?;
    let rows = topic_rows(&settings.topics);
    let required = required_topics(settings);
    let names = rows.iter().map(|row| row.name).collect::<Vec<_>>();
    let existing = cluster.topics(&names)?;
    say(format_args!("brokers: ok, {}", settings.kafka.bootstrap_servers))?;
    let needed = needed_rights(settings);
    let refused = cluster.missing_rights(&needed)?;
    let is_hidden = |name: &str| {
        refused.iter().any(|right| matches!(&right.resource, Resource::Topic(it) if it == name))
    };

    let mut missing = Vec::new();
    for row in &rows {
        match existing.iter().find(|topic| topic.name == row.name) {
            Some(topic) => {
                say(format_args!("topic {}: ok, {} partitions", row.name, topic.partitions))?;
            }
            None if arguments.create_topics => {
                create(arguments, &cluster, row)?;
                say(format_args!(
                    "topic {}: created, {} partitions",
                    row.name, arguments.partitions
                ))?;
            }
            None if is_hidden(row.name) => {}
            None if required.contains(&row.name) => {
                say(format_args!("topic {}: missing", row.name))?;
                missing.push(row.name);
            }
            None => {
                say(format_args!(
                    "topic {}: missing or hidden from this user, not needed by this configuration",
                    row.name
                ))?;
            }
        }
    }
    if arguments.create_topics {
        cluster.await_topics(&names)?;
    }
    let mut problems = Vec::new();
    if !missing.is_empty() {
        problems.push(format!(
            "missing topics: {}; create them, or run `parcelgate check --create-topics`",
            missing.join(", ")
        ));
    }
    if refused.is_empty() {
        say(format_args!("rights: ok, none of {} is missing", needed.len()))?;
    } else {
        problems.push(tell_refused(&refused)?);
    }
    if problems.is_empty() {
        return Ok(Exit::Ok);
    }
    Err(Failure::new(Exit::Configuration, problems.join("\n")))
}

/// Says each right that is missing, and gives what to do about them.
fn tell_refused(refused: &[Right]) -> Result<String, Failure> {
    for Right { resource, access } in refused {
        say(format_args!("{resource}: this user may not {access}"))?;
    }
    let told = refused.iter().map(|Right { resource, access }| format!("{access} {resource}"));
    Ok(format!(
        "missing rights: {}; grant them, docs/deployment.md has the commands",
        told.collect::<Vec<_>>().join(", ")
    ))
}

fn topic_rows(topics: &Topics) -> [TopicRow<'_>; 8] {
    let row = |name, cleanup_policy| TopicRow { name, cleanup_policy };
    [
        row(&topics.declarations, "delete"),
        row(&topics.decisions, "delete"),
        row(&topics.dead_letters, "delete"),
        row(&topics.recordals, "compact"),
        row(&topics.platform_signals, "compact"),
        row(&topics.customs_alerts, "compact"),
        row(&topics.outcomes, "compact"),
        row(&topics.platform_notices, "delete"),
    ]
}

fn create(arguments: &CheckArgs, cluster: &Cluster, row: &TopicRow<'_>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::io("start", &error))?;
    let CheckArgs { partitions, replication_factor, .. } = *arguments;
    let created =
        cluster.create_topic(row.name, partitions, replication_factor, row.cleanup_policy);
    Ok(runtime.block_on(created)?)
}
