//! A transaction for many answers: what they need is read ahead, and what they change is written at the end, in a few
//! statements however many answers there are.
//!
//! Every lookup goes to the database when nothing was read ahead for it. What is read ahead stays true inside the
//! transaction, as nobody else writes meanwhile: items are kept as they change, and everything else is given out once.
//! What concerns one person is read ahead for one answer of his: the caller hands over no second one (`gateway/ahead.rs`).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::events::{Happened, Origin};
use super::inbox::Question;
use super::items::Changed;
use super::outbox::{NewMessage, Pointed, Pointer, StoredMessage, StoredNotice};
use super::{Result, Tx, events, inbox, items, json, numbers, outbox};
use dutybell_core::item::{Item, ItemId, Role};
use dutybell_core::message::Message;
use dutybell_core::notice::Notice;
use dutybell_core::numbers::Numbers;
use dutybell_core::org::{PersonId, Who};
use dutybell_core::subject::Subject;
use dutybell_core::transition::Event;

/// A message pointed at, as a key: see [`Pointed`].
type Pointing = (String, String, Option<String>, Option<(DateTime<Utc>, bool)>);

fn pointing((channel, address, pointer): &Pointed<'_>) -> Pointing {
    let (id, newest) = match pointer {
        Pointer::Id(id) => (Some((*id).to_owned()), None),
        Pointer::Newest { before, numbered } => (None, Some((*before, *numbered))),
    };
    ((*channel).to_owned(), (*address).to_owned(), id, newest)
}

/// See the module.
pub struct Work<'t> {
    tx: &'t mut Tx,
    now: DateTime<Utc>,
    ahead: Ahead,
    later: Later,
}

/// What was read ahead, each with "there is none" where that was found.
#[derive(Default)]
struct Ahead {
    questions: HashMap<PersonId, Option<(Question, i64)>>,
    numbers: HashMap<PersonId, Numbers>,
    pointed: HashMap<Pointing, Option<StoredMessage>>,
    messages: HashMap<i64, Option<StoredMessage>>,
    lines: HashMap<i64, Vec<(u32, ItemId)>>,
    items: HashMap<ItemId, Item>,
    standing: HashMap<(Who, Role), Vec<ItemId>>,
    live: HashMap<ItemId, Vec<StoredNotice>>,
    told: HashMap<(PersonId, ItemId), Vec<StoredMessage>>,
}

/// What is still to be written.
#[derive(Default)]
struct Later {
    changed: Vec<Changed>,
    happened: Vec<Happened>,
    /// Items that were finished or opened again: whether they are open.
    turned: Vec<(ItemId, bool)>,
    lost: Vec<(PersonId, ItemId)>,
    withdrawn: Vec<i64>,
    notices: Vec<Notice>,
    heard: BTreeSet<i64>,
    heard_of: Vec<(PersonId, ItemId)>,
    bodies: BTreeMap<i64, Message>,
    messages: Vec<NewMessage>,
}

