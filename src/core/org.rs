//! People, posts and units: who holds which responsibility at an instant.
//!
//! Knows the tree of units, tenures (post held from–until) and leave with a deputy, and answers
//! "who stands behind this role now". Does not know channels, items' states or the store.
//! The gateway keeps one [`Directory`] in memory and replaces it when the organisation changes.

mod history;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::quiet::QuietHours;

/// Row id of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PersonId(pub i64);
/// Row id of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnitId(pub i64);
/// Row id of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PostId(pub i64);

/// Language in which a person is addressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Locale {
    #[default]
    #[serde(rename = "zh-CN")]
    ZhCn,
    #[serde(rename = "zh-Hant")]
    ZhHant,
    #[serde(rename = "en")]
    En,
}

impl Locale {
    /// The tag as written in ledgers and in the store.
    pub fn tag(self) -> &'static str {
        match self {
            Locale::ZhCn => "zh-CN",
            Locale::ZhHant => "zh-Hant",
            Locale::En => "en",
        }
    }

    /// Reads a tag; unknown languages fall back to English, unknown Chinese to zh-CN.
    pub fn from_tag(tag: &str) -> Locale {
        let tag = tag.trim().to_ascii_lowercase();
        match tag.as_str() {
            "zh-tw" | "zh-hk" | "zh-mo" => Locale::ZhHant,
            t if t.starts_with("zh-hant") => Locale::ZhHant,
            t if t.is_empty() || t.starts_with("zh") => Locale::ZhCn,
            _ => Locale::En,
        }
    }
}

/// Where a unit stands in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Province,
    Prefecture,
    County,
    Township,
    Enterprise,
    Department,
}

impl Level {
    /// The word in ledgers, packs and the store.
    pub fn word(self) -> &'static str {
        match self {
            Level::Province => "province",
            Level::Prefecture => "prefecture",
            Level::County => "county",
            Level::Township => "township",
            Level::Enterprise => "enterprise",
            Level::Department => "department",
        }
    }

    /// Reads the English or the Chinese word.
    pub fn parse(word: &str) -> Option<Level> {
        Some(match word.trim() {
            "province" | "省" | "省级" => Level::Province,
            "prefecture" | "市" | "市州" | "地级" => Level::Prefecture,
            "county" | "县" | "县区" | "县市区" => Level::County,
            "township" | "乡镇" | "街道" | "乡镇街道" => Level::Township,
            "enterprise" | "企业" | "单位" => Level::Enterprise,
            "department" | "部门" => Level::Department,
            _ => return None,
        })
    }
}

#[derive(Clone, Debug)]
pub struct Person {
    pub id: PersonId,
    pub name: String,
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
    /// Of those in service, by id.
    people_by_name: HashMap<String, Vec<PersonId>>,
    units_by_name: HashMap<String, Vec<UnitId>>,
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
        for unit in &units {
            if let Some(parent) = unit.parent {
                dir.children.entry(parent).or_default().push(unit.id);
                if unit.level == Level::Department {
                    dir.departments.entry(parent).or_default().push(unit.id);
                }
            }
        }
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
            dir.people_by_name.entry(person.name.clone()).or_default().push(person.id);
        }
        for unit in &units {
            dir.units_by_name.entry(unit.name.clone()).or_default().push(unit.id);
        }
        dir.people_by_name.values_mut().for_each(|ids| ids.sort());
        dir.units_by_name.values_mut().for_each(|ids| ids.sort());
        dir.people = people.into_iter().map(|p| (p.id, p)).collect();
        dir.units = units.into_iter().map(|u| (u.id, u)).collect();
        dir.posts = posts.into_iter().map(|p| (p.id, p)).collect();
        dir
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

    /// All units, by id.
    pub fn units(&self) -> Vec<&Unit> {
        let mut all: Vec<&Unit> = self.units.values().collect();
        all.sort_by_key(|u| u.id);
        all
    }

    /// People with that exact name; more than one means that a name is not enough.
    pub fn people_named(&self, name: &str) -> Vec<&Person> {
        self.people_by_name.get(name).into_iter().flatten().filter_map(|id| self.people.get(id)).collect()
    }

    /// Units whose name is or ends with `name` (县住建局 answers to 住建局).
    pub fn units_named(&self, name: &str) -> Vec<&Unit> {
        if let Some(exact) = self.units_by_name.get(name) {
            return exact.iter().filter_map(|id| self.units.get(id)).collect();
        }
        let mut found: Vec<&Unit> = self.units.values().filter(|u| u.name.ends_with(name)).collect();
        found.sort_by_key(|u| u.id);
        found
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
