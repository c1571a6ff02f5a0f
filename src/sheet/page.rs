//! A sheet as a page with charts.

use maud::{Markup, html};

use super::{Cell, Row, Sheet, Table};
use crate::html::page as whole_page;
use crate::text::visible;

/// Rows that a chart shows; more could not be told apart.
const CHART_ROWS_MAX: usize = 15;

/// Measures of charts, in pixels.
const NAMES_WIDTH: u32 = 250;
const BARS_WIDTH: u32 = 480;
const FIGURES_WIDTH: u32 = 150;
const BAR_HEIGHT: u32 = 14;
const ROW_GAP: u32 = 10;

/// Characters of a row's title beside its bars.
const TITLE_CHARS_MAX: usize = 28;

pub(super) fn page(sheet: &Sheet) -> String {
    let content = html! {
        h1 { (sheet.title) }
        @for sentence in &sheet.summary { p class="lead" { (sentence) } }
        @for table in sheet.tables.iter().filter(|table| !table.rows.is_empty()) {
            h2 { (table.title) }
            @if !table.charted.is_empty() { (chart(table)) }
            (figures(table))
        }
    };
    whole_page(sheet.language, &sheet.title, &content)
}

fn figures(table: &Table) -> Markup {
    let class = |cell: &Cell| cell.is_number().then_some("number");
    let is_number = |column: usize| {
        table.rows.iter().filter_map(|row| row.cells.get(column)).all(Cell::is_number)
    };
    html! {
        div class="wide" { table {
            thead {
                tr {
                    th scope="col" { (table.row_title) }
                    @for (place, column) in table.columns.iter().enumerate() {
                        th scope="col" class=[is_number(place).then_some("number")] { (column.title) }
                    }
                }
            }
            tbody {
                @for row in &table.rows {
                    tr {
                        th scope="row" { (visible(&row.title)) }
                        @for cell in &row.cells { td class=[class(cell)] { (cell.text()) } }
                    }
                }
            }
        } }
    }
}

/// Bars of the charted columns, a group for each row.
fn chart(table: &Table) -> Markup {
    let rows = table.rows.get(..CHART_ROWS_MAX.min(table.rows.len())).unwrap_or_default();
    let bars = u32::try_from(table.charted.len()).unwrap_or(1);
    let row_height = bars * BAR_HEIGHT + ROW_GAP;
    let height = row_height * u32::try_from(rows.len()).unwrap_or(0);
    let width = NAMES_WIDTH + BARS_WIDTH + FIGURES_WIDTH;
    let longest = rows.iter().flat_map(|row| charted(table, row)).map(|(_, cell)| cell.length());
    let longest = longest.fold(0.0, f64::max);
    html! {
        p class="legend" {
            @for (place, column) in table.charted.iter().enumerate() {
                @if let Some(column) = table.columns.get(*column) {
                    span class=(series(place)) { "■" } " " (column.title) " "
                }
            }
        }
        svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(table.title) {
            @for (place, row) in (0..).zip(rows) {
                (bars_of(table, row, place * row_height, longest))
            }
        }
    }
}

fn bars_of(table: &Table, row: &Row, top: u32, longest: f64) -> Markup {
    let middle = top + u32::try_from(table.charted.len()).unwrap_or(1) * BAR_HEIGHT / 2 + 4;
    html! {
        text x=(NAMES_WIDTH - 8) y=(middle) text-anchor="end" { (shortened(&visible(&row.title))) }
        @for (place, (series, cell)) in (0..).zip(charted(table, row)) {
            @let length = if longest > 0.0 { cell.length() / longest * f64::from(BARS_WIDTH) } else { 0.0 };
            @let y = top + place * BAR_HEIGHT;
            rect class=(series) x=(NAMES_WIDTH) y=(y) width=(format!("{length:.1}")) height=(BAR_HEIGHT - 2) {}
            text class="figure" x=(format!("{:.1}", f64::from(NAMES_WIDTH) + length + 5.0)) y=(y + 10) { (cell.text()) }
        }
    }
}

/// The charted cells of a row, each with its series.
fn charted<'a>(table: &'a Table, row: &'a Row) -> impl Iterator<Item = (&'static str, &'a Cell)> {
    table
        .charted
        .iter()
        .enumerate()
        .filter_map(|(place, column)| Some((series(place), row.cells.get(*column)?)))
}

fn series(place: usize) -> &'static str {
    if place == 0 { "first" } else { "second" }
}

fn shortened(title: &str) -> String {
    match title.char_indices().nth(TITLE_CHARS_MAX) {
        Some((cut, _)) => format!("{}…", title.get(..cut).unwrap_or_default()),
        None => title.to_owned(),
    }
}
