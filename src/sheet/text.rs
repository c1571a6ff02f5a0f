//! A sheet as columns of text.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::{Cell, Sheet, Table};
use crate::text::visible;

/// Columns between what stands side by side.
const GAP: usize = 2;

pub(super) fn text(sheet: &Sheet) -> String {
    let mut text = format!("{}\n\n", sheet.title);
    for sentence in &sheet.summary {
        let _ = writeln!(text, "{sentence}");
    }
    for table in sheet.tables.iter().filter(|table| !table.rows.is_empty()) {
        let _ = writeln!(text, "\n{}", table.title);
        write_table(table, &mut text);
    }
    text
}

fn write_table(table: &Table, text: &mut String) {
    let head = std::iter::once(table.row_title.clone())
        .chain(table.columns.iter().map(|column| column.title.clone()))
        .collect::<Vec<_>>();
    let rows = table.rows.iter().map(|row| {
        let cells = row.cells.iter().map(Cell::text);
        std::iter::once(visible(&row.title).into_owned()).chain(cells).collect::<Vec<_>>()
    });
    let rows = std::iter::once(head).chain(rows).collect::<Vec<_>>();
    let widths = widths(&rows);
    for row in &rows {
        let mut line = String::new();
        for (place, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let padding = width.saturating_sub(cell.width());
            // What the row is, and what is in words, begins where the title does; figures end there.
            if place == 0 || !is_number(table, place - 1) {
                let _ = write!(line, "{:GAP$}{cell}{:padding$}", "", "");
            } else {
                let _ = write!(line, "{:GAP$}{:padding$}{cell}", "", "");
            }
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn is_number(table: &Table, column: usize) -> bool {
    table.rows.iter().filter_map(|row| row.cells.get(column)).all(Cell::is_number)
}

fn widths(rows: &[Vec<String>]) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|it| it.width()).max();
    (0..columns).map(|column| width(column).unwrap_or(0)).collect()
}
