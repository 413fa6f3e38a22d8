//! Items from one person to another.

use crate::app::Caller;
use crate::app::{Result, finish, refuse};
use crate::core::item::Item;
use crate::core::org::{PersonId, UnitId, Who};
use crate::core::transition::Why;
use crate::gateway::Gateway;
use crate::gateway::owners::Moved;
use crate::store::items;
use crate::store::work::Work;

/// What was handed over, or would be.
#[derive(Clone, Debug)]
pub struct Handover {
    /// Moved, or kept where they were with the reason.
    pub items: Vec<Moved>,
    /// Open items that stand on posts which the person holds: they follow the post, not the person.
    pub by_post: usize,
}

/// Hands the open items on which a person stands by name to another one, all or those of a unit and below. Who gained or
/// lost one is told.
///
/// # Errors
/// Both are one person.
pub async fn hand_over(
    gateway: &Gateway,
    caller: &Caller,
    from: PersonId,
    to: PersonId,
    unit: Option<UnitId>,
    apply: bool,
) -> Result<Handover> {
    if from == to {
        return refuse("both are the same person");
    }
    let now = gateway.now();
    let directory = gateway.directory().await?;
    let within = unit.map(|u| directory.subtree(u));
    let lies = |item: &Item| within.as_ref().is_none_or(|units| item.unit.is_some_and(|u| units.contains(&u)));
    let mut tx = gateway.store.begin().await?;
    let mut theirs = items::unfinished_of(&mut tx, Who::Person(from)).await?;
    theirs.retain(lies);
    let mut by_post = 0;
    for post in directory.posts_of_person(from, now) {
        by_post += items::unfinished_of(&mut tx, Who::Post(post.id)).await?.iter().filter(|i| lies(i)).count();
    }
    let mut work = Work::new(&mut tx, now);
    let mut moved = Vec::new();
    for item in &theirs {
        let places = (Who::Person(from), Who::Person(to));
        moved.push(gateway.move_item(&mut work, &directory, item, places, Why::Handover, &[], &caller.origin()).await?);
    }
    work.settle().await?;
    finish(tx, apply).await?;
    gateway.bell.notify_waiters();
    Ok(Handover { items: moved, by_post })
}
