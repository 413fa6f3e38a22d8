//! Items: the row, its search columns and who stands on it.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Result, Store, StoreError, Tx, at, from_json, json, ms, place, text_for};
use dutybell_core::act::open_asks;
use dutybell_core::item::{Item, ItemId, Role};
use dutybell_core::org::{PersonId, PostId, Who};

/// A changed item, to be written over the version at which it was read.
#[derive(Clone, Debug)]
pub struct Changed {
    pub item: Item,
    pub read_version: i64,
    pub next_wake: Option<DateTime<Utc>>,
    /// Who stands on it, or whether it is open, may have changed: most changes move nobody.
    pub moved: bool,
}

/// Writes changed items, each once.
///
/// # Errors
/// [`StoreError::Changed`] when somebody else was faster with one of them.
pub async fn save(tx: &mut Tx, changed: &[Changed]) -> Result<()> {
    #[derive(Serialize)]
    struct Row {
        id: i64,
        read: i64,
        unit: Option<i64>,
        state: &'static str,
        open: i64,
        due: Option<i64>,
        wake: Option<i64>,
        version: i64,
        waits: i64,
        data: String,
    }
    let rows: Vec<Row> = changed
        .iter()
        .map(|c| {
            Ok(Row {
                id: c.item.id.0,
                read: c.read_version,
                unit: c.item.unit.map(|u| u.0),
                state: c.item.state.word(),
                open: i64::from(c.item.state.is_open()),
                due: c.item.current_due.map(ms),
                wake: c.next_wake.map(ms),
                version: c.item.version,
                waits: waits(&c.item),
                data: json(&c.item)?,
            })
        })
        .collect::<Result<_>>()?;
    let text = text_for(
        tx,
        "UPDATE items SET unit_id = value ->> 'unit', state = value ->> 'state', open = value ->> 'open',
             current_due = value ->> 'due', next_wake_at = value ->> 'wake', version = value ->> 'version', waits = value ->> 'waits',
             data = value ->> 'data'
         FROM json_each($1) WHERE items.id = value ->> 'id' AND items.version = value ->> 'read'",
        "UPDATE items SET unit_id = c.unit, state = c.state, open = c.open, current_due = c.due, next_wake_at = c.wake,
             version = c.version, waits = c.waits, data = c.data
         FROM json_to_recordset($1::json) AS c (id BIGINT, read BIGINT, unit BIGINT, state TEXT, open BIGINT, due BIGINT,
                                                wake BIGINT, version BIGINT, waits BIGINT, data TEXT)
         WHERE items.id = c.id AND items.version = c.read",
    );
    let done = sqlx::query(text).bind(json(&rows)?).execute(&mut **tx).await?;
    if done.rows_affected() != rows.len() as u64 {
        return Err(StoreError::Changed);
    }
    let moved: Vec<&Item> = changed.iter().filter(|c| c.moved).map(|c| &c.item).collect();
    if moved.is_empty() {
        return Ok(());
    }
    let text = text_for(
        tx,
        "DELETE FROM item_people WHERE item_id IN (SELECT value FROM json_each($1))",
        "DELETE FROM item_people WHERE item_id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))",
    );
    let ids: Vec<ItemId> = moved.iter().map(|item| item.id).collect();
    sqlx::query(text).bind(json(&ids)?).execute(&mut **tx).await?;
    list_people(tx, moved).await
}

/// The column that says whether an item waits for somebody's decision.
pub(super) fn waits(item: &Item) -> i64 {
    i64::from(open_asks(item).next().is_some())
}

/// Items that wait for somebody's decision, by id. Uses `items_waiting`.
pub async fn waiting(tx: &mut Tx) -> Result<Vec<Item>> {
    let rows = sqlx::query("SELECT data, planned_version, planned_until FROM items WHERE waits = 1 ORDER BY id")
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(item_of).collect()
}

