//! A chat account becomes a person's contact point: by a one-time code, said to both sides.

use crate::story;
use chrono::Duration;
use dutybell::core::inbound::{Content, Inbound};
use dutybell::core::org::PersonId;
use story::{Story, row, text};

const CODE: &str = "K7QFM-2ZPXW-9TRBD-4HSVN";

async fn person(story: &Story, name: &str) -> PersonId {
    let directory = story.gateway.store.directory().await.expect("reads");
    directory.people_named(name)[0].id
}

fn written(chat: &str, words: &str) -> Inbound {
    Inbound { sender: Some(chat.into()), chat: chat.into(), private: true, sent_at: None, content: text(words) }
}

#[tokio::test]
async fn an_unlinked_chat_gets_help_and_nothing_else() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let code = story.item("K1").await.code;
    for said in ["完成", &format!("{code} 完成"), "我的任务", "help"] {
        let answer = story.says("stranger", said).await;
        assert!(answer.contains("绑定码") && !answer.contains("静电"), "{said}: {answer}");
    }
    assert_eq!(story.state("K1").await, "assigned");
}

#[tokio::test]
async fn a_code_links_once_and_both_sides_hear_it() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let zhang = person(&story, "张三").await;
    story.gateway.issue_link(zhang, "desk", CODE).await.expect("issues");
    // Typed as people type: small letters, spaces for hyphens.
    let welcome = story.says("newphone", "k7qfm 2zpxw 9trbd 4hsvn").await;
    assert!(welcome.contains("张三") && welcome.contains("安监站站长"), "{welcome}");
    let mails = story.mail.calls.lock().expect("no panic").clone();
    assert!(mails.iter().any(|m| m.address == "zhangsan@qingshi.example" && m.text.contains("绑定")), "told elsewhere");

    story.says("newphone", "完成").await;
    assert_eq!(story.state("K1").await, "reported_done");
    let old = story.says("zhangsan", "撤销").await;
    assert!(old.contains("绑定码"), "the old account speaks for nobody any more: {old}");

    let again = story.says("thief", CODE).await;
    assert!(again.contains("已被使用"), "{again}");
}

#[tokio::test]
async fn an_account_speaks_for_nobody_from_the_moment_another_takes_its_place() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let zhang = person(&story, "张三").await;
    story.gateway.issue_link(zhang, "desk", CODE).await.expect("issues");
    story.receives_at_once(vec![("newphone", text(CODE)), ("zhangsan", text("完成")), ("newphone2", text("hi"))]).await;
    assert_eq!(story.state("K1").await, "assigned");
    story.says("newphone", "完成").await;
    assert_eq!(story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn a_start_link_carries_the_code() {
    let mut story = Story::begin().await;
    let zhang = person(&story, "张三").await;
    story.gateway.issue_link(zhang, "desk", CODE).await.expect("issues");
    let content = Content::Start { token: Some(CODE.replace('-', "")) };
    story.receives("newphone", content).await;
    assert!(story.heard("newphone").iter().any(|(_, t)| t.contains("张三")));
}

#[tokio::test]
async fn a_code_expires_and_guessing_is_stopped() {
    let mut story = Story::begin().await;
    let zhang = person(&story, "张三").await;
    story.gateway.issue_link(zhang, "desk", CODE).await.expect("issues");
    story.until_at(story.gateway.now() + Duration::minutes(31)).await;
    let late = story.says("newphone", CODE).await;
    assert!(late.contains("过期"), "{late}");
    for n in 0..10 {
        story.says("guesser", &format!("AAAAA-BBBBB-CCCCC-{n:05}")).await;
    }
    let stopped = story.says("guesser", "AAAAA-BBBBB-CCCCC-DDDDD").await;
    assert!(stopped.contains("一小时后"), "{stopped}");
}

#[tokio::test]
async fn an_account_belongs_to_one_person() {
    let mut story = Story::begin().await;
    let sun = person(&story, "孙八").await;
    story.gateway.issue_link(sun, "desk", CODE).await.expect("issues");
    let refused = story.says("zhangsan", CODE).await;
    // 张三 is known here: his words are an answer, not a code.
    assert!(!refused.contains("孙八"), "{refused}");
    let start = Inbound { content: Content::Start { token: Some(CODE.replace('-', "")) }, ..written("zhangsan", "") };
    story.receives_update("s1", start).await;
    assert!(story.heard("zhangsan").iter().any(|(_, t)| t.contains("其他人")), "{:?}", story.heard("zhangsan"));
}

#[tokio::test]
async fn a_forwarded_code_does_not_link() {
    let mut story = Story::begin().await;
    let zhang = person(&story, "张三").await;
    story.gateway.issue_link(zhang, "desk", CODE).await.expect("issues");
    let content =
        Content::Text { text: CODE.into(), reply_to: None, quoted: None, forwarded: true, message: "x".into() };
    story.receives("newphone", content).await;
    assert!(story.heard("newphone").iter().all(|(_, t)| !t.contains("张三")));
}

#[tokio::test]
async fn a_blocked_chat_is_left_alone_until_its_owner_writes_again() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.receives("zhangsan", Content::Blocked { blocked: true }).await;
    let before = story.heard("zhangsan").len();
    story.until("09-27 10:00").await;
    assert_eq!(story.heard("zhangsan").len(), before);
    let mails = story.mail.calls.lock().expect("no panic").len();
    assert!(mails > 0, "mail is used meanwhile");
    story.says("zhangsan", "帮助").await;
    story.until("09-30 16:00").await;
    assert!(story.heard("zhangsan").len() > before + 1, "back on the desk");
}
