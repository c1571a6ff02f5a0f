//! Hashes of any part of a text in constant time, by polynomial prefix sums. They nominate, comparison decides.

use std::ops::Range;

/// An odd number without structure (the fractional part of the golden ratio).
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// Units of the longest part that is looked for.
pub const PART_MAX: usize = 64;

/// Units of the longest text that is summed up.
pub const SUMMED_MAX: usize = 1 << 14;

/// Powers of [`BASE`], one for each place of a text.
static POWERS: [u64; SUMMED_MAX + 1] = powers(BASE);

/// What takes them back: powers of the inverse.
static INVERSES: [u64; SUMMED_MAX + 1] = powers(inverse(BASE));

#[expect(clippy::indexing_slicing, clippy::large_stack_arrays, reason = "worked out when compiled")]
const fn powers(base: u64) -> [u64; SUMMED_MAX + 1] {
    let mut powers = [1_u64; SUMMED_MAX + 1];
    let mut index = 1;
    while index <= SUMMED_MAX {
        powers[index] = powers[index - 1].wrapping_mul(base);
        index += 1;
    }
    powers
}

/// What an odd number is to be multiplied with to give 1, modulo 2^64, by Newton's method: each step doubles the number
/// of bits that are right, of which the number itself has three.
const fn inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    let mut bits = 3;
    while bits < u64::BITS {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        bits *= 2;
    }
    inverse
}

const _: () = assert!(BASE.wrapping_mul(inverse(BASE)) == 1);

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
        let power = POWERS.get(self.len).copied().unwrap_or(0);
        Self { sum: self.sum.wrapping_add(next.sum.wrapping_mul(power)), len: self.len + next.len }
    }

    /// This part and one value more.
    #[must_use]
    pub fn push(self, value: u32) -> Self {
        self.then(Self { sum: term(value), len: 1 })
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

/// Sums of every beginning of a text, of at most [`SUMMED_MAX`] units, each unit times the power of its place: no sum waits
/// for more than an addition to the one before.
#[derive(Debug, Clone, Default)]
pub struct Prefixes(Vec<u64>);

impl Prefixes {
    /// Sums up another text in the same memory.
    pub fn refill(&mut self, values: impl ExactSizeIterator<Item = u32>) {
        // The first is 0 always, and all others are written anew.
        self.0.resize(values.len() + 1, 0);
        let mut sum = 0_u64;
        for ((value, power), slot) in values.zip(&POWERS).zip(self.0.iter_mut().skip(1)) {
            sum = sum.wrapping_add(term(value).wrapping_mul(*power));
            *slot = sum;
        }
    }

    /// The part of this range, of at most [`PART_MAX`] units.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Part {
        let sum = |at: usize| self.0.get(at).copied().unwrap_or(0);
        let inverse = INVERSES.get(range.start).copied().unwrap_or(0);
        let sum = sum(range.end).wrapping_sub(sum(range.start)).wrapping_mul(inverse);
        Part { sum, len: range.len() }
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

/// What a unit counts: not nothing, so that a part is told from one with more at its end.
fn term(value: u32) -> u64 {
    u64::from(value) + 1
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
