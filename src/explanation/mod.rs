//! A decision for a person: what was declared with what was found marked in it, what counts how much, what would turn it.
//!
//! Pure. [`Explanation`] holds everything that is said, in the officer's language; how it looks is up to who shows it.

mod page;
mod terminal;
mod turn;
mod words;

use std::ops::Range;

use jiff::Timestamp;

pub use page::article;
pub use terminal::{Style, write as write_for_terminal};

use crate::domain::{
    Decision, Declaration, Field, Finding, HoldRoute, Line, Money, Party, PlatformOrder, Verdict,
};
use crate::screening::{Language, check_name, field_name};
use turn::turn;
use words::Words;

/// Everything that is said of one parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub is_held: bool,
    /// Hold or release, on which route, with the receipt code.
    pub verdict: String,
    /// The score beside the threshold.
    pub score: String,
    /// What is declared of the parcel as a whole.
    pub parcel: Vec<Declared>,
    /// What is declared of each kind of goods, under a title.
    pub lines: Vec<(String, Vec<Declared>)>,
    /// In the order of the numbers that marks have: the first is number 1.
    pub reasons: Vec<Reason>,
    /// What would have to differ for the other verdict.
    pub turn: String,
    /// What was decided when and under what, each with its name.
    pub record: Vec<(&'static str, String)>,
    /// The titles of the parts.
    pub titles: Titles,
}

/// What the parts of an explanation are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Titles {
    pub reasons: &'static str,
    pub turn: &'static str,
    pub record: &'static str,
}

/// A declared field, and where something was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    pub name: &'static str,
    /// As declared; empty where nothing is.
    pub text: String,
    pub marks: Vec<Mark>,
}

/// A place in declared text that reasons are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// In Unicode scalar values of the text; `0..0` where the field as a whole is meant.
    pub span: Range<usize>,
    /// Which reasons, from 1.
    pub reasons: Vec<usize>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub points: i32,
    pub check: &'static str,
    pub note: String,
}

/// What is explained.
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    pub decision: &'a Decision,
    /// `None` for a declaration that cannot be read.
    pub declaration: Option<&'a Declaration>,
    pub decision_id: &'a str,
    pub decided_at: Timestamp,
    /// Of the declaration's bytes, in lower-case hexadecimal.
    pub payload_sha256: &'a str,
}

impl Explanation {
    /// Explains a decision. Names, addresses and phone numbers are in it only `with_parties`.
    #[must_use]
    pub fn new(explained: Explained<'_>, language: Language, with_parties: bool) -> Self {
        let Explained { decision, declaration, .. } = explained;
        let words = words::of(language);
        let fields = Fields { findings: &decision.findings, language, words };
        Self {
            is_held: decision.verdict != Verdict::Release,
            verdict: verdict(decision.verdict, words),
            score: words.score(decision.score, decision.hold_threshold),
            parcel: fields.parcel(decision, declaration, with_parties),
            lines: declaration.map_or_else(Vec::new, |it| {
                it.lines.iter().map(|line| fields.line(line)).collect()
            }),
            reasons: decision.findings.iter().map(|it| reason(it, language)).collect(),
            turn: words.turn(&turn(decision)),
            record: record(explained, words),
            titles: words.titles,
        }
    }
}

fn verdict(verdict: Verdict, words: &Words) -> String {
    let says = match verdict {
        Verdict::Hold(HoldRoute::IntellectualProperty) => words.held_for_a_right,
        Verdict::Hold(HoldRoute::Inspection) => words.held_for_inspection,
        Verdict::Release => words.released,
    };
    words.with_receipt_code(says, verdict.receipt_code())
}

fn reason(finding: &Finding, language: Language) -> Reason {
    Reason {
        points: finding.points,
        check: check_name(finding.check, language),
        note: finding.note.clone(),
    }
}

fn record(explained: Explained<'_>, words: &Words) -> Vec<(&'static str, String)> {
    let versions = &explained.decision.versions;
    vec![
        (words.decision_id, explained.decision_id.to_owned()),
        (words.decided_at, format!("{:.3}", explained.decided_at)),
        (words.payload_sha256, explained.payload_sha256.to_owned()),
        (words.engine, versions.engine.clone()),
        (words.policy, versions.policy.clone()),
        (words.register, versions.register.clone()),
        (words.signals, versions.signals.clone()),
    ]
}

/// Declared fields under their names, with the marks of the findings.
struct Fields<'a> {
    findings: &'a [Finding],
    language: Language,
    words: &'static Words,
}

