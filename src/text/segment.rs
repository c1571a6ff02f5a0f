//! Where Chinese words are likely to begin and end.

use std::ops::Range;

use super::hash::{Part, Prefixes};
use super::words::{Lookup, chinese};
use super::{Class, Unit, bits};

/// Longest word of the dictionary.
const WORD_MAX: usize = 4;
/// Shortest word that is more than a character.
pub const LENGTH_MIN: u32 = 2;
/// Binary logarithm of all counts of the dictionary's source.
const TOTAL: u8 = 26;
/// What a character costs that is no word.
const STRANGER: u8 = 24;
/// What a name costs that the dictionary does not know.
const NAME: u8 = 21;

/// The likeliest way to read a text's Chinese as words, with what every beginning and every end of it costs in bits.
/// Read once for a text; every question about it is then answered at once.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// One for every unit, one for the end, and so many more that every word ends at one.
    places: Vec<Place>,
    /// Whether it is known what the units from each place on cost: only [`Reading::strain`] asks.
    is_read_backwards: bool,
    /// What the dictionary says of each pair.
    pairs: Vec<Lookup>,
}

/// How long what stands at a unit may be, one bit for each length from [`LENGTH_MIN`] on.
#[derive(Debug, Clone, Copy)]
pub struct Lengths {
    /// What begins and ends where words do, in the likeliest reading.
    pub between_words: u8,
    /// Words of the dictionary.
    pub words: u8,
}

/// What is known of the place before a unit.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// What the words cost that begin there, by length; [`NO_WORD`] where there is none.
    words: [u8; WORD_MAX],
    /// What the units before cost, and those from there on.
    before: i32,
    after: i32,
    /// How long the word is that ends there, in the cheapest reading of what is before.
    last: u32,
    /// Whether a word begins or ends there in the cheapest reading of all.
    is_boundary: bool,
    /// Where it does, at which distances from [`LENGTH_MIN`] on another does too, one bit for each.
    boundaries: u8,
    /// How long the words are that begin there, from [`LENGTH_MIN`] on, one bit for each.
    known: u8,
}

/// More than as many single characters as the longest word has.
const NO_WORD: u8 = u8::MAX;

impl Place {
    /// The end of a text, and any other place until it is read. Letters and digits are no words and cost nothing.
    const UNREAD: Self = Self {
        words: [0, NO_WORD, NO_WORD, NO_WORD],
        before: i32::MAX,
        after: 0,
        last: 1,
        is_boundary: false,
        boundaries: 0,
        known: 0,
    };
}

impl Reading {
    /// Reads another text in the same memory.
    pub fn read(&mut self, units: &[Unit], letters: &Prefixes) {
        self.places.clear();
        self.places.resize(units.len() + 1 + WORD_MAX, Place::UNREAD);
        self.is_read_backwards = false;
        self.read_forwards(units, letters);
        self.mark_boundaries(units.len());
    }

    /// Looks words up and counts what is before each place.
    fn read_forwards(&mut self, units: &[Unit], letters: &Prefixes) {
        let dictionary = chinese();
        self.pairs.clear();
        self.pairs.extend(letters.parts(2).map(|pair| dictionary.look_up(pair)));
        let mut pairs = self.pairs.iter();
        let mut run_end = 0;
        if let Some(first) = self.places.first_mut() {
            first.before = 0;
        }
        for (at, unit) in units.iter().enumerate() {
            let Some(ahead) = self.places.get_mut(at..).and_then(<[Place]>::first_chunk_mut) else {
                return;
            };
            let pair = pairs.next();
            if unit.class != Class::Han {
                add_word(ahead, 1, 0);
                continue;
            }
            let cost = |frequency| TOTAL.saturating_sub(frequency);
            add_word(ahead, 1, dictionary.single(unit.read).map_or(STRANGER, cost));
            if run_end <= at {
                run_end = at + 1 + continuing(units.get(at + 1..).unwrap_or_default());
            }
            let Some(pair) = pair.filter(|_| at + 1 < run_end) else { continue };
            let third = units.get(at + 2).map_or('\0', |unit| unit.read);
            let known = dictionary.beginning(*pair, third);
            if let Some(word) = known.word {
                add_word(ahead, 2, cost(word.frequency));
            }
            for len in bits(known.longer) {
                let end = at + len as usize;
                if end <= run_end
                    && let Some(word) = dictionary.word(letters.part(at..end))
                {
                    add_word(ahead, len, cost(word.frequency));
                }
            }
        }
    }

    /// Counts what follows each place.
    fn read_backwards(&mut self, count: usize) {
        if std::mem::replace(&mut self.is_read_backwards, true) {
            return;
        }
        for at in (0..count).rev() {
            let Some([place, a, b, c, d, ..]) = self.places.get_mut(at..) else { return };
            let [one, two, three, four] = place.words.map(i32::from);
            place.after =
                (one + a.after).min(two + b.after).min(three + c.after).min(four + d.after);
        }
    }

    fn mark_boundaries(&mut self, count: usize) {
        let mut at = Some(count);
        while let Some(place) = at.and_then(|at| self.places.get_mut(at)) {
            place.is_boundary = true;
            at = at.and_then(|at| at.checked_sub(place.last as usize));
        }
        let mut ahead = 0_u32;
        for place in self.places.iter_mut().rev() {
            ahead = ahead << 1 | u32::from(place.is_boundary);
            let [boundaries, ..] = (ahead >> LENGTH_MIN).to_le_bytes();
            place.boundaries = if place.is_boundary { boundaries } else { 0 };
        }
    }

    /// What may stand at each unit.
    pub fn lengths(&self) -> impl Iterator<Item = Lengths> {
        self.places
            .iter()
            .map(|place| Lengths { between_words: place.boundaries, words: place.known })
    }

    fn word(&self, start: usize, len: usize) -> u8 {
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
        let word = chinese().word(part);
        let own = word.map_or(NAME, |word| NAME.min(TOTAL.saturating_sub(word.frequency)));
        let own = i32::from(own);
        start.before.saturating_add(own).saturating_add(end.after).saturating_sub(last.before)
    }
}

/// Adds a word to the place at which it begins, and to the one at which it ends.
fn add_word([place, ends @ ..]: &mut [Place; 1 + WORD_MAX], len: u32, cost: u8) {
    let index = len as usize - 1;
    let (Some(word), Some(end)) = (place.words.get_mut(index), ends.get_mut(index)) else { return };
    *word = cost;
    place.known |= 1_u8 << len >> LENGTH_MIN;
    let before = place.before + i32::from(cost);
    // Of equal costs the shorter last word, which comes later.
    if before <= end.before {
        end.before = before;
        end.last = len;
    }
}

/// How many units go on with the Chinese that stands before them.
fn continuing(units: &[Unit]) -> usize {
    units.iter().take_while(|unit| unit.class == Class::Han && !unit.gap.is_apart()).count()
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
