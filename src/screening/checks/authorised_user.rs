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
