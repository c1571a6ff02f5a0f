//! Goods that are often counterfeited, declared without a brand.

use arrayvec::ArrayString;

use super::super::Subject;
use super::super::goods::is_high_risk;
use super::super::notes::Note;
use crate::domain::{CheckCode, Field, Finding, Line};

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let points = subject.reference.policy.points.pattern.no_brand_high_risk_goods;
    let lines = &subject.declaration.lines;
    let has_no_brand = |line: &Line| is_high_risk(&line.hs_code) && names_nothing(&line.brand);
    // Named once, at the first line.
    let first = || lines.iter().position(has_no_brand);
    if let Some(line) = subject.facts.unbranded_line.get_or_init(first).and_then(|it| lines.get(it))
    {
        let note = subject.note(&Note::NoBrandHighRiskGoods);
        let finding = Finding::new(CheckCode::NoBrandHighRiskGoods, points, note);
        findings.push(Finding { line_no: line.line_no, field: Field::Brand, ..finding });
    }
}

/// Bytes of the longest of them.
const LETTERS_MAX: usize = 9;

/// What declarants write where there is no brand, as compared.
const NO_BRAND: [&str; 12] = [
    "无",
    "无牌",
    "无品牌",
    "中性",
    "none",
    "no",
    "na",
    "nobrand",
    "unbranded",
    "generic",
    "oem",
    "null",
];

fn names_nothing(brand: &str) -> bool {
    let mut letters = ArrayString::<LETTERS_MAX>::new();
    for c in brand.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase) {
        if letters.try_push(c).is_err() {
            return false;
        }
    }
    letters.is_empty() || NO_BRAND.contains(&letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Declaration;
    use crate::screening::test_support::{declaration, found, line, reference};

    fn findings(lines: &[(&str, &str)]) -> Vec<Finding> {
        let lines = (1..).zip(lines).map(|(number, (hs_code, brand))| Line {
            hs_code: (*hs_code).to_owned(),
            brand: (*brand).to_owned(),
            ..line(number, "goods")
        });
        let parcel = Declaration { lines: lines.collect(), ..declaration("") };
        found(&parcel, &reference(Vec::new()), CheckCode::NoBrandHighRiskGoods)
    }

    #[test]
    fn a_missing_brand_is_seen_where_brands_are_counterfeited() {
        for (hs_code, brand, expected) in [
            ("6404110000", "", 1),
            ("6404110000", "N/A", 1),
            ("6404110000", "No Brand", 1),
            ("6404110000", "无牌", 1),
            ("6404110000", "Acme", 0),
            ("6404110000", "Generico", 0),
            ("6401", "", 0),
            ("0902", "", 0),
            ("", "", 0),
        ] {
            assert_eq!(findings(&[(hs_code, brand)]).len(), expected, "{hs_code} {brand}");
        }
    }

    #[test]
    fn it_is_named_once_at_the_first_line() {
        let found = findings(&[("0902", ""), ("8517", "-"), ("8517", "")]);
        assert_eq!(found.iter().map(|it| it.line_no).collect::<Vec<_>>(), [2]);
    }
}
