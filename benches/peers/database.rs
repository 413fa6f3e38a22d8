//! A database of its own for each run.

use std::path::Path;

use sqlx::{AnyConnection, Connection};
use tempfile::TempDir;

use crate::postgres::Postgres;

/// What lies under a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    Postgres,
    Sqlite,
}

/// One run's database.
pub struct Database {
    pub url: String,
    base: Base,
    /// SQLite's: never the name of an earlier one, as whoever closes that last removes its log by name.
    _folder: Option<TempDir>,
}

impl Database {
    /// A fresh one; on PostgreSQL the one before is thrown away, a file goes with its run.
    pub async fn create(base: Base, server: &Postgres, folder: &Path) -> anyhow::Result<Database> {
        let (url, own) = match base {
            Base::Sqlite => {
                let own = tempfile::tempdir_in(folder)?;
                (format!("sqlite:{}", own.path().join("run.db").display()), Some(own))
            }
            Base::Postgres => {
                let mut admin = AnyConnection::connect(&server.url()).await?;
                for sql in ["DROP DATABASE IF EXISTS run WITH (FORCE)", "CREATE DATABASE run"] {
                    sqlx::raw_sql(sql).execute(&mut admin).await?;
                }
                (format!("{}/run", server.url().trim_end_matches("/postgres")), None)
            }
        };
        Ok(Database { url, base, _folder: own })
    }

    pub async fn connect(&self) -> anyhow::Result<AnyConnection> {
        Ok(AnyConnection::connect(&self.url).await?)
    }

    /// After filling: fresh statistics and an empty log for everybody alike.
    pub async fn settle(&self) -> anyhow::Result<()> {
        if self.base == Base::Postgres {
            let mut connection = self.connect().await?;
            for sql in ["VACUUM ANALYZE", "CHECKPOINT"] {
                sqlx::raw_sql(sql).execute(&mut connection).await?;
            }
        }
        Ok(())
    }
}
