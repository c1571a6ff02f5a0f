//! The time that a report is about, and those that it is compared with.

use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

/// Customs count days in China Standard Time, UTC+8 all year.
const CHINA: Offset = Offset::constant(8);

/// From the beginning of a day to the beginning of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: Date,
    /// The first day that is not in it any more.
    pub to: Date,
}

impl Period {
    /// Whether a moment is in it.
    #[must_use]
    pub fn contains(self, moment: Timestamp) -> bool {
        self.begins() <= moment && moment < self.ends()
    }

    /// Its first moment.
    #[must_use]
    pub fn begins(self) -> Timestamp {
        first_moment(self.from)
    }

    /// The first moment after it.
    #[must_use]
    pub fn ends(self) -> Timestamp {
        first_moment(self.to)
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> Date {
        self.to.yesterday().unwrap_or(self.to)
    }

    /// As long before it: of as many months where it is whole months, else of as many days.
    #[must_use]
    pub fn before(self) -> Self {
        let is_whole_months = self.from.day() == 1 && self.to.day() == 1;
        let length = if is_whole_months {
            let years = i32::from(self.to.year()) - i32::from(self.from.year());
            let months = years * 12 + i32::from(self.to.month()) - i32::from(self.from.month());
            Span::new().try_months(months)
        } else {
            Ok(self.to - self.from)
        };
        let from = length.ok().and_then(|length| self.from.checked_sub(length).ok());
        Self { from: from.unwrap_or(Date::MIN), to: self.from }
    }

    /// The same days a year before.
    #[must_use]
    pub fn year_before(self) -> Self {
        let earlier = |day: Date| day.checked_sub(Span::new().years(1)).unwrap_or(Date::MIN);
        Self { from: earlier(self.from), to: earlier(self.to) }
    }
}

/// Days as people write them: with the last.
impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} – {}", self.from, self.last_day())
    }
}

/// The month of a moment, such as `2026-07`.
pub(super) fn month_of(moment: Timestamp) -> String {
    let day = CHINA.to_datetime(moment).date();
    format!("{:04}-{:02}", day.year(), day.month())
}

fn first_moment(day: Date) -> Timestamp {
    CHINA.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn period(from: Date, to: Date) -> Period {
        Period { from, to }
    }

    #[test]
    fn a_period_is_compared_with_the_one_before_and_with_last_year() {
        for (given, before, year_before) in [
            // Half a year, a month, ten days, over the end of a leap February.
            (
                period(date(2026, 1, 1), date(2026, 7, 1)),
                period(date(2025, 7, 1), date(2026, 1, 1)),
                period(date(2025, 1, 1), date(2025, 7, 1)),
            ),
            (
                period(date(2026, 3, 1), date(2026, 4, 1)),
                period(date(2026, 2, 1), date(2026, 3, 1)),
                period(date(2025, 3, 1), date(2025, 4, 1)),
            ),
            (
                period(date(2026, 3, 5), date(2026, 3, 15)),
                period(date(2026, 2, 23), date(2026, 3, 5)),
                period(date(2025, 3, 5), date(2025, 3, 15)),
            ),
            (
                period(date(2028, 2, 29), date(2028, 3, 1)),
                period(date(2028, 2, 28), date(2028, 2, 29)),
                period(date(2027, 2, 28), date(2027, 3, 1)),
            ),
        ] {
            assert_eq!((given.before(), given.year_before()), (before, year_before), "{given}");
        }
    }

    #[test]
    fn days_begin_in_china() {
        let june = period(date(2026, 6, 1), date(2026, 7, 1));
        for (moment, is_in) in [
            ("2026-05-31T15:59:59Z", false),
            ("2026-05-31T16:00:00Z", true),
            ("2026-06-30T15:59:59Z", true),
            ("2026-06-30T16:00:00Z", false),
        ] {
            assert_eq!(june.contains(moment.parse().unwrap()), is_in, "{moment}");
        }
        assert_eq!(june.to_string(), "2026-06-01 – 2026-06-30");
        assert_eq!(month_of("2026-06-30T16:00:00Z".parse().unwrap()), "2026-07");
    }
}
