//! A second reader orders what is asked back, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use dutybell::assistant::{Assistant, AssistantConfig};
use dutybell::core::inbound::{Content, Inbound, Update};
use dutybell::store::inbox;

use crate::fake_assistant::{FakeAssistant, Manner};
use crate::story::{Story, row};

/// Nobody accounts for it, and nothing in it doubts.
const PLAIN: &str = "犇犇嘎吱";
/// A claim with a doubt.
const DOUBTFUL: &str = "弄好了又咋的咧，嘎嘣一下";

fn config(base_url: &str) -> AssistantConfig {
    AssistantConfig {
        base_url: base_url.to_owned(),
        model: "office-model".to_owned(),
        timeout_seconds: 1,
        token: Some("sk-office-0123456789".to_owned().into()),
        allow_private: vec!["127.0.0.1".to_owned()],
        ca_file: None,
    }
}

async fn with(config: Option<&AssistantConfig>) -> Story {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    if let Some(config) = config {
        let assistant = Assistant::new(config).expect("the configuration holds");
        Arc::get_mut(&mut story.gateway).expect("nobody else holds it").assistant = Some(Arc::new(assistant));
    }
    story.until("09-22 09:30").await;
    story
}

/// The labels of the choices that an answer offers.
fn choices(asked: &str) -> Vec<String> {
    let line = asked.lines().rfind(|line| line.starts_with("A ")).unwrap_or_else(|| panic!("no choices: {asked}"));
    line.split(" · ").map(|choice| choice[2..].to_owned()).collect()
}

/// What is offered for some words by an office without an assistant.
async fn without(said: &str) -> Vec<String> {
    choices(&with(None).await.says("zhangsan", said).await)
}

#[tokio::test]
async fn it_orders_what_is_asked_back_and_sees_the_message_and_the_title_alone() {
    let fake = FakeAssistant::start().await;
    let mut story = with(Some(&config(&fake.base_url))).await;
    fake.is(Manner::Says("[\"reassign\", \"blocked\"]".to_owned()));
    let asked = story.says("zhangsan", PLAIN).await;
    let offered = choices(&asked);
    assert!(offered[0].contains("转") && offered[1].contains("受阻"), "{offered:?}");
    assert_eq!(story.state("K1").await, "assigned");
    let questions = fake.asked();
    let [(headers, body)] = questions.as_slice() else { panic!("asked {} times", questions.len()) };
    assert_eq!(headers.get("authorization").expect("a token"), "Bearer sk-office-0123456789");
    assert_eq!(body["model"], "office-model");
    let shown: serde_json::Value =
        serde_json::from_str(body["messages"][1]["content"].as_str().expect("words")).expect("JSON");
    let title = story.item("K1").await.title;
    assert_eq!(shown, serde_json::json!({ "answer": PLAIN, "task": title }));
    let whole = body.to_string();
    for secret in ["张三", "zhangsan", "2022-09", &story.item("K1").await.code] {
        assert!(!whole.contains(secret), "{secret} is told: {whole}");
    }
}

#[tokio::test]
async fn a_choice_that_it_brought_up_is_carried_out_with_what_the_words_say() {
    let fake = FakeAssistant::start().await;
    let mut story = with(Some(&config(&fake.base_url))).await;
    fake.is(Manner::Says("[\"extend\"]".to_owned()));
    let asked = story.says("zhangsan", "犇犇嘎吱10月2号").await;
    assert!(choices(&asked)[0].contains("延期"), "{asked}");
    let echo = story.says("zhangsan", "A").await;
    assert!(echo.contains("10月2日") || echo.contains("10-02"), "{echo}");
}

#[tokio::test]
async fn what_is_understood_and_what_answers_a_question_is_not_shown_to_it() {
    let fake = FakeAssistant::start().await;
    let mut story = with(Some(&config(&fake.base_url))).await;
    story.says("zhangsan", "收到").await;
    story.says("zhangsan", "你好").await;
    assert_eq!(fake.asked().len(), 0, "what is understood is ours");
    let asked = story.says("zhangsan", PLAIN).await;
    assert_eq!(fake.asked().len(), 1, "{asked}");
    story.says("zhangsan", "B").await;
    story.says("nobody-known", PLAIN).await;
    assert_eq!(fake.asked().len(), 1, "a letter is an answer, a stranger's words are nobody's");
}

#[tokio::test]
async fn broken_absurd_or_late_it_changes_nothing_but_the_order() {
    let usual = without(PLAIN).await;
    for manner in [
        Manner::Breaks(500, "overloaded".to_owned()),
        Manner::Breaks(200, "<html>".to_owned()),
        Manner::Breaks(302, String::new()),
        Manner::Says("I would be happy to help!".to_owned()),
        Manner::Says("[\"emergency\", \"unknown\", \"rm -rf /\", 7]".to_owned()),
        Manner::Says(format!("[{}]", "\"x\",".repeat(100_000))),
        Manner::Hangs,
    ] {
        let fake = FakeAssistant::start().await;
        let mut story = with(Some(&config(&fake.base_url))).await;
        fake.is(manner.clone());
        let asked = story.says("zhangsan", PLAIN).await;
        assert_eq!(choices(&asked), usual, "{manner:?}");
        assert_eq!(fake.asked().len(), 1, "{manner:?}");
        assert_eq!(story.state("K1").await, "assigned", "{manner:?}");
    }
}

