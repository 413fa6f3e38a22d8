//! From the items back into the office's own ledger: who is responsible, by when, state, completion and verification as
//! they stand.
//!
//! Only rows that are the item are written ([`rows`]). What the office wrote and nothing overtook stays ([`fill`]); what an
//! export wrote is remembered for each item, so that it is no change when the file comes back.

mod feed;
mod fill;
mod notes;
mod rows;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{Days, Gateway};
use crate::core::item::ItemId;
use crate::core::org::{Directory, Locale};
use crate::ledger::cells::is_ditto;
use crate::ledger::patch::{self, Patch, Value};
use crate::ledger::{Key, Layout, Learned, LedgerError, Place, ReadContext, Row, Workbook, read_bytes, write};
use crate::store::ledgers::Written;
use crate::store::{Result, StoreError, ledgers, people};
use notes::Noted;

pub use feed::Feed;

/// What was filled into the rows of which items.
type Filled = Vec<(ItemId, Written)>;

/// Why a ledger cannot be given back.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Nothing ever came from a source of that name.
    #[error("nothing came from a ledger named {0}; `dutybell export --list` shows those there are")]
    Unknown(String),
    /// A column was learnt whose meaning is not known any more.
    #[error("{0}")]
    Columns(String),
    #[error(transparent)]
    Csv(#[from] csv::Error),
}

/// A ledger given back.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Name of the file that came, without folders; empty when the source is no file.
    pub name: String,
    pub bytes: Vec<u8>,
    /// Rows of which something was filled in.
    pub filled: u64,
    /// Items of the source.
    pub items: u64,
    /// Rows that were left as they are, and why.
    pub left: Vec<Left>,
}

/// A row of the office's that an export left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub place: Place,
    /// In the language of the ledger.
    pub why: String,
}

impl Gateway {
    /// The ledger of a source as an .xlsx in its own form, with a sheet of figures and one of remarks. `add_columns`:
    /// where a column for completion or verification is missing, it is added at the end.
    ///
    /// # Errors
    /// [`ExportError`]; nothing is noted then.
    pub async fn export(&self, source: &str, add_columns: bool) -> std::result::Result<Exported, ExportError> {
        // Read as it stands: nobody waits while a large workbook is written.
        let mut tx = self.store.snapshot().await?;
        let directory = &people::load(&mut tx).await?;
        let items = ledgers::of_source(&mut tx, source).await?;
        let file = ledgers::file(&mut tx, source).await?;
        drop(tx);
        if items.is_empty() && file.is_none() {
            return Err(ExportError::Unknown(source.to_owned()));
        }
        let mut noted = Noted::default();
        let (name, bytes, mut patch, filled, locale) = match file {
            None => {
                // A source that is no file has no form of its own.
                let locale = tongue(&items);
                let (mut rows, filled) = self.rows_of(source, directory, &items, locale, &mut noted)?;
                name_columns(&mut rows, locale);
                (String::new(), write::table(source, &rows)?, Patch::default(), filled, locale)
            }
            Some(file) => {
                let workbook = self.read_again(source, &file).await?;
                let bytes = write::as_xlsx(&file.name, &file.bytes)?;
                let (patch, filled, locale) = self.filled_in(directory, &workbook, &items, add_columns, &mut noted);
                (file.name, bytes, patch, filled, locale)
            }
        };
        patch.added = vec![
            self.figures(directory, items.iter().map(|(_, k)| &k.item), locale),
            self.remarks(directory, &items, &noted, locale),
        ];
        let bytes = patch::apply(if name.is_empty() { source } else { &name }, &bytes, &patch)?;
        self.note(&filled).await?;
        let (filled, items) = (filled.len() as u64, items.len() as u64);
        Ok(Exported { name, bytes, filled, items, left: noted.left })
    }

    /// What goes into which cell of the office's own workbook.
    fn filled_in(
        &self,
        directory: &Directory,
        workbook: &Workbook,
        items: &[(String, ledgers::Known)],
        add_columns: bool,
        noted: &mut Noted,
    ) -> (Patch, Filled, Locale) {
        let of_row = rows::items_of(&workbook.rows, items);
        let (mut patch, mut filled, mut locale) = (Patch::default(), Vec::new(), Locale::ZhCn);
        for layout in &workbook.layouts {
            let layout = widened(layout, add_columns, &mut patch);
            locale = language(&layout);
            let here = || workbook.rows.iter().zip(&of_row).filter(|(row, _)| row.place.sheet == layout.sheet);
            for (row, item) in here() {
                let Some(n) = *item else {
                    noted.nobodys(row, self.remark(locale, "ledger_note_nobody", &[]));
                    continue;
                };
                let known = &items[n].1;
                let there = |key| cell_of(&layout, row, key).map_or("", |(_, text)| text);
                let filling = self.filling(directory, row, known, locale, &there);
                let header = |key: Key| {
                    let column = layout.columns.iter().find(|c| c.key == Some(key));
                    column.map_or(key.canonical(), |c| c.header.as_str())
                };
                let left = filling.left.iter().map(|words| self.newer(locale, words)).collect();
                noted.row(n, row, self.changes(locale, &filling, header), left);
                let sheet = patch.sheet(&layout.sheet);
                let mut texts = Written::new();
                for (key, value) in filling.cells {
                    let Some((cell, _)) = cell_of(&layout, row, key) else { continue };
                    texts.insert(key.canonical().to_owned(), BTreeSet::from([text_of(&value)]));
                    sheet.values.insert(cell, filling.shown.get(&key).cloned().unwrap_or(value));
                }
                if let Some(phone) = filling.phone.filter(|_| texts.contains_key(Key::Responsible.canonical()))
                    && let Some(column) = layout.phone_of(Key::Responsible)
                {
                    sheet.values.insert((row.place.row, column), Value::Text(phone));
                }
                if !texts.is_empty() {
                    filled.push((known.item.id, texts));
                }
            }
            write_out_dittos(&layout, here().map(|(row, _)| row), patch.sheet(&layout.sheet));
        }
        (patch, filled, locale)
    }

