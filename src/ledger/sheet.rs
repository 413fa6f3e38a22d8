//! A sheet as lines of text, whatever file it came from, and the report on it.
//!
//! Lines are sparse: a spreadsheet may have one cell in row 1,048,576 and column XFD. Filled by `xlsx`
//! and `delimited`, read by `headers`, `rows` and `roster`.

use serde::{Deserialize, Serialize};

use super::Place;
use dutybell_core::org::Locale;

/// Rows in which a header can begin; see `headers`.
const HEADER_ZONE: u32 = 20;

/// Characters of a left-out line that are shown.
const SHOWN: usize = 60;

/// What a sheet turned out to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetKind {
    Ledger,
    People,
    Units,
    /// No header recognised: not imported, said so.
    Other,
    /// Hidden by its author: not imported, said so.
    Hidden,
}

/// One line of the list of sheets that a person confirms before importing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetReport {
    pub name: String,
    pub kind: SheetKind,
    /// Row number of the header (the lower one of two), as the spreadsheet shows it.
    pub header_row: Option<u32>,
    /// Rows read from it, refused ones not counted.
    pub rows: usize,
    /// Rows left out with an entry in the log.
    pub skipped: usize,
    /// Hidden rows of the sheet, by a filter or by hand; they are read like the others.
    pub hidden_rows: u32,
    /// Notes on cells. They stay in the workbook.
    pub notes: u32,
    /// Pictures. They are not read.
    pub pictures: u32,
}

/// A line that is no item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub place: Place,
    pub why: Why,
    /// What stands there, where that helps.
    pub text: String,
}

/// Why a line is no item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    AboveHeader,
    HeaderAgain,
    Subtotal,
    Signature,
    NoteBelow,
    NilReport,
    NoName,
    /// A heading inside the table, or a remark such as 以下空白.
    Section,
    /// A running number and nothing else.
    Empty,
}

impl Why {
    /// Its word, as the catalogues have it.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Why::AboveHeader => "left-above",
            Why::HeaderAgain => "left-header",
            Why::Subtotal => "left-subtotal",
            Why::Signature => "left-signature",
            Why::NoteBelow => "left-note",
            Why::NilReport => "left-nil",
            Why::NoName => "left-no-name",
            Why::Section => "left-section",
            Why::Empty => "left-empty",
        }
    }

    pub(super) fn english(self) -> &'static str {
        match self {
            Why::AboveHeader => "above the header",
            Why::HeaderAgain => "the header again",
            Why::Subtotal => "a subtotal",
            Why::Signature => "a signature line",
            Why::NoteBelow => "a note below the table",
            Why::NilReport => "a nil report, no item",
            Why::NoName => "no name",
            Why::Section => "a heading or a remark inside the table",
            Why::Empty => "a number and nothing else",
        }
    }
}

impl LeftOut {
    pub(super) fn new(place: Place, why: Why) -> Self {
        Self { place, why, text: String::new() }
    }

    /// The same with what stands in the line.
    pub(super) fn with(self, line: &Line) -> Self {
        let words: Vec<&str> = line.own().map(|(_, text)| text.trim()).collect();
        Self { text: words.join(" ").chars().take(SHOWN).collect(), ..self }
    }
}

impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.in_words(Locale::En))
    }
}

/// One text, as it is shown.
impl Serialize for LeftOut {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One line of a sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Line {
    /// Row number as the spreadsheet shows it.
    pub number: u32,
    /// Column from 0 and text, ascending; empty cells are left out.
    cells: Vec<(u16, String)>,
    /// Columns whose text comes from the top of a merged range.
    filled: Vec<u16>,
    /// A cell is merged across three columns or more: a heading, where nothing else is written.
    pub wide: bool,
}

impl Line {
    pub fn new(number: u32) -> Self {
        Self { number, ..Self::default() }
    }

    /// Sets a cell; blank text leaves it empty.
    pub fn set(&mut self, column: u16, text: String) {
        if text.trim().is_empty() {
            return;
        }
        match self.cells.binary_search_by_key(&column, |(c, _)| *c) {
            Ok(i) => self.cells[i].1 = text,
            Err(i) => self.cells.insert(i, (column, text)),
        }
    }

