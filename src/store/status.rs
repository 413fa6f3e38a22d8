//! One look at everything that an administrator asks about first.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Result, Store, at, ms};
use dutybell_core::pause::Pause;

/// Lines of each list.
const SHOWN: i64 = 10;

/// How things stand.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Items per state.
    pub items: Vec<(String, i64)>,
    /// Open items past their deadline.
    pub overdue: i64,
    /// Reasons to tell somebody that wait for their time.
    pub waiting_notices: i64,
    /// Messages per state.
    pub messages: Vec<(String, i64)>,
    /// Received and not worked on yet.
    pub inbox: i64,
    pub last_sent: Option<DateTime<Utc>>,
    /// People without a working contact point.
    pub unreachable: usize,
    /// Newest messages that no contact point took.
    pub dead: Vec<DeadLetter>,
    pub sources: Vec<SourceStatus>,
    /// Of those closed: by the office, although nobody verified them.
    pub closed_unverified: i64,
    /// Pauses of routine that are in force.
    pub pauses: Vec<Pause>,
    /// Newest alarms.
    pub alarms: Vec<Alarm>,
}

/// A message given up.
#[derive(Clone, Debug, Serialize)]
pub struct DeadLetter {
    pub id: i64,
    pub person: String,
    pub channel: String,
    pub title: String,
}

/// What a source gave last.
#[derive(Clone, Debug, Serialize)]
pub struct SourceStatus {
    pub name: String,
    /// When it was last looked at.
    pub read_at: DateTime<Utc>,
    /// What came of the last reading that went well.
    pub outcome: String,
    /// The last time all was well.
    pub good_at: Option<DateTime<Utc>>,
    /// Rows of the ledger then.
    pub rows: Option<i64>,
    /// Why the last reading changed nothing; empty while all is well.
    pub problem: String,
}

/// Something the administrator was told.
#[derive(Clone, Debug, Serialize)]
pub struct Alarm {
    pub at: DateTime<Utc>,
    pub text: String,
}

impl Store {
    /// How things stand at an instant.
    pub async fn status(&self, now: DateTime<Utc>) -> Result<Status> {
        let overdue = sqlx::query_scalar(
            "SELECT count(*) FROM items WHERE open = 1 AND current_due < $1
             AND state NOT IN ('reported_done', 'verified', 'draft')",
        )
        .bind(ms(now))
        .fetch_one(self.reader())
        .await?;
        let waiting_notices =
            sqlx::query_scalar("SELECT count(*) FROM notices WHERE state = 'queued'").fetch_one(self.reader()).await?;
        let last: Option<i64> =
            sqlx::query_scalar("SELECT max(sent_at) FROM messages").fetch_one(self.reader()).await?;
        // A quotation mark inside a text is escaped: only the item's own mark reads so.
        let closed_unverified = sqlx::query_scalar(
            "SELECT count(*) FROM items WHERE open = 0 AND state = 'closed' AND data LIKE '%\"administrative\":true%'",
        )
        .fetch_one(self.reader())
        .await?;
        let mut dead = Vec::new();
        for letter in self.dead_letters(SHOWN).await? {
            let name: Option<String> = sqlx::query_scalar("SELECT name FROM people WHERE id = $1")
                .bind(letter.person.map(|p| p.0))
                .fetch_optional(self.reader())
                .await?;
            let (channel, title) = (letter.channel, letter.body.title);
            dead.push(DeadLetter { id: letter.id, person: name.unwrap_or_default(), channel, title });
        }
        let sources = self
            .sources()
            .await?
            .into_iter()
            .map(|(name, s)| SourceStatus {
                name,
                read_at: s.read_at,
                outcome: s.outcome,
                good_at: s.good_at,
                rows: s.rows,
                problem: s.problem,
            })
            .collect();
        let alarms = self.alarms(SHOWN).await?.into_iter().map(|(at, text)| Alarm { at, text }).collect();
        Ok(Status {
            items: self.count_by_state().await?,
            overdue,
            waiting_notices,
            messages: self.count_messages().await?,
            inbox: self.inbox_depth().await?,
            last_sent: last.map(at),
            unreachable: self.unreachable().await?.len(),
            dead,
            sources,
            closed_unverified,
            pauses: self.pauses(now).await?,
            alarms,
        })
    }
}
