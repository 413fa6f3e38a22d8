//! What keeping the register asks of the organisation: who held a post when.

use chrono::{DateTime, Utc};

use super::{Directory, PersonId, Post, PostId, Tenure};

impl Directory {
    /// Whether a person is in service.
    pub fn serves(&self, person: PersonId) -> bool {
        self.people.get(&person).is_some_and(|p| !p.gone)
    }

    /// Every tenure of a person, past and future ones too, also of one who left.
    pub fn tenures_of(&self, person: PersonId) -> Vec<&Tenure> {
        let posts = self.tenures_of.get(&person).into_iter().flatten();
        posts.filter_map(|p| self.tenures.get(p)).flatten().filter(|t| t.person == person).collect()
    }

    /// Posts that a person held at an instant, whether or not they are still in service.
    pub fn held_by(&self, person: PersonId, at: DateTime<Utc>) -> Vec<PostId> {
        let mut posts: Vec<PostId> =
            self.tenures_of(person).into_iter().filter(|t| t.covers(at)).map(|t| t.post).collect();
        posts.sort();
        posts.dedup();
        posts
    }

    /// Who held a post at an instant, those who left since too.
    pub fn held(&self, post: PostId, at: DateTime<Utc>) -> Vec<PersonId> {
        let mut people: Vec<PersonId> =
            self.tenures.get(&post).into_iter().flatten().filter(|t| t.covers(at)).map(|t| t.person).collect();
        people.sort();
        people.dedup();
        people
    }

    /// All posts, by id.
    pub fn posts(&self) -> Vec<&Post> {
        let mut posts: Vec<&Post> = self.posts.values().collect();
        posts.sort_by_key(|p| p.id);
        posts
    }
}

impl Tenure {
    /// Whether the post was held at that instant.
    pub fn covers(&self, at: DateTime<Utc>) -> bool {
        self.since <= at && self.until.is_none_or(|until| at < until)
    }
}
