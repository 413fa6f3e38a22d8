//! The chain that proves the log whole: one link an event, each made of the one before it.
//!
//! A link covers the facts of its event in the clear and the personal texts behind a salted digest. So the
//! texts may be purged after their time, the salt with them, and every link still verifies. Whoever can
//! write the database can also write a new chain: heads published elsewhere show that.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Arguments as _, AssertSqlSafe, Row};

use super::agree::{Differs, disagreements};
use super::many::Insert;
use super::{Result, Store, StoreError, Tx, ms};

/// What the first link is made of.
const BEGINNING: &str = "dutybell";

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum About {
    Item(i64),
    /// Something else, by its word and id.
    Other(String, i64),
    /// The columns contradict each other. The program writes no such event, and none fits a link.
    Neither,
}

impl About {
    /// Reads the columns `item_id`, `object` and `object_id`.
    pub(super) fn of(row: &AnyRow) -> Result<About> {
        let object: String = row.try_get("object")?;
        Ok(match (row.try_get("item_id")?, row.try_get("object_id")?) {
            (Some(item), None) if object == ITEM => About::Item(item),
            (None, Some(id)) if object != ITEM => About::Other(object, id),
            _ => About::Neither,
        })
    }

    pub(super) fn item(&self) -> Option<i64> {
        match self {
            About::Item(id) => Some(*id),
            About::Other(..) | About::Neither => None,
        }
    }

    /// Its word in the log.
    pub(super) fn object(&self) -> &str {
        match self {
            About::Item(_) => ITEM,
            About::Other(object, _) => object,
            About::Neither => "",
        }
    }

    pub(super) fn object_id(&self) -> Option<i64> {
        match self {
            About::Item(_) | About::Neither => None,
            About::Other(_, id) => Some(*id),
        }
    }

    fn form(&self) -> Form {
        match self {
            About::Item(_) => Form::Item,
            About::Other(..) | About::Neither => Form::Other,
        }
    }
}

/// The word of an item in the log.
pub(super) const ITEM: &str = "item";

/// What a link covers, and which fields are personal texts: part of the chain, so that a form never changes. A log
/// may hold links of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// An event of an item; all that there were at first.
    Item,
    /// An event of something else, whose word stands among the facts.
    Other,
}

impl Form {
    fn texts(self) -> &'static [&'static str] {
        match self {
            Form::Item => &["title", "description", "place", "basis", "note", "reason", "interim", "document", "what"],
            Form::Other => &["name", "english", "phone", "address", "reason"],
        }
    }
}

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
    /// Items, people and rules that are not what their events add up to.
    pub differing: Vec<Differs>,
}

impl Verified {
    /// The log holds, and everything is what it says.
    pub fn is_whole(&self) -> bool {
        self.broken.is_none() && self.differing.is_empty()
    }
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

/// JSON without its personal texts, its fields in order of their names; anything that is no JSON counts as a text.
/// Values stay in the form in which they were written, by the one writer that there is.
pub(super) fn without_texts(form: Form, json: &str) -> String {
    fn strip(texts: &[&str], value: &RawValue, out: &mut String) -> serde_json::Result<()> {
        match value.get().as_bytes().first() {
            Some(b'{') => {
                let fields: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(value.get())?;
                for (n, (name, value)) in fields.iter().enumerate() {
                    out.push(if n == 0 { '{' } else { ',' });
                    out.push_str(&serde_json::to_string(name)?);
                    out.push(':');
                    match value.get().starts_with('"') && texts.contains(&&**name) {
                        true => out.push_str("\"\""),
                        false => strip(texts, value, out)?,
                    }
                }
                out.push_str(if fields.is_empty() { "{}" } else { "}" });
            }
            Some(b'[') => {
                let values: Vec<&RawValue> = serde_json::from_str(value.get())?;
                for (n, value) in values.iter().enumerate() {
                    out.push(if n == 0 { '[' } else { ',' });
                    strip(texts, value, out)?;
                }
                out.push_str(if values.is_empty() { "[]" } else { "]" });
            }
            _ => out.push_str(value.get()),
        }
        Ok(())
    }
    let mut out = String::with_capacity(json.len());
    match serde_json::from_str(json).and_then(|value: &RawValue| strip(form.texts(), value, &mut out)) {
        Ok(()) => out,
        Err(_) => String::new(),
    }
}

/// An event as its link sees it.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) id: i64,
    /// Item (or word and id of another object), version, instant, actor, channel, update, event, state.
    facts: Vec<String>,
    pub(super) data: String,
    pub(super) after: String,
    /// Both without their personal texts.
    bare: [String; 2],
}

