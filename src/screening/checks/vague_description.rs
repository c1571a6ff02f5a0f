//! A description that says nothing of the goods.

use std::sync::LazyLock;

use arrayvec::ArrayString;
use hashbrown::HashMap;

use super::super::Subject;
use super::super::notes::Note;
use crate::domain::{CheckCode, Field, Finding, Line};
use crate::text::han::is_han;
use crate::text::{Class, fold, read_alone};

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let points = subject.reference.policy.points.pattern.vague_description;
    let lines = &subject.declaration.lines;
    // Named once, at the first line; an empty description is a fault of the data.
    let first = || lines.iter().position(|line| is_vague(&line.description));
    if let Some(line) = subject.facts.vague_line.get_or_init(first).and_then(|it| lines.get(it)) {
        let note = subject.note(&Note::VagueDescription);
        findings.push(whole_description(line, points, note));
    }
}

fn whole_description(line: &Line, points: i32, note: String) -> Finding {
    Finding {
        line_no: line.line_no,
        field: Field::Description,
        end: u32::try_from(line.description.chars().count()).unwrap_or(u32::MAX),
        matched_text: line.description.clone(),
        ..Finding::new(CheckCode::VagueDescription, points, note)
    }
}

/// Words that customs and posts do not accept as a description alone, as compared: the stop words that the EU's import
/// control system publishes, those of postal guides, and what Chinese declarations have in their place.
const VAGUE: &str = include_str!("../../../config/facts/vague-words.txt");

/// The words, by their first character.
static WORDS: LazyLock<HashMap<char, Vec<&str>>> = LazyLock::new(|| {
    let mut words = HashMap::<_, Vec<_>>::new();
    for word in VAGUE.lines() {
        if let Some(first) = word.chars().next() {
            words.entry(first).or_default().push(word);
        }
    }
    words
});

/// The words that may begin a text.
fn words_at(text: &str) -> &'static [&'static str] {
    let first = text.chars().next();
    first.and_then(|first| WORDS.get(&first)).map(Vec::as_slice).unwrap_or_default()
}

/// Letters of the longest word, and more.
const LETTERS_MAX: usize = 24;

/// Longest description that is looked at; whoever writes more says something.
const BYTES_MAX: usize = 60;

/// Whether the text is made of vague words and numbers only.
fn is_vague(description: &str) -> bool {
    if description.len() > BYTES_MAX {
        return false;
    }
    if !may_begin_vaguely(description) {
        return false;
    }
    let folded = fold(description);
    let mut letters = String::with_capacity(description.len());
    for unit in folded.units().iter().filter(|unit| unit.class != Class::Digit) {
        if unit.class == Class::Letter && unit.gap.is_boundary() {
            letters.push(' ');
        }
        letters.push(unit.read);
    }
    !letters.is_empty() && is_made_of_vague_words(&letters)
}

/// Settles most descriptions by their first word, or by its first character where letters are not plain.
fn may_begin_vaguely(description: &str) -> bool {
    let text = description.trim_start_matches(|c: char| c.is_ascii() && !c.is_ascii_alphabetic());
    let word = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    match (text.chars().next(), text.get(..word)) {
        (Some(first), Some(word)) if first.is_ascii() => {
            let rest = text.get(word.len()..).unwrap_or_default();
            is_vague_word(word) || !rest.is_empty() && !rest.starts_with(is_plain_end)
        }
        (Some(first), _) => {
            read_alone(first).is_none_or(|read| !words_at(read.encode_utf8(&mut [0; 4])).is_empty())
        }
        (None, _) => false,
    }
}

/// What ends a word without doubt; letters of other kinds may belong to it once folded.
fn is_plain_end(c: char) -> bool {
    c.is_ascii() || is_han(c)
}

fn is_vague_word(word: &str) -> bool {
    let mut lower = ArrayString::<LETTERS_MAX>::new();
    lower.try_push_str(word).is_ok() && {
        lower.make_ascii_lowercase();
        words_at(&lower).contains(&lower.as_str())
    }
}

/// Whether a text can be cut into vague words, by what of its beginning can.
fn is_made_of_vague_words(letters: &str) -> bool {
    let mut reached = vec![false; letters.len() + 1];
    let reach = |reached: &mut [bool], at: usize| {
        if let Some(place) = reached.get_mut(at) {
            *place = true;
        }
    };
    reach(&mut reached, 0);
    for start in 0..letters.len() {
        let Some(rest) = letters.get(start..).filter(|_| reached.get(start) == Some(&true)) else {
            continue;
        };
        if rest.starts_with(' ') {
            reach(&mut reached, start + 1);
        }
        for word in words_at(rest) {
            let Some(after) = rest.strip_prefix(word) else { continue };
            // Chinese words stand side by side; others end where a letter does not follow.
            if !word.is_ascii() || !after.starts_with(char::is_alphabetic) || !is_latin(after) {
                reach(&mut reached, start + word.len());
            }
        }
    }
    reached.last() == Some(&true)
}

fn is_latin(text: &str) -> bool {
    text.chars().next().is_some_and(|c| !is_han(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screening::test_support::{declaration, found, reference};

    #[test]
    fn words_that_say_nothing_are_told_from_goods() {
        for (description, expected) in [
            ("gift", true),
            ("Gifts", true),
            ("PARTS & accessories", true),
            ("clothes 2 pcs", true),
            ("日用品", true),
            ("礼品 配件", true),
            ("禮品", true),
            ("gift box for tea", false),
            ("leather shoes", false),
            ("日用陶瓷碗", false),
            ("giftware", false),
            ("sample包裹", true),
            ("1. gift", true),
            ("ｇｉｆｔ", true),
            ("giｆt", true),
            ("- shoes", false),
            ("ｓｈｏｅｓ", false),
            ("partsgifts", false),
            ("", false),
            ("123", false),
        ] {
            assert_eq!(is_vague(description), expected, "{description}");
        }
        assert!(!is_vague(&"gift ".repeat(1_000)));
    }

    #[test]
    fn the_first_is_named() {
        let findings =
            found(&declaration("Gift"), &reference(Vec::new()), CheckCode::VagueDescription);
        let told = findings.iter().map(|it| (it.line_no, it.matched_text.as_str(), it.points));
        assert_eq!(told.collect::<Vec<_>>(), [(1, "Gift", 8)]);
    }
}
