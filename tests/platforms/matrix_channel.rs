//! The Matrix channel against a real homeserver (Synapse), and the gateway through it.
//!
//! What every channel must do is in `contract.rs`; here is what only Matrix has: rooms, their members, signs.

use std::sync::Arc;
use std::time::Duration;

use crate::faulty;
use crate::matrix;
use crate::story;
use dutybell::channel::matrix::{Matrix, MatrixConfig, read_event};
use dutybell::channel::{Channel, Outcome, Outgoing, PollError};
use dutybell::core::inbound::{Batch, Content, Position};
use dutybell::core::message::Action;
use faulty::{Fault, Faulty};
use matrix::{Account, edit, homeserver};
use proptest::prelude::*;
use secrecy::SecretString;
use serde_json::{Value, json};
use story::{Story, ledger, row};

fn message(to: &str, key: &str, text: &str) -> Outgoing {
    Outgoing { key: key.into(), address: to.into(), subject: String::new(), text: text.into(), ..Outgoing::default() }
}

/// The id of what must have been accepted.
#[track_caller]
fn accepted(outcome: Outcome) -> String {
    match outcome {
        Outcome::Accepted { platform_id: Some(id) } => id,
        other => panic!("{other:?}"),
    }
}

/// What comes after a position, and the position behind it.
async fn fetch(channel: &Matrix, token: &mut Option<String>) -> Batch {
    let position = Position { offset: None, token: token.clone() };
    let batch = channel.poll_from(&position, Duration::from_secs(1)).await.expect("polls");
    token.clone_from(&batch.token);
    batch
}

async fn two() -> (Account, Account) {
    (homeserver().person("bell").await, homeserver().person("zhang").await)
}

const CODE: &str = "K7QFM-2ZPXW-9TRBD-4HSVN";

/// An office that knows 张三 by his Matrix account, too: he opened a chat and sent the code he was given.
async fn office(items: &[&str]) -> (Story, Arc<Matrix>, Account, Account, String) {
    let (bell, zhang) = two().await;
    let channel = Arc::new(bell.channel());
    let mut story = Story::begin().await;
    story.also_has(vec![channel.clone()]);
    story.fetches(&*channel).await;
    let directory = story.gateway.store.directory().await.expect("reads");
    story.gateway.issue_link(directory.people_named("张三")[0].id, "matrix", CODE).await.expect("issues");
    let room = zhang.opens(&bell.id, false).await;
    story.fetches(&*channel).await;
    assert!(bell.has_joined(&room).await, "whoever opens a chat is let in");
    zhang.says(&room, &format!("绑定 {CODE}")).await;
    story.fetches(&*channel).await;
    let welcome = last(&zhang, &room, &bell).await;
    assert!(text(&welcome).contains("已绑定：张三"), "{welcome}");
    let rows: Vec<String> = items.iter().map(|key| row(key, "一般", "2022-09-30", "张三")).collect();
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("09-22 09:05").await;
    (story, channel, bell, zhang, room)
}

fn text(event: &Value) -> &str {
    event["content"]["body"].as_str().unwrap_or_default()
}

fn id(event: &Value) -> &str {
    event["event_id"].as_str().unwrap_or_default()
}

/// The newest message of `from` that is no edit.
async fn last(reader: &Account, room: &str, from: &Account) -> Value {
    let heard = reader.heard(room, &from.id).await;
    heard.into_iter().rfind(|e| edit(e).is_none()).expect("something was said")
}

