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
    /// One for every unit, one for the end, and so many more that every word ends at one.
    places: Vec<Place>,
    /// Whether it is known what the units from each place on cost: only [`Reading::strain`] asks.
    is_read_backwards: bool,
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

/// More than any text costs, and little enough to add up.
const NO_WORD: i32 = i32::MAX / 4;

impl Place {
    /// The end of a text, and any other place until it is read.
    const UNREAD: Self = Self {
        words: [0, NO_WORD, NO_WORD, NO_WORD],
        before: NO_WORD,
        after: 0,
        last: 1,
        is_boundary: false,
    };

    /// Before a unit. Letters and digits are no words and cost nothing.
    fn of(unit: &Unit) -> Self {
        if unit.class != Class::Han {
            return Self::UNREAD;
        }
        let one = single(unit.read).map_or(STRANGER, |frequency| TOTAL - i32::from(frequency));
        Self { words: [one, NO_WORD, NO_WORD, NO_WORD], ..Self::UNREAD }
    }
}

impl Reading {
    /// Reads another text in the same memory. Letters and digits are no words and cost nothing.
    pub fn read(&mut self, units: &[Unit], letters: &Prefixes) {
        self.places.clear();
        self.places.extend(units.iter().map(Place::of));
        self.places.extend([Place::UNREAD; 1 + WORD_MAX]);
        self.is_read_backwards = false;
        self.look_up(units, letters);
        self.read_forwards(units.len());
        self.mark_boundaries(units.len());
    }

    /// Looks longer words up.
    fn look_up(&mut self, units: &[Unit], letters: &Prefixes) {
        let mut run = 0;
        for (at, (unit, place)) in units.iter().zip(&mut self.places).enumerate().rev() {
            let [_, longer @ ..] = &mut place.words;
            let lengths = if run > 0 { word_lengths(letters.part(at..at + 2)) } else { 0 };
            for (len, cost) in (2..=run + 1).zip(longer) {
                if lengths >> len & 1 == 1
                    && let Some(word) = chinese(letters.part(at..at + len))
                {
                    *cost = TOTAL - i32::from(word.frequency);
                }
            }
            let ends = unit.class != Class::Han || unit.gap.is_apart();
            run = if ends { 0 } else { (run + 1).min(WORD_MAX - 1) };
        }
    }

    /// Counts what follows each place.
    fn read_backwards(&mut self, count: usize) {
        if std::mem::replace(&mut self.is_read_backwards, true) {
            return;
        }
        for at in (0..count).rev() {
            let Some([place, a, b, c, d, ..]) = self.places.get_mut(at..) else { return };
            let [one, two, three, four] = place.words;
            place.after =
                (one + a.after).min(two + b.after).min(three + c.after).min(four + d.after);
        }
    }

    /// Counts what is before each place.
    fn read_forwards(&mut self, count: usize) {
        if let Some(first) = self.places.first_mut() {
            first.before = 0;
        }
        for at in 0..count {
            let Some([place, a, b, c, d, ..]) = self.places.get_mut(at..) else { return };
            for (len, (end, word)) in (1..).zip([a, b, c, d].into_iter().zip(place.words)) {
                let cost = place.before + word;
                // Of equal costs the shorter last word, which comes later.
                let is_best = cost <= end.before;
                end.before = if is_best { cost } else { end.before };
                end.last = if is_best { len } else { end.last };
            }
        }
    }

    fn mark_boundaries(&mut self, count: usize) {
        let mut at = Some(count);
        while let Some(place) = at.and_then(|at| self.places.get_mut(at)) {
            place.is_boundary = true;
            at = at.and_then(|at| at.checked_sub(usize::from(place.last)));
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
    pub fn strain(&mut self, range: Range<usize>, part: Part) -> i32 {
        let Some(count) = self.places.len().checked_sub(1 + WORD_MAX) else { return 0 };
        self.read_backwards(count);
        let place = |at: usize| self.places.get(at);
        let (Some(start), Some(end), Some(last)) =
            (place(range.start), place(range.end), place(count))
        else {
            return 0;
        };
        let own = chinese(part).map_or(NAME, |word| NAME.min(TOTAL - i32::from(word.frequency)));
        start.before.saturating_add(own).saturating_add(end.after).saturating_sub(last.before)
    }
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
            let (mut reading, letters, _) = read(text);
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
