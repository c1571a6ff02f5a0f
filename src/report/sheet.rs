//! A report as tables, and the sentences of a press notice, in the officer's language.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use super::{
    DOMESTIC, Dimension, FOREIGN, Figures, Ground, KEY_ENTERPRISE, OTHER, Period, RecordalDays,
    Tally,
};
use crate::screening::{Language, hub_name};
use crate::sheet::{Cell, Column, Row, Share, Sheet, Table};

/// Tables that every report has; others where somebody asks.
const ALWAYS: [Dimension; 6] = [
    Dimension::Channel,
    Dimension::Direction,
    Dimension::Region,
    Dimension::Goods,
    Dimension::HolderKind,
    Dimension::Campaign,
];

/// Rows of a table that nobody has asked for by name.
const ROWS_MAX: usize = 30;

/// The figures of a report, with a table by `more` beside those that every report has.
#[must_use]
pub fn sheet(ground: &Ground, tally: &Tally, more: Option<Dimension>, language: Language) -> Sheet {
    let words = Words { language };
    let mut tables = vec![words.totals(ground, tally)];
    tables.extend(ALWAYS.map(|dimension| words.by(tally, dimension, ROWS_MAX)));
    if let Some(more) = more.filter(|it| !ALWAYS.contains(it)) {
        tables.insert(1, words.by(tally, more, usize::MAX));
    }
    tables.push(words.recordals(ground));
    Sheet {
        title: words.either(
            format!("Protection of intellectual property in parcels, {}", ground.periods.now),
            format!("寄递渠道知识产权海关保护统计（{}）", ground.periods.now),
        ),
        language: words.either("en", "zh-CN"),
        summary: words.notice(ground, tally),
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

    /// What a press notice says.
    fn notice(self, ground: &Ground, tally: &Tally) -> Vec<String> {
        let [now, ..] = &tally.totals;
        let Period { from, .. } = ground.periods.now;
        let until = ground.periods.now.last_day();
        let Figures { seized, pieces, value, unvalued, .. } = now;
        let value = value.round_dp(2);
        let of = |dimension, key: &str| {
            let found = tally.by(dimension).find(|(it, _)| *it == key);
            found.map_or_else(Figures::default, |(_, figures)| figures.clone())
        };
        let (post, express) = (of(Dimension::Channel, "post"), of(Dimension::Channel, "express"));
        let domestic = of(Dimension::HolderKind, DOMESTIC);
        let foreign = of(Dimension::HolderKind, FOREIGN);
        let mut sentences = vec![
            self.either(
                format!("From {from} to {until}, {seized} batches of goods suspected of infringement were seized: {pieces} pieces worth {value} yuan."),
                format!("{from} 至 {until}，共查扣侵权嫌疑货物 {seized} 批次、{pieces} 件，价值 {value} 元。"),
            ),
            self.either(
                format!(
                    "By post: {} batches, {} pieces; by express: {} batches, {} pieces.",
                    post.seized, post.pieces, express.seized, express.pieces
                ),
                format!(
                    "其中邮递渠道 {} 批次、{} 件，快件渠道 {} 批次、{} 件。",
                    post.seized, post.pieces, express.seized, express.pieces
                ),
            ),
            self.either(
                format!(
                    "Rights of domestic holders: {} batches, {} pieces; of foreign holders: {} batches, {} pieces.",
                    domestic.seized, domestic.pieces, foreign.seized, foreign.pieces
                ),
                format!(
                    "涉及国内权利人 {} 批次、{} 件，国外权利人 {} 批次、{} 件。",
                    domestic.seized, domestic.pieces, foreign.seized, foreign.pieces
                ),
            ),
        ];
        if *unvalued > 0 {
            sentences.push(self.either(
                format!("The value of {unvalued} batches cannot be told in yuan and is left out."),
                format!("{unvalued} 批次的价值无法折算为人民币，未计入。"),
            ));
        }
        sentences
    }

    fn totals(self, ground: &Ground, tally: &Tally) -> Table {
        let [now, before, year_before] = &tally.totals;
        let change = |now: u64, then: u64| {
            let (now, then) = (Decimal::from(now), Decimal::from(then));
            let percent =
                (now - then).checked_mul(Decimal::ONE_HUNDRED).and_then(|it| it.checked_div(then));
            percent.map_or(Cell::Missing, |it| Cell::Decimal(it.round_dp(1)))
        };
        let counts = |key, title, of: fn(&Figures) -> u64| {
            let (now, before, year_before) = (of(now), of(before), of(year_before));
            Row::new(
                key,
                title,
                vec![
                    Cell::Count(now),
                    Cell::Count(before),
                    change(now, before),
                    Cell::Count(year_before),
                    change(now, year_before),
                ],
            )
        };
        let hit_rate = |figures: &Figures| {
            Cell::Share(Share { part: figures.seized, whole: figures.inspected })
        };
        let yuan = |figures: &Figures| Cell::Decimal(figures.value.round_dp(2));
        let periods = ground.periods;
        let percent = |what: &str| format!("{what} %");
        Table {
            key: "total",
            title: self.either("In all", "总计").to_owned(),
            row_title: String::new(),
            columns: vec![
                Column::new("now", &periods.now.to_string()),
                Column::new(
                    "before",
                    &self.either(
                        format!("before: {}", periods.before),
                        format!("上期：{}", periods.before),
                    ),
                ),
                Column::new("change", &percent(self.either("change", "环比"))),
                Column::new(
                    "year_before",
                    &self.either(
                        format!("last year: {}", periods.year_before),
                        format!("上年同期：{}", periods.year_before),
                    ),
                ),
                Column::new("year_change", &percent(self.either("change", "同比"))),
            ],
            rows: vec![
                counts("screened", self.either("parcels screened", "筛查包裹"), |it| {
                    it.screened
                }),
                counts("held", self.either("held", "布控"), |it| it.held),
                counts("inspected", self.either("inspected", "查验"), |it| it.inspected),
                counts("seized", self.either("seized batches", "查扣批次"), |it| it.seized),
                counts("pieces", self.either("seized pieces", "查扣件数"), |it| it.pieces),
                Row::new(
                    "value",
                    self.either("value in yuan", "价值（元）"),
                    vec![yuan(now), yuan(before), Cell::Missing, yuan(year_before), Cell::Missing],
                ),
                Row::new(
                    "hit_rate",
                    self.either("seized of inspected", "查获率"),
                    vec![
                        hit_rate(now),
                        hit_rate(before),
                        Cell::Missing,
                        hit_rate(year_before),
                        Cell::Missing,
                    ],
                ),
            ],
            charted: Vec::new(),
        }
    }

    fn by(self, tally: &Tally, dimension: Dimension, rows_max: usize) -> Table {
        let (key, title, row_title) = self.dimension(dimension);
        let mut entries = tally.by(dimension).collect::<Vec<_>>();
        if dimension == Dimension::Month {
            entries.sort_by_key(|(key, _)| *key);
        } else {
            entries.sort_by_key(|(key, it)| {
                (Reverse((it.seized, it.pieces, it.held, it.screened)), *key)
            });
        }
        let rest = entries.split_off(rows_max.min(entries.len()));
        let has_decisions = match dimension {
            Dimension::HolderKind | Dimension::Holder => false,
            Dimension::Region | Dimension::Goods | Dimension::Platform => tally.has_declarations,
            _ => true,
        };
        let mut rows = entries
            .into_iter()
            .map(|(key, figures)| {
                Row::new(key, &self.key_title(dimension, key), cells(figures, has_decisions))
            })
            .collect::<Vec<_>>();
        if !rest.is_empty() {
            let mut sum = Figures::default();
            for (_, figures) in &rest {
                sum.merge(figures);
            }
            let title =
                self.either(format!("{} more", rest.len()), format!("其余 {} 项", rest.len()));
            rows.push(Row::new("rest", &title, cells(&sum, has_decisions)));
        }
        Table {
            key,
            title: title.to_owned(),
            row_title: row_title.to_owned(),
            columns: vec![
                Column::new("screened", self.either("screened", "筛查")),
                Column::new("held", self.either("held", "布控")),
                Column::new("inspected", self.either("inspected", "查验")),
                Column::new("seized", self.either("seized batches", "查扣批次")),
                Column::new("pieces", self.either("pieces", "件数")),
                Column::new("value", self.either("value in yuan", "价值（元）")),
                Column::new("hit_rate", self.either("seized of inspected", "查获率")),
            ],
            rows,
            charted: vec![3],
        }
    }

    fn dimension(self, dimension: Dimension) -> (&'static str, &'static str, &'static str) {
        match dimension {
            Dimension::Channel => {
                ("channel", self.either("By channel", "按渠道"), self.either("channel", "渠道"))
            }
            Dimension::Direction => (
                "direction",
                self.either("By direction", "按进出口方向"),
                self.either("direction", "方向"),
            ),
            Dimension::Region => (
                "region",
                self.either("By region of the route (they overlap)", "按路线区域（有重叠）"),
                self.either("region", "区域"),
            ),
            Dimension::Goods => (
                "goods",
                self.either("By group of goods (they overlap)", "按商品类别（有重叠）"),
                self.either("goods", "商品类别"),
            ),
            Dimension::HolderKind => (
                "holder_kind",
                self.either("By kind of right holder", "按权利人类型"),
                self.either("holders", "权利人"),
            ),
            Dimension::Campaign => (
                "campaign",
                self.either("By campaign", "按专项行动"),
                self.either("campaign", "专项行动"),
            ),
            Dimension::Hub => ("hub", self.either("By hub", "按关区"), self.either("hub", "关区")),
            Dimension::Holder => (
                "holder",
                self.either("By right holder", "按权利人"),
                self.either("holder", "权利人"),
            ),
            Dimension::Platform => {
                ("platform", self.either("By platform", "按平台"), self.either("platform", "平台"))
            }
            Dimension::Month => {
                ("month", self.either("By month", "按月份"), self.either("month", "月份"))
            }
        }
    }

    fn key_title(self, dimension: Dimension, key: &str) -> String {
        let title = match (dimension, key) {
            (_, OTHER) => self.either("other or unknown", "其他或不明"),
            (Dimension::Channel, "post") => self.either("post", "邮递"),
            (Dimension::Channel, "express") => self.either("express", "快件"),
            (Dimension::Direction, "export") => self.either("export", "出口"),
            (Dimension::Direction, "import") => self.either("import", "进口"),
            (Dimension::HolderKind, DOMESTIC) => self.either("domestic", "国内"),
            (Dimension::HolderKind, FOREIGN) => self.either("foreign", "国外"),
            (Dimension::HolderKind, KEY_ENTERPRISE) => self.either("key enterprises", "重点企业"),
            (Dimension::Hub, _) => {
                let name = hub_name(key, self.language);
                return name.map_or_else(|| key.to_owned(), |name| format!("{key} {name}"));
            }
            _ => key,
        };
        title.to_owned()
    }

    fn recordals(self, ground: &Ground) -> Table {
        let of =
            |kind: &'static str| ground.recordals.iter().filter(move |it| it.kinds.contains(&kind));
        let all = ("all", self.either("all", "全部"));
        let now = ground.periods.now;
        let rows = vec![
            recordals_row(all, ground.recordals.iter(), now),
            recordals_row((DOMESTIC, self.either("domestic", "国内")), of(DOMESTIC), now),
            recordals_row((FOREIGN, self.either("foreign", "国外")), of(FOREIGN), now),
            recordals_row(
                (KEY_ENTERPRISE, self.either("key enterprises", "重点企业")),
                of(KEY_ENTERPRISE),
                now,
            ),
        ];
        Table {
            key: "recordals",
            title: self.either("Recordals", "知识产权海关备案").to_owned(),
            row_title: self.either("holders", "权利人").to_owned(),
            columns: vec![
                Column::new("live", self.either("live at the end", "期末有效")),
                Column::new("new", self.either("new in the period", "本期新增")),
                Column::new("expired", self.either("ran out in the period", "本期到期")),
            ],
            rows: if ground.recordals.is_empty() { Vec::new() } else { rows },
            charted: Vec::new(),
        }
    }
}

fn recordals_row<'a>(
    (key, title): (&str, &str),
    recordals: impl Iterator<Item = &'a RecordalDays>,
    period: Period,
) -> Row {
    let (mut live, mut new, mut expired) = (0, 0, 0);
    let is_in = |day: jiff::civil::Date| period.from <= day && day < period.to;
    for RecordalDays { recordal, .. } in recordals {
        live += u64::from(recordal.in_force(period.ends() - jiff::SignedDuration::from_secs(1)));
        new += u64::from(recordal.valid_from.is_some_and(is_in));
        // The last day on which it counts.
        expired += u64::from(recordal.valid_until.is_some_and(is_in));
    }
    Row::new(key, title, vec![Cell::Count(live), Cell::Count(new), Cell::Count(expired)])
}

fn cells(figures: &Figures, has_decisions: bool) -> Vec<Cell> {
    let of_decisions = |count| if has_decisions { Cell::Count(count) } else { Cell::Missing };
    vec![
        of_decisions(figures.screened),
        of_decisions(figures.held),
        Cell::Count(figures.inspected),
        Cell::Count(figures.seized),
        Cell::Count(figures.pieces),
        Cell::Decimal(figures.value.round_dp(2)),
        Cell::Share(Share { part: figures.seized, whole: figures.inspected }),
    ]
}
