//! Gathering: all of a person's due notices become one message, in his hours and under his daily cap.
//!
//! Comes before the dispatcher claims. What must wait stays in the queue with a later instant. Many people
//! in one transaction, each kind of question to the store once for all of them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Duration, NaiveTime, Utc};
use chrono_tz::Tz;

use super::Gateway;
use super::deliver::batch::matters;
use super::deliver::route::{Groups, wanted_ways};
use crate::core::deadline::local_to_utc;
use crate::core::message::Message;
use crate::core::org::{Directory, PersonId};
use crate::core::pause::held_by;
use crate::core::plan::when_heard;
use crate::core::policy::{Form, Urgency};
use crate::mutants::{self, Mutant};
use crate::store::outbox::{NewMessage, StoredNotice};
use crate::store::people::{self, Contact};
use crate::store::{Result, Tx, at, ms, outbox, pauses};

/// People whose notices are gathered in one transaction: large enough to be fast, small enough to let answers in
/// between.
const PEOPLE: i64 = 500;
/// Messages about nothing but alarms that a person gets in an hour.
const ALARMS: usize = 6;
/// How long it waits for a planner that is behind.
const CATCH_UP: Duration = Duration::seconds(60);

/// What one person may hear now.
pub(super) struct Ready {
    pub(super) person: PersonId,
    pub(super) urgency: Urgency,
    pub(super) notices: Vec<StoredNotice>,
}

