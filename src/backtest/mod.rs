//! A candidate policy beside the one in force, on recorded declarations: what it would hold that is let go now, and the
//! other way round.
//!
//! Pure. [`Comparison`]s of parts add up to that of the whole, in any order.

mod example;
mod sheet;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use sheet::{Burden, sheet};

use crate::domain::{
    CheckCode, Decision, Declaration, OutcomeKind, Source, Verdict, is_country_code,
};
use crate::screening::Lists;
use example::Examples;

/// One declaration under both policies.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    pub source: &'a Source,
    /// `None` for one that cannot be read.
    pub declaration: Option<&'a Declaration>,
    pub in_force: &'a Decision,
    pub candidate: &'a Decision,
    /// What inspection found, where there was one.
    pub outcome: Option<OutcomeKind>,
}

impl Trial<'_> {
    fn was_held(&self) -> bool {
        self.in_force.verdict != Verdict::Release
    }

    fn would_be_held(&self) -> bool {
        self.candidate.verdict != Verdict::Release
    }
}

/// Parcels by what becomes of them: under the policy in force, under the candidate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Held by both.
    pub held: u64,
    pub newly_held: u64,
    pub newly_released: u64,
    /// Released by both.
    pub released: u64,
}

impl Counts {
    fn add(&mut self, was_held: bool, would_be_held: bool) {
        *match (was_held, would_be_held) {
            (true, true) => &mut self.held,
            (false, true) => &mut self.newly_held,
            (true, false) => &mut self.newly_released,
            (false, false) => &mut self.released,
        } += 1;
    }

    fn merge(&mut self, other: Self) {
        self.held += other.held;
        self.newly_held += other.newly_held;
        self.newly_released += other.newly_released;
        self.released += other.released;
    }

    /// Held by the policy in force.
    #[must_use]
    pub fn before(self) -> u64 {
        self.held + self.newly_released
    }

    /// Held by the candidate.
    #[must_use]
    pub fn after(self) -> u64 {
        self.held + self.newly_held
    }

    /// All there are.
    #[must_use]
    pub fn all(self) -> u64 {
        self.before() + self.newly_held + self.released
    }
}

/// By what holds are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// What a parcel is held for.
    Check,
    Rule,
    Campaign,
    /// The first two digits of the customs district.
    Hub,
    /// From country to country.
    Route,
    GoodsGroup,
}

impl Dimension {
    /// Every dimension.
    pub const ALL: [Self; 6] =
        [Self::Check, Self::Rule, Self::Campaign, Self::Hub, Self::Route, Self::GoodsGroup];
}

/// What is in no list, or is no code.
const OTHER: &str = "other";

/// What the two policies make of many declarations.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    pub all: Counts,
    /// Of those whose declaration cannot be read; both hold them.
    pub unreadable: u64,
    by: BTreeMap<Dimension, BTreeMap<String, Counts>>,
    /// Of those that were inspected.
    pub seized: Counts,
    pub cleared: Counts,
    pub returned: Counts,
    first_declared: Option<Timestamp>,
    last_declared: Option<Timestamp>,
    newly_held: Examples,
    newly_released: Examples,
}

impl Comparison {
    /// Counts a declaration.
    pub fn add(&mut self, trial: &Trial<'_>, lists: &Lists) {
        let (was_held, would_be_held) = (trial.was_held(), trial.would_be_held());
        self.all.add(was_held, would_be_held);
        self.unreadable += u64::from(trial.declaration.is_none());
        self.note_time(trial.declaration.and_then(|it| it.declared_at));
        if let Some(counts) = trial.outcome.and_then(|kind| self.of_outcome(kind)) {
            counts.add(was_held, would_be_held);
        }
        // Most parcels are let go by both: there is nothing to tell apart.
        if !was_held && !would_be_held {
            return;
        }
        for dimension in Dimension::ALL {
            self.add_to(dimension, trial, lists);
        }
        match (was_held, would_be_held) {
            (false, true) => self.newly_held.add(trial),
            (true, false) => self.newly_released.add(trial),
            (true, true) | (false, false) => {}
        }
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: Self) {
        self.all.merge(other.all);
        self.unreadable += other.unreadable;
        for (dimension, counts) in other.by {
            let ours = self.by.entry(dimension).or_default();
            for (key, counts) in counts {
                ours.entry(key).or_default().merge(counts);
            }
        }
        self.seized.merge(other.seized);
        self.cleared.merge(other.cleared);
        self.returned.merge(other.returned);
        self.note_time(other.first_declared);
        self.note_time(other.last_declared);
        self.newly_held.merge(other.newly_held);
        self.newly_released.merge(other.newly_released);
    }

