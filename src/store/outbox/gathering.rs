//! Gathering, set by set: due notices of many people become messages in a handful of statements.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row;

use super::StoredMessage;
use super::messages::{NewMessage, message_of};
use super::notices::{AT_ONCE, StoredNotice, notice_of, subject_of};
use crate::{Result, Tx, json, ms, text_for};
use dutybell_core::item::ItemId;
use dutybell_core::org::PersonId;
use dutybell_core::policy::Urgency;
use dutybell_core::subject::Subject;

/// Due notices no less urgent than `least` of at most `people` people, those most urgently waited for first, each
/// person's together. However many are due, only the first of each urgency are looked through for the people. Uses
/// `notices_urgent`, `notices_queued` and `notices_queued_by_person`; `send_at >= 0`, which always holds, says which.
pub async fn due_by_person(tx: &mut Tx, now: DateTime<Utc>, least: Urgency, people: i64) -> Result<Vec<StoredNotice>> {
    let rows = sqlx::query(
        "SELECT person_id FROM (
             SELECT * FROM (SELECT person_id, lane, send_at FROM notices
                 WHERE state = 'queued' AND lane <= 2 AND lane = 0 AND send_at <= $1 ORDER BY send_at LIMIT 4000) AS emergencies
             UNION ALL
             SELECT * FROM (SELECT person_id, lane, send_at FROM notices
                 WHERE state = 'queued' AND lane <= 2 AND lane = 1 AND send_at <= $1 ORDER BY send_at LIMIT 4000) AS replies
             UNION ALL
             SELECT * FROM (SELECT person_id, lane, send_at FROM notices
                 WHERE state = 'queued' AND lane <= 2 AND lane = 2 AND lane <= $2 AND send_at <= $1 ORDER BY send_at LIMIT 4000) AS escalations
             UNION ALL
             SELECT * FROM (SELECT person_id, lane, send_at FROM notices
                 WHERE state = 'queued' AND send_at >= 0 AND $2 > 2 AND lane <= $2 AND send_at <= $1 ORDER BY send_at LIMIT 4000) AS others
         ) AS due GROUP BY person_id ORDER BY min(lane), min(send_at), person_id LIMIT $3",
    )
    .bind(ms(now))
    .bind(least.lane())
    .bind(people)
    .fetch_all(&mut **tx)
    .await?;
    let people: Vec<PersonId> = rows.iter().map(|r| Ok(PersonId(r.try_get(0)?))).collect::<Result<_>>()?;
    if people.is_empty() {
        return Ok(Vec::new());
    }
    // Apart from the first: PostgreSQL's statistics may be of the night, when nothing was queued, and a join would then
    // go through all that is due once for each person. A list is at worst one pass.
    let text = text_for(
        tx,
        "SELECT n.* FROM json_each($3) AS p CROSS JOIN notices n
         WHERE n.person_id = p.value AND n.state = 'queued' AND n.send_at <= $1 AND n.lane <= $2 ORDER BY n.lane, n.id",
        "SELECT * FROM notices
         WHERE person_id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($3::json)))
         AND state = 'queued' AND send_at <= $1 AND lane <= $2 ORDER BY lane, id",
    );
    let rows = sqlx::query(text).bind(ms(now)).bind(least.lane()).bind(json(&people)?).fetch_all(&mut **tx).await?;
    let mut of_each: HashMap<PersonId, Vec<StoredNotice>> = HashMap::new();
    for row in &rows {
        let stored = notice_of(row)?;
        of_each.entry(stored.notice.person).or_default().push(stored);
    }
    Ok(people.iter().filter_map(|person| of_each.remove(person)).flatten().collect())
}

