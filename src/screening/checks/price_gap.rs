//! A piece is declared at much less than its price on the platform.

use rust_decimal::Decimal;

use super::super::Subject;
use super::super::notes::Note;
use crate::domain::{CheckCode, Field, Finding, Line, Money};

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let worth = &subject.reference.policy.points.pattern;
    let order = subject.declaration.platform_order.as_ref();
    let Some(listed) = order.and_then(|order| order.listed_price.as_ref()) else { return };
    let Some(price) = listed.decimal().filter(|price| *price > Decimal::ZERO) else { return };
    let mut lines = subject.facts.amounts(subject.declaration);
    // Which line was listed nobody says, so the dearest gets the benefit of the doubt: all must be below.
    let below = Decimal::from(worth.price_gap_below_percent);
    let is_below = |(line, amount)| is_below(line, amount, listed, price, below).unwrap_or(false);
    if lines.all(is_below) {
        let note = Note::PriceGap { percent: worth.price_gap_below_percent };
        let finding = Finding::new(CheckCode::PriceGap, worth.price_gap, subject.note(&note));
        findings.push(Finding { field: Field::PlatformOrder, ..finding });
    }
}

/// Whether a piece of a line is declared at less than so many per cent of the listed price; `None` where they cannot be
/// compared.
fn is_below(
    line: &Line,
    amount: Option<Decimal>,
    listed: &Money,
    price: Decimal,
    percent: Decimal,
) -> Option<bool> {
    line.value.as_ref().filter(|value| value.currency == listed.currency)?;
    let pieces = Decimal::from(line.quantity);
    let declared = amount?.checked_mul(Decimal::ONE_HUNDRED)?;
    let least = price.checked_mul(percent)?.checked_mul(pieces)?;
    Some(line.quantity > 0 && declared < least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Declaration, PlatformOrder};
    use crate::screening::test_support::{declaration, found, line, reference};

    fn money(currency: &str, amount: &str) -> Money {
        Money { currency: currency.to_owned(), amount: amount.to_owned() }
    }

    /// Two pieces of 60 yuan each.
    fn listed(price: Option<Money>) -> Declaration {
        let order = PlatformOrder { listed_price: price, ..PlatformOrder::default() };
        Declaration { platform_order: Some(order), ..declaration("shoes") }
    }

    fn gaps(parcel: &Declaration) -> usize {
        found(parcel, &reference(Vec::new()), CheckCode::PriceGap).len()
    }

    #[test]
    fn a_gap_begins_below_the_policys_share() {
        for (currency, price, expected) in [
            ("CNY", "200", 0),
            ("CNY", "200.01", 1),
            ("CNY", "60", 0),
            ("CNY", "0", 0),
            ("CNY", "-5", 0),
            ("CNY", "dear", 0),
            ("USD", "999", 0),
        ] {
            let parcel = listed(Some(money(currency, price)));
            assert_eq!(gaps(&parcel), expected, "{price} {currency}");
        }
        assert_eq!((gaps(&listed(None)), gaps(&declaration("shoes"))), (0, 0));
    }

    #[test]
    fn the_dearest_piece_is_compared_and_nothing_where_one_cannot_be() {
        let mut parcel = listed(Some(money("CNY", "300")));
        assert_eq!(gaps(&parcel), 1);
        parcel.lines.push(line(2, "boots"));
        parcel.lines[1].value = Some(money("CNY", "600"));
        assert_eq!(gaps(&parcel), 0);
        parcel.lines[1].quantity = 0;
        assert_eq!(gaps(&parcel), 0);
    }
}
