//! The dispatcher: due notices become one message a person; messages go out.
//!
//! gather (merge, quiet hours, cap) → claim → [`super::deliver`] (re-check, compose, route, limit,
//! send, record). A notice waits in the queue until it may be heard; nothing is dropped here.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use chrono::{DateTime, Duration, Utc};
use futures::future::join_all;

use super::Gateway;
use super::deliver::Way;
use crate::channel::{Features, LimitScope};
use crate::core::deadline::local_to_utc;
use crate::core::message::Message;
use crate::core::org::{Directory, PersonId};
use crate::core::plan::when_heard;
use crate::core::policy::Urgency;
use crate::store::outbox::{NewMessage, StoredNotice};
use crate::store::{Result, Tx, outbox};

/// People whose notices are gathered in one transaction.
const PEOPLE: i64 = 200;
/// Messages on their way at a time.
const SENDS: i64 = 32;
/// A worker that has not recorded by then counts as dead. Above the slowest channel: mail may take
/// three of its timeouts.
pub(super) const LEASE: Duration = Duration::minutes(6);

/// How long the dispatcher waits for a planner that is behind.
const CATCH_UP: Duration = Duration::seconds(60);

impl Gateway {
    /// Gathers and sends one batch. True when anything was done.
    pub async fn dispatch_step(&self) -> Result<bool> {
        let mut busy = self.gather().await?;
        busy |= self.next_contact_for_unheard().await?;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let claimed = outbox::claim(&mut tx, now, LEASE, SENDS).await?;
        tx.commit().await?;
        if claimed.is_empty() {
            return Ok(busy);
        }
        let directory = self.directory().await?;
        for result in join_all(claimed.into_iter().map(|m| self.deliver(&directory, m))).await {
            result?;
        }
        Ok(true)
    }

    /// Merges each person's due notices into one message.
    async fn gather(&self) -> Result<bool> {
        let directory = self.directory().await?;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let least = if self.is_catching_up(now).await? { Urgency::Reply } else { Urgency::Summary };
        let people = outbox::people_due(&mut tx, now, least, PEOPLE).await?;
        for person in &people {
            let due = outbox::due_of(&mut tx, *person, now, least).await?;
            self.gather_person(&mut tx, &directory, *person, due).await?;
        }
        tx.commit().await?;
        Ok(!people.is_empty())
    }

    /// True while the planner is behind (after downtime, after a big import): what it has not planned
    /// yet belongs into the same message. A planner that stays behind holds nothing up for long.
    async fn is_catching_up(&self, now: DateTime<Utc>) -> Result<bool> {
        let behind = self.store.next_wake().await?.is_some_and(|wake| wake <= now);
        let Ok(mut since) = self.behind_since.lock() else { return Ok(false) };
        *since = if behind { since.or(Some(now)) } else { None };
        Ok(since.is_some_and(|since| now < since + CATCH_UP))
    }

    async fn gather_person(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        person: PersonId,
        due: Vec<StoredNotice>,
    ) -> Result<()> {
        let world = self.world(directory);
        // Quiet hours again: after downtime a notice may be due in the middle of the night.
        let mut ready = Vec::new();
        for notice in due {
            let when = when_heard(&world, person, notice.notice.urgency, world.now);
            if when > world.now {
                outbox::defer(tx, notice.id, when).await?;
            } else {
                ready.push(notice);
            }
        }
        let Some(urgency) = ready.iter().map(|n| n.notice.urgency).min() else { return Ok(()) };
        let zone = directory.person(person).map_or(self.policy.zone, |p| p.zone);
        let today = world.now.with_timezone(&zone).date_naive();
        if urgency.is_capped() {
            let midnight = local_to_utc(zone, today.and_time(chrono::NaiveTime::MIN));
            let sent = outbox::counted_since(tx, person, midnight).await?;
            if sent >= i64::from(self.policy.limits.per_day) {
                let office = world.office(None);
                let next = office.calendar.add_workdays(today, 1);
                let until = local_to_utc(zone, next.and_time(self.policy.day_start));
                for notice in ready {
                    outbox::defer(tx, notice.id, until).await?;
                }
                return Ok(());
            }
        }
        let message = NewMessage {
            person: Some(person),
            is_answer: false,
            urgency,
            channel: String::new(),
            address: String::new(),
            reply_to: None,
            repeats: None,
            counts: urgency.is_capped(),
            body: Message::default(),
        };
        let id = outbox::put_message(tx, &message, world.now).await?;
        let ids: Vec<i64> = ready.iter().map(|n| n.id).collect();
        outbox::attach(tx, id, &ids).await
    }

    /// Escalations that nobody answered in their window go to the person's next contact point.
    async fn next_contact_for_unheard(&self) -> Result<bool> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let unheard = outbox::unheard(&mut tx, now, 50).await?;
        for message in &unheard {
            outbox::clear_ack_window(&mut tx, message.id).await?;
            let Some(person) = message.person else { continue };
            let first = message.repeats.unwrap_or(message.id);
            let way = Way { message: 0, repeats: Some(first), used_up: 0 };
            if self.route(&mut tx, person, way, &[]).await?.is_some() {
                let repeat = NewMessage {
                    person: message.person,
                    is_answer: false,
                    urgency: Urgency::Escalation,
                    channel: String::new(),
                    address: String::new(),
                    reply_to: None,
                    repeats: Some(first),
                    counts: false,
                    body: message.body.clone(),
                };
                outbox::put_message(&mut tx, &repeat, now).await?;
            }
        }
        tx.commit().await?;
        Ok(!unheard.is_empty())
    }
}

/// Recent sends per chat, group and bot, to stay under the platforms' published limits.
#[derive(Default)]
pub(super) struct Pace(Mutex<HashMap<String, VecDeque<DateTime<Utc>>>>);

impl Pace {
    /// `None`: send now (and counted as sent); otherwise when it may be tried again.
    pub(super) fn take(
        &self,
        features: &Features,
        channel: &str,
        address: &str,
        group: bool,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let mut sends = self.0.lock().ok()?;
        let mut keys = Vec::new();
        for limit in &features.limits {
            let key = match limit.scope {
                LimitScope::Bot => format!("{channel}:*"),
                LimitScope::Chat if !group => format!("{channel}:{address}"),
                LimitScope::Group if group => format!("{channel}:{address}"),
                _ => continue,
            };
            let per = Duration::from_std(limit.per).unwrap_or(Duration::seconds(1));
            let recent = sends.entry(key.clone()).or_default();
            while recent.front().is_some_and(|t| *t + Duration::minutes(2) <= now) {
                recent.pop_front();
            }
            let in_window = recent.iter().filter(|t| **t + per > now).count();
            if in_window >= limit.count as usize {
                let oldest = recent.iter().find(|t| **t + per > now).copied().unwrap_or(now);
                return Some(oldest + per);
            }
            keys.push(key);
        }
        keys.dedup();
        for key in keys {
            sends.entry(key).or_default().push_back(now);
        }
        None
    }
}
