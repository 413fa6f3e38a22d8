//! What a batch of messages needs, read together in a few statements.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::route::{declines, wanted_ways};
use crate::core::compose::Entry;
use crate::core::item::{Item, ItemId};
use crate::core::matter::Matter;
use crate::core::message::Message;
use crate::core::numbers::{Listed, Numbers};
use crate::core::org::PersonId;
use crate::core::pause::Pause;
use crate::core::policy::Urgency;
use crate::core::subject::Subject;
use crate::core::world::World;
use crate::gateway::Gateway;
use crate::gateway::pace::Pace;
use crate::store::outbox::{Lift, StoredMessage, StoredNotice};
use crate::store::people::{self, Contact};
use crate::store::{Result, StoreError, Tx, items, numbers, outbox, pauses};

/// Read at the beginning of the transaction in which the messages are made ready; what they come to is
/// gathered here and written at its end.
pub(super) struct Batch {
    notices: HashMap<i64, Vec<StoredNotice>>,
    /// Messages with a notice that cannot be read, and why.
    damaged: HashMap<i64, String>,
    /// What the notices are about.
    matters: BTreeMap<Subject, Arc<dyn Matter>>,
    contacts: HashMap<PersonId, Vec<Contact>>,
    /// Who wants no summaries by mail; read only when there are summaries.
    declined: HashSet<PersonId>,
    gates: HashMap<String, DateTime<Utc>>,
    pub(super) pace: Pace,
    /// Of those whose messages are composed.
    numbers: HashMap<PersonId, Numbers>,
    pub(super) lifts: Vec<Lift>,
    /// In force now.
    pub(super) pauses: Vec<Pause>,
}

impl Batch {
    pub(super) async fn load(gateway: &Gateway, tx: &mut Tx, messages: &[StoredMessage]) -> Result<Batch> {
        let mut notices: HashMap<i64, Vec<StoredNotice>> = HashMap::new();
        let mut damaged = HashMap::new();
        let composed = messages.iter().filter(|m| !m.is_answer).flat_map(|m| [Some(m.id), m.repeats]);
        let composed: BTreeSet<i64> = composed.flatten().collect();
        if !composed.is_empty() {
            for (message, notice) in outbox::notices_of_all(tx, &composed).await? {
                match notice {
                    Ok(notice) => notices.entry(message).or_default().push(notice),
                    Err(error) => drop(damaged.insert(message, error.to_string())),
                }
            }
        }
        let matters = matters(tx, notices.values().flatten()).await?;
        let people: BTreeSet<PersonId> = messages.iter().filter(|m| !m.is_answer).filter_map(|m| m.person).collect();
        let people: Vec<PersonId> = people.into_iter().collect();
        let contacts = if people.is_empty() { HashMap::new() } else { people::contacts_of(tx, &people).await? };
        let own = messages.iter().map(|m| (m.channel.as_str(), m.address.as_str()));
        let theirs = contacts.values().flatten().map(|c| (c.channel.as_str(), c.address.as_str()));
        let addresses: BTreeSet<(&str, &str)> = own.chain(theirs).collect();
        let keys = addresses.iter().flat_map(|(channel, address)| gate_keys(channel, address)).collect();
        let gates = outbox::gates(tx, &keys).await?;
        let counted = addresses.iter().filter_map(|(channel, address)| {
            gateway.channel(channel).and_then(|c| Pace::key(&c.features(), channel, address))
        });
        let pace = Pace::load(tx, &counted.collect()).await?;
        let declined = match messages.iter().any(|m| m.urgency == Urgency::Summary) {
            true => people::without_mail_summaries(tx).await?,
            false => HashSet::new(),
        };
        let listed_to = messages.iter().filter(|m| composed.contains(&m.id)).filter_map(|m| m.person).collect();
        let numbers = match composed.is_empty() {
            true => HashMap::new(),
            false => numbers::of_people(tx, &listed_to).await?,
        };
        let pauses = if composed.is_empty() { Vec::new() } else { pauses::in_force(tx, gateway.now()).await? };
        Ok(Batch { pauses, notices, damaged, matters, contacts, declined, gates, pace, numbers, lifts: Vec::new() })
    }

