//! Ledgers: items as a file names them, the file itself, what its columns mean, what was written back.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use serde::de::DeserializeOwned;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Arguments as _, Row};

use super::items::{Text, list_people, waits};
use super::many::Insert;
use super::{Result, Store, StoreError, Tx, at, clockwork, json, ms, text_for};
use dutybell_core::code;
use dutybell_core::item::{Item, ItemId, State};

/// Items whose notes on exports are read and written together.
const AT_ONCE: usize = 500;

/// The fields of a row: name to text.
pub type Fields = BTreeMap<String, String>;
/// What exports wrote into a row's fields so far: name to texts.
pub type Written = BTreeMap<String, BTreeSet<String>>;

/// What an item is called here: its source's name and the ledger's own key.
pub fn key_of(source: &str, key: &str) -> String {
    format!("{source}/{key}")
}

/// An item as a ledger knows it.
#[derive(Clone, Debug)]
pub struct Known {
    pub item: Item,
    /// Its row as last read.
    pub row: Fields,
    pub exported: Written,
    /// See [`crate::ledger::Row::look`].
    pub look: String,
    /// When the office last wrote into a field of the row; what is not named stands as it did at registration.
    pub said: BTreeMap<String, DateTime<Utc>>,
}

fn known(row: &AnyRow) -> Result<(String, Known)> {
    let said: BTreeMap<String, i64> = parsed(&row.try_get::<String, _>("said_at")?);
    let known = Known {
        item: Text::of(row)?.item()?,
        row: parsed(&row.try_get::<String, _>("ledger_row")?),
        exported: parsed(&row.try_get::<String, _>("exported")?),
        look: row.try_get("look")?,
        said: said.into_iter().map(|(field, instant)| (field, at(instant))).collect(),
    };
    Ok((row.try_get("ledger_key")?, known))
}

/// Empty where nothing was noted yet.
fn parsed<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

/// A new item with its row.
#[derive(Clone, Debug)]
pub struct New {
    /// Numbered, see [`number`].
    pub item: Item,
    /// The same as JSON.
    pub data: String,
    /// See [`key_of`].
    pub key: String,
    /// The [`Fields`] of its row, as JSON.
    pub row: String,
    /// See [`crate::ledger::Row::look`].
    pub look: String,
    /// Required for open items.
    pub next_wake: Option<DateTime<Utc>>,
}

/// The file that a source handed over last.
#[derive(Clone, Debug)]
pub struct File {
    /// Without folders.
    pub name: String,
    pub read_at: DateTime<Utc>,
    pub bytes: Vec<u8>,
}

/// The item that a ledger calls `key`, with its stored row.
pub async fn by_key(tx: &mut Tx, key: &str) -> Result<Option<Known>> {
    let row = sqlx::query(
        "SELECT ledger_key, data, planned_version, planned_until,
                coalesce(ledger_row, '') AS ledger_row, coalesce(exported, '') AS exported,
                coalesce(look, '') AS look, coalesce(said_at, '') AS said_at
         FROM items WHERE ledger_key = $1",
    )
    .bind(key.to_owned())
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|r| Ok(known(&r)?.1)).transpose()
}

/// An item on record whose row may be the same as before: most of a ledger is, and then the item is not needed.
#[derive(Clone, Debug)]
pub struct Stored {
    pub id: ItemId,
    pub draft: bool,
    /// The [`Fields`] of its row as last read, as JSON.
    pub row: String,
    exported: String,
    text: Text,
}

impl Stored {
    /// Its row as last read.
    pub fn fields(&self) -> Fields {
        parsed(&self.row)
    }

    /// See [`Known::exported`].
    pub fn exported(&self) -> Written {
        parsed(&self.exported)
    }

    /// The item, whole.
    pub fn item(&self) -> Result<Item> {
        self.text.item()
    }
}

/// The items that ledgers call by these keys.
pub async fn by_keys(tx: &mut Tx, keys: &[&str]) -> Result<HashMap<String, Stored>> {
    let text = text_for(
        tx,
        "SELECT id, ledger_key, state, data, planned_version, planned_until,
                coalesce(ledger_row, '') AS ledger_row, coalesce(exported, '') AS exported
         FROM items WHERE ledger_key IN (SELECT value FROM json_each($1))",
        "SELECT id, ledger_key, state, data, planned_version, planned_until,
                coalesce(ledger_row, '') AS ledger_row, coalesce(exported, '') AS exported
         FROM items WHERE ledger_key = ANY (ARRAY (SELECT json_array_elements_text($1::json)))",
    );
    let rows = sqlx::query(text).bind(json(&keys)?).fetch_all(&mut **tx).await?;
    rows.iter()
        .map(|r| {
            let stored = Stored {
                id: ItemId(r.try_get("id")?),
                draft: r.try_get::<String, _>("state")? == State::Draft.word(),
                row: r.try_get("ledger_row")?,
                exported: r.try_get("exported")?,
                text: Text::of(r)?,
            };
            Ok((r.try_get("ledger_key")?, stored))
        })
        .collect()
}

