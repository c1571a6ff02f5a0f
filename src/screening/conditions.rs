//! Conditions that rules and campaigns make on a declaration, compiled so that a thousand of them cost hardly more than
//! one: for every field a set of bits says whose condition a value meets, and the sets are intersected.
//!
//! A condition on lines holds where one line meets it.

use aho_corasick::AhoCorasick;
use hashbrown::HashMap;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::currencies::Currencies;
use crate::domain::{Category, Channel, Declaration, Direction, Finding, day_of};
use crate::history::History;

/// Everything that must hold; what is left out holds always.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    sets: [Option<Set>; FIELDS],
    /// The description, brand or model of a line contains one of them; case does not matter.
    pub texts: Vec<String>,
    /// Yuan of all lines together, both ends included. A parcel whose value cannot be told meets no such condition, and
    /// is told apart from one that is worth something else.
    pub value_from: Option<Decimal>,
    pub value_until: Option<Decimal>,
    /// Pieces of all lines together, both ends included.
    pub quantity_from: Option<u32>,
    pub quantity_until: Option<u32>,
    /// First and last day.
    pub valid_from: Option<Date>,
    pub valid_until: Option<Date>,
}

/// Values of one field of which one must be there, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Set {
    pub members: Vec<String>,
    pub is_negated: bool,
}

/// What a set can be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionField {
    // Those that tell most parcels apart come first: where nobody's condition is met any more, the rest is not asked.
    Destination,
    Origin,
    Direction,
    Channel,
    /// The district, or its first two digits.
    District,
    Category,
    SupervisionMode,
    /// Prefixes of 2 to 10 digits.
    HsCode,
    Platform,
    Seller,
    /// The id of the consignor or the consignee.
    Party,
    /// The code of a check that found something.
    Finding,
}

const FIELDS: usize = ConditionField::ALL.len();

impl ConditionField {
    /// Every field, in the order of the enum.
    pub const ALL: [Self; 12] = [
        Self::Destination,
        Self::Origin,
        Self::Direction,
        Self::Channel,
        Self::District,
        Self::Category,
        Self::SupervisionMode,
        Self::HsCode,
        Self::Platform,
        Self::Seller,
        Self::Party,
        Self::Finding,
    ];

    /// Whether members are beginnings of the field's value.
    fn is_by_prefix(self) -> bool {
        matches!(self, Self::District | Self::HsCode)
    }

    /// Hands over the field's values in a parcel.
    fn values(self, asked: &Asked<'_>, take: &mut dyn FnMut(&str)) {
        let declaration = asked.declaration;
        match self {
            Self::Direction => take(direction_name(declaration.direction)),
            Self::Channel => take(channel_name(declaration.channel)),
            Self::District => take(&declaration.customs_district),
            Self::Category => take(category_name(declaration.category)),
            Self::SupervisionMode => take(&declaration.supervision_mode),
            Self::Origin => take(&declaration.origin_country),
            Self::Destination => take(&declaration.destination_country),
            Self::HsCode => declaration.lines.iter().for_each(|line| take(&line.hs_code)),
            Self::Platform => {
                declaration.platform_order.iter().for_each(|order| take(&order.platform));
            }
            Self::Seller => {
                declaration.platform_order.iter().for_each(|order| take(&order.seller_id));
            }
            Self::Party => {
                let parties = declaration.consignor.iter().chain(&declaration.consignee);
                parties.for_each(|party| take(&party.party_id));
            }
            Self::Finding => {
                let found = asked.findings.iter().filter(|it| !it.is_unjudged());
                found.for_each(|it| take(it.check.code()));
            }
        }
    }
}

/// The names of directions, channels and categories in conditions.
#[must_use]
pub fn direction_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Unspecified => "unspecified",
        Direction::Export => "export",
        Direction::Import => "import",
    }
}

/// See [`direction_name`].
#[must_use]
pub fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Unspecified => "unspecified",
        Channel::Post => "post",
        Channel::Express => "express",
    }
}

/// See [`direction_name`].
#[must_use]
pub fn category_name(category: Category) -> &'static str {
    match category {
        Category::Unspecified => "unspecified",
        Category::SaleOfGoods => "sale_of_goods",
        Category::Gift => "gift",
        Category::Documents => "documents",
        Category::CommercialSample => "commercial_sample",
        Category::ReturnedGoods => "returned_goods",
        Category::Other => "other",
    }
}

impl Conditions {
    /// Makes a condition on a field.
    pub fn require(&mut self, field: ConditionField, set: Set) {
        if let Some(slot) = self.sets.get_mut(field as usize) {
            *slot = Some(set);
        }
    }

