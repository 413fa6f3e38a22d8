//! The ladder: who hears what about an item, and when the item must be looked at again.
//!
//! [`plan`] is a pure function of item, world and the instant up to which it looks; the planner
//! stores what it returns. [`still_true`] is asked again before every send and by every transition:
//! a notice that is no longer true is withdrawn, not sent.

mod handed;

use chrono::{DateTime, Duration, NaiveTime, Utc};

use super::act::{Ask, who_decides};
use super::deadline::{Office, Span, local_to_utc};
use super::item::{Course, Item, Role, State};
use super::notice::{News, Notice, Reason};
use super::org::PersonId;
use super::policy::{Anchor, Form, Step, Trigger, Urgency};
use super::subject::Subject;
use super::world::World;
use crate::mutants::{self, Mutant};
pub use handed::{time_to_answer, told_above};

/// How far ahead of a slot notices are planned, so that all of one person's are there when it comes.
pub const AHEAD: Duration = Duration::minutes(10);
/// An open item with no step left is looked at again after this long.
const IDLE_LOOK: Duration = Duration::days(30);
/// The first message says when an item is due; reminders sooner than this after it only repeat it.
const ISSUE_COVERS: Duration = Duration::hours(4);
/// Occurrences of a repeating step that are looked through at most.
const MAX_OCCURRENCES: u32 = 3_000;
/// Those further back than this need not be looked through where the distance is plain: a slot moves none as far.
const LONG_AGO: Duration = Duration::days(15);
/// Of these so many past what is planned: the rest is for later wake-ups.
const MAX_AHEAD: u32 = 40;

/// The outcome of planning one item.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub notices: Vec<Notice>,
    /// Steps up to here are planned now.
    pub planned_until: DateTime<Utc>,
    /// When the planner must look again; `None` only for items that are not open.
    pub next_wake: Option<DateTime<Utc>>,
}

/// One step at one instant.
struct Firing<'a> {
    step: &'a Step,
    occurrence: u32,
    at: DateTime<Utc>,
}

/// Plans the steps in `(item.planned_until, now + AHEAD]` and finds the next wake-up.
///
/// After downtime several steps may be due at once: of those with the same anchor each person hears
/// only the highest one (the others lost their sense), but the issue before all that is about its answer.
pub fn plan(item: &Item, world: &World) -> Plan {
    let until = (world.now + AHEAD).max(item.planned_until);
    if !item.state.is_open() {
        return Plan { notices: Vec::new(), planned_until: until, next_wake: None };
    }
    let office = world.office(item.unit);
    let steps = world.ladder(item).map(|l| l.steps.as_slice()).unwrap_or_default();
    let mut due: Vec<Firing> = Vec::new();
    let mut next: Option<DateTime<Utc>> = None;
    for step in steps {
        for firing in occurrences(item, step, world, &office) {
            if firing.at <= item.planned_until {
                continue;
            }
            if firing.at > until {
                next = Some(next.map_or(firing.at, |n| n.min(firing.at)));
                break;
            }
            due.push(firing);
        }
    }
    // Nobody is told that he has not answered what he was never told: the first word goes before all about it.
    due.sort_by_key(|f| (f.step.form == Form::Issue, f.step.level, f.at));
    let mut notices: Vec<Notice> = Vec::new();
    let mut heard: Vec<(PersonId, Anchor, DateTime<Utc>)> = Vec::new();
    for firing in due.iter().rev() {
        let anchor = anchor_of(&firing.step.at);
        for (person, instead) in addressees(item, firing.step, world) {
            // What is not due yet has its own moment, and takes nothing from what is due now.
            let told = (person, anchor, firing.at.max(world.now));
            if !heard.contains(&told) {
                heard.push(told);
                notices.push(notice(item, firing, person, instead, world));
            }
        }
    }
    notices.reverse();
    let next_wake = next.map(|n| n - AHEAD).unwrap_or(world.now + IDLE_LOOK).max(world.now + Duration::seconds(1));
    Plan { notices, planned_until: until, next_wake: Some(next_wake) }
}

/// Every future step of an item as it stands, up to `until`: for the preview.
pub fn outlook<'a>(
    item: &Item,
    world: &World<'a>,
    until: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, &'a Step, Vec<PersonId>)> {
    let office = world.office(item.unit);
    let steps = world.ladder(item).map(|l| l.steps.as_slice()).unwrap_or_default();
    let mut all = Vec::new();
    for step in steps {
        for firing in occurrences(item, step, world, &office).take_while(|f| f.at <= until) {
            if firing.at > item.planned_until {
                let people = addressees(item, step, world).into_iter().map(|(p, _)| p).collect();
                all.push((firing.at, step, people));
            }
        }
    }
    all.sort_by_key(|(at, ..)| *at);
    all
}

