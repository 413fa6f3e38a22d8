//! The Telegram channel against a Bot API server written from the official documentation.
//!
//! What every channel must do is in `contract.rs`; here is what only Telegram has.

use std::sync::Arc;
use std::time::Duration;

use crate::fake_telegram;
use crate::story;
use dutybell::channel::desk::Desk;
use dutybell::channel::telegram::{Telegram, TelegramConfig, check_webhook_secret, parse_update, webhook_secret_ok};
use dutybell::channel::{Button, Channel, LimitScope, Outcome, Outgoing, PollError};
use dutybell::core::inbound::Content;
use dutybell::store::{inbox, people};
use dutybell::web::{self, App};
use fake_telegram::{FakeTelegram, Fault, TOKEN};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use story::{PACK, Story, ledger, row};
use tokio_util::sync::CancellationToken;

fn telegram(url: &str) -> Telegram {
    let config = TelegramConfig { token: SecretString::from(TOKEN), api_url: Some(url.to_owned()), bot_username: None };
    Telegram::new(config).expect("the configuration is right")
}

fn message(text: &str) -> Outgoing {
    Outgoing {
        key: "m1".into(),
        address: "4201".into(),
        subject: String::new(),
        text: text.into(),
        buttons: vec![vec![Button { label: "①完成".into(), action: "1:1:done".into() }]],
        ..Outgoing::default()
    }
}

#[tokio::test]
async fn a_message_arrives_with_its_buttons_and_is_changed_in_place() {
    let fake = FakeTelegram::start().await;
    let telegram = telegram(&fake.url());
    let sent = telegram.send(&message("<b>【新交办】</b>\n①A7K2 静电接地 &lt;失效&gt;")).await;
    let Outcome::Accepted { platform_id: Some(id) } = sent else { panic!("{sent:?}") };
    assert_eq!(fake.messages()[0]["text"], "【新交办】\n①A7K2 静电接地 <失效>");
    assert_eq!(fake.messages()[0]["reply_markup"]["inline_keyboard"][0][0]["callback_data"], "1:1:done");
    let mut answered = message("<b>【新交办】</b>\n→ 已记录");
    answered.buttons.clear();
    assert!(matches!(telegram.edit(&id, &answered).await, Outcome::Accepted { .. }));
    assert!(fake.messages()[0].get("reply_markup").is_none(), "the buttons are gone");
    // The same once more: the platform refuses, and it is as it should be.
    assert!(matches!(telegram.edit(&id, &answered).await, Outcome::Accepted { .. }));
    assert!(fake.calls("sendMessage")[0]["link_preview_options"]["is_disabled"] == true);
}

#[tokio::test]
async fn every_refusal_means_what_it_says() {
    let fake = FakeTelegram::start().await;
    let telegram = telegram(&fake.url());
    let refuse = |code, text, parameters| Fault::Refuse(code, text, parameters);
    let cases: Vec<(Fault, &str)> = vec![
        (refuse(403, "Forbidden: bot was blocked by the user", Value::Null), "gone"),
        (refuse(403, "Forbidden: user is deactivated", Value::Null), "gone"),
        (refuse(403, "Forbidden: some new reason", Value::Null), "gone"),
        (refuse(400, "Bad Request: chat not found", Value::Null), "gone"),
        (
            refuse(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                json!({ "migrate_to_chat_id": -10_077 }),
            ),
            "moved",
        ),
        (refuse(429, "Too Many Requests: retry after 7", json!({ "retry_after": 7 })), "wait"),
        (refuse(400, "Bad Request: message is too long", Value::Null), "refused"),
        (refuse(400, "Bad Request: something unheard of", Value::Null), "refused"),
        (refuse(401, "Unauthorized", Value::Null), "transient"),
    ];
    for (fault, expected) in cases {
        fake.will("sendMessage", [fault.clone()]);
        let outcome = telegram.send(&message("文")).await;
        let kind = match &outcome {
            Outcome::AddressGone { .. } => "gone",
            Outcome::Moved { address } => {
                assert_eq!(address, "-10077");
                "moved"
            }
            Outcome::RetryAfter { scope, after } => {
                assert_eq!((*scope, *after), (LimitScope::Chat, Duration::from_secs(7)));
                "wait"
            }
            Outcome::Refused { .. } => "refused",
            Outcome::Transient { .. } => "transient",
            other => panic!("{fault:?}: {other:?}"),
        };
        assert_eq!(kind, expected, "{fault:?}");
    }
}

