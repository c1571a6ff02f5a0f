//! Earlier inspections of the consignor, the consignee or the address: seizures count, clearances take some of it off,
//! and both fade.

use jiff::Timestamp;

use super::super::Subject;
use super::super::intelligence::Role;
use super::super::notes::Note;
use crate::domain::{CheckCode, Field, Finding};

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let Subject { declaration, reference, history, consignor, consignee, .. } = subject;
    let worth = &reference.policy.points.party_history;
    let inspections = reference.intelligence.inspections.of(
        consignor,
        consignee,
        &declaration.declaration_id,
        history.as_of,
    );
    let (mut seized, mut cleared) = (0, 0);
    let (mut seizures, mut clearances) = (0, 0);
    let mut days_ago = None;
    let mut nearest = Role::Consignee;
    for (role, inspection) in inspections {
        let days = days_between(inspection.concluded_at, history.as_of);
        if inspection.is_seizure {
            seizures += 1;
            seized += faded(worth.seizure, days, worth.half_life_days);
            days_ago.get_or_insert(days);
            nearest = nearest.min(role);
        } else {
            clearances += 1;
            cleared += faded(worth.clearance, days, worth.half_life_days);
        }
    }
    let most = i64::from(worth.most) * SCALE;
    let points = (seized.min(most) - cleared).max(0) / SCALE;
    if let (Some(days_ago), Ok(points @ 1..)) = (days_ago, i32::try_from(points)) {
        let note = Note::PartyHistory { seizures, clearances, days_ago };
        let finding = Finding::new(CheckCode::PartyHistory, points, subject.note(&note));
        let field = match nearest {
            Role::Consignor => Field::Consignor,
            Role::Consignee => Field::Consignee,
        };
        findings.push(Finding { field, ..finding });
    }
}

/// Points are counted in thousandths, so that several that have faded add up.
const SCALE: i64 = 1_000;

fn days_between(past: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(past).as_hours() / 24
}

/// What is left of points after some days, in thousandths: half after each half-life, and a straight line between two
/// halvings, so that every machine comes to the same number.
fn faded(points: i32, days: i64, half_life_days: i32) -> i64 {
    let half_life = i64::from(half_life_days.max(1));
    let (halvings, rest) = (days / half_life, days % half_life);
    let Ok(halvings @ 0..32) = u32::try_from(halvings) else { return 0 };
    (i64::from(points) * SCALE * (2 * half_life - rest) / (2 * half_life)) >> halvings
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::domain::{Declaration, Outcome, OutcomeKind, Party};
    use crate::screening::test_support::{CONSIGNOR, declaration, found, informed};

    fn outcome(kind: OutcomeKind, days_ago: i64) -> Outcome {
        Outcome {
            declaration_id: format!("earlier-{kind:?}-{days_ago}"),
            kind,
            concluded_at: Some(Timestamp::UNIX_EPOCH - SignedDuration::from_hours(24 * days_ago)),
            consignor: Some(Party { party_id: CONSIGNOR.to_owned(), ..Party::default() }),
            ..Outcome::default()
        }
    }

    const NOTHING: [i32; 0] = [];

    fn points(parcel: &Declaration, outcomes: &[Outcome]) -> Vec<i32> {
        let findings = found(parcel, &informed(&[], &[], outcomes), CheckCode::PartyHistory);
        findings.iter().map(|it| it.points).collect()
    }

    #[test]
    fn a_seizure_halves_with_time() {
        use OutcomeKind::Seized;
        let parcel = declaration("shoes");
        // The half-life of the tests is 100 days.
        for (days, expected) in
            [(0, Some(40)), (50, Some(30)), (100, Some(20)), (200, Some(10)), (1_000, None)]
        {
            let counted = points(&parcel, &[outcome(Seized, days)]);
            assert_eq!(counted, Vec::from_iter(expected), "{days} days");
        }
        assert_eq!(points(&parcel, &[outcome(Seized, -1)]), NOTHING, "not yet concluded");
        assert_eq!(points(&parcel, &[outcome(OutcomeKind::Returned, 0)]), NOTHING);
    }

    #[test]
    fn seizures_add_up_to_a_limit_and_clearances_take_off() {
        use OutcomeKind::{Cleared, Seized};
        let parcel = declaration("shoes");
        assert_eq!(points(&parcel, &[outcome(Seized, 100), outcome(Seized, 200)]), [30]);
        let many = (0..9).map(|days| outcome(Seized, days)).collect::<Vec<_>>();
        assert_eq!(points(&parcel, &many), [60]);
        assert_eq!(points(&parcel, &[outcome(Seized, 100), outcome(Cleared, 0)]), [10]);
        assert_eq!(points(&parcel, &[outcome(Seized, 200), outcome(Cleared, 0)]), NOTHING);
        assert_eq!(points(&parcel, &[outcome(Cleared, 0)]), NOTHING);
    }

    #[test]
    fn a_party_is_known_by_id_name_or_address_and_each_inspection_counts_once() {
        let party = |id: &str, name: &str, address: &str| Party {
            party_id: id.to_owned(),
            name: name.to_owned(),
            address: address.to_owned(),
            ..Party::default()
        };
        let (name, address) = ("泉州佳美贸易有限公司", "佛山市顺德区建设路699号4栋");
        let seized = |consignor: Option<Party>, consignee: Option<Party>| Outcome {
            consignor,
            consignee,
            ..outcome(OutcomeKind::Seized, 0)
        };
        let sent = |consignor: Party, consignee: Party| Declaration {
            consignor: Some(consignor),
            consignee: Some(consignee),
            ..declaration("shoes")
        };
        let whole = seized(Some(party("C", name, address)), None);
        for (consignor, expected) in [
            (party("C", name, address), Some(40)),
            (party("C", "", ""), Some(40)),
            (party("D", "泉州佳美贸易", ""), Some(40)),
            (party("D", "", "佛山市顺德区 建设路 699 号 4 栋"), Some(40)),
            (party("D", "泉州佳佳贸易有限公司", "佛山市顺德区建设路700号"), None),
        ] {
            let parcel = sent(consignor, Party::default());
            let counted = points(&parcel, std::slice::from_ref(&whole));
            assert_eq!(counted, Vec::from_iter(expected));
        }
        // Persons share names, so a consignee's alone says nothing.
        let to = |id: &str| seized(None, Some(party(id, "Pedro Horvat", "")));
        let parcel = sent(Party::default(), party("E", "Pedro Horvat", ""));
        assert_eq!(points(&parcel, &[to("E")]), [40]);
        assert_eq!(points(&parcel, &[to("F")]), NOTHING);
    }

    #[test]
    fn a_parcels_own_inspection_does_not_count_against_it() {
        let parcel = declaration("shoes");
        let own = Outcome {
            declaration_id: parcel.declaration_id.clone(),
            ..outcome(OutcomeKind::Seized, 0)
        };
        assert_eq!(points(&parcel, &[own]), NOTHING);
    }
}
