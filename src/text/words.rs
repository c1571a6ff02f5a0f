//! Which words are ordinary, and how common.

use super::block::{BLOCK, in_block};
use super::hash::{Part, pair_hash, part_of};
use super::packed::{ChinesePairs, EnglishWords, OtherChinese, STRANGER, word_hash};
pub use super::packed::{Kind, Known, NO_WORD, Word, cost};

/// Bytes that begin a line of memory, so that no slot of a table stands in two.
#[repr(align(64))]
struct Aligned<Bytes: ?Sized>(Bytes);

/// What the build made of a dictionary.
macro_rules! table {
    ($file:literal) => {{
        static TABLE: &Aligned<[u8]> =
            &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/", $file)));
        &TABLE.0
    }};
}

static ENGLISH: EnglishWords = EnglishWords::read(table!("english_words.bin"));
static CHINESE: Chinese = Chinese {
    singles: include_bytes!(concat!(env!("OUT_DIR"), "/chinese_singles.bin")),
    pairs: ChinesePairs::read(table!("chinese_pairs.bin")),
    others: OtherChinese::read(table!("other_chinese.bin")),
};

/// The English word of this folded text, if it is one.
#[must_use]
pub fn english(text: Part) -> Option<Word> {
    latin(text).word()
}

/// What is known of folded Latin text: the English word that it is, the Chinese syllable that it spells (`v` for ü).
#[must_use]
#[inline]
pub fn latin(text: Part) -> Known {
    Known(ENGLISH.get(word_hash(text)))
}

/// The Chinese dictionary.
#[must_use]
pub fn chinese() -> &'static Chinese {
    &CHINESE
}

/// What is known of Chinese words.
#[derive(Debug)]
pub struct Chinese {
    /// What each character of the block costs as a word of its own.
    singles: &'static [u8; BLOCK],
    pairs: ChinesePairs,
    others: OtherChinese,
}

impl Chinese {
    /// The word that these characters are, if they are one.
    #[must_use]
    pub fn word(&self, chars: impl Iterator<Item = char> + Clone) -> Option<Word> {
        let mut ahead = chars.clone();
        match [ahead.next(), ahead.next(), ahead.next()] {
            [Some(first), Some(second), None] => self.pair(first, second).word(),
            _ => self.other(part_of(chars.map(u32::from))).word(),
        }
    }

    /// What a text that is no pair of characters [costs](cost) as a word; [`NO_WORD`] where it is none.
    #[must_use]
    #[inline]
    pub fn longer_cost(&self, text: Part) -> u8 {
        self.other(text).cost()
    }

    fn other(&self, text: Part) -> Known {
        Known(self.others.get(word_hash(text)))
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{bits, han};

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

    /// The dictionaries as they are written: a word, its kind and its frequency a line.
    fn entries(lines: &str) -> impl Iterator<Item = (&str, Word)> {
        lines.lines().map(|line| {
            let [text, kind, frequency] = line.split(' ').collect::<Vec<_>>()[..] else { panic!() };
            let kind = match kind {
                "w" => Kind::Ordinary,
                "n" => Kind::Name,
                "p" => Kind::Proper,
                _ => panic!("{line}"),
            };
            (text, Word { kind, frequency: frequency.parse::<u8>().unwrap().min(31) })
        })
    }

    #[test]
    fn every_word_has_its_place() {
        let part = |text: &str| part_of(text.chars().map(u32::from));
        for (text, word) in entries(include_str!("data/words_en.txt")) {
            assert_eq!(english(part(text)), Some(word), "{text}");
        }
        for (text, word) in entries(include_str!("data/words_trade.txt")) {
            assert_eq!(find(text), Some(word), "{text}");
        }
        for (number, line) in (1..).zip(include_str!("data/readings.txt").lines()) {
            let (syllable, _) = line.split_once(' ').unwrap();
            assert_eq!(latin(part(syllable)).syllable(), Some(number), "{syllable}");
            assert_eq!(han::pinyin(number), syllable);
        }
        for text in ["", "nike", "shuangg", "Mi", "米"] {
            assert_eq!(latin(part(text)).syllable(), None, "{text}");
        }
        for (text, word) in entries(include_str!("data/words_zh.txt")) {
            assert_eq!(chinese().word(text.chars()), Some(word), "{text}");
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
