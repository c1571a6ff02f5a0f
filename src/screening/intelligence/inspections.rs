//! What inspections found with whom.

use hashbrown::HashMap;
use jiff::Timestamp;

use super::parties::{Fingerprint, Fingerprints, PartyKey};
use crate::domain::{Outcome, OutcomeKind, Party};

/// Inspections of one party after which no older ones are remembered.
const REMEMBERED_MAX: usize = 256;

/// Concluded inspections, by who was involved.
#[derive(Debug, Default)]
pub(in crate::screening) struct Inspections {
    all: Vec<Inspection>,
    by_party: HashMap<Fingerprint, Vec<u32>>,
}

/// Through whom an inspection is known; the consignor where through both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::screening) enum Role {
    Consignor,
    Consignee,
}

/// One concluded inspection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::screening) struct Inspection {
    pub(in crate::screening) concluded_at: Timestamp,
    pub(in crate::screening) is_seizure: bool,
    declaration_id: String,
}

impl Inspections {
    /// Seizures and clearances that have a time; what was returned says nothing of who sent it.
    pub(super) fn build(key: &PartyKey, outcomes: &[Outcome]) -> Self {
        let mut concluded = outcomes
            .iter()
            .filter(|it| matches!(it.kind, OutcomeKind::Seized | OutcomeKind::Cleared))
            .filter_map(|it| Some((it.concluded_at?, it)))
            .collect::<Vec<_>>();
        // Newest first: of one party's only so many are kept.
        concluded.sort_by(|(a, x), (b, y)| b.cmp(a).then(x.declaration_id.cmp(&y.declaration_id)));
        let mut inspections = Self::default();
        for (number, (concluded_at, outcome)) in (0..).zip(concluded) {
            inspections.all.push(Inspection {
                concluded_at,
                is_seizure: outcome.kind == OutcomeKind::Seized,
                declaration_id: outcome.declaration_id.clone(),
            });
            for fingerprint in involved(key, outcome.consignor.as_ref(), outcome.consignee.as_ref())
            {
                let known = inspections.by_party.entry(fingerprint).or_default();
                if known.len() < REMEMBERED_MAX && known.last() != Some(&number) {
                    known.push(number);
                }
            }
        }
        inspections
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Inspections concluded by a moment that involved one of the parties, of other parcels than this; newest first,
    /// each once, with whom they are known through.
    pub(in crate::screening) fn of(
        &self,
        consignor: &Fingerprints,
        consignee: &Fingerprints,
        declaration_id: &str,
        at: Timestamp,
    ) -> impl Iterator<Item = (Role, &Inspection)> {
        let consignors = of_consignor(consignor).into_iter().flatten();
        let consignees = of_consignee(consignee).into_iter().flatten();
        let parties = consignors
            .map(|it| (Role::Consignor, it))
            .chain(consignees.map(|it| (Role::Consignee, it)));
        let mut known = parties
            .filter_map(|(role, party)| Some((role, self.by_party.get(&party)?)))
            .flat_map(|(role, numbers)| numbers.iter().map(move |number| (*number, role)))
            .collect::<Vec<_>>();
        known.sort_unstable();
        known.dedup_by_key(|(number, _)| *number);
        known
            .into_iter()
            .filter_map(|(number, role)| Some((role, self.all.get(number as usize)?)))
            .filter(move |(_, inspection)| {
                inspection.concluded_at <= at && inspection.declaration_id != declaration_id
            })
    }
}

fn involved(
    key: &PartyKey,
    consignor: Option<&Party>,
    consignee: Option<&Party>,
) -> impl Iterator<Item = Fingerprint> {
    let of = |party: Option<&Party>| party.map(|it| key.fingerprints(it)).unwrap_or_default();
    let (consignor, consignee) = (of(consignor), of(consignee));
    of_consignor(&consignor).into_iter().chain(of_consignee(&consignee)).flatten()
}

/// By what a consignor is known again.
fn of_consignor(consignor: &Fingerprints) -> [Option<Fingerprint>; 3] {
    [consignor.id, consignor.name, consignor.address]
}

/// By what a consignee is known again. The name is not enough: persons share names.
fn of_consignee(consignee: &Fingerprints) -> [Option<Fingerprint>; 2] {
    [consignee.id, consignee.address]
}
