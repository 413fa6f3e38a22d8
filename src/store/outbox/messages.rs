//! Messages: what is sent, where, and whether it was heard.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::notices::{StoredNotice, notice_of, subject_of};
use crate::{Result, Tx, at, from_json, json, ms, numbers, place, text_for};
use dutybell_core::item::ItemId;
use dutybell_core::message::Message;
use dutybell_core::notice::Reason;
use dutybell_core::org::PersonId;
use dutybell_core::policy::Urgency;
use dutybell_core::subject::Subject;

/// A message waiting to be sent, or sent.
#[derive(Clone, Debug)]
pub struct StoredMessage {
    pub id: i64,
    pub person: Option<PersonId>,
    /// Fixed: an answer, or the check of a channel; else made of notices, composed anew before each try.
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

/// Queues a message for sending at once, under its reader's numbers.
pub async fn put_message(tx: &mut Tx, message: &NewMessage, now: DateTime<Utc>) -> Result<i64> {
    let mut body = message.body.clone();
    if let Some(person) = message.person.filter(|_| body.lines().next().is_some()) {
        numbers::write(tx, person, &mut body, message.is_answer, now).await?;
    }
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
    .bind(json(&body)?)
    .fetch_one(&mut **tx)
    .await?;
    put_lines(tx, id, &body).await?;
    Ok(id)
}

async fn put_lines(tx: &mut Tx, message: i64, body: &Message) -> Result<()> {
    for line in body.lines() {
        sqlx::query(
            "INSERT INTO message_lines (message_id, number, kind, named_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(message)
        .bind(i64::from(line.number))
        .bind(line.subject.kind())
        .bind(line.subject.id())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

pub(crate) fn message_of(row: &AnyRow) -> Result<StoredMessage> {
    Ok(StoredMessage {
        id: row.try_get("id")?,
        person: row.try_get::<Option<i64>, _>("person_id")?.map(PersonId),
        is_answer: row.try_get::<String, _>("kind")? != "notices",
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

/// One message.
pub async fn message(tx: &mut Tx, id: i64) -> Result<Option<StoredMessage>> {
    let row = sqlx::query("SELECT * FROM messages WHERE id = $1").bind(id).fetch_optional(&mut **tx).await?;
    row.as_ref().map(message_of).transpose()
}

/// Several messages by their ids.
pub async fn messages(tx: &mut Tx, ids: &BTreeSet<i64>) -> Result<HashMap<i64, StoredMessage>> {
    let text = text_for(
        tx,
        "SELECT * FROM messages WHERE id IN (SELECT value FROM json_each($1))",
        "SELECT * FROM messages WHERE id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))",
    );
    let rows = sqlx::query(text).bind(json(&ids)?).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| message_of(row).map(|m| (m.id, m))).collect()
}

/// A message in a chat: channel, address, and which.
pub type Pointed<'a> = (&'a str, &'a str, Pointer<'a>);

/// Which message of a chat is meant.
#[derive(Clone, Copy, Debug)]
pub enum Pointer<'a> {
    /// The one that the platform knows under this id.
    Id(&'a str),
    /// The newest about items that had been sent by then; `numbered`: about more than one.
    Newest { before: DateTime<Utc>, numbered: bool },
}

/// How long a message is the newest one: so far back it is looked for.
const NEWEST: i64 = 31 * 24 * 3_600_000;

/// The messages that these point at, by their place in the list. A long message is several platform messages; all
/// their ids stand in the attempts. Uses `messages_by_platform`, `attempts_by_platform` and `messages_sent`.
pub async fn pointed_at(tx: &mut Tx, pointed: &[Pointed<'_>]) -> Result<HashMap<usize, StoredMessage>> {
    let (mut quoted, mut last) = (Vec::new(), Vec::new());
    for (n, (channel, address, pointer)) in pointed.iter().enumerate() {
        match pointer {
            Pointer::Id(id) => quoted.push((n, channel, address, id)),
            // More than one line is written with numbers.
            Pointer::Newest { before, numbered } => {
                last.push((n, channel, address, ms(*before), ms(*before) - NEWEST, if *numbered { 2 } else { 1 }));
            }
        }
    }
    // An OR would read all that was ever sent to an address, and so would a join without `|| ''`.
    let quoting = text_for(
        tx,
        "SELECT a.value ->> 0 AS n, m.* FROM json_each($1) AS a CROSS JOIN messages m ON m.id = (SELECT max(f.id) FROM (
             SELECT q.id FROM messages q
             WHERE q.channel = a.value ->> 1 AND q.address = a.value ->> 2 AND q.platform_id = a.value ->> 3
             UNION ALL SELECT q.id FROM attempts t JOIN messages q ON q.id = t.message_id
             WHERE t.channel = a.value ->> 1 AND t.platform_id = a.value ->> 3
             AND q.channel || '' = a.value ->> 1 AND q.address || '' = a.value ->> 2) AS f)",
        "SELECT (a.value ->> 0)::bigint AS n, m.* FROM json_array_elements($1::json) AS a (value) JOIN messages m ON m.id = (SELECT max(f.id) FROM (
             SELECT q.id FROM messages q
             WHERE q.channel = a.value ->> 1 AND q.address = a.value ->> 2 AND q.platform_id = a.value ->> 3
             UNION ALL SELECT q.id FROM attempts t JOIN messages q ON q.id = t.message_id
             WHERE t.channel = a.value ->> 1 AND t.platform_id = a.value ->> 3
             AND q.channel || '' = a.value ->> 1 AND q.address || '' = a.value ->> 2) AS f)",
    );
    let newest = text_for(
        tx,
        "SELECT a.value ->> 0 AS n, m.* FROM json_each($1) AS a CROSS JOIN messages m ON m.id = (
             SELECT s.id FROM messages s WHERE s.channel = a.value ->> 1 AND s.address = a.value ->> 2 AND s.state = 'sent'
             AND s.sent_at <= a.value ->> 3 AND s.sent_at > a.value ->> 4
             AND (SELECT count(*) FROM message_lines l WHERE l.message_id = s.id) >= a.value ->> 5
             ORDER BY s.sent_at DESC, s.id DESC LIMIT 1)",
        "SELECT (a.value ->> 0)::bigint AS n, m.* FROM json_array_elements($1::json) AS a (value) JOIN messages m ON m.id = (
             SELECT s.id FROM messages s WHERE s.channel = a.value ->> 1 AND s.address = a.value ->> 2 AND s.state = 'sent'
             AND s.sent_at <= (a.value ->> 3)::bigint AND s.sent_at > (a.value ->> 4)::bigint
             AND (SELECT count(*) FROM message_lines l WHERE l.message_id = s.id) >= (a.value ->> 5)::bigint
             ORDER BY s.sent_at DESC, s.id DESC LIMIT 1)",
    );
    let mut found = HashMap::new();
    let asked = [(quoting, quoted.is_empty(), json(&quoted)?), (newest, last.is_empty(), json(&last)?)];
    for (text, _, some) in asked.into_iter().filter(|(_, is_empty, _)| !is_empty) {
        for row in &sqlx::query(text).bind(some).fetch_all(&mut **tx).await? {
            found.insert(place(row)?, message_of(row)?);
        }
    }
    Ok(found)
}

