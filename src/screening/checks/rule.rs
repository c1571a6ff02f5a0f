//! What officers have written down in the policy: each rule whose conditions a parcel meets is named with its own note,
//! and each that cannot be judged as such.

use super::super::Subject;
use super::super::conditions::Answer;
use crate::domain::{CheckCode, Finding};

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let policy = &subject.reference.policy;
    let rules = policy.rules.matching(&subject.conditioned(findings)).collect::<Vec<_>>();
    findings.extend(rules.into_iter().map(|(rule, answer)| {
        if answer == Answer::Unknown {
            return subject.unjudged(CheckCode::Rule, &rule.id);
        }
        let points = if rule.holds { policy.hold_threshold } else { rule.points };
        let finding = Finding::new(CheckCode::Rule, points, rule.note.clone());
        Finding { rule_id: rule.id.clone(), ..finding }
    }));
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use crate::domain::{CheckCode, Field, HoldRoute, Verdict};
    use crate::history::History;
    use crate::screening::test_support::{declaration, found, line, mark, reference};
    use crate::screening::{ConditionField, Conditional, Conditions, Rule, Set, screen};

    fn rule(id: &str, points: i32, holds: bool) -> Rule {
        Rule { id: id.to_owned(), note: format!("the note of {id}"), points, holds }
    }

    fn to(country: &str) -> Conditions {
        let mut conditions = Conditions::default();
        let members = vec![country.to_owned()];
        conditions.require(ConditionField::Destination, Set { members, is_negated: false });
        conditions
    }

    #[test]
    fn rules_that_are_met_count_and_hold_with_their_notes() {
        let mut reference = reference(Vec::new());
        reference.policy_mut().rules = Conditional::new(vec![
            (to("FR"), rule("points", 7, false)),
            (to("US"), rule("elsewhere", 9, false)),
            (to("FR"), rule("hold", 0, true)),
            (to("FR"), rule("milder", -3, false)),
        ]);
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        let decision = screen(&declaration("shoes"), &reference, &history);
        let told = decision.findings.iter().map(|it| (it.rule_id.as_str(), it.points));
        assert_eq!(told.collect::<Vec<_>>(), [("hold", 60), ("points", 7), ("milder", -3)]);
        assert_eq!(decision.findings[0].note, "the note of hold");
        assert_eq!(decision.verdict, Verdict::Hold(HoldRoute::Inspection));
    }

    #[test]
    fn a_rule_on_a_value_that_nobody_can_tell_says_so_and_counts_nothing() {
        let mut dear = to("FR");
        dear.value_from = Some(Decimal::ONE);
        let mut reference = reference(Vec::new());
        reference.policy_mut().rules = Conditional::new(vec![
            (dear, rule("dear", 0, true)),
            (to("FR"), rule("to-france", 7, false)),
        ]);
        let mut parcel = declaration("shoes");
        parcel.lines.push(line(2, "boots"));
        parcel.lines[1].value.as_mut().unwrap().currency = "XYZ".to_owned();
        let findings = found(&parcel, &reference, CheckCode::Rule);
        let told = findings.iter().map(|it| (it.rule_id.as_str(), it.points, it.field, it.line_no));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [("to-france", 7, Field::Declaration, 0), ("dear", 0, Field::Value, 2)]
        );
        assert!(findings[1].note.contains("dear"), "{}", findings[1].note);
        assert!(!findings[0].is_unjudged() && findings[1].is_unjudged());
    }

    #[test]
    fn a_rule_can_ask_for_what_other_checks_found() {
        let mut found_a_mark = Conditions::default();
        let members = vec!["recorded_mark".to_owned()];
        found_a_mark.require(ConditionField::Finding, Set { members, is_negated: false });
        let mut reference = reference(vec![mark("T1", "Nike", "A")]);
        reference.policy_mut().rules =
            Conditional::new(vec![(found_a_mark, rule("more", 5, false))]);
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        let score = |description| screen(&declaration(description), &reference, &history).score;
        assert_eq!((score("Nike"), score("shoes")), (65, 0));
    }
}
