//! Ledgers (台账): reading spreadsheets as people write them into rows, people and units.
//!
//! This half is pure: bytes and paths in, data out. It knows the columns officials use and the dirt
//! in them; it knows nothing of the store, of items already on record or of today's clock, and it
//! never guesses: what it cannot read for certain comes out as a draft with the reason and a way out.
//! The import (diff, then apply on the store) and the command line call [`read_file`] or
//! [`read_bytes`]; sources that give rows (a query, a JSON answer) [`read_table`].
//!
//! Reading order: [`read_file`] opens a file, `xlsx` and `delimited` turn it into lines, [`headers`] finds
//! the header row, `rows` and `roster` make data of lines; `cells`, `due`, `people` and `secrecy` read cells.

pub mod cells;
mod delimited;
pub mod due;
pub mod headers;
mod hours;
pub mod identity;
mod json;
mod line;
mod memo;
mod package;
pub mod patch;
pub mod people;
mod read;
mod roster;
mod rows;
pub mod sameness;
pub mod secrecy;
mod sheet;
mod table;
pub mod template;
mod vocabulary;
mod words;
pub mod write;
mod xls;
mod xlsx;

pub use due::{DueCell, DueContext, DueReading, Span, read_due};
pub use headers::{Column, Key, Learned, OWN};
pub use identity::is_look;
pub use json::rows_of_json;
pub use line::DITTO_EMPTY;
pub use package::saved_on;
pub use people::PersonRef;
pub use read::{
    CELL_BYTES, Layout, Limits, Original, ReadContext, TABLE_ROWS, UnknownColumn, Workbook, read_bytes, read_file,
};
pub use roster::{PersonRow, UnitRow};
pub use rows::Row;
pub use sheet::{LeftOut, SheetKind, SheetReport, Why};
pub use table::read_table;

use serde::{Deserialize, Serialize};

use dutybell_core::org::Locale;

/// Where something stands, in the words of the person who has the file open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// File name without folders.
    pub file: String,
    /// Sheet name; for CSV the file's stem.
    pub sheet: String,
    /// Row number as the spreadsheet shows it, from 1.
    pub row: u32,
    /// Column letter and header, for example `I 整改期限`; absent when the whole row is meant.
    pub column: Option<String>,
}

impl Place {
    /// The same row, pointing at one column.
    #[must_use]
    pub fn at(&self, index: usize, header: &str) -> Self {
        let letter = column_letter(index);
        let column = if header.is_empty() { letter } else { format!("{letter} {header}") };
        Self { column: Some(column), ..self.clone() }
    }
}

impl Place {
    /// Row and column from 0; the first column when the whole row is meant.
    #[must_use]
    pub fn cell(&self) -> (u32, u16) {
        let letters = self.column.as_deref().and_then(|c| c.split(' ').next()).unwrap_or("A");
        package::position(&format!("{letters}{}", self.row)).unwrap_or((self.row, 0))
    }
}

impl Place {
    /// The same in a language.
    #[must_use]
    pub fn in_words(&self, locale: Locale) -> String {
        let row = match locale {
            Locale::ZhCn | Locale::ZhHant => format!("第{}行", self.row),
            Locale::En => format!("row {}", self.row),
        };
        let parts = [self.file.as_str(), self.sheet.as_str(), &row].into_iter().chain(self.column.as_deref());
        parts.collect::<Vec<_>>().join(" / ")
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.in_words(Locale::En))
    }
}

