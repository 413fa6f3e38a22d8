//! What an item's row says as the item stands, and what of the office's own words stays.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};

use crate::core::item::{Item, Role, State};
use crate::core::org::{Directory, Locale, Person, PersonId, Who};
use crate::core::words::Say;
use crate::core::world::World;
use crate::gateway::Gateway;
use crate::ledger::cells::StatusClaim;
use crate::ledger::patch::Value;
use crate::ledger::{Key, PersonRef, Row};
use crate::store::ledgers::Known;

/// The texts of a row's cells.
pub(super) type There<'t> = &'t dyn Fn(Key) -> &'t str;

/// A name, with the telephone where several people bear it.
fn told_apart(directory: &Directory, person: &Person) -> String {
    match directory.people_named(&person.name).len() > 1 && !person.phone.is_empty() {
        true => format!("{} {}", person.name, person.phone),
        false => person.name.clone(),
    }
}

/// The people whom an item names in a role; of those who are responsible, who has not handed their part back.
pub(super) fn named(directory: &Directory, item: &Item, role: Role, now: DateTime<Utc>) -> Vec<PersonId> {
    let mut people: Vec<PersonId> = item.assigned(role, now).flat_map(|a| directory.behind(a.who, now)).collect();
    if role == Role::Responsible && people.iter().any(|p| !item.returned.contains(p)) {
        people.retain(|p| !item.returned.contains(p));
    }
    people
}

/// What goes into a row.
#[derive(Default)]
pub(super) struct Filling {
    /// As the row will be read when it comes back.
    pub cells: BTreeMap<Key, Value>,
    /// What a cell shows where that is more than is read from it: a telephone behind a name that several people have.
    pub shown: BTreeMap<Key, Value>,
    /// The telephone of those who are responsible now, where these changed.
    pub phone: Option<String>,
    /// Who is on it and by when, where that is another than the row said: the column, and what it said.
    pub changed: Vec<(Key, String)>,
    /// Words of the office that are newer than what they stand beside: they stay, and are listed.
    pub left: Vec<String>,
}

/// A row's words against what is known of its item.
struct Words<'a> {
    known: &'a Known,
}

impl Words<'_> {
    /// An export of ours wrote this.
    fn ours(&self, key: Key, text: &str) -> bool {
        self.known.exported.get(key.canonical()).is_some_and(|texts| texts.contains(text.trim()))
    }

    /// An import did not take this over.
    fn held(&self, key: Key, text: &str) -> bool {
        let before = self.known.row.get(key.canonical()).map_or("", String::as_str);
        before != text && !self.ours(key, text)
    }

    /// The office's words, written since the item came into its state, or not taken over.
    fn news(&self, key: Key, text: &str) -> bool {
        !text.trim().is_empty() && !self.ours(key, text) && (self.held(key, text) || self.since_state(key))
    }

    fn since_state(&self, key: Key) -> bool {
        let item = &self.known.item;
        match self.known.said.get(key.canonical()) {
            Some(said) => *said >= item.state_since,
            // As at registration: overtaken by whatever happened to the item since.
            None => item.issued_at == Some(item.state_since),
        }
    }
}

impl Gateway {
    /// What is written into a row that is the item. `there`: the texts of its cells.
    pub(super) fn filling(
        &self,
        directory: &Directory,
        row: &Row,
        known: &Known,
        locale: Locale,
        there: There<'_>,
    ) -> Filling {
        let mut filling = Filling::default();
        if known.item.state == State::Draft {
            return filling; // the office's own words stay until it is complete
        }
        let words = Words { known };
        let world = self.world(directory);
        self.fill_who_and_when(directory, &world, row, &words, &mut filling);
        self.fill_results(&world, row, &words, locale, there, &mut filling);
        filling
    }

    /// Who is responsible and by when, where that is not what the row says.
    fn fill_who_and_when(
        &self,
        directory: &Directory,
        world: &World<'_>,
        row: &Row,
        words: &Words<'_>,
        filling: &mut Filling,
    ) {
        let item = &words.known.item;
        let finished = !item.state.is_open();
        // What was written about a finished item changed nothing.
        let newer = |key: Key, text: &str| {
            words.held(key, text)
                || finished && words.known.said.get(key.canonical()).is_some_and(|at| *at >= item.state_since)
        };
        let read = self.item_from(directory, row, &mut Vec::new());
        // Whoever handed their part back has the item no more.
        let keeps = |item: &Item, who: &Who| {
            let people = directory.behind(*who, world.now);
            people.is_empty() || people.iter().any(|p| !item.returned.contains(p))
        };
        let who = |item: &Item, role: Role| {
            let all: HashSet<Who> = item.assigned(role, world.now).map(|a| a.who).collect();
            let kept: HashSet<Who> = all.iter().filter(|who| keeps(item, who)).copied().collect();
            if role == Role::Responsible && !kept.is_empty() { kept } else { all }
        };
        let checked = matches!(item.state, State::Verified | State::Closed);
        for (role, key, text) in [
            (Role::Responsible, Key::Responsible, joined(&row.responsible)),
            (Role::Verifier, Key::Verifier, joined(&row.verifier)),
        ] {
            // Of a finished item that column says who verified it.
            if who(&read, role) == who(item, role) || role == Role::Verifier && checked {
                continue;
            }
            let now: Vec<&Person> =
                named(directory, item, role, world.now).into_iter().filter_map(|p| directory.person(p)).collect();
            if newer(key, &text) {
                filling.left.push(text);
            } else if !now.is_empty() {
                let names = |of: &dyn Fn(&Person) -> String| now.iter().map(|p| of(p)).collect::<Vec<_>>().join("、");
                filling.cells.insert(key, Value::Text(names(&|p| p.name.clone())));
                filling.shown.insert(key, Value::Text(names(&|p| told_apart(directory, p))));
                filling.changed.push((key, text));
                if role == Role::Responsible {
                    filling.phone = Some(names(&|p| p.phone.clone()));
                }
            }
        }
        // Without its day a row's "within five days" counts from any.
        let reads = row.found_on.is_some() || item.extensions > 0;
        if let Some(due) = item.current_due.filter(|due| reads && read.current_due != Some(*due)) {
            if newer(Key::Due, &row.due_text) {
                filling.left.push(row.due_text.clone());
            } else {
                let zone = world.office(item.unit).zone;
                filling.changed.push((Key::Due, row.due_text.clone()));
                filling.cells.insert(Key::Due, Value::Date(due.with_timezone(&zone).date_naive()));
            }
        }
    }

