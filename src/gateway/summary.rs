//! Summaries at the moment they are sent: a person's own list, and the office's table.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};

use super::Gateway;
use super::deliver::Found;
use crate::core::compose::Entry;
use crate::core::deadline::local_to_utc;
use crate::core::digest::{Digest, Tally};
use crate::core::item::{Item, ItemId, Role, State};
use crate::core::message::Message;
use crate::core::notice::Reason;
use crate::core::org::{Directory, PersonId, UnitId, Who};
use crate::core::policy::Form;
use crate::core::world::World;
use crate::store::events::AsOf;
use crate::store::outbox::StoredNotice;
use crate::store::{Result, StoreError, Tx, items, outbox, pauses};

/// What a person heard so lately is not repeated in his list.
const TOLD_LATELY: Duration = Duration::hours(4);

/// Items read at a time for a table.
const PAGE: i64 = 2_000;

impl Gateway {
    /// What a summary notice says now: the table of a unit, or its reader's own list.
    pub(super) async fn summary_of(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        stored: &StoredNotice,
        of: Option<UnitId>,
    ) -> Result<Found> {
        let person = stored.notice.person;
        match of {
            Some(unit) => {
                // The cut-off is when it was asked for, not when it leaves: the same figures on a retry.
                let cutoff = stored.created_at;
                let since = self.table_before(tx, directory, stored, unit, cutoff).await?;
                let table = self.table(directory, person, unit, since, cutoff).await?;
                Ok(table.map_or(Found::Untrue, |t| Found::Table(Box::new(t))))
            }
            None => {
                let entries = self.personal(tx, directory, person).await?;
                Ok(if entries.is_empty() { Found::Untrue } else { Found::Entries(entries) })
            }
        }
    }

    /// A person's list: only when something is overdue, due today, due before the next working day
    /// after a rest, or waits for him (no news is no message).
    async fn personal(&self, tx: &mut Tx, directory: &Directory, person: PersonId) -> Result<Vec<Entry>> {
        let world = self.world(directory);
        // Who is away hears nothing; who stands in for them has theirs besides.
        let mut who = Vec::new();
        for one in directory.represented_by(person, world.now) {
            if directory.acting_for(one, world.now) == person {
                who.push(Who::Person(one));
                who.extend(directory.posts_of_person(one, world.now).iter().map(|p| Who::Post(p.id)));
            }
        }
        // What waits by a pause of its unit is in no list either.
        let pauses = pauses::in_force(tx, world.now).await?;
        let waits = |item: &Item| pauses.iter().any(|p| p.covers(item.unit, directory));
        let mut entries = Vec::new();
        for item in items::standing(tx, &who, Role::Verifier).await? {
            if item.state == State::ReportedDone
                && world.holders(&item, Role::Verifier).contains(&person)
                && item.claimed_by != Some(person)
                && !self.still_undoable(&item)
                && !waits(&item)
            {
                entries.push(Entry::listed(Form::Verify, item));
            }
        }
        let office = world.office(None);
        let today = office.date(world.now);
        // Before a rest the list reaches over it, to the last rest day.
        let horizon = office.end_of(office.calendar.add_workdays(today, 1) - Duration::days(1));
        let mut pressing = items::standing(tx, &who, Role::Responsible).await?;
        pressing.retain(|item| {
            !waits(item) && item.state.is_with_fixer() && item.current_due.is_some_and(|due| due <= horizon)
        });
        if !pressing.is_empty() {
            let told = outbox::told_lately(tx, person, world.now - TOLD_LATELY).await?;
            pressing.retain(|item| !told.contains(&item.id));
            entries.extend(pressing.into_iter().map(|item| Entry::listed(Form::Reminder, item)));
        }
        Ok(entries)
    }

    /// A claim inside its undo window is not shown to the verifier yet.
    fn still_undoable(&self, item: &Item) -> bool {
        let window = Duration::minutes(self.policy.limits.undo_minutes);
        item.claimed_at.is_some_and(|at| at + window > self.now())
    }

    /// The cut-off of the table that its reader got before this one: what happened since then is in this. The first one
    /// counts from the end of the working day before.
    async fn table_before(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        stored: &StoredNotice,
        unit: UnitId,
        cutoff: DateTime<Utc>,
    ) -> Result<DateTime<Utc>> {
        let newest = match &stored.notice.reason {
            Reason::Digest { series } => {
                outbox::newest_of_series(tx, stored.notice.person, unit, series, cutoff).await?
            }
            _ => None,
        };
        let office = self.world(directory).office(None);
        let local = cutoff.with_timezone(&office.zone);
        let workday = office.calendar.add_workdays(local.date_naive(), -1);
        Ok(newest.unwrap_or_else(|| local_to_utc(office.zone, workday.and_time(local.time()))))
    }

    /// The table of a unit's subtree as of a cut-off. `since`: the cut-off of the table before.
    pub async fn table(
        &self,
        directory: &Directory,
        reader: PersonId,
        unit: UnitId,
        since: DateTime<Utc>,
        cutoff: DateTime<Utc>,
    ) -> Result<Option<Message>> {
        let (Some(person), Some(office)) = (directory.person(reader), directory.unit(unit)) else { return Ok(None) };
        let world = self.world(directory);
        let rows = rows_of(directory, unit);
        let [now, then] = self.digests(&world, &rows, [cutoff, since]).await?;
        if now.all.total == 0 {
            return Ok(None);
        }
        let before = (then.all.total > 0).then_some(&then.all);
        Ok(Some(self.desk(&world, person).table(&now, (since, before), &office.name)))
    }

    /// The figures over the subtrees of `rows` as they stood at a cut-off and at an earlier one, in one pass: most
    /// items did not change in between. Reads what is committed: the cut-off lies behind every open transaction.
    async fn digests(
        &self,
        world: &World<'_>,
        rows: &[UnitId],
        [late, early]: [DateTime<Utc>; 2],
    ) -> Result<[Digest; 2]> {
        let mut now = Tally::new(rows, late, world);
        let mut then = Tally::new(rows, early, world);
        let page = |after| {
            let store = self.store.clone();
            tokio::spawn(async move { store.as_of(late, after, PAGE).await })
        };
        let mut next = page(ItemId(0));
        loop {
            let items = next.await.map_err(|e| StoreError::Damaged(e.to_string()))??;
            let Some(last) = items.last() else { return Ok([now.finish(), then.finish()]) };
            // The next page is read while this one is counted.
            next = page(last.item.id);
            let changed: Vec<ItemId> = items.iter().filter(|i| i.at > early).map(|i| i.item.id).collect();
            let earlier = if changed.is_empty() { Vec::new() } else { self.store.these_as_of(early, &changed).await? };
            let earlier: HashMap<ItemId, &AsOf> = earlier.iter().map(|e| (e.item.id, e)).collect();
            for found in &items {
                let before = if found.at <= early { Some(found) } else { earlier.get(&found.item.id).copied() };
                now.add(&found.item, before.map(|b| &b.item), || found.whole());
                if let Some(before) = before {
                    then.add(&before.item, Some(&before.item), || before.whole());
                }
            }
        }
    }
}

/// One row a unit directly below; enterprises lie inside their township's row.
fn rows_of(directory: &Directory, unit: UnitId) -> Vec<UnitId> {
    let mut rows: Vec<UnitId> = directory.units().iter().filter(|u| u.parent == Some(unit)).map(|u| u.id).collect();
    rows.push(unit);
    rows
}
