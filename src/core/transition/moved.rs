//! Who lost and who gained an item with a change, by whatever way it came.

use chrono::Duration;

use super::{Actor, Change, Tell};
use crate::act::with_a_part;
use crate::item::{Item, Role};
use crate::notice::News;
use crate::org::PersonId;
use crate::policy::{Form, Urgency};
use crate::world::World;

/// Those to be told beside whom the change itself tells. A fresh ladder tells its fixers by its own first step, and
/// nobody is told of their own act.
pub fn moved(old: &Item, change: &Change, actor: &Actor, world: &World) -> Vec<Tell> {
    let item = &change.item;
    if !old.state.is_open() || !item.state.is_open() {
        return Vec::new();
    }
    let (before, after) = (world.holders(old, Role::Responsible), world.holders(item, Role::Responsible));
    let new = |p: &&PersonId| !actor.is(**p) && !change.tell.iter().any(|t| t.person == **p);
    let lost = before.iter().filter(|p| !after.contains(p)).filter(new).map(|p| lost(*p));
    let fresh = item.issued_at == Some(world.now);
    let gained = after.iter().filter(|p| !fresh && !before.contains(p)).filter(new).map(|p| gained(*p, item));
    lost.chain(gained).collect()
}

/// Those who had a part in the item, in whatever role, and have none any more.
pub fn dropped(old: &Item, new: &Item, world: &World) -> Vec<PersonId> {
    let mut had = with_a_part(old, world);
    let have = with_a_part(new, world);
    had.retain(|person| !have.contains(person));
    had
}

/// The item is somebody else's now.
pub fn lost(person: PersonId) -> Tell {
    tell(person, Form::Told, Urgency::Routine, News::Reassigned)
}

/// The item is this person's now.
pub fn gained(person: PersonId, item: &Item) -> Tell {
    let form = if item.state.is_with_fixer() { Form::Issue } else { Form::Told };
    tell(person, form, Urgency::Escalation, News::Yours)
}

fn tell(person: PersonId, form: Form, urgency: Urgency, news: News) -> Tell {
    Tell { person, form, urgency, delay: Duration::zero(), note: news.into() }
}