impl Link {
    /// `facts`: version, instant, actor, channel, update, event, state.
    pub(super) fn new(id: i64, about: &About, facts: [String; 7], data: String, after: String) -> Link {
        let form = about.form();
        let about = match about {
            About::Item(id) => vec![id.to_string()],
            About::Other(object, id) => vec![object.clone(), id.to_string()],
            About::Neither => Vec::new(),
        };
        let facts = about.into_iter().chain(facts).collect();
        let bare = [without_texts(form, &data), without_texts(form, &after)];
        Link { id, facts, data, after, bare }
    }

    fn text_hash(&self, salt: &str) -> String {
        digest([salt, &self.data, &self.after])
    }

    fn hash(&self, before: &str, text_hash: &str) -> String {
        let [data, after] = &self.bare;
        let facts = self.facts.iter().map(String::as_str);
        digest([before].into_iter().chain(facts).chain([data.as_str(), after.as_str(), text_hash]))
    }

    fn is_purged(&self) -> bool {
        [&self.data, &self.after] == [&self.bare[0], &self.bare[1]]
    }
}

const EVENT: &str = "e.id, e.item_id, e.object, e.object_id, e.version, e.at, e.actor, e.via, e.inbox_id, e.event,
    e.state, e.data, e.after";

fn link(row: &AnyRow) -> Result<Link> {
    let number = |name: &str| -> Result<String> { Ok(row.try_get::<i64, _>(name)?.to_string()) };
    let text = |name: &str| -> Result<String> { Ok(row.try_get::<String, _>(name)?) };
    let inbox: Option<i64> = row.try_get("inbox_id")?;
    let facts = [
        number("version")?,
        number("at")?,
        text("actor")?,
        text("via")?,
        inbox.map(|i| i.to_string()).unwrap_or_default(),
        text("event")?,
        text("state")?,
    ];
    Ok(Link::new(row.try_get("id")?, &About::of(row)?, facts, text("data")?, text("after")?))
}

/// The newest link.
pub async fn newest(tx: &mut Tx) -> Result<Option<Head>> {
    let row = sqlx::query("SELECT event_id, hash FROM chain ORDER BY event_id DESC LIMIT 1")
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|r| Ok(Head { event: r.try_get(0)?, hash: r.try_get(1)? })).transpose()
}

/// Adds the links of events that were just appended, in their order, each with its event's id.
pub(super) async fn add(tx: &mut Tx, links: &[(i64, &Link)]) -> Result<()> {
    let mut before = newest(tx).await?.map_or_else(|| BEGINNING.to_owned(), |head| head.hash);
    let mut rows: Vec<(i64, String, String, String)> = Vec::with_capacity(links.len());
    for (id, link) in links {
        let salt = salt()?;
        let text_hash = link.text_hash(&salt);
        before = link.hash(&before, &text_hash);
        rows.push((*id, salt, text_hash, before.clone()));
    }
    let insert = Insert { into: "chain (event_id, salt, text_hash, hash)", columns: 4, then: "" };
    let add = |(id, salt, text_hash, hash): &(i64, String, String, String), values: &mut AnyArguments| {
        values.add(*id)?;
        values.add(salt.as_str())?;
        values.add(text_hash.as_str())?;
        values.add(hash.as_str())
    };
    insert.rows(tx, &rows, add).await?;
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
            return tx.commit().await;
        }
    }
}

fn salt() -> Result<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::Damaged(format!("no random numbers: {e}")))?;
    Ok(HEXLOWER.encode(&bytes))
}

