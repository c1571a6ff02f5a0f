//! A parcel's place in time, and what earlier parcels of its partition leave behind.
//!
//! A pure function of the partition's log: whatever enters here must come out the same when the log is read again.

use jiff::{SignedDuration, Timestamp};

/// What screening may know of the time before a parcel. No check looks at earlier parcels yet,
/// so the moment of screening is all there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The moment that decides what is in force: the declaration's own time where it has one that can be true.
    pub as_of: Timestamp,
}

impl History {
    /// Furthest that a declared time can lie from the time of screening and still be believed. Beyond a year a sender
    /// rather picks a day on which no right was recorded than that a parcel was on its way for so long.
    const DECLARED_FAR_OFF: SignedDuration = SignedDuration::from_hours(366 * 24);

    /// Whether a declared time is too far off to be true.
    #[must_use]
    pub fn is_far_off(&self, declared_at: Timestamp) -> bool {
        self.as_of.duration_since(declared_at).abs() > Self::DECLARED_FAR_OFF
    }
}
