//! The office changes an item in its ledger: what that restarts, and who hears it.

use chrono::Duration;

use super::handed::{hand_on, involved};
use super::{Actor, Change, Refusal, Tell};
use crate::act::{Verb, permitted};
use crate::item::{Item, Role, State};
use crate::notice::{News, Note};
use crate::org::{Locale, PersonId};
use crate::policy::{Form, Urgency};
use crate::world::World;

/// Turns `wanted` (the item with the ledger's new values) into a change of `old`; `fields` names what changed in a
/// reader's language.
///
/// A new deadline starts a new ladder; a new fixer starts the item anew for him, and the former one
/// is let go. Who keeps the item hears once of what matters to him.
///
/// # Errors
/// [`Refusal::Finished`] for closed and void items; [`Refusal::Incomplete`] when an issued item would
/// lose what R01 asks for, or get one person as fixer and verifier.
pub fn amend(old: &Item, wanted: Item, fields: &dyn Fn(Locale) -> String, world: &World) -> Result<Change, Refusal> {
    permitted(&Actor::Office, Verb::Amend, old, world)?;
    let mut item = wanted;
    item.version = old.version + 1;
    item.planned_until = item.planned_until.min(world.now);
    if old.state == State::Draft {
        return Ok(Change { item, tell: Vec::new(), unchanged: false });
    }
    // What the item lacked before, as somebody left, is no reason to refuse another change.
    let before = world.missing_for_issue(old);
    let missing: Vec<&str> = world.missing_for_issue(&item).into_iter().filter(|m| !before.contains(m)).collect();
    if !missing.is_empty() {
        return Err(Refusal::Incomplete { missing: missing.into_iter().map(str::to_owned).collect() });
    }
    if item.current_due != old.current_due {
        item.new_ladder();
    }
    let former = world.holders(old, Role::Responsible);
    let fixers = world.holders(&item, Role::Responsible);
    let mut tell = Vec::new();
    let mut told = |person: PersonId, note: Note| {
        tell.push(Tell { person, form: Form::Told, urgency: Urgency::Routine, delay: Duration::zero(), note });
    };
    if former != fixers && old.state.is_with_fixer() {
        item.handover = None;
        if old.state != State::Assigned {
            item.state_since = world.now;
        }
        hand_on(&mut item, world);
        if item.note_by.is_some_and(|by| former.contains(&by) && !fixers.contains(&by)) {
            (item.note, item.note_by) = (String::new(), None);
        }
        former.iter().filter(|p| !fixers.contains(p)).for_each(|p| told(*p, News::Reassigned.into()));
        involved(old, &item, world).into_iter().for_each(|p| told(p, News::HandedOn.into()));
    } else if item.current_due != old.current_due || item.description != old.description {
        for person in fixers {
            let locale = world.directory.person(person).map(|p| p.locale).unwrap_or_default();
            told(person, Note::news(News::Amended, fields(locale)));
        }
    }
    Ok(Change { item, tell, unchanged: false })
}
