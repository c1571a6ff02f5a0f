//! The dictionaries' tables, made from lines of `WORD KIND FREQUENCY` (`src/text/data/README.md`): the library has them
//! as they are looked up, and nothing to do when it starts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

#[path = "../src/text/block.rs"]
mod block;
#[expect(dead_code, reason = "the library hashes more")]
#[path = "../src/text/hash.rs"]
mod hash;
#[expect(dead_code, reason = "the library reads what is packed here")]
#[path = "../src/text/packed.rs"]
mod packed;
#[expect(dead_code, reason = "the library looks up what is placed here")]
#[path = "../src/text/perfect.rs"]
mod perfect;

use block::{BLOCK, in_block};
use hash::{pair_hash, part_of};
use packed::{
    ChinesePairs, EnglishWords, Known, NO_WORD, OtherChinese, STRANGER, cost, third_bit, word_hash,
};
use perfect::Perfect;

/// The table of English words, and of the syllables with which lines of Chinese characters begin.
pub fn english<'l>(
    words: impl Iterator<Item = &'l str>,
    readings: &str,
) -> Result<Vec<u8>, String> {
    let mut known = entries(words).map(|it| it.hashed()).collect::<BTreeMap<_, _>>();
    for (number, line) in (1..).zip(readings.lines()) {
        let syllable = line.split(' ').next().unwrap_or_default();
        let hash = word_hash(part_of(syllable.chars().map(u32::from)));
        *known.entry(hash).or_default() |= number << Known::SYLLABLE;
    }
    EnglishWords::written(known.into_iter().collect())
}

/// The tables of Chinese words.
pub struct Chinese {
    /// What each character of the block costs as a word of its own.
    pub singles: Vec<u8>,
    pub pairs: Vec<u8>,
    pub others: Vec<u8>,
}

pub fn chinese(mut lines: Vec<&str>) -> Result<Chinese, String> {
    // In the order of their characters: those of one pair stand together.
    lines.sort_unstable();
    let mut singles = vec![STRANGER; BLOCK];
    let mut pairs = Vec::<((char, char), Known)>::new();
    let mut others = Vec::new();
    for entry in entries(lines.into_iter()) {
        let mut chars = entry.text.chars();
        let (Some(first), second, third) = (chars.next(), chars.next(), chars.next()) else {
            continue;
        };
        let Some(second) = second else {
            if let Some(slot) = singles.get_mut(in_block(first)).filter(|_| entry.frequency > 0) {
                *slot = cost(entry.frequency);
            }
            others.push(entry.hashed());
            continue;
        };
        if pairs.last().is_none_or(|(last, _)| *last != (first, second)) {
            pairs.push(((first, second), Known::default()));
        }
        let Some((_, known)) = pairs.last_mut() else { continue };
        match third {
            Some(third) => {
                known.0 |= begins_longer(3 + chars.count(), third);
                others.push(entry.hashed());
            }
            None => known.0 |= entry.known(),
        }
    }
    let pairs = pairs.into_iter().map(|((first, second), it)| (pair_hash(first, second), it.0));
    Ok(Chinese {
        singles,
        pairs: ChinesePairs::written(pairs.collect())?,
        others: OtherChinese::written(others)?,
    })
}

struct Entry<'l> {
    text: &'l str,
    kind: u32,
    frequency: u8,
}

fn entries<'l>(lines: impl Iterator<Item = &'l str>) -> impl Iterator<Item = Entry<'l>> {
    lines.filter_map(|line| {
        let mut fields = line.split(' ');
        let (text, kind, frequency) = (fields.next()?, fields.next()?, fields.next()?);
        let kind = match kind {
            "n" => 2,
            "p" => 3,
            _ => 1,
        };
        let frequency = frequency.parse::<u8>().unwrap_or(0).min(Known::FREQUENCY_MAX);
        Some(Entry { text, kind, frequency })
    })
}

impl Entry<'_> {
    /// What is known of it as a word.
    fn known(&self) -> u32 {
        let cheaper = u32::from(NO_WORD - cost(self.frequency));
        u32::from(self.frequency) | self.kind << Known::KIND | cheaper << Known::CHEAPER
    }

    fn hashed(&self) -> (u64, u32) {
        (word_hash(part_of(self.text.chars().map(u32::from))), self.known())
    }
}

/// What is known of a pair of characters with which a longer word begins.
fn begins_longer(length: usize, third: char) -> u32 {
    let length = match length {
        3 => 1,
        4 => 2,
        _ => 0,
    };
    length << Known::LONGER | u32::from(third_bit(third)) << Known::THIRDS
}

impl<const GROUPS: usize, const SLOTS: usize> Perfect<GROUPS, SLOTS> {
    /// A table of hashes with what is known of each, which is never 0, as it is read.
    #[expect(clippy::indexing_slicing, reason = "groups and places are within the table")]
    fn written(mut hashes: Vec<(u64, u32)>) -> Result<Vec<u8>, String> {
        hashes.sort_unstable_by_key(|(hash, _)| *hash);
        // They stand in the order of their groups. The largest are placed first, while there is most room.
        let mut by_size = hashes
            .chunk_by(|(a, _), (b, _)| Self::group(*a) == Self::group(*b))
            .collect::<Vec<_>>();
        by_size.sort_unstable_by_key(|group| Reverse(group.len()));
        let mut displacements = vec![0; GROUPS];
        let mut slots = vec![0_u64; SLOTS];
        for group in by_size {
            let displacement = Self::displacement(group, &slots)
                .ok_or("a group of words fits nowhere: the table wants more groups or slots")?;
            for (hash, known) in group {
                displacements[Self::group(*hash)] = displacement;
                slots[Self::place(*hash, displacement)] = hash << 32 | u64::from(*known);
            }
        }
        displacements.extend(slots.into_iter().flat_map(u64::to_le_bytes));
        Ok(displacements)
    }

    /// A displacement that leads each hash of a group to a free place.
    fn displacement(group: &[(u64, u32)], slots: &[u64]) -> Option<u8> {
        (0..=u8::MAX).find(|displacement| {
            let mut places = Vec::with_capacity(group.len());
            group.iter().all(|(hash, _)| {
                let place = Self::place(*hash, *displacement);
                let is_free = slots.get(place) == Some(&0) && !places.contains(&place);
                places.push(place);
                is_free
            })
        })
    }
}
