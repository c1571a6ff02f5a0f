//! Declared data that is missing, odd or contradicts itself. A reason to look closer, never to reject.
//!
//! Each kind of fault is named once per parcel, at the first place it shows.

use rust_decimal::Decimal;

use super::super::data_fault::{DataFault, Fault};
use super::super::notes::Note;
use super::super::{DataQualityPoints, Subject};
use crate::domain::{
    Channel, CheckCode, Direction, Field, Finding, Line, S10Fault, check_s10, is_country_code,
};

/// Supervision modes of cross-border e-commerce and market procurement; empty means none declared.
const SUPERVISION_MODES: [&str; 6] = ["", "9610", "1210", "9710", "9810", "1039"];

/// Digits of a heading, the least that says what goods are; and of the longest national code.
const HS_DIGITS: std::ops::RangeInclusive<usize> = 4..=10;

pub(super) fn run(subject: &Subject<'_>, findings: &mut Vec<Finding>) {
    let worth = &subject.reference.policy.points.data_quality;
    let mut room = worth.most;
    for fault in subject.facts.faults.get_or_init(|| faults(subject)) {
        let Fault { kind, line_no, field, declared } = fault;
        let points = points(*kind, worth).min(room);
        room -= points;
        let note = subject.note(&Note::DataQuality { fault: *kind });
        findings.push(Finding {
            line_no: *line_no,
            field: *field,
            end: u32::try_from(declared.chars().count()).unwrap_or(u32::MAX),
            matched_text: declared.clone(),
            ..Finding::new(CheckCode::DataQuality, points, note)
        });
    }
}

fn faults(subject: &Subject<'_>) -> Vec<Fault> {
    let mut seen = Vec::new();
    parcel_faults(subject, &mut seen);
    for (line, amount) in subject.facts.amounts(subject.declaration) {
        line_faults(line, amount, &mut seen);
    }
    seen
}

/// Notes a fault of a kind that was not seen before.
fn see(seen: &mut Vec<Fault>, kind: DataFault, line_no: u32, field: Field, declared: &str) {
    if seen.iter().all(|fault| fault.kind != kind) {
        seen.push(Fault { kind, line_no, field, declared: declared.to_owned() });
    }
}

fn parcel_faults(subject: &Subject<'_>, seen: &mut Vec<Fault>) {
    let declaration = subject.declaration;
    let mut see = |kind, field, declared: &str| see(seen, kind, 0, field, declared);
    if declaration.channel == Channel::Unspecified {
        see(DataFault::Channel, Field::Channel, "");
    }
    if declaration.channel == Channel::Post
        && let Err(fault) = check_s10(&declaration.item_id)
    {
        see(s10_fault(fault), Field::ItemId, &declaration.item_id);
    }
    if declaration.direction == Direction::Unspecified {
        see(DataFault::Direction, Field::Direction, "");
    }
    if !is_digits(&declaration.customs_district, 4..=4) {
        see(DataFault::District, Field::CustomsDistrict, &declaration.customs_district);
    }
    match declaration.declared_at {
        None => see(DataFault::DeclaredAt, Field::DeclaredAt, ""),
        Some(moment) if subject.history.is_far_off(moment) => {
            see(DataFault::DeclaredAtFarOff, Field::DeclaredAt, "");
        }
        Some(_) => {}
    }
    if declaration.consignor.as_ref().is_none_or(|party| party.party_id.is_empty()) {
        see(DataFault::Consignor, Field::Consignor, "");
    }
    for (field, country) in [
        (Field::OriginCountry, &declaration.origin_country),
        (Field::DestinationCountry, &declaration.destination_country),
    ] {
        if !is_country_code(country) {
            see(DataFault::Country, field, country);
        }
    }
    if !SUPERVISION_MODES.contains(&declaration.supervision_mode.as_str()) {
        see(DataFault::SupervisionMode, Field::SupervisionMode, &declaration.supervision_mode);
    }
    if declaration.gross_weight_grams < 0 {
        see(DataFault::NegativeWeight, Field::GrossWeightGrams, "");
    }
    let net =
        declaration.lines.iter().fold(0_i64, |sum, line| sum.saturating_add(line.net_weight_grams));
    // A gross weight of 0 is one that was not declared.
    if declaration.gross_weight_grams > 0 && declaration.gross_weight_grams < net {
        see(DataFault::GrossBelowNet, Field::GrossWeightGrams, "");
    }
}

