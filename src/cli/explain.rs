//! `parcelgate explain`: decisions for a person to read.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ColorChoice};
use jiff::Timestamp;
use maud::{Markup, html};

use super::ConfigArgs;
use super::exit::{Exit, Failure};
use super::input::{LIMITS, ReferenceArgs, for_each_line};
use super::recorded::{self, Recorded, Wanted};
use crate::config::DaemonSettings;
use crate::domain::{DeadLetter, Source};
use crate::explanation::{Explained, Explanation, Style, article, write_for_terminal};
use crate::html::page;
use crate::pipeline::Notices;
use crate::pipeline::judge::{Judge, Outcome, payload_sha256};
use crate::screening::{Language, screen};
use crate::wire::{Encoding, decode_declaration};

/// Parcels of one page: more would be no evidence of anything, and it is made in memory.
const PAGE_PARCELS_MAX: usize = 1_000;

/// Columns of what is not written to a terminal.
const COLUMNS: usize = 100;

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    reference: ReferenceArgs,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    config: ConfigArgs,
    /// With --item and without FILE: only decisions written since, so that fewer have to be read
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Show consignor and consignee: names, addresses, phone numbers
    #[arg(long)]
    with_parties: bool,
    /// Write one page that can be kept as evidence, instead of text
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
    /// Declarations, one JSON message a line, or "-" for standard input. Without it standard input too, but with --decision
    /// or --item the decisions that the topics recorded
    file: Option<PathBuf>,
}

pub(super) fn run(arguments: &ExplainArgs) -> Result<Exit, Failure> {
    let mut shown = Shown {
        language: arguments.reference.language(),
        with_parties: arguments.with_parties,
        style: style(arguments.color),
        page: arguments.html.as_deref(),
        count: 0,
        articles: Vec::new(),
    };
    let exit = if arguments.file.is_none() && !arguments.wanted.is_all() {
        explain_recorded(arguments, &mut shown)?
    } else {
        explain_lines(arguments, &mut shown)?
    };
    shown.finish()?;
    Ok(exit)
}

/// Explains decisions as they were published.
fn explain_recorded(arguments: &ExplainArgs, shown: &mut Shown<'_>) -> Result<Exit, Failure> {
    let settings = DaemonSettings::load(&arguments.config.files, std::env::vars())?;
    for recorded in recorded::find(&arguments.wanted, arguments.from, &settings)? {
        let Recorded { stamped, payload, content_type } = &recorded;
        let limits = &settings.worker.limits;
        let decoded = decode_declaration(payload, content_type.as_deref(), limits).ok();
        shown.add(Explained {
            decision: &stamped.decision,
            declaration: decoded.as_ref().map(|decoded| &decoded.declaration),
            decision_id: &stamped.source.to_string(),
            decided_at: stamped.decided_at,
            payload_sha256: &payload_sha256(payload),
        })?;
    }
    Ok(Exit::Ok)
}

/// Screens lines of declarations and explains what comes out.
fn explain_lines(arguments: &ExplainArgs, shown: &mut Shown<'_>) -> Result<Exit, Failure> {
    let reference = arguments.reference.open()?;
    let mut explaining = Explaining {
        arguments,
        judge: Judge {
            reference: &reference,
            shadow: None,
            limits: &LIMITS,
            dead_letter_payload: false,
            notices: &Notices::default(),
            screen,
        },
        shown,
        rejected: 0,
    };
    for_each_line(arguments.file.as_deref(), |number, text| explaining.line(number, text))?;
    if explaining.shown.count == 0 && !arguments.wanted.is_all() {
        let message =
            "no declaration of the input is the one that was asked for; check the id and the file";
        return Err(Failure::new(Exit::Rejected, message));
    }
    Ok(if explaining.rejected == 0 { Exit::Ok } else { Exit::Rejected })
}

fn style(color: ColorChoice) -> Style {
    let is_terminal = io::stdout().is_terminal();
    let is_refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let coloured = match color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => is_terminal && !is_refused,
    };
    let columns = if is_terminal { textwrap::termwidth() } else { COLUMNS };
    Style { coloured, columns }
}

struct Explaining<'a, 'b> {
    arguments: &'a ExplainArgs,
    judge: Judge<'a>,
    shown: &'a mut Shown<'b>,
    rejected: u64,
}

impl Explaining<'_, '_> {
    fn line(&mut self, number: u64, text: &[u8]) -> Result<(), Failure> {
        let json = Some(Encoding::Json.content_type().as_bytes());
        let (source, now) = (Source::file_line(number), Timestamp::now());
        let time = self.arguments.reference.screening_time(now);
        let (decision, dead_letter) = match self.judge.judge(text, json, &source, time) {
            Outcome::Decided { decision, .. } => (Some(decision), None),
            Outcome::HeldUnreadable { decision, dead_letter, .. } => {
                (Some(decision), Some(dead_letter))
            }
            Outcome::SetAside { dead_letter } => (None, Some(dead_letter)),
        };
        if let Some(dead_letter) = dead_letter {
            self.reject(number, &dead_letter);
        }
        let is_wanted = |item_id: &str| self.arguments.wanted.is(&source, item_id);
        let Some(decision) = decision.filter(|it| is_wanted(&it.item_id)) else { return Ok(()) };
        let decoded = decode_declaration(text, json, &LIMITS).ok();
        self.shown.add(Explained {
            decision: &decision,
            declaration: decoded.as_ref().map(|decoded| &decoded.declaration),
            decision_id: &source.to_string(),
            decided_at: now,
            payload_sha256: &payload_sha256(text),
        })
    }

    fn reject(&mut self, number: u64, letter: &DeadLetter) {
        self.rejected += 1;
        let (reason, detail) = (letter.reason.code(), &letter.detail);
        eprintln!("parcelgate: line {}: rejected, {reason}: {detail}", number + 1);
    }
}

/// Where explanations go: to standard output one after the other, or together onto a page.
struct Shown<'a> {
    language: Language,
    with_parties: bool,
    style: Style,
    page: Option<&'a Path>,
    count: usize,
    /// What goes onto the page.
    articles: Vec<Markup>,
}

impl Shown<'_> {
    fn add(&mut self, explained: Explained<'_>) -> Result<(), Failure> {
        let explanation = Explanation::new(explained, self.language, self.with_parties);
        if self.page.is_some() {
            self.put(&explanation)?;
        } else {
            self.write(&explanation).map_err(|error| Failure::output(&error))?;
        }
        self.count += 1;
        Ok(())
    }

    fn write(&self, explanation: &Explanation) -> io::Result<()> {
        let mut output = io::stdout().lock();
        if self.count > 0 {
            output.write_all(b"\n\n")?;
        }
        write_for_terminal(explanation, self.style, &mut output)
    }

    fn put(&mut self, explanation: &Explanation) -> Result<(), Failure> {
        if self.count == PAGE_PARCELS_MAX {
            let message = format!(
                "--html: more than {PAGE_PARCELS_MAX} parcels for one page; choose some with --item"
            );
            return Err(Failure::new(Exit::Usage, message));
        }
        self.articles.push(article(explanation));
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        let Some(path) = self.page else { return Ok(()) };
        let (tag, title) = match self.language {
            Language::English => ("en", "parcelgate: why parcels were held or released"),
            Language::Chinese => ("zh-CN", "parcelgate：包裹布控或放行的依据"),
        };
        let content = html! { @for article in &self.articles { (article) } };
        fs::write(path, page(tag, title, &content))
            .map_err(|error| Failure::io(path.display(), &error))
    }
}
