//! Offices and ledgers from a seed: invented people, units, posts and workbooks of any size, as dirty as real ones.
//!
//! For load tests, benchmarks and trying things out. The same seed and size give the same bytes on every machine; nothing depends on
//! the day it runs. Beside the ledgers stands `truth.tsv`, which says of every row what a reader must make of it.
//!
//! Reading order: [`write()`] goes through the parts of a `plan`; `office` names everybody in a county, `finding` says what was found,
//! `row` and `page` write it down as people do, `book` makes files of sheets. All proportions are in `shares`. It knows the core's
//! calendar and nothing else of the program: neither the reader of ledgers, which it serves to test, nor the store.

mod book;
mod cell;
mod chance;
mod columns;
mod due;
mod finding;
mod industry;
mod ledger;
mod names;
mod office;
mod organisation;
mod page;
mod plan;
mod row;
mod shares;
mod truth;

use data_encoding::HEXLOWER;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate};
use sha2::{Digest, Sha256};

use crate::core::calendar::{Calendar, CalendarError};
use chance::Chance;
use office::County;
use organisation::Organisation;
use page::Page;

/// How large the office is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// 400 people, 1,500 enterprises, 120 findings.
    County,
    /// Nine counties: 3,900 people, 14,000 enterprises, 1,900 findings.
    Prefecture,
    /// 122 counties: 41,000 people, 150,000 enterprises, 14,000 findings.
    Province,
    /// 31 such provinces: 1.27 million people, 434,000 findings.
    Nation,
}

/// What files are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Workbooks, one a county with three to five sheets.
    #[default]
    Xlsx,
    /// Text files in GB18030 or UTF-8, one a county.
    Csv,
}

/// What to write.
#[derive(Clone, Debug)]
pub struct Options {
    /// How large the office is.
    pub size: Size,
    /// Another seed, another office.
    pub seed: u64,
    /// Findings of all ledgers together; `None` for as many as the size has.
    pub rows: Option<usize>,
    /// The day the ledgers are written.
    pub on: NaiveDate,
    /// What files are written.
    pub format: Format,
    /// Without dirt: every cell as the documentation asks for it.
    pub clean: bool,
}

/// A file that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its name without folders.
    pub file: String,
    /// Sheets in it, hidden ones included.
    pub sheets: usize,
    /// Units and people, or findings.
    pub rows: usize,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
}

/// Why nothing more could be written.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The folder has files in it; nothing of theirs is touched.
    #[error("{} is not empty: name another folder with --out, or empty it", .0.display())]
    NotEmpty(PathBuf),
    /// A day so far away that some date of a ledger could not be written.
    #[error("--on {0}: name a day from 2000 to 2099")]
    FarAway(NaiveDate),
    /// The folder or a file in it cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    /// A workbook cannot be made, for example because a sheet would have more than 1,048,576 rows.
    #[error("cannot make {file}: {source}")]
    Workbook {
        file: String,
        #[source]
        source: rust_xlsxwriter::XlsxError,
    },
    /// A text file cannot be made.
    #[error("cannot make {file}: {source}")]
    Text {
        file: String,
        #[source]
        source: csv::Error,
    },
    /// The calendar that is built in cannot be read.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

/// Working days and holidays as published: some deadlines are written in their terms.
const CALENDAR: &str = include_str!("../packs/calendars/cn.tsv");

/// A folder that is being filled.
struct Folder {
    path: PathBuf,
    written: Vec<Written>,
}

impl Folder {
    /// An empty folder, made where it is missing.
    fn open(path: &Path) -> Result<Folder, SynthError> {
        let failed = |source| SynthError::Io { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(failed)?;
        if std::fs::read_dir(path).map_err(failed)?.next().is_some() {
            return Err(SynthError::NotEmpty(path.to_owned()));
        }
        Ok(Folder { path: path.to_owned(), written: Vec::new() })
    }

    fn put(&mut self, file: String, (sheets, rows): (usize, usize), bytes: &[u8]) -> Result<(), SynthError> {
        let path = self.path.join(&file);
        std::fs::write(&path, bytes).map_err(|source| SynthError::Io { path, source })?;
        self.written.push(Written {
            file,
            sheets,
            rows,
            bytes: bytes.len() as u64,
            sha256: HEXLOWER.encode(&Sha256::digest(bytes)),
        });
        Ok(())
    }
}

/// The table of truth: it goes to the disk line by line, and its hash with it.
struct TruthTable {
    out: BufWriter<File>,
    path: PathBuf,
    hash: Sha256,
    rows: usize,
    bytes: u64,
}

impl TruthTable {
    const NAME: &'static str = "truth.tsv";