/// [`defer`] for many: notice and instant.
pub async fn defer_all(tx: &mut Tx, later: &[(i64, DateTime<Utc>)]) -> Result<()> {
    let pairs: Vec<(i64, i64)> = later.iter().map(|(notice, until)| (*notice, ms(*until))).collect();
    for some in pairs.chunks(AT_ONCE) {
        let text = text_for(
            tx,
            "UPDATE notices SET send_at = p.until, state = 'queued', message_id = NULL
             FROM (SELECT value ->> 0 AS id, value ->> 1 AS until FROM json_each($1)) AS p WHERE notices.id = p.id",
            "UPDATE notices SET send_at = p.until, state = 'queued', message_id = NULL
             FROM (SELECT (value ->> 0)::bigint AS id, (value ->> 1)::bigint AS until
                   FROM json_array_elements($1::json)) AS p
             WHERE notices.id = p.id",
        );
        sqlx::query(text).bind(json(&some)?).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Puts notices into messages: notice and message.
pub async fn attach_all(tx: &mut Tx, pairs: &[(i64, i64)]) -> Result<()> {
    for some in pairs.chunks(AT_ONCE) {
        let text = text_for(
            tx,
            "UPDATE notices SET state = 'message', message_id = p.message
             FROM (SELECT value ->> 0 AS id, value ->> 1 AS message FROM json_each($1)) AS p WHERE notices.id = p.id",
            "UPDATE notices SET state = 'message', message_id = p.message
             FROM (SELECT (value ->> 0)::bigint AS id, (value ->> 1)::bigint AS message
                   FROM json_array_elements($1::json)) AS p
             WHERE notices.id = p.id",
        );
        sqlx::query(text).bind(json(&some)?).execute(&mut **tx).await?;
    }
    Ok(())
}

/// [`put_message`] for one message each of many people; gives the ids by person. For messages without lines yet.
pub async fn put_messages(tx: &mut Tx, new: &[NewMessage], now: DateTime<Utc>) -> Result<HashMap<PersonId, i64>> {
    #[derive(Serialize)]
    struct Row<'a> {
        person: Option<i64>,
        kind: &'static str,
        lane: i64,
        channel: &'a str,
        address: &'a str,
        reply_to: Option<&'a str>,
        repeats: Option<i64>,
        counts: i64,
        body: String,
    }
    let rows: Vec<Row> = new
        .iter()
        .map(|m| {
            Ok(Row {
                person: m.person.map(|p| p.0),
                kind: if m.is_answer { "answer" } else { "notices" },
                lane: m.urgency.lane(),
                channel: &m.channel,
                address: &m.address,
                reply_to: m.reply_to.as_deref(),
                repeats: m.repeats,
                counts: i64::from(m.counts),
                body: json(&m.body)?,
            })
        })
        .collect::<Result<_>>()?;
    let text = text_for(
        tx,
        "INSERT INTO messages (person_id, kind, lane, state, channel, address, reply_to, next_try_at, created_at, repeats_id, counts, body)
         SELECT value ->> 'person', value ->> 'kind', value ->> 'lane', 'queued', value ->> 'channel', value ->> 'address',
                value ->> 'reply_to', $2, $2, value ->> 'repeats', value ->> 'counts', value ->> 'body'
         FROM json_each($1) WHERE true RETURNING id, person_id",
        "INSERT INTO messages (person_id, kind, lane, state, channel, address, reply_to, next_try_at, created_at, repeats_id, counts, body)
         SELECT person, kind, lane, 'queued', channel, address, reply_to, $2, $2, repeats, counts, body
         FROM json_to_recordset($1::json) AS new (person BIGINT, kind TEXT, lane BIGINT, channel TEXT, address TEXT,
                                                  reply_to TEXT, repeats BIGINT, counts BIGINT, body TEXT)
         RETURNING id, person_id",
    );
    let rows = sqlx::query(text).bind(json(&rows)?).bind(ms(now)).fetch_all(&mut **tx).await?;
    rows.iter().map(|r| Ok((PersonId(r.try_get(1)?), r.try_get(0)?))).collect()
}

/// Messages of many people since an instant that count against the cap; nobody without one is among them. Uses `messages_by_person` and
/// `messages_unsent`; `state = 'queued'` would lead PostgreSQL through the whole queue instead.
pub async fn counted_since_for(tx: &mut Tx, people: &[PersonId], since: DateTime<Utc>) -> Result<Vec<(PersonId, i64)>> {
    let text = text_for(
        tx,
        "SELECT person_id, count(*) FROM (
             SELECT m.person_id FROM json_each($1) AS p CROSS JOIN messages m
             WHERE m.person_id = p.value AND m.sent_at >= $2 AND m.state = 'sent' AND m.counts = 1
             UNION ALL
             SELECT m.person_id FROM json_each($1) AS p CROSS JOIN messages m
             WHERE m.person_id = p.value AND m.sent_at IS NULL AND m.state NOT IN ('withdrawn', 'dead', 'unknown') AND m.created_at >= $2 AND m.counts = 1
         ) AS counted GROUP BY person_id",
        "SELECT person_id, count(*) FROM (
             SELECT person_id FROM messages
             WHERE person_id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json))) AND sent_at >= $2 AND state = 'sent' AND counts = 1
             UNION ALL
             SELECT person_id FROM messages
             WHERE person_id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json))) AND sent_at IS NULL AND state NOT IN ('withdrawn', 'dead', 'unknown') AND created_at >= $2 AND counts = 1
         ) AS counted GROUP BY person_id",
    );
    let rows = sqlx::query(text).bind(json(&people)?).bind(ms(since)).fetch_all(&mut **tx).await?;
    rows.iter().map(|r| Ok((PersonId(r.try_get(0)?), r.try_get(1)?))).collect()
}

