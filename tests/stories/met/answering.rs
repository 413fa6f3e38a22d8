//! What an answer does, and what its writer is offered.

mod absence;
mod all_words;
mod card;
mod one_of_two;
mod options;
mod plain_words;
mod tasks;
mod void;

use dutybell::core::item::Item;
use dutybell::core::message::Action;
use dutybell::core::org::PersonId;

use crate::met::callers::code;
use crate::story::Story;

/// The id of a person by name.
async fn person(story: &Story, name: &str) -> PersonId {
    let directory = story.gateway.directory().await.expect("reads");
    directory.people_named(name)[0].id
}

/// What a person heard since, by the number of messages before.
fn since(story: &Story, login: &str, before: usize) -> String {
    story.heard(login).split_off(before).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

/// The names of those in force as responsible.
async fn responsible(story: &Story, item: &Item) -> Vec<String> {
    let directory = story.gateway.directory().await.expect("reads");
    let world = story.gateway.world(&directory);
    let people = world.holders(item, dutybell::core::item::Role::Responsible);
    people.iter().filter_map(|p| directory.person(*p)).map(|p| p.name.clone()).collect()
}

/// What the buttons of a person's newest message with buttons can say, in order.
async fn verbs(story: &Story, login: &str) -> Vec<Action> {
    let sent = story.gateway.store.sent_to("desk", login, 50).await.expect("reads");
    let newest = sent.iter().rev().find(|m| !m.body.buttons.is_empty());
    newest.map(|m| m.body.buttons.iter().flatten().map(|p| p.verb).collect()).unwrap_or_default()
}
