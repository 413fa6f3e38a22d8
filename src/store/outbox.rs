//! The outbox: notices (why somebody must hear) and messages (what is sent), with every attempt.

mod attempts;
mod batch;
mod gathering;
mod messages;
mod notices;

pub use attempts::*;
pub use batch::*;
pub use gathering::*;
pub use messages::*;
pub use notices::*;

use chrono::{DateTime, Duration, Utc};
use sqlx::Row;

use super::{Result, Store, at};
use dutybell_core::item::ItemId;
use dutybell_core::policy::Urgency;

impl Store {
    /// The next instant at which the dispatcher has something to do.
    pub async fn next_dispatch(&self) -> Result<Option<DateTime<Utc>>> {
        let next: Option<i64> = sqlx::query_scalar(
            "SELECT min(t) FROM (
                 SELECT min(send_at) AS t FROM notices WHERE state = 'queued' AND send_at >= 0
                 UNION ALL SELECT min(CASE WHEN next_try_at > lease_until THEN next_try_at ELSE lease_until END) FROM messages WHERE state = 'queued'
                 UNION ALL SELECT min(ack_by) FROM messages WHERE ack_by IS NOT NULL AND acked_at IS NULL) AS all_times",
        )
        .fetch_one(self.reader())
        .await?;
        Ok(next.map(at))
    }

    /// When the next notice is due. Uses `notices_queued`.
    pub async fn next_notice(&self) -> Result<Option<DateTime<Utc>>> {
        let next: Option<i64> = sqlx::query_scalar(
            "SELECT send_at FROM notices WHERE state = 'queued' AND send_at >= 0 ORDER BY send_at LIMIT 1",
        )
        .fetch_optional(self.reader())
        .await?;
        Ok(next.map(at))
    }

    /// Whether a channel has [`candidates`]. Uses `messages_queued`.
    pub async fn has_waiting(
        &self,
        channel: &str,
        least: Urgency,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<bool> {
        let one: Option<i64> = sqlx::query_scalar(
            "SELECT id FROM messages WHERE state = 'queued' AND channel = $1 AND lane <= $4 AND next_try_at <= $2
                 AND (lease_until <= $2 OR lease_until > $3) ORDER BY lane, next_try_at LIMIT 1",
        )
        .bind(channel.to_owned())
        .bind(super::ms(now))
        .bind(super::ms(now + lease * 3))
        .bind(least.lane())
        .fetch_optional(self.reader())
        .await?;
        Ok(one.is_some())
    }

    /// Whether some escalation's window for an answer is over. Uses `messages_unheard`.
    pub async fn has_unheard(&self, now: DateTime<Utc>) -> Result<bool> {
        // `state || ''` keeps the planner from looking among all that was sent.
        let one: Option<i64> = sqlx::query_scalar(
            "SELECT id FROM messages WHERE ack_by IS NOT NULL AND acked_at IS NULL AND ack_by <= $1 AND state || '' = 'sent'
             ORDER BY ack_by LIMIT 1",
        )
        .bind(super::ms(now))
        .fetch_optional(self.reader())
        .await?;
        Ok(one.is_some())
    }

    /// Messages per state.
    pub async fn count_messages(&self) -> Result<Vec<(String, i64)>> {
        let rows = sqlx::query("SELECT state, count(*) FROM messages GROUP BY state ORDER BY state")
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(|r| Ok((r.try_get(0)?, r.try_get(1)?))).collect()
    }

    /// Messages given up, newest first.
    pub async fn dead_letters(&self, limit: i64) -> Result<Vec<StoredMessage>> {
        let rows = sqlx::query("SELECT * FROM messages WHERE state = 'dead' ORDER BY id DESC LIMIT $1")
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(message_of).collect()
    }

    /// Sent messages with an id above `after`, oldest first.
    pub async fn sent_after(&self, after: i64, limit: i64) -> Result<Vec<StoredMessage>> {
        let rows = sqlx::query("SELECT * FROM messages WHERE state = 'sent' AND id > $1 ORDER BY id LIMIT $2")
            .bind(after)
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(message_of).collect()
    }

    /// The newest sent messages to an address, oldest first. Uses `messages_sent`.
    pub async fn sent_to(&self, channel: &str, address: &str, limit: i64) -> Result<Vec<StoredMessage>> {
        let rows = sqlx::query(
            "SELECT * FROM messages WHERE channel = $1 AND address = $2 AND state = 'sent'
             ORDER BY sent_at DESC, id DESC LIMIT $3",
        )
        .bind(channel.to_owned())
        .bind(address.to_owned())
        .bind(limit)
        .fetch_all(self.reader())
        .await?;
        let mut messages: Vec<StoredMessage> = rows.iter().map(message_of).collect::<Result<_>>()?;
        messages.reverse();
        Ok(messages)
    }

    /// Notices about an item that have not left yet, the next one first. Uses `notices_by_named`.
    pub async fn waiting_about(&self, item: ItemId) -> Result<Vec<StoredNotice>> {
        let rows = sqlx::query(
            "SELECT * FROM notices WHERE kind = 'item' AND named_id = $1 AND state || '' IN ('queued', 'message') ORDER BY send_at, id",
        )
        .bind(item.0)
        .fetch_all(self.reader())
        .await?;
        rows.iter().map(notice_of).collect()
    }

    /// The notices (reasons) that went into a message.
    pub async fn reasons(&self, message: i64) -> Result<Vec<StoredNotice>> {
        let rows = sqlx::query("SELECT * FROM notices WHERE message_id = $1 ORDER BY lane, id")
            .bind(message)
            .fetch_all(self.reader())
            .await?;
        rows.iter().map(notice_of).collect()
    }
}
