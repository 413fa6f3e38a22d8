//! The scheduler: cron schedules of the policy and of the ledger sources, and the list before a holiday.
//!
//! The next instant of every schedule lies in the store, so that a restart neither skips nor repeats
//! one. After downtime a missed schedule fires once, for the newest of the instants that it missed.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::Gateway;
use super::source::{Source, Turn, TurnOptions};
use crate::core::calendar::RestRun;
use crate::core::cron::Schedule;
use crate::core::deadline::local_to_utc;
use crate::core::item::Role;
use crate::core::notice::{Notice, Reason};
use crate::core::org::{Directory, PersonId, UnitId};
use crate::core::plan::{AHEAD, when_heard};
use crate::core::policy::{Form, PreHoliday, Summary, SummaryKind, Urgency};
use crate::core::subject::Subject;
use crate::core::world::World;
use crate::mutants::{self, Mutant};
use crate::store::clockwork::Stored;
use crate::store::{Result, Tx, clockwork, items, outbox};

/// A process that has not finished reading a source by then counts as dead.
pub(super) const READING: Duration = Duration::minutes(10);

/// How far missed instants are looked for, the nearest first.
const LOOKS_BACK: [Duration; 4] = [Duration::hours(1), Duration::days(2), Duration::days(20), Duration::days(400)];

/// Key of the daily look at the calendar.
const PRE_HOLIDAY: &str = "pre_holiday";

/// When a schedule fires.
struct Rhythm {
    cron: String,
    zone: Tz,
    /// As it is stored, to notice that it changed.
    stored: String,
}

fn key_of(source: &Source) -> String {
    format!("source:{}", source.name)
}

