//! The scheduler: cron schedules of the policy and of the ledger sources, and the list before a holiday.
//!
//! The next instant of every schedule lies in the store, so that a restart neither skips nor repeats
//! one. After downtime a missed schedule fires once.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};

use super::Gateway;
use crate::core::cron::Schedule;
use crate::core::deadline::local_to_utc;
use crate::core::item::Role;
use crate::core::org::{Directory, PersonId, UnitId};
use crate::core::plan::{AHEAD, Notice, when_heard};
use crate::core::policy::{Form, PreHoliday, Summary, SummaryKind, Urgency};
use crate::core::world::World;
use crate::store::clockwork::Stored;
use crate::store::outbox::NewNotice;
use crate::store::{Result, Tx, clockwork, items, outbox};

/// A process that has not finished reading a source by then counts as dead.
pub(super) const READING: Duration = Duration::minutes(10);

/// Key of the daily look at the calendar.
const PRE_HOLIDAY: &str = "pre_holiday";

impl Gateway {
    /// Fires schedules of the policy that are due. True when one fired.
    pub async fn schedule_step(&self) -> Result<bool> {
        let stored = self.store.schedules().await?;
        let mut fired = false;
        for summary in &self.policy.summaries {
            // A little early, so that the notices are there when the slot of the others comes.
            let key = format!("summary:{}", summary.id);
            if self.waits(&stored, &key, &summary.cron) {
                continue;
            }
            // The notices stand in the same transaction as the tick: whoever dies loses neither or both.
            let mut tx = self.store.begin().await?;
            if let Some(at) = self.tick(&mut tx, &key, &summary.cron, AHEAD).await? {
                self.fire_summary(&mut tx, summary, at).await?;
                fired = true;
            }
            tx.commit().await?;
        }
        if let Some(rule) = &self.policy.pre_holiday {
            let cron = rule.slot.format("%-M %-H * * *").to_string();
            if !self.waits(&stored, PRE_HOLIDAY, &cron) {
                let mut tx = self.store.begin().await?;
                if let Some(at) = self.tick(&mut tx, PRE_HOLIDAY, &cron, AHEAD).await? {
                    self.fire_pre_holiday(&mut tx, rule, at).await?;
                    fired = true;
                }
                tx.commit().await?;
            }
        }
        Ok(fired)
    }

    /// Reads sources that are due. True when one was read.
    pub async fn source_step(&self) -> Result<bool> {
        let mut fired = false;
        if self.sources.is_empty() {
            return Ok(fired);
        }
        let stored = self.store.schedules().await?;
        for source in &self.sources {
            let key = format!("source:{}", source.name());
            if !self.waits(&stored, &key, source.cron()) {
                fired |= self.read_source(&key, source.as_ref()).await?;
            }
        }
        Ok(fired)
    }

    /// True while a schedule is not due.
    fn waits(&self, stored: &HashMap<String, Stored>, key: &str, cron: &str) -> bool {
        stored.get(key).is_some_and(|s| s.cron == cron && s.next_at > self.now())
    }

    /// The instant for which a schedule fires now, if it does; its next one is stored in the same
    /// transaction, so that it fires once in all.
    async fn tick(&self, tx: &mut Tx, key: &str, cron: &str, early: Duration) -> Result<Option<DateTime<Utc>>> {
        let now = self.now();
        let Ok(schedule) = Schedule::parse(cron) else { return Ok(None) };
        let stored = clockwork::schedule(tx, key).await?;
        let next_after = |t: DateTime<Utc>| schedule.next_after(t, self.policy.zone).map(|n| n - early);
        let fire = match stored {
            Some(stored) if stored.cron == cron => {
                if stored.next_at > now {
                    return Ok(None);
                }
                Some(stored.next_at + early)
            }
            _ => None,
        };
        if let Some(next) = next_after(now + early) {
            clockwork::put_schedule(tx, key, cron, next, fire.map(|_| now)).await?;
        }
        Ok(fire)
    }

