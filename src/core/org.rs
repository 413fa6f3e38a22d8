//! People, posts and units: who holds which responsibility at an instant.
//!
//! Knows the tree of units, tenures (post held from–until) and leave with a deputy, and answers
//! "who stands behind this role now". Does not know channels, items' states or the store.
//! The gateway keeps one [`Directory`] in memory and replaces it when the organisation changes.

mod history;
pub mod identity;
mod kinds;
pub mod names;
mod places;
pub mod register;
pub mod renamed;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::quiet::QuietHours;

pub use kinds::{Level, Locale};

/// Row id of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonId(pub i64);
/// Row id of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnitId(pub i64);
/// Row id of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PostId(pub i64);

#[derive(Clone, Debug)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    /// The name in Latin letters, if one was given.
    pub english: String,
    /// As written; empty when not known.
    pub phone: String,
    pub locale: Locale,
    pub zone: Tz,
    /// `None`: the policy's quiet hours.
    pub quiet: Option<QuietHours>,
    /// An account that must hear alarms.
    pub administrator: bool,
    /// Left the service: nothing is sent any more.
    pub gone: bool,
}

#[derive(Clone, Debug)]
pub struct Unit {
    pub id: UnitId,
    pub parent: Option<UnitId>,
    pub name: String,
    pub level: Level,
    /// Name of the calendar; empty: the parent's, in the end the policy's.
    pub calendar: String,
    pub phone: String,
}

#[derive(Clone, Debug)]
pub struct Post {
    pub id: PostId,
    pub unit: UnitId,
    pub title: String,
    /// What the post is for: `head`, `leader`, `supervisor`, `safety_office`, `duty`, `liaison`, `staff`.
    pub role: String,
}

/// A post held from `since` (inclusive) until `until` (exclusive).
#[derive(Clone, Debug)]
pub struct Tenure {
    pub post: PostId,
    pub person: PersonId,
    pub since: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
}

/// Leave with a deputy who hears and answers meanwhile.
#[derive(Clone, Debug)]
pub struct Leave {
    pub person: PersonId,
    pub deputy: PersonId,
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// An assignment names a post or a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    Person(PersonId),
    Post(PostId),
}

/// The whole organisation at hand, indexed for look-ups.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    people: HashMap<PersonId, Person>,
    units: HashMap<UnitId, Unit>,
    posts: HashMap<PostId, Post>,
    posts_of: HashMap<UnitId, Vec<PostId>>,
    children: HashMap<UnitId, Vec<UnitId>>,
    /// Those of the children that are departments: a county has a thousand enterprises and ten of these.
    departments: HashMap<UnitId, Vec<UnitId>>,
    tenures: HashMap<PostId, Vec<Tenure>>,
    /// Posts that a person holds, held or will hold.
    tenures_of: HashMap<PersonId, Vec<PostId>>,
    leaves: HashMap<PersonId, Vec<Leave>>,
    administrators: Vec<PersonId>,
    /// Of those in service, by [`names::key`] of either name.
    people_by_name: HashMap<String, Vec<PersonId>>,
    /// Of those in service, by [`names::phone_key`].
    people_by_phone: HashMap<String, Vec<PersonId>>,
    /// By [`names::whole_key`].
    units_by_name: HashMap<String, Vec<UnitId>>,
    /// Names of units by their last two characters.
    unit_names_by_end: HashMap<String, HashSet<String>>,
}

/// The last two characters of a name.
fn end_of(name: &str) -> &str {
    name.char_indices().rev().nth(1).map_or(name, |(i, _)| &name[i..])
}

impl Directory {
    /// Indexes what the store read.
    pub fn new(
        people: Vec<Person>,
        units: Vec<Unit>,
        posts: Vec<Post>,
        tenures: Vec<Tenure>,
        leaves: Vec<Leave>,
    ) -> Directory {
        let mut dir = Directory::default();
        units.into_iter().for_each(|unit| dir.put_unit(unit));
        for post in &posts {
            dir.posts_of.entry(post.unit).or_default().push(post.id);
        }
        for tenure in tenures {
            dir.tenures_of.entry(tenure.person).or_default().push(tenure.post);
            dir.tenures.entry(tenure.post).or_default().push(tenure);
        }
        for leave in leaves {
            dir.leaves.entry(leave.person).or_default().push(leave);
        }
        dir.tenures_of.values_mut().for_each(|posts| {
            posts.sort();
            posts.dedup();
        });
        dir.administrators = people.iter().filter(|p| p.administrator && !p.gone).map(|p| p.id).collect();
        dir.administrators.sort();
        for person in people.iter().filter(|p| !p.gone) {
            for name in [&person.name, &person.english].into_iter().filter(|n| !n.is_empty()) {
                dir.people_by_name.entry(names::key(name)).or_default().push(person.id);
            }
            if !person.phone.is_empty() {
                dir.people_by_phone.entry(names::phone_key(&person.phone)).or_default().push(person.id);
            }
        }
        dir.people_by_name.values_mut().chain(dir.people_by_phone.values_mut()).for_each(|ids| {
            ids.sort();
            ids.dedup();
        });
        dir.people = people.into_iter().map(|p| (p.id, p)).collect();
        dir.posts = posts.into_iter().map(|p| (p.id, p)).collect();
        dir
    }

