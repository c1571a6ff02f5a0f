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
    &["fit", "for"],
    &["compatible"],
    &["compatible", "with"],
    &["use", "with"],
    &["works", "with"],
    &["suitable", "for"],
    &["designed", "for"],
    &["replacement", "for"],
    &["replaces"],
    &["pour"],
    &["para"],
    &["fur"],
    &["适", "用", "于"],
    &["适", "用"],
    &["兼", "容"],
    &["适", "配"],
    &["用", "于"],
    &["通", "用", "于"],
    &["适", "合"],
    &["替", "代"],
    &["配"],
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

/// Whether a word before these units says that the goods are only made for the mark's. Other marks and model codes may
/// stand between.
fn is_referred_to(text: &FoldedText, marks: &[Range<usize>], units: &Range<usize>) -> bool {
    let before = text.tokens().iter().take_while(|token| token.end <= units.start).count();
    let tokens = text.tokens().get(..before).unwrap_or_default();
    for between in 0..=BETWEEN_MAX {
        let Some(heads) = tokens.len().checked_sub(between).and_then(|end| tokens.get(..end))
        else {
            break;
        };
        if REFERRING.iter().any(|words| ends_with(text.units(), heads, words)) {
            return true;
        }
        let may_be_listed = |token: &Range<usize>| {
            let in_mark =
                marks.iter().any(|mark| mark.start <= token.start && token.end <= mark.end);
            in_mark || is_name_or_code(text.units().get(token.clone()).unwrap_or_default())
        };
        if !heads.last().is_some_and(may_be_listed) {
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
    let joins = ["and", "or", "series", "和", "或"];
    if joins.iter().any(|it| it.chars().eq(token.iter().map(|unit| unit.read))) {
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
    let Some(start) = tokens.len().checked_sub(words.len()) else { return false };
    let last = tokens.get(start..).unwrap_or_default();
    last.iter().zip(words).all(|(token, word)| {
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
