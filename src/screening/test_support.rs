//! A small reference and declarations for tests of this module and of those above it.

use std::sync::Arc;

use super::{
    DataQualityPoints, Intelligence, Language, Points, Policy, RecordedMarkPoints, Reference,
};
use crate::domain::{
    AuthorisedUser, Channel, Declaration, Direction, Holder, Line, Money, Party, Recordal,
    RecordalStatus, RightKind, Technique, Versions,
};
use crate::register::Register;

pub(crate) const CONSIGNOR: &str = "91440106MA2FC99J7A";

/// Every kind of data fault is worth 1, so that the sum tells their number.
pub(crate) fn policy() -> Policy {
    Policy {
        hold_threshold: 60,
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
            data_quality: DataQualityPoints::from_names(|name| if name == "most" { 30 } else { 1 }),
        },
    }
}

pub(crate) fn reference(recordals: Vec<Recordal>) -> Reference {
    Reference {
        register: Register::build(recordals),
        intelligence: Intelligence::default(),
        policy: policy(),
        language: Language::English,
        versions: Arc::new(Versions::default()),
    }
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
        hs_code: "6403990000".to_owned(),
        quantity: 2,
        net_weight_grams: 400,
        value: Some(Money { currency: "CNY".to_owned(), amount: "120.00".to_owned() }),
        ..Line::default()
    }
}
