//! The checks: one risk, one file, one row in [`CHECKS`].

mod authorised_user;
mod campaign;
mod customs_alert;
mod data_quality;
mod gift_pattern;
mod no_brand_high_risk_goods;
mod party_history;
mod personal_quantity;
mod price_gap;
mod random_sample;
mod recorded_mark;
mod rule;
mod seller;
mod undervalued;
mod vague_description;

use super::Subject;
use crate::domain::{CheckCode, Finding};

/// One check. It sees the findings of the checks before it and adds its own.
pub(super) struct Check {
    /// The code of its findings.
    pub(super) code: CheckCode,
    pub(super) run: fn(&Subject<'_>, &mut Vec<Finding>),
}

/// Every check that runs on a declaration, in the order in which they run.
pub(super) const CHECKS: &[Check] = &[
    Check { code: CheckCode::RecordedMark, run: recorded_mark::run },
    Check { code: CheckCode::AuthorisedUser, run: authorised_user::run },
    Check { code: CheckCode::CustomsAlert, run: customs_alert::run },
    Check { code: CheckCode::CounterfeiterVerified, run: seller::counterfeiter_verified },
    Check { code: CheckCode::SellerPenalised, run: seller::penalised },
    Check { code: CheckCode::ListingRemoved, run: seller::listing_removed },
    Check { code: CheckCode::Complaints, run: seller::complaints },
    Check { code: CheckCode::AccountLinked, run: seller::account_linked },
    Check { code: CheckCode::PartyHistory, run: party_history::run },
    Check { code: CheckCode::Undervalued, run: undervalued::run },
    Check { code: CheckCode::PriceGap, run: price_gap::run },
    Check { code: CheckCode::VagueDescription, run: vague_description::run },
    Check { code: CheckCode::GiftPattern, run: gift_pattern::run },
    Check { code: CheckCode::NoBrandHighRiskGoods, run: no_brand_high_risk_goods::run },
    Check { code: CheckCode::DataQuality, run: data_quality::run },
    Check { code: CheckCode::Campaign, run: campaign::run },
    Check { code: CheckCode::Rule, run: rule::run },
    Check { code: CheckCode::RandomSample, run: random_sample::run },
    // The last: it looks at what the others add up to.
    Check { code: CheckCode::PersonalQuantity, run: personal_quantity::run },
];
