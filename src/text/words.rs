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
    pairs: Pairs,
    /// All other words.
    others: Words,
}

/// What a dictionary says of the words that begin with two characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beginning {
    /// What they are themselves, if they are a word.
    pub word: Option<Word>,
    /// How long the longer words may be, one bit for each of the lengths 3 and 4.
    pub longer: u32,
}

impl Chinese {
    /// The word that a folded text is, if it is one.
    #[must_use]
    pub fn word(&self, text: Part) -> Option<Word> {
        let facts =
            if text.len() == 2 { self.look_up(text).facts() } else { self.others.get(text) };
        facts?.word()
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

    /// The words that begin with two characters before a third.
    #[must_use]
    pub fn beginning(&self, pair: Lookup, third: char) -> Beginning {
        let Some(facts) = pair.facts() else { return Beginning::default() };
        let goes_on = pair.thirds & third_bit(third) != 0;
        Beginning { word: facts.word(), longer: if goes_on { facts.longer() } else { 0 } }
    }

    fn read(lines: &str) -> Self {
        let mut singles = vec![0; SINGLES_COUNT];
        let mut pairs = HashMap::<Part, (Facts, u16)>::new();
        let mut others = Vec::new();
        for (text, facts) in entries(lines) {
            let mut chars = text.chars();
            let (Some(first), second, third) = (chars.next(), chars.next(), chars.next()) else {
                continue;
            };
            let Some(second) = second else {
                let index = u32::from(first).wrapping_sub(SINGLES_FIRST) as usize;
                if let Some(slot) = singles.get_mut(index) {
                    *slot = facts.frequency();
                }
                others.push((part_of([u32::from(first)]), facts));
                continue;
            };
            let pair = part_of([first, second].map(u32::from));
            let (known, thirds) = pairs.entry(pair).or_insert((Facts::NO_WORD, 0));
            if let Some(third) = third {
                let length = 3 + u32::try_from(chars.count()).unwrap_or(u32::MAX - 3);
                *known = known.with_longer(length);
                *thirds |= third_bit(third);
                others.push((part_of(text.chars().map(u32::from)), facts));
            } else {
                *known = known.with_word(facts);
            }
        }
        Self { singles, pairs: Pairs::of(pairs.into_iter()), others: Words::of(others) }
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

/// A pair of characters, and what stands at its place.
#[derive(Debug, Clone, Copy)]
pub struct Lookup {
    hash: u64,
    slot: u32,
    thirds: u16,
}

impl Lookup {
    fn facts(self) -> Option<Facts> {
        (self.slot & !Facts::ALL == tag(self.hash)).then_some(Facts(self.slot & Facts::ALL))
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
                *slot = tag(hash) | facts.0;
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
            if slot & !Facts::ALL == tag {
                return Some(Facts(slot & Facts::ALL));
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

/// A table in which every pair has a place of its own, so that one look says what stands there: a text asks for all of its
/// pairs, hardly any two of which are alike, and a search that goes on would be guessed wrong by the processor. Hashes are
/// put into small groups, and each group has a displacement that was chosen when the table was made so that nothing of it
/// falls on anything else ("hash, displace", Pagh 1999). A slot is as in [`Words`].
#[derive(Debug)]
struct Pairs {
    displacements: Vec<u8>,
    slots: Vec<u32>,
    /// With which characters longer words go on, a [`third_bit`] for each.
    thirds: Vec<u16>,
}

/// A pair, and what begins with it.
type Begun = (u64, Facts, u16);

impl Pairs {
    /// Pairs of one group, on average.
    const GROUP: usize = 4;

    fn of(pairs: impl Iterator<Item = (Part, (Facts, u16))>) -> Self {
        let hashed = pairs.map(|(pair, (facts, thirds))| (pair.finish(PURPOSE), facts, thirds));
        let mut pairs = hashed.collect::<Vec<Begun>>();
        pairs.sort_unstable_by_key(|(hash, ..)| *hash);
        let room = pairs.len() + pairs.len() / 2 + 1;
        let mut table = Self {
            displacements: vec![0; pairs.len() / Self::GROUP + 1],
            slots: vec![0; room],
            thirds: vec![0; room],
        };
        // They stand in the order of their groups. The largest are placed first, while there is most room.
        let mut by_size = pairs
            .chunk_by(|(a, ..), (b, ..)| table.group(*a) == table.group(*b))
            .collect::<Vec<_>>();
        by_size.sort_unstable_by_key(|group| std::cmp::Reverse(group.len()));
        for group in by_size {
            table.place_group(group);
        }
        table
    }

    /// Chooses a displacement that leads each pair of a group to a free place. There is one for every group of the
    /// dictionary, as a test makes sure.
    fn place_group(&mut self, pairs: &[Begun]) {
        let mut places = Vec::with_capacity(pairs.len());
        for displacement in 0..=u8::MAX {
            places.clear();
            let is_free = |(hash, ..): &Begun| {
                let place = self.place(*hash, displacement);
                let is_free = self.slots.get(place) == Some(&0) && !places.contains(&place);
                places.push(place);
                is_free
            };
            if pairs.iter().all(is_free) {
                self.put(pairs, &places, displacement);
                return;
            }
        }
    }

    fn put(&mut self, pairs: &[Begun], places: &[usize], displacement: u8) {
        for ((hash, facts, thirds), place) in pairs.iter().zip(places) {
            let group = self.group(*hash);
            if let Some(chosen) = self.displacements.get_mut(group) {
                *chosen = displacement;
            }
            if let (Some(slot), Some(known)) =
                (self.slots.get_mut(*place), self.thirds.get_mut(*place))
            {
                *slot = tag(*hash) | facts.0;
                *known = *thirds;
            }
        }
    }

    /// Looks at the memory that says what is known of a pair, without waiting for it.
    fn look_up(&self, pair: Part) -> Lookup {
        let hash = pair.finish(PURPOSE);
        let displacement = self.displacements.get(self.group(hash)).copied().unwrap_or(0);
        let place = self.place(hash, displacement);
        Lookup {
            hash,
            slot: self.slots.get(place).copied().unwrap_or(0),
            thirds: self.thirds.get(place).copied().unwrap_or(0),
        }
    }

    fn group(&self, hash: u64) -> usize {
        scaled(hash, self.displacements.len())
    }

    fn place(&self, hash: u64, displacement: u8) -> usize {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let other = hash ^ (u64::from(displacement) + 1).wrapping_mul(ODD);
        scaled((other ^ other >> 32).wrapping_mul(ODD), self.slots.len())
    }
}

/// A place among so many, by the first half of a hash.
fn scaled(hash: u64, places: usize) -> usize {
    (((hash >> 32) * places as u64) >> 32) as usize
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
    fn every_word_has_its_place() {
        let part = |text: &str| part_of(text.chars().map(u32::from));
        for (text, facts) in entries(ENGLISH) {
            assert_eq!(english(part(text)), facts.word(), "{text}");
        }
        for (text, facts) in entries(CHINESE) {
            assert_eq!(chinese().word(part(text)), facts.word(), "{text}");
        }
    }

    #[test]
    fn a_pair_says_which_words_begin_with_it() {
        let beginning = |text: &str| {
            let dictionary = chinese();
            let [first, second, third] = text.chars().collect::<Vec<_>>()[..] else { panic!() };
            let pair = dictionary.look_up(part_of([first, second].map(u32::from)));
            dictionary.beginning(pair, third)
        };
        let longer = |text: &str| bits(beginning(text).longer).collect::<Vec<_>>();
        // A word that goes on as 长安街; one that only begins 乌鲁克 and 乌鲁木齐; no beginning of any.
        assert_eq!(beginning("长安街").word.unwrap().kind, Kind::Name);
        assert!(longer("长安街").contains(&3));
        assert_eq!((beginning("乌鲁木").word, longer("乌鲁木")), (None, vec![3, 4]));
        assert_eq!(beginning("鞋鞋鞋"), Beginning::default());
        // Nothing goes on with most characters.
        let all = (0x4E00..0x4F00).filter_map(char::from_u32);
        let may_go_on = all.filter(|third| !longer(&format!("长安{third}")).is_empty());
        assert!((1..128).contains(&may_go_on.count()));
    }
}
