//! From a read workbook to units, people and items: diff and apply in one transaction.
//!
//! A dry run does the very same and rolls back, so what it shows is what would happen. An item
//! missing from the file is flagged, never closed; a deadline changed in the file is a change by the
//! office, recorded and announced once; the same file again changes nothing.

mod people;
mod rows;

use std::collections::HashSet;

use serde::Serialize;

use super::Gateway;
use crate::ledger::{self, Problem, Workbook};
use crate::store::{Result, Tx, items, people as store_people};

/// How to import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// Show what would change, change nothing.
    pub dry_run: bool,
}

/// One item in the report.
#[derive(Clone, Debug, Serialize)]
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
    pub units_changed: u64,
    pub people_changed: u64,
    pub added: Vec<ImportedItem>,
    pub changed: Vec<ImportedItem>,
    pub unchanged: u64,
    /// Added, but kept as drafts: somebody must complete them.
    pub drafts: Vec<ImportedItem>,
    /// On record from this source, open, and not in the file.
    pub missing: Vec<String>,
    pub refused: u64,
    pub problems: Vec<Problem>,
    pub skipped: Vec<String>,
    pub dry_run: bool,
}

impl ImportReport {
    /// Did the file change anything?
    pub fn is_quiet(&self) -> bool {
        self.units_changed + self.people_changed == 0 && self.added.is_empty() && self.changed.is_empty()
    }
}

impl Gateway {
    /// Imports a workbook from a source of that name.
    pub async fn import(&self, source: &str, workbook: &Workbook, options: ImportOptions) -> Result<ImportReport> {
        let mut report = ImportReport {
            problems: workbook.all_problems().cloned().collect(),
            skipped: workbook.skipped.clone(),
            dry_run: options.dry_run,
            ..ImportReport::default()
        };
        report.refused = report.problems.iter().filter(|p| p.severity == ledger::Severity::Refused).count() as u64;
        let mut tx = self.store.begin().await?;
        self.import_organisation(&mut tx, workbook, &mut report).await?;
        self.import_rows(&mut tx, source, workbook, &mut report).await?;
        if options.dry_run {
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
        report: &mut ImportReport,
    ) -> Result<()> {
        let mut directory = store_people::load(tx).await?;
        if self.make_missing_units(tx, &directory, workbook, report).await? {
            directory = store_people::load(tx).await?;
        }
        let mut seen: HashSet<String> = HashSet::new();
        for row in &workbook.rows {
            let key = format!("{source}/{}", row.key);
            if seen.insert(key.clone()) {
                self.import_row(tx, &directory, &key, row, report).await?;
            }
        }
        if !workbook.rows.is_empty() {
            let known = items::ledger_keys(tx, source).await?;
            report.missing = known.into_iter().filter(|k| !seen.contains(k)).collect();
        }
        Ok(())
    }
}
