//! Reading a labelled folder, screening it, and counting.
#![allow(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a developers' tool: counts are small, and a wrong index is its own fault"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use parcelgate::config::load_policy;
use parcelgate::domain::{CheckCode, Declaration, Recordal, Technique, Versions};
use parcelgate::history::History;
use parcelgate::register::{Guards, Register};
use parcelgate::screening::{
    Intelligence, Language, Points, Policy, RecordedMarkPoints, Reference, screen,
};
use parcelgate::wire::{Encoding, Limits, decode_declaration, decode_message};
use serde_json::Value;

const LIMITS: Limits = Limits { record_bytes_max: 1024 * 1024, text_bytes_max: 64 * 1024 };

/// False holds per 10,000 benign declarations at which recall is read.
const BUDGETS: [f64; 3] = [10.0, 30.0, 100.0];

/// Which half of the set a declaration belongs to: points are fitted on one and checked on the other. The halves are
/// split by mark where there is one, so that no mark is in both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    Fitted,
    HeldBack,
}

pub struct Label {
    pub class: String,
    pub is_positive: bool,
    pub recordals: Vec<String>,
    pub note: String,
}

pub struct Labelled {
    pub declarations: Vec<Declaration>,
    pub labels: Vec<Label>,
    pub halves: Vec<Half>,
    pub reference: Reference,
}

/// What screening said of a declaration, as far as marks go.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub score: i32,
    pub held: bool,
    pub named: Vec<String>,
    pub notes: Vec<String>,
}

