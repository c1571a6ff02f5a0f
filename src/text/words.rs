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

const PURPOSE: u64 = 0x57;

/// Open addressing. A slot holds a hash whose last seven bits are the word's facts; two words of one hash are taken
/// for the same, which with 57 bits is not to be expected.
struct Words {
    slots: Vec<u64>,
    mask: usize,
}

const FACTS: u64 = 0x7f;

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
            let frequency = frequency.parse::<u64>().unwrap_or(0).min(31);
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

    fn insert(&mut self, hash: u64, facts: u64) {
        for index in self.probes(hash) {
            match self.slots.get_mut(index) {
                Some(slot) if *slot == 0 => {
                    *slot = hash & !FACTS | facts;
                    return;
                }
                _ => {}
            }
        }
    }

    fn get(&self, hash: u64) -> Option<Word> {
        for index in self.probes(hash) {
            let slot = self.slots.get(index).copied().unwrap_or(0);
            if slot == 0 {
                return None;
            }
            if (slot ^ hash) & !FACTS == 0 {
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
        let first = (hash >> 20) as usize;
        let mask = self.mask;
        (0..=mask).map(move |step| (first + step) & mask)
    }
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
