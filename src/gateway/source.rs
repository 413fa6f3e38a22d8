//! Ledger sources: where a ledger comes from by itself, on a schedule.
//!
//! A kind of source only fetches ([`Fetch`]): [`FileSource`], [`FolderSource`], [`SqlSource`], [`HttpSource`]. What
//! is the same for all stands in `watch` and `report`: the same content again changes nothing; a source that fails, shrinks
//! or is older than its promise changes nothing and alarms. The scheduler and `dutybell source run` call
//! [`Gateway::turn`](super::Gateway::turn).
//!
//! A table that somebody brings instead of being asked for it is one more [`Delivery`]: the shared path takes it
//! from anywhere.

mod file;
mod folder;
pub mod http;
mod report;
pub mod sql;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::{ImportReport, Same};
use crate::ledger::Limits;
use crate::store::sources::Remembered;

pub use file::{FileSource, read_files};
pub use folder::FolderSource;
pub use http::{HttpSettings, HttpSource};
pub use sql::{SqlSettings, SqlSource};

/// Open items missing from a new table count as shrinking only from so many on: one of three is struck off every
/// week, and nobody should be called for it. A table without any row always counts.
pub const SHRINK_FLOOR: usize = 5;

/// A ledger with its schedule and its promises.
pub struct Source {
    /// Stays the same as long as the ledger is the same one: items are known by it and their key.
    pub name: String,
    /// Five fields.
    pub cron: String,
    /// Zone of `cron`; `None`: the policy pack's.
    pub zone: Option<Tz>,
    /// Files with people and units, read before the ledger.
    pub people: Vec<PathBuf>,
    /// A table in which more than this share of the open items on record is missing is not applied (see
    /// [`SHRINK_FLOOR`]); 100 switches the check off.
    pub shrink_percent: u8,
    /// Older content is an alarm and is not applied; `None`: no promise.
    pub max_age: Option<Duration>,
    /// The source's own column names with the canonical column each of them means.
    pub columns: BTreeMap<String, String>,
    /// Where it comes from.
    pub kind: Box<dyn Fetch>,
}

impl Source {
    /// A source with the default promises.
    pub fn new(name: &str, cron: &str, kind: Box<dyn Fetch>) -> Source {
        Source {
            name: name.to_owned(),
            cron: cron.to_owned(),
            zone: None,
            people: Vec::new(),
            shrink_percent: 30,
            max_age: None,
            columns: BTreeMap::new(),
            kind,
        }
    }
}

/// A way to get a ledger. It fetches and decides nothing.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// The place as shown to people; never with a secret.
    fn place(&self) -> String;

    /// Everything that decides what is read there: with another one, the same content is read anew.
    fn setup(&self) -> String {
        self.place()
    }

    /// What is there now. `after`: the delivery handled just before in this turn, of a source that has several.
    ///
    /// # Errors
    /// [`Trouble`] when nothing can be had.
    async fn fetch(&self, asked: &Asked<'_>, after: Option<&str>) -> Result<Fetched, Trouble>;

    /// What is left to do with a delivery after it was handled; `problems`: place by place, empty when all was well.
    ///
    /// # Errors
    /// [`Trouble`] when it stays where it was.
    async fn put_away(&self, _asked: &Asked<'_>, _delivery: &str, _end: End, _problems: &str) -> Result<(), Trouble> {
        Ok(())
    }

    /// Can it be reached, without applying anything? The text says what is there.
    ///
    /// # Errors
    /// [`Trouble`] when it cannot.
    async fn check(&self, asked: &Asked<'_>) -> Result<String, Trouble> {
        Ok(match self.fetch(asked, None).await? {
            Fetched::Delivery(delivery) => match delivery.content {
                Content::File { bytes, .. } => format!("{}: {} bytes", self.place(), bytes.len()),
                Content::Table { rows, .. } => format!("{}: {} rows", self.place(), rows.len()),
                Content::Unreadable { reason } => return Err(Trouble::refused(reason)),
            },
            Fetched::Unchanged { .. } | Fetched::Nothing => format!("{}: nothing new", self.place()),
        })
    }
}

