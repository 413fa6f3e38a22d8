//! Who does something at the office, and what it comes to.

use dutybell::app::people::Register;
use dutybell::app::{Caller, Refusal};
use dutybell::core::org::PersonId;
use dutybell::core::transition::Actor;

pub use crate::story::HOST;
use crate::story::Story;

/// The one person whom a text means: a name, a unit's person, an account.
pub async fn who(story: &Story, text: &str) -> PersonId {
    Register::read(&story.gateway).await.expect("reads").find(text).expect("one person")
}

/// That person, at the command line.
pub async fn of(story: &Story, name: &str) -> Caller {
    Caller { actor: Actor::Person(who(story, name).await), ..HOST.clone() }
}

/// The code by which people name the item that the ledger calls `key`.
pub async fn code(story: &Story, key: &str) -> String {
    story.item(key).await.code
}

/// Texts that reached a desk after the first `before`.
pub fn since(story: &Story, login: &str, before: usize) -> String {
    story.heard(login).split_off(before).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n---\n")
}

/// Why something was refused.
pub fn refusal<T: std::fmt::Debug>(outcome: dutybell::app::Result<T>) -> String {
    match outcome {
        Err(Refusal::Says(text)) => text,
        other => panic!("not refused: {other:?}"),
    }
}
