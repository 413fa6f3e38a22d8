//! A month of an administrator's trial: what they met, and what is right.

#[path = "trial/audit.rs"]
mod audit;
#[path = "trial/drafts.rs"]
mod drafts;
#[path = "trial/given_back.rs"]
mod given_back;
#[path = "trial/kept.rs"]
mod kept;
#[path = "trial/reached.rs"]
mod reached;
#[path = "trial/table.rs"]
mod table;
#[path = "trial/told.rs"]
mod told;

use dutybell::app::people::Register;
use dutybell::app::{Caller, Refusal};
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

fn refusal<T: std::fmt::Debug>(outcome: dutybell::app::Result<T>) -> String {
    match outcome {
        Err(Refusal::Says(text)) => text,
        other => panic!("not refused: {other:?}"),
    }
}

/// Texts that reached a desk after the first `before`.
fn since(story: &Story, login: &str, before: usize) -> String {
    story.heard(login).split_off(before).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n---\n")
}

/// Somebody reports it done and 李四 passes it.
async fn done_and_verified(story: &mut Story, login: &str, key: &str) {
    let code = code(story, key).await;
    story.says(login, &format!("{code} 完成")).await;
    let later = story.gateway.now() + chrono::Duration::minutes(12);
    story.until_at(later).await;
    story.says("lisi", &format!("{code} 合格")).await;
    let later = story.gateway.now() + chrono::Duration::minutes(12);
    story.until_at(later).await;
    assert_eq!(story.state(key).await, "closed");
}
