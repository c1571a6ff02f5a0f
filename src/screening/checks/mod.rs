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

use super::{Policy, Subject};
use crate::domain::{CheckCode, Finding};

/// One check. It sees the findings of the checks before it and adds its own.
pub(super) struct Check {
    /// The code of its findings.
    pub(super) code: CheckCode,
    pub(super) run: fn(&Subject<'_>, &mut Vec<Finding>),
    /// Whether what it finds depends on what the checks before it found.
    pub(super) looks_back: bool,
    /// Whether all that it asks of the policy is the same in both.
    pub(super) asks_same: fn(&Policy, &Policy) -> bool,
}

type Run = fn(&Subject<'_>, &mut Vec<Finding>);
type AsksSame = fn(&Policy, &Policy) -> bool;

/// A check that asks the declaration alone.
const fn plain(code: CheckCode, run: Run, asks_same: AsksSame) -> Check {
    Check { code, run, looks_back: false, asks_same }
}

/// A check that asks what was found before it too.
const fn back(code: CheckCode, run: Run, asks_same: AsksSame) -> Check {
    Check { code, run, looks_back: true, asks_same }
}

/// Every check that runs on a declaration, in the order in which they run.
pub(super) const CHECKS: &[Check] = &[
    plain(CheckCode::RecordedMark, recorded_mark::run, same_marks),
    back(CheckCode::AuthorisedUser, authorised_user::run, |_, _| true),
    back(CheckCode::CustomsAlert, customs_alert::run, |a, b| {
        a.points.customs_alert_most == b.points.customs_alert_most
    }),
    plain(CheckCode::CounterfeiterVerified, seller::counterfeiter_verified, |a, b| {
        a.points.seller == b.points.seller
    }),
    plain(CheckCode::SellerPenalised, seller::penalised, |a, b| a.points.seller == b.points.seller),
    plain(CheckCode::ListingRemoved, seller::listing_removed, |a, b| {
        a.points.seller == b.points.seller
    }),
    plain(CheckCode::Complaints, seller::complaints, |a, b| {
        a.points.complaints == b.points.complaints
    }),
    plain(CheckCode::AccountLinked, seller::account_linked, |a, b| {
        a.points.seller == b.points.seller
    }),
    plain(CheckCode::PartyHistory, party_history::run, |a, b| {
        a.points.party_history == b.points.party_history
    }),
    back(CheckCode::Undervalued, undervalued::run, same_prices),
    plain(CheckCode::PriceGap, price_gap::run, same_prices),
    plain(CheckCode::VagueDescription, vague_description::run, same_patterns),
    plain(CheckCode::GiftPattern, gift_pattern::run, same_patterns),
    plain(CheckCode::NoBrandHighRiskGoods, no_brand_high_risk_goods::run, same_patterns),
    plain(CheckCode::DataQuality, data_quality::run, |a, b| {
        a.points.data_quality == b.points.data_quality
    }),
    back(CheckCode::Campaign, campaign::run, |a, b| {
        a.campaigns == b.campaigns && a.currencies == b.currencies
    }),
    back(CheckCode::Rule, rule::run, same_rules),
    plain(CheckCode::RandomSample, random_sample::run, |a, b| a.random_sample == b.random_sample),
    // The last: it looks at what the others add up to.
    back(CheckCode::PersonalQuantity, personal_quantity::run, |a, b| {
        a.hold_threshold == b.hold_threshold && same_patterns(a, b)
    }),
];

fn same_marks(a: &Policy, b: &Policy) -> bool {
    (&a.points.recorded_mark, a.points.technique) == (&b.points.recorded_mark, b.points.technique)
}

fn same_patterns(a: &Policy, b: &Policy) -> bool {
    a.points.pattern == b.points.pattern
}

fn same_prices(a: &Policy, b: &Policy) -> bool {
    same_patterns(a, b) && a.currencies == b.currencies && a.unit_values == b.unit_values
}

fn same_rules(a: &Policy, b: &Policy) -> bool {
    a.rules == b.rules && a.hold_threshold == b.hold_threshold && a.currencies == b.currencies
}
