//! Which words are ordinary, and how common.

use std::sync::LazyLock;

use super::han::{BLOCK, in_block};
use super::hash::{Part, pair_hash, part_of};
use super::perfect::Perfect;

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
    ENGLISH_WORDS.get(text)?.word()
}

/// The Chinese dictionary.
#[must_use]
pub fn chinese() -> &'static Chinese {
    &CHINESE_WORDS
}

/// What is known of Chinese words.
#[derive(Debug)]
pub struct Chinese {
    /// What each character of the block costs as a word of its own.
    singles: Vec<u8>,
    /// Pairs of characters that are words or begin longer ones: some 70,000.
    pairs: Perfect<{ 1 << 14 }, { 1 << 17 }>,
    /// All other words: some 50,000.
    others: Perfect<{ 1 << 14 }, { 1 << 16 }>,
}

/// Binary logarithm of all counts of the Chinese dictionary's source.
const TOTAL: u8 = 26;
/// What a character costs that is no word.
const STRANGER: u8 = 24;
/// What stands for the cost of what is no word: more than as many strangers as the longest word has.
pub const NO_WORD: u8 = 0x7f;

/// What a Chinese word costs whoever reads it, in bits: the rarer, the more.
#[must_use]
pub fn cost(frequency: u8) -> u8 {
    TOTAL.saturating_sub(frequency)
}

impl Chinese {
    /// The word that these characters are, if they are one.
    #[must_use]
    pub fn word(&self, chars: impl Iterator<Item = char> + Clone) -> Option<Word> {
        let mut ahead = chars.clone();
        match [ahead.next(), ahead.next(), ahead.next()] {
            [Some(first), Some(second), None] => self.pair(first, second).facts().word(),
            _ => self.other(part_of(chars.map(u32::from))).facts().word(),
        }
    }

    /// What a text that is no pair of characters [costs](cost) as a word; [`NO_WORD`] where it is none.
    #[must_use]
    #[inline]
    pub fn longer_cost(&self, text: Part) -> u8 {
        self.other(text).cost()
    }

    fn other(&self, text: Part) -> Known {
        Known(self.others.get(text.finish(PURPOSE)))
    }

    /// What a character [costs](cost) as a word of its own.
    #[must_use]
    #[inline]
    pub fn single_cost(&self, c: char) -> u8 {
        self.singles.get(in_block(c)).copied().unwrap_or(STRANGER)
    }

    /// What is known of two characters.
    #[must_use]
    #[inline]
    pub fn pair(&self, first: char, second: char) -> Known {
        Known(self.pairs.get(pair_hash(first, second)))
    }

    /// Reads words in the order of their characters.
    fn read(lines: &str) -> Self {
        let mut singles = vec![STRANGER; BLOCK];
        let mut pairs = Vec::<((char, char), Facts, u16)>::new();
        let mut others = Vec::new();
        for (text, facts) in entries(lines) {
            let mut chars = text.chars();
            let (Some(first), second, third) = (chars.next(), chars.next(), chars.next()) else {
                continue;
            };
            let Some(second) = second else {
                if let Some(slot) = singles.get_mut(in_block(first))
                    && facts.frequency() > 0
                {
                    *slot = cost(facts.frequency());
                }
                others.push((part_of([u32::from(first)]), facts));
                continue;
            };
            if pairs.last().is_none_or(|(last, ..)| *last != (first, second)) {
                pairs.push(((first, second), Facts::default(), 0));
            }
            let Some((_, known, thirds)) = pairs.last_mut() else { continue };
            if let Some(third) = third {
                let length = 3 + u32::try_from(chars.count()).unwrap_or(u32::MAX - 3);
                *known = known.with_longer(length);
                *thirds |= third_bit(third);
                others.push((part_of(text.chars().map(u32::from)), facts));
            } else {
                *known = known.with_word(facts);
            }
        }
        let pairs = pairs.into_iter().map(|((first, second), facts, thirds)| {
            (pair_hash(first, second), Known::of(facts, thirds).0)
        });
        let others =
            others.into_iter().map(|(text, facts)| (text.finish(PURPOSE), Known::of(facts, 0).0));
        Self { singles, pairs: Perfect::of(pairs), others: Perfect::of(others) }
    }
}