/// Writes who stands on items that nobody is listed for yet.
pub(super) async fn list_people<'a>(tx: &mut Tx, items: impl IntoIterator<Item = &'a Item>) -> Result<()> {
    let now: Vec<(i64, &str, &str, i64, bool)> = items
        .into_iter()
        .flat_map(|i| i.assignments.iter().filter(|a| a.until.is_none()).map(move |a| (i, a.role, who_columns(a.who))))
        .map(|(item, role, (kind, who))| (item.id.0, role.word(), kind, who, item.state.is_open()))
        .collect();
    let text = text_for(
        tx,
        "INSERT INTO item_people (item_id, role, kind, who_id, open)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each($1)
         WHERE true ON CONFLICT DO NOTHING",
        "INSERT INTO item_people (item_id, role, kind, who_id, open)
         SELECT (value ->> 0)::bigint, value ->> 1, value ->> 2, (value ->> 3)::bigint, (value ->> 4)::boolean::int
         FROM json_array_elements($1::json) ON CONFLICT DO NOTHING",
    );
    sqlx::query(text).bind(json(&now)?).execute(&mut **tx).await?;
    Ok(())
}

fn who_columns(who: Who) -> (&'static str, i64) {
    match who {
        Who::Person(PersonId(id)) => ("person", id),
        Who::Post(PostId(id)) => ("post", id),
    }
}

/// An item as it lies in the store, not read yet.
#[derive(Clone, Debug)]
pub struct Text {
    data: String,
    /// Version and instant, UTC milliseconds: see [`Text::item`].
    planned: Option<(i64, i64)>,
}

impl Text {
    /// Of the columns `data, planned_version, planned_until`.
    pub(super) fn of(row: &AnyRow) -> Result<Text> {
        let planned: (Option<i64>, Option<i64>) = (row.try_get("planned_version")?, row.try_get("planned_until")?);
        Ok(Text { data: row.try_get("data")?, planned: planned.0.zip(planned.1) })
    }

    /// The item. How far it is planned stands beside it, so that planning writes no JSON; that holds for the version
    /// that was planned, and a change since then says it anew.
    pub fn item(&self) -> Result<Item> {
        let mut item: Item = from_json(&self.data)?;
        if let Some((_, until)) = self.planned.filter(|(version, _)| *version == item.version) {
            item.planned_until = at(until);
        }
        Ok(item)
    }
}

fn item_of(row: &AnyRow) -> Result<Item> {
    Text::of(row)?.item()
}

/// Items whose wake-up is due, earliest first. Uses `items_to_wake`.
pub async fn due(tx: &mut Tx, now: DateTime<Utc>, limit: i64) -> Result<Vec<Text>> {
    let rows = sqlx::query(
        "SELECT data, planned_version, planned_until FROM items
         WHERE next_wake_at IS NOT NULL AND next_wake_at <= $1 ORDER BY next_wake_at LIMIT $2",
    )
    .bind(ms(now))
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(Text::of).collect()
}

/// How far items are planned and when they wake next; nothing else of them changes.
pub async fn save_plans(tx: &mut Tx, planned: &[(Item, Option<DateTime<Utc>>)]) -> Result<()> {
    if planned.is_empty() {
        return Ok(());
    }
    let rows: Vec<(i64, i64, Option<i64>, i64)> =
        planned.iter().map(|(i, wake)| (i.id.0, i.version, wake.map(ms), ms(i.planned_until))).collect();
    let text = text_for(
        tx,
        "UPDATE items SET next_wake_at = value ->> 2, planned_until = value ->> 3, planned_version = version
         FROM json_each($1) WHERE items.id = value ->> 0 AND items.version = value ->> 1",
        "UPDATE items SET next_wake_at = p.wake, planned_until = p.until, planned_version = items.version
         FROM (SELECT (value ->> 0)::bigint AS id, (value ->> 1)::bigint AS version, (value ->> 2)::bigint AS wake,
                   (value ->> 3)::bigint AS until FROM json_array_elements($1::json)) AS p
         WHERE items.id = p.id AND items.version = p.version",
    );
    sqlx::query(text).bind(json(&rows)?).execute(&mut **tx).await?;
    Ok(())
}

/// Makes the planner look at all open items again (new policy or calendar).
pub async fn wake_all(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query("UPDATE items SET next_wake_at = $1 WHERE open = 1 AND next_wake_at > $1")
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected())
}

