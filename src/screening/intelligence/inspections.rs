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
    /// each once.
    pub(in crate::screening) fn of(
        &self,
        consignor: &Fingerprints,
        consignee: &Fingerprints,
        declaration_id: &str,
        at: Timestamp,
    ) -> impl Iterator<Item = &Inspection> {
        let parties = who(consignor, consignee).into_iter().flatten();
        let mut numbers = parties
            .filter_map(|party| self.by_party.get(&party))
            .flatten()
            .copied()
            .collect::<Vec<_>>();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().filter_map(|number| self.all.get(number as usize)).filter(
            move |inspection| {
                inspection.concluded_at <= at && inspection.declaration_id != declaration_id
            },
        )
    }
}

fn involved(
    key: &PartyKey,
    consignor: Option<&Party>,
    consignee: Option<&Party>,
) -> impl Iterator<Item = Fingerprint> {
    let of = |party: Option<&Party>| party.map(|it| key.fingerprints(it)).unwrap_or_default();
    who(&of(consignor), &of(consignee)).into_iter().flatten()
}

/// By what the parties of a parcel are known again. A consignee's name is not enough: persons share names.
fn who(consignor: &Fingerprints, consignee: &Fingerprints) -> [Option<Fingerprint>; 5] {
    [consignor.id, consignor.name, consignor.address, consignee.id, consignee.address]
}
