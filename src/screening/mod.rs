//! The judgement: a declaration in, a decision with its reasons out.
//!
//! Pure: no clock, no files, no threads. The same declaration under the same versions gives the same decision.

mod candidate;
mod checks;
mod conditions;
mod context;
mod currencies;
mod data_fault;
mod facts;
mod goods;
mod intelligence;
mod keyed_hash;
mod lists;
mod names;
mod notes;
mod notice;
mod policy;
mod reference;
mod sightings;
#[cfg(test)]
pub(crate) mod test_support;
mod unit_values;

pub use candidate::Candidate;
pub use conditions::{
    ConditionField, Conditional, Conditions, Set, category_name, channel_name, direction_name,
};
pub use currencies::{Currencies, Rate};
pub use intelligence::{Intelligence, PartyKey};
pub use lists::Lists;
pub use names::{check_name, field_name, hub_name};
pub use notes::Language;
pub use notice::{notice_of_hold, notice_of_outcome};
pub use policy::{
    Campaign, ComplaintsPoints, DataQualityPoints, PartyHistoryPoints, PatternPoints, Points,
    Policy, RandomSample, RecordedMarkPoints, Rule, SellerPoints,
};
pub use reference::{Reference, References};
pub use unit_values::UnitValues;

use std::cell::Cell;
use std::sync::Arc;

use checks::{CHECKS, Check};
use facts::Facts;
use intelligence::Fingerprints;
use sightings::Sightings;

use crate::domain::{
    Channel, CheckCode, DeadLetterReason, Decision, Declaration, Direction, Field, Finding,
    HoldRoute, Line, Party, Verdict,
};
use crate::history::History;

/// What the checks may look at.
struct Subject<'a> {
    declaration: &'a Declaration,
    reference: &'a Reference,
    history: &'a History,
    /// By what the consignor and the consignee are known again; nothing where nobody is known.
    consignor: Fingerprints,
    consignee: Fingerprints,
    /// What is the same under every policy.
    facts: &'a Facts,
}

impl<'a> Subject<'a> {
    fn new(
        declaration: &'a Declaration,
        reference: &'a Reference,
        history: &'a History,
        facts: &'a Facts,
    ) -> Self {
        let intelligence = &reference.intelligence;
        let fingerprints = |party: &Option<Party>| match party {
            Some(party) if intelligence.knows_parties() => {
                intelligence.party_key.fingerprints(party)
            }
            _ => Fingerprints::default(),
        };
        let consignor = fingerprints(&declaration.consignor);
        let consignee = fingerprints(&declaration.consignee);
        Self { declaration, reference, history, consignor, consignee, facts }
    }

    /// The same under another reference. Parties are hashed once where both know the same of them.
    fn under(&self, reference: &'a Reference) -> Self {
        let Self { declaration, history, consignor, consignee, facts, .. } = *self;
        if Arc::ptr_eq(&self.reference.intelligence, &reference.intelligence) {
            Self { declaration, reference, history, consignor, consignee, facts }
        } else {
            Self::new(declaration, reference, history, facts)
        }
    }