/// The ladder to which a step belongs: a hand-over begins a new one for all but the deadline.
fn epoch_of(item: &Item, step: &Step) -> i64 {
    if anchor_of(&step.at) == Anchor::Due { item.deadline_epoch() } else { item.epoch }
}

/// Is what this notice says still so, and is this still the person to hear it?
pub fn still_true(item: &Item, world: &World, notice: &Notice) -> bool {
    if world.directory.person(notice.person).is_none_or(|p| p.gone) {
        return false;
    }
    let Some(step) = notice.reason.step() else { return told_is_true(item, world, notice) };
    let Some(step) = world.ladder(item).and_then(|l| l.steps.iter().find(|s| s.id == step)) else {
        return false;
    };
    notice.epoch == epoch_of(item, step)
        && anchor_of(&step.at).holds(item)
        && addressees(item, step, world).iter().any(|(p, _)| *p == notice.person)
}

/// The condition of a notice that no step of the ladder caused.
fn told_is_true(item: &Item, world: &World, notice: &Notice) -> bool {
    let holds = |role| world.holders(item, role).contains(&notice.person);
    let waits = |ask: Ask| ask.is_open(item) && who_decides(item, ask, world).contains(&notice.person);
    match notice.form {
        Form::Verify => notice.epoch == item.epoch && waits(Ask::Verify),
        Form::Extension => Ask::REQUESTS.into_iter().any(waits),
        Form::Bounced => item.state == State::Rejected,
        Form::Blocked => item.state == State::Blocked,
        Form::CloseOut => waits(Ask::Close),
        Form::PreHoliday => item.state.is_with_fixer() && holds(Role::Responsible),
        Form::Issue | Form::Reminder => item.state.is_with_fixer() && holds(Role::Responsible),
        Form::Told => notice.reason.note().news.is_none_or(|news| news_holds(item, news, holds)),
        _ => true,
    }
}

/// Whether a piece of news is so at this moment. What somebody decided stays said; where an item stands and whose it is
/// may have changed before it could be told.
fn news_holds(item: &Item, news: News, holds: impl Fn(Role) -> bool) -> bool {
    match news {
        News::Claimed => item.state == State::ReportedDone,
        News::Verified => matches!(item.state, State::Verified | State::Closed) && !item.administrative,
        News::Closed | News::Recorded => item.state == State::Closed && !item.administrative,
        News::ClosedUnverified => item.state == State::Closed && item.administrative,
        News::Void => item.state == State::Void,
        News::VoidRefused => item.state.is_open() && item.void_by.is_none(),
        // Whoever heard that it was closed hears of it even where it has been reported done again meanwhile.
        News::Reopened | News::ReopenedUnverified => item.state.is_open(),
        News::VerificationFailed | News::HandoverRefused => item.state.is_with_fixer(),
        News::Returned => !item.returned.is_empty() || item.state == State::Rejected,
        News::Reassigned => !holds(Role::Responsible),
        News::HandedOn => item.state.is_open(),
        News::Yours => holds(Role::Responsible),
        News::TakenOver => Role::ALL.into_iter().any(holds),
        News::Now(role) => holds(role),
        News::PassedOn
        | News::RoleEnded
        | News::DueMoved
        | News::ExtensionApproved
        | News::ExtensionRefused
        | News::Amended
        | News::Undone
        | News::Unreachable => true,
    }
}

