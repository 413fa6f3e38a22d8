//! Numbers that stay (`core/numbers.rs`), on record by person. A number is given in the transaction that queues or
//! sends what shows it, and by the key of the table to one thing only.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::Row as _;

use super::{Result, Tx, at, clockwork, json, ms, outbox, text_for};
use dutybell_core::item::ItemId;
use dutybell_core::message::Message;
use dutybell_core::numbers::{Given, Listed, Lost, Numbers};
use dutybell_core::org::PersonId;
use dutybell_core::subject::Subject;

/// Key in `meta`: the highest number that may have been given, and until when it rests, UTC milliseconds.
pub(super) const LOST: &str = "numbers_lost";

/// All numbers of these people; everybody asked for is there.
pub async fn of_people(tx: &mut Tx, people: &BTreeSet<PersonId>) -> Result<HashMap<PersonId, Numbers>> {
    let mut found: HashMap<PersonId, Vec<(u32, Given)>> = people.iter().map(|person| (*person, Vec::new())).collect();
    let text = text_for(
        tx,
        "SELECT n.* FROM json_each($1) AS p CROSS JOIN numbers n WHERE n.person_id = p.value",
        "SELECT * FROM numbers WHERE person_id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))",
    );
    for row in &sqlx::query(text).bind(json(people)?).fetch_all(&mut **tx).await? {
        let number = u32::try_from(row.try_get::<i64, _>("number")?).unwrap_or_default();
        let given = Given {
            names: outbox::subject_of(row)?,
            given_at: at(row.try_get("given_at")?),
            freed_at: row.try_get::<Option<i64>, _>("freed_at")?.map(at),
            shown: row.try_get::<i64, _>("shown")? == 1,
        };
        found.entry(PersonId(row.try_get("person_id")?)).or_default().push((number, given));
    }
    let lost = lost(tx).await?;
    Ok(found.into_iter().map(|(person, given)| (person, Numbers::new(given).beside(lost))).collect())
}

/// What a store that was lost may have given; see [`super::restored`].
async fn lost(tx: &mut Tx) -> Result<Option<Lost>> {
    let noted = clockwork::meta(tx, LOST).await?;
    Ok(noted.and_then(|text| {
        let (up_to, until) = text.split_once(' ')?;
        Some(Lost { up_to: up_to.parse().ok()?, until: at(until.parse().ok()?) })
    }))
}

/// All numbers of one person.
pub async fn of(tx: &mut Tx, person: PersonId) -> Result<Numbers> {
    Ok(of_people(tx, &BTreeSet::from([person])).await?.remove(&person).unwrap_or_default())
}

