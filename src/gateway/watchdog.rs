//! The watchdog: looks at the gateway from outside its rules.
//!
//! Wake-ups long overdue and broken templates become alarms. It shares no code with the planner.

use chrono::Duration;

use super::Gateway;
use crate::store::{Result, clockwork};

/// A wake-up older than this was missed.
const TOO_LATE: Duration = Duration::minutes(15);
/// Between two looks.
const EVERY: Duration = Duration::minutes(5);

impl Gateway {
    /// Looks around when it is time. Never "busy": it finds, others do.
    pub async fn watch_step(&self) -> Result<bool> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let last = clockwork::meta(&mut tx, "watched_at").await?.and_then(|t| t.parse::<i64>().ok()).unwrap_or(0);
        if now.timestamp() < last + EVERY.num_seconds() {
            return Ok(false);
        }
        clockwork::put_meta(&mut tx, "watched_at", &now.timestamp().to_string()).await?;
        let directory = self.directory().await?;
        let late: i64 = clockwork::late_wakes(&mut tx, now - TOO_LATE).await?;
        if late > 0 {
            let key = format!("late:{}", now.format("%Y%m%d%H"));
            self.alarm(&mut tx, &directory, &key, "alarm_overdue_wake", &[("count", late.to_string())]).await?;
        }
        for problem in self.phrases.problems() {
            self.alarm(
                &mut tx,
                &directory,
                &format!("template:{problem}"),
                "alarm_template",
                &[("reason", problem.clone())],
            )
            .await?;
        }
        tx.commit().await?;
        Ok(false)
    }
}
