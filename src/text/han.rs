//! How Chinese characters sound and what they look like.

use std::sync::LazyLock;

use super::block::{BLOCK, in_block};

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
}

impl Sounds {
    fn syllable(&self, c: char) -> Syllable {
        self.by_char.get(in_block(c)).copied().unwrap_or(0)
    }
}

static SOUNDS: LazyLock<Sounds> = LazyLock::new(|| {
    let mut sounds = Sounds { names: Vec::new(), by_char: vec![0; BLOCK] };
    for (name, chars) in READINGS.lines().filter_map(|line| line.split_once(' ')) {
        sounds.names.push(name);
        let number = Syllable::try_from(sounds.names.len()).unwrap_or(0);
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
        let most = LOOKS.by_char.iter().map(|(start, end)| (end - start) as usize).max();
        assert_eq!(most, Some(LOOKALIKES_MAX));
    }
}