/// What the dictionary knows of a pair of characters or of a longer word: from its last bits on, [`Facts`], how much less
/// than [`NO_WORD`] it costs as a word, and of a pair with which characters longer words go on, a [`third_bit`] for each.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known(u32);

impl Known {
    const CHEAPER: u32 = 9;
    const THIRDS: u32 = 16;

    fn of(facts: Facts, thirds: u16) -> Self {
        let cost = if facts.is_word() { cost(facts.frequency()) } else { NO_WORD };
        let cheaper = u32::from(NO_WORD - cost);
        Self(u32::from(thirds) << Self::THIRDS | cheaper << Self::CHEAPER | u32::from(facts.0))
    }

    fn facts(self) -> Facts {
        let [low, high, ..] = self.0.to_le_bytes();
        Facts(u16::from_le_bytes([low, high]) & Facts::ALL)
    }

    /// What it [costs](cost) as a word; [`NO_WORD`] where it is none.
    #[must_use]
    #[inline]
    pub fn cost(self) -> u8 {
        let [cheaper, ..] = (self.0 >> Self::CHEAPER).to_le_bytes();
        !cheaper & NO_WORD
    }

    /// Whether words may begin with it that go on with a third character.
    #[must_use]
    #[inline]
    pub fn goes_on(self, third: char) -> bool {
        self.0 >> Self::THIRDS & u32::from(third_bit(third)) != 0
    }

    /// How long the words are that begin with it and go on, one bit for each of the lengths 3 and 4.
    #[must_use]
    pub fn longer(self) -> u32 {
        self.facts().longer()
    }
}

/// One of sixteen bits, so that most characters that no word goes on with are told from those that one does.
fn third_bit(c: char) -> u16 {
    1 << (u32::from(c).wrapping_mul(0x9E37_79B1) >> 28)
}

/// The entries of a dictionary.
fn entries(lines: &str) -> impl Iterator<Item = (&str, Facts)> {
    lines.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (text, kind, frequency) = (fields.next()?, fields.next()?, fields.next()?);
        Some((text, Facts::of(kind, frequency.parse().unwrap_or(0))))
    })
}

const PURPOSE: u64 = 0x57;

static ENGLISH_WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        entries(ENGLISH)
            .map(|(text, facts)| (part_of(text.chars().map(u32::from)), facts))
            .collect::<Vec<_>>(),
    )
});
static CHINESE_WORDS: LazyLock<Chinese> = LazyLock::new(|| Chinese::read(CHINESE));

/// What a dictionary says, in nine bits: five of the frequency, two of the kind (0 where longer words only begin with
/// it), two of the lengths of longer words.
#[derive(Debug, Clone, Copy, Default)]
struct Facts(u16);

impl Facts {
    const ALL: u16 = 0x1ff;
    const KIND: u32 = 5;
    const LONGER: u32 = 7;

    fn of(kind: &str, frequency: u16) -> Self {
        let kind = match kind {
            "n" => 2,
            "p" => 3,
            _ => 1,
        };
        Self(frequency.min(31) | kind << Self::KIND)
    }

    fn with_word(self, word: Self) -> Self {
        Self(self.0 >> Self::LONGER << Self::LONGER | word.0)
    }

    fn with_longer(self, length: u32) -> Self {
        Self(self.0 | 1_u16.checked_shl(Self::LONGER - 3 + length).unwrap_or(0) & Self::ALL)
    }

    fn frequency(self) -> u8 {
        u8::try_from(self.0 & 31).unwrap_or(0)
    }

    fn is_word(self) -> bool {
        self.0 >> Self::KIND & 3 != 0
    }

    fn word(self) -> Option<Word> {
        let kind = match self.0 >> Self::KIND & 3 {
            1 => Kind::Ordinary,
            2 => Kind::Name,
            3 => Kind::Proper,
            _ => return None,
        };
        Some(Word { kind, frequency: self.frequency() })
    }

