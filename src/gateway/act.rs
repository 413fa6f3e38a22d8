//! One change of one item, whole: rule, row, event, withdrawals and new notices in one transaction.

use chrono::Duration;

use super::Gateway;
use crate::core::item::Item;
use crate::core::org::Directory;
use crate::core::plan::{self, Notice, when_heard};
use crate::core::policy::{Form, Urgency};
use crate::core::transition::{Actor, Change, Event, Refusal, Tell, apply, undo};
use crate::core::world::World;
use crate::mutants::{self, Mutant};
use crate::store::{Result, Tx, events, items, outbox};

/// An accepted event, or why it was refused.
pub type Acted = std::result::Result<Change, Refusal>;

/// Where an event came from.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    pub actor: Actor,
    /// Channel name; empty for the office.
    pub via: &'a str,
    pub inbox_id: Option<i64>,
}

impl Origin<'_> {
    /// The ledger, or the administrator at the command line.
    pub const OFFICE: Origin<'static> = Origin { actor: Actor::Office, via: "", inbox_id: None };
}

impl Gateway {
    /// Applies an event inside the caller's transaction. A refusal changes nothing.
    pub async fn act(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        item: &Item,
        origin: Origin<'_>,
        event: &Event,
    ) -> Result<Acted> {
        let world = self.world(directory);
        let change = match apply(item, origin.actor, event, &world) {
            Ok(change) => change,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.store_change(tx, &world, item, &change, origin, event).await?;
        Ok(Ok(change))
    }

    /// Takes the actor's last event back: the item as before, notices of the taken-back state
    /// withdrawn, those who heard already told.
    pub async fn take_back(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        item: &Item,
        before: &Item,
        origin: Origin<'_>,
        what: &str,
    ) -> Result<Change> {
        let world = self.world(directory);
        let restored = undo(item, before, world.now);
        let told = outbox::told_of_version(tx, item.id, item.version).await?;
        let tell = told
            .into_iter()
            .filter(|p| origin.actor != Actor::Person(*p))
            .map(|person| Tell {
                person,
                form: Form::Told,
                urgency: Urgency::Escalation,
                delay: Duration::zero(),
                note: format!("undone: {what}"),
            })
            .collect();
        let change = Change { item: restored, tell, unchanged: false };
        self.store_change(tx, &world, item, &change, origin, &Event::Undo { what: what.to_owned() }).await?;
        Ok(change)
    }

    /// Stores a change that the office made in its ledger.
    pub(super) async fn store_office_change(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        old: &Item,
        change: &Change,
        event: &Event,
    ) -> Result<()> {
        let world = self.world(directory);
        self.store_change(tx, &world, old, change, Origin::OFFICE, event).await
    }

    async fn store_change(
        &self,
        tx: &mut Tx,
        world: &World<'_>,
        old: &Item,
        change: &Change,
        origin: Origin<'_>,
        event: &Event,
    ) -> Result<()> {
        let mut item = change.item.clone();
        let planned = plan::plan(&item, world);
        item.planned_until = planned.planned_until;
        items::save_change(tx, old, &item, planned.next_wake).await?;
        events::append(tx, &item, world.now, origin.actor, origin.via, origin.inbox_id, event).await?;
        self.withdraw_untrue(tx, world, &item).await?;
        let planned = planned.notices.into_iter().map(|n| (n, String::new()));
        let told = change.tell.iter().map(|t| (told_notice(&item, t, world), t.note.clone()));
        let new: Vec<_> = planned.chain(told).map(|(notice, note)| (Some(item.id), notice, note)).collect();
        outbox::queue_all(tx, &new, world.now).await?;
        if let Actor::Person(person) = origin.actor {
            outbox::mark_heard_of(tx, person, item.id, world.now).await?;
        }
        Ok(())
    }

    /// Withdraws what the change made untrue, before it can leave.
    pub(super) async fn withdraw_untrue(&self, tx: &mut Tx, world: &World<'_>, item: &Item) -> Result<()> {
        if mutants::on(Mutant::ForgetsToWithdraw) {
            return Ok(());
        }
        for live in outbox::live_of_item(tx, item.id).await? {
            if !plan::still_true(item, world, &live.notice) {
                outbox::withdraw(tx, live.id).await?;
            }
        }
        Ok(())
    }
}

/// A notice for somebody whom a change concerns; its key carries the version that caused it.
pub(super) fn told_notice(item: &Item, tell: &Tell, world: &World) -> Notice {
    let form = serde_json::to_value(tell.form).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    Notice {
        key: format!("{}:v{}:{form}:{}", item.id.0, item.version, tell.person.0),
        person: tell.person,
        form: tell.form,
        step: String::new(),
        level: 0,
        urgency: tell.urgency,
        epoch: item.epoch,
        send_at: when_heard(world, tell.person, tell.urgency, world.now + tell.delay),
        channels: Vec::new(),
        ack_within: None,
        instead: None,
    }
}
