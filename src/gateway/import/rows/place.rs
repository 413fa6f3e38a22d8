//! Whom and what a row names: people, posts and units found in the directory.

use chrono::{DateTime, Utc};

use crate::core::deadline::{Due, Span, local_to_utc};
use crate::core::item::{Assignment, Item, Role, Severity};
use crate::core::org::{Directory, PersonId, UnitId, Who};
use crate::gateway::Gateway;
use crate::ledger::cells::HazardLevel;
use crate::ledger::{self, DueCell, Key, PersonRef, Place, Problem, Row};

/// Longest title shown in chat; the whole text is in the description.
const TITLE: usize = 40;

impl Gateway {
    /// The item that a row describes, as a draft.
    pub(in crate::gateway) fn item_from(&self, directory: &Directory, row: &Row, problems: &mut Vec<Problem>) -> Item {
        let now = self.now();
        let unit = find_unit(directory, row);
        if unit.is_none() {
            problems.push(draft_problem(
                row.at(Key::Unit),
                &row.unit,
                "unit-unknown: neither the unit nor its township is known",
                "add it to the units sheet",
            ));
        }
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
        let words = [row.unit.trim(), row.place_text.trim(), row.description.trim()];
        let text = words.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
        let severity = match row.severity {
            Some(HazardLevel::Major) => Severity::Major,
            Some(HazardLevel::Larger) => Severity::Larger,
            _ => Severity::General,
        };
        Item {
            unit,
            title: text.chars().take(TITLE).collect(),
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
            for person in people {
                match find_person(directory, person, unit, now) {
                    Found::One(who) => add(role, who),
                    Found::Several => problems.push(draft_problem(
                        row.at(key),
                        &person.name,
                        "person-ambiguous: several people have this name",
                        "add the phone number or the unit",
                    )),
                    Found::None => problems.push(draft_problem(
                        row.at(key),
                        &person.name,
                        "person-unknown: nobody of this name is known",
                        "add the person to the people sheet",
                    )),
                }
            }
        }
        if row.responsible.is_empty() && !row.responsible_unit.is_empty() {
            match unit_post(directory, &row.responsible_unit) {
                Some(who) => add(Role::Responsible, who),
                None => problems.push(draft_problem(
                    row.at(Key::ResponsibleUnit),
                    &row.responsible_unit,
                    "unit-without-post: this unit has no liaison or head",
                    "name a person, or add the unit's liaison",
                )),
            }
        }
        if let Some(who) = unit_post_with(directory, &row.supervise_unit, &["supervisor", "head", "liaison"])
            && row.supervisor.is_empty()
        {
            add(Role::Supervisor, who);
        }
        assignments
    }
}

pub(super) enum Found {
    One(Who),
    Several,
    None,
}

/// By name; the phone or the unit's chain decide between people of one name; a unit's name means its post.
pub(super) fn find_person(
    directory: &Directory,
    person: &PersonRef,
    unit: Option<UnitId>,
    now: DateTime<Utc>,
) -> Found {
    let named = directory.people_named(&person.name);
    match named.as_slice() {
        [one] => return Found::One(Who::Person(one.id)),
        [] => return unit_post(directory, &person.name).map_or(Found::None, Found::One),
        _ => {}
    }
    let chain = unit.map(|u| directory.chain(u)).unwrap_or_default();
    let near: Vec<PersonId> = named
        .iter()
        .map(|p| p.id)
        .filter(|p| directory.posts_of_person(*p, now).iter().any(|post| chain.contains(&post.unit)))
        .collect();
    match near.as_slice() {
        [one] => Found::One(Who::Person(*one)),
        _ => Found::Several,
    }
}

pub(super) fn unit_post(directory: &Directory, name: &str) -> Option<Who> {
    unit_post_with(directory, name, &["liaison", "head", "supervisor", "safety_office", "staff"])
}

pub(super) fn unit_post_with(directory: &Directory, name: &str, roles: &[&str]) -> Option<Who> {
    if name.is_empty() {
        return None;
    }
    let units = directory.units_named(name);
    let [unit] = units.as_slice() else { return None };
    roles.iter().find_map(|role| directory.posts_with_role(unit.id, role).first().copied()).map(Who::Post)
}

pub(super) fn find_unit(directory: &Directory, row: &Row) -> Option<UnitId> {
    let named = |name: &str| -> Option<UnitId> {
        let units = directory.units_named(name);
        (!name.is_empty()).then(|| units.first().map(|u| u.id)).flatten()
    };
    named(&row.unit).or_else(|| named(&row.town)).or_else(|| named(&row.county))
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