    /// What conditions of the policy are asked of.
    fn conditioned(&self, findings: &'a [Finding]) -> conditions::Asked<'a> {
        conditions::Asked {
            declaration: self.declaration,
            findings,
            history: self.history,
            currencies: &self.reference.policy.currencies,
        }
    }

    /// The finding that a rule or campaign asks for the value, and that nobody can tell it.
    fn unjudged(&self, check: CheckCode, rule_id: &str) -> Finding {
        let currencies = &self.reference.policy.currencies;
        let is_untold = |line: &&Line| {
            line.value.as_ref().and_then(|it| currencies.yuan(it, self.history.as_of)).is_none()
        };
        let untold = self.declaration.lines.iter().find(is_untold);
        Finding {
            field: Field::Value,
            line_no: untold.map_or(0, |line| line.line_no),
            rule_id: rule_id.to_owned(),
            ..Finding::new(check, 0, self.note(&notes::Note::Unjudged { rule_id }))
        }
    }

    /// The sentence in the language of the reference.
    fn note(&self, note: &notes::Note<'_>) -> String {
        note.text(self.reference.language)
    }
}

thread_local! {
    /// Memory of the last declaration that was screened.
    static SIGHTINGS: Cell<Option<Box<Sightings>>> = Cell::default();
}

/// Screens one declaration: every check adds its findings, their points add up, the sum decides.
#[must_use]
pub fn screen(declaration: &Declaration, reference: &Reference, history: &History) -> Decision {
    with_facts(false, |facts| judge(&Subject::new(declaration, reference, history, facts)))
}

/// Screens one declaration under what is in force and under a candidate for it. Marks are looked for once where both
/// have the same register, and checks that ask both policies the same run once.
#[must_use]
pub fn screen_both(
    declaration: &Declaration,
    in_force: &Reference,
    candidate: &Candidate,
    history: &History,
) -> (Decision, Decision) {
    if !candidate.has_same_register() {
        let screen = |reference| screen(declaration, reference, history);
        return (screen(in_force), screen(candidate.reference()));
    }
    with_facts(true, |facts| {
        let subject = Subject::new(declaration, in_force, history, facts);
        let found = findings(&subject);
        let beside = subject.under(candidate.reference());
        let found_beside = candidate.findings(&found, |check, before| run(check, &beside, before));
        (conclude(&subject, found), conclude(&beside, found_beside))
    })
}

/// `is_asked_twice`: whether two references judge by the facts.
fn with_facts<T>(is_asked_twice: bool, judge: impl FnOnce(&Facts) -> T) -> T {
    // Taken out meanwhile: a panic loses it and no more.
    let facts = Facts::new(SIGHTINGS.take().unwrap_or_default(), is_asked_twice);
    let judged = judge(&facts);
    SIGHTINGS.set(Some(facts.into_sightings()));
    judged
}

fn judge(subject: &Subject<'_>) -> Decision {
    conclude(subject, findings(subject))
}

fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in CHECKS {
        run(check, subject, &mut findings);
    }
    findings
}

fn run(check: &Check, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let before = findings.len();
    (check.run)(subject, findings);
    debug_assert!(findings.iter().skip(before).all(|finding| finding.check == check.code));
}

