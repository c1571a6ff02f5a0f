//! A candidate for what is in force, and which checks find the same under both: those need not run twice.

use std::sync::Arc;

use super::Reference;
use super::checks::{CHECKS, Check};
use crate::domain::Finding;

/// A reference that is tried beside another.
#[derive(Debug, Clone)]
pub struct Candidate {
    reference: Reference,
    /// Whether marks are where they are for the one in force.
    has_same_register: bool,
    /// For each of the checks, whether it finds what it finds for the one in force.
    finds_same: [bool; CHECKS.len()],
}

impl Candidate {
    /// A candidate for this reference and no other.
    #[must_use]
    pub fn beside(in_force: &Reference, reference: Reference) -> Self {
        let has_same_register = Arc::ptr_eq(&in_force.register, &reference.register);
        let knows_same = has_same_register
            && Arc::ptr_eq(&in_force.intelligence, &reference.intelligence)
            && in_force.language == reference.language;
        let mut all_before = knows_same;
        let mut finds_same = [false; CHECKS.len()];
        for (check, same) in CHECKS.iter().zip(&mut finds_same) {
            let asks_same = (check.asks_same)(&in_force.policy, &reference.policy);
            *same = knows_same && asks_same && (all_before || !check.looks_back);
            all_before &= *same;
        }
        Self { reference, has_same_register, finds_same }
    }

    /// What is tried.
    #[must_use]
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    pub(super) fn has_same_register(&self) -> bool {
        self.has_same_register
    }

    /// What is found under it, of one declaration: by each check what was `found` under the one in force, where that is the
    /// same, else what `run` of the check adds.
    pub(super) fn findings(
        &self,
        found: &[Finding],
        mut run: impl FnMut(&Check, &mut Vec<Finding>),
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut rest = found;
        for (check, finds_same) in CHECKS.iter().zip(self.finds_same) {
            // They are in the order of the checks.
            let count = rest.iter().take_while(|it| it.check == check.code).count();
            let (same, after) = rest.split_at_checked(count).unwrap_or_default();
            rest = after;
            if finds_same {
                findings.extend_from_slice(same);
            } else {
                run(check, &mut findings);
            }
        }
        findings
    }
}
