//! Figures in tables, whatever they are about: for a terminal, for programs, or as a page with charts.
//!
//! Who has something to show makes a [`Sheet`]; how it is written is one file per [`Format`].

mod csv;
mod json;
mod page;
mod share;
mod text;

use std::io::{self, Write};

use rust_decimal::Decimal;

pub use share::Share;

use crate::text::visible;

/// What is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    pub title: String,
    /// BCP 47 tag of the language of all titles.
    pub language: &'static str,
    /// Sentences that come first.
    pub summary: Vec<String>,
    pub tables: Vec<Table>,
}

/// Rows that have the same columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name for programs.
    pub key: &'static str,
    pub title: String,
    /// What its rows are.
    pub row_title: String,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// Which columns a chart shows side by side, where there is one.
    pub charted: Vec<usize>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name for programs.
    pub key: &'static str,
    pub title: String,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its name for programs.
    pub key: String,
    pub title: String,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// One figure or word.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// There is none.
    Missing,
    Text(String),
    Count(u64),
    /// So many more or fewer.
    Change(i64),
    Decimal(Decimal),
    Share(Share),
}

impl Column {
    /// A column, by its name for programs and its title.
    #[must_use]
    pub fn new(key: &'static str, title: &str) -> Self {
        Self { key, title: title.to_owned() }
    }
}

impl Row {
    /// A row, by its name for programs and its title, with a cell for each column.
    #[must_use]
    pub fn new(key: &str, title: &str, cells: Vec<Cell>) -> Self {
        Self { key: key.to_owned(), title: title.to_owned(), cells }
    }
}

/// How a sheet is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Columns of text.
    Table,
    /// One line for each figure: table, row, column, value.
    Csv,
    Json,
    /// One page with charts, which loads nothing.
    Html,
}

/// Writes a sheet.
///
/// # Errors
/// As the output has them.
pub fn write(sheet: &Sheet, format: Format, output: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Table => output.write_all(text::text(sheet).as_bytes()),
        Format::Csv => csv::write(sheet, output),
        Format::Json => {
            serde_json::to_writer_pretty(&mut *output, &json::value(sheet))?;
            output.write_all(b"\n")
        }
        Format::Html => output.write_all(page::page(sheet).as_bytes()),
    }
}

impl Cell {
    /// For people.
    fn text(&self) -> String {
        match self {
            Self::Missing => "–".to_owned(),
            Self::Text(text) => visible(text).into_owned(),
            Self::Count(count) => grouped(&count.to_string()),
            Self::Change(0) => "0".to_owned(),
            Self::Change(change) => {
                let sign = if *change < 0 { "-" } else { "+" };
                format!("{sign}{}", grouped(&change.unsigned_abs().to_string()))
            }
            Self::Decimal(decimal) => grouped_decimal(*decimal),
            Self::Share(share) => share.to_string(),
        }
    }

    fn is_number(&self) -> bool {
        !matches!(self, Self::Text(_))
    }

    /// How long its bar is, in whatever unit the others of its chart have.
    fn length(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
        match self {
            Self::Missing | Self::Text(_) => 0.0,
            Self::Count(count) => *count as f64,
            Self::Change(change) => *change as f64,
            Self::Decimal(decimal) => f64::try_from(*decimal).unwrap_or(0.0),
            Self::Share(share) => share.value().unwrap_or(0.0),
        }
    }
}

/// `1234567` as `1,234,567`.
fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn grouped_decimal(decimal: Decimal) -> String {
    let text = decimal.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if decimal.is_sign_negative() && !decimal.is_zero() { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn sheet() -> Sheet {
        Sheet {
            title: "Holds <b>".to_owned(),
            language: "en",
            summary: vec!["two hubs".to_owned()],
            tables: vec![Table {
                key: "hub",
                title: "By hub".to_owned(),
                row_title: "hub".to_owned(),
                columns: vec![
                    Column::new("held", "held"),
                    Column::new("change", "change"),
                    Column::new("precision", "precision"),
                    Column::new("value", "value"),
                ],
                rows: vec![
                    Row::new(
                        "01",
                        "北京",
                        vec![
                            Cell::Count(1_234_567),
                            Cell::Change(-1_200),
                            Cell::Share(Share { part: 8, whole: 10 }),
                            Cell::Decimal(Decimal::new(123_450, 2)),
                        ],
                    ),
                    Row::new(
                        "22",
                        "Shanghai, \"new\"",
                        vec![
                            Cell::Count(5),
                            Cell::Change(3),
                            Cell::Share(Share { part: 0, whole: 0 }),
                            Cell::Missing,
                        ],
                    ),
                ],
                charted: vec![0],
            }],
        }
    }

    fn written(format: Format) -> String {
        let mut output = Vec::new();
        write(&sheet(), format, &mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn columns_of_text_line_up_under_wide_characters_too() {
        let expected = "\
Holds <b>

two hubs

By hub
  hub                   held  change           precision     value
  北京             1,234,567  -1,200  80.0 % (49.0–94.3)  1,234.50
  Shanghai, \"new\"          5      +3                   –         –
";
        assert_eq!(written(Format::Table), expected);
    }

    #[test]
    fn programs_get_plain_figures() {
        let expected = "\
table,row,column,value
hub,01,held,1234567
hub,01,change,-1200
hub,01,precision,0.800000
hub,01,value,1234.50
hub,22,held,5
hub,22,change,3
hub,22,precision,
hub,22,value,
";
        assert_eq!(written(Format::Csv), expected);
        let json: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
        let row = &json["tables"]["hub"][0];
        assert_eq!((&row["key"], &row["title"]), (&"01".into(), &"北京".into()));
        assert_eq!((&row["held"], &row["value"]), (&1_234_567.into(), &"1234.50".into()));
        assert_eq!(
            (&row["precision"]["part"], &row["precision"]["whole"]),
            (&8.into(), &10.into())
        );
        assert_eq!(json["tables"]["hub"][1]["value"], serde_json::Value::Null);
    }

    #[test]
    fn a_page_has_every_figure_and_only_text_of_ours_as_markup() {
        let page = written(Format::Html);
        for said in ["Holds &lt;b&gt;", "1,234,567", "80.0 % (49.0–94.3)", "北京", "<svg"] {
            assert!(page.contains(said), "{said}: {page}");
        }
    }
}
