//! What platforms tell of the seller and the listing: one check for each kind of signal.

use super::super::Subject;
use super::super::intelligence::Known;
use super::super::notes::Note;
use crate::domain::{CheckCode, Field, Finding, PlatformOrder, SignalKind};

/// Customs or the platform verified the seller as a counterfeiter.
pub(super) fn counterfeiter_verified(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let points = subject.reference.policy.points.seller.counterfeiter_verified;
    let of_seller = |order: &PlatformOrder| {
        first(subject, order, SignalKind::CounterfeiterVerified).map(|signal| {
            let note = Note::CounterfeiterVerified { platform: &order.platform };
            let recordal_no = String::from(&*signal.recordal_no);
            Finding {
                recordal_no,
                ..finding(subject, CheckCode::CounterfeiterVerified, points, &note)
            }
        })
    };
    findings.extend(order(subject).and_then(of_seller));
}

/// The platform penalised the seller.
pub(super) fn penalised(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let points = subject.reference.policy.points.seller.penalised;
    let of_seller = |order: &PlatformOrder| {
        first(subject, order, SignalKind::SellerPenalised).map(|_| {
            let note = Note::SellerPenalised { platform: &order.platform };
            finding(subject, CheckCode::SellerPenalised, points, &note)
        })
    };
    findings.extend(order(subject).and_then(of_seller));
}

/// The platform removed the listing that was ordered.
pub(super) fn listing_removed(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let points = subject.reference.policy.points.seller.listing_removed;
    let of_listing = |order: &PlatformOrder| {
        let is_ordered = |signal: &&Known| *signal.listing_id == *order.listing_id;
        let sellers = &subject.reference.intelligence.sellers;
        // The platform may have named the listing alone.
        let mut removed = [order.seller_id.as_str(), ""].into_iter().flat_map(|seller_id| {
            let kind = SignalKind::ListingRemoved;
            sellers.known(&order.platform, seller_id, kind, subject.history.as_of)
        });
        removed.find(is_ordered).map(|signal| {
            let note =
                Note::ListingRemoved { platform: &order.platform, listing: &order.listing_id };
            let recordal_no = String::from(&*signal.recordal_no);
            Finding { recordal_no, ..finding(subject, CheckCode::ListingRemoved, points, &note) }
        })
    };
    let order = subject.declaration.platform_order.as_ref();
    let with_listing = order.filter(|order| !order.listing_id.is_empty());
    findings.extend(with_listing.and_then(of_listing));
}

/// Buyers complain of the seller often.
pub(super) fn complaints(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let worth = &subject.reference.policy.points.complaints;
    let of_seller = |order: &PlatformOrder| {
        // The most come first.
        let signal = first(subject, order, SignalKind::Complaints)?;
        let count = signal.complaints_per_thousand;
        let tiers = [
            (worth.high_from, worth.high),
            (worth.medium_from, worth.medium),
            (worth.low_from, worth.low),
        ];
        let reached = |from: i32| i64::from(count) >= i64::from(from);
        let (_, points) = tiers.into_iter().find(|(from, _)| reached(*from))?;
        let note = Note::Complaints { platform: &order.platform, per_thousand: count };
        Some(finding(subject, CheckCode::Complaints, points, &note))
    };
    findings.extend(order(subject).and_then(of_seller));
}

/// The seller's account belongs to one that platforms know.
pub(super) fn account_linked(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let worth = &subject.reference.policy.points.seller;
    let of_seller = |order: &PlatformOrder| {
        let sellers = &subject.reference.intelligence.sellers;
        let linked = sellers.linked(&order.platform, &order.seller_id, subject.history.as_of)?;
        let is_direct = linked.steps == 1;
        let points = if is_direct { worth.account_linked } else { worth.account_linked_twice };
        let note = Note::AccountLinked {
            seller: linked.seller_id,
            is_direct,
            is_verified: linked.known.kind == SignalKind::CounterfeiterVerified,
        };
        Some(finding(subject, CheckCode::AccountLinked, points, &note))
    };
    findings.extend(order(subject).and_then(of_seller));
}

fn order<'a>(subject: &Subject<'a>) -> Option<&'a PlatformOrder> {
    subject.declaration.platform_order.as_ref().filter(|order| !order.seller_id.is_empty())
}

/// The first signal of a kind that counts now; several of one kind count once.
fn first<'a>(subject: &Subject<'a>, order: &PlatformOrder, kind: SignalKind) -> Option<&'a Known> {
    let sellers = &subject.reference.intelligence.sellers;
    let at = subject.history.as_of;
    sellers.known(&order.platform, &order.seller_id, kind, at).next()
}

