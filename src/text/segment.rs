//! Where Chinese words are likely to begin and end.

use std::ops::Range;

use super::hash::{Prefixes, part_of};
use super::words::chinese;
use super::{Class, Unit};

/// Characters looked at on either side.
const AROUND: usize = 8;
/// Longest word of the dictionary.
const WORD_MAX: usize = 4;
/// Binary logarithm of all counts of the dictionary's source.
const TOTAL: i32 = 26;
/// What a character costs that is no word.
const STRANGER: i32 = 24;
/// What a name costs that the dictionary does not know.
const NAME: i32 = 21;

/// How much less likely the text around becomes when these units are a word of their own, in bits; at most 0 where
/// they may well be one.
#[must_use]
pub fn strain(units: &[Unit], range: Range<usize>) -> i32 {
    let is_han = |unit: &Unit| unit.class == Class::Han && !unit.gap.is_apart();
    let before = units.get(..range.start).unwrap_or_default();
    let after = units.get(range.end..).unwrap_or_default();
    // A gap before the first unit is the run's beginning.
    let begins_apart = units.get(range.start).is_none_or(|unit| unit.gap.is_apart());
    let mut left = 0;
    if !begins_apart {
        for unit in before.iter().rev().take(AROUND) {
            if unit.class != Class::Han {
                break;
            }
            left += 1;
            if unit.gap.is_apart() {
                break;
            }
        }
    }
    let right = after.iter().take(AROUND).take_while(|unit| is_han(unit)).count();
    let start = range.start - left;
    let Some(run) = units.get(start..range.end + right) else { return 0 };
    let mut sums = Prefixes::default();
    sums.refill(run.iter().map(|unit| u32::from(unit.read)));
    let inside = left..left + range.len();
    let free = cost(&sums, 0..run.len());
    let name = {
        let part = part_of(
            run.get(inside.clone()).unwrap_or_default().iter().map(|unit| u32::from(unit.read)),
        );
        chinese(part).map_or(NAME, |word| NAME.min(TOTAL - i32::from(word.frequency)))
    };
    let bound = cost(&sums, 0..inside.start) + name + cost(&sums, inside.end..run.len());
    bound - free
}

/// The cheapest way to cut a range into words.
fn cost(sums: &Prefixes, range: Range<usize>) -> i32 {
    let mut cheapest = vec![0; range.len() + 1];
    for end in 1..=range.len() {
        let best = (1..=WORD_MAX.min(end)).filter_map(|len| {
            let start = end - len;
            let part = sums.part(range.start + start..range.start + end);
            let own = match chinese(part) {
                Some(word) => TOTAL - i32::from(word.frequency),
                None if len == 1 => STRANGER,
                None => return None,
            };
            Some(cheapest.get(start)? + own)
        });
        let best = best.min().unwrap_or(STRANGER);
        if let Some(slot) = cheapest.get_mut(end) {
            *slot = best;
        }
    }
    cheapest.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    #[test]
    fn a_word_across_two_words_is_strained() {
        let strain_of = |text: &str, word: &str| {
            let folded = fold(text);
            let before = text.split(word).next().unwrap().chars().count();
            strain(folded.units(), before..before + word.chars().count())
        };
        assert!(strain_of("洁白雪纺桌裙", "白雪") > 0);
        assert!(strain_of("延长安装螺丝", "长安") > 6);
        assert!(strain_of("精美的礼盒", "美的") > 0);
        assert!(strain_of("新款耐克鞋", "耐克") <= 2);
        assert!(strain_of("正品小米手机", "小米") <= 2);
        assert!(strain_of("白雪", "白雪") <= 0);
    }
}
