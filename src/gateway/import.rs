//! From a read workbook to units, people and items: diff and apply in one transaction.
//!
//! A dry run does the very same and rolls back, so what it shows is what would happen. An item
//! missing from the file is flagged, never closed; a deadline changed in the file is a change by the
//! office, recorded and announced once; the same file again changes nothing.

mod annotate;
mod changes;
mod contacts;
mod endings;
mod matching;
mod old_names;
mod people;
mod posts;
mod rows;
mod units;

use serde::Serialize;

use super::Gateway;
use crate::core::actor::Actor;
use crate::core::org::{Locale, UnitId};
use crate::core::words::Say;
use crate::ledger::{self, Key, LeftOut, OWN, Problem, SheetReport, UnknownColumn, Workbook};
use crate::store::events::Origin;
use crate::store::{Result, Tx, ledgers, people as store_people};

pub use annotate::annotated;
pub use changes::{Change, RegisterChange, Subject};
pub use matching::Same;
pub(super) use matching::missing;
pub(super) use rows::fields_of;

/// Rows that are looked up and stored together.
const AT_ONCE: usize = 500;

/// Which people the file lists completely: who is missing from it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    All,
    /// Those of a unit and the units below it.
    Below(UnitId),
}

/// How to import.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Show what would change, change nothing.
    pub dry_run: bool,
    /// Change nothing either when the report [repeats another ledger](ImportReport::repeats_another_ledger).
    pub no_repeat: bool,
    /// The people file is the whole list; else who is missing from it stays as they are.
    pub whole: Option<Whole>,
    /// What somebody says of rows that may be items on record.
    pub same: Vec<Same>,
}

/// One item in the report.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ImportedItem {
    /// The ledger's own key.
    pub key: String,
    /// The product's code; empty for refused rows.
    pub code: String,
    pub title: String,
    pub place: String,
    /// Field by field: name, before, after.
    pub fields: Vec<(String, String, String)>,
}

/// What an import did, or in a dry run would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ImportReport {
    /// Name of the source: in the log it is what acts.
    pub source: String,
    pub units_changed: u64,
    /// Units that rows name and nobody listed; some may be misspelt.
    pub units_added: Vec<String>,
    pub people_changed: u64,
    /// People and units that change, by name and field, and what ends.
    pub register: Vec<RegisterChange>,
    /// People on record that the people file does not name; they stay as they are.
    pub absent: Vec<String>,
    pub added: Vec<ImportedItem>,
    pub changed: Vec<ImportedItem>,
    /// Changes of items on record that could not be taken over; [`Self::problems`] says why. Each is reported until the
    /// file or the people are mended.
    pub held: Vec<ImportedItem>,
    pub unchanged: u64,
    /// New rows that look like an item on record from another ledger.
    pub repeated: u64,
    /// Drafts, new or still there: somebody must complete them.
    pub drafts: Vec<ImportedItem>,
    /// On record from this source, open, and not in the file.
    pub missing: Vec<ImportedItem>,
    pub refused: u64,
    pub problems: Vec<Problem>,
    pub skipped: Vec<LeftOut>,
    /// The sheets that were found, and what each holds.
    pub sheets: Vec<SheetReport>,
    /// Columns that no known name covers, and what was said about them.
    pub columns: Vec<UnknownColumn>,
    pub dry_run: bool,
}

