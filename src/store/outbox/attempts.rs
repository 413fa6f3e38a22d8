//! Sending: leases, tries and their outcomes, and gates that a platform closed.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::messages::StoredMessage;
use crate::{Result, Tx, at, from_json, json, ms, text_for};
use dutybell_core::mutants::{self, Mutant};

/// Prolongs leases that are still held: message and token.
pub async fn renew(tx: &mut Tx, leases: &[(i64, i64)], until: DateTime<Utc>) -> Result<()> {
    for (message, token) in leases {
        sqlx::query(
            "UPDATE messages SET lease_until = $3 WHERE id = $1 AND lease_token = $2 AND state = 'queued' AND lease_until > 0",
        )
        .bind(*message)
        .bind(*token)
        .bind(ms(until))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// One try and its outcome.
pub async fn record_attempt(
    tx: &mut Tx,
    message: i64,
    now: DateTime<Utc>,
    channel: &str,
    outcome: &'static str,
    detail: &str,
    platform_id: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO attempts (message_id, at, channel, outcome, detail, platform_id) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(message)
    .bind(ms(now))
    .bind(channel.to_owned())
    .bind(outcome)
    .bind(detail.to_owned())
    .bind(platform_id.map(str::to_owned))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether a message has a try, or a later report, with this outcome. Uses `attempts_by_message`.
pub async fn has_attempt(tx: &mut Tx, message: i64, outcome: &'static str) -> Result<bool> {
    let one: Option<i64> = sqlx::query_scalar("SELECT id FROM attempts WHERE message_id = $1 AND outcome = $2 LIMIT 1")
        .bind(message)
        .bind(outcome)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(one.is_some())
}

/// A message that had been accepted came back for good, and nothing is left to try: a dead letter.
pub async fn mark_returned(tx: &mut Tx, message: i64) -> Result<()> {
    sqlx::query("UPDATE messages SET state = 'dead', ack_by = NULL WHERE id = $1 AND state = 'sent'")
        .bind(message)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// One part of a long message went out.
pub async fn record_part(tx: &mut Tx, message: &StoredMessage, parts_sent: i64) -> Result<()> {
    sqlx::query("UPDATE messages SET parts_sent = $3 WHERE id = $1 AND lease_token = $2")
        .bind(message.id)
        .bind(message.lease_token)
        .bind(parts_sent)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Back to the queue until `next_try`.
pub async fn mark_retry(
    tx: &mut Tx,
    message: &StoredMessage,
    next_try: DateTime<Utc>,
    counts_as_try: bool,
) -> Result<()> {
    if mutants::on(Mutant::RecordsWithoutFencing) {
        sqlx::query("UPDATE messages SET state = 'queued', lease_token = $2 WHERE id = $1")
            .bind(message.id)
            .bind(message.lease_token)
            .execute(&mut **tx)
            .await?;
    }
    sqlx::query(
        "UPDATE messages SET next_try_at = $3, tries = tries + $4, lease_until = 0
         WHERE id = $1 AND lease_token = $2 AND state = 'queued'",
    )
    .bind(message.id)
    .bind(message.lease_token)
    .bind(ms(next_try))
    .bind(i64::from(counts_as_try))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What else waits for the same chat waits as long: found out one by one, it would take the turns of others.
/// Uses `messages_unsent` and `messages_by_platform`.
pub async fn hold_back(tx: &mut Tx, message: &StoredMessage, until: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        // `state || ''` keeps both planners from going through all that is queued.
        "UPDATE messages SET next_try_at = $4 WHERE next_try_at < $4 AND lease_until = 0 AND id IN (
             SELECT id FROM messages WHERE person_id = $2 AND sent_at IS NULL AND channel = $1 AND state || '' = 'queued'
             UNION
             SELECT id FROM messages WHERE channel = $1 AND address = $3 AND platform_id IS NULL AND state || '' = 'queued')",
    )
    .bind(message.channel.clone())
    .bind(message.person.map_or(-1, |p| p.0))
    .bind(message.address.clone())
    .bind(ms(until))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Back to the queue of another channel, at once.
pub async fn reroute(tx: &mut Tx, message: &StoredMessage) -> Result<()> {
    sqlx::query(
        "UPDATE messages SET channel = $3, lease_until = 0 WHERE id = $1 AND lease_token = $2 AND state = 'queued'",
    )
    .bind(message.id)
    .bind(message.lease_token)
    .bind(message.channel.clone())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Messages waiting for a channel that is no longer in use find another one.
pub async fn unroute(tx: &mut Tx, in_use: &[String]) -> Result<u64> {
    let names = serde_json::Value::from(in_use.to_vec()).to_string();
    let done = sqlx::query(
        "UPDATE messages SET channel = '' WHERE state = 'queued' AND channel <> '' AND $1 NOT LIKE '%\"' || channel || '\"%'",
    )
    .bind(names)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}

/// Ends a message: `withdrawn` (nothing in it is true any more) or `dead`.
pub async fn mark_ended(tx: &mut Tx, message: &StoredMessage, state: &'static str) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE messages SET state = $3, lease_until = 0 WHERE id = $1 AND lease_token = $2 AND state = 'queued'",
    )
    .bind(message.id)
    .bind(message.lease_token)
    .bind(state)
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() > 0 {
        sqlx::query("UPDATE notices SET state = $2 WHERE message_id = $1 AND state = 'message'")
            .bind(message.id)
            .bind(state)
            .execute(&mut **tx)
            .await?;
    }
    Ok(done.rows_affected() > 0)
}

/// Until when platforms asked us to wait, by gate (`channel:chat` or `channel:*`).
pub async fn gates(tx: &mut Tx, keys: &BTreeSet<String>) -> Result<HashMap<String, DateTime<Utc>>> {
    let text = text_for(
        tx,
        "SELECT key, until FROM gates WHERE key IN (SELECT value FROM json_each($1))",
        "SELECT key, until FROM gates WHERE key IN (SELECT json_array_elements_text($1::json))",
    );
    let rows = sqlx::query(text).bind(json(keys)?).fetch_all(&mut **tx).await?;
    rows.iter().map(|r| Ok((r.try_get(0)?, at(r.try_get(1)?)))).collect()
}

/// Closes a gate until an instant; never opens it earlier.
pub async fn close_gate(tx: &mut Tx, key: &str, until: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "INSERT INTO gates (key, until) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET until = CASE WHEN gates.until > $2 THEN gates.until ELSE $2 END",
    )
    .bind(key.to_owned())
    .bind(ms(until))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The last sends that a limit counts, by limit: oldest first, in UTC milliseconds.
pub async fn buckets(tx: &mut Tx, keys: &BTreeSet<String>) -> Result<HashMap<String, Vec<i64>>> {
    let text = text_for(
        tx,
        "SELECT key, times FROM buckets WHERE key IN (SELECT value FROM json_each($1))",
        "SELECT key, times FROM buckets WHERE key IN (SELECT json_array_elements_text($1::json))",
    );
    let rows = sqlx::query(text).bind(json(keys)?).fetch_all(&mut **tx).await?;
    rows.iter().map(|r| Ok((r.try_get(0)?, from_json(&r.try_get::<String, _>(1)?)?))).collect()
}

/// Writes [`buckets`].
pub async fn put_buckets(tx: &mut Tx, buckets: &[(&str, Vec<i64>)]) -> Result<()> {
    let text = text_for(
        tx,
        "INSERT INTO buckets (key, times) SELECT value ->> 0, value ->> 1 FROM json_each($1) WHERE true
         ON CONFLICT (key) DO UPDATE SET times = excluded.times",
        "INSERT INTO buckets (key, times) SELECT x ->> 0, x ->> 1 FROM json_array_elements($1::json) AS x
         ON CONFLICT (key) DO UPDATE SET times = excluded.times",
    );
    sqlx::query(text).bind(json(&buckets)?).execute(&mut **tx).await?;
    Ok(())
}