/// Empties the personal texts in the events of items that were closed or voided before an instant, and of people (with
/// their contact points) who left before it. Gives the number of events purged; call again while it is the limit.
pub async fn purge_texts(tx: &mut Tx, ended_before: DateTime<Utc>, limit: i64) -> Result<i64> {
    let rows = sqlx::query(
        "SELECT e.id, e.item_id, e.object, e.object_id, e.data, e.after FROM chain c JOIN events e ON e.id = c.event_id
         WHERE c.salt <> '' AND e.item_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM items i WHERE i.id = e.item_id AND i.open = 1)
         AND NOT EXISTS (SELECT 1 FROM events later WHERE later.item_id = e.item_id AND later.at >= $1)
         UNION ALL
         SELECT e.id, e.item_id, e.object, e.object_id, e.data, e.after FROM chain c JOIN events e ON e.id = c.event_id
         WHERE c.salt <> '' AND e.object IN ('person', 'contact') AND e.object_id IS NOT NULL AND e.at < $1
         AND NOT EXISTS (SELECT 1 FROM events later
             WHERE later.object = e.object AND later.object_id = e.object_id AND later.at >= $1)
         AND NOT EXISTS (SELECT 1 FROM people p WHERE e.object = 'person' AND p.id = e.object_id AND p.gone = 0)
         AND NOT EXISTS (SELECT 1 FROM contacts o JOIN people p ON p.id = o.person_id AND p.gone = 0
             WHERE e.object = 'contact' AND o.id = e.object_id)
         ORDER BY 1 LIMIT $2",
    )
    .bind(ms(ended_before))
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    for row in &rows {
        let (id, data, after): (i64, String, String) =
            (row.try_get("id")?, row.try_get("data")?, row.try_get("after")?);
        let form = About::of(row)?.form();
        sqlx::query("UPDATE events SET data = $2, after = $3 WHERE id = $1")
            .bind(id)
            .bind(without_texts(form, &data))
            .bind(without_texts(form, &after))
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

    /// Follows the chain from its first link and compares items, people and rules with it, on one state of the database; see
    /// [`verify`].
    pub async fn verify_chain(&self, published: &[Head]) -> Result<Verified> {
        let mut tx = self.snapshot().await?;
        let differing = disagreements(&mut tx).await?;
        Ok(Verified { differing, ..verify(&mut tx, published).await? })
    }
}

/// Follows the chain from its first link; stops at the first that does not hold. `published` are heads
/// that were kept outside: each must still be in the chain.
pub async fn verify(tx: &mut Tx, published: &[Head]) -> Result<Verified> {
    let mut found = Verified { events: 0, purged: 0, head: None, broken: None, differing: Vec::new() };
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

#[cfg(test)]
mod tests {
    use super::{About, BEGINNING, Form, Link, without_texts};

    #[test]
    fn texts_go_and_the_rest_stays() {
        let json = r#"{"title":"裕丰\"一\"","id":7,"due":{"kind":"on","reason":"r","value":"2026-01-31"},"list":[{"note":"n","b":[],"a":{}},3.5,null],"note":null}"#;
        let bare = r#"{"due":{"kind":"on","reason":"","value":"2026-01-31"},"id":7,"list":[{"a":{},"b":[],"note":""},3.5,null],"note":null,"title":""}"#;
        assert_eq!(without_texts(Form::Item, json), bare);
        assert_eq!(without_texts(Form::Item, bare), bare, "what is purged stays as it is");
        assert_eq!(without_texts(Form::Item, "裕丰"), "");
        let person = r#"{"name":"张三","phone":"13800000000","locale":"zh-CN"}"#;
        assert_eq!(without_texts(Form::Other, person), r#"{"locale":"zh-CN","name":"","phone":""}"#);
        let value: serde_json::Value = serde_json::from_str(bare).expect("JSON");
        assert_eq!(value.to_string(), bare, "as a parser and its writer order fields");
    }

    /// The form of the chain: a log written by any version verifies with every later one.
    #[test]
    fn a_link_is_what_it_always_was() {
        let facts = ["2", "1664530200000", "person:3", "telegram", "5", "claim_done", "reported_done"];
        let data = r#"{"claim_done":{"at":null,"note":"完成"}}"#.to_owned();
        let after = r#"{"id":7,"title":"裕丰 电线老化","state":"reported_done"}"#.to_owned();
        let link = Link::new(9, &About::Item(7), facts.map(str::to_owned), data, after);
        let text_hash = link.text_hash("00112233445566778899aabbccddeeff");
        assert_eq!(text_hash, "455dab9293269988b2d185890f65dee0324f5eb26c99a5fc44fbc48093473abe");
        assert_eq!(
            link.hash(BEGINNING, &text_hash),
            "1c2f4dabd0002d3fe1bead191a3cb8f8eeb56a77d2c968e0686f1925e827ac45"
        );
        let person = r#"{"gone":0,"name":"张三","phone":"13800000000"}"#.to_owned();
        let facts = ["1", "1664530200000", "import:people.csv", "", "", "added", ""].map(str::to_owned);
        let data = r#"{"changed":["gone","name","phone"]}"#.to_owned();
        let link = Link::new(10, &About::Other("person".to_owned(), 3), facts, data, person);
        let text_hash = link.text_hash("00112233445566778899aabbccddeeff");
        assert_eq!(
            link.hash(BEGINNING, &text_hash),
            "22c763771d8566e466f101efd307e4a36f48a93311b395a26e1023ff732e6402"
        );
    }
}