#[tokio::test]
async fn a_server_that_errs_is_tried_again_and_an_unreadable_answer_is_unknown() {
    let fake = FakeTelegram::start().await;
    let telegram = telegram(&fake.url());
    fake.will("sendMessage", [Fault::Refuse(500, "Internal Server Error", Value::Null), Fault::Page(502)]);
    assert!(matches!(telegram.send(&message("文")).await, Outcome::Transient { .. }));
    assert!(matches!(telegram.send(&message("文")).await, Outcome::Unknown { .. }));
    let nobody = self::telegram("http://127.0.0.1:9");
    assert!(matches!(nobody.send(&message("文")).await, Outcome::Transient { .. }));
}

#[tokio::test]
async fn an_answer_that_does_not_come_may_have_been_a_success() {
    let fake = FakeTelegram::start().await;
    fake.will("sendMessage", [Fault::Slow(Duration::from_secs(25))]);
    let outcome = telegram(&fake.url()).send(&message("文")).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(fake.messages().len(), 1, "it did arrive");
}

#[tokio::test]
async fn updates_are_confirmed_only_by_asking_for_what_comes_after_them() {
    let fake = FakeTelegram::start().await;
    let telegram = telegram(&fake.url());
    fake.writes(4201, "完成");
    let first = telegram.poll(None, Duration::from_secs(1)).await.expect("polls");
    let again = telegram.poll(None, Duration::from_secs(1)).await.expect("polls");
    assert_eq!(first, again, "not confirmed yet");
    assert!(first[0].raw.contains("language_code"), "kept as received");
    let after = telegram.poll(first[0].offset, Duration::from_secs(1)).await.expect("polls");
    assert!(after.is_empty());
    assert_eq!(fake.waiting(), 0);
}

#[tokio::test]
async fn a_long_poll_answers_at_once_when_something_comes() {
    let fake = FakeTelegram::start().await;
    let telegram = Arc::new(telegram(&fake.url()));
    let polling = {
        let telegram = telegram.clone();
        tokio::spawn(async move { telegram.poll(None, Duration::from_secs(30)).await })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!polling.is_finished());
    fake.writes(4201, "收到");
    let updates = polling.await.expect("no panic").expect("polls");
    assert_eq!(updates.len(), 1);
}

#[tokio::test]
async fn polling_says_when_it_is_hopeless() {
    let fake = FakeTelegram::start().await;
    let telegram = telegram(&fake.url());
    fake.will("getUpdates", [Fault::Refuse(429, "Too Many Requests: retry after 9", json!({ "retry_after": 9 }))]);
    let limited = telegram.poll(None, Duration::ZERO).await;
    assert!(matches!(limited, Err(PollError::Wait { after, .. }) if after == Duration::from_secs(9)));
    fake.will("getUpdates", [Fault::Refuse(409, "Conflict: terminated by other getUpdates request", Value::Null)]);
    assert!(matches!(telegram.poll(None, Duration::ZERO).await, Err(PollError::Fatal(_))));
    let hooked = self::telegram(&fake.url()).with_webhook(SecretString::from("s"));
    assert!(matches!(hooked.poll(None, Duration::ZERO).await, Err(PollError::Fatal(_))));
}

