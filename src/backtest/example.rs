//! Parcels that show what a candidate changes.

use std::cmp::Reverse;

use super::Trial;
use crate::domain::{CheckCode, Decision, OutcomeKind, Source};

/// Examples that are kept of each kind.
pub(super) const EXAMPLES_MAX: usize = 20;

/// One parcel that is decided otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Example {
    pub(super) source: Source,
    pub(super) declaration_id: String,
    pub(super) item_id: String,
    pub(super) score_before: i32,
    pub(super) score_after: i32,
    /// What the side that holds it holds it for.
    pub(super) held_for: Option<CheckCode>,
    /// The weightiest sentence of that side.
    pub(super) note: String,
    pub(super) outcome: Option<OutcomeKind>,
}

/// The most telling examples, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Examples(Vec<Example>);

impl Examples {
    pub(super) fn add(&mut self, trial: &Trial<'_>) {
        let scores = (trial.in_force.score, trial.candidate.score);
        let rank = rank(scores, trial.outcome, trial.source);
        let place = self.0.partition_point(|other| other.rank() < rank);
        if place < EXAMPLES_MAX {
            self.0.insert(place, Example::new(trial));
            self.0.truncate(EXAMPLES_MAX);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_by(|one, other| one.rank().cmp(&other.rank()));
        self.0.truncate(EXAMPLES_MAX);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Example> {
        self.0.iter()
    }
}

type Rank<'a> = (bool, Reverse<u32>, &'a str, i32, i64);

/// Seizures first, then what the candidate sees most differently, then as they came.
fn rank((before, after): (i32, i32), outcome: Option<OutcomeKind>, source: &Source) -> Rank<'_> {
    let was_seized = outcome == Some(OutcomeKind::Seized);
    (!was_seized, Reverse(before.abs_diff(after)), &source.topic, source.partition, source.offset)
}

impl Example {
    fn new(trial: &Trial<'_>) -> Self {
        let Trial { source, in_force, candidate, outcome, .. } = *trial;
        let holding = if trial.was_held() { in_force } else { candidate };
        let Decision { declaration_id, item_id, .. } = in_force;
        Self {
            source: source.clone(),
            declaration_id: declaration_id.clone(),
            item_id: item_id.clone(),
            score_before: in_force.score,
            score_after: candidate.score,
            held_for: holding.held_for(),
            note: holding.findings.first().map_or_else(String::new, |it| it.note.clone()),
            outcome,
        }
    }

    fn rank(&self) -> Rank<'_> {
        rank((self.score_before, self.score_after), self.outcome, &self.source)
    }
}
