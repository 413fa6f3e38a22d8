//! Who and which unit is meant by what stands in a cell or a command.
//!
//! All evidence counts: the name in any spelling, the telephone, units and titles beside the name, the unit that the
//! row is about. Evidence that contradicts itself, or does not decide, is [`Unsure`]: whoever asks keeps a draft or asks
//! back. Nothing is guessed.

use chrono::{DateTime, Utc};

use super::names::{self, is_han, key, whole_key};
use super::places::{called, units_answering};
use super::{Directory, Level, PersonId, Post, PostId, UnitId, Who};

pub use super::places::{Units, by_path, unit_of_row};

/// What is known of the one that is meant.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clue<'a> {
    /// A name, a post (城关镇镇长), or a unit.
    pub name: &'a str,
    pub phone: Option<&'a str>,
    /// A title, or what else stood in brackets.
    pub title: Option<&'a str>,
    /// Units named before the name: 柳河乡/张强.
    pub within: &'a [&'a str],
    /// The unit that the row is about.
    pub near: Option<UnitId>,
    /// The unit named in a column for the units of these people.
    pub body: &'a str,
}

/// Somebody, and what should be said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meant {
    pub who: Who,
    /// The telephone beside the name is not the one on record.
    pub other_phone: bool,
}

/// Why nobody can be named for certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsure {
    /// Neither a person nor a unit nor a post is called so.
    Unknown,
    /// Several people are, and nothing in the row decides.
    Several,
    /// The telephone, unit or title beside the name belongs to others.
    Contradicted,
    /// Several units are called so.
    SeveralUnits,
    /// The unit is known, but has no such post, or none that takes items.
    NoPost,
    /// Nobody holds the post.
    Vacant,
}

/// Roles of posts that take items for their unit, the first that is held.
const TAKES: [&str; 5] = ["liaison", "head", "supervisor", "safety_office", "staff"];

/// The person or post that is meant at an instant.
///
/// # Errors
/// [`Unsure`]: not certain.
pub fn who(directory: &Directory, clue: &Clue<'_>, now: DateTime<Utc>) -> Result<Meant, Unsure> {
    let finder = Finder { directory, clue, now };
    let stated = finder.stated()?;
    if clue.name.is_empty() {
        return finder.post_near(clue.title.unwrap_or_default(), &stated).map(plain);
    }
    let named = finder.named(clue.name);
    if !named.is_empty() {
        return finder.one_of(named, &stated);
    }
    match finder.otherwise(clue.name, &stated) {
        Err(Unsure::Unknown) => match honorific(clue.name) {
            Some(name) => who(directory, &Clue { name, ..*clue }, now),
            None => Err(Unsure::Unknown),
        },
        found => found.map(plain),
    }
}

fn plain(who: Who) -> Meant {
    Meant { who, other_phone: false }
}

/// 何静同志 is 何静.
fn honorific(name: &str) -> Option<&str> {
    const WORDS: [&str; 8] = ["同志", "先生", "女士", "老师", "师傅", "Mr ", "Ms ", "Mrs "];
    let dotted = ["Mr. ", "Ms. ", "Mrs. ", "Dr. "];
    let rest = WORDS.iter().chain(&dotted).find_map(|w| name.strip_suffix(w).or_else(|| name.strip_prefix(w)))?;
    (!rest.trim().is_empty()).then(|| rest.trim())
}

/// The post of a unit that takes items for it, and is held: liaison, else head, ….
///
/// # Errors
/// [`Unsure::Several`] when two posts of the first such role are held.
pub fn post_for(directory: &Directory, unit: UnitId, roles: &[&str], now: DateTime<Utc>) -> Result<PostId, Unsure> {
    for role in roles {
        let posts = directory.posts_with_role(unit, role);
        let held: Vec<PostId> = posts.iter().copied().filter(|p| !directory.holders(*p, now).is_empty()).collect();
        match held.as_slice() {
            [one] => return Ok(*one),
            [] => {}
            _ => return Err(Unsure::Several),
        }
    }
    Err(Unsure::NoPost)
}

