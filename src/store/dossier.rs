//! The record for auditors: what was decided, who was told what, each try, each answer.

use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Column, Row, TypeInfo, ValueRef};

use super::{Result, Store};
use dutybell_core::item::ItemId;

/// One record: its kind and its columns. Instants are UTC milliseconds; texts that are JSON stay as they are
/// stored, because the chain's digests are made of them.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Record {
    pub kind: &'static str,
    #[serde(flatten)]
    pub columns: Map<String, Value>,
}

impl Record {
    /// A column's number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.columns.get(name)?.as_i64()
    }

    /// A column's text; empty when there is none.
    pub fn text(&self, name: &str) -> &str {
        self.columns.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Records read at a time.
const PAGE: i64 = 500;

/// Kind, rows, and which of them belong to one item (`$2`). Every query is asked for ids above `$1`.
const KINDS: [(&str, &str, &str); 8] = [
    (
        "person",
        "SELECT p.id, p.name, p.gone FROM people p",
        "p.id IN (SELECT person_id FROM notices WHERE kind = 'item' AND named_id = $2)
             OR 'person:' || p.id IN (SELECT actor FROM events WHERE item_id = $2)
             OR p.id IN (SELECT person_id FROM messages WHERE id IN (SELECT message_id FROM message_lines WHERE kind = 'item' AND named_id = $2))",
    ),
    (
        "event",
        "SELECT p.id, p.item_id, p.object, p.object_id, p.version, p.at, p.actor, p.via, p.inbox_id, p.event, p.state, p.data, p.after,
             c.salt, c.text_hash, c.hash FROM events p LEFT JOIN chain c ON c.event_id = p.id",
        "p.item_id = $2",
    ),
    (
        "notice",
        "SELECT p.id, p.key, p.kind AS about, p.named_id, p.person_id, p.lane, p.send_at, p.state, p.message_id, p.created_at, p.data
             FROM notices p",
        "p.kind = 'item' AND p.named_id = $2",
    ),
    (
        "message",
        "SELECT p.id, p.person_id, p.kind AS form, p.lane, p.state, p.channel, p.address, p.platform_id, p.tries,
             p.created_at, p.sent_at, p.acked_at, p.repeats_id, p.body
             FROM (SELECT * FROM messages WHERE kind <> 'canary') p",
        "p.id IN (SELECT message_id FROM message_lines WHERE kind = 'item' AND named_id = $2
             UNION SELECT message_id FROM notices WHERE kind = 'item' AND named_id = $2)",
    ),
    (
        "attempt",
        "SELECT p.id, p.message_id, p.at, p.channel, p.outcome, p.detail, p.platform_id
             FROM (SELECT * FROM attempts WHERE message_id NOT IN (SELECT message_id FROM canaries)) p",
        "p.message_id IN (SELECT message_id FROM message_lines WHERE kind = 'item' AND named_id = $2
             UNION SELECT message_id FROM notices WHERE kind = 'item' AND named_id = $2)",
    ),
    (
        "reply",
        "SELECT p.id, p.channel, p.chat, p.received_at, p.state, p.inbound, p.outcome,
             (SELECT CASE count(*) WHEN 1 THEN max(c.person_id) END FROM contacts c
                 WHERE c.channel = p.channel AND c.address = p.chat) AS person_id
             FROM inbox p",
        "p.id IN (SELECT inbox_id FROM events WHERE item_id = $2)
             OR p.id IN (SELECT r.id FROM inbox r JOIN messages m ON m.channel = r.channel AND m.address = r.chat
                 JOIN message_lines l ON l.message_id = m.id AND l.kind = 'item' AND l.named_id = $2
                 WHERE m.sent_at <= r.received_at AND r.received_at < m.sent_at + 604800000
                 AND NOT EXISTS (SELECT 1 FROM events e WHERE e.inbox_id = r.id))",
    ),
    (
        "pause",
        "SELECT p.id, p.unit_id, p.since, p.until, p.actor, p.reason, p.ended_at, p.ended_by, p.end_reason FROM pauses p",
        "p.id IN (SELECT pause_id FROM notices WHERE kind = 'item' AND named_id = $2)",
    ),
    (
        "resend",
        "SELECT p.id, p.message_id, p.at, p.actor, p.reason FROM resends p",
        "p.message_id IN (SELECT message_id FROM message_lines WHERE kind = 'item' AND named_id = $2)",
    ),
];

impl Store {
    /// Every record of one item, or of all, kind by kind in order of id, handed over one by one.
    ///
    /// To an item belong the answers that changed it, and those that changed nothing and came from a chat
    /// within a week after it had been told of the item: what was said must be seen, too.
    pub async fn records<E: From<super::StoreError>>(
        &self,
        item: Option<ItemId>,
        mut take: impl FnMut(Record) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut tx = self.snapshot().await?;
        for (kind, rows, of_item) in KINDS {
            let mut after = 0_i64;
            loop {
                let which = if item.is_some() { format!("AND ({of_item})") } else { String::new() };
                let text = format!("{rows} WHERE p.id > $1 {which} ORDER BY p.id LIMIT {PAGE}");
                let query = sqlx::query(AssertSqlSafe(text)).bind(after);
                let query = if let Some(item) = item { query.bind(item.0) } else { query };
                let page = query.fetch_all(&mut *tx).await.map_err(super::StoreError::from)?;
                for row in &page {
                    after = row.try_get("id").map_err(super::StoreError::from)?;
                    take(Record { kind, columns: columns(row)? })?;
                }
                if (page.len() as i64) < PAGE {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn columns(row: &AnyRow) -> Result<Map<String, Value>> {
    row.columns()
        .iter()
        .map(|column| {
            let raw = row.try_get_raw(column.ordinal())?;
            let value = if raw.is_null() {
                Value::Null
            } else if raw.type_info().name().eq_ignore_ascii_case("text") {
                Value::from(row.try_get::<String, _>(column.ordinal())?)
            } else {
                Value::from(row.try_get::<i64, _>(column.ordinal())?)
            };
            Ok((column.name().to_owned(), value))
        })
        .collect()
}