    /// One bit for each length.
    fn longer(self) -> u32 {
        u32::from(self.0 >> Self::LONGER << 3)
    }
}

/// Open addressing. A slot holds half a hash whose last nine bits are the word's facts; a text whose 23 other bits are
/// those of a word near its place is taken for the word, which happens to one text in some five million.
#[derive(Debug)]
struct Words {
    slots: Vec<u32>,
    mask: usize,
}

impl Words {
    fn of(words: impl IntoIterator<Item = (Part, Facts), IntoIter: ExactSizeIterator>) -> Self {
        let words = words.into_iter();
        let size = (words.len() * 2).next_power_of_two();
        let mut table = Self { slots: vec![0; size], mask: size - 1 };
        for (text, facts) in words {
            let hash = text.finish(PURPOSE);
            let free = table.probes(hash).find(|place| table.slots.get(*place) == Some(&0));
            if let Some(slot) = free.and_then(|place| table.slots.get_mut(place)) {
                *slot = tag(hash) | u32::from(facts.0);
            }
        }
        table
    }

    fn get(&self, text: Part) -> Option<Facts> {
        let hash = text.finish(PURPOSE);
        let tag = tag(hash);
        let mut place = (hash >> 32) as usize;
        loop {
            let slot = self.slot(place);
            if slot == 0 {
                return None;
            }
            let [low, high, ..] = slot.to_le_bytes();
            let facts = u16::from_le_bytes([low, high]) & Facts::ALL;
            if slot - u32::from(facts) == tag {
                return Some(Facts(facts));
            }
            place += 1;
        }
    }

    fn slot(&self, place: usize) -> u32 {
        self.slots.get(place & self.mask).copied().unwrap_or(0)
    }

    /// The slots in which a hash may stand, in the order in which they are tried.
    fn probes(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let first = (hash >> 32) as usize;
        let mask = self.mask;
        (first..first + self.slots.len()).map(move |place| place & mask)
    }
}

/// Never the empty slot.
fn tag(hash: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the last half is what is meant")]
    let half = hash as u32;
    half & !u32::from(Facts::ALL) | 1 << 9
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::bits;

    fn find(text: &str) -> Option<Word> {
        let part = part_of(text.chars().map(u32::from));
        english(part).or_else(|| chinese().word(text.chars()))
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

    #[test]
    fn every_word_has_its_place() {
        let part = |text: &str| part_of(text.chars().map(u32::from));
        for (text, facts) in entries(ENGLISH) {
            assert_eq!(english(part(text)), facts.word(), "{text}");
        }
        for (text, facts) in entries(CHINESE) {
            assert_eq!(chinese().word(text.chars()), facts.word(), "{text}");
        }
    }

    #[test]
    fn a_pair_says_which_words_begin_with_it() {
        let pair = |text: &str| {
            let [first, second] = text.chars().collect::<Vec<_>>()[..] else { panic!() };
            chinese().pair(first, second)
        };
        let known = |text: &str| (pair(text).cost(), bits(pair(text).longer()).collect::<Vec<_>>());
        // A word that goes on as 长安街; one that only begins 乌鲁克 and 乌鲁木齐; no beginning of any.
        let cost_of = |text: &str| find(text).map_or(NO_WORD, |word| cost(word.frequency));
        assert_eq!(known("长安"), (cost_of("长安"), vec![3]));
        assert_eq!(known("乌鲁"), (NO_WORD, vec![3, 4]));
        assert_eq!(known("鞋鞋"), (NO_WORD, vec![]));
        assert!(pair("长安").goes_on('街') && pair("乌鲁").goes_on('木'));
        let part = |text: &str| part_of(text.chars().map(u32::from));
        assert_eq!(chinese().longer_cost(part("长安街")), cost_of("长安街"));
        assert_eq!(chinese().longer_cost(part("乌鲁木")), NO_WORD);
        // Nothing goes on with most characters.
        let all = (0x4E00..0x4F00).filter_map(char::from_u32);
        assert!((1..128).contains(&all.filter(|third| pair("长安").goes_on(*third)).count()));
    }
}
