//! One message on its way: re-check, compose, route, limit; then it takes off.

pub(super) mod batch;
pub(super) mod outcome;
pub(super) mod route;

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};

use super::Gateway;
use super::flight::{Landed, Place};
use crate::channel::{Channel, Dialect, Outcome, Outgoing};
use crate::clock::Clock;
use crate::core::compose::Entry;
use crate::core::item::ItemId;
use crate::core::message::{Action, Message};
use crate::core::org::Directory;
use crate::core::pause::held_by;
use crate::core::plan::when_heard;
use crate::core::policy::Urgency;
use crate::core::subject::Subject;
use crate::core::words::{Say, list};
use crate::render::{part, render, split::split};
use crate::store::outbox::{Lift, StoredMessage, StoredNotice};
use crate::store::{Result, Store, StoreError, Tx, json, outbox, pauses};
use batch::Batch;

/// Until an address that has enough in the air is tried again.
const A_MOMENT: Duration = Duration::seconds(1);

impl Gateway {
    /// Makes messages ready to send, all in the caller's transaction; those with nothing to send now are put
    /// back or ended. One that cannot be handled is set aside and holds up no other.
    pub(super) async fn prepare(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        candidates: Vec<StoredMessage>,
    ) -> Result<Vec<Sending>> {
        let mut batch = Batch::load(self, tx, candidates.as_slice()).await?;
        let mut ready = Vec::with_capacity(candidates.len());
        for message in candidates {
            let id = message.id;
            match self.prepare_one(tx, directory, &mut batch, message).await {
                Ok(sending) => ready.extend(sending),
                Err(error @ StoreError::Database(_)) => return Err(error),
                Err(error) => outbox::set_aside(tx, id, &error.to_string(), self.now() + self.lease).await?,
            }
        }
        batch.save(tx).await?;
        if !batch.lifts.is_empty() {
            outbox::lift(tx, &batch.lifts, self.now(), self.lease).await?;
        }
        Ok(ready)
    }

    /// Makes one message ready to send; `None` when there is nothing to send now.
    async fn prepare_one(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        batch: &mut Batch,
        mut message: StoredMessage,
    ) -> Result<Option<Sending>> {
        // Quiet hours once more: a try that failed, or a worker that died, may have brought us into the night.
        if let (false, Some(person)) = (message.is_answer, message.person) {
            let world = self.world(directory);
            let when = when_heard(&world, person, message.urgency, world.now);
            if when > world.now {
                outbox::mark_retry(tx, &message, when, false).await?;
                return Ok(None);
            }
        }
        let mut notices = batch.notices_of(message.id)?;
        if !message.is_answer && message.parts_sent == 0 && message.repeats.is_none() && !notices.is_empty() {
            notices = self.without_paused(tx, directory, batch, notices).await?;
            if notices.is_empty() {
                outbox::mark_ended(tx, &message, "withdrawn").await?;
                return Ok(None);
            }
        }
        let anew = !message.is_answer && message.parts_sent == 0;
        if anew && !self.recompose(tx, directory, batch, &notices, &mut message).await? {
            outbox::mark_ended(tx, &message, "withdrawn").await?;
            return Ok(None);
        }
        if let (false, Some(person)) = (message.is_answer, message.person)
            && batch.declines(person, message.urgency)
            && !batch
                .contacts_for(person, message.urgency)
                .iter()
                .any(|c| !c.gone && self.channel(&c.channel).is_some_and(|to| to.carries(message.urgency)))
        {
            for notice in &notices {
                outbox::withdraw(tx, &[notice.id]).await?;
            }
            outbox::mark_ended(tx, &message, "withdrawn").await?;
            return Ok(None);
        }
        let claimed_for = message.channel.clone();
        let contact = match self.destination(tx, batch, &notices, &mut message).await? {
            Ok(contact) => contact,
            Err(reason) => {
                self.give_up(tx, directory, &message, &reason).await?;
                return Ok(None);
            }
        };
        let Some(channel) = self.channel(&message.channel).cloned() else {
            self.give_up(tx, directory, &message, "channel is off").await?;
            return Ok(None);
        };
        if message.channel != claimed_for {
            outbox::reroute(tx, &message).await?;
            return Ok(None);
        }
        let token = message.lease_token + 1;
        let Some(place) = self.flights.board(&message, token) else {
            outbox::mark_retry(tx, &message, self.now() + A_MOMENT, false).await?;
            return Ok(None);
        };
        if let Some(wait) = self.must_wait(batch, channel.as_ref(), &message) {
            outbox::mark_retry(tx, &message, wait, false).await?;
            outbox::hold_back(tx, &message, wait).await?;
            return Ok(None);
        }
        if anew && !channel.hears() {
            self.take_no_answers(directory, &mut message);
        }
        if anew && channel.features().dialect.takes_signs() {
            self.name_signs(directory, &mut message);
        }
        let mut in_group = None;
        if channel.is_group(&message.address) {
            in_group = self.said_in_group(directory, &message);
            if in_group.is_none() {
                outbox::mark_ended(tx, &message, "withdrawn").await?;
                return Ok(None);
            }
        }
        if anew && in_group.is_none() {
            batch.shows(&message);
        }
        let thread = match channel.features().dialect {
            Dialect::Mail => self.thread(tx, &message).await?,
            _ => Vec::new(),
        };
        batch.lifts.push(Lift {
            id: message.id,
            channel: message.channel.clone(),
            address: message.address.clone(),
            contact,
            body: anew.then(|| json(&message.body)).transpose()?,
            lines: message.body.lines().map(|l| (l.number, l.subject)).collect(),
        });
        message.lease_token = token;
        let ack_within = notices.iter().filter_map(|n| n.notice.ack_within).min();
        Ok(Some(Sending { channel, message, in_group, thread, place, ack_within }))
    }

