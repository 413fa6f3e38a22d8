//! A copy of an office for a rehearsal: taken without a byte written to the office's own database, and such that
//! nothing in it leads to anybody's real chat or mailbox.

use std::path::Path;

use chrono::{DateTime, Utc};
use dutybell_core::actor::Object;
use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, Connection};

use super::events::Origin;
use super::people::{log, touch_directory};
use super::{Result, Store, StoreError, copy, postgres};

/// Copies the database at `url` into `file`, a new SQLite database, and opens that.
///
/// # Errors
/// [`StoreError::Unusable`] when there is no such database, or its schema waits for a migration that would write.
pub async fn copy_of(url: &str, file: &Path) -> Result<Store> {
    let target = format!("sqlite:{}", file.display());
    let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) else {
        let from = postgres::open_to_read(url).await?;
        let to = Store::open(&target).await?;
        let copied = copy::copy_all(&from, &to).await;
        from.close().await;
        copied?;
        return Ok(to);
    };
    copy_sqlite(Path::new(path), file).await?;
    Store::open(&target).await
}

/// Whoever opens a database makes files beside it; one at rest is copied as the file that it is. Beside a running
/// gateway it is read through a connection that cannot write.
async fn copy_sqlite(from: &Path, to: &Path) -> Result<()> {
    let unusable =
        |error: std::io::Error| StoreError::Unusable(format!("{} cannot be copied: {error}", from.display()));
    let mut log = from.as_os_str().to_owned();
    log.push("-wal");
    let at_rest = || std::fs::metadata(&log).map_or(true, |log| log.len() == 0);
    let version = || std::fs::metadata(from).and_then(|f| Ok((f.len(), f.modified()?)));
    if at_rest() {
        let before = version().map_err(unusable)?;
        std::fs::copy(from, to).map_err(unusable)?;
        if at_rest() && version().map_err(unusable)? == before {
            return Ok(());
        }
        std::fs::remove_file(to).map_err(unusable)?;
    }
    install_default_drivers();
    let mut connection = AnyConnection::connect(&format!("sqlite://{}?mode=ro", from.display())).await?;
    sqlx::query("VACUUM INTO $1").bind(to.display().to_string()).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Gives everybody who can be reached one desk and nothing else, and turns what waits to be sent to it.
///
/// # Errors
/// When the copy cannot be written.
pub async fn desks_only(store: &Store, now: DateTime<Utc>) -> Result<()> {
    let mut tx = store.begin().await?;
    let reached = "CREATE TEMPORARY TABLE reached AS SELECT person_id, min(since) AS since FROM contacts WHERE state = 'ok' GROUP BY person_id";
    sqlx::query(reached).execute(&mut *tx).await?;
    for text in [
        "DELETE FROM contacts RETURNING id",
        "INSERT INTO contacts (person_id, channel, address, rank, since)
         SELECT person_id, 'desk', 'p' || person_id, 1, since FROM reached RETURNING id",
    ] {
        let rows = sqlx::query(text).fetch_all(&mut *tx).await?;
        tx.touch_all(Object::Contact, &rows)?;
    }
    log(&mut tx, &Origin::rule("rehearsal"), now).await?;
    for text in [
        "DROP TABLE reached",
        "UPDATE messages SET state = 'withdrawn' WHERE state = 'queued' AND (kind = 'canary' OR person_id IS NULL)",
        "UPDATE messages SET channel = 'desk', address = 'p' || person_id, reply_to = NULL, lease_until = 0
         WHERE state = 'queued'",
        // Sent messages stay as they were; an answer in the rehearsal quotes its own.
        "DELETE FROM gates",
        "DELETE FROM link_codes",
        "DELETE FROM desk_sessions",
        "DELETE FROM meta WHERE key LIKE 'access_token %'",
    ] {
        sqlx::query(text).execute(&mut *tx).await?;
    }
    touch_directory(&mut tx).await?;
    tx.commit().await
}

impl Store {
    /// The newest message and event: what comes after them is new.
    pub async fn newest_ids(&self) -> Result<(i64, i64)> {
        let message = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM messages").fetch_one(self.reader()).await?;
        let event = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM events").fetch_one(self.reader()).await?;
        Ok((message, event))
    }
}
