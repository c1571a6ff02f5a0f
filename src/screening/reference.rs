//! What is recorded, as one immutable snapshot.

use std::sync::Arc;

use super::{Intelligence, Language, Policy};
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
