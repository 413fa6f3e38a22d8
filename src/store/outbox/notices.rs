//! Notices on record: whom something concerns, why, by when they must hear of it, and what became of that.

mod before;

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

use crate::{Result, Store, StoreError, Tx, at, from_json, json, ms, text_for};
use dutybell_core::item::ItemId;
use dutybell_core::notice::{Notice, Reason};
use dutybell_core::org::{PersonId, UnitId};
use dutybell_core::policy::{Form, Urgency};
use dutybell_core::subject::Subject;

/// A summary that nobody got for longer than this begins anew.
const LOOKS_BACK: Duration = Duration::days(400);

/// Tables of a unit that are looked through at a time for those of a series.
const OF_SERIES: i64 = 50;

/// A notice as stored.
#[derive(Clone, Debug)]
pub struct StoredNotice {
    pub id: i64,
    /// `queued`, `message`, `sent`, `withdrawn`, `dead`, `unknown`.
    pub state: String,
    pub created_at: DateTime<Utc>,
    pub notice: Notice,
}

/// What of a notice lies in the `data` column.
#[derive(Serialize, Deserialize)]
struct Detail {
    form: Form,
    #[serde(flatten)]
    why: Why,
    epoch: i64,
    channels: Vec<String>,
    ack_within_ms: Option<i64>,
    instead: Option<String>,
}

/// The reason of a notice, or what of it was stored until the schema of that day.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Why {
    Now { reason: Reason },
    Before(before::Why),
}

fn instead_word(text: &str) -> &'static str {
    match text {
        "blocked" => "blocked",
        "bounced" => "bounced",
        _ => "vacant",
    }
}

pub(crate) fn notice_of(row: &AnyRow) -> Result<StoredNotice> {
    let detail: Detail = from_json(&row.try_get::<String, _>("data")?)?;
    let subject = subject_of(row)?;
    let key: String = row.try_get("key")?;
    let reason = match detail.why {
        Why::Now { reason } => reason,
        Why::Before(why) => why.reason(&key, subject, detail.form),
    };
    Ok(StoredNotice {
        id: row.try_get("id")?,
        state: row.try_get("state")?,
        created_at: at(row.try_get("created_at")?),
        notice: Notice {
            key,
            person: PersonId(row.try_get("person_id")?),
            subject,
            form: detail.form,
            reason,
            urgency: Urgency::from_lane(row.try_get("lane")?),
            epoch: detail.epoch,
            send_at: at(row.try_get("send_at")?),
            channels: detail.channels,
            ack_within: detail.ack_within_ms.map(Duration::milliseconds),
            instead: detail.instead.as_deref().map(instead_word),
        },
    })
}

/// What the columns `kind` and `named_id` of a row name.
///
/// # Errors
/// [`StoreError::Damaged`] for a kind that this program does not know.
pub(crate) fn subject_of(row: &AnyRow) -> Result<Subject> {
    let kind: String = row.try_get("kind")?;
    let id = row.try_get("named_id")?;
    Subject::of(&kind, id).ok_or_else(|| StoreError::Damaged(format!("{kind} {id:?} is nothing that can be told of")))
}

fn detail(notice: &Notice) -> Result<String> {
    json(&Detail {
        form: notice.form,
        why: Why::Now { reason: notice.reason.clone() },
        epoch: notice.epoch,
        channels: notice.channels.clone(),
        ack_within_ms: notice.ack_within.map(|d| d.num_milliseconds()),
        instead: notice.instead.map(str::to_owned),
    })
}

/// Queues a notice; the same key a second time does nothing. True when it is new.
pub async fn queue(tx: &mut Tx, notice: &Notice, now: DateTime<Utc>) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO notices (key, kind, named_id, person_id, lane, send_at, state, created_at, data)
         VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8) ON CONFLICT (key) DO NOTHING",
    )
    .bind(notice.key.clone())
    .bind(notice.subject.kind())
    .bind(notice.subject.id())
    .bind(notice.person.0)
    .bind(notice.urgency.lane())
    .bind(ms(notice.send_at))
    .bind(ms(now))
    .bind(detail(notice)?)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notices that travel in one statement: a text of a few hundred kilobytes.
pub(super) const AT_ONCE: usize = 1_000;

