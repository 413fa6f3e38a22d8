//! Whom and what a row names: people, posts and units found in the directory.

use chrono::{DateTime, Utc};

use crate::core::deadline::{Due, Span, local_to_utc};
use crate::core::item::{Assignment, Item, Role, Severity};
use crate::core::org::identity::{self, Clue, Units, Unsure};
use crate::core::org::{Directory, PostId, UnitId, Who};
use crate::core::title;
use crate::gateway::Gateway;
use crate::ledger::cells::HazardLevel;
use crate::ledger::{self, DueCell, Key, PersonRef, Place, Problem, Row};

impl Gateway {
    /// The item that a row describes, as a draft.
    pub(in crate::gateway) fn item_from(&self, directory: &Directory, row: &Row, problems: &mut Vec<Problem>) -> Item {
        let now = self.now();
        let unit = find_unit(directory, row, problems);
        let world = self.world(directory);
        let office = world.office(unit);
        let found = row.found_on.unwrap_or_else(|| office.date(now));
        let start = local_to_utc(office.zone, found.and_time(office.day_start));
        let due = match &row.due.cell {
            DueCell::Date(d) | DueCell::EndOf(d) => Some(Due::On(*d)),
            DueCell::DateTime(t) => Some(Due::At(local_to_utc(office.zone, *t))),
            DueCell::Immediate { .. } => Some(Due::Immediate),
            DueCell::Ongoing => Some(Due::Ongoing),
            DueCell::Within(span) => Some(Due::Within(match span {
                ledger::Span::Days(n) => Span::Days(*n),
                ledger::Span::Workdays(n) => Span::Workdays(*n),
                ledger::Span::Months(n) => Span::Months(*n),
            })),
            DueCell::Missing | DueCell::Unreadable { .. } => None,
        };
        let cutoff = due.and_then(|d| d.cutoff(start, &office));
        let provisional = cutoff.is_some_and(|c| c.provisional || office.calendar.is_provisional(office.date(c.at)));
        let severity = match row.severity {
            Some(HazardLevel::Major) => Severity::Major,
            Some(HazardLevel::Larger) => Severity::Larger,
            _ => Severity::General,
        };
        Item {
            unit,
            title: title::of(&row.description, &[&row.unit, &row.place_text]),
            description: row.description.clone(),
            place: row.place_text.clone(),
            severity,
            industry: row.industry.clone(),
            tags: row.tags.clone(),
            listed: row.tags.iter().any(|t| t == "挂牌") || row.note.contains("挂牌督办"),
            basis: row.basis.clone(),
            due: due.unwrap_or(Due::Immediate),
            original_due: cutoff.map(|c| c.at),
            current_due: cutoff.map(|c| c.at),
            provisional,
            assignments: self.assignments_from(directory, row, unit, problems),
            ..Item::draft(now)
        }
    }

    pub(super) fn assignments_from(
        &self,
        directory: &Directory,
        row: &Row,
        unit: Option<UnitId>,
        problems: &mut Vec<Problem>,
    ) -> Vec<Assignment> {
        let now = self.now();
        let mut assignments: Vec<Assignment> = Vec::new();
        let mut add = |role: Role, who: Who| {
            if !assignments.iter().any(|a| a.role == role && a.who == who) {
                assignments.push(Assignment { role, who, since: now, until: None });
            }
        };
        let lists = [
            (Role::Responsible, Key::Responsible, &row.responsible),
            (Role::Leader, Key::Leader, &row.leader),
            (Role::Verifier, Key::Verifier, &row.verifier),
            (Role::Assigner, Key::Assigner, &row.assigner),
            (Role::Supervisor, Key::Supervisor, &row.supervisor),
            (Role::Cc, Key::Cc, &row.cc),
        ];
        for (role, key, people) in lists {
            let body = match role {
                Role::Responsible => row.responsible_unit.as_str(),
                Role::Supervisor => row.supervise_unit.as_str(),
                _ => "",
            };
            for named in clues(directory, people) {
                let (name, title) = (named.name.as_str(), named.person.title.as_deref());
                let phone = named.person.phone.as_deref();
                let clue = Clue { name, phone, title, within: &named.within, near: unit, body };
                let shown = if name.is_empty() { title.unwrap_or_default() } else { name };
                match identity::who(directory, &clue, now) {
                    Ok(meant) => {
                        if meant.other_phone {
                            problems.push(phone_differs(row.at(key), named.person));
                        }
                        add(role, meant.who);
                    }
                    Err(unsure) => problems.push(not_certain(row.at(key), shown, unsure)),
                }
            }
        }
        if row.responsible.is_empty() && !row.responsible_unit.is_empty() {
            let clue = Clue { name: &row.responsible_unit, near: unit, ..Clue::default() };
            match identity::who(directory, &clue, now) {
                Ok(meant) => add(Role::Responsible, meant.who),
                Err(unsure) => {
                    // A unit's name is what stands here: that no person is called so says nothing.
                    let unsure = if unsure == Unsure::Unknown { Unsure::NoPost } else { unsure };
                    problems.push(not_certain(row.at(Key::ResponsibleUnit), &row.responsible_unit, unsure));
                }
            }
        }
        if row.supervisor.is_empty() && !row.supervise_unit.is_empty() {
            for post in supervising_posts(directory, row, now) {
                add(Role::Supervisor, Who::Post(post));
            }
        }
        assignments
    }
}