    /// A pause may have begun since the message was made: what waits by it goes back to the queue.
    async fn without_paused(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        batch: &Batch,
        notices: Vec<StoredNotice>,
    ) -> Result<Vec<StoredNotice>> {
        let waits = |n: &StoredNotice| held_by(&batch.pauses, &n.notice, batch.about(n).map(|m| &**m), directory);
        let held: Vec<_> = notices.iter().filter_map(|n| waits(n).map(|p| (n.id, p.id, p.until))).collect();
        pauses::hold(tx, &held).await?;
        Ok(notices.into_iter().filter(|n| !held.iter().any(|(id, ..)| *id == n.id)).collect())
    }

    /// Sends in a task of its own; the outcome waits in [`super::flight`] to be recorded.
    pub(super) fn take_off(&self, sending: Sending) {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let flights = self.flights.clone();
        tokio::spawn(async move {
            let Sending { channel, message, in_group, thread, place, ack_within } = sending;
            let said = in_group.as_ref().unwrap_or(&message.body);
            let (outcome, parts) = send_parts(&store, &clock, channel.as_ref(), &message, said, thread).await;
            flights.land(Landed { message, outcome, parts, ack_within });
            drop(place);
        });
    }

    /// Builds the message anew from the notices that are still true. False: nothing is left to say.
    async fn recompose(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        batch: &mut Batch,
        own: &[StoredNotice],
        message: &mut StoredMessage,
    ) -> Result<bool> {
        let Some(person) = message.person.and_then(|p| directory.person(p)) else { return Ok(false) };
        let world = self.world(directory);
        let first = message.repeats.map(|first| batch.reasons(first)).transpose()?;
        let mut entries = Vec::new();
        let mut table = None;
        for stored in first.as_deref().unwrap_or(own) {
            match self.entries_of(tx, directory, batch, stored).await? {
                Found::Entries(found) => entries.extend(found),
                Found::Table(body) => table = Some(*body),
                Found::Untrue if message.repeats.is_none() => outbox::withdraw(tx, &[stored.id]).await?,
                Found::Untrue => {}
            }
        }
        let desk = self.desk(&world, person);
        let body = match (desk.message(&entries), table) {
            (Some(mut body), Some(table)) => {
                body.lead.push(table.title.clone());
                body.lead.extend(table.lead);
                body.table = table.table;
                Some(body)
            }
            (body, table) => body.or(table),
        };
        if let Some(mut body) = body {
            batch.number(&world, person.id, &entries, &mut body);
            message.body = body;
            return Ok(true);
        }
        Ok(false)
    }

    async fn entries_of(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        batch: &Batch,
        stored: &StoredNotice,
    ) -> Result<Found> {
        let notice = &stored.notice;
        if let Subject::Digest(unit) = notice.subject {
            return self.summary_of(tx, directory, stored, unit).await;
        }
        let world = self.world(directory);
        Ok(match batch.about(stored) {
            Some(matter) if matter.still_true(notice, &world) => {
                Found::Entries(vec![Entry::of(notice, Some(matter.clone()))])
            }
            None if notice.subject == Subject::System => Found::Entries(vec![Entry::of(notice, None)]),
            _ => Found::Untrue,
        })
    }

    /// When the platform, or a published limit of it, lets this be sent; `None`: now.
    fn must_wait(&self, batch: &mut Batch, channel: &dyn Channel, message: &StoredMessage) -> Option<DateTime<Utc>> {
        let now = self.now();
        let gate = batch.gate(&message.channel, &message.address).filter(|until| *until > now);
        gate.or_else(|| batch.pace.take(&channel.features(), &message.channel, &message.address, now))
    }

