//! What should have happened by now and did not, asked of the rows alone.
//!
//! Nothing here is shared with the loops that do the work: it would share their mistakes. Whatever waits with
//! permission (quiet hours, a daily cap, a platform that asked for patience) has a later instant in its row and is
//! not late; a channel that works through a long queue has sent or holds something, and is not late either.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use sqlx::Row;

use super::{Result, Store, at, from_json, ms};

/// Newest tries that are looked through for channels at work.
const NEWEST: i64 = 500;

/// What the audit found of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Late {
    /// `forgotten`: open items without any next wake-up; `wakes`: items past theirs; `notices`, `messages` and
    /// `updates` that nobody took up.
    pub what: String,
    pub count: i64,
    /// One of them: an item's code, a notice's key, the channel of a message, an update's id.
    pub example: String,
}

/// What the audit found; empty when all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overdue(pub Vec<Late>);

impl Overdue {
    /// Nothing was forgotten.
    pub fn is_clean(&self) -> bool {
        self.0.is_empty()
    }

    /// How many of a kind; see [`Late::what`].
    pub fn count(&self, what: &str) -> i64 {
        self.0.iter().filter(|late| late.what == what).map(|late| late.count).sum()
    }

    /// How many of all kinds.
    pub fn total(&self) -> i64 {
        self.0.iter().map(|late| late.count).sum()
    }
}

impl fmt::Display for Overdue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, late) in self.0.iter().enumerate() {
            let text = match late.what.as_str() {
                "forgotten" => "open items without a next wake-up",
                "wakes" => "items past their wake-up",
                "notices" => "notices past their time",
                "messages" => "messages past their time on a channel that does nothing",
                _ => "answers nobody read",
            };
            let comma = if n == 0 { "" } else { ", " };
            write!(f, "{comma}{} {text} ({})", late.count, late.example)?;
        }
        Ok(())
    }
}

impl Store {
    /// Looks for what was due before `before` and is still as it was; `now` and `lease` tell which leases are in
    /// force. Uses `items_forgotten`, `items_to_wake`, `notices_queued`, `inbox_new` and `messages_queued`.
    pub async fn overdue(&self, before: DateTime<Utc>, now: DateTime<Utc>, lease: Duration) -> Result<Overdue> {
        let rows = sqlx::query(
            "SELECT CAST('forgotten' AS TEXT) AS what, count(*) AS n, min(code) AS example
                 FROM items WHERE open = 1 AND next_wake_at IS NULL
             UNION ALL SELECT 'wakes', count(*), min(code)
                 FROM items WHERE next_wake_at IS NOT NULL AND next_wake_at < $1
             UNION ALL SELECT 'notices', count(*), min(key)
                 FROM notices WHERE state = 'queued' AND send_at >= 0 AND send_at < $1
             UNION ALL SELECT 'updates', count(*), min(update_id)
                 FROM inbox WHERE state = 'new' AND (CASE WHEN turn_at > received_at THEN turn_at ELSE received_at END) < $1",
        )
        .bind(ms(before))
        .fetch_all(self.reader())
        .await?;
        let mut found = Vec::new();
        for row in &rows {
            let (count, example): (i64, Option<String>) = (row.try_get(1)?, row.try_get(2)?);
            if count > 0 {
                found.push(Late { what: row.try_get(0)?, count, example: example.unwrap_or_default() });
            }
        }
        found.extend(self.late_messages(before, now, lease).await?);
        Ok(Overdue(found))
    }

    async fn late_messages(&self, before: DateTime<Utc>, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Late>> {
        let rows = sqlx::query(
            "SELECT channel, count(*) FROM messages WHERE state = 'queued' AND next_try_at < $1
                 AND (lease_until < $1 OR lease_until > $2) GROUP BY channel ORDER BY channel",
        )
        .bind(ms(before))
        .bind(ms(now + lease * 3))
        .fetch_all(self.reader())
        .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let at_work = self.channels_at_work(before, now, lease).await?;
        let mut late = Vec::new();
        for row in &rows {
            let channel: String = row.try_get(0)?;
            if !at_work.contains(&channel) {
                late.push(Late { what: "messages".to_owned(), count: row.try_get(1)?, example: channel });
            }
        }
        Ok(late)
    }

    /// Channels that hold something, or have tried something since: they are slow, not forgotten. What was noted after
    /// `now` was noted before the clock was set back, and proves nothing.
    async fn channels_at_work(
        &self,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<BTreeSet<String>> {
        let rows = sqlx::query(
            "SELECT channel FROM messages WHERE state = 'queued' AND lease_until > $2 AND lease_until <= $3
             UNION SELECT channel FROM (SELECT channel, at FROM attempts ORDER BY id DESC LIMIT $4) AS newest WHERE at >= $1 AND at <= $2",
        )
        .bind(ms(since))
        .bind(ms(now))
        .bind(ms(now + lease * 3))
        .bind(NEWEST)
        .fetch_all(self.reader())
        .await?;
        let mut at_work: BTreeSet<String> = rows.iter().map(|r| r.try_get(0)).collect::<std::result::Result<_, _>>()?;
        // A channel that may only send every few seconds has few tries beside a fast one, and a mark of its own.
        let rows = sqlx::query("SELECT key, times FROM buckets WHERE key LIKE '%:*'").fetch_all(self.reader()).await?;
        for row in &rows {
            let (key, times): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let used = from_json::<Vec<i64>>(&times)?.last().is_some_and(|t| (since..=now).contains(&at(*t)));
            if let (true, Some(channel)) = (used, key.strip_suffix(":*")) {
                at_work.insert(channel.to_owned());
            }
        }
        Ok(at_work)
    }
}
