//! Messages on their way out, many at a time: what a batch needs is read together and its outcome written
//! together, in a few statements however many messages it has.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;
use sqlx::Row;

use super::messages::{StoredMessage, message_of};
use super::notices::{StoredNotice, notice_of};
use crate::{Engine, Result, Tx, engine, json, ms, text_for};
use dutybell_core::mutants::{self, Mutant};
use dutybell_core::policy::Urgency;
use dutybell_core::subject::Subject;

/// Messages of a channel no less urgent than `least` that may be sent now, most urgent first. The caller holds the only writing
/// transaction; what it does not [`lift`] or put back is found again by the next one. A lease far longer than
/// `lease` was given before the clock was set back, and counts no more. A row that cannot be read is set
/// aside, so that it holds up no other. Uses `messages_queued`.
pub async fn candidates(
    tx: &mut Tx,
    channel: &str,
    least: Urgency,
    now: DateTime<Utc>,
    lease: Duration,
    limit: i64,
) -> Result<Vec<StoredMessage>> {
    let rows = sqlx::query(
        "SELECT * FROM messages WHERE state = 'queued' AND channel = $1 AND lane <= $5 AND next_try_at <= $2
             AND (lease_until <= $2 OR lease_until > $4)
         ORDER BY lane, next_try_at, id LIMIT $3",
    )
    .bind(channel.to_owned())
    .bind(ms(now))
    .bind(limit)
    .bind(ms(now + lease * 3))
    .bind(least.lane())
    .fetch_all(&mut **tx)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in &rows {
        match message_of(row) {
            Ok(message) => found.push(message),
            Err(error) => set_aside(tx, row.try_get("id")?, &error.to_string(), now + lease).await?,
        }
    }
    Ok(found)
}

/// A message that cannot be handled is looked at again only after `until`.
pub async fn set_aside(tx: &mut Tx, message: i64, why: &str, until: DateTime<Utc>) -> Result<()> {
    tracing::error!(message, why, "a message cannot be prepared");
    sqlx::query("UPDATE messages SET lease_until = $2 WHERE id = $1 AND state = 'queued'")
        .bind(message)
        .bind(ms(until))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The notices that went into these messages, whatever became of them; each with its message.
pub async fn notices_of_all(tx: &mut Tx, messages: &BTreeSet<i64>) -> Result<Vec<(i64, Result<StoredNotice>)>> {
    let text = text_for(
        tx,
        "SELECT * FROM notices WHERE message_id IN (SELECT value FROM json_each($1)) ORDER BY lane, id",
        "SELECT * FROM notices WHERE message_id = ANY (ARRAY (SELECT CAST(json_array_elements_text($1::json) AS BIGINT))) ORDER BY lane, id",
    );
    let rows = sqlx::query(text).bind(json(messages)?).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok((row.try_get("message_id")?, notice_of(row)))).collect()
}

/// A message about to be sent: where, and what it says if that was composed anew.
#[derive(Clone, Debug, Serialize)]
pub struct Lift {
    pub id: i64,
    pub channel: String,
    pub address: String,
    pub contact: Option<i64>,
    /// JSON of the message; `None`: as stored.
    pub body: Option<String>,
    /// Number of each of its lines, and what it shows, where it was composed anew.
    #[serde(skip)]
    pub lines: Vec<(u32, Subject)>,
}

