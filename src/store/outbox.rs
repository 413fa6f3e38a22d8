//! The outbox: notices (why somebody must hear) and messages (what is sent), with every attempt.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Result, Store, Tx, at, from_json, json, ms};
use crate::core::item::ItemId;
use crate::core::message::Message;
use crate::core::org::PersonId;
use crate::core::plan::Notice;
use crate::core::policy::{Form, Urgency};

/// A notice as stored.
#[derive(Clone, Debug)]
pub struct StoredNotice {
    pub id: i64,
    /// `None`: a summary or an alarm.
    pub item: Option<ItemId>,
    pub note: String,
    pub created_at: DateTime<Utc>,
    pub notice: Notice,
}

/// What of a notice lies in the `data` column.
#[derive(Serialize, Deserialize)]
struct Detail {
    form: Form,
    step: String,
    level: u8,
    epoch: i64,
    channels: Vec<String>,
    ack_within_ms: Option<i64>,
    instead: Option<String>,
}

/// A message waiting to be sent, or sent.
#[derive(Clone, Debug)]
pub struct StoredMessage {
    pub id: i64,
    pub person: Option<PersonId>,
    /// Made of notices (composed anew before each try), or a fixed answer.
    pub is_answer: bool,
    pub urgency: Urgency,
    pub state: String,
    pub channel: String,
    pub address: String,
    pub reply_to: Option<String>,
    pub platform_id: Option<String>,
    pub parts_sent: i64,
    pub tries: i64,
    pub lease_token: i64,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    pub repeats: Option<i64>,
    pub body: Message,
}

/// A message about to be stored.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub person: Option<PersonId>,
    pub is_answer: bool,
    pub urgency: Urgency,
    /// Fixed for answers (they go where the question came from); empty: chosen by contact points.
    pub channel: String,
    pub address: String,
    pub reply_to: Option<String>,
    pub repeats: Option<i64>,
    /// Counts against the daily cap.
    pub counts: bool,
    pub body: Message,
}

fn instead_word(text: &str) -> &'static str {
    match text {
        "blocked" => "blocked",
        "bounced" => "bounced",
        _ => "vacant",
    }
}

fn notice_of(row: &AnyRow) -> Result<StoredNotice> {
    let detail: Detail = from_json(&row.try_get::<String, _>("data")?)?;
    Ok(StoredNotice {
        id: row.try_get("id")?,
        item: row.try_get::<Option<i64>, _>("item_id")?.map(ItemId),
        note: row.try_get("note")?,
        created_at: at(row.try_get("created_at")?),
        notice: Notice {
            key: row.try_get("key")?,
            person: PersonId(row.try_get("person_id")?),
            form: detail.form,
            step: detail.step,
            level: detail.level,
            urgency: Urgency::from_lane(row.try_get("lane")?),
            epoch: detail.epoch,
            send_at: at(row.try_get("send_at")?),
            channels: detail.channels,
            ack_within: detail.ack_within_ms.map(Duration::milliseconds),
            instead: detail.instead.as_deref().map(instead_word),
        },
    })
}

/// Queues a notice; the same key a second time does nothing. True when it is new.
pub async fn queue(tx: &mut Tx, item: Option<ItemId>, notice: &Notice, note: &str, now: DateTime<Utc>) -> Result<bool> {
    let detail = Detail {
        form: notice.form,
        step: notice.step.clone(),
        level: notice.level,
        epoch: notice.epoch,
        channels: notice.channels.clone(),
        ack_within_ms: notice.ack_within.map(|d| d.num_milliseconds()),
        instead: notice.instead.map(str::to_owned),
    };
    let done = sqlx::query(
        "INSERT INTO notices (key, item_id, person_id, lane, send_at, state, created_at, note, data)
         VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7, $8) ON CONFLICT (key) DO NOTHING",
    )
    .bind(notice.key.clone())
    .bind(item.map(|i| i.0))
    .bind(notice.person.0)
    .bind(notice.urgency.lane())
    .bind(ms(notice.send_at))
    .bind(ms(now))
    .bind(note.to_owned())
    .bind(json(&detail)?)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notices about an item that have not left yet. Uses `notices_live_by_item`.
