//! The chain that proves the log whole: one link an event, each made of the one before it.
//!
//! A link covers the facts of its event in the clear and the personal texts behind a salted digest. So the
//! texts may be purged after their time, the salt with them, and every link still verifies. Whoever can
//! write the database can also write a new chain: heads published elsewhere show that.

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{Result, Store, StoreError, Tx, json, ms, text_for};

/// What the first link is made of.
const BEGINNING: &str = "dutybell";

/// Fields of items and events that may hold personal texts. The list is part of the chain's form: a longer
/// one needs a chain of a new form.
const TEXTS: [&str; 9] = ["title", "description", "place", "basis", "note", "reason", "interim", "document", "what"];

/// Rows read at a time.
const PAGE: i64 = 1_000;

/// Number of events and the newest link: what is published.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Head {
    pub event: i64,
    pub hash: String,
}

/// What the verification found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    pub events: u64,
    /// Events whose personal texts were purged.
    pub purged: u64,
    pub head: Option<Head>,
    /// The first link that does not hold, and why.
    pub broken: Option<Broken>,
}

/// A link that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    pub event: i64,
    pub why: String,
}

/// Digest of texts, each with its length: no two lists of texts run together.
fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    HEXLOWER.encode(&hash.finalize())
}

/// JSON without its personal texts; anything that is no JSON counts as a text.
pub(super) fn without_texts(json: &str) -> String {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut() {
                    match value {
                        Value::String(text) if TEXTS.contains(&name.as_str()) => text.clear(),
                        other => strip(other),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(strip),
            _ => {}
        }
    }
    match serde_json::from_str::<Value>(json) {
        Ok(mut value) => {
            strip(&mut value);
            value.to_string()
        }
        Err(_) => String::new(),
    }
}

/// An event as its link sees it.
pub(super) struct Link {
    pub(super) id: i64,
    /// Item, version, instant, actor, channel, update, event, state.
    pub(super) facts: [String; 8],
    pub(super) data: String,
    pub(super) after: String,
}

impl Link {
    fn text_hash(&self, salt: &str) -> String {
        digest([salt, &self.data, &self.after])
    }

    fn hash(&self, before: &str, text_hash: &str) -> String {
        let (data, after) = (without_texts(&self.data), without_texts(&self.after));
        let facts = self.facts.iter().map(String::as_str);
        digest([before].into_iter().chain(facts).chain([data.as_str(), after.as_str(), text_hash]))
    }

    fn is_purged(&self) -> bool {
        self.data == without_texts(&self.data) && self.after == without_texts(&self.after)
    }
}

const EVENT: &str = "e.id, e.item_id, e.version, e.at, e.actor, e.via, e.inbox_id, e.event, e.state, e.data, e.after";

fn link(row: &AnyRow) -> Result<Link> {
    let number = |name: &str| -> Result<String> { Ok(row.try_get::<i64, _>(name)?.to_string()) };
    let text = |name: &str| -> Result<String> { Ok(row.try_get::<String, _>(name)?) };
    let inbox: Option<i64> = row.try_get("inbox_id")?;
    Ok(Link {
        id: row.try_get("id")?,
        facts: [
            number("item_id")?,
            number("version")?,
            number("at")?,
            text("actor")?,
            text("via")?,
            inbox.map(|i| i.to_string()).unwrap_or_default(),
            text("event")?,
            text("state")?,
        ],
        data: text("data")?,
        after: text("after")?,
    })
}

/// The newest link.
pub async fn newest(tx: &mut Tx) -> Result<Option<Head>> {
    let row = sqlx::query("SELECT event_id, hash FROM chain ORDER BY event_id DESC LIMIT 1")
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|r| Ok(Head { event: r.try_get(0)?, hash: r.try_get(1)? })).transpose()
}

