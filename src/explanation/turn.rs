//! What would have to differ for the other verdict.

use crate::domain::{CheckCode, Decision, Finding, Verdict};

/// What turns a decision into the other one. Findings are numbered from 1, as they stand in the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// Held by its points.
    Held {
        without: Without,
        /// The random sample would hold it even then.
        is_sampled: bool,
    },
    /// Held by the random sample alone.
    Sampled { score: i32 },
    /// Held because it cannot be read.
    Unreadable,
    /// Released, with so many points less than the threshold.
    Released {
        missing: i32,
        /// What took points off, without which it would be held.
        without: Option<Without>,
    },
}

/// Findings without which the verdict is the other one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Without {
    /// Any one of these does.
    AnyOf(Vec<usize>),
    /// It takes all of these, and the score is this without them.
    All { numbers: Vec<usize>, score: i32 },
}

/// What would turn a decision. Points are counted as they stand; a mark takes its authorised user with it.
pub(super) fn turn(decision: &Decision) -> Turn {
    let findings = &decision.findings;
    let Decision { score, hold_threshold, .. } = *decision;
    let is_unreadable = |finding: &Finding| finding.check == CheckCode::InvalidDeclaration;
    if findings.iter().any(is_unreadable) {
        return Turn::Unreadable;
    }
    match decision.verdict {
        Verdict::Hold(_) if score < hold_threshold => Turn::Sampled { score },
        Verdict::Hold(_) => Turn::Held {
            without: without(findings, score, hold_threshold),
            is_sampled: decision.sampled,
        },
        Verdict::Release => {
            let taken_off = findings.iter().filter(|finding| finding.points < 0);
            let taken_off = taken_off.fold(0_i32, |sum, it| sum.saturating_add(it.points));
            let would_be_held = score.saturating_sub(taken_off) >= hold_threshold;
            Turn::Released {
                missing: hold_threshold.saturating_sub(score),
                without: would_be_held.then(|| without(findings, score, hold_threshold)),
            }
        }
    }
}

/// The fewest findings without which the score is on the other side of the threshold.
fn without(findings: &[Finding], score: i32, hold_threshold: i32) -> Without {
    let is_held = score >= hold_threshold;
    let turns = |rest: i32| (rest >= hold_threshold) != is_held;
    let alone = (1..)
        .zip(findings)
        .filter(|(_, finding)| turns(score.saturating_sub(weight(finding, findings))));
    let alone = alone.map(|(number, _)| number).collect::<Vec<_>>();
    if !alone.is_empty() {
        return Without::AnyOf(alone);
    }
    // Most points stand first; what takes off most stands last.
    let mut heaviest_first = (1..).zip(findings).collect::<Vec<_>>();
    if !is_held {
        heaviest_first.reverse();
    }
    let mut numbers = Vec::new();
    let mut rest = score;
    for (number, finding) in heaviest_first {
        if turns(rest) {
            break;
        }
        rest = rest.saturating_sub(finding.points);
        numbers.push(number);
    }
    numbers.sort_unstable();
    Without::All { numbers, score: rest }
}

/// What goes with a finding: a mark's authorised user takes off points only beside it.
fn weight(finding: &Finding, findings: &[Finding]) -> i32 {
    let goes_with = |other: &&Finding| {
        finding.check == CheckCode::RecordedMark
            && other.check == CheckCode::AuthorisedUser
            && other.recordal_no == finding.recordal_no
    };
    findings
        .iter()
        .filter(goes_with)
        .fold(finding.points, |sum, other| sum.saturating_add(other.points))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{Channel, Direction, HoldRoute};

    fn finding(check: CheckCode, points: i32) -> Finding {
        Finding::new(check, points, String::new())
    }

    fn decision(findings: Vec<Finding>, sampled: bool) -> Decision {
        let score = findings.iter().map(|finding| finding.points).sum();
        let held = score >= 60 || sampled;
        Decision {
            declaration_id: String::new(),
            item_id: String::new(),
            customs_district: String::new(),
            channel: Channel::Post,
            direction: Direction::Export,
            verdict: if held { Verdict::Hold(HoldRoute::Inspection) } else { Verdict::Release },
            score,
            hold_threshold: 60,
            sampled,
            findings,
            versions: Arc::default(),
        }
    }

    fn turn_of(points: &[i32]) -> Turn {
        turn(&decision(points.iter().map(|it| finding(CheckCode::Rule, *it)).collect(), false))
    }

    #[test]
    fn the_fewest_findings_that_turn_it_are_named() {
        let held = |without| Turn::Held { without, is_sampled: false };
        let all = |numbers: &[usize], score| Without::All { numbers: numbers.to_vec(), score };
        let released = |missing, without| Turn::Released { missing, without };
        for (points, expected) in [
            (&[62, 8][..], held(Without::AnyOf(vec![1]))),
            (&[40, 25], held(Without::AnyOf(vec![1, 2]))),
            (&[50, 50, 20], held(all(&[1, 2], 20))),
            (&[62, 30, -10], held(Without::AnyOf(vec![1, 2]))),
            (&[8], released(52, None)),
            (&[], released(60, None)),
            (&[62, -61], released(59, Some(Without::AnyOf(vec![2])))),
            (&[70, -20, -20, -20], released(50, Some(all(&[2, 3, 4], 70)))),
        ] {
            assert_eq!(turn_of(points), expected, "{points:?}");
        }
    }

    #[test]
    fn the_sample_and_what_cannot_be_read_have_their_own_words() {
        let sample = || finding(CheckCode::RandomSample, 0);
        assert_eq!(turn(&decision(vec![sample()], true)), Turn::Sampled { score: 0 });
        let both = decision(vec![finding(CheckCode::Rule, 60), sample()], true);
        let without = Without::AnyOf(vec![1]);
        assert_eq!(turn(&both), Turn::Held { without, is_sampled: true });
        let unreadable = decision(vec![finding(CheckCode::InvalidDeclaration, 60)], false);
        assert_eq!(turn(&unreadable), Turn::Unreadable);
    }

    #[test]
    fn a_mark_takes_its_authorised_user_with_it() {
        let of = |check, points, recordal_no: &str| Finding {
            recordal_no: recordal_no.to_owned(),
            ..finding(check, points)
        };
        let decision = decision(
            vec![
                of(CheckCode::RecordedMark, 62, "T1"),
                of(CheckCode::RecordedMark, 61, "T2"),
                of(CheckCode::AuthorisedUser, -62, "T1"),
            ],
            false,
        );
        let without = Without::AnyOf(vec![2]);
        assert_eq!(turn(&decision), Turn::Held { without, is_sampled: false });
    }
}
