//! What money is worth in yuan, by the policy's table.

use hashbrown::HashMap;
use rust_decimal::Decimal;

use crate::domain::Money;

/// Yuan for one unit of each currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Currencies(HashMap<String, Decimal>);

impl Currencies {
    /// Rates by ISO 4217 code. The yuan needs none.
    #[must_use]
    pub fn new(rates: impl IntoIterator<Item = (String, Decimal)>) -> Self {
        let yuan = ("CNY".to_owned(), Decimal::ONE);
        Self(rates.into_iter().chain([yuan]).collect())
    }

    /// The amount in yuan; `None` where it is no number or nobody knows its currency.
    #[must_use]
    pub fn yuan(&self, money: &Money) -> Option<Decimal> {
        money.decimal()?.checked_mul(*self.0.get(&money.currency)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_worth_what_the_table_says() {
        let currencies = Currencies::new([("USD".to_owned(), Decimal::new(712, 2))]);
        for (currency, amount, expected) in [
            ("CNY", "10.50", Some(Decimal::new(1_050, 2))),
            ("USD", "10", Some(Decimal::new(7_120, 2))),
            ("EUR", "10", None),
            ("USD", "ten", None),
        ] {
            let money = Money { currency: currency.to_owned(), amount: amount.to_owned() };
            assert_eq!(currencies.yuan(&money), expected, "{amount} {currency}");
        }
    }
}
