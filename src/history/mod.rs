//! A parcel's place in time, and what earlier parcels of its partition leave behind.
//!
//! A pure function of the partition's log: whatever enters here must come out the same when the log is read again.

use jiff::Timestamp;

/// What screening may know of the time before a parcel. No check looks at earlier parcels yet,
/// so the moment of screening is all there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The moment that decides what is in force: the declaration's own time where it has one.
    pub as_of: Timestamp,
}