    /// The file as it was read when it came.
    async fn read_again(&self, source: &str, file: &ledgers::File) -> std::result::Result<Workbook, ExportError> {
        let columns = self.store.learnt_columns(source).await?;
        let learned =
            Learned::new(columns.iter().map(|(h, m)| (h.as_str(), m.as_str()))).map_err(ExportError::Columns)?;
        let days = Days(self.calendars.get(&self.policy.calendar));
        // Years that a cell leaves out are those of the day on which the file came.
        let day = file.read_at.with_timezone(&self.policy.zone).date_naive();
        Ok(read_bytes(&file.name, &file.bytes, &ReadContext::new(day, &days).knowing(&learned).for_export())?)
    }

    /// Notes what was filled in, so that it is no change when it comes back.
    async fn note(&self, filled: &[(ItemId, Written)]) -> Result<()> {
        let mut tx = self.store.begin().await?;
        ledgers::add_exported(&mut tx, filled).await?;
        tx.commit().await
    }
}

/// Where a row's cell of a column stands, and what it holds.
fn cell_of<'l>(layout: &'l Layout, row: &Row, key: Key) -> Option<(patch::Cell, &'l str)> {
    let cell = (row.place.row, layout.column(key)?);
    Some((cell, layout.cells.get(&cell).map_or("", String::as_str)))
}

/// A 同上 below a cell that is written says what it said before, in full: it must not repeat what is written now.
fn write_out_dittos<'r>(layout: &Layout, rows: impl Iterator<Item = &'r Row>, sheet: &mut patch::SheetPatch) {
    let columns: BTreeSet<u16> = sheet.values.keys().filter(|(row, _)| *row > layout.header_row).map(|c| c.1).collect();
    let mut above: BTreeMap<u16, &str> = BTreeMap::new();
    for row in rows {
        for column in &columns {
            let cell = (row.place.row, *column);
            let there = layout.cells.get(&cell).map_or("", String::as_str);
            if !is_ditto(there) {
                above.insert(*column, there);
            } else if let (Some(text), false) = (above.get(column), sheet.values.contains_key(&cell)) {
                sheet.values.insert(cell, Value::Text((*text).to_owned()));
            }
        }
    }
}

/// The language of items that came without a file of the office's own.
fn tongue(items: &[(String, ledgers::Known)]) -> Locale {
    let words = items.iter().flat_map(|(_, known)| [&known.item.title, &known.item.description, &known.item.place]);
    let han = words.flat_map(|text| text.chars()).any(crate::ledger::cells::is_han);
    if han { Locale::ZhCn } else { Locale::En }
}

/// Calls the known columns of a table, whose first row is its header, as a reader of this language knows them.
fn name_columns(table: &mut [Vec<String>], locale: Locale) {
    for name in table.first_mut().into_iter().flatten() {
        let named = Key::in_words(std::slice::from_ref(name), locale);
        *name = named;
    }
}

/// The language of a sheet's headers.
fn language(layout: &Layout) -> Locale {
    let han = layout.columns.iter().any(|c| c.header.chars().any(crate::ledger::cells::is_han));
    if han { Locale::ZhCn } else { Locale::En }
}

/// The layout with the columns that are missing, if they are wanted. A ledger without any column for the state gets
/// that one in any case.
fn widened(layout: &Layout, all: bool, patch: &mut Patch) -> Layout {
    let mut layout = layout.clone();
    let wanted: &[Key] = if all { &[Key::Status, Key::DoneOn, Key::Verifier, Key::VerifiedOn] } else { &[Key::Status] };
    let chinese = language(&layout) == Locale::ZhCn;
    for key in wanted {
        if layout.column(*key).is_some() {
            continue;
        }
        let index = layout.columns.iter().map(|c| c.index + 1).max().unwrap_or(0);
        let Ok(column) = u16::try_from(index) else { continue };
        let header = if chinese { key.canonical().to_owned() } else { english(*key).to_owned() };
        let sheet = patch.sheet(&layout.sheet);
        sheet.values.insert((layout.header_row, column), Value::Text(header.clone()));
        sheet.new_columns.push(column);
        layout.columns.push(crate::ledger::Column { index, header, key: Some(*key), learned: false, owner: None });
    }
    layout
}

fn english(key: Key) -> &'static str {
    match key {
        Key::DoneOn => "Completed on",
        Key::Verifier => "Verified by",
        Key::VerifiedOn => "Verified on",
        _ => "Status",
    }
}

/// As the reader will give it back.
fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Date(day) => NaiveDate::to_string(day),
        Value::Number(n) => n.to_string(),
    }
}
