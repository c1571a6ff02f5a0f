//! The forms in which a mark may be written, made from what is recorded.

use crate::text::han::{pinyin, syllable};
use crate::text::hash::{PART_MAX, part_of};
use crate::text::words::{Kind, chinese, english};
use crate::text::{Class, FoldedText, Unit};

/// How far a form is from the words that people use anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rarity(pub u8);

impl Rarity {
    /// No word of any dictionary.
    pub const COINED: Self = Self(30);
}

/// A written form: its letters as compared, and where they stand apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelling {
    pub(super) letters: Vec<char>,
    /// Bit `n`: something stands between unit `n - 1` and unit `n`.
    pub(super) gaps: u64,
    pub(super) rarity: Rarity,
    /// Whether the form as a whole is the name of a person or place.
    pub(super) is_name: bool,
}

/// The spelling of a recorded name; `None` where nothing is left to compare, or too much.
/// `folded` is memory to fold in.
pub(super) fn spelling(name: &str, folded: &mut FoldedText) -> Option<Spelling> {
    folded.refold(name);
    let units = folded.units();
    if units.is_empty() || units.len() > PART_MAX || folded.is_cut() {
        return None;
    }
    let letters = units.iter().map(|unit| unit.read).collect::<Vec<_>>();
    let (rarity, is_name) = ordinariness(folded);
    Some(Spelling { letters, gaps: gaps(units), rarity, is_name })
}

/// A Chinese form in Latin letters, where it is long enough to mean something and no ordinary word.
pub(super) fn transliteration(form: &Spelling) -> Option<Spelling> {
    const LETTERS_LEAST: usize = 5;
    let mut letters = Vec::with_capacity(form.letters.len() * 4);
    for c in &form.letters {
        let sound = pinyin(syllable(*c));
        if sound.is_empty() {
            return None;
        }
        letters.extend(sound.chars());
    }
    if form.letters.len() < 2 {
        return None;
    }
    let is_word = english(part_of(letters.iter().map(|c| u32::from(*c)))).is_some();
    if letters.len() < LETTERS_LEAST || letters.len() > PART_MAX || is_word {
        return None;
    }
    Some(Spelling { letters, gaps: 0, rarity: form.rarity, is_name: false })
}

/// Where units stand apart, one bit each.
pub(super) fn gaps(units: &[Unit]) -> u64 {
    let apart = units.iter().enumerate().skip(1).filter(|(_, unit)| unit.gap.is_apart());
    apart.fold(0, |gaps, (index, _)| {
        gaps | 1_u64.checked_shl(u32::try_from(index).unwrap_or(64)).unwrap_or(0)
    })
}

/// The rarer its words and the more of them, the less a form is met by chance.
fn ordinariness(folded: &FoldedText) -> (Rarity, bool) {
    let units = folded.units();
    let hash = |range: std::ops::Range<usize>| {
        part_of(units.get(range).unwrap_or_default().iter().map(|unit| u32::from(unit.read)))
    };
    let is_han = units.iter().all(|unit| unit.class == Class::Han);
    if is_han {
        let known = chinese().word(units.iter().map(|unit| unit.read));
        let ordinary = known.filter(|word| word.kind == Kind::Ordinary);
        let rarity = ordinary.map_or(Rarity::COINED.0, |word| 22_u8.saturating_sub(word.frequency));
        return (Rarity(rarity), known.is_some_and(|word| word.kind == Kind::Name));
    }
    let mut rarity = 0_u8;
    let mut is_name = true;
    for token in folded.tokens() {
        let known = english(hash(token.clone()));
        is_name &= known.is_some_and(|word| word.kind == Kind::Name);
        let frequency = match known {
            Some(word) if word.kind != Kind::Ordinary => 0,
            Some(word) => word.frequency.max(12),
            None if token.len() <= 2 => 28,
            None => 0,
        };
        rarity = rarity.saturating_add(32_u8.saturating_sub(frequency));
    }
    (Rarity(rarity.min(Rarity::COINED.0)), is_name)
}
