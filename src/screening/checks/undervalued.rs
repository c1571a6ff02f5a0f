//! A piece is declared at a small part of what such goods, or goods of that mark, are usually worth.

use rust_decimal::Decimal;

use super::super::Subject;
use super::super::notes::{Note, Usual};
use crate::domain::{CheckCode, Field, Finding, Line};

/// Each line that is too cheap is named; the first has the points.
pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let worth = &subject.reference.policy.points.pattern;
    let mut points = worth.undervalued;
    for (line, amount) in subject.facts.amounts(subject.declaration) {
        let Some(cheap) = Cheap::of(subject, line, amount, findings) else { continue };
        let usual = cheap.mark.as_deref().map_or(Usual::Heading(cheap.heading), Usual::Mark);
        let percent = worth.undervalued_below_percent;
        let note = Note::Undervalued { percent, usual, median: cheap.median };
        let value = line.value.as_ref();
        findings.push(Finding {
            line_no: line.line_no,
            field: Field::Value,
            matched_text: value.map(|value| value.amount.clone()).unwrap_or_default(),
            end: value.map_or(0, |value| u32::try_from(value.amount.len()).unwrap_or(0)),
            ..Finding::new(CheckCode::Undervalued, points, subject.note(&note))
        });
        points = 0;
    }
}

/// What a line is cheap compared with: a mark, else its heading.
struct Cheap<'a> {
    heading: &'a str,
    mark: Option<String>,
    median: Decimal,
}

impl<'a> Cheap<'a> {
    /// `None` where the line is not cheap, or where nobody can say.
    fn of(
        subject: &Subject<'_>,
        line: &'a Line,
        amount: Option<Decimal>,
        findings: &[Finding],
    ) -> Option<Self> {
        let policy = &subject.reference.policy;
        let currency = &line.value.as_ref()?.currency;
        // Nothing and less is a fault of the data, and counts there.
        let amount = amount.filter(|it| *it > Decimal::ZERO)?;
        let rate = policy.currencies.rate(currency, subject.history.as_of)?;
        let value = amount.checked_mul(rate)?;
        let pieces = Decimal::from(line.quantity);
        let percent = Decimal::from(policy.points.pattern.undervalued_below_percent);
        let is_below = |median: Decimal| {
            let least = median.checked_mul(percent)?.checked_mul(pieces)?;
            (value.checked_mul(Decimal::ONE_HUNDRED)? < least).then_some(median)
        };
        let outcomes_least = usize::try_from(policy.points.pattern.undervalued_outcomes_least);
        let of_mark = |found: &Finding| {
            let known = subject.reference.intelligence.mark_values.of(&found.recordal_no)?;
            let enough = outcomes_least.is_ok_and(|least| known.outcomes >= least);
            let median = is_below(known.median).filter(|_| enough)?;
            Some(Self { heading: "", mark: Some(found.mark.clone()), median })
        };
        let mut marks = findings
            .iter()
            .filter(|it| it.check == CheckCode::RecordedMark && it.line_no == line.line_no);
        marks.find_map(of_mark).or_else(|| {
            let (heading, median) = policy.unit_values.of(&line.hs_code)?;
            Some(Self { heading, mark: None, median: is_below(median)? })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Declaration, Money, Outcome, OutcomeKind};
    use crate::screening::test_support::{declaration, found, informed, line, mark, with_marks};
    use crate::screening::{Reference, UnitValues};

    fn money(currency: &str, amount: &str) -> Money {
        Money { currency: currency.to_owned(), amount: amount.to_owned() }
    }

    fn parcel(description: &str, quantity: u32, value: Money) -> Declaration {
        let mut parcel = declaration(description);
        parcel.lines[0].quantity = quantity;
        parcel.lines[0].value = Some(value);
        parcel
    }

    fn seized(amounts: &[&str]) -> Vec<Outcome> {
        let outcome = |amount: &&str| Outcome {
            kind: OutcomeKind::Seized,
            recordal_no: "T1".to_owned(),
            pieces: 1,
            value: Some(money("CNY", amount)),
            ..Outcome::default()
        };
        amounts.iter().map(outcome).collect()
    }

    /// Shoes are worth 100 yuan a piece, and less than 15 of 100 are too few.
    fn reference(outcomes: &[Outcome]) -> Reference {
        let informed = informed(&[], &[], outcomes);
        let mut reference = with_marks(informed, vec![mark("T1", "Quorvexa", "Q")]);
        let median = ("6403".to_owned(), Decimal::ONE_HUNDRED);
        reference.policy_mut().unit_values = UnitValues::new([median]);
        reference
    }

    fn points(parcel: &Declaration, outcomes: &[Outcome]) -> Vec<i32> {
        let findings = found(parcel, &reference(outcomes), CheckCode::Undervalued);
        findings.iter().map(|it| it.points).collect()
    }

    const NOTHING: [i32; 0] = [];

    #[test]
    fn a_piece_is_compared_with_the_median_of_its_heading() {
        for (quantity, value, expected) in [
            (1, money("CNY", "14.99"), &[10][..]),
            (1, money("CNY", "15"), &NOTHING),
            (2, money("CNY", "29.99"), &[10]),
            (2, money("CNY", "30"), &NOTHING),
            // Nothing to compare with, or a fault of the data.
            (0, money("CNY", "1"), &NOTHING),
            (1, money("CNY", "0"), &NOTHING),
            (1, money("CNY", "-1"), &NOTHING),
            (1, money("XXX", "1"), &NOTHING),
            (1, money("CNY", "cheap"), &NOTHING),
        ] {
            let parcel = parcel("shoes", quantity, value);
            assert_eq!(points(&parcel, &[]), expected, "{:?}", parcel.lines[0]);
        }
        for hs_code in ["", "64", "6402990000", "九九九九"] {
            let mut parcel = parcel("shoes", 1, money("CNY", "1"));
            parcel.lines[0].hs_code = hs_code.to_owned();
            assert_eq!(points(&parcel, &[]), NOTHING, "{hs_code:?}");
        }
    }

    #[test]
    fn a_mark_is_compared_with_what_inspections_found_under_it() {
        let parcel = parcel("Quorvexa shoes", 1, money("CNY", "40"));
        let (three, two) = (seized(&["300", "310", "320"]), seized(&["300", "310"]));
        assert_eq!(points(&parcel, &three), [10]);
        assert_eq!(points(&parcel, &two), NOTHING, "too few to say");
        let findings = found(&parcel, &reference(&three), CheckCode::Undervalued);
        assert!(findings[0].note.contains("Quorvexa"), "{}", findings[0].note);
        let mut dear = parcel.clone();
        dear.lines[0].value = Some(money("CNY", "46.50"));
        assert_eq!(points(&dear, &three), NOTHING);
    }

    #[test]
    fn each_cheap_line_is_named_and_one_has_the_points() {
        let mut parcel = parcel("shoes", 1, money("CNY", "1"));
        let cheap = Line { value: Some(money("CNY", "2")), ..line(3, "boots") };
        parcel.lines.extend([line(2, "dear shoes"), cheap]);
        let findings = found(&parcel, &reference(&[]), CheckCode::Undervalued);
        let told = findings.iter().map(|it| (it.line_no, it.points)).collect::<Vec<_>>();
        assert_eq!(told, [(1, 10), (3, 0)]);
    }
}
