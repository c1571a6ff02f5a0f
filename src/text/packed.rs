//! What a dictionary says, in the few bits that its tables hold for a word or a pair of characters. The build packs
//! them (`build/dictionary.rs`), so that a program that starts has them at once.

use super::hash::Part;
use super::perfect::Perfect;

/// English words and the syllables of Chinese: some 95,000.
pub type EnglishWords = Perfect<{ 1 << 15 }, { 1 << 17 }>;
/// Pairs of Chinese characters that are words or begin longer ones: some 70,000.
pub type ChinesePairs = Perfect<{ 1 << 14 }, { 1 << 17 }>;
/// All other Chinese words: some 50,000.
pub type OtherChinese = Perfect<{ 1 << 15 }, { 1 << 16 }>;

/// Binary logarithm of all counts of the Chinese dictionary's source.
const TOTAL: u8 = 26;
/// What a Chinese character costs that is no word.
pub const STRANGER: u8 = 24;
/// What stands for the cost of what is no word: more than as many strangers as the longest word has.
pub const NO_WORD: u8 = 0x7f;

/// What a Chinese word costs whoever reads it, in bits: the rarer, the more.
#[must_use]
pub fn cost(frequency: u8) -> u8 {
    TOTAL.saturating_sub(frequency)
}

/// Where a word stands that is looked up by all of its letters or characters.
#[must_use]
#[inline]
pub fn word_hash(text: Part) -> u64 {
    const PURPOSE: u64 = 0x57;
    text.finish(PURPOSE)
}

/// One of sixteen bits, so that most characters that no word goes on with are told from those that one does.
#[must_use]
pub fn third_bit(c: char) -> u16 {
    1 << (u32::from(c).wrapping_mul(0x9E37_79B1) >> 28)
}

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

/// What the dictionary knows of a word or of a pair of Chinese characters; 0 for nothing. From its last bit on: five bits
/// of the frequency; two of the kind, 0 where longer words only begin with it; two of the lengths of longer words, 3 and
/// 4; seven of how much less than [`NO_WORD`] it costs as a word; with which characters longer words go on, a
/// [`third_bit`] for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known(pub u32);

impl Known {
    pub const KIND: u32 = 5;
    pub const LONGER: u32 = 7;
    pub const CHEAPER: u32 = 9;
    pub const THIRDS: u32 = 16;
    /// In the place of those, of Latin letters: the number of the syllable that they spell, 0 for none.
    pub const SYLLABLE: u32 = Self::THIRDS;

    /// Most that a frequency can be.
    pub const FREQUENCY_MAX: u8 = 31;

    /// The word that it is, if it is one.
    #[must_use]
    pub fn word(self) -> Option<Word> {
        let kind = match self.0 >> Self::KIND & 3 {
            1 => Kind::Ordinary,
            2 => Kind::Name,
            3 => Kind::Proper,
            _ => return None,
        };
        let [low, ..] = self.0.to_le_bytes();
        Some(Word { kind, frequency: low & Self::FREQUENCY_MAX })
    }

    /// The number of the Chinese syllable that Latin letters spell.
    #[must_use]
    #[inline]
    pub fn syllable(self) -> Option<u16> {
        let [_, _, low, high] = self.0.to_le_bytes();
        Some(u16::from_le_bytes([low, high])).filter(|number| *number != 0)
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
        (self.0 >> Self::LONGER & 3) << 3
    }
}
