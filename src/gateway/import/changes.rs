//! What an import does to people, posts and units, by name and field.

use serde::Serialize;

use crate::ledger::Place;

/// What kind of entry of the register it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Person,
    Unit,
}

/// What happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Added,
    Changed,
    Renamed,
    /// A person leaves: posts end, accounts are cut.
    Left,
}

/// One person or unit that a file changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegisterChange {
    pub subject: Subject,
    pub change: Change,
    pub name: String,
    /// Where the row stands; `None` for what no row names.
    pub place: Option<Place>,
    /// Field, before, after: `phone`, `mail`, `post`, …. A post that ends has nothing after it, one that begins nothing
    /// before it.
    pub fields: Vec<(String, String, String)>,
}

impl RegisterChange {
    pub(super) fn new(subject: Subject, change: Change, name: &str, place: Option<&Place>) -> RegisterChange {
        RegisterChange { subject, change, name: name.to_owned(), place: place.cloned(), fields: Vec::new() }
    }

    /// Notes a field if it changes; a second change of one field goes on from the first. True when it does.
    pub(super) fn field(&mut self, field: &str, before: &str, after: &str) -> bool {
        if before == after {
            return false;
        }
        self.fields.push((field.to_owned(), before.to_owned(), after.to_owned()));
        true
    }
}