/// Key in `meta`: the first id that no item of a store which was lost can have; see [`super::restored`].
pub(super) const ITEMS_FROM: &str = "items_from";

/// The id of the next new item. Only the one writing transaction may ask.
pub async fn next_id(tx: &mut Tx) -> Result<i64> {
    let next: i64 = sqlx::query_scalar("SELECT coalesce(max(id), 0) + 1 FROM items").fetch_one(&mut **tx).await?;
    // A store that was lost may have given the ones before.
    let from = clockwork::meta(tx, ITEMS_FROM).await?.and_then(|from| from.parse().ok());
    Ok(from.map_or(next, |from: i64| next.max(from)))
}

/// Gives a new item its id and the code that follows from it.
pub fn number(item: &mut Item, id: i64) {
    item.id = ItemId(id);
    item.code = code::encode(id.unsigned_abs());
}

/// Stores new, numbered items.
pub async fn insert(tx: &mut Tx, new: &[New]) -> Result<()> {
    let insert = Insert {
        into: "items (id, code, ledger_key, unit_id, state, open, current_due, next_wake_at, version, data, ledger_row, look, waits)",
        columns: 13,
        then: "",
    };
    let add = |n: &New, values: &mut AnyArguments| {
        values.add(n.item.id.0)?;
        values.add(n.item.code.as_str())?;
        values.add(n.key.as_str())?;
        values.add(n.item.unit.map(|u| u.0))?;
        values.add(n.item.state.word())?;
        values.add(i64::from(n.item.state.is_open()))?;
        values.add(n.item.current_due.map(ms))?;
        values.add(n.next_wake.map(ms))?;
        values.add(n.item.version)?;
        values.add(n.data.as_str())?;
        values.add(n.row.as_str())?;
        values.add(n.look.as_str())?;
        values.add(waits(&n.item))
    };
    insert.rows(tx, new, add).await?;
    list_people(tx, new.iter().map(|n| &n.item)).await
}

/// Keeps the row of a known item.
pub async fn save_row(tx: &mut Tx, id: ItemId, row: &str, look: &str) -> Result<()> {
    sqlx::query("UPDATE items SET ledger_row = $2, look = $3 WHERE id = $1")
        .bind(id.0)
        .bind(row.to_owned())
        .bind(look.to_owned())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Notes that the office wrote into these fields of an item's row now.
pub async fn note_said<'f>(
    tx: &mut Tx,
    id: ItemId,
    fields: impl IntoIterator<Item = &'f str>,
    now: DateTime<Utc>,
) -> Result<()> {
    let text: String = sqlx::query_scalar("SELECT coalesce(said_at, '') FROM items WHERE id = $1")
        .bind(id.0)
        .fetch_one(&mut **tx)
        .await?;
    let mut said: BTreeMap<String, i64> = parsed(&text);
    said.extend(fields.into_iter().map(|field| (field.to_owned(), ms(now))));
    sqlx::query("UPDATE items SET said_at = $2 WHERE id = $1").bind(id.0).bind(json(&said)?).execute(&mut **tx).await?;
    Ok(())
}

/// Codes and keys of items that look like one of these, by look. Uses `items_by_look`.
pub async fn twins(tx: &mut Tx, looks: &[&str]) -> Result<HashMap<String, Vec<(String, String)>>> {
    let text = text_for(
        tx,
        "SELECT look, code, coalesce(ledger_key, '') FROM items
         WHERE look IN (SELECT value FROM json_each($1)) AND state <> 'void' ORDER BY id",
        "SELECT look, code, coalesce(ledger_key, '') FROM items
         WHERE look = ANY (ARRAY (SELECT json_array_elements_text($1::json))) AND state <> 'void' ORDER BY id",
    );
    let rows = sqlx::query(text).bind(json(&looks)?).fetch_all(&mut **tx).await?;
    let mut twins: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for row in &rows {
        twins.entry(row.try_get(0)?).or_default().push((row.try_get(1)?, row.try_get(2)?));
    }
    Ok(twins)
}

