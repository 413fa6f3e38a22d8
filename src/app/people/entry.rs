//! One entry: its name, its posts, and what of it was another person's.

use chrono::{DateTime, Utc};

use super::{Register, post_name};
use crate::app::Caller;
use crate::app::{Result, finish, refuse};
use crate::core::item::Role;
use crate::core::org::{PersonId, PostId, Who};
use crate::core::owners::came_by;
use crate::core::transition::Why;
use crate::gateway::Gateway;
use crate::gateway::owners::Moved;
use crate::store::people::{self, register};
use crate::store::work::Work;
use crate::store::{Tx, items};

/// A corrected name.
#[derive(Clone, Debug, PartialEq)]
pub struct Renamed {
    pub old: String,
    pub new: String,
    /// Others of the new name.
    pub namesakes: Vec<PersonId>,
}

/// Corrects a person's name; everything else stays theirs.
///
/// # Errors
/// The new name is empty or the old one.
pub async fn rename(gateway: &Gateway, caller: &Caller, person: PersonId, name: &str) -> Result<Renamed> {
    let directory = gateway.directory().await?;
    let old = directory.person(person).map_or(String::new(), |p| p.name.clone());
    let new = name.trim().to_owned();
    if new.is_empty() || new == old {
        return refuse(format!("{old} is called {old:?} already; give the new name"));
    }
    let namesakes = directory.people_named(&new).iter().map(|p| p.id).filter(|p| *p != person).collect();
    let mut tx = gateway.store.begin().await?;
    register::rename(&mut tx, person, &new).await?;
    people::log(&mut tx, &caller.origin(), gateway.now()).await?;
    people::touch_directory(&mut tx).await?;
    tx.commit().await?;
    Ok(Renamed { old, new, namesakes })
}

/// A post that ended, or will.
#[derive(Clone, Debug)]
pub struct PostEnded {
    /// Unit and title.
    pub post: String,
    pub until: DateTime<Utc>,
    /// Nobody else holds it at that instant.
    pub vacant: bool,
    /// Items that went to who holds it now.
    pub moved: Vec<Moved>,
    /// Open items that came by it and stay with the person until somebody takes it.
    pub stay: usize,
}

/// A person's post ends; whoever takes it takes the items that came by it. `post`: its title, or unit and title.
///
/// # Errors
/// They hold no such post, or several.
pub async fn end_post(
    gateway: &Gateway,
    caller: &Caller,
    register: &Register,
    person: PersonId,
    post: &str,
    until: DateTime<Utc>,
) -> Result<PostEnded> {
    let now = gateway.now();
    let directory = &register.directory;
    let mut tx = gateway.store.begin().await?;
    let rows = register::tenures(&mut tx, person).await?;
    let open: Vec<PostId> =
        rows.iter().filter(|t| t.row.until.is_none_or(|end| end > now.min(until))).map(|t| t.row.post).collect();
    let post = the_post(register, person, &open, post)?;
    for held in rows.iter().filter(|t| t.row.post == post && t.row.until.is_none_or(|end| end > until)) {
        if held.row.since > until {
            return refuse(format!(
                "{} holds {} only since {}; that is not before the day named",
                register.name(person),
                post_name(directory, post),
                held.row.since.with_timezone(&gateway.policy.zone).format("%Y-%m-%d")
            ));
        }
        register::set_tenure(&mut tx, held.id, held.row.since, Some(until)).await?;
    }
    people::log(&mut tx, &caller.origin(), gateway.now()).await?;
    people::touch_directory(&mut tx).await?;
    tx.commit().await?;
    let moved = gateway.follow_posts().await?;
    let directory = gateway.directory().await?;
    let at = until.max(now);
    let vacant = directory.holders(post, at).iter().all(|p| *p == person);
    let mut tx = gateway.store.snapshot().await?;
    let theirs = items::unfinished_of(&mut tx, Who::Person(person)).await?;
    let by_it = |i: &&crate::core::item::Item| {
        let mut named = i.assigned(Role::Responsible, now).filter(|a| a.who == Who::Person(person));
        named.any(|a| came_by(&directory, i, person, a.since) == Some(post))
    };
    let stay = theirs.iter().filter(by_it).count();
    Ok(PostEnded { post: post_name(&directory, post), until, vacant, moved, stay })
}

