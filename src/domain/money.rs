//! Amounts of money.

use rust_decimal::Decimal;

/// An amount as declared. The text is kept, so that nothing is rounded on the way through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Money {
    /// ISO 4217 code.
    pub currency: String,
    /// Plain decimal text, such as `120.00`.
    pub amount: String,
}

impl Money {
    /// The amount as a number; `None` where the text is not a plain decimal of at most 28 digits.
    #[must_use]
    pub fn decimal(&self) -> Option<Decimal> {
        // The parser is more generous than the message: it takes `+1`, `1_000` and `.5`.
        let digits = self.amount.strip_prefix('-').unwrap_or(&self.amount);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let are_digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = are_digits(whole) && are_digits(fraction);
        is_plain.then(|| Decimal::from_str_exact(&self.amount).ok())?
    }

    /// Whether the currency has the form of an ISO 4217 code: three upper-case letters.
    #[must_use]
    pub fn has_currency_code(&self) -> bool {
        self.currency.len() == 3 && self.currency.bytes().all(|byte| byte.is_ascii_uppercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str) -> Money {
        Money { currency: "CNY".to_owned(), amount: amount.to_owned() }
    }

    #[test]
    fn only_plain_decimals_are_numbers() {
        for (amount, expected) in [
            ("120.00", Some(Decimal::new(12_000, 2))),
            ("0", Some(Decimal::ZERO)),
            ("-3.5", Some(Decimal::new(-35, 1))),
            ("", None),
            ("12,5", None),
            ("1e3", None),
            ("九", None),
            ("1_000", None),
            ("+5", None),
            ("5.", None),
            (".5", None),
            ("-", None),
            ("1.2.3", None),
            ("--1", None),
            (" 1", None),
            ("99999999999999999999999999999999999", None),
        ] {
            assert_eq!(money(amount).decimal(), expected, "amount {amount:?}");
        }
    }
}