impl Labelled {
    pub fn read(folder: &Path) -> Result<Self, String> {
        let text = |name: &str| {
            let here = folder.join(name);
            let path = if here.exists() { here } else { folder.join("..").join(name) };
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let declarations = text("declarations.ndjson")?
            .lines()
            .map(|line| {
                let decoded = decode_declaration(line.as_bytes(), None, &LIMITS);
                decoded
                    .map(|it| it.declaration)
                    .map_err(|it| format!("declarations: {}", it.detail))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let labels = text("labels.ndjson")?.lines().map(label).collect::<Result<Vec<_>, _>>()?;
        let recordals = text("recordals.ndjson")?
            .lines()
            .map(|line| {
                let decoded = decode_message::<Recordal>(line.as_bytes(), Encoding::Json, &LIMITS);
                decoded.map_err(|it| format!("recordals: {it:?}"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if declarations.len() != labels.len() {
            return Err("as many labels as declarations are needed".to_owned());
        }
        let halves = labels
            .iter()
            .enumerate()
            .map(|(index, label)| half(index, label, &recordals))
            .collect();
        let (policy, _) = load_policy(None, "").map_err(|error| error.to_string())?;
        let reference = Reference {
            register: Arc::new(Register::build(recordals)),
            intelligence: Arc::new(Intelligence::default()),
            policy: Arc::new(policy),
            language: Language::English,
            versions: Arc::new(Versions::default()),
        };
        Ok(Self { declarations, labels, halves, reference })
    }

    pub fn half(&self, index: usize) -> Half {
        self.halves[index]
    }

    /// Nobody else holds the register of a labelled set.
    fn guard(&mut self, guards: Guards) {
        if let Some(register) = Arc::get_mut(&mut self.reference.register) {
            register.guard(guards);
        }
    }

    pub fn policy(&mut self) -> &mut Policy {
        Arc::make_mut(&mut self.reference.policy)
    }

    /// Screens every declaration at its own time, on all cores.
    pub fn screen(&self) -> Vec<Outcome> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let chunk = self.declarations.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            let parts = self.declarations.chunks(chunk).map(|part| {
                scope.spawn(move || part.iter().map(|it| self.screen_one(it)).collect::<Vec<_>>())
            });
            let parts = parts.collect::<Vec<_>>();
            parts
                .into_iter()
                .flat_map(|part| part.join().expect("screening does not panic"))
                .collect()
        })
    }

    fn screen_one(&self, declaration: &Declaration) -> Outcome {
        let as_of = declaration.declared_at.unwrap_or_default();
        let decision = screen(declaration, &self.reference, &History { as_of });
        // Only marks are measured.
        let of_marks = [CheckCode::RecordedMark, CheckCode::AuthorisedUser];
        let counted = decision.findings.iter().filter(|it| of_marks.contains(&it.check));
        let score = counted.map(|it| it.points).sum();
        let marks = decision.findings.iter().filter(|it| it.check == CheckCode::RecordedMark);
        Outcome {
            score,
            held: score >= decision.hold_threshold,
            named: marks.clone().map(|it| it.recordal_no.clone()).collect(),
            notes: decision
                .findings
                .iter()
                .map(|it| format!("{} {}", it.points, it.note))
                .collect(),
        }
    }
}

fn label(line: &str) -> Result<Label, String> {
    let value: Value = serde_json::from_str(line).map_err(|error| format!("labels: {error}"))?;
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let note = text("note");
    let alternatives = note.split("alt=").nth(1).unwrap_or_default();
    let alternatives = alternatives.split(';').next().unwrap_or_default().split_whitespace();
    let recordals = std::iter::once(text("recordal_no")).chain(alternatives.map(str::to_owned));
    Ok(Label {
        class: text("class"),
        is_positive: text("expect") == "hold",
        recordals: recordals.collect(),
        note,
    })
}

/// By the mark of a positive, else by the declaration's number in the set.
fn half(index: usize, label: &Label, recordals: &[Recordal]) -> Half {
    let mark =
        label.recordals.first().and_then(|no| recordals.iter().find(|it| it.recordal_no == *no));
    let even = match mark {
        Some(mark) => {
            mark.right_name.to_lowercase().bytes().map(u32::from).sum::<u32>().is_multiple_of(2)
        }
        None => index.is_multiple_of(2),
    };
    if even { Half::Fitted } else { Half::HeldBack }
}

/// The least score to hold at, so that at most so many benign declarations of 10,000 are held.
pub fn threshold(set: &Labelled, chosen: &BTreeMap<usize, &Outcome>, budget: f64) -> i32 {
    let mut benign = of_class(set, chosen, "benign").map(|(_, it)| it.score).collect::<Vec<_>>();
    benign.sort_unstable_by(|a, b| b.cmp(a));
    let allowed = (benign.len() as f64 * budget / 10_000.0).floor() as usize;
    benign.get(allowed).copied().unwrap_or(0).max(0) + 1
}

fn of_class<'a>(
    set: &'a Labelled,
    chosen: &'a BTreeMap<usize, &Outcome>,
    class: &'a str,
) -> impl Iterator<Item = (usize, &'a Outcome)> + 'a {
    chosen
        .iter()
        .filter(move |(index, _)| set.labels[**index].class == class)
        .map(|(index, it)| (*index, *it))
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The 95 % interval of a share, after Wilson.
fn interval(part: usize, whole: usize) -> (f64, f64) {
    let (n, z) = (whole.max(1) as f64, 1.96_f64);
    let p = share(part, whole);
    let middle = p + z * z / (2.0 * n);
    let spread = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    ((middle - spread) / scale, (middle + spread) / scale)
}

pub struct Counts {
    pub held: usize,
    pub all: usize,
}

impl Counts {
    pub fn share(&self) -> f64 {
        share(self.held, self.all)
    }
}

/// Holds per class at a score.
pub fn by_class(
    set: &Labelled,
    chosen: &BTreeMap<usize, &Outcome>,
    least: i32,
) -> BTreeMap<String, Counts> {
    let mut classes = BTreeMap::new();
    for (index, outcome) in chosen {
        let counts =
            classes.entry(set.labels[*index].class.clone()).or_insert(Counts { held: 0, all: 0 });
        counts.all += 1;
        counts.held += usize::from(outcome.score >= least);
    }
    classes
}

pub fn recall(set: &Labelled, chosen: &BTreeMap<usize, &Outcome>, least: i32) -> Counts {
    let positives = chosen.iter().filter(|(index, _)| set.labels[**index].is_positive);
    positives.fold(Counts { held: 0, all: 0 }, |counts, (_, it)| Counts {
        held: counts.held + usize::from(it.score >= least),
        all: counts.all + 1,
    })
}

pub fn report(set: &Labelled, chosen: &BTreeMap<usize, &Outcome>) {
    let own = set.reference.policy.hold_threshold;
    let benign = by_class(set, chosen, own).remove("benign");
    let false_holds = benign.map_or(0.0, |it| it.share() * 10_000.0);
    println!(
        "at the policy's threshold {own}: recall {:.3}, {false_holds:.1} false holds per 10,000",
        recall(set, chosen, own).share()
    );
    for budget in BUDGETS {
        let least = threshold(set, chosen, budget);
        let counts = recall(set, chosen, least);
        println!(
            "at {budget:>5} false holds per 10,000 (score {least}): recall {:.3}",
            counts.share()
        );
    }
    let least = threshold(set, chosen, 30.0).max(own);
    println!("at score {least}:");
    for (class, counts) in by_class(set, chosen, least) {
        let (low, high) = interval(counts.held, counts.all);
        println!(
            "  {class:22} {:5}/{:5}  {:.3}  [{low:.3}, {high:.3}]",
            counts.held,
            counts.all,
            counts.share()
        );
    }
    println!("right recordal named in {:.3} of true holds", right_recordal(set, chosen, least));
}

/// The share of true holds that name a recordal that the label names.
pub fn right_recordal(set: &Labelled, chosen: &BTreeMap<usize, &Outcome>, least: i32) -> f64 {
    let (mut right, mut holds) = (0, 0);
    for (index, outcome) in chosen {
        let label = &set.labels[*index];
        if label.is_positive && outcome.score >= least {
            holds += 1;
            right += usize::from(label.recordals.iter().any(|no| outcome.named.contains(no)));
        }
    }
    share(right, holds)
}

pub fn misses(set: &Labelled, outcomes: &[Outcome]) {
    for (index, outcome) in outcomes.iter().enumerate() {
        let label = &set.labels[index];
        if label.is_positive == outcome.held {
            continue;
        }
        println!(
            "{} {} score {} {}",
            if outcome.held { "HELD" } else { "MISS" },
            label.class,
            outcome.score,
            label.note
        );
        for line in &set.declarations[index].lines {
            println!(
                "    {} | {} | {} | {}",
                line.description, line.brand, line.model, line.hs_code
            );
        }
        for note in &outcome.notes {
            println!("    > {note}");
        }
    }
}

/// Screens without one guard after the other: what each saves in false holds, and what it costs in recall.
pub fn ablate(set: &mut Labelled) {
    let shipped = set.policy().points.clone();
    let line = |set: &Labelled, name: &str| {
        let outcomes = set.screen();
        let all = outcomes.iter().enumerate().collect::<BTreeMap<_, _>>();
        let own = set.reference.policy.hold_threshold;
        let (mut negatives, mut held) = (0, 0);
        let classes = by_class(set, &all, own);
        for (_, counts) in classes.iter().filter(|(class, _)| class.starts_with("neg_")) {
            negatives += counts.all;
            held += counts.held;
        }
        let benign = classes.get("benign").map_or(0.0, |it| it.share() * 10_000.0);
        println!(
            "{name:24} recall {:.3}   false holds per 10,000 {benign:6.1}   hard negatives held {:.3}",
            recall(set, &all, own).share(),
            share(held, negatives)
        );
    };
    line(set, "as shipped");
    let names = names();
    for (index, name) in names.iter().enumerate() {
        if *values(&mut set.policy().points)[index] >= 0 {
            continue;
        }
        *values(&mut set.policy().points)[index] = 0;
        line(set, &format!("without {name}"));
        set.policy().points = shipped.clone();
    }
    let on = Guards::default();
    for (name, guards) in [
        ("the dictionary", Guards { dictionary: false, ..on }),
        ("the reading of Chinese", Guards { reading: false, ..on }),
        ("explanation", Guards { explanation: false, ..on }),
    ] {
        set.guard(guards);
        line(set, &format!("without {name}"));
    }
    set.guard(on);
}

/// What fitting makes as large as it can: recall at the strict and the usual budget, less what hard negatives cost.
fn merit(set: &Labelled, start: &[i32]) -> f64 {
    let outcomes = set.screen();
    let chosen = outcomes
        .iter()
        .enumerate()
        .filter(|(index, _)| set.half(*index) == Half::Fitted)
        .collect::<BTreeMap<_, _>>();
    let own = set.reference.policy.hold_threshold;
    let strict = threshold(set, &chosen, 10.0);
    let usual = threshold(set, &chosen, 30.0);
    // What the data do not ask for stays as it was: the set has fewer kinds of honest text than the world.
    let mut points = set.reference.policy.points.clone();
    let now = values(&mut points).into_iter().map(|it| *it);
    let moved =
        now.zip(start).map(|(now, start)| f64::from((now - start).abs())).sum::<f64>() * 0.000_5;
    let mut merit = recall(set, &chosen, strict).share();
    // The policy's own threshold is to do what the usual budget allows, and so is the score that the budget asks for.
    for least in [usual, own.max(threshold(set, &chosen, 20.0))] {
        merit += recall(set, &chosen, least).share();
        for (class, counts) in by_class(set, &chosen, least) {
            if class.starts_with("neg_") {
                merit -= (counts.share() - 0.008).max(0.0) * 2.0 + counts.share() * 0.1;
            } else if class.starts_with("pos_") {
                merit -= (0.88 - counts.share()).max(0.0) * 0.2;
            }
        }
    }
    merit - f64::from(threshold(set, &chosen, 20.0) - own).max(0.0) * 0.02 - moved
}

/// Climbs: tries each value a step up and down, keeps what helps, until nothing does. What speaks for a mark goes on to
/// speak for it, and what speaks against it against it.
pub fn fit(set: &mut Labelled) {
    let start = values(&mut set.policy().points).into_iter().map(|it| *it).collect::<Vec<_>>();
    let mut best = merit(set, &start);
    println!("# merit {best:.4} before");
    let names = names();
    for step in [8, 4, 2, 1] {
        loop {
            let before = best;
            for index in (0..names.len()).filter(|index| !FIXED.contains(&names[*index])) {
                for change in [step, -step] {
                    let value = &mut *values(&mut set.policy().points)[index];
                    *value += change;
                    let turns = i64::from(*value) * i64::from(start[index]) < 0;
                    let now = merit(set, &start);
                    if now > best + 1e-6 && !turns {
                        best = now;
                        break;
                    }
                    *values(&mut set.policy().points)[index] -= change;
                }
            }
            eprintln!("step {step}: {best:.4}");
            if best < before + 1e-4 {
                break;
            }
        }
    }
    println!("# merit {best:.4} after");
    print(&set.policy().points.clone());
}

/// What follows from the rules and is not fitted: a distinctive mark as recorded holds in the brand whatever the goods,
/// and elsewhere unless the goods are others than its own. Nobody puts separators between letters by chance; one model
/// code of the set that reads as a mark is no reason to think so. Where in a title a mark stands is drawn at random there, and it
/// has hardly any ordinary word for goods that the mark is recorded for.
const FIXED: [&str; 16] = [
    "brand",
    "description",
    "model",
    "whole_field",
    "first_word",
    "goods_listed",
    "goods_unrelated",
    "goods_unrelated_on_purpose",
    "goods_unknown",
    "goods_class",
    "too_many",
    "exact",
    "case",
    "alias",
    "separator",
    "least",
];

/// The names of all points of marks, then of the techniques.
fn names() -> Vec<&'static str> {
    let mut points = RecordedMarkPoints::from_names(|_| 0);
    let names = points.named().map(|(name, _)| name).collect::<Vec<_>>();
    names.into_iter().chain(Technique::ALL.map(Technique::code)).collect()
}

/// Their values, in the same order.
fn values(points: &mut Points) -> Vec<&mut i32> {
    let Points { recorded_mark, technique, .. } = points;
    recorded_mark.named().map(|(_, value)| value).chain(technique).collect()
}

fn print(points: &Points) {
    let mut points = points.clone();
    for (name, value) in points.recorded_mark.named() {
        println!("{name} = {value}");
    }
    println!("\n[points.recorded_mark.technique]");
    for (technique, value) in Technique::ALL.iter().zip(points.technique) {
        println!("{} = {value}", technique.code());
    }
}
