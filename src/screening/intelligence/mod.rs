//! What platforms, customs and inspections know, indexed by what can be asked of a parcel.
//!
//! Holds no personal data: parties are keyed hashes of what was told of them.

mod alerts;
mod inspections;
mod parties;
mod sellers;
mod values;

use alerts::Alerts;
pub(super) use alerts::Asked;
use inspections::Inspections;
pub(super) use inspections::Role;
pub(super) use parties::Fingerprints;
pub use parties::PartyKey;
pub(super) use sellers::Known;
use sellers::Sellers;
use values::MarkValues;

use super::currencies::Currencies;
use crate::domain::{CustomsAlert, Outcome, PlatformSignal};

/// Platform signals, customs alerts and inspection outcomes. Built in one go, never changed.
#[derive(Debug, Default)]
pub struct Intelligence {
    pub(super) party_key: PartyKey,
    pub(super) sellers: Sellers,
    pub(super) alerts: Alerts,
    pub(super) inspections: Inspections,
    pub(super) mark_values: MarkValues,
}

impl Intelligence {
    /// Indexes what is known, with values at the currencies' rates. The order of messages decides nothing.
    #[must_use]
    pub fn build(
        party_key: PartyKey,
        currencies: &Currencies,
        signals: impl IntoIterator<Item = PlatformSignal>,
        alerts: &[CustomsAlert],
        outcomes: &[Outcome],
    ) -> Self {
        Self {
            sellers: Sellers::build(signals),
            alerts: Alerts::build(&party_key, alerts),
            inspections: Inspections::build(&party_key, outcomes),
            mark_values: MarkValues::build(outcomes, currencies),
            party_key,
        }
    }

    /// Whether anything is known of parties, so that it pays to hash those of a parcel.
    pub(super) fn knows_parties(&self) -> bool {
        self.alerts.knows_parties() || !self.inspections.is_empty()
    }
}
