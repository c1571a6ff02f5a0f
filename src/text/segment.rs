//! Where Chinese words are likely to begin and end.

use std::ops::Range;

use super::hash::Prefixes;
use super::words::{Known, NO_WORD, chinese, cost};
use super::{Class, Unit};

/// Longest word of the dictionary.
const WORD_MAX: usize = 4;
/// Shortest word that is more than a character.
pub const LENGTH_MIN: u32 = 2;
/// What a name costs that the dictionary does not know.
const NAME: u8 = 21;

/// The likeliest way to read a text's Chinese as words, with what every beginning and every end of it costs in bits.
/// Read once for a text; every question about it is then answered at once.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What the dictionary says of each pair.
    pairs: Vec<Known>,
    /// One for every unit and one for the end.
    places: Vec<Place>,
    /// What the cheapest reading of the units before each place costs, see [`LEN_BITS`].
    before: Vec<u32>,
    /// What the units from each place on cost, once [`Reading::strain`] asks.
    after: Vec<u32>,
}

/// What is known of the place before a unit. Of eight bytes, so that a place is found by a shift.
#[derive(Debug, Clone, Copy)]
#[repr(align(8))]
struct Place {
    /// What the words cost that begin there, by length; [`NO_WORD`] where there is none.
    words: [u8; WORD_MAX],
    /// Whether a word begins or ends there in the cheapest reading of all.
    is_boundary: bool,
    lengths: Lengths,
}

impl Place {
    /// Letters and digits are no words and cost nothing.
    const NO_CHINESE: Self = Self {
        words: [0, NO_WORD, NO_WORD, NO_WORD],
        is_boundary: false,
        lengths: Lengths { between_words: 0, words: 0 },
    };
}

/// How long what stands at a unit may be, one bit for each length from [`LENGTH_MIN`] on.
#[derive(Debug, Clone, Copy)]
pub struct Lengths {
    /// What begins and ends where words do, in the likeliest reading.
    pub between_words: u8,
    /// Words of the dictionary.
    pub words: u8,
}

/// Bits of a cost that say how long the last word is: of two readings that cost the same, the one with the shorter last
/// word is cheaper.
const LEN_BITS: u32 = 3;

/// What a reading costs with one word more.
fn and_word(before: u32, word: u8, len: u32) -> u32 {
    (before >> LEN_BITS << LEN_BITS) + (u32::from(word) << LEN_BITS | len)
}

impl Reading {
    /// Reads another text in the same memory.
    pub fn read(&mut self, units: &[Unit], letters: &Prefixes) {
        // All are looked up at once, so that the memory that holds them is waited for once.
        self.pairs.clear();
        let dictionary = chinese();
        self.pairs.extend(units.array_windows().map(|[a, b]| {
            if goes_on(b) { dictionary.pair(a.read, b.read) } else { Known::default() }
        }));
        self.pairs.push(Known::default());
        self.after.clear();
        self.read_forwards(units, letters);
        self.mark_boundaries();
    }

    /// Finds the words, and what the cheapest reading up to each place costs.
    fn read_forwards(&mut self, units: &[Unit], letters: &Prefixes) {
        let dictionary = chinese();
        // All are written anew, so that none of the last text is left; but the first cost, which is 0 always.
        self.places.resize(units.len() + 1, Place::NO_CHINESE);
        self.before.resize(units.len() + 1, 0);
        let mut here = 0;
        // What is known so far of the next three places.
        let (mut a, mut b, mut c) = (u32::MAX, u32::MAX, u32::MAX);
        let places = self.places.iter_mut().zip(self.before.iter_mut().skip(1));
        for (at, (((place, before), pair), unit)) in places.zip(&self.pairs).zip(units).enumerate()
        {
            if unit.class == Class::Han {
                let one = dictionary.single_cost(unit.read);
                let two = pair.cost();
                place.words = [one, two, NO_WORD, NO_WORD];
                place.is_boundary = false;
                place.lengths = Lengths { between_words: 0, words: u8::from(two != NO_WORD) };
                let next = a.min(and_word(here, one, 1));
                a = b.min(and_word(here, two, 2));
                (b, c) = (c, u32::MAX);
                let third = units.get(at + 2).map_or('\0', |unit| unit.read);
                if pair.goes_on(third) {
                    place.add_longer(pair.longer(), at, units, letters);
                    let [_, _, three, four] = place.words;
                    (b, c) = (b.min(and_word(here, three, 3)), and_word(here, four, 4));
                }
                here = next;
            } else {
                *place = Place::NO_CHINESE;
                here = a.min(and_word(here, 0, 1));
                (a, b, c) = (b, c, u32::MAX);
            }
            *before = here;
        }
        if let Some(end) = self.places.last_mut() {
            *end = Place::NO_CHINESE;
        }
    }

    fn read_backwards(&mut self) {
        self.after.resize(self.places.len(), 0);
        let (mut a, mut b, mut c, mut d) = (0, 0, 0, 0);
        let Some((_, places)) = self.places.split_last() else { return };
        for (place, after) in places.iter().zip(&mut self.after).rev() {
            let [one, two, three, four] = place.words.map(u32::from);
            (a, b, c, d) = ((one + a).min(two + b).min(three + c).min(four + d), a, b, c);
            *after = a;
        }
    }

    /// Goes through the words of the likeliest reading, from its end on.
    fn mark_boundaries(&mut self) {
        let last_len = |at: usize| self.before.get(at).map_or(0, |it| it & ((1 << LEN_BITS) - 1));
        let mut at = self.before.len() - 1;
        // One bit for each boundary from this one on.
        let mut ahead = 1_u32;
        while let Some(place) = self.places.get_mut(at) {
            place.is_boundary = true;
            [place.lengths.between_words, ..] = (ahead >> LENGTH_MIN).to_le_bytes();
            match last_len(at) {
                0 => break,
                len => {
                    at -= len as usize;
                    ahead = ahead << len | 1;
                }
            }
        }
    }

