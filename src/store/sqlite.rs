//! Opening SQLite: version floor, schema, and the settings its promises rest on.

pub(super) mod base;

use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyConnection, AnyPool, Connection, Executor};

use super::migrations::SQLITE as MIGRATIONS;
use super::open::refuse_newer;
use super::{Engine, Result, Store, StoreError};
use dutybell_system::files;

/// WAL for readers beside the writer, FULL so that what is acknowledged is on disk; copied back every 32 MB, as pages
/// that change again and again (a morning's plans) are then copied once.
const SETTINGS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
     PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; \
     PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 8000";

/// Pages held in memory: more for the writer, whose indexes are touched all over.
const WRITER_CACHE: &str = "PRAGMA cache_size = -48000";
const READER_CACHE: &str = "PRAGMA cache_size = -16000";

/// SQLite 3.7.0 to 3.51.2 can lose committed transactions of a WAL database (the WAL-reset bug).
const SQLITE_FLOOR: (u32, u32, u32) = (3, 51, 3);

pub(super) async fn open(path: &str) -> Result<Store> {
    if let Some(folder) = Path::new(path).parent().filter(|f| !f.as_os_str().is_empty() && !f.is_dir()) {
        return Err(StoreError::Unusable(format!(
            "the folder {} of the database does not exist; create it or change [database] url",
            folder.display()
        )));
    }
    refuse_foreign_file(path)?;
    base::refuse_foreign_log(path)?;
    if !Path::new(path).exists() {
        // The log and its index get the rights of the file. What keeps it from being made is told by SQLite.
        drop(files::private_new(Path::new(path)));
    }
    refuse_read_only(path).await?;
    let write = connect(path, 1, WRITER_CACHE).await?;
    let result = prepare(&write, path).await;
    if let Err(error) = result {
        write.close().await;
        return Err(error);
    }
    let read = connect(path, 3, READER_CACHE).await?;
    Ok(Store { engine: Engine::Sqlite, write, read, fuse: None })
}

/// A file that is not SQLite's is refused at once; the pool would try to open it again and again.
fn refuse_foreign_file(path: &str) -> Result<()> {
    let mut head = [0_u8; 16];
    let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read(&mut file, &mut head));
    match read {
        Ok(0) | Err(_) => Ok(()), // new, or told by SQLite itself
        Ok(_) if head == *b"SQLite format 3\0" => Ok(()),
        Ok(_) => Err(StoreError::Unusable(format!(
            "{path} is not a SQLite database; choose another file in [database] url. Nothing was changed."
        ))),
    }
}

/// So is one that cannot be written, with SQLite's own reason.
async fn refuse_read_only(path: &str) -> Result<()> {
    install_default_drivers();
    let tried = async {
        let mut connection = AnyConnection::connect(&address(path)).await?;
        connection.execute(SETTINGS).await?;
        // Whoever closes a database last removes its log: not later, beside those who open it next.
        connection.close().await
    };
    match tried.await {
        Err(sqlx::Error::Database(error)) if error.code().is_some_and(|code| is_unwritable(&code)) => {
            Err(StoreError::Unusable(format!(
                "{path} cannot be written: {}; check [database] url, the owner and the disk",
                error.message()
            )))
        }
        // Anything else may pass, and the pool tries again.
        _ => Ok(()),
    }
}

/// SQLITE_READONLY and SQLITE_CANTOPEN with their kinds (sqlite.org/rescode.html).
fn is_unwritable(code: &str) -> bool {
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 8 | 14))
}

fn address(path: &str) -> String {
    format!("sqlite://{path}?mode=rwc")
}

async fn connect(path: &str, connections: u32, cache: &'static str) -> Result<AnyPool> {
    install_default_drivers();
    let pool = AnyPoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .max_lifetime(None)
        .idle_timeout(None)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                connection.execute(SETTINGS).await?;
                connection.execute(cache).await?;
                Ok(())
            })
        })
        // A full disk makes SQLite undo a transaction by itself; sqlx then believes for ever that it is inside one.
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect(&address(path))
        .await?;
    Ok(pool)
}

async fn prepare(pool: &AnyPool, path: &str) -> Result<()> {
    let version = version(pool).await?;
    if parse_version(&version) < SQLITE_FLOOR {
        return Err(StoreError::Unusable(format!(
            "SQLite {version} is too old: 3.51.3 or later is needed (earlier ones can lose committed data)"
        )));
    }
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetch_one(pool).await?;
    let ours: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'")
        .fetch_one(pool)
        .await?;
    if tables > 0 && ours == 0 {
        return Err(StoreError::Unusable(format!(
            "{path} is a database of another program; choose another file. Nothing was changed."
        )));
    }
    refuse_newer(pool, &MIGRATIONS, ours > 0, path).await?;
    MIGRATIONS.run(pool).await?;
    Ok(())
}

pub(super) async fn version(pool: &AnyPool) -> Result<String> {
    Ok(sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?)
}

fn parse_version(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|p| p.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}
