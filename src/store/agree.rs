//! Whether the items are what their events add up to: a row that was edited beside the program is found and named.
//!
//! Every event carries the item after it, and the row repeats the newest that is no remark. So the row must be that,
//! letter by letter, and the columns that are searched must say the same as the row.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::chain::{Form, ITEM, without_texts};
use super::{Result, Store, Tx, from_json, ms, people};
use dutybell_core::item::Item;
use dutybell_core::org::Who;

/// Rows read at a time.
const PAGE: i64 = 1_000;
/// Differences that are listed; the rest is more of the same.
const MOST: usize = 100;

/// An item, or a row of the register, that is not what its events say.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Differs {
    /// `item`, or the word of another object.
    pub object: &'static str,
    pub id: i64,
    /// An item's short code, by which people know it; empty for everything else, as a name is personal.
    pub name: String,
    /// What differs, in English, without personal texts.
    pub why: String,
}

impl std::fmt::Display for Differs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.name.as_str() {
            "" => write!(f, "{} {}", self.object, self.id),
            name => write!(f, "{} {name} (no. {})", self.object, self.id),
        }
    }
}

/// Who stands on an item: role, `person` or `post`, id, open.
type Standing = BTreeSet<(String, String, i64, bool)>;

impl Store {
    /// Items and people that are not what their events add up to, on one state of the database; a hundred of each at most.
    pub async fn disagreements(&self) -> Result<Vec<Differs>> {
        disagreements(&mut self.snapshot().await?).await
    }
}

pub(super) async fn disagreements(tx: &mut Tx) -> Result<Vec<Differs>> {
    let mut found = rows_without_item(tx).await?;
    let mut after = 0;
    loop {
        // Uses `events_by_item`. A remark changes nothing of an item; older programs wrote into it how far the item was
        // planned at the time, which stands in a column of its own.
        let rows = sqlx::query(
            "SELECT i.id, i.code, i.unit_id, i.state, i.open, i.current_due, i.version, i.data, e.after
             FROM items i LEFT JOIN events e ON e.id = (SELECT max(n.id) FROM events n WHERE n.item_id = i.id
                 AND n.event NOT IN ('pause', 'end_pause', 'resend'))
             WHERE i.id > $1 ORDER BY i.id LIMIT $2",
        )
        .bind(after)
        .bind(PAGE)
        .fetch_all(&mut **tx)
        .await?;
        let Some(last) = rows.last() else { break };
        let before = std::mem::replace(&mut after, last.try_get("id")?);
        let standing = standing(tx, before, after).await?;
        for row in &rows {
            let id: i64 = row.try_get("id")?;
            let why = differences(row, standing.get(&id))?;
            if !why.is_empty() && found.len() < MOST {
                found.push(Differs { object: ITEM, id, name: row.try_get("code")?, why: why.join("; ") });
            }
        }
    }
    found.extend(people::disagreements(tx).await?);
    Ok(found)
}

/// Items that have events and no row.
async fn rows_without_item(tx: &mut Tx) -> Result<Vec<Differs>> {
    let rows = sqlx::query(
        "SELECT e.item_id, e.after FROM events e WHERE e.id IN (
             SELECT max(n.id) FROM events n WHERE n.item_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM items i WHERE i.id = n.item_id)
             GROUP BY n.item_id) ORDER BY e.item_id LIMIT $1",
    )
    .bind(MOST as i64)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter()
        .map(|row| {
            let item: Option<Value> = from_json(&row.try_get::<String, _>("after")?).ok();
            let code = item.and_then(|i| i["code"].as_str().map(str::to_owned)).unwrap_or_default();
            Ok(Differs {
                object: ITEM,
                id: row.try_get("item_id")?,
                name: code,
                why: "the row is gone, its events are there".to_owned(),
            })
        })
        .collect()
}

async fn standing(tx: &mut Tx, after: i64, until: i64) -> Result<HashMap<i64, Standing>> {
    let rows =
        sqlx::query("SELECT item_id, role, kind, who_id, open FROM item_people WHERE item_id > $1 AND item_id <= $2")
            .bind(after)
            .bind(until)
            .fetch_all(&mut **tx)
            .await?;
    let mut all: HashMap<i64, Standing> = HashMap::new();
    for row in &rows {
        let open: i64 = row.try_get("open")?;
        let one = (row.try_get("role")?, row.try_get("kind")?, row.try_get("who_id")?, open != 0);
        all.entry(row.try_get("item_id")?).or_default().insert(one);
    }
    Ok(all)
}

fn differences(row: &AnyRow, listed: Option<&Standing>) -> Result<Vec<String>> {
    let data: String = row.try_get("data")?;
    let Some(after) = row.try_get::<Option<String>, _>("after")? else {
        return Ok(vec!["no event made it".to_owned()]);
    };
    let mut why = Vec::new();
    // Of an item whose time is over the log has lost the personal texts, the row may have kept them.
    if data != after && without_texts(Form::Item, &data) != after {
        why.extend(fields(&data, &after));
    }
    let Ok(item) = from_json::<Item>(&data) else {
        why.push("the row does not read as an item".to_owned());
        return Ok(why);
    };
    let mut column = |name: &str, same: bool| {
        if !same {
            why.push(format!("the column {name} says something else than the item"));
        }
    };
    column("id", row.try_get::<i64, _>("id")? == item.id.0);
    column("code", row.try_get::<String, _>("code")? == item.code);
    column("unit_id", row.try_get::<Option<i64>, _>("unit_id")? == item.unit.map(|u| u.0));
    column("state", row.try_get::<String, _>("state")? == item.state.word());
    column("open", (row.try_get::<i64, _>("open")? != 0) == item.state.is_open());
    column("current_due", row.try_get::<Option<i64>, _>("current_due")? == item.current_due.map(ms));
    column("version", row.try_get::<i64, _>("version")? == item.version);
    if listed.cloned().unwrap_or_default() != standing_of(&item) {
        why.push("the list of people on it says something else than the item".to_owned());
    }
    Ok(why)
}

fn standing_of(item: &Item) -> Standing {
    let now = item.assignments.iter().filter(|a| a.until.is_none());
    now.map(|a| {
        let (kind, id) = match a.who {
            Who::Person(person) => ("person", person.0),
            Who::Post(post) => ("post", post.0),
        };
        (a.role.word().to_owned(), kind.to_owned(), id, item.state.is_open())
    })
    .collect()
}

/// Which fields of an item differ from what its newest event says; states in so many words.
fn fields(data: &str, after: &str) -> Vec<String> {
    let (Ok(data), Ok(after)) =
        (from_json::<BTreeMap<String, Value>>(data), from_json::<BTreeMap<String, Value>>(after))
    else {
        return vec!["it does not read".to_owned()];
    };
    let names: BTreeSet<&String> = data.keys().chain(after.keys()).collect();
    let mut why = Vec::new();
    for name in names {
        match (data.get(name), after.get(name)) {
            (is, was) if is == was => {}
            (Some(Value::String(is)), Some(Value::String(was))) if matches!(name.as_str(), "state" | "current_due") => {
                why.push(format!("{name} is {is}, its events say {was}"));
            }
            _ => why.push(format!("{name} differs from what its events say")),
        }
    }
    if why.is_empty() {
        why.push("it is written in another form than the program writes".to_owned());
    }
    why
}
