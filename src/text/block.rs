//! The block of unified ideographs, with which nearly all Chinese is written: tables have a place for each of its
//! characters.

/// Characters of the block.
pub const BLOCK: usize = 0x5200;
/// The first of them.
pub const BLOCK_FIRST: u32 = 0x4E00;

/// The place of a character in the block; [`BLOCK`] or more for one that is not of it.
#[inline]
pub fn in_block(c: char) -> usize {
    u32::from(c).wrapping_sub(BLOCK_FIRST) as usize
}
