//! From the items back into the office's own ledger: status, completion and verification filled in.
//!
//! Cells the office has filled itself stay as they are; what an export wrote is remembered for each item, so that
//! it is no change when the file comes back. The columns of the deadline and of the people are never written: they
//! are the office's word.

mod feed;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};

use super::{Days, Gateway};
use crate::core::item::{Item, ItemId, State};
use crate::core::org::{Directory, Locale};
use crate::core::words::Say;
use crate::core::world::World;
use crate::ledger::cells::StatusClaim;
use crate::ledger::patch::{self, Patch, Value};
use crate::ledger::{Key, Layout, Learned, LedgerError, ReadContext, Row, Workbook, read_bytes, write};
use crate::store::ledgers::Written;
use crate::store::{Result, StoreError, ledgers, people};

pub use feed::Feed;

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
}

impl Gateway {
    /// The ledger of a source as an .xlsx in its own form, with a sheet of figures. `add_columns`: where a column
    /// for completion or verification is missing, it is added at the end.
    ///
    /// # Errors
    /// [`ExportError`]; nothing is noted then.
    pub async fn export(&self, source: &str, add_columns: bool) -> std::result::Result<Exported, ExportError> {
        // Read as it stands: nobody waits while a large workbook is written.
        let mut tx = self.store.snapshot().await?;
        let directory = people::load(&mut tx).await?;
        let items = ledgers::of_source(&mut tx, source).await?;
        let file = ledgers::file(&mut tx, source).await?;
        drop(tx);
        if items.is_empty() && file.is_none() {
            return Err(ExportError::Unknown(source.to_owned()));
        }
        let count = items.len() as u64;
        let Some(file) = file else {
            // A source that is no file has no form of its own.
            let (rows, filled) = self.rows_of(&directory, &items);
            let bytes = write::table(source, &rows)?;
            let figures = self.figures(&directory, items.iter().map(|(_, k)| &k.item), Locale::ZhCn);
            let bytes = patch::apply(source, &bytes, &Patch { added: Some(figures), ..Patch::default() })?;
            self.note(&filled).await?;
            return Ok(Exported { name: String::new(), bytes, filled: filled.len() as u64, items: count });
        };
        let workbook = self.read_again(source, &file).await?;
        let known: HashMap<&str, &ledgers::Known> = items.iter().map(|(key, known)| (key.as_str(), known)).collect();
        let bytes = write::as_xlsx(&file.name, &file.bytes)?;
        let mut patch = Patch::default();
        let mut filled: Vec<(ItemId, Written)> = Vec::new();
        let mut locale = Locale::ZhCn;
        for layout in &workbook.layouts {
            let layout = widened(layout, add_columns, &mut patch);
            locale = language(&layout);
            let rows = workbook.rows.iter().filter(|row| row.place.sheet == layout.sheet);
            for row in rows {
                if let Some(known) = known.get(row.key.as_str()) {
                    let texts = self.fill(&directory, &layout, row, known, locale, patch.sheet(&layout.sheet));
                    if !texts.is_empty() {
                        filled.push((known.item.id, texts));
                    }
                }
            }
        }
        patch.added = Some(self.figures(&directory, items.iter().map(|(_, k)| &k.item), locale));
        let bytes = patch::apply(&file.name, &bytes, &patch)?;
        self.note(&filled).await?;
        Ok(Exported { name: file.name, bytes, filled: filled.len() as u64, items: count })
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
        Ok(tx.commit().await?)
    }

    /// Fills the result cells of a row; gives the texts that it will be read with.
    fn fill(
        &self,
        directory: &Directory,
        layout: &Layout,
        row: &Row,
        known: &ledgers::Known,
        locale: Locale,
        sheet: &mut patch::SheetPatch,
    ) -> Written {
        let world = self.world(directory);
        let results = self.results(&world, &known.item, locale);
        let mut texts = Written::new();
        for key in Key::RESULTS {
            let Some(column) = layout.column(key) else { continue };
            let cell = (row.place.row, column);
            let there = layout.cells.get(&cell).map_or("", String::as_str);
            let value = results.get(&key);
            if stays(key, there, known) || (value.is_none() && there.is_empty()) {
                continue;
            }
            let value = value.cloned().unwrap_or(Value::Text(String::new()));
            texts.insert(key.canonical().to_owned(), BTreeSet::from([text_of(&value)]));
            sheet.values.insert(cell, value);
        }
        texts
    }

    /// What the ledger's columns should say about an item as it stands.
    fn results(&self, world: &World<'_>, item: &Item, locale: Locale) -> BTreeMap<Key, Value> {
        let mut results = BTreeMap::new();
        let office = world.office(item.unit);
        let day = |at: DateTime<Utc>| Value::Date(at.with_timezone(&office.zone).date_naive());
        if item.state == State::Draft {
            return results; // the office's own words stay until it is complete
        }
        let mut status = self.phrases.say(locale, item.state_key(), &[]);
        if let Some(due) = item.current_due.filter(|_| item.extensions > 0 && item.state.is_with_fixer()) {
            let until = due.with_timezone(&office.zone).date_naive().to_string();
            status = self.phrases.say(locale, "ledger_extended", &[("status", status), ("until", until)]);
        }
        results.insert(Key::Status, Value::Text(status));
        let finished = matches!(item.state, State::Verified | State::Closed);
        if let Some(at) = item.claimed_at.filter(|_| finished || item.state == State::ReportedDone) {
            results.insert(Key::DoneOn, day(at));
        }
        if finished && !item.administrative {
            let name = item.verified_by.and_then(|p| world.directory.person(p)).map(|p| p.name.clone());
            results.extend(name.map(|name| (Key::Verifier, Value::Text(name))));
            results.insert(Key::VerifiedOn, day(item.closed_at.unwrap_or(item.state_since)));
        }
        if item.state == State::Closed {
            let closed = if item.administrative { item.state_key() } else { "ledger_closed" };
            results.insert(Key::Closed, Value::Text(self.phrases.say(locale, closed, &[])));
        }
        results
    }
}

/// The office's own words, which no export writes over: a state that says the same, anything else that no export
/// wrote.
fn stays(key: Key, there: &str, known: &ledgers::Known) -> bool {
    let ours = || known.exported.get(key.canonical()).is_some_and(|texts| texts.contains(there.trim()));
    match key {
        Key::Status => says_the_same(there, &known.item),
        _ => !there.is_empty() && !ours(),
    }
}

/// The office's words say already what the item's state says.
fn says_the_same(there: &str, item: &Item) -> bool {
    let claim = StatusClaim::from_text(there);
    match item.state {
        State::Draft => true,
        State::Assigned | State::Acknowledged | State::InProgress => {
            matches!(claim, StatusClaim::NotDone | StatusClaim::InProgress) && item.extensions == 0
        }
        State::ReportedDone => claim == StatusClaim::Done,
        State::Closed if item.administrative => false,
        State::Verified | State::Closed => claim == StatusClaim::Verified,
        // Ledgers have no words for these.
        State::Blocked | State::Rejected | State::Reopened | State::Void => false,
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
