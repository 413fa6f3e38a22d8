//! One item with everything that happened to it and everything that waits.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::find;
use crate::app::pause::{Shown, shown};
use crate::app::{Caller, Result};
use crate::core::item::{Item, Role};
use crate::core::transition::{Actor, Event};
use crate::gateway::Gateway;
use crate::gateway::dossier::event_text;
use crate::gateway::timeline::cause;
use crate::ledger::Key;
use crate::store::json;

/// An item and its story.
#[derive(Clone, Debug, Serialize)]
pub struct Story {
    pub item: Item,
    pub unit: String,
    /// Names of those on it now, by role; the first leads.
    pub people: BTreeMap<&'static str, Vec<String>>,
    /// What happened, oldest first.
    pub lines: Vec<Line>,
    /// What waits to be said.
    pub waiting: Vec<Waiting>,
    /// Pauses that hold its routine back now.
    pub pauses: Vec<Shown>,
}

/// One event.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    pub at: DateTime<Utc>,
    /// The person, or empty for the office.
    pub who: String,
    /// Channel; `command`: entered at the host.
    pub via: String,
    pub event: &'static str,
    pub state: &'static str,
    /// Reasons and notes of it.
    pub text: String,
}

/// Somebody who will be told.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    /// Not before.
    pub at: DateTime<Utc>,
    pub who: String,
    /// Step of the ladder, or what is told.
    pub why: String,
}

/// An item by its code, with its story.
///
/// # Errors
/// [`crate::app::Refusal::Says`] when there is none.
pub async fn show(gateway: &Gateway, caller: &Caller, code: &str) -> Result<Story> {
    let item = find(gateway, caller, code).await?;
    let directory = gateway.directory().await?;
    let world = gateway.world(&directory);
    let name = |p| directory.person(p).map_or(String::new(), |p| p.name.clone());
    let people = Role::ALL.into_iter().map(|role| {
        let names: Vec<String> = world.holders(&item, role).into_iter().map(name).collect();
        (role.word(), names)
    });
    let people = people.filter(|(_, names)| !names.is_empty()).collect();
    let mut lines = Vec::new();
    for logged in gateway.store.history(item.id).await? {
        let who = match logged.actor {
            Actor::Person(p) => name(p),
            other => other.name().to_owned(),
        };
        let event = logged.event.word();
        let text = match &logged.event {
            Event::Amend { fields } => Key::in_words(fields, caller.locale),
            other => event_text(&json(other)?),
        };
        lines.push(Line { at: logged.at, who, via: logged.via, event, state: logged.after.state.word(), text });
    }
    let waiting = gateway.store.waiting_about(item.id).await?;
    let waiting = waiting
        .into_iter()
        .map(|n| Waiting { at: n.notice.send_at, who: name(n.notice.person), why: cause(&n.notice) })
        .collect();
    let mut pauses = gateway.store.pauses(world.now).await?;
    pauses.retain(|p| item.state.is_open() && p.covers(item.unit, &directory));
    let pauses = pauses.iter().map(|p| shown(&directory, p, world.now)).collect();
    let unit = item.unit.and_then(|u| directory.unit(u)).map_or(String::new(), |u| u.name.clone());
    Ok(Story { item, unit, people, lines, waiting, pauses })
}
