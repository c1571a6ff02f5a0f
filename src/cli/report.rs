//! `parcelgate report`: what was screened, held, inspected and seized in a period.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::SignedDuration;
use jiff::civil::Date;

use super::ConfigArgs;
use super::backtest::FormatArg;
use super::exit::{Exit, Failure};
use super::input::{LIMITS, LanguageArg};
use super::records::{MESSAGE_LIMITS, Records, Rejects};
use crate::config::{DaemonSettings, load_policy};
use crate::domain::{Outcome, Recordal};
use crate::kafka::Span;
use crate::report::{Decided, Dimension, Ground, Period, Periods, Tally, sheet};
use crate::sheet::write;
use crate::wire::{Message, Stamped, decode_declaration, decode_record};

/// How long after it was made a decision may reach its topic.
const LATE_MAX: SignedDuration = SignedDuration::from_hours(1);

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// First day, in China's time
    #[arg(long, value_name = "DAY")]
    from: Date,
    /// First day after it
    #[arg(long, value_name = "DAY")]
    to: Date,
    /// One more table
    #[arg(long, value_enum, value_name = "WHAT")]
    by: Option<By>,
    /// Language of titles
    #[arg(long, visible_alias = "lang", value_enum, default_value_t = LanguageArg::En)]
    language: LanguageArg,
    /// How the figures are written
    #[arg(long, value_enum, default_value_t = FormatArg::Table)]
    format: FormatArg,
    /// Recordals: whose rights they are
    #[arg(long, value_name = "FILE")]
    register: Option<PathBuf>,
    /// Policy: rates of currencies, regions, groups of goods
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigArgs,
    /// Decisions, one JSON message a line; without this and the next two all comes from the topics
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    /// Outcomes, one JSON message a line
    #[arg(long, value_name = "FILE")]
    outcomes: Option<PathBuf>,
    /// The declarations that were decided, line by line: for routes, goods and platforms
    #[arg(long, value_name = "FILE")]
    declarations: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum By {
    Hub,
    Route,
    Holder,
    Goods,
    Channel,
    Platform,
    Month,
}

impl From<By> for Dimension {
    fn from(by: By) -> Self {
        match by {
            By::Hub => Self::Hub,
            By::Route => Self::Region,
            By::Holder => Self::Holder,
            By::Goods => Self::Goods,
            By::Channel => Self::Channel,
            By::Platform => Self::Platform,
            By::Month => Self::Month,
        }
    }
}

pub(super) fn run(arguments: &ReportArgs) -> Result<Exit, Failure> {
    let period = Period { from: arguments.from, to: arguments.to };
    if period.from >= period.to {
        return Err(Failure::new(Exit::Usage, "--to must be a day after --from"));
    }
    let (policy, _) = load_policy(arguments.policy.as_deref(), "--policy")?;
    let desk = Desk::new(arguments, Periods::of(period))?;
    let mut exits = Vec::new();
    let recordals = desk.recordals(&mut exits)?;
    let mut ground = Ground::new(desk.periods, policy.lists, policy.currencies, recordals);
    for outcome in desk.outcomes(&mut exits)? {
        ground.add_outcome(outcome);
    }
    let mut tally = desk.decisions(&ground, &mut exits)?;
    if let Some(declarations) = desk.declarations() {
        let of_declarations = desk.declared(declarations, &ground, &tally, &mut exits)?;
        tally.merge(of_declarations);
    }
    tally.add_outcomes(&ground);
    let by = arguments.by.map(Dimension::from);
    let sheet = sheet(&ground, &tally, by, arguments.language.into());
    let mut output = io::stdout().lock();
    write(&sheet, arguments.format.into(), &mut output)
        .and_then(|()| output.flush())
        .map_err(|error| Failure::output(&error))?;
    Ok(if exits.contains(&Exit::Rejected) { Exit::Rejected } else { Exit::Ok })
}

/// Where everything comes from.
struct Desk<'a> {
    arguments: &'a ReportArgs,
    periods: Periods,
    /// `None` where files were named.
    settings: Option<DaemonSettings>,
}

/// What a core has counted.
#[derive(Default)]
struct Sum<T> {
    value: T,
    rejects: Rejects,
}

impl<'a> Desk<'a> {
    fn new(arguments: &'a ReportArgs, periods: Periods) -> Result<Self, Failure> {
        let ReportArgs { decisions, outcomes, declarations, .. } = arguments;
        let has_files = [decisions, outcomes, declarations].iter().any(|file| file.is_some());
        let load = || DaemonSettings::load(&arguments.config.files, std::env::vars());
        let settings = (!has_files).then(load).transpose()?;
        Ok(Self { arguments, periods, settings })
    }

