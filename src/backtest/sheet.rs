//! What a comparison shows, as tables in the officer's language.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use super::example::{Example, Examples};
use super::{Comparison, Counts, Dimension};
use crate::domain::{CheckCode, OutcomeKind};
use crate::screening::{Language, check_name, hub_name};
use crate::sheet::{Cell, Column, Row, Share, Sheet, Table};

/// Rows of a table; what is left is summed up in one more.
const ROWS_MAX: usize = 30;

/// What holds cost officers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Burden {
    /// Hours that officers have for held parcels, of all officers together.
    pub officer_hours_a_day: f64,
}

/// The figures of a comparison, in a language. Versions are those of the two policies.
#[must_use]
pub fn sheet(
    comparison: &Comparison,
    burden: Burden,
    (in_force, candidate): (&str, &str),
    language: Language,
) -> Sheet {
    let words = Words { language };
    let mut tables = vec![words.totals(comparison, burden)];
    tables.extend(words.outcomes(comparison));
    tables.extend(Dimension::ALL.map(|dimension| words.by(comparison, dimension)));
    tables.push(words.examples(
        "newly_released",
        words.newly_released(),
        &comparison.newly_released,
    ));
    tables.push(words.examples("newly_held", words.newly_held(), &comparison.newly_held));
    Sheet {
        title: words
            .either("A candidate policy beside the one in force", "候选策略与现行策略对比")
            .to_owned(),
        language: words.either("en", "zh-CN"),
        summary: words.summary(comparison, in_force, candidate),
        tables,
    }
}

#[derive(Clone, Copy)]
struct Words {
    language: Language,
}

impl Words {
    fn either<T>(self, english: T, chinese: T) -> T {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    fn newly_held(self) -> &'static str {
        self.either("newly held", "新增布控")
    }