    /// What a notice is about, as it stands.
    pub(super) fn about(&self, stored: &StoredNotice) -> Option<&Arc<dyn Matter>> {
        self.matters.get(&stored.notice.subject)
    }

    /// Puts a message composed of these entries under its reader's numbers.
    pub(super) fn number(&mut self, world: &World, person: PersonId, entries: &[Entry], message: &mut Message) {
        let matter = |subject| entries.iter().filter_map(|e| e.about.as_ref()).find(|m| m.subject() == subject);
        let listed = |subject| matter(subject).map_or(Listed::Told, |matter| matter.listed(person, world));
        self.numbers.entry(person).or_default().write(message, listed, world.now);
    }

    /// The message goes where its reader sees the numbers.
    pub(super) fn shows(&mut self, message: &StoredMessage) {
        if let Some(numbers) = message.person.and_then(|person| self.numbers.get_mut(&person)) {
            numbers.show(&message.body);
        }
    }

    /// Writes down what is to be kept besides the messages.
    pub(super) async fn save(&self, tx: &mut Tx) -> Result<()> {
        self.pace.save(tx).await?;
        numbers::save(tx, self.numbers.iter().map(|(person, numbers)| (*person, numbers))).await
    }

    /// What went into a message, whatever became of it.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when a notice of it cannot be read.
    pub(super) fn reasons(&self, message: i64) -> Result<Vec<StoredNotice>> {
        match self.damaged.get(&message) {
            Some(why) => Err(StoreError::Damaged(why.clone())),
            None => Ok(self.notices.get(&message).cloned().unwrap_or_default()),
        }
    }

    /// What a message is still made of.
    ///
    /// # Errors
    /// As [`Batch::reasons`].
    pub(super) fn notices_of(&self, message: i64) -> Result<Vec<StoredNotice>> {
        Ok(self.reasons(message)?.into_iter().filter(|n| n.state == "message").collect())
    }

    /// A person's contact points for a message, preferred first: not by mail for summaries that he declined there.
    pub(super) fn contacts_for(&self, person: PersonId, urgency: Urgency) -> Vec<Contact> {
        wanted_ways(self.contacts.get(&person).cloned().unwrap_or_default(), &self.declined, person, urgency)
    }

    /// Whether this is a summary that the person does not want by mail.
    pub(super) fn declines(&self, person: PersonId, urgency: Urgency) -> bool {
        declines(&self.declined, person, urgency)
    }

    /// Until when the platform asked us to wait; the later of what it said of the chat and of everything.
    pub(super) fn gate(&self, channel: &str, address: &str) -> Option<DateTime<Utc>> {
        gate_keys(channel, address).iter().filter_map(|key| self.gates.get(key)).max().copied()
    }
}

/// What notices are about, as it stands: another kind of subject is read here, and nowhere else.
pub(in crate::gateway) async fn matters<'n>(
    tx: &mut Tx,
    notices: impl IntoIterator<Item = &'n StoredNotice>,
) -> Result<BTreeMap<Subject, Arc<dyn Matter>>> {
    let wanted: BTreeSet<ItemId> = notices.into_iter().filter_map(|n| n.notice.subject.item()).collect();
    let items = if wanted.is_empty() { HashMap::new() } else { items::get_all(tx, &wanted).await? };
    let matter = |item: Item| (item.subject(), Arc::new(item) as Arc<dyn Matter>);
    Ok(items.into_values().map(matter).collect())
}

fn gate_keys(channel: &str, address: &str) -> [String; 2] {
    [format!("{channel}:{address}"), format!("{channel}:*")]
}
