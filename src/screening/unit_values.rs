//! What a piece of some kind of goods is usually worth, by the policy's table.

use hashbrown::HashMap;
use rust_decimal::Decimal;

/// Digits of an HS heading.
const HEADING_DIGITS: usize = 4;

/// The median value of one piece in yuan, by HS heading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitValues(HashMap<String, Decimal>);

impl UnitValues {
    /// Medians by heading, of four digits.
    #[must_use]
    pub fn new(medians: impl IntoIterator<Item = (String, Decimal)>) -> Self {
        Self(medians.into_iter().collect())
    }

    /// The heading of a code and its median; `None` where nobody knows it.
    pub(super) fn of<'c>(&self, hs_code: &'c str) -> Option<(&'c str, Decimal)> {
        let heading = hs_code.get(..HEADING_DIGITS)?;
        Some((heading, *self.0.get(heading)?))
    }
}
