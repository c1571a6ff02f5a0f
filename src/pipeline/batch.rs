//! What the loop gets from the input topic.

use jiff::Timestamp;

/// One record of the declarations topic.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    pub partition: i32,
    pub offset: i64,
    /// As the topic has it; `None` where it has none.
    pub timestamp: Option<Timestamp>,
    pub key: Option<&'a [u8]>,
    /// Empty for a record without payload.
    pub payload: &'a [u8],
    /// The `content-type` header.
    pub content_type: Option<&'a [u8]>,
}

/// Records as fetched, in offset order per partition. The records borrow from it.
pub trait Batch {
    /// The records, in the order in which they were fetched.
    fn records(&self) -> impl Iterator<Item = Record<'_>>;
}