    fn newly_released(self) -> &'static str {
        self.either("newly released", "转为放行")
    }

    fn summary(self, comparison: &Comparison, in_force: &str, candidate: &str) -> Vec<String> {
        let Comparison { all, unreadable, .. } = comparison;
        let (newly_held, newly_released) = (all.newly_held, all.newly_released);
        let (count, days) = (all.all(), decimal(comparison.days()));
        let mut sentences = vec![
            self.either(
                format!("{count} parcels of {days} days; policy {in_force} in force, candidate {candidate}"),
                format!("{days} 天内 {count} 件；现行策略 {in_force}，候选策略 {candidate}"),
            ),
            self.either(
                format!("the candidate would hold {newly_held} more and release {newly_released} that are held now"),
                format!("候选策略将新增布控 {newly_held} 件，并放行现被布控的 {newly_released} 件"),
            ),
        ];
        if *unreadable > 0 {
            sentences.push(self.either(
                format!("{unreadable} of them cannot be read: both hold these"),
                format!("其中 {unreadable} 件无法读取，两者均布控"),
            ));
        }
        sentences
    }

    fn columns(self) -> Vec<Column> {
        vec![
            Column::new("before", self.either("held now", "现行布控")),
            Column::new("after", self.either("candidate", "候选布控")),
            Column::new("change", self.either("change", "增减")),
            Column::new("newly_held", self.newly_held()),
            Column::new("newly_released", self.newly_released()),
        ]
    }

    fn totals(self, comparison: &Comparison, burden: Burden) -> Table {
        let all = comparison.all;
        let (whole, days) = (all.all(), comparison.days());
        let share = |part| Cell::Share(Share { part, whole });
        let a_day = |count: u64| decimal(as_float(count) / days);
        let an_hour = |count: u64| decimal(as_float(count) / days / burden.officer_hours_a_day);
        let rates = |of: &dyn Fn(u64) -> Decimal| {
            let (before, after) = (of(all.before()), of(all.after()));
            let cells = [before, after, after - before, of(all.newly_held), of(all.newly_released)];
            cells.map(Cell::Decimal).to_vec()
        };
        let shares = vec![
            share(all.before()),
            share(all.after()),
            Cell::Missing,
            share(all.newly_held),
            share(all.newly_released),
        ];
        Table {
            key: "total",
            title: self.either("In all", "总计").to_owned(),
            row_title: self.either("parcels", "包裹").to_owned(),
            columns: self.columns(),
            rows: vec![
                Row::new("held", self.either("held", "布控"), counts(all)),
                Row::new("share", self.either("of all", "占全部"), shares),
                Row::new("a_day", self.either("a day", "每日"), rates(&a_day)),
                Row::new(
                    "an_officer_hour",
                    self.either("an officer-hour", "每关员工时"),
                    rates(&an_hour),
                ),
            ],
            charted: Vec::new(),
        }
    }

    /// What inspection found, where anything was inspected.
    fn outcomes(self, comparison: &Comparison) -> Option<Table> {
        let Comparison { seized, cleared, returned, .. } = comparison;
        let inspected = |of: fn(Counts) -> u64| of(*seized) + of(*cleared) + of(*returned);
        if inspected(Counts::all) == 0 {
            return None;
        }
        let share = |part, whole| Cell::Share(Share { part, whole });
        let lost = |part| share(part, seized.all());
        let precision = |of: fn(Counts) -> u64| share(of(*seized), inspected(of));
        let recall = |of: fn(Counts) -> u64| share(of(*seized), seized.all());
        let rows = vec![
            Row::new(
                "seized",
                self.either("seized, held", "查扣且被布控"),
                vec![Cell::Count(seized.before()), Cell::Count(seized.after())],
            ),
            Row::new(
                "precision",
                self.either("seized of those held and inspected", "布控且查验者中的查扣率"),
                vec![precision(Counts::before), precision(Counts::after)],
            ),
            Row::new(
                "recall",
                self.either("held of those seized", "查扣者中的布控率"),
                vec![recall(Counts::before), recall(Counts::after)],
            ),
            Row::new(
                "lost",
                self.either("seizures that would be lost", "将漏掉的查扣"),
                vec![Cell::Missing, Cell::Count(seized.newly_released)],
            ),
            Row::new(
                "lost_share",
                self.either("of all seizures", "占全部查扣"),
                vec![Cell::Missing, lost(seized.newly_released)],
            ),
            Row::new(
                "gained",
                self.either("seizures that would be held in addition", "将新增布控的查扣"),
                vec![Cell::Missing, Cell::Count(seized.newly_held)],
            ),
        ];
        Some(Table {
            key: "outcomes",
            title: self
                .either(
                    "By what inspection found (in brackets: 95 % interval)",
                    "按查验结果（括号内为 95% 置信区间）",
                )
                .to_owned(),
            row_title: String::new(),
            columns: vec![
                Column::new("before", self.either("in force", "现行")),
                Column::new("after", self.either("candidate", "候选")),
            ],
            rows,
            charted: Vec::new(),
        })
    }

    fn by(self, comparison: &Comparison, dimension: Dimension) -> Table {
        let (key, title, row_title) = self.dimension(dimension);
        let mut entries = comparison.by(dimension).collect::<Vec<_>>();
        let change = |counts: &Counts| counts.newly_held + counts.newly_released;
        entries.sort_by_key(|(key, counts)| (Reverse((change(counts), counts.before())), *key));
        let rest = entries.split_off(ROWS_MAX.min(entries.len()));
        let mut rows = entries
            .into_iter()
            .map(|(key, of_key)| Row::new(key, &self.key_title(dimension, key), counts(of_key)))
            .collect::<Vec<_>>();
        if !rest.is_empty() {
            let mut sum = Counts::default();
            for (_, counts) in &rest {
                sum.merge(*counts);
            }
            let title =
                self.either(format!("{} more", rest.len()), format!("其余 {} 项", rest.len()));
            rows.push(Row::new("rest", &title, counts(sum)));
        }
        Table {
            key,
            title: title.to_owned(),
            row_title: row_title.to_owned(),
            columns: self.columns(),
            rows,
            charted: vec![0, 1],
        }
    }

    fn dimension(self, dimension: Dimension) -> (&'static str, &'static str, &'static str) {
        match dimension {
            Dimension::Check => (
                "check",
                self.either("By what parcels are held for", "按布控原因"),
                self.either("check", "检查项"),
            ),
            Dimension::Rule => {
                ("rule", self.either("By rule", "按规则"), self.either("rule", "规则"))
            }
            Dimension::Campaign => (
                "campaign",
                self.either("By campaign", "按专项行动"),
                self.either("campaign", "专项行动"),
            ),
            Dimension::Hub => ("hub", self.either("By hub", "按关区"), self.either("hub", "关区")),
            Dimension::Route => {
                ("route", self.either("By route", "按路线"), self.either("route", "路线"))
            }
            Dimension::GoodsGroup => (
                "goods_group",
                self.either("By group of goods", "按商品类别"),
                self.either("goods", "商品类别"),
            ),
        }
    }

    fn key_title(self, dimension: Dimension, key: &str) -> String {
        let check = CheckCode::ALL.into_iter().find(|check| check.code() == key);
        match (dimension, check, hub_name(key, self.language)) {
            (Dimension::Check, Some(check), _) => check_name(check, self.language).to_owned(),
            (Dimension::Hub, _, Some(hub)) => format!("{key} {hub}"),
            _ => key.to_owned(),
        }
    }

    fn examples(self, key: &'static str, what: &str, examples: &Examples) -> Table {
        Table {
            key,
            title: self.either(
                format!("Examples: {what}, most telling first"),
                format!("示例：{what}（按说明力排序）"),
            ),
            row_title: self.either("decision", "决定编号").to_owned(),
            columns: vec![
                Column::new("declaration", self.either("declaration", "申报单号")),
                Column::new("item", self.either("item number", "物品号")),
                Column::new("before", self.either("score", "得分")),
                Column::new("after", self.either("candidate", "候选得分")),
                Column::new("outcome", self.either("inspection", "查验结果")),
                Column::new("check", self.either("held for", "布控原因")),
                Column::new("note", self.either("why", "依据")),
            ],
            rows: examples.iter().map(|example| self.example(example)).collect(),
            charted: Vec::new(),
        }
    }

    fn example(self, example: &Example) -> Row {
        let score = |score: i32| Cell::Text(score.to_string());
        let id = example.source.to_string();
        let outcome = match example.outcome {
            None | Some(OutcomeKind::Unspecified) => "",
            Some(OutcomeKind::Seized) => self.either("seized", "查扣"),
            Some(OutcomeKind::Cleared) => self.either("cleared", "放行"),
            Some(OutcomeKind::Returned) => self.either("returned", "退运"),
        };
        let check = example.held_for.map_or("", |check| check_name(check, self.language));
        Row::new(
            &id,
            &id,
            vec![
                Cell::Text(example.declaration_id.clone()),
                Cell::Text(example.item_id.clone()),
                score(example.score_before),
                score(example.score_after),
                Cell::Text(outcome.to_owned()),
                Cell::Text(check.to_owned()),
                Cell::Text(example.note.clone()),
            ],
        )
    }
}

fn counts(counts: Counts) -> Vec<Cell> {
    let (before, after) = (counts.before(), counts.after());
    vec![
        Cell::Count(before),
        Cell::Count(after),
        Cell::Change(after.cast_signed().saturating_sub(before.cast_signed())),
        Cell::Count(counts.newly_held),
        Cell::Count(counts.newly_released),
    ]
}

/// With one digit after the point.
fn decimal(number: f64) -> Decimal {
    Decimal::from_str_exact(&format!("{number:.1}")).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
fn as_float(count: u64) -> f64 {
    count as f64
}