    /// From a file where one is named, else from the topic; nothing where other files are named.
    fn records<'b>(
        &'b self,
        file: Option<&'b Path>,
        topic: impl FnOnce(&'b DaemonSettings) -> &'b str,
        span: Span,
    ) -> Option<Records<'b>> {
        match (file, &self.settings) {
            (Some(file), _) => Some(Records::Lines(Some(file))),
            (None, Some(settings)) => {
                Some(Records::Topic { settings, topic: topic(settings), span })
            }
            (None, None) => None,
        }
    }

    fn recordals(&self, exits: &mut Vec<Exit>) -> Result<Vec<Recordal>, Failure> {
        let file = self.arguments.register.as_deref();
        let records = file.map(|file| Records::Lines(Some(file)));
        messages(records, "register", exits)
    }

    /// All there are: an outcome may reach its topic long after it was concluded, and they are few.
    fn outcomes(&self, exits: &mut Vec<Exit>) -> Result<Vec<Outcome>, Failure> {
        let file = self.arguments.outcomes.as_deref();
        let records = self.records(file, |it| &it.topics.outcomes, Span::default());
        messages(records, "outcomes", exits)
    }

    /// Decisions of all three periods.
    fn decisions(&self, ground: &Ground, exits: &mut Vec<Exit>) -> Result<Tally, Failure> {
        let mut tally = Tally::default();
        let spans = self.spans();
        for (number, period) in spans.iter().enumerate() {
            let file = self.arguments.decisions.as_deref();
            let span = Span {
                from: Some(period.begins()),
                until: period.ends().checked_add(LATE_MAX).ok(),
            };
            let Some(records) = self.records(file, |it| &it.topics.decisions, span) else { break };
            let sums = records.fold(Sum::<Tally>::default, |sum, record| {
                match decode_record::<Stamped>(record.payload, record.content_type, &MESSAGE_LIMITS)
                {
                    Ok(Stamped { decision, source, decided_at }) => {
                        let decided = Decided { decision: &decision, source: &source, decided_at };
                        // What is read overlaps, by what may be late and in periods of more than a year: each decision
                        // counts in the first that it is of.
                        let is_earlier =
                            spans.iter().take(number).any(|it| it.contains(decided_at));
                        if file.is_some() || (period.contains(decided_at) && !is_earlier) {
                            sum.value.add_decision(ground, decided);
                        }
                    }
                    Err(error) => sum.rejects.add(record.source, || error.to_string()),
                }
            })?;
            let mut rejects = Rejects::default();
            for sum in sums {
                tally.merge(sum.value);
                rejects.merge(sum.rejects);
            }
            exits.push(rejects.tell("decisions"));
        }
        Ok(tally)
    }

    /// A file is read once, whatever its times; of a topic only what is asked for, and nothing twice.
    fn spans(&self) -> Vec<Period> {
        if self.settings.is_none() {
            return vec![self.periods.now];
        }
        let mut spans = Vec::new();
        for period in self.periods.all() {
            if !spans.contains(&period) {
                spans.push(period);
            }
        }
        spans
    }

    /// Declarations may have waited to be decided, but not longer than the topic keeps them: all are read.
    fn declarations(&self) -> Option<Records<'_>> {
        let file = self.arguments.declarations.as_deref();
        self.records(file, |it| &it.topics.declarations, Span::default())
    }

    fn declared(
        &self,
        records: Records<'_>,
        ground: &Ground,
        decisions: &Tally,
        exits: &mut Vec<Exit>,
    ) -> Result<Tally, Failure> {
        let limits = self.settings.as_ref().map_or(LIMITS, |it| it.worker.limits);
        let sums = records.fold(Sum::<Tally>::default, |sum, record| {
            match decode_declaration(record.payload, record.content_type, &limits) {
                Ok(decoded) => {
                    let declaration = &decoded.declaration;
                    sum.value.add_declaration(ground, decisions, record.source, declaration);
                }
                Err(rejection) => sum.rejects.add(record.source, || rejection.detail.clone()),
            }
        })?;
        let mut tally = Tally::default();
        let mut rejects = Rejects::default();
        for sum in sums {
            tally.merge(sum.value);
            rejects.merge(sum.rejects);
        }
        exits.push(rejects.tell("declarations"));
        Ok(tally)
    }
}

/// Every message, in memory. A record without payload removes what is not counted anyway.
fn messages<M: Message + Send>(
    records: Option<Records<'_>>,
    what: &str,
    exits: &mut Vec<Exit>,
) -> Result<Vec<M>, Failure> {
    let Some(records) = records else { return Ok(Vec::new()) };
    let new = || Sum { value: Vec::new(), rejects: Rejects::default() };
    let sums = records.fold(new, |sum, record| {
        if record.payload.is_empty() {
            return;
        }
        match decode_record(record.payload, record.content_type, &MESSAGE_LIMITS) {
            Ok(message) => sum.value.push(message),
            Err(error) => sum.rejects.add(record.source, || error.to_string()),
        }
    })?;
    let mut all = Vec::new();
    let mut rejects = Rejects::default();
    for sum in sums {
        all.extend(sum.value);
        rejects.merge(sum.rejects);
    }
    exits.push(rejects.tell(what));
    Ok(all)
}
