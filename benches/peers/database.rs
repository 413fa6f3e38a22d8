//! A database of its own for each run.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{AnyConnection, Connection};

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
}

impl Database {
    /// A fresh one; the one before is thrown away.
    pub async fn create(base: Base, server: &Postgres, folder: &Path) -> anyhow::Result<Database> {
        let url = match base {
            Base::Sqlite => {
                // Never the name of an earlier one: whoever closes that last removes its log by name.
                static RUN: AtomicUsize = AtomicUsize::new(0);
                let run = RUN.fetch_add(1, Ordering::Relaxed);
                let file = |run: usize| folder.join(format!("run{run}.db"));
                for end in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(format!("{}{end}", file(run.saturating_sub(1)).display()));
                }
                format!("sqlite:{}", file(run).display())
            }
            Base::Postgres => {
                let mut admin = AnyConnection::connect(&server.url()).await?;
                for sql in ["DROP DATABASE IF EXISTS run WITH (FORCE)", "CREATE DATABASE run"] {
                    sqlx::raw_sql(sql).execute(&mut admin).await?;
                }
                format!("{}/run", server.url().trim_end_matches("/postgres"))
            }
        };
        Ok(Database { url, base })
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