fn line_faults(line: &Line, amount: Option<Decimal>, seen: &mut Vec<Fault>) {
    let mut see = |kind, field, declared: &str| see(seen, kind, line.line_no, field, declared);
    if line.description.trim().is_empty() {
        see(DataFault::Description, Field::Description, &line.description);
    }
    if !is_digits(&line.hs_code, HS_DIGITS) {
        see(DataFault::HsCode, Field::HsCode, &line.hs_code);
    }
    if !line.origin_country.is_empty() && !is_country_code(&line.origin_country) {
        see(DataFault::Country, Field::OriginCountry, &line.origin_country);
    }
    if line.quantity == 0 {
        see(DataFault::Quantity, Field::Quantity, "");
    }
    if line.net_weight_grams < 0 {
        see(DataFault::NegativeWeight, Field::NetWeightGrams, "");
    }
    let Some(value) = &line.value else {
        see(DataFault::ValueMissing, Field::Value, "");
        return;
    };
    match amount {
        None => see(DataFault::ValueMissing, Field::Value, &value.amount),
        Some(amount) if amount <= Decimal::ZERO => {
            see(DataFault::ValueNotPositive, Field::Value, &value.amount);
        }
        Some(_) => {}
    }
    if !value.has_currency_code() {
        see(DataFault::Currency, Field::Value, &value.currency);
    }
}

fn s10_fault(fault: S10Fault) -> DataFault {
    match fault {
        S10Fault::Form => DataFault::S10Form,
        S10Fault::ReservedIndicator => DataFault::S10ReservedIndicator,
        S10Fault::CheckDigit => DataFault::S10CheckDigit,
        S10Fault::Country => DataFault::S10Country,
    }
}

