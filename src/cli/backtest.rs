//! `parcelgate backtest`: a candidate policy beside the one in force, on recorded declarations.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use hashbrown::HashMap;
use jiff::Timestamp;

use super::ConfigArgs;
use super::exit::{Exit, Failure};
use super::input::{LIMITS, ReferenceArgs};
use super::records::{Recorded, Records, Rejects};
use crate::backtest::{Burden, Comparison, Trial, sheet};
use crate::config::{DaemonSettings, load_policy};
use crate::domain::{Declaration, OutcomeKind, Source};
use crate::feeds::Assembly;
use crate::kafka::Span;
use crate::screening::{Candidate, Reference, hold_unreadable, screen_both};
use crate::sheet::{Format, write};
use crate::wire::{Rejection, decode_declaration};

#[derive(Debug, Args)]
pub(super) struct BacktestArgs {
    #[command(flatten)]
    reference: ReferenceArgs,
    /// The policy that is tried, laid over the one that is built in
    #[arg(long, value_name = "FILE")]
    candidate: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
    /// Without FILE: declarations that reached the topic from then on
    #[arg(long, value_name = "TIME", conflicts_with = "file")]
    from: Option<Timestamp>,
    /// and before then
    #[arg(long, value_name = "TIME", conflicts_with = "file")]
    to: Option<Timestamp>,
    /// Hours a day that officers have for held parcels, of all officers together
    #[arg(long, value_name = "HOURS", default_value_t = 8.0, value_parser = hours)]
    officer_hours: f64,
    /// How the figures are written
    #[arg(long, value_enum, default_value_t = FormatArg::Table)]
    format: FormatArg,
    /// Declarations, one JSON message a line, or "-" for standard input; without it those of the topic
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FormatArg {
    Table,
    Csv,
    Json,
    Html,
}

impl From<FormatArg> for Format {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Table => Self::Table,
            FormatArg::Csv => Self::Csv,
            FormatArg::Json => Self::Json,
            FormatArg::Html => Self::Html,
        }
    }
}

fn hours(text: &str) -> Result<f64, String> {
    let hours = text.parse::<f64>().ok().filter(|hours| *hours > 0.0 && hours.is_finite());
    hours.ok_or_else(|| "must be a number above 0".to_owned())
}

pub(super) fn run(arguments: &BacktestArgs) -> Result<Exit, Failure> {
    let candidate = load_policy(Some(&arguments.candidate), "--candidate")?.into();
    let mut assembly = arguments.reference.open_assembly()?;
    let in_force = assembly.reference();
    let bench = Bench {
        arguments,
        candidate: Candidate::beside(&in_force, assembly.reference_under(&in_force, &candidate)),
        in_force,
        outcomes: outcomes(&assembly),
        now: Timestamp::now(),
    };
    let file = arguments.file.as_deref();
    let load = || DaemonSettings::load(&arguments.config.files, std::env::vars());
    let settings = file.is_none().then(load).transpose()?;
    let lines = Records::Lines(file.filter(|path| path.as_os_str() != "-"));
    let records = settings.as_ref().map_or(lines, |settings| {
        let span = Span { from: arguments.from, until: arguments.to };
        Records::Topic { settings, topic: &settings.topics.declarations, span }
    });
    let sums = records.fold(Sum::default, |sum, record| bench.add(sum, record))?;
    let sum = sums.into_iter().fold(Sum::default(), Sum::merged);
    bench.write(&sum.comparison)?;
    Ok(sum.rejects.tell("declarations"))
}

/// What inspections found, by declaration.
fn outcomes(assembly: &Assembly) -> HashMap<String, OutcomeKind> {
    assembly.outcomes().map(|outcome| (outcome.declaration_id, outcome.kind)).collect()
}

/// Everything that declarations are tried under.
struct Bench<'a> {
    arguments: &'a BacktestArgs,
    in_force: Reference,
    candidate: Candidate,
    outcomes: HashMap<String, OutcomeKind>,
    now: Timestamp,
}

/// What a core has made of its share.
#[derive(Default)]
struct Sum {
    comparison: Comparison,
    rejects: Rejects,
}

impl Bench<'_> {
    fn add(&self, sum: &mut Sum, record: Recorded<'_>) {
        match decode_declaration(record.payload, record.content_type, &LIMITS) {
            Ok(decoded) => self.screened(sum, record.source, &decoded.declaration),
            Err(rejection) => {
                let Rejection { reason, detail, .. } = &*rejection;
                sum.rejects.add(record.source, || format!("{}: {detail}", reason.code()));
                self.unreadable(sum, record.source, *rejection);
            }
        }
    }

    fn screened(&self, sum: &mut Sum, source: &Source, declaration: &Declaration) {
        let time = self.arguments.reference.screening_time(self.now);
        let history = time.resolve(declaration.declared_at);
        let (in_force, candidate) =
            screen_both(declaration, &self.in_force, &self.candidate, &history);
        let trial = Trial {
            source,
            declaration: Some(declaration),
            in_force: &in_force,
            candidate: &candidate,
            outcome: self.outcomes.get(&declaration.declaration_id).copied(),
        };
        sum.comparison.add(&trial, &self.in_force.policy.lists);
    }

    /// What the daemon holds unread is held here too.
    fn unreadable(&self, sum: &mut Sum, source: &Source, rejection: Rejection) {
        let Rejection { reason, ids: Some(ids), .. } = rejection else { return };
        let outcome = self.outcomes.get(&ids.declaration_id).copied();
        let hold = |reference| {
            hold_unreadable(ids.declaration_id.clone(), ids.item_id.clone(), reason, reference)
        };
        let (in_force, candidate) = (&hold(&self.in_force), &hold(self.candidate.reference()));
        let trial = Trial { source, declaration: None, in_force, candidate, outcome };
        sum.comparison.add(&trial, &self.in_force.policy.lists);
    }

    fn write(&self, comparison: &Comparison) -> Result<(), Failure> {
        let burden = Burden { officer_hours_a_day: self.arguments.officer_hours };
        let candidate = self.candidate.reference();
        let versions = (&*self.in_force.versions.policy, &*candidate.versions.policy);
        let sheet = sheet(comparison, burden, versions, self.arguments.reference.language());
        let mut output = io::stdout().lock();
        write(&sheet, self.arguments.format.into(), &mut output)
            .and_then(|()| output.flush())
            .map_err(|error| Failure::output(&error))
    }
}

impl Sum {
    fn merged(mut self, other: Self) -> Self {
        self.comparison.merge(other.comparison);
        self.rejects.merge(other.rejects);
        self
    }
}