    /// Takes the value of a merged range from above, unless the cell has its own.
    pub fn fill(&mut self, column: u16, text: &str) {
        if self.get(column.into()).is_empty() {
            self.set(column, text.to_owned());
            self.filled.push(column);
        }
    }

    /// The text of a column, empty when there is none.
    pub(crate) fn get(&self, column: usize) -> &str {
        self.cells.binary_search_by_key(&column, |(c, _)| usize::from(*c)).map_or("", |i| self.cells[i].1.as_str())
    }

    /// Used cells in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &str)> {
        self.cells.iter().map(|(c, t)| (usize::from(*c), t.as_str()))
    }

    /// Cells that are written here: what merged ranges bring does not count.
    pub(crate) fn own(&self) -> impl Iterator<Item = (usize, &str)> {
        self.iter().filter(|(c, _)| !self.filled.iter().any(|filled| usize::from(*filled) == *c))
    }

    /// True when nothing is written here; what merged ranges bring does not count.
    pub(crate) fn is_blank(&self) -> bool {
        self.own().next().is_none()
    }

    /// One past the last used column.
    pub(crate) fn width(&self) -> usize {
        self.cells.last().map_or(0, |(c, _)| usize::from(*c) + 1)
    }
}

/// A merged range, rows as the spreadsheet shows them, columns from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Merge {
    pub rows: (u32, u32),
    pub columns: (u16, u16),
}

impl Merge {
    pub(crate) fn of(range: &calamine::Dimensions) -> Self {
        let small = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
        Self {
            rows: (range.start.0.saturating_add(1), range.end.0.saturating_add(1)),
            columns: (small(range.start.1), small(range.end.1)),
        }
    }
}

/// A sheet before anything is understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sheet {
    pub name: String,
    pub hidden: bool,
    pub lines: Vec<Line>,
    pub merges: Vec<Merge>,
    pub hidden_rows: u32,
    pub notes: u32,
    pub pictures: u32,
    /// Formulas that were never calculated: row and column. Their value is not known.
    pub uncalculated: Vec<(u32, u16)>,
}

impl Sheet {
    /// The text of a header cell; a cell inside a range merged across takes the range's text.
    pub(crate) fn header_text(&self, line: &Line, column: usize) -> String {
        let own = line.get(column);
        if !own.is_empty() {
            return own.to_owned();
        }
        let covers = |m: &&Merge| {
            let (left, right) = (usize::from(m.columns.0), usize::from(m.columns.1));
            m.rows.0 <= line.number && line.number <= m.rows.1 && left < column && column <= right
        };
        self.merges.iter().find(covers).map_or_else(String::new, |m| line.get(m.columns.0.into()).to_owned())
    }

    /// Copies the first cell of every merged range down its first column, at most `budget` cells, and
    /// then keeps only the ranges that a header may need.
    pub(crate) fn fill_down(&mut self, budget: usize) {
        self.copy_down(budget);
        for merge in self.merges.iter().filter(|m| m.columns.1.saturating_sub(m.columns.0) >= 2) {
            if let Ok(n) = self.lines.binary_search_by_key(&merge.rows.0, |l| l.number) {
                self.lines[n].wide = true;
            }
        }
        self.merges.retain(|m| m.rows.0 <= HEADER_ZONE);
        self.merges.truncate(2000);
    }

    fn copy_down(&mut self, mut budget: usize) {
        for merge in &self.merges {
            let first = self.lines.partition_point(|l| l.number < merge.rows.0);
            let Some(top) = self.lines.get(first).filter(|l| l.number == merge.rows.0) else {
                continue;
            };
            let text = top.get(merge.columns.0.into()).to_owned();
            if text.is_empty() || merge.rows.1 <= merge.rows.0 {
                continue;
            }
            for line in self.lines[first + 1..].iter_mut().take_while(|l| l.number <= merge.rows.1) {
                if budget == 0 {
                    return;
                }
                budget -= 1;
                line.fill(merge.columns.0, &text);
            }
        }
    }
}
