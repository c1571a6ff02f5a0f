//! Small registers for tests of this module.

use jiff::civil::date;

use super::{Candidate, Register, Scratch};
use crate::domain::{Recordal, RecordalStatus, RightKind, TechniqueSet};

/// A register of marks, each recorded under its own name as its number.
pub(super) fn register(names: &[&str]) -> Register {
    let recordals = names.iter().map(|name| Recordal {
        recordal_no: (*name).to_owned(),
        right_kind: RightKind::Trademark,
        right_name: (*name).to_owned(),
        status: RecordalStatus::Live,
        ..Recordal::default()
    });
    Register::build(recordals.collect())
}

/// What a text gives.
pub(super) fn candidates(register: &Register, declared: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    let _ = register.find(declared, date(1970, 1, 1), &mut Scratch::default(), &mut found);
    found
}

/// The same: the mark, what stands there, and how it is written.
pub(super) fn found(register: &Register, declared: &str) -> Vec<(String, String, TechniqueSet)> {
    let candidates = candidates(register, declared).into_iter();
    candidates
        .map(|it| {
            let mark = register.recordal(it.recordal).unwrap().right_name.clone();
            let (start, len) = (it.span.start as usize, it.span.len());
            let matched = declared.chars().skip(start).take(len).collect();
            (mark, matched, it.techniques)
        })
        .collect()
}