/// An item of a source, without its row.
#[derive(Clone, Debug)]
pub struct OnRecord {
    pub id: ItemId,
    pub code: String,
    /// The ledger's own key.
    pub key: String,
    pub state: State,
    /// See [`crate::ledger::Row::look`].
    pub look: String,
}

/// Everything that came from a source (`source/…`), in order of registration.
pub async fn on_record(tx: &mut Tx, source: &str) -> Result<Vec<OnRecord>> {
    let rows = sqlx::query(
        "SELECT id, code, substr(ledger_key, length($1) + 1) AS ledger_key, state, coalesce(look, '') AS look FROM items
         WHERE substr(ledger_key, 1, length($1)) = $1 ORDER BY id",
    )
    .bind(key_of(source, ""))
    .fetch_all(&mut **tx)
    .await?;
    let read = |r: &AnyRow| {
        let state: String = r.try_get("state")?;
        let state =
            State::parse(&state).ok_or_else(|| StoreError::Damaged(format!("an item is in the state {state}")))?;
        let (id, code) = (ItemId(r.try_get("id")?), r.try_get("code")?);
        Ok(OnRecord { id, code, key: r.try_get("ledger_key")?, state, look: r.try_get("look")? })
    };
    rows.iter().map(read).collect()
}

/// The rows of items as last read, by the items' keys.
pub async fn rows_by_keys(tx: &mut Tx, keys: &[&str]) -> Result<HashMap<String, Fields>> {
    let text = text_for(
        tx,
        "SELECT ledger_key, coalesce(ledger_row, '') FROM items WHERE ledger_key IN (SELECT value FROM json_each($1))",
        "SELECT ledger_key, coalesce(ledger_row, '') FROM items
         WHERE ledger_key = ANY (ARRAY (SELECT json_array_elements_text($1::json)))",
    );
    let rows = sqlx::query(text).bind(json(&keys)?).fetch_all(&mut **tx).await?;
    rows.iter().map(|r| Ok((r.try_get(0)?, parsed(&r.try_get::<String, _>(1)?)))).collect()
}

/// Gives items other keys. Some may take what others had: first all give theirs up.
pub async fn move_keys(tx: &mut Tx, moved: &[(ItemId, String)]) -> Result<()> {
    let text = text_for(
        tx,
        "UPDATE items SET ledger_key = value ->> 1 FROM json_each($1) WHERE items.id = value ->> 0",
        "UPDATE items SET ledger_key = m.value ->> 1
         FROM (SELECT value FROM json_array_elements($1::json)) AS m WHERE items.id = (m.value ->> 0)::bigint",
    );
    for given_up in [true, false] {
        let rows: Vec<(i64, Option<&str>)> =
            moved.iter().map(|(id, key)| (id.0, Some(key.as_str()).filter(|_| !given_up))).collect();
        for some in rows.chunks(AT_ONCE) {
            sqlx::query(text).bind(json(&some)?).execute(&mut **tx).await?;
        }
    }
    Ok(())
}

