//! Opening PostgreSQL: version floor, schema, and limits for connections that stall.

mod hosts;

use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AnyConnection, AnyPool, Connection, Executor};

use super::migrations::POSTGRES as MIGRATIONS;
use super::open::{known, newest, refuse_newer};
use super::{Engine, Result, Store, StoreError};
use dutybell_system::clock::within;

/// The oldest release its makers still mend that the SQL here is tested with (`server_version_num`).
const FLOOR: i64 = 150_000;

/// How long a session may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);
/// One that was in use so lately is not asked.
const LATELY: Duration = Duration::from_millis(100);

/// A replica that stalls in the middle of a transaction is cut off, so that the others go on; nobody waits
/// longer for a lock than for that. What is acknowledged is on disk, and on the standby where one is named.
const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '5s'; SET lock_timeout = '20s'; \
     SET statement_timeout = '120s'; SET timezone = 'UTC'; SET application_name = 'dutybell'; SET jit = off";

/// A migration may write a large table anew, in one statement.
const UNHURRIED: &str = "SET statement_timeout = 0";

/// Writers touch few rows of large tables, by their indexes. A plan that was made while the tables were small
/// is kept by its session and must not read them whole after they have grown.
const BY_INDEX: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

/// One writer at a time, as on SQLite: whoever writes holds this lock to the end of his transaction. The rules
/// are written for that, and so they hold for any number of replicas. The second key keeps schemas apart.
/// A statement of its own: who gives up waiting for it leaves a transaction that is undone, not one that keeps the lock.
pub(super) const ONE_WRITER: &str = "SELECT pg_advisory_xact_lock(1148548953, hashtext(current_schema()))";

pub(super) async fn open(url: &str) -> Result<Store> {
    open_with(url, Schema::Made).await
}

/// For reading only: nothing is made or changed.
///
/// # Errors
/// [`StoreError::Unusable`] also when the schema is not this program's.
pub(super) async fn open_to_read(url: &str) -> Result<Store> {
    open_with(url, Schema::AsItIs).await
}

/// What opening does to a schema that is older than this program, or not there yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Schema {
    Made,
    AsItIs,
}

async fn open_with(url: &str, schema: Schema) -> Result<Store> {
    let urls = hosts::each(url);
    let mut place = String::new();
    for url in &urls {
        let options = PgConnectOptions::from_str(url).map_err(|_| {
            StoreError::Unusable("[database] url: write postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned())
        })?;
        let server = format!("{}:{}", options.get_host(), options.get_port());
        place = match place.as_str() {
            "" => {
                let database = options.get_database().unwrap_or_else(|| options.get_username());
                format!("PostgreSQL database {database} at {server}")
            }
            before => format!("{before} or {server}"),
        };
    }
    let unreachable = |error: sqlx::Error| {
        StoreError::Unusable(format!("cannot open the {place}: {error}; check [database] url and the server"))
    };
    let several = urls.len() > 1;
    let mut current = urls[0].clone();
    let mut servers = hosts::Servers::of(urls);
    if several && let Some(primary) = servers.primary().await {
        current = primary.to_owned();
    }
    let write = connect(&current, 4, BY_INDEX).await.map_err(unreachable)?;
    let result = prepare(&write, &current, &place, schema).await;
    if let Err(error) = result {
        write.close().await;
        return Err(error);
    }
    let read = connect(&current, 6, "").await.map_err(unreachable)?;
    if several {
        tokio::spawn(hosts::follow(servers, current, [write.clone(), read.clone()]));
    }
    Ok(Store { engine: Engine::Postgres, write, read, fuse: None })
}

async fn connect(url: &str, connections: u32, planning: &'static str) -> std::result::Result<AnyPool, sqlx::Error> {
    install_default_drivers();
    AnyPoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(10))
        .test_before_acquire(false)
        .before_acquire(|connection, seen| {
            Box::pin(async move { Ok(seen.idle_for < LATELY || answers(connection).await?) })
        })
        .after_release(|connection, _| Box::pin(answers(connection)))
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(SETTINGS).await?;
                connection.execute(planning).await?;
                let follows: bool =
                    sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&mut *connection).await?;
                match follows {
                    true => Err(sqlx::Error::Configuration("this server only follows another one".into())),
                    false => Ok(()),
                }
            })
        })
        .connect(url)
        .await
}

/// A server that vanished without a word leaves sessions that wait for ever; sqlx alone would wait with them.
async fn answers(connection: &mut AnyConnection) -> std::result::Result<bool, sqlx::Error> {
    within(PATIENCE, connection.ping()).await.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
}

async fn prepare(pool: &AnyPool, url: &str, place: &str, schema: Schema) -> Result<()> {
    let number: i64 =
        sqlx::query_scalar("SELECT current_setting('server_version_num')::bigint").fetch_one(pool).await?;
    if number < FLOOR {
        return Err(StoreError::Unusable(format!(
            "{place} is version {}; 15 or later is needed. Nothing was changed.",
            number / 10_000
        )));
    }
    let count = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()";
    let tables: i64 = sqlx::query_scalar(count).fetch_one(pool).await?;
    let ours: i64 =
        sqlx::query_scalar("SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'")
            .fetch_one(pool)
            .await?;
    if tables > 0 && ours == 0 {
        return Err(StoreError::Unusable(format!(
            "the {place} is used by another program; make an empty one. Nothing was changed."
        )));
    }
    refuse_newer(pool, &MIGRATIONS, ours > 0, &format!("the {place}")).await?;
    if schema == Schema::AsItIs {
        return only_current(pool, ours > 0, place).await;
    }
    if newest(pool, ours > 0).await? == known(&MIGRATIONS) {
        MIGRATIONS.run(pool).await?;
        return Ok(());
    }
    let unhurried = connect(url, 1, UNHURRIED).await?;
    let migrated = MIGRATIONS.run(&unhurried).await;
    unhurried.close().await;
    Ok(migrated?)
}

/// A schema that would have to be changed first is refused.
async fn only_current(pool: &AnyPool, ours: bool, place: &str) -> Result<()> {
    let (newest, known) = (newest(pool, ours).await?, known(&MIGRATIONS));
    if newest == known {
        return Ok(());
    }
    Err(StoreError::Unusable(format!(
        "the {place} has schema {newest}, this program needs {known}; run `dutybell status` once, which brings it up to \
         date. Nothing was changed."
    )))
}

pub(super) async fn version(pool: &AnyPool) -> Result<String> {
    Ok(sqlx::query_scalar("SELECT current_setting('server_version')").fetch_one(pool).await?)
}
