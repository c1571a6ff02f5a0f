//! The index of written forms: the forms, and the tables of hashes that nominate them.

use std::ops::Range;

use jiff::civil::Date;

use super::form::{Capitals, Rarity};
use super::keys::{Filter, GroupFilter, Keys, PairFacts};
use super::{Evidence, Guards, RecordalId};
use crate::domain::TechniqueSet;
use crate::text::han::{SYLLABLES_MAX, Syllable};
use crate::text::hash::{Part, part_of};

/// What a hash is of; each purpose has its own hashes.
pub(super) mod purpose {
    pub(in crate::register) const LETTERS: u64 = 1;
    pub(in crate::register) const SOUND: u64 = 2;
    /// A Chinese form of two characters: the first as it sounds, or the last.
    pub(in crate::register) const FIRST_SOUNDS: u64 = 6;
    pub(in crate::register) const LAST_SOUNDS: u64 = 11;
    pub(in crate::register) const LOOK: u64 = 3;
    pub(in crate::register) const EDIT: u64 = 4;
    /// The first token, or the last, of a form of several.
    pub(in crate::register) const EDGE: u64 = 5;
    /// The first two characters of a Chinese form, and the last two: one change leaves one of both pairs.
    pub(in crate::register) const HEAD: u64 = 7;
    pub(in crate::register) const TAIL: u64 = 8;
    /// A pair at an end of a Chinese form, and what stands beside it where the form does with an edit.
    pub(in crate::register) const AFTER_HEAD: Beside =
        Beside { pair: HEAD, next: 12, second: 13, sound: 14 };
    pub(in crate::register) const BEFORE_TAIL: Beside =
        Beside { pair: TAIL, next: 15, second: 16, sound: 17 };

    /// The purposes of hashes of what stands beside a pair.
    #[derive(Debug, Clone, Copy)]
    pub(in crate::register) struct Beside {
        /// The pair itself.
        pub(in crate::register) pair: u64,
        /// The next character.
        pub(in crate::register) next: u64,
        /// The one after it.
        pub(in crate::register) second: u64,
        /// How the next one sounds.
        pub(in crate::register) sound: u64,
    }

    /// A short Chinese form, two neighbours of it each in the other's place.
    pub(in crate::register) const SWAP: u64 = 10;
    /// A Chinese form of three characters, without the one between.
    pub(in crate::register) const ENDS: u64 = 18;
    /// Chinese characters, one of them replaced by one that looks like it.
    pub(in crate::register) const ALIKE: u64 = 9;
}

/// What Chinese forms do with a pair of characters.
pub(super) mod pair {
    /// Look like it, as a whole.
    pub(in crate::register) const LOOKS: u8 = 1;
    /// Begin like it, and have one character more.
    pub(in crate::register) const BEGINS_LIKE: u8 = 1 << 1;
    /// Begin with it, and are found with one change in what follows.
    pub(in crate::register) const HEADS: u8 = 1 << 2;
    /// End with it, and are found with one change in what is before.
    pub(in crate::register) const TAILS: u8 = 1 << 3;
    /// Begin with it when two of their characters change places, and have no pair at an end left then.
    pub(in crate::register) const SWAPS: u8 = 1 << 4;
    /// Go on with it when they begin with [`SWAPS`], one character further on.
    pub(in crate::register) const SWAPS_ON: u8 = 1 << 5;
}

/// The forms that begin with a pair of characters are longer than [`HAN_NEAR`].
pub(super) const LONG: u8 = 1 << 7;

/// A length of Chinese forms as one bit, from the least of [`HAN_NEAR`] on; [`LONG`] for more than its most.
pub(super) fn length_bit(length: usize) -> u8 {
    if HAN_NEAR.contains(&length) { 1 << (length - HAN_NEAR.start()) } else { LONG }
}

/// Characters of a Chinese mark that is found by its sound, by its look or with an edit.
pub(super) const HAN_NEAR: std::ops::RangeInclusive<usize> = 2..=8;
/// Shortest Chinese mark of which one pair of characters says enough to look at it closely.
pub(super) const HAN_ANCHORED_MIN: usize = 3;
/// Shortest form that is found by its look or with an edit, and longest.
pub(super) const FUZZY_MIN: usize = 4;
pub(super) const FUZZY_MAX: usize = super::compare::LETTERS_MAX;

#[derive(Debug, Default)]
pub(super) struct Index {
    /// Letters of all forms that are not short, one after the other.
    pub(super) letters: Vec<char>,
    pub(super) forms: Vec<Form>,
    /// Who recorded forms that somebody else had recorded before, form by form.
    pub(super) others: Vec<Written>,
    /// From the letters as they are.
    pub(super) exact: Keys,
    /// From looks and edits of Latin forms.
    pub(super) latin: Keys,
    /// From sounds and ends of Chinese forms.
    pub(super) han: Keys,
    /// From looks of Chinese forms. They are by far the most, and would crowd out what is asked for more often.
    pub(super) alike: Keys,
    pub(super) edges: Filter,
    /// What stands beside a pair at an end of a Chinese form, where the form does with an edit.
    pub(super) beside: GroupFilter,
    /// What Chinese forms do with pairs of characters: most pairs are settled here.
    pub(super) pairs: PairFacts,
    /// What Chinese forms do with two syllables, at [`sound_pair`].
    pub(super) sounds: Vec<SoundLengths>,
    pub(super) guards: Guards,
}

