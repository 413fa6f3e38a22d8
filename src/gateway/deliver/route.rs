//! Which contact point of a person a message goes to.

use std::collections::HashSet;

use super::batch::Batch;
use crate::core::org::PersonId;
use crate::core::policy::Urgency;
use crate::gateway::Gateway;
use crate::store::outbox::{StoredMessage, StoredNotice};
use crate::store::people::{self, Contact};
use crate::store::{Result, Tx, outbox};

/// Tries on one contact point before the next one is taken.
pub(super) const TRIES: i64 = 8;

impl Gateway {
    /// Answers go where the question came from; everything else to the best contact point left.
    pub(super) async fn destination(
        &self,
        tx: &mut Tx,
        batch: &Batch,
        notices: &[StoredNotice],
        message: &mut StoredMessage,
    ) -> Result<std::result::Result<Option<i64>, String>> {
        if message.is_answer || message.parts_sent > 0 {
            return Ok(Ok(None));
        }
        let Some(person) = message.person else { return Ok(Err("nobody to send to".to_owned())) };
        // Channels that some notice in the message names; empty = any.
        let wanted: Vec<String> = notices.iter().flat_map(|n| n.notice.channels.clone()).collect();
        match self.route_among(tx, batch.contacts_for(person, message.urgency), Way::to_send(message), &wanted).await? {
            Some(contact) => {
                message.channel = contact.channel.clone();
                message.address = contact.address.clone();
                Ok(Ok(Some(contact.id)))
            }
            None => Ok(Err("no contact point is left".to_owned())),
        }
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
        let contacts = people::contacts(tx, person).await?;
        self.route_among(tx, contacts, way, wanted).await
    }

    async fn route_among(
        &self,
        tx: &mut Tx,
        contacts: Vec<Contact>,
        way: Way,
        wanted: &[String],
    ) -> Result<Option<Contact>> {
        let tried = match way.repeats {
            Some(first) => outbox::contacts_tried(tx, first, way.message).await?,
            None => Vec::new(),
        };
        let mut left =
            self.ways(contacts, way.urgency, way.groups, wanted).into_iter().filter(|c| !tried.contains(&c.id));
        Ok(left.nth(way.used_up))
    }

    /// A person's living contact points on channels in use that carry this urgency, the best one first: for a message that
    /// is made, and for one that is sent.
    pub(in crate::gateway) fn ways(
        &self,
        mut contacts: Vec<Contact>,
        urgency: Urgency,
        groups: Groups,
        wanted: &[String],
    ) -> Vec<Contact> {
        let carries = |c: &Contact| self.channel(&c.channel).is_some_and(|channel| channel.carries(urgency));
        let is_group = |c: &Contact| self.channel(&c.channel).is_some_and(|channel| channel.is_group(&c.address));
        contacts.retain(|c| !c.gone && carries(c) && (groups != Groups::Never || !is_group(c)));
        // A wish for a channel never silences a notice: the others come after the wanted ones.
        contacts.sort_by_key(|c| {
            let last = groups == Groups::Last && is_group(c);
            // A page that nobody opened keeps it for whoever opens it: better than nothing, worse than all else.
            (!self.is_seen(c), last, !wanted.is_empty() && !wanted.contains(&c.channel))
        });
        contacts
    }
}

/// Whether this is a summary that its reader does not want by mail.
pub(in crate::gateway) fn declines(declined: &HashSet<PersonId>, person: PersonId, urgency: Urgency) -> bool {
    urgency == Urgency::Summary && declined.contains(&person)
}

/// A person's contact points but those by which they declined this.
pub(in crate::gateway) fn wanted_ways(
    mut contacts: Vec<Contact>,
    declined: &HashSet<PersonId>,
    person: PersonId,
    urgency: Urgency,
) -> Vec<Contact> {
    if declines(declined, person, urgency) {
        contacts.retain(|c| c.channel != "mail");
    }
    contacts
}

/// Which of a person's contact points a message has used already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) message: i64,
    pub(super) urgency: Urgency,
    pub(super) repeats: Option<i64>,
    pub(super) used_up: usize,
    pub(super) groups: Groups,
}

/// When a contact point that is a group may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Groups {
    /// In its place among a person's contact points.
    AsListed,
    /// After all others: a group is not told what the message says.
    Last,
    Never,
}

impl Way {
    pub(super) fn of(message: &StoredMessage, tries: i64) -> Way {
        Way {
            message: message.id,
            urgency: message.urgency,
            repeats: message.repeats,
            used_up: usize::try_from(tries / TRIES).unwrap_or(0),
            groups: Groups::AsListed,
        }
    }

    pub(super) fn to_send(message: &StoredMessage) -> Way {
        // A summary is its reader's, and a repeat says what a group does not hear.
        let own = message.urgency == Urgency::Summary || message.repeats.is_some();
        let groups = match !own && message.body.in_group().is_some() {
            true => Groups::AsListed,
            false => Groups::Last,
        };
        Way { groups, ..Way::of(message, message.tries) }
    }
}
