//! The forms in which a mark may be written, made from what is recorded.

use crate::text::han::{pinyin, syllable};
use crate::text::hash::{PART_MAX, Part, part_of};
use crate::text::words::{Kind, Word, chinese, english};
use crate::text::{Class, FoldedText, Unit};

/// How far a form is from the words that people use anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rarity(pub u8);

impl Rarity {
    /// No word of any dictionary.
    pub const COINED: Self = Self(30);
}

/// Which letters of a text are capitals, where that says all about how it is written: two texts of the same letters, apart
/// at the same places, that have the same ones are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Capitals {
    Absent,
    All,
    /// The first of each word.
    Firsts,
}

impl Capitals {
    /// `None` where they are others, or more is folded than capitals. The units are those of the text, whatever stands
    /// before it.
    pub(super) fn of(text: &str, units: &[Unit]) -> Option<Self> {
        let (mut has_capital, mut has_small, mut only_firsts) = (false, false, true);
        let mut chars = (units.first()?.start..).zip(text.chars());
        for (index, unit) in units.iter().enumerate() {
            let (_, c) = chars.find(|(at, _)| *at == unit.start)?;
            let is_first = index == 0 || unit.gap.is_apart();
            if c != unit.read {
                if c.to_ascii_lowercase() != unit.read {
                    return None;
                }
                has_capital = true;
                only_firsts &= is_first;
            } else if c.is_lowercase() {
                has_small = true;
                only_firsts &= !is_first;
            }
        }
        match (has_capital, has_small) {
            (false, _) => Some(Self::Absent),
            (true, false) => Some(Self::All),
            (true, true) => only_firsts.then_some(Self::Firsts),
        }
    }
}

/// Frequency from which on a Chinese name is an ordinary word too.
const COMMON_NAME: u8 = 8;

/// Whether a folded name can be compared: neither is nothing left of it, nor too much.
pub(super) fn is_comparable(folded: &FoldedText) -> bool {
    (1..=PART_MAX).contains(&folded.units().len()) && !folded.is_cut()
}

/// Makes letters of how a Chinese form sounds. `false` where it does not sound, is too short to mean something, or sounds
/// like an ordinary word.
pub(super) fn transliterate(form: &[char], letters: &mut Vec<char>) -> bool {
    const LETTERS_LEAST: usize = 5;
    letters.clear();
    for c in form {
        let sound = pinyin(syllable(*c));
        if sound.is_empty() {
            return false;
        }
        letters.extend(sound.chars());
    }
    form.len() >= 2
        && (LETTERS_LEAST..=PART_MAX).contains(&letters.len())
        && english(part_of(letters.iter().map(|c| u32::from(*c)))).is_none()
}

/// Where units stand apart, one bit each.
pub(super) fn gaps(units: &[Unit]) -> u64 {
    let apart = units.iter().enumerate().skip(1).filter(|(_, unit)| unit.gap.is_apart());
    apart.fold(0, |gaps, (index, _)| {
        gaps | 1_u64.checked_shl(u32::try_from(index).unwrap_or(64)).unwrap_or(0)
    })
}

/// How rare a folded name is, and whether it is the name of a person or place: the rarer its words and the more of them,
/// the less it is met by chance.
pub(super) fn ordinariness(folded: &FoldedText) -> (Rarity, bool) {
    let units = folded.units();
    let hash = |range: std::ops::Range<usize>| {
        part_of(units.get(range).unwrap_or_default().iter().map(|unit| u32::from(unit.read)))
    };
    let is_han = units.iter().all(|unit| unit.class == Class::Han);
    if is_han {
        let known = chinese().word(units.iter().map(|unit| unit.read));
        // What the dictionary calls a name is also what people wear pictures of, if it is common: 熊猫, 牡丹, 长城.
        let ordinary = known.filter(|word| match word.kind {
            Kind::Ordinary => true,
            Kind::Name => word.frequency >= COMMON_NAME,
            Kind::Proper => false,
        });
        let rarity = ordinary.map_or(Rarity::COINED.0, |word| 22_u8.saturating_sub(word.frequency));
        return (Rarity(rarity), known.is_some_and(|word| word.kind == Kind::Name));
    }
    let mut rarity = 0_u8;
    let mut is_name = true;
    for token in folded.tokens() {
        let known = english(hash(token.clone()));
        is_name &= known.is_some_and(|word| word.kind == Kind::Name);
        rarity = rarity.saturating_add(word_rarity(known, token.len()));
    }
    (Rarity(rarity.min(Rarity::COINED.0)), is_name)
}

/// How rare a Latin form is where it is written in other words than recorded, joined or parted: no rarer than those words
/// are together.
pub(super) fn rarity_in_words(form: Rarity, words: impl Iterator<Item = Part>) -> Rarity {
    /// What two words together are rarer than their frequencies say, which count from a rare word's.
    const TOGETHER: u8 = 6;
    let rarities = words.map(|word| word_rarity(english(word), word.len()));
    let together = rarities.reduce(|a, b| a.saturating_add(b).saturating_add(TOGETHER));
    together.map_or(form, |together| form.min(Rarity(together)))
}

/// How rare a word of so many letters is, as the dictionary knows it.
fn word_rarity(known: Option<Word>, len: usize) -> u8 {
    let frequency = match known {
        Some(word) if word.kind != Kind::Ordinary => 0,
        Some(word) => word.frequency.max(12),
        None if len <= 2 => 28,
        None => 0,
    };
    32_u8.saturating_sub(frequency)
}
