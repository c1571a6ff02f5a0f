//! The policy: what each check's findings are worth, and from where on a parcel is held.

/// A validated policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// A parcel whose score reaches this is held. At least 1.
    pub hold_threshold: i32,
    pub points: Points,
}

/// Points per check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Points {
    pub recorded_mark: RecordedMarkPoints,
    pub data_quality: DataQualityPoints,
}

/// A recorded mark in the declared text, by the field it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedMarkPoints {
    pub brand: i32,
    pub description: i32,
    pub model: i32,
    /// A text with more candidates than can be examined.
    pub too_many: i32,
}

/// Data that is missing or wrong; each kind counts once per parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataQualityPoints {
    /// Most that all kinds together may count, so that poor data alone need not hold a parcel.
    pub most: i32,
    /// Not two letters, nine digits, two letters.
    pub s10_form: i32,
    pub s10_reserved_indicator: i32,
    pub s10_check_digit: i32,
    /// Channel, direction, district or time of the declaration missing.
    pub header: i32,
    pub country: i32,
    /// The consignor is missing or has no id.
    pub consignor: i32,
    pub supervision_mode: i32,
    pub hs_code: i32,
    pub quantity: i32,
    pub value: i32,
    pub currency: i32,
    pub weight: i32,
    pub description: i32,
}
