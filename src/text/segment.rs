//! Where Chinese words are likely to begin and end.

use std::ops::Range;

use super::hash::{Part, Prefixes};
use super::words::{chinese, single, word_lengths};
use super::{Class, Unit};

/// Longest word of the dictionary.
const WORD_MAX: usize = 4;
/// Binary logarithm of all counts of the dictionary's source.
const TOTAL: i32 = 26;
/// What a character costs that is no word.
const STRANGER: i32 = 24;
/// What a name costs that the dictionary does not know.
const NAME: i32 = 21;

/// The likeliest way to read a text's Chinese as words, with what every beginning and every end of it costs in bits.
/// Read once for a text; every question about it is then answered at once.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// One for every unit, and one for the end.
    places: Vec<Place>,
}

/// What is known of the place before a unit.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// What the words cost that begin there, by length; [`NO_WORD`] where there is none.
    words: [i32; WORD_MAX],
    /// What the units before cost, and those from there on.
    before: i32,
    after: i32,
    /// How long the word is that ends there, in the cheapest reading of what is before.
    last: u8,
    /// Whether a word begins or ends there in the cheapest reading of all.
    is_boundary: bool,
}

const NO_WORD: i32 = i32::MAX / 4;

impl Place {
    const UNREAD: Self =
        Self { words: [NO_WORD; WORD_MAX], before: NO_WORD, after: 0, last: 1, is_boundary: false };

    /// Lengths and costs.
    fn known_words(&self) -> impl Iterator<Item = (u8, i32)> + use<> {
        (1..).zip(self.words).filter(|(_, cost)| *cost != NO_WORD)
    }
}

impl Reading {
    /// Reads another text in the same memory. Letters and digits are no words and cost nothing.
    pub fn read(&mut self, units: &[Unit], letters: &Prefixes) {
        self.places.clear();
        self.places.resize(units.len() + 1, Place::UNREAD);
        self.read_backwards(units, letters);
        self.read_forwards();
        self.mark_boundaries();
    }

    /// Looks the words up, and counts what follows each place.
    fn read_backwards(&mut self, units: &[Unit], letters: &Prefixes) {
        let mut run = 0;
        for (at, unit) in units.iter().enumerate().rev() {
            let Some((place, next)) =
                self.places.get_mut(at..).and_then(<[Place]>::split_first_mut)
            else {
                return;
            };
            if unit.class == Class::Han {
                place.words = words_at(unit.read, at, run, letters);
                run = if unit.gap.is_apart() { 0 } else { (run + 1).min(WORD_MAX - 1) };
            } else {
                (place.words, run) = (LATIN, 0);
            }
            let costs = place.words.iter().zip(next).map(|(word, next)| word + next.after);
            place.after = costs.min().unwrap_or(0);
        }
    }

    fn read_forwards(&mut self) {
        if let Some(first) = self.places.first_mut() {
            first.before = 0;
        }
        for start in 0..self.places.len() {
            let Some(place) = self.places.get(start).copied() else { return };
            for (len, cost) in place.known_words() {
                let cost = place.before.saturating_add(cost);
                // Of equal costs the shorter last word, which comes later.
                if let Some(end) = self.places.get_mut(start + usize::from(len))
                    && cost <= end.before
                {
                    (end.before, end.last) = (cost, len);
                }
            }
        }
    }

    fn mark_boundaries(&mut self) {
        let mut at = self.places.len();
        while let Some(place) = at.checked_sub(1).and_then(|index| self.places.get_mut(index)) {
            place.is_boundary = true;
            at = at.saturating_sub(usize::from(place.last));
        }
    }

    fn word(&self, start: usize, len: usize) -> i32 {
        let place = self.places.get(start);
        place.and_then(|place| place.words.get(len - 1)).copied().unwrap_or(NO_WORD)
    }

    /// Whether a word begins or ends before a unit, in the likeliest reading.
    #[must_use]
    pub fn is_boundary(&self, at: usize) -> bool {
        self.places.get(at).is_none_or(|place| place.is_boundary)
    }

    /// Whether the dictionary has these units as a word.
    #[must_use]
    pub fn is_word(&self, range: Range<usize>) -> bool {
        (1..=WORD_MAX).contains(&range.len()) && self.word(range.start, range.len()) != NO_WORD
    }

    /// How much less likely the text becomes when these units are a word of their own, in bits; at most 0 where they may
    /// well be one. `part` is the hash of the units.
    #[must_use]
    pub fn strain(&self, range: Range<usize>, part: Part) -> i32 {
        let (Some(start), Some(end), Some(last)) =
            (self.places.get(range.start), self.places.get(range.end), self.places.last())
        else {
            return 0;
        };
        let own = chinese(part).map_or(NAME, |word| NAME.min(TOTAL - i32::from(word.frequency)));
        start.before.saturating_add(own).saturating_add(end.after).saturating_sub(last.before)
    }
}

/// What a letter or digit costs.
const LATIN: [i32; WORD_MAX] = [0, NO_WORD, NO_WORD, NO_WORD];

/// What the words cost that begin with this character, by length. `run`: how many more may belong to them.
fn words_at(first: char, at: usize, run: usize, letters: &Prefixes) -> [i32; WORD_MAX] {
    let mut costs = [NO_WORD; WORD_MAX];
    let [one, rest @ ..] = &mut costs;
    *one = single(first).map_or(STRANGER, |frequency| TOTAL - i32::from(frequency));
    if run == 0 {
        return costs;
    }
    let lengths = word_lengths(letters.part(at..at + 2));
    for (len, cost) in (2..=run + 1).zip(rest).filter(|(len, _)| lengths >> len & 1 == 1) {
        if let Some(word) = chinese(letters.part(at..at + len)) {
            *cost = TOTAL - i32::from(word.frequency);
        }
    }
    costs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    fn read(text: &str) -> (Reading, Prefixes, crate::text::FoldedText) {
        let folded = fold(text);
        let mut letters = Prefixes::default();
        letters.refill(folded.units().iter().map(|unit| u32::from(unit.read)));
        let mut reading = Reading::default();
        reading.read(folded.units(), &letters);
        (reading, letters, folded)
    }

    #[test]
    fn a_word_across_two_words_is_strained() {
        let strain_of = |text: &str, word: &str| {
            let (reading, letters, _) = read(text);
            let start = text.split(word).next().unwrap().chars().count();
            let range = start..start + word.chars().count();
            reading.strain(range.clone(), letters.part(range))
        };
        assert!(strain_of("洁白雪纺桌裙", "白雪") > 0);
        assert!(strain_of("延长安装螺丝", "长安") > 6);
        assert!(strain_of("天鹅绒布料", "天鹅") > 6);
        assert!(strain_of("新款耐克鞋", "耐克") <= 2);
        assert!(strain_of("正品小米手机", "小米") <= 2);
        assert!(strain_of("白雪", "白雪") <= 0);
        assert!(strain_of("USB白雪12", "白雪") <= 0);
    }

    #[test]
    fn words_begin_where_they_are_read_to() {
        let (reading, _, _) = read("延长安装螺丝ab");
        let begins = (0..=8).map(|at| u8::from(reading.is_boundary(at))).collect::<Vec<_>>();
        assert_eq!(begins, [1, 0, 1, 0, 1, 0, 1, 1, 1]);
    }
}