/// Makes the planner look at open items that lost their wake-up. Uses `items_forgotten`.
pub async fn wake_forgotten(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query("UPDATE items SET next_wake_at = $1 WHERE open = 1 AND next_wake_at IS NULL")
        .bind(ms(now))
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected())
}

/// One item inside a transaction.
pub async fn get(tx: &mut Tx, id: ItemId) -> Result<Option<Item>> {
    let row = sqlx::query("SELECT data, planned_version, planned_until FROM items WHERE id = $1")
        .bind(id.0)
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(item_of).transpose()
}

/// Several items inside a transaction.
pub async fn get_all(tx: &mut Tx, wanted: &BTreeSet<ItemId>) -> Result<HashMap<ItemId, Item>> {
    let text = text_for(
        tx,
        "SELECT data, planned_version, planned_until FROM items WHERE id IN (SELECT value FROM json_each($1))",
        "SELECT data, planned_version, planned_until FROM items
         WHERE id = ANY (ARRAY (SELECT CAST(json_array_elements_text($1::json) AS BIGINT)))",
    );
    let rows = sqlx::query(text).bind(json(wanted)?).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| item_of(row).map(|item| (item.id, item))).collect()
}

/// One item by its code, inside a transaction.
pub async fn by_code(tx: &mut Tx, code: &str) -> Result<Option<Item>> {
    let row = sqlx::query("SELECT data, planned_version, planned_until FROM items WHERE code = $1")
        .bind(code.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(item_of).transpose()
}

/// Open items on which these people or posts stand in these roles: the place in the list and the item, in order.
/// Uses `item_people_by_who`.
pub async fn of_people(tx: &mut Tx, asked: &[(Who, Role)]) -> Result<Vec<(usize, Item)>> {
    let rows: Vec<(&str, i64, &str)> = asked
        .iter()
        .map(|(who, role)| {
            let (kind, id) = who_columns(*who);
            (kind, id, role.word())
        })
        .collect();
    let text = text_for(
        tx,
        "SELECT a.key AS n, i.data, i.planned_version, i.planned_until FROM json_each($1) AS a
         CROSS JOIN item_people p ON p.kind = a.value ->> 0 AND p.who_id = a.value ->> 1 AND p.open = 1 AND p.role = a.value ->> 2
         CROSS JOIN items i ON i.id = p.item_id ORDER BY n, i.id",
        "SELECT a.n - 1 AS n, i.data, i.planned_version, i.planned_until
         FROM json_array_elements($1::json) WITH ORDINALITY AS a (value, n)
         JOIN item_people p ON p.kind = a.value ->> 0 AND p.who_id = (a.value ->> 1)::bigint AND p.open = 1 AND p.role = a.value ->> 2
         JOIN items i ON i.id = p.item_id ORDER BY n, i.id",
    );
    let rows = sqlx::query(text).bind(json(&rows)?).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok((place(row)?, item_of(row)?))).collect()
}

/// Open items on which these people or posts stand in a role, each once.
pub async fn standing(tx: &mut Tx, who: &[Who], role: Role) -> Result<Vec<Item>> {
    let asked: Vec<(Who, Role)> = who.iter().map(|who| (*who, role)).collect();
    let mut seen = HashSet::new();
    let found = of_people(tx, &asked).await?.into_iter().map(|(_, item)| item);
    Ok(found.filter(|item| seen.insert(item.id)).collect())
}

/// Open items and drafts on which somebody stands in whatever role, by id. Uses `item_people_by_who`.
pub async fn unfinished_of(tx: &mut Tx, who: Who) -> Result<Vec<Item>> {
    let (kind, id) = who_columns(who);
    let rows = sqlx::query(
        "SELECT data, planned_version, planned_until FROM items WHERE (open = 1 OR state = 'draft')
         AND id IN (SELECT item_id FROM item_people WHERE kind = $1 AND who_id = $2) ORDER BY id",
    )
    .bind(kind)
    .bind(id)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(item_of).collect()
}

