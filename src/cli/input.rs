//! What the commands on files share: the reference from options, declarations line by line, and their limits.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use memchr::memchr;
use tempfile::NamedTempFile;

use super::exit::Failure;
use crate::archive::{Archive, Kept};
use crate::config::{load_policy, restore_policy};
use crate::domain::Versions;
use crate::feeds::{Assembly, BadLines, FeedSource, Foundation, Sources};
use crate::pipeline::judge::ScreeningTime;
use crate::screening::{Language, PartyKey, Reference};
use crate::wire::Limits;

/// Bad lines of feeds that are told one by one.
const BAD_LINES_TOLD_MAX: usize = 20;

/// Limits of a declaration, as the daemon's default has them.
pub(super) const LIMITS: Limits =
    Limits { record_bytes_max: 1024 * 1024, text_bytes_max: 8 * 1024 };

/// Longest line that is looked at, to find the ids of a declaration that is too large.
const LINE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// What declarations are screened against, and as of when.
#[derive(Debug, Args)]
pub(super) struct ReferenceArgs {
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
    /// Language of what officers read
    #[arg(long, visible_alias = "lang", value_enum, default_value_t = LanguageArg::En)]
    language: LanguageArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LanguageArg {
    En,
    Zh,
}

impl From<LanguageArg> for Language {
    fn from(language: LanguageArg) -> Self {
        match language {
            LanguageArg::En => Self::English,
            LanguageArg::Zh => Self::Chinese,
        }
    }
}

impl ReferenceArgs {
    pub(super) fn language(&self) -> Language {
        self.language.into()
    }

    /// Which moment decides what is in force.
    pub(super) fn screening_time(&self, now: Timestamp) -> ScreeningTime {
        self.at.map_or(ScreeningTime::DeclaredOr(now), ScreeningTime::Fixed)
    }

    /// Reads what declarations are screened against, and tells of bad lines on standard error.
    pub(super) fn open(&self) -> Result<Reference, Failure> {
        Ok(self.open_assembly()?.reference())
    }

    /// The same with the messages that it is made of.
    pub(super) fn open_assembly(&self) -> Result<Assembly, Failure> {
        let foundation = Foundation {
            policy: load_policy(self.policy.as_deref(), "--policy")?.into(),
            shadow: None,
            party_key: PartyKey::random(),
            language: self.language(),
        };
        let mut bad_lines = BadLines::default();
        let assembly = Assembly::open(self.sources(), foundation, &mut bad_lines)?;
        for line in bad_lines.told.iter().take(BAD_LINES_TOLD_MAX) {
            eprintln!("parcelgate: {line}");
        }
        if bad_lines.count > 0 {
            eprintln!("parcelgate: {} bad lines left out; mend or remove them", bad_lines.count);
        }
        if self.register.is_none() {
            eprintln!("parcelgate: no --register given: no marks are known, the other checks run");
        }
        Ok(assembly)
    }

    /// The same, with the policy and the register that an archive keeps under these versions; `None` where it does not, or
    /// where this program has another idea of the policy.
    pub(super) fn open_kept(
        &self,
        dir: &Path,
        versions: &Versions,
    ) -> Result<Option<Reference>, Failure> {
        let archive = Archive::new(dir.to_owned(), Duration::MAX);
        let failure = |error| Failure::io(dir.display(), &error);
        let read = |kept, version| archive.read(kept, version).map_err(failure);
        let policy = read(Kept::Policy, &versions.policy)?;
        let register = read(Kept::Register, &versions.register)?;
        let (Some(mut policy), Some(mut register)) = (policy, register) else { return Ok(None) };
        let mut text = String::new();
        policy.read_to_string(&mut text).map_err(failure)?;
        let Ok(policy) = restore_policy(&versions.policy, &text) else { return Ok(None) };
        let mut unpacked = NamedTempFile::new().map_err(failure)?;
        io::copy(&mut register, &mut unpacked).map_err(failure)?;
        let foundation = Foundation {
            policy: policy.into(),
            shadow: None,
            party_key: PartyKey::random(),
            language: self.language(),
        };
        let register = FeedSource::File(unpacked.path().to_owned());
        let sources = Sources { register, ..self.sources() };
        let mut assembly = Assembly::open(sources, foundation, &mut BadLines::default())?;
        Ok(Some(assembly.reference()))
    }

