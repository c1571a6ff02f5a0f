//! Where the reference comes from: files of one message a line.
//!
//! A content version does not depend on the order of messages: the same content is the same version, however it came.

mod file;

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

pub use file::{BadLines, FeedError, FeedFile, Keyed};

use crate::domain::{CustomsAlert, Outcome, PlatformSignal, Recordal, Versions};
use crate::register::Register;
use crate::screening::{Intelligence, Language, PartyKey, Policy, Reference};
use crate::wire::{Message, canonical_bytes};

/// Everything a reference is built from.
#[derive(Debug)]
pub struct Content {
    pub recordals: Vec<Recordal>,
    pub signals: Vec<PlatformSignal>,
    pub alerts: Vec<CustomsAlert>,
    pub outcomes: Vec<Outcome>,
    pub policy: Policy,
    /// What the policy's version is made over.
    pub policy_text: String,
    pub language: Language,
    pub party_key: PartyKey,
}

impl Content {
    /// Builds the snapshot and stamps it with its versions.
    #[must_use]
    pub fn into_reference(self) -> Reference {
        let signals = Sha256::new()
            .chain_update(content_digest(&self.signals))
            .chain_update(content_digest(&self.alerts))
            .chain_update(content_digest(&self.outcomes));
        let versions = Versions {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            policy: version(Sha256::digest(&self.policy_text).as_slice()),
            register: version(&content_digest(&self.recordals)),
            signals: version(signals.finalize().as_slice()),
        };
        Reference {
            register: Register::build(self.recordals),
            intelligence: Intelligence::build(
                self.party_key,
                &self.signals,
                &self.alerts,
                &self.outcomes,
            ),
            policy: self.policy,
            language: self.language,
            versions: Arc::new(versions),
        }
    }
}

/// A digest over the messages' own digests, sorted.
fn content_digest<M: Message + Clone>(messages: &[M]) -> [u8; 32] {
    let mut digests = messages
        .iter()
        .map(|message| Sha256::digest(canonical_bytes(message.clone())))
        .collect::<Vec<_>>();
    digests.sort_unstable();
    let whole = digests.iter().fold(Sha256::new(), Sha256::chain_update);
    whole.finalize().into()
}

/// The first 128 bits of a digest, in hexadecimal: enough to tell contents apart, short enough to read.
fn version(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    digest.iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recordal(number: &str) -> Recordal {
        Recordal { recordal_no: number.to_owned(), ..Recordal::default() }
    }

    #[test]
    fn the_version_is_of_the_content_not_of_its_order() {
        let (a, b) = (recordal("T1"), recordal("T2"));
        let forward = content_digest(&[a.clone(), b.clone()]);
        assert_eq!(forward, content_digest(&[b.clone(), a.clone()]));
        assert_ne!(forward, content_digest(&[a]));
        assert_ne!(content_digest::<Recordal>(&[]), content_digest(&[b]));
    }
}
