//! A small reference and declarations for tests of this module and of those above it.

use std::sync::Arc;

use super::{
    ComplaintsPoints, Conditional, Currencies, DataQualityPoints, Intelligence, Language, Lists,
    PartyHistoryPoints, PartyKey, PatternPoints, Points, Policy, RandomSample, RecordedMarkPoints,
    Reference, SellerPoints, UnitValues,
};
use crate::domain::{
    AuthorisedUser, Channel, CheckCode, CustomsAlert, Declaration, Direction, Finding, Holder,
    Line, Money, Outcome, Party, PlatformSignal, Recordal, RecordalStatus, RightKind, Technique,
    Versions,
};
use crate::history::History;
use crate::register::Register;
use crate::screening::screen;

pub(crate) const CONSIGNOR: &str = "91440106MA2FC99J7A";

/// Every kind of data fault is worth 1, so that the sum tells their number.
pub(crate) fn policy() -> Policy {
    Policy {
        hold_threshold: 60,
        random_sample: RandomSample::new(0, ""),
        rules: Conditional::default(),
        campaigns: Conditional::default(),
        currencies: Currencies::new([]),
        unit_values: UnitValues::default(),
        lists: Lists::default(),
        points: Points {
            recorded_mark: RecordedMarkPoints::from_names(|name| match name {
                "brand" => 80,
                "description" => 60,
                "model" => 50,
                "too_many" => 70,
                "least" => 1,
                _ => 0,
            }),
            technique: [0; Technique::ALL.len()],
            seller: SellerPoints::from_names(|name| match name {
                "counterfeiter_verified" => 40,
                "penalised" => 20,
                "listing_removed" => 25,
                "account_linked" => 16,
                _ => 8,
            }),
            complaints: ComplaintsPoints::from_names(|name| match name {
                "low_from" | "low" => 5,
                "medium_from" | "medium" => 10,
                "high_from" => 20,
                _ => 15,
            }),
            party_history: PartyHistoryPoints::from_names(|name| match name {
                "half_life_days" => 100,
                "clearance" => 10,
                "most" => 60,
                _ => 40,
            }),
            pattern: PatternPoints::from_names(|name| match name {
                "price_gap_below_percent" => 30,
                "undervalued_below_percent" => 15,
                "undervalued_outcomes_least" => 3,
                "gift_pieces_from" | "price_gap" | "undervalued" => 10,
                "personal_pieces_most" => 1,
                "personal_quantity" => -10,
                _ => 8,
            }),
            customs_alert_most: 50,
            data_quality: DataQualityPoints::from_names(|name| if name == "most" { 30 } else { 1 }),
        },
    }
}

pub(crate) fn reference(recordals: Vec<Recordal>) -> Reference {
    Reference {
        register: Arc::new(Register::build(recordals)),
        intelligence: Arc::default(),
        policy: Arc::new(policy()),
        language: Language::English,
        versions: Arc::new(Versions::default()),
    }
}

impl Reference {
    /// The policy, to be changed.
    pub(crate) fn policy_mut(&mut self) -> &mut Policy {
        Arc::make_mut(&mut self.policy)
    }
}

/// The same with what platforms, customs and inspections know.
pub(crate) fn informed(
    signals: &[PlatformSignal],
    alerts: &[CustomsAlert],
    outcomes: &[Outcome],
) -> Reference {
    let key = PartyKey::new([7; 16]);
    let signals = signals.iter().cloned();
    let currencies = Currencies::new([]);
    let intelligence = Intelligence::build(key, &currencies, signals, alerts, outcomes);
    Reference { intelligence: Arc::new(intelligence), ..reference(Vec::new()) }
}

/// The same with marks.
pub(crate) fn with_marks(informed: Reference, recordals: Vec<Recordal>) -> Reference {
    Reference { register: Arc::new(Register::build(recordals)), ..informed }
}

/// The findings of one check, with their points, at the beginning of time.
pub(crate) fn found(
    declaration: &Declaration,
    reference: &Reference,
    check: CheckCode,
) -> Vec<Finding> {
    let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
    let mut findings = screen(declaration, reference, &history).findings;
    findings.retain(|finding| finding.check == check);
    findings
}

/// A live mark of a holder.
pub(crate) fn mark(recordal_no: &str, right_name: &str, holder: &str) -> Recordal {
    Recordal {
        recordal_no: recordal_no.to_owned(),
        right_kind: RightKind::Trademark,
        right_name: right_name.to_owned(),
        holder: Holder { name: holder.to_owned(), country: "CN".to_owned() },
        status: RecordalStatus::Live,
        ..Recordal::default()
    }
}

/// The mark, with [`CONSIGNOR`] as an authorised user.
pub(crate) fn authorising(mark: Recordal) -> Recordal {
    let user = AuthorisedUser { party_id: CONSIGNOR.to_owned(), name: String::new() };
    Recordal { authorised_users: vec![user], ..mark }
}

/// A declaration with nothing wrong, of one line.
pub(crate) fn declaration(description: &str) -> Declaration {
    Declaration {
        declaration_id: "D1".to_owned(),
        item_id: "EE471108151FR".to_owned(),
        channel: Channel::Post,
        direction: Direction::Export,
        customs_district: "5100".to_owned(),
        declared_at: Some(jiff::Timestamp::UNIX_EPOCH),
        origin_country: "CN".to_owned(),
        destination_country: "FR".to_owned(),
        consignor: Some(Party { party_id: CONSIGNOR.to_owned(), ..Party::default() }),
        lines: vec![line(1, description)],
        gross_weight_grams: 500,
        supervision_mode: "9610".to_owned(),
        ..Declaration::default()
    }
}

/// A line with nothing wrong.
pub(crate) fn line(line_no: u32, description: &str) -> Line {
    Line {
        line_no,
        description: description.to_owned(),
        brand: "Acme".to_owned(),
        hs_code: "6403990000".to_owned(),
        quantity: 2,
        net_weight_grams: 400,
        value: Some(Money { currency: "CNY".to_owned(), amount: "120.00".to_owned() }),
        ..Line::default()
    }
}
