//! A hash that nobody can foretell who does not have the key: SipHash-2-4 of 128 bits.

use std::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

/// The same on every machine.
pub(super) fn keyed_hash(key: &[u8; 16], bytes: &[u8]) -> u128 {
    let mut hasher = SipHasher24::new_with_key(key);
    hasher.write(bytes);
    hasher.finish128().as_u128()
}
