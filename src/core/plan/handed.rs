//! What a hand-over after the deadline means for the ladder: who knows already, and until when the new fixer can answer.

use chrono::{DateTime, Utc};

use super::{addressees, anchor_of, in_slot, occurrences};
use crate::deadline::Span;
use crate::item::{Item, Role};
use crate::org::PersonId;
use crate::policy::{Anchor, Trigger};
use crate::world::World;

/// Until when an item that was handed over after its deadline goes no further up its ladder: the new fixer's own first
/// reminder, and from there as long as the ladder takes to its first step after the deadline. `None`: it goes on.
pub fn time_to_answer(item: &Item, world: &World) -> Option<DateTime<Utc>> {
    let (course, due) = (item.course?, item.current_due?);
    if course.handed_at <= due {
        return None;
    }
    let office = world.office(item.unit);
    let steps = &world.ladder(item)?.steps;
    let after = |wanted: Anchor, from: DateTime<Utc>| {
        let instants = steps.iter().filter_map(move |step| match step.at {
            Trigger::Offset { anchor, before: false, span } if anchor == wanted && !is_no_time(span) => {
                Some(in_slot(span.after(from, &office), step, &office)).filter(|at| *at > from)
            }
            _ => None,
        });
        instants.min()
    };
    let reminded = after(Anchor::Issue, office.opens_at(course.handed_at)).unwrap_or(course.handed_at);
    Some(after(Anchor::Due, reminded).unwrap_or(reminded))
}

/// Who heard, or was to hear, the steps above the fixer that the deadline has set off by now.
pub fn told_above(item: &Item, world: &World) -> Vec<PersonId> {
    let office = world.office(item.unit);
    let steps = world.ladder(item).map(|l| l.steps.as_slice()).unwrap_or_default();
    let fixers = world.holders(item, Role::Responsible);
    let mut people: Vec<PersonId> = Vec::new();
    for step in steps.iter().filter(|s| s.level > 0 && anchor_of(&s.at) == Anchor::Due) {
        if occurrences(item, step, world, &office).next().is_none_or(|first| first.at > world.now) {
            continue;
        }
        for (person, _) in addressees(item, step, world) {
            if !fixers.contains(&person) && !people.contains(&person) {
                people.push(person);
            }
        }
    }
    people
}

/// No time in whatever unit: the same day.
fn is_no_time(span: Span) -> bool {
    matches!(span, Span::Minutes(0) | Span::Hours(0) | Span::Days(0) | Span::Workdays(0) | Span::Months(0))
}
