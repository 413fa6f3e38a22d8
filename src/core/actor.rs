//! Who causes a change, and what a change is of: the two ends of every line of the log.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::org::PersonId;

/// Who causes a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person whose account is proven to be theirs.
    Person(PersonId),
    /// An account at the console, by its id.
    Account(i64),
    /// The office's administrator at the command line: the system's user of that name.
    Command(Arc<str>),
    /// A list that was read: the source's name.
    Import(Arc<str>),
    /// The program by itself: a delivery that failed, rules of a newer version.
    Rule(Arc<str>),
    /// The command line or a list, as versions before the one log wrote it.
    Office,
}

impl Actor {
    /// The person, where one acts.
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Actor::Person(person) => Some(*person),
            _ => None,
        }
    }

    /// Whether this is that person.
    #[must_use]
    pub fn is(&self, person: PersonId) -> bool {
        self.person() == Some(person)
    }

    /// The name that stands beside its kind: of the system's user, the list, the rule. Empty for everybody else.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Actor::Command(name) | Actor::Import(name) | Actor::Rule(name) => name,
            Actor::Person(_) | Actor::Account(_) | Actor::Office => "",
        }
    }

    /// Reads what [`Actor`] writes; a text of no known form is the office's.
    #[must_use]
    pub fn read(text: &str) -> Actor {
        let (kind, name) = text.split_once(':').unwrap_or((text, ""));
        match (kind, name.parse().ok()) {
            ("person", Some(id)) => Actor::Person(PersonId(id)),
            ("account", Some(id)) => Actor::Account(id),
            ("command", _) => Actor::Command(name.into()),
            ("import", _) => Actor::Import(name.into()),
            ("rule", _) => Actor::Rule(name.into()),
            _ => Actor::Office,
        }
    }
}

impl fmt::Display for Actor {
    /// As it stands in the log; part of the hash chain, so that it never changes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::Person(person) => write!(f, "person:{}", person.0),
            Actor::Account(id) => write!(f, "account:{id}"),
            Actor::Command(user) => write!(f, "command:{user}"),
            Actor::Import(source) => write!(f, "import:{source}"),
            Actor::Rule(name) => write!(f, "rule:{name}"),
            Actor::Office => f.write_str("office"),
        }
    }
}

/// What a line of the log is about, beside items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Object {
    Unit,
    Person,
    Post,
    /// Who holds a post, and from when until when.
    Tenure,
    Absence,
    /// A way to reach a person.
    Contact,
    /// The policy in force.
    Rule,
    /// Working days in force.
    Calendar,
}

impl Object {
    /// As it stands in the log.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Object::Unit => "unit",
            Object::Person => "person",
            Object::Post => "post",
            Object::Tenure => "tenure",
            Object::Absence => "absence",
            Object::Contact => "contact",
            Object::Rule => "rule",
            Object::Calendar => "calendar",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_reads_back_as_it_was_written() {
        let all = [
            Actor::Person(PersonId(3)),
            Actor::Account(5),
            Actor::Command("root".into()),
            Actor::Import("a:b.xlsx".into()),
            Actor::Rule("delivery".into()),
            Actor::Office,
        ];
        for actor in all {
            assert_eq!(Actor::read(&actor.to_string()), actor);
        }
        assert_eq!(Actor::read("office"), Actor::Office, "as older versions wrote it");
    }
}
