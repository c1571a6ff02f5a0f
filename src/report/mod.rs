//! What was screened, held, inspected and seized in a period: the figures that customs publish.
//!
//! Pure. Outcomes are few and kept; decisions and declarations are counted as they pass, in parts that add up in any order,
//! so that memory does not grow with their number.

mod period;
mod sheet;

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use jiff::Timestamp;
use roaring::RoaringTreemap;
use rust_decimal::Decimal;

pub use period::Period;
pub use sheet::sheet;

use crate::domain::{
    Channel, CheckCode, Declaration, Direction, Outcome, OutcomeKind, Recordal, Source, Verdict,
};
use crate::screening::{Currencies, Lists};
use period::month_of;

/// Figures of one period, or of a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Parcels that were decided.
    pub screened: u64,
    /// Parcels that were held.
    pub held: u64,
    /// Inspections that ended.
    pub inspected: u64,
    /// Batches that were seized.
    pub seized: u64,
    /// Pieces that were seized.
    pub pieces: u64,
    /// Yuan that what was seized is worth.
    pub value: Decimal,
    /// Seizures whose value nobody can tell in yuan.
    pub unvalued: u64,
}

impl Figures {
    fn merge(&mut self, other: &Self) {
        self.screened += other.screened;
        self.held += other.held;
        self.inspected += other.inspected;
        self.seized += other.seized;
        self.pieces += other.pieces;
        self.value = self.value.saturating_add(other.value);
        self.unvalued += other.unvalued;
    }

    fn add_decision(&mut self, is_held: bool) {
        self.screened += 1;
        self.held += u64::from(is_held);
    }

    fn add_outcome(&mut self, outcome: &Outcome, yuan: Option<Decimal>) {
        self.inspected += 1;
        if outcome.kind == OutcomeKind::Seized {
            self.seized += 1;
            self.pieces += u64::from(outcome.pieces);
            self.value = self.value.saturating_add(yuan.unwrap_or_default());
            self.unvalued += u64::from(yuan.is_none());
        }
    }
}

/// By what figures are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    Channel,
    Direction,
    /// The region at the other end: of the destination of exports, of the origin of imports. Regions overlap.
    Region,
    /// Groups of goods overlap.
    Goods,
    /// Domestic or foreign, and key enterprise, which overlap.
    HolderKind,
    Campaign,
    Hub,
    Holder,
    Platform,
    Month,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Self; 10] = [
        Self::Channel,
        Self::Direction,
        Self::Region,
        Self::Goods,
        Self::HolderKind,
        Self::Campaign,
        Self::Hub,
        Self::Holder,
        Self::Platform,
        Self::Month,
    ];
}

/// Values of one dimension that are counted apart; what comes after is counted under `other`.
const KEYS_MAX: usize = 10_000;

/// What is in no list, or unknown.
const OTHER: &str = "other";

/// What is known before the first decision is counted.
#[derive(Debug)]
pub struct Ground {
    pub periods: Periods,
    pub lists: Lists,
    pub currencies: Currencies,
    /// Of the register, by number.
    rights: HashMap<String, Right>,
    recordals: Vec<RecordalDays>,
    /// By declaration.
    outcomes: HashMap<String, Outcome>,
}

/// The period that is reported on, and those it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    pub now: Period,
    pub before: Period,
    pub year_before: Period,
}

impl Periods {
    /// A period with the one before, and the same of last year.
    #[must_use]
    pub fn of(now: Period) -> Self {
        Self { now, before: now.before(), year_before: now.year_before() }
    }

    /// All three, the one that is reported on first.
    #[must_use]
    pub fn all(self) -> [Period; 3] {
        [self.now, self.before, self.year_before]
    }
}

/// What matters of a recordal.
#[derive(Debug, Clone)]
struct Right {
    holder: String,
    kinds: Vec<&'static str>,
}

/// A recordal's days, and whose it is.
#[derive(Debug, Clone)]
struct RecordalDays {
    recordal: Recordal,
    kinds: Vec<&'static str>,
}

const DOMESTIC: &str = "domestic";
const FOREIGN: &str = "foreign";
const KEY_ENTERPRISE: &str = "key_enterprise";

fn kinds(recordal: &Recordal) -> Vec<&'static str> {
    let side = if recordal.holder.country == "CN" { DOMESTIC } else { FOREIGN };
    let key = recordal.key_enterprise.then_some(KEY_ENTERPRISE);
    std::iter::once(side).chain(key).collect()
}

impl Ground {
    /// A ground without outcomes.
    #[must_use]
    pub fn new(
        periods: Periods,
        lists: Lists,
        currencies: Currencies,
        recordals: impl IntoIterator<Item = Recordal>,
    ) -> Self {
        let mut ground = Self {
            periods,
            lists,
            currencies,
            rights: HashMap::new(),
            recordals: Vec::new(),
            outcomes: HashMap::new(),
        };
        for recordal in recordals {
            let kinds = kinds(&recordal);
            let right = Right { holder: recordal.holder.name.clone(), kinds: kinds.clone() };
            ground.rights.insert(recordal.recordal_no.clone(), right);
            ground.recordals.push(RecordalDays { recordal, kinds });
        }
        ground
    }

