//! What stands around a mark: words that only refer to it, words that give a copy away.

use std::ops::Range;

use crate::text::hash::{PART_MAX, part_of};
use crate::text::words::{Kind, english};
use crate::text::{Class, FoldedText, Unit};

/// Words after which a maker's name says what goods are for, not whose they are.
const REFERRING: &[&[&str]] = &[
    &["for"],
    &["fits"],
    &["fit"],
    &["compatible"],
    &["compatible", "with"],
    &["use", "with"],
    &["used", "with"],
    &["works", "with"],
    &["work", "with"],
    &["fits", "with"],
    &["replaces"],
    &["replace"],
    &["replacing"],
    &["replacement", "of"],
    &["alternative", "to"],
    &["instead", "of"],
    &["place", "of"],
    &["applicable", "to"],
    &["adapts", "to"],
    &["adapted", "to"],
    &["pour"],
    &["para"],
    &["fur"],
    &["voor"],
    &["dla"],
    &["适", "用"],
    &["用", "于"],
    &["兼", "容"],
    &["适", "配"],
    &["适", "合"],
    &["替", "代"],
    &["替", "换"],
    &["代", "替"],
    &["可", "替"],
    &["代", "用"],
    &["针", "对"],
    &["能", "用"],
    &["支", "持"],
    &["配"],
];

/// Words that end like those and say how clothes are cut.
const CUTS: &[&[&str]] = &[
    &["slim", "fit"],
    &["regular", "fit"],
    &["loose", "fit"],
    &["relaxed", "fit"],
    &["skinny", "fit"],
    &["tailored", "fit"],
    &["classic", "fit"],
    &["standard", "fit"],
    &["comfort", "fit"],
    &["oversized", "fit"],
];

/// Words that say the same after the name.
const REFERRING_BACK: &[&[&str]] = &[&["专", "用"], &["专", "配"]];

/// Words that stand between a referring word and a name, and change nothing.
const JOINING: &[&str] = &[
    "and", "or", "series", "the", "all", "any", "most", "various", "other", "your", "new", "old",
    "original", "genuine", "pro", "max", "plus", "ultra", "mini", "lite", "和", "或", "于", "手",
    "机", "系", "列",
];

/// Words of listings that sell copies as such.
const CODED: &[&[&str]] = &[
    &["replica"],
    &["mirror", "quality"],
    &["aaa", "quality"],
    &["aaa"],
    &["top", "copy"],
    &["1", "1"],
    &["高", "仿"],
    &["复", "刻"],
    &["大", "牌", "同", "款"],
    &["大", "牌", "质", "感"],
    &["原", "单"],
    &["超", "a"],
    &["精", "仿"],
    &["顶", "级", "复", "刻"],
];

/// Tokens between the referring word and the mark, as in `for Canon 5D, Nikon and Sony`.
const BETWEEN_MAX: usize = 10;

/// What stands around the marks of one text; worked out where somebody asks, and once.
pub(super) struct Context<'t> {
    text: &'t FoldedText,
    /// Where marks stand.
    marks: &'t [Range<usize>],
    is_coded: Option<bool>,
    /// The last place that somebody asked for: recordals of one mark are found one after the other.
    is_referred_to: Option<(Range<usize>, bool)>,
}

impl<'t> Context<'t> {
    pub(super) fn new(text: &'t FoldedText, marks: &'t [Range<usize>]) -> Self {
        Self { text, marks, is_coded: None, is_referred_to: None }
    }

    pub(super) fn text(&self) -> &'t FoldedText {
        self.text
    }

    /// Whether the text holds a word that sells copies.
    pub(super) fn is_coded(&mut self) -> bool {
        *self.is_coded.get_or_insert_with(|| is_coded(self.text))
    }

    /// Whether a word before these units says that the goods are only made for the mark's.
    pub(super) fn is_referred_to(&mut self, units: &Range<usize>) -> bool {
        match &self.is_referred_to {
            Some((known, answer)) if known == units => *answer,
            _ => {
                let answer = is_referred_to(self.text, self.marks, units);
                self.is_referred_to = Some((units.clone(), answer));
                answer
            }
        }
    }
}

