//! An explanation as text: spans with carets beneath them, and in colour where the terminal has it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use anstyle::{AnsiColor, Style as Ansi};
use unicode_width::UnicodeWidthStr as _;

use super::{Declared, Explanation, Mark, Reason};
use crate::text::{visible, visible_char};

/// How an explanation looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours and weights of letters are used.
    pub coloured: bool,
    /// Columns of a line. Below [`COLUMNS_MIN`] counts as that.
    pub columns: usize,
}

/// Least columns that names and numbers leave room for text in.
pub const COLUMNS_MIN: usize = 60;

const TITLE: Ansi = Ansi::new().bold();
const HELD: Ansi = AnsiColor::Red.on_default().bold();
const RELEASED: Ansi = AnsiColor::Green.on_default().bold();
const MARKED: Ansi = AnsiColor::Yellow.on_default().bold();

/// Columns before a field's name, and between what stands in columns.
const GAP: usize = 2;

/// Writes an explanation, a line of the terminal at a time.
///
/// # Errors
/// As the output has them.
pub fn write(
    explanation: &Explanation,
    style: Style,
    output: &mut impl io::Write,
) -> io::Result<()> {
    let mut page = Page { text: String::new(), style };
    page.verdict(explanation);
    page.declared(None, &explanation.parcel);
    for (title, fields) in &explanation.lines {
        page.declared(Some(title), fields);
    }
    page.reasons(explanation.titles.reasons, &explanation.reasons);
    page.title(explanation.titles.turn);
    page.wrapped("", &explanation.turn);
    page.record(explanation.titles.record, &explanation.record);
    output.write_all(page.text.as_bytes())
}

struct Page {
    text: String,
    style: Style,
}

impl Page {
    fn verdict(&mut self, explanation: &Explanation) {
        let colour = if explanation.is_held { HELD } else { RELEASED };
        self.styled(colour, &explanation.verdict);
        let _ = writeln!(self.text, "\n{}", explanation.score);
    }

    fn title(&mut self, title: &str) {
        self.text.push('\n');
        self.styled(TITLE, title);
        self.text.push('\n');
    }

    fn declared(&mut self, title: Option<&str>, fields: &[Declared]) {
        match title {
            Some(title) => self.title(title),
            None => self.text.push('\n'),
        }
        let names = fields.iter().map(|field| field.name.width()).max().unwrap_or(0);
        for field in fields {
            self.field(field, names);
        }
    }

    /// A field's name and text, in as many rows as it needs, with the marks beneath each.
    fn field(&mut self, field: &Declared, names: usize) {
        let indent = GAP + names + GAP;
        let room = self.style.columns.max(COLUMNS_MIN).saturating_sub(indent);
        let cells = cells(field);
        let layers = layers(&field.marks);
        let mut name = field.name;
        for row in rows(&cells, room) {
            let _ = write!(self.text, "{:GAP$}{name}", "");
            let padding = indent.saturating_sub(GAP + name.width());
            let _ = write!(self.text, "{:padding$}", "");
            name = "";
            self.cells(row);
            self.text.push('\n');
            for layer in &layers {
                if let Some(carets) = carets(row, layer) {
                    let _ = write!(self.text, "{:indent$}", "");
                    self.styled(MARKED, &carets);
                    self.text.push('\n');
                }
            }
        }
    }

    fn cells(&mut self, row: &[Cell]) {
        for part in row.chunk_by(|one, other| one.is_marked == other.is_marked) {
            let text = part.iter().map(|cell| &*cell.shown).collect::<String>();
            if part.iter().any(|cell| cell.is_marked) {
                self.styled(MARKED, &text);
            } else {
                self.text.push_str(&text);
            }
        }
        self.text.truncate(self.text.trim_end_matches(' ').len());
    }

    fn reasons(&mut self, title: &str, reasons: &[Reason]) {
        if reasons.is_empty() {
            return;
        }
        self.title(title);
        let checks = reasons.iter().map(|reason| reason.check.width()).max().unwrap_or(0);
        for (number, reason) in (1..).zip(reasons) {
            let padding = checks.saturating_sub(reason.check.width());
            let (points, check) = (reason.points, reason.check);
            let head = format!("{number:>2}  {points:>+5}  {check}{:padding$}  ", "");
            self.wrapped(&head, &reason.note);
        }
    }

    fn record(&mut self, title: &str, facts: &[(&str, String)]) {
        self.title(title);
        let names = facts.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
        for (name, value) in facts {
            let padding = names.saturating_sub(name.width()) + GAP;
            let _ = writeln!(self.text, "{:GAP$}{name}{:padding$}{value}", "", "");
        }
    }

    /// Text after a head, further rows beneath its beginning.
    fn wrapped(&mut self, head: &str, text: &str) {
        let head = format!("{:GAP$}{head}", "");
        let indent = " ".repeat(head.width());
        let shown = visible(text);
        let options = textwrap::Options::new(self.style.columns.max(COLUMNS_MIN))
            .initial_indent(&head)
            .subsequent_indent(&indent);
        for row in textwrap::wrap(&shown, options) {
            let _ = writeln!(self.text, "{row}");
        }
    }

    fn styled(&mut self, style: Ansi, text: &str) {
        let _ = if self.style.coloured {
            write!(self.text, "{style}{text}{style:#}")
        } else {
            write!(self.text, "{text}")
        };
    }
}

/// A declared character as it is shown.
struct Cell {
    index: usize,
    shown: Cow<'static, str>,
    is_marked: bool,
}

impl Cell {
    fn columns(&self) -> usize {
        self.shown.width()
    }
}