pub async fn live_of_item(tx: &mut Tx, item: ItemId) -> Result<Vec<StoredNotice>> {
    let rows = sqlx::query("SELECT * FROM notices WHERE item_id = $1 AND state IN ('queued', 'message') ORDER BY id")
        .bind(item.0)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(notice_of).collect()
}

/// A notice that is no longer true will not be sent.
pub async fn withdraw(tx: &mut Tx, notice: i64) -> Result<()> {
    set_notice_state(tx, notice, "withdrawn").await
}

async fn set_notice_state(tx: &mut Tx, notice: i64, state: &'static str) -> Result<()> {
    sqlx::query("UPDATE notices SET state = $2 WHERE id = $1").bind(notice).bind(state).execute(&mut **tx).await?;
    Ok(())
}

/// Sends a notice later (cap, quiet hours) and back to the queue.
pub async fn defer(tx: &mut Tx, notice: i64, until: DateTime<Utc>) -> Result<()> {
    sqlx::query("UPDATE notices SET send_at = $2, state = 'queued', message_id = NULL WHERE id = $1")
        .bind(notice)
        .bind(ms(until))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// People with due notices, most urgent first. Uses `notices_queued`.
pub async fn people_due(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<PersonId>> {
    let rows = sqlx::query(
        "SELECT person_id FROM notices WHERE state = 'queued' AND send_at <= $1
         GROUP BY person_id ORDER BY min(lane), min(send_at), person_id LIMIT $2",
    )
    .bind(ms(now))
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(|r| Ok(PersonId(r.try_get(0)?))).collect()
}

/// All due notices of a person.
pub async fn due_of(tx: &mut Tx, person: PersonId, now: DateTime<Utc>) -> Result<Vec<StoredNotice>> {
    let rows = sqlx::query(
        "SELECT * FROM notices WHERE state = 'queued' AND send_at <= $1 AND person_id = $2 ORDER BY lane, id",
    )
    .bind(ms(now))
    .bind(person.0)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(notice_of).collect()
}

/// The notices that a message is made of.
pub async fn of_message(tx: &mut Tx, message: i64) -> Result<Vec<StoredNotice>> {
    let rows = sqlx::query("SELECT * FROM notices WHERE message_id = $1 AND state = 'message' ORDER BY lane, id")
        .bind(message)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(notice_of).collect()
}

/// Queues a message for sending at once.
pub async fn put_message(tx: &mut Tx, message: &NewMessage, now: DateTime<Utc>) -> Result<i64> {
    let id: i64 = sqlx::query_scalar(
        "INSERT INTO messages (person_id, kind, lane, state, channel, address, reply_to, next_try_at, created_at, repeats_id, counts, body)
         VALUES ($1, $2, $3, 'queued', $4, $5, $6, $7, $7, $8, $9, $10) RETURNING id",
    )
    .bind(message.person.map(|p| p.0))
    .bind(if message.is_answer { "answer" } else { "notices" })
    .bind(message.urgency.lane())
    .bind(message.channel.clone())
    .bind(message.address.clone())
    .bind(message.reply_to.clone())
    .bind(ms(now))
    .bind(message.repeats)
    .bind(i64::from(message.counts))
    .bind(json(&message.body)?)
    .fetch_one(&mut **tx)
    .await?;
    put_lines(tx, id, &message.body).await?;
    Ok(id)
}

/// Puts notices into a message.
pub async fn attach(tx: &mut Tx, message: i64, notices: &[i64]) -> Result<()> {
    for notice in notices {
        sqlx::query("UPDATE notices SET state = 'message', message_id = $2 WHERE id = $1")
            .bind(*notice)
            .bind(message)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

async fn put_lines(tx: &mut Tx, message: i64, body: &Message) -> Result<()> {
    for line in body.lines() {
        sqlx::query(
            "INSERT INTO message_lines (message_id, number, item_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(message)
        .bind(i64::from(line.number))
        .bind(line.item.0)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

fn message_of(row: &AnyRow) -> Result<StoredMessage> {
    Ok(StoredMessage {
        id: row.try_get("id")?,
        person: row.try_get::<Option<i64>, _>("person_id")?.map(PersonId),
        is_answer: row.try_get::<String, _>("kind")? == "answer",
        urgency: Urgency::from_lane(row.try_get("lane")?),
        state: row.try_get("state")?,
        channel: row.try_get("channel")?,
        address: row.try_get("address")?,
        reply_to: row.try_get("reply_to")?,
        platform_id: row.try_get("platform_id")?,
        parts_sent: row.try_get("parts_sent")?,
        tries: row.try_get("tries")?,
        lease_token: row.try_get("lease_token")?,
        created_at: at(row.try_get("created_at")?),
        sent_at: row.try_get::<Option<i64>, _>("sent_at")?.map(at),
        repeats: row.try_get("repeats_id")?,
        body: from_json(&row.try_get::<String, _>("body")?)?,
    })
}

/// Claims messages to send, most urgent first; a claim is a lease that a dead worker loses.
pub async fn claim(tx: &mut Tx, now: DateTime<Utc>, lease: Duration, limit: i64) -> Result<Vec<StoredMessage>> {
    let rows = sqlx::query(
        "UPDATE messages SET lease_until = $2, lease_token = lease_token + 1
         WHERE id IN (SELECT id FROM messages WHERE state = 'queued' AND next_try_at <= $1 AND lease_until <= $1
                      ORDER BY lane, next_try_at, id LIMIT $3)
         RETURNING *",
    )
    .bind(ms(now))
    .bind(ms(now + lease))
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    let mut claimed: Vec<StoredMessage> = rows.iter().map(message_of).collect::<Result<_>>()?;
    claimed.sort_by_key(|m| (m.urgency, m.id));
    Ok(claimed)
}

/// One message.
pub async fn message(tx: &mut Tx, id: i64) -> Result<Option<StoredMessage>> {
    let row = sqlx::query("SELECT * FROM messages WHERE id = $1").bind(id).fetch_optional(&mut **tx).await?;
    row.as_ref().map(message_of).transpose()
}

/// The message that a platform knows under this id in this chat.
pub async fn by_platform_id(
    tx: &mut Tx,
    channel: &str,
    address: &str,
    platform_id: &str,
) -> Result<Option<StoredMessage>> {
    // A long message is several platform messages; all their ids stand in the attempts.
    let row = sqlx::query(
        "SELECT m.* FROM messages m WHERE m.channel = $1 AND m.address = $2 AND (m.platform_id = $3
             OR m.id IN (SELECT a.message_id FROM attempts a WHERE a.channel = $1 AND a.platform_id = $3))
         ORDER BY m.id DESC LIMIT 1",
    )
    .bind(channel.to_owned())
    .bind(address.to_owned())
    .bind(platform_id.to_owned())
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(message_of).transpose()
}

/// The newest message with numbered lines that was sent to this address.
pub async fn last_numbered(tx: &mut Tx, channel: &str, address: &str) -> Result<Option<StoredMessage>> {
    let row = sqlx::query(
        "SELECT * FROM messages m WHERE channel = $1 AND address = $2 AND state = 'sent'
         AND EXISTS (SELECT 1 FROM message_lines l WHERE l.message_id = m.id) ORDER BY sent_at DESC, id DESC LIMIT 1",
    )
    .bind(channel.to_owned())
    .bind(address.to_owned())
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(message_of).transpose()
}

/// Items by line number in a message.
pub async fn lines(tx: &mut Tx, message: i64) -> Result<Vec<(u32, ItemId)>> {
    let rows = sqlx::query("SELECT number, item_id FROM message_lines WHERE message_id = $1 ORDER BY number")
        .bind(message)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(|r| Ok((u32::try_from(r.try_get::<i64, _>(0)?).unwrap_or(0), ItemId(r.try_get(1)?)))).collect()
}

/// Writes down what is about to be sent and where. False when the lease was lost meanwhile.
pub async fn save_composed(tx: &mut Tx, message: &StoredMessage, contact: Option<i64>) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE messages SET channel = $3, address = $4, body = $5, contact_id = $6, parts_sent = $7
         WHERE id = $1 AND lease_token = $2 AND state = 'queued'",
    )
    .bind(message.id)
    .bind(message.lease_token)
    .bind(message.channel.clone())
    .bind(message.address.clone())
    .bind(json(&message.body)?)
    .bind(contact)
    .bind(message.parts_sent)
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    if message.parts_sent == 0 {
        sqlx::query("DELETE FROM message_lines WHERE message_id = $1").bind(message.id).execute(&mut **tx).await?;
    }
    put_lines(tx, message.id, &message.body).await?;
    Ok(true)
}

/// Changes what a sent message shows (after its answer).
pub async fn save_body(tx: &mut Tx, message: i64, body: &Message) -> Result<()> {
    sqlx::query("UPDATE messages SET body = $2 WHERE id = $1")
        .bind(message)
        .bind(json(body)?)
        .execute(&mut **tx)
        .await?;
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

/// The reader answered (or pressed something in) this message.
pub async fn mark_heard(tx: &mut Tx, message: i64, now: DateTime<Utc>) -> Result<()> {
    sqlx::query("UPDATE messages SET acked_at = $2 WHERE (id = $1 OR repeats_id = $1 OR id = (SELECT repeats_id FROM messages WHERE id = $1)) AND acked_at IS NULL")
        .bind(message)
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The person said something about this item: whatever told him about it was heard.
pub async fn mark_item_heard(tx: &mut Tx, person: PersonId, item: ItemId, now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "UPDATE messages SET acked_at = $3 WHERE person_id = $1 AND acked_at IS NULL AND ack_by IS NOT NULL
         AND id IN (SELECT message_id FROM message_lines WHERE item_id = $2)",
    )
    .bind(person.0)
    .bind(item.0)
    .bind(ms(now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Messages whose window for an answer is over. Uses `messages_unheard`.
pub async fn unheard(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<StoredMessage>> {
    let rows = sqlx::query(
        "SELECT * FROM messages WHERE ack_by IS NOT NULL AND acked_at IS NULL AND ack_by <= $1 AND state = 'sent' ORDER BY ack_by LIMIT $2",
    )
    .bind(ms(now))
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(message_of).collect()
}

/// The window was dealt with.
pub async fn clear_ack_window(tx: &mut Tx, message: i64) -> Result<()> {
    sqlx::query("UPDATE messages SET ack_by = NULL WHERE id = $1").bind(message).execute(&mut **tx).await?;
    Ok(())
}

/// Contact points through which a message or its repeats went, other than `except` itself.
pub async fn contacts_tried(tx: &mut Tx, first: i64, except: i64) -> Result<Vec<i64>> {
    let rows = sqlx::query(
        "SELECT contact_id FROM messages WHERE contact_id IS NOT NULL AND (id = $1 OR repeats_id = $1) AND id <> $2",
    )
    .bind(first)
    .bind(except)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(|r| Ok(r.try_get(0)?)).collect()
}

/// Who was sent a notice that this version of an item caused.
pub async fn told_of_version(tx: &mut Tx, item: ItemId, version: i64) -> Result<Vec<PersonId>> {
    let rows =
        sqlx::query("SELECT DISTINCT person_id FROM notices WHERE item_id = $1 AND state = 'sent' AND key LIKE $2")
            .bind(item.0)
            .bind(format!("{}:v{version}:%", item.0))
            .fetch_all(&mut **tx)
            .await?;
    rows.iter().map(|r| Ok(PersonId(r.try_get(0)?))).collect()
}

/// Messages to a person since an instant that count against the cap. Uses `messages_by_person`.
pub async fn counted_since(tx: &mut Tx, person: PersonId, since: DateTime<Utc>) -> Result<i64> {
    Ok(sqlx::query_scalar(
        "SELECT count(*) FROM messages WHERE person_id = $1 AND counts = 1
         AND ((state = 'sent' AND sent_at >= $2) OR (state = 'queued' AND created_at >= $2))",
    )
    .bind(person.0)
    .bind(ms(since))
    .fetch_one(&mut **tx)
    .await?)
}

/// Keys of the messages that told this person about an item before, oldest first: mail threads by them.
pub async fn thread(tx: &mut Tx, person: PersonId, item: ItemId, before: i64) -> Result<Vec<i64>> {
    let rows = sqlx::query(
        "SELECT m.id FROM messages m JOIN message_lines l ON l.message_id = m.id
         WHERE l.item_id = $2 AND m.person_id = $1 AND m.state = 'sent' AND m.id < $3 ORDER BY m.id LIMIT 20",
    )
    .bind(person.0)
    .bind(item.0)
    .bind(before)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(|r| Ok(r.try_get(0)?)).collect()
}

/// Was the person sent a message about this item since an instant?
pub async fn told_since(tx: &mut Tx, person: PersonId, item: ItemId, since: DateTime<Utc>) -> Result<bool> {
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM messages m JOIN message_lines l ON l.message_id = m.id
         WHERE l.item_id = $2 AND m.person_id = $1 AND m.state = 'sent' AND m.sent_at >= $3",
    )
    .bind(person.0)
    .bind(item.0)
    .bind(ms(since))
    .fetch_one(&mut **tx)
    .await?;
    Ok(count > 0)
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
        "INSERT INTO gates (key, until) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET until = max(gates.until, $2)",
    )
    .bind(key.to_owned())
    .bind(ms(until))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// The next instant at which the dispatcher has something to do.
    pub async fn next_dispatch(&self) -> Result<Option<DateTime<Utc>>> {
        let next: Option<i64> = sqlx::query_scalar(
            "SELECT min(t) FROM (
                 SELECT min(send_at) AS t FROM notices WHERE state = 'queued'
                 UNION ALL SELECT min(max(next_try_at, lease_until)) FROM messages WHERE state = 'queued'
                 UNION ALL SELECT min(ack_by) FROM messages WHERE ack_by IS NOT NULL AND acked_at IS NULL) AS all_times",
        )
        .fetch_one(self.reader())
        .await?;
        Ok(next.map(at))
    }

    /// Messages per state.
    pub async fn count_messages(&self) -> Result<Vec<(String, i64)>> {
        let rows = sqlx::query("SELECT state, count(*) FROM messages GROUP BY state ORDER BY state")
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|r| Ok((r.try_get(0)?, r.try_get(1)?))).collect()
    }

    /// Messages given up, newest first.
    pub async fn dead_letters(&self, limit: i64) -> Result<Vec<StoredMessage>> {
        let rows = sqlx::query("SELECT * FROM messages WHERE state = 'dead' ORDER BY id DESC LIMIT $1")
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(message_of).collect()
    }

    /// Sent messages with an id above `after`, oldest first.
    pub async fn sent_after(&self, after: i64, limit: i64) -> Result<Vec<StoredMessage>> {
        let rows = sqlx::query("SELECT * FROM messages WHERE state = 'sent' AND id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(message_of).collect()
    }

    /// The newest sent messages to an address, oldest first.
    pub async fn sent_to(&self, channel: &str, address: &str, limit: i64) -> Result<Vec<StoredMessage>> {
        let rows = sqlx::query(
            "SELECT * FROM messages WHERE channel = $1 AND address = $2 AND state = 'sent' ORDER BY id DESC LIMIT $3",
        )
        .bind(channel.to_owned())
        .bind(address.to_owned())
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        let mut messages: Vec<StoredMessage> = rows.iter().map(message_of).collect::<Result<_>>()?;
        messages.reverse();
        Ok(messages)
    }

    /// The notices (reasons) that went into a message.
    pub async fn reasons(&self, message: i64) -> Result<Vec<StoredNotice>> {
        let rows = sqlx::query("SELECT * FROM notices WHERE message_id = $1 ORDER BY lane, id")
            .bind(message)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(notice_of).collect()
    }
}
