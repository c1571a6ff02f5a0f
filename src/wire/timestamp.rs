//! `google.protobuf.Timestamp`: seconds and nanoseconds on the wire, RFC 3339 in UTC with a `Z` in JSON.

use std::fmt;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp as Moment};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// A moment as the schema has it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Timestamp {
    /// Since 1970, rounded down.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// 0 to 999,999,999, forward from the second.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

impl Timestamp {
    /// The moment; `None` where there is none so far out, within a day of the years 1 and 9999.
    pub(super) fn moment(self) -> Option<Moment> {
        self.date_time()?;
        Moment::new(self.seconds, self.nanos).ok()
    }

    /// Whether it is a time that the schema allows.
    pub(super) fn is_valid(self) -> bool {
        self.date_time().is_some()
    }

    /// The calendar's view in UTC; `None` outside the years that the schema allows, 1 to 9999.
    fn date_time(self) -> Option<DateTime> {
        const NANOS: std::ops::RangeInclusive<i32> = 0..=999_999_999;
        if !NANOS.contains(&self.nanos) {
            return None;
        }
        let since_epoch = SignedDuration::new(self.seconds, self.nanos);
        EPOCH.checked_add(since_epoch).ok().filter(|time| time.year() >= 1)
    }

    fn parse(text: &str) -> Option<Self> {
        let timestamp = match text.strip_suffix(['Z', 'z']) {
            // Not as a moment: those end a day before the schema's last year does.
            Some(utc) if utc.contains(['T', 't']) => {
                let since_epoch = utc.parse::<DateTime>().ok()?.duration_since(EPOCH);
                let nanos = since_epoch.subsec_nanos();
                Self { seconds: since_epoch.as_secs(), nanos }.forward()
            }
            _ => Self::from(text.parse::<Moment>().ok()?),
        };
        timestamp.date_time().map(|_| timestamp)
    }

    /// Nanoseconds counted away from 1970, as jiff does, become such as count forward from the second.
    fn forward(self) -> Self {
        if self.nanos < 0 {
            Self { seconds: self.seconds - 1, nanos: self.nanos + 1_000_000_000 }
        } else {
            self
        }
    }
}

impl From<Moment> for Timestamp {
    fn from(moment: Moment) -> Self {
        Self { seconds: moment.as_second(), nanos: moment.subsec_nanosecond() }.forward()
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = self
            .date_time()
            .ok_or_else(|| serde::ser::Error::custom("a timestamp out of range"))?;
        // The mapping asks for 0, 3, 6 or 9 digits.
        match self.nanos {
            0 => serializer.collect_str(&format_args!("{time:.0}Z")),
            nanos if nanos % 1_000_000 == 0 => serializer.collect_str(&format_args!("{time:.3}Z")),
            nanos if nanos % 1_000 == 0 => serializer.collect_str(&format_args!("{time:.6}Z")),
            _ => serializer.collect_str(&format_args!("{time:.9}Z")),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Rfc3339)
    }
}

struct Rfc3339;

impl Visitor<'_> for Rfc3339 {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an RFC 3339 time")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        Timestamp::parse(text).ok_or_else(|| E::custom("no RFC 3339 time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_the_mapping_asks() {
        for (seconds, nanos, expected) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (1, 500_000_000, "1970-01-01T00:00:01.500Z"),
            (1, 1_000, "1970-01-01T00:00:01.000001Z"),
            (1, 1, "1970-01-01T00:00:01.000000001Z"),
            (-1, 999_000_000, "1969-12-31T23:59:59.999Z"),
            (-62_135_596_800, 0, "0001-01-01T00:00:00Z"),
            (253_402_300_799, 999_999_999, "9999-12-31T23:59:59.999999999Z"),
        ] {
            let timestamp = Timestamp { seconds, nanos };
            let json = serde_json::to_string(&timestamp).unwrap();
            assert_eq!(json, format!("\"{expected}\""));
            assert_eq!(serde_json::from_str::<Timestamp>(&json).unwrap(), timestamp);
            if let Some(moment) = timestamp.moment() {
                assert_eq!(Timestamp::from(moment), timestamp);
            }
        }
    }

    #[test]
    fn reads_offsets_and_refuses_what_is_no_time() {
        let parse = |text: &str| serde_json::from_str::<Timestamp>(&format!("\"{text}\""));
        assert_eq!(parse("1970-01-01T08:00:00+08:00").unwrap(), Timestamp::default());
        for text in ["", "soon", "2026-02-30T00:00:00Z", "2026-02-03", "-000001-01-01T00:00:00Z"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
