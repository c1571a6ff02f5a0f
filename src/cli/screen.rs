//! `parcelgate screen`: NDJSON declarations in, NDJSON decisions out, in input order.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::exit::{Exit, Failure};
use crate::config::load_policy;
use crate::domain::{DeadLetter, Decision, Source};
use crate::feeds::{Assembly, BadLines, FeedSource, Foundation, Sources};
use crate::pipeline::Notices;
use crate::pipeline::judge::{Judge, Outcome, ScreeningTime};
use crate::screening::{Language, PartyKey, Reference, screen};
use crate::wire::{Encoding, Limits, encode_dead_letter, encode_decision};

/// Bad lines of feeds that are told one by one.
const BAD_LINES_TOLD_MAX: usize = 20;

/// Limits of a declaration, as the daemon's default has them.
const LIMITS: Limits = Limits { record_bytes_max: 1024 * 1024, text_bytes_max: 8 * 1024 };

/// Longest line that is looked at, to find the ids of a declaration that is too large.
const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Rejected lines that are told one by one on standard error.
const REJECTS_TOLD_MAX: u64 = 20;

#[derive(Debug, Args)]
pub(super) struct ScreenArgs {
    /// Recordals, one JSON message a line; without it no marks are known
    #[arg(long, value_name = "FILE")]
    register: Option<PathBuf>,
    /// Policy, laid over the one that is built in
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Platform signals, one JSON message a line
    #[arg(long, value_name = "FILE")]
    signals: Option<PathBuf>,
    /// Customs alerts, one JSON message a line
    #[arg(long, value_name = "FILE")]
    alerts: Option<PathBuf>,
    /// Inspection outcomes, one JSON message a line
    #[arg(long, value_name = "FILE")]
    outcomes: Option<PathBuf>,
    /// Screening time, such as 2026-08-01T00:00:00Z; without it each declaration's own, else now
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Where dead letters of rejected lines go, one JSON message a line
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Language of the notes
    #[arg(long, value_enum, default_value_t = LanguageArg::En)]
    language: LanguageArg,
    /// Declarations, one JSON message a line; without it, or with "-", standard input
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LanguageArg {
    En,
    Zh,
}

pub(super) fn run(arguments: &ScreenArgs) -> Result<Exit, Failure> {
    let reference = reference(arguments)?;
    if arguments.register.is_none() {
        eprintln!("parcelgate: no --register given: no marks are known, the other checks run");
    }
    let output = BufWriter::with_capacity(256 * 1024, io::stdout().lock());
    let mut screening = Screening {
        judge: Judge {
            reference: &reference,
            limits: &LIMITS,
            dead_letter_payload: false,
            notices: &Notices::default(),
            screen,
        },
        at: arguments.at,
        output,
        rejects: arguments.rejects.as_deref().map(create).transpose()?,
        rejected: 0,
        buffer: Vec::new(),
    };
    match arguments.file.as_deref() {
        Some(path) if path != Path::new("-") => {
            let file = File::open(path).map_err(|error| Failure::io(path.display(), &error))?;
            screening.lines(BufReader::with_capacity(256 * 1024, file))?;
        }
        _ => screening.lines(io::stdin().lock())?,
    }
    screening.finish()
}

fn reference(arguments: &ScreenArgs) -> Result<Reference, Failure> {
    let (policy, policy_text) = load_policy(arguments.policy.as_deref(), "--policy")?;
    let foundation = Foundation {
        policy: Arc::new(policy),
        policy_text,
        party_key: PartyKey::random(),
        language: match arguments.language {
            LanguageArg::En => Language::English,
            LanguageArg::Zh => Language::Chinese,
        },
    };
    let file = |path: &Option<PathBuf>| path.clone().map_or(FeedSource::None, FeedSource::File);
    let sources = Sources {
        register: file(&arguments.register),
        signals: file(&arguments.signals),
        alerts: file(&arguments.alerts),
        outcomes: file(&arguments.outcomes),
    };
    let mut bad_lines = BadLines::default();
    let mut assembly = Assembly::open(sources, foundation, &mut bad_lines)?;
    for line in bad_lines.told.iter().take(BAD_LINES_TOLD_MAX) {
        eprintln!("parcelgate: {line}");
    }
    if bad_lines.count > 0 {
        eprintln!("parcelgate: {} bad lines left out; mend or remove them", bad_lines.count);
    }
    Ok(assembly.reference())
}

fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    let file = File::create(path).map_err(|error| Failure::io(path.display(), &error))?;
    Ok(BufWriter::new(file))
}