/// Items of which a person was told since an instant. Uses `messages_by_person`.
pub async fn told_lately(tx: &mut Tx, person: PersonId, since: DateTime<Utc>) -> Result<HashSet<ItemId>> {
    let rows = sqlx::query(
        "SELECT l.kind, l.named_id FROM messages m JOIN message_lines l ON l.message_id = m.id
         WHERE m.person_id = $1 AND m.sent_at >= $2 AND m.state = 'sent'",
    )
    .bind(person.0)
    .bind(ms(since))
    .fetch_all(&mut **tx)
    .await?;
    let told: Vec<Subject> = rows.iter().map(subject_of).collect::<Result<_>>()?;
    Ok(told.into_iter().filter_map(Subject::item).collect())
}

/// What told people about items since an instant, newest first. Uses `message_lines_by_named`; without `coalesce`
/// PostgreSQL takes the kind, which nearly all lines share, for what finds the few.
pub async fn told_about(
    tx: &mut Tx,
    asked: &BTreeSet<(PersonId, ItemId)>,
    since: DateTime<Utc>,
) -> Result<HashMap<(PersonId, ItemId), Vec<StoredMessage>>> {
    let text = text_for(
        tx,
        "SELECT a.value ->> 1 AS item, m.* FROM json_each($1) AS a
         CROSS JOIN message_lines l ON l.named_id = a.value ->> 1 AND l.kind = 'item'
         CROSS JOIN messages m ON m.id = l.message_id AND m.person_id = a.value ->> 0
             AND m.state = 'sent' AND m.kind = 'notices' AND m.sent_at >= $2
         ORDER BY m.id DESC",
        "SELECT (a.value ->> 1)::bigint AS item, m.* FROM json_array_elements($1::json) AS a (value)
         JOIN message_lines l ON l.named_id = (a.value ->> 1)::bigint AND coalesce(l.kind = 'item', false)
         JOIN messages m ON m.id = l.message_id AND m.person_id = (a.value ->> 0)::bigint
             AND m.state = 'sent' AND m.kind = 'notices' AND m.sent_at >= $2
         ORDER BY m.id DESC",
    );
    let mut found: HashMap<_, Vec<StoredMessage>> = asked.iter().map(|pair| (*pair, Vec::new())).collect();
    for row in &sqlx::query(text).bind(json(&asked)?).bind(ms(since)).fetch_all(&mut **tx).await? {
        let message = message_of(row)?;
        let Some(person) = message.person else { continue };
        found.entry((person, ItemId(row.try_get("item")?))).or_default().push(message);
    }
    Ok(found)
}

/// People said something about items: whatever told them about these was heard. Looks through what an item's own
/// messages are, never through all that a person was ever sent. Uses `message_lines_by_named`.
pub async fn mark_heard_of(tx: &mut Tx, heard: &[(PersonId, ItemId)], now: DateTime<Utc>) -> Result<()> {
    let text = text_for(
        tx,
        "UPDATE messages SET acked_at = $2 WHERE id IN (
             SELECT m.id FROM json_each($1) AS h CROSS JOIN message_lines l ON l.named_id = h.value ->> 1 AND l.kind = 'item'
             CROSS JOIN messages m ON m.id = l.message_id AND m.person_id = h.value ->> 0
                 AND m.ack_by IS NOT NULL AND m.acked_at IS NULL)",
        "UPDATE messages SET acked_at = $2 WHERE id = ANY (ARRAY (
             SELECT m.id FROM json_array_elements($1::json) AS h (value)
             JOIN message_lines l ON l.named_id = (h.value ->> 1)::bigint AND coalesce(l.kind = 'item', false)
             JOIN messages m ON m.id = l.message_id AND m.person_id = (h.value ->> 0)::bigint
                 AND m.ack_by IS NOT NULL AND m.acked_at IS NULL))",
    );
    sqlx::query(text).bind(json(&heard)?).bind(ms(now)).execute(&mut **tx).await?;
    Ok(())
}
