//! What is the same for all sources: the same content again changes nothing; trouble changes nothing, is remembered
//! and alarms once per cause and day.

use data_encoding::HEXLOWER;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use super::report::{in_line, in_lines};
use super::{
    Applied, Asked, Cause, Content, Delivery, End, Fetched, SHRINK_FLOOR, Source, Trouble, Turn, TurnOptions, file,
};
use crate::core::org::Locale;
use crate::gateway::{Days, Gateway, ImportOptions};
use crate::ledger::{Learned, Limits, ReadContext, Severity, Workbook, read_bytes, read_table};
use crate::store::Result;
use crate::store::sources::{self, Remembered};

/// Deliveries of one source in one turn; the others wait for the next, so that a full folder holds no other source up.
const AT_ONCE: usize = 100;

/// The files with people and units, and the digest of everything but the content that a reading depends on.
struct Setting {
    people: Vec<(String, Vec<u8>)>,
    learned: Learned,
    digest: String,
}

impl Gateway {
    /// Reads a source once: fetches, checks, applies, remembers. With `alarms`, the administrators hear of trouble.
    ///
    /// # Errors
    /// Only those of the store; what is wrong with the source is in the [`Turn`].
    pub async fn turn(&self, source: &Source, options: TurnOptions, alarms: bool) -> Result<Turn> {
        let now = self.now();
        let mut tx = self.store.snapshot().await?;
        let known = sources::get(&mut tx, &source.name).await?;
        drop(tx);
        let mut memory = known.unwrap_or(Remembered { fresh_at: Some(now), ..Remembered::default() });
        memory.fresh_at.get_or_insert(memory.read_at);
        let mut turn = Turn::default();
        let mut stale = None;
        let learned = self.columns_of(source).await?;
        match learned.and_then(|learned| setting(source, learned)) {
            Ok(setting) => {
                let by_hand =
                    options.dry_run || options.accept_shrink || options.accept_stale || !options.same.is_empty();
                let last = memory.clone();
                let asked = Asked {
                    now,
                    zone: self.policy.zone,
                    limits: Limits::default(),
                    // Another setting may read the same content another way.
                    remembered: (!by_hand && last.digest.starts_with(&setting.digest)).then_some(&last),
                };
                stale = self.fetch_all(source, &setting, &asked, &options, alarms, &mut memory, &mut turn).await?;
            }
            Err(reason) => turn.trouble.push(Trouble::failed(reason)),
        }
        if let Some(trouble) = stale.or_else(|| self.too_old(source, memory.fresh_at))
            && !options.accept_stale
        {
            turn.trouble.push(trouble);
        }
        if alarms {
            for trouble in &turn.trouble {
                self.alarm_of(source, trouble).await?;
            }
        }
        if !options.dry_run {
            self.remember(source, memory, &turn).await?;
        }
        Ok(turn)
    }

    /// What is known about a source's columns: what its configuration says, else what was learnt at imports.
    async fn columns_of(&self, source: &Source) -> Result<std::result::Result<Learned, String>> {
        let mut columns = self.store.learnt_columns(&source.name).await?;
        columns.extend(source.columns.clone());
        Ok(Learned::new(columns.iter().map(|(header, meaning)| (header.as_str(), meaning.as_str()))))
    }

    /// Can a source be reached? Nothing is applied, moved or remembered. The text says what is there.
    ///
    /// # Errors
    /// [`Trouble`] when it cannot.
    pub async fn try_source(&self, source: &Source) -> std::result::Result<String, Trouble> {
        let asked = Asked { now: self.now(), zone: self.policy.zone, limits: Limits::default(), remembered: None };
        source.kind.check(&asked).await
    }