/// Adds the link of an event that was just appended; `newest` is the hash of the link before it.
pub(super) async fn add(tx: &mut Tx, link: &Link, newest: Option<String>) -> Result<()> {
    put(tx, link, newest.as_deref().unwrap_or(BEGINNING)).await?;
    Ok(())
}

/// Adds the links of events that were just appended, in their order.
pub(super) async fn add_all(tx: &mut Tx, links: &[Link]) -> Result<()> {
    let mut before = newest(tx).await?.map_or_else(|| BEGINNING.to_owned(), |head| head.hash);
    let mut rows: Vec<(i64, String, String, String)> = Vec::with_capacity(links.len());
    for link in links {
        let salt = salt()?;
        let text_hash = link.text_hash(&salt);
        before = link.hash(&before, &text_hash);
        rows.push((link.id, salt, text_hash, before.clone()));
    }
    let text = text_for(
        tx,
        "INSERT INTO chain (event_id, salt, text_hash, hash)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each($1)",
        "INSERT INTO chain (event_id, salt, text_hash, hash)
         SELECT (value ->> 0)::bigint, value ->> 1, value ->> 2, value ->> 3 FROM json_array_elements($1::json)",
    );
    sqlx::query(text).bind(json(&rows)?).execute(&mut **tx).await?;
    Ok(())
}

async fn put(tx: &mut Tx, link: &Link, before: &str) -> Result<String> {
    let salt = salt()?;
    let text_hash = link.text_hash(&salt);
    let hash = link.hash(before, &text_hash);
    sqlx::query("INSERT INTO chain (event_id, salt, text_hash, hash) VALUES ($1, $2, $3, $4)")
        .bind(link.id)
        .bind(salt)
        .bind(text_hash)
        .bind(hash.clone())
        .execute(&mut **tx)
        .await?;
    Ok(hash)
}

/// Gives a log from a version without the chain its links, at the first opening.
pub(super) async fn begin(store: &Store) -> Result<()> {
    if store.head().await?.is_some() {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    if newest(&mut tx).await?.is_some() {
        return Ok(()); // another process was first
    }
    let (mut after, mut before) = (0, BEGINNING.to_owned());
    let text = format!("SELECT {EVENT} FROM events e WHERE e.id > $1 ORDER BY e.id LIMIT {PAGE}");
    loop {
        let rows = sqlx::query(AssertSqlSafe(text.clone())).bind(after).fetch_all(&mut *tx).await?;
        for row in &rows {
            let link = link(row)?;
            before = put(&mut tx, &link, &before).await?;
            after = link.id;
        }
        if rows.is_empty() {
            return Ok(tx.commit().await?);
        }
    }
}

fn salt() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::Damaged(format!("no random numbers: {e}")))?;
    Ok(HEXLOWER.encode(&bytes))
}

/// Empties the personal texts in the events of items that were closed or voided before an instant. Gives the
/// number of events purged; call again while it is the limit.
pub async fn purge_texts(tx: &mut Tx, closed_before: DateTime<Utc>, limit: i64) -> Result<i64> {
    let rows = sqlx::query(
        "SELECT e.id, e.data, e.after FROM chain c JOIN events e ON e.id = c.event_id
         WHERE c.salt <> '' AND NOT EXISTS (SELECT 1 FROM items i WHERE i.id = e.item_id AND i.open = 1)
         AND NOT EXISTS (SELECT 1 FROM events later WHERE later.item_id = e.item_id AND later.at >= $1)
         ORDER BY e.id LIMIT $2",
    )
    .bind(ms(closed_before))
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    for row in &rows {
        let (id, data, after): (i64, String, String) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        sqlx::query("UPDATE events SET data = $2, after = $3 WHERE id = $1")
            .bind(id)
            .bind(without_texts(&data))
            .bind(without_texts(&after))
            .execute(&mut **tx)
            .await?;
        sqlx::query("UPDATE chain SET salt = '' WHERE event_id = $1").bind(id).execute(&mut **tx).await?;
    }
    Ok(rows.len() as i64)
}

