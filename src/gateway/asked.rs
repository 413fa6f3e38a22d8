//! Which items somebody can mean with an answer that names none: what is theirs to do, or what asks them.

use super::answer::Answer;
use crate::core::act::{Ask, asked, decisions, does_something, open_asks, roles_of, who_decides};
use crate::core::item::{Item, ItemId, Role, State};
use crate::core::org::PersonId;
use crate::core::policy::Target;
use crate::core::reply::{Intent, IntentKind};
use crate::store::work::Work;
use crate::store::{Result, items};

/// Roles of posts that step in where an item names nobody for a role, or nobody at all.
const STEPPING_IN: [&str; 3] = ["leader", "supervisor", "safety_office"];

impl Answer<'_> {
    /// Items that this intent can be about, for this person.
    pub(super) async fn candidates(&self, work: &mut Work<'_>, intent: &Intent) -> Result<Vec<ItemId>> {
        let wanted = decisions(intent);
        if !wanted.is_empty() {
            return self.waiting_for(work, intent.kind, wanted).await;
        }
        // Of a shared item that they sent back only their own word is left.
        let still_theirs = |i: &Item| {
            let returned = i.returned.contains(&self.person) && i.state != State::Rejected;
            intent.kind == IntentKind::Void || does_something(intent.kind, i) && !returned
        };
        let mut ids = Vec::new();
        for role in roles_of(intent.kind) {
            for item in self.open_items(work, role).await? {
                if still_theirs(&item) && !ids.contains(&item.id) {
                    ids.push(item.id);
                }
            }
        }
        Ok(ids)
    }

    /// Items that wait for one of these decisions of this person: those about which they were asked, else those that
    /// they may decide.
    async fn waiting_for(&self, work: &mut Work<'_>, kind: IntentKind, wanted: &[Ask]) -> Result<Vec<ItemId>> {
        let world = self.world();
        let means = |item: &Item, who: fn(&Item, Ask, &crate::core::world::World) -> Vec<PersonId>| {
            let mut open = open_asks(item).filter(|ask| wanted.contains(ask));
            open.any(|ask| who(item, ask, &world).contains(&self.person))
        };
        let found = self.undecided(work, &roles_of(kind)).await?;
        let asks: Vec<ItemId> = found.iter().filter(|item| means(item, asked)).map(|item| item.id).collect();
        if !asks.is_empty() {
            return Ok(asks);
        }
        Ok(found.iter().filter(|item| means(item, who_decides)).map(|item| item.id).collect())
    }

    /// Items that wait for a decision, which this person may have a part in: by a role on the item, by their post, or
    /// as the last resort.
    pub(super) async fn undecided(&self, work: &mut Work<'_>, roles: &[Role]) -> Result<Vec<Item>> {
        let mut found: Vec<Item> = Vec::new();
        for role in roles {
            for item in self.open_items(work, *role).await? {
                if open_asks(&item).next().is_some() && !found.iter().any(|known| known.id == item.id) {
                    found.push(item);
                }
            }
        }
        if self.decides_by_post() {
            let others = items::waiting(work.tx().await?).await?;
            let new = |item: &Item| !found.iter().any(|known| known.id == item.id);
            let others: Vec<Item> = others.into_iter().filter(new).collect();
            found.extend(others);
        }
        found.sort_by_key(|item| item.id);
        Ok(found)
    }

    /// Whether a post of this person, or of somebody they stand in for, can be asked about items that do not name it.
    fn decides_by_post(&self) -> bool {
        let now = self.gateway.now();
        let targets = &self.gateway.policy.extension.approver;
        let asked = |role: &str| {
            STEPPING_IN.contains(&role)
                || targets.iter().any(|target| matches!(target, Target::Post { role: wanted, .. } if wanted == role))
        };
        let people = self.directory.represented_by(self.person, now);
        people.into_iter().any(|person| {
            self.directory.administrators().contains(&person)
                || self.directory.posts_of_person(person, now).iter().any(|post| asked(&post.role))
        })
    }
}