    /// What may stand at a unit.
    #[must_use]
    pub fn lengths(&self, at: usize) -> Lengths {
        self.places.get(at).map_or(Place::NO_CHINESE.lengths, |place| place.lengths)
    }

    /// Whether a word begins or ends before a unit, in the likeliest reading.
    #[must_use]
    pub fn is_boundary(&self, at: usize) -> bool {
        self.places.get(at).is_none_or(|place| place.is_boundary)
    }

    /// Whether the dictionary has these units as a word.
    #[must_use]
    pub fn is_word(&self, range: Range<usize>) -> bool {
        let place = self.places.get(range.start);
        let cost = range.len().checked_sub(1).and_then(|len| place?.words.get(len));
        cost.is_some_and(|cost| *cost != NO_WORD)
    }

    /// How much less likely the text becomes when some units, which start at one of it, are a word of their own, in bits;
    /// at most 0 where they may well be one.
    #[must_use]
    pub fn strain(&mut self, start: usize, units: &[Unit]) -> i32 {
        let end = start + units.len();
        let own = if units.iter().all(|unit| unit.class == Class::Han) {
            let word = chinese().word(units.iter().map(|unit| unit.read));
            word.map_or(NAME, |word| NAME.min(cost(word.frequency)))
        } else {
            self.singles(start..end)
        };
        let with = self.cost_before(start) + u32::from(own) + self.cost_after(end);
        with.cast_signed() - self.cost().cast_signed()
    }

    /// What a name costs of which only some characters are Chinese: what these cost alone, and no more than any.
    fn singles(&self, range: Range<usize>) -> u8 {
        let places = self.places.get(range).unwrap_or_default();
        let single = |place: &Place| place.words.first().copied().unwrap_or(0);
        places.iter().map(single).fold(0, u8::saturating_add).min(NAME)
    }

    /// What the cheapest reading costs of the units before one.
    fn cost_before(&self, at: usize) -> u32 {
        self.before.get(at).map_or(0, |it| it >> LEN_BITS)
    }

    /// What the cheapest reading costs of the units from one on.
    fn cost_after(&mut self, at: usize) -> u32 {
        if self.is_boundary(at) {
            // The cheapest reading of all is the cheapest of both parts.
            return self.cost() - self.cost_before(at);
        }
        if self.after.is_empty() {
            self.read_backwards();
        }
        self.after.get(at).copied().unwrap_or(0)
    }

    /// What the cheapest reading of all costs.
    fn cost(&self) -> u32 {
        self.before.last().map_or(0, |it| it >> LEN_BITS)
    }
}

impl Place {
    /// Adds the words that are so long, one bit for each length. Few places have any, and the others are quicker without it
    /// in their loop.
    #[inline(never)]
    fn add_longer(&mut self, lengths: u32, at: usize, units: &[Unit], letters: &Prefixes) {
        let [_, _, three, four] = &mut self.words;
        for (len, word) in [(3, three), (4, four)] {
            let rest = units.get(at + 1..at + len);
            if lengths >> len & 1 == 1 && rest.is_some_and(|rest| rest.iter().all(goes_on)) {
                *word = chinese().longer_cost(letters.part(at..at + len));
                self.lengths.words |= u8::from(*word != NO_WORD) << len >> LENGTH_MIN;
            }
        }
    }
}

/// Whether a unit goes on with the Chinese that stands before it.
fn goes_on(unit: &Unit) -> bool {
    unit.class == Class::Han && !unit.gap.is_apart()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::fold;

    fn read(text: &str) -> (Reading, crate::text::FoldedText) {
        let folded = fold(text);
        let mut letters = Prefixes::default();
        letters.refill(folded.units().iter().map(|unit| u32::from(unit.read)));
        let mut reading = Reading::default();
        reading.read(folded.units(), &letters);
        (reading, folded)
    }

    #[test]
    fn a_word_across_two_words_is_strained() {
        let strain_of = |text: &str, word: &str| {
            let (mut reading, folded) = read(text);
            let start = text.split(word).next().unwrap().chars().count();
            reading.strain(start, &folded.units()[start..start + word.chars().count()])
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
        let (reading, _) = read("延长安装螺丝ab");
        let begins = (0..=8).map(|at| u8::from(reading.is_boundary(at))).collect::<Vec<_>>();
        assert_eq!(begins, [1, 0, 1, 0, 1, 0, 1, 1, 1]);
    }

    proptest! {
        #[test]
        fn the_likeliest_reading_costs_what_its_words_do(text in "[新款女士鞋子包长安街天鹅绒布料a1 ]{0,40}") {
            let (mut reading, folded) = read(&text);
            let all = reading.before.last().unwrap() >> LEN_BITS;
            let boundaries = (0..=folded.units().len()).filter(|at| reading.is_boundary(*at));
            let boundaries = boundaries.collect::<Vec<_>>();
            let words = boundaries.windows(2).map(|word| {
                u32::from(reading.places[word[0]].words[word[1] - word[0] - 1])
            });
            prop_assert_eq!(words.sum::<u32>(), all);
            reading.read_backwards();
            // As cheap from its end.
            prop_assert_eq!(reading.after.first().copied(), Some(all));
            for at in boundaries {
                prop_assert_eq!(reading.after[at], reading.cost_after(at));
            }
        }
    }
}
