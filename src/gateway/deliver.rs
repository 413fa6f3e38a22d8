//! One message on its way: re-check, compose, route, limit, send, record.

mod outcome;

use chrono::{DateTime, Utc};

use super::Gateway;
use crate::channel::{Channel, Outcome, Outgoing};
use crate::core::compose::Entry;
use crate::core::item::{Item, ItemId};
use crate::core::org::{Directory, PersonId};
use crate::core::plan::{Notice, still_true};
use crate::core::policy::{Form, Urgency};
use crate::render::{render, split::split};
use crate::store::outbox::{StoredMessage, StoredNotice};
use crate::store::people::{self, Contact};
use crate::store::{Result, Tx, items, outbox};

/// Tries on one contact point before the next one is taken.
const TRIES: i64 = 8;

impl Gateway {
    /// Sends one claimed message once and records what came of it.
    pub(super) async fn deliver(&self, directory: &Directory, mut message: StoredMessage) -> Result<()> {
        let mut tx = self.store.begin().await?;
        if !message.is_answer && message.parts_sent == 0 && !self.recompose(&mut tx, directory, &mut message).await? {
            outbox::mark_ended(&mut tx, &message, "withdrawn").await?;
            tx.commit().await?;
            return Ok(());
        }
        let contact = match self.destination(&mut tx, &mut message).await? {
            Ok(contact) => contact,
            Err(reason) => {
                self.give_up(&mut tx, directory, &message, &reason).await?;
                tx.commit().await?;
                return Ok(());
            }
        };
        let Some(channel) = self.channel(&message.channel).cloned() else {
            self.give_up(&mut tx, directory, &message, "channel is off").await?;
            tx.commit().await?;
            return Ok(());
        };
        if let Some(wait) = self.must_wait(&mut tx, channel.as_ref(), &message).await? {
            outbox::mark_retry(&mut tx, &message, wait, false).await?;
            tx.commit().await?;
            return Ok(());
        }
        let thread = self.thread(&mut tx, &message).await?;
        if !outbox::save_composed(&mut tx, &message, contact).await? {
            return Ok(());
        }
        tx.commit().await?;
        let (outcome, parts) = self.send_parts(channel.as_ref(), &message, thread).await?;
        self.record(directory, &message, parts, outcome).await
    }

