//! Posts and their holders while a file changes them: unit, title and role make a post.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::core::org::names::whole_key;
use crate::core::org::{Directory, PersonId, Post, PostId, UnitId};
use crate::store::{Result, Tx, people};

/// Every post, and who holds it now.
pub(super) struct Posts {
    posts: HashMap<PostId, Post>,
    in_unit: HashMap<UnitId, Vec<PostId>>,
    holders: HashMap<PostId, Vec<PersonId>>,
    held: HashMap<PersonId, Vec<PostId>>,
}

/// A post that a row names.
pub(super) struct Taken {
    pub post: PostId,
    pub title: String,
    pub role: String,
    /// The person did not hold it before.
    pub new: bool,
    /// The post had this role before: its only holder has another one now.
    pub other_role: Option<String>,
}

impl Posts {
    pub(super) fn new(directory: &Directory, now: DateTime<Utc>) -> Posts {
        let mut all =
            Posts { posts: HashMap::new(), in_unit: HashMap::new(), holders: HashMap::new(), held: HashMap::new() };
        for post in directory.units().iter().flat_map(|u| directory.posts_in(u.id)) {
            all.posts.insert(post.id, post.clone());
            all.in_unit.entry(post.unit).or_default().push(post.id);
            for person in directory.holders(post.id, now) {
                all.hold(post.id, person);
            }
        }
        all
    }

    fn hold(&mut self, post: PostId, person: PersonId) {
        let holders = self.holders.entry(post).or_default();
        if !holders.contains(&person) {
            holders.push(person);
        }
        let held = self.held.entry(person).or_default();
        if !held.contains(&post) {
            held.push(post);
        }
    }

    /// Posts that a person holds.
    pub(super) fn of(&self, person: PersonId) -> Vec<&Post> {
        self.held.get(&person).into_iter().flatten().filter_map(|p| self.posts.get(p)).collect()
    }

    pub(super) fn is_vacant(&self, post: PostId) -> bool {
        self.holders.get(&post).is_none_or(Vec::is_empty)
    }

    /// 青石县/青石镇 镇长 (head).
    pub(super) fn shown(&self, post: PostId, directory: &Directory) -> String {
        let Some(post) = self.posts.get(&post) else { return String::new() };
        format!("{} {} ({})", directory.path(post.unit), post.title, post.role)
    }

    /// A person holds the post of that unit, title and role from now on. Without a role: the one on record.
    pub(super) async fn take(
        &mut self,
        tx: &mut Tx,
        person: PersonId,
        unit: UnitId,
        title: &str,
        role: &str,
        now: DateTime<Utc>,
    ) -> Result<Taken> {
        let key = whole_key(title);
        let there = self.in_unit.get(&unit).into_iter().flatten().filter_map(|p| self.posts.get(p));
        let there: Vec<Post> = there.filter(|p| whole_key(&p.title) == key).cloned().collect();
        let own = |p: &&Post| self.holders.get(&p.id).is_some_and(|h| h.contains(&person));
        let held: Vec<&Post> = there.iter().filter(own).collect();
        let fitting = there.iter().find(|p| p.role == role);
        if role.is_empty()
            && let Some(post) = held.first()
        {
            return Ok(taken(post, false, None));
        }
        if let Some(post) = fitting.filter(|p| held.iter().any(|h| h.id == p.id)) {
            return Ok(taken(post, false, None));
        }
        // The role of a post that is one person's alone is corrected; items that name the post follow.
        if let (None, [post], false) = (fitting, held.as_slice(), role.is_empty())
            && self.holders.get(&post.id).is_some_and(|h| h.len() == 1)
        {
            people::set_role(tx, post.id, role).await?;
            let before = post.role.clone();
            let post = Post { role: role.to_owned(), ..(*post).clone() };
            self.posts.insert(post.id, post.clone());
            return Ok(taken(&post, false, Some(before)));
        }
        let post = match (fitting, role.is_empty(), there.as_slice()) {
            (Some(post), ..) => post.clone(),
            (None, true, [only]) => only.clone(),
            _ => {
                let role = if role.is_empty() { "staff" } else { role };
                let title = there.first().map_or(title, |p| p.title.as_str()).to_owned();
                let id = people::put_post(tx, unit, &title, role).await?;
                Post { id, unit, title, role: role.to_owned() }
            }
        };
        people::take_post(tx, post.id, person, now).await?;
        if self.posts.insert(post.id, post.clone()).is_none() {
            self.in_unit.entry(unit).or_default().push(post.id);
        }
        self.hold(post.id, person);
        Ok(taken(&post, true, None))
    }

    /// A person holds the post until now.
    pub(super) async fn end(&mut self, tx: &mut Tx, post: PostId, person: PersonId, now: DateTime<Utc>) -> Result<()> {
        people::leave_post(tx, post, person, now).await?;
        self.holders.entry(post).or_default().retain(|p| *p != person);
        self.held.entry(person).or_default().retain(|p| *p != post);
        Ok(())
    }
}

fn taken(post: &Post, new: bool, other_role: Option<String>) -> Taken {
    Taken { post: post.id, title: post.title.clone(), role: post.role.clone(), new, other_role }
}
