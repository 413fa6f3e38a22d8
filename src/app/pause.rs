//! Pausing routine: the office's order, who gave it and why, until when; it ends by itself.

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use super::{Caller, Result, instant, need_reason, people::Register, refuse_in_words};
use crate::core::org::{Directory, Locale};
use crate::core::pause::Pause;
use crate::core::transition::{Actor, Event};
use crate::core::words::{Say, moment};
use crate::gateway::Gateway;
use crate::store::pauses;

/// Longer pauses are likely slips, and silence that nobody remembers costs lives.
const LONGEST: Duration = Duration::days(31);
/// Pauses that a list shows.
const SHOWN: i64 = 50;

/// A pause as people read it.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    pub id: i64,
    /// Name of the unit; empty: the whole office.
    pub unit: String,
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// Name of the person; empty: the administrator at the host.
    pub by: String,
    pub reason: String,
    pub in_force: bool,
    /// When it was ended before its time.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A pause that began or ended, and how many stories of open items say so.
#[derive(Clone, Debug, Serialize)]
pub struct Paused {
    pub pause: Shown,
    pub items: u64,
}

pub(super) fn shown(directory: &Directory, pause: &Pause, now: DateTime<Utc>) -> Shown {
    let by = match pause.actor {
        Actor::Person(p) => directory.person(p).map_or(String::new(), |p| p.name.clone()),
        _ => String::new(),
    };
    Shown {
        id: pause.id,
        unit: pause.unit.and_then(|u| directory.unit(u)).map_or(String::new(), |u| u.name.clone()),
        since: pause.since,
        until: pause.until,
        by,
        reason: pause.reason.clone(),
        in_force: pause.ended_at.is_none() && pause.until > now,
        ended_at: pause.ended_at,
    }
}

/// Lets routine wait, of a unit with everything below it or of the whole office (`within`: empty). `until`: a day, a
/// local time, or a distance from now. The other administrators hear of it at once.
///
/// # Errors
/// [`super::Refusal::Says`] without a reason, for a time that is over, and for more than 31 days.
pub async fn begin(gateway: &Gateway, caller: &Caller, until: &str, within: &str, reason: &str) -> Result<Paused> {
    need_reason(gateway, caller.locale, reason)?;
    let directory = gateway.directory().await?;
    let world = gateway.world(&directory);
    let now = world.now;
    let unit = match within.trim() {
        "" => None,
        path => Some(Register::read(gateway).await?.unit(path)?),
    };
    let until = instant(gateway, caller.locale, until, now, &world.office(unit))?;
    if until <= now {
        return refuse_in_words(gateway, caller.locale, "pause_over", &[]);
    }
    if until > now + LONGEST {
        return refuse_in_words(gateway, caller.locale, "pause_too_long", &[("days", LONGEST.num_days().to_string())]);
    }
    let mut pause = Pause {
        id: 0,
        unit,
        since: now,
        until,
        actor: caller.actor.clone(),
        reason: reason.trim().to_owned(),
        ended_at: None,
    };
    let mut tx = gateway.store.begin().await?;
    pause.id = pauses::begin(&mut tx, &pause).await?;
    let units = unit.map(|u| directory.subtree(u));
    let event = Event::Pause { until, reason: pause.reason.clone() };
    let items = pauses::remark(&mut tx, units.as_deref(), &event, &caller.origin(), now).await?;
    let pause = shown(&directory, &pause, now);
    let args = words(gateway, Locale::ZhCn, &pause);
    gateway.alarm(&mut tx, &directory, &format!("pause:{}", pause.id), "alarm_pause", &args).await?;
    tx.commit().await?;
    gateway.bell.notify_waiters();
    Ok(Paused { pause, items })
}

/// The newest pauses, in force or over.
///
/// # Errors
/// When the database does not answer.
pub async fn list(gateway: &Gateway) -> Result<Vec<Shown>> {
    let directory = gateway.directory().await?;
    let pauses = gateway.store.newest_pauses(SHOWN).await?;
    Ok(pauses.iter().map(|p| shown(&directory, p, gateway.now())).collect())
}

/// Ends a pause before its time (`id`: 0 for the only one): what waited leaves with the next turn, merged, as far as
/// it is still true.
///
/// # Errors
/// [`super::Refusal::Says`] without a reason, and when no such pause, or more than one, is in force.
pub async fn end(gateway: &Gateway, caller: &Caller, id: i64, reason: &str) -> Result<Paused> {
    need_reason(gateway, caller.locale, reason)?;
    let directory = gateway.directory().await?;
    let now = gateway.now();
    let mut tx = gateway.store.begin().await?;
    let in_force = pauses::in_force(&mut tx, now).await?;
    let chosen: Vec<&Pause> = in_force.iter().filter(|p| id == 0 || p.id == id).collect();
    let [pause] = chosen.as_slice() else {
        let key = if chosen.is_empty() { "pause_none" } else { "pause_several" };
        let ids = in_force.iter().map(|p| p.id.to_string()).collect::<Vec<_>>().join(", ");
        return refuse_in_words(gateway, caller.locale, key, &[("ids", ids)]);
    };
    pauses::end(&mut tx, pause.id, &caller.actor, reason.trim(), now).await?;
    let units = pause.unit.map(|u| directory.subtree(u));
    let event = Event::EndPause { reason: reason.trim().to_owned() };
    let items = pauses::remark(&mut tx, units.as_deref(), &event, &caller.origin(), now).await?;
    let ended = shown(&directory, &Pause { ended_at: Some(now), ..(*pause).clone() }, now);
    let args = [("unit", ended.unit.clone()), ("reason", reason.trim().to_owned())];
    gateway.alarm(&mut tx, &directory, &format!("pause ended:{}", ended.id), "alarm_pause_ended", &args).await?;
    tx.commit().await?;
    gateway.bell.notify_waiters();
    Ok(Paused { pause: ended, items })
}

/// The sentence that a page shows while a pause is in force that concerns a reader of these units; `None`: nothing
/// waits for them.
///
/// # Errors
/// When the database does not answer.
pub async fn banner(gateway: &Gateway, locale: Locale, concerns: impl Fn(&Pause) -> bool) -> Result<Option<String>> {
    let pauses = gateway.store.pauses(gateway.now()).await?;
    let Some(pause) = pauses.iter().filter(|p| concerns(p)).max_by_key(|p| p.until) else { return Ok(None) };
    let directory = gateway.directory().await?;
    Ok(Some(sentence(gateway, locale, &shown(&directory, pause, gateway.now()))))
}

/// A pause in one sentence.
pub fn sentence(gateway: &Gateway, locale: Locale, pause: &Shown) -> String {
    gateway.phrases.say(locale, "pause_banner", &words(gateway, locale, pause))
}

fn words(gateway: &Gateway, locale: Locale, pause: &Shown) -> Vec<(&'static str, String)> {
    let until = moment(locale, pause.until, gateway.policy.zone);
    vec![("unit", pause.unit.clone()), ("until", until), ("reason", pause.reason.clone()), ("who", pause.by.clone())]
}