/// Whether a word beside these units says that the goods are only made for the mark's. Other marks and model codes may
/// stand between.
fn is_referred_to(text: &FoldedText, marks: &[Range<usize>], units: &Range<usize>) -> bool {
    let tokens = text.tokens();
    let may_be_between = |token: &Range<usize>| {
        let in_mark = marks.iter().any(|mark| mark.start <= token.start && token.end <= mark.end);
        in_mark || is_name_or_code(text.units().get(token.clone()).unwrap_or_default())
    };
    let first = tokens.iter().take_while(|token| token.end <= units.start).count();
    for end in (0..=first).rev().take(BETWEEN_MAX + 1) {
        let before = tokens.get(..end).unwrap_or_default();
        let says = |all: &[&[&str]]| all.iter().any(|it| ends_with(text.units(), before, it));
        if says(REFERRING) {
            return !says(CUTS);
        }
        if !before.last().is_some_and(may_be_between) {
            break;
        }
    }
    let next = tokens.iter().take_while(|token| token.start < units.end).count();
    for start in (next..=tokens.len()).take(BETWEEN_MAX + 1) {
        let after = tokens.get(start..).unwrap_or_default();
        if REFERRING_BACK.iter().any(|it| begins_with(text.units(), after, it)) {
            return true;
        }
        if !after.first().is_some_and(may_be_between) {
            break;
        }
    }
    false
}

/// Whether a token is what a maker or a model would be called, or joins two such.
fn is_name_or_code(token: &[Unit]) -> bool {
    if token.iter().any(|unit| unit.class == Class::Digit) {
        return true;
    }
    if JOINING.iter().any(|it| it.chars().eq(token.iter().map(|unit| unit.read))) {
        return true;
    }
    let is_latin = token.iter().any(|unit| unit.class == Class::Letter);
    let known = english(part_of(token.iter().map(|unit| u32::from(unit.read))));
    is_latin && token.len() <= PART_MAX && known.is_none_or(|word| word.kind != Kind::Ordinary)
}

/// Whether the text holds a word that sells copies.
fn is_coded(text: &FoldedText) -> bool {
    let tokens = text.tokens();
    (1..=tokens.len()).any(|end| {
        let heads = tokens.get(..end).unwrap_or_default();
        CODED.iter().any(|words| ends_with(text.units(), heads, words))
    })
}

fn ends_with(units: &[Unit], tokens: &[Range<usize>], words: &[&str]) -> bool {
    let start = tokens.len().checked_sub(words.len());
    start.and_then(|start| tokens.get(start..)).is_some_and(|last| begins_with(units, last, words))
}

fn begins_with(units: &[Unit], tokens: &[Range<usize>], words: &[&str]) -> bool {
    tokens.len() >= words.len()
        && tokens.iter().zip(words).all(|(token, word)| {
            let inside = units.get(token.clone()).unwrap_or_default();
            inside.iter().map(|unit| unit.read).eq(word.chars())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    #[test]
    fn referring_words_stand_before_the_mark() {
        for (text, mark, expected) in [
            ("case for Nike", "Nike", true),
            ("strap compatible with Nike", "Nike", true),
            ("battery for Canon, Nikon and Xerox", "Nikon", true),
            ("适用于Nike的鞋带", "Nike", true),
            ("兼容 Nike", "Nike", true),
            ("case for all new Nike", "Nike", true),
            ("instead of the original Nike", "Nike", true),
            ("适合于Nike的鞋带", "Nike", true),
            ("Nike 14 Pro专用鞋带", "Nike", true),
            ("Nike手机专用", "Nike", true),
            ("Nike 女士专用", "Nike", false),
            ("Nike适用于跑步", "Nike", false),
            ("for men, new Nike", "Nike", false),
            ("parts fit Nike", "Nike", true),
            ("Slim Fit Nike jogger", "Nike", false),
            ("Nike shoes for men", "Nike", false),
            ("shoes for men Nike", "Nike", false),
            ("gift for her, Nike", "Nike", false),
            ("Nike", "Nike", false),
        ] {
            let folded = fold(text);
            let at = text.split(mark).next().unwrap().chars().count();
            let start = folded.units().iter().position(|unit| unit.start as usize == at).unwrap();
            let canon = text.find("Canon").map(|_| 10..15).into_iter().collect::<Vec<_>>();
            let referred = is_referred_to(&folded, &canon, &(start..start + mark.len()));
            assert_eq!(referred, expected, "{text}");
        }
    }

    #[test]
    fn coded_words_are_seen_where_they_are_words() {
        assert!(is_coded(&fold("watch 1:1 box")) && is_coded(&fold("高仿手表")));
        assert!(!is_coded(&fold("battery AAAA")) && !is_coded(&fold("watch")));
    }
}