    /// Fetches until there is no more. Gives what keeps old content from being applied.
    #[allow(clippy::too_many_arguments)] // one reading: what is read, how, and what comes of it
    async fn fetch_all(
        &self,
        source: &Source,
        setting: &Setting,
        asked: &Asked<'_>,
        options: &TurnOptions,
        alarms: bool,
        memory: &mut Remembered,
        turn: &mut Turn,
    ) -> Result<Option<Trouble>> {
        let mut after: Option<String> = None;
        for _ in 0..AT_ONCE {
            let delivery = match source.kind.fetch(asked, after.as_deref()).await {
                Ok(Fetched::Delivery(delivery)) => delivery,
                Ok(Fetched::Nothing) => break,
                Ok(Fetched::Unchanged { as_of }) => {
                    memory.fresh_at = Some(as_of.unwrap_or(asked.now));
                    turn.ends.push((source.name.clone(), Ok(Applied::Unchanged)));
                    break;
                }
                Err(trouble) => {
                    turn.trouble.push(trouble);
                    break;
                }
            };
            let (name, more) = (delivery.name.clone(), delivery.more);
            let result = self.apply(source, setting, delivery, options, memory).await?;
            if let Err(trouble) = &result
                && trouble.cause == Cause::Stale
            {
                return Ok(Some(trouble.clone()));
            }
            let (end, problems) = match &result {
                Ok(applied) => (End::Processed, in_lines(applied)),
                Err(trouble) => (End::Refused, trouble.text.clone()),
            };
            // Before the file is put away: whoever dies in between alarms again, and is silent as the key is known.
            if let Err(trouble) = &result
                && alarms
            {
                self.alarm_of(source, trouble).await?;
            }
            // What could not be tried stays where it is.
            let tried = !matches!(&result, Err(t) if t.cause == Cause::Failed);
            if tried && !options.dry_run {
                let away = source.kind.put_away(asked, &name, end, &problems).await;
                turn.trouble.extend(away.err());
            }
            turn.ends.push((name.clone(), result));
            if !more || !tried || !turn.trouble.is_empty() {
                break;
            }
            after = Some(name);
        }
        Ok(None)
    }

    /// Applies one delivery unless something speaks against it.
    async fn apply(
        &self,
        source: &Source,
        setting: &Setting,
        delivery: Delivery,
        options: &TurnOptions,
        memory: &mut Remembered,
    ) -> Result<std::result::Result<Applied, Trouble>> {
        let about = delivery.more.then(|| delivery.name.clone());
        let (as_of, etag, last_modified) = (delivery.as_of, delivery.etag.clone(), delivery.last_modified.clone());
        let digest = format!("{}{}", setting.digest, digest_of(&delivery.content));
        if memory.digest == digest && options.same.is_empty() {
            (memory.etag, memory.last_modified) = (etag, last_modified);
            memory.fresh_at = Some(as_of.unwrap_or(self.now()));
            return Ok(Ok(Applied::Unchanged));
        }
        if let Some(trouble) = self.too_old(source, as_of).filter(|_| !options.accept_stale) {
            return Ok(Err(trouble));
        }
        let read = self.read(source, setting, delivery);
        let checked = match read {
            Ok((workbook, rows)) => {
                let shrunk = if options.accept_shrink {
                    None
                } else {
                    self.shrunk(source, &workbook, rows, about.as_deref()).await?
                };
                shrunk.map_or(Ok((workbook, rows)), Err)
            }
            Err(trouble) => Err(trouble),
        };
        let (workbook, rows) = match checked {
            Ok(read) => read,
            Err(trouble) => return Ok(Err(Trouble { delivery: about, ..trouble })),
        };
        let wanted = ImportOptions { dry_run: options.dry_run, same: options.same.clone(), ..ImportOptions::default() };
        let report = match self.import(&source.name, &workbook, wanted).await {
            Ok(report) => report,
            Err(error) => return Ok(Err(Trouble { delivery: about, ..Trouble::failed(error.to_string()) })),
        };
        (memory.digest, memory.etag, memory.last_modified) = (digest, etag, last_modified);
        memory.fresh_at = Some(as_of.unwrap_or(self.now()));
        memory.rows = i64::try_from(rows).ok();
        memory.outcome = report.summary(&*self.phrases, Locale::En);
        tracing::info!(source = source.name, "{}", memory.outcome);
        Ok(Ok(Applied::Imported(Box::new(report))))
    }

    /// People and units first, the ledger last; with the number of the ledger's rows.
    fn read(
        &self,
        source: &Source,
        setting: &Setting,
        delivery: Delivery,
    ) -> std::result::Result<(Workbook, usize), Trouble> {
        let days = Days(self.calendars.get(&self.policy.calendar));
        let day = |at: DateTime<Utc>| at.with_timezone(&self.policy.zone).date_naive();
        let today = day(self.now());
        let context = ReadContext::new(today, &days).knowing(&setting.learned).of(delivery.as_of.map_or(today, day));
        let mut workbook = Workbook::default();
        for (name, bytes) in &setting.people {
            workbook.add(read_bytes(name, bytes, &context).map_err(|e| Trouble::refused(e.to_string()))?);
        }
        let ledger = match delivery.content {
            Content::File { name, bytes } => read_bytes(&name, &bytes, &context),
            Content::Table { headers, rows } => read_table(&source.name, &headers, rows.into_iter(), &context),
            Content::Unreadable { reason } => return Err(Trouble::refused(reason)),
        }
        .map_err(|e| Trouble::refused(e.to_string()))?;
        let rows = ledger.rows.len();
        let refused: Vec<String> =
            ledger.all_problems().filter(|p| p.severity == Severity::Refused).map(in_line).collect();
        if rows == 0 && !refused.is_empty() {
            return Err(Trouble::refused(format!("no row can be used:\n{}", refused.join("\n"))));
        }
        workbook.add(ledger);
        Ok((workbook, rows))
    }

