//! A table of pairs of characters in which one look says what is known of a pair.

use std::hint::select_unpredictable;

use super::hash::pair_hash;

/// What is known of pairs. Every pair has a place of its own, so that no search goes on, which the processor would guess
/// wrong: a text asks for all of its pairs, hardly any two of which are alike. Hashes are put into small groups, and each
/// group has a displacement that was chosen when the table was made so that nothing of it falls on anything else ("hash,
/// displace", Pagh 1999).
#[derive(Debug)]
pub(super) struct Pairs {
    displacements: Vec<u8>,
    /// Half a hash, which says whose place it is, before what is known. A pair that is taken for another one has the same
    /// half and the other one's place, which happens to one in some thousand million.
    slots: Vec<u64>,
}

impl Pairs {
    /// Pairs of one group, on average.
    const GROUP: usize = 4;

    /// A table of pairs with what is known of each, which is never 0.
    pub(super) fn of(pairs: impl Iterator<Item = ((char, char), u32)>) -> Self {
        let mut pairs = pairs
            .map(|((first, second), known)| (pair_hash(first, second), known))
            .collect::<Vec<_>>();
        pairs.sort_unstable_by_key(|(hash, _)| *hash);
        let mut table = Self {
            displacements: vec![0; pairs.len() / Self::GROUP + 1],
            slots: vec![0; pairs.len() + pairs.len() / 2 + 1],
        };
        // They stand in the order of their groups. The largest are placed first, while there is most room.
        let mut by_size =
            pairs.chunk_by(|(a, _), (b, _)| table.group(*a) == table.group(*b)).collect::<Vec<_>>();
        by_size.sort_unstable_by_key(|group| std::cmp::Reverse(group.len()));
        for group in by_size {
            table.place_group(group);
        }
        table
    }

    /// Chooses a displacement that leads each pair of a group to a free place. There is one for every group of the
    /// dictionary, as a test makes sure.
    fn place_group(&mut self, pairs: &[(u64, u32)]) {
        let mut places = Vec::with_capacity(pairs.len());
        for displacement in 0..=u8::MAX {
            places.clear();
            let is_free = |(hash, _): &(u64, u32)| {
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

    fn put(&mut self, pairs: &[(u64, u32)], places: &[usize], displacement: u8) {
        for ((hash, known), place) in pairs.iter().zip(places) {
            let group = self.group(*hash);
            if let Some(chosen) = self.displacements.get_mut(group) {
                *chosen = displacement;
            }
            if let Some(slot) = self.slots.get_mut(*place) {
                *slot = hash << 32 | u64::from(*known);
            }
        }
    }

    /// What is known of a pair; 0 where nothing is.
    #[inline]
    pub(super) fn get(&self, first: char, second: char) -> u32 {
        let hash = pair_hash(first, second);
        let displacement = self.displacements.get(self.group(hash)).copied().unwrap_or(0);
        let slot = self.slots.get(self.place(hash, displacement)).copied().unwrap_or(0);
        let [.., a, b, c, d] = slot.to_be_bytes();
        // Whether a text's next pair is known cannot be guessed.
        let is_known = (slot ^ hash << 32) >> 32 == 0;
        select_unpredictable(is_known, u32::from_be_bytes([a, b, c, d]), 0)
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
