//! How Chinese characters sound and what they look like.

use std::sync::LazyLock;

use super::block::{BLOCK, in_block};
use super::hash::{Part, part_of};

/// `SYLLABLE CHARACTERS` a line, see `data/README.md`.
const READINGS: &str = include_str!("data/readings.txt");
/// A character and those that look like it, a line.
const LOOKALIKES: &str = include_str!("data/lookalikes.txt");

/// A syllable without its tone; 0 stands for none.
pub type Syllable = u16;

/// Whether a character is one of those that words are written with; `build/fold_table.rs` has the same.
#[must_use]
pub fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{323AF}' | '々' | '〇')
}

/// More than any [`Syllable`] is.
pub const SYLLABLES_MAX: usize = 512;

/// The syllable that a character is mostly read as.
#[must_use]
pub fn syllable(c: char) -> Syllable {
    SOUNDS.syllable(c)
}

/// The same for many.
pub fn syllables(chars: impl Iterator<Item = char>) -> impl Iterator<Item = Syllable> {
    let sounds = &*SOUNDS;
    chars.map(|c| sounds.syllable(c))
}

/// A syllable in Latin letters, `v` for ü; empty for none.
#[must_use]
pub fn pinyin(syllable: Syllable) -> &'static str {
    let index = usize::from(syllable).checked_sub(1);
    index.and_then(|index| SOUNDS.names.get(index)).copied().unwrap_or("")
}

/// The syllable that Latin letters spell, `v` for ü.
#[must_use]
pub fn spelled(letters: Part) -> Option<Syllable> {
    const LETTERS: std::ops::RangeInclusive<usize> = 1..=6;
    LETTERS.contains(&letters.len()).then(|| SOUNDS.spelled(letters)).flatten()
}

/// So many characters look like one, or fewer.
pub const LOOKALIKES_MAX: usize = 12;

/// The characters that look like this one, most alike first.
#[must_use]
pub fn lookalikes(c: char) -> &'static [char] {
    LOOKS.of(c)
}

struct Sounds {
    names: Vec<&'static str>,
    by_char: Vec<Syllable>,
    /// The syllables by the hashes of their names: each at the place that its first bits say, or the next that was free.
    by_name: Vec<(u64, Syllable)>,
}

/// Twice as many places as there are syllables, or more.
const NAME_PLACES: usize = 2 * SYLLABLES_MAX;
const SPELLING: u64 = 1;

impl Sounds {
    fn syllable(&self, c: char) -> Syllable {
        self.by_char.get(in_block(c)).copied().unwrap_or(0)
    }

    fn spelled(&self, letters: Part) -> Option<Syllable> {
        let hash = letters.finish(SPELLING);
        let (before, after) = self.by_name.split_at_checked(name_place(hash))?;
        let mut known = after.iter().chain(before);
        let (found, syllable) = known.find(|(it, syllable)| *it == hash || *syllable == 0)?;
        (*found == hash).then_some(*syllable)
    }

    fn name(&mut self, name: &'static str) -> Syllable {
        self.names.push(name);
        let number = Syllable::try_from(self.names.len()).unwrap_or(0);
        let hash = part_of(name.chars().map(u32::from)).finish(SPELLING);
        let (before, after) = self.by_name.split_at_mut(name_place(hash));
        let free = after.iter_mut().chain(before).find(|(_, syllable)| *syllable == 0);
        if let Some(place) = free {
            *place = (hash, number);
        }
        number
    }
}

fn name_place(hash: u64) -> usize {
    usize::try_from(hash >> (u64::BITS - NAME_PLACES.ilog2())).unwrap_or(0)
}

static SOUNDS: LazyLock<Sounds> = LazyLock::new(|| {
    let mut sounds =
        Sounds { names: Vec::new(), by_char: vec![0; BLOCK], by_name: vec![(0, 0); NAME_PLACES] };
    for (name, chars) in READINGS.lines().filter_map(|line| line.split_once(' ')) {
        let number = sounds.name(name);
        for c in chars.chars() {
            if let Some(syllable) = sounds.by_char.get_mut(in_block(c)) {
                *syllable = number;
            }
        }
    }
    sounds
});

struct Looks {
    /// For each character of the block where those that look like it begin and end among all of them.
    by_char: Vec<(u32, u32)>,
    alike: Vec<char>,
}

impl Looks {
    fn of(&self, c: char) -> &[char] {
        let (start, end) = self.by_char.get(in_block(c)).copied().unwrap_or_default();
        self.alike.get(start as usize..end as usize).unwrap_or_default()
    }
}

static LOOKS: LazyLock<Looks> = LazyLock::new(|| {
    let mut looks = Looks { by_char: vec![(0, 0); BLOCK], alike: Vec::new() };
    let place = |alike: &[char]| u32::try_from(alike.len()).unwrap_or(u32::MAX);
    for mut line in LOOKALIKES.lines().map(str::chars) {
        let index = line.next().map_or(BLOCK, in_block);
        let start = place(&looks.alike);
        looks.alike.extend(line);
        if let Some(range) = looks.by_char.get_mut(index) {
            *range = (start, place(&looks.alike));
        }
    }
    looks
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_sound_and_look() {
        assert_eq!(syllable('小'), syllable('晓'));
        assert_ne!(syllable('小'), syllable('米'));
        assert_eq!(pinyin(syllable('米')), "mi");
        assert_eq!(pinyin(syllable('绿')), "lv");
        assert_eq!((syllable('x'), pinyin(0), lookalikes('x')), (0, "", &[][..]));
        assert!(lookalikes('天').contains(&'无'));
        assert_eq!(lookalikes('啊').first(), Some(&'啁'));
        assert!(SOUNDS.names.len() < SYLLABLES_MAX);
        let letters = |text: &str| part_of(text.chars().map(u32::from));
        for (number, name) in (1..).zip(&SOUNDS.names) {
            assert_eq!(spelled(letters(name)), Some(number), "{name}");
        }
        for text in ["", "v", "nike", "shuangg", "Mi", "米"] {
            assert_eq!(spelled(letters(text)), None, "{text}");
        }
        let most = LOOKS.by_char.iter().map(|(start, end)| (end - start) as usize).max();
        assert_eq!(most, Some(LOOKALIKES_MAX));
    }
}
