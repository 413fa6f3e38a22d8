//! Gathering: all of a person's due notices become one message, in his hours and under his daily cap.
//!
//! Called by the dispatcher before it claims. What must wait stays in the queue with a later instant.

use chrono::{DateTime, Duration, Utc};

use super::Gateway;
use super::deliver::Way;
use crate::core::deadline::local_to_utc;
use crate::core::message::Message;
use crate::core::org::{Directory, PersonId};
use crate::core::plan::when_heard;
use crate::core::policy::Urgency;
use crate::mutants::{self, Mutant};
use crate::store::outbox::{NewMessage, StoredNotice};
use crate::store::{Result, Tx, outbox};

/// People whose notices are gathered in one transaction.
const PEOPLE: i64 = 200;
/// How long the dispatcher waits for a planner that is behind.
const CATCH_UP: Duration = Duration::seconds(60);

impl Gateway {
    /// Merges each person's due notices into one message.
    pub(super) async fn gather(&self) -> Result<bool> {
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
        if urgency.is_capped() && !mutants::on(Mutant::IgnoresTheCap) {
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
        let wanted: Vec<String> = ready.iter().flat_map(|n| n.notice.channels.clone()).collect();
        let way = Way { message: 0, repeats: None, used_up: 0 };
        let contact = self.route(tx, person, way, &wanted).await?;
        let message = NewMessage {
            person: Some(person),
            is_answer: false,
            urgency,
            channel: contact.map_or(String::new(), |c| c.channel),
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
}