fn finding(subject: &Subject<'_>, check: CheckCode, points: i32, note: &Note<'_>) -> Finding {
    Finding { field: Field::PlatformOrder, ..Finding::new(check, points, subject.note(note)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Declaration, HoldRoute, PlatformSignal, Verdict};
    use crate::history::History;
    use crate::screening::screen;
    use crate::screening::test_support::{declaration, found, informed};

    fn parcel() -> Declaration {
        let order = PlatformOrder {
            platform: "P".to_owned(),
            seller_id: "S".to_owned(),
            listing_id: "L".to_owned(),
            ..PlatformOrder::default()
        };
        Declaration { platform_order: Some(order), ..declaration("shoes") }
    }

    fn signal(kind: SignalKind) -> PlatformSignal {
        PlatformSignal {
            platform: "P".to_owned(),
            seller_id: "S".to_owned(),
            kind,
            ..PlatformSignal::default()
        }
    }

    const NOTHING: [i32; 0] = [];

    fn points(parcel: &Declaration, signals: &[PlatformSignal], check: CheckCode) -> Vec<i32> {
        found(parcel, &informed(signals, &[], &[]), check).iter().map(|it| it.points).collect()
    }

    #[test]
    fn each_kind_counts_once_and_only_for_its_seller() {
        for (kind, check, expected) in [
            (SignalKind::CounterfeiterVerified, CheckCode::CounterfeiterVerified, 40),
            (SignalKind::SellerPenalised, CheckCode::SellerPenalised, 20),
        ] {
            let twice = [signal(kind), signal(kind)];
            assert_eq!(points(&parcel(), &twice, check), [expected]);
            let stranger = PlatformSignal { seller_id: "T".to_owned(), ..signal(kind) };
            assert_eq!(points(&parcel(), &[stranger], check), NOTHING);
            let no_order = Declaration { platform_order: None, ..parcel() };
            assert_eq!(points(&no_order, &twice, check), NOTHING);
        }
    }

    #[test]
    fn a_removed_listing_counts_where_it_was_ordered() {
        let removed = |listing: &str| PlatformSignal {
            listing_id: listing.to_owned(),
            ..signal(SignalKind::ListingRemoved)
        };
        let check = CheckCode::ListingRemoved;
        assert_eq!(points(&parcel(), &[removed("M"), removed("L")], check), [25]);
        assert_eq!(points(&parcel(), &[removed("M")], check), NOTHING);
        // The platform names the listing alone, the parcel the seller too, or neither does.
        let of_nobody = PlatformSignal { seller_id: String::new(), ..removed("L") };
        assert_eq!(points(&parcel(), std::slice::from_ref(&of_nobody), check), [25]);
        let mut without_seller = parcel();
        without_seller.platform_order.as_mut().unwrap().seller_id = String::new();
        assert_eq!(points(&without_seller, &[of_nobody], check), [25]);
        assert_eq!(points(&without_seller, &[removed("L")], check), NOTHING);
        let mut unlisted = parcel();
        unlisted.platform_order.as_mut().unwrap().listing_id = String::new();
        assert_eq!(points(&unlisted, &[removed("")], check), NOTHING);
    }

    #[test]
    fn complaints_count_by_the_highest_tier_they_reach() {
        let complaints = |complaints_per_thousand| PlatformSignal {
            complaints_per_thousand,
            ..signal(SignalKind::Complaints)
        };
        let check = CheckCode::Complaints;
        for (count, expected) in [
            (4, None),
            (5, Some(5)),
            (9, Some(5)),
            (10, Some(10)),
            (19, Some(10)),
            (20, Some(15)),
            (u32::MAX, Some(15)),
        ] {
            let counted = points(&parcel(), &[complaints(0), complaints(count)], check);
            assert_eq!(counted, Vec::from_iter(expected), "{count}");
        }
    }

    #[test]
    fn a_link_counts_more_the_nearer_it_is() {
        let link = |from: &str, to: &str| PlatformSignal {
            seller_id: from.to_owned(),
            linked_seller_id: to.to_owned(),
            ..signal(SignalKind::AccountLinked)
        };
        let bad = PlatformSignal {
            seller_id: "bad".to_owned(),
            ..signal(SignalKind::CounterfeiterVerified)
        };
        let check = CheckCode::AccountLinked;
        assert_eq!(points(&parcel(), &[bad.clone(), link("S", "bad")], check), [16]);
        let two_steps = [bad.clone(), link("bad", "T"), link("S", "T")];
        assert_eq!(points(&parcel(), &two_steps, check), [8]);
        assert_eq!(points(&parcel(), &[bad], check), NOTHING);
    }

    #[test]
    fn a_recordal_that_the_platform_names_leads_to_the_route_of_rights() {
        let named = PlatformSignal {
            recordal_no: "T1".to_owned(),
            ..signal(SignalKind::CounterfeiterVerified)
        };
        let mut reference = informed(&[named, signal(SignalKind::SellerPenalised)], &[], &[]);
        reference.policy_mut().hold_threshold = 60;
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        let decision = screen(&parcel(), &reference, &history);
        assert_eq!(decision.verdict, Verdict::Hold(HoldRoute::IntellectualProperty));
        assert_eq!(decision.score, 60);
    }
}
