//! Own or overseas customs have warned of such a parcel. Each alert that matches counts its own points, the strongest
//! first, and all together no more than the policy says.

use super::super::Subject;
use super::super::intelligence::Asked;
use super::super::notes::Note;
use crate::domain::{CheckCode, Finding, day_of};

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let asked = Asked {
        declaration: subject.declaration,
        consignor: &subject.consignor,
        consignee: &subject.consignee,
        findings,
        day: day_of(subject.history.as_of),
    };
    let mut alerts = subject.reference.intelligence.alerts.matching(&asked);
    // Stable: alerts of equal points stay in the order of their ids.
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.points));
    let mut room = subject.reference.policy.points.customs_alert_most;
    for alert in alerts {
        // A warning takes nothing off, whatever its message says.
        let points = alert.points.clamp(0, room);
        room -= points;
        let note = Note::CustomsAlert { alert: &alert.alert_id, source: &alert.source };
        findings.push(Finding {
            recordal_no: alert.recordal_no.clone(),
            rule_id: alert.alert_id.clone(),
            ..Finding::new(CheckCode::CustomsAlert, points, subject.note(&note))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CustomsAlert;
    use crate::screening::test_support::{CONSIGNOR, declaration, found, informed};

    fn alert(alert_id: &str, points: i32) -> CustomsAlert {
        CustomsAlert {
            alert_id: alert_id.to_owned(),
            source: "EU".to_owned(),
            party_id: CONSIGNOR.to_owned(),
            points,
            ..CustomsAlert::default()
        }
    }

    #[test]
    fn the_strongest_counts_first_and_all_no_more_than_the_policy_says() {
        let alerts = [alert("A1", 20), alert("A2", 35), alert("A3", 5)];
        let findings =
            found(&declaration("shoes"), &informed(&[], &alerts, &[]), CheckCode::CustomsAlert);
        let told = findings.iter().map(|it| (it.rule_id.as_str(), it.points)).collect::<Vec<_>>();
        assert_eq!(told, [("A2", 35), ("A1", 15), ("A3", 0)]);
        assert!(findings[0].note.contains("A2") && findings[0].note.contains("EU"));
    }

    #[test]
    fn a_warning_takes_nothing_off() {
        let reference = informed(&[], &[alert("A1", -40)], &[]);
        let findings = found(&declaration("shoes"), &reference, CheckCode::CustomsAlert);
        assert_eq!(findings.iter().map(|it| it.points).collect::<Vec<_>>(), [0]);
    }

    #[test]
    fn what_does_not_match_is_not_told() {
        let stranger = CustomsAlert { party_id: "X".to_owned(), ..alert("A1", 20) };
        let reference = informed(&[], &[stranger], &[]);
        assert_eq!(found(&declaration("shoes"), &reference, CheckCode::CustomsAlert), []);
    }
}