    fn sources(&self) -> Sources {
        let file = |path: &Option<PathBuf>| path.clone().map_or(FeedSource::None, FeedSource::File);
        Sources {
            register: file(&self.register),
            signals: file(&self.signals),
            alerts: file(&self.alerts),
            outcomes: file(&self.outcomes),
        }
    }
}

/// Goes through the lines of a file, or of standard input without one or with `-`: each with its number from 0, without
/// what surrounds its content. Blank lines are passed over.
pub(super) fn for_each_line(
    file: Option<&Path>,
    mut take: impl FnMut(u64, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    match file {
        Some(path) if path != Path::new("-") => {
            let unreadable = |error| Failure::io(path.display(), &error);
            let file = File::open(path).map_err(unreadable)?;
            lines(file, unreadable, &mut take)
        }
        _ => lines(io::stdin().lock(), |error| Failure::io("input", &error), &mut take),
    }
}

fn lines(
    input: impl Read,
    unreadable: impl Fn(io::Error) -> Failure,
    take: &mut impl FnMut(u64, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    let mut line = Vec::new();
    for number in 0_u64.. {
        // Most lines are whole in the buffer, and taken from there.
        if let Some(len) = memchr(b'\n', input.buffer()) {
            take_line(number, input.buffer().get(..len).unwrap_or_default(), take)?;
            input.consume(len + 1);
            continue;
        }
        if !read_line(&mut input, &mut line).map_err(&unreadable)? {
            break;
        }
        take_line(number, &line, take)?;
    }
    Ok(())
}

fn take_line(
    number: u64,
    line: &[u8],
    take: &mut impl FnMut(u64, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let text = if number == 0 { line.strip_prefix(b"\xef\xbb\xbf") } else { None };
    let text = text.unwrap_or(line).trim_ascii();
    if text.is_empty() { Ok(()) } else { take(number, text) }
}

/// Reads a line, without its end, of at most [`LINE_BYTES_MAX`]; the rest of a longer one is skipped.
/// `false` at the end of the input.
fn read_line(input: &mut BufReader<impl Read>, line: &mut Vec<u8>) -> io::Result<bool> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives few bytes at a time.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let few = self.0.len().min(1_021);
            (&self.0[..few]).read(buffer).inspect(|read| self.0 = &self.0[*read..])
        }
    }

    fn read(input: impl Read) -> Vec<(u64, String)> {
        let mut read = Vec::new();
        let unreadable = |error| panic!("{error}");
        lines(input, unreadable, &mut |number, text| {
            read.push((number, String::from_utf8(text.to_vec()).unwrap()));
            Ok(())
        })
        .unwrap();
        read
    }

    #[test]
    fn lines_are_whole_wherever_a_buffer_ends() {
        let long = "長".repeat(BUFFER_BYTES / 2);
        let around = |bytes: usize| "x".repeat(BUFFER_BYTES - 1 + bytes);
        let text =
            ["\u{feff}a\r\n\n  b \n", &long, "\n", &around(0), "\n", &around(1), "\n\nc"].concat();
        let expected = text.trim_start_matches('\u{feff}').split('\n').map(str::trim);
        let expected = (0..).zip(expected.map(str::to_owned)).filter(|(_, line)| !line.is_empty());
        let expected = expected.collect::<Vec<_>>();
        assert_eq!(expected.len(), 6);
        assert!(read(text.as_bytes()) == expected);
        assert!(read(Trickle(text.as_bytes())) == expected);
        assert_eq!(read("\n\n".as_bytes()), []);
        assert_eq!(read("".as_bytes()), []);
    }
}
