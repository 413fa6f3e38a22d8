//! From one database into another, whole: SQLite to PostgreSQL when an office grows, and back for a preview.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AssertSqlSafe, Row};

use super::{Engine, Result, Store, StoreError, Tx};

/// Every table, those that others point at first; with the columns that order its rows. What lives only for
/// seconds (`duties`) is not carried over.
const TABLES: [(&str, &str); 36] = [
    ("meta", "key"),
    ("units", "id"),
    ("people", "id"),
    ("posts", "id"),
    ("tenures", "id"),
    ("leaves", "id"),
    ("offboardings", "id"),
    ("contacts", "id"),
    ("link_codes", "code_hash"),
    ("link_tries", "channel, chat, at"),
    ("items", "id"),
    ("item_people", "item_id, role, kind, who_id"),
    ("events", "id"),
    ("chain", "event_id"),
    ("pauses", "id"),
    ("notices", "id"),
    ("messages", "id"),
    ("resends", "id"),
    ("message_lines", "message_id, number"),
    ("numbers", "person_id, number"),
    ("attempts", "id"),
    ("canaries", "channel, day"),
    ("gates", "key"),
    ("buckets", "key"),
    ("allowances", "channel, chat"),
    ("inbox", "id"),
    ("mail_claims", "code_hash"),
    ("offsets", "channel, account"),
    ("questions", "person_id"),
    ("schedules", "key"),
    ("sources", "name"),
    ("ledger_files", "source"),
    ("ledger_columns", "source, header"),
    ("alarms", "id"),
    ("desk_sessions", "token_hash"),
    ("refusals", "day, what, channel, item_id"),
];

/// Rows read at a time.
const PAGE: i64 = 1_000;

/// A table that was carried over.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Copied {
    pub table: &'static str,
    pub rows: u64,
}

/// Carries everything over in one transaction and compares both sides, row by row.
///
/// # Errors
/// [`StoreError::Unusable`] when the target holds anything, or when the sides differ afterwards; the target
/// is then as it was.
pub async fn copy_all(from: &Store, to: &Store) -> Result<Vec<Copied>> {
    let mut source = from.snapshot().await?;
    let mut target = to.begin().await?;
    for (table, _) in TABLES {
        let held: i64 =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}"))).fetch_one(&mut *target).await?;
        if held > 0 {
            return Err(StoreError::Unusable(format!(
                "the target is not empty ({held} rows in {table}); choose a new database. Nothing was changed."
            )));
        }
    }
    let mut copied = Vec::new();
    for (table, order) in TABLES {
        let columns = columns(&mut target, to.engine, table).await?;
        let rows = copy_table(&mut source, &mut target, table, order, &columns).await?;
        if to.engine == Engine::Postgres && columns.iter().any(|c| c.name == "id") {
            let text = format!(
                "SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 1), max(id) IS NOT NULL) FROM {table}"
            );
            sqlx::query(AssertSqlSafe(text)).execute(&mut *target).await?;
        }
        let (was, is) =
            (digest(&mut source, table, order, &columns).await?, digest(&mut target, table, order, &columns).await?);
        if was != is {
            return Err(StoreError::Unusable(format!("{table} differs after copying; nothing was changed")));
        }
        copied.push(Copied { table, rows });
    }
    target.commit().await?;
    Ok(copied)
}

struct Kind {
    name: String,
    text: bool,
}

async fn columns(tx: &mut Tx, engine: Engine, table: &str) -> Result<Vec<Kind>> {
    let text = match engine {
        Engine::Sqlite => "SELECT name, type FROM pragma_table_info($1) ORDER BY cid",
        Engine::Postgres => {
            "SELECT column_name::text, data_type::text FROM information_schema.columns
             WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
        }
    };
    let rows = sqlx::query(text).bind(table.to_owned()).fetch_all(&mut **tx).await?;
    rows.iter()
        .map(|row| {
            let kind: String = row.try_get(1)?;
            Ok(Kind { name: row.try_get(0)?, text: kind.eq_ignore_ascii_case("text") })
        })
        .collect()
}

/// The rows of a table in their order, a page at a time.
async fn page(tx: &mut Tx, table: &str, order: &str, columns: &[Kind], offset: i64) -> Result<Vec<AnyRow>> {
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    let names = names.join(", ");
    // A table that grows without end is read by its id; the others are short.
    let text = match order {
        "id" => format!("SELECT {names} FROM {table} WHERE id > $1 ORDER BY id LIMIT $2"),
        _ => format!("SELECT {names} FROM {table} ORDER BY {order} LIMIT $2 OFFSET $1"),
    };
    Ok(sqlx::query(AssertSqlSafe(text)).bind(offset).bind(PAGE).fetch_all(&mut **tx).await?)
}

/// Where the next page starts; `None` after the last.
fn next(rows: &[AnyRow], order: &str, offset: i64) -> Result<Option<i64>> {
    match rows.last() {
        None => Ok(None),
        Some(last) if order == "id" => Ok(Some(last.try_get("id")?)),
        Some(_) => Ok(Some(offset + rows.len() as i64)),
    }
}

async fn copy_table(source: &mut Tx, target: &mut Tx, table: &str, order: &str, columns: &[Kind]) -> Result<u64> {
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
    let insert = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), places.join(", "));
    // Ids begin at 1 on both; 0 is before all of them.
    let (mut offset, mut count) = (0, 0);
    loop {
        let rows = page(source, table, order, columns, offset).await?;
        let Some(after) = next(&rows, order, offset)? else { return Ok(count) };
        offset = after;
        for row in &rows {
            let mut query = sqlx::query(AssertSqlSafe(insert.clone()));
            for kind in columns {
                query = bind(query, row, kind)?;
            }
            query.execute(&mut **target).await?;
            count += 1;
        }
    }
}

fn bind<'q>(query: Query<'q, Any, AnyArguments>, row: &AnyRow, kind: &Kind) -> Result<Query<'q, Any, AnyArguments>> {
    Ok(match kind.text {
        true => query.bind(row.try_get::<Option<String>, _>(kind.name.as_str())?),
        false => query.bind(row.try_get::<Option<i64>, _>(kind.name.as_str())?),
    })
}

/// What a table holds, as one number: every value of every row in order.
async fn digest(tx: &mut Tx, table: &str, order: &str, columns: &[Kind]) -> Result<String> {
    let mut rows_seen: Vec<[u8; 32]> = Vec::new();
    let mut offset = 0;
    loop {
        let rows = page(tx, table, order, columns, offset).await?;
        let Some(after) = next(&rows, order, offset)? else { break };
        offset = after;
        for row in &rows {
            let mut hash = Sha256::new();
            for kind in columns {
                let name = kind.name.as_str();
                let value = match kind.text {
                    true => row.try_get::<Option<String>, _>(name)?,
                    false => row.try_get::<Option<i64>, _>(name)?.map(|n| n.to_string()),
                };
                hash.update(value.map_or("-".to_owned(), |v| format!("+{}:{v}", v.len())));
            }
            rows_seen.push(hash.finalize().into());
        }
    }
    // Texts are sorted by other rules on the other side: the order of rows is not compared.
    rows_seen.sort_unstable();
    let all = rows_seen.iter().fold(Sha256::new(), |hash, row| hash.chain_update(row));
    let digest = HEXLOWER.encode(&all.finalize());
    Ok(format!("{} {digest}", rows_seen.len()))
}
