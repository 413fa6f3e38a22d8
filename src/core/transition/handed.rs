//! An item begins anew for whoever has it now; what its deadline set off goes on.
//!
//! The new fixer hears of it by the ladder's own first step and has time to answer. What was overdue stays so: steps
//! after the deadline keep their days, those that came are not undone, and being passed on gives nobody a second delay.

use chrono::Duration;

use crate::item::{Course, Item, Role, State};
use crate::org::PersonId;
use crate::plan;
use crate::world::World;

/// Starts the item for its new fixers. The caller has changed the assignments already.
pub(super) fn hand_on(item: &mut Item, world: &World) {
    let now = world.now;
    let handed_at = match item.course {
        Some(course) if plan::time_to_answer(item, world).is_some_and(|end| now < end) => course.handed_at,
        _ => now,
    };
    let since = item.course.map(|course| course.since).or(item.issued_at).unwrap_or(now);
    item.course = Some(Course { since, epoch: item.deadline_epoch(), handed_at });
    item.epoch += 1;
    item.snoozed_until = None;
    item.returned.clear();
    item.state = State::Assigned;
    item.acked_at = None;
    // The new fixer hears by the ladder's own first step, counted from now.
    item.issued_at = Some(now);
    item.planned_until = item.planned_until.min(now - Duration::milliseconds(1));
}

/// Those to whom the ladder of the deadline has gone up, without whose work it was and is.
pub(super) fn involved(old: &Item, item: &Item, world: &World) -> Vec<PersonId> {
    let mut people = plan::told_above(old, world);
    let own = [world.holders(old, Role::Responsible), world.holders(item, Role::Responsible)].concat();
    people.retain(|p| !own.contains(p));
    people
}
