//! The ledger as plain tables: one line an item, and the figures of its units.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::notes::Noted;
use super::{Filled, name_columns, rows, text_of, tongue};
use crate::core::digest::{Counted, Figures, Tally, percent};
use crate::core::item::{Item, Role};
use crate::core::org::{Directory, Level, Locale, UnitId};
use crate::core::words::Say;
use crate::gateway::export::ExportError;
use crate::gateway::import::fields_of;
use crate::gateway::{Days, Gateway};
use crate::ledger::patch::{AddedSheet, Value};
use crate::ledger::{Key, ReadContext, Row, is_look, read_table, write};
use crate::store::ledgers::{Fields, Written};
use crate::store::{json, ledgers, people};

/// Columns of the office's table; their names are the phrases `table_column_1` to `table_column_11`.
const COLUMNS: usize = 11;

/// Columns of a line that come first, in this order; the office's own follow.
#[rustfmt::skip] // in the order of a sheet
const FIRST: [Key; 22] = [
    Key::Code, Key::FoundOn, Key::County, Key::Town, Key::Unit, Key::Industry, Key::Place, Key::Description,
    Key::Severity, Key::Basis, Key::Measures, Key::Due, Key::ResponsibleUnit, Key::Responsible, Key::Leader,
    Key::SuperviseUnit, Key::Verifier, Key::Assigner, Key::Status, Key::DoneOn, Key::VerifiedOn, Key::Closed,
];

/// An item as JSON gives it.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    /// The source's name and the ledger's own key.
    pub key: String,
    #[serde(flatten)]
    pub item: &'a Item,
    /// Names of those on it, by role.
    pub people: BTreeMap<&'static str, Vec<String>>,
    /// The row's fields as last read.
    pub row: &'a Fields,
}

impl Gateway {
    /// One line an item, header first: the fields as last read, with the item as it stands; and what was filled in.
    pub(super) fn rows_of(
        &self,
        source: &str,
        directory: &Directory,
        items: &[(String, ledgers::Known)],
        locale: Locale,
        noted: &mut Noted,
    ) -> Result<(Vec<Vec<String>>, Filled), ExportError> {
        let mut rows: Vec<Fields> = items.iter().map(|(key, known)| numbered(&known.row, key)).collect();
        let header = header_of(&rows);
        let lines = lines(&header, &rows);
        // What a row says of people and deadlines is what the reader makes of it.
        let days = Days(self.calendars.get(&self.policy.calendar));
        let today = self.now().with_timezone(&self.policy.zone).date_naive();
        let read = read_table(source, &header, lines.into_iter(), &ReadContext::new(today, &days))?;
        let mut filled: Filled = Vec::new();
        for row in &read.rows {
            // The header is the first row.
            let Some(n) = (row.place.row as usize).checked_sub(2).filter(|n| *n < items.len()) else { continue };
            let known = &items[n].1;
            let there = |key: Key| known.row.get(key.canonical()).map_or("", String::as_str);
            let filling = self.filling(directory, row, known, locale, &there);
            let left = filling.left.iter().map(|words| self.newer(locale, words)).collect();
            noted.row(n, row, self.changes(locale, &filling, |key| key.name(locale)), left);
            let mut texts = Written::new();
            for (key, value) in filling.cells {
                let text = text_of(&value);
                texts.insert(key.canonical().to_owned(), BTreeSet::from([text.clone()]));
                let shown = filling.shown.get(&key).map_or(text, text_of);
                rows[n].insert(key.canonical().to_owned(), shown);
            }
            if !texts.is_empty() {
                filled.push((known.item.id, texts));
            }
        }
        let mut table = vec![header_of(&rows)];
        let written = self::lines(&table[0], &rows);
        table.extend(written);
        Ok((table, filled))
    }

