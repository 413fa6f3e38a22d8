//! Items follow their posts, and those without a living owner come to light.
//!
//! Done after every change of the organisation and every few minutes, as posts also end by the calendar: who takes a
//! post takes its items, whatever way the change came in (an import, a command, a day).

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::Ordering;

use super::Gateway;
use super::act::Origin;
use crate::core::item::{Item, ItemId, Role, State};
use crate::core::notice::{Notice, Reason};
use crate::core::org::{Directory, PersonId, Tenure, Who};
use crate::core::owners::{is_ownerless, last_owner, successor};
use crate::core::plan::when_heard;
use crate::core::policy::{Form, Urgency};
use crate::core::subject::Subject;
use crate::core::transition::{Event, Refusal, Why};
use crate::core::world::World;
use crate::store::work::Work;
use crate::store::{Result, Tx, clockwork, from_json, items, json, ms, outbox};

/// Ids of the ownerless items that the administrators were told of (JSON).
const TOLD: &str = "ownerless";
/// Up to when those who took posts were told (UTC milliseconds).
const WELCOMED: &str = "posts_taken";
/// Of a long list so many stand in the alarm.
const EXAMPLES: usize = 5;

/// An item that somebody else stands on now, or that could not go to them.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    pub item: ItemId,
    pub code: String,
    pub title: String,
    /// What the one in whose place they are was.
    pub roles: Vec<Role>,
    pub from: Who,
    pub to: Who,
    /// Why it stayed where it was.
    pub refused: Option<Refusal>,
}

impl Gateway {
    /// [`Self::follow_posts`] if the organisation changed since this process last did it.
    pub(super) async fn follow_changes(&self) -> Result<()> {
        let version = self.store.directory_version().await?;
        if self.followed.swap(version, Ordering::Relaxed) != version {
            self.follow_posts().await?;
        }
        Ok(())
    }

    /// Gives every item whose holder left the post by which it came to whoever took that post. A clock that is not
    /// believed ends no post.
    ///
    /// # Errors
    /// The store's; then nothing moved.
    pub async fn follow_posts(&self) -> Result<Vec<Moved>> {
        if self.clock_holds().await? {
            return Ok(Vec::new());
        }
        self.welcome().await?;
        let directory = self.directory().await?;
        let now = self.now();
        let mut reading = self.store.snapshot().await?;
        let left = |p: &PersonId| {
            !directory.serves(*p) || directory.tenures_of(*p).iter().any(|t| t.until.is_some_and(|until| until <= now))
        };
        let people = directory.everybody().into_iter().map(|p| p.id).filter(left);
        let asked: Vec<(Who, Role)> = people.flat_map(|p| Role::ALL.map(|role| (Who::Person(p), role))).collect();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let mut wanted: BTreeSet<(ItemId, PersonId)> = BTreeSet::new();
        for (n, item) in items::of_people(&mut reading, &asked).await? {
            let Who::Person(person) = asked[n].0 else { continue };
            if next_owner(&directory, &item, person, now).is_some() {
                wanted.insert((item.id, person));
            }
        }
        drop(reading);
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.store.begin().await?;
        let mut moved = Vec::new();
        let mut work = Work::new(&mut tx, now);
        for (id, person) in wanted {
            let Some(item) = work.item(id).await? else { continue };
            let Some(to) = next_owner(&directory, &item, person, now) else { continue };
            moved.push(
                self.move_item(
                    &mut work,
                    &directory,
                    &item,
                    (Who::Person(person), to),
                    Why::Post,
                    &[],
                    &Origin::rule("posts"),
                )
                .await?,
            );
        }
        work.settle().await?;
        tx.commit().await?;
        self.bell.notify_waiters();
        moved.retain(|m| m.refused.is_none());
        Ok(moved)
    }

