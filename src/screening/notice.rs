//! What a platform is told of a hold or a seizure: the order and the rights, nothing of the consignee, of addresses, or
//! of what customs know beside it.

use super::Language;
use super::notes::Note;
use crate::domain::{
    CheckCode, Decision, Declaration, Finding, HoldRoute, NoticeKind, Outcome, OutcomeKind,
    PlatformNotice, Verdict,
};

/// Marks that one notice names.
const MARKS_TOLD_MAX: usize = 5;

/// The notice of a parcel that is held because a recorded right is involved; `None` for other parcels, and for those of
/// no platform. Its id and time are the caller's to fill in.
#[must_use]
pub fn notice_of_hold(
    declaration: &Declaration,
    decision: &Decision,
    language: Language,
) -> Option<PlatformNotice> {
    let order = declaration.platform_order.as_ref().filter(|order| !order.platform.is_empty())?;
    if decision.verdict != Verdict::Hold(HoldRoute::IntellectualProperty) {
        return None;
    }
    let involved = |finding: &&Finding| finding.check != CheckCode::AuthorisedUser;
    let found = decision.findings.iter().filter(involved);
    let marks = found.clone().filter(|it| it.check == CheckCode::RecordedMark);
    let mut marks = distinct(marks.map(|it| it.mark.as_str()));
    marks.truncate(MARKS_TOLD_MAX);
    let recordal_nos = distinct(found.map(|it| it.recordal_no.as_str()));
    Some(PlatformNotice {
        platform: order.platform.clone(),
        seller_id: order.seller_id.clone(),
        order_id: order.order_id.clone(),
        listing_id: order.listing_id.clone(),
        kind: NoticeKind::Held,
        recordal_nos: recordal_nos.into_iter().map(str::to_owned).collect(),
        reason: Note::NoticeHeld { marks: &marks }.text(language),
        ..PlatformNotice::default()
    })
}

/// The notice of a seizure; `None` for other outcomes, and for those of no platform. Its id is the caller's to fill in.
#[must_use]
pub fn notice_of_outcome(outcome: &Outcome, language: Language) -> Option<PlatformNotice> {
    if outcome.kind != OutcomeKind::Seized || outcome.platform.is_empty() {
        return None;
    }
    let Outcome { pieces, recordal_no, .. } = outcome;
    Some(PlatformNotice {
        platform: outcome.platform.clone(),
        seller_id: outcome.seller_id.clone(),
        kind: NoticeKind::Seized,
        recordal_nos: distinct([recordal_no.as_str()]).into_iter().map(str::to_owned).collect(),
        reason: Note::NoticeSeized { pieces: *pieces, recordal_no }.text(language),
        occurred_at: outcome.concluded_at,
        ..PlatformNotice::default()
    })
}

/// Texts that say something, each once, in order.
fn distinct<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for text in texts {
        if !text.is_empty() && !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Party, PlatformOrder};
    use crate::history::History;
    use crate::screening::screen;
    use crate::screening::test_support::{declaration, mark, reference};

    fn ordered(description: &str) -> Declaration {
        let order = PlatformOrder {
            platform: "P".to_owned(),
            seller_id: "S".to_owned(),
            order_id: "O".to_owned(),
            listing_id: "L".to_owned(),
            ..PlatformOrder::default()
        };
        Declaration { platform_order: Some(order), ..declaration(description) }
    }

    fn notice(declaration: &Declaration) -> Option<PlatformNotice> {
        let reference = reference(vec![mark("T1", "Quorvexa", "Q"), mark("T2", "Quorvexa", "R")]);
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        let decision = screen(declaration, &reference, &history);
        notice_of_hold(declaration, &decision, Language::English)
    }

    #[test]
    fn a_platform_is_told_of_its_order_and_the_rights_and_of_nobody() {
        let mut parcel = ordered("Quorvexa shoes");
        parcel.consignee = Some(Party { name: "Pedro Horvat".to_owned(), ..Party::default() });
        let told = notice(&parcel).unwrap();
        let order = [&told.platform, &told.seller_id, &told.order_id, &told.listing_id];
        assert_eq!(order, ["P", "S", "O", "L"]);
        assert_eq!(
            (told.kind, &*told.recordal_nos),
            (NoticeKind::Held, &["T1", "T2"].map(str::to_owned)[..])
        );
        let reason =
            "customs hold the parcel for inspection: recorded marks may be infringed: Quorvexa";
        assert_eq!(told.reason, reason);
        assert!(!format!("{told:?}").contains("Horvat"));
    }

    #[test]
    fn parcels_that_go_on_and_those_of_no_platform_are_nobodys_news() {
        assert_eq!(notice(&ordered("shoes")), None);
        assert_eq!(notice(&declaration("Quorvexa shoes")), None);
    }

    #[test]
    fn seizures_are_told_and_no_other_outcome() {
        let seized = Outcome {
            kind: OutcomeKind::Seized,
            recordal_no: "T1".to_owned(),
            pieces: 12,
            platform: "P".to_owned(),
            seller_id: "S".to_owned(),
            ..Outcome::default()
        };
        let told = notice_of_outcome(&seized, Language::English).unwrap();
        assert_eq!((told.kind, &*told.seller_id), (NoticeKind::Seized, "S"));
        assert_eq!(told.reason, "customs seized 12 pieces that infringe T1");
        for other in [
            Outcome { kind: OutcomeKind::Cleared, ..seized.clone() },
            Outcome { platform: String::new(), ..seized },
        ] {
            assert_eq!(notice_of_outcome(&other, Language::English), None);
        }
    }
}