fn cells(field: &Declared) -> Vec<Cell> {
    let is_marked = |index| field.marks.iter().any(|mark| mark.span.contains(&index));
    let chars = field.text.chars().enumerate();
    chars
        .map(|(index, c)| Cell { index, shown: visible_char(c), is_marked: is_marked(index) })
        .collect()
}

/// Cuts cells into rows of at most so many columns; at least one row, also of nothing.
fn rows(cells: &[Cell], room: usize) -> Vec<&[Cell]> {
    let mut rows = Vec::new();
    let mut rest = cells;
    loop {
        let mut columns = 0;
        let fits = rest.iter().take_while(|cell| {
            columns += cell.columns();
            columns <= room
        });
        let (row, after) = rest.split_at(fits.count().max(1).min(rest.len()));
        rows.push(row);
        if after.is_empty() {
            return rows;
        }
        rest = after;
    }
}

/// Spreads marks over as many layers as it takes for none to touch another. A mark of the whole field stands at its
/// beginning.
fn layers(marks: &[Mark]) -> Vec<Vec<&Mark>> {
    let mut layers = Vec::<Vec<&Mark>>::new();
    for mark in marks {
        // The numbers stand behind the carets.
        let is_free = |layer: &&mut Vec<&Mark>| {
            layer.last().is_none_or(|last| last.span.end + numbers(last).len() < mark.span.start)
        };
        match layers.iter_mut().find(is_free) {
            Some(layer) => layer.push(mark),
            None => layers.push(vec![mark]),
        }
    }
    layers
}

/// The line beneath a row: carets under what is marked, the reasons' numbers where a mark ends.
fn carets(row: &[Cell], layer: &[&Mark]) -> Option<String> {
    let first = row.first().map_or(0, |cell| cell.index);
    let last = row.last().map_or(0, |cell| cell.index + 1);
    let mut line = String::new();
    for mark in layer {
        let is_here = if mark.span.is_empty() {
            first == 0
        } else {
            mark.span.start < last && first < mark.span.end
        };
        if !is_here {
            continue;
        }
        let columns_to = |index: usize| -> usize {
            row.iter().take_while(|cell| cell.index < index).map(Cell::columns).sum()
        };
        let (start, end) = (columns_to(mark.span.start), columns_to(mark.span.end));
        let padding = start.saturating_sub(line.width());
        let _ = write!(line, "{:padding$}{}", "", "^".repeat(end.saturating_sub(start)));
        if mark.span.end <= last {
            let space = if mark.span.is_empty() { "" } else { " " };
            let _ = write!(line, "{space}{}", numbers(mark));
        }
    }
    (!line.is_empty()).then_some(line)
}

fn numbers(mark: &Mark) -> String {
    mark.reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { coloured: false, columns: 60 };

    fn drawn(text: &str, marks: &[(std::ops::Range<usize>, &[usize])]) -> String {
        drawn_in(PLAIN, text, marks)
    }

    fn drawn_in(style: Style, text: &str, marks: &[(std::ops::Range<usize>, &[usize])]) -> String {
        let marks = marks
            .iter()
            .map(|(span, reasons)| Mark { span: span.clone(), reasons: reasons.to_vec() });
        let field = Declared { name: "text", text: text.to_owned(), marks: marks.collect() };
        let mut page = Page { text: String::new(), style };
        page.field(&field, 4);
        page.text
    }

    #[test]
    fn carets_stand_under_what_they_mark() {
        for (text, marks, expected) in [
            ("N1ke shoes", &[(0..4, &[1][..])][..], "  text  N1ke shoes\n        ^^^^ 1\n"),
            // Two columns a character.
            ("真皮耐克鞋", &[(2..4, &[1, 2])], "  text  真皮耐克鞋\n            ^^^^ 1,2\n"),
            // A mark over a letter takes no column.
            ("a\u{301}b c", &[(2..3, &[1])], "  text  a\u{301}b c\n         ^ 1\n"),
            // What is not drawn is shown.
            (
                "a\u{200b}b\u{1b}[31m",
                &[(0..3, &[1])],
                "  text  a[U+200B]b[U+001B][31m\n        ^^^^^^^^^^ 1\n",
            ),
            // Marks that touch or overlap stand beneath each other.
            (
                "nike nike air",
                &[(0..4, &[1]), (0..9, &[3]), (5..9, &[2])],
                "  text  nike nike air\n        ^^^^ 1\n        ^^^^^^^^^ 3\n             ^^^^ 2\n",
            ),
            ("", &[(0..0, &[4])], "  text\n        4\n"),
            ("0", &[(0..0, &[4])], "  text  0\n        4\n"),
        ] {
            assert_eq!(drawn(text, marks), expected);
        }
    }

    #[test]
    fn long_text_goes_on_in_rows_and_so_do_its_marks() {
        let text = format!("{}耐克", "x".repeat(51));
        assert_eq!(
            drawn(&text, &[(50..53, &[1][..])]),
            format!(
                "  text  {}\n        {:50}^\n        耐克\n        ^^^^ 1\n",
                "x".repeat(51),
                ""
            )
        );
    }

    #[test]
    fn colours_only_where_they_are_asked_for() {
        let style = Style { coloured: true, ..PLAIN };
        let coloured = drawn_in(style, "N1ke shoes", &[(0..4, &[1][..])]);
        assert!(coloured.contains("\u{1b}[1m\u{1b}[33mN1ke\u{1b}[0m shoes"), "{coloured:?}");
        assert!(!drawn("N1ke", &[(0..4, &[1][..])]).contains('\u{1b}'));
    }
}