    /// Builds the message anew from the notices that are still true. False: nothing is left to say.
    async fn recompose(&self, tx: &mut Tx, directory: &Directory, message: &mut StoredMessage) -> Result<bool> {
        let Some(person) = message.person.and_then(|p| directory.person(p)) else { return Ok(false) };
        let world = self.world(directory);
        let notices = match message.repeats {
            Some(first) => self.store.reasons(first).await?,
            None => outbox::of_message(tx, message.id).await?,
        };
        let mut entries = Vec::new();
        let mut table = None;
        for stored in notices {
            match self.entries_of(tx, directory, &stored).await? {
                Found::Entries(found) => entries.extend(found),
                Found::Table(body) => table = Some(*body),
                Found::Untrue if message.repeats.is_none() => outbox::withdraw(tx, stored.id).await?,
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
        if let Some(body) = body {
            message.body = body;
            return Ok(true);
        }
        Ok(false)
    }

    async fn entries_of(&self, tx: &mut Tx, directory: &Directory, stored: &StoredNotice) -> Result<Found> {
        let notice = &stored.notice;
        if notice.form == Form::Summary {
            return self.summary_of(tx, directory, stored).await;
        }
        let Some(id) = stored.item else {
            return Ok(Found::Entries(vec![entry(notice, &stored.note, None)]));
        };
        let world = self.world(directory);
        match items::get(tx, id).await? {
            Some(item) if still_true(&item, &world, notice) => {
                Ok(Found::Entries(vec![entry(notice, &stored.note, Some(item))]))
            }
            _ => Ok(Found::Untrue),
        }
    }

    /// Answers go where the question came from; everything else to the best contact point left.
    async fn destination(
        &self,
        tx: &mut Tx,
        message: &mut StoredMessage,
    ) -> Result<std::result::Result<Option<i64>, String>> {
        if message.is_answer || message.parts_sent > 0 {
            return Ok(Ok(None));
        }
        let Some(person) = message.person else { return Ok(Err("nobody to send to".to_owned())) };
        let wanted: Vec<String> = self.wanted_channels(tx, message).await?;
        match self.route(tx, person, Way::of(message, message.tries), &wanted).await? {
            Some(contact) => {
                message.channel = contact.channel.clone();
                message.address = contact.address.clone();
                Ok(Ok(Some(contact.id)))
            }
            None => Ok(Err("no contact point is left".to_owned())),
        }
    }

    /// Channels that every notice in the message allows; empty = any.
    async fn wanted_channels(&self, tx: &mut Tx, message: &StoredMessage) -> Result<Vec<String>> {
        let notices = outbox::of_message(tx, message.id).await?;
        let mut wanted: Vec<String> = Vec::new();
        for notice in notices.iter().filter(|n| !n.notice.channels.is_empty()) {
            wanted.extend(notice.notice.channels.clone());
        }
        Ok(wanted)
    }

    /// The person's best living contact point on a channel in use. A repeat passes over what the
    /// first message and its other repeats used; used-up tries pass over one contact point each.
    pub(super) async fn route(
        &self,
        tx: &mut Tx,
        person: PersonId,
        way: Way,
        wanted: &[String],
    ) -> Result<Option<Contact>> {
        let tried = match way.repeats {
            Some(first) => outbox::contacts_tried(tx, first, way.message).await?,
            None => Vec::new(),
        };
        let mut usable: Vec<Contact> = people::contacts(tx, person).await?;
        usable.retain(|c| !c.gone && self.channel(&c.channel).is_some() && !tried.contains(&c.id));
        // A wish for a channel never silences a notice: the others come after the wanted ones.
        usable.sort_by_key(|c| !wanted.is_empty() && !wanted.contains(&c.channel));
        Ok(usable.into_iter().nth(way.used_up))
    }

    async fn must_wait(
        &self,
        tx: &mut Tx,
        channel: &dyn Channel,
        message: &StoredMessage,
    ) -> Result<Option<DateTime<Utc>>> {
        let now = self.now();
        let keys = [format!("{}:{}", message.channel, message.address), format!("{}:*", message.channel)];
        if let Some(until) = outbox::gate(tx, &keys).await?.filter(|u| *u > now) {
            return Ok(Some(until));
        }
        let group = message.address.starts_with('-');
        Ok(self.pace.take(&channel.features(), &message.channel, &message.address, group, now))
    }

    async fn thread(&self, tx: &mut Tx, message: &StoredMessage) -> Result<Vec<String>> {
        // One item's mails thread; a message about several starts a thread of its own.
        let items: Vec<ItemId> = message.body.lines().map(|l| l.item).collect();
        match (message.person, items.as_slice()) {
            (Some(person), [item]) => {
                Ok(outbox::thread(tx, person, *item, message.id).await?.into_iter().map(message_key).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Sends the parts that are not out yet; each is recorded at once.
    async fn send_parts(
        &self,
        channel: &dyn Channel,
        message: &StoredMessage,
        thread: Vec<String>,
    ) -> Result<(Outcome, i64)> {
        let features = channel.features();
        let rendered = render(&message.body, message.id, features.dialect);
        let parts = split(&rendered.text, features.max_text);
        let mut sent = message.parts_sent;
        let mut outcome = Outcome::Accepted { platform_id: message.platform_id.clone() };
        for (n, text) in parts.iter().enumerate().skip(usize::try_from(message.parts_sent).unwrap_or(0)) {
            let last = n + 1 == parts.len();
            let outgoing = Outgoing {
                key: if n == 0 { message_key(message.id) } else { format!("{}.{n}", message_key(message.id)) },
                address: message.address.clone(),
                subject: rendered.subject.clone(),
                text: text.clone(),
                html: rendered.html.clone(),
                buttons: if last && features.buttons { rendered.buttons.clone() } else { Vec::new() },
                reply_to: message.reply_to.clone().filter(|_| n == 0),
                thread: thread.clone(),
                urgent: message.urgency <= Urgency::Escalation,
            };
            outcome = channel.send(&outgoing).await;
            let Outcome::Accepted { platform_id } = &outcome else { break };
            sent += 1;
            if !last {
                let mut tx = self.store.begin().await?;
                outbox::record_attempt(
                    &mut tx,
                    message.id,
                    self.now(),
                    channel.name(),
                    "accepted",
                    "",
                    platform_id.as_deref(),
                )
                .await?;
                outbox::record_part(&mut tx, message, sent).await?;
                tx.commit().await?;
            }
        }
        Ok((outcome, sent))
    }
}

/// Which of a person's contact points a message has used already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) message: i64,
    pub(super) repeats: Option<i64>,
    pub(super) used_up: usize,
}

impl Way {
    fn of(message: &StoredMessage, tries: i64) -> Way {
        Way { message: message.id, repeats: message.repeats, used_up: usize::try_from(tries / TRIES).unwrap_or(0) }
    }
}

/// What a notice has to say at this moment.
pub(super) enum Found {
    Entries(Vec<Entry>),
    Table(Box<crate::core::message::Message>),
    Untrue,
}

fn entry(notice: &Notice, note: &str, item: Option<Item>) -> Entry {
    Entry { form: notice.form, level: notice.level, instead: notice.instead, note: note.to_owned(), item }
}

/// The stable key of a message; mail's Message-ID is built from it.
pub(super) fn message_key(id: i64) -> String {
    format!("m{id}")
}
