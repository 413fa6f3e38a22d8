//! The register in the log: every row that a transaction changed becomes an event, and the rows are what their events
//! add up to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::agree::Differs;
use crate::chain::{About, Form, without_texts};
use crate::events::{self, Happened, Origin};
use crate::{Result, Store, Tx, at, clockwork, from_json, json, text_for};
use dutybell_core::actor::Object;

/// Set by the migration where a register of an older version waits to be logged.
const WAITS: &str = "register_waits_for_log";
/// Where the store keeps which rules and calendars its wake-ups were made by: their digests. Versions before the one log
/// kept a single one.
pub const RULES: &str = "rules";
/// Rows read at a time.
const PAGE: usize = 1_000;
/// Differences that are listed; the rest is more of the same.
const MOST: usize = 100;

/// A table of the register, as far as the log keeps its rows. What changes by itself (when a page was opened) is no part.
struct Table {
    object: Object,
    name: &'static str,
    numbers: &'static [&'static str],
    texts: &'static [&'static str],
}

/// The whole register; what others name comes first.
const TABLES: [Table; 6] = [
    Table {
        object: Object::Unit,
        name: "units",
        numbers: &["parent_id"],
        texts: &["name", "level", "calendar", "phone"],
    },
    Table {
        object: Object::Person,
        name: "people",
        numbers: &["administrator", "gone", "mail_summaries", "merged_into"],
        texts: &["name", "english", "locale", "zone", "quiet", "phone"],
    },
    Table { object: Object::Post, name: "posts", numbers: &["unit_id"], texts: &["title", "role"] },
    Table { object: Object::Tenure, name: "tenures", numbers: &["post_id", "person_id", "since", "until"], texts: &[] },
    Table {
        object: Object::Absence,
        name: "leaves",
        numbers: &["person_id", "deputy_id", "since", "until"],
        texts: &[],
    },
    Table {
        object: Object::Contact,
        name: "contacts",
        numbers: &["person_id", "rank", "since"],
        texts: &["channel", "address", "state", "reason"],
    },
];

impl Table {
    /// The rows of these ids that there are, as the log keeps them: JSON, the fields in order of their names.
    async fn rows(&self, tx: &mut Tx, ids: &[i64]) -> Result<HashMap<i64, String>> {
        let names = [self.numbers, self.texts].concat().join(", ");
        let which = text_for(
            tx,
            "id IN (SELECT value FROM json_each($1))",
            "id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))",
        );
        let text = format!("SELECT id, {names} FROM {} WHERE {which}", self.name);
        let found = sqlx::query(AssertSqlSafe(text)).bind(json(&ids)?).fetch_all(&mut **tx).await?;
        found.iter().map(|row| Ok((row.try_get(0)?, self.row(row)?))).collect()
    }

    fn row(&self, row: &AnyRow) -> Result<String> {
        let mut fields = Map::new();
        for name in self.numbers {
            fields.insert((*name).to_owned(), Value::from(row.try_get::<Option<i64>, _>(*name)?));
        }
        for name in self.texts {
            fields.insert((*name).to_owned(), Value::from(row.try_get::<Option<String>, _>(*name)?));
        }
        json(&fields)
    }
}

/// The newest event of each of these: its version and the object after it; without one, it was never logged. Uses
/// `events_by_object`.
async fn newest(tx: &mut Tx, object: Object, ids: &[i64]) -> Result<HashMap<i64, (i64, String)>> {
    let text = text_for(
        tx,
        "SELECT e.object_id, e.version, e.after FROM json_each($1) AS i CROSS JOIN events e
         WHERE e.id = (SELECT max(id) FROM events WHERE object = $2 AND object_id = i.value)",
        "SELECT e.object_id, e.version, e.after FROM json_array_elements_text($1::json) AS i (value)
         CROSS JOIN LATERAL (SELECT object_id, version, after FROM events
             WHERE object = $2 AND object_id = i.value::bigint ORDER BY id DESC LIMIT 1) AS e",
    );
    let found = sqlx::query(text).bind(json(&ids)?).bind(object.word()).fetch_all(&mut **tx).await?;
    found.iter().map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?)))).collect()
}

/// What stands after an object was removed.
const REMOVED: &str = "{}";

/// Names of the fields that differ.
fn changed(was: &str, is: &str) -> Vec<String> {
    let read = |text: &str| from_json::<BTreeMap<String, Value>>(text).unwrap_or_default();
    let (was, is) = (read(was), read(is));
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    names.into_iter().filter(|name| was.get(*name) != is.get(*name)).cloned().collect()
}