/// What a fetch depends on besides the source itself.
pub struct Asked<'a> {
    pub now: DateTime<Utc>,
    /// The office's zone, for instants that a database or server gives.
    pub zone: Tz,
    pub limits: Limits,
    /// Of the last time; `None` when the content is wanted whatever it was.
    pub remembered: Option<&'a Remembered>,
}

/// What a fetch found.
pub enum Fetched {
    /// The source says itself that nothing changed since last time.
    Unchanged {
        /// How old the content is, when it says so.
        as_of: Option<DateTime<Utc>>,
    },
    /// Nothing (more) to read.
    Nothing,
    Delivery(Delivery),
}

/// A ledger as it came.
pub struct Delivery {
    /// For messages and to be put away by: a file's name, or the source's.
    pub name: String,
    pub content: Content,
    /// How old the content is, when it says so; else it counts as of now.
    pub as_of: Option<DateTime<Utc>>,
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// There may be another one after it.
    pub more: bool,
}

/// What a delivery holds.
pub enum Content {
    /// A file, told apart by its first bytes; the name's ending helps.
    File { name: String, bytes: Vec<u8> },
    /// Rows as a person would have typed them.
    Table { headers: Vec<String>, rows: Vec<Vec<String>> },
    /// It is there and cannot be read: too large, for example.
    Unreadable { reason: String },
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Applied, or the same as last time.
    Processed,
    /// Nothing of it was applied.
    Refused,
}

/// Why a source changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It could not be had.
    Failed,
    /// It was had and cannot be used.
    Refused,
    /// Too many open items are missing from it.
    Shrunk,
    /// It is older than its promise.
    Stale,
}

impl Cause {
    /// For keys.
    pub fn word(self) -> &'static str {
        match self {
            Cause::Failed => "failed",
            Cause::Refused => "refused",
            Cause::Shrunk => "shrunk",
            Cause::Stale => "stale",
        }
    }
}

/// A source that changed nothing, and why. No text holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Trouble {
    pub cause: Cause,
    /// One sentence with the place and the way out.
    pub text: String,
    /// The delivery it is about, where there are several.
    pub delivery: Option<String>,
    /// Further words of the alarm's phrase.
    pub args: Vec<(&'static str, String)>,
}

impl Trouble {
    pub(crate) fn new(cause: Cause, text: impl Into<String>) -> Trouble {
        Trouble { cause, text: text.into(), delivery: None, args: Vec::new() }
    }

    pub(crate) fn failed(text: impl Into<String>) -> Trouble {
        Trouble::new(Cause::Failed, text)
    }

    pub(crate) fn refused(text: impl Into<String>) -> Trouble {
        Trouble::new(Cause::Refused, text)
    }
}

/// How to read a source.
#[derive(Clone, Debug, Default)]
pub struct TurnOptions {
    /// Show what would change, change nothing, move nothing.
    pub dry_run: bool,
    /// Somebody has looked: missing items are no reason to stop.
    pub accept_shrink: bool,
    /// Somebody has looked: old content is no reason to stop.
    pub accept_stale: bool,
    /// What somebody says of rows that may be items on record.
    pub same: Vec<Same>,
}

/// What came of one reading: one entry a delivery, and what is wrong with the source itself.
#[derive(Debug, Default)]
pub struct Turn {
    pub ends: Vec<(String, Result<Applied, Trouble>)>,
    /// The source could not be had, or is older than its promise.
    pub trouble: Vec<Trouble>,
}

impl Turn {
    /// Everything that went wrong.
    pub fn troubles(&self) -> impl Iterator<Item = &Trouble> {
        self.ends.iter().filter_map(|(_, end)| end.as_ref().err()).chain(&self.trouble)
    }
}

/// What a delivery did.
#[derive(Debug)]
pub enum Applied {
    Unchanged,
    Imported(Box<ImportReport>),
}
