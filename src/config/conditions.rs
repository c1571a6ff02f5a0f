//! Rules and campaigns of a policy file: what they are worth, and their conditions.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::reader::Reader;
use crate::domain::{Category, Channel, CheckCode, Direction, is_country_code};
use crate::screening::{
    Campaign, ConditionField, Conditional, Conditions, Currencies, Lists, Rate, Rule, Set,
    UnitValues, category_name, channel_name, direction_name,
};

/// Rules or campaigns of one policy.
const ITEMS_MAX: usize = 10_000;

/// Regions and groups of goods by name.
pub(super) fn lists(reader: &mut Reader) -> Lists {
    Lists {
        regions: members(reader, "regions", &|member| {
            is_country_code(member).then_some(()).ok_or("is no ISO 3166 country code")
        }),
        goods_groups: members(reader, "goods_groups", &is_hs_prefix),
    }
}

type Check<'a> = &'a dyn Fn(&str) -> Result<(), &'static str>;

fn members(reader: &mut Reader, table: &str, check: Check<'_>) -> BTreeMap<String, Vec<String>> {
    let mut lists = BTreeMap::new();
    for name in reader.items(table) {
        let key = format!("{table}.{name}");
        let members = reader.texts(&key);
        for member in &members {
            if let Err(reason) = check(member) {
                reader.refuse(&key, &format!("{member:?} {reason}"));
            }
        }
        lists.insert(name, members);
    }
    lists
}

fn is_hs_prefix(text: &str) -> Result<(), &'static str> {
    let is_one = (2..=10).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    is_one.then_some(()).ok_or("is no HS prefix of 2 to 10 digits")
}

/// An amount of yuan above nothing.
fn yuan(reader: &mut Reader, key: &str, for_what: &str) -> Option<Decimal> {
    reader.parsed(key, |text| {
        let amount = Decimal::from_str_exact(text).ok().filter(|it| *it > Decimal::ZERO);
        amount.ok_or_else(|| format!("must be yuan {for_what} such as \"7.12\", is {text:?}"))
    })
}

pub(super) fn unit_values(reader: &mut Reader) -> UnitValues {
    let mut medians = Vec::new();
    for heading in reader.items("unit_values") {
        let key = format!("unit_values.{heading}");
        if heading.len() != 4 || !heading.bytes().all(|it| it.is_ascii_digit()) {
            reader.refuse(&key, "is no HS heading of four digits");
        }
        let median = yuan(reader, &key, "for one piece");
        medians.extend(median.map(|median| (heading, median)));
    }
    UnitValues::new(medians)
}

/// Rates of `USD`, or of `USD 2026-07-01` for those from a day on.
pub(super) fn currencies(reader: &mut Reader) -> Currencies {
    let mut rates = Vec::new();
    for name in reader.items("currencies") {
        let key = format!("currencies.{name}");
        let rate = yuan(reader, &key, "for one unit");
        let (currency, day) = name.split_once(' ').unzip();
        let currency = currency.unwrap_or(&name);
        let from = day.map(str::parse::<Date>).transpose();
        if currency.len() != 3 || !currency.bytes().all(|it| it.is_ascii_uppercase()) {
            reader.refuse(&key, "is no ISO 4217 code");
        }
        match (rate, from) {
            (_, Err(_)) => {
                reader.refuse(&key, "must be a code, or a code and a day: USD 2026-07-01");
            }
            (Some(yuan), Ok(from)) => {
                rates.push(Rate { currency: currency.to_owned(), from, yuan });
            }
            (None, Ok(_)) => {}
        }
    }
    Currencies::new(rates)
}

pub(super) fn rules(reader: &mut Reader, names: &Lists) -> Conditional<Rule> {
    items(reader, "rule", names, |reader, key, id| {
        let holds = reader.has(&format!("{key}.hold")) && reader.flag(&format!("{key}.hold"));
        let has_points = reader.has(&format!("{key}.points"));
        if holds == has_points {
            reader.refuse(&format!("{key}.id"), "needs either points or hold = true");
        }
        Rule {
            id,
            note: reader.name(&format!("{key}.note")),
            points: if has_points { points(reader, key, "points", -1_000..=1_000) } else { 0 },
            holds,
        }
    })
}

pub(super) fn campaigns(reader: &mut Reader, names: &Lists) -> Conditional<Campaign> {
    items(reader, "campaign", names, |reader, key, id| {
        let flag = format!("{key}.key_enterprises_only");
        Campaign {
            id,
            note: reader.name(&format!("{key}.note")),
            points: points(reader, key, "points", 0..=1_000),
            mark_percent: points(reader, key, "mark_percent", 0..=1_000),
            key_enterprises_only: reader.has(&flag) && reader.flag(&flag),
        }
    })
}

fn points(reader: &mut Reader, key: &str, name: &str, range: std::ops::RangeInclusive<i32>) -> i32 {
    let key = format!("{key}.{name}");
    if reader.has(&key) { reader.points(&key, range) } else { 0 }
}