impl<'t> Work<'t> {
    /// Work at an instant, inside a writing transaction. What it writes is in the database after [`Work::settle`].
    pub fn new(tx: &'t mut Tx, now: DateTime<Utc>) -> Work<'t> {
        Work { tx, now, ahead: Ahead::default(), later: Later::default() }
    }

    /// The transaction, for everything else; what waits to be written is written first.
    pub async fn tx(&mut self) -> Result<&mut Tx> {
        self.settle().await?;
        Ok(self.tx)
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// [`StoreError::Changed`](super::StoreError::Changed) when an item is not as it was read.
    pub async fn settle(&mut self) -> Result<()> {
        let (tx, later) = (&mut *self.tx, std::mem::take(&mut self.later));
        if !later.changed.is_empty() {
            items::save(tx, &later.changed).await?;
            events::append(tx, &later.happened).await?;
        }
        if !later.turned.is_empty() {
            numbers::turned(tx, &later.turned, self.now).await?;
        }
        if !later.lost.is_empty() {
            numbers::free(tx, &later.lost, self.now).await?;
        }
        if !later.withdrawn.is_empty() {
            outbox::withdraw(tx, &later.withdrawn).await?;
        }
        outbox::queue_all(tx, &later.notices, self.now).await?;
        if !later.heard.is_empty() {
            outbox::mark_heard(tx, &later.heard, self.now).await?;
        }
        if !later.heard_of.is_empty() {
            outbox::mark_heard_of(tx, &later.heard_of, self.now).await?;
        }
        if !later.bodies.is_empty() {
            outbox::save_bodies(tx, &later.bodies).await?;
        }
        if !later.messages.is_empty() {
            outbox::put_messages(tx, &later.messages, self.now).await?;
        }
        Ok(())
    }

    // ---- read ahead, looked up ------------------------------------------------------------------------

    /// Reads ahead for [`Work::question`].
    pub async fn read_questions(&mut self, people: &[PersonId]) -> Result<()> {
        let mut found = inbox::questions(self.tx, people, self.now).await?;
        self.ahead.questions.extend(people.iter().map(|p| (*p, found.remove(p))));
        Ok(())
    }

    /// The open question to a person, with the message that asked it.
    pub async fn question(&mut self, person: PersonId) -> Result<Option<(Question, i64)>> {
        match self.ahead.questions.remove(&person) {
            Some(known) => Ok(known),
            None => {
                let now = self.now;
                Ok(inbox::questions(self.tx().await?, &[person], now).await?.remove(&person))
            }
        }
    }

    /// Reads ahead for [`Work::numbers`].
    pub async fn read_numbers(&mut self, people: &BTreeSet<PersonId>) -> Result<()> {
        if people.is_empty() {
            return Ok(());
        }
        self.ahead.numbers.extend(numbers::of_people(self.tx, people).await?);
        Ok(())
    }

    /// What numbers mean to a person, as it was before what this transaction lists to them.
    pub async fn numbers(&mut self, person: PersonId) -> Result<Numbers> {
        match self.ahead.numbers.get(&person) {
            Some(known) => Ok(known.clone()),
            None => numbers::of(self.tx().await?, person).await,
        }
    }

    /// Reads ahead for [`Work::pointed`]; gives the messages that were found by the places of the list that point at them.
    pub async fn read_pointed(&mut self, pointed: &[Pointed<'_>]) -> Result<HashMap<usize, i64>> {
        if pointed.is_empty() {
            return Ok(HashMap::new());
        }
        let mut found = outbox::pointed_at(self.tx, pointed).await?;
        let ids = found.iter().map(|(n, message)| (*n, message.id)).collect();
        for (n, one) in pointed.iter().enumerate() {
            self.ahead.pointed.insert(pointing(one), found.remove(&n));
        }
        Ok(ids)
    }

    /// The message pointed at.
    pub async fn pointed(&mut self, pointed: Pointed<'_>) -> Result<Option<StoredMessage>> {
        match self.ahead.pointed.remove(&pointing(&pointed)) {
            Some(known) => Ok(known),
            None => Ok(outbox::pointed_at(self.tx().await?, &[pointed]).await?.remove(&0)),
        }
    }

    /// Reads ahead for [`Work::message`].
    pub async fn read_messages(&mut self, ids: &BTreeSet<i64>) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut found = outbox::messages(self.tx, ids).await?;
        self.ahead.messages.extend(ids.iter().map(|id| (*id, found.remove(id))));
        Ok(())
    }

    /// One message.
    pub async fn message(&mut self, id: i64) -> Result<Option<StoredMessage>> {
        match self.ahead.messages.remove(&id) {
            Some(known) => Ok(known),
            None => outbox::message(self.tx().await?, id).await,
        }
    }

    /// Reads ahead for [`Work::lines`].
    pub async fn read_lines(&mut self, messages: &BTreeSet<i64>) -> Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let read = outbox::lines(self.tx, messages).await?;
        self.ahead.lines.extend(read.into_iter().map(|(message, lines)| (message, items_of(lines))));
        Ok(())
    }

    /// Items by line number in a message.
    pub async fn lines(&mut self, message: i64) -> Result<Vec<(u32, ItemId)>> {
        match self.ahead.lines.get(&message) {
            Some(known) => Ok(known.clone()),
            None => {
                let mut read = outbox::lines(self.tx().await?, &BTreeSet::from([message])).await?;
                Ok(items_of(read.remove(&message).unwrap_or_default()))
            }
        }
    }

    /// Reads ahead for [`Work::item`].
    pub async fn read_items(&mut self, ids: &BTreeSet<ItemId>) -> Result<()> {
        let missing: BTreeSet<ItemId> = ids.iter().filter(|id| !self.ahead.items.contains_key(id)).copied().collect();
        if !missing.is_empty() {
            self.ahead.items.extend(items::get_all(self.tx, &missing).await?);
        }
        Ok(())
    }

    /// One item.
    pub async fn item(&mut self, id: ItemId) -> Result<Option<Item>> {
        match self.ahead.items.get(&id) {
            Some(known) => Ok(Some(known.clone())),
            None => items::get(self.tx().await?, id).await,
        }
    }

    /// Reads ahead for [`Work::standing`], with the items themselves.
    pub async fn read_standing(&mut self, asked: &[(Who, Role)]) -> Result<()> {
        if asked.is_empty() {
            return Ok(());
        }
        for pair in asked {
            self.ahead.standing.insert(*pair, Vec::new());
        }
        for (n, item) in items::of_people(self.tx, asked).await? {
            if let Some(items) = asked.get(n).and_then(|pair| self.ahead.standing.get_mut(pair)) {
                items.push(item.id);
            }
            self.ahead.items.insert(item.id, item);
        }
        Ok(())
    }

    /// Open items on which somebody or his posts stand in a role, each once.
    pub async fn standing(&mut self, who: &[Who], role: Role) -> Result<Vec<Item>> {
        let known: Option<Vec<&Vec<ItemId>>> = who.iter().map(|w| self.ahead.standing.get(&(*w, role))).collect();
        let Some(known) = known else { return items::standing(self.tx().await?, who, role).await };
        let mut seen = BTreeSet::new();
        let found = known.into_iter().flatten().filter(|id| seen.insert(**id));
        Ok(found.filter_map(|id| self.ahead.items.get(id).cloned()).collect())
    }

    /// Items on which somebody stands, as far as they were read ahead.
    pub fn known_standing(&self, who: Who, role: Role) -> &[ItemId] {
        self.ahead.standing.get(&(who, role)).map_or(&[], Vec::as_slice)
    }

    /// Items of a message's lines, as far as they were read ahead.
    pub fn known_lines(&self, message: i64) -> &[(u32, ItemId)] {
        self.ahead.lines.get(&message).map_or(&[], Vec::as_slice)
    }

    /// Reads ahead for [`Work::live`].
    pub async fn read_live(&mut self, items: &BTreeSet<ItemId>) -> Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        self.ahead.live.extend(outbox::live_of_items(self.tx, items).await?);
        Ok(())
    }

