//! Schedules, duties and alarms: what the scheduler and the watchdog remember.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Result, Store, Tx, at, ms};

/// A schedule as stored.
#[derive(Clone, Debug)]
pub struct Stored {
    pub cron: String,
    pub next_at: DateTime<Utc>,
}

/// The stored state of a schedule.
pub async fn schedule(tx: &mut Tx, key: &str) -> Result<Option<Stored>> {
    let row = sqlx::query("SELECT cron, next_at FROM schedules WHERE key = $1")
        .bind(key.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|r| Ok(Stored { cron: r.try_get(0)?, next_at: at(r.try_get(1)?) })).transpose()
}

/// Writes when a schedule fires next.
pub async fn put_schedule(
    tx: &mut Tx,
    key: &str,
    cron: &str,
    next_at: DateTime<Utc>,
    fired: Option<DateTime<Utc>>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO schedules (key, cron, next_at, last_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (key) DO UPDATE SET cron = $2, next_at = $3, last_at = coalesce($4, schedules.last_at)",
    )
    .bind(key.to_owned())
    .bind(cron.to_owned())
    .bind(ms(next_at))
    .bind(fired.map(ms))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Raises an alarm once per key. True when it is new.
pub async fn raise(tx: &mut Tx, key: &str, text: &str, now: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query("INSERT INTO alarms (key, at, text) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING")
        .bind(key.to_owned())
        .bind(ms(now))
        .bind(text.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() > 0)
}

/// A value of the `meta` table.
pub async fn meta(tx: &mut Tx, key: &str) -> Result<Option<String>> {
    Ok(sqlx::query_scalar("SELECT value FROM meta WHERE key = $1")
        .bind(key.to_owned())
        .fetch_optional(&mut **tx)
        .await?)
}

/// Writes a value of the `meta` table.
pub async fn put_meta(tx: &mut Tx, key: &str, value: &str) -> Result<()> {
    sqlx::query("INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2")
        .bind(key.to_owned())
        .bind(value.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Takes or renews a duty that only one process has at a time, until an instant. True when it is ours. One that
/// is held far longer than that was taken before the clock was set back.
pub async fn hold(tx: &mut Tx, name: &str, holder: &str, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO duties (name, holder, until) VALUES ($1, $2, $4)
         ON CONFLICT (name) DO UPDATE SET holder = $2, until = $4
         WHERE duties.holder = $2 OR duties.until <= $3 OR duties.until > $4 + 2 * ($4 - $3)",
    )
    .bind(name.to_owned())
    .bind(holder.to_owned())
    .bind(ms(now))
    .bind(ms(until))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Gives a duty up, so that another process has it at once.
pub async fn release(tx: &mut Tx, name: &str, holder: &str) -> Result<()> {
    sqlx::query("DELETE FROM duties WHERE name = $1 AND holder = $2")
        .bind(name.to_owned())
        .bind(holder.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl Store {
    /// A value of the `meta` table.
    pub async fn meta(&self, key: &str) -> Result<Option<String>> {
        Ok(sqlx::query_scalar("SELECT value FROM meta WHERE key = $1")
            .bind(key.to_owned())
            .fetch_optional(self.reader())
            .await?)
    }

    /// All schedules by their key.
    pub async fn schedules(&self) -> Result<HashMap<String, Stored>> {
        let rows = sqlx::query("SELECT key, cron, next_at FROM schedules").fetch_all(self.reader()).await?;
        rows.iter().map(|r| Ok((r.try_get(0)?, Stored { cron: r.try_get(1)?, next_at: at(r.try_get(2)?) }))).collect()
    }

    /// The next instant at which a schedule fires.
    pub async fn next_schedule(&self) -> Result<Option<DateTime<Utc>>> {
        let next: Option<i64> =
            sqlx::query_scalar("SELECT min(next_at) FROM schedules").fetch_one(self.reader()).await?;
        Ok(next.map(at))
    }

    /// Alarms, newest first.
    pub async fn alarms(&self, limit: i64) -> Result<Vec<(DateTime<Utc>, String)>> {
        let rows = sqlx::query("SELECT at, text FROM alarms ORDER BY id DESC LIMIT $1")
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|r| Ok((at(r.try_get(0)?), r.try_get(1)?))).collect()
    }
}
