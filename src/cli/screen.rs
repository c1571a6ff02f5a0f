//! `parcelgate screen`: NDJSON declarations in, NDJSON decisions out, in input order.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::exit::{Exit, Failure};
use super::input::{LIMITS, ReferenceArgs, for_each_line};
use crate::domain::{DeadLetter, Decision, Source};
use crate::pipeline::Notices;
use crate::pipeline::judge::{Judge, Outcome};
use crate::screening::screen;
use crate::wire::{Encoding, encode_dead_letter, encode_decision};

/// Rejected lines that are told one by one on standard error.
const REJECTS_TOLD_MAX: u64 = 20;

#[derive(Debug, Args)]
pub(super) struct ScreenArgs {
    #[command(flatten)]
    reference: ReferenceArgs,
    /// Where dead letters of rejected lines go, one JSON message a line
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Declarations, one JSON message a line; without it, or with "-", standard input
    file: Option<PathBuf>,
}

pub(super) fn run(arguments: &ScreenArgs) -> Result<Exit, Failure> {
    let reference = arguments.reference.open()?;
    let output = BufWriter::with_capacity(256 * 1024, io::stdout().lock());
    let mut screening = Screening {
        judge: Judge {
            reference: &reference,
            shadow: None,
            limits: &LIMITS,
            dead_letter_payload: false,
            notices: &Notices::default(),
            screen,
        },
        reference: &arguments.reference,
        output,
        rejects: arguments.rejects.as_deref().map(create).transpose()?,
        rejected: 0,
        buffer: Vec::new(),
    };
    for_each_line(arguments.file.as_deref(), |number, text| screening.line(number, text))?;
    screening.finish()
}

fn create(path: &Path) -> Result<BufWriter<File>, Failure> {
    let file = File::create(path).map_err(|error| Failure::io(path.display(), &error))?;
    Ok(BufWriter::new(file))
}

struct Screening<'a, W> {
    judge: Judge<'a>,
    reference: &'a ReferenceArgs,
    output: W,
    rejects: Option<BufWriter<File>>,
    rejected: u64,
    buffer: Vec<u8>,
}

impl<W: Write> Screening<'_, W> {
    fn line(&mut self, number: u64, text: &[u8]) -> Result<(), Failure> {
        let source = Source::file_line(number);
        let now = Timestamp::now();
        let time = self.reference.screening_time(now);
        let json = Encoding::Json.content_type().as_bytes();
        match self.judge.judge(text, Some(json), &source, time) {
            Outcome::Decided { decision, .. } => self.decision(decision, &source, now),
            Outcome::SetAside { dead_letter } => self.reject(number, *dead_letter),
            Outcome::HeldUnreadable { decision, dead_letter, .. } => {
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
