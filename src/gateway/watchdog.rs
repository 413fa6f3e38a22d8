//! The watchdog: looks at the gateway from outside its rules.
//!
//! Wake-ups long overdue, messages that nobody takes and broken templates become alarms. It shares no code with the planner. It also
//! keeps house: texts whose time is over, the daily head of the log.

use std::io::Write;

use chrono::Duration;

use super::{Gateway, trust};
use crate::core::org::Directory;
use crate::core::policy::Urgency;
use crate::store::{Result, Tx, chain, clockwork, inbox, outbox};

/// A wake-up older than this was missed.
const TOO_LATE: Duration = Duration::minutes(15);
/// Between two looks.
const EVERY: Duration = Duration::minutes(5);
/// Rows whose texts are erased in one look.
const AT_ONCE: i64 = 500;

impl Gateway {
    /// Looks around when it is time. Never "busy": it finds, others do.
    pub async fn watch_step(&self) -> Result<bool> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let seen: Option<i64> = clockwork::meta(&mut tx, trust::SEEN).await?.and_then(|t| t.parse().ok());
        let last = seen.unwrap_or(0);
        if (last..last + EVERY.num_seconds()).contains(&now.timestamp()) {
            return Ok(false);
        }
        let directory = self.directory().await?;
        if self.alarm_about_clock(&mut tx, &directory, seen).await? {
            tx.commit().await?;
            return Ok(false);
        }
        clockwork::put_meta(&mut tx, trust::SEEN, &now.timestamp().to_string()).await?;
        let late: i64 = clockwork::late_wakes(&mut tx, now - TOO_LATE).await?;
        if late > 0 {
            let key = format!("late:{}", now.format("%Y%m%d%H"));
            self.alarm(&mut tx, &directory, &key, "alarm_overdue_wake", &[("count", late.to_string())]).await?;
        }
        self.alarm_about_overlooked(&mut tx, &directory).await?;
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
        let in_use: Vec<String> = self.channels().map(|c| c.name().to_owned()).collect();
        outbox::unroute(&mut tx, &in_use).await?;
        self.keep_house(&mut tx, &directory).await?;
        tx.commit().await?;
        Ok(false)
    }

    /// A message that is due and was not taken between two looks is taken by nobody: no gateway has its channel in hand,
    /// or it cannot be prepared.
    async fn alarm_about_overlooked(&self, tx: &mut Tx, directory: &Directory) -> Result<()> {
        let now = self.now();
        for (channel, count, first) in outbox::overlooked(tx, now - TOO_LATE, now).await? {
            let (key, first) = (format!("overlooked:{channel}"), first.to_string());
            if clockwork::meta(tx, &key).await?.is_some_and(|seen| seen == first) {
                let args = [("channel", channel.clone()), ("count", count.to_string())];
                let (key, urgency) = (format!("{key}:{first}"), Urgency::Escalation);
                self.alarm_about(tx, directory, &channel, urgency, &key, "alarm_overlooked", &args).await?;
            } else {
                clockwork::put_meta(tx, &key, &first).await?;
            }
        }
        Ok(())
    }

    /// Erases personal texts whose time is over, and publishes the newest link of the log once a day.
    async fn keep_house(&self, tx: &mut Tx, directory: &Directory) -> Result<()> {
        let now = self.now();
        if let Some(texts) = self.keeping.texts {
            chain::purge_texts(tx, now - texts, AT_ONCE).await?;
            outbox::purge_bodies(tx, now - texts, AT_ONCE).await?;
            inbox::purge_texts(tx, now - texts, AT_ONCE).await?;
        }
        let Some(file) = &self.keeping.heads_file else { return Ok(()) };
        let today = now.with_timezone(&self.policy.zone).date_naive().to_string();
        if clockwork::meta(tx, "head_published").await?.is_some_and(|day| day == today) {
            return Ok(());
        }
        let Some(head) = chain::newest(tx).await? else { return Ok(()) };
        let line = format!("{today} {} {}\n", head.event, head.hash);
        let appended = std::fs::File::options().create(true).append(true).open(file);
        match appended.and_then(|mut f| f.write_all(line.as_bytes()).and_then(|()| f.sync_all())) {
            Ok(()) => clockwork::put_meta(tx, "head_published", &today).await,
            Err(error) => {
                let args = [("file", file.display().to_string()), ("reason", error.to_string())];
                self.alarm(tx, directory, &format!("heads:{today}"), "alarm_heads", &args).await
            }
        }
    }
}