    fn set(&self, field: ConditionField) -> Option<&Set> {
        self.sets.get(field as usize).and_then(Option::as_ref)
    }

    /// What no set of bits says: days and sums. `None` where they are not met.
    fn answer(&self, asked: &Asked<'_>, sums: &Sums) -> Option<Answer> {
        let from = |least: Option<Date>| least.is_none_or(|least| least <= sums.day);
        let until = |most: Option<Date>| most.is_none_or(|most| sums.day <= most);
        let is_between = |least: Option<u32>, most: Option<u32>| {
            least.is_none_or(|least| u64::from(least) <= sums.pieces)
                && most.is_none_or(|most| sums.pieces <= u64::from(most))
        };
        let is_worth = |yuan: Decimal| {
            self.value_from.is_none_or(|least| least <= yuan)
                && self.value_until.is_none_or(|most| yuan <= most)
        };
        let holds = from(self.valid_from)
            && until(self.valid_until)
            && is_between(self.quantity_from, self.quantity_until);
        let asks_value = self.value_from.is_some() || self.value_until.is_some();
        match asks_value.then(|| yuan(asked)) {
            _ if !holds => None,
            None => Some(Answer::Met),
            Some(None) => Some(Answer::Unknown),
            Some(Some(value)) => is_worth(value).then_some(Answer::Met),
        }
    }
}

/// How a parcel stands to conditions of which it misses none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Met,
    /// They ask for the value, nobody can tell it, and all else is met.
    Unknown,
}

/// What conditions are asked of.
pub(super) struct Asked<'a> {
    pub(super) declaration: &'a Declaration,
    pub(super) findings: &'a [Finding],
    pub(super) history: &'a History,
    pub(super) currencies: &'a Currencies,
}

/// What a parcel adds up to.
struct Sums {
    day: Date,
    pieces: u64,
}

impl Sums {
    fn of(asked: &Asked<'_>) -> Self {
        let lines = asked.declaration.lines.iter();
        let pieces = lines.map(|line| u64::from(line.quantity)).sum();
        Self { day: day_of(asked.history.as_of), pieces }
    }
}

/// `None` where a value is no number or nobody knows its currency.
fn yuan(asked: &Asked<'_>) -> Option<Decimal> {
    asked.declaration.lines.iter().try_fold(Decimal::ZERO, |sum, line| {
        sum.checked_add(asked.currencies.yuan(line.value.as_ref()?, asked.history.as_of)?)
    })
}

/// Things with conditions, of which those are found whose conditions a parcel meets.
#[derive(Debug, Clone)]
pub struct Conditional<T> {
    all: Vec<(Conditions, T)>,
    /// One bit for each of them.
    every: Bits,
    fields: Vec<(ConditionField, Field)>,
    texts: Option<Texts>,
}

impl<T> Default for Conditional<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T: PartialEq> PartialEq for Conditional<T> {
    fn eq(&self, other: &Self) -> bool {
        self.all == other.all
    }
}

impl<T: Eq> Eq for Conditional<T> {}

/// One bit for each thing.
type Bits = Vec<u64>;

#[derive(Debug, Clone, Default)]
struct Field {
    /// Whose condition is met whatever the value is.
    free: Bits,
    /// Who names a value, and who excludes it.
    wanted: HashMap<String, Bits>,
    excluded: HashMap<String, Bits>,
    /// Who excludes any.
    excluding: Bits,
    /// How long members are, one bit for each length, where they are prefixes.
    lengths: u64,
}

#[derive(Debug, Clone)]
struct Texts {
    /// `None` where the texts are too many to be searched for: then nobody's condition on them is met.
    search: Option<AhoCorasick>,
    /// For every pattern of the search, who wants it.
    wanted: Vec<Bits>,
    free: Bits,
}

impl<T> Conditional<T> {
    /// Compiles conditions.
    #[must_use]
    pub fn new(all: Vec<(Conditions, T)>) -> Self {
        let conditions = || all.iter().map(|(conditions, _)| conditions);
        let fields = ConditionField::ALL
            .into_iter()
            .filter(|field| conditions().any(|it| it.set(*field).is_some()))
            .map(|field| (field, Field::new(field, conditions())))
            .collect();
        let texts = Texts::new(conditions());
        let mut every = bits(all.len());
        (0..all.len()).for_each(|index| set_bit(&mut every, index));
        Self { all, every, fields, texts }
    }