    /// Keeps an outcome, where it is of one of the periods. The later of two on one declaration stands.
    pub fn add_outcome(&mut self, outcome: Outcome) {
        let Some(concluded_at) = outcome.concluded_at else { return };
        if self.periods.all().iter().any(|period| period.contains(concluded_at)) {
            self.outcomes.insert(outcome.declaration_id.clone(), outcome);
        }
    }
}

/// What a decision says that is counted.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    pub decision: &'a crate::domain::Decision,
    pub source: &'a Source,
    pub decided_at: Timestamp,
}

/// What was counted of decisions and declarations.
#[derive(Debug, Default)]
pub struct Tally {
    /// Of each period.
    totals: [Figures; 3],
    /// Of the period that is reported on.
    by: BTreeMap<Dimension, BTreeMap<String, Figures>>,
    /// Which records of each partition were decided in it, and which of them held.
    decided: BTreeMap<i32, RoaringTreemap>,
    held: BTreeMap<i32, RoaringTreemap>,
    /// What is known of the declarations of outcomes beside the outcomes.
    known: HashMap<String, Known>,
    /// Whether declarations were read.
    has_declarations: bool,
}

/// What decisions and declarations tell of an inspected parcel.
#[derive(Debug, Clone, Default)]
struct Known {
    campaigns: BTreeSet<String>,
    goods: BTreeSet<String>,
}

impl Tally {
    /// Counts a decision.
    pub fn add_decision(&mut self, ground: &Ground, decided: Decided<'_>) {
        let Decided { decision, source, decided_at } = decided;
        let is_held = decision.verdict != Verdict::Release;
        for (period, total) in ground.periods.all().into_iter().zip(&mut self.totals) {
            if period.contains(decided_at) {
                total.add_decision(is_held);
            }
        }
        if ground.outcomes.contains_key(&decision.declaration_id) {
            let known = self.known.entry(decision.declaration_id.clone()).or_default();
            known.campaigns.extend(campaigns(decision));
        }
        if !ground.periods.now.contains(decided_at) {
            return;
        }
        if let Ok(offset) = u64::try_from(source.offset) {
            self.decided.entry(source.partition).or_default().insert(offset);
            if is_held {
                self.held.entry(source.partition).or_default().insert(offset);
            }
        }
        for (dimension, key) in [
            (Dimension::Channel, channel(decision.channel)),
            (Dimension::Direction, direction(decision.direction)),
            (Dimension::Hub, hub(&decision.customs_district)),
            (Dimension::Month, &month_of(decided_at)),
        ] {
            self.figures(dimension, key).add_decision(is_held);
        }
        for campaign in campaigns(decision) {
            self.figures(Dimension::Campaign, &campaign).add_decision(is_held);
        }
    }

    /// Counts a declaration, where a decision on it was counted. All decisions have to be there by then.
    pub fn add_declaration(
        &mut self,
        ground: &Ground,
        decided: &Self,
        source: &Source,
        declaration: &Declaration,
    ) {
        self.has_declarations = true;
        let goods = goods(declaration, &ground.lists);
        let platform = platform(declaration.platform_order.as_ref().map_or("", |it| &it.platform));
        if ground.outcomes.contains_key(&declaration.declaration_id) {
            let known = self.known.entry(declaration.declaration_id.clone()).or_default();
            known.goods.clone_from(&goods);
        }
        let is_in = |of: &BTreeMap<i32, RoaringTreemap>| {
            let offset = u64::try_from(source.offset).ok();
            of.get(&source.partition).zip(offset).is_some_and(|(set, offset)| set.contains(offset))
        };
        if !is_in(&decided.decided) {
            return;
        }
        let is_held = is_in(&decided.held);
        let far = match declaration.direction {
            Direction::Import => &declaration.origin_country,
            Direction::Export | Direction::Unspecified => &declaration.destination_country,
        };
        for region in regions(far, &ground.lists) {
            self.figures(Dimension::Region, &region).add_decision(is_held);
        }
        for group in goods {
            self.figures(Dimension::Goods, &group).add_decision(is_held);
        }
        self.figures(Dimension::Platform, platform).add_decision(is_held);
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: Self) {
        for (ours, theirs) in self.totals.iter_mut().zip(&other.totals) {
            ours.merge(theirs);
        }
        for (dimension, figures) in other.by {
            for (key, figures) in figures {
                self.figures(dimension, &key).merge(&figures);
            }
        }
        for (ours, theirs) in [(&mut self.decided, other.decided), (&mut self.held, other.held)] {
            for (partition, offsets) in theirs {
                *ours.entry(partition).or_default() |= offsets;
            }
        }
        for (declaration, known) in other.known {
            let ours = self.known.entry(declaration).or_default();
            ours.campaigns.extend(known.campaigns);
            ours.goods.extend(known.goods);
        }
        self.has_declarations |= other.has_declarations;
    }