    /// The ledger of a source as CSV, safe to open in a spreadsheet program.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export_csv(&self, source: &str) -> Result<Vec<u8>, ExportError> {
        let (directory, items) = self.of_source(source).await?;
        let locale = tongue(&items);
        let (mut lines, filled) = self.rows_of(source, &directory, &items, locale, &mut Noted::default())?;
        let others = self.rows_of_nobody(source, &items).await?;
        let header = lines.first().cloned().unwrap_or_default();
        lines.extend(self::lines(&header, &others));
        name_columns(&mut lines, locale);
        let mut out = csv::WriterBuilder::new().from_writer(b"\xef\xbb\xbf".to_vec());
        for line in lines {
            out.write_record(line.iter().map(|cell| write::guarded(cell)))?;
        }
        let bytes = out.into_inner().map_err(|e| csv::Error::from(e.into_error()))?;
        self.note(&filled).await?;
        Ok(bytes)
    }

    /// The ledger of a source as JSON: every item whole, with the names of its people and its row.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export_json(&self, source: &str) -> Result<String, ExportError> {
        let (directory, items) = self.of_source(source).await?;
        let now = self.now();
        let lines: Vec<Line<'_>> = items
            .iter()
            .map(|(key, known)| {
                let names = |role: Role| {
                    let people = super::fill::named(&directory, &known.item, role, now).into_iter();
                    people.filter_map(|p| directory.person(p)).map(|p| p.name.clone()).collect::<Vec<_>>()
                };
                let people = Role::ALL.into_iter().map(|r| (r.word(), names(r))).filter(|(_, n)| !n.is_empty());
                Line { key: ledgers::key_of(source, key), item: &known.item, people: people.collect(), row: &known.row }
            })
            .collect();
        Ok(json(&lines)?)
    }

    /// Rows of the file that came last which are no item on record: a copied number, for example.
    async fn rows_of_nobody(
        &self,
        source: &str,
        items: &[(String, ledgers::Known)],
    ) -> Result<Vec<Fields>, ExportError> {
        let mut tx = self.store.snapshot().await?;
        let file = ledgers::file(&mut tx, source).await?;
        drop(tx);
        let Some(file) = file else { return Ok(Vec::new()) };
        let read: Vec<Row> = self.read_again(source, &file).await?.rows;
        let others = read.iter().zip(rows::items_of(&read, items)).filter(|(_, item)| item.is_none());
        Ok(others.map(|(row, _)| numbered(&fields_of(row), &row.key)).collect())
    }

    /// The organisation, and everything that came from a source.
    async fn of_source(&self, source: &str) -> Result<(Directory, Vec<(String, ledgers::Known)>), ExportError> {
        let mut tx = self.store.snapshot().await?;
        let items = ledgers::of_source(&mut tx, source).await?;
        if items.is_empty() {
            return Err(ExportError::Unknown(source.to_owned()));
        }
        Ok((people::load(&mut tx).await?, items))
    }

    /// The office's table as a sheet with a chart.
    pub(super) fn figures<'i>(
        &self,
        directory: &Directory,
        items: impl Iterator<Item = &'i Item>,
        locale: Locale,
    ) -> AddedSheet {
        let world = self.world(directory);
        let items: Vec<&Item> = items.collect();
        let mut units: Vec<UnitId> = Vec::new();
        for unit in items.iter().filter_map(|item| item.unit).map(|unit| row_of(directory, unit)) {
            if !units.contains(&unit) {
                units.push(unit);
            }
        }
        let mut tally = Tally::new(&units, world.now, &world);
        for item in items {
            tally.add(&Counted::from(item), None, || None);
        }
        let digest = tally.finish();
        let say = |key: &str, args: &[(&str, String)]| self.phrases.say(locale, key, args);
        let cutoff = world.now.with_timezone(&self.policy.zone).format("%Y-%m-%d %H:%M").to_string();
        let mut rows = vec![vec![Value::Text(say("table_caption", &[("cutoff", cutoff)]))]];
        rows.push((1..=COLUMNS).map(|n| Value::Text(say(&format!("table_column_{n}"), &[]))).collect());
        rows.extend(digest.rows.iter().map(|figures| line(&figures.unit, figures)));
        let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        rows.push(line(&say("ledger_all", &[]), &digest.all));
        let name = say("ledger_summary_sheet", &[]);
        // Closed, in progress and waiting add up to what should be fixed.
        let chart = write::chart(&name, &rows, 2, last, &[2, 4, 5]);
        AddedSheet { name, rows, chart, widths: vec![18] }
    }
}

/// Fields with the row's number. A row without one of its own is known by its look: there is nothing to write down.
fn numbered(fields: &Fields, key: &str) -> Fields {
    let mut fields = fields.clone();
    // What follows `~` tells doubles apart and is no part of the number.
    let number = key.split_once('~').map_or(key, |(number, _)| number);
    let number = if is_look(key) { String::new() } else { number.to_owned() };
    fields.insert(Key::Code.canonical().to_owned(), number);
    fields
}

/// The columns of a table: the known ones first, the office's own as they are named.
fn header_of(rows: &[Fields]) -> Vec<String> {
    let mut header: Vec<String> = FIRST.iter().map(|key| key.canonical().to_owned()).collect();
    for name in rows.iter().flat_map(Fields::keys) {
        if !header.contains(name) {
            header.push(name.clone());
        }
    }
    header
}

fn lines(header: &[String], rows: &[Fields]) -> Vec<Vec<String>> {
    rows.iter()
        .map(|fields| header.iter().map(|name| fields.get(name).cloned().unwrap_or_default()).collect())
        .collect()
}

/// The township or department whose row a unit belongs to: the one just below the county, else the uppermost.
fn row_of(directory: &Directory, unit: UnitId) -> UnitId {
    let chain = directory.chain(unit);
    let below_county = chain.windows(2).find(|pair| directory.unit(pair[1]).is_some_and(|u| u.level == Level::County));
    below_county.map_or_else(|| chain.last().copied().unwrap_or(unit), |pair| pair[0])
}

fn line(name: &str, f: &Figures) -> Vec<Value> {
    // Counts are far below 2^53.
    let number = |n: u64| Value::Number(n as f64);
    vec![
        Value::Text(name.to_owned()),
        number(f.total),
        number(f.closed),
        Value::Text(percent(f.closed, f.total)),
        number(f.in_progress),
        number(f.waiting),
        number(f.overdue),
        number(f.major_overdue),
        number(f.unacknowledged),
        number(f.extending),
        if f.longest > 0 { Value::Number(f.longest as f64) } else { Value::Text("-".to_owned()) },
    ]
}
