//! The policy: what each check's findings are worth, and from where on a parcel is held.

use super::conditions::Conditional;
use super::currencies::Currencies;
use super::keyed_hash::keyed_hash;
use super::lists::Lists;
use super::unit_values::UnitValues;
use crate::domain::Technique;

/// A validated policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// A parcel whose score reaches this is held. At least 1.
    pub hold_threshold: i32,
    pub points: Points,
    pub random_sample: RandomSample,
    pub rules: Conditional<Rule>,
    pub campaigns: Conditional<Campaign>,
    pub currencies: Currencies,
    pub unit_values: UnitValues,
    /// What rules and campaigns name as `@region` and `@group`.
    pub lists: Lists,
}

/// What officers have written down: parcels that meet its conditions count its points, or are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: String,
    /// The officers' own words, in whatever language.
    pub note: String,
    pub points: i32,
    /// As many points as the threshold, instead.
    pub holds: bool,
}

/// A time and a place in which recorded marks weigh more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    pub id: String,
    /// The officers' own words, in whatever language.
    pub note: String,
    pub points: i32,
    /// So many per cent more for marks.
    pub mark_percent: i32,
    /// Only where a mark of a key enterprise was found.
    pub key_enterprises_only: bool,
}

/// Parcels that are held whatever is known of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RandomSample {
    pub per_10_000: u32,
    pub(super) key: [u8; 16],
}

impl RandomSample {
    /// So many of 10,000, drawn with a seed.
    #[must_use]
    pub fn new(per_10_000: u32, seed: &str) -> Self {
        Self { per_10_000, key: keyed_hash(&[0; 16], seed.as_bytes()).to_be_bytes() }
    }
}

/// Points per check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Points {
    pub recorded_mark: RecordedMarkPoints,
    /// How a recorded mark is written, for each technique in the order of [`Technique::ALL`].
    pub technique: [i32; Technique::ALL.len()],
    pub seller: SellerPoints,
    pub complaints: ComplaintsPoints,
    pub party_history: PartyHistoryPoints,
    pub pattern: PatternPoints,
    /// Most that all customs alerts together may count.
    pub customs_alert_most: i32,
    pub data_quality: DataQualityPoints,
}

/// A struct of points whose fields can also be gone through by name, so that each is listed in one place.
macro_rules! points {
    ($(#[$about:meta])* $name:ident { $($(#[$says:meta])* $field:ident,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $($(#[$says])* pub $field: i32,)*
        }

        impl $name {
            /// The points of each name that `of` gives.
            pub fn from_names(mut of: impl FnMut(&'static str) -> i32) -> Self {
                Self { $($field: of(stringify!($field)),)* }
            }

            /// Every name with its points.
            pub fn named(&mut self) -> impl Iterator<Item = (&'static str, &mut i32)> {
                [$((stringify!($field), &mut self.$field),)*].into_iter()
            }
        }
    };
}

points! {
    /// A recorded mark in the declared text. What applies adds up.
    RecordedMarkPoints {
        /// The field it stands in.
        brand,
        description,
        model,
        /// It is all that the field says.
        whole_field,
        /// It is the first that the description says.
        first_word,
        /// The goods are under the recordal's own HS prefixes,
        goods_listed,
        /// or in one of its Nice classes,
        goods_class,
        /// or in none of them,
        goods_unrelated,
        /// which weighs less where the mark is an invented word of some length, written as nobody writes it by chance,
        goods_unrelated_on_purpose,
        /// or nobody can say.
        goods_unknown,
        /// The mark is a word that people use anyway: for the most common, less for rarer ones.
        ordinary,
        /// Such a word, written as nobody writes it by chance.
        ordinary_on_purpose,
        /// It is the name of a person or place.
        name,
        /// It has at most three letters.
        short,
        /// It has four letters or fewer, or two Chinese characters, and is not written as recorded.
        short_disguised,
        /// The text reads better without it, for each bit.
        strain,
        /// A word before it only refers to it.
        referential,
        /// The text sells copies.
        coded,
        /// Where what applies adds up to less, nothing is said of it.
        least,
        /// A text with more candidates than can be examined.
        too_many,
    }
}

points! {
    /// What platforms know of the seller or the listing. Each counts once.
    SellerPoints {
        counterfeiter_verified,
        penalised,
        listing_removed,
        /// Linked to an account that is verified or penalised,
        account_linked,
        /// or linked to one that is.
        account_linked_twice,
    }
}

points! {
    /// Complaints per 1,000 orders, in three tiers; the highest that is reached counts.
    ComplaintsPoints {
        low_from,
        low,
        medium_from,
        medium,
        high_from,
        high,
    }
}

points! {
    /// What inspections found with the parties before.
    PartyHistoryPoints {
        /// A seizure of today, and what a clearance of today takes off. Both halve with time.
        seizure,
        clearance,
        half_life_days,
        /// Most that all seizures together may count; clearances never make less than nothing.
        most,
    }
}

points! {
    /// Declarations of a kind that hides something more often than others.
    PatternPoints {
        /// The description has only words that say nothing of the goods.
        vague_description,
        /// Goods sold on a platform, or many pieces of a kind, declared as a gift,
        gift,
        /// from so many pieces on.
        gift_pieces_from,
        /// Goods that are often counterfeited, without a brand.
        no_brand_high_risk_goods,
        /// A piece is declared at less than so many per cent of its listed price.
        price_gap_below_percent,
        price_gap,
        /// A piece is declared at less than so many per cent of the median of its heading, or of its mark
        undervalued_below_percent,
        undervalued,
        /// where so many inspections have found what that is worth.
        undervalued_outcomes_least,
        /// At most so many pieces by post, as persons send them: takes off so much, and never releases.
        personal_pieces_most,
        personal_quantity,
    }
}

points! {
    /// Data that is missing or wrong; each kind counts once per parcel.
    DataQualityPoints {
        /// Most that all kinds together may count, so that poor data alone need not hold a parcel.
        most,
        /// Not two letters, nine digits, two letters.
        s10_form,
        s10_reserved_indicator,
        s10_check_digit,
        /// Channel, direction, district or time of the declaration missing.
        header,
        country,
        /// The consignor is missing or has no id.
        consignor,
        supervision_mode,
        hs_code,
        quantity,
        value,
        currency,
        weight,
        description,
    }
}