/// [`queue`] for many: one statement for each thousand.
pub async fn queue_all(tx: &mut Tx, new: &[Notice], now: DateTime<Utc>) -> Result<()> {
    #[derive(Serialize)]
    struct Row<'a> {
        key: &'a str,
        kind: &'static str,
        named: Option<i64>,
        person: i64,
        lane: i64,
        send_at: i64,
        data: String,
    }
    let text = text_for(
        tx,
        "INSERT INTO notices (key, kind, named_id, person_id, lane, send_at, state, created_at, data)
         SELECT value ->> 'key', value ->> 'kind', value ->> 'named', value ->> 'person', value ->> 'lane',
                value ->> 'send_at', 'queued', $2, value ->> 'data'
         FROM json_each($1) WHERE true ON CONFLICT (key) DO NOTHING",
        "INSERT INTO notices (key, kind, named_id, person_id, lane, send_at, state, created_at, data)
         SELECT key, kind, named, person, lane, send_at, 'queued', $2, data
         FROM json_to_recordset($1::json) AS new (key TEXT, kind TEXT, named BIGINT, person BIGINT, lane BIGINT,
                                                  send_at BIGINT, data TEXT)
         ON CONFLICT (key) DO NOTHING",
    );
    for some in new.chunks(AT_ONCE) {
        let rows: Vec<Row> = some
            .iter()
            .map(|notice| {
                Ok(Row {
                    key: &notice.key,
                    kind: notice.subject.kind(),
                    named: notice.subject.id(),
                    person: notice.person.0,
                    lane: notice.urgency.lane(),
                    send_at: ms(notice.send_at),
                    data: detail(notice)?,
                })
            })
            .collect::<Result<_>>()?;
        sqlx::query(text).bind(json(&rows)?).bind(ms(now)).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Notices about items that have not left yet. Uses `notices_by_named`.
pub async fn live_of_items(tx: &mut Tx, items: &BTreeSet<ItemId>) -> Result<HashMap<ItemId, Vec<StoredNotice>>> {
    let text = text_for(
        tx,
        "SELECT * FROM notices WHERE kind = 'item' AND named_id IN (SELECT value FROM json_each($1)) AND state IN ('queued', 'message') ORDER BY id",
        "SELECT * FROM notices WHERE kind = 'item' AND named_id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))
             AND state IN ('queued', 'message') ORDER BY id",
    );
    let mut found: HashMap<ItemId, Vec<StoredNotice>> = items.iter().map(|id| (*id, Vec::new())).collect();
    for row in &sqlx::query(text).bind(json(&items)?).fetch_all(&mut **tx).await? {
        let live = notice_of(row)?;
        if let Some(item) = live.notice.subject.item() {
            found.entry(item).or_default().push(live);
        }
    }
    Ok(found)
}

/// Notices that are no longer true will not be sent.
pub async fn withdraw(tx: &mut Tx, notices: &[i64]) -> Result<()> {
    let text = text_for(
        tx,
        "UPDATE notices SET state = 'withdrawn' WHERE id IN (SELECT value FROM json_each($1))",
        "UPDATE notices SET state = 'withdrawn'
         WHERE id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))",
    );
    sqlx::query(text).bind(json(&notices)?).execute(&mut **tx).await?;
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

/// The notices that a message is made of.
pub async fn of_message(tx: &mut Tx, message: i64) -> Result<Vec<StoredNotice>> {
    let rows = sqlx::query("SELECT * FROM notices WHERE message_id = $1 AND state = 'message' ORDER BY lane, id")
        .bind(message)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(notice_of).collect()
}

/// The newest cut-off before `before` of the tables of a unit and a series that a person was sent.
/// Uses `messages_by_person`.
pub async fn newest_of_series(
    tx: &mut Tx,
    person: PersonId,
    unit: UnitId,
    series: &str,
    before: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let of_series =
        |notice: &StoredNotice| matches!(&notice.notice.reason, Reason::Digest { series: s } if s == series);
    let mut until = (ms(before), 0);
    loop {
        let rows = sqlx::query(
            "SELECT n.* FROM messages m JOIN notices n ON n.message_id = m.id
             WHERE m.person_id = $1 AND m.sent_at >= $4 AND m.state = 'sent'
                 AND n.state = 'sent' AND n.kind = 'digest' AND n.named_id = $2
                 AND (n.created_at < $3 OR n.created_at = $3 AND n.id < $6)
             ORDER BY n.created_at DESC, n.id DESC LIMIT $5",
        )
        .bind(person.0)
        .bind(unit.0)
        .bind(until.0)
        .bind(ms(before - LOOKS_BACK))
        .bind(OF_SERIES)
        .bind(until.1)
        .fetch_all(&mut **tx)
        .await?;
        let sent: Vec<StoredNotice> = rows.iter().map(notice_of).collect::<Result<_>>()?;
        if let Some(found) = sent.iter().find(|notice| of_series(notice)) {
            return Ok(Some(found.created_at));
        }
        match sent.last() {
            Some(last) if (sent.len() as i64) == OF_SERIES => until = (ms(last.created_at), last.id),
            _ => return Ok(None),
        }
    }
}

impl Store {
    /// Who was told something about an open item by this channel, or is about to be: person, item, and when the last of
    /// it was due. Reads all notices.
    pub async fn told_by(&self, channel: &str, now: DateTime<Utc>) -> Result<Vec<(PersonId, ItemId, DateTime<Utc>)>> {
        let rows = sqlx::query(
            "SELECT n.person_id, n.named_id, max(n.send_at) FROM notices n
             JOIN items i ON n.kind = 'item' AND i.id = n.named_id JOIN messages m ON m.id = n.message_id
             WHERE i.open = 1 AND n.send_at <= $1 AND n.state IN ('message', 'sent') AND m.channel = $2
             GROUP BY n.person_id, n.named_id ORDER BY n.named_id, n.person_id",
        )
        .bind(ms(now))
        .bind(channel.to_owned())
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(|r| Ok((PersonId(r.try_get(0)?), ItemId(r.try_get(1)?), at(r.try_get(2)?)))).collect()
    }
}