/// Takes a lease on messages and writes down what is about to be sent and where; each gets the next token.
pub async fn lift(tx: &mut Tx, lifts: &[Lift], now: DateTime<Utc>, lease: Duration) -> Result<()> {
    let text = text_for(
        tx,
        "UPDATE messages SET lease_until = $2, lease_token = lease_token + 1, channel = x.channel, address = x.address,
             contact_id = coalesce(x.contact, contact_id), body = coalesce(x.body, messages.body)
         FROM (SELECT value ->> 'id' AS id, value ->> 'channel' AS channel, value ->> 'address' AS address,
                   value ->> 'contact' AS contact, value ->> 'body' AS body FROM json_each($1)) AS x
         WHERE messages.id = x.id",
        "UPDATE messages SET lease_until = $2, lease_token = lease_token + 1, channel = x.channel, address = x.address,
             contact_id = coalesce(x.contact, contact_id), body = coalesce(x.body, messages.body)
         FROM json_to_recordset($1::json) AS x (id BIGINT, channel TEXT, address TEXT, contact BIGINT, body TEXT)
         WHERE messages.id = x.id",
    );
    let until = if mutants::on(Mutant::ClaimsWithoutLease) { 0 } else { ms(now + lease) };
    sqlx::query(text).bind(json(&lifts)?).bind(until).execute(&mut **tx).await?;
    let composed: Vec<&Lift> = lifts.iter().filter(|l| l.body.is_some()).collect();
    if composed.is_empty() {
        return Ok(());
    }
    let text = text_for(
        tx,
        "DELETE FROM message_lines WHERE message_id IN (SELECT value FROM json_each($1))",
        "DELETE FROM message_lines WHERE message_id = ANY (ARRAY (SELECT CAST(json_array_elements_text($1::json) AS BIGINT)))",
    );
    let list: Vec<i64> = composed.iter().map(|l| l.id).collect();
    sqlx::query(text).bind(json(&list)?).execute(&mut **tx).await?;
    let lines = composed.iter().flat_map(|l| l.lines.iter().map(|(number, shown)| (l.id, *number, shown)));
    let lines: Vec<(i64, u32, &str, Option<i64>)> =
        lines.map(|(message, number, shown)| (message, number, shown.kind(), shown.id())).collect();
    let text = text_for(
        tx,
        "INSERT INTO message_lines (message_id, number, kind, named_id)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each($1) WHERE true ON CONFLICT DO NOTHING",
        "INSERT INTO message_lines (message_id, number, kind, named_id)
         SELECT CAST(x ->> 0 AS BIGINT), CAST(x ->> 1 AS BIGINT), x ->> 2, CAST(x ->> 3 AS BIGINT)
         FROM json_array_elements($1::json) AS x ON CONFLICT DO NOTHING",
    );
    sqlx::query(text).bind(json(&lines)?).execute(&mut **tx).await?;
    Ok(())
}

/// A message that the platform took.
#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    pub id: i64,
    pub token: i64,
    pub channel: String,
    pub platform_id: Option<String>,
    pub parts: i64,
    /// End of the window for an answer, UTC milliseconds.
    pub ack_by: Option<i64>,
}

/// Records messages as sent, with the try and the notices in them. A worker whose lease was taken over leaves only
/// the try: it cannot record over its successor. Nothing comes back from the server: the lock on writing waits for it.
pub async fn mark_sent(tx: &mut Tx, sent: &[Sent], now: DateTime<Utc>) -> Result<()> {
    let texts: &[&'static str] = match engine(tx) {
        Engine::Sqlite => &[
            "INSERT INTO attempts (message_id, at, channel, outcome, platform_id)
             SELECT value ->> 'id', $2, value ->> 'channel', 'accepted', value ->> 'platform_id' FROM json_each($1)",
            "UPDATE messages SET state = 'sent', platform_id = x.platform_id, sent_at = $2, ack_by = x.ack_by,
                 tries = tries + 1, lease_until = 0, parts_sent = x.parts
             FROM (SELECT value ->> 'id' AS id, value ->> 'token' AS token, value ->> 'platform_id' AS platform_id,
                       value ->> 'parts' AS parts, value ->> 'ack_by' AS ack_by FROM json_each($1)) AS x
             WHERE messages.id = x.id AND lease_token = x.token AND state = 'queued'",
            "UPDATE notices SET state = 'sent' WHERE state = 'message' AND message_id IN (
                 SELECT m.id FROM json_each($1) AS x CROSS JOIN messages AS m
                 WHERE m.id = x.value ->> 'id' AND m.lease_token = x.value ->> 'token' AND m.state = 'sent' AND m.sent_at = $2)",
        ],
        // All in one. Found by their ids: `state || ''` keeps the planner from reading all that is queued.
        Engine::Postgres => &["WITH x AS MATERIALIZED (SELECT * FROM json_to_recordset($1::json)
                 AS x (id BIGINT, token BIGINT, channel TEXT, platform_id TEXT, parts BIGINT, ack_by BIGINT)),
             tried AS (INSERT INTO attempts (message_id, at, channel, outcome, platform_id)
                 SELECT id, $2, channel, 'accepted', platform_id FROM x),
             done AS (UPDATE messages SET state = 'sent', platform_id = x.platform_id, sent_at = $2, ack_by = x.ack_by,
                 tries = tries + 1, lease_until = 0, parts_sent = x.parts
                 FROM x WHERE messages.id = x.id AND lease_token = x.token AND state || '' = 'queued'
                 RETURNING messages.id, kind)
             UPDATE notices SET state = 'sent' WHERE state = 'message'
                 AND message_id = ANY (ARRAY (SELECT id FROM done WHERE kind = 'notices'))"],
    };
    let sent = json(&sent)?;
    for text in texts {
        sqlx::query(*text).bind(sent.clone()).bind(ms(now)).execute(&mut **tx).await?;
    }
    Ok(())
}