/// The post that `text` names among some of a person's.
fn the_post(register: &Register, person: PersonId, posts: &[PostId], text: &str) -> Result<PostId> {
    let directory = &register.directory;
    let plain = |t: &str| t.chars().filter(|c| !c.is_whitespace() && *c != '/').collect::<String>().to_lowercase();
    let meant = plain(text);
    let fits = |id: &PostId| {
        let Some(post) = directory.post(*id) else { return false };
        let unit = directory.unit(post.unit).map_or("", |u| u.name.as_str());
        [post.title.clone(), format!("{unit}{}", post.title), format!("{}{}", directory.path(post.unit), post.title)]
            .iter()
            .any(|name| plain(name) == meant)
    };
    let mut found: Vec<PostId> = posts.iter().copied().filter(fits).collect();
    found.sort();
    found.dedup();
    let names = |posts: &[PostId]| {
        let mut all: Vec<String> = posts.iter().map(|p| post_name(directory, *p)).collect();
        all.dedup();
        all.join(", ")
    };
    match found.as_slice() {
        [one] => Ok(*one),
        [] if posts.is_empty() => refuse(format!("{} holds no post", register.name(person))),
        [] => refuse(format!("{} holds no post {text:?}, but {}", register.name(person), names(posts))),
        several => refuse(format!("{text:?} means several posts; write one of: {}", names(several))),
    }
}

/// What of an entry is another person's.
#[derive(Clone, Debug, Default)]
pub struct SplitWhat {
    /// Addresses, `channel:address` where an address alone is not enough.
    pub contacts: Vec<String>,
    pub posts: Vec<String>,
    /// Codes of items.
    pub items: Vec<String>,
}

/// An entry that was two people.
#[derive(Clone, Debug)]
pub struct Split {
    pub new: PersonId,
    pub contacts: Vec<String>,
    pub posts: Vec<String>,
    pub moved: Vec<Moved>,
    /// Open items that stay with the old entry.
    pub stay: usize,
}

/// Gives what is named of an entry to a new person: two people had become one.
///
/// # Errors
/// Nothing is named, or something that is not theirs.
pub async fn split(
    gateway: &Gateway,
    caller: &Caller,
    register: &Register,
    person: PersonId,
    name: &str,
    what: &SplitWhat,
    apply: bool,
) -> Result<Split> {
    if what.contacts.is_empty() && what.posts.is_empty() && what.items.is_empty() {
        return refuse("name what is the new person's: --contact ADDRESS, --post TITLE, --item CODE");
    }
    if name.trim().is_empty() {
        return refuse("give the new person's name: --name NAME");
    }
    let now = gateway.now();
    let mut tx = gateway.store.begin().await?;
    let new = register::like(&mut tx, person, name.trim()).await?;
    let contacts = give_contacts(&mut tx, register, person, new, &what.contacts).await?;
    let rows = register::tenures(&mut tx, person).await?;
    let held: Vec<PostId> = rows.iter().map(|t| t.row.post).collect();
    let mut posts = Vec::new();
    for text in &what.posts {
        let post = the_post(register, person, &held, text)?;
        for row in rows.iter().filter(|t| t.row.post == post) {
            register::give_tenure(&mut tx, row.id, new).await?;
        }
        posts.push(post_name(&register.directory, post));
    }
    people::log(&mut tx, &caller.origin(), gateway.now()).await?;
    people::touch_directory(&mut tx).await?;
    let directory = people::load(&mut tx).await?;
    let mut work = Work::new(&mut tx, now);
    let mut moved = Vec::new();
    for code in &what.items {
        let Some(item) = items::by_code(work.tx().await?, &code.trim().to_uppercase()).await? else {
            return refuse(format!("there is no item {code:?}"));
        };
        if !item.assignments.iter().any(|a| a.who == Who::Person(person) && a.until.is_none()) {
            return refuse(format!("{} does not stand on {code}", register.name(person)));
        }
        let places = (Who::Person(person), Who::Person(new));
        moved.push(gateway.move_item(&mut work, &directory, &item, places, Why::Split, &[], &caller.origin()).await?);
    }
    let stay = items::unfinished_of(work.tx().await?, Who::Person(person)).await?.len();
    work.settle().await?;
    finish(tx, apply).await?;
    gateway.bell.notify_waiters();
    Ok(Split { new, contacts, posts, moved, stay })
}

async fn give_contacts(
    tx: &mut Tx,
    register: &Register,
    person: PersonId,
    new: PersonId,
    named: &[String],
) -> Result<Vec<String>> {
    let mut given = Vec::new();
    for text in named {
        let theirs = register.contacts.get(&person).into_iter().flatten();
        let fits = |c: &&people::Contact| {
            c.address.eq_ignore_ascii_case(text) || format!("{}:{}", c.channel, c.address).eq_ignore_ascii_case(text)
        };
        let found: Vec<&people::Contact> = theirs.filter(fits).collect();
        let [one] = found.as_slice() else {
            let all = register.contacts.get(&person).into_iter().flatten();
            let all: Vec<String> = all.map(|c| format!("{}:{}", c.channel, c.address)).collect();
            return refuse(format!(
                "{text:?} is not one contact point of {}: {}",
                register.name(person),
                all.join(", ")
            ));
        };
        register::give_contact(tx, one.id, new).await?;
        given.push(format!("{} {}", one.channel, one.address));
    }
    Ok(given)
}
