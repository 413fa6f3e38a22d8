//! A ledger in one file that somebody overwrites.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::{Asked, Content, Delivery, Fetch, Fetched, Trouble};
use crate::clock::pause;
use crate::core::org::Locale;
use crate::gateway::{Days, Gateway};
use crate::ledger::{Learned, LedgerError, ReadContext, Workbook, read_bytes, saved_on};

/// A file written to within this time may not be whole yet.
const WRITING: Duration = Duration::seconds(3);
/// So long is waited to see whether it changes.
const WAIT: std::time::Duration = std::time::Duration::from_secs(2);

/// A file with a ledger.
#[derive(Clone, Debug)]
pub struct FileSource {
    pub path: PathBuf,
}

/// Reads files into one workbook: people and units first, the ledger last. `on`: the day of the inspection, for a ledger
/// that does not say it; else the day on which the workbook says it was saved, else the file's date.
///
/// # Errors
/// Names the file that cannot be read, and why.
pub fn read_files(
    gateway: &Gateway,
    files: &[PathBuf],
    learned: &Learned,
    on: Option<NaiveDate>,
    locale: Locale,
) -> Result<Workbook, String> {
    let days = Days(gateway.calendars.get(&gateway.policy.calendar));
    let day = |at: DateTime<Utc>| at.with_timezone(&gateway.policy.zone).date_naive();
    let today = day(gateway.now());
    let context = ReadContext::new(today, &days).knowing(learned);
    let mut workbook = Workbook::default();
    for path in files {
        let (bytes, written) = read(path, context.limits.file)?;
        let context = context.of(on.or_else(|| saved_on(&bytes).or(written).map(day)).unwrap_or(today));
        let refused = |e: LedgerError| format!("{}: {}", path.display(), e.in_words(locale));
        workbook.add(read_bytes(&name_of(path), &bytes, &context).map_err(refused)?);
    }
    Ok(workbook)
}

/// A file's size and date: the same twice, nobody has written to it meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) size: u64,
    pub(super) written: Option<DateTime<Utc>>,
}

pub(super) fn look(path: &Path) -> std::io::Result<Look> {
    let meta = std::fs::metadata(path)?;
    Ok(Look { size: meta.len(), written: meta.modified().ok().map(DateTime::from) })
}

/// The content of a file and when it was last written.
///
/// # Errors
/// Names the file, and why it cannot be read; one that is larger than `limit` bytes is not read at all.
pub(super) fn read(path: &Path, limit: u64) -> Result<(Vec<u8>, Option<DateTime<Utc>>), String> {
    let shown = path.display();
    let meta = std::fs::metadata(path).map_err(|e| format!("{shown}: {e}"))?;
    if !meta.is_file() {
        return Err(format!("{shown} is no file; a folder is named by `folder = …`"));
    }
    if meta.len() > limit {
        return Err(format!("{shown}: larger than {} MiB; split it by unit or by month", limit >> 20));
    }
    let bytes = std::fs::read(path).map_err(|e| format!("{shown}: {e}"))?;
    Ok((bytes, meta.modified().ok().map(DateTime::from)))
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned())
}

#[async_trait]
impl Fetch for FileSource {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    async fn fetch(&self, asked: &Asked<'_>, _after: Option<&str>) -> Result<Fetched, Trouble> {
        let before = look(&self.path).ok();
        // Half a file would be read as a ledger with its last rows cut off.
        if before.and_then(|l| l.written).is_some_and(|t| (asked.now - WRITING..=asked.now).contains(&t)) {
            pause(WAIT).await;
        }
        let (bytes, written) = read(&self.path, asked.limits.file).map_err(Trouble::failed)?;
        if look(&self.path).ok() != before {
            return Ok(Fetched::Nothing);
        }
        let name = name_of(&self.path);
        Ok(Fetched::Delivery(Delivery {
            name: name.clone(),
            content: Content::File { name, bytes },
            as_of: written,
            etag: None,
            last_modified: None,
            more: false,
        }))
    }
}