    /// Counts the outcomes, the last of all.
    pub fn add_outcomes(&mut self, ground: &Ground) {
        for outcome in ground.outcomes.values() {
            let Some(concluded_at) = outcome.concluded_at else { continue };
            let value = outcome.value.as_ref();
            let yuan = value.and_then(|it| ground.currencies.yuan(it, concluded_at));
            for (period, total) in ground.periods.all().into_iter().zip(&mut self.totals) {
                if period.contains(concluded_at) {
                    total.add_outcome(outcome, yuan);
                }
            }
            if ground.periods.now.contains(concluded_at) {
                for (dimension, key) in self.keys(ground, outcome, concluded_at) {
                    self.figures(dimension, &key).add_outcome(outcome, yuan);
                }
            }
        }
    }

    /// Under what an outcome is counted.
    fn keys(
        &self,
        ground: &Ground,
        outcome: &Outcome,
        at: Timestamp,
    ) -> BTreeSet<(Dimension, String)> {
        let known = self.known.get(&outcome.declaration_id);
        let right = ground.rights.get(&outcome.recordal_no);
        let far = match outcome.direction {
            Direction::Import => &outcome.consignor,
            Direction::Export | Direction::Unspecified => &outcome.consignee,
        };
        let country = far.as_ref().map_or("", |party| &party.country);
        let mut keys = BTreeSet::from([
            (Dimension::Channel, channel(outcome.channel).to_owned()),
            (Dimension::Direction, direction(outcome.direction).to_owned()),
            (Dimension::Hub, hub(&outcome.customs_district).to_owned()),
            (Dimension::Holder, right.map_or(OTHER, |it| &it.holder).to_owned()),
            (Dimension::Platform, platform(&outcome.platform).to_owned()),
            (Dimension::Month, month_of(at)),
        ]);
        let mut add = |dimension, values: &mut dyn Iterator<Item = String>| {
            keys.extend(values.map(|value| (dimension, value)));
        };
        add(Dimension::Region, &mut regions(country, &ground.lists).into_iter());
        let kinds = right.map_or(&[OTHER][..], |right| &right.kinds);
        add(Dimension::HolderKind, &mut kinds.iter().map(|kind| (*kind).to_owned()));
        if let Some(known) = known {
            add(Dimension::Campaign, &mut known.campaigns.iter().cloned());
            add(Dimension::Goods, &mut known.goods.iter().cloned());
        }
        keys
    }

    fn figures(&mut self, dimension: Dimension, key: &str) -> &mut Figures {
        let figures = self.by.entry(dimension).or_default();
        let is_full = figures.len() >= KEYS_MAX && !figures.contains_key(key);
        figures.entry(if is_full { OTHER } else { key }.to_owned()).or_default()
    }

    /// What was counted by a dimension, in no order of weight.
    pub fn by(&self, dimension: Dimension) -> impl Iterator<Item = (&str, &Figures)> {
        let figures = self.by.get(&dimension).into_iter().flatten();
        figures.map(|(key, figures)| (key.as_str(), figures))
    }
}

fn campaigns(decision: &crate::domain::Decision) -> impl Iterator<Item = String> {
    let counted = decision.findings.iter();
    let counted = counted.filter(|it| it.check == CheckCode::Campaign && it.points != 0);
    counted.map(|finding| finding.rule_id.clone())
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Unspecified => OTHER,
        Channel::Post => "post",
        Channel::Express => "express",
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Unspecified => OTHER,
        Direction::Export => "export",
        Direction::Import => "import",
    }
}

/// The hub of a district, which is declared, so that anything may stand there.
fn hub(district: &str) -> &str {
    let is_one = district.len() == 4 && district.bytes().all(|byte| byte.is_ascii_digit());
    district.get(..2).filter(|_| is_one).unwrap_or(OTHER)
}

fn platform(platform: &str) -> &str {
    if platform.is_empty() { OTHER } else { platform }
}

fn regions(country: &str, lists: &Lists) -> BTreeSet<String> {
    or_other(lists.regions_of(country))
}

fn goods(declaration: &Declaration, lists: &Lists) -> BTreeSet<String> {
    let codes = declaration.lines.iter().map(|line| line.hs_code.as_str());
    or_other(codes.flat_map(|code| lists.goods_groups_of(code)))
}

fn or_other<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let names = names.map(str::to_owned).collect::<BTreeSet<_>>();
    if names.is_empty() { BTreeSet::from([OTHER.to_owned()]) } else { names }
}