fn items<T>(
    reader: &mut Reader,
    list: &str,
    names: &Lists,
    read: impl Fn(&mut Reader, &str, String) -> T,
) -> Conditional<T> {
    let ids = reader.items(list);
    if ids.len() > ITEMS_MAX {
        reader.refuse(list, &format!("has {} items, more than {ITEMS_MAX}", ids.len()));
        return Conditional::new(Vec::new());
    }
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        let key = format!("{list}.{id}");
        // Only the list form has one; a table of that name has not.
        reader.text(&format!("{key}.id"));
        let conditions = conditions(reader, &key, names);
        all.push((conditions, read(reader, &key, id)));
    }
    Conditional::new(all)
}

fn conditions(reader: &mut Reader, key: &str, names: &Lists) -> Conditions {
    let mut conditions = Conditions::default();
    for (field, name) in FIELDS {
        if let Some(set) = set(reader, key, field, name, names) {
            conditions.require(field, set);
        }
    }
    let mut key_of = |name: &str| {
        let key = format!("{key}.{name}");
        reader.has(&key).then_some(key)
    };
    let (texts, value_from, value_until) =
        (key_of("text"), key_of("value_cny_from"), key_of("value_cny_until"));
    let (quantity_from, quantity_until) = (key_of("quantity_from"), key_of("quantity_until"));
    let (valid_from, valid_until) = (key_of("valid_from"), key_of("valid_until"));
    if let Some(key) = texts {
        conditions.texts = reader.texts(&key);
        if conditions.texts.is_empty() || conditions.texts.iter().any(|it| it.trim().is_empty()) {
            reader.refuse(&key, "must be texts that are not empty");
        }
    }
    let yuan = |reader: &mut Reader, key: &String| {
        Decimal::from(reader.integer(key, 0..=1_000_000_000_000))
    };
    conditions.value_from = value_from.map(|key| yuan(reader, &key));
    conditions.value_until = value_until.map(|key| yuan(reader, &key));
    let pieces = |reader: &mut Reader, key: &String| {
        u32::try_from(reader.integer(key, 0..=i64::from(u32::MAX))).unwrap_or(u32::MAX)
    };
    conditions.quantity_from = quantity_from.map(|key| pieces(reader, &key));
    conditions.quantity_until = quantity_until.map(|key| pieces(reader, &key));
    conditions.valid_from = valid_from.and_then(|key| date(reader, &key));
    conditions.valid_until = valid_until.and_then(|key| date(reader, &key));
    if let (Some(first), Some(last)) = (conditions.valid_from, conditions.valid_until)
        && last < first
    {
        reader.refuse(&format!("{key}.valid_until"), &format!("is before valid_from, {first}"));
    }
    conditions
}

fn date(reader: &mut Reader, key: &str) -> Option<Date> {
    reader.parsed(key, |text| {
        text.parse().map_err(|_| format!("must be a day such as 2026-06-01, is {text:?}"))
    })
}

/// The keys of sets; each has a twin that ends in `_not`.
const FIELDS: [(ConditionField, &str); 12] = [
    (ConditionField::Direction, "direction"),
    (ConditionField::Channel, "channel"),
    (ConditionField::District, "district"),
    (ConditionField::Category, "category"),
    (ConditionField::SupervisionMode, "supervision_mode"),
    (ConditionField::Origin, "origin"),
    (ConditionField::Destination, "destination"),
    (ConditionField::HsCode, "hs"),
    (ConditionField::Platform, "platform"),
    (ConditionField::Seller, "seller"),
    (ConditionField::Party, "party"),
    (ConditionField::Finding, "finding"),
];

fn set(
    reader: &mut Reader,
    key: &str,
    field: ConditionField,
    name: &str,
    names: &Lists,
) -> Option<Set> {
    let (plain, negated) = (format!("{key}.{name}"), format!("{key}.{name}_not"));
    let is_negated = reader.has(&negated);
    let key = match (reader.has(&plain), is_negated) {
        (false, false) => return None,
        (true, true) => {
            reader.refuse(&negated, &format!("stands beside {name}; keep one of them"));
            reader.texts(&negated);
            plain
        }
        (true, false) => plain,
        (false, true) => negated,
    };
    let written = reader.texts(&key);
    if written.is_empty() {
        reader.refuse(&key, "must name something");
    }
    let mut members = Vec::new();
    for member in written {
        match expanded(field, &member, names) {
            Ok(all) => members.extend(all),
            Err(reason) => reader.refuse(&key, &format!("{member:?} {reason}")),
        }
    }
    Some(Set { members, is_negated })
}

