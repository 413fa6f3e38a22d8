//! PostgreSQL: the statement is prepared (which refuses several) and then asked for once in the simple protocol, where
//! the server itself writes every type as text.

use futures::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Column, Connection, Executor, Row, SqlSafeStr, Statement, TypeInfo};

use super::{Stop, Taken, Wanted, cells, query};
use crate::ledger::{CELL_BYTES, TABLE_ROWS};

pub(super) async fn read(options: &PgConnectOptions, wanted: &Wanted<'_>, taken: &mut Taken) -> Result<(), Stop> {
    let options = options.clone().application_name("dutybell");
    let mut connection = PgConnection::connect_with(&options).await?;
    sqlx::query(
        "SELECT set_config('default_transaction_read_only', 'on', false), set_config('statement_timeout', $1, false),
                set_config('TimeZone', $2, false), set_config('DateStyle', 'ISO, YMD', false)",
    )
    .bind(wanted.timeout.as_millis().to_string())
    .bind(wanted.zone.name())
    .execute(&mut connection)
    .await?;
    // A superuser writes files, runs programs and ends sessions with functions, all inside a read-only transaction.
    let superuser: bool = sqlx::query_scalar("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user")
        .fetch_one(&mut connection)
        .await?;
    if superuser {
        return Err(Stop::Other(
            "the role is a superuser; make one that can only read: CREATE ROLE reader LOGIN PASSWORD '…'; \
             GRANT SELECT ON table TO reader"
                .to_owned(),
        ));
    }
    connection.execute("BEGIN TRANSACTION READ ONLY").await?;
    // The text is the administrator's own, from the configuration, and was checked.
    let statement = connection.prepare(AssertSqlSafe(wanted.query).into_sql_str()).await?;
    let columns: Vec<(String, String)> =
        statement.columns().iter().map(|c| (c.name().to_owned(), c.type_info().name().to_owned())).collect();
    taken.headers = columns.iter().map(|(name, _)| name.clone()).collect();
    if let Some((name, _)) = columns.iter().find(|(_, kind)| kind == "BYTEA") {
        return Err(Stop::Other(cells::binary(name)));
    }
    // Every type as its own output writes it, and a long one cut where it is: a message holds a whole row.
    let most = CELL_BYTES;
    let bounded =
        query::bounded(wanted.query, columns.len(), TABLE_ROWS, |c| format!("left(format('%s', {c}), {most} + 1)"));
    {
        let mut rows = sqlx::raw_sql(AssertSqlSafe(bounded)).fetch(&mut connection);
        while let Some(row) = rows.try_next().await? {
            taken.row(typed(&row, &columns)?)?;
        }
    }
    connection.execute("ROLLBACK").await?;
    Ok(connection.close().await?)
}

fn typed(row: &PgRow, columns: &[(String, String)]) -> Result<Vec<String>, Stop> {
    let cell = |(i, (name, kind)): (usize, &(String, String))| {
        let text = row.try_get_unchecked::<Option<String>, _>(i).map_err(|_| Stop::Other(cells::binary(name)))?;
        let text = text.unwrap_or_default();
        Ok(match kind.as_str() {
            "BOOL" if !text.is_empty() => cells::truth(text == "t"),
            "FLOAT4" | "FLOAT8" => cells::number(&text),
            "TIMESTAMP" | "TIMESTAMPTZ" => cells::wall_clock(&text),
            _ => text,
        })
    };
    columns.iter().enumerate().map(cell).collect()
}
