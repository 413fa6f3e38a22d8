//! What two offices met in a month of their own: who hears what, and what figures count.

#[path = "offices/confirmed.rs"]
mod confirmed;
#[path = "offices/given_back.rs"]
mod given_back;
#[path = "offices/handed_on.rs"]
mod handed_on;
#[path = "offices/languages.rs"]
mod languages;
#[path = "offices/rates.rs"]
mod rates;
#[path = "offices/reopened.rs"]
mod reopened;
#[path = "offices/restored.rs"]
mod restored;
#[path = "offices/unopened.rs"]
mod unopened;

use dutybell::app::Caller;
use dutybell::app::people::Register;
use dutybell::core::org::{Locale, PersonId};
use dutybell::core::transition::Actor;

use crate::story::Story;

const HOST: Caller = Caller { actor: Actor::Office, locale: Locale::ZhCn };

async fn who(story: &Story, text: &str) -> PersonId {
    Register::read(&story.gateway).await.expect("reads").find(text).expect("one person")
}

async fn of(story: &Story, name: &str) -> Caller {
    Caller { actor: Actor::Person(who(story, name).await), ..HOST }
}

async fn code(story: &Story, key: &str) -> String {
    story.item(key).await.code
}

/// Texts that reached a desk after the first `before`.
fn since(story: &Story, login: &str, before: usize) -> String {
    story.heard(login).split_off(before).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n---\n")
}

fn heard<const N: usize>(story: &Story, logins: [&str; N]) -> [usize; N] {
    logins.map(|login| story.heard(login).len())
}