    /// Reads a source while nobody else does; its tick is stored after that, so that a process that dies over
    /// it leaves it due. Reading the same file twice changes nothing.
    async fn read_source(&self, key: &str, source: &dyn super::Source) -> Result<bool> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let due = match clockwork::schedule(&mut tx, key).await? {
            Some(stored) if stored.cron == source.cron() => stored.next_at <= now,
            // A new schedule begins with its next instant.
            _ => false,
        };
        let ours = due && clockwork::hold(&mut tx, key, &self.holder, now, now + READING).await?;
        if !due {
            self.tick(&mut tx, key, source.cron(), Duration::zero()).await?;
        }
        tx.commit().await?;
        if !ours {
            return Ok(false);
        }
        self.fire_source(source).await?;
        let mut tx = self.store.begin().await?;
        self.tick(&mut tx, key, source.cron(), Duration::zero()).await?;
        clockwork::release(&mut tx, key, &self.holder).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn fire_summary(&self, tx: &mut Tx, summary: &Summary, at: DateTime<Utc>) -> Result<()> {
        let directory = self.directory().await?;
        let world = self.world(&directory);
        let office = world.office(None);
        if summary.workdays_only && !office.calendar.is_workday(office.date(at)) {
            return Ok(());
        }
        let mut notices = Vec::new();
        match summary.kind {
            SummaryKind::Personal => {
                let mut people: Vec<PersonId> = Vec::new();
                for who in items::everybody_concerned(tx, &[Role::Responsible.word(), Role::Verifier.word()]).await? {
                    people.extend(directory.behind(who, world.now));
                }
                people.sort();
                people.dedup();
                for person in people {
                    notices.push(summary_notice(&world, person, &summary.id, "personal".to_owned(), at));
                }
            }
            SummaryKind::Table => {
                for (person, unit) in self.table_readers(&directory, &summary.to_role) {
                    notices.push(summary_notice(&world, person, &summary.id, format!("table:{}", unit.0), at));
                }
            }
        }
        // `created_at` is the summary's cut-off.
        outbox::queue_all(tx, &notices, at).await
    }

    /// Holders of posts with a role, with the unit their office supervises: a department speaks for
    /// the unit above it.
    fn table_readers(&self, directory: &Directory, role: &str) -> Vec<(PersonId, UnitId)> {
        let mut readers = Vec::new();
        for unit in directory.units() {
            let supervised = match unit.level {
                crate::core::org::Level::Department => unit.parent.unwrap_or(unit.id),
                _ => unit.id,
            };
            for post in directory.posts_with_role(unit.id, role) {
                readers.extend(directory.holders(post, self.now()).into_iter().map(|p| (p, supervised)));
            }
        }
        readers
    }

    /// Everybody with items that fall into a long holiday gets one list some working days before (R13).
    async fn fire_pre_holiday(&self, tx: &mut Tx, rule: &PreHoliday, at: DateTime<Utc>) -> Result<()> {
        let directory = self.directory().await?;
        let world = self.world(&directory);
        let office = world.office(None);
        let today = office.date(at);
        let Some(rest) = office.calendar.next_long_rest(today, rule.min_days) else { return Ok(()) };
        if office.calendar.add_workdays(rest.first, -rule.workdays_before) != today {
            return Ok(());
        }
        // From the last working day's end to the first one's start: what falls due while people are away.
        let from = local_to_utc(office.zone, (rest.first - Duration::days(1)).and_time(office.day_end))
            + Duration::milliseconds(1);
        let to = local_to_utc(office.zone, (rest.last + Duration::days(1)).and_time(office.day_start));
        let mut notices = Vec::new();
        for item in items::due_between(tx, from, to).await? {
            if !item.state.is_with_fixer() {
                continue;
            }
            for person in world.holders(&item, Role::Responsible) {
                let notice = Notice {
                    key: format!("{}:{}:pre_holiday:{}:{}", item.id.0, item.epoch, rest.first, person.0),
                    person,
                    form: Form::PreHoliday,
                    step: String::new(),
                    level: 0,
                    urgency: Urgency::Routine,
                    epoch: item.epoch,
                    send_at: when_heard(&world, person, Urgency::Routine, at.max(world.now)),
                    channels: Vec::new(),
                    ack_within: None,
                    instead: None,
                };
                notices.push((Some(item.id), notice, rest.name.clone()));
            }
        }
        outbox::queue_all(tx, &notices, world.now).await
    }

    async fn fire_source(&self, source: &dyn super::Source) -> Result<()> {
        let outcome = source.read(self).await;
        if let Err(reason) = &outcome {
            let directory = self.directory().await?;
            let mut tx = self.store.begin().await?;
            let key = format!("source:{}:{}", source.name(), self.now().format("%Y%m%d"));
            let args = [("name", source.name().to_owned()), ("reason", reason.clone())];
            self.alarm(&mut tx, &directory, &key, "alarm_source", &args).await?;
            tx.commit().await?;
        } else if let Ok(text) = outcome {
            tracing::info!(source = source.name(), "{text}");
        }
        Ok(())
    }
}

fn summary_notice(world: &World<'_>, person: PersonId, id: &str, step: String, at: DateTime<Utc>) -> NewNotice {
    let notice = Notice {
        key: format!("summary:{id}:{step}:{}:{}", at.timestamp(), person.0),
        person,
        form: Form::Summary,
        step,
        level: 0,
        urgency: Urgency::Summary,
        epoch: 0,
        send_at: when_heard(world, person, Urgency::Summary, at.max(world.now)),
        channels: Vec::new(),
        ack_within: None,
        instead: None,
    };
    (None, notice, String::new())
}