impl Store {
    /// The newest link.
    pub async fn head(&self) -> Result<Option<Head>> {
        newest(&mut self.snapshot().await?).await
    }

    /// Follows the chain from its first link, on one state of the database; see [`verify`].
    pub async fn verify_chain(&self, published: &[Head]) -> Result<Verified> {
        verify(&mut self.snapshot().await?, published).await
    }
}

/// Follows the chain from its first link; stops at the first that does not hold. `published` are heads
/// that were kept outside: each must still be in the chain.
pub async fn verify(tx: &mut Tx, published: &[Head]) -> Result<Verified> {
    let mut found = Verified { events: 0, purged: 0, head: None, broken: None };
    let (mut after, mut before) = (0, BEGINNING.to_owned());
    let text = format!(
        "SELECT {EVENT}, c.salt, c.text_hash, c.hash FROM events e LEFT JOIN chain c ON c.event_id = e.id
         WHERE e.id > $1 ORDER BY e.id LIMIT {PAGE}"
    );
    loop {
        let rows = sqlx::query(AssertSqlSafe(text.clone())).bind(after).fetch_all(&mut **tx).await?;
        for row in &rows {
            let link = link(row)?;
            let held = holds(row, &link, &before)?.and_then(|purged| {
                let published = published.iter().find(|p| p.event == link.id);
                let same = published.is_none_or(|p| row.try_get::<String, _>("hash").is_ok_and(|h| h == p.hash));
                if same { Ok(purged) } else { Err("differs from the published head") }
            });
            match held {
                Ok(purged) => found.purged += u64::from(purged),
                Err(why) => {
                    found.broken = Some(Broken { event: link.id, why: why.to_owned() });
                    return Ok(found);
                }
            }
            before = row.try_get("hash")?;
            after = link.id;
            found.events += 1;
            found.head = Some(Head { event: link.id, hash: before.clone() });
        }
        if (rows.len() as i64) < PAGE {
            found.broken = missing(tx, after, published).await?;
            return Ok(found);
        }
    }
}

/// Whether a link holds; true for purged texts.
fn holds(row: &AnyRow, link: &Link, before: &str) -> Result<std::result::Result<bool, &'static str>> {
    let Some(hash) = row.try_get::<Option<String>, _>("hash")? else {
        return Ok(Err("is not in the chain: it was inserted beside the program"));
    };
    let (salt, text_hash): (String, String) = (row.try_get("salt")?, row.try_get("text_hash")?);
    if link.hash(before, &text_hash) != hash {
        return Ok(Err("was changed, or an event before it is missing, added or moved"));
    }
    if salt.is_empty() {
        return Ok(if link.is_purged() { Ok(true) } else { Err("has texts that no link covers") });
    }
    Ok(if link.text_hash(&salt) == text_hash { Ok(false) } else { Err("has a text that was changed") })
}

/// What was cut off at the end: links or published heads without their event, items ahead of their log.
async fn missing(tx: &mut Tx, last: i64, published: &[Head]) -> Result<Option<Broken>> {
    let link: Option<i64> = sqlx::query_scalar(
        "SELECT min(c.event_id) FROM chain c LEFT JOIN events e ON e.id = c.event_id WHERE e.id IS NULL",
    )
    .fetch_one(&mut **tx)
    .await?;
    if let Some(event) = link {
        return Ok(Some(Broken { event, why: "was deleted".to_owned() }));
    }
    if let Some(head) = published.iter().filter(|p| p.event > last).min_by_key(|p| p.event) {
        return Ok(Some(Broken { event: head.event, why: "was published as a head and is gone".to_owned() }));
    }
    let item: Option<i64> = sqlx::query_scalar(
        "SELECT min(i.id) FROM items i WHERE i.version > (SELECT coalesce(max(e.version), 0) FROM events e WHERE e.item_id = i.id)",
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(item.map(|id| Broken { event: last + 1, why: format!("is missing: item {id} is newer than its log") }))
}
