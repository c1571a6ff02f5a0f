//! The consignor is an authorised user of a recordal that was found: what that recordal counted is taken off.
//! Other recordals, of the same mark too, keep their points.

use super::super::Subject;
use super::super::notes::Note;
use crate::domain::{CheckCode, Finding};

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(consignor) = &subject.declaration.consignor else { return };
    let authorised = findings
        .iter()
        .filter(|finding| finding.check == CheckCode::RecordedMark)
        .filter(|finding| authorises(subject, &finding.recordal_no, &consignor.party_id))
        .map(|finding| offset(subject, finding))
        .collect::<Vec<_>>();
    findings.extend(authorised);
}

fn authorises(subject: &Subject<'_>, recordal_no: &str, party_id: &str) -> bool {
    subject
        .reference
        .register
        .by_number(recordal_no)
        .is_some_and(|recordal| recordal.authorises(party_id))
}

fn offset(subject: &Subject<'_>, found: &Finding) -> Finding {
    let note = Note::AuthorisedUser { mark: &found.mark, recordal_no: &found.recordal_no }
        .text(subject.reference.language);
    Finding {
        recordal_no: found.recordal_no.clone(),
        mark: found.mark.clone(),
        ..Finding::new(CheckCode::AuthorisedUser, found.points.saturating_neg(), note)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{CheckCode, Decision, Party, Recordal, Verdict};
    use crate::history::History;
    use crate::screening::screen;
    use crate::screening::test_support::{authorising, declaration, mark, reference};

    fn decide(description: &str, recordals: Vec<Recordal>) -> Decision {
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        screen(&declaration(description), &reference(recordals), &history)
    }

    #[test]
    fn takes_off_what_its_own_recordal_counted() {
        let decision = decide("Nike shoes", vec![authorising(mark("T1", "Nike", "A"))]);
        assert_eq!((decision.score, decision.verdict), (0, Verdict::Release));
        let last = decision.findings.last().unwrap();
        assert_eq!((last.check, last.points), (CheckCode::AuthorisedUser, -60));
        assert_eq!(last.recordal_no, "T1");
    }

    #[test]
    fn leaves_every_other_recordal_its_points() {
        let marks = vec![authorising(mark("T1", "Nike", "A")), mark("T2", "Adidas", "B")];
        assert_eq!(decide("Nike Adidas", marks).score, 60);
        let namesakes = vec![authorising(mark("T1", "Nike", "A")), mark("T2", "Nike", "B")];
        assert_eq!(decide("Nike", namesakes).score, 60);
    }

    #[test]
    fn stands_for_the_holders_other_recordals_in_the_same_place_only() {
        let marks =
            |other: &str| vec![mark("T1", other, "A"), authorising(mark("T2", "Nike", "A"))];
        let decision = decide("Nike Air", marks("Nike Air"));
        assert_eq!((decision.score, decision.verdict), (0, Verdict::Release));
        assert_eq!(decide("Nike and Air", marks("Air")).score, 60);
    }

    #[test]
    fn nobody_in_particular_is_authorised() {
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        let reference = reference(vec![authorising(mark("T1", "Nike", "A"))]);
        for consignor in [None, Some(Party::default())] {
            let parcel = crate::domain::Declaration { consignor, ..declaration("Nike") };
            let decision = screen(&parcel, &reference, &history);
            assert_ne!(decision.verdict, Verdict::Release);
        }
    }
}
