//! Figures that monitoring asks for, by indexes only: cheap enough for every few seconds.

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::{Result, Store, ms};

/// One queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// `notices`, `messages` or `inbox`.
    pub name: &'static str,
    /// Urgency, 0 the highest; 0 for the inbox.
    pub lane: i64,
    pub depth: i64,
    /// How long its oldest entry has been due, in seconds; 0 when none is.
    pub oldest: f64,
}

impl Store {
    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(self.reader()).await?;
        Ok(())
    }

    /// What is due and waits: reasons to tell somebody, messages, updates.
    pub async fn queues(&self, now: DateTime<Utc>) -> Result<Vec<Queue>> {
        let now = ms(now);
        let mut queues = Vec::new();
        for (name, text) in [
            (
                "notices",
                "SELECT lane, count(*), min(send_at) FROM notices WHERE state = 'queued' AND send_at >= 0 AND send_at <= $1 GROUP BY lane ORDER BY lane",
            ),
            (
                "messages",
                "SELECT lane, count(*), min(next_try_at) FROM messages WHERE state = 'queued' AND next_try_at <= $1 GROUP BY lane ORDER BY lane",
            ),
            (
                "inbox",
                "SELECT CAST(0 AS BIGINT), count(*), min(received_at) FROM inbox WHERE state = 'new' AND turn_at <= $1",
            ),
        ] {
            for row in sqlx::query(text).bind(now).fetch_all(self.reader()).await? {
                let oldest: Option<i64> = row.try_get(2)?;
                queues.push(Queue {
                    name,
                    lane: row.try_get(0)?,
                    depth: row.try_get(1)?,
                    oldest: oldest.map_or(0.0, |t| (now - t) as f64 / 1_000.0),
                });
            }
        }
        Ok(queues)
    }

    /// How far the planner is behind, in seconds.
    pub async fn due_lag(&self, now: DateTime<Utc>) -> Result<f64> {
        let wake = self.next_wake().await?;
        Ok(wake.map_or(0.0, |wake| (ms(now) - ms(wake)).max(0) as f64 / 1_000.0))
    }

    /// Connections: pool, open, idle.
    pub fn pools(&self) -> [(&'static str, u32, usize); 2] {
        [("read", self.read.size(), self.read.num_idle()), ("write", self.write.size(), self.write.num_idle())]
    }
}
