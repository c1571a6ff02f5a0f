//! Hashes of any part of a text in constant time, by polynomial prefix sums. They nominate, comparison decides.

use std::ops::Range;

/// An odd number without structure (the fractional part of the golden ratio).
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// Powers of [`BASE`] for parts of up to so many units; longer parts are not looked for.
pub const PART_MAX: usize = 64;

#[expect(clippy::indexing_slicing, reason = "worked out when compiled")]
const POWERS: [u64; PART_MAX + 1] = {
    let mut powers = [1_u64; PART_MAX + 1];
    let mut index = 1;
    while index <= PART_MAX {
        powers[index] = powers[index - 1].wrapping_mul(BASE);
        index += 1;
    }
    powers
};

/// A hash that can still be joined to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Part {
    sum: u64,
    len: usize,
}

impl Part {
    /// How many units it is of.
    #[must_use]
    pub fn len(self) -> usize {
        self.len
    }

    /// Whether it is of none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// This part and what follows it.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let power = POWERS.get(next.len).copied().unwrap_or(0);
        Self { sum: self.sum.wrapping_mul(power).wrapping_add(next.sum), len: self.len + next.len }
    }

    /// This part and one value more.
    #[must_use]
    pub fn push(self, value: u32) -> Self {
        self.then(Self { sum: spread(value), len: 1 })
    }

    /// The hash, different for each purpose.
    #[must_use]
    pub fn finish(self, purpose: u64) -> u64 {
        let mut hash = self.sum ^ purpose.wrapping_mul(0xD6E8_FEB8_6659_FD93);
        hash = (hash ^ hash >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        hash ^ hash >> 32
    }
}

/// Hashes a whole text.
#[must_use]
pub fn part_of(values: impl IntoIterator<Item = u32>) -> Part {
    values.into_iter().fold(Part::default(), Part::push)
}

/// Sums of every beginning of a text.
#[derive(Debug, Clone, Default)]
pub struct Prefixes(Vec<u64>);

impl Prefixes {
    /// Sums up another text in the same memory.
    pub fn refill(&mut self, values: impl ExactSizeIterator<Item = u32>) {
        // The first is 0 always, and all others are written anew.
        self.0.resize(values.len() + 1, 0);
        let mut sum = 0_u64;
        for (value, slot) in values.zip(self.0.iter_mut().skip(1)) {
            sum = sum.wrapping_mul(BASE).wrapping_add(spread(value));
            *slot = sum;
        }
    }

    /// The part of this range, of at most [`PART_MAX`] units.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Part {
        let len = range.len();
        let sum = |at: usize| self.0.get(at).copied().unwrap_or(0);
        let power = POWERS.get(len).copied().unwrap_or(0);
        Part { sum: sum(range.end).wrapping_sub(sum(range.start).wrapping_mul(power)), len }
    }

    /// All parts of so many units, at most [`PART_MAX`], in the order in which they begin.
    pub fn parts(&self, len: usize) -> impl Iterator<Item = Part> {
        let power = POWERS.get(len).copied().unwrap_or(0);
        let ends = self.0.get(len..).unwrap_or_default();
        self.0
            .iter()
            .zip(ends)
            .map(move |(start, end)| Part { sum: end.wrapping_sub(start.wrapping_mul(power)), len })
    }

    /// The part of this range but for one unit.
    #[must_use]
    pub fn without(&self, range: Range<usize>, left_out: usize) -> Part {
        self.part(range.start..left_out).then(self.part(left_out + 1..range.end))
    }
}

/// The hash of two characters, one after the other. Every Chinese text asks for all of its pairs, so it takes little.
#[must_use]
#[inline]
pub fn pair_hash(first: char, second: char) -> u64 {
    let pair = u64::from(u32::from(first)) << 32 | u64::from(u32::from(second));
    let hash = pair.wrapping_mul(BASE);
    hash ^ hash >> 32
}

fn spread(value: u32) -> u64 {
    let mixed = u64::from(value).wrapping_add(1).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ mixed >> 29
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_are_what_their_values_hash_to(values in prop::collection::vec(any::<u32>(), 1..40), at in 0..40_usize, len in 1..20_usize) {
            let mut prefixes = Prefixes::default();
            prefixes.refill(values.iter().copied());
            let start = at % values.len();
            let end = (start + len).min(values.len());
            prop_assert_eq!(prefixes.part(start..end), part_of(values[start..end].iter().copied()));
            for left_out in start..end {
                let mut rest = values[start..end].to_vec();
                rest.remove(left_out - start);
                prop_assert_eq!(prefixes.without(start..end, left_out), part_of(rest));
            }
        }
    }
}