    /// Takes in a unit, or what has become of it.
    pub fn put_unit(&mut self, unit: Unit) {
        let (id, name) = (unit.id, names::whole_key(&unit.name));
        if let Some(old) = self.units.remove(&id) {
            let all = [&mut self.children, &mut self.departments];
            all.into_iter().for_each(|map| map.values_mut().for_each(|ids| ids.retain(|u| *u != id)));
            if let Some(ids) = self.units_by_name.get_mut(&names::whole_key(&old.name)) {
                ids.retain(|u| *u != id);
            }
        }
        if let Some(parent) = unit.parent {
            self.children.entry(parent).or_default().push(id);
            if unit.level == Level::Department {
                self.departments.entry(parent).or_default().push(id);
            }
        }
        self.unit_names_by_end.entry(end_of(&name).to_owned()).or_default().insert(name.clone());
        let ids = self.units_by_name.entry(name).or_default();
        ids.push(id);
        ids.sort();
        self.units.insert(id, unit);
    }

    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.get(&id)
    }

    pub fn unit(&self, id: UnitId) -> Option<&Unit> {
        self.units.get(&id)
    }

    pub fn post(&self, id: PostId) -> Option<&Post> {
        self.posts.get(&id)
    }

    /// Everybody still in service, by id.
    pub fn people(&self) -> Vec<&Person> {
        let mut all: Vec<&Person> = self.people.values().filter(|p| !p.gone).collect();
        all.sort_by_key(|p| p.id);
        all
    }

    /// Everybody, those who have left as well, by id.
    pub fn everybody(&self) -> Vec<&Person> {
        let mut all: Vec<&Person> = self.people.values().collect();
        all.sort_by_key(|p| p.id);
        all
    }

    /// Unit and title of every post that a person ever held.
    pub fn posts_ever_held(&self, person: PersonId) -> Vec<(UnitId, String)> {
        let posts = self.tenures_of.get(&person).into_iter().flatten().filter_map(|p| self.posts.get(p));
        posts.map(|p| (p.unit, p.title.clone())).collect()
    }

    /// All units, by id.
    pub fn units(&self) -> Vec<&Unit> {
        let mut all: Vec<&Unit> = self.units.values().collect();
        all.sort_by_key(|u| u.id);
        all
    }

    /// People in service of that name in any spelling ([`names::key`]), of the one with the same remark in brackets where
    /// there is one; more than one means that a name is not enough.
    pub fn people_named(&self, name: &str) -> Vec<&Person> {
        let found = self.people_by_name.get(&names::key(name)).into_iter().flatten();
        let found: Vec<&Person> = found.filter_map(|id| self.people.get(id)).collect();
        let remark = names::remark(name);
        let marked = |p: &&Person| names::remark(&p.name) == remark;
        match !remark.is_empty() && found.iter().any(marked) {
            true => found.into_iter().filter(marked).collect(),
            false => found,
        }
    }

    /// People in service with that number.
    pub fn people_with_phone(&self, phone: &str) -> Vec<PersonId> {
        self.people_by_phone.get(&names::phone_key(phone)).cloned().unwrap_or_default()
    }

    /// Units of that name in any spelling.
    pub fn units_called(&self, name: &str) -> Vec<UnitId> {
        self.units_by_name.get(&names::whole_key(name)).cloned().unwrap_or_default()
    }

    /// Units whose name is or ends with `name` (县住建局 answers to 住建局).
    pub fn units_named(&self, name: &str) -> Vec<&Unit> {
        let key = names::whole_key(name);
        if let Some(exact) = self.units_by_name.get(&key).filter(|ids| !ids.is_empty()) {
            return exact.iter().filter_map(|id| self.units.get(id)).collect();
        }
        let names = self.unit_names_by_end.get(end_of(&key)).into_iter().flatten();
        let ending = names.filter(|name| !key.is_empty() && name.ends_with(&key));
        let ids = ending.filter_map(|name| self.units_by_name.get(name)).flatten();
        let mut found: Vec<&Unit> = ids.filter_map(|id| self.units.get(id)).collect();
        found.sort_by_key(|u| u.id);
        found
    }

    /// A unit's names from the top, joined with `/`: 青石县/青石镇.
    pub fn path(&self, unit: UnitId) -> String {
        let names: Vec<&str> =
            self.chain(unit).iter().rev().filter_map(|u| self.units.get(u)).map(|u| u.name.as_str()).collect();
        names.join("/")
    }

    /// Posts of a unit, by id.
    pub fn posts_in(&self, unit: UnitId) -> Vec<&Post> {
        let mut posts: Vec<&Post> =
            self.posts_of.get(&unit).into_iter().flatten().filter_map(|p| self.posts.get(p)).collect();
        posts.sort_by_key(|p| p.id);
        posts
    }

    /// Holders of a post at an instant; empty when it is vacant.
    pub fn holders(&self, post: PostId, at: DateTime<Utc>) -> Vec<PersonId> {
        self.tenures
            .get(&post)
            .into_iter()
            .flatten()
            .filter(|t| t.since <= at && t.until.is_none_or(|u| at < u))
            .map(|t| t.person)
            .filter(|p| self.people.get(p).is_some_and(|p| !p.gone))
            .collect()
    }

    /// The people an assignment means at an instant, without deputies.
    pub fn behind(&self, who: Who, at: DateTime<Utc>) -> Vec<PersonId> {
        match who {
            Who::Person(id) => self.people.get(&id).filter(|p| !p.gone).map(|p| p.id).into_iter().collect(),
            Who::Post(id) => self.holders(id, at),
        }
    }

    /// The deputy while `person` is on leave; deputies of deputies are followed four steps at most. A deputy who left
    /// the service stands in for nobody: the person hears again.
    pub fn acting_for(&self, person: PersonId, at: DateTime<Utc>) -> PersonId {
        let mut current = person;
        for _ in 0..4 {
            let deputy = self
                .leaves
                .get(&current)
                .and_then(|leaves| leaves.iter().find(|l| l.from <= at && at < l.until && self.serves(l.deputy)))
                .map(|l| l.deputy);
            match deputy {
                Some(next) if next != person => current = next,
                _ => break,
            }
        }
        current
    }

    /// May `actor` answer for `person` now: the person or the acting deputy.
    pub fn may_act_for(&self, actor: PersonId, person: PersonId, at: DateTime<Utc>) -> bool {
        actor == person || self.acting_for(person, at) == actor
    }

    /// Everybody for whom `actor` may answer now, by id: he himself and those whose acting deputy he is.
    pub fn represented_by(&self, actor: PersonId, at: DateTime<Utc>) -> Vec<PersonId> {
        let mut people: Vec<PersonId> =
            self.leaves.keys().copied().filter(|p| *p != actor && self.acting_for(*p, at) == actor).collect();
        people.push(actor);
        people.retain(|p| self.people.get(p).is_some_and(|p| !p.gone));
        people.sort();
        people
    }

    /// `unit` and its ancestors, nearest first; a cycle in the data ends the walk.
    pub fn chain(&self, unit: UnitId) -> Vec<UnitId> {
        let mut chain = Vec::new();
        let mut next = Some(unit);
        while let Some(id) = next {
            if chain.contains(&id) {
                break;
            }
            chain.push(id);
            next = self.units.get(&id).and_then(|u| u.parent);
        }
        chain
    }

    /// `unit` and everything below it.
    pub fn subtree(&self, unit: UnitId) -> Vec<UnitId> {
        let mut all = vec![unit];
        let mut seen = HashSet::from([unit]);
        let mut index = 0;
        while index < all.len() {
            let below = self.children.get(&all[index]).into_iter().flatten();
            all.extend(below.filter(|u| seen.insert(**u)));
            index += 1;
        }
        all
    }

    /// Posts of a unit with a role, by id.
    pub fn posts_with_role(&self, unit: UnitId, role: &str) -> Vec<PostId> {
        let mut posts: Vec<PostId> = self.posts_of.get(&unit).cloned().unwrap_or_default();
        posts.retain(|p| self.posts.get(p).is_some_and(|p| p.role == role));
        posts.sort();
        posts
    }

    /// Posts that a person holds at an instant.
    pub fn posts_of_person(&self, person: PersonId, at: DateTime<Utc>) -> Vec<&Post> {
        let posts = self.tenures_of.get(&person).into_iter().flatten();
        posts.filter(|p| self.holders(**p, at).contains(&person)).filter_map(|p| self.posts.get(p)).collect()
    }

    /// Posts with `role` nearest to `unit`: at the wanted level in its chain (a department of the
    /// chain's unit counts), or in the first unit of the chain that has one.
    pub fn nearest_posts(&self, unit: UnitId, role: &str, level: Option<Level>) -> Vec<PostId> {
        for id in self.chain(unit) {
            let fits = level.is_none_or(|l| self.units.get(&id).is_some_and(|u| u.level == l));
            if !fits {
                continue;
            }
            let mut posts = self.posts_with_role(id, role);
            for department in self.departments.get(&id).into_iter().flatten() {
                posts.extend(self.posts_with_role(*department, role));
            }
            if !posts.is_empty() {
                return posts;
            }
        }
        Vec::new()
    }

    /// Everybody who must hear alarms.
    pub fn administrators(&self) -> Vec<PersonId> {
        self.administrators.clone()
    }
}
