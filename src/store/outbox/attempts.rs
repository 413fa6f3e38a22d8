//! Sending: leases, tries and their outcomes, and gates that a platform closed.

use chrono::{DateTime, Duration, Utc};

use super::messages::{StoredMessage, message_of};
use crate::mutants::{self, Mutant};
use crate::store::{Result, Tx, at, from_json, json, ms};

/// Claims messages of a channel to send, most urgent first; a claim is a lease that a dead worker loses.
/// One far longer than any was given before the clock was set back.
/// Uses `messages_queued`.
pub async fn claim(
    tx: &mut Tx,
    channel: &str,
    now: DateTime<Utc>,
    lease: Duration,
    limit: i64,
) -> Result<Vec<StoredMessage>> {
    let rows = sqlx::query(
        "UPDATE messages SET lease_until = $2, lease_token = lease_token + 1
         WHERE id IN (SELECT id FROM messages WHERE state = 'queued' AND channel = $4 AND next_try_at <= $1
                        AND (lease_until <= $1 OR lease_until > $2 + 2 * ($2 - $1))
                      ORDER BY lane, next_try_at, id LIMIT $3)
         RETURNING *",
    )
    .bind(ms(now))
    .bind(if mutants::on(Mutant::ClaimsWithoutLease) { 0 } else { ms(now + lease) })
    .bind(limit)
    .bind(channel.to_owned())
    .fetch_all(&mut **tx)
    .await?;
    let mut claimed: Vec<StoredMessage> = rows.iter().map(message_of).collect::<Result<_>>()?;
    claimed.sort_by_key(|m| (m.urgency, m.id));
    Ok(claimed)
}

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

/// The message went out. A worker whose lease was taken over cannot record over its successor.
pub async fn mark_sent(
    tx: &mut Tx,
    message: &StoredMessage,
    platform_id: Option<&str>,
    ack_by: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE messages SET state = 'sent', platform_id = $3, sent_at = $4, ack_by = $5, tries = tries + 1, lease_until = 0
         WHERE id = $1 AND lease_token = $2 AND state = 'queued'",
    )
    .bind(message.id)
    .bind(message.lease_token)
    .bind(platform_id.map(str::to_owned))
    .bind(ms(now))
    .bind(ack_by.map(ms))
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() > 0 {
        sqlx::query("UPDATE notices SET state = 'sent' WHERE message_id = $1 AND state = 'message'")
            .bind(message.id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(done.rows_affected() > 0)
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
/// Uses `messages_by_person` and `messages_by_platform`.
pub async fn hold_back(tx: &mut Tx, message: &StoredMessage, until: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "UPDATE messages SET next_try_at = $4 WHERE state = 'queued' AND channel = $1 AND next_try_at < $4 AND lease_until = 0
         AND ((person_id = $2 AND sent_at IS NULL) OR (address = $3 AND platform_id IS NULL))",
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

/// Until when a platform asked us to wait (`channel:chat` or `channel:*`); the later of both.
pub async fn gate(tx: &mut Tx, keys: &[String]) -> Result<Option<DateTime<Utc>>> {
    let mut latest = None;
    for key in keys {
        let until: Option<i64> = sqlx::query_scalar("SELECT until FROM gates WHERE key = $1")
            .bind(key.clone())
            .fetch_optional(&mut **tx)
            .await?;
        latest = latest.max(until.map(at));
    }
    Ok(latest)
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

/// The last sends that a limit counts, oldest first, in UTC milliseconds.
pub async fn bucket(tx: &mut Tx, key: &str) -> Result<Vec<i64>> {
    let times: Option<String> = sqlx::query_scalar("SELECT times FROM buckets WHERE key = $1")
        .bind(key.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    times.map_or(Ok(Vec::new()), |t| from_json(&t))
}

/// Writes [`bucket`].
pub async fn put_bucket(tx: &mut Tx, key: &str, times: &[i64]) -> Result<()> {
    sqlx::query("INSERT INTO buckets (key, times) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET times = $2")
        .bind(key.to_owned())
        .bind(json(&times)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