/// Messages about items that a chat may have been shown by then, the newest first: whose sending was cut off, too.
pub async fn shown_in(
    tx: &mut Tx,
    channel: &str,
    address: &str,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<StoredMessage>> {
    let rows = sqlx::query(
        "SELECT * FROM messages m WHERE m.channel = $1 AND m.address = $2 AND m.state <> 'withdrawn' AND m.created_at <= $3
             AND EXISTS (SELECT 1 FROM message_lines l WHERE l.message_id = m.id) ORDER BY m.id DESC LIMIT $4",
    )
    .bind(channel.to_owned())
    .bind(address.to_owned())
    .bind(ms(before))
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(message_of).collect()
}

/// What each line of a message shows, by its number.
pub async fn lines(tx: &mut Tx, messages: &BTreeSet<i64>) -> Result<HashMap<i64, Vec<(u32, Subject)>>> {
    let text = text_for(
        tx,
        "SELECT message_id, number, kind, named_id FROM message_lines
         WHERE message_id IN (SELECT value FROM json_each($1)) ORDER BY message_id, number",
        "SELECT message_id, number, kind, named_id FROM message_lines
         WHERE message_id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))
         ORDER BY message_id, number",
    );
    let mut found: HashMap<i64, Vec<(u32, Subject)>> = messages.iter().map(|id| (*id, Vec::new())).collect();
    for row in &sqlx::query(text).bind(json(&messages)?).fetch_all(&mut **tx).await? {
        let line = (u32::try_from(row.try_get::<i64, _>(1)?).unwrap_or(0), subject_of(row)?);
        found.entry(row.try_get(0)?).or_default().push(line);
    }
    Ok(found)
}