impl ImportReport {
    /// As what the log names who acts.
    pub(super) fn origin(&self) -> Origin<'static> {
        Origin { actor: Actor::Import(self.source.as_str().into()), via: "", inbox_id: None }
    }

    /// How many of the rows are on record from another ledger, when that is most of them and none is on record from this
    /// one: an export, or a file of another day, under a new name.
    pub fn repeats_another_ledger(&self) -> Option<usize> {
        let twins = usize::try_from(self.repeated).unwrap_or(usize::MAX);
        let known = self.unchanged > 0 || !self.changed.is_empty();
        (twins > 0 && twins.saturating_mul(2) >= self.added.len() && !known).then_some(twins)
    }

    /// Rows that look like another one, in the file or on record.
    fn twins(&self) -> usize {
        self.problems.iter().filter(|p| p.key() == "possible-duplicate").count()
    }

    /// All of it in one line.
    pub fn summary(&self, say: &dyn Say, locale: Locale) -> String {
        // No word for none of these: a phrase leaves them out.
        let some = |n: usize| if n == 0 { String::new() } else { n.to_string() };
        let args = [
            ("dry_run", if self.dry_run { "yes" } else { "" }.to_owned()),
            ("added", self.added.len().to_string()),
            ("changed", self.changed.len().to_string()),
            ("held", some(self.held.len())),
            ("unchanged", self.unchanged.to_string()),
            ("drafts", self.drafts.len().to_string()),
            ("missing", self.missing.len().to_string()),
            ("twins", self.twins().to_string()),
            ("refused", self.refused.to_string()),
            ("people", self.people_changed.to_string()),
            ("units", self.units_changed.to_string()),
        ];
        say.say(locale, "import_summary", &args)
    }

    /// Did the file change anything?
    pub fn is_quiet(&self) -> bool {
        self.units_changed + self.people_changed == 0 && self.added.is_empty() && self.changed.is_empty()
    }
}

impl Gateway {
    /// Imports a workbook from a source of that name.
    pub async fn import(&self, source: &str, workbook: &Workbook, options: ImportOptions) -> Result<ImportReport> {
        let mut report = ImportReport {
            source: source.to_owned(),
            problems: workbook.all_problems().cloned().collect(),
            skipped: workbook.skipped.clone(),
            sheets: workbook.sheets.clone(),
            columns: workbook.columns.clone(),
            dry_run: options.dry_run,
            ..ImportReport::default()
        };
        report.refused = report.problems.iter().filter(|p| p.severity == ledger::Severity::Refused).count() as u64;
        let mut tx = self.store.begin().await?;
        self.import_organisation(&mut tx, workbook, &options, &mut report).await?;
        self.import_rows(&mut tx, source, workbook, &options.same, &mut report).await?;
        store_people::log(&mut tx, &report.origin(), self.now()).await?;
        // What nothing was said about is the office's own from now on: it is asked once.
        let meanings = workbook.columns.iter().map(|c| (c.header.clone(), c.key.map_or(OWN.to_owned(), Key::word)));
        ledgers::learn_columns(&mut tx, source, &meanings.collect()).await?;
        if let Some(original) = &workbook.original {
            ledgers::keep_file(&mut tx, source, &original.name, &original.bytes, self.now()).await?;
        }
        if options.dry_run || options.no_repeat && report.repeats_another_ledger().is_some() {
            tx.rollback().await?;
        } else {
            tx.commit().await?;
            self.bell.notify_waiters();
        }
        Ok(report)
    }

    async fn import_rows(
        &self,
        tx: &mut Tx,
        source: &str,
        workbook: &Workbook,
        said: &[Same],
        report: &mut ImportReport,
    ) -> Result<()> {
        let mut directory = store_people::load(tx).await?;
        if self.make_missing_units(tx, &directory, workbook, report).await? {
            directory = store_people::load(tx).await?;
        }
        let (lines, missing) = matching::matched(tx, source, &workbook.rows, said, report).await?;
        self.import_all(tx, &directory, &lines, report).await?;
        if !workbook.rows.is_empty() {
            for some in missing.chunks(AT_ONCE) {
                let keys: Vec<&str> = some.iter().map(String::as_str).collect();
                let mut known = ledgers::by_keys(tx, &keys).await?;
                for key in some {
                    let Some(item) = known.remove(key).map(|k| k.item()).transpose()? else { continue };
                    let (code, title) = (item.code, item.title);
                    report.missing.push(ImportedItem { key: key.clone(), code, title, ..ImportedItem::default() });
                }
            }
        }
        Ok(())
    }
}
