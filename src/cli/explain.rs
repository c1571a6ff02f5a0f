//! `parcelgate explain`: decisions for a person to read.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ColorChoice};
use jiff::Timestamp;
use maud::{Markup, html};

use super::exit::{Exit, Failure};
use super::input::{LIMITS, ReferenceArgs, for_each_line};
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
    /// Only the parcels with this item number
    #[arg(long, value_name = "ID")]
    item: Option<String>,
    /// Show consignor and consignee: names, addresses, phone numbers
    #[arg(long)]
    with_parties: bool,
    /// Write one page that can be kept as evidence, instead of text
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
    /// Declarations, one JSON message a line; without it, or with "-", standard input
    file: Option<PathBuf>,
}

pub(super) fn run(arguments: &ExplainArgs) -> Result<Exit, Failure> {
    let reference = arguments.reference.open()?;
    let mut explaining = Explaining {
        arguments,
        judge: Judge {
            reference: &reference,
            limits: &LIMITS,
            dead_letter_payload: false,
            notices: &Notices::default(),
            screen,
        },
        style: style(arguments.color),
        explained: 0,
        rejected: 0,
        articles: Vec::new(),
    };
    for_each_line(arguments.file.as_deref(), |number, text| explaining.line(number, text))?;
    explaining.finish()
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

struct Explaining<'a> {
    arguments: &'a ExplainArgs,
    judge: Judge<'a>,
    style: Style,
    explained: u64,
    rejected: u64,
    /// What goes onto the page.
    articles: Vec<Markup>,
}

impl Explaining<'_> {
    fn line(&mut self, number: u64, text: &[u8]) -> Result<(), Failure> {
        let json = Some(Encoding::Json.content_type().as_bytes());
        let (source, now) = (Source::file_line(number), Timestamp::now());
        let time = self.arguments.reference.screening_time(now);
        let outcome = self.judge.judge(text, json, &source, time);
        let (decision, dead_letter) = match outcome {
            Outcome::Decided { decision, .. } => (Some(decision), None),
            Outcome::HeldUnreadable { decision, dead_letter } => {
                (Some(decision), Some(dead_letter))
            }
            Outcome::SetAside { dead_letter } => (None, Some(dead_letter)),
        };
        if let Some(dead_letter) = dead_letter {
            self.reject(number, &dead_letter);
        }
        let Some(decision) = decision else { return Ok(()) };
        if self.arguments.item.as_ref().is_some_and(|item| *item != decision.item_id) {
            return Ok(());
        }
        let decoded = decode_declaration(text, json, &LIMITS).ok();
        let declaration = decoded.as_ref().map(|decoded| &decoded.declaration);
        let explained = Explained {
            decision: &decision,
            declaration,
            decision_id: &source.to_string(),
            decided_at: now,
            payload_sha256: &payload_sha256(text),
        };
        let language = self.arguments.reference.language();
        self.show(&Explanation::new(explained, language, self.arguments.with_parties))
    }

    fn show(&mut self, explanation: &Explanation) -> Result<(), Failure> {
        if self.arguments.html.is_some() {
            return self.add(explanation);
        }
        let mut output = io::stdout().lock();
        let between = if self.explained == 0 { "" } else { "\n\n" };
        self.explained += 1;
        output
            .write_all(between.as_bytes())
            .and_then(|()| write_for_terminal(explanation, self.style, &mut output))
            .map_err(|error| Failure::output(&error))
    }

    fn add(&mut self, explanation: &Explanation) -> Result<(), Failure> {
        if self.articles.len() == PAGE_PARCELS_MAX {
            let message = format!(
                "--html: more than {PAGE_PARCELS_MAX} parcels for one page; choose some with --item"
            );
            return Err(Failure::new(Exit::Usage, message));
        }
        self.explained += 1;
        self.articles.push(article(explanation));
        Ok(())
    }

    fn reject(&mut self, number: u64, letter: &DeadLetter) {
        self.rejected += 1;
        let (reason, detail) = (letter.reason.code(), &letter.detail);
        eprintln!("parcelgate: line {}: rejected, {reason}: {detail}", number + 1);
    }

    fn finish(self) -> Result<Exit, Failure> {
        if let (Some(item), 0) = (&self.arguments.item, self.explained) {
            let message =
                format!("no declaration has the item number {item}; check it and the file");
            return Err(Failure::new(Exit::Rejected, message));
        }
        if let Some(path) = &self.arguments.html {
            self.write_page(path)?;
        }
        Ok(if self.rejected == 0 { Exit::Ok } else { Exit::Rejected })
    }

    fn write_page(&self, path: &Path) -> Result<(), Failure> {
        let (tag, title) = match self.arguments.reference.language() {
            Language::English => ("en", "parcelgate: why parcels were held or released"),
            Language::Chinese => ("zh-CN", "parcelgate：包裹布控或放行的依据"),
        };
        let content = html! { @for article in &self.articles { (article) } };
        let whole = page(tag, title, &content);
        fs::write(path, whole).map_err(|error| Failure::io(path.display(), &error))
    }
}
