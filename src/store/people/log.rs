//! The register in the log: every row that a transaction changed becomes an event, and the rows are what their events
//! add up to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::agree::Differs;
use crate::chain::{Form, without_texts};
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

/// Table and columns of a kind: numbers first, then texts. What changes by itself (when a page was opened) is no part.
fn columns(object: Object) -> (&'static str, &'static [&'static str], &'static [&'static str]) {
    match object {
        Object::Unit => ("units", &["parent_id"], &["name", "level", "calendar", "phone"]),
        Object::Person => (
            "people",
            &["administrator", "gone", "mail_summaries", "merged_into"],
            &["name", "english", "locale", "zone", "quiet", "phone"],
        ),
        Object::Post => ("posts", &["unit_id"], &["title", "role"]),
        Object::Tenure => ("tenures", &["post_id", "person_id", "since", "until"], &[]),
        Object::Absence => ("leaves", &["person_id", "deputy_id", "since", "until"], &[]),
        Object::Contact => ("contacts", &["person_id", "rank", "since"], &["channel", "address", "state", "reason"]),
        Object::Rule | Object::Calendar => ("meta", &[], &[]),
    }
}

/// A row as the log keeps it: JSON, its fields in order of their names.
fn row_of(object: Object, row: &AnyRow) -> Result<String> {
    let (_, numbers, texts) = columns(object);
    let mut fields = Map::new();
    for name in numbers {
        fields.insert((*name).to_owned(), Value::from(row.try_get::<Option<i64>, _>(*name)?));
    }
    for name in texts {
        fields.insert((*name).to_owned(), Value::from(row.try_get::<Option<String>, _>(*name)?));
    }
    json(&fields)
}

/// The rows of these ids that there are.
async fn rows(tx: &mut Tx, object: Object, ids: &[i64]) -> Result<HashMap<i64, String>> {
    let (table, numbers, texts) = columns(object);
    let names = [numbers, texts].concat().join(", ");
    let which = text_for(
        tx,
        "id IN (SELECT value FROM json_each($1))",
        "id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))",
    );
    let text = format!("SELECT id, {names} FROM {table} WHERE {which}");
    let found = sqlx::query(AssertSqlSafe(text)).bind(json(&ids)?).fetch_all(&mut **tx).await?;
    found.iter().map(|row| Ok((row.try_get(0)?, row_of(object, row)?))).collect()
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

/// Says in the log what became of every row of the register that this transaction wrote. What was written back as it
/// stood is no event. Whoever changes the register calls it before the end, else there is none; see [`Tx::commit`].
///
/// # Errors
/// The store's.
pub async fn log(tx: &mut Tx, origin: &Origin<'_>, now: DateTime<Utc>) -> Result<()> {
    let mut of: BTreeMap<Object, Vec<i64>> = BTreeMap::new();
    for (object, id) in tx.take_touched() {
        of.entry(object).or_default().push(id);
    }
    for (object, ids) in of {
        for ids in ids.chunks(PAGE) {
            let (is, mut was) = (rows(tx, object, ids).await?, newest(tx, object, ids).await?);
            let mut happened = Vec::new();
            for id in ids {
                let (version, was) = was.remove(id).unwrap_or_else(|| (0, REMOVED.to_owned()));
                let (word, after) = match (was.as_str(), is.get(id)) {
                    (REMOVED, None) => continue,
                    (_, None) => ("removed", REMOVED),
                    (was, Some(is)) if was == is => continue,
                    (REMOVED, Some(is)) => ("added", is.as_str()),
                    (_, Some(is)) => ("changed", is.as_str()),
                };
                let data = json(&serde_json::json!({ "changed": changed(&was, after) }))?;
                happened.push(Happened::of((object, *id), version + 1, word, (data, after.to_owned()), origin, now));
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
    let (version, was) = newest(tx, object, &[1]).await?.remove(&1).unwrap_or_else(|| (0, REMOVED.to_owned()));
    if was == after {
        return Ok(());
    }
    let data = json(&serde_json::json!({ "changed": changed(&was, &after) }))?;
    events::append(tx, &[Happened::of((object, 1), version + 1, "adopted", (data, after), origin, now)]).await
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
    for object in Object::REGISTER {
        let text = format!("SELECT id FROM {}", columns(object).0);
        let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut *tx).await?;
        tx.touch_all(object, &rows)?;
    }
    let newest: Option<i64> = sqlx::query_scalar("SELECT max(at) FROM events").fetch_one(&mut *tx).await?;
    log(&mut tx, &Origin::rule("upgrade"), at(newest.unwrap_or_default())).await?;
    sqlx::query("DELETE FROM meta WHERE key = $1").bind(WAITS).execute(&mut *tx).await?;
    tx.commit().await
}

/// Rows of the register that are not what their events say, and events whose row is gone.
pub(crate) async fn disagreements(tx: &mut Tx) -> Result<Vec<Differs>> {
    let mut found = Vec::new();
    for object in Object::REGISTER {
        let text = format!(
            "SELECT id FROM {} UNION SELECT object_id FROM events WHERE object = '{}' AND object_id IS NOT NULL ORDER BY 1",
            columns(object).0,
            object.word()
        );
        let ids = sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(&mut **tx).await?;
        for ids in ids.chunks(PAGE) {
            let (is, mut was) = (rows(tx, object, ids).await?, newest(tx, object, ids).await?);
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
    for (object, digest) in [Object::Rule, Object::Calendar].into_iter().zip(kept.split(' ')) {
        let said = newest(tx, object, &[1]).await?.remove(&1).map(|(_, after)| after).unwrap_or_default();
        let said = from_json::<BTreeMap<String, String>>(&said).unwrap_or_default();
        if kept.contains(' ') && said.get("digest").is_none_or(|d| d != digest) {
            let why = "the rules in force are not those of the log".to_owned();
            return Ok(Some(Differs { object: object.word(), id: 1, name: String::new(), why }));
        }
    }
    Ok(None)
}