/// An object's next event, after what its newest one said.
fn next(
    (object, id): (Object, i64),
    (version, was): (i64, String),
    (event, after): (&'static str, &str),
    origin: &Origin<'_>,
    now: DateTime<Utc>,
) -> Result<Happened> {
    let data = json(&serde_json::json!({ "changed": changed(&was, after) }))?;
    let about = About::Other(object.word().to_owned(), id);
    Ok(Happened::of(about, version + 1, (event, ""), (data, after.to_owned()), origin, now))
}

/// Before its first event there was nothing.
fn nothing() -> (i64, String) {
    (0, REMOVED.to_owned())
}

/// Says in the log what became of every row of the register that this transaction wrote. What was written back as it
/// stood is no event. Whoever changes the register calls it before the end, else there is none; see [`Tx::commit`].
///
/// # Errors
/// The store's.
pub async fn log(tx: &mut Tx, origin: &Origin<'_>, now: DateTime<Utc>) -> Result<()> {
    for table in TABLES {
        let ids = tx.take_touched(table.object);
        for ids in ids.chunks(PAGE) {
            let (is, mut was) = (table.rows(tx, ids).await?, newest(tx, table.object, ids).await?);
            let mut happened = Vec::new();
            for id in ids {
                let was = was.remove(id).unwrap_or_else(nothing);
                let to = match (was.1.as_str(), is.get(id)) {
                    (REMOVED, None) => continue,
                    (_, None) => ("removed", REMOVED),
                    (was, Some(is)) if was == is => continue,
                    (REMOVED, Some(is)) => ("added", is.as_str()),
                    (_, Some(is)) => ("changed", is.as_str()),
                };
                happened.push(next((table.object, *id), was, to, origin, now)?);
            }
            events::append(tx, &happened).await?;
        }
    }
    Ok(())
}

/// Rules (or calendars) that are in force from now on.
///
/// # Errors
/// The store's.
pub async fn log_rules(
    tx: &mut Tx,
    object: Object,
    digest: &str,
    text: &str,
    origin: &Origin<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let after = json(&serde_json::json!({ "digest": digest, "text": text }))?;
    let was = newest(tx, object, &[1]).await?.remove(&1).unwrap_or_else(nothing);
    if was.1 == after {
        return Ok(());
    }
    events::append(tx, &[next((object, 1), was, ("adopted", &after), origin, now)?]).await
}

/// Takes the register of an older version into the log, once: as it is found. When its rows were made is not known
/// here, so the events bear the instant of the newest one before them.
pub(crate) async fn begin(store: &Store) -> Result<()> {
    if store.meta(WAITS).await?.is_none() {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    if clockwork::meta(&mut tx, WAITS).await?.is_none() {
        return Ok(()); // another process was first
    }
    for table in TABLES {
        let text = format!("SELECT id FROM {}", table.name);
        let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut *tx).await?;
        tx.touch_all(table.object, &rows)?;
    }
    let newest: Option<i64> = sqlx::query_scalar("SELECT max(at) FROM events").fetch_one(&mut *tx).await?;
    log(&mut tx, &Origin::rule("upgrade"), at(newest.unwrap_or_default())).await?;
    sqlx::query("DELETE FROM meta WHERE key = $1").bind(WAITS).execute(&mut *tx).await?;
    tx.commit().await
}

/// Rows of the register that are not what their events say, and events whose row is gone.
pub(crate) async fn disagreements(tx: &mut Tx) -> Result<Vec<Differs>> {
    let mut found = Vec::new();
    for table in TABLES {
        let object = table.object;
        let text = format!(
            "SELECT id FROM {} UNION SELECT object_id FROM events WHERE object = '{}' AND object_id IS NOT NULL ORDER BY 1",
            table.name,
            object.word()
        );
        let ids = sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(&mut **tx).await?;
        for ids in ids.chunks(PAGE) {
            let (is, mut was) = (table.rows(tx, ids).await?, newest(tx, object, ids).await?);
            for id in ids {
                let why = match (was.remove(id), is.get(id)) {
                    (None, _) => "no event made it".to_owned(),
                    (Some((_, was)), None) if was == REMOVED => continue,
                    (Some(_), None) => "the row is gone, its events are there".to_owned(),
                    (Some((_, was)), Some(is)) if was == *is || was == without_texts(Form::Other, is) => continue,
                    (Some((_, was)), Some(is)) => {
                        format!("{} differs from what its events say", changed(&was, is).join(", "))
                    }
                };
                if found.len() < MOST {
                    found.push(Differs { object: object.word(), id: *id, name: String::new(), why });
                }
            }
        }
    }
    found.extend(rules_differ(tx).await?);
    Ok(found)
}

/// Rules by which the open items wait, and that are not those of the log.
async fn rules_differ(tx: &mut Tx) -> Result<Option<Differs>> {
    let Some(kept) = clockwork::meta(tx, RULES).await? else { return Ok(None) };
    let Some((rules, calendars)) = kept.split_once(' ') else { return Ok(None) };
    for (object, digest) in [(Object::Rule, rules), (Object::Calendar, calendars)] {
        let said = newest(tx, object, &[1]).await?.remove(&1).map(|(_, after)| after).unwrap_or_default();
        let said = from_json::<BTreeMap<String, String>>(&said).unwrap_or_default();
        if said.get("digest").is_none_or(|d| d != digest) {
            let why = "the rules in force are not those of the log".to_owned();
            return Ok(Some(Differs { object: object.word(), id: 1, name: String::new(), why }));
        }
    }
    Ok(None)
}
