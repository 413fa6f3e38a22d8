//! The store: one concrete handle on the database, one file a table family.
//!
//! Knows SQL and rows; decides nothing. Functions that must run inside a transaction take it as their
//! first argument. All SQL is plain text beside the function that owns it, with numbered parameters
//! that SQLite and PostgreSQL both read.

pub mod agree;
pub mod allowances;
pub mod backup;
pub mod canary;
pub mod chain;
pub mod claims;
pub mod clockwork;
pub mod copy;
pub mod deliveries;
pub mod dossier;
pub mod events;
pub mod inbox;
pub mod items;
pub mod ledgers;
pub mod links;
mod many;
mod migrations;
pub mod numbers;
pub mod open;
pub mod outbox;
pub mod overdue;
pub mod pauses;
pub mod people;
mod postgres;
pub mod refusals;
pub mod rehearsal;
mod restored;
pub mod sources;
mod sqlite;
pub mod status;
mod tx;
pub mod vitals;
pub mod work;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use sqlx::{AnyPool, Executor, Row};

pub use tx::Tx;

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    #[error("database schema: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The file cannot be used by this program; the text says what to do.
    #[error("{0}")]
    Unusable(String),
    /// A row does not read as what it should be.
    #[error("damaged row: {0}")]
    Damaged(String),
    /// Somebody else changed the item since it was read.
    #[error("the item was changed meanwhile")]
    Changed,
    /// The register was changed without an event: a fault of the program, found before anything lasts.
    #[error("{object} {id} was changed without a word in the log")]
    Unlogged { object: &'static str, id: i64 },
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// The database behind a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

/// The handle. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
    write: AnyPool,
    read: AnyPool,
    /// See [`Store::with_fuse`].
    fuse: Option<Arc<AtomicI64>>,
}

impl Store {
    /// The same database for a process that dies after so many writing transactions: every later one fails. Between
    /// two transactions nothing else is kept, so this is every point at which a death can be told from another.
    pub fn with_fuse(&self, fuse: Arc<AtomicI64>) -> Store {
        Store { fuse: Some(fuse), ..self.clone() }
    }

    /// Begins a writing transaction: the only one until it ends, in whatever process.
    pub async fn begin(&self) -> Result<Tx> {
        if self.fuse.as_ref().is_some_and(|f| f.fetch_sub(1, Ordering::SeqCst) <= 0) {
            return Err(StoreError::Database(sqlx::Error::PoolClosed));
        }
        match self.engine {
            Engine::Sqlite => Ok(Tx::new(self.write.begin_with("BEGIN IMMEDIATE").await?)),
            Engine::Postgres => {
                let mut tx = Tx::new(self.write.begin_with("BEGIN").await?);
                tx.execute(postgres::ONE_WRITER).await?;
                Ok(tx)
            }
        }
    }

    /// Begins a transaction that reads one state of everything and holds nobody up.
    pub async fn snapshot(&self) -> Result<Tx> {
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN DEFERRED",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        Ok(Tx::new(self.read.begin_with(begin).await?))
    }

    /// A connection for reading only.
    pub(crate) fn reader(&self) -> &AnyPool {
        &self.read
    }

    /// Waits for running statements and closes; what was committed is on disk.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// The engine of a transaction, for the few texts that differ.
fn engine(tx: &Tx) -> Engine {
    if tx.backend_name() == "PostgreSQL" { Engine::Postgres } else { Engine::Sqlite }
}

/// The text for the transaction's engine. Many rows come as one parameter, a JSON array, as the drivers share no
/// other: `json_each` reads it on SQLite, `json_to_recordset` on PostgreSQL. There a list of ids is read once, by
/// `ANY (ARRAY (SELECT …))`: a join may be planned while a table is small, and a cast array is cast for every row.
fn text_for(tx: &Tx, sqlite: &'static str, postgres: &'static str) -> &'static str {
    match engine(tx) {
        Engine::Sqlite => sqlite,
        Engine::Postgres => postgres,
    }
}

/// UTC milliseconds, as stored.
pub fn ms(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

/// An instant from its stored form.
pub fn at(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

/// The place in a list of parameters to which a row belongs: its column `n`, from 0.
fn place(row: &AnyRow) -> Result<usize> {
    let n: i64 = row.try_get("n")?;
    usize::try_from(n).map_err(|_| StoreError::Damaged(format!("{n} is no place in a list")))
}

/// JSON of a value whose types always serialise.
pub fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| StoreError::Damaged(e.to_string()))
}

/// A value from stored JSON.
pub fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| StoreError::Damaged(format!("{e} in {:.80}", text)))
}
