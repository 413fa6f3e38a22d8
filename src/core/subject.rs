//! What somebody can be told of, and what an answer can be about.

use serde::{Deserialize, Serialize};

use super::item::ItemId;
use super::org::UnitId;

/// What a notice is about, what a line of a message shows and what a number names. Stored as kind and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// An item of a ledger.
    Item(ItemId),
    /// The table of a unit's subtree; `None`: the list of whoever is told.
    Digest(Option<UnitId>),
    /// The gateway itself: an alarm, an emergency that it passes on, an absence.
    System,
}

impl Subject {
    /// The word in the column `kind`.
    pub fn kind(self) -> &'static str {
        match self {
            Subject::Item(_) => "item",
            Subject::Digest(_) => "digest",
            Subject::System => "system",
        }
    }

    /// The number in the column `named_id`.
    pub fn id(self) -> Option<i64> {
        match self {
            Subject::Item(item) => Some(item.0),
            Subject::Digest(unit) => unit.map(|unit| unit.0),
            Subject::System => None,
        }
    }

    /// Reads [`Subject::kind`] and [`Subject::id`]; `None`: there is no such thing.
    pub fn of(kind: &str, id: Option<i64>) -> Option<Subject> {
        match (kind, id) {
            ("item", Some(id)) => Some(Subject::Item(ItemId(id))),
            ("digest", unit) => Some(Subject::Digest(unit.map(UnitId))),
            ("system", None) => Some(Subject::System),
            _ => None,
        }
    }

    /// The item, if it is one.
    pub fn item(self) -> Option<ItemId> {
        match self {
            Subject::Item(item) => Some(item),
            Subject::Digest(_) | Subject::System => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_and_id_say_which_one_it_is() {
        let all = [Subject::Item(ItemId(7)), Subject::Digest(Some(UnitId(3))), Subject::Digest(None), Subject::System];
        assert_eq!(all.map(|subject| Subject::of(subject.kind(), subject.id())), all.map(Some));
        assert_eq!([Subject::of("item", None), Subject::of("ask", Some(1))], [None, None]);
    }
}