/// Open items and drafts after an id, in order of registration, at most `limit`.
pub async fn unfinished_after(tx: &mut Tx, after: ItemId, limit: i64) -> Result<Vec<Item>> {
    let rows = sqlx::query(
        "SELECT data, planned_version, planned_until FROM items
         WHERE id > $1 AND (open = 1 OR state = 'draft') ORDER BY id LIMIT $2",
    )
    .bind(after.0)
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(item_of).collect()
}

/// People and posts that stand on open items in these roles: who gets a personal summary.
pub async fn everybody_concerned(tx: &mut Tx, roles: &[&str]) -> Result<HashSet<Who>> {
    let mut all = HashSet::new();
    for role in roles {
        let rows = sqlx::query("SELECT DISTINCT kind, who_id FROM item_people WHERE open = 1 AND role = $1")
            .bind((*role).to_owned())
            .fetch_all(&mut **tx)
            .await?;
        for row in &rows {
            let id: i64 = row.try_get(1)?;
            all.insert(match row.try_get::<String, _>(0)?.as_str() {
                "person" => Who::Person(PersonId(id)),
                _ => Who::Post(PostId(id)),
            });
        }
    }
    Ok(all)
}

/// Open items after `after`, in order of id.
pub async fn open_after(tx: &mut Tx, after: ItemId, limit: i64) -> Result<Vec<Item>> {
    let rows = sqlx::query(
        "SELECT data, planned_version, planned_until FROM items WHERE open = 1 AND id > $1 ORDER BY id LIMIT $2",
    )
    .bind(after.0)
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(item_of).collect()
}

/// Open items with a due date inside a span: for the list before a holiday. Uses `items_due`.
pub async fn due_between(tx: &mut Tx, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Vec<Item>> {
    let rows = sqlx::query(
        "SELECT data, planned_version, planned_until FROM items
         WHERE open = 1 AND current_due >= $1 AND current_due < $2 ORDER BY id",
    )
    .bind(ms(from))
    .bind(ms(to))
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(item_of).collect()
}

impl Store {
    /// One item by its id.
    pub async fn item(&self, id: ItemId) -> Result<Option<Item>> {
        let row = sqlx::query("SELECT data, planned_version, planned_until FROM items WHERE id = $1")
            .bind(id.0)
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(item_of).transpose()
    }

    /// One item by its code.
    pub async fn item_by_code(&self, code: &str) -> Result<Option<Item>> {
        let row = sqlx::query("SELECT data, planned_version, planned_until FROM items WHERE code = $1")
            .bind(code.to_owned())
            .fetch_optional(self.reader())
            .await?;
        row.as_ref().map(item_of).transpose()
    }

    /// All items in order of registration, at most `limit`.
    pub async fn items(&self, limit: i64) -> Result<Vec<Item>> {
        let rows = sqlx::query("SELECT data, planned_version, planned_until FROM items ORDER BY id LIMIT $1")
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(item_of).collect()
    }

    /// Open items and drafts by deadline, those without one last, at most `limit`.
    pub async fn unfinished(&self, limit: i64) -> Result<Vec<Item>> {
        let rows = sqlx::query(
            "SELECT data, planned_version, planned_until FROM items WHERE open = 1 OR state = 'draft'
             ORDER BY CASE WHEN current_due IS NULL THEN 1 ELSE 0 END, current_due, id LIMIT $1",
        )
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(item_of).collect()
    }

    /// The earliest wake-up of any item.
    pub async fn next_wake(&self) -> Result<Option<DateTime<Utc>>> {
        let next: Option<i64> = sqlx::query_scalar(
            "SELECT next_wake_at FROM items WHERE next_wake_at IS NOT NULL ORDER BY next_wake_at LIMIT 1",
        )
        .fetch_optional(self.reader())
        .await?;
        Ok(next.map(at))
    }

    /// Open items without a next wake-up: must be none (the invariant behind "no item goes silent").
    pub async fn orphans(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM items WHERE open = 1 AND next_wake_at IS NULL")
            .fetch_one(self.reader())
            .await?)
    }

    /// Items per state.
    pub async fn count_by_state(&self) -> Result<Vec<(String, i64)>> {
        let rows = sqlx::query("SELECT state, count(*) FROM items GROUP BY state ORDER BY state")
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|r| Ok((r.try_get(0)?, r.try_get(1)?))).collect()
    }
}