impl Gateway {
    /// Merges each person's due notices into one message. True when there were any.
    pub(super) async fn gather_due(&self) -> Result<bool> {
        let now = self.now();
        let least = if self.is_catching_up(now).await? { Urgency::Reply } else { Urgency::Summary };
        let directory = self.directory().await?;
        let least = if self.clock_holds().await? { least.min(Urgency::Escalation) } else { least };
        let mut tx = self.store.begin().await?;
        let due = outbox::due_by_person(&mut tx, now, least, PEOPLE).await?;
        if due.is_empty() {
            return Ok(false);
        }
        let mut later = Vec::new();
        let due = self.not_paused(&mut tx, &directory, due).await?;
        let ready = self.in_their_hours(&directory, due, &mut later);
        let ready = self.under_the_cap(&mut tx, &directory, ready, &mut later).await?;
        let ready = self.hold_what_floods(&mut tx, &directory, ready, &mut later).await?;
        let ready = self.alarms_in_turn(&mut tx, ready, &mut later).await?;
        outbox::defer_all(&mut tx, &later).await?;
        self.put(&mut tx, ready).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// True while the planner is behind (after downtime, after a big import): what it has not planned
    /// yet belongs into the same message. A planner that stays behind holds nothing up for long.
    async fn is_catching_up(&self, now: DateTime<Utc>) -> Result<bool> {
        let behind = self.store.next_wake().await?.is_some_and(|wake| wake <= now);
        Ok(self.waiting_since(behind.then_some(now)).is_some_and(|since| now < since + CATCH_UP))
    }

    /// Since when due notices wait for the planner; `None`: they do not.
    pub(super) fn waiting_since(&self, waits: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let mut since = self.waiting_since.lock().ok()?;
        *since = waits.map(|now| since.unwrap_or(now));
        *since
    }

    /// What waits by an order of the office goes back to the queue until the pause ends; then it is merged like
    /// everything else, and said if it is still true.
    async fn not_paused(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        due: Vec<StoredNotice>,
    ) -> Result<Vec<StoredNotice>> {
        let pauses = pauses::in_force(tx, self.now()).await?;
        if pauses.is_empty() {
            return Ok(due);
        }
        let matters = matters(tx, &due).await?;
        let mut held = Vec::new();
        let mut free = Vec::new();
        for stored in due {
            let about = matters.get(&stored.notice.subject).map(|matter| &**matter);
            match held_by(&pauses, &stored.notice, about, directory) {
                Some(pause) => held.push((stored.id, pause.id, pause.until)),
                None => free.push(stored),
            }
        }
        pauses::hold(tx, &held).await?;
        Ok(free)
    }

    /// Quiet hours again: after downtime a notice may be due in the middle of the night. What waits goes to `later`.
    fn in_their_hours(
        &self,
        directory: &Directory,
        due: Vec<StoredNotice>,
        later: &mut Vec<(i64, DateTime<Utc>)>,
    ) -> Vec<Ready> {
        let world = self.world(directory);
        let mut ready: Vec<Ready> = Vec::new();
        for stored in due {
            let (person, urgency) = (stored.notice.person, stored.notice.urgency);
            let when = when_heard(&world, person, urgency, world.now);
            if when > world.now {
                later.push((stored.id, when));
                continue;
            }
            // One person's notices come together.
            match ready.last_mut().filter(|r| r.person == person) {
                Some(same) => {
                    same.urgency = same.urgency.min(urgency);
                    same.notices.push(stored);
                }
                None => ready.push(Ready { person, urgency, notices: vec![stored] }),
            }
        }
        ready
    }

    /// Whoever has had his messages of today hears the rest on the next working day.
    async fn under_the_cap(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        ready: Vec<Ready>,
        later: &mut Vec<(i64, DateTime<Utc>)>,
    ) -> Result<Vec<Ready>> {
        let world = self.world(directory);
        let zone = |person| directory.person(person).map_or(self.policy.zone, |p| p.zone);
        let today = |zone: Tz| world.now.with_timezone(&zone).date_naive();
        let mut in_zone: HashMap<Tz, Vec<PersonId>> = HashMap::new();
        for one in ready.iter().filter(|r| r.urgency.is_capped() && !mutants::on(Mutant::IgnoresTheCap)) {
            in_zone.entry(zone(one.person)).or_default().push(one.person);
        }
        let mut had_enough: HashMap<PersonId, DateTime<Utc>> = HashMap::new();
        for (zone, people) in in_zone {
            let midnight = local_to_utc(zone, today(zone).and_time(NaiveTime::MIN));
            let next = world.office(None).calendar.add_workdays(today(zone), 1);
            let until = local_to_utc(zone, next.and_time(self.policy.day_start));
            let counted = outbox::counted_since_for(tx, &people, midnight).await?;
            let full = counted.into_iter().filter(|(_, sent)| *sent >= i64::from(self.policy.limits.per_day));
            had_enough.extend(full.map(|(person, _)| (person, until)));
        }
        let (full, ready): (Vec<Ready>, Vec<Ready>) =
            ready.into_iter().partition(|r| had_enough.contains_key(&r.person));
        for one in &full {
            later.extend(one.notices.iter().map(|n| (n.id, had_enough[&one.person])));
        }
        Ok(ready)
    }

    /// Alarms have a cap of their own: where much goes wrong at once, an administrator reads a few long messages,
    /// not hundreds. What else he must hear does not wait for them.
    async fn alarms_in_turn(
        &self,
        tx: &mut Tx,
        ready: Vec<Ready>,
        later: &mut Vec<(i64, DateTime<Utc>)>,
    ) -> Result<Vec<Ready>> {
        let is_alarm = |one: &Ready| one.notices.iter().all(|n| n.notice.form == Form::Alarm);
        let (alarms, mut ready): (Vec<Ready>, Vec<Ready>) = ready.into_iter().partition(is_alarm);
        if alarms.is_empty() {
            return Ok(ready);
        }
        let (now, limit) = (self.now(), Duration::hours(1));
        let key = |one: &Ready| format!("alarms:{}", one.person.0);
        let mut sent = outbox::buckets(tx, &alarms.iter().map(key).collect()).await?;
        for one in alarms {
            let times = sent.entry(key(&one)).or_default();
            times.retain(|t| at(*t) > now - limit && at(*t) <= now);
            match times.first().filter(|_| times.len() >= ALARMS) {
                Some(oldest) => later.extend(one.notices.iter().map(|n| (n.id, at(*oldest) + limit))),
                None => {
                    times.push(ms(now));
                    ready.push(one);
                }
            }
        }
        let changed: Vec<(&str, Vec<i64>)> = sent.iter().map(|(key, times)| (key.as_str(), times.clone())).collect();
        outbox::put_buckets(tx, &changed).await?;
        Ok(ready)
    }

    /// Queues the messages; their texts are composed when they leave.
    async fn put(&self, tx: &mut Tx, ready: Vec<Ready>) -> Result<()> {
        let people: Vec<PersonId> = ready.iter().map(|r| r.person).collect();
        let mut contacts = people::contacts_of(tx, &people).await?;
        let declined = match ready.iter().any(|r| r.urgency == Urgency::Summary) {
            true => people::without_mail_summaries(tx).await?,
            false => HashSet::new(),
        };
        let messages: Vec<NewMessage> = ready
            .iter()
            .map(|one| {
                let wanted: Vec<String> = one.notices.iter().flat_map(|n| n.notice.channels.clone()).collect();
                let theirs = contacts.remove(&one.person).unwrap_or_default();
                let theirs = wanted_ways(theirs, &declined, one.person, one.urgency);
                // A summary is its reader's own.
                let groups = if one.urgency == Urgency::Summary { Groups::Last } else { Groups::AsListed };
                let contact = self.ways(theirs, one.urgency, groups, &wanted).into_iter().next();
                NewMessage {
                    person: Some(one.person),
                    is_answer: false,
                    urgency: one.urgency,
                    channel: contact.map_or(String::new(), |c| c.channel),
                    address: String::new(),
                    reply_to: None,
                    repeats: None,
                    counts: one.urgency.is_capped(),
                    body: Message::default(),
                }
            })
            .collect();
        let ids = outbox::put_messages(tx, &messages, self.now()).await?;
        let pairs: Vec<(i64, i64)> = ready
            .iter()
            .filter_map(|one| Some((one, *ids.get(&one.person)?)))
            .flat_map(|(one, message)| one.notices.iter().map(move |n| (n.id, message)))
            .collect();
        outbox::attach_all(tx, &pairs).await
    }

    /// Whether somebody sees what is sent there: a page that its owner never opened, or not for long, shows it to nobody.
    pub fn is_seen(&self, contact: &Contact) -> bool {
        let page = self.channel(&contact.channel).is_some_and(|channel| channel.wants_opening());
        !page || contact.open_until.is_some_and(|until| until > self.now())
    }
}
