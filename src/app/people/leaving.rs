//! Somebody leaves the service, and a leaving that was wrong.

use crate::app::Caller;
use crate::app::{Result, finish, refuse};
use crate::core::item::{Item, Role};
use crate::core::org::{PersonId, Who};
use crate::core::owners::is_ownerless;
use crate::core::transition::Why;
use crate::gateway::Gateway;
use crate::gateway::owners::{Moved, next_owner};
use crate::store::people;
use crate::store::people::register::{self, Offboarded};
use crate::store::work::Work;
use crate::store::{inbox, items, links, ms};

/// What a leaving changes.
#[derive(Clone, Debug, Default)]
pub struct Leaving {
    /// Posts that end, by unit and title.
    pub posts: Vec<String>,
    /// Those of them that nobody else holds.
    pub vacant: Vec<String>,
    /// Accounts and addresses that are cut.
    pub contacts: Vec<String>,
    /// Items on which they stand by name: whose each is then.
    pub moved: Vec<Moved>,
    /// Items on which they stand by name and that stay so, as it cannot be told whose they are.
    pub left: Vec<Item>,
    /// Open items that nobody is responsible for afterwards.
    pub ownerless: Vec<Item>,
    /// People for whom they stand in, now or later: those hear for themselves again.
    pub deputy_of: Vec<PersonId>,
    /// Nobody hears alarms any more.
    pub last_administrator: bool,
}

/// Posts end, accounts are cut, codes and links issued before are dead; items go to the successor, or to whoever took the
/// post by which they came. History keeps the name.
///
/// # Errors
/// They left already, or are their own successor.
pub async fn offboard(
    gateway: &Gateway,
    caller: &Caller,
    person: PersonId,
    successor: Option<PersonId>,
    apply: bool,
) -> Result<Leaving> {
    if successor == Some(person) {
        return refuse("the successor must be somebody else");
    }
    let now = gateway.now();
    let mut tx = gateway.store.begin().await?;
    let before = people::load(&mut tx).await?;
    if !before.serves(person) {
        return refuse("they have left already; --undo takes that back");
    }
    let mut report = Leaving::default();
    let mut kept = Offboarded { contacts: register::kept_contacts(&mut tx, person).await?, ..Offboarded::default() };
    for held in register::tenures(&mut tx, person).await? {
        if held.row.until.is_none_or(|until| until > now) {
            kept.tenures.push((held.id, held.row.until.map(ms)));
            let name = super::post_name(&before, held.row.post);
            if before.holders(held.row.post, now) == [person] {
                report.vacant.push(name.clone());
            }
            report.posts.push(name);
        }
    }
    let living = kept.contacts.iter().filter(|c| c.state == "ok");
    report.contacts = living.map(|c| format!("{} {}", c.channel, c.address)).collect();
    let leaves = register::leaves(&mut tx).await?;
    report.deputy_of =
        leaves.iter().filter(|l| l.row.deputy == person && l.row.until > now).map(|l| l.row.person).collect();
    people::retire(&mut tx, person, now).await?;
    people::log(&mut tx, &caller.origin(), now).await?;
    links::close_sessions(&mut tx, person).await?;
    inbox::drop_question(&mut tx, person).await?;
    let directory = people::load(&mut tx).await?;
    report.last_administrator = directory.administrators().is_empty() && !before.administrators().is_empty();
    let theirs = items::unfinished_of(&mut tx, Who::Person(person)).await?;
    let mut work = Work::new(&mut tx, now);
    for item in theirs {
        let to = successor.map(Who::Person).or_else(|| next_owner(&directory, &item, person, now));
        let Some(to) = to else {
            report.left.push(item);
            continue;
        };
        // Where they stood already, nothing is to be taken back.
        let new = |role: &Role| !item.assigned(*role, now).any(|a| a.who == to);
        let moved = gateway
            .move_item(&mut work, &directory, &item, (Who::Person(person), to), Why::Offboard, &[], &caller.origin())
            .await?;
        if moved.refused.is_some() {
            report.left.push(item);
        } else {
            let roles = moved.roles.iter().copied().filter(new).collect();
            kept.moved.push((moved.item.0, to, roles));
        }
        report.moved.push(moved);
    }
    let world = gateway.world(&directory);
    report.ownerless = report.left.iter().filter(|item| is_ownerless(item, &world)).cloned().collect();
    register::put_offboarding(work.tx().await?, person, now, &kept).await?;
    work.settle().await?;
    finish(tx, apply).await?;
    gateway.bell.notify_waiters();
    Ok(report)
}

/// A leaving that was taken back.
#[derive(Clone, Debug, Default)]
pub struct Back {
    pub posts: Vec<String>,
    pub contacts: Vec<String>,
    /// Addresses that are somebody else's by now.
    pub lost: Vec<String>,
    /// Items that come back.
    pub moved: Vec<Moved>,
}

/// Takes a wrong leaving back: posts and contact points are as they were, and items that it moved come back. Codes that
/// were issued before stay dead.
///
/// # Errors
/// They did not leave, or left before this could be taken back.
pub async fn take_back(gateway: &Gateway, caller: &Caller, person: PersonId, apply: bool) -> Result<Back> {
    let now = gateway.now();
    let mut tx = gateway.store.begin().await?;
    let Some((row, at, kept)) = register::last_offboarding(&mut tx, person).await? else {
        return refuse("what their leaving changed was not kept; import their row with --people, and they are back");
    };
    register::take_back(&mut tx, row, person, now).await?;
    let mut report = Back::default();
    let rows = register::tenures(&mut tx, person).await?;
    let named = people::load(&mut tx).await?;
    for (id, until) in &kept.tenures {
        // What was changed since is somebody's newer word.
        let Some(held) = rows.iter().find(|t| t.id == *id && t.row.until == Some(at)) else { continue };
        let until = until.and_then(chrono::DateTime::from_timestamp_millis);
        register::set_tenure(&mut tx, *id, held.row.since, until).await?;
        report.posts.push(super::post_name(&named, held.row.post));
    }
    for contact in &kept.contacts {
        let name = format!("{} {}", contact.channel, contact.address);
        let back = register::put_back_contact(&mut tx, person, contact).await?;
        if back { &mut report.contacts } else { &mut report.lost }.push(name);
    }
    people::log(&mut tx, &caller.origin(), gateway.now()).await?;
    people::touch_directory(&mut tx).await?;
    let directory = people::load(&mut tx).await?;
    let mut work = Work::new(&mut tx, now);
    for (id, who, roles) in &kept.moved {
        let Some(item) = work.item(crate::core::item::ItemId(*id)).await? else { continue };
        if roles.is_empty() || !item.assignments.iter().any(|a| a.who == *who && a.until.is_none()) {
            continue;
        }
        let back = gateway
            .move_item(&mut work, &directory, &item, (*who, Who::Person(person)), Why::Back, roles, &caller.origin())
            .await?;
        report.moved.push(back);
    }
    work.settle().await?;
    finish(tx, apply).await?;
    gateway.bell.notify_waiters();
    Ok(report)
}