struct Finder<'a> {
    directory: &'a Directory,
    clue: &'a Clue<'a>,
    now: DateTime<Utc>,
}

impl Finder<'_> {
    /// The units that stand beside the name, one list for each.
    fn stated(&self) -> Result<Vec<Vec<UnitId>>, Unsure> {
        let mut stated = Vec::new();
        if !self.clue.within.is_empty() {
            let path = self.clue.within.join("/");
            match by_path(self.directory, &path) {
                Units::None => return Err(Unsure::Contradicted),
                Units::One(unit) => stated.push(vec![unit]),
                Units::Several(units) => stated.push(units),
            }
        }
        if let Some(units) = self.clue.title.map(|t| self.directory.units_called(t)).filter(|u| !u.is_empty()) {
            stated.push(units);
        }
        Ok(stated)
    }

    /// People of that name; the remark in brackets tells two of one name apart.
    fn named(&self, name: &str) -> Vec<PersonId> {
        let mut full = name.to_owned();
        if let Some(remark) = self.clue.title {
            full = format!("{name}({remark})");
        }
        self.directory.people_named(&full).into_iter().map(|p| p.id).collect()
    }

    fn one_of(&self, named: Vec<PersonId>, stated: &[Vec<UnitId>]) -> Result<Meant, Unsure> {
        let directory = self.directory;
        let several = named.len() > 1;
        let mut left = named;
        let mut other_phone = false;
        if let Some(phone) = self.clue.phone {
            let owners = directory.people_with_phone(phone);
            let with: Vec<PersonId> = left.iter().copied().filter(|p| owners.contains(p)).collect();
            if !with.is_empty() {
                left = with;
            } else if names::is_mobile(phone) && !owners.is_empty() {
                return Err(Unsure::Contradicted);
            } else if several && names::is_mobile(phone) {
                return Err(Unsure::Several);
            } else {
                other_phone = left.iter().any(|p| directory.person(*p).is_some_and(|p| !p.phone.is_empty()));
            }
        }
        for units in stated {
            let inside: Vec<PersonId> = left.iter().copied().filter(|p| self.belongs(*p, units)).collect();
            // One alone of this name may also be of the office above the unit, or of one below.
            let related = !several && left.iter().any(|p| self.is_above(*p, units) || self.has_no_post(*p));
            match inside.is_empty() {
                false => left = inside,
                true if related => {}
                true => return Err(Unsure::Contradicted),
            }
        }
        if left.len() > 1 {
            self.narrow(&mut left);
        }
        match left.as_slice() {
            [one] => Ok(Meant { who: Who::Person(*one), other_phone }),
            _ => Err(Unsure::Several),
        }
    }

    /// What else the row says, from the nearest to the name on; what fits nobody decides nothing.
    fn narrow(&self, left: &mut Vec<PersonId>) {
        let directory = self.directory;
        let mut keep = |fits: &dyn Fn(PersonId) -> bool| {
            let some: Vec<PersonId> = left.iter().copied().filter(|p| fits(*p)).collect();
            if !some.is_empty() {
                *left = some;
            }
        };
        if let Some(title) = self.clue.title.map(whole_key).filter(|t| !t.is_empty()) {
            keep(&|p| self.posts(p).iter().any(|post| whole_key(&post.title) == title));
            keep(&|p| self.posts(p).iter().any(|post| whole_key(&post.title).ends_with(&title)));
            // 柳河 for 柳河乡, 柳河乡安监办 for something in 柳河乡.
            let close = |unit: &str| {
                let unit = whole_key(unit);
                title.chars().count() >= 2 && (unit.starts_with(&title) || title.starts_with(&unit))
            };
            keep(&|p| self.above(p).iter().any(|u| directory.unit(*u).is_some_and(|u| close(&u.name))));
        }
        if let Units::One(body) = by_path(directory, self.clue.body) {
            keep(&|p| self.belongs(p, &[body]));
        }
        if let Some(near) = self.clue.near {
            let chain = directory.chain(near);
            keep(&|p| self.posts(p).iter().any(|post| chain.contains(&post.unit)));
        }
    }

    fn posts(&self, person: PersonId) -> Vec<&Post> {
        self.directory.posts_of_person(person, self.now)
    }

    fn has_no_post(&self, person: PersonId) -> bool {
        self.posts(person).is_empty()
    }

    /// The units of a person's posts and those above them.
    fn above(&self, person: PersonId) -> Vec<UnitId> {
        self.posts(person).iter().flat_map(|post| self.directory.chain(post.unit)).collect()
    }

    fn belongs(&self, person: PersonId, units: &[UnitId]) -> bool {
        self.above(person).iter().any(|u| units.contains(u))
    }

    fn is_above(&self, person: PersonId, units: &[UnitId]) -> bool {
        let above: Vec<UnitId> = units.iter().flat_map(|u| self.directory.chain(*u)).collect();
        self.posts(person).iter().any(|post| above.contains(&post.unit))
    }

    /// No person is called so: a unit, a post of a unit, a person with unit and title grown to the name.
    fn otherwise(&self, name: &str, stated: &[Vec<UnitId>]) -> Result<Who, Unsure> {
        let title = self.clue.title.filter(|t| self.directory.units_called(t).is_empty());
        match self.unit(name, stated) {
            Units::One(unit) => return self.post_of(unit, title),
            Units::Several(_) => return Err(Unsure::SeveralUnits),
            Units::None => {}
        }
        let whole = match title {
            // The reader of cells has taken the title off: 安监站站长 may be a title as a whole.
            Some(title) if !name.ends_with(title) => format!("{name}{title}"),
            _ => name.to_owned(),
        };
        let text = whole_key(&whole);
        let mut known_unit = false;
        let mut ends: Vec<usize> = text.char_indices().map(|(i, _)| i).skip(1).collect();
        ends.reverse();
        for end in ends {
            let (unit, rest) = text.split_at(end);
            if called(self.directory, unit).is_empty() {
                continue;
            }
            let unit = match self.unit(unit, stated) {
                Units::None => continue,
                Units::Several(_) => return Err(Unsure::SeveralUnits),
                Units::One(unit) => unit,
            };
            known_unit = true;
            match self.inside(unit, rest.trim()) {
                Err(Unsure::Unknown | Unsure::NoPost) => {}
                found => return found,
            }
        }
        if known_unit {
            return Err(Unsure::NoPost);
        }
        self.post_near(&whole, stated)
    }

    /// Somebody of a unit by what follows the unit's name: a person, a title, or both.
    fn inside(&self, unit: UnitId, rest: &str) -> Result<Who, Unsure> {
        let people: Vec<PersonId> = self.directory.people_named(rest).into_iter().map(|p| p.id).collect();
        if !people.is_empty() {
            let here: Vec<PersonId> = people.into_iter().filter(|p| self.belongs(*p, &[unit])).collect();
            return match here.as_slice() {
                [one] => Ok(Who::Person(*one)),
                [] => Err(Unsure::Contradicted),
                _ => Err(Unsure::Several),
            };
        }
        match self.titled(&[unit], rest) {
            Err(Unsure::Unknown) => self.with_title(&self.directory.subtree(unit), rest),
            found => found,
        }
    }

    /// A unit standing for its people, or one of its posts.
    fn post_of(&self, unit: UnitId, title: Option<&str>) -> Result<Who, Unsure> {
        match title {
            None => post_for(self.directory, unit, &TAKES, self.now).map(Who::Post),
            Some(title) => match self.titled(&[unit], &whole_key(title)) {
                Err(Unsure::Unknown) => Err(Unsure::NoPost),
                found => found,
            },
        }
    }

    /// The post with that title in these units. 负责人 and 联络员 are roles as well.
    fn titled(&self, units: &[UnitId], title: &str) -> Result<Who, Unsure> {
        let title = whole_key(title);
        let posts = || units.iter().flat_map(|u| self.directory.posts_in(*u));
        let mut found: Vec<&Post> = posts().filter(|p| !title.is_empty() && whole_key(&p.title) == title).collect();
        if found.is_empty() {
            let role = match title.as_str() {
                "负责人" | "主要负责人" | "一把手" => "head",
                "联络员" | "联系人" => "liaison",
                _ => return Err(Unsure::Unknown),
            };
            found = posts().filter(|p| p.role == role).collect();
        }
        self.held(&found)
    }

    /// The one of these posts that somebody holds.
    fn held(&self, posts: &[&Post]) -> Result<Who, Unsure> {
        let held: Vec<&&Post> = posts.iter().filter(|p| !self.directory.holders(p.id, self.now).is_empty()).collect();
        match (held.as_slice(), posts) {
            ([one], _) => Ok(Who::Post(one.id)),
            ([], []) => Err(Unsure::Unknown),
            ([], _) => Err(Unsure::Vacant),
            _ => Err(Unsure::Several),
        }
    }

    /// Somebody of these units by title and name, or title and surname, in either order: 安监站站长张强, 钱镇长.
    fn with_title(&self, units: &[UnitId], text: &str) -> Result<Who, Unsure> {
        let mut found: Vec<PersonId> = Vec::new();
        for post in units.iter().flat_map(|u| self.directory.posts_in(*u)) {
            let title = whole_key(&post.title);
            let Some(rest) = text.strip_suffix(&title).or_else(|| text.strip_prefix(&title)) else { continue };
            let rest = rest.trim();
            let surname = (1..=2).contains(&rest.chars().count()) && rest.chars().all(is_han);
            let fits = |p: &PersonId| {
                let name = self.directory.person(*p).map(|p| key(&p.name)).unwrap_or_default();
                name == rest || surname && text.ends_with(&title) && name.starts_with(rest)
            };
            if !rest.is_empty() {
                found.extend(self.directory.holders(post.id, self.now).into_iter().filter(fits));
            }
        }
        found.sort();
        found.dedup();
        match found.as_slice() {
            [one] => Ok(Who::Person(*one)),
            [] => Err(Unsure::Unknown),
            _ => Err(Unsure::Several),
        }
    }

    /// A title alone: of the stated unit, else of the nearest unit of the row that has one.
    fn post_near(&self, title: &str, stated: &[Vec<UnitId>]) -> Result<Who, Unsure> {
        let chain = match stated.first() {
            Some(units) => units.clone(),
            None => self.clue.near.map(|u| self.directory.chain(u)).unwrap_or_default(),
        };
        for unit in &chain {
            match self.titled(&[*unit], title) {
                Err(Unsure::Unknown) => {}
                found => return found,
            }
        }
        self.with_title(&chain, &whole_key(title))
    }

    /// A unit by its name, below what the row or the cell states where several are called so.
    fn unit(&self, name: &str, stated: &[Vec<UnitId>]) -> Units {
        let mut found = units_answering(self.directory, name);
        for above in stated {
            found.retain(|u| self.directory.chain(*u).iter().any(|c| above.contains(c)));
        }
        if found.len() > 1
            && let Some(near) = self.clue.near
        {
            let own: Vec<UnitId> = found.iter().copied().filter(|u| self.directory.chain(near).contains(u)).collect();
            // Of the same township or county as the row's unit.
            let beside = |level: Level| {
                let chain = self.directory.chain(near);
                let place = chain.into_iter().find(|u| self.directory.unit(*u).is_some_and(|u| u.level == level));
                let inside = |u: &UnitId| place.is_some_and(|p| self.directory.chain(*u).contains(&p));
                found.iter().copied().filter(inside).collect::<Vec<_>>()
            };
            let some = [own, beside(Level::Township), beside(Level::County)].into_iter().find(|s| !s.is_empty());
            found = some.unwrap_or(found);
        }
        Units::of(found)
    }
}
