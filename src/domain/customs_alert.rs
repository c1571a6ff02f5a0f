//! Warnings of own or overseas customs.

use jiff::civil::Date;

use super::{Channel, Direction};

/// A warning; every field that is set must match a parcel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomsAlert {
    pub alert_id: String,
    /// Such as `US-CBP`, `EU`, `RU`, `ASEAN`, `GAC`.
    pub source: String,
    pub direction: Direction,
    pub channel: Channel,
    pub party_id: String,
    pub party_name: String,
    pub address: String,
    pub mark: String,
    pub recordal_no: String,
    /// Prefixes of 2 to 10 digits.
    pub hs_codes: Vec<String>,
    pub origin_countries: Vec<String>,
    pub destination_countries: Vec<String>,
    pub points: i32,
    /// The first day it counts; `None`: from ever.
    pub valid_from: Option<Date>,
    /// The last day it counts; `None`: for ever.
    pub valid_until: Option<Date>,
    pub note: String,
}