/// The values that a member stands for.
fn expanded(field: ConditionField, member: &str, names: &Lists) -> Result<Vec<String>, String> {
    let one = || Ok(vec![member.to_owned()]);
    let among = |all: &[&str]| {
        if all.contains(&member) { one() } else { Err(format!("is none of {}", all.join(", "))) }
    };
    let listed = |lists: &BTreeMap<String, Vec<String>>, what: &str| {
        let name = member.strip_prefix('@')?;
        Some(lists.get(name).cloned().ok_or_else(|| {
            let known = lists.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            format!("is an unknown {what}; there are {known}")
        }))
    };
    match field {
        ConditionField::Direction => {
            among(&[Direction::Export, Direction::Import].map(direction_name))
        }
        ConditionField::Channel => among(&[Channel::Post, Channel::Express].map(channel_name)),
        ConditionField::Category => among(
            &[
                Category::SaleOfGoods,
                Category::Gift,
                Category::Documents,
                Category::CommercialSample,
                Category::ReturnedGoods,
                Category::Other,
            ]
            .map(category_name),
        ),
        ConditionField::Finding => among(&CheckCode::ALL.map(CheckCode::code)),
        ConditionField::Origin | ConditionField::Destination => listed(&names.regions, "region")
            .unwrap_or_else(|| {
                if is_country_code(member) {
                    one()
                } else {
                    Err("is no ISO 3166 country code, and no region, which begin with @".to_owned())
                }
            }),
        ConditionField::HsCode => listed(&names.goods_groups, "group of goods")
            .unwrap_or_else(|| is_hs_prefix(member).map_err(str::to_owned).and_then(|()| one())),
        ConditionField::District => {
            let is_one = [2, 4].contains(&member.len());
            if is_one && member.bytes().all(|it| it.is_ascii_digit()) {
                one()
            } else {
                Err("is no customs district of 4 digits, and no hub of 2".to_owned())
            }
        }
        ConditionField::SupervisionMode
        | ConditionField::Platform
        | ConditionField::Seller
        | ConditionField::Party => one(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::config::load_policy;
    use crate::screening::Policy;

    fn load(text: &str) -> Result<Policy, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("policy.toml");
        fs::write(&path, text).unwrap();
        let loaded = load_policy(Some(&path), "policy.file").map(|(policy, _)| policy);
        loaded.map_err(|error| {
            let prefix = format!("{}:", path.display());
            error.0.iter().map(|it| it.to_string().replace(&prefix, "")).collect()
        })
    }

    #[test]
    fn every_kind_of_condition_is_read() {
        let policy = load(
            r#"
            regions.nearby = ["VN", "LA"]
            [[rule]]
            id = "all"
            note = "everything"
            points = -5
            direction = "export"
            channel = ["post", "express"]
            district = ["22", "5100"]
            category_not = "gift"
            supervision_mode = ["9610"]
            origin = ["CN"]
            destination = ["@nearby", "@africa", "US"]
            hs = ["@toys", "6404"]
            platform = "P"
            seller_not = ["S"]
            party = ["X"]
            text = ["大牌同款"]
            finding = ["customs_alert"]
            value_cny_from = 10
            value_cny_until = 1000
            quantity_from = 1
            quantity_until = 20
            valid_from = 2026-06-01
            valid_until = "2026-06-30"
            [[rule]]
            id = "holds"
            note = "hold"
            hold = true
            "#,
        );
        assert!(policy.is_ok(), "{policy:?}");
        assert_ne!(policy.unwrap(), load("").unwrap());
    }

    #[test]
    fn every_problem_is_told_at_once_with_its_line() {
        let problems = load(
            r#"[[rule]]
id = "a"
note = "n"
points = 5
destination = ["@atlantis", "XX"]
colour = "red"
[[rule]]
id = "a"
note = "again"
points = 1
[[rule]]
note = "nameless"
[[rule]]
id = "b"
note = ""
hs = ["@bricks", "6"]
valid_from = "2026-02-30"
channel = []
[[rule]]
id = "c"
note = "n"
points = 1
hold = true
origin = "CN"
origin_not = "US"
finding = "guess"
valid_from = 2026-06-02
valid_until = 2026-06-01
[[campaign]]
id = "d"
note = "n"
mark_percent = -1
[currencies]
usd = "7"
EUR = "much"
[regions]
odd = ["ZZ"]
"#,
        )
        .unwrap_err();
        for expected in [
            "5: rule.a.destination: \"@atlantis\" is an unknown region; there are africa,",
            "5: rule.a.destination: \"XX\" is no ISO 3166 country code",
            "6: rule.a.colour: is an unknown key",
            "7: rule.a: stands there twice",
            "11: rule: needs an id",
            "15: rule.b.note: must not be empty",
            "14: rule.b.id: needs either points or hold = true",
            "16: rule.b.hs: \"@bricks\" is an unknown group of goods",
            "16: rule.b.hs: \"6\" is no HS prefix",
            "17: rule.b.valid_from: must be a day",
            "18: rule.b.channel: must name something",
            "20: rule.c.id: needs either points or hold = true",
            "25: rule.c.origin_not: stands beside origin",
            "26: rule.c.finding: \"guess\" is none of recorded_mark,",
            "28: rule.c.valid_until: is before valid_from, 2026-06-02",
            "32: campaign.d.mark_percent: must be 0 to 1000, is -1",
            "34: currencies.usd: is no ISO 4217 code",
            "35: currencies.EUR: must be yuan for one unit",
            "37: regions.odd: \"ZZ\" is no ISO 3166 country code",
        ] {
            assert!(problems.iter().any(|it| it.contains(expected)), "{expected}: {problems:#?}");
        }
        assert_eq!(problems.len(), 19, "{problems:#?}");
    }
}
