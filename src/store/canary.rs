//! Canaries: the daily check of each channel. A kind of their own beside notices and answers: they have no item, no
//! person and no rule, and nothing else can become one.

use chrono::{DateTime, Duration, Utc};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Result, Store, Tx, at, json, ms};
use dutybell_core::message::Message;
use dutybell_core::policy::Urgency;

/// Older ones that never came are not asked about again.
const ASKED_FOR: Duration = Duration::days(2);

/// A canary about to be queued.
#[derive(Clone, Debug)]
pub struct NewCanary {
    pub channel: String,
    /// In the office's zone, such as `2022-09-22`; one a channel and day.
    pub day: String,
    pub address: String,
    /// It must come back to us.
    pub returns: bool,
    pub due_at: DateTime<Utc>,
    pub body: Message,
}

/// A canary as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    pub channel: String,
    pub day: String,
    pub returns: bool,
    pub due_at: DateTime<Utc>,
    /// When it came back, or was seen to have been accepted.
    pub done_at: Option<DateTime<Utc>>,
    /// The platform took it.
    pub accepted: bool,
    /// A forged verdict came through with it; `None`: unknown.
    pub forged: Option<bool>,
}

fn canary_of(row: &AnyRow) -> Result<Canary> {
    Ok(Canary {
        channel: row.try_get(0)?,
        day: row.try_get(1)?,
        returns: row.try_get::<i64, _>(2)? == 1,
        due_at: at(row.try_get(3)?),
        done_at: row.try_get::<Option<i64>, _>(4)?.map(at),
        accepted: row.try_get::<String, _>(5)? == "sent",
        forged: row.try_get::<Option<i64>, _>(6)?.map(|forged| forged == 1),
    })
}

/// Queues a channel's canary of a day; the second one of a day is none. True when it is new. The caller holds the only
/// writing transaction.
pub async fn queue(tx: &mut Tx, new: &NewCanary, now: DateTime<Utc>) -> Result<bool> {
    let there = sqlx::query("SELECT 1 FROM canaries WHERE channel = $1 AND day = $2")
        .bind(new.channel.clone())
        .bind(new.day.clone())
        .fetch_optional(&mut **tx)
        .await?;
    if there.is_some() {
        return Ok(false);
    }
    let message: i64 = sqlx::query_scalar(
        "INSERT INTO messages (kind, lane, state, channel, address, next_try_at, created_at, counts, body)
         VALUES ('canary', $1, 'queued', $2, $3, $4, $4, 0, $5) RETURNING id",
    )
    .bind(Urgency::Routine.lane())
    .bind(new.channel.clone())
    .bind(new.address.clone())
    .bind(ms(now))
    .bind(json(&new.body)?)
    .fetch_one(&mut **tx)
    .await?;
    sqlx::query(
        "INSERT INTO canaries (channel, day, message_id, queued_at, due_at, returns) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(new.channel.clone())
    .bind(new.day.clone())
    .bind(message)
    .bind(ms(now))
    .bind(ms(new.due_at))
    .bind(i64::from(new.returns))
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

/// A message of ours came back to us, with a forged verdict or without. True when it was a canary of that channel.
pub async fn came_back(
    tx: &mut Tx,
    channel: &str,
    message: i64,
    forged: Option<bool>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE canaries SET done_at = coalesce(done_at, $3), forged = coalesce(forged, $4)
         WHERE message_id = $1 AND channel = $2 AND returns = 1",
    )
    .bind(message)
    .bind(channel.to_owned())
    .bind(ms(now))
    .bind(forged.map(i64::from))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Whether a channel's verdicts can be believed: no, when the newest check that found out came home with a forged one.
pub async fn verdicts_forged(tx: &mut Tx, channel: &str) -> Result<bool> {
    let newest: Option<i64> = sqlx::query_scalar(
        "SELECT forged FROM canaries WHERE channel = $1 AND forged IS NOT NULL ORDER BY day DESC LIMIT 1",
    )
    .bind(channel.to_owned())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(newest == Some(1))
}

/// Where nothing comes back, what the platform accepted is done.
pub async fn settle_accepted(tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "UPDATE canaries SET done_at = $1 WHERE done_at IS NULL AND returns = 0
             AND (SELECT state FROM messages WHERE id = canaries.message_id) = 'sent'",
    )
    .bind(ms(now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Canaries that should have been done before an instant and are not.
pub async fn missing(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<Canary>> {
    let rows = sqlx::query(
        "SELECT c.channel, c.day, c.returns, c.due_at, c.done_at, m.state, c.forged
         FROM canaries c JOIN messages m ON m.id = c.message_id
         WHERE c.done_at IS NULL AND c.due_at < $1 AND c.due_at > $2 ORDER BY c.day, c.channel",
    )
    .bind(ms(before))
    .bind(ms(before - ASKED_FOR))
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(canary_of).collect()
}

impl Store {
    /// A channel's newest canary.
    pub async fn newest_canary(&self, channel: &str) -> Result<Option<Canary>> {
        let row = sqlx::query(
            "SELECT c.channel, c.day, c.returns, c.due_at, c.done_at, m.state, c.forged
             FROM canaries c JOIN messages m ON m.id = c.message_id
             WHERE c.channel = $1 ORDER BY c.day DESC LIMIT 1",
        )
        .bind(channel.to_owned())
        .fetch_optional(self.reader())
        .await?;
        row.as_ref().map(canary_of).transpose()
    }
}
