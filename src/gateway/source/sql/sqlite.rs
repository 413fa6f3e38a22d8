//! SQLite: the file is opened for reading only, and a query that takes too long is interrupted where it runs.

use futures::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, Executor, Row, SqlSafeStr, Statement, TypeInfo, ValueRef,
};

use super::{Stop, Taken, Wanted, cells, query};
use crate::clock::Since;
use crate::ledger::{CELL_BYTES, TABLE_ROWS};

/// Steps of the engine between two looks at the clock.
const STEPS: i32 = 10_000;

pub(super) async fn read(options: &SqliteConnectOptions, wanted: &Wanted<'_>, taken: &mut Taken) -> Result<(), Stop> {
    // Whatever the address says.
    let options = options.clone().read_only(true).create_if_missing(false).pragma("query_only", "ON");
    let mut connection: SqliteConnection = options.connect().await?;
    let (since, timeout) = (Since::now(), wanted.timeout);
    // The engine runs on a thread of its own: nobody else would stop it.
    connection.lock_handle().await?.set_progress_handler(STEPS, move || since.elapsed() < timeout);
    // The text is the administrator's own, from the configuration, and was checked: several statements would all run.
    let statement = connection.prepare(AssertSqlSafe(wanted.query).into_sql_str()).await?;
    let columns: Vec<(String, String)> =
        statement.columns().iter().map(|c| (c.name().to_owned(), c.type_info().name().to_owned())).collect();
    taken.headers = columns.iter().map(|(name, _)| name.clone()).collect();
    let most = CELL_BYTES;
    // A stored text is not loaded for its length; numbers keep their type.
    let cell = |c: &str| format!("CASE WHEN octet_length({c}) > {most} THEN substr({c}, 1, {most} + 1) ELSE {c} END");
    let bounded = query::bounded(wanted.query, columns.len(), TABLE_ROWS, cell);
    {
        let mut rows = sqlx::query(AssertSqlSafe(bounded)).fetch(&mut connection);
        while let Some(row) = rows.try_next().await? {
            taken.row(typed(&row, &columns)?)?;
        }
    }
    Ok(connection.close().await?)
}

fn typed(row: &SqliteRow, columns: &[(String, String)]) -> Result<Vec<String>, Stop> {
    let mut typed = Vec::new();
    for (i, (name, declared)) in columns.iter().enumerate() {
        let value = row.try_get_raw(i)?;
        let kind = if value.is_null() { "NULL".to_owned() } else { value.type_info().name().to_owned() };
        typed.push(match (kind.as_str(), declared.as_str()) {
            ("NULL", _) => String::new(),
            ("INTEGER", "BOOLEAN") => cells::truth(row.try_get_unchecked::<i64, _>(i)? != 0),
            ("INTEGER", _) => row.try_get_unchecked::<i64, _>(i)?.to_string(),
            ("REAL", _) => row.try_get_unchecked::<f64, _>(i)?.to_string(),
            ("TEXT", _) => {
                let text: String = row.try_get_unchecked(i)?;
                // Dates are texts here: only what is nothing but one is taken for it.
                if text.len() == 19 { cells::wall_clock(&text) } else { text }
            }
            _ => return Err(Stop::Other(cells::binary(name))),
        });
    }
    Ok(typed)
}