    /// Where no answer comes back, none is asked for.
    fn take_no_answers(&self, directory: &Directory, message: &mut StoredMessage) {
        let person = message.person.and_then(|p| directory.person(p));
        if let Some(person) = person.filter(|_| !message.body.foot.is_empty()) {
            let names = directory.administrators().into_iter().filter_map(|p| directory.person(p));
            let who = list(person.locale, &names.map(|p| p.name.as_str()).collect::<Vec<_>>());
            message.body.foot = vec![self.phrases.say(person.locale, "foot_deaf", &[("who", who)])];
        }
    }

    /// Without buttons a sign under the message does the same; it is said which.
    fn name_signs(&self, directory: &Directory, message: &mut StoredMessage) {
        let asked = message.body.buttons.iter().flatten().any(|p| matches!(p.verb, Action::Done | Action::Ack));
        if asked && let Some(person) = message.person.and_then(|p| directory.person(p)) {
            message.body.foot.push(self.phrases.say(person.locale, "foot_signs", &[]));
        }
    }

    /// What of a message is said in a group: no more than code and short title. `None`: an answer that names no item,
    /// which is nobody's there.
    fn said_in_group(&self, directory: &Directory, message: &StoredMessage) -> Option<Message> {
        let said = message.body.in_group();
        if said.is_some() || message.is_answer {
            return said;
        }
        let locale = message.person.and_then(|p| directory.person(p)).map(|p| p.locale).unwrap_or_default();
        Some(Message { title: self.phrases.say(locale, "group_nothing", &[]), ..Message::default() })
    }

    async fn thread(&self, tx: &mut Tx, message: &StoredMessage) -> Result<Vec<String>> {
        // One item's mails thread; a message about several starts a thread of its own.
        let items: Vec<ItemId> = message.body.lines().filter_map(|l| l.subject.item()).collect();
        match (message.person, items.as_slice()) {
            (Some(person), [item]) => {
                Ok(outbox::thread(tx, person, *item, message.id).await?.into_iter().map(message_key).collect())
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// Sends the parts that are not out yet; each but the last is recorded at once.
async fn send_parts(
    store: &Store,
    clock: &Clock,
    channel: &dyn Channel,
    message: &StoredMessage,
    said: &Message,
    thread: Vec<String>,
) -> (Outcome, i64) {
    let features = channel.features();
    let rendered = render(said, message.id, features.dialect);
    let parts = split(&rendered.text, features.max_text);
    let mut sent = message.parts_sent;
    let mut outcome = Outcome::Accepted { platform_id: message.platform_id.clone() };
    for (n, piece) in parts.iter().enumerate().skip(usize::try_from(message.parts_sent).unwrap_or(0)) {
        let last = n + 1 == parts.len();
        let (text, html) = part(&rendered, piece, features.dialect);
        let outgoing = Outgoing {
            key: if n == 0 { message_key(message.id) } else { format!("{}.{n}", message_key(message.id)) },
            address: message.address.clone(),
            subject: rendered.subject.clone(),
            text,
            html,
            buttons: if last && features.buttons { rendered.buttons.clone() } else { Vec::new() },
            reply_to: message.reply_to.clone().filter(|_| n == 0),
            thread: thread.clone(),
            urgent: message.urgency <= Urgency::Escalation,
        };
        outcome = match message.urgency {
            Urgency::Summary => channel.send_summary(&outgoing).await,
            _ => channel.send(&outgoing).await,
        };
        let Outcome::Accepted { platform_id } = &outcome else { break };
        sent += 1;
        if !last && let Err(error) = record_part(store, clock, message, platform_id.as_deref(), sent).await {
            // The part is out; the whole is recorded at the end, with the parts that went.
            tracing::warn!(message = message.id, %error, "a sent part could not be recorded yet");
        }
    }
    (outcome, sent)
}

async fn record_part(
    store: &Store,
    clock: &Clock,
    message: &StoredMessage,
    platform_id: Option<&str>,
    sent: i64,
) -> Result<()> {
    let mut tx = store.begin().await?;
    outbox::record_attempt(&mut tx, message.id, clock.now(), &message.channel, "accepted", "", platform_id).await?;
    outbox::record_part(&mut tx, message, sent).await?;
    tx.commit().await
}

/// A message ready to send.
pub(super) struct Sending {
    channel: Arc<dyn Channel>,
    message: StoredMessage,
    /// What is said instead of the whole where several read it.
    in_group: Option<Message>,
    thread: Vec<String>,
    place: Place,
    ack_within: Option<Duration>,
}

/// What a notice has to say at this moment.
pub(super) enum Found {
    Entries(Vec<Entry>),
    Table(Box<crate::core::message::Message>),
    Untrue,
}

/// The stable key of a message; mail's Message-ID is built from it.
pub(super) fn message_key(id: i64) -> String {
    format!("m{id}")
}