/// Spreadsheet letters of a column counted from 0: A, …, Z, AA, AB, ….
fn column_letter(index: usize) -> String {
    let mut letters = Vec::new();
    let mut n = index + 1;
    while n > 0 {
        letters.push(char::from(b'A' + u8::try_from((n - 1) % 26).unwrap_or(0)));
        n = (n - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// What a [`Problem`] does to its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing, nothing to do (a value inherited from 同上).
    Note,
    /// Imported, but somebody should look.
    Warning,
    /// Kept as a draft: nobody is reminded until a person completes it.
    Draft,
    /// Not imported at all.
    Refused,
}

/// Something found while reading, with its place and a way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub place: Place,
    /// The cell's own text. For secrecy only the mark, never the content.
    pub value: String,
    pub severity: Severity,
    /// A stable key, a colon, then English text: `due-ambiguous: …`. Interfaces translate by key.
    pub reason: String,
    /// What the reader of the report can do.
    pub hint: String,
    /// What it is about besides the cell: the other place, the candidates, what is missing.
    pub about: String,
}

impl Problem {
    /// The same problem with what it is about.
    #[must_use]
    pub fn about(self, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..self }
    }

    /// Problem and way out in one sentence.
    #[must_use]
    pub fn in_words(&self, locale: Locale) -> String {
        words::say(self, locale)
    }

    /// The part of [`Problem::reason`] before the first colon.
    #[must_use]
    pub fn key(&self) -> &str {
        self.reason.split_once(':').map_or(self.reason.as_str(), |(k, _)| k)
    }
}

impl LeftOut {
    /// Place and reason in one line.
    #[must_use]
    pub fn in_words(&self, locale: Locale) -> String {
        words::left_out(self, locale)
    }
}

impl LedgerError {
    /// What is wrong and what to do, in a language.
    #[must_use]
    pub fn in_words(&self, locale: Locale) -> String {
        words::refused(self, locale)
    }
}

/// Why a whole file cannot be read. Every message says what to do instead.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The path cannot be opened or read.
    #[error("cannot read {file}: {source}")]
    Io {
        file: String,
        #[source]
        source: std::io::Error,
    },
    /// The file itself is over the limit (default 50 MiB).
    #[error("{file} has {bytes} bytes, more than the {limit} allowed: split it by unit or by month")]
    TooLarge { file: String, bytes: u64, limit: u64 },
    /// The xlsx unpacks to more than the limit (default 200 MiB); also how a zip bomb ends.
    #[error("{file} unpacks to more than {limit} bytes: remove pictures or split it, then save it again")]
    UnpacksTooLarge { file: String, limit: u64 },
    /// More used cells than the limit (default 2 million).
    #[error("{file} has more than {limit} cells: delete empty formatted rows or split it")]
    TooManyCells { file: String, limit: usize },
    /// More rows than the limit (default 300,000).
    #[error("{file} has more than {limit} rows: split it by unit or by year")]
    TooManyRows { file: String, limit: usize },
    /// One cell longer than any spreadsheet has: mostly a quotation mark in a CSV that is never closed.
    #[error(
        "{place} holds more than {limit} bytes, perhaps because a quotation mark is not closed: correct it and try again"
    )]
    CellTooLarge { place: Place, limit: usize },
    /// A secrecy mark in the title, in a sheet's name or outside the item rows: nothing is imported.
    /// Only the mark is quoted, never the text around it.
    #[error("{place} is marked {mark}: classified matter must not be entered here")]
    Classified { place: Place, mark: String },
    /// Behind a password.
    #[error("{file} is protected by a password: take the password off and save it, then try again")]
    Locked { file: String },
    /// WPS .et, .ods and other formats that are recognised but not read.
    #[error("{file} is {what}: open it and save it as .xlsx or as CSV, then try again")]
    Unsupported { file: String, what: &'static str },
    /// Damaged, encrypted or not a table.
    #[error("{file} cannot be read as a table: {reason}")]
    Damaged { file: String, reason: String },
    /// No sheet has a header row that is recognised.
    #[error(
        "{file} has no recognised header in the first {rows} rows of any sheet: a ledger names at least a unit, a description and a due date, a list of people a name and a unit; `dutybell template ledger` writes an empty one; or say what your own names mean: --map 'fix by=due'"
    )]
    NoHeader { file: String, rows: usize },
}
