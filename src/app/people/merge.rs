//! Two entries that are one person.

use chrono::{DateTime, Utc};

use crate::app::Caller;
use crate::app::{Result, finish, refuse};
use crate::core::item::{Item, ItemId, Role};
use crate::core::org::{Leave, PersonId, Tenure, Who};
use crate::core::transition::Why;
use crate::gateway::Gateway;
use crate::gateway::owners::Moved;
use crate::store::people;
use crate::store::people::register::{self, Numbered};
use crate::store::work::Work;
use crate::store::{Tx, items, links};

/// Items looked through at a time.
const AT_ONCE: i64 = 1_000;

/// What merging changes.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    pub posts: Vec<String>,
    pub contacts: Vec<String>,
    pub absences: usize,
    /// The merged entry's telephone, where the one that stays had none and takes it.
    pub phone_taken: Option<String>,
    /// The merged entry's telephone, where the one that stays has another: that one is kept on the merged entry only.
    pub phone_lost: Option<String>,
    pub items: Vec<Moved>,
    /// Items on which the one who stays would fix and verify alone: another verifier is needed.
    pub both: Vec<Item>,
}

/// Merges the entry `from` into the entry `into`, which stays: contact points, posts, items, absences, questions and what
/// was sent. The merged one is gone and points at the other; the log keeps its number.
///
/// # Errors
/// Both are one entry.
pub async fn merge(gateway: &Gateway, caller: &Caller, from: PersonId, into: PersonId, apply: bool) -> Result<Merged> {
    if from == into {
        return refuse("both are the same entry");
    }
    let now = gateway.now();
    let mut tx = gateway.store.begin().await?;
    let mut report = Merged::default();
    let theirs = register::kept_contacts(&mut tx, into).await?;
    for contact in register::kept_contacts(&mut tx, from).await? {
        // A mailbox that both have is one.
        match theirs.iter().any(|t| t.channel == contact.channel && t.address == contact.address) {
            true => register::drop_contact(&mut tx, contact.id).await?,
            false => register::give_contact(&mut tx, contact.id, into).await?,
        }
        report.contacts.push(format!("{} {}", contact.channel, contact.address));
    }
    let known = people::load(&mut tx).await?;
    let phone = |id| known.person(id).map_or(String::new(), |p| p.phone.clone());
    let (own, other) = (phone(into), phone(from));
    if !other.is_empty() && own.is_empty() {
        register::set_phone(&mut tx, into, &other).await?;
        report.phone_taken = Some(other);
    } else if !other.is_empty() && own != other {
        report.phone_lost = Some(other);
    }
    let posts = merge_tenures(&mut tx, from, into).await?;
    report.absences = merge_leaves(&mut tx, from, into).await?;
    links::void_codes(&mut tx, from, None, now).await?;
    register::absorb(&mut tx, from, into).await?;
    people::log(&mut tx, &caller.origin(), gateway.now()).await?;
    people::touch_directory(&mut tx).await?;
    let directory = people::load(&mut tx).await?;
    report.posts = posts.into_iter().map(|p| super::post_name(&directory, p)).collect();
    let world = gateway.world(&directory);
    let mut work = Work::new(&mut tx, now);
    let mut after = ItemId(0);
    loop {
        let page = items::unfinished_after(work.tx().await?, after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for item in page.iter().filter(|item| names(item, from)) {
            let places = (Who::Person(from), Who::Person(into));
            let origin = caller.origin();
            report.items.push(gateway.move_item(&mut work, &directory, item, places, Why::Merge, &[], &origin).await?);
            let Some(item) = work.item(item.id).await? else { continue };
            let judges = world.holders(&item, Role::Verifier);
            if world.holders(&item, Role::Responsible).contains(&into) && judges == [into] {
                report.both.push(item);
            }
        }
    }
    work.settle().await?;
    finish(tx, apply).await?;
    gateway.bell.notify_waiters();
    Ok(report)
}

/// Whether an item names a person in any way that still counts.
fn names(item: &Item, person: PersonId) -> bool {
    let stands = item.assignments.iter().any(|a| a.who == Who::Person(person) && a.until.is_none());
    let did = [item.claimed_by, item.verified_by, item.void_by].contains(&Some(person));
    let asks = item.extension.as_ref().is_some_and(|x| x.by == person);
    stands || did || asks || item.handover.as_ref().is_some_and(|h| h.by == person || h.to == Who::Person(person))
}

/// Tenures become the other's; two of one post that meet become one.
async fn merge_tenures(tx: &mut Tx, from: PersonId, into: PersonId) -> Result<Vec<crate::core::org::PostId>> {
    let mut kept = register::tenures(tx, into).await?;
    let mut posts = Vec::new();
    for moved in register::tenures(tx, from).await? {
        posts.push(moved.row.post);
        let meets = |k: &&mut Numbered<Tenure>| {
            k.row.post == moved.row.post
                && begins_before_end(&k.row, &moved.row)
                && begins_before_end(&moved.row, &k.row)
        };
        match kept.iter_mut().find(meets) {
            None => register::give_tenure(tx, moved.id, into).await?,
            Some(known) => {
                known.row.since = known.row.since.min(moved.row.since);
                known.row.until = later(known.row.until, moved.row.until);
                register::set_tenure(tx, known.id, known.row.since, known.row.until).await?;
                register::drop_tenure(tx, moved.id).await?;
            }
        }
    }
    posts.sort();
    posts.dedup();
    Ok(posts)
}

fn begins_before_end(one: &Tenure, other: &Tenure) -> bool {
    other.until.is_none_or(|until| one.since <= until)
}

/// The later of two ends; without one it goes on.
fn later(a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    a.zip(b).map(|(a, b)| a.max(b))
}

async fn merge_leaves(tx: &mut Tx, from: PersonId, into: PersonId) -> Result<usize> {
    let them = |p: PersonId| if p == from { into } else { p };
    let mut count = 0;
    for Numbered { id, row } in register::leaves(tx).await? {
        if row.person != from && row.deputy != from {
            continue;
        }
        count += 1;
        let merged = Leave { person: them(row.person), deputy: them(row.deputy), ..row };
        match merged.person == merged.deputy {
            true => register::drop_leave(tx, id).await?,
            false => register::set_leave(tx, id, &merged).await?,
        }
    }
    Ok(count)
}
