//! What is known of the inbox without a transaction: positions, whose turn it is, what somebody said.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{FIRST, FURTHEST, Received, received};
use crate::{Result, Store, at, ms};
use dutybell_core::inbound::Position;

impl Store {
    /// Position after which a channel's updates are still to be fetched.
    pub async fn offset(&self, channel: &str, account: &str) -> Result<Option<i64>> {
        Ok(sqlx::query_scalar("SELECT offset_ FROM offsets WHERE channel = $1 AND account = $2")
            .bind(channel.to_owned())
            .bind(account.to_owned())
            .fetch_optional(self.reader())
            .await?)
    }

    /// [`Store::offset`], and the platform's own word for it.
    pub async fn position(&self, channel: &str, account: &str) -> Result<Position> {
        let row = sqlx::query("SELECT offset_, token FROM offsets WHERE channel = $1 AND account = $2")
            .bind(channel.to_owned())
            .bind(account.to_owned())
            .fetch_optional(self.reader())
            .await?;
        let Some(row) = row else { return Ok(Position::default()) };
        Ok(Position { offset: Some(row.try_get(0)?), token: row.try_get(1)? })
    }

    /// Whether it is some update's turn. Uses `inbox_new`.
    pub async fn has_inbox(&self, now: DateTime<Utc>) -> Result<bool> {
        let one: Option<i64> = sqlx::query_scalar(
            "SELECT id FROM (
                 SELECT id FROM (SELECT id FROM inbox WHERE state = 'new' AND turn_at <= $1 ORDER BY turn_at, id LIMIT 1) AS due
                 UNION ALL
                 SELECT id FROM (SELECT id FROM inbox WHERE state = 'new' AND turn_at > $2 ORDER BY turn_at, id LIMIT 1) AS lost
             ) AS found LIMIT 1",
        )
        .bind(ms(now))
        .bind(ms(now + FURTHEST))
        .fetch_optional(self.reader())
        .await?;
        Ok(one.is_some())
    }

    /// Whether an emergency waits to be handled. Uses `inbox_new`.
    pub async fn has_emergency(&self) -> Result<bool> {
        let one: Option<i64> = sqlx::query_scalar("SELECT id FROM inbox WHERE state = 'new' AND turn_at = $1 LIMIT 1")
            .bind(FIRST)
            .fetch_optional(self.reader())
            .await?;
        Ok(one.is_some())
    }

    /// When it will be the turn of the next update that was put off. Uses `inbox_new`.
    pub async fn next_turn(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
        let next: Option<i64> = sqlx::query_scalar(
            "SELECT turn_at FROM inbox WHERE state = 'new' AND turn_at > $1 ORDER BY turn_at, id LIMIT 1",
        )
        .bind(ms(now))
        .fetch_optional(self.reader())
        .await?;
        Ok(next.map(at))
    }

    /// Updates waiting to be handled.
    pub async fn inbox_depth(&self) -> Result<i64> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM inbox WHERE state = 'new'").fetch_one(self.reader()).await?)
    }

    /// What a person's chat said to us, newest last: for the built-in page.
    pub async fn said_from(&self, channel: &str, chat: &str, limit: i64) -> Result<Vec<Received>> {
        let rows = sqlx::query("SELECT * FROM inbox WHERE channel = $1 AND chat = $2 ORDER BY id DESC LIMIT $3")
            .bind(channel.to_owned())
            .bind(chat.to_owned())
            .bind(limit)
            .fetch_all(self.reader())
            .await?;
        rows.iter().rev().map(received).collect()
    }
}
