//! Items follow the post: who stands on an item after its holder left the post by which it came.
//!
//! Pure. An item names a person; what it means is the post that they held when it came. When they leave that post and
//! somebody takes it, the item goes with it. Where that cannot be told for certain, nothing is guessed: the item stays,
//! and without a living owner it is listed.

use chrono::{DateTime, Utc};

use super::item::{Assignment, Item, Role};
use super::org::{Directory, PersonId, PostId, Who};
use super::world::World;

/// The post by which an item came to a person: the only one that they held when it came, or of several the one nearest
/// to the item's unit. `None` when that leaves a choice.
pub fn came_by(directory: &Directory, item: &Item, person: PersonId, since: DateTime<Utc>) -> Option<PostId> {
    let held = directory.held_by(person, since);
    if let [one] = held.as_slice() {
        return Some(*one);
    }
    // A department speaks for the unit above it.
    let distance = |post: PostId| {
        let unit = directory.unit(directory.post(post)?.unit)?;
        let chain = directory.chain(item.unit?);
        chain
            .iter()
            .position(|u| *u == unit.id || (Some(*u) == unit.parent && unit.level == super::org::Level::Department))
    };
    let mut near: Vec<(usize, PostId)> = held.into_iter().filter_map(|post| Some((distance(post)?, post))).collect();
    near.sort();
    match near.as_slice() {
        [(_, one)] => Some(*one),
        [(first, one), (second, _), ..] if first < second => Some(*one),
        _ => None,
    }
}

/// Who takes the place of an assignment's person now, because they left the post by which the item came. `None`: they
/// still hold it, nobody took it, or it cannot be told who did.
pub fn successor(directory: &Directory, item: &Item, assignment: &Assignment, now: DateTime<Utc>) -> Option<Who> {
    let Who::Person(person) = assignment.who else { return None };
    let post = came_by(directory, item, person, assignment.since)?;
    let mut holders = directory.holders(post, now);
    holders.dedup();
    let serves = directory.serves(person);
    if serves && holders.contains(&person) {
        return None;
    }
    let before = directory.held(post, assignment.since);
    // Several held it together: one who only moved on keeps what is theirs, as no newcomer need be their successor.
    if serves && before.len() > 1 {
        return None;
    }
    let new: Vec<PersonId> = holders.iter().copied().filter(|p| !before.contains(p)).collect();
    match (new.as_slice(), holders.as_slice()) {
        ([one], _) => Some(Who::Person(*one)),
        ([], [one]) if !serves => Some(Who::Person(*one)),
        ([_, _, ..], all) if new.len() == all.len() => Some(Who::Post(post)),
        _ => None,
    }
}

/// An issued item that is not finished and that no living person is responsible for.
pub fn is_ownerless(item: &Item, world: &World) -> bool {
    item.state.is_open() && world.holders(item, Role::Responsible).is_empty()
}

/// Names of those on record as responsible, living or not; of a vacant post its unit and title.
pub fn last_owner(item: &Item, directory: &Directory, now: DateTime<Utc>) -> String {
    let names = item.assigned(Role::Responsible, now).map(|a| name_of(directory, a.who));
    names.collect::<Vec<_>>().join("、")
}

/// A person's name; a post as its unit and title.
pub fn name_of(directory: &Directory, who: Who) -> String {
    match who {
        Who::Person(id) => directory.person(id).map_or(String::new(), |p| p.name.clone()),
        Who::Post(id) => directory.post(id).map_or(String::new(), |p| {
            format!("{}{}", directory.unit(p.unit).map_or("", |u| u.name.as_str()), p.title)
        }),
    }
}
