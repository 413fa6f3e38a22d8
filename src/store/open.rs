//! Opening a database by its URL.

use sqlx::migrate::Migrator;
use sqlx::{AnyPool, Row};

use super::{Engine, Result, Store, StoreError, chain, people, postgres, sqlite};

impl Store {
    /// Opens (and creates, and migrates) the database at `url`: `sqlite:PATH` or `postgres://…`.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when it cannot be reached, its schema is newer than this program or not
    /// ours, or the engine is too old; nothing is touched then. No text contains a password.
    pub async fn open(url: &str) -> Result<Store> {
        let store = if let Some(path) = path_of(url) {
            sqlite::open(path).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            postgres::open(url).await?
        } else {
            return Err(StoreError::Unusable(format!(
                "database url {:?} is not known; write sqlite:PATH or postgres://USER@HOST/DATABASE",
                url.split(':').next().unwrap_or_default()
            )));
        };
        chain::begin(&store).await?;
        people::begin(&store).await?;
        Ok(store)
    }

    /// Marks the database with a number of this run of the gateway, so that its log is known as its own; see
    /// [`sqlite::base`]. Nothing to do on PostgreSQL.
    ///
    /// # Errors
    /// When the database or the file beside it cannot be written.
    pub async fn begin_run(&self, url: &str, number: u32) -> Result<()> {
        match path_of(url) {
            Some(path) => sqlite::base::begin_run(&self.write, path, number).await,
            None => Ok(()),
        }
    }

    /// Name and version of the database engine.
    pub async fn engine_version(&self) -> Result<String> {
        match self.engine {
            Engine::Sqlite => Ok(format!("SQLite {}", sqlite::version(&self.read).await?)),
            Engine::Postgres => Ok(format!("PostgreSQL {}", postgres::version(&self.read).await?)),
        }
    }

    /// `ok`, or what SQLite's own check found; PostgreSQL looks after its files itself.
    pub async fn integrity(&self) -> Result<String> {
        match self.engine {
            Engine::Sqlite => {
                let row = sqlx::query("PRAGMA quick_check(5)").fetch_one(&self.read).await?;
                Ok(row.try_get::<String, _>(0)?)
            }
            Engine::Postgres => Ok("ok".to_owned()),
        }
    }
}

/// The file of a SQLite database.
pub fn path_of(url: &str) -> Option<&str> {
    url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))
}

/// The newest schema that this program makes.
pub(super) fn known(migrations: &Migrator) -> i64 {
    migrations.iter().map(|m| m.version).max().unwrap_or(0)
}

/// The newest schema of a database; 0: none was made here yet.
pub(super) async fn newest(pool: &AnyPool, ours: bool) -> Result<i64> {
    Ok(match ours {
        true => sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations").fetch_one(pool).await?,
        false => 0,
    })
}

/// A schema that a newer program wrote is left alone.
pub(super) async fn refuse_newer(pool: &AnyPool, migrations: &Migrator, ours: bool, place: &str) -> Result<()> {
    let (newest, known) = (newest(pool, ours).await?, known(migrations));
    if newest > known {
        return Err(StoreError::Unusable(format!(
            "{place} was written by a newer dutybell (schema {newest}, this program knows {known}); \
             start the newer program or restore a backup. Nothing was changed."
        )));
    }
    Ok(())
}
