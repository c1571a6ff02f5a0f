//! What pieces under a mark were worth where inspections found them.

use hashbrown::HashMap;
use rust_decimal::Decimal;

use super::super::currencies::Currencies;
use crate::domain::Outcome;

/// The median value of one piece, by recordal.
#[derive(Debug, Default)]
pub(in crate::screening) struct MarkValues(HashMap<String, MarkValue>);

/// What is known of one recordal's goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::screening) struct MarkValue {
    /// Of one piece, in yuan.
    pub(in crate::screening) median: Decimal,
    /// Of how many inspections.
    pub(in crate::screening) outcomes: usize,
}

impl MarkValues {
    /// Outcomes that name a recordal, pieces, and a value in a currency of the table.
    pub(super) fn build(outcomes: &[Outcome], currencies: &Currencies) -> Self {
        let mut values = HashMap::<&str, Vec<Decimal>>::new();
        for outcome in outcomes.iter().filter(|it| !it.recordal_no.is_empty()) {
            if let Some(value) = piece_value(outcome, currencies) {
                values.entry(&outcome.recordal_no).or_default().push(value);
            }
        }
        let known = values.into_iter().filter_map(|(recordal_no, mut values)| {
            values.sort_unstable();
            let outcomes = values.len();
            // Of an even number the lower of the two in the middle: the benefit of the doubt is the sender's.
            let median = *values.get((outcomes - 1) / 2)?;
            Some((recordal_no.to_owned(), MarkValue { median, outcomes }))
        });
        Self(known.collect())
    }

    pub(in crate::screening) fn of(&self, recordal_no: &str) -> Option<MarkValue> {
        self.0.get(recordal_no).copied()
    }
}

fn piece_value(outcome: &Outcome, currencies: &Currencies) -> Option<Decimal> {
    let at = outcome.concluded_at.unwrap_or_default();
    let value = currencies.yuan(outcome.value.as_ref()?, at)?;
    let piece = value.checked_div(Decimal::from(outcome.pieces))?;
    (piece > Decimal::ZERO).then_some(piece)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Money;
    use crate::screening::Rate;

    #[test]
    fn the_median_is_of_one_piece_and_in_yuan() {
        let outcome = |recordal_no: &str, pieces, currency: &str, amount: &str| Outcome {
            recordal_no: recordal_no.to_owned(),
            pieces,
            value: Some(Money { currency: currency.to_owned(), amount: amount.to_owned() }),
            ..Outcome::default()
        };
        let currencies = Currencies::new([Rate {
            currency: "USD".to_owned(),
            from: None,
            yuan: Decimal::new(7, 0),
        }]);
        let values = MarkValues::build(
            &[
                outcome("T1", 2, "CNY", "60"),
                outcome("T1", 1, "USD", "10"),
                outcome("T1", 1, "CNY", "50"),
                outcome("T1", 1, "CNY", "90"),
                // None of these says what a piece is worth.
                outcome("T1", 0, "CNY", "1"),
                outcome("T1", 1, "XXX", "1"),
                outcome("T1", 1, "CNY", "0"),
                outcome("", 1, "CNY", "1"),
            ],
            &currencies,
        );
        let known = MarkValue { median: Decimal::new(50, 0), outcomes: 4 };
        assert_eq!((values.of("T1"), values.of("")), (Some(known), None));
    }
}
