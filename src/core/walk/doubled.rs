//! People and units that look as if they stood in the register twice.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::core::org::{Directory, Person, PersonId, Unit, UnitId};

/// Endings of firms that one list writes and the other leaves out.
const FIRM: [&str; 6] = ["有限责任公司", "股份有限公司", "有限公司", "公司", "ltd", "co"];

/// A name without what people write in different ways: spaces, separating points, letters' case.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The name of a unit without the form of its firm.
fn plain_unit(name: &str) -> String {
    let mut text = plain(name);
    while let Some(rest) = FIRM.iter().find_map(|end| text.strip_suffix(end)).filter(|rest| !rest.is_empty()) {
        text = rest.to_owned();
    }
    text
}

/// Pairs of people in service who have one name and nothing that tells them apart: the same phone, a post in the same
/// unit, or one of them without any post.
pub fn doubled_people<'a>(
    directory: &'a Directory,
    phone: &HashMap<PersonId, String>,
    now: DateTime<Utc>,
) -> Vec<(&'a Person, &'a Person)> {
    let mut by_name: HashMap<String, Vec<&Person>> = HashMap::new();
    for person in directory.people() {
        by_name.entry(plain(&person.name)).or_default().push(person);
    }
    let units =
        |p: &Person| -> Vec<UnitId> { directory.posts_of_person(p.id, now).iter().map(|post| post.unit).collect() };
    let mut pairs = Vec::new();
    for people in by_name.values() {
        for (n, one) in people.iter().enumerate() {
            for other in &people[n + 1..] {
                let (a, b) = (units(one), units(other));
                let number = phone.get(&one.id).filter(|p| !p.is_empty());
                let same_number = number.is_some() && number == phone.get(&other.id);
                if same_number || a.is_empty() || b.is_empty() || a.iter().any(|u| b.contains(u)) {
                    pairs.push((*one, *other));
                }
            }
        }
    }
    pairs.sort_by_key(|(a, b)| (a.id, b.id));
    pairs
}

/// Pairs of units with names alike: side by side, or one of them in its place and the other without a unit above it.
pub fn doubled_units(directory: &Directory) -> Vec<(&Unit, &Unit)> {
    let mut by_name: HashMap<String, Vec<&Unit>> = HashMap::new();
    for unit in directory.units() {
        by_name.entry(plain_unit(&unit.name)).or_default().push(unit);
    }
    let mut pairs = Vec::new();
    for units in by_name.values() {
        for (n, one) in units.iter().enumerate() {
            for other in &units[n + 1..] {
                if one.parent == other.parent || one.parent.is_none() || other.parent.is_none() {
                    pairs.push((*one, *other));
                }
            }
        }
    }
    pairs.sort_by_key(|(a, b)| (a.id, b.id));
    pairs
}
