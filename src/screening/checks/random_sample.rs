//! A few parcels are held whatever is known of them, so that what nobody looks for is found too. Which ones nobody can
//! foretell who does not have the policy's seed; the same item is always decided the same way.

use super::super::Subject;
use super::super::keyed_hash::keyed_hash;
use super::super::notes::Note;
use crate::domain::{CheckCode, Finding};

/// The finding has no points: a sampled parcel is held for being sampled, and its score stays what it is.
pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let sample = &subject.reference.policy.random_sample;
    let drawn = keyed_hash(&sample.key, subject.declaration.item_id.as_bytes()) % 10_000;
    if drawn < u128::from(sample.per_10_000) {
        let note = subject.note(&Note::RandomSample);
        findings.push(Finding::new(CheckCode::RandomSample, 0, note));
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Declaration, HoldRoute, Verdict};
    use crate::history::History;
    use crate::screening::test_support::{declaration, mark, reference};
    use crate::screening::{RandomSample, screen};

    fn decide(item: u32, description: &str, sample: RandomSample) -> crate::domain::Decision {
        let mut reference = reference(vec![mark("T1", "Nike", "A")]);
        reference.policy_mut().random_sample = sample;
        let parcel = Declaration { item_id: format!("I{item}"), ..declaration(description) };
        screen(&parcel, &reference, &History { as_of: jiff::Timestamp::UNIX_EPOCH })
    }

    #[test]
    fn about_so_many_are_drawn_and_another_seed_draws_others() {
        let drawn = |seed: &str| {
            let is_drawn =
                |item: &u32| decide(*item, "shoes", RandomSample::new(1_000, seed)).sampled;
            (0..3_000).filter(is_drawn).collect::<Vec<_>>()
        };
        let (first, again, other) = (drawn("one"), drawn("one"), drawn("two"));
        assert_eq!(first, again);
        assert_ne!(first, other);
        // 300 are expected; five standard deviations are 82.
        assert!((218..=382).contains(&first.len()), "{}", first.len());
    }

    #[test]
    fn a_sampled_parcel_is_held_with_the_score_it_has() {
        let all = || RandomSample::new(10_000, "s");
        let decision = decide(1, "shoes", all());
        assert_eq!(decision.verdict, Verdict::Hold(HoldRoute::Inspection));
        assert_eq!((decision.score, decision.sampled), (1, true));
        let decision = decide(1, "Nike", all());
        assert_eq!(decision.verdict, Verdict::Hold(HoldRoute::IntellectualProperty));
        let decision = decide(1, "shoes", RandomSample::new(0, "s"));
        assert_eq!((decision.verdict, decision.sampled), (Verdict::Release, false));
    }
}
