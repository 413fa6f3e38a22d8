//! Absences with a deputy: the newest word holds.

use chrono::{DateTime, Duration, Utc};

use crate::app::Caller;
use crate::app::{Result, refuse};
use crate::core::notice::{Notice, Reason};
use crate::core::org::{Directory, Leave, PersonId};
use crate::core::plan::when_heard;
use crate::core::policy::{Form, Urgency};
use crate::core::subject::Subject;
use crate::core::words::{Say, day};
use crate::gateway::Gateway;
use crate::store::people::register::{self, Numbered};
use crate::store::{Tx, outbox, people};

/// One absence.
#[derive(Clone, Debug, PartialEq)]
pub struct Absence {
    pub person: PersonId,
    pub deputy: PersonId,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

impl From<&Leave> for Absence {
    fn from(leave: &Leave) -> Absence {
        Absence { person: leave.person, deputy: leave.deputy, from: leave.from, until: leave.until }
    }
}

/// A new absence, and what it did to others of the same person.
#[derive(Clone, Debug, PartialEq)]
pub struct Added {
    pub absence: Absence,
    /// Those that it replaces whole.
    pub replaced: Vec<Absence>,
    /// Those that end where it begins, as they were before.
    pub shortened: Vec<Absence>,
    /// The deputy is away in that time, too.
    pub deputy_away: bool,
}

/// Absences that are not over, by beginning; of one person or of all.
///
/// # Errors
/// The store's.
pub async fn absences(gateway: &Gateway, person: Option<PersonId>) -> Result<Vec<Absence>> {
    let now = gateway.now();
    let mut tx = gateway.store.snapshot().await?;
    let rows = register::leaves(&mut tx).await?;
    let wanted = rows.iter().map(|r| &r.row).filter(|l| l.until > now && person.is_none_or(|p| l.person == p));
    let mut all: Vec<Absence> = wanted.map(Absence::from).collect();
    all.sort_by_key(|a| (a.from, a.person));
    Ok(all)
}

/// Somebody stands in for a person from one instant to another. An absence that this one overlaps ends where this one
/// begins, or goes: the newest word holds.
///
/// # Errors
/// They would stand in for themselves, or it ends before it begins.
pub async fn add_absence(
    gateway: &Gateway,
    caller: &Caller,
    person: PersonId,
    deputy: PersonId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Added> {
    if person == deputy {
        return refuse("nobody can stand in for themselves; name another deputy");
    }
    if until <= from {
        return refuse("--until must be after --from");
    }
    let mut tx = gateway.store.begin().await?;
    let (mut replaced, mut shortened) = (Vec::new(), Vec::new());
    let all = register::leaves(&mut tx).await?;
    for Numbered { id, row } in
        all.iter().filter(|l| l.row.person == person && l.row.from < until && from < l.row.until)
    {
        if row.from < from {
            register::set_leave(&mut tx, *id, &Leave { until: from, ..row.clone() }).await?;
            shortened.push(Absence::from(row));
        } else {
            register::drop_leave(&mut tx, *id).await?;
            replaced.push(Absence::from(row));
        }
    }
    let deputy_away = all.iter().any(|l| l.row.person == deputy && l.row.from < until && from < l.row.until);
    let leave = Leave { person, deputy, from, until };
    people::put_leave(&mut tx, &leave).await?;
    people::log(&mut tx, &caller.origin(), gateway.now()).await?;
    people::touch_directory(&mut tx).await?;
    let directory = people::load(&mut tx).await?;
    for (reader, phrase) in [(deputy, "absence_stand_in"), (person, "absence_for_you")] {
        tell(gateway, &mut tx, &directory, &leave, reader, phrase).await?;
    }
    tx.commit().await?;
    gateway.bell.notify_waiters();
    Ok(Added { absence: Absence::from(&leave), replaced, shortened, deputy_away })
}

/// Tells one of the two of an absence that the office noted.
async fn tell(
    gateway: &Gateway,
    tx: &mut Tx,
    directory: &Directory,
    leave: &Leave,
    reader: PersonId,
    phrase: &str,
) -> Result<()> {
    let Some(person) = directory.person(reader) else { return Ok(()) };
    let (world, zone) = (gateway.world(directory), person.zone);
    let name = |id: PersonId| directory.person(id).map_or(String::new(), |p| p.name.clone());
    // The end is the first instant after it.
    let last = leave.until - Duration::milliseconds(1);
    let args = [
        ("who", name(leave.person)),
        ("deputy", name(leave.deputy)),
        ("from", day(person.locale, leave.from, zone)),
        ("until", day(person.locale, last, zone)),
    ];
    let text = gateway.phrases.say(person.locale, phrase, &args);
    let key = format!("absence:{}:{}:{}:{}", leave.person.0, leave.deputy.0, world.now.timestamp_millis(), reader.0);
    let why = (Subject::System, Reason::Words { text });
    let send_at = when_heard(&world, reader, Urgency::Escalation, world.now);
    outbox::queue(tx, &Notice::new(key, reader, why, Form::Alarm, Urgency::Escalation, send_at), world.now).await?;
    Ok(())
}

/// Ends an absence at an instant; one that has not begun by then is cancelled. `from`: which one, where there are several.
/// Gives it as it was.
///
/// # Errors
/// There is none, there are several, or it would become longer.
pub async fn end_absence(
    gateway: &Gateway,
    caller: &Caller,
    person: PersonId,
    from: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
) -> Result<Absence> {
    let (now, zone) = (gateway.now(), gateway.policy.zone);
    let mut tx = gateway.store.begin().await?;
    let mut open = register::leaves(&mut tx).await?;
    open.retain(|l| l.row.person == person && l.row.until > now && from.is_none_or(|f| l.row.from == f));
    let local = |t: DateTime<Utc>| t.with_timezone(&zone).format("%Y-%m-%d").to_string();
    // The one under way is meant where nothing else is said.
    if from.is_none() && open.len() > 1 {
        let running: Vec<Numbered<Leave>> = open.iter().filter(|l| l.row.from <= now).cloned().collect();
        if running.len() == 1 {
            open = running;
        }
    }
    let absence = match open.as_slice() {
        [one] => one,
        [] => return refuse("there is no such absence; `dutybell people absence list` shows all"),
        several => {
            let days: Vec<String> = several.iter().map(|l| local(l.row.from)).collect();
            return refuse(format!("there are several absences; say which by --from: {}", days.join(", ")));
        }
    };
    if at >= absence.row.until {
        let until = local(absence.row.until);
        return refuse(format!("it ends on {until} already; a longer one is added: dutybell people absence add"));
    }
    if absence.row.from >= at {
        register::drop_leave(&mut tx, absence.id).await?;
    } else {
        register::set_leave(&mut tx, absence.id, &Leave { until: at, ..absence.row.clone() }).await?;
    }
    people::log(&mut tx, &caller.origin(), gateway.now()).await?;
    people::touch_directory(&mut tx).await?;
    tx.commit().await?;
    gateway.bell.notify_waiters();
    Ok(Absence::from(&absence.row))
}