    /// What was counted by a dimension.
    pub fn by(&self, dimension: Dimension) -> impl Iterator<Item = (&str, Counts)> {
        let counts = self.by.get(&dimension).into_iter().flatten();
        counts.map(|(key, counts)| (key.as_str(), *counts))
    }

    /// Days from the first declaration to the last; at least one, so that an hour of parcels is no day's worth of them.
    #[must_use]
    pub fn days(&self) -> f64 {
        const DAY_SECONDS: f64 = 86_400.0;
        match (self.first_declared, self.last_declared) {
            (Some(first), Some(last)) => {
                (last.duration_since(first).as_secs_f64() / DAY_SECONDS).max(1.0)
            }
            _ => 1.0,
        }
    }

    fn of_outcome(&mut self, kind: OutcomeKind) -> Option<&mut Counts> {
        match kind {
            OutcomeKind::Seized => Some(&mut self.seized),
            OutcomeKind::Cleared => Some(&mut self.cleared),
            OutcomeKind::Returned => Some(&mut self.returned),
            OutcomeKind::Unspecified => None,
        }
    }

    fn note_time(&mut self, moment: Option<Timestamp>) {
        let Some(moment) = moment else { return };
        self.first_declared = Some(self.first_declared.map_or(moment, |first| first.min(moment)));
        self.last_declared = Some(self.last_declared.map_or(moment, |last| last.max(moment)));
    }

    fn add_to(&mut self, dimension: Dimension, trial: &Trial<'_>, lists: &Lists) {
        let counts = self.by.entry(dimension).or_default();
        let mut add = |key: &str, was_held, would_be_held| match counts.get_mut(key) {
            Some(counts) => counts.add(was_held, would_be_held),
            None => counts.entry(key.to_owned()).or_default().add(was_held, would_be_held),
        };
        for key in traits(dimension, trial, lists) {
            add(&key, trial.was_held(), trial.would_be_held());
        }
        let before = reasons(dimension, trial.in_force);
        let after = reasons(dimension, trial.candidate);
        for key in before.union(&after) {
            add(key, before.contains(key), after.contains(key));
        }
    }
}

/// What a parcel is, whatever it is held for; nothing where the dimension asks for what it is held.
fn traits<'a>(dimension: Dimension, trial: &Trial<'a>, lists: &'a Lists) -> BTreeSet<Cow<'a, str>> {
    match (dimension, trial.declaration) {
        (Dimension::Hub, _) => BTreeSet::from([hub(&trial.in_force.customs_district).into()]),
        (Dimension::Route, Some(declaration)) => BTreeSet::from([route(declaration).into()]),
        (Dimension::GoodsGroup, Some(declaration)) => goods_groups(declaration, lists),
        _ => BTreeSet::new(),
    }
}

/// For what a decision holds; nothing where it holds nothing, or the dimension asks for what the parcel is.
fn reasons(dimension: Dimension, decision: &Decision) -> BTreeSet<&str> {
    match (dimension, decision.verdict) {
        (_, Verdict::Release) => BTreeSet::new(),
        (Dimension::Check, _) => decision.held_for().map(CheckCode::code).into_iter().collect(),
        (Dimension::Rule, _) => counted(decision, CheckCode::Rule),
        (Dimension::Campaign, _) => counted(decision, CheckCode::Campaign),
        _ => BTreeSet::new(),
    }
}

/// The rules or campaigns that gave points.
fn counted(decision: &Decision, check: CheckCode) -> BTreeSet<&str> {
    let counted = decision.findings.iter().filter(|it| it.check == check && it.points != 0);
    counted.map(|finding| finding.rule_id.as_str()).collect()
}

/// The hub of a district. Districts are declared, so that anything may stand there.
fn hub(district: &str) -> &str {
    let is_one = district.len() == 4 && district.bytes().all(|byte| byte.is_ascii_digit());
    district.get(..2).filter(|_| is_one).unwrap_or(OTHER)
}

fn route(declaration: &Declaration) -> String {
    let Declaration { origin_country, destination_country, .. } = declaration;
    [origin_country, destination_country]
        .map(|code| if is_country_code(code) { code } else { OTHER })
        .join(" → ")
}

fn goods_groups<'a>(declaration: &'a Declaration, lists: &'a Lists) -> BTreeSet<Cow<'a, str>> {
    let codes = declaration.lines.iter().map(|line| line.hs_code.as_str());
    let groups = codes.flat_map(|code| lists.goods_groups_of(code));
    let groups = groups.map(Cow::from).collect::<BTreeSet<_>>();
    if groups.is_empty() { BTreeSet::from([OTHER.into()]) } else { groups }
}
