//! Which words are ordinary, and how common.

use std::sync::LazyLock;

use hashbrown::HashMap;

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
    /// How common each character is as a word of its own, from [`SINGLES_FIRST`] on; 0 where it is none.
    singles: Vec<u8>,
    /// Pairs of characters that are words or begin longer ones.
    pairs: Words,
    /// All other words.
    others: Words,
}

/// What a dictionary says of the words that begin with two characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beginning {
    /// What they are themselves, if they are a word.
    pub word: Option<Word>,
    /// How long the longer words are, one bit for each of the lengths 3 and 4.
    pub longer: u32,
}

impl Chinese {
    /// The word that a folded text is, if it is one.
    #[must_use]
    pub fn word(&self, text: Part) -> Option<Word> {
        if text.len() == 2 {
            self.beginning(self.look_up(text)).word
        } else {
            self.others.get(text)?.word()
        }
    }

    /// How common a character is as a word of its own; `None` where it is none.
    #[must_use]
    pub fn single(&self, c: char) -> Option<u8> {
        let index = u32::from(c).wrapping_sub(SINGLES_FIRST) as usize;
        self.singles.get(index).copied().filter(|frequency| *frequency > 0)
    }

    /// Looks at the memory that says which words begin with two characters, without waiting for it.
    #[must_use]
    pub fn look_up(&self, pair: Part) -> Lookup {
        self.pairs.look_up(pair)
    }

    /// The words that begin with two characters.
    #[must_use]
    pub fn beginning(&self, pair: Lookup) -> Beginning {
        let facts = self.pairs.read(pair);
        facts.map_or(Beginning::default(), |it| Beginning { word: it.word(), longer: it.longer() })
    }

    fn read(lines: &str) -> Self {
        let mut singles = vec![0; SINGLES_COUNT];
        let mut pairs = HashMap::<Part, Facts>::new();
        let mut others = Vec::new();
        for (text, facts) in entries(lines) {
            let mut chars = text.chars();
            let (Some(first), second) = (chars.next(), chars.next()) else { continue };
            let longer = u32::try_from(chars.count()).unwrap_or(u32::MAX);
            if let Some(second) = second {
                let pair = part_of([first, second].map(u32::from));
                let known = pairs.entry(pair).or_insert(Facts::NO_WORD);
                *known = if longer == 0 {
                    known.with_word(facts)
                } else {
                    known.with_longer(longer + 2)
                };
            } else if let Some(slot) =
                singles.get_mut(u32::from(first).wrapping_sub(SINGLES_FIRST) as usize)
            {
                *slot = facts.frequency();
            }
            if second.is_none() || longer > 0 {
                others.push((part_of(text.chars().map(u32::from)), facts));
            }
        }
        Self { singles, pairs: Words::of(pairs), others: Words::of(others) }
    }
}

/// The entries of a dictionary.
fn entries(lines: &str) -> impl Iterator<Item = (&str, Facts)> {
    lines.lines().filter_map(|line| {
        let mut fields = line.split(' ');
        let (text, kind, frequency) = (fields.next()?, fields.next()?, fields.next()?);
        Some((text, Facts::of(kind, frequency.parse().unwrap_or(0))))
    })
}

const SINGLES_FIRST: u32 = 0x4E00;
const SINGLES_COUNT: usize = 0x5200;

const PURPOSE: u64 = 0x57;

static ENGLISH_WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        entries(ENGLISH)
            .map(|(text, facts)| (part_of(text.chars().map(u32::from)), facts))
            .collect::<Vec<_>>(),
    )
});
static CHINESE_WORDS: LazyLock<Chinese> = LazyLock::new(|| Chinese::read(CHINESE));

/// What a dictionary says, in nine bits: five of the frequency, two of the kind, two of the lengths of longer words.
#[derive(Debug, Clone, Copy)]
struct Facts(u32);

impl Facts {
    const ALL: u32 = 0x1ff;
    const KIND: u32 = 5;
    const LONGER: u32 = 7;
    /// Of a pair of characters with which only longer words begin.
    const NO_WORD: Self = Self(3 << Self::KIND);

    fn of(kind: &str, frequency: u32) -> Self {
        let kind = match kind {
            "n" => 1,
            "p" => 2,
            _ => 0,
        };
        Self(frequency.min(31) | kind << Self::KIND)
    }

    fn with_word(self, word: Self) -> Self {
        Self(self.longer() << (Self::LONGER - 3) | word.0)
    }

    fn with_longer(self, length: u32) -> Self {
        Self(self.0 | 1_u32.checked_shl(Self::LONGER - 3 + length).unwrap_or(0) & Self::ALL)
    }

    fn frequency(self) -> u8 {
        u8::try_from(self.0 & 31).unwrap_or(0)
    }

    fn word(self) -> Option<Word> {
        let kind = match self.0 >> Self::KIND & 3 {
            0 => Kind::Ordinary,
            1 => Kind::Name,
            2 => Kind::Proper,
            _ => return None,
        };
        Some(Word { kind, frequency: self.frequency() })
    }

    /// One bit for each length.
    fn longer(self) -> u32 {
        self.0 >> Self::LONGER << 3
    }
}

/// Where a text would stand in a dictionary, and what does.
#[derive(Debug, Clone, Copy)]
pub struct Lookup {
    hash: u64,
    slot: u32,
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
                *slot = tag(hash) | facts.0;
            }
        }
        table
    }

    fn get(&self, text: Part) -> Option<Facts> {
        self.read(self.look_up(text))
    }

    fn look_up(&self, text: Part) -> Lookup {
        let hash = text.finish(PURPOSE);
        Lookup { hash, slot: self.slot((hash >> 32) as usize) }
    }

    fn read(&self, Lookup { hash, mut slot }: Lookup) -> Option<Facts> {
        let tag = tag(hash);
        let mut place = (hash >> 32) as usize;
        loop {
            if slot == 0 {
                return None;
            }
            if slot & !Facts::ALL == tag {
                return Some(Facts(slot & Facts::ALL));
            }
            place += 1;
            slot = self.slot(place);
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
    half & !Facts::ALL | 1 << 9
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::bits;

    fn find(text: &str) -> Option<Word> {
        let part = part_of(text.chars().map(u32::from));
        english(part).or_else(|| chinese().word(part))
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
    fn a_pair_says_which_words_begin_with_it() {
        let beginning = |pair: &str| {
            let dictionary = chinese();
            dictionary.beginning(dictionary.look_up(part_of(pair.chars().map(u32::from))))
        };
        let longer = |pair: &str| bits(beginning(pair).longer).collect::<Vec<_>>();
        // A word that goes on as 长安街; one that only begins 乌鲁克 and 乌鲁木齐; no beginning of any.
        assert_eq!(beginning("长安").word.unwrap().kind, Kind::Name);
        assert!(longer("长安").contains(&3));
        assert_eq!((beginning("乌鲁").word, longer("乌鲁")), (None, vec![3, 4]));
        assert_eq!(beginning("鞋鞋"), Beginning::default());
    }
}
