//! The log of changes: appended with every change, each a link in the chain, never deleted.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Arguments as _, Row};

use super::chain::{self, About, Link};
use super::many::Insert;
use super::{Engine, Result, Store, StoreError, Tx, at, from_json, json, ms, text_for};
use dutybell_core::digest::Counted;
use dutybell_core::item::{Item, ItemId};
use dutybell_core::org::PersonId;
use dutybell_core::transition::{Actor, Event};

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Logged {
    pub id: i64,
    pub item: ItemId,
    pub version: i64,
    pub at: DateTime<Utc>,
    pub actor: Actor,
    /// Channel it came through; empty for the office.
    pub via: String,
    pub event: Event,
    pub after: Item,
}

/// An item as it stood after an event.
pub struct AsOf {
    pub item: Counted,
    pub at: DateTime<Utc>,
    json: String,
}

impl AsOf {
    /// All of the item; `None` when it does not read.
    pub fn whole(&self) -> Option<Item> {
        from_json(&self.json).ok()
    }
}

fn as_of(row: &AnyRow) -> Result<AsOf> {
    let json: String = row.try_get(0)?;
    Ok(AsOf { item: from_json(&json)?, at: at(row.try_get(1)?), json })
}

/// Who made an event happen, and through what.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    pub actor: Actor,
    /// Channel name; empty for the office.
    pub via: &'a str,
    pub inbox_id: Option<i64>,
}

impl<'a> Origin<'a> {
    /// A person by themselves, through a channel; `inbox_id`: the update in which they said so, if it was one.
    #[must_use]
    pub fn person(person: PersonId, via: &'a str, inbox_id: Option<i64>) -> Origin<'a> {
        Origin { actor: Actor::Person(person), via, inbox_id }
    }
}

impl Origin<'_> {
    /// The program by itself, by a rule of that name.
    #[must_use]
    pub fn rule(name: &str) -> Origin<'static> {
        Origin { actor: Actor::Rule(name.into()), via: "", inbox_id: None }
    }
}

/// An event ready to be logged.
#[derive(Clone, Debug)]
pub struct Happened {
    about: About,
    version: i64,
    at: i64,
    actor: String,
    via: String,
    inbox_id: Option<i64>,
    event: &'static str,
    state: &'static str,
    link: Link,
}

impl Happened {
    /// An event with the item as it is afterwards, `data` being that item as JSON.
    pub fn new(after: &Item, data: String, event: &Event, origin: &Origin<'_>, now: DateTime<Utc>) -> Result<Happened> {
        let what = (event.word(), after.state.word());
        Ok(Happened::of(About::Item(after.id.0), after.version, what, (json(event)?, data), origin, now))
    }

    /// An event of anything: its word and the state that it leads to, what it says (JSON) and the object as it is
    /// afterwards.
    pub(super) fn of(
        about: About,
        version: i64,
        (event, state): (&'static str, &'static str),
        (data, after): (String, String),
        origin: &Origin<'_>,
        now: DateTime<Utc>,
    ) -> Happened {
        let actor = origin.actor.to_string();
        let facts = [
            version.to_string(),
            ms(now).to_string(),
            actor.clone(),
            origin.via.to_owned(),
            origin.inbox_id.map(|i| i.to_string()).unwrap_or_default(),
            event.to_owned(),
            state.to_owned(),
        ];
        let link = Link::new(0, &about, facts, data, after);
        let (via, inbox_id) = (origin.via.to_owned(), origin.inbox_id);
        Happened { about, version, at: ms(now), actor, via, inbox_id, event, state, link }
    }
}

/// Appends events, in their order.
pub async fn append(tx: &mut Tx, happened: &[Happened]) -> Result<()> {
    let insert = Insert {
        into: "events (item_id, object, object_id, version, at, actor, via, inbox_id, event, data, state, after)",
        columns: 12,
        then: "RETURNING id, item_id, object, object_id, version",
    };
    let add = |h: &Happened, values: &mut AnyArguments| {
        values.add(h.about.item())?;
        values.add(h.about.object())?;
        values.add(h.about.object_id())?;
        values.add(h.version)?;
        values.add(h.at)?;
        values.add(h.actor.as_str())?;
        values.add(h.via.as_str())?;
        values.add(h.inbox_id)?;
        values.add(h.event)?;
        values.add(h.link.data.as_str())?;
        values.add(h.state)?;
        values.add(h.link.after.as_str())
    };
    let ids = insert.rows(tx, happened, add).await?;
    let ids: HashMap<(About, i64), i64> =
        ids.iter().map(|r| Ok(((About::of(r)?, r.try_get("version")?), r.try_get("id")?))).collect::<Result<_>>()?;
    let mut links: Vec<(i64, &Link)> = Vec::with_capacity(happened.len());
    for h in happened {
        let lost = || StoreError::Damaged("an event was not logged".to_owned());
        links.push((*ids.get(&(h.about.clone(), h.version)).ok_or_else(lost)?, &h.link));
    }
    links.sort_by_key(|(id, _)| *id);
    chain::add(tx, &links).await
}

/// Appends a remark to the stories of items. It changes nothing of them: the log repeats each row letter by letter, how
/// far it is planned stands beside it.
pub async fn remark(
    tx: &mut Tx,
    items: &[ItemId],
    event: &Event,
    origin: &Origin<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let text = text_for(
        tx,
        "SELECT data FROM items WHERE id IN (SELECT value FROM json_each($1)) ORDER BY id",
        "SELECT data FROM items WHERE id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))
         ORDER BY id",
    );
    let rows = sqlx::query(text).bind(json(&items)?).fetch_all(&mut **tx).await?;
    let mut happened = Vec::with_capacity(rows.len());
    for row in &rows {
        let data: String = row.try_get(0)?;
        happened.push(Happened::new(&from_json(&data)?, data, event, origin, now)?);
    }
    if happened.is_empty() { Ok(()) } else { append(tx, &happened).await }
}

