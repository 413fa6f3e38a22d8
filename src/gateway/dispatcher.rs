//! The dispatcher: due notices become one message a person; messages go out.
//!
//! [`super::gather`] (merge, quiet hours, cap) → [`super::deliver`] (re-check, compose, route, limit, lease) →
//! [`super::flight`] (send) → record. A notice waits in the queue until it may be heard; nothing is
//! dropped here.

use chrono::{DateTime, Utc};

use super::Gateway;
use super::deliver::outcome;
use super::flight::Landed;
use super::pace::{is_plausible, next_slot, spacing, take_slot};
use crate::core::org::Directory;
use crate::core::policy::Urgency;
use crate::store::{Result, Tx, outbox};

/// Messages of one channel that are lifted in one transaction: short enough to let answers in between.
const CLAIMS: usize = 128;

impl Gateway {
    /// Makes messages of due notices, and of escalations that nobody answered. True when there were any.
    pub async fn gather_step(&self) -> Result<bool> {
        // Asked before the one writing transaction is taken: most turns find nothing.
        let now = self.now();
        let due = self.store.next_notice().await?.is_some_and(|next| next <= now);
        if !due {
            self.waiting_since(None);
        }
        let unheard = self.store.has_unheard(now).await?;
        let mut busy = due && self.gather_due().await?;
        // Escalations whose window for an answer is over.
        if unheard && !self.clock_holds().await? {
            busy |= self.next_contact_for_unheard().await?;
        }
        Ok(busy)
    }

    /// What is due becomes messages first, so that an emergency overtakes what is queued; then what is ready is sent.
    pub async fn dispatch_step(&self) -> Result<bool> {
        Ok(self.gather_step().await? | self.send_step().await?)
    }

    /// Sends one batch of each channel. True when anything was done.
    pub async fn send_step(&self) -> Result<bool> {
        let mut busy = false;
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

    /// Grows whenever a send of this process has ended or is recorded.
    pub(super) fn landings(&self) -> u64 {
        self.flights.landings()
    }

    /// Waits until it has grown since.
    pub(super) async fn landed_since(&self, landings: u64) {
        self.flights.landed_since(landings).await;
    }

    /// Records what has landed, and keeps what is in the air. True when anything had landed.
    pub async fn record_step(&self) -> Result<bool> {
        let busy = self.record_landed().await?;
        self.renew_leases().await?;
        Ok(busy)
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
        if self.channel(channel).is_some_and(|c| !c.ready()) {
            // Another gateway sends them.
            return Ok(false);
        }
        let now = self.now();
        let held = self.flights.next(channel).is_some_and(|next| next > now && is_plausible(next, now));
        // What was made before the clock went wrong waits like what is made after it.
        let least = if self.clock_holds().await? { Urgency::Escalation } else { Urgency::Summary };
        if held || !self.store.has_waiting(channel, least, now, self.lease).await? {
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
        let candidates = outbox::candidates(&mut tx, channel, least, now, self.lease, free).await?;
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
        tx.commit().await
    }

    /// Records what has landed; several outcomes in one transaction.
    async fn record_landed(&self) -> Result<bool> {
        if !self.flights.has_landed() {
            return Ok(false);
        }
        let directory = self.directory().await?;
        let tx = self.store.begin().await?;
        // Taken now: while the others had their turn to write, more have landed.
        let mut landed = self.flights.take_landed();
        if landed.is_empty() {
            return Ok(false);
        }
        if self.record_all(tx, &directory, &landed).await.is_ok() {
            return Ok(true);
        }
        // One by one: an outcome that cannot be recorded keeps no other from it, and is tried again.
        let mut failed = Ok(true);
        for one in landed.drain(..) {
            let recorded =
                async { self.record_all(self.store.begin().await?, &directory, std::slice::from_ref(&one)).await };
            if let Err(error) = recorded.await {
                self.flights.land(one);
                failed = Err(error);
            }
        }
        failed
    }

    async fn record_all(&self, mut tx: Tx, directory: &Directory, landed: &[Landed]) -> Result<()> {
        self.record(&mut tx, directory, landed).await?;
        tx.commit().await?;
        self.flights.made_room();
        for one in landed {
            outcome::count(one);
            if let Some(channel) = self.channel(&one.message.channel) {
                channel.recorded(&one.message.address);
            }
        }
        Ok(())
    }

    /// Escalations that nobody answered in their window go to the person's next contact point.
    async fn next_contact_for_unheard(&self) -> Result<bool> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let unheard = outbox::unheard(&mut tx, now, 50).await?;
        for message in &unheard {
            outbox::clear_ack_window(&mut tx, message.id).await?;
            let Some(person) = message.person else { continue };
            self.repeat_by_the_next(&mut tx, message, person, Urgency::Escalation).await?;
        }
        tx.commit().await?;
        Ok(!unheard.is_empty())
    }
}
