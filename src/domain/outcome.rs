//! What inspections found.

use jiff::Timestamp;

use super::{Channel, Direction, Money, Party};

/// The result of one inspection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    pub declaration_id: String,
    pub item_id: String,
    pub kind: OutcomeKind,
    pub recordal_no: String,
    pub pieces: u32,
    pub value: Option<Money>,
    pub concluded_at: Option<Timestamp>,
    pub customs_district: String,
    pub channel: Channel,
    pub direction: Direction,
    pub consignor: Option<Party>,
    pub consignee: Option<Party>,
    pub platform: String,
    pub seller_id: String,
}

/// How an inspection ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum OutcomeKind {
    #[default]
    Unspecified,
    Seized,
    Cleared,
    Returned,
}
