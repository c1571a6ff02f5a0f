//! What money is worth in yuan, by the policy's table.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::domain::{Money, day_of};

/// Yuan for one unit of each currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Currencies {
    rates: HashMap<String, Decimal>,
    /// Rates from a day on, in place of those above.
    dated: HashMap<String, BTreeMap<Date, Decimal>>,
}

/// What one unit of a currency is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// ISO 4217 code.
    pub currency: String,
    /// The first day on which it holds; `None`: whenever no other does.
    pub from: Option<Date>,
    pub yuan: Decimal,
}

impl Currencies {
    /// The yuan needs no rate.
    #[must_use]
    pub fn new(rates: impl IntoIterator<Item = Rate>) -> Self {
        let mut currencies = Self::default();
        currencies.rates.insert("CNY".to_owned(), Decimal::ONE);
        for Rate { currency, from, yuan } in rates {
            match from {
                None => currencies.rates.insert(currency, yuan),
                Some(day) => currencies.dated.entry(currency).or_default().insert(day, yuan),
            };
        }
        currencies
    }

    /// The amount in yuan at a moment; `None` where it is no number or nobody knows its currency.
    #[must_use]
    pub fn yuan(&self, money: &Money, at: Timestamp) -> Option<Decimal> {
        money.decimal()?.checked_mul(self.rate(&money.currency, at)?)
    }

    /// The yuan that one unit of a currency is worth at a moment.
    pub(super) fn rate(&self, currency: &str, at: Timestamp) -> Option<Decimal> {
        let dated = self.dated.get(currency);
        let dated = dated.and_then(|rates| rates.range(..=day_of(at)).next_back());
        dated.map(|(_, rate)| rate).or_else(|| self.rates.get(currency)).copied()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn money_is_worth_what_the_table_says_of_the_day() {
        let usd =
            |from, cents| Rate { currency: "USD".to_owned(), from, yuan: Decimal::new(cents, 2) };
        let dated = |month, cents| usd(Some(date(2026, month, 1)), cents);
        let currencies = Currencies::new([dated(7, 720), usd(None, 712), dated(9, 700)]);
        for (currency, amount, at, expected) in [
            ("CNY", "10.50", "2026-08-01T00:00:00Z", Some(Decimal::new(1_050, 2))),
            ("USD", "10", "2026-01-01T00:00:00Z", Some(Decimal::new(7_120, 2))),
            // The day begins in China.
            ("USD", "10", "2026-06-30T15:59:59Z", Some(Decimal::new(7_120, 2))),
            ("USD", "10", "2026-06-30T16:00:00Z", Some(Decimal::new(7_200, 2))),
            ("USD", "10", "2030-01-01T00:00:00Z", Some(Decimal::new(7_000, 2))),
            ("EUR", "10", "2026-01-01T00:00:00Z", None),
            ("USD", "ten", "2026-01-01T00:00:00Z", None),
        ] {
            let money = Money { currency: currency.to_owned(), amount: amount.to_owned() };
            let at = at.parse().unwrap();
            assert_eq!(currencies.yuan(&money, at), expected, "{amount} {currency} {at}");
        }
    }
}
