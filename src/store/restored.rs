//! What people saw between a backup and its restore is not known to the store that comes back. Whatever names something
//! to them goes on above what may have been given meanwhile: numbers, codes of items, messages that a button is of.

use chrono::{DateTime, Utc};

use super::clockwork::put_meta;
use super::ledgers::ITEMS_FROM;
use super::numbers::LOST;
use super::{Result, Store, json, ms};
use dutybell_core::message::Message;
use dutybell_core::numbers::REST;

/// So many more than there are may have been given, beside as many again.
const MORE_NUMBERS: i64 = 100;
const MORE: i64 = 1_000;

impl Store {
    /// Makes sure that nothing shown since this copy was made comes to mean something else. `now`: of the restore.
    pub(super) async fn leave_room(&self, now: DateTime<Utc>) -> Result<()> {
        let mut tx = self.begin().await?;
        let newest: Option<i64> = sqlx::query_scalar(
            "SELECT max(at) FROM (SELECT max(at) AS at FROM events UNION ALL SELECT max(created_at) FROM messages
                                  UNION ALL SELECT max(given_at) FROM numbers) AS signs",
        )
        .fetch_one(&mut *tx)
        .await?;
        let highest: i64 =
            sqlx::query_scalar("SELECT coalesce(max(number), 0) FROM numbers").fetch_one(&mut *tx).await?;
        match newest.is_some_and(|newest| newest > ms(now - REST)) {
            // A number in use then rested after it became free, and cannot have been given again yet. Those that were
            // free can.
            true => {
                sqlx::query("UPDATE numbers SET freed_at = $1, shown = 0 WHERE freed_at IS NOT NULL")
                    .bind(ms(now))
                    .execute(&mut *tx)
                    .await?;
            }
            // After so long any number may have meant something else.
            false => {
                sqlx::query("DELETE FROM numbers").execute(&mut *tx).await?;
            }
        }
        let lost = format!("{} {}", highest * 2 + MORE_NUMBERS, ms(now + REST));
        put_meta(&mut tx, LOST, &lost).await?;
        let items: i64 = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM items").fetch_one(&mut *tx).await?;
        put_meta(&mut tx, ITEMS_FROM, &(items * 2 + MORE).to_string()).await?;
        // Ids of messages go on above the highest there is.
        sqlx::query(
            "INSERT INTO messages (id, kind, lane, state, next_try_at, created_at, body)
             SELECT coalesce(max(id), 0) * 2 + $1, 'restored', 0, 'withdrawn', $2, $2, $3 FROM messages",
        )
        .bind(MORE)
        .bind(ms(now))
        .bind(json(&Message::default())?)
        .execute(&mut *tx)
        .await?;
        // A yes may be meant for a question that is not known any more.
        sqlx::query("DELETE FROM questions").execute(&mut *tx).await?;
        tx.commit().await
    }
}
