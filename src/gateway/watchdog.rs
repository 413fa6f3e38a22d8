//! The watchdog: looks at the gateway from outside its rules.
//!
//! What is long overdue ([`Gateway::overdue`], which the heartbeat hangs on, too) and broken templates become
//! alarms. It shares no code with the planner. It also keeps house: texts whose time is over, the daily head of
//! the log.

use std::io::Write;

use chrono::{DateTime, Duration, Utc};

use super::{Gateway, trust};
use crate::core::org::Directory;
use crate::core::policy::Urgency;
use crate::store::overdue::Overdue;
use crate::store::{Result, Tx, chain, clockwork, inbox, items, outbox};

/// What was due longer ago than this was missed.
const TOO_LATE: Duration = Duration::minutes(15);
/// Between two looks.
const EVERY: Duration = Duration::minutes(5);
/// Rows whose texts are erased in one look.
const AT_ONCE: i64 = 500;

impl Gateway {
    /// The audit: what is long overdue, found by a look at the rows that shares nothing with the loops. While the
    /// clock is not believed only open items without any wake-up count: by that clock nothing can be called late.
    pub async fn overdue(&self) -> Result<Overdue> {
        self.overdue_before(self.now() - TOO_LATE).await
    }

    async fn overdue_before(&self, before: DateTime<Utc>) -> Result<Overdue> {
        let before = if self.clock_holds().await? { DateTime::UNIX_EPOCH } else { before };
        self.store.overdue(before, self.now(), self.lease).await
    }

    /// Whether a gateway has looked around lately: then what is overdue is no mere downtime.
    pub async fn is_watched(&self) -> Result<bool> {
        let seen: Option<i64> = self.store.meta(trust::SEEN).await?.and_then(|t| t.parse().ok());
        Ok(seen.is_some_and(|seen| self.now().timestamp() < seen + 2 * EVERY.num_seconds()))
    }

    /// Looks around when it is time. Never "busy": it finds, others do.
    pub async fn watch_step(&self) -> Result<bool> {
        self.follow_changes().await?;
        let now = self.now();
        let lately = |seen: i64| (seen..seen + EVERY.num_seconds()).contains(&now.timestamp());
        let number = |text: Option<String>| text.and_then(|t| t.parse::<i64>().ok());
        // Asked before the one writing transaction is taken: most turns find nothing to do.
        if number(self.store.meta(trust::SEEN).await?).is_some_and(lately) {
            return Ok(false);
        }
        // Posts also end by the calendar.
        self.follow_posts().await?;
        let ownerless = self.ownerless().await?;
        let mut tx = self.store.begin().await?;
        let seen = number(clockwork::meta(&mut tx, trust::SEEN).await?);
        let last = seen.unwrap_or(0);
        if lately(last) {
            return Ok(false);
        }
        let directory = self.directory().await?;
        if self.alarm_about_clock(&mut tx, &directory, seen).await? {
            tx.commit().await?;
            return Ok(false);
        }
        clockwork::put_meta(&mut tx, trust::SEEN, &now.timestamp().to_string()).await?;
        // After downtime everything is late until the others have had their turn: what was due at the last look already.
        let last_look = DateTime::from_timestamp(last, 0).unwrap_or_default();
        let overdue = self.overdue_before(last_look.min(now - TOO_LATE)).await?;
        if !overdue.is_clean() {
            tracing::error!(%overdue, "the audit found what should have happened by now");
            let key = format!("late:{}", now.format("%Y%m%d%H"));
            let examples: Vec<&str> = overdue.0.iter().map(|late| late.example.as_str()).collect();
            let args = [("count", overdue.total().to_string()), ("examples", examples.join(", "))];
            // About a channel that nobody sends by it is said by another one.
            match overdue.0.iter().find(|late| late.what == "messages").map(|late| late.example.as_str()) {
                Some(channel) => {
                    let (urgency, phrase) = (Urgency::Escalation, "alarm_overdue_wake");
                    self.alarm_about(&mut tx, &directory, channel, urgency, &key, phrase, &args).await?;
                }
                None => self.alarm(&mut tx, &directory, &key, "alarm_overdue_wake", &args).await?,
            }
            items::wake_forgotten(&mut tx, now).await?;
        }
        self.alarm_about_ownerless(&mut tx, &directory, &ownerless).await?;
        self.watch_canaries(&mut tx, &directory, last_look).await?;
        self.watch_refusals(&mut tx, &directory).await?;
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