    /// State, completion, verification. Where the office's newer words say something else, none of them is touched.
    fn fill_results(
        &self,
        world: &World<'_>,
        row: &Row,
        words: &Words<'_>,
        locale: Locale,
        there: There<'_>,
        filling: &mut Filling,
    ) {
        let item = &words.known.item;
        let finished = matches!(item.state, State::Verified | State::Closed);
        let (status, closed) = (row.status_text.as_str(), row.closed_text.as_str());
        let mut news: Vec<String> = Vec::new();
        if words.news(Key::Status, status) && is_beside(StatusClaim::from_text(status), item.state) {
            news.push(status.to_owned());
        }
        let denies = StatusClaim::from_text(closed) == StatusClaim::NotDone;
        if words.news(Key::Closed, closed) && (finished && denies || !finished && row.says_closed) {
            news.push(closed.to_owned());
        }
        if !news.is_empty() {
            filling.left.append(&mut news);
            return;
        }
        let results = self.results(world, item, locale);
        for key in Key::RESULTS {
            if key == Key::Verifier && !finished {
                continue; // who is to verify it stands with the people
            }
            let (text, value) = (there(key), results.get(&key));
            let stays = match key {
                Key::Status => says_the_same(status, item) && !words.ours(key, status) || words.news(key, status),
                // What the item has overtaken: a no of before it was closed, a yes of before it was opened again.
                Key::Closed if !words.news(key, closed) && (finished && denies || !finished && row.says_closed) => {
                    false
                }
                _ => !text.is_empty() && !words.ours(key, text),
            };
            if stays || (value.is_none() && text.is_empty()) {
                continue;
            }
            filling.cells.insert(key, value.cloned().unwrap_or(Value::Text(String::new())));
        }
    }

    /// What the ledger's columns should say about an item as it stands.
    pub(super) fn results(&self, world: &World<'_>, item: &Item, locale: Locale) -> BTreeMap<Key, Value> {
        let mut results = BTreeMap::new();
        let office = world.office(item.unit);
        let day = |at: DateTime<Utc>| Value::Date(at.with_timezone(&office.zone).date_naive());
        if item.state == State::Draft {
            return results; // the office's own words stay until it is complete
        }
        let mut status = self.phrases.say(locale, item.state_key(), &[]);
        if let Some(due) = item.current_due.filter(|_| item.extensions > 0 && item.state.is_with_fixer()) {
            let until = due.with_timezone(&office.zone).date_naive().to_string();
            status = self.phrases.say(locale, "ledger_extended", &[("status", status), ("until", until)]);
        }
        results.insert(Key::Status, Value::Text(status));
        let finished = matches!(item.state, State::Verified | State::Closed);
        let reported = finished || item.state == State::ReportedDone;
        // The day on which we read that it was done is not the day on which it was.
        if let Some(at) = item.claimed_at.filter(|_| reported && !item.undated) {
            results.insert(Key::DoneOn, day(at));
        }
        if finished && !item.administrative {
            let name = item.verified_by.and_then(|p| world.directory.person(p)).map(|p| p.name.clone());
            results.extend(name.map(|name| (Key::Verifier, Value::Text(name))));
            results.insert(Key::VerifiedOn, day(item.closed_at.unwrap_or(item.state_since)));
        }
        if item.state == State::Closed {
            let closed = if item.administrative { item.state_key() } else { "ledger_closed" };
            results.insert(Key::Closed, Value::Text(self.phrases.say(locale, closed, &[])));
        }
        results
    }
}

/// Names as they are read from a cell.
fn joined(people: &[PersonRef]) -> String {
    people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join("、")
}

/// Words that say something else than the item's state.
fn is_beside(claim: StatusClaim, state: State) -> bool {
    match state {
        State::Draft | State::Void => false,
        State::ReportedDone => claim != StatusClaim::Done,
        State::Verified | State::Closed => claim < StatusClaim::Done,
        _ => claim >= StatusClaim::Done,
    }
}

/// The office's words say already what the item's state says.
fn says_the_same(there: &str, item: &Item) -> bool {
    let claim = StatusClaim::from_text(there);
    match item.state {
        State::Draft => true,
        State::Assigned | State::Acknowledged | State::InProgress => {
            matches!(claim, StatusClaim::NotDone | StatusClaim::InProgress) && item.extensions == 0
        }
        State::ReportedDone => claim == StatusClaim::Done,
        State::Closed if item.administrative => false,
        State::Verified | State::Closed => claim == StatusClaim::Verified,
        // Ledgers have no words for these.
        State::Blocked | State::Rejected | State::Reopened | State::Void => false,
    }
}
