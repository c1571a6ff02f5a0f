//! A table in which one look says what is known of a hash. The build makes them (`build/dictionary.rs`).

use std::hint::select_unpredictable;

/// What is known of some hashes. Each has a place of its own, so that no search goes on, which the processor would guess
/// wrong: a text asks for all of its parts, hardly any two of which are alike. Hashes are put into small groups, and each
/// group has a displacement that was chosen when the table was made so that nothing of it falls on anything else ("hash,
/// displace", Pagh 1999). Sizes are powers of two that are known beforehand, so that no hash leads out of the table.
#[derive(Debug)]
pub struct Perfect<const GROUPS: usize, const SLOTS: usize> {
    displacements: &'static [u8; GROUPS],
    /// What is known, before half a hash, which says whose place it is. A hash that is taken for another one has the same
    /// half and the other one's place, which happens to one in some thousand million.
    slots: &'static [[u8; 8]; SLOTS],
}

impl<const GROUPS: usize, const SLOTS: usize> Perfect<GROUPS, SLOTS> {
    /// The table that was written down: all displacements, then all slots, their lowest bytes first.
    ///
    /// # Panics
    /// Where there are more or fewer bytes, which is found out when the program is compiled.
    #[must_use]
    #[expect(clippy::panic, reason = "when compiled")]
    pub const fn read(bytes: &'static [u8]) -> Self {
        let Some((displacements, slots)) = bytes.split_first_chunk() else {
            panic!("displacements are missing")
        };
        match slots.as_chunks() {
            (slots, []) if slots.len() == SLOTS => match slots.first_chunk() {
                Some(slots) => Self { displacements, slots },
                None => panic!("slots are missing"),
            },
            _ => panic!("there are more or fewer slots"),
        }
    }

    /// What is known of a hash; 0 where nothing is.
    #[must_use]
    #[inline]
    pub fn get(&self, hash: u64) -> u32 {
        let displacement = self.displacements.get(Self::group(hash)).copied().unwrap_or(0);
        let slot = self.slots.get(Self::place(hash, displacement)).copied().unwrap_or_default();
        let [a, b, c, d, ..] = slot;
        // Whether a text's next part is known cannot be guessed.
        let is_known = (u64::from_le_bytes(slot) ^ hash << 32) >> 32 == 0;
        select_unpredictable(is_known, u32::from_le_bytes([a, b, c, d]), 0)
    }

    /// The group of a hash.
    #[must_use]
    pub fn group(hash: u64) -> usize {
        usize::try_from(hash >> (u64::BITS - GROUPS.ilog2())).unwrap_or(0)
    }

    /// The place of a hash whose group has a displacement.
    #[must_use]
    pub fn place(hash: u64, displacement: u8) -> usize {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let other = (hash ^ u64::from(displacement)).wrapping_mul(ODD);
        usize::try_from(other >> (u64::BITS - SLOTS.ilog2())).unwrap_or(0)
    }
}
