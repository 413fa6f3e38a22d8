//! Messages and notices of a span of time, for whoever asks what was sent to whom.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::outbox::{StoredMessage, StoredNotice, message_of, notice_of};
use super::{Result, Store, Tx, at, ms};
use dutybell_core::org::PersonId;
use dutybell_core::transition::Actor;

/// A message with everything that came of it.
#[derive(Clone, Debug)]
pub struct Sent {
    pub message: StoredMessage,
    pub next_try: DateTime<Utc>,
    pub heard_at: Option<DateTime<Utc>>,
    /// Oldest first.
    pub tries: Vec<Try>,
}

/// One try to send a message.
#[derive(Clone, Debug)]
pub struct Try {
    pub at: DateTime<Utc>,
    pub channel: String,
    pub outcome: String,
    pub detail: String,
}

/// A notice that became no message.
#[derive(Clone, Debug)]
pub struct Unsent {
    pub notice: StoredNotice,
    /// The pause by which it waits.
    pub pause: Option<i64>,
}

impl Store {
    /// Messages that were sent, or else made or to be tried, from one instant to before another, oldest first;
    /// channel checks are none. Uses `messages_by_person` where a person is named.
    pub async fn messages_between(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        person: Option<PersonId>,
    ) -> Result<Vec<Sent>> {
        let of = if person.is_some() { "m.person_id = $3" } else { "$3 = 0" };
        let text = format!(
            "SELECT m.* FROM messages m WHERE {of} AND m.kind <> 'canary' AND (
                 (m.sent_at >= $1 AND m.sent_at < $2)
                 OR (m.sent_at IS NULL AND m.state <> 'queued' AND m.created_at >= $1 AND m.created_at < $2)
                 OR (m.sent_at IS NULL AND m.state = 'queued' AND m.next_try_at < $2 AND m.created_at < $2))
             ORDER BY coalesce(m.sent_at, m.created_at), m.id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(ms(from))
            .bind(ms(to))
            .bind(person.map_or(0, |p| p.0))
            .fetch_all(self.reader())
            .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let message = message_of(row)?;
            found.push(Sent {
                next_try: at(row.try_get("next_try_at")?),
                heard_at: row.try_get::<Option<i64>, _>("acked_at")?.map(at),
                tries: self.tries(message.id).await?,
                message,
            });
        }
        Ok(found)
    }

    async fn tries(&self, message: i64) -> Result<Vec<Try>> {
        let rows = sqlx::query("SELECT at, channel, outcome, detail FROM attempts WHERE message_id = $1 ORDER BY id")
            .bind(message)
            .fetch_all(self.reader())
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Try {
                    at: at(row.try_get(0)?),
                    channel: row.try_get(1)?,
                    outcome: row.try_get(2)?,
                    detail: row.try_get(3)?,
                })
            })
            .collect()
    }

    /// Notices that were withdrawn before they were in a message, or that wait, with an instant in a span of time.
    pub async fn unsent_between(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        person: Option<PersonId>,
    ) -> Result<Vec<Unsent>> {
        let of = if person.is_some() { "person_id = $3" } else { "$3 = 0" };
        let text = format!(
            "SELECT * FROM notices WHERE {of} AND message_id IS NULL AND state IN ('queued', 'withdrawn', 'dead')
             AND ((send_at >= $1 AND send_at < $2) OR (state = 'queued' AND pause_id IS NOT NULL AND created_at < $2))
             ORDER BY send_at, id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(text))
            .bind(ms(from))
            .bind(ms(to))
            .bind(person.map_or(0, |p| p.0))
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|row| Ok(Unsent { notice: notice_of(row)?, pause: row.try_get("pause_id")? })).collect()
    }

    /// One message.
    pub async fn one_message(&self, id: i64) -> Result<Option<StoredMessage>> {
        let row = sqlx::query("SELECT * FROM messages WHERE id = $1 AND kind <> 'canary'")
            .bind(id)
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(message_of).transpose()
    }
}

/// Notes that a message is sent again; gives the order's number.
pub async fn note_resend(tx: &mut Tx, message: i64, actor: &Actor, reason: &str, now: DateTime<Utc>) -> Result<i64> {
    Ok(sqlx::query_scalar("INSERT INTO resends (message_id, at, actor, reason) VALUES ($1, $2, $3, $4) RETURNING id")
        .bind(message)
        .bind(ms(now))
        .bind(actor.to_string())
        .bind(reason.to_owned())
        .fetch_one(&mut **tx)
        .await?)
}
