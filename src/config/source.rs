//! `[[source]]`: where a ledger comes from by itself, and what it promises.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::Duration;
use chrono_tz::Tz;
use serde::Deserialize;

use crate::core::cron::Schedule;
use crate::gateway::Source;
use crate::gateway::source::{Fetch, FileSource, FolderSource, HttpSettings, HttpSource, SqlSettings, SqlSource};
use crate::ledger::Limits;

/// Longest time for one fetch, in seconds: well within that for a reading.
const LONGEST: u32 = 300;

/// A ledger read on a schedule: exactly one of `path`, `folder`, `sql` and `http`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// Stays the same as long as the ledger is the same one.
    pub name: String,
    /// A file that is overwritten.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// An inbox into which successive versions of the ledger are put.
    #[serde(default)]
    pub folder: Option<PathBuf>,
    #[serde(default)]
    pub sql: Option<SqlSettings>,
    #[serde(default)]
    pub http: Option<HttpSettings>,
    /// People and units, read before the ledger.
    #[serde(default)]
    pub people: Vec<PathBuf>,
    /// Five fields.
    pub cron: String,
    /// Zone of `cron` (IANA name); `None`: the policy pack's.
    #[serde(default)]
    pub zone: Option<String>,
    /// Share of the open items on record that may be missing from a new table.
    #[serde(default = "default_shrink")]
    pub shrink_percent: u8,
    /// How old the content may be, such as `36h` or `2d`.
    #[serde(default)]
    pub max_age: Option<String>,
    /// The source's own column names with the canonical column each of them means.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
}

fn default_shrink() -> u8 {
    30
}

impl SourceConfig {
    /// The source as the gateway reads it.
    ///
    /// # Errors
    /// What is wrong, with the source's name and what to write instead.
    pub fn source(&self) -> Result<Source, String> {
        let wrong = |problem: String| format!("[[source]] {}: {problem}", self.name);
        // Items are known by `NAME/KEY`.
        if self.name.trim().is_empty() || self.name.contains('/') {
            return Err(wrong("the name must not be empty nor contain a slash".to_owned()));
        }
        Schedule::parse(&self.cron).map_err(wrong)?;
        if self.shrink_percent > 100 {
            return Err(wrong("shrink_percent is a share from 0 to 100; 100 switches the check off".to_owned()));
        }
        let zone = self.zone.as_deref().map(|z| {
            z.parse::<Tz>().map_err(|_| wrong(format!("zone {z:?} is not known; write one such as Asia/Shanghai")))
        });
        let max_age = self.max_age.as_deref().map(|a| {
            age(a).ok_or_else(|| wrong(format!("max_age {a:?} cannot be read; write hours or days: 36h, 2d")))
        });
        Ok(Source {
            zone: zone.transpose()?,
            people: self.people.clone(),
            shrink_percent: self.shrink_percent,
            max_age: max_age.transpose()?,
            columns: self.columns.clone(),
            ..Source::new(&self.name, &self.cron, self.kind().map_err(wrong)?)
        })
    }

    fn kind(&self) -> Result<Box<dyn Fetch>, String> {
        match (&self.path, &self.folder, &self.sql, &self.http) {
            (Some(path), None, None, None) => Ok(Box::new(FileSource { path: path.clone() })),
            (None, Some(folder), None, None) => Ok(Box::new(FolderSource::new(folder.clone()))),
            (None, None, Some(sql), None) => {
                seconds(sql.timeout_seconds)?;
                Ok(Box::new(SqlSource::new(sql)?))
            }
            (None, None, None, Some(http)) => {
                seconds(http.timeout_seconds)?;
                let most = Limits::default().file;
                if !(1..=most).contains(&http.max_bytes) {
                    return Err(format!("max_bytes must be from 1 to {most}"));
                }
                Ok(Box::new(HttpSource::new(http)?))
            }
            (None, None, None, None) => Err("says not where the ledger is; give path, folder, sql or http".to_owned()),
            _ => Err("has more than one of path, folder, sql and http; make a [[source]] of each".to_owned()),
        }
    }
}

fn seconds(timeout: u32) -> Result<(), String> {
    match (1..=LONGEST).contains(&timeout) {
        true => Ok(()),
        false => Err(format!("timeout_seconds must be from 1 to {LONGEST}")),
    }
}

/// `36h`, `2d`.
fn age(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, hours) = text.strip_suffix('h').map(|n| (n, 1)).or_else(|| text.strip_suffix('d').map(|n| (n, 24)))?;
    let number: u16 = number.trim().parse().ok().filter(|n| *n > 0)?;
    Some(Duration::hours(i64::from(number) * hours))
}