    /// All of them, in their order.
    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        self.all.iter().map(|(_, thing)| thing)
    }

    /// Those whose conditions a parcel meets, or would meet for all that can be told of it, in their order.
    pub(super) fn matching<'a>(
        &'a self,
        asked: &Asked<'_>,
    ) -> impl Iterator<Item = (&'a T, Answer)> {
        let mut met = if self.all.is_empty() { Bits::new() } else { self.met(asked) };
        let sums = met.iter().any(|word| *word != 0).then(|| Sums::of(asked));
        let answer = |index: usize| {
            let (conditions, thing) = self.all.get(index)?;
            Some((thing, conditions.answer(asked, sums.as_ref()?)?))
        };
        let mut matching = Vec::new();
        for (number, word) in met.iter_mut().enumerate() {
            while *word != 0 {
                matching.extend(answer(number * 64 + word.trailing_zeros() as usize));
                *word &= *word - 1;
            }
        }
        matching.into_iter()
    }

    fn met(&self, asked: &Asked<'_>) -> Bits {
        let mut met = self.every.clone();
        let mut wanted = bits(self.all.len());
        let mut excluded = bits(self.all.len());
        for (field, index) in &self.fields {
            wanted.fill(0);
            excluded.fill(0);
            field.values(asked, &mut |value| index.look_up(value, &mut wanted, &mut excluded));
            index.narrow(&mut met, &wanted, &excluded);
            if met.iter().all(|word| *word == 0) {
                return met;
            }
        }
        if let Some(texts) = &self.texts {
            texts.narrow(asked.declaration, &mut met, &mut wanted);
        }
        met
    }
}

impl Field {
    fn new<'a>(field: ConditionField, all: impl Iterator<Item = &'a Conditions> + Clone) -> Self {
        let count = all.clone().count();
        let mut index = Self { free: bits(count), excluding: bits(count), ..Self::default() };
        for (number, conditions) in all.enumerate() {
            let Some(set) = conditions.set(field) else {
                set_bit(&mut index.free, number);
                continue;
            };
            if set.is_negated {
                set_bit(&mut index.excluding, number);
            }
            let table = if set.is_negated { &mut index.excluded } else { &mut index.wanted };
            for member in &set.members {
                set_bit(table.entry_ref(member).or_insert_with(|| bits(count)), number);
                if field.is_by_prefix() {
                    index.lengths |= 1_u64.checked_shl(length(member)).unwrap_or(0);
                }
            }
        }
        index
    }

    fn look_up(&self, value: &str, wanted: &mut Bits, excluded: &mut Bits) {
        let mut take = |value: &str| {
            or(wanted, self.wanted.get(value));
            or(excluded, self.excluded.get(value));
        };
        if self.lengths == 0 {
            return take(value);
        }
        let mut lengths = self.lengths;
        while lengths != 0 {
            if let Some(prefix) = value.get(..lengths.trailing_zeros() as usize) {
                take(prefix);
            }
            lengths &= lengths - 1;
        }
    }

    fn narrow(&self, met: &mut Bits, wanted: &Bits, excluded: &Bits) {
        let all = self.free.iter().zip(wanted).zip(self.excluding.iter().zip(excluded));
        for (met, ((free, wanted), (excluding, excluded))) in met.iter_mut().zip(all) {
            *met &= free | wanted | excluding & !excluded;
        }
    }
}

impl Texts {
    /// `None` where nobody asks for texts.
    fn new<'a>(all: impl Iterator<Item = &'a Conditions> + Clone) -> Option<Self> {
        let count = all.clone().count();
        let mut patterns = Vec::<&str>::new();
        let mut wanted = Vec::<Bits>::new();
        let mut free = bits(count);
        for (number, conditions) in all.enumerate() {
            if conditions.texts.is_empty() {
                set_bit(&mut free, number);
            }
            for text in conditions.texts.iter().filter(|text| !text.is_empty()) {
                let known = patterns.iter().position(|it| it == text);
                let place = known.unwrap_or_else(|| {
                    patterns.push(text);
                    wanted.push(bits(count));
                    patterns.len() - 1
                });
                if let Some(bits) = wanted.get_mut(place) {
                    set_bit(bits, number);
                }
            }
        }
        if patterns.is_empty() {
            return None;
        }
        let search = AhoCorasick::builder().ascii_case_insensitive(true).build(patterns).ok();
        Some(Self { search, wanted, free })
    }

    fn narrow(&self, declaration: &Declaration, met: &mut Bits, wanted: &mut Bits) {
        wanted.fill(0);
        let texts = declaration.lines.iter();
        for text in texts.flat_map(|line| [&line.description, &line.brand, &line.model]) {
            let found = self.search.iter().flat_map(|it| it.find_overlapping_iter(text.as_str()));
            found.for_each(|it| or(wanted, self.wanted.get(it.pattern().as_usize())));
        }
        for (met, (free, wanted)) in met.iter_mut().zip(self.free.iter().zip(&*wanted)) {
            *met &= free | wanted;
        }
    }
}