fn is_digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn points(fault: DataFault, worth: &DataQualityPoints) -> i32 {
    match fault {
        DataFault::S10Form => worth.s10_form,
        DataFault::S10ReservedIndicator => worth.s10_reserved_indicator,
        DataFault::S10CheckDigit => worth.s10_check_digit,
        DataFault::Channel
        | DataFault::Direction
        | DataFault::District
        | DataFault::DeclaredAt
        | DataFault::DeclaredAtFarOff => worth.header,
        DataFault::Consignor => worth.consignor,
        DataFault::S10Country | DataFault::Country => worth.country,
        DataFault::SupervisionMode => worth.supervision_mode,
        DataFault::HsCode => worth.hs_code,
        DataFault::Quantity => worth.quantity,
        DataFault::ValueMissing | DataFault::ValueNotPositive => worth.value,
        DataFault::Currency => worth.currency,
        DataFault::NegativeWeight | DataFault::GrossBelowNet => worth.weight,
        DataFault::Description => worth.description,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Declaration, Money, Party};
    use crate::history::History;
    use crate::screening::facts::Facts;
    use crate::screening::screen;
    use crate::screening::test_support::{declaration, line, policy, reference};

    fn faults_of(spoil: impl FnOnce(&mut Declaration)) -> Vec<DataFault> {
        let mut parcel = declaration("leather shoes");
        spoil(&mut parcel);
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        let reference = reference(Vec::new());
        let facts = Facts::default();
        let subject = Subject::new(&parcel, &reference, &history, &facts);
        faults(&subject).into_iter().map(|fault| fault.kind).collect()
    }

    fn days(count: i64) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(count * 24)
    }

    fn money(currency: &str, amount: &str) -> Money {
        Money { currency: currency.to_owned(), amount: amount.to_owned() }
    }

    #[test]
    fn each_fault_is_seen_and_nothing_else() {
        type Spoil = fn(&mut Declaration);
        let cases: [(Spoil, &[DataFault]); 36] = [
            (|_| {}, &[]),
            (|it| it.item_id = "EE47110815FR".to_owned(), &[DataFault::S10Form]),
            (|it| it.item_id = "JE471108151FR".to_owned(), &[DataFault::S10ReservedIndicator]),
            (|it| it.item_id = "EE471108152FR".to_owned(), &[DataFault::S10CheckDigit]),
            (|it| it.item_id = "EE471108151XX".to_owned(), &[DataFault::S10Country]),
            (|it| it.channel = Channel::Unspecified, &[DataFault::Channel]),
            // A waybill may be anything.
            (
                |it| {
                    it.channel = Channel::Express;
                    it.item_id = "1".to_owned();
                },
                &[],
            ),
            (|it| it.direction = Direction::Unspecified, &[DataFault::Direction]),
            (|it| it.customs_district = "51".to_owned(), &[DataFault::District]),
            (|it| it.customs_district = "5l00".to_owned(), &[DataFault::District]),
            (|it| it.declared_at = None, &[DataFault::DeclaredAt]),
            (|it| it.declared_at = Some(days(367)), &[DataFault::DeclaredAtFarOff]),
            (|it| it.declared_at = Some(days(-367)), &[DataFault::DeclaredAtFarOff]),
            (|it| it.declared_at = Some(days(366)), &[]),
            (|it| it.declared_at = Some(days(-366)), &[]),
            (|it| it.consignor = None, &[DataFault::Consignor]),
            (|it| it.consignor = Some(Party::default()), &[DataFault::Consignor]),
            (|it| it.origin_country = "cn".to_owned(), &[DataFault::Country]),
            (|it| it.destination_country = String::new(), &[DataFault::Country]),
            (|it| it.lines[0].origin_country = "UK".to_owned(), &[DataFault::Country]),
            (|it| it.supervision_mode = "9999".to_owned(), &[DataFault::SupervisionMode]),
            (|it| it.lines[0].hs_code = "640".to_owned(), &[DataFault::HsCode]),
            (|it| it.lines[0].hs_code = "64039900001".to_owned(), &[DataFault::HsCode]),
            (|it| it.lines[0].hs_code = "6403".to_owned(), &[]),
            (|it| it.lines[0].quantity = 0, &[DataFault::Quantity]),
            (|it| it.lines[0].value = None, &[DataFault::ValueMissing]),
            (|it| it.lines[0].value = Some(money("CNY", "ten")), &[DataFault::ValueMissing]),
            (|it| it.lines[0].value = Some(money("CNY", "0.00")), &[DataFault::ValueNotPositive]),
            (|it| it.lines[0].value = Some(money("CNY", "-1")), &[DataFault::ValueNotPositive]),
            (|it| it.lines[0].value = Some(money("yuan", "10")), &[DataFault::Currency]),
            (|it| it.lines[0].value = Some(money("", "10")), &[DataFault::Currency]),
            (|it| it.lines[0].net_weight_grams = -1, &[DataFault::NegativeWeight]),
            (|it| it.gross_weight_grams = -1, &[DataFault::NegativeWeight]),
            (|it| it.gross_weight_grams = 399, &[DataFault::GrossBelowNet]),
            // Not declared is not wrong.
            (|it| it.gross_weight_grams = 0, &[]),
            (|it| it.lines[0].description = " ".to_owned(), &[DataFault::Description]),
        ];
        for (number, (spoil, expected)) in cases.into_iter().enumerate() {
            assert_eq!(faults_of(spoil), expected, "case {number}");
        }
    }

    #[test]
    fn a_fault_is_named_once_with_its_place_and_points() {
        let mut parcel = declaration("leather shoes");
        parcel.lines = (1..=3).map(|number| line(number, "shoes")).collect();
        parcel.gross_weight_grams = 1_500;
        parcel.lines[1].hs_code = "x".to_owned();
        parcel.lines[2].hs_code = "y".to_owned();
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        let decision = screen(&parcel, &reference(Vec::new()), &history);
        let [found] = decision.findings.as_slice() else { panic!("{:?}", decision.findings) };
        assert_eq!((found.line_no, found.field, found.points), (2, Field::HsCode, 1));
        assert_eq!((found.start, found.end, found.matched_text.as_str()), (0, 1, "x"));
    }

    /// Every kind of points has a number of its own, so that no two can be mixed up.
    const DISTINCT: DataQualityPoints = DataQualityPoints {
        most: 1_000,
        s10_form: 1,
        s10_reserved_indicator: 2,
        s10_check_digit: 3,
        header: 4,
        country: 5,
        consignor: 6,
        supervision_mode: 7,
        hs_code: 8,
        quantity: 9,
        value: 10,
        currency: 11,
        weight: 12,
        description: 13,
    };

    #[test]
    fn every_fault_has_its_field_and_its_points() {
        use Field as F;
        type Spoil = fn(&mut Declaration);
        // In the order of `DataFault::ALL`: line, field, what the finding quotes, points.
        let cases: [(Spoil, u32, Field, &str, i32); 20] = [
            (|it| it.item_id = "1".to_owned(), 0, F::ItemId, "1", 1),
            (|it| it.item_id.replace_range(..1, "J"), 0, F::ItemId, "JE471108151FR", 2),
            (|it| it.item_id.replace_range(10..11, "2"), 0, F::ItemId, "EE471108152FR", 3),
            (|it| it.item_id.replace_range(11.., "XX"), 0, F::ItemId, "EE471108151XX", 5),
            (|it| it.channel = Channel::Unspecified, 0, F::Channel, "", 4),
            (|it| it.direction = Direction::Unspecified, 0, F::Direction, "", 4),
            (|it| it.customs_district = "关区".to_owned(), 0, F::CustomsDistrict, "关区", 4),
            (|it| it.declared_at = None, 0, F::DeclaredAt, "", 4),
            (|it| it.declared_at = Some(days(400)), 0, F::DeclaredAt, "", 4),
            (|it| it.consignor = None, 0, F::Consignor, "", 6),
            (|it| it.destination_country = "ZZ".to_owned(), 0, F::DestinationCountry, "ZZ", 5),
            (|it| it.supervision_mode = "0".to_owned(), 0, F::SupervisionMode, "0", 7),
            (|it| it.lines[0].hs_code = "64".to_owned(), 1, F::HsCode, "64", 8),
            (|it| it.lines[0].quantity = 0, 1, F::Quantity, "", 9),
            (|it| it.lines[0].value = None, 1, F::Value, "", 10),
            (|it| it.lines[0].value = Some(money("CNY", "0")), 1, F::Value, "0", 10),
            (|it| it.lines[0].value = Some(money("¥", "10")), 1, F::Value, "¥", 11),
            (|it| it.lines[0].net_weight_grams = -1, 1, F::NetWeightGrams, "", 12),
            (|it| it.gross_weight_grams = 1, 0, F::GrossWeightGrams, "", 12),
            (|it| it.lines[0].description = "  ".to_owned(), 1, F::Description, "  ", 13),
        ];
        let mut reference = reference(Vec::new());
        reference.policy_mut().points.data_quality = DISTINCT;
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        for (fault, (spoil, line_no, field, declared, points)) in
            DataFault::ALL.into_iter().zip(cases)
        {
            assert_eq!(faults_of(spoil), [fault]);
            let mut parcel = declaration("leather shoes");
            spoil(&mut parcel);
            let decision = screen(&parcel, &reference, &history);
            let [found] = decision.findings.as_slice() else { panic!("{:?}", decision.findings) };
            let place = (found.line_no, found.field, found.matched_text.as_str(), found.points);
            assert_eq!(place, (line_no, field, declared, points), "{fault:?}");
            let span = (found.start as usize, found.end as usize);
            assert_eq!(span, (0, declared.chars().count()), "{fault:?}");
        }
    }

    #[test]
    fn the_last_fault_with_room_counts_what_room_is_left() {
        let mut reference = reference(Vec::new());
        reference.policy_mut().points.data_quality = DataQualityPoints { most: 20, ..DISTINCT };
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        let mut parcel = declaration("");
        parcel.lines[0].hs_code = String::new();
        parcel.lines[0].quantity = 0;
        let decision = screen(&parcel, &reference, &history);
        let points = decision.findings.iter().map(|found| found.points).collect::<Vec<_>>();
        assert_eq!((points.as_slice(), decision.score), (&[13, 7, 0][..], 20));
    }

    #[test]
    fn all_faults_together_count_no_more_than_the_policy_says() {
        let mut reference = reference(Vec::new());
        reference.policy_mut().points.data_quality =
            DataQualityPoints { most: 3, ..policy().points.data_quality };
        let history = History { as_of: jiff::Timestamp::UNIX_EPOCH };
        let empty = Declaration { lines: vec![Line::default()], ..Declaration::default() };
        let decision = screen(&empty, &reference, &history);
        assert!(decision.findings.len() > 3, "{:?}", decision.findings);
        assert_eq!(decision.score, 3);
    }
}