    fn open(folder: &Path) -> Result<TruthTable, SynthError> {
        let path = folder.join(Self::NAME);
        let file = File::create(&path).map_err(|source| SynthError::Io { path: path.clone(), source })?;
        let mut table = TruthTable { out: BufWriter::new(file), path, hash: Sha256::new(), rows: 0, bytes: 0 };
        table.add(truth::HEADER.as_bytes())?;
        Ok(table)
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), SynthError> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes).map_err(|source| SynthError::Io { path: self.path.clone(), source })
    }

    /// Adds the facts of a ledger; gives the number of its findings.
    fn tell(&mut self, file: &str, pages: &[Page]) -> Result<usize, SynthError> {
        let mut lines = Vec::new();
        let mut findings = 0;
        for page in pages {
            // A text file has no sheets: readers name its only one after the file.
            let sheet = if page.name.is_empty() { file.trim_end_matches(".csv") } else { &page.name };
            for (at, line) in page.lines.iter().enumerate() {
                let Some(fact) = &line.fact else { continue };
                findings += usize::from(fact.kind == "item");
                self.rows += 1;
                let told = fact.write(&mut lines, file, sheet, at + 1);
                told.map_err(|source| SynthError::Io { path: self.path.clone(), source })?;
            }
        }
        self.add(&lines)?;
        Ok(findings)
    }

    fn close(mut self, folder: &mut Folder) -> Result<(), SynthError> {
        self.out.flush().map_err(|source| SynthError::Io { path: self.path.clone(), source })?;
        let (file, sha256) = (Self::NAME.to_owned(), HEXLOWER.encode(&self.hash.finalize()));
        folder.written.push(Written { file, sheets: 1, rows: self.rows, bytes: self.bytes, sha256 });
        Ok(())
    }
}

/// Writes an office and its ledgers into an empty folder; only one county and one province's units and people are in memory at a time.
///
/// # Errors
/// When the folder is not empty or cannot be written, or a workbook would be too large for its format.
pub fn write(options: &Options, folder: &Path) -> Result<Vec<Written>, SynthError> {
    if !(2000..2100).contains(&options.on.year()) {
        return Err(SynthError::FarAway(options.on));
    }
    let calendar = Calendar::from_tsv("cn", CALENDAR)?;
    let mut folder = Folder::open(folder)?;
    let mut truth = TruthTable::open(&folder.path)?;
    let parts = plan::plan(options.size, options.seed, options.rows);
    let several = parts.len() > 1;
    for part in &parts {
        let suffix = if several { format!("-{}", part.name) } else { String::new() };
        let mut organisation = Organisation::begin(options, &suffix)?;
        for upper in &part.uppers {
            let (units, people) = upper.staffed();
            organisation.add(&units, &people)?;
        }
        for plan in &part.counties {
            let county = County::new(plan, options.seed);
            organisation.add(&county.units, &county.people)?;
            let pages = ledger::pages(&county, plan, &calendar, options);
            if pages.is_empty() {
                continue; // few findings for many counties: this one has none
            }
            let file = format!("ledger-{}.{}", plan.name, options.format.ending());
            let findings = truth.tell(&file, &pages)?;
            let bytes = ledger_bytes(&file, &pages, plan.number, options)?;
            folder.put(file, (pages.len(), findings), &bytes)?;
        }
        organisation.end(&mut folder)?;
    }
    truth.close(&mut folder)?;
    Ok(folder.written)
}

fn ledger_bytes(file: &str, pages: &[Page], number: usize, options: &Options) -> Result<Vec<u8>, SynthError> {
    let file = || file.to_owned();
    match options.format {
        Format::Xlsx => book::xlsx(pages, options.on).map_err(|source| SynthError::Workbook { file: file(), source }),
        Format::Csv => {
            let lines: Vec<_> = pages.iter().flat_map(|p| &p.lines).map(|l| l.cells.clone()).collect();
            let gb18030 = !options.clean && Chance::of(options.seed, "encoding", number as u64).mille(shares::GB18030);
            book::csv(&lines, gb18030).map_err(|source| SynthError::Text { file: file(), source })
        }
    }
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Format::Xlsx => "xlsx",
            Format::Csv => "csv",
        }
    }
}
