//! A month of an administrator's trial: what they met, and what is right.

mod audit;
mod drafts;
mod given_back;
mod kept;
mod reached;
mod table;
mod told;

use crate::met::callers::{HOST, code, of, refusal, since, who};
use crate::story::Story;

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