/// Who hears a step now, and why it is not the one the ladder names, if so.
fn addressees(item: &Item, step: &Step, world: &World) -> Vec<(PersonId, Option<&'static str>)> {
    let fixers = world.holders(item, Role::Responsible);
    let mut people: Vec<(PersonId, Option<&'static str>)> = Vec::new();
    let mut add = |person: PersonId, instead| {
        if !people.iter().any(|(p, _)| *p == person) {
            people.push((person, instead));
        }
    };
    let of_the_deadline = anchor_of(&step.at) == Anchor::Due;
    for target in &step.to {
        let mut found = world.resolve(item, target);
        // The claim's own author is never asked to verify or to hurry the verifier (R04 of the promises).
        if anchor_of(&step.at) == Anchor::Claim {
            found.retain(|p| Some(*p) != item.claimed_by);
        }
        let redirect = of_the_deadline && !found.is_empty() && found.iter().all(|p| fixers.contains(p));
        match item.state {
            State::Blocked if redirect => {
                world.unblockers(item).into_iter().for_each(|p| add(p, Some("blocked")));
            }
            State::Rejected if redirect => {
                let office = world.holders(item, Role::Assigner);
                let office = if office.is_empty() { world.last_resort(item) } else { office };
                office.into_iter().for_each(|p| add(p, Some("bounced")));
            }
            _ => found.into_iter().for_each(|p| add(p, None)),
        }
    }
    if people.is_empty() {
        people = world.last_resort(item).into_iter().map(|p| (p, Some("vacant"))).collect();
    }
    people
}

fn notice(item: &Item, firing: &Firing, person: PersonId, instead: Option<&'static str>, world: &World) -> Notice {
    let step = firing.step;
    let mut send_at = firing.at.max(world.now);
    if step.level == 0 && anchor_of(&step.at) == Anchor::Due {
        send_at = send_at.max(item.snoozed_until.unwrap_or(send_at));
    }
    Notice {
        key: format!("{}:{}:{}:{}:{}", item.id.0, epoch_of(item, step), step.id, firing.occurrence, person.0),
        person,
        subject: Subject::Item(item.id),
        form: step.form,
        reason: Reason::Step { step: step.id.clone(), level: step.level, occurrence: firing.occurrence },
        urgency: step.urgency,
        epoch: epoch_of(item, step),
        send_at: when_heard(world, person, step.urgency, send_at),
        channels: step.channels.clone(),
        ack_within: step.ack_within.map(|span| span.after(world.now, &world.office(item.unit)) - world.now),
        instead,
    }
}

/// The first instant from `at` on at which a person may be disturbed (R12): after quiet hours and,
/// for routine messages, on a working day. Emergencies and answers pass at once.
pub fn when_heard(world: &World, person: PersonId, urgency: Urgency, at: DateTime<Utc>) -> DateTime<Utc> {
    if urgency <= Urgency::Reply || mutants::on(Mutant::IgnoresQuietHours) {
        return at;
    }
    let zone = world.directory.person(person).map_or(world.policy.zone, |p| p.zone);
    let Some(quiet) = world.quiet(person) else { return at };
    let mut when = at;
    if world.policy.quiet.rest_days && urgency.is_capped() {
        let office = world.office(None);
        let day = when.with_timezone(&zone).date_naive();
        let workday = office.calendar.workday_on_or_after(day);
        if workday != day {
            when = local_to_utc(zone, workday.and_time(world.policy.day_start));
        }
    }
    quiet.next_allowed(when, zone)
}

/// The anchor a trigger is about.
pub fn anchor_of(trigger: &Trigger) -> Anchor {
    match trigger {
        Trigger::Offset { anchor, .. } => *anchor,
        Trigger::Left { .. } => Anchor::Due,
    }
}

/// Occurrences of a step for the item as it stands, in order of time; none is computed before it is asked for.
fn occurrences<'a>(item: &Item, step: &'a Step, world: &World, office: &Office) -> impl Iterator<Item = Firing<'a>> {
    let limit = match (step.repeat, step.times) {
        (None, _) => 1,
        (Some(_), 0) => MAX_OCCURRENCES,
        (Some(_), times) => times,
    };
    let (planned_until, office) = (item.planned_until, *office);
    let first = first_instant(item, step, world, &office);
    let skipped = first.map_or(0, |first| long_over(first, step, planned_until));
    let from = first.map(|first| first + by_clock(step.repeat).unwrap_or_default() * skipped);
    let left = if step.times == 0 { limit } else { limit.saturating_sub(skipped as u32) };
    let instants = std::iter::successors(from, move |before| step.repeat.map(|span| span.after(*before, &office)));
    let firings = instants.take(left as usize).map(move |instant| in_slot(instant, step, &office));
    let mut ahead = 0;
    firings.enumerate().map(move |(n, at)| Firing { step, occurrence: skipped as u32 + n as u32, at }).take_while(
        move |firing| {
            ahead += u32::from(firing.at > planned_until);
            ahead <= MAX_AHEAD
        },
    )
}

