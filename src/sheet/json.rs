//! A sheet as JSON: tables by their keys, rows in order, figures under the keys of their columns.

use serde_json::{Map, Value, json};

use super::{Cell, Row, Sheet, Table};

pub(super) fn value(sheet: &Sheet) -> Value {
    let tables = sheet.tables.iter().map(|table| {
        let rows = table.rows.iter().map(|row| row_value(table, row)).collect::<Vec<_>>();
        (table.key.to_owned(), Value::Array(rows))
    });
    json!({
        "title": sheet.title,
        "summary": sheet.summary,
        "tables": tables.collect::<Map<_, _>>(),
    })
}

fn row_value(table: &Table, row: &Row) -> Value {
    let names = [("key", &row.key), ("title", &row.title)];
    let names = names.map(|(name, value)| (name.to_owned(), Value::from(value.as_str())));
    let cells = table.columns.iter().zip(&row.cells);
    let cells = cells.map(|(column, cell)| (column.key.to_owned(), cell_value(cell)));
    names.into_iter().chain(cells).collect::<Map<_, _>>().into()
}

fn cell_value(cell: &Cell) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Text(text) => text.as_str().into(),
        Cell::Count(count) => (*count).into(),
        Cell::Change(change) => (*change).into(),
        // As text, as money is in messages: no digit is lost.
        Cell::Decimal(decimal) => decimal.to_string().into(),
        Cell::Share(share) => {
            let (low, high) = share.interval().unzip();
            json!({
                "part": share.part, "whole": share.whole, "share": share.value(), "low": low, "high": high,
            })
        }
    }
}