#[tokio::test]
async fn a_reminder_is_answered_with_a_tick_and_shows_that_it_was() {
    let (story, channel, bell, zhang, room) = office(&["K1"]).await;
    let reminder = last(&zhang, &room, &bell).await;
    assert!(text(&reminder).contains("K1号工房") && text(&reminder).contains("✅完成"), "{reminder}");
    assert!(reminder["content"]["formatted_body"].as_str().is_some_and(|h| h.contains("<b>") && h.contains("<br>")));

    zhang.reacts(&room, id(&reminder), "✅").await;
    assert_eq!(story.fetches(&*channel).await, 1);
    assert_eq!(story.state("K1").await, "reported_done");
    let echo = last(&zhang, &room, &bell).await;
    assert!(text(&echo).contains("已记录") && text(&echo).contains("报完成"), "{echo}");
    // A courtesy that nothing waits for.
    let mut edited = Vec::new();
    for _ in 0..100 {
        let heard = zhang.heard(&room, &bell.id).await;
        let edits = heard.iter().filter_map(edit).map(|(new, of)| (new.to_owned(), of.to_owned()));
        edited = edits.collect();
        if !edited.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(edited.iter().any(|(new, of)| of == id(&reminder) && new.contains("→ 已记录")), "{edited:?}");

    // By quoting the echo it is taken back.
    zhang.replies(&room, id(&echo), "撤销").await;
    story.fetches(&*channel).await;
    assert_eq!(story.state("K1").await, "assigned");
}

#[tokio::test]
async fn what_is_not_understood_is_asked_back_with_letters_and_numbers_stay_after_a_restart() {
    let (mut story, channel, bell, zhang, room) = office(&["K1", "K2"]).await;
    let before = last(&zhang, &room, &bell).await;
    let number =
        |body: &str, key: &str| body.lines().find(|l| l.contains(key)).and_then(|l| l.chars().next()).expect("listed");
    let (one, two) = (number(text(&before), "K1号工房"), number(text(&before), "K2号工房"));
    let digit = |circled: char| u32::from(circled) - u32::from('①') + 1;
    zhang.says(&room, &format!("{}弄好了，接头处往外呲水", digit(two))).await;
    story.fetches(&*channel).await;
    let asked = last(&zhang, &room, &bell).await;
    let choices = text(&asked).lines().rfind(|line| line.starts_with("A ")).expect("choices with letters").to_owned();
    assert_eq!(story.state("K2").await, "assigned", "{choices}");
    // Another gateway goes on with the question and with the numbers.
    story.gateway = Arc::new(story.another_gateway().await);
    story.also_has(vec![channel.clone()]);
    let done = choices.split(" · ").find(|choice| choice.contains("已完成")).expect("done is one of them");
    zhang.says(&room, &done[..1]).await;
    story.fetches(&*channel).await;
    assert_eq!((story.state("K1").await, story.state("K2").await), ("assigned", "reported_done"));
    zhang.says(&room, "我的任务").await;
    story.fetches(&*channel).await;
    let list = last(&zhang, &room, &bell).await;
    assert_eq!(number(text(&list), "K1号工房"), one, "{list}");
    zhang.says(&room, &format!("{}完成", digit(one))).await;
    story.fetches(&*channel).await;
    assert_eq!(story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn a_quoted_reminder_names_the_item_and_the_quotation_is_no_answer() {
    let (story, channel, bell, zhang, room) = office(&["K1"]).await;
    let reminder = last(&zhang, &room, &bell).await;
    zhang.replies(&room, id(&reminder), "延期2天，等配件").await;
    story.fetches(&*channel).await;
    assert!(story.item("K1").await.extension.is_some());
    let echo = last(&zhang, &room, &bell).await;
    assert!(text(&echo).contains("已申请") && text(&echo).contains("延期"), "{echo}");
    assert_ne!(story.state("K1").await, "reported_done", "“完成” stood in the quotation only");

    // Changing what was written is no new answer.
    let said = zhang.says(&room, "在办").await;
    story.fetches(&*channel).await;
    let changed = json!({ "msgtype": "m.text", "body": "* 完成", "m.new_content": { "msgtype": "m.text", "body": "完成" },
        "m.relates_to": { "rel_type": "m.replace", "event_id": said } });
    zhang.puts(&room, "m.room.message", changed).await;
    story.fetches(&*channel).await;
    assert_ne!(story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn a_sign_under_several_items_asks_which_and_under_anything_else_means_nothing() {
    let (story, channel, bell, zhang, room) = office(&["K1", "K2"]).await;
    let reminder = last(&zhang, &room, &bell).await;
    zhang.reacts(&room, id(&reminder), "👀").await;
    zhang.reacts(&room, id(&reminder), "🎉").await;
    story.fetches(&*channel).await;
    let question = last(&zhang, &room, &bell).await;
    assert!(text(&question).contains("指哪一项"), "{question}");
    zhang.says(&room, "2").await;
    story.fetches(&*channel).await;
    assert_eq!((story.state("K1").await, story.state("K2").await), ("assigned", "acknowledged"));

    let own = zhang.says(&room, "我的任务").await;
    story.fetches(&*channel).await;
    let before = zhang.heard(&room, &bell.id).await.len();
    zhang.reacts(&room, &own, "✅").await;
    story.fetches(&*channel).await;
    assert_eq!(zhang.heard(&room, &bell.id).await.len(), before);
    assert_eq!((story.state("K1").await, story.state("K2").await), ("assigned", "acknowledged"));
}

#[tokio::test]
async fn who_left_the_room_is_reached_by_another_way_and_comes_back_by_writing() {
    let (mut story, channel, bell, zhang, room) = office(&["K1"]).await;
    let before = story.heard("zhangsan").len();
    zhang.leaves(&room).await;
    assert_eq!(story.fetches(&*channel).await, 1);
    story.until("09-30 12:00").await;
    let desk = story.heard("zhangsan");
    assert!(desk.len() > before, "the next contact point is used");
    assert!(zhang.invitations(&bell.id).await.is_empty(), "nobody is invited again who left");

    let new = zhang.opens(&bell.id, false).await;
    story.fetches(&*channel).await;
    zhang.says(&new, "完成").await;
    story.fetches(&*channel).await;
    assert_eq!(story.state("K1").await, "reported_done");
    assert!(text(&last(&zhang, &new, &bell).await).contains("报完成"), "he is answered where he wrote");
}

#[tokio::test]
async fn leaving_shows_at_the_next_send_even_where_nobody_listens() {
    let (bell, zhang) = two().await;
    let channel = bell.channel();
    accepted(channel.send(&message(&zhang.id, "m1", "第一")).await);
    let room = zhang.joins(&bell.id).await;
    accepted(channel.send(&message(&zhang.id, "m2", "第二")).await);
    assert_eq!(zhang.heard(&room, &bell.id).await.len(), 2, "what was said before he joined is there");
    zhang.leaves(&room).await;
    for channel in [&channel, &bell.channel()] {
        let outcome = channel.send(&message(&zhang.id, "m3", "第三")).await;
        assert!(matches!(&outcome, Outcome::AddressGone { reason } if reason.contains("left")), "{outcome:?}");
    }
}

#[tokio::test]
async fn who_puts_us_out_is_not_invited_again_until_he_opens_a_chat() {
    let (bell, zhang) = two().await;
    let channel = bell.channel();
    let mut token = None;
    fetch(&channel, &mut token).await;
    let room = zhang.opens(&bell.id, false).await;
    let opened = fetch(&channel, &mut token).await;
    assert_eq!(opened.updates[0].inbound.content, Content::Blocked { blocked: false });
    accepted(channel.send(&message(&zhang.id, "m1", "一")).await);
    zhang.puts_out(&room, &bell.id).await;
    let batch = fetch(&channel, &mut token).await;
    assert_eq!(batch.updates[0].inbound.content, Content::Blocked { blocked: true }, "{batch:?}");
    assert_eq!(batch.updates[0].inbound.chat, zhang.id);
    let outcome = bell.channel().send(&message(&zhang.id, "m2", "二")).await;
    assert!(matches!(outcome, Outcome::AddressGone { .. }), "{outcome:?}");
    assert!(zhang.invitations(&bell.id).await.is_empty());

    // He tries again, encrypted: the answer to that comes in a room that can be read.
    zhang.opens(&bell.id, true).await;
    let sealed = fetch(&channel, &mut token).await;
    assert_eq!(sealed.updates[0].inbound.content, Content::Sealed);
    accepted(channel.send(&message(&zhang.id, "m3", "三")).await);
    assert_eq!(zhang.invitations(&bell.id).await.len(), 1);
}

#[tokio::test]
async fn one_room_a_person_whoever_sends() {
    let (bell, zhang) = two().await;
    let channel = bell.channel();
    let (first, second) = (message(&zhang.id, "m1", "一"), message(&zhang.id, "m2", "二"));
    let both = tokio::join!(channel.send(&first), channel.send(&second));
    accepted(both.0);
    accepted(both.1);
    // Another process on the same account finds the room in the account's list.
    accepted(bell.channel().send(&message(&zhang.id, "m3", "三")).await);
    assert_eq!(zhang.invitations(&bell.id).await.len(), 1);
    let room = zhang.joins(&bell.id).await;
    assert_eq!(zhang.heard(&room, &bell.id).await.len(), 3);
}

#[tokio::test]
async fn an_answer_lost_while_opening_a_room_opens_no_second_one() {
    let (bell, zhang) = two().await;
    let line = Faulty::to(homeserver().port).await;
    let channel = bell.channel_by(&line.url());
    line.will("/createRoom", Fault::Cut);
    let outcome = channel.send(&message(&zhang.id, "m1", "一")).await;
    assert!(matches!(outcome, Outcome::Transient { .. }), "nothing was sent: {outcome:?}");
    accepted(channel.send(&message(&zhang.id, "m1", "一")).await);
    assert_eq!(zhang.invitations(&bell.id).await.len(), 1);
}

#[tokio::test]
async fn nobody_else_reads_along() {
    let (bell, zhang) = two().await;
    let channel = bell.channel();
    accepted(channel.send(&message(&zhang.id, "m1", "一")).await);
    let room = zhang.joins(&bell.id).await;
    let wang = homeserver().person("wang").await;
    zhang.invites(&room, &wang.id).await;
    accepted(channel.send(&message(&zhang.id, "m2", "二")).await);
    assert_eq!(zhang.heard(&room, &bell.id).await.len(), 1);
    let new = zhang.joins(&bell.id).await;
    assert_eq!(zhang.heard(&new, &bell.id).await.len(), 1, "the second went to a new room of two");
}

#[tokio::test]
async fn encrypted_rooms_are_refused_once_in_words_that_help() {
    let (story, channel, bell, zhang, room) = office(&["K1"]).await;
    let sealed = zhang.opens(&bell.id, true).await;
    story.fetches(&*channel).await;
    assert!(!bell.has_joined(&sealed).await);
    let words = last(&zhang, &room, &bell).await;
    assert!(text(&words).contains("加密聊天室") && text(&words).contains("不加密"), "{words}");

    // The room in use becomes encrypted.
    zhang.puts_state(&room, "m.room.encryption", json!({ "algorithm": "m.megolm.v1.aes-sha2" })).await;
    for _ in 0..2 {
        let cipher = json!({ "algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA", "sender_key": "k", "session_id": "s", "device_id": "D" });
        zhang.puts(&room, "m.room.encrypted", cipher).await;
    }
    story.fetches(&*channel).await;
    let new = zhang.joins(&bell.id).await;
    let words: Vec<Value> = zhang.heard(&new, &bell.id).await;
    assert_eq!(words.len(), 1, "said once, in a room that can be read: {words:?}");
    story.fetches(&*channel).await;
    assert!(!bell.has_joined(&room).await, "and left, so that nobody writes there in vain");
    zhang.says(&new, "完成").await;
    story.fetches(&*channel).await;
    assert_eq!(story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn groups_are_left_and_strangers_hear_how_to_link() {
    let (bell, zhang) = two().await;
    let channel = Arc::new(bell.channel());
    let mut story = Story::begin().await;
    story.also_has(vec![channel.clone()]);
    story.fetches(&*channel).await;
    let wang = homeserver().person("wang").await;
    let group = zhang.opens(&wang.id, false).await;
    zhang.invites(&group, &bell.id).await;
    let chat = wang.opens(&bell.id, false).await;
    story.fetches(&*channel).await;
    assert!(!bell.has_joined(&group).await && bell.has_joined(&chat).await);
    wang.says(&chat, "完成").await;
    story.fetches(&*channel).await;
    assert!(text(&last(&wang, &chat, &bell).await).contains("绑定码"));
}

#[tokio::test]
async fn no_answer_is_lost_in_a_long_absence() {
    let (bell, zhang) = two().await;
    let channel = bell.channel();
    let mut token = None;
    accepted(channel.send(&message(&zhang.id, "m1", "一")).await);
    let room = zhang.joins(&bell.id).await;
    zhang.says(&room, "以前说的").await;
    assert!(fetch(&channel, &mut token).await.updates.is_empty(), "what was said before we came is not read");
    for n in 0..130 {
        zhang.says(&room, &format!("第{n}句")).await;
    }
    let mut said = Vec::new();
    let batch = fetch(&channel, &mut token).await;
    for update in &batch.updates {
        if let Content::Text { text, .. } = &update.inbound.content {
            said.push(text.clone());
        }
    }
    assert_eq!(said, (0..130).map(|n| format!("第{n}句")).collect::<Vec<_>>(), "all, in their order, once");
    assert!(fetch(&channel, &mut token).await.updates.is_empty());
}

#[tokio::test]
async fn a_limit_is_obeyed_as_the_homeserver_names_it() {
    let (bell, zhang) = two().await;
    let channel = bell.channel();
    accepted(channel.send(&message(&zhang.id, "m0", "零")).await);
    homeserver().limits(&bell.id).await;
    let mut waited = None;
    for n in 1..5 {
        match channel.send(&message(&zhang.id, &format!("m{n}"), "又一")).await {
            Outcome::RetryAfter { after, .. } => {
                tokio::time::sleep(after).await;
                accepted(channel.send(&message(&zhang.id, &format!("m{n}"), "又一")).await);
                waited = Some(after);
                break;
            }
            other => drop(accepted(other)),
        }
    }
    assert!(waited.is_some_and(|after| after <= Duration::from_secs(5)), "{waited:?}");
}

#[tokio::test]
async fn credentials_are_checked_and_never_shown() {
    let (bell, zhang) = two().await;
    let found = bell.channel().check().await.expect("works");
    assert!(found.contains(&bell.id), "{found}");
    let stolen = Account { token: zhang.token.clone(), ..bell.clone() };
    assert!(stolen.channel().check().await.is_err_and(|e| e.contains(&zhang.id)));
    let wrong = Account { token: "syt_wrong_token_of_nobody".into(), ..bell.clone() };
    let channel = wrong.channel();
    let mut said = vec![format!("{channel:?}"), format!("{:?}", channel.check().await)];
    let sent = channel.send(&message(&zhang.id, "m1", "一")).await;
    assert!(matches!(&sent, Outcome::Transient { reason } if reason.contains("access_token")), "{sent:?}");
    said.push(format!("{sent:?}"));
    let polled = channel.poll_from(&Position::default(), Duration::ZERO).await;
    assert!(matches!(polled, Err(PollError::Fatal(_))), "{polled:?}");
    said.push(format!("{polled:?}"));
    assert!(said.iter().all(|text| !text.contains("syt_wrong")), "{said:?}");
}

#[test]
fn the_configuration_is_checked() {
    let with = |homeserver: &str, user: &str, token: &str| {
        let (homeserver, user_id) = (homeserver.to_owned(), user.to_owned());
        Matrix::new(MatrixConfig {
            homeserver,
            user_id,
            access_token: SecretString::from(token),
            ca_file: None,
            messages_per_minute: None,
        })
    };
    assert!(with("https://matrix.example.org", "@bell:example.org", "syt_x\n").is_ok());
    assert!(with("http://127.0.0.1:8008/", "@bell:example.org:8448", "syt_x").is_ok());
    for bad in
        ["http://matrix.example.org", "matrix.example.org", "ftp://matrix.example.org", "https://u:p@example.org"]
    {
        assert!(with(bad, "@bell:example.org", "x").is_err(), "{bad}");
    }
    for bad in ["bell", "bell@example.org", "@bell", "@:example.org", "@be ll:example.org"] {
        assert!(with("https://example.org", bad, "x").is_err(), "{bad}");
    }
    let slow = MatrixConfig {
        homeserver: "https://example.org".into(),
        user_id: "@bell:example.org".into(),
        access_token: SecretString::from("x"),
        ca_file: None,
        messages_per_minute: std::num::NonZeroU32::new(12),
    };
    let limits = Matrix::new(slow).expect("right").features().limits;
    assert_eq!((limits[0].count, limits[0].per), (12, Duration::from_secs(60)));
    for bad in ["", "two words", "töken"] {
        assert!(with("https://example.org", "@bell:example.org", bad).is_err(), "{bad}");
    }
}

#[test]
fn events_are_read_by_what_they_are() {
    let read = |kind: &str, content: Value| {
        let event = json!({ "event_id": "$1", "sender": "@li:example.org", "type": kind, "content": content });
        read_event(&event, "!r:example.org", true).expect("an event").inbound
    };
    let said = |content: Value| read("m.room.message", content);
    let plain = said(json!({ "msgtype": "m.text", "body": "完成", "displayname": "张三" }));
    assert_eq!((plain.sender.as_deref(), plain.chat.as_str()), (Some("@li:example.org"), "@li:example.org"));
    let answers = |content: Value| match said(content).content {
        Content::Text { reply_to, text, .. } => (reply_to, text),
        other => panic!("{other:?}"),
    };
    let quoted = json!({ "m.in_reply_to": { "event_id": "$9" } });
    let old = "> <@bell:example.org> 请回复\n> 完成\n\n还没有\n> 这是我写的";
    let read_quoted = answers(json!({ "msgtype": "m.text", "body": old, "m.relates_to": quoted }));
    assert_eq!(read_quoted, (Some("$9".into()), "还没有\n> 这是我写的".into()));
    assert_eq!(answers(json!({ "msgtype": "m.text", "body": "> 引文" })).1, "> 引文", "quoted by hand: his own words");
    let in_thread = json!({ "rel_type": "m.thread", "event_id": "$root", "is_falling_back": true,
        "m.in_reply_to": { "event_id": "$newest" } });
    assert_eq!(
        answers(json!({ "msgtype": "m.text", "body": "完成", "m.relates_to": in_thread })).0,
        Some("$root".into())
    );
    let notice = said(json!({ "msgtype": "m.notice", "body": "完成" }));
    assert_eq!(notice.sender, None, "other programs are not answered");
    let picture = said(json!({ "msgtype": "m.image", "body": "a.jpg", "url": "mxc://x/y" }));
    assert!(matches!(picture.content, Content::Other { ref what } if what == "m.image"));
    let captioned = said(json!({ "msgtype": "m.image", "body": "已整改", "filename": "a.jpg", "url": "mxc://x/y" }));
    assert!(matches!(captioned.content, Content::Text { ref text, .. } if text == "已整改"));
    let start = said(json!({ "msgtype": "m.text", "body": "link K7QFM-2ZPXW-9TRBD-4HSVN" }));
    assert_eq!(start.content, Content::Start { token: Some("K7QFM2ZPXW9TRBD4HSVN".into()) });
    assert!(matches!(said(json!({ "msgtype": "m.text", "body": "link to the plan" })).content, Content::Text { .. }));
    let sign = |key: &str| {
        read("m.reaction", json!({ "m.relates_to": { "rel_type": "m.annotation", "event_id": "$9", "key": key } }))
            .content
    };
    for (key, verb) in [
        ("✅", Action::Done),
        ("✔️", Action::Done),
        ("👀", Action::Ack),
        ("👍🏽", Action::Ack),
        ("⏳", Action::InProgress),
    ] {
        assert_eq!(sign(key), Content::Reaction { verb, message: "$9".into() }, "{key}");
    }
    assert!(matches!(sign("🎉"), Content::Other { .. }));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        "[>\\n a-z✅完成]{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["m.text", "m.reaction", "m.room.message", "m.annotation", "m.thread", "m.replace"])
            .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "event_id",
        "sender",
        "type",
        "content",
        "msgtype",
        "body",
        "m.relates_to",
        "rel_type",
        "key",
        "m.in_reply_to",
        "filename",
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
    fn no_event_brings_the_reader_down(mut body in any_json(), private in any::<bool>()) {
        read_event(&body, "!r:x", private);
        if let Some(fields) = body.as_object_mut() {
            fields.insert("event_id".into(), json!("$1"));
            fields.insert("sender".into(), json!("@li:x"));
            prop_assert!(read_event(&body, "!r:x", private).is_some(), "whatever has an id is kept");
        }
    }
}
