//! A sheet as one line for each figure.

use std::io::{self, Write};

use super::{Cell, Sheet};

pub(super) fn write(sheet: &Sheet, output: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(["table", "row", "column", "value"])?;
    for table in &sheet.tables {
        for row in &table.rows {
            for (column, cell) in table.columns.iter().zip(&row.cells) {
                writer.write_record([table.key, &row.key, column.key, &plain(cell)])?;
            }
        }
    }
    writer.flush()
}

/// For programs; empty where there is nothing.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Change(change) => change.to_string(),
        Cell::Decimal(decimal) => decimal.to_string(),
        Cell::Share(share) => share.value().map_or_else(String::new, |it| format!("{it:.6}")),
    }
}
