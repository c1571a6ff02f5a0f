//! A piece is declared at much less than its price on the platform.

use rust_decimal::Decimal;

use super::super::Subject;
use super::super::notes::Note;
use crate::domain::{CheckCode, Field, Finding, Line, Money};

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let worth = &subject.reference.policy.points.pattern;
    let Some(percent) = percent_of_listed(subject) else { return };
    if percent < Decimal::from(worth.price_gap_below_percent) {
        let note = Note::PriceGap { percent: percent.trunc() };
        let finding = Finding::new(CheckCode::PriceGap, worth.price_gap, subject.note(&note));
        findings.push(Finding { field: Field::PlatformOrder, ..finding });
    }
}

/// The dearest declared piece in per cent of the listed price; `None` where they cannot be compared. Which line was
/// listed nobody says, so the dearest gets the benefit of the doubt.
fn percent_of_listed(subject: &Subject<'_>) -> Option<Decimal> {
    let listed = subject.declaration.platform_order.as_ref()?.listed_price.as_ref()?;
    let price = listed.decimal().filter(|price| *price > Decimal::ZERO)?;
    let pieces = subject.declaration.lines.iter().map(|line| piece_value(line, listed));
    let dearest = pieces.collect::<Option<Vec<_>>>()?.into_iter().max()?;
    dearest.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(price)
}

/// What one piece of a line is declared at, in the listed price's currency.
fn piece_value(line: &Line, listed: &Money) -> Option<Decimal> {
    let value = line.value.as_ref().filter(|value| value.currency == listed.currency)?;
    value.decimal()?.checked_div(Decimal::from(line.quantity))
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