    /// Who took a post hears of the items that stand on the post itself: nothing moves, but they are theirs now.
    async fn welcome(&self) -> Result<()> {
        let (now, directory) = (self.now(), self.directory().await?);
        let looked = self.store.meta(WELCOMED).await?.and_then(|t| t.parse().ok());
        let last = looked.and_then(chrono::DateTime::from_timestamp_millis).unwrap_or(now);
        let mut new: Vec<Tenure> = Vec::new();
        for person in directory.people() {
            let taken = directory.tenures_of(person.id).into_iter().filter(|t| t.since > last && t.covers(now));
            new.extend(taken.cloned());
        }
        if new.is_empty() && looked.is_some() {
            return Ok(());
        }
        let world = self.world(&directory);
        let mut tx = self.store.begin().await?;
        let mut notices: Vec<Notice> = Vec::new();
        for tenure in &new {
            let post = Who::Post(tenure.post);
            for role in [Role::Responsible, Role::Verifier] {
                let mut theirs = items::standing(&mut tx, &[post], role).await?;
                theirs.retain(|i| i.assigned(role, now).any(|a| a.who == post && a.since < tenure.since));
                notices.extend(theirs.iter().filter_map(|item| welcome(&world, item, tenure, role)));
            }
        }
        outbox::queue_all(&mut tx, &notices, now).await?;
        clockwork::put_meta(&mut tx, WELCOMED, &ms(now).to_string()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Puts `to` in the place of `from` on an item (`only` in these roles; empty: in all), with its event and its notices.
    #[allow(clippy::too_many_arguments)] // who, for whom, on what, why
    pub async fn move_item(
        &self,
        work: &mut Work<'_>,
        directory: &Directory,
        item: &Item,
        (from, to): (Who, Who),
        why: Why,
        only: &[Role],
        origin: &Origin<'_>,
    ) -> Result<Moved> {
        let now = self.now();
        let meant = |role: &Role| only.is_empty() || only.contains(role);
        let stands = |role: &Role| meant(role) && item.assigned(*role, now).any(|a| a.who == from);
        let roles: Vec<Role> = Role::ALL.into_iter().filter(stands).collect();
        let event = Event::Move { from, to, why, roles: only.to_vec() };
        let refused = self.act(work, directory, item, origin, &event).await?.err();
        let (code, title) = (item.code.clone(), item.title.clone());
        Ok(Moved { item: item.id, code, title, roles, from, to, refused })
    }

    /// Open items that no living person is responsible for, by id.
    ///
    /// # Errors
    /// The store's.
    pub async fn ownerless(&self) -> Result<Vec<Item>> {
        let directory = self.directory().await?;
        let world = self.world(&directory);
        let mut tx = self.store.snapshot().await?;
        let gone = directory.everybody().into_iter().filter(|p| p.gone).map(|p| Who::Person(p.id));
        let posts = directory.posts().into_iter().map(|p| Who::Post(p.id));
        let nobody: Vec<Who> = gone.chain(posts).filter(|who| directory.behind(*who, world.now).is_empty()).collect();
        if nobody.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = items::standing(&mut tx, &nobody, Role::Responsible).await?;
        found.retain(|item| is_ownerless(item, &world));
        found.sort_by_key(|item| item.id);
        Ok(found)
    }

    /// The administrators hear once of each item that has nobody.
    pub(super) async fn alarm_about_ownerless(&self, tx: &mut Tx, directory: &Directory, found: &[Item]) -> Result<()> {
        let told: HashSet<ItemId> = match clockwork::meta(tx, TOLD).await? {
            Some(text) => from_json(&text)?,
            None => HashSet::new(),
        };
        let ids: HashSet<ItemId> = found.iter().map(|item| item.id).collect();
        if ids == told {
            return Ok(());
        }
        clockwork::put_meta(tx, TOLD, &json(&ids)?).await?;
        let new: Vec<&Item> = found.iter().filter(|item| !told.contains(&item.id)).collect();
        let Some(first) = new.first() else { return Ok(()) };
        let now = self.now();
        let examples = new
            .iter()
            .take(EXAMPLES)
            .map(|item| format!("{} {} {}", item.code, item.title, last_owner(item, directory, now)));
        let mut examples = examples.collect::<Vec<_>>().join("；");
        if new.len() > EXAMPLES {
            examples.push_str(" …");
        }
        let key = format!("ownerless:{}:{}", first.id.0, now.timestamp());
        let args = [("count", new.len().to_string()), ("examples", examples)];
        self.alarm(tx, directory, &key, "alarm_ownerless", &args).await
    }
}

/// What the new holder of a post is told of an item that stands on it: that it is theirs to fix, or waits for them.
fn welcome(world: &World, item: &Item, tenure: &Tenure, role: Role) -> Option<Notice> {
    let (form, urgency) = match role {
        Role::Responsible if item.state.is_with_fixer() => (Form::Issue, Urgency::Routine),
        Role::Verifier if item.state == State::ReportedDone => (Form::Verify, Urgency::Escalation),
        _ => return None,
    };
    let (person, since) = (tenure.person, ms(tenure.since));
    let key = format!("{}:{}:post:{}:{since}:{}:{}", item.id.0, item.epoch, tenure.post.0, role.word(), person.0);
    let why = (Subject::Item(item.id), Reason::Post { post: tenure.post, role });
    let send_at = when_heard(world, person, urgency, world.now);
    Some(Notice { epoch: item.epoch, ..Notice::new(key, person, why, form, urgency, send_at) })
}

/// Who takes a person's place on an item, by the first of their assignments that says so.
pub(crate) fn next_owner(
    directory: &Directory,
    item: &Item,
    person: PersonId,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<Who> {
    let theirs = item
        .assignments
        .iter()
        .filter(|a| a.who == Who::Person(person) && a.since <= now && a.until.is_none_or(|until| now < until));
    theirs.filter_map(|a| successor(directory, item, a, now)).next()
}