    /// Notices about an item that have not left yet.
    pub async fn live(&mut self, item: ItemId) -> Result<Vec<StoredNotice>> {
        match self.ahead.live.remove(&item) {
            Some(known) => Ok(known),
            None => Ok(outbox::live_of_items(self.tx().await?, &BTreeSet::from([item]))
                .await?
                .remove(&item)
                .unwrap_or_default()),
        }
    }

    /// Reads ahead for [`Work::told`], since the same instant.
    pub async fn read_told(&mut self, asked: &BTreeSet<(PersonId, ItemId)>, since: DateTime<Utc>) -> Result<()> {
        if asked.is_empty() {
            return Ok(());
        }
        self.ahead.told.extend(outbox::told_about(self.tx, asked, since).await?);
        Ok(())
    }

    /// What told a person about an item since an instant, newest first.
    pub async fn told(&mut self, person: PersonId, item: ItemId, since: DateTime<Utc>) -> Result<Vec<StoredMessage>> {
        let asked = (person, item);
        match self.ahead.told.remove(&asked) {
            Some(known) => Ok(known),
            None => {
                let pairs = BTreeSet::from([asked]);
                Ok(outbox::told_about(self.tx().await?, &pairs, since).await?.remove(&asked).unwrap_or_default())
            }
        }
    }

    // ---- written later --------------------------------------------------------------------------------

    /// A change of an item with its event: the item as it is now is what later lookups find.
    pub async fn change(
        &mut self,
        old: &Item,
        item: &Item,
        next_wake: Option<DateTime<Utc>>,
        event: &Event,
        origin: &Origin<'_>,
    ) -> Result<()> {
        if self.later.changed.iter().any(|c| c.item.id == item.id) {
            self.settle().await?;
        }
        let moved = old.assignments != item.assignments || old.state.is_open() != item.state.is_open();
        if moved {
            self.ahead.standing.clear();
        }
        if old.state.is_open() != item.state.is_open() {
            self.later.turned.push((item.id, item.state.is_open()));
        }
        self.later.happened.push(Happened::new(item, json(item)?, event, origin, self.now)?);
        self.later.changed.push(Changed { item: item.clone(), read_version: old.version, next_wake, moved });
        self.ahead.items.insert(item.id, item.clone());
        Ok(())
    }

    /// These people have no more to do with an item.
    pub fn lost(&mut self, item: ItemId, people: impl IntoIterator<Item = PersonId>) {
        self.later.lost.extend(people.into_iter().map(|person| (person, item)));
    }

    /// A notice that is no longer true will not be sent.
    pub fn withdraw(&mut self, notice: i64) {
        self.later.withdrawn.push(notice);
    }

    /// Queues notices; the same key a second time does nothing.
    pub fn queue(&mut self, item: ItemId, notices: impl IntoIterator<Item = Notice>) {
        self.ahead.live.remove(&item);
        self.later.notices.extend(notices);
    }

    /// The reader answered (or pressed something in) this message.
    pub fn mark_heard(&mut self, message: i64) {
        self.later.heard.insert(message);
    }

    /// The person said something about this item: whatever told him about it was heard.
    pub fn mark_heard_of(&mut self, person: PersonId, item: ItemId) {
        self.later.heard_of.push((person, item));
    }

    /// Changes what a sent message shows (after its answer).
    pub fn save_body(&mut self, message: i64, body: Message) {
        self.later.bodies.insert(message, body);
    }

    /// Queues a message for sending at once.
    pub async fn send(&mut self, message: NewMessage) -> Result<()> {
        if message.person.is_some() && message.body.lines().next().is_none() {
            self.later.messages.push(message);
            return Ok(());
        }
        self.send_now(&message).await?;
        Ok(())
    }

    /// The same for one whose id is wanted.
    pub async fn send_now(&mut self, message: &NewMessage) -> Result<i64> {
        let now = self.now;
        outbox::put_message(self.tx().await?, message, now).await
    }
}

/// Those of a message's lines that show items.
fn items_of(lines: Vec<(u32, Subject)>) -> Vec<(u32, ItemId)> {
    lines.into_iter().filter_map(|(number, shown)| Some((number, shown.item()?))).collect()
}
