//! Does the log beside a SQLite database belong to it?
//!
//! After a crash the newest changes stand in `FILE-wal`, and SQLite applies them to whatever file has the name. Put a
//! backup over the database and leave that log, and the office goes on with a mixture, or with the newer state, and
//! nobody hears of it. So each run of the gateway marks the database with a number of its own (`user_version`, in
//! the file's first page), and keeps that number in a file beside it. A file with another number is not the one
//! that the log was written for. Copies are told by their schema number, too: SQLite gives a copy another one.
//!
//! The first page: <https://sqlite.org/fileformat2.html>; the log: the same page, section 4.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sqlx::{AnyPool, Executor, Row};

use crate::{Result, StoreError};
use dutybell_system::files::{self, beside};

/// What of the first page tells a database from its copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mark {
    /// Grows with each change of the schema; a copy has another one.
    schema: u32,
    /// Of the run that wrote it last.
    run: u32,
}

/// Beginning of the first page that is read.
const HEAD: usize = 72;
/// Looks at a database and its log before they are called strangers.
const LOOKS: usize = 3;
/// Beginning of the log, and of each page in it.
const LOG_HEAD: u64 = 32;
const FRAME_HEAD: u64 = 24;

fn number(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).unwrap_or_default();
    u32::from_be_bytes(four)
}

impl Mark {
    fn of(page: &[u8]) -> Mark {
        Mark { schema: number(page, 40), run: number(page, 60) }
    }

    /// Of the database file itself, whatever its log says; `None`: there is none, or it is empty.
    fn read(path: &Path) -> Option<Mark> {
        let mut head = [0_u8; HEAD];
        File::open(path).and_then(|mut f| f.read_exact(&mut head)).ok()?;
        Some(Mark::of(&head))
    }
}

/// The file in which the numbers of runs are kept.
pub(crate) fn mark_file(path: &Path) -> PathBuf {
    beside(path, "-run")
}

/// The log of a database, and its index.
pub(crate) fn log_files(path: &Path) -> [PathBuf; 2] {
    [beside(path, "-wal"), beside(path, "-shm")]
}

/// What the log's own copies of the first page say; empty where it holds none.
fn marks_in_log(log: &Path) -> std::io::Result<Vec<Mark>> {
    let mut file = File::open(log)?;
    let mut head = [0_u8; LOG_HEAD as usize];
    if file.read_exact(&mut head).is_err() {
        return Ok(Vec::new());
    }
    let page = u64::from(number(&head, 8));
    let salt = [number(&head, 16), number(&head, 20)];
    let (mut marks, mut at) = (Vec::new(), LOG_HEAD);
    let mut frame = [0_u8; FRAME_HEAD as usize + HEAD];
    while page >= 512 && file.seek(SeekFrom::Start(at)).is_ok() && file.read_exact(&mut frame).is_ok() {
        // Of an older round of the log that was not overwritten yet.
        if [number(&frame, 8), number(&frame, 12)] != salt {
            break;
        }
        if number(&frame, 0) == 1 {
            marks.push(Mark::of(&frame[FRAME_HEAD as usize..]));
        }
        at += FRAME_HEAD + page;
    }
    Ok(marks)
}

/// What is kept beside the database: the numbers of runs that it may have, and the least schema number.
struct Kept {
    schema: u32,
    runs: Vec<u32>,
}

impl Kept {
    fn read(path: &Path) -> Option<Kept> {
        let text = std::fs::read_to_string(mark_file(path)).ok()?;
        let mut numbers = text.split_whitespace().map(str::parse::<u32>);
        let schema = numbers.next()?.ok()?;
        Some(Kept { schema, runs: numbers.filter_map(std::result::Result::ok).collect() })
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        let runs: Vec<String> = self.runs.iter().map(u32::to_string).collect();
        let part = beside(path, "-run.part");
        let mut file = files::private(&part)?;
        writeln!(file, "{} {}", self.schema, runs.join(" "))?;
        file.sync_all()?;
        std::fs::rename(&part, mark_file(path))
    }

    fn allows(&self, mark: Mark) -> bool {
        mark.schema >= self.schema && self.runs.contains(&mark.run)
    }
}

/// Refuses a database whose log was written for another one. Before anything opens it: the first who does applies
/// the log.
pub(crate) fn refuse_foreign_log(path: &str) -> Result<()> {
    let path = Path::new(path);
    // A gateway that starts meanwhile changes number and file one after the other.
    if (0..LOOKS).any(|_| has_own_log(path)) {
        return Ok(());
    }
    let [log, index] = log_files(path);
    Err(StoreError::Unusable(format!(
        "{log} does not belong to {path}: the database was replaced, and the log of the one before lies beside it. \
         Nothing was changed. To go on with {path} as it is now, move {log} and {index} to another folder; \
         to go on with the one before, put its file back. `dutybell restore FILE` does both steps of a restore.",
        log = log.display(),
        path = path.display(),
        index = index.display()
    )))
}

fn has_own_log(path: &Path) -> bool {
    let [log, _] = log_files(path);
    let Some(mark) = Mark::read(path) else { return true };
    let kept = Kept::read(path);
    if std::fs::metadata(&log).map_or(0, |m| m.len()) <= LOG_HEAD {
        // Without a log whatever lies there is what is meant, a restored backup, too.
        if kept.is_some_and(|kept| !kept.allows(mark)) {
            drop(Kept { schema: mark.schema, runs: vec![mark.run] }.write(path));
        }
        return true;
    }
    let in_log = marks_in_log(&log).unwrap_or_default();
    let newest = in_log.iter().map(|m| m.schema).max();
    let is_copy = newest.is_some_and(|newest| mark.schema > newest);
    !is_copy && kept.is_none_or(|kept| kept.allows(mark))
}

/// Marks the database with a number of this run, and remembers it beside the file.
///
/// # Errors
/// When the database or the file beside it cannot be written.
pub(crate) async fn begin_run(pool: &AnyPool, path: &str, number: u32) -> Result<()> {
    let file = Path::new(path);
    let unwritable = |e: std::io::Error| StoreError::Unusable(format!("{}: {e}", mark_file(file).display()));
    let Some(mark) = Mark::read(file) else { return Ok(()) };
    let run = number & 0x7fff_ffff; // read as signed by others
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    // Until the number has reached the file itself, both may stand there.
    let mut runs = Kept::read(file).map_or(Vec::new(), |kept| kept.runs);
    runs.extend([mark.run, run]);
    Kept { schema: mark.schema, runs }.write(file).map_err(unwritable)?;
    tx.execute(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {run}"))).await?;
    tx.commit().await?;
    pool.execute("PRAGMA wal_checkpoint(PASSIVE)").await?;
    // Alone again: nobody else changes the number between looking and writing it down.
    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
    let row = sqlx::query("PRAGMA user_version").fetch_one(&mut *tx).await?;
    let stands: i64 = row.try_get(0)?;
    if let Some(mark) = Mark::read(file).filter(|mark| i64::from(mark.run) == stands) {
        Kept { schema: mark.schema, runs: vec![mark.run] }.write(file).map_err(unwritable)?;
    }
    tx.rollback().await?;
    // The log begins anew behind a checkpoint: its first page says from the start whose log it is.
    if stands == i64::from(run) {
        pool.execute(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {run}"))).await?;
    }
    Ok(())
}