/// A person of a cell with the units that stand before the name.
struct Named<'a> {
    person: &'a PersonRef,
    /// As it is meant: 买买提 吐尔逊 is one name.
    name: String,
    within: Vec<&'a str>,
}

/// People of a cell. A unit that only says where the next one belongs (河东县/柳河乡/张强) is not one of them, and a space
/// inside a name that is on record does not make two.
fn clues<'a>(directory: &Directory, people: &'a [PersonRef]) -> Vec<Named<'a>> {
    let (mut named, mut within): (Vec<Named<'a>>, Vec<&str>) = (Vec::new(), Vec::new());
    let known = |name: &str| !directory.people_named(name).is_empty();
    let mut rest = people.iter().peekable();
    while let Some(mut person) = rest.next() {
        let mut name = person.name.clone();
        let bare = !name.is_empty() && person.phone.is_none() && person.title.is_none();
        if bare
            && !known(&name)
            && let Some(next) = rest.peek().filter(|n| n.joined && !n.name.is_empty())
        {
            let both = format!("{name}·{}", next.name);
            if !directory.units_called(&name).is_empty() {
                within.push(&person.name);
                continue;
            }
            if known(&both) && !known(&next.name) {
                (name, person) = (both, *next);
                rest.next();
            }
        }
        named.push(Named { person, name, within: std::mem::take(&mut within) });
    }
    named
}

/// The posts of a supervising unit that hear of its items: all of the first role that is there.
fn supervising_posts(directory: &Directory, row: &Row, now: DateTime<Utc>) -> Vec<PostId> {
    let Units::One(unit) = identity::unit_of_row(directory, &row.supervise_unit, &row.town, &row.county) else {
        return Vec::new();
    };
    let posts = |role: &&str| directory.posts_with_role(unit, role);
    let held = |post: &PostId| !directory.holders(*post, now).is_empty();
    let all = ["supervisor", "head", "liaison"].iter().map(posts);
    all.map(|posts| posts.into_iter().filter(held).collect::<Vec<_>>()).find(|p| !p.is_empty()).unwrap_or_default()
}

/// Why a name is nobody's for certain, and the way out.
fn not_certain(place: Place, value: &str, unsure: Unsure) -> Problem {
    let (reason, hint) = match unsure {
        Unsure::Unknown => ("person-unknown: nobody of this name is known", "add the person to the people sheet"),
        Unsure::Several => (
            "person-ambiguous: several people may be meant",
            "write the telephone number on record or the unit behind the name: 张强（柳河乡）",
        ),
        Unsure::Contradicted => (
            "person-contradicted: what stands beside the name belongs to somebody else",
            "correct the name, or the telephone number, unit or title beside it",
        ),
        Unsure::SeveralUnits => (
            "unit-ambiguous: several units have this name",
            "write the township in its column, or the path: 柳河乡/中心小学",
        ),
        Unsure::NoPost => (
            "unit-without-post: this unit has no such post, or no single liaison or head",
            "name a person, or add the post to the people sheet",
        ),
        Unsure::Vacant => {
            ("post-vacant: nobody holds this post", "name a person, or import the new holder with the people sheet")
        }
    };
    draft_problem(place, value, reason, hint)
}

/// The person is certain by name; the number beside it is not the one on record.
fn phone_differs(place: Place, person: &PersonRef) -> Problem {
    let phone = person.phone.clone().unwrap_or_default();
    let reason = "phone-differs: the number beside the name is not the one on record";
    let hint = "correct the cell, or the person's number in the people sheet";
    Problem { severity: ledger::Severity::Warning, about: phone, ..draft_problem(place, &person.name, reason, hint) }
}

/// The unit of a row, else its township or county. Of several of one name the row must tell which.
fn find_unit(directory: &Directory, row: &Row, problems: &mut Vec<Problem>) -> Option<UnitId> {
    let names = [
        (Key::Unit, row.unit.as_str(), row.town.as_str(), row.county.as_str()),
        (Key::Town, row.town.as_str(), "", row.county.as_str()),
        (Key::County, row.county.as_str(), "", ""),
    ];
    for (key, unit, town, county) in names.into_iter().filter(|(_, unit, ..)| !unit.is_empty()) {
        match identity::unit_of_row(directory, unit, town, county) {
            Units::One(unit) => return Some(unit),
            Units::Several(_) => {
                problems.push(not_certain(row.at(key), unit, Unsure::SeveralUnits));
                return None;
            }
            Units::None => {}
        }
    }
    problems.push(draft_problem(
        row.at(Key::Unit),
        &row.unit,
        "unit-unknown: neither the unit nor its township is known",
        "add it to the units sheet",
    ));
    None
}

pub(super) fn draft_problem(place: Place, value: &str, reason: &str, hint: &str) -> Problem {
    Problem {
        place,
        value: value.to_owned(),
        severity: ledger::Severity::Draft,
        reason: reason.to_owned(),
        hint: hint.to_owned(),
        about: String::new(),
    }
}