/// Keeps rows of which nothing but their place in the file changed.
pub async fn save_rows(tx: &mut Tx, rows: &[(ItemId, String)]) -> Result<()> {
    let text = text_for(
        tx,
        "UPDATE items SET ledger_row = value ->> 1 FROM json_each($1) WHERE items.id = value ->> 0",
        "UPDATE items SET ledger_row = m.value ->> 1
         FROM (SELECT value FROM json_array_elements($1::json)) AS m WHERE items.id = (m.value ->> 0)::bigint",
    );
    for some in rows.chunks(AT_ONCE) {
        let some: Vec<(i64, &str)> = some.iter().map(|(id, row)| (id.0, row.as_str())).collect();
        sqlx::query(text).bind(json(&some)?).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Everything that came from a source: the ledger's own key and the item, in order of registration.
pub async fn of_source(tx: &mut Tx, source: &str) -> Result<Vec<(String, Known)>> {
    let rows = sqlx::query(
        "SELECT substr(ledger_key, length($1) + 1) AS ledger_key, data, planned_version, planned_until,
                coalesce(ledger_row, '') AS ledger_row,
                coalesce(exported, '') AS exported, coalesce(look, '') AS look, coalesce(said_at, '') AS said_at
         FROM items WHERE substr(ledger_key, 1, length($1)) = $1 ORDER BY id",
    )
    .bind(key_of(source, ""))
    .fetch_all(&mut **tx)
    .await?;
    rows.iter().map(known).collect()
}

/// Notes what an export wrote into the fields of these items, beside what others wrote before.
pub async fn add_exported(tx: &mut Tx, new: &[(ItemId, Written)]) -> Result<()> {
    let select = text_for(
        tx,
        "SELECT id, exported FROM items WHERE exported IS NOT NULL AND id IN (SELECT value FROM json_each($1))",
        "SELECT id, exported FROM items WHERE exported IS NOT NULL
         AND id = ANY (ARRAY (SELECT CAST(json_array_elements_text($1::json) AS BIGINT)))",
    );
    let update = text_for(
        tx,
        "UPDATE items SET exported = w.text
         FROM (SELECT value ->> 0 AS id, value ->> 1 AS text FROM json_each($1)) AS w WHERE items.id = w.id",
        "UPDATE items SET exported = w.text
         FROM (SELECT (value ->> 0)::bigint AS id, value ->> 1 AS text FROM json_array_elements($1::json)) AS w
         WHERE items.id = w.id",
    );
    for some in new.chunks(AT_ONCE) {
        let ids: Vec<ItemId> = some.iter().map(|(id, _)| *id).collect();
        let rows = sqlx::query(select).bind(json(&ids)?).fetch_all(&mut **tx).await?;
        let mut all: HashMap<i64, Written> =
            rows.iter().map(|r| Ok((r.try_get(0)?, parsed(&r.try_get::<String, _>(1)?)))).collect::<Result<_>>()?;
        for (id, written) in some {
            let noted = all.entry(id.0).or_default();
            written.iter().for_each(|(field, texts)| noted.entry(field.clone()).or_default().extend(texts.clone()));
        }
        let rows: Vec<(i64, String)> =
            all.iter().map(|(id, written)| Ok((*id, json(written)?))).collect::<Result<_>>()?;
        sqlx::query(update).bind(json(&rows)?).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Keeps the file that a source handed over, in place of the one before.
pub async fn keep_file(tx: &mut Tx, source: &str, name: &str, bytes: &[u8], now: DateTime<Utc>) -> Result<()> {
    sqlx::query(
        "INSERT INTO ledger_files (source, name, read_at, content) VALUES ($1, $2, $3, $4)
         ON CONFLICT (source) DO UPDATE SET name = $2, read_at = $3, content = $4",
    )
    .bind(source.to_owned())
    .bind(name.to_owned())
    .bind(ms(now))
    .bind(BASE64.encode(bytes))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The file that a source handed over last.
pub async fn file(tx: &mut Tx, source: &str) -> Result<Option<File>> {
    let row = sqlx::query("SELECT name, read_at, content FROM ledger_files WHERE source = $1")
        .bind(source.to_owned())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|r| {
        let bytes = BASE64
            .decode(r.try_get::<String, _>(2)?.as_bytes())
            .map_err(|e| StoreError::Damaged(format!("the ledger file of {source}: {e}")))?;
        Ok(File { name: r.try_get(0)?, read_at: at(r.try_get(1)?), bytes })
    })
    .transpose()
}

/// Remembers what columns mean, header to meaning.
pub async fn learn_columns(tx: &mut Tx, source: &str, columns: &BTreeMap<String, String>) -> Result<()> {
    for (header, meaning) in columns {
        sqlx::query(
            "INSERT INTO ledger_columns (source, header, meaning) VALUES ($1, $2, $3)
             ON CONFLICT (source, header) DO UPDATE SET meaning = $3",
        )
        .bind(source.to_owned())
        .bind(header.clone())
        .bind(meaning.clone())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

impl Store {
    /// What was learnt about a source's columns: header to meaning.
    pub async fn learnt_columns(&self, source: &str) -> Result<BTreeMap<String, String>> {
        let rows = sqlx::query("SELECT header, meaning FROM ledger_columns WHERE source = $1")
            .bind(source.to_owned())
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|r| Ok((r.try_get(0)?, r.try_get(1)?))).collect()
    }

    /// Sources that have handed over anything, by name.
    pub async fn ledger_sources(&self) -> Result<Vec<String>> {
        let rows = sqlx::query("SELECT source FROM ledger_files ORDER BY source").fetch_all(self.reader()).await?;
        rows.iter().map(|r| Ok(r.try_get(0)?)).collect()
    }
}