/// Letters of a form that stand in it.
pub(super) const SHORT_MAX: usize = 4;

/// One form, and who recorded it. Most that are found by chance are short and recorded once: what is asked of them stands
/// in one line of memory, since every line more of a large register is waited for.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Form {
    /// The letters, if there are no more.
    pub(super) short: [char; SHORT_MAX],
    pub(super) length: u8,
    /// Where those of a longer one begin in [`Index::letters`].
    pub(super) letters: u32,
    pub(super) first: Option<Written>,
    /// Where in [`Index::others`] those begin who recorded it too, and how many they are.
    pub(super) others: u32,
    pub(super) others_count: u32,
    pub(super) rarity: Rarity,
    pub(super) is_name: bool,
    pub(super) is_han: bool,
}

const _: () = assert!(size_of::<Form>() == 64, "a line of memory");

/// One recordal's way to write a form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) recordal: RecordalId,
    pub(super) evidence: Evidence,
    pub(super) gaps: u64,
    /// The days on which the recordal counts, both included.
    pub(super) first_day: Date,
    pub(super) last_day: Date,
    /// How the name is written.
    pub(super) capitals: Option<Capitals>,
}

impl Written {
    /// Whether the recordal, which is live as all are whose names are indexed, counts on a day of the register.
    pub(super) fn counts_on(&self, day: Date) -> bool {
        (self.first_day..=self.last_day).contains(&day)
    }
}

/// How long the Chinese forms are that begin and that end with two syllables, see [`length_bit`].
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SoundLengths {
    pub(super) begin: u8,
    pub(super) end: u8,
}

/// What is known of two characters of a text, a byte each: how long the forms are that begin with them, see [`length_bit`];
/// what forms do with them, see [`pair`]; how long those are that sound as if they began with them, and that end so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Opening(pub(super) u32);

impl Opening {
    /// No form has anything to do with them.
    pub(super) const IDLE: Self = Self(0);

    pub(super) fn new(begins: u8, does: u8, sounds: SoundLengths) -> Self {
        Self(u32::from_le_bytes([begins, does, sounds.begin, sounds.end]))
    }

    /// Whether no form has anything to do with them, whatever follows.
    pub(super) fn is_idle(self) -> bool {
        let [begins, does, sounds_begin, _] = self.0.to_le_bytes();
        begins | does | sounds_begin == 0
    }
}

/// What was found of a form in a text.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) form: u32,
    pub(super) units: Range<usize>,
    pub(super) techniques: TechniqueSet,
}

impl Index {
    pub(super) fn form_count(&self) -> usize {
        self.forms.len()
    }

    /// Bytes of memory it holds.
    pub(super) fn bytes(&self) -> usize {
        size_of::<char>() * self.letters.len()
            + size_of::<Form>() * self.forms.len()
            + size_of::<Written>() * self.others.len()
            + self.exact.bytes()
            + self.latin.bytes()
            + self.han.bytes()
            + self.alike.bytes()
            + self.edges.bytes()
            + self.beside.bytes()
            + self.pairs.bytes()
            + size_of::<SoundLengths>() * self.sounds.len()
    }

    pub(super) fn letters<'i>(&'i self, form: &'i Form) -> &'i [char] {
        let length = usize::from(form.length);
        let start = form.letters as usize;
        let letters = form.short.get(..length).or_else(|| self.letters.get(start..start + length));
        letters.unwrap_or_default()
    }

    /// The letters of the form of this number; none where there is none.
    pub(super) fn form_letters(&self, number: u32) -> &[char] {
        self.forms.get(number as usize).map_or(&[], |form| self.letters(form))
    }

    /// All who recorded a form, in the order of the register.
    pub(super) fn written<'i>(
        &'i self,
        form: &'i Form,
    ) -> impl Iterator<Item = &'i Written> + Clone {
        let start = form.others as usize;
        let others = self.others.get(start..start + form.others_count as usize);
        form.first.iter().chain(others.unwrap_or_default())
    }

    /// What the register knows of two characters, by their hash and by their sounds.
    #[inline]
    pub(super) fn opening(&self, pair: u64, first: Syllable, second: Syllable) -> Opening {
        let [begins, does] = self.pairs.of_pair(pair).to_le_bytes();
        let sounds = self.sounds.get(sound_pair(first, second)).copied().unwrap_or_default();
        Opening::new(begins, does, sounds)
    }
}

/// The place of two syllables in a table of all pairs.
pub(super) fn sound_pair(first: Syllable, second: Syllable) -> usize {
    usize::from(first) * SYLLABLES_MAX + usize::from(second)
}

/// What is hashed of a Chinese form of two characters of which one counts only as it sounds.
pub(super) fn sound_and_char(sound: Syllable, c: char) -> Part {
    part_of([u32::from(sound), u32::from(c)])
}
