//! Goods of a trade, declared as a gift.

use super::super::Subject;
use super::super::notes::Note;
use crate::domain::{Category, CheckCode, Field, Finding};

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let declaration = subject.declaration;
    if declaration.category != Category::Gift {
        return;
    }
    let worth = &subject.reference.policy.points.pattern;
    let most = declaration.lines.iter().map(|line| line.quantity).max().unwrap_or(0);
    let is_many = i64::from(most) >= i64::from(worth.gift_pieces_from);
    let note = match &declaration.platform_order {
        Some(order) if !order.order_id.is_empty() => Note::GiftSold,
        _ if is_many => Note::GiftOfMany { pieces: most },
        _ => return,
    };
    let finding = Finding::new(CheckCode::GiftPattern, worth.gift, subject.note(&note));
    findings.push(Finding { field: Field::Category, ..finding });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Declaration, PlatformOrder};
    use crate::screening::test_support::{declaration, found, reference};

    #[test]
    fn a_gift_is_neither_sold_nor_sent_by_the_dozen() {
        type Spoil = fn(&mut Declaration);
        let ordered = |order_id: &str| {
            Some(PlatformOrder { order_id: order_id.to_owned(), ..PlatformOrder::default() })
        };
        let cases: [(Spoil, Category, bool, usize); 6] = [
            (|_| {}, Category::Gift, false, 0),
            (|_| {}, Category::Gift, true, 1),
            (|_| {}, Category::SaleOfGoods, true, 0),
            (|it| it.lines[0].quantity = 9, Category::Gift, false, 0),
            (|it| it.lines[0].quantity = 10, Category::Gift, false, 1),
            (|it| it.lines[0].quantity = 10, Category::Unspecified, false, 0),
        ];
        for (number, (spoil, category, is_ordered, expected)) in cases.into_iter().enumerate() {
            let mut parcel = Declaration { category, ..declaration("shoes") };
            parcel.platform_order = ordered(if is_ordered { "O" } else { "" });
            spoil(&mut parcel);
            let findings = found(&parcel, &reference(Vec::new()), CheckCode::GiftPattern);
            assert_eq!(findings.len(), expected, "case {number}");
        }
    }
}
