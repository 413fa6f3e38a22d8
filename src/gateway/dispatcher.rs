//! The dispatcher: due notices become one message a person; messages go out.
//!
//! gather (merge, quiet hours, cap) → [`super::deliver`] (re-check, compose, route, limit, lease) →
//! [`super::flight`] (send) → record. A notice waits in the queue until it may be heard; nothing is
//! dropped here.

use chrono::{DateTime, Duration, Utc};

use super::Gateway;
use super::deliver::Way;
use super::flight::Landed;
use super::pace::{is_plausible, next_slot, spacing, take_slot};
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
/// Messages of one channel that are lifted in one transaction: short enough to let answers in between.
const CLAIMS: usize = 128;
/// How long the dispatcher waits for a planner that is behind.
const CATCH_UP: Duration = Duration::seconds(60);

impl Gateway {
    /// Records what has landed, gathers what is due, sends one batch of each channel. True when anything
    /// was done.
    pub async fn dispatch_step(&self) -> Result<bool> {
        let mut busy = self.record_landed().await?;
        self.renew_leases().await?;
        busy |= self.gather().await?;
        if self.store.has_unheard(self.now()).await? {
            busy |= self.next_contact_for_unheard().await?;
        }
        // Messages whose channel is not known yet: nobody could be reached when they were made.
        let names = self.channels().map(|c| c.name().to_owned()).chain([String::new()]);
        for name in names.collect::<Vec<_>>() {
            busy |= self.send_some(&name).await?;
        }
        Ok(busy)
    }

    /// When a channel that was used just now may be used again.
    pub(super) fn next_takeoff(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.flights.next_of_any(now)
    }

    /// Rings when a send ends; at once when one has ended that is not recorded yet.
    pub(super) async fn landing(&self) {
        self.flights.landing().await;
    }

    /// Waits until everything in the air has landed and is recorded.
    pub async fn land_all(&self) -> Result<()> {
        while self.flights.wait().await {
            self.record_landed().await?;
        }
        Ok(())
    }

    /// Takes a lease on messages of one channel, most urgent first, as many as may take off; sends them.
    async fn send_some(&self, channel: &str) -> Result<bool> {
        let free = self.flights.free(channel).min(CLAIMS);
        if free == 0 {
            return Ok(false);
        }
        let now = self.now();
        let held = self.flights.next(channel).is_some_and(|next| next > now && is_plausible(next, now));
        if held || !self.store.has_waiting(channel, now, self.lease).await? {
            return Ok(false);
        }
        let directory = self.directory().await?;
        let spacing = self.channel(channel).and_then(|c| spacing(&c.features()));
        let mut tx = self.store.begin().await?;
        let free = match spacing {
            None => free as i64,
            Some(spacing) => {
                let next = next_slot(&mut tx, channel, spacing, now).await?;
                self.flights.set_next(channel, next.max(now));
                if next > now {
                    return Ok(false);
                }
                1
            }
        };
        let candidates = outbox::candidates(&mut tx, channel, now, self.lease, free).await?;
        if candidates.is_empty() {
            return Ok(false);
        }
        let ready = self.prepare(&mut tx, &directory, candidates).await?;
        if let (Some(spacing), false) = (spacing, ready.is_empty()) {
            take_slot(&mut tx, channel, now).await?;
            self.flights.set_next(channel, now + spacing);
        }
        tx.commit().await?;
        for sending in ready {
            self.take_off(sending);
        }
        Ok(true)
    }

    /// What is in the air stays ours as long as this process lives.
    async fn renew_leases(&self) -> Result<()> {
        let now = self.now();
        let leases = self.flights.to_renew(now, self.lease / 3);
        if leases.is_empty() {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        outbox::renew(&mut tx, &leases, now + self.lease).await?;
        Ok(tx.commit().await?)
    }

    /// Records what has landed; several outcomes in one transaction.
    async fn record_landed(&self) -> Result<bool> {
        let mut landed = self.flights.take_landed();
        if landed.is_empty() {
            return Ok(false);
        }
        let directory = self.directory().await?;
        if self.record_all(&directory, &landed).await.is_ok() {
            return Ok(true);
        }
        // One by one: an outcome that cannot be recorded keeps no other from it, and is tried again.
        let mut failed = Ok(true);
        for one in landed.drain(..) {
            if let Err(error) = self.record_all(&directory, std::slice::from_ref(&one)).await {
                self.flights.land(one);
                failed = Err(error);
            }
        }
        failed
    }

    async fn record_all(&self, directory: &Directory, landed: &[Landed]) -> Result<()> {
        let mut tx = self.store.begin().await?;
        self.record(&mut tx, directory, landed).await?;
        Ok(tx.commit().await?)
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
            if let Some(contact) = self.route(&mut tx, person, way, &[]).await? {
                let repeat = NewMessage {
                    person: message.person,
                    is_answer: false,
                    urgency: Urgency::Escalation,
                    channel: contact.channel,
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
