//! The messages of one feed as they stand: each under its key, as the canonical bytes that its version is made over.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::marker::PhantomData;

use sha2::{Digest as _, Sha256};

use crate::wire::{Encoding, Limits, Message, canonical_bytes, decode_message};

/// Most bytes of keys and messages that one feed may hold.
pub(super) const BYTES_MAX: usize = 1 << 30;

/// What was written is read again: it was checked when it came.
const LIMITS: Limits = Limits { record_bytes_max: usize::MAX, text_bytes_max: usize::MAX };

/// Messages by key.
#[derive(Debug)]
pub(super) struct Table<M> {
    rows: BTreeSet<Row>,
    bytes: usize,
    /// Made when somebody asks.
    digest: Option<[u8; 32]>,
    message: PhantomData<fn() -> M>,
}

/// A key and its message in one piece of memory, since there are hundreds of thousands. It is its key to the set.
#[derive(Debug)]
struct Row {
    /// Key, then message.
    bytes: Box<[u8]>,
    key_bytes: u32,
}

impl Row {
    /// Kafka's keys are shorter than 4 GiB.
    fn new(key: &[u8], message: &[u8]) -> Self {
        let key_bytes = u32::try_from(key.len()).unwrap_or(u32::MAX);
        Self { bytes: [key, message].concat().into_boxed_slice(), key_bytes }
    }

    fn split(&self) -> (&[u8], &[u8]) {
        self.bytes.split_at_checked(self.key_bytes as usize).unwrap_or_default()
    }

    fn message(&self) -> &[u8] {
        self.split().1
    }
}

impl Borrow<[u8]> for Row {
    fn borrow(&self) -> &[u8] {
        self.split().0
    }
}

impl Ord for Row {
    fn cmp(&self, other: &Self) -> Ordering {
        self.split().0.cmp(other.split().0)
    }
}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Row {}

/// A message for which there is no room.
#[derive(Debug, thiserror::Error)]
#[error(
    "the feed holds {BYTES_MAX} bytes already, the most it may; remove what is no longer needed"
)]
pub(super) struct Full;

impl<M> Default for Table<M> {
    fn default() -> Self {
        Self { rows: BTreeSet::new(), bytes: 0, digest: None, message: PhantomData }
    }
}

impl<M: Message> Table<M> {
    /// Puts a message in the place of its key. Whether that changed anything.
    pub(super) fn put(&mut self, key: &[u8], message: M) -> Result<bool, Full> {
        let message = canonical_bytes(message);
        let before = self.rows.get(key);
        if before.is_some_and(|before| before.message() == message) {
            return Ok(false);
        }
        let row = Row::new(key, &message);
        let bytes = self.bytes - before.map_or(0, |before| before.bytes.len()) + row.bytes.len();
        if bytes > BYTES_MAX {
            return Err(Full);
        }
        self.rows.replace(row);
        self.bytes = bytes;
        self.digest = None;
        Ok(true)
    }

    /// Takes away the message of a key. Whether there was one.
    pub(super) fn remove(&mut self, key: &[u8]) -> bool {
        let Some(row) = self.rows.take(key) else { return false };
        self.bytes -= row.bytes.len();
        self.digest = None;
        true
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Every message, by key.
    pub(super) fn messages(&self) -> impl Iterator<Item = M> {
        let decode = |bytes: &[u8]| decode_message(bytes, Encoding::Protobuf, &LIMITS).ok();
        self.rows.iter().filter_map(move |row| decode(row.message()))
    }

    /// The same in a vector that fits.
    pub(super) fn to_vec(&self) -> Vec<M> {
        let mut messages = Vec::with_capacity(self.len());
        messages.extend(self.messages());
        messages
    }

    /// A digest of the messages, whatever their keys and however they came.
    pub(super) fn digest(&mut self) -> [u8; 32] {
        if let Some(digest) = self.digest {
            return digest;
        }
        let mut digests = Vec::with_capacity(self.rows.len());
        digests.extend(self.rows.iter().map(|row| Sha256::digest(row.message())));
        digests.sort_unstable();
        let digest = digests.iter().fold(Sha256::new(), Sha256::chain_update).finalize().into();
        self.digest = Some(digest);
        digest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Recordal;

    fn recordal(number: &str) -> Recordal {
        Recordal { recordal_no: number.to_owned(), ..Recordal::default() }
    }

    fn table(rows: &[(&str, &str)]) -> Table<Recordal> {
        let mut table = Table::default();
        for (key, number) in rows {
            table.put(key.as_bytes(), recordal(number)).unwrap();
        }
        table
    }

    #[test]
    fn the_digest_is_of_the_content_not_of_keys_or_order() {
        let digest = |rows: &[(&str, &str)]| table(rows).digest();
        let both = digest(&[("a", "T1"), ("b", "T2")]);
        assert_eq!(both, digest(&[("y", "T2"), ("x", "T1")]));
        assert_ne!(both, digest(&[("a", "T1")]));
        assert_ne!(digest(&[]), digest(&[("a", "T1")]));
    }

    #[test]
    fn what_is_put_is_there_until_it_is_replaced_or_removed() {
        let mut table = table(&[("a", "T1"), ("b", "T2")]);
        let before = table.digest();
        let numbers =
            |table: &Table<Recordal>| table.messages().map(|it| it.recordal_no).collect::<Vec<_>>();
        assert!(!table.put(b"a", recordal("T1")).unwrap(), "nothing new");
        assert_eq!(table.digest(), before);
        assert!(table.put(b"a", recordal("T3")).unwrap());
        assert_eq!(numbers(&table), ["T3", "T2"]);
        assert_ne!(table.digest(), before);
        assert!(table.remove(b"a"));
        assert!(!table.remove(b"a"));
        assert_eq!((numbers(&table), table.len()), (vec!["T2".to_owned()], 1));
        assert!(table.remove(b"b"));
        assert_eq!(table.bytes, 0);
    }
}
