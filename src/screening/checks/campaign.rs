//! A campaign is on for such parcels: recorded marks weigh more. Of several campaigns the one that counts most counts.

use super::super::conditions::Answer;
use super::super::policy::Campaign;
use super::super::{Subject, total};
use crate::domain::{CheckCode, Finding};

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let campaigns = &subject.reference.policy.campaigns;
    // Most parcels have no mark, and most campaigns count for nothing else.
    let has_marks = findings.iter().any(|it| it.check == CheckCode::RecordedMark);
    if !has_marks && campaigns.all().all(|campaign| campaign.points == 0) {
        return;
    }
    let mut strongest: Option<(i32, &Campaign)> = None;
    let mut unjudged = Vec::new();
    for (campaign, answer) in campaigns.matching(&subject.conditioned(findings)) {
        let Some(points) = points(subject, campaign, findings).filter(|points| *points > 0) else {
            continue;
        };
        if answer == Answer::Unknown {
            unjudged.push(subject.unjudged(CheckCode::Campaign, &campaign.id));
        } else if strongest.is_none_or(|(most, _)| points > most) {
            // Of equal ones the first.
            strongest = Some((points, campaign));
        }
    }
    if let Some((points, campaign)) = strongest {
        let finding = Finding::new(CheckCode::Campaign, points, campaign.note.clone());
        findings.push(Finding { rule_id: campaign.id.clone(), ..finding });
    }
    findings.append(&mut unjudged);
}

/// `None` where the campaign is for key enterprises and none of their marks was found.
fn points(subject: &Subject<'_>, campaign: &Campaign, findings: &[Finding]) -> Option<i32> {
    let register = &subject.reference.register;
    // With what authorised users get taken off.
    let of_marks = findings.iter().filter(|finding| {
        matches!(finding.check, CheckCode::RecordedMark | CheckCode::AuthorisedUser)
            && (!campaign.key_enterprises_only
                || register.by_number(&finding.recordal_no).is_some_and(|it| it.key_enterprise))
    });
    if campaign.key_enterprises_only && of_marks.clone().next().is_none() {
        return None;
    }
    let more = total(of_marks).max(0).saturating_mul(campaign.mark_percent) / 100;
    Some(campaign.points.saturating_add(more))
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use crate::domain::{CheckCode, Finding, Recordal};
    use crate::screening::test_support::{authorising, declaration, found, mark, reference};
    use crate::screening::{Campaign, Conditional, Conditions};

    fn campaign(id: &str, points: i32, mark_percent: i32, key_enterprises_only: bool) -> Campaign {
        let (id, note) = (id.to_owned(), format!("the note of {id}"));
        Campaign { id, note, points, mark_percent, key_enterprises_only }
    }

    /// Ids and points; a mark in the description is worth 60.
    fn counted(
        campaigns: Vec<Campaign>,
        recordals: Vec<Recordal>,
        description: &str,
    ) -> Vec<(String, i32)> {
        let mut reference = reference(recordals);
        let all = campaigns.into_iter().map(|it| (Conditions::default(), it));
        reference.policy_mut().campaigns = Conditional::new(all.collect());
        let findings = found(&declaration(description), &reference, CheckCode::Campaign);
        findings.into_iter().map(|it| (it.rule_id, it.points)).collect()
    }

    fn nike() -> Vec<Recordal> {
        vec![mark("T1", "Nike", "A")]
    }

    #[test]
    fn marks_weigh_more_and_other_parcels_only_where_the_campaign_says() {
        let ten_percent = || vec![campaign("C", 0, 10, false)];
        assert_eq!(counted(ten_percent(), nike(), "Nike"), [("C".to_owned(), 6)]);
        assert_eq!(counted(ten_percent(), nike(), "shoes"), []);
        let flat = || vec![campaign("C", 5, 10, false)];
        assert_eq!(counted(flat(), nike(), "Nike"), [("C".to_owned(), 11)]);
        assert_eq!(counted(flat(), nike(), "shoes"), [("C".to_owned(), 5)]);
        let allowed = vec![authorising(mark("T1", "Nike", "A"))];
        assert_eq!(counted(ten_percent(), allowed, "Nike"), []);
    }

    #[test]
    fn key_enterprises_alone_count_where_the_campaign_says() {
        let only = || vec![campaign("C", 5, 50, true)];
        let key = || vec![Recordal { key_enterprise: true, ..mark("T1", "Nike", "A") }];
        assert_eq!(counted(only(), key(), "Nike"), [("C".to_owned(), 35)]);
        assert_eq!(counted(only(), key(), "shoes"), []);
        assert_eq!(counted(only(), nike(), "Nike"), []);
    }

    #[test]
    fn a_campaign_on_a_value_that_nobody_can_tell_says_so_where_it_would_have_counted() {
        let mut reference = reference(nike());
        let mut dear = Conditions::default();
        dear.value_from = Some(Decimal::ONE);
        reference.policy_mut().campaigns = Conditional::new(vec![
            (dear.clone(), campaign("marks", 0, 10, false)),
            (dear, campaign("flat", 5, 0, false)),
            (Conditions::default(), campaign("any", 3, 0, false)),
        ]);
        for (description, expected) in [
            ("Nike", &[("any", 3), ("marks", 0), ("flat", 0)][..]),
            ("shoes", &[("any", 3), ("flat", 0)]),
        ] {
            let mut parcel = declaration(description);
            parcel.lines[0].value = None;
            let findings = found(&parcel, &reference, CheckCode::Campaign);
            let told = findings.iter().map(|it| (it.rule_id.as_str(), it.points));
            assert_eq!(told.collect::<Vec<_>>(), expected, "{description}");
            assert!(findings[0].points > 0 && findings.iter().skip(1).all(Finding::is_unjudged));
        }
    }

    #[test]
    fn of_several_campaigns_the_strongest_counts() {
        let several = vec![campaign("A", 5, 0, false), campaign("B", 0, 20, false)];
        assert_eq!(counted(several.clone(), nike(), "Nike"), [("B".to_owned(), 12)]);
        assert_eq!(counted(several, nike(), "shoes"), [("A".to_owned(), 5)]);
    }
}
