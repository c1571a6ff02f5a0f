//! How well marks are found and honest parcels left alone, on the labelled fixture: a change that costs quality fails.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{Labelled, by_class, recall, right_recordal};

#[test]
fn quality_does_not_drop() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/quality");
    let set = Labelled::read(&folder).unwrap();
    let outcomes = set.screen();
    let all = outcomes.iter().enumerate().collect::<BTreeMap<_, _>>();
    let threshold = set.reference.policy.hold_threshold;

    let found = recall(&set, &all, threshold);
    assert!(found.share() >= 0.96, "recall {:.3}", found.share());
    assert!(right_recordal(&set, &all, threshold) >= 0.99);
    let (mut negatives, mut held) = (0, 0);
    for (class, counts) in by_class(&set, &all, threshold) {
        match class.as_str() {
            "benign" => assert!(counts.held <= 1, "{} benign parcels held", counts.held),
            _ if class.starts_with("neg_") => {
                assert!(counts.held <= 1, "{class}: {} held", counts.held);
                negatives += counts.all;
                held += counts.held;
            }
            _ => assert!(counts.share() >= 0.80, "{class}: {} of {}", counts.held, counts.all),
        }
    }
    assert!(held * 50 <= negatives, "{held} of {negatives} hard negatives held");
}
