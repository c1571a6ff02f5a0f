//! A share of what was counted, with how far chance may have moved it.

use std::fmt;

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Share {
    pub part: u64,
    pub whole: u64,
}

/// The 97.5th percentile of the normal distribution.
const Z: f64 = 1.959_964;

impl Share {
    /// From 0 to 1; `None` of nothing.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        let (part, whole) = self.counts();
        (self.whole > 0).then(|| part / whole)
    }

    /// Between which the true share lies with 95 % confidence: the score interval of E. B. Wilson (1927), which holds for
    /// small counts and near 0 and 1 too.
    #[must_use]
    pub fn interval(self) -> Option<(f64, f64)> {
        let share = self.value()?;
        let (_, whole) = self.counts();
        let spread = Z * Z / whole;
        let middle = share + spread / 2.0;
        let reach = Z * (share * (1.0 - share) / whole + spread / (4.0 * whole)).sqrt();
        let bound = |side: f64| ((middle + side * reach) / (1.0 + spread)).clamp(0.0, 1.0);
        Some((bound(-1.0), bound(1.0)))
    }

    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
    fn counts(self) -> (f64, f64) {
        (self.part as f64, self.whole as f64)
    }
}

/// `80.0 % (49.0–94.3)`; a dash of nothing.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.value(), self.interval()) {
            (Some(share), Some((low, high))) => {
                let percent = |it: f64| it * 100.0;
                let (share, low, high) = (percent(share), percent(low), percent(high));
                write!(f, "{share:.1} % ({low:.1}–{high:.1})")
            }
            _ => f.write_str("–"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_wilson() {
        // As statsmodels' proportion_confint(method="wilson") has them.
        for (part, whole, low, high) in [
            (8, 10, 0.490_2, 0.943_3),
            (0, 10, 0.0, 0.277_5),
            (10, 10, 0.722_5, 1.0),
            (1, 1_000, 0.000_2, 0.005_6),
            (500, 1_000, 0.469_1, 0.530_9),
        ] {
            let (found_low, found_high) = Share { part, whole }.interval().unwrap();
            let is_near = |a: f64, b: f64| (a - b).abs() < 0.000_1;
            assert!(
                is_near(found_low, low) && is_near(found_high, high),
                "{part}/{whole}: {found_low} {found_high}"
            );
        }
        assert_eq!(Share::default().interval(), None);
    }
}
