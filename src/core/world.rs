//! The world a rule is applied in: organisation, policy, calendars and the present instant.
//!
//! Answers the two questions that every rule asks: which office calendar counts for this item, and
//! which people a target means now. Built by the gateway for each batch; holds no state of its own.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::calendar::Calendar;
use super::deadline::Office;
use super::item::{Item, Role};
use super::org::{Directory, PersonId, UnitId, Who};
use super::policy::{Ladder, Policy, Target};
use super::quiet::QuietHours;

/// Calendars by name; the policy's own must be among them.
#[derive(Clone, Debug)]
pub struct Calendars {
    by_name: BTreeMap<String, Calendar>,
    fallback: Calendar,
}

impl Calendars {
    pub fn new(calendars: Vec<Calendar>) -> Calendars {
        let by_name = calendars.into_iter().map(|c| (c.name().to_owned(), c)).collect();
        Calendars { by_name, fallback: Calendar::weekdays("weekdays") }
    }

    /// The calendar of that name, or plain Monday to Friday.
    pub fn get(&self, name: &str) -> &Calendar {
        self.by_name.get(name).unwrap_or(&self.fallback)
    }

    /// Is there a calendar of that name?
    pub fn knows(&self, name: &str) -> bool {
        name == "weekdays" || self.by_name.contains_key(name)
    }
}

/// Everything a rule may look at besides the item.
#[derive(Clone, Copy)]
pub struct World<'a> {
    pub directory: &'a Directory,
    pub policy: &'a Policy,
    pub calendars: &'a Calendars,
    pub now: DateTime<Utc>,
}

impl<'a> World<'a> {
    /// Calendar and hours that count for a unit: its own, an ancestor's, in the end the policy's.
    pub fn office(&self, unit: Option<UnitId>) -> Office<'a> {
        let own = unit
            .into_iter()
            .flat_map(|u| self.directory.chain(u))
            .find_map(|u| self.directory.unit(u).filter(|u| !u.calendar.is_empty()).map(|u| u.calendar.as_str()));
        Office {
            calendar: self.calendars.get(own.unwrap_or(&self.policy.calendar)),
            zone: self.policy.zone,
            day_end: self.policy.day_end,
            day_start: self.policy.day_start,
        }
    }

    /// Names of a unit and its ancestors, nearest first.
    pub fn unit_names(&self, unit: Option<UnitId>) -> Vec<String> {
        let chain = unit.map(|u| self.directory.chain(u)).unwrap_or_default();
        chain.iter().filter_map(|u| self.directory.unit(*u)).map(|u| u.name.clone()).collect()
    }

    /// The ladder in force for an item.
    pub fn ladder(&self, item: &Item) -> Option<&'a Ladder> {
        self.policy.ladder_for(item, &self.unit_names(item.unit))
    }

    /// Quiet hours of a person; `None` for people whose post exempts them.
    pub fn quiet(&self, person: PersonId) -> Option<&'a QuietHours> {
        let posts = self.directory.posts_of_person(person, self.now);
        if posts.iter().any(|p| self.policy.quiet.exempt_roles.contains(&p.role)) {
            return None;
        }
        let own = self.directory.person(person).and_then(|p| p.quiet.as_ref());
        Some(own.unwrap_or(&self.policy.quiet.hours))
    }

    /// The people whom the item names in a role, whoever stands in for them. Leader and supervisor fall back
    /// to the post of that role nearest to the item's unit.
    pub fn named(&self, item: &Item, role: Role) -> Vec<PersonId> {
        let mut people: Vec<PersonId> =
            item.assigned(role, self.now).flat_map(|a| self.directory.behind(a.who, self.now)).collect();
        if people.is_empty() && matches!(role, Role::Leader | Role::Supervisor) {
            people = self.posts(item, role.word(), None);
        }
        // Who sent a shared item back is out of it while somebody else still has it.
        if role == Role::Responsible && people.iter().any(|p| !item.returned.contains(p)) {
            people.retain(|p| !item.returned.contains(p));
        }
        people
    }

    /// The people behind a role on the item, deputies standing in; see [`World::named`].
    pub fn holders(&self, item: &Item, role: Role) -> Vec<PersonId> {
        self.standing_in(self.named(item, role))
    }

    /// What keeps an item from being issued (R01), with who is behind posts and units: whoever fixes it verifies nothing,
    /// so one of the verifiers at least must be nobody of those who fix it (R02).
    pub fn missing_for_issue(&self, item: &Item) -> Vec<&'static str> {
        let mut missing = item.missing_for_issue(self.now);
        let behind = |role: Role| -> Vec<PersonId> {
            item.assigned(role, self.now).flat_map(|a| self.directory.behind(a.who, self.now)).collect()
        };
        let (fixers, verifiers) = (behind(Role::Responsible), behind(Role::Verifier));
        // A person who left fixes and verifies nothing. A post waits for whoever takes it.
        for (role, what) in [(Role::Responsible, "responsible"), (Role::Verifier, "verifier")] {
            let left = |who: Who| matches!(who, Who::Person(p) if !self.directory.serves(p));
            if !missing.contains(&what) && item.assigned(role, self.now).all(|a| left(a.who)) {
                missing.insert(missing.iter().take_while(|m| **m == "responsible").count(), what);
            }
        }
        let other = "verifier other than the responsible person";
        if !verifiers.is_empty() && verifiers.iter().all(|p| fixers.contains(p)) && !missing.contains(&other) {
            missing.push(other);
        }
        missing
    }

    /// The people a target means for an item now; may be empty.
    pub fn resolve(&self, item: &Item, target: &Target) -> Vec<PersonId> {
        match target {
            Target::Role(role) => self.holders(item, *role),
            Target::Post { role, level } => self.standing_in(self.posts(item, role, *level)),
            Target::Administrator => self.directory.administrators(),
        }
    }

    /// All people that any of the targets means, without repeats, in order.
    pub fn resolve_all(&self, item: &Item, targets: &[Target]) -> Vec<PersonId> {
        let mut people = Vec::new();
        for person in targets.iter().flat_map(|t| self.resolve(item, t)) {
            if !people.contains(&person) {
                people.push(person);
            }
        }
        people
    }

    /// Who can take over when nobody is behind a target: the nearest safety office, else the administrators.
    pub fn last_resort(&self, item: &Item) -> Vec<PersonId> {
        let office = self.standing_in(self.posts(item, "safety_office", None));
        if office.is_empty() { self.directory.administrators() } else { office }
    }

    /// Who can remove an obstacle (R33): supervisor, leader and assigner, without the fixers.
    pub fn unblockers(&self, item: &Item) -> Vec<PersonId> {
        let fixers = self.holders(item, Role::Responsible);
        let roles = [Role::Leader, Role::Supervisor, Role::Assigner].map(Target::Role);
        let mut people = self.resolve_all(item, &roles);
        people.retain(|p| !fixers.contains(p));
        if people.is_empty() { self.last_resort(item) } else { people }
    }

    fn posts(&self, item: &Item, role: &str, level: Option<super::org::Level>) -> Vec<PersonId> {
        let Some(unit) = item.unit else { return Vec::new() };
        let posts = self.directory.nearest_posts(unit, role, level);
        posts.into_iter().flat_map(|p| self.directory.holders(p, self.now)).collect()
    }

    fn standing_in(&self, people: Vec<PersonId>) -> Vec<PersonId> {
        let mut acting = Vec::new();
        for person in people {
            let person = self.directory.acting_for(person, self.now);
            if !acting.contains(&person) && self.directory.person(person).is_some_and(|p| !p.gone) {
                acting.push(person);
            }
        }
        acting
    }
}
