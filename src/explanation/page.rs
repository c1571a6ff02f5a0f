//! An explanation as part of a page that can be attached as evidence.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{Declared, Explanation};
use crate::text::{visible, visible_char};

/// One parcel, as an article of the page.
#[must_use]
pub fn article(explanation: &Explanation) -> Markup {
    let colour = if explanation.is_held { "held" } else { "released" };
    html! {
        article {
            h1 class=(colour) { (explanation.verdict) }
            p class="lead" { (explanation.score) }
            (declared(&explanation.parcel))
            @for (title, fields) in &explanation.lines {
                h2 { (title) }
                (declared(fields))
            }
            @if !explanation.reasons.is_empty() {
                h2 { (explanation.titles.reasons) }
                (reasons(explanation))
            }
            h2 { (explanation.titles.turn) }
            p { (explanation.turn) }
            h2 { (explanation.titles.record) }
            (record(&explanation.record))
        }
    }
}

fn declared(fields: &[Declared]) -> Markup {
    html! {
        table class="facts" {
            @for field in fields {
                tr {
                    th scope="row" { (field.name) }
                    td class="declared" { (text(field)) }
                }
            }
        }
    }
}

/// Declared text with its marks, and the numbers of the reasons where each ends.
fn text(field: &Declared) -> Markup {
    let chars = field.text.chars().collect::<Vec<_>>();
    let ends = field.marks.iter().flat_map(|mark| [mark.span.start, mark.span.end]);
    let cuts = ends.chain([0, chars.len()]).collect::<BTreeSet<_>>();
    let cuts = cuts.into_iter().collect::<Vec<_>>();
    let is_marked = |place: usize| field.marks.iter().any(|mark| mark.span.contains(&place));
    html! {
        @for pair in cuts.windows(2) {
            @if let [start, end] = *pair {
                @let part = chars.get(start..end).unwrap_or_default();
                @let part = part.iter().map(|c| visible_char(*c)).collect::<String>();
                @if is_marked(start) { mark { (part) } } @else { (part) }
                (numbers(field, end))
            }
        }
        @if chars.is_empty() { (numbers(field, 0)) }
    }
}

/// The reasons whose marks end at a place; those about the whole field stand at its end.
fn numbers(field: &Declared, place: usize) -> Markup {
    let is_last = place == field.text.chars().count();
    let here = field
        .marks
        .iter()
        .filter(|mark| if mark.span.is_empty() { is_last } else { mark.span.end == place })
        .flat_map(|mark| &mark.reasons)
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    html! { @if !here.is_empty() { sup { (here.join(",")) } } }
}

fn reasons(explanation: &Explanation) -> Markup {
    html! {
        table class="reasons" {
            @for (number, reason) in (1..).zip(&explanation.reasons) {
                tr {
                    td class="number" { (number) }
                    td class="number" { (format!("{:+}", reason.points)) }
                    th scope="row" { (reason.check) }
                    td { (visible(&reason.note)) }
                }
            }
        }
    }
}

fn record(facts: &[(&str, String)]) -> Markup {
    html! {
        table class="facts" {
            @for (name, value) in facts {
                tr {
                    th scope="row" { (name) }
                    td { code { (value) } }
                }
            }
        }
    }
}
