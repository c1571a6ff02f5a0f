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
    /// For every unit and length, what a word there costs; [`NO_WORD`] where there is none.
    words: Vec<[i32; WORD_MAX]>,
    /// What the units before cost, for every unit and the end.
    before: Vec<i32>,
    /// What the units from there on cost.
    after: Vec<i32>,
    /// How long the word is that ends there, in the cheapest reading of what is before.
    last: Vec<usize>,
    begins: Vec<bool>,
}

const NO_WORD: i32 = i32::MAX / 4;

impl Reading {
    /// Reads another text in the same memory. Letters and digits are no words and cost nothing.
    pub fn read(&mut self, units: &[Unit], letters: &Prefixes) {
        let count = units.len();
        self.words.clear();
        self.words.extend((0..count).map(|at| words_at(units, letters, at)));
        self.count_before(count);
        self.count_after(count);
        self.mark_beginnings(count);
    }

    fn word(&self, start: usize, len: usize) -> i32 {
        self.words.get(start).and_then(|words| words.get(len - 1)).copied().unwrap_or(NO_WORD)
    }

    fn count_before(&mut self, count: usize) {
        self.before.clear();
        self.before.resize(count + 1, NO_WORD);
        self.last.clear();
        self.last.resize(count + 1, 1);
        if let Some(first) = self.before.first_mut() {
            *first = 0;
        }
        for (start, words) in self.words.iter().enumerate() {
            let before = self.before.get(start).copied().unwrap_or(0);
            for (len, cost) in known_words(words) {
                let slots = (self.before.get_mut(start + len), self.last.get_mut(start + len));
                // Of equal costs the shorter last word, which comes later.
                if let (Some(slot), Some(last)) = slots
                    && before.saturating_add(cost) <= *slot
                {
                    (*slot, *last) = (before.saturating_add(cost), len);
                }
            }
        }
    }

    fn count_after(&mut self, count: usize) {
        self.after.clear();
        self.after.resize(count + 1, 0);
        for (start, words) in self.words.iter().enumerate().rev() {
            let after = |len| self.after.get(start + len).copied().unwrap_or(0);
            let ways = known_words(words).map(|(len, cost)| cost.saturating_add(after(len)));
            let cost = ways.min().unwrap_or(0);
            if let Some(slot) = self.after.get_mut(start) {
                *slot = cost;
            }
        }
    }

    fn mark_beginnings(&mut self, count: usize) {
        self.begins.clear();
        self.begins.resize(count + 1, false);
        let mut at = count;
        loop {
            if let Some(begin) = self.begins.get_mut(at) {
                *begin = true;
            }
            if at == 0 {
                return;
            }
            at -= self.last.get(at).map_or(1, |len| (*len).clamp(1, at));
        }
    }

    /// Whether a word begins at a unit, in the likeliest reading.
    #[must_use]
    pub fn begins(&self, at: usize) -> bool {
        self.begins.get(at).copied().unwrap_or(true)
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
        let (Some(before), Some(after), Some(all)) =
            (self.before.get(range.start), self.after.get(range.end), self.before.last())
        else {
            return 0;
        };
        let own = chinese(part).map_or(NAME, |word| NAME.min(TOTAL - i32::from(word.frequency)));
        before.saturating_add(own).saturating_add(*after).saturating_sub(*all)
    }
}

/// Lengths and costs.
fn known_words(words: &[i32; WORD_MAX]) -> impl Iterator<Item = (usize, i32)> {
    (1..).zip(words.iter().copied()).filter(|(_, cost)| *cost != NO_WORD)
}

/// What the words cost that begin at a unit, by length.
fn words_at(units: &[Unit], letters: &Prefixes, at: usize) -> [i32; WORD_MAX] {
    let mut costs = [NO_WORD; WORD_MAX];
    let [one, rest @ ..] = &mut costs;
    let Some(first) = units.get(at) else { return costs };
    if first.class != Class::Han {
        *one = 0;
        return costs;
    }
    *one = single(first.read).map_or(STRANGER, |frequency| TOTAL - i32::from(frequency));
    let joins = |unit: &&Unit| unit.class == Class::Han && !unit.gap.is_apart();
    let run =
        units.get(at + 1..).unwrap_or_default().iter().take(WORD_MAX - 1).take_while(joins).count();
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
        let begins = (0..=8).map(|at| u8::from(reading.begins(at))).collect::<Vec<_>>();
        assert_eq!(begins, [1, 0, 1, 0, 1, 0, 1, 1, 1]);
    }
}