#[tokio::test]
async fn a_malicious_one_cannot_put_a_doubtful_done_first_nor_offer_what_the_writer_may_not_say() {
    let fake = FakeAssistant::start().await;
    let mut story = with(Some(&config(&fake.base_url))).await;
    fake.is(Manner::Says("[\"done\", \"verify_pass\", \"approve\"]".to_owned()));
    let offered = choices(&story.says("zhangsan", DOUBTFUL).await);
    assert!(!offered[0].contains("已完成"), "{offered:?}");
    assert!(offered.iter().all(|label| !label.contains("同意") && !label.contains("合格")), "{offered:?}");
    assert_eq!(story.state("K1").await, "assigned", "only a tap changes something");
}

#[tokio::test]
async fn one_that_fails_again_and_again_is_left_alone_for_a_while() {
    let fake = FakeAssistant::start().await;
    let mut story = with(Some(&config(&fake.base_url))).await;
    fake.is(Manner::Breaks(503, String::new()));
    for _ in 0..6 {
        story.says("zhangsan", PLAIN).await;
    }
    assert_eq!(fake.asked().len(), 3, "three failures are enough");
    story.until("09-22 09:40").await;
    fake.is(Manner::Says("[\"blocked\"]".to_owned()));
    let offered = choices(&story.says("zhangsan", PLAIN).await);
    assert!(offered[0].contains("受阻"), "it is tried again: {offered:?}");
}

#[tokio::test]
async fn an_emergency_does_not_wait_for_it() {
    let fake = FakeAssistant::start().await;
    let slow = AssistantConfig { timeout_seconds: 10, ..config(&fake.base_url) };
    let story = with(Some(&slow)).await;
    fake.is(Manner::Hangs);
    let receive = async |id: &str, login: &str, words: &str| {
        let content = Content::Text {
            text: words.to_owned(),
            reply_to: None,
            quoted: None,
            forwarded: false,
            message: id.to_owned(),
        };
        let (sender, chat) = (Some(login.to_owned()), login.to_owned());
        let inbound = Inbound { sender, chat, private: true, sent_at: None, content };
        let update = Update { id: id.to_owned(), offset: None, inbound, raw: String::new() };
        let now = story.gateway.now();
        inbox::receive(&story.gateway.store, "desk", "desk", &[update], now).await.expect("stores");
    };
    receive("p1", "zhangsan", PLAIN).await;
    let gateway = story.gateway.clone();
    let step = tokio::spawn(async move { gateway.inbox_step().await });
    fake.is_asked().await;
    receive("p2", "lisi", "着火了，快来人").await;
    let bell = story.gateway.bell.clone();
    // The wait may begin a moment after the question: it is rung until the step ends.
    let ended = tokio::time::timeout(Duration::from_secs(9), async {
        while !step.is_finished() {
            bell.notify_waiters();
            tokio::task::yield_now().await;
        }
    });
    assert!(ended.await.is_ok(), "it waited for the assistant");
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let outcome: String = sqlx::query_scalar("SELECT outcome FROM inbox WHERE update_id = 'p2'")
        .fetch_one(&mut *tx)
        .await
        .expect("reads");
    assert_eq!(outcome, "emergency");
}

#[tokio::test]
async fn it_is_asked_at_allowed_addresses_alone() {
    let fake = FakeAssistant::start().await;
    let closed = AssistantConfig { allow_private: Vec::new(), ..config(&fake.base_url) };
    let refused = Assistant::new(&closed).expect_err("in the clear, and not named");
    assert!(refused.contains("[assistant]") && refused.contains("allow_private"), "{refused}");
    let elsewhere = AssistantConfig {
        base_url: fake.base_url.replace("http://", "https://"),
        allow_private: vec!["10.0.0.0/8".to_owned()],
        ..config(&fake.base_url)
    };
    let mut story = with(Some(&elsewhere)).await;
    assert_eq!(choices(&story.says("zhangsan", PLAIN).await), without(PLAIN).await);
    assert_eq!(fake.asked().len(), 0);
    for (wrong, named) in [("ftp://x/v1", "base_url"), ("", "base_url"), ("https://user@example.org/v1", "base_url")] {
        let error = Assistant::new(&AssistantConfig { base_url: wrong.to_owned(), ..config("") }).expect_err(wrong);
        assert!(error.contains(named), "{error}");
    }
    let hours = AssistantConfig { timeout_seconds: 3600, ..config("https://assistant.example.org/v1") };
    assert!(Assistant::new(&hours).expect_err("too long").contains("timeout_seconds"));
}
