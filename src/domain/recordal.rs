//! Recorded intellectual-property rights.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// Most aliases of one recordal.
pub const ALIASES_MAX: usize = 1 << 16;

/// A right recorded with customs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recordal {
    /// Such as `T2016-50578`: T trademark, C copyright, P patent.
    pub recordal_no: String,
    pub right_kind: RightKind,
    /// The mark as recorded; for other rights the title of the work or invention.
    pub right_name: String,
    /// Other written forms: transliteration, Chinese name, nickname. At most [`ALIASES_MAX`].
    pub aliases: Vec<String>,
    pub right_no: String,
    pub holder: Holder,
    pub nice_classes: Vec<u32>,
    /// Prefixes of 2 to 10 digits.
    pub hs_codes: Vec<String>,
    pub goods: Vec<String>,
    pub status: RecordalStatus,
    /// The first day it counts; `None`: from ever.
    pub valid_from: Option<Date>,
    /// The last day it counts; `None`: for ever.
    pub valid_until: Option<Date>,
    pub authorised_users: Vec<AuthorisedUser>,
    /// The holder is on the current campaign's list.
    pub key_enterprise: bool,
}

/// Who owns a recorded right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    pub name: String,
    pub country: String,
}

/// A party that the holder allows to use the right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorisedUser {
    pub party_id: String,
    pub name: String,
}

/// What kind of right is recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum RightKind {
    #[default]
    Unspecified,
    Trademark,
    Copyright,
    Patent,
}

/// Where a recordal stands in its life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum RecordalStatus {
    #[default]
    Unspecified,
    Live,
    Expired,
    Revoked,
    Cancelled,
}

/// Dates of the register are days of China Standard Time, UTC+8 all year.
const CHINA: Offset = Offset::constant(8);

/// The register's day at a moment.
#[must_use]
pub fn day_of(at: Timestamp) -> Date {
    CHINA.to_datetime(at).date()
}

impl Recordal {
    /// Whether the right counts at a moment: live, and inside its days, both included.
    #[must_use]
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.counts_on(day_of(at))
    }

    /// Whether the right counts on a day of the register.
    #[must_use]
    pub fn counts_on(&self, day: Date) -> bool {
        self.status == RecordalStatus::Live && self.days().contains(&day)
    }

    /// The days of the register on which the right counts while it is live.
    #[must_use]
    pub fn days(&self) -> RangeInclusive<Date> {
        self.valid_from.unwrap_or(Date::MIN)..=self.valid_until.unwrap_or(Date::MAX)
    }

    /// Whether the holder listed this party as a user of the right. Ids decide, never names.
    #[must_use]
    pub fn authorises(&self, party_id: &str) -> bool {
        !party_id.is_empty() && self.authorised_users.iter().any(|user| user.party_id == party_id)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn counts_only_while_live_and_inside_its_days() {
        let recordal = Recordal {
            status: RecordalStatus::Live,
            valid_from: Some(date(2026, 2, 28)),
            valid_until: Some(date(2026, 8, 31)),
            ..Recordal::default()
        };
        for (at, expected) in [
            ("2026-02-27T15:59:59Z", false),
            ("2026-02-27T16:00:00Z", true), // midnight in China
            ("2026-08-31T15:59:59Z", true),
            ("2026-08-31T16:00:00Z", false),
        ] {
            assert_eq!(recordal.in_force(at.parse().unwrap()), expected, "at {at}");
        }
        for status in [
            RecordalStatus::Unspecified,
            RecordalStatus::Expired,
            RecordalStatus::Revoked,
            RecordalStatus::Cancelled,
        ] {
            let ended = Recordal { status, ..recordal.clone() };
            assert!(!ended.in_force("2026-05-01T00:00:00Z".parse().unwrap()), "{status:?}");
        }
    }

    #[test]
    fn an_empty_party_id_is_nobody() {
        let recordal =
            Recordal { authorised_users: vec![AuthorisedUser::default()], ..Recordal::default() };
        assert!(!recordal.authorises(""));
    }
}
