//! Ledger sources: what each of them gave last, and what is wrong with it.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Result, Store, Tx, at, ms};

/// What is remembered of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// Digest of what was applied last; empty: nothing yet.
    pub digest: String,
    /// As the server sent them with it.
    pub etag: Option<String>,
    pub last_modified: Option<String>,
    /// How old the content is; before the first one, since when the source is known.
    pub fresh_at: Option<DateTime<Utc>>,
    /// The last time all was well.
    pub good_at: Option<DateTime<Utc>>,
    /// Rows of the ledger then.
    pub rows: Option<i64>,
    /// When it was last looked at.
    pub read_at: DateTime<Utc>,
    /// What came of the last reading that went well.
    pub outcome: String,
    /// Why the last reading changed nothing; empty while all is well.
    pub problem: String,
}

/// What is remembered of a source; `None` before its first reading.
pub async fn get(tx: &mut Tx, name: &str) -> Result<Option<Remembered>> {
    let row = sqlx::query(
        "SELECT digest, etag, last_modified, fresh_at, good_at, row_count, read_at, outcome, problem
         FROM sources WHERE name = $1",
    )
    .bind(name.to_owned())
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|r| {
        Ok(Remembered {
            digest: r.try_get(0)?,
            etag: r.try_get(1)?,
            last_modified: r.try_get(2)?,
            fresh_at: r.try_get::<Option<i64>, _>(3)?.map(at),
            good_at: r.try_get::<Option<i64>, _>(4)?.map(at),
            rows: r.try_get(5)?,
            read_at: at(r.try_get(6)?),
            outcome: r.try_get(7)?,
            problem: r.try_get(8)?,
        })
    })
    .transpose()
}

/// Remembers it.
pub async fn put(tx: &mut Tx, name: &str, source: &Remembered) -> Result<()> {
    sqlx::query(
        "INSERT INTO sources (name, digest, etag, last_modified, fresh_at, good_at, row_count, read_at, outcome, problem)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (name) DO UPDATE SET digest = $2, etag = $3, last_modified = $4, fresh_at = $5, good_at = $6,
             row_count = $7, read_at = $8, outcome = $9, problem = $10",
    )
    .bind(name.to_owned())
    .bind(source.digest.clone())
    .bind(source.etag.clone())
    .bind(source.last_modified.clone())
    .bind(source.fresh_at.map(ms))
    .bind(source.good_at.map(ms))
    .bind(source.rows)
    .bind(ms(source.read_at))
    .bind(source.outcome.clone())
    .bind(source.problem.clone())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// What is remembered of every source, by name.
    pub async fn sources(&self) -> Result<Vec<(String, Remembered)>> {
        let mut tx = self.snapshot().await?;
        let names: Vec<String> =
            sqlx::query_scalar("SELECT name FROM sources ORDER BY name").fetch_all(&mut *tx).await?;
        let mut all = Vec::new();
        for name in names {
            if let Some(source) = get(&mut tx, &name).await? {
                all.push((name, source));
            }
        }
        Ok(all)
    }
}