/// Writes down what was given, shown and freed. The caller holds the only writing transaction, in which they were read.
pub async fn save<'a>(tx: &mut Tx, numbers: impl IntoIterator<Item = (PersonId, &'a Numbers)>) -> Result<()> {
    #[derive(Serialize)]
    struct Row {
        person: i64,
        number: u32,
        kind: &'static str,
        named: Option<i64>,
        given: i64,
        freed: Option<i64>,
        shown: i64,
    }
    let rows: Vec<Row> = numbers
        .into_iter()
        .flat_map(|(person, numbers)| numbers.changed().map(move |(number, given)| (person, number, given)))
        .map(|(person, number, given)| {
            let (kind, named) = (given.names.kind(), given.names.id());
            let (given_at, freed) = (ms(given.given_at), given.freed_at.map(ms));
            let shown = i64::from(given.shown);
            Row { person: person.0, number, kind, named, given: given_at, freed, shown }
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let text = text_for(
        tx,
        "INSERT INTO numbers (person_id, number, kind, named_id, given_at, freed_at, shown)
         SELECT value ->> 'person', value ->> 'number', value ->> 'kind', value ->> 'named', value ->> 'given',
                value ->> 'freed', value ->> 'shown'
         FROM json_each($1) WHERE true
         ON CONFLICT (person_id, number) DO UPDATE SET kind = excluded.kind, named_id = excluded.named_id,
             given_at = excluded.given_at, freed_at = excluded.freed_at, shown = excluded.shown",
        "INSERT INTO numbers (person_id, number, kind, named_id, given_at, freed_at, shown)
         SELECT person, number, kind, named, given, freed, shown
         FROM json_to_recordset($1::json) AS new (person BIGINT, number BIGINT, kind TEXT, named BIGINT, given BIGINT,
                                                  freed BIGINT, shown BIGINT)
         ON CONFLICT (person_id, number) DO UPDATE SET kind = excluded.kind, named_id = excluded.named_id,
             given_at = excluded.given_at, freed_at = excluded.freed_at, shown = excluded.shown",
    );
    sqlx::query(text).bind(json(&rows)?).execute(&mut **tx).await?;
    Ok(())
}

/// Puts a message about to be queued under its reader's numbers. What is an answer goes out as it is.
pub(super) async fn write(
    tx: &mut Tx,
    person: PersonId,
    message: &mut Message,
    is_answer: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    let listed: BTreeSet<ItemId> = message.lines().filter_map(|line| line.subject.item()).collect();
    let finished = finished(tx, &listed).await?;
    let mut numbers = of(tx, person).await?;
    let listed = |subject: Subject| match subject.item().is_some_and(|item| finished.contains(&item)) {
        true => Listed::Finished,
        // An answer lists what its reader has a part in; a notice is put in order once more before it leaves.
        false if is_answer => Listed::Theirs,
        false => Listed::Told,
    };
    numbers.write(message, listed, now);
    if is_answer {
        numbers.show(message);
    }
    save(tx, [(person, &numbers)]).await
}

/// Those of these items that are open no more.
async fn finished(tx: &mut Tx, items: &BTreeSet<ItemId>) -> Result<BTreeSet<ItemId>> {
    let text = text_for(
        tx,
        "SELECT id FROM items WHERE open = 0 AND id IN (SELECT value FROM json_each($1))",
        "SELECT id FROM items WHERE open = 0 AND id = ANY (ARRAY (SELECT CAST(value AS BIGINT) FROM json_array_elements_text($1::json)))",
    );
    let rows = sqlx::query(text).bind(json(items)?).fetch_all(&mut **tx).await?;
    rows.iter().map(|row| Ok(ItemId(row.try_get(0)?))).collect()
}

/// Items were finished: whatever number names them rests from now on. Or they are open again: it names them as before.
/// Uses `numbers_by_named`.
pub(super) async fn turned(tx: &mut Tx, items: &[(ItemId, bool)], now: DateTime<Utc>) -> Result<()> {
    let text = text_for(
        tx,
        "UPDATE numbers SET freed_at = CASE WHEN t.open THEN NULL ELSE coalesce(freed_at, $2) END
         FROM (SELECT value ->> 0 AS item, value ->> 1 AS open FROM json_each($1)) AS t
         WHERE kind = 'item' AND named_id = t.item",
        "UPDATE numbers SET freed_at = CASE WHEN t.open THEN NULL ELSE coalesce(freed_at, $2) END
         FROM (SELECT (value ->> 0)::bigint AS item, (value ->> 1)::boolean AS open FROM json_array_elements($1::json)) AS t
         WHERE kind = 'item' AND named_id = t.item",
    );
    sqlx::query(text).bind(json(&items)?).bind(ms(now)).execute(&mut **tx).await?;
    Ok(())
}

/// People have no more to do with these items: their numbers for them rest from now on.
pub(super) async fn free(tx: &mut Tx, lost: &[(PersonId, ItemId)], now: DateTime<Utc>) -> Result<()> {
    let text = text_for(
        tx,
        "UPDATE numbers SET freed_at = $2 FROM (SELECT value ->> 0 AS person, value ->> 1 AS item FROM json_each($1)) AS l
         WHERE kind = 'item' AND named_id = l.item AND person_id = l.person AND freed_at IS NULL",
        "UPDATE numbers SET freed_at = $2
         FROM (SELECT (value ->> 0)::bigint AS person, (value ->> 1)::bigint AS item FROM json_array_elements($1::json)) AS l
         WHERE kind = 'item' AND named_id = l.item AND person_id = l.person AND freed_at IS NULL",
    );
    sqlx::query(text).bind(json(&lost)?).bind(ms(now)).execute(&mut **tx).await?;
    Ok(())
}

/// Two entries are one person. What only one of them had a number for keeps it; a number that meant something else to
/// each is asked about until it is shown anew.
pub(super) async fn absorb(tx: &mut Tx, from: PersonId, into: PersonId) -> Result<()> {
    for text in [
        "UPDATE numbers SET shown = 0 WHERE person_id = $2 AND EXISTS (SELECT 1 FROM numbers f
             WHERE f.person_id = $1 AND f.number = numbers.number
             AND (f.kind <> numbers.kind OR f.named_id <> numbers.named_id))",
        "UPDATE numbers SET person_id = $2 WHERE person_id = $1 AND NOT EXISTS (SELECT 1 FROM numbers i
             WHERE i.person_id = $2
             AND (i.number = numbers.number OR i.kind = numbers.kind AND i.named_id = numbers.named_id))",
    ] {
        sqlx::query(text).bind(from.0).bind(into.0).execute(&mut **tx).await?;
    }
    sqlx::query("DELETE FROM numbers WHERE person_id = $1").bind(from.0).execute(&mut **tx).await?;
    Ok(())
}
