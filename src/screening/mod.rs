//! The judgement: a declaration in, a decision with its reasons out.
//!
//! Pure: no clock, no files, no threads. The same declaration under the same versions gives the same decision.

mod checks;
mod data_fault;
mod notes;
mod policy;
mod reference;

pub use notes::Language;
pub use policy::{DataQualityPoints, Points, Policy, RecordedMarkPoints};
pub use reference::{Intelligence, Reference};

use checks::CHECKS;

use crate::domain::{
    Channel, CheckCode, DeadLetterReason, Decision, Declaration, Direction, Finding, HoldRoute,
    Verdict,
};
use crate::history::History;

/// What the checks may look at.
struct Subject<'a> {
    declaration: &'a Declaration,
    reference: &'a Reference,
    history: &'a History,
}

/// Screens one declaration: every check adds its findings, their points add up, the sum decides.
#[must_use]
pub fn screen(declaration: &Declaration, reference: &Reference, history: &History) -> Decision {
    let subject = Subject { declaration, reference, history };
    let mut findings = Vec::new();
    for check in CHECKS {
        let before = findings.len();
        (check.run)(&subject, &mut findings);
        debug_assert!(findings.iter().skip(before).all(|finding| finding.check == check.code));
    }
    let mut decision = undecided(reference);
    decision.declaration_id.clone_from(&declaration.declaration_id);
    decision.item_id.clone_from(&declaration.item_id);
    decision.customs_district.clone_from(&declaration.customs_district);
    decision.channel = declaration.channel;
    decision.direction = declaration.direction;
    decide(decision, findings)
}

/// The decision for a declaration that cannot be screened but says whose it is: it fails closed.
#[must_use]
pub fn hold_unreadable(
    declaration_id: String,
    item_id: String,
    reason: DeadLetterReason,
    reference: &Reference,
) -> Decision {
    let finding = Finding::new(
        CheckCode::InvalidDeclaration,
        reference.policy.hold_threshold,
        notes::Note::InvalidDeclaration { reason }.text(reference.language),
    );
    decide(Decision { declaration_id, item_id, ..undecided(reference) }, vec![finding])
}

fn undecided(reference: &Reference) -> Decision {
    Decision {
        declaration_id: String::new(),
        item_id: String::new(),
        customs_district: String::new(),
        channel: Channel::Unspecified,
        direction: Direction::Unspecified,
        verdict: Verdict::Release,
        score: 0,
        hold_threshold: reference.policy.hold_threshold,
        sampled: false,
        findings: Vec::new(),
        versions: reference.versions.clone(),
    }
}

fn decide(mut decision: Decision, mut findings: Vec<Finding>) -> Decision {
    decision.score = total(&findings);
    decision.verdict = if decision.score >= decision.hold_threshold {
        Verdict::Hold(route(&findings))
    } else {
        Verdict::Release
    };
    // Stable: findings of equal points stay in the order of the checks.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.points));
    decision.findings = findings;
    decision
}

/// A recorded right is involved where one is left over after its authorised users are taken off.
fn route(findings: &[Finding]) -> HoldRoute {
    let of_rights = findings.iter().filter(|finding| !finding.recordal_no.is_empty());
    if total(of_rights) > 0 { HoldRoute::IntellectualProperty } else { HoldRoute::Inspection }
}

fn total<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> i32 {
    findings.into_iter().fold(0, |sum: i32, finding| sum.saturating_add(finding.points))
}
