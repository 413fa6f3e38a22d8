//! A pause of routine: what waits, and until when.
//!
//! What the gateway says on its own schedule waits. Never: an emergency, an answer, an alarm, a check of presence,
//! what somebody did just now that is urgent for somebody else, and anything urgent about a major or listed item.
//! Deadlines run on: a pause changes when people hear, not what is due.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::matter::Matter;
use super::notice::{Notice, Reason};
use super::org::{Directory, UnitId};
use super::policy::{Form, Urgency};
use super::subject::Subject;
use super::transition::Actor;

/// Key prefix of notices that are sent again because somebody ordered it.
pub const AGAIN: &str = "resend:";

/// An order of the office that routine waits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pause {
    pub id: i64,
    /// With everything below it; `None`: the whole office.
    pub unit: Option<UnitId>,
    pub since: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub actor: Actor,
    pub reason: String,
    /// When it was ended before its time.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Pause {
    /// Whether it is about a unit; about what belongs to no unit only if it is about everything.
    pub fn covers(&self, unit: Option<UnitId>, directory: &Directory) -> bool {
        self.unit.is_none_or(|paused| unit.is_some_and(|u| directory.chain(u).contains(&paused)))
    }
}

/// Whether a notice may wait for a pause at all.
pub fn is_routine(notice: &Notice, about: Option<&dyn Matter>) -> bool {
    if notice.key.starts_with(AGAIN) || matches!(notice.form, Form::Emergency | Form::Alarm | Form::CheckIn) {
        return false;
    }
    match notice.urgency {
        Urgency::Emergency | Urgency::Reply => false,
        // Steps of the ladder only: what a person just did goes to whom it concerns.
        Urgency::Escalation => {
            matches!(notice.reason, Reason::Step { .. }) && about.is_some_and(|matter| !matter.is_grave())
        }
        Urgency::Routine | Urgency::Summary => true,
    }
}

/// The pause by which a notice waits: of several the one that ends last. `None`: it does not wait.
pub fn held_by<'p>(
    pauses: &'p [Pause],
    notice: &Notice,
    about: Option<&dyn Matter>,
    directory: &Directory,
) -> Option<&'p Pause> {
    if !is_routine(notice, about) {
        return None;
    }
    let unit = match (about, notice.subject) {
        (Some(matter), _) => matter.unit(),
        (None, Subject::Digest(unit)) => unit,
        (None, _) => None,
    };
    pauses.iter().filter(|p| p.covers(unit, directory)).max_by_key(|p| p.until)
}
