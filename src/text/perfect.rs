//! A table in which one look says what is known of a hash.

use std::hint::select_unpredictable;

/// What is known of some hashes. Each has a place of its own, so that no search goes on, which the processor would guess
/// wrong: a text asks for all of its parts, hardly any two of which are alike. Hashes are put into small groups, and each
/// group has a displacement that was chosen when the table was made so that nothing of it falls on anything else ("hash,
/// displace", Pagh 1999). Sizes are powers of two that are known beforehand, so that no hash leads out of the table.
#[derive(Debug)]
pub(super) struct Perfect<const GROUPS: usize, const SLOTS: usize> {
    displacements: Box<[u8; GROUPS]>,
    /// Half a hash, which says whose place it is, before what is known. A hash that is taken for another one has the same
    /// half and the other one's place, which happens to one in some thousand million.
    slots: Box<[u64; SLOTS]>,
}

impl<const GROUPS: usize, const SLOTS: usize> Perfect<GROUPS, SLOTS> {
    /// A table of hashes with what is known of each, which is never 0.
    pub(super) fn of(hashes: impl Iterator<Item = (u64, u32)>) -> Self {
        let mut hashes = hashes.collect::<Vec<_>>();
        hashes.sort_unstable_by_key(|(hash, _)| *hash);
        let mut table = Self { displacements: zeros(), slots: zeros() };
        // They stand in the order of their groups. The largest are placed first, while there is most room.
        let mut by_size = hashes
            .chunk_by(|(a, _), (b, _)| Self::group(*a) == Self::group(*b))
            .collect::<Vec<_>>();
        by_size.sort_unstable_by_key(|group| std::cmp::Reverse(group.len()));
        for group in by_size {
            table.place_group(group);
        }
        table
    }

    /// Chooses a displacement that leads each hash of a group to a free place. There is one for every group of the
    /// dictionary, as a test makes sure.
    fn place_group(&mut self, hashes: &[(u64, u32)]) {
        let mut places = Vec::with_capacity(hashes.len());
        for displacement in 0..=u8::MAX {
            places.clear();
            let is_free = |(hash, _): &(u64, u32)| {
                let place = Self::place(*hash, displacement);
                let is_free = self.slots.get(place) == Some(&0) && !places.contains(&place);
                places.push(place);
                is_free
            };
            if hashes.iter().all(is_free) {
                self.put(hashes, &places, displacement);
                return;
            }
        }
    }

    fn put(&mut self, hashes: &[(u64, u32)], places: &[usize], displacement: u8) {
        for ((hash, known), place) in hashes.iter().zip(places) {
            if let Some(chosen) = self.displacements.get_mut(Self::group(*hash)) {
                *chosen = displacement;
            }
            if let Some(slot) = self.slots.get_mut(*place) {
                *slot = hash << 32 | u64::from(*known);
            }
        }
    }

    /// What is known of a hash; 0 where nothing is.
    #[inline]
    pub(super) fn get(&self, hash: u64) -> u32 {
        let displacement = self.displacements.get(Self::group(hash)).copied().unwrap_or(0);
        let slot = self.slots.get(Self::place(hash, displacement)).copied().unwrap_or(0);
        let [.., a, b, c, d] = slot.to_be_bytes();
        // Whether a text's next part is known cannot be guessed.
        let is_known = (slot ^ hash << 32) >> 32 == 0;
        select_unpredictable(is_known, u32::from_be_bytes([a, b, c, d]), 0)
    }

    fn group(hash: u64) -> usize {
        usize::try_from(hash >> (u64::BITS - GROUPS.ilog2())).unwrap_or(0)
    }

    fn place(hash: u64, displacement: u8) -> usize {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let other = (hash ^ u64::from(displacement)).wrapping_mul(ODD);
        usize::try_from(other >> (u64::BITS - SLOTS.ilog2())).unwrap_or(0)
    }
}

#[expect(clippy::unnecessary_box_returns, reason = "too large for the stack")]
fn zeros<T: Copy + Default, const COUNT: usize>() -> Box<[T; COUNT]> {
    // What is for another length never runs.
    vec![T::default(); COUNT].try_into().unwrap_or_else(|_| Box::new([T::default(); COUNT]))
}
