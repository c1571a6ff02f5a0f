//! NDJSON files: UTF-8, LF or CRLF, a byte-order mark tolerated, blank lines skipped.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use hashbrown::HashMap;

use crate::domain::{CustomsAlert, Outcome, PlatformSignal, Recordal};
use crate::wire::{Encoding, Limits, Message, decode_message};

/// Limits of one line.
const LIMITS: Limits = Limits { record_bytes_max: 1024 * 1024, text_bytes_max: 64 * 1024 };

/// Bad lines that are kept to be told; of more, only the number is known.
const BAD_LINES_KEPT_MAX: usize = 10_000;

/// A file that a feed is read from.
#[derive(Debug, Clone, Copy)]
pub struct FeedFile<'a> {
    pub path: &'a Path,
    /// What it is for, in the words of messages: "register", "platform signals".
    pub purpose: &'static str,
}

/// Why a file gave no feed.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("{purpose} {}: {source}; check the path and that the file can be read", path.display())]
    Unreadable { purpose: &'static str, path: PathBuf, source: io::Error },
    #[error(
        "{purpose} {}: no line of it is good, the first is bad because: {reason}; check that this is the right file",
        path.display()
    )]
    NothingGood { purpose: &'static str, path: PathBuf, reason: String },
}

/// Lines of feeds that were left out because they are bad; what is good was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BadLines {
    /// How many there are.
    pub count: usize,
    /// Each with its file, number and reason, as far as they are kept.
    pub told: Vec<String>,
}

/// A message of a feed. The later of two messages with one key stands, as in a compacted topic.
pub trait Keyed: Message {
    /// `None`: every message stands for itself.
    fn key(&self) -> Option<&str>;
}

impl Keyed for Recordal {
    fn key(&self) -> Option<&str> {
        Some(&self.recordal_no)
    }
}

impl Keyed for PlatformSignal {
    fn key(&self) -> Option<&str> {
        None
    }
}

impl Keyed for CustomsAlert {
    fn key(&self) -> Option<&str> {
        Some(&self.alert_id)
    }
}

impl Keyed for Outcome {
    fn key(&self) -> Option<&str> {
        Some(&self.declaration_id)
    }
}

impl FeedFile<'_> {
    /// Reads every message and notes the lines that are bad: one bad line must not cost the marks of all others.
    ///
    /// # Errors
    /// A file that cannot be read, or that has no good line at all.
    pub fn read<M: Keyed>(self, bad_lines: &mut BadLines) -> Result<Vec<M>, FeedError> {
        let unreadable = |source| FeedError::Unreadable {
            purpose: self.purpose,
            path: self.path.to_owned(),
            source,
        };
        let file = File::open(self.path).map_err(unreadable)?;
        self.read_from(BufReader::new(file), unreadable, bad_lines)
    }

    fn read_from<M: Keyed>(
        self,
        mut input: impl BufRead,
        unreadable: impl Fn(io::Error) -> FeedError,
        bad_lines: &mut BadLines,
    ) -> Result<Vec<M>, FeedError> {
        let mut messages = Vec::new();
        let mut by_key = HashMap::<String, usize>::new();
        let mut first_reason = None;
        let mut line = Vec::new();
        for number in 1_usize.. {
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
            match decode::<M>(text) {
                Ok(message) => keep(message, &mut messages, &mut by_key),
                Err(reason) => {
                    bad_lines.count += 1;
                    if bad_lines.told.len() < BAD_LINES_KEPT_MAX {
                        let (purpose, path) = (self.purpose, self.path.display());
                        bad_lines.told.push(format!("{purpose} {path}: line {number}: {reason}"));
                    }
                    first_reason.get_or_insert(reason);
                    if text.len() > LIMITS.record_bytes_max {
                        break; // no line any more
                    }
                }
            }
        }
        match first_reason {
            Some(reason) if messages.is_empty() => {
                let (purpose, path) = (self.purpose, self.path.to_owned());
                Err(FeedError::NothingGood { purpose, path, reason })
            }
            _ => Ok(messages),
        }
    }
}

/// A line without what surrounds its content.
fn content(line: &[u8], first: bool) -> &[u8] {
    let line = if first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
    line.trim_ascii()
}

fn decode<M: Message>(text: &[u8]) -> Result<M, String> {
    if text.len() > LIMITS.record_bytes_max {
        return Err(format!("longer than {} bytes", LIMITS.record_bytes_max));
    }
    decode_message(text, Encoding::Json, &LIMITS).map_err(|error| error.to_string())
}

fn keep<M: Keyed>(message: M, messages: &mut Vec<M>, by_key: &mut HashMap<String, usize>) {
    let Some(key) = message.key() else {
        messages.push(message);
        return;
    };
    let place = *by_key.entry(key.to_owned()).or_insert(messages.len());
    match messages.get_mut(place) {
        Some(earlier) => *earlier = message,
        None => messages.push(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str, bad_lines: &mut BadLines) -> Result<Vec<Recordal>, FeedError> {
        let file = FeedFile { path: Path::new("r.ndjson"), purpose: "register" };
        file.read_from(text.as_bytes(), |_| unreachable!("memory can be read"), bad_lines)
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
