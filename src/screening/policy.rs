//! The policy: what each check's findings are worth, and from where on a parcel is held.

use crate::domain::Technique;

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

/// A recorded mark in the declared text. What applies adds up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedMarkPoints {
    /// The field it stands in.
    pub brand: i32,
    pub description: i32,
    pub model: i32,
    /// It is all that the field says.
    pub whole_field: i32,
    /// It is the first that the description says.
    pub first_word: i32,
    /// The goods are under the recordal's own HS prefixes,
    pub goods_listed: i32,
    /// or in one of its Nice classes,
    pub goods_class: i32,
    /// or in none of them,
    pub goods_unrelated: i32,
    /// or nobody can say.
    pub goods_unknown: i32,
    /// The mark is a word that people use anyway: for the most common, less for rarer ones.
    pub ordinary: i32,
    /// It is the name of a person or place.
    pub name: i32,
    /// It has at most three letters.
    pub short: i32,
    /// It has four letters or fewer, or two Chinese characters, and is not written as recorded.
    pub short_disguised: i32,
    /// The text reads better without it, for each bit.
    pub strain: i32,
    /// A word before it only refers to it.
    pub referential: i32,
    /// The text sells copies.
    pub coded: i32,
    /// Where what applies adds up to less, nothing is said of it.
    pub least: i32,
    /// How it is written, for each technique in the order of [`Technique::ALL`].
    pub techniques: [i32; Technique::ALL.len()],
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
