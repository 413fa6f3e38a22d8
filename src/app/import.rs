//! What changes in a ledger file or the people file, shown and applied.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;

use super::{Gateway, Refusal, Result, refuse};
use crate::core::org::Locale;
use crate::core::org::identity::{self, Units};
use crate::gateway::import::{Whole, annotated};
use crate::gateway::{ImportOptions, read_files};
use crate::ledger::Learned;

pub use crate::gateway::import::{Change, ImportedItem, RegisterChange, Subject};
pub use crate::gateway::{ImportReport, Same};
pub use crate::ledger::{Key, Problem, Severity, SheetReport};

/// The source that a people file without a ledger is.
const PEOPLE: &str = "people";

/// Whom a people file lists completely; who is missing from it leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Complete {
    /// Nobody: it adds and changes.
    #[default]
    Nobody,
    Everybody,
    /// Everybody of this unit (name or path) and the units below it.
    Unit(String),
}

/// What is to be imported, and how.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// People and units, read before the ledger.
    pub people: Vec<PathBuf>,
    pub ledger: Option<PathBuf>,
    /// Name of the ledger; `None`: the file's name without its ending.
    pub source: Option<String>,
    /// What columns mean: `COLUMN=MEANING`; remembered for this source.
    pub maps: Vec<String>,
    pub complete: Complete,
    /// Day of the inspection, for a ledger without such a column; `None`: the file's own day.
    pub on: Option<NaiveDate>,
    /// What somebody says of rows that may be items on record.
    pub same: Vec<Same>,
    /// Show what would change, change nothing.
    pub dry_run: bool,
    /// Give a copy of the workbook with its problems marked.
    pub annotate: bool,
    pub locale: Locale,
}

/// What an import came to.
pub struct Imported {
    pub report: ImportReport,
    /// The copy with its problems marked, as an .xlsx.
    pub annotated: Option<Vec<u8>>,
}

/// Reads the files and applies what they say.
///
/// # Errors
/// [`Refusal::Says`] for files that do not read, columns and units that nobody knows, and a ledger that is on record
/// under another name; nothing is changed then.
pub async fn import(gateway: &Gateway, wanted: Import) -> Result<Imported> {
    let files: Vec<PathBuf> = wanted.people.iter().chain(&wanted.ledger).cloned().collect();
    // A ledger under a new name that is on record under another one is rarely meant.
    let no_repeat = wanted.source.is_none() && !wanted.dry_run;
    let named = wanted.source.clone().or(wanted.ledger.as_deref().map(source_of));
    let source = named.unwrap_or_else(|| PEOPLE.to_owned());
    let learned = learned(gateway, &source, &wanted.maps).await?;
    let workbook = read_files(gateway, &files, &learned, wanted.on, wanted.locale).map_err(Refusal::Says)?;
    for map in &wanted.maps {
        let header = map.rsplit_once('=').map_or(map.as_str(), |(header, _)| header);
        if !workbook.columns.iter().any(|c| c.header == header) {
            let unknown: Vec<&str> =
                workbook.columns.iter().filter(|c| !c.learned).map(|c| c.header.as_str()).collect();
            let unknown = if unknown.is_empty() { "none".to_owned() } else { unknown.join(", ") };
            return refuse(format!(
                "--map {map}: no column that is not known is called {header:?}; there are {unknown}"
            ));
        }
    }
    let whole = whole(gateway, &wanted.complete).await?;
    let options = ImportOptions { dry_run: wanted.dry_run, no_repeat, whole, same: wanted.same };
    let report = gateway.import(&source, &workbook, options).await?;
    if let Some(twins) = report.repeats_another_ledger().filter(|_| no_repeat) {
        return refuse(format!(
            "{twins} of {} rows are on record from another ledger, and would all be there twice. If this is that ledger, \
             say --source and its name (dutybell export --list has the names); if it is another one: --source {source}",
            report.added.len()
        ));
    }
    let annotated = match wanted.annotate {
        true => {
            match annotated(&workbook, &report.problems, wanted.locale).map_err(|e| Refusal::Says(e.to_string()))? {
                Some(bytes) => Some(bytes),
                None => return refuse("--annotate: no ledger was read"),
            }
        }
        false => None,
    };
    Ok(Imported { report, annotated })
}

/// Which people the file lists completely.
async fn whole(gateway: &Gateway, complete: &Complete) -> Result<Option<Whole>> {
    let path = match complete {
        Complete::Nobody => return Ok(None),
        Complete::Everybody => return Ok(Some(Whole::All)),
        Complete::Unit(path) => path,
    };
    let directory = gateway.directory().await?;
    match identity::by_path(&directory, path) {
        Units::One(unit) => Ok(Some(Whole::Below(unit))),
        Units::None => refuse(format!("--unit: no unit is called {path:?}")),
        Units::Several(units) => {
            let paths: Vec<String> = units.iter().map(|u| directory.path(*u)).collect();
            refuse(format!("--unit: several units are called {path:?}: {}", paths.join(", ")))
        }
    }
}

/// The source that a file is unless it is called otherwise.
pub(super) fn source_of(file: &Path) -> String {
    file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What is known about a source's columns, with what is said now.
pub(super) async fn learned(gateway: &Gateway, source: &str, maps: &[String]) -> Result<Learned> {
    let mut columns = gateway.store.learnt_columns(source).await?;
    for map in maps {
        let Some((header, meaning)) = map.rsplit_once('=') else {
            return refuse(format!(
                "--map {map}: write the column's name, =, and what it means, such as \"fix by=due\""
            ));
        };
        columns.insert(header.to_owned(), meaning.to_owned());
    }
    Learned::new(columns.iter().map(|(h, m)| (h.as_str(), m.as_str()))).map_err(Refusal::Says)
}