    /// Are too many of the open items on record missing?
    async fn shrunk(
        &self,
        source: &Source,
        workbook: &Workbook,
        rows: usize,
        file: Option<&str>,
    ) -> Result<Option<Trouble>> {
        let mut tx = self.store.snapshot().await?;
        let (missing, open) = crate::gateway::import::missing(&mut tx, &source.name, &workbook.rows).await?;
        drop(tx);
        if !shrinks(open, missing, rows, source.shrink_percent) {
            return Ok(None);
        }
        let (name, percent) = (&source.name, source.shrink_percent);
        let first = if file.is_some() { "put the file back into the inbox and " } else { "" };
        let text = format!(
            "{missing} of {open} open items are not in the new table, more than {percent} %; \
             if that is right, {first}run: dutybell source run {name} --accept-shrink"
        );
        let args = vec![
            ("missing", missing.to_string()),
            ("open", open.to_string()),
            ("percent", percent.to_string()),
            ("file", file.unwrap_or_default().to_owned()),
        ];
        Ok(Some(Trouble { args, ..Trouble::new(Cause::Shrunk, text) }))
    }

    /// Is content of that date older than the source's promise?
    fn too_old(&self, source: &Source, as_of: Option<DateTime<Utc>>) -> Option<Trouble> {
        let (max_age, as_of) = (source.max_age?, as_of?);
        if self.now() - as_of <= max_age {
            return None;
        }
        let since = as_of.with_timezone(&self.zone_of(source)).format("%Y-%m-%d %H:%M").to_string();
        let hours = max_age.num_hours();
        let text = format!(
            "nothing newer than {since}, and it promises to be no older than {hours} hours; \
             ask whoever keeps it, or change max_age"
        );
        let args = vec![("since", since), ("hours", hours.to_string())];
        Some(Trouble { args, ..Trouble::new(Cause::Stale, text) })
    }

    /// The zone in which a source's schedule is read.
    pub(in crate::gateway) fn zone_of(&self, source: &Source) -> Tz {
        source.zone.unwrap_or(self.policy.zone)
    }
}

/// Is that many missing out of so many open ones too much?
fn shrinks(open: usize, missing: usize, rows: usize, percent: u8) -> bool {
    if percent >= 100 || missing == 0 {
        return false;
    }
    rows == 0 || (missing >= SHRINK_FLOOR && missing * 100 > usize::from(percent) * open)
}

fn setting(source: &Source, learned: Learned) -> std::result::Result<Setting, String> {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    };
    part(source.kind.setup().as_bytes());
    part(learned.said().as_bytes());
    let mut people = Vec::new();
    for path in &source.people {
        let (bytes, _) = file::read(path, Limits::default().file)?;
        part(&bytes);
        people.push((file::name_of(path), bytes));
    }
    Ok(Setting { people, learned, digest: format!("{}:", hex(hash)) })
}

fn digest_of(content: &Content) -> String {
    let mut hash = Sha256::new();
    match content {
        Content::File { bytes, .. } => hash.update(bytes),
        Content::Unreadable { reason } => hash.update(reason.as_bytes()),
        Content::Table { headers, rows } => {
            for line in std::iter::once(headers).chain(rows) {
                hash.update(line.len().to_le_bytes());
                for cell in line {
                    hash.update(cell.len().to_le_bytes());
                    hash.update(cell.as_bytes());
                }
            }
        }
    }
    hex(hash)
}

pub(super) fn hex(hash: Sha256) -> String {
    HEXLOWER.encode(&hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::shrinks;

    #[test]
    fn a_table_shrinks_by_share_and_by_number() {
        assert!(!shrinks(3, 1, 2, 30), "one of three is struck off every week");
        assert!(!shrinks(5, 4, 1, 30), "below the floor");
        assert!(!shrinks(100, 30, 70, 30), "the share itself is allowed");
        assert!(shrinks(100, 31, 69, 30));
        assert!(shrinks(2, 2, 0, 30), "nothing left");
        assert!(!shrinks(2, 2, 0, 100) && !shrinks(0, 0, 0, 30));
    }
}