fn logged(row: &AnyRow) -> Result<Logged> {
    let actor = Actor::read(&row.try_get::<String, _>("actor")?);
    Ok(Logged {
        id: row.try_get("id")?,
        item: ItemId(row.try_get("item_id")?),
        version: row.try_get("version")?,
        at: at(row.try_get("at")?),
        actor,
        via: row.try_get("via")?,
        event: from_json(&row.try_get::<String, _>("data")?)?,
        after: from_json(&row.try_get::<String, _>("after")?)?,
    })
}

/// The last two events of an item, newest first: what an undo takes back, and to where.
pub async fn last_two(tx: &mut Tx, item: ItemId) -> Result<Vec<Logged>> {
    let rows = sqlx::query(
        // Remarks take nothing away from whoever may take back what was before them.
        "SELECT * FROM events WHERE item_id = $1 AND event NOT IN ('pause', 'end_pause', 'resend') ORDER BY id DESC LIMIT 2",
    )
        .bind(item.0)
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(logged).collect()
}

/// What a person newly did to items since an instant, newest first.
pub async fn recent_of(tx: &mut Tx, person: PersonId, since: DateTime<Utc>) -> Result<Vec<Logged>> {
    let rows = sqlx::query("SELECT * FROM events WHERE actor = $1 AND at >= $2 AND item_id IS NOT NULL AND event NOT IN ('pause', 'end_pause', 'resend') ORDER BY id DESC LIMIT 50")
        .bind(format!("person:{}", person.0))
        .bind(ms(since))
        .fetch_all(&mut **tx)
        .await?;
    rows.iter().map(logged).collect()
}

impl Store {
    /// When the newest event of an item happened. Uses `events_by_time`.
    pub async fn newest_event_at(&self) -> Result<Option<DateTime<Utc>>> {
        let newest: Option<i64> =
            sqlx::query_scalar("SELECT max(at) FROM events WHERE item_id IS NOT NULL").fetch_one(self.reader()).await?;
        Ok(newest.map(super::at))
    }

    /// Items after `after` as they stood at a cut-off, by their newest event at or before it, in order
    /// of id, with that event's instant: for tables that give the same figures whenever they are run for the same
    /// cut-off. Uses `events_by_item`.
    pub async fn as_of(&self, cutoff: DateTime<Utc>, after: ItemId, limit: i64) -> Result<Vec<AsOf>> {
        let text = match self.engine {
            Engine::Sqlite => {
                "SELECT e.after, e.at FROM items i
                 JOIN events e ON e.id = (SELECT max(id) FROM events WHERE item_id = i.id AND at <= $1)
                 WHERE i.id > $2 ORDER BY i.id LIMIT $3"
            }
            // A join may be planned over the whole log, for each page anew.
            Engine::Postgres => {
                "SELECT e.after, e.at FROM items i CROSS JOIN LATERAL (
                     SELECT after, at FROM events WHERE item_id = i.id AND at <= $1 ORDER BY id DESC LIMIT 1) AS e
                 WHERE i.id > $2 ORDER BY i.id LIMIT $3"
            }
        };
        let query = sqlx::query(text).bind(ms(cutoff)).bind(after.0).bind(limit);
        let rows = query.fetch_all(self.reader()).await?;
        rows.iter().map(as_of).collect()
    }

    /// The same for these items only, without those that were not there yet.
    pub async fn these_as_of(&self, cutoff: DateTime<Utc>, items: &[ItemId]) -> Result<Vec<AsOf>> {
        let text = match self.engine {
            Engine::Sqlite => {
                "SELECT e.after, e.at FROM json_each($2) AS i CROSS JOIN events e
                 WHERE e.id = (SELECT max(id) FROM events WHERE item_id = i.value AND at <= $1)"
            }
            Engine::Postgres => {
                "SELECT e.after, e.at FROM json_array_elements_text($2::json) AS i (value) CROSS JOIN LATERAL (
                     SELECT after, at FROM events WHERE item_id = i.value::bigint AND at <= $1
                     ORDER BY id DESC LIMIT 1) AS e"
            }
        };
        let rows = sqlx::query(text).bind(ms(cutoff)).bind(json(&items)?).fetch_all(self.reader()).await?;
        rows.iter().map(as_of).collect()
    }

    /// The history of an item, oldest first.
    pub async fn history(&self, item: ItemId) -> Result<Vec<Logged>> {
        let rows = sqlx::query("SELECT * FROM events WHERE item_id = $1 ORDER BY id")
            .bind(item.0)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(logged).collect()
    }

    /// Events of items after an id, oldest first.
    pub async fn events_after(&self, id: i64, limit: i64) -> Result<Vec<Logged>> {
        let rows = sqlx::query("SELECT * FROM events WHERE id > $1 AND item_id IS NOT NULL ORDER BY id LIMIT $2")
            .bind(id)
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(logged).collect()
    }

    /// Items whose row differs from their newest event in state or version: must be none.
    pub async fn strayed(&self) -> Result<i64> {
        Ok(sqlx::query_scalar(
            "SELECT count(*) FROM items i JOIN events e ON e.id = (SELECT max(id) FROM events WHERE item_id = i.id)
             WHERE e.state <> i.state OR e.version <> i.version",
        )
        .fetch_one(self.reader())
        .await?)
    }
}
