//! People and units that look as if they stood in the register twice.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::org::{Directory, Person, Unit, UnitId, names};

/// Pairs of people in service who have one name and nothing that tells them apart: the same phone, a post in the same
/// unit, or one of them without any post.
pub fn doubled_people(directory: &Directory, now: DateTime<Utc>) -> Vec<(&Person, &Person)> {
    let mut by_name: HashMap<String, Vec<&Person>> = HashMap::new();
    for person in directory.people() {
        by_name.entry(names::whole_key(&person.name)).or_default().push(person);
    }
    let units =
        |p: &Person| -> Vec<UnitId> { directory.posts_of_person(p.id, now).iter().map(|post| post.unit).collect() };
    let mut pairs = Vec::new();
    for people in by_name.values() {
        for (n, one) in people.iter().enumerate() {
            for other in &people[n + 1..] {
                let (a, b) = (units(one), units(other));
                let same_number =
                    !one.phone.is_empty() && names::phone_key(&one.phone) == names::phone_key(&other.phone);
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
        by_name.entry(names::without_form(&unit.name)).or_default().push(unit);
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
