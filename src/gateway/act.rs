//! One change of one item, whole: rule, row, event, withdrawals and new notices in one transaction.

use chrono::Duration;

use super::Gateway;
use crate::core::item::{Item, Role};
use crate::core::matter::Matter;
use crate::core::notice::{News, Note, Notice, Reason};
use crate::core::org::Directory;
use crate::core::plan::when_heard;
use crate::core::policy::{Form, Urgency};
use crate::core::subject::Subject;
use crate::core::transition::{Change, Event, Refusal, Tell, apply, dropped, gained, lost, moved, undo};
use crate::core::world::World;
use crate::mutants::{self, Mutant};
pub use crate::store::events::Origin;
use crate::store::work::Work;
use crate::store::{Result, outbox};

/// What was told about a change may have been sent a little after it.
const UNDO_SLACK: Duration = Duration::minutes(10);

/// An accepted event, or why it was refused.
pub type Acted = std::result::Result<Change, Refusal>;

impl Gateway {
    /// Applies an event inside the caller's transaction. A refusal changes nothing.
    pub async fn act(
        &self,
        work: &mut Work<'_>,
        directory: &Directory,
        item: &Item,
        origin: &Origin<'_>,
        event: &Event,
    ) -> Result<Acted> {
        let world = self.world(directory);
        let mut change = match apply(item, origin.actor.clone(), event, &world) {
            Ok(change) => change,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Event::Reopen { .. } = event {
            // They may have no part in it any more.
            let heard = outbox::told_of_version(work.tx().await?, item.id, item.version).await?;
            heard.into_iter().filter(|p| !origin.actor.is(*p)).for_each(|p| change.tell_too(p));
        }
        self.store_change(work, &world, item, &change, origin, event).await?;
        Ok(Ok(change))
    }

    /// Takes the actor's last event back: the item as before, what that event told withdrawn where it has not left.
    /// Whoever heard of it already hears that it is taken back; who lost or gained the item with it, whose it is.
    pub async fn take_back(
        &self,
        work: &mut Work<'_>,
        directory: &Directory,
        item: &Item,
        before: &Item,
        origin: &Origin<'_>,
        what: &str,
    ) -> Result<Change> {
        let world = self.world(directory);
        let restored = undo(item, before, world.now);
        let (had, has) = (world.holders(item, Role::Responsible), world.holders(&restored, Role::Responsible));
        let mut tell: Vec<Tell> = Vec::new();
        for person in outbox::told_of_version(work.tx().await?, item.id, item.version).await? {
            tell.push(match (had.contains(&person), has.contains(&person)) {
                (false, true) => gained(person, &restored),
                (true, true) if !item.state.is_open() => gained(person, &restored),
                (true, false) => lost(person),
                _ => Tell {
                    person,
                    form: Form::Told,
                    urgency: Urgency::Escalation,
                    delay: Duration::zero(),
                    note: Note::news(News::Undone, what),
                },
            });
        }
        // Whoever had it in between heard of it by the ladder.
        let window = Duration::minutes(self.policy.limits.undo_minutes) + UNDO_SLACK;
        for person in had.into_iter().filter(|p| !has.contains(p)) {
            let heard = !work.told(person, item.id, world.now - window).await?.is_empty();
            if heard && !tell.iter().any(|t| t.person == person) {
                tell.push(lost(person));
            }
        }
        tell.retain(|t| !origin.actor.is(t.person));
        let change = Change { item: restored, tell, unchanged: false };
        self.store_change(work, &world, item, &change, origin, &Event::Undo { what: what.to_owned() }).await?;
        Ok(change)
    }

    /// Stores a change that the office made in its ledger.
    pub(super) async fn store_office_change(
        &self,
        work: &mut Work<'_>,
        directory: &Directory,
        old: &Item,
        change: &Change,
        origin: &Origin<'_>,
        event: &Event,
    ) -> Result<()> {
        let world = self.world(directory);
        self.store_change(work, &world, old, change, origin, event).await
    }

    async fn store_change(
        &self,
        work: &mut Work<'_>,
        world: &World<'_>,
        old: &Item,
        change: &Change,
        origin: &Origin<'_>,
        event: &Event,
    ) -> Result<()> {
        let mut item = change.item.clone();
        let undone = matches!(event, Event::Undo { .. });
        let more = if undone { Vec::new() } else { moved(old, change, &origin.actor, world) };
        let planned = item.plan(world);
        item.planned_until = planned.planned_until;
        work.change(old, &item, planned.next_wake, event, origin).await?;
        if old.assignments != item.assignments {
            work.lost(item.id, dropped(old, &item, world));
        }
        if !mutants::on(Mutant::ForgetsToWithdraw) {
            // What the change made untrue goes before it can leave.
            let live = work.live(item.id).await?;
            let of_undone = |notice: &Notice| {
                undone && matches!(notice.reason, Reason::Told { version, .. } if version == old.version)
            };
            let untrue = |notice: &Notice| of_undone(notice) || !item.still_true(notice, world);
            live.iter().filter(|l| untrue(&l.notice)).for_each(|l| work.withdraw(l.id));
        }
        let told = change.tell.iter().chain(&more).map(|t| told_notice(&item, t, world));
        work.queue(item.id, planned.notices.into_iter().chain(told));
        if let Some(person) = origin.actor.person() {
            work.mark_heard_of(person, item.id);
        }
        Ok(())
    }
}

/// A form by its word in packs.
pub(super) fn form_word(form: Form) -> String {
    serde_json::to_value(form).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A notice for somebody whom a change concerns; its key carries the version that caused it.
pub(super) fn told_notice(item: &Item, tell: &Tell, world: &World) -> Notice {
    let key = format!("{}:v{}:{}:{}", item.id.0, item.version, form_word(tell.form), tell.person.0);
    let why = (Subject::Item(item.id), Reason::Told { version: item.version, note: tell.note.clone() });
    let send_at = when_heard(world, tell.person, tell.urgency, world.now + tell.delay);
    Notice { epoch: item.epoch, ..Notice::new(key, tell.person, why, tell.form, tell.urgency, send_at) }
}
