//! The messages of one feed as they stand: each under its key, as the canonical bytes that its version is made over.

use std::collections::BTreeMap;
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
    messages: BTreeMap<Box<[u8]>, Box<[u8]>>,
    bytes: usize,
    /// Made when somebody asks.
    digest: Option<[u8; 32]>,
    message: PhantomData<fn() -> M>,
}

/// A message for which there is no room.
#[derive(Debug, thiserror::Error)]
#[error(
    "the feed holds {BYTES_MAX} bytes already, the most it may; remove what is no longer needed"
)]
pub(super) struct Full;

impl<M> Default for Table<M> {
    fn default() -> Self {
        Self { messages: BTreeMap::new(), bytes: 0, digest: None, message: PhantomData }
    }
}

impl<M: Message> Table<M> {
    /// Puts a message in the place of its key. Whether that changed anything.
    pub(super) fn put(&mut self, key: &[u8], message: M) -> Result<bool, Full> {
        let message = canonical_bytes(message).into_boxed_slice();
        let before = self.messages.get(key);
        if before == Some(&message) {
            return Ok(false);
        }
        let bytes = self.bytes - before.map_or(0, |it| key.len() + it.len());
        let bytes = bytes + key.len() + message.len();
        if bytes > BYTES_MAX {
            return Err(Full);
        }
        self.messages.insert(key.into(), message);
        self.bytes = bytes;
        self.digest = None;
        Ok(true)
    }

    /// Takes away the message of a key. Whether there was one.
    pub(super) fn remove(&mut self, key: &[u8]) -> bool {
        let Some(message) = self.messages.remove(key) else { return false };
        self.bytes -= key.len() + message.len();
        self.digest = None;
        true
    }

    pub(super) fn len(&self) -> usize {
        self.messages.len()
    }

    /// Every message, by key.
    pub(super) fn messages(&self) -> impl Iterator<Item = M> {
        let decode = |bytes: &[u8]| decode_message(bytes, Encoding::Protobuf, &LIMITS).ok();
        self.messages.values().filter_map(move |bytes| decode(bytes))
    }

    /// A digest of the messages, whatever their keys and however they came.
    pub(super) fn digest(&mut self) -> [u8; 32] {
        if let Some(digest) = self.digest {
            return digest;
        }
        let mut digests = self.messages.values().map(Sha256::digest).collect::<Vec<_>>();
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
