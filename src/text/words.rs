//! Which words are ordinary, and how common.

use std::sync::LazyLock;

use super::hash::{Part, part_of};

/// `WORD KIND FREQUENCY` a line, see `data/README.md`.
const ENGLISH: &str = include_str!("data/words_en.txt");
const CHINESE: &str = include_str!("data/words_zh.txt");

/// What a dictionary says of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    pub kind: Kind,
    /// Binary logarithm of its count in its dictionary's source; at most 31.
    pub frequency: u8,
}

/// What a word is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// People use it whatever they speak of.
    Ordinary,
    /// A person or place.
    Name,
    /// Another proper name, a maker's perhaps: known to be a word, and nothing more.
    Proper,
}

/// The English word of this folded text, if it is one.
#[must_use]
pub fn english(text: Part) -> Option<Word> {
    ENGLISH_WORDS.get(text.finish(PURPOSE))
}

/// The Chinese word of this folded text, if it is one.
#[must_use]
pub fn chinese(text: Part) -> Option<Word> {
    CHINESE_WORDS.get(text.finish(PURPOSE))
}

/// How common a Chinese character is as a word of its own; `None` where it is none.
#[must_use]
pub fn single(c: char) -> Option<u8> {
    let index = u32::from(c).checked_sub(SINGLES_FIRST)? as usize;
    SINGLES.get(index).copied().filter(|frequency| *frequency > 0)
}

/// How long the Chinese words may be that begin with these two characters, one bit for each length up to seven.
#[must_use]
pub fn word_lengths(pair: Part) -> u8 {
    LENGTHS.get(length_place(pair)).copied().unwrap_or(0)
}

const SINGLES_FIRST: u32 = 0x4E00;
const SINGLES_COUNT: usize = 0x5200;
const LENGTHS_BITS: u32 = 18;

static SINGLES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut singles = vec![0; SINGLES_COUNT];
    for line in CHINESE.lines() {
        let mut fields = line.split(' ');
        let (Some(text), Some(frequency)) = (fields.next(), fields.nth(1)) else { continue };
        let mut chars = text.chars();
        let (Some(only), None) = (chars.next(), chars.next()) else { continue };
        let index = u32::from(only).wrapping_sub(SINGLES_FIRST) as usize;
        if let Some(slot) = singles.get_mut(index) {
            *slot = frequency.parse().unwrap_or(0);
        }
    }
    singles
});

/// By the hash of a word's first two characters; two pairs can share a place, and then each other's lengths.
static LENGTHS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut lengths = vec![0; 1 << LENGTHS_BITS];
    for word in CHINESE.lines().filter_map(|line| line.split(' ').next()) {
        let length = word.chars().count();
        let place = length_place(part_of(word.chars().take(2).map(u32::from)));
        if let Some(slot) = lengths.get_mut(place).filter(|_| length > 1) {
            *slot |= 1_u8.checked_shl(u32::try_from(length).unwrap_or(u32::MAX)).unwrap_or(0);
        }
    }
    lengths
});

fn length_place(pair: Part) -> usize {
    (pair.finish(PURPOSE) >> (u64::BITS - LENGTHS_BITS)) as usize
}

const PURPOSE: u64 = 0x57;

/// Open addressing. A slot holds half a hash whose last seven bits are the word's facts; a text whose 25 other bits are
/// those of a word at its place is taken for the word, which happens to one text in ten million.
struct Words {
    slots: Vec<u32>,
    mask: usize,
}

const FACTS: u32 = 0x7f;

static ENGLISH_WORDS: LazyLock<Words> = LazyLock::new(|| Words::read(ENGLISH));
static CHINESE_WORDS: LazyLock<Words> = LazyLock::new(|| Words::read(CHINESE));

impl Words {
    fn read(lines: &str) -> Self {
        let size = (lines.lines().count() * 2).next_power_of_two();
        let mut words = Self { slots: vec![0; size], mask: size - 1 };
        for line in lines.lines() {
            let mut fields = line.split(' ');
            let (Some(text), Some(kind), Some(frequency)) =
                (fields.next(), fields.next(), fields.next())
            else {
                continue;
            };
            let frequency = frequency.parse::<u32>().unwrap_or(0).min(31);
            let kind = match kind {
                "n" => 1,
                "p" => 2,
                _ => 0,
            };
            let facts = frequency | kind << 5;
            words.insert(part_of(text.chars().map(u32::from)).finish(PURPOSE), facts);
        }
        words
    }

    fn insert(&mut self, hash: u64, facts: u32) {
        let tag = tag(hash);
        for index in self.probes(hash) {
            match self.slots.get_mut(index) {
                Some(slot) if *slot == 0 => {
                    *slot = tag | facts;
                    return;
                }
                _ => {}
            }
        }
    }

    fn get(&self, hash: u64) -> Option<Word> {
        let tag = tag(hash);
        for index in self.probes(hash) {
            let slot = self.slots.get(index).copied().unwrap_or(0);
            if slot == 0 {
                return None;
            }
            if slot & !FACTS == tag {
                let frequency = u8::try_from(slot & 31).unwrap_or(0);
                let kind = match slot >> 5 & 3 {
                    0 => Kind::Ordinary,
                    1 => Kind::Name,
                    _ => Kind::Proper,
                };
                return Some(Word { kind, frequency });
            }
        }
        None
    }

    /// The slots in which a hash may stand, in the order in which they are tried.
    fn probes(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let first = (hash >> 32) as usize;
        let mask = self.mask;
        (0..=mask).map(move |step| (first + step) & mask)
    }
}

/// Never the empty slot.
fn tag(hash: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the last half is what is meant")]
    let half = hash as u32;
    half & !FACTS | 1 << 7
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Option<Word> {
        let part = part_of(text.chars().map(u32::from));
        english(part).or_else(|| chinese(part))
    }

    #[test]
    fn ordinary_words_are_told_from_names_and_coined_ones() {
        let shoes = find("shoes").unwrap();
        assert!(
            shoes.kind == Kind::Ordinary && shoes.frequency > find("poorhouse").unwrap().frequency
        );
        assert_eq!(find("yokohama").unwrap().kind, Kind::Name);
        assert_eq!(find("精美").unwrap().kind, Kind::Ordinary);
        assert_eq!(find("长安").unwrap().kind, Kind::Name);
        assert_eq!(find("天鹅绒").unwrap().kind, Kind::Proper);
        for coined in ["xiaomi", "qwxz", "耐克", ""] {
            assert_eq!(find(coined), None, "{coined}");
        }
    }
}