fn conclude(subject: &Subject<'_>, findings: Vec<Finding>) -> Decision {
    let Subject { declaration, reference, .. } = *subject;
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
    decision.sampled = findings.iter().any(|finding| finding.check == CheckCode::RandomSample);
    decision.verdict = if decision.score >= decision.hold_threshold || decision.sampled {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::test_support::{authorising, declaration, line, mark, reference};
    use super::*;
    use crate::domain::Recordal;

    const NOW: History = History { as_of: jiff::Timestamp::UNIX_EPOCH };

    #[test]
    fn an_honest_parcel_is_released_without_findings() {
        let reference = reference(vec![mark("T1", "Nike", "Nike Inc")]);
        let decision = screen(&declaration("leather shoes"), &reference, &NOW);
        assert_eq!((decision.verdict, decision.score), (Verdict::Release, 0));
        assert_eq!(decision.findings, []);
        assert_eq!(decision.verdict.receipt_code(), 800);
    }

    #[test]
    fn a_mark_holds_on_the_route_of_rights_and_poor_data_alone_on_none() {
        let reference = reference(vec![mark("T1", "Nike", "Nike Inc")]);
        let mut parcel = declaration("Nike shoes");
        parcel.customs_district = String::new();
        let decision = screen(&parcel, &reference, &NOW);
        assert_eq!(decision.verdict, Verdict::Hold(HoldRoute::IntellectualProperty));
        assert_eq!((decision.score, decision.verdict.receipt_code()), (61, 503));

        let empty = Declaration { lines: vec![Line::default()], ..Declaration::default() };
        assert_eq!(screen(&empty, &reference, &NOW).verdict, Verdict::Release);
    }

    #[test]
    fn what_cannot_be_read_is_held_for_inspection() {
        let reference = reference(Vec::new());
        let reason = DeadLetterReason::NoLines;
        let decision = hold_unreadable("D".to_owned(), "I".to_owned(), reason, &reference);
        assert_eq!(decision.verdict, Verdict::Hold(HoldRoute::Inspection));
        assert_eq!(decision.verdict.receipt_code(), 500);
        assert_eq!(decision.findings[0].check, CheckCode::InvalidDeclaration);
        assert_eq!(decision.score, decision.hold_threshold);
    }

    fn marks() -> Vec<Recordal> {
        vec![
            authorising(mark("T1", "Nike", "Nike Inc")),
            mark("T2", "小米", "Xiaomi"),
            mark("T3", "Adidas", "adidas AG"),
            mark("T4", "Nike", "Another"),
        ]
    }

    fn parcels() -> impl Strategy<Value = Declaration> {
        let words = prop::collection::vec(
            prop::sample::select(vec!["nike", "NIKE", "小米", "adidas", "shoes", "的", " ", "-"]),
            0..8,
        );
        (prop::collection::vec(words, 1..4), any::<bool>(), "[A-Z]{0,2}").prop_map(
            |(lines, known, country)| {
                let mut parcel = declaration("");
                parcel.lines = (1..)
                    .zip(lines)
                    .map(|(number, words)| line(number, &words.join(" ")))
                    .collect();
                if !known {
                    parcel.consignor = None;
                }
                parcel.destination_country = country;
                parcel
            },
        )
    }

    proptest! {
        #[test]
        fn the_score_is_the_sum_and_decides(parcel in parcels(), hold_threshold in 1..200_i32) {
            let mut reference = reference(marks());
            reference.policy_mut().hold_threshold = hold_threshold;
            let decision = screen(&parcel, &reference, &NOW);
            let sum = decision.findings.iter().map(|finding| finding.points).sum::<i32>();
            prop_assert_eq!(decision.score, sum);
            let held = decision.verdict != Verdict::Release;
            prop_assert_eq!(held, sum >= hold_threshold);
            prop_assert_eq!(decision.hold_threshold, hold_threshold);
            prop_assert!(decision.findings.is_sorted_by(|a, b| a.points >= b.points));
            prop_assert_eq!(&screen(&parcel, &reference, &NOW), &decision);
        }

        #[test]
        fn what_is_in_force_and_a_candidate_each_decide_as_they_would_alone(
            parcel in parcels(), hold_threshold in 1..200_i32, brand in 0..100_i32,
        ) {
            let in_force = reference(marks());
            let mut candidate = in_force.clone();
            candidate.policy_mut().hold_threshold = hold_threshold;
            let laxer = candidate.clone();
            candidate.policy_mut().points.recorded_mark.brand = brand;
            let other = reference(vec![mark("T9", "shoes", "Another")]);
            for candidate in [in_force.clone(), laxer, candidate, other] {
                let expected = (
                    screen(&parcel, &in_force, &NOW),
                    screen(&parcel, &candidate, &NOW),
                );
                let candidate = Candidate::beside(&in_force, candidate);
                prop_assert_eq!(screen_both(&parcel, &in_force, &candidate, &NOW), expected);
            }
        }

        #[test]
        fn the_language_changes_the_notes_and_nothing_else(parcel in parcels()) {
            let mut reference = reference(marks());
            let english = screen(&parcel, &reference, &NOW);
            reference.language = Language::Chinese;
            let mut chinese = screen(&parcel, &reference, &NOW);
            prop_assert_eq!(english.findings.len(), chinese.findings.len());
            for (ours, theirs) in english.findings.iter().zip(&mut chinese.findings) {
                prop_assert!(!ours.note.is_empty() && !theirs.note.is_empty());
                prop_assert_ne!(&ours.note, &theirs.note);
                theirs.note.clone_from(&ours.note);
            }
            prop_assert_eq!(english, chinese);
        }
    }
}
