//! What is recorded, as immutable snapshots.

use std::sync::Arc;

use super::{Candidate, Intelligence, Language, Policy};
use crate::domain::Versions;
use crate::register::Register;

/// Everything a decision rests on beside the declaration itself. Never changed: a new one replaces it whole, and shares
/// with it what has stayed the same.
#[derive(Debug, Clone)]
pub struct Reference {
    pub register: Arc<Register>,
    pub intelligence: Arc<Intelligence>,
    pub policy: Arc<Policy>,
    /// The language of notes.
    pub language: Language,
    /// What the parts above are, by content.
    pub versions: Arc<Versions>,
}

/// What a batch is screened under: what is in force, and a candidate for it where one is tried.
#[derive(Debug, Clone)]
pub struct References {
    pub live: Reference,
    /// Decides nothing. Shares with the live one what does not depend on the policy.
    pub shadow: Option<Candidate>,
}

impl From<Reference> for References {
    fn from(live: Reference) -> Self {
        Self { live, shadow: None }
    }
}
