//! What is recorded, as one immutable snapshot.

use std::sync::Arc;

use super::{Language, Policy};
use crate::domain::{CustomsAlert, Outcome, PlatformSignal, Versions};
use crate::register::Register;

/// Everything a decision rests on beside the declaration itself. Never changed: a new one replaces it whole.
#[derive(Debug)]
pub struct Reference {
    pub register: Register,
    pub intelligence: Intelligence,
    pub policy: Policy,
    /// The language of notes.
    pub language: Language,
    /// What the parts above are, by content.
    pub versions: Arc<Versions>,
}

/// What platforms, customs and inspections know. Loaded and versioned; no check reads it yet.
#[derive(Debug, Default)]
pub struct Intelligence {
    pub signals: Vec<PlatformSignal>,
    pub alerts: Vec<CustomsAlert>,
    pub outcomes: Vec<Outcome>,
}