/// The chat of a message lives on under another address.
pub async fn readdress(tx: &mut Tx, message: &StoredMessage, address: &str) -> Result<()> {
    sqlx::query("UPDATE messages SET address = $3 WHERE id = $1 AND lease_token = $2 AND state = 'queued'")
        .bind(message.id)
        .bind(message.lease_token)
        .bind(address.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Changes what sent messages show (after their answers).
pub async fn save_bodies(tx: &mut Tx, bodies: &BTreeMap<i64, Message>) -> Result<()> {
    let rows: Vec<(i64, String)> = bodies.iter().map(|(id, body)| Ok((*id, json(body)?))).collect::<Result<_>>()?;
    let text = text_for(
        tx,
        "UPDATE messages SET body = b.value ->> 1 FROM json_each($1) AS b WHERE messages.id = b.value ->> 0",
        "UPDATE messages SET body = b.value ->> 1 FROM json_array_elements($1::json) AS b (value)
         WHERE messages.id = (b.value ->> 0)::bigint",
    );
    sqlx::query(text).bind(json(&rows)?).execute(&mut **tx).await?;
    Ok(())
}

/// Their readers answered (or pressed something in) these messages: they and what repeats them were heard. Uses
/// `messages_by_repeats`.
pub async fn mark_heard(tx: &mut Tx, messages: &BTreeSet<i64>, now: DateTime<Utc>) -> Result<()> {
    let text = text_for(
        tx,
        "UPDATE messages SET acked_at = $2 WHERE acked_at IS NULL AND (
             id IN (SELECT value FROM json_each($1)) OR repeats_id IN (SELECT value FROM json_each($1))
             OR id IN (SELECT repeats_id FROM messages WHERE id IN (SELECT value FROM json_each($1)) AND repeats_id IS NOT NULL))",
        "UPDATE messages SET acked_at = $2 WHERE acked_at IS NULL AND (
             id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))
             OR repeats_id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))
             OR id = ANY (ARRAY (SELECT repeats_id FROM messages WHERE repeats_id IS NOT NULL
                 AND id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json))))))",
    );
    sqlx::query(text).bind(json(messages)?).bind(ms(now)).execute(&mut **tx).await?;
    Ok(())
}

/// Messages whose window for an answer is over. Uses `messages_unheard`.
pub async fn unheard(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<StoredMessage>> {
    let rows = sqlx::query(
        "SELECT * FROM messages WHERE ack_by IS NOT NULL AND acked_at IS NULL AND ack_by <= $1 AND state || '' = 'sent' ORDER BY ack_by LIMIT $2",
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
        sqlx::query("SELECT * FROM notices WHERE kind = 'item' AND named_id = $1 AND state = 'sent' ORDER BY id")
            .bind(item.0)
            .fetch_all(&mut **tx)
            .await?;
    let caused = |n: &StoredNotice| matches!(n.notice.reason, Reason::Told { version: by, .. } if by == version);
    let sent: Vec<StoredNotice> = rows.iter().map(notice_of).collect::<Result<_>>()?;
    let told: BTreeSet<PersonId> = sent.iter().filter(|n| caused(n)).map(|n| n.notice.person).collect();
    Ok(told.into_iter().collect())
}

/// Keys of the messages that told this person about an item before, oldest first: mail threads by them.
pub async fn thread(tx: &mut Tx, person: PersonId, item: ItemId, before: i64) -> Result<Vec<i64>> {
    let rows = sqlx::query(
        "SELECT m.id FROM messages m JOIN message_lines l ON l.message_id = m.id
         WHERE l.kind = 'item' AND l.named_id = $2 AND m.person_id = $1 AND m.state = 'sent' AND m.id < $3 ORDER BY m.id LIMIT 20",
    )
    .bind(person.0)
    .bind(item.0)
    .bind(before)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(|r| Ok(r.try_get(0)?)).collect()
}

/// Empties what old messages say, once none of their items is open. Gives the number emptied.
pub async fn purge_bodies(tx: &mut Tx, before: DateTime<Utc>, limit: i64) -> Result<u64> {
    let done = sqlx::query(
        "UPDATE messages SET body = $3 WHERE id IN (SELECT m.id FROM messages m
             WHERE m.created_at < $1 AND m.state <> 'queued' AND m.body <> $3 AND NOT EXISTS (
                 SELECT 1 FROM message_lines l JOIN items i ON i.id = l.named_id AND coalesce(l.kind = 'item', false)
                 JOIN events e ON e.item_id = i.id AND e.version = i.version
                 WHERE l.message_id = m.id AND (i.open = 1 OR e.at >= $1))
             ORDER BY m.id LIMIT $2)",
    )
    .bind(ms(before))
    .bind(limit)
    .bind(json(&Message::default())?)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected())
}