impl Gateway {
    /// Fires schedules of the policy that are due. True when one fired.
    pub async fn schedule_step(&self) -> Result<bool> {
        let stored = self.store.schedules().await?;
        let mut fired = false;
        if self.clock_holds().await? {
            return Ok(fired);
        }
        for summary in &self.policy.summaries {
            // A little early, so that the notices are there when the slot of the others comes.
            let key = format!("summary:{}", summary.id);
            let rhythm = self.pack_rhythm(&summary.cron);
            if self.waits(&stored, &key, &rhythm) {
                continue;
            }
            // The notices stand in the same transaction as the tick: whoever dies loses neither or both.
            let mut tx = self.store.begin().await?;
            let has_one = |at| self.has_summary(summary, at);
            if let Some(at) = self.tick(&mut tx, &key, &rhythm, AHEAD, &has_one).await? {
                if mutants::on(Mutant::TicksWithoutNotices) {
                    tx.commit().await?;
                    tx = self.store.begin().await?;
                }
                self.fire_summary(&mut tx, summary, at).await?;
                fired = true;
            }
            tx.commit().await?;
        }
        if let Some(rule) = &self.policy.pre_holiday {
            let rhythm = self.pack_rhythm(&rule.slot.format("%-M %-H * * *").to_string());
            if !self.waits(&stored, PRE_HOLIDAY, &rhythm) {
                let mut tx = self.store.begin().await?;
                let has_one = |at| self.rest_to_tell(rule, at).is_some();
                if let Some(at) = self.tick(&mut tx, PRE_HOLIDAY, &rhythm, AHEAD, &has_one).await? {
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
        if self.sources.is_empty() {
            return Ok(false);
        }
        let stored = self.store.schedules().await?;
        if self.clock_holds().await? {
            return Ok(false);
        }
        for source in &self.sources {
            let key = key_of(source);
            if !self.waits(&stored, &key, &self.rhythm(source)) && self.read_source(&key, source).await? {
                // The next one has the whole time of a step for itself: a slow source takes nothing from it.
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A source's schedule as stored: another zone starts it anew, like another expression.
    fn rhythm(&self, source: &Source) -> Rhythm {
        let stored = source.zone.map_or(source.cron.clone(), |zone| format!("{} {zone}", source.cron));
        Rhythm { cron: source.cron.clone(), zone: self.zone_of(source), stored }
    }

    /// The same for a schedule of the policy pack.
    fn pack_rhythm(&self, cron: &str) -> Rhythm {
        Rhythm { cron: cron.to_owned(), zone: self.policy.zone, stored: cron.to_owned() }
    }

    /// Reads a source by hand, while nobody else does; alarms nobody. `None`: somebody else is at it.
    pub async fn read_by_hand(&self, source: &Source, options: TurnOptions) -> Result<Option<Turn>> {
        let (key, now) = (key_of(source), self.now());
        let mut tx = self.store.begin().await?;
        let ours = clockwork::hold(&mut tx, &key, &self.holder, now, now + READING).await?;
        tx.commit().await?;
        if !ours {
            return Ok(None);
        }
        let turn = self.turn(source, options, false).await;
        let mut tx = self.store.begin().await?;
        clockwork::release(&mut tx, &key, &self.holder).await?;
        tx.commit().await?;
        turn.map(Some)
    }

    /// True while a schedule is not due.
    fn waits(&self, stored: &HashMap<String, Stored>, key: &str, rhythm: &Rhythm) -> bool {
        stored.get(key).is_some_and(|s| s.cron == rhythm.stored && s.next_at > self.now())
    }

    /// The instant for which a schedule fires now, if it does; its next one is stored in the same
    /// transaction, so that it fires once in all. Of several that were missed it is the newest that `has_one`.
    async fn tick(
        &self,
        tx: &mut Tx,
        key: &str,
        rhythm: &Rhythm,
        early: Duration,
        has_one: &(dyn Fn(DateTime<Utc>) -> bool + Sync),
    ) -> Result<Option<DateTime<Utc>>> {
        let now = self.now();
        let Ok(schedule) = Schedule::parse(&rhythm.cron) else { return Ok(None) };
        let stored = clockwork::schedule(tx, key).await?;
        let next_after = |t: DateTime<Utc>| schedule.next_after(t, rhythm.zone).map(|n| n - early);
        let fire = match stored {
            Some(stored) if stored.cron == rhythm.stored => {
                if stored.next_at > now {
                    return Ok(None);
                }
                Some(newest_missed(&schedule, rhythm.zone, stored.next_at + early, now + early, has_one))
            }
            _ => None,
        };
        if let Some(next) = next_after(now + early) {
            clockwork::put_schedule(tx, key, &rhythm.stored, next, fire.map(|_| now)).await?;
        }
        Ok(fire)
    }

    /// Reads a source while nobody else does; its tick is stored after that, so that a process that dies over
    /// it leaves it due. Reading the same file twice changes nothing.
    async fn read_source(&self, key: &str, source: &Source) -> Result<bool> {
        let (now, rhythm) = (self.now(), self.rhythm(source));
        let mut tx = self.store.begin().await?;
        let due = match clockwork::schedule(&mut tx, key).await? {
            Some(stored) if stored.cron == rhythm.stored => stored.next_at <= now,
            // A new schedule begins with its next instant.
            _ => false,
        };
        let ours = due && clockwork::hold(&mut tx, key, &self.holder, now, now + READING).await?;
        if !due {
            self.tick(&mut tx, key, &rhythm, Duration::zero(), &|_| true).await?;
        }
        tx.commit().await?;
        if !ours {
            return Ok(false);
        }
        self.turn(source, TurnOptions::default(), true).await?;
        let mut tx = self.store.begin().await?;
        self.tick(&mut tx, key, &rhythm, Duration::zero(), &|_| true).await?;
        clockwork::release(&mut tx, key, &self.holder).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Whether a summary is made for an instant: some are not on rest days.
    fn has_summary(&self, summary: &Summary, at: DateTime<Utc>) -> bool {
        let directory = Directory::default();
        let office = self.world(&directory).office(None);
        !summary.workdays_only || office.calendar.is_workday(office.date(at))
    }

    /// The long rest of which people are told on the day of an instant.
    fn rest_to_tell(&self, rule: &PreHoliday, at: DateTime<Utc>) -> Option<RestRun> {
        let directory = Directory::default();
        let office = self.world(&directory).office(None);
        let today = office.date(at);
        let rest = office.calendar.next_long_rest(today, rule.min_days)?;
        (office.calendar.add_workdays(rest.first, -rule.workdays_before) == today).then_some(rest)
    }

    async fn fire_summary(&self, tx: &mut Tx, summary: &Summary, at: DateTime<Utc>) -> Result<()> {
        if !self.has_summary(summary, at) {
            return Ok(());
        }
        let directory = self.directory().await?;
        let world = self.world(&directory);
        let mut notices = Vec::new();
        match summary.kind {
            SummaryKind::Personal => {
                let mut people: Vec<PersonId> = Vec::new();
                for who in items::everybody_concerned(tx, &[Role::Responsible.word(), Role::Verifier.word()]).await? {
                    let named = directory.behind(who, world.now);
                    people.extend(named.into_iter().map(|p| directory.acting_for(p, world.now)));
                }
                people.sort();
                people.dedup();
                for person in people {
                    notices.push(summary_notice(&world, person, &summary.id, None, at));
                }
            }
            SummaryKind::Table => {
                for (person, unit) in self.table_readers(&directory, &summary.to_role) {
                    notices.push(summary_notice(&world, person, &summary.id, Some(unit), at));
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
        let Some(rest) = self.rest_to_tell(rule, at) else { return Ok(()) };
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
                let key = format!("{}:{}:pre_holiday:{}:{}", item.id.0, item.epoch, rest.first, person.0);
                let why = (Subject::Item(item.id), Reason::Rest { name: rest.name.clone() });
                let send_at = when_heard(&world, person, Urgency::Routine, at.max(world.now));
                let notice = Notice::new(key, person, why, Form::PreHoliday, Urgency::Routine, send_at);
                notices.push(Notice { epoch: item.epoch, ..notice });
            }
        }
        outbox::queue_all(tx, &notices, world.now).await
    }
}

/// The newest instant from `first` to `now` that `has_one`; `first` where none has. A schedule may fire each minute and
/// the downtime be months: the last hour is looked through before the last days.
fn newest_missed(
    schedule: &Schedule,
    zone: Tz,
    first: DateTime<Utc>,
    now: DateTime<Utc>,
    has_one: &(dyn Fn(DateTime<Utc>) -> bool + Sync),
) -> DateTime<Utc> {
    for back in LOOKS_BACK {
        let begin = first.max(now - back);
        let before = begin - Duration::milliseconds(1);
        let instants = std::iter::successors(schedule.next_after(before, zone), |at| schedule.next_after(*at, zone));
        if let Some(newest) = instants.take_while(|at| *at <= now).filter(|at| has_one(*at)).last() {
            return newest;
        }
        if begin == first {
            break;
        }
    }
    first
}

/// The list of whoever is told, or the table of a unit.
fn summary_notice(
    world: &World<'_>,
    person: PersonId,
    series: &str,
    unit: Option<UnitId>,
    at: DateTime<Utc>,
) -> Notice {
    let of = unit.map_or("personal".to_owned(), |unit| format!("table:{}", unit.0));
    let key = format!("summary:{series}:{of}:{}:{}", at.timestamp(), person.0);
    let why = (Subject::Digest(unit), Reason::Digest { series: series.to_owned() });
    let send_at = when_heard(world, person, Urgency::Summary, at.max(world.now));
    Notice::new(key, person, why, Form::Summary, Urgency::Summary, send_at)
}