fn length(member: &str) -> u32 {
    u32::try_from(member.len()).unwrap_or(u32::MAX)
}

fn bits(count: usize) -> Bits {
    vec![0; count.div_ceil(64)]
}

fn set_bit(bits: &mut Bits, index: usize) {
    if let Some(word) = bits.get_mut(index / 64) {
        *word |= 1 << (index % 64);
    }
}

fn or(bits: &mut Bits, more: Option<&Bits>) {
    for (word, more) in bits.iter_mut().zip(more.into_iter().flatten()) {
        *word |= more;
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{CheckCode, Field, PlatformOrder};
    use crate::screening::Rate;
    use crate::screening::test_support::{CONSIGNOR, declaration, line};

    fn set(members: &[&str]) -> Set {
        let members = members.iter().map(|&it| it.to_owned()).collect();
        Set { members, is_negated: false }
    }

    fn not(members: &[&str]) -> Set {
        Set { is_negated: true, ..set(members) }
    }

    fn answers(conditions: Vec<Conditions>, parcel: &Declaration) -> Vec<(usize, Answer)> {
        let numbered = conditions.into_iter().enumerate().map(|(number, it)| (it, number));
        let conditional = Conditional::new(numbered.collect());
        let asked = Asked {
            declaration: parcel,
            findings: &[
                Finding::new(CheckCode::CustomsAlert, 1, String::new()),
                // Says that a campaign could not be judged.
                Finding {
                    field: Field::Value,
                    ..Finding::new(CheckCode::Campaign, 0, String::new())
                },
            ],
            history: &History { as_of: jiff::Timestamp::UNIX_EPOCH },
            currencies: &Currencies::new([Rate {
                currency: "USD".to_owned(),
                from: None,
                yuan: Decimal::from(7),
            }]),
        };
        conditional.matching(&asked).map(|(number, answer)| (*number, answer)).collect()
    }

    fn matching(conditions: Vec<Conditions>, parcel: &Declaration) -> Vec<usize> {
        let answers = answers(conditions, parcel).into_iter();
        answers.filter(|(_, answer)| *answer == Answer::Met).map(|(number, _)| number).collect()
    }

    fn meets(make: impl FnOnce(&mut Conditions), parcel: &Declaration) -> bool {
        let mut conditions = Conditions::default();
        make(&mut conditions);
        !matching(vec![conditions], parcel).is_empty()
    }

    #[test]
    fn each_field_is_compared_and_sets_can_be_negated() {
        use ConditionField as F;
        let order = PlatformOrder {
            platform: "P".to_owned(),
            seller_id: "S".to_owned(),
            ..PlatformOrder::default()
        };
        let parcel = Declaration { platform_order: Some(order), ..declaration("shoes") };
        for (field, here, elsewhere) in [
            (F::Direction, "export", "import"),
            (F::Channel, "post", "express"),
            (F::District, "51", "53"),
            (F::District, "5100", "5101"),
            (F::Category, "unspecified", "gift"),
            (F::SupervisionMode, "9610", "1210"),
            (F::Origin, "CN", "VN"),
            (F::Destination, "FR", "US"),
            (F::HsCode, "64", "65"),
            (F::HsCode, "6403990000", "6403990001"),
            (F::Platform, "P", "Q"),
            (F::Seller, "S", "T"),
            (F::Party, CONSIGNOR, "X"),
            (F::Finding, "customs_alert", "rule"),
            (F::Finding, "customs_alert", "campaign"),
        ] {
            for (set, expected) in [
                (set(&[here]), true),
                (set(&[elsewhere, here]), true),
                (set(&[elsewhere]), false),
                (set(&[]), false),
                (not(&[here]), false),
                (not(&[elsewhere]), true),
                (not(&[]), true),
            ] {
                let met = meets(|it| it.require(field, set.clone()), &parcel);
                assert_eq!(met, expected, "{field:?} {set:?}");
            }
        }
    }

    #[test]
    fn days_sums_and_texts_are_compared_at_their_edges() {
        type Make = fn(&mut Conditions);
        // The first of January 1970, 2 pieces, 120 yuan.
        let parcel = declaration("Leather 皮鞋");
        let cases: [(Make, bool); 16] = [
            (|_| {}, true),
            (|it| it.valid_from = Some(date(1970, 1, 1)), true),
            (|it| it.valid_from = Some(date(1970, 1, 2)), false),
            (|it| it.valid_until = Some(date(1970, 1, 1)), true),
            (|it| it.valid_until = Some(date(1969, 12, 31)), false),
            (|it| it.quantity_from = Some(2), true),
            (|it| it.quantity_from = Some(3), false),
            (|it| it.quantity_until = Some(2), true),
            (|it| it.quantity_until = Some(1), false),
            (|it| it.value_from = Some(Decimal::from(120)), true),
            (|it| it.value_from = Some(Decimal::from(121)), false),
            (|it| it.value_until = Some(Decimal::from(119)), false),
            (|it| it.texts = vec!["leather".to_owned()], true),
            (|it| it.texts = vec!["boots".to_owned(), "皮鞋".to_owned()], true),
            (|it| it.texts = vec!["acme".to_owned()], true),
            (|it| it.texts = vec!["boots".to_owned()], false),
        ];
        for (number, (make, expected)) in cases.into_iter().enumerate() {
            assert_eq!(meets(make, &parcel), expected, "case {number}");
        }
    }

    #[test]
    fn values_are_added_up_in_yuan_where_every_currency_is_known() {
        let mut parcel = declaration("shoes");
        parcel.lines.push(line(2, "boots"));
        parcel.lines[1].value.as_mut().unwrap().currency = "USD".to_owned();
        let at_least = |yuan: i64| move |it: &mut Conditions| it.value_from = Some(yuan.into());
        assert!(meets(at_least(960), &parcel) && !meets(at_least(961), &parcel));
        parcel.lines[1].value.as_mut().unwrap().currency = "XYZ".to_owned();
        assert!(!meets(at_least(0), &parcel));
    }

    #[test]
    fn a_value_that_cannot_be_told_is_missed_only_where_all_else_is_met() {
        type Make = fn(&mut Conditions);
        let mut parcel = declaration("shoes");
        parcel.lines[0].value.as_mut().unwrap().currency = "XYZ".to_owned();
        let cases: [(Make, Option<Answer>); 7] = [
            (|_| {}, Some(Answer::Met)),
            (|it| it.value_from = Some(Decimal::ONE), Some(Answer::Unknown)),
            (|it| it.value_until = Some(Decimal::ONE), Some(Answer::Unknown)),
            (
                |it| {
                    it.value_from = Some(Decimal::ONE);
                    it.require(ConditionField::Destination, set(&["FR"]));
                },
                Some(Answer::Unknown),
            ),
            (
                |it| {
                    it.value_from = Some(Decimal::ONE);
                    it.require(ConditionField::Destination, set(&["US"]));
                },
                None,
            ),
            (
                |it| {
                    it.value_from = Some(Decimal::ONE);
                    it.quantity_from = Some(3);
                },
                None,
            ),
            (
                |it| {
                    it.value_from = Some(Decimal::ONE);
                    it.valid_from = Some(date(1970, 1, 2));
                },
                None,
            ),
        ];
        for (number, (make, expected)) in cases.into_iter().enumerate() {
            let mut conditions = Conditions::default();
            make(&mut conditions);
            let answer = answers(vec![conditions.clone()], &parcel).first().map(|it| it.1);
            assert_eq!(answer, expected, "case {number}");
            parcel.lines[0].value = None;
            let answer = answers(vec![conditions], &parcel).first().map(|it| it.1);
            assert_eq!(answer, expected, "case {number} without a value");
        }
    }

    proptest! {
        /// A set of bits for each field finds what comparing one after the other finds.
        #[test]
        fn many_conditions_are_met_as_each_alone(
            sets in prop::collection::vec(
                prop::collection::vec((0..12_usize, prop::collection::vec("(CN|FR|US|post|export|51|64|85)", 0..3), any::<bool>()), 0..4),
                0..150,
            ),
        ) {
            let parcel = declaration("shoes");
            let conditions = sets.into_iter().map(|fields| {
                let mut conditions = Conditions::default();
                for (field, members, is_negated) in fields {
                    conditions.require(ConditionField::ALL[field], Set { members, is_negated });
                }
                conditions
            });
            let conditions = conditions.collect::<Vec<_>>();
            let alone = (0..conditions.len())
                .filter(|index| !matching(vec![conditions[*index].clone()], &parcel).is_empty())
                .collect::<Vec<_>>();
            prop_assert_eq!(matching(conditions, &parcel), alone);
        }
    }
}