impl Fields<'_> {
    fn parcel(
        &self,
        decision: &Decision,
        declaration: Option<&Declaration>,
        with_parties: bool,
    ) -> Vec<Declared> {
        let words = self.words;
        let mut fields = vec![
            Declared {
                name: words.declaration_id,
                text: decision.declaration_id.clone(),
                marks: Vec::new(),
            },
            self.field(0, Field::ItemId, decision.item_id.clone()),
        ];
        let Some(declaration) = declaration else { return fields };
        let declared_at =
            declaration.declared_at.map_or_else(String::new, |moment| moment.to_string());
        let order = declaration.platform_order.as_ref();
        fields.extend([
            self.field(0, Field::Channel, words.channel(declaration.channel).to_owned()),
            self.field(0, Field::Direction, words.direction(declaration.direction).to_owned()),
            self.field(0, Field::CustomsDistrict, declaration.customs_district.clone()),
            self.field(0, Field::DeclaredAt, declared_at),
            self.field(0, Field::OriginCountry, declaration.origin_country.clone()),
            self.field(0, Field::DestinationCountry, declaration.destination_country.clone()),
            self.field(0, Field::Category, words.category(declaration.category).to_owned()),
            self.field(0, Field::SupervisionMode, declaration.supervision_mode.clone()),
            self.field(0, Field::GrossWeightGrams, grams(declaration.gross_weight_grams)),
            self.field(0, Field::PlatformOrder, order.map_or_else(String::new, platform_order)),
        ]);
        for (field, party) in
            [(Field::Consignor, &declaration.consignor), (Field::Consignee, &declaration.consignee)]
        {
            let text = match party {
                Some(party) if with_parties => party_text(party),
                Some(_) => words.not_shown.to_owned(),
                None => String::new(),
            };
            fields.push(self.field(0, field, text));
        }
        fields.retain(|field| !field.text.is_empty() || !field.marks.is_empty());
        fields
    }

    fn line(&self, line: &Line) -> (String, Vec<Declared>) {
        let number = line.line_no;
        let value = line.value.as_ref().map_or_else(String::new, money);
        let mut fields = vec![
            self.field(number, Field::Description, line.description.clone()),
            self.field(number, Field::Brand, line.brand.clone()),
            self.field(number, Field::Model, line.model.clone()),
            self.field(number, Field::HsCode, line.hs_code.clone()),
            self.field(number, Field::OriginCountry, line.origin_country.clone()),
            self.field(number, Field::Quantity, join([&line.quantity.to_string(), &line.unit])),
            self.field(number, Field::NetWeightGrams, grams(line.net_weight_grams)),
            self.field(number, Field::Value, value),
        ];
        fields.retain(|field| !field.text.is_empty() || !field.marks.is_empty());
        (self.words.line(number), fields)
    }

    fn field(&self, line_no: u32, field: Field, text: String) -> Declared {
        let marks = self.marks(line_no, field, text.chars().count());
        Declared { name: field_name(field, self.language), text, marks }
    }

    /// The places of one field, in the order of the text; findings of one place share a mark.
    fn marks(&self, line_no: u32, field: Field, length: usize) -> Vec<Mark> {
        let mut marks = Vec::<Mark>::new();
        let is_here = |finding: &Finding| (finding.line_no, finding.field) == (line_no, field);
        for (number, finding) in (1..).zip(self.findings).filter(|(_, it)| is_here(it)) {
            let span = finding.start as usize..length.min(finding.end as usize);
            let span = if span.is_empty() { 0..0 } else { span };
            match marks.iter_mut().find(|mark| mark.span == span) {
                Some(mark) => mark.reasons.push(number),
                None => marks.push(Mark { span, reasons: vec![number] }),
            }
        }
        marks.sort_by_key(|mark| (mark.span.start, mark.span.end));
        marks
    }
}

fn join<const N: usize>(parts: [&str; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn grams(grams: i64) -> String {
    if grams == 0 { String::new() } else { format!("{grams} g") }
}

fn money(money: &Money) -> String {
    join([&money.amount, &money.currency])
}

fn platform_order(order: &PlatformOrder) -> String {
    let price = order.listed_price.as_ref().map_or_else(String::new, money);
    join([&order.platform, &order.seller_id, &order.order_id, &order.listing_id, &price])
}

fn party_text(party: &Party) -> String {
    let Party { party_id, name, country, address, phone } = party;
    [name, address, country, phone, party_id]
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}
