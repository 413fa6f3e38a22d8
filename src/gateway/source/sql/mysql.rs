//! MySQL and MariaDB: prepared first (which refuses several statements), then asked for once as plain text.

use futures::TryStreamExt;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Column, Connection, Executor, Row, SqlSafeStr, Statement, TypeInfo};

use super::{Stop, Taken, Wanted, cells};

pub(super) async fn read(options: &MySqlConnectOptions, wanted: &Wanted<'_>, taken: &mut Taken) -> Result<(), Stop> {
    let mut connection = MySqlConnection::connect_with(options).await?;
    let version: String = sqlx::query_scalar("SELECT version()").fetch_one(&mut connection).await?;
    // The same wish, in seconds there and in milliseconds here.
    let limit = match version.contains("MariaDB") {
        true => sqlx::query("SET SESSION max_statement_time = ?").bind(wanted.timeout.as_secs()),
        false => sqlx::query("SET SESSION max_execution_time = ?").bind(wanted.timeout.as_secs() * 1_000),
    };
    limit.execute(&mut connection).await?;
    connection.execute("SET SESSION TRANSACTION READ ONLY").await?;
    connection.execute("START TRANSACTION READ ONLY").await?;
    // The text is the administrator's own, from the configuration, and was checked.
    let statement = connection.prepare(AssertSqlSafe(wanted.query).into_sql_str()).await?;
    let columns: Vec<(String, String)> =
        statement.columns().iter().map(|c| (c.name().to_owned(), c.type_info().name().to_owned())).collect();
    taken.headers = columns.iter().map(|(name, _)| name.clone()).collect();
    {
        let mut rows = sqlx::raw_sql(AssertSqlSafe(wanted.query)).fetch(&mut connection);
        while let Some(row) = rows.try_next().await? {
            taken.row(typed(&row, &columns, wanted)?)?;
        }
    }
    connection.execute("ROLLBACK").await?;
    Ok(connection.close().await?)
}

fn typed(row: &MySqlRow, columns: &[(String, String)], wanted: &Wanted<'_>) -> Result<Vec<String>, Stop> {
    let cell = |(i, (name, kind)): (usize, &(String, String))| {
        let text = row.try_get_unchecked::<Option<String>, _>(i).map_err(|_| Stop::Other(cells::binary(name)))?;
        let text = text.unwrap_or_default();
        Ok(match kind.as_str() {
            "BOOLEAN" if text == "0" || text == "1" => cells::truth(text == "1"),
            "FLOAT" | "DOUBLE" => cells::number(&text),
            "DATETIME" => cells::wall_clock(&text),
            // The session counts in UTC.
            "TIMESTAMP" => cells::instant(&text, wanted.zone),
            _ => text,
        })
    };
    columns.iter().enumerate().map(cell).collect()
}