/// How many occurrences are certainly planned already: however long a step repeats, it does not end for that.
fn long_over(first: DateTime<Utc>, step: &Step, planned_until: DateTime<Utc>) -> i32 {
    let Some(distance) = by_clock(step.repeat) else { return 0 };
    let over = (planned_until - LONG_AGO - first).num_minutes() / distance.num_minutes().max(1);
    i32::try_from(over.max(0)).unwrap_or(0)
}

/// The distance of a repeat that is the same on every day.
fn by_clock(repeat: Option<Span>) -> Option<Duration> {
    match repeat? {
        Span::Minutes(n) => Duration::try_minutes(n),
        Span::Hours(n) => Duration::try_hours(n),
        Span::Days(_) | Span::Workdays(_) | Span::Months(_) => None,
    }
}

/// The instant of a step before slot and rest days, or `None` when it cannot fire now.
fn first_instant(item: &Item, step: &Step, world: &World, office: &Office) -> Option<DateTime<Utc>> {
    if !anchor_of(&step.at).holds(item) {
        return None;
    }
    let issued = item.issued_at?;
    if let (Some(min), Some(due)) = (step.min_span, item.current_due)
        && min.after(issued, office) > due
    {
        return None;
    }
    match step.at {
        Trigger::Left { percent } => {
            let due = item.current_due?;
            let left = (due - issued).num_milliseconds() * i64::from(percent) / 100;
            let at = due - Duration::milliseconds(left);
            (at >= issued).then_some(at)
        }
        Trigger::Offset { anchor: Anchor::Due, before, span } => {
            let due = item.current_due?;
            // An item that comes overdue is not punished for the time before anybody told: its
            // ladder counts from the issue.
            let base = due.max(item.course.map_or(issued, |course| course.since));
            if before {
                let at = in_slot(span.before(due, office), step, office);
                return (at >= issued + ISSUE_COVERS && due > issued).then(|| span.before(due, office));
            }
            if is_zero(span) {
                let at = in_slot(due, step, office);
                return (at >= issued + ISSUE_COVERS && due > issued).then_some(due);
            }
            let at = span.after(base, office);
            // Whoever was handed it has time to answer first; what came before stays as it was.
            let to_come = |course: Course| in_slot(at, step, office) > course.handed_at;
            let waits = item.course.filter(|course| to_come(*course)).and_then(|_| time_to_answer(item, world));
            let first = waits.map_or(at, |end| at.max(end));
            // A slot of that day may lie before the time is over.
            let too_soon = waits.is_some_and(|end| in_slot(first, step, office) < end);
            Some(if too_soon { first + Duration::days(1) } else { first })
        }
        Trigger::Offset { anchor, span, .. } => {
            let base = match anchor {
                Anchor::Issue if is_zero(span) => issued,
                Anchor::Issue => office.opens_at(issued),
                // A ledger may bring a claim of last week: the verifier's time counts from when they could know of it.
                Anchor::Claim => item.claimed_at?.max(item.state_since),
                Anchor::Extension => item.extension.as_ref()?.at,
                Anchor::Heard => item.heard_at?.max(item.current_due.unwrap_or(issued)),
                _ => item.state_since,
            };
            Some(if is_zero(span) { base } else { span.after(base, office) })
        }
    }
}

fn is_zero(span: Span) -> bool {
    span == Span::Minutes(0)
}

/// Moves an instant to the step's slot, and off rest days: reminders to the working day before,
/// everything else to the next one (DOMAIN 3.3).
fn in_slot(instant: DateTime<Utc>, step: &Step, office: &Office) -> DateTime<Utc> {
    let Some(slot) = step.slot else { return instant };
    let local = instant.with_timezone(&office.zone);
    let date = local.date_naive();
    let is_reminder = step.level == 0 && anchor_of(&step.at) == Anchor::Due;
    let date = if is_reminder {
        office.calendar.workday_on_or_before(date)
    } else {
        let date = if needs_next_day(step, local.time(), slot) { date + Duration::days(1) } else { date };
        office.calendar.workday_on_or_after(date)
    };
    local_to_utc(office.zone, date.and_time(slot))
}

/// A step after an event at 15:00 must not land on that day's 09:00 slot, before the event.
fn needs_next_day(step: &Step, local: NaiveTime, slot: NaiveTime) -> bool {
    let counts_from_event = anchor_of(&step.at) != Anchor::Due;
    let by_clock = matches!(step.at, Trigger::Offset { span: Span::Hours(_) | Span::Minutes(_), .. });
    counts_from_event && by_clock && slot < local
}
