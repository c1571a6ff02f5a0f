//! NDJSON files: UTF-8, LF or CRLF, a byte-order mark tolerated, blank lines skipped.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use super::table::Table;
use super::{Feed, Keyed, LIMITS};
use crate::wire::{Encoding, decode_message};

/// Bad lines that are kept to be told; of more, only the number is known.
const BAD_LINES_KEPT_MAX: usize = 10_000;

/// A file that a feed is read from.
#[derive(Debug, Clone, Copy)]
pub(super) struct FeedFile<'a> {
    pub(super) path: &'a Path,
    pub(super) feed: Feed,
    pub(super) pace: Pace,
}

/// How fast a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// As fast as it can be: nothing can begin before it is read.
    AtOnce,
    /// Resting longer than working, since parcels flow meanwhile and share the machine.
    BesideParcels,
}

/// Lines between two rests, and how many times longer than the work a rest is.
const LINES_BETWEEN_RESTS: usize = 1_000;
const REST_PER_WORK: u32 = 2;

impl Pace {
    /// Rests where it is time to.
    fn rest(self, line: usize, working_since: &mut Instant) {
        if self == Self::BesideParcels && line.is_multiple_of(LINES_BETWEEN_RESTS) {
            thread::sleep(working_since.elapsed() * REST_PER_WORK);
            *working_since = Instant::now();
        }
    }
}

/// Why a file gave no feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("{feed} {}: {source}; check the path and that the file can be read", path.display())]
    Unreadable { feed: Feed, path: PathBuf, source: io::Error },
    #[error(
        "{feed} {}: no line of it is good, the first is bad because: {reason}; check that this is the right file",
        path.display()
    )]
    NothingGood { feed: Feed, path: PathBuf, reason: String },
}

/// Lines of feeds that were left out because they are bad; what is good was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BadLines {
    /// How many there are.
    pub count: usize,
    /// Each with its file, number and reason, as far as they are kept.
    pub told: Vec<String>,
}

impl BadLines {
    fn add(&mut self, line: impl FnOnce() -> String) {
        self.count += 1;
        if self.told.len() < BAD_LINES_KEPT_MAX {
            self.told.push(line());
        }
    }
}

impl FeedFile<'_> {
    /// Reads every message and notes the lines that are bad: one bad line must not cost the marks of all others.
    ///
    /// # Errors
    /// A file that cannot be read, or that has no good line at all.
    pub(super) fn read<M: Keyed>(self, bad_lines: &mut BadLines) -> Result<Table<M>, FeedError> {
        let Self { path, feed, .. } = self;
        let unreadable = |source| FeedError::Unreadable { feed, path: path.to_owned(), source };
        let file = File::open(self.path).map_err(unreadable)?;
        self.read_from(BufReader::new(file), unreadable, bad_lines)
    }

    fn read_from<M: Keyed>(
        self,
        mut input: impl BufRead,
        unreadable: impl Fn(io::Error) -> FeedError,
        bad_lines: &mut BadLines,
    ) -> Result<Table<M>, FeedError> {
        let mut table = Table::default();
        let mut first_reason = None;
        let mut line = Vec::new();
        let mut working_since = Instant::now();
        for number in 1_usize.. {
            self.pace.rest(number, &mut working_since);
            line.clear();
            // One byte past the limit shows that the limit is passed.
            let most = LIMITS.record_bytes_max as u64 + 1;
            if input.by_ref().take(most).read_until(b'\n', &mut line).map_err(&unreadable)? == 0 {
                break;
            }
            let text = content(&line, number == 1);
            if text.is_empty() {
                continue;
            }
            if let Err(reason) = keep(text, number, &mut table) {
                let (feed, path) = (self.feed, self.path.display());
                bad_lines.add(|| format!("{feed} {path}: line {number}: {reason}"));
                first_reason.get_or_insert(reason);
                if text.len() > LIMITS.record_bytes_max {
                    break; // no line any more
                }
            }
        }
        match first_reason {
            Some(reason) if table.len() == 0 => {
                let (feed, path) = (self.feed, self.path.to_owned());
                Err(FeedError::NothingGood { feed, path, reason })
            }
            _ => Ok(table),
        }
    }
}

/// A line without what surrounds its content.
fn content(line: &[u8], first: bool) -> &[u8] {
    let line = if first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
    line.trim_ascii()
}

/// Puts a line's message into the table; one without a key of its own stands under its line's number.
fn keep<M: Keyed>(text: &[u8], number: usize, table: &mut Table<M>) -> Result<(), String> {
    if text.len() > LIMITS.record_bytes_max {
        return Err(format!("longer than {} bytes", LIMITS.record_bytes_max));
    }
    let message: M =
        decode_message(text, Encoding::Json, &LIMITS).map_err(|error| error.to_string())?;
    let key = message.key().map(str::to_owned);
    let number = number.to_be_bytes();
    let key = key.as_ref().map_or(&number[..], |key| key.as_bytes());
    table.put(key, message).map_err(|full| full.to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Recordal;

    fn read_all(text: &str, bad_lines: &mut BadLines) -> Result<Vec<Recordal>, FeedError> {
        let file =
            FeedFile { path: Path::new("r.ndjson"), feed: Feed::Register, pace: Pace::AtOnce };
        let unreadable = |_| unreachable!("memory can be read");
        let table = file.read_from(text.as_bytes(), unreadable, bad_lines)?;
        Ok(table.messages().collect())
    }

    fn read(text: &str) -> Result<Vec<Recordal>, FeedError> {
        read_all(text, &mut BadLines::default())
    }

    #[test]
    fn tolerates_marks_line_ends_and_blank_lines() {
        let text = "\u{feff}{\"recordalNo\":\"T1\"}\r\n\r\n  \n{\"recordalNo\":\"T2\"}";
        let numbers = read(text).unwrap().into_iter().map(|it| it.recordal_no).collect::<Vec<_>>();
        assert_eq!(numbers, ["T1", "T2"]);
    }

    #[test]
    fn the_later_of_two_messages_with_one_key_stands() {
        let text = "{\"recordalNo\":\"T1\",\"rightName\":\"a\"}\n{\"recordalNo\":\"T1\",\"rightName\":\"b\"}";
        let names = read(text).unwrap().into_iter().map(|it| it.right_name).collect::<Vec<_>>();
        assert_eq!(names, ["b"]);
    }

    #[test]
    fn bad_lines_are_told_with_their_numbers_and_the_rest_is_read() {
        let text = "{\"recordalNo\":\"T1\"}\n{\"recordalNo\"\n{}\n{\"recordalNo\":\"T2\",\"validFrom\":\"soon\"}";
        let mut bad_lines = BadLines::default();
        let good = read_all(text, &mut bad_lines).unwrap();
        assert_eq!(good.len(), 1);
        assert_eq!(bad_lines.count, 3);
        assert_eq!(
            bad_lines.told,
            [
                "register r.ndjson: line 2: ends early at line 1 column 13",
                "register r.ndjson: line 3: recordal_no is not present",
                "register r.ndjson: line 4: valid_from is not a date such as 2026-02-28",
            ]
        );
    }

    #[test]
    fn a_file_without_a_good_line_is_the_wrong_file() {
        let error = read("<xml/>\n\n").unwrap_err().to_string();
        assert!(error.starts_with("register r.ndjson: no line of it is good"), "{error}");
        assert_eq!(read("").unwrap(), []);
    }
}