struct Screening<'a, W> {
    judge: Judge<'a>,
    at: Option<Timestamp>,
    output: W,
    rejects: Option<BufWriter<File>>,
    rejected: u64,
    buffer: Vec<u8>,
}

impl<W: Write> Screening<'_, W> {
    fn lines(&mut self, mut input: impl BufRead) -> Result<(), Failure> {
        let mut line = Vec::new();
        for number in 0_u64.. {
            if !read_line(&mut input, &mut line).map_err(|error| Failure::io("input", &error))? {
                break;
            }
            let text = if number == 0 { line.strip_prefix(b"\xef\xbb\xbf") } else { None };
            let text = text.unwrap_or(&line).trim_ascii();
            if !text.is_empty() {
                self.line(number, text)?;
            }
        }
        Ok(())
    }

    fn line(&mut self, number: u64, text: &[u8]) -> Result<(), Failure> {
        let source = Source::file_line(number);
        let now = Timestamp::now();
        let time = self.at.map_or(ScreeningTime::DeclaredOr(now), ScreeningTime::Fixed);
        let json = Encoding::Json.content_type().as_bytes();
        match self.judge.judge(text, Some(json), &source, time) {
            Outcome::Decided { decision, .. } => self.decision(decision, &source, now),
            Outcome::SetAside { dead_letter } => self.reject(number, *dead_letter),
            Outcome::HeldUnreadable { decision, dead_letter } => {
                self.decision(decision, &source, now)?;
                self.reject(number, *dead_letter)
            }
        }
    }

    fn decision(
        &mut self,
        decision: Decision,
        source: &Source,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.buffer.clear();
        encode_decision(decision, source, now, Encoding::Json, &mut self.buffer);
        self.buffer.push(b'\n');
        self.output.write_all(&self.buffer).map_err(|error| Failure::output(&error))
    }

    fn reject(&mut self, number: u64, letter: DeadLetter) -> Result<(), Failure> {
        self.rejected += 1;
        if self.rejected <= REJECTS_TOLD_MAX {
            let (reason, detail) = (letter.reason.code(), &letter.detail);
            eprintln!("parcelgate: line {}: rejected, {reason}: {detail}", number + 1);
        }
        let Some(rejects) = &mut self.rejects else { return Ok(()) };
        self.buffer.clear();
        encode_dead_letter(letter, Encoding::Json, &mut self.buffer);
        self.buffer.push(b'\n');
        rejects.write_all(&self.buffer).map_err(|error| Failure::io("--rejects", &error))
    }

    fn finish(mut self) -> Result<Exit, Failure> {
        self.output.flush().map_err(|error| Failure::output(&error))?;
        if let Some(rejects) = &mut self.rejects {
            rejects.flush().map_err(|error| Failure::io("--rejects", &error))?;
        }
        if self.rejected == 0 {
            return Ok(Exit::Ok);
        }
        eprintln!("parcelgate: {} lines rejected, the rest screened", self.rejected);
        Ok(Exit::Rejected)
    }
}

/// Reads a line, without its end, of at most [`LINE_BYTES_MAX`]; the rest of a longer one is skipped.
/// `false` at the end of the input.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let limit = LINE_BYTES_MAX as u64 + 1;
    if input.by_ref().take(limit).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if !line.ends_with(b"\n") && line.len() > LINE_BYTES_MAX {
        input.skip_until(b'\n')?;
    }
    Ok(true)
}