#[tokio::test]
async fn the_token_is_in_no_error_and_no_debug_output() {
    let secret = TOKEN.split(':').nth(1).expect("has two parts");
    let mut said = vec![format!("{:?}", telegram("http://127.0.0.1:9"))];
    let nobody = telegram("http://127.0.0.1:9");
    said.push(format!("{:?}", nobody.send(&message("文")).await));
    said.push(format!("{:?}", nobody.poll(None, Duration::ZERO).await));
    said.push(format!("{:?}", nobody.check().await));
    said.push(format!("{:?}", nobody.set_webhook("https://bell.example/hook", &SecretString::from("s")).await));
    let fake = FakeTelegram::start().await;
    fake.will("sendMessage", [Fault::Page(502)]);
    said.push(format!("{:?}", telegram(&fake.url()).send(&message("文")).await));
    let wrong = TelegramConfig { token: SecretString::from(secret), api_url: None, bot_username: None };
    said.push(format!("{:?}", Telegram::new(wrong)));
    for text in said {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn check_names_the_bot_and_how_updates_come() {
    let fake = FakeTelegram::start().await;
    let found = telegram(&fake.url()).check().await.expect("works");
    assert!(found.contains("@example_duty_bot") && found.contains("polling"), "{found}");
    let other = TelegramConfig {
        token: SecretString::from(TOKEN),
        api_url: Some(fake.url()),
        bot_username: Some("another_bot".into()),
    };
    assert!(Telegram::new(other).expect("reads").check().await.is_err(), "a token of another bot is noticed");
}

#[test]
fn identity_is_the_writers_number_and_nothing_else() {
    let user = FakeTelegram::user(4201);
    let chat = json!({ "id": 4201, "type": "private" });
    let group = json!({ "id": -1_005, "type": "supergroup", "title": "群" });
    let read = |body: Value| parse_update(&body).expect("is an update").inbound;
    let text = read(json!({ "update_id": 1, "message": { "message_id": 7, "from": user, "chat": chat, "text": "完成",
        "reply_to_message": { "message_id": 3 } } }));
    assert_eq!(text.sender.as_deref(), Some("4201"));
    assert!(text.private);
    assert!(matches!(text.content, Content::Text { reply_to: Some(ref id), forwarded: false, .. } if id == "3"));

    let anonymous = read(json!({ "update_id": 1, "message": { "message_id": 7, "chat": group, "text": "完成",
        "from": { "id": 1087968824, "is_bot": true, "first_name": "Group" }, "sender_chat": group } }));
    assert_eq!((anonymous.sender, anonymous.private), (None, false));
    let post = read(json!({ "update_id": 1, "channel_post": { "message_id": 7, "chat": group, "text": "完成" } }));
    assert_eq!(post.sender, None);
    let forwarded = read(json!({ "update_id": 1, "message": { "message_id": 7, "from": user, "chat": chat,
        "text": "完成", "forward_origin": { "type": "user", "date": 1, "sender_user": user } } }));
    assert!(matches!(forwarded.content, Content::Text { forwarded: true, .. }));
    let edited = read(
        json!({ "update_id": 1, "edited_message": { "message_id": 7, "from": user, "chat": chat, "text": "完成" } }),
    );
    assert!(matches!(edited.content, Content::Other { .. }), "an edit is no new answer");
    let start = read(
        json!({ "update_id": 1, "message": { "message_id": 7, "from": user, "chat": chat, "text": "/start ABC" } }),
    );
    assert_eq!(start.content, Content::Start { token: Some("ABC".into()) });
    let blocked = read(json!({ "update_id": 1, "my_chat_member": { "from": user, "chat": chat,
        "new_chat_member": { "status": "kicked" } } }));
    assert_eq!(blocked.content, Content::Blocked { blocked: true });
    let moved =
        read(json!({ "update_id": 1, "message": { "message_id": 7, "chat": group, "migrate_to_chat_id": -1_009 } }));
    assert_eq!(moved.content, Content::Moved { to: "-1009".into() });
    let sticker =
        read(json!({ "update_id": 1, "message": { "message_id": 7, "from": user, "chat": chat, "sticker": {} } }));
    assert!(matches!(sticker.content, Content::Other { ref what } if what == "sticker"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-z/ 完成]{0,12}".prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "update_id",
        "message",
        "callback_query",
        "my_chat_member",
        "from",
        "chat",
        "id",
        "type",
        "text",
        "data",
        "message_id",
        "new_chat_member",
        "status",
        "migrate_to_chat_id",
        "is_bot",
        "edited_message",
    ]);
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_update_brings_the_reader_down(mut body in any_json()) {
        parse_update(&body);
        if let Some(fields) = body.as_object_mut() {
            fields.insert("update_id".into(), json!(5));
            prop_assert!(parse_update(&body).is_some(), "whatever has an id can be confirmed");
        }
    }
}

#[test]
fn webhook_secrets() {
    let secret = SecretString::from("s3cret_-X");
    assert!(webhook_secret_ok(&secret, Some("s3cret_-X")));
    for wrong in [None, Some(""), Some("s3cret_-x"), Some("s3cret_-XX")] {
        assert!(!webhook_secret_ok(&secret, wrong));
    }
    assert!(check_webhook_secret(&"a".repeat(256)).is_ok());
    for bad in ["", "with space", "ü", &"a".repeat(257)] {
        assert!(check_webhook_secret(bad).is_err());
    }
}

#[tokio::test]
async fn a_webhook_brings_an_update_once_and_only_with_the_secret() {
    let fake = FakeTelegram::start().await;
    let secret = SecretString::from("right_secret");
    let mut story = Story::with_pack(&PACK.replace("channels_off = [\"telegram\"]", "channels_off = []")).await;
    let hooked = telegram(&fake.url()).with_webhook(secret.clone());
    story.also_has(vec![Arc::new(hooked)]);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let stop = CancellationToken::new();
    let app = App { gateway: story.gateway.clone(), desk: Some(Desk::default()), demo: None, metrics: None };
    let server = tokio::spawn(web::serve(app, listener, stop.clone()));
    let telegram = telegram(&fake.url());
    let hook = format!("http://{address}/hook/telegram");

    telegram.set_webhook(&hook, &SecretString::from("wrong_secret")).await.expect("sets");
    fake.writes(4201, "完成");
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(story.gateway.store.inbox_depth().await.expect("reads"), 0, "without the secret nothing is taken");
    assert_eq!(fake.waiting(), 1, "and nothing is confirmed");

    telegram.set_webhook(&hook, &secret).await.expect("sets");
    let id = fake.writes(4201, "收到");
    for _ in 0..50 {
        if story.gateway.store.inbox_depth().await.expect("reads") == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(story.gateway.store.inbox_depth().await.expect("reads"), 1);
    // The same update once more, as after an answer that was lost.
    let again = parse_update(&json!({ "update_id": id, "message": { "message_id": 5_201, "date": 1_663_800_000,
        "text": "收到", "from": FakeTelegram::user(4201), "chat": { "id": 4201, "type": "private", "first_name": "张三" } } }))
    .expect("an update");
    let now = story.gateway.now();
    inbox::receive(&story.gateway.store, "telegram", "700100", &[again], now).await.expect("stores");
    assert_eq!(story.gateway.store.inbox_depth().await.expect("reads"), 1, "a replay is ignored");
    stop.cancel();
    server.await.expect("no panic").expect("ends");
}

#[tokio::test]
async fn what_is_not_understood_is_asked_back_with_buttons_and_a_number_stays() {
    let fake = FakeTelegram::start().await;
    let mut story = Story::with_pack(&PACK.replace("channels_off = [\"telegram\"]", "channels_off = []")).await;
    let channel = Arc::new(telegram(&fake.url()));
    story.also_has(vec![channel.clone()]);
    let person = story.gateway.store.directory().await.expect("reads").people_named("张三")[0].id;
    let now = story.gateway.now();
    let mut tx = story.gateway.store.begin().await.expect("begins");
    people::put_contact(&mut tx, person, "telegram", "4201", -1, now).await.expect("stores");
    people::touch_directory(&mut tx).await.expect("stores");
    crate::story::kept(tx, story.gateway.now()).await;
    let rows = ["K1", "K2"].map(|key| row(key, "一般", "2022-09-30", "张三"));
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("09-22 09:30").await;
    let newest = || fake.messages().last().cloned().expect("something was sent");
    let text = |message: &Value| message["text"].as_str().unwrap_or_default().to_owned();
    let writes = |story: &Story, words: &str| {
        let at = story.gateway.now().timestamp();
        let body = json!({ "message_id": 9_000 + at % 1_000 + words.len() as i64, "date": at, "text": words,
            "from": FakeTelegram::user(4201), "chat": { "id": 4201, "type": "private", "first_name": "张三" } });
        fake.happens("message", body);
    };
    let second = story.item("K2").await.code;
    let list = text(&newest());
    let number = list.lines().find(|line| line.contains(&second)).and_then(|line| line.chars().next()).expect("listed");
    let digit = u32::from(number) - u32::from('①') + 1;

    writes(&story, &format!("{digit}弄好了，接头处往外呲水"));
    story.fetches(&*channel).await;
    let asked = newest();
    assert!(text(&asked).contains(&second) && text(&asked).contains("您是说"), "{asked}");
    assert_eq!(story.state("K2").await, "assigned");
    let buttons = asked["reply_markup"]["inline_keyboard"].as_array().expect("buttons").clone();
    let done = buttons.iter().filter_map(Value::as_array).flatten();
    let done = done.clone().find(|b| b["text"].as_str().is_some_and(|t| t.contains("已完成"))).expect("done is one");
    let (message, data) = (asked["message_id"].as_i64().expect("an id"), done["callback_data"].as_str().expect("data"));
    // Somebody else's tap is none.
    fake.presses(4999, message, data);
    story.fetches(&*channel).await;
    assert_eq!(story.state("K2").await, "assigned");
    fake.presses(4201, message, data);
    story.fetches(&*channel).await;
    assert_eq!((story.state("K1").await, story.state("K2").await), ("assigned", "reported_done"), "{}", newest());

    // The other one keeps its number for another gateway, too.
    story.gateway = Arc::new(story.another_gateway().await);
    story.also_has(vec![channel.clone()]);
    writes(&story, &format!("{}完成", 3 - digit));
    story.fetches(&*channel).await;
    assert_eq!(story.state("K1").await, "reported_done", "{}", newest());
}
