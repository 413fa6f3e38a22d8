//! The DingTalk channel against a platform written from the documentation, and the gateway through it.
//!
//! What every channel must do is in `contract.rs`; here is what only DingTalk has: Stream, presses in words, cards, userids.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::fake_dingtalk;
use crate::story;
use async_trait::async_trait;
use chrono::Utc;
use dutybell::channel::access::{Shared, Token};
use dutybell::channel::dingtalk::{Dingtalk, DingtalkConfig, read_message};
use dutybell::channel::{Button, Channel, LimitScope, Outcome, Outgoing, PollError};
use dutybell::core::inbound::{Batch, Content, Position};
use dutybell::gateway::run::receive;
use fake_dingtalk::{APP, FakeDingtalk, SECRET, Shown, TEMPLATE};
use proptest::prelude::*;
use serde_json::{Value, json};
use story::{Story, ledger, row};
use tokio_util::sync::CancellationToken;

const ZHANG: &str = "zhang3";
const OPEN: &str = "/connections/open";
const SEND: &str = "/batchSend";
const CODE: &str = "K7QFM-2ZPXW-9TRBD-4HSVN";

fn robot_by(fake: &FakeDingtalk, secret: &str) -> Dingtalk {
    let config = DingtalkConfig {
        client_id: APP.to_owned(),
        client_secret: secret.to_owned().into(),
        robot_code: None,
        card_template: None,
        api_url: Some(fake.url()),
    };
    Dingtalk::new(config, Arc::new(Utc::now)).expect("the configuration is right")
}

async fn two() -> (FakeDingtalk, Dingtalk) {
    let fake = FakeDingtalk::start().await;
    fake.has_member(ZHANG);
    let robot = robot_by(&fake, SECRET);
    (fake, robot)
}

fn message(key: &str, text: &str) -> Outgoing {
    Outgoing {
        key: key.into(),
        address: ZHANG.into(),
        subject: "督办".into(),
        text: text.into(),
        ..Outgoing::default()
    }
}

/// A receiving loop, as the gateway has one.
struct Ear<'a> {
    robot: &'a Dingtalk,
    position: Position,
}

impl<'a> Ear<'a> {
    async fn of(robot: &'a Dingtalk) -> Ear<'a> {
        let mut ear = Ear { robot, position: Position::default() };
        ear.hears().await;
        ear
    }

    /// What there is after the position; what was told to be tried later is tried again.
    async fn looks(&self) -> Batch {
        for _ in 0..5 {
            match self.robot.poll_from(&self.position, Duration::from_millis(500)).await {
                Ok(batch) => return batch,
                Err(PollError::Wait { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        panic!("no connection was made");
    }

    /// Polls until there is a second connection, with a ticket of its own.
    async fn reconnects(&mut self, fake: &FakeDingtalk) {
        for _ in 0..5 {
            assert_eq!(self.hears().await, [""; 0]);
            if fake.connected() == 2 {
                return;
            }
        }
        panic!("no second connection was made");
    }

    /// The same, stored.
    async fn hears(&mut self) -> Vec<String> {
        let batch = self.looks().await;
        self.position.token.clone_from(&batch.token);
        texts(&batch)
    }
}

fn texts(batch: &Batch) -> Vec<String> {
    let text = |content: &Content| match content {
        Content::Text { text, .. } => text.clone(),
        other => format!("{other:?}"),
    };
    batch.updates.iter().map(|u| text(&u.inbound.content)).collect()
}

// ---- the office ------------------------------------------------------------------------------------

async fn last(fake: &FakeDingtalk) -> Shown {
    fake.messages().pop().expect("something was said")
}

/// An office that knows 张三 by his userid, too: he sent the code he was given.
async fn office(items: &[&str]) -> (Story, Arc<Dingtalk>, FakeDingtalk) {
    let (fake, robot) = two().await;
    let robot = Arc::new(robot);
    let mut story = Story::begin().await;
    story.also_has(vec![robot.clone()]);
    story.fetches(&*robot).await;
    let directory = story.gateway.store.directory().await.expect("reads");
    story.gateway.issue_link(directory.people_named("张三")[0].id, "dingtalk", CODE).await.expect("issues");
    fake.writes(ZHANG, None, &format!("绑定 {CODE}"));
    story.fetches(&*robot).await;
    assert!(last(&fake).await.text.contains("已绑定：张三"), "{:?}", last(&fake).await);
    let rows: Vec<String> = items.iter().map(|key| row(key, "一般", "2022-09-30", "张三")).collect();
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("09-22 09:05").await;
    (story, robot, fake)
}

#[tokio::test]
async fn a_press_says_which_item_is_done() {
    let (mut story, robot, fake) = office(&["K1", "K2"]).await;
    let reminder = last(&fake).await;
    assert!(reminder.text.contains("K1号工房") && reminder.text.contains("K2号工房"), "{reminder:?}");
    assert_eq!((reminder.kind.as_str(), reminder.buttons.len()), ("sampleMarkdown", 6), "two rows of three");
    let (label, words) = reminder.buttons.iter().find(|(l, _)| l == "②完成").expect("such a button").clone();
    assert!(words.starts_with("完成 ") && words.len() > "完成 ".len(), "{words:?} names its item");

    // Something else was asked meanwhile; an older message's button is pressed all the same.
    fake.writes(ZHANG, None, "清单");
    story.fetches(&*robot).await;
    fake.presses(&reminder, &label);
    story.fetches(&*robot).await;
    assert_eq!((story.state("K1").await, story.state("K2").await), ("assigned", "reported_done"));
    story.until("09-22 09:06").await;
    assert!(last(&fake).await.text.contains("已记录"), "{:#?}", fake.messages());
}

#[tokio::test]
async fn an_answer_in_words_counts_for_the_message_that_it_quotes() {
    let (story, robot, fake) = office(&["K1"]).await;
    let reminder = last(&fake).await;
    assert_eq!(reminder.kind, "sampleActionCard3", "{reminder:?}");
    assert!(!reminder.title.is_empty() && reminder.text.contains("K1号工房"));
    fake.writes(ZHANG, Some(&reminder.key), " 完成 ");
    story.fetches(&*robot).await;
    assert_eq!(story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn the_receiving_loop_stores_what_was_said_and_acknowledges_it() {
    let (story, robot, fake) = office(&["K1"]).await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(receive(story.gateway.clone(), robot, stop.clone()));
    fake.writes(ZHANG, None, "完成");
    fake.until(|f| f.acknowledged().len() == 2).await;
    fake.breaks();
    fake.until(|f| f.open() == 0).await;
    // Said while there was no connection.
    fake.writes(ZHANG, None, "清单");
    fake.until(|f| f.acknowledged().len() == 3).await;
    stop.cancel();
    running.await.expect("no panic");
    story.gateway.settle().await.expect("settles");
    assert_eq!(story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn somebody_under_another_name_does_nothing() {
    let (story, robot, fake) = office(&["K1"]).await;
    let reminder = last(&fake).await;
    // The same nick, another member.
    fake.writes("zhang4", Some(&reminder.key), "完成");
    // The same nick from outside, where DingTalk names no userid.
    let mut outside = fake.written(ZHANG, "完成");
    outside["senderCorpId"] = json!("dingcorpelsewhere");
    outside["senderStaffId"] = Value::Null;
    outside["senderNick"] = json!("zhang3");
    fake.pushes(&outside);
    // Another organisation's member of the same userid.
    let mut elsewhere = fake.written(ZHANG, "完成");
    elsewhere["senderCorpId"] = json!("dingcorpelsewhere");
    fake.pushes(&elsewhere);
    // And a group, in which the robot was named.
    let mut group = fake.written(ZHANG, " 完成");
    group["conversationType"] = json!("2");
    fake.pushes(&group);
    let mut heard = 0;
    for _ in 0..4 {
        heard += story.fetches(&*robot).await;
    }
    assert_eq!(heard, 4);
    assert_eq!(story.state("K1").await, "assigned");
}

// ---- sending ---------------------------------------------------------------------------------------

#[tokio::test]
async fn a_token_that_is_refused_is_fetched_once_more_and_shared() {
    #[derive(Default)]
    struct Table(Mutex<HashMap<String, Token>>);
    #[async_trait]
    impl Shared for Table {
        async fn get(&self, name: &str) -> Option<Token> {
            self.0.lock().expect("no panic").get(name).cloned()
        }
        async fn put(&self, name: &str, token: &Token) {
            self.0.lock().expect("no panic").insert(name.to_owned(), token.clone());
        }
    }
    let table = Arc::new(Table::default());
    let (fake, robot) = two().await;
    let (one, other) = (robot.with_shared(table.clone()), robot_by(&fake, SECRET).with_shared(table));
    let took = |o: Outcome| assert!(matches!(o, Outcome::Accepted { .. }), "{o:?}");
    took(one.send(&message("m1", "一")).await);
    took(other.send(&message("m2", "二")).await);
    assert_eq!(fake.tokens_fetched(), 1);
    fake.tokens_end();
    took(one.send(&message("m3", "三")).await);
    took(other.send(&message("m4", "四")).await);
    assert_eq!(fake.tokens_fetched(), 2);
    // Refused for ever: no storm of calls.
    for _ in 0..3 {
        fake.will(SEND, 400, json!({ "code": "InvalidAuthentication", "message": "不合法的access_token" }));
    }
    let outcome = one.send(&message("m5", "五")).await;
    assert!(matches!(outcome, Outcome::Transient { .. }), "{outcome:?}");
    assert_eq!(fake.tokens_fetched(), 3);
    assert_eq!(fake.messages().len(), 4);
}

#[tokio::test]
async fn refusals_mean_what_the_pages_say() {
    let (fake, robot) = two().await;
    let kind = |outcome: &Outcome| match outcome {
        Outcome::RetryAfter { scope: LimitScope::Chat, .. } => "wait for him",
        Outcome::RetryAfter { .. } => "wait",
        Outcome::Transient { .. } => "later",
        Outcome::Unknown { .. } => "unknown",
        Outcome::AddressGone { .. } => "gone",
        Outcome::Refused { .. } => "refused",
        Outcome::Accepted { .. } | Outcome::Moved { .. } => "sent",
    };
    let code = |code: &str| json!({ "code": code, "message": "…", "requestid": "A0B1" });
    for (status, body, expected) in [
        (400, code("staffId.notExisted"), "gone"),
        (400, code("send.too.fast"), "wait"),
        (400, code("send.byToken.tooFast"), "wait"),
        (403, code("Forbidden.AccessDenied.QpsLimitForApi"), "wait"),
        (200, json!({ "status": 1111, "wait": 5, "source": "x5", "punish": "deny" }), "wait"),
        (403, code("Forbidden.AccessDenied.ApiCountLimitForOrg"), "later"),
        (403, code("Forbidden.AccessDenied.AccessTokenPermissionDenied"), "later"),
        (400, code("invalidParameter.robotCode.notExsit"), "later"),
        (400, code("something.new"), "later"),
        (400, code("invalidParameter.msgParam.tooLong"), "refused"),
        (200, json!({ "processQueryKey": "", "invalidStaffIdList": [ZHANG] }), "gone"),
        (200, json!({ "processQueryKey": "k", "flowControlledStaffIdList": [ZHANG] }), "wait for him"),
        (200, json!({ "processQueryKey": "k", "filteredStaffIdList": [ZHANG] }), "later"),
        (200, json!({}), "unknown"),
        (503, code("ServiceUnavailable"), "later"),
        (200, json!({ "processQueryKey": "k" }), "sent"),
    ] {
        fake.will(SEND, status, body.clone());
        let outcome = robot.send(&message("m1", "一")).await;
        assert_eq!(kind(&outcome), expected, "{status} {body}: {outcome:?}");
    }
    // Before anything was sent, nothing is unknown.
    let fresh = robot_by(&fake, SECRET);
    fake.will("/accessToken", 200, json!("?"));
    let outcome = fresh.send(&message("m1", "一")).await;
    assert_eq!(kind(&outcome), "later", "{outcome:?}");
    assert!(fake.messages().is_empty());
}

#[tokio::test]
async fn the_longest_text_fits_on_a_card_and_is_no_markup_there() {
    let (fake, robot) = two().await;
    let button = Button { label: "完成".into(), action: "完成 A7K2".into() };
    let buttons = vec![vec![button; 5]];
    let text = "*督*[".repeat(robot.features().max_text / 4);
    let sent = robot.send(&Outgoing { buttons, ..message("m1", &text) }).await;
    assert!(matches!(sent, Outcome::Accepted { .. }), "{sent:?}");
    let shown = last(&fake).await;
    assert_eq!((shown.kind.as_str(), shown.buttons.len()), ("sampleActionCard5", 5));
    assert_eq!(shown.text, "＊督＊［".repeat(robot.features().max_text / 4));
}

#[tokio::test]
async fn a_group_is_written_to_by_its_id() {
    let (fake, robot) = two().await;
    fake.has_member("cidExample/a+b==");
    let button = Button { label: "完成".into(), action: "完成 A7K2".into() };
    let told = Outgoing {
        address: "group:cidExample/a+b==".into(),
        buttons: vec![vec![button; 3]],
        ..message("g1", "A7K2 静电接地")
    };
    let sent = robot.send(&told).await;
    assert!(matches!(sent, Outcome::Accepted { .. }), "{sent:?}");
    let shown = last(&fake).await;
    assert_eq!((shown.user.as_str(), shown.kind.as_str(), shown.buttons.len()), ("cidExample/a+b==", "sampleText", 0));
    let nowhere = robot.send(&Outgoing { address: "group: ".into(), ..told }).await;
    assert!(matches!(nowhere, Outcome::AddressGone { .. }), "{nowhere:?}");
}

// ---- cards -----------------------------------------------------------------------------------------

fn robot_with_cards(fake: &FakeDingtalk, template: &str) -> Dingtalk {
    let config = DingtalkConfig {
        client_id: APP.to_owned(),
        client_secret: SECRET.to_owned().into(),
        robot_code: None,
        card_template: Some(template.to_owned()),
        api_url: Some(fake.url()),
    };
    Dingtalk::new(config, Arc::new(Utc::now)).expect("the configuration is right")
}

/// An office in which 周九 can be reached by cards, and then at the built-in page.
async fn office_with_cards() -> (Story, Arc<Dingtalk>, FakeDingtalk) {
    let fake = FakeDingtalk::start().await;
    fake.has_member("zhou9");
    let robot = Arc::new(robot_with_cards(&fake, TEMPLATE));
    let mut story = Story::begin().await;
    story.also_has(vec![robot.clone()]);
    story.fetches(&*robot).await;
    let people = "姓名,单位,职务,岗位角色,渠道\n周九,青石县/青石镇,专干,staff,\"dingtalk:zhou9, desk:zhoujiu\"\n";
    story.imports(&[("people.csv", people)]).await;
    let rows = [row("K1", "一般", "2022-09-30", "周九"), row("K2", "一般", "2022-09-30", "周九")];
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("09-22 09:05").await;
    (story, robot, fake)
}

fn card_of(fake: &FakeDingtalk) -> Shown {
    fake.messages().into_iter().rfind(|m| m.kind == "card").expect("a card was sent")
}

#[tokio::test]
async fn a_press_of_a_card_is_an_answer_acknowledged_once_it_is_stored_and_the_card_says_so() {
    let (mut story, robot, fake) = office_with_cards().await;
    let card = card_of(&fake);
    assert!(card.text.contains("K1号工房") && card.text.contains("K2号工房"), "{card:?}");
    let push = fake.presses_card("zhou9", &card, "②完成");
    fake.until(|_| true).await;
    // Heard and not stored.
    let position = story.gateway.store.position("dingtalk", APP).await.expect("reads");
    let heard = robot.poll_from(&position, Duration::from_secs(2)).await.expect("polls");
    assert_eq!(heard.updates.len(), 1);
    assert!(fake.acknowledged().is_empty());
    assert_eq!(story.fetches(&*robot).await, 1);
    assert_eq!((story.state("K1").await, story.state("K2").await), ("assigned", "reported_done"));
    story.fetches(&*robot).await;
    fake.until(|f| f.acknowledged().iter().any(|a| a.id == push && a.code == 200)).await;
    let after = fake.messages().into_iter().find(|m| m.key == card.key).expect("the same card");
    assert!(after.text.contains("→ 已记录"), "{after:?}");
    assert!(after.buttons.len() < card.buttons.len(), "what was answered is not asked any more: {after:?}");
    // Pressed once more, on a phone that shows the old card: nothing is done twice.
    fake.presses_card("zhou9", &card, "②完成");
    story.fetches(&*robot).await;
    story.until("09-22 09:06").await;
    assert_eq!(story.state("K2").await, "reported_done");
}

#[tokio::test]
async fn what_was_answered_at_another_place_is_shown_on_the_card() {
    let (mut story, robot, fake) = office_with_cards().await;
    let card = card_of(&fake);
    let code = story.item("K1").await.code;
    story.says("zhoujiu", &format!("{code} 完成")).await;
    assert_eq!(story.state("K1").await, "reported_done");
    story.fetches(&*robot).await;
    let after = fake.messages().into_iter().find(|m| m.key == card.key).expect("the same card");
    assert!(after.text.contains("→ 已记录"), "{after:?}");
}

#[tokio::test]
async fn somebody_elses_press_of_a_card_does_nothing() {
    let (story, robot, fake) = office_with_cards().await;
    let card = card_of(&fake);
    fake.presses_card("zhang4", &card, "②完成");
    assert_eq!(story.fetches(&*robot).await, 1);
    assert_eq!(story.state("K2").await, "assigned");
}

#[tokio::test]
async fn a_template_that_is_not_taken_silences_nobody() {
    let fake = FakeDingtalk::start().await;
    fake.has_member(ZHANG);
    let button = Button { label: "完成".into(), action: "v1:7:1:done".into() };
    let asking = |key: &str| Outgoing { buttons: vec![vec![button.clone()]], ..message(key, "请回复：完成") };
    let robot = robot_with_cards(&fake, "gone.schema");
    assert!(matches!(robot.send(&asking("m1")).await, Outcome::Accepted { .. }));
    let shown = last(&fake).await;
    assert_eq!((shown.kind.as_str(), shown.text.as_str(), shown.buttons.len()), ("sampleText", "请回复：完成", 0));
    // Nobody of that name: the robot's own form says so.
    let gone = robot_with_cards(&fake, TEMPLATE).send(&Outgoing { address: "nobody".into(), ..asking("m2") }).await;
    assert!(matches!(gone, Outcome::AddressGone { .. }), "{gone:?}");
    // Limits are waited for, and the same message is the same card.
    let robot = robot_with_cards(&fake, TEMPLATE);
    let code = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi";
    fake.will("/createAndDeliver", 403, json!({ "code": code, "message": "调用频率超限" }));
    assert!(matches!(robot.send(&asking("m3")).await, Outcome::RetryAfter { .. }));
    let before = fake.messages().len();
    let (one, same) = (robot.send(&asking("m3")).await, robot.send(&asking("m3")).await);
    assert!(matches!(&one, Outcome::Accepted { .. }) && one == same, "{one:?} {same:?}");
    assert_eq!(fake.messages().len(), before + 1);
    // What is no card cannot be changed.
    assert!(matches!(robot.edit("pqk1=", &asking("m1")).await, Outcome::Refused { .. }));
}

// ---- hearing ---------------------------------------------------------------------------------------

#[tokio::test]
async fn a_push_is_acknowledged_once_it_is_stored() {
    let (fake, robot) = two().await;
    let mut ear = Ear::of(&robot).await;
    let asked = fake.asked();
    assert_eq!(asked[0]["subscriptions"], json!([{ "type": "CALLBACK", "topic": "/v1.0/im/bot/messages/get" }]));
    let push = fake.pushes(&fake.written(ZHANG, "完成"));
    assert_eq!((texts(&ear.looks().await), texts(&ear.looks().await)), (vec!["完成".into()], vec!["完成".into()]));
    assert!(fake.acknowledged().is_empty(), "what is not stored is not acknowledged");
    ear.hears().await;
    assert_eq!(ear.hears().await, [""; 0]);
    fake.until(|f| !f.acknowledged().is_empty()).await;
    let said = fake.acknowledged();
    assert_eq!((said.len(), &said[0].id, said[0].code), (1, &push, 200));
    assert_eq!(said[0].data, json!({ "response": null }));
}

#[tokio::test]
async fn what_was_heard_is_kept_when_the_connection_breaks() {
    let (fake, robot) = two().await;
    // As the protocol has it: what was pushed once does not come again.
    fake.pushes_once();
    let mut ear = Ear::of(&robot).await;
    fake.pushes(&fake.written(ZHANG, "完成"));
    assert_eq!(texts(&ear.looks().await), ["完成"]);
    fake.breaks();
    fake.until(|f| f.open() == 0).await;
    assert_eq!(texts(&ear.looks().await), ["完成"], "not stored yet");
    ear.hears().await;
    ear.reconnects(&fake).await;
    fake.pushes(&fake.written(ZHANG, "在办"));
    assert_eq!(ear.hears().await, ["在办"]);
    assert!(fake.acknowledged().is_empty(), "a push is not acknowledged over another connection");
}

#[tokio::test]
async fn what_comes_twice_is_one_update_and_both_pushes_are_acknowledged() {
    let (fake, robot) = two().await;
    let mut ear = Ear::of(&robot).await;
    let said = fake.written(ZHANG, "完成");
    fake.pushes(&said);
    fake.pushes(&said);
    fake.until(|_| true).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(ear.hears().await, ["完成"]);
    ear.hears().await;
    fake.until(|f| f.acknowledged().len() == 2).await;
    // Another process's position confirms nothing here.
    fake.pushes(&fake.written(ZHANG, "在办"));
    assert_eq!(ear.hears().await, ["在办"]);
    ear.position.token = Some("0123456789abcdef.99".to_owned());
    assert_eq!(ear.hears().await, ["在办"]);
}

#[tokio::test]
async fn a_connection_that_dingtalk_gives_up_is_followed_by_a_new_one() {
    let (fake, robot) = two().await;
    let mut ear = Ear::of(&robot).await;
    fake.pushes(&fake.written(ZHANG, "完成"));
    assert_eq!([ear.hears().await, ear.hears().await], [vec!["完成".to_owned()], Vec::new()]);
    fake.pushes_frame("SYSTEM", "ping", &json!({ "opaque": "123-dsfs" }));
    fake.until(|f| f.pongs() == 1).await;
    assert_eq!(fake.acknowledged().last().expect("the answer").data, json!({ "opaque": "123-dsfs" }));
    fake.pushes_frame("SYSTEM", "disconnect", &json!({ "reason": "connection is expired" }));
    fake.until(|f| f.open() == 0).await;
    ear.reconnects(&fake).await;
    fake.pushes(&fake.written(ZHANG, "在办"));
    assert_eq!(ear.hears().await, ["在办"]);
}

#[tokio::test]
async fn a_connection_that_ends_at_once_is_no_storm_of_connections() {
    let (fake, robot) = two().await;
    let ear = Ear::of(&robot).await;
    fake.breaks();
    fake.until(|f| f.open() == 0).await;
    // The first one may be told of the end only.
    for _ in 0..2 {
        match robot.poll_from(&ear.position, Duration::from_secs(2)).await {
            Ok(batch) => assert!(batch.updates.is_empty()),
            Err(PollError::Wait { after, .. }) => {
                assert!(after >= Duration::from_secs(1));
                assert_eq!(fake.asked().len(), 1);
                return;
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("{} connections were asked for", fake.asked().len());
}

#[tokio::test]
async fn two_that_ask_at_the_same_time_open_one_connection() {
    let (fake, robot) = two().await;
    let position = Position::default();
    let poll = || robot.poll_from(&position, Duration::from_millis(300));
    let (one, other) = tokio::join!(poll(), poll());
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(fake.connected(), 1);
}

#[tokio::test]
async fn a_connection_at_which_nobody_asks_is_closed() {
    let (fake, robot) = two().await;
    let robot = robot.with_lease(Duration::from_secs(2));
    let ear = Ear::of(&robot).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(fake.open(), 1);
    // Another gateway asks now; what is pushed here would be heard by nobody.
    fake.until(|f| f.open() == 0).await;
    assert_eq!(fake.connected(), 1);
    ear.looks().await;
    assert_eq!(fake.open(), 1, "and opened again when somebody does");
    drop(ear);
    drop(robot);
    fake.until(|f| f.open() == 0).await;
}

#[tokio::test]
async fn a_ticket_that_is_refused_is_tried_again_and_not_told() {
    let (fake, robot) = two().await;
    let position = Position::default();
    let told = |polled: &Result<Batch, PollError>| match polled {
        Err(PollError::Wait { reason, .. }) => reason.clone(),
        other => panic!("{other:?}"),
    };
    let endpoint = fake.endpoint();
    fake.will(OPEN, 200, json!({ "endpoint": endpoint, "ticket": "spent_ticket" }));
    let refused = robot.poll_from(&position, Duration::from_millis(200)).await;
    assert!(!told(&refused).contains("spent_ticket"), "{refused:?}");
    fake.will(OPEN, 200, json!({ "endpoint": "http://127.0.0.1:9/connect", "ticket": "spent_ticket" }));
    let nowhere = robot.poll_from(&position, Duration::from_millis(200)).await;
    assert!(!told(&nowhere).contains("spent_ticket"), "{nowhere:?}");
    // No TLS is spoken there.
    fake.will(OPEN, 200, json!({ "endpoint": endpoint.replace("ws:", "wss:"), "ticket": "spent_ticket" }));
    let plain = robot.poll_from(&position, Duration::from_millis(200)).await;
    assert_eq!(told(&plain), "the connection was refused");
    fake.will(OPEN, 503, json!({ "code": "ServiceUnavailable", "message": "…" }));
    told(&robot.poll_from(&position, Duration::from_millis(200)).await);
    assert!(robot.poll_from(&position, Duration::from_millis(200)).await.is_ok());
}

#[tokio::test]
async fn a_wrong_secret_is_said_and_not_told() {
    let (fake, _) = two().await;
    let robot = robot_by(&fake, "not-the_secret");
    let polled = robot.poll_from(&Position::default(), Duration::from_millis(200)).await;
    assert!(matches!(&polled, Err(PollError::Fatal(reason)) if reason.contains("[dingtalk]")), "{polled:?}");
    let sent = robot.send(&message("m1", "一")).await;
    assert!(matches!(&sent, Outcome::Transient { reason } if reason.contains("[dingtalk]")), "{sent:?}");
    let checked = robot.check().await;
    assert!(checked.is_err());
    let good = robot_by(&fake, SECRET);
    let found = good.check().await;
    assert!(found.as_ref().is_ok_and(|f| f.contains(APP)), "{found:?}");
    let said = format!("{polled:?} {sent:?} {checked:?} {robot:?} {found:?} {good:?}");
    for secret in ["not-the_secret", SECRET, "fake_access_token", "fake+ticket", "ticket%2F"] {
        assert!(!said.contains(secret), "{said}");
    }
    let config = |id: &str, url: &str| DingtalkConfig {
        client_id: id.into(),
        client_secret: SECRET.to_owned().into(),
        robot_code: None,
        card_template: None,
        api_url: Some(url.into()),
    };
    for (id, url) in [("", "https://x.example"), ("a b", "https://x.example"), (APP, "http://api.dingtalk.com")] {
        let refused = Dingtalk::new(config(id, url), Arc::new(Utc::now)).expect_err("cannot be right").to_string();
        assert!(!refused.contains(SECRET), "{refused}");
    }
}

// ---- reading ---------------------------------------------------------------------------------------

#[tokio::test]
async fn kinds_of_messages_are_told_apart() {
    let fake = FakeDingtalk::start().await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut data = fake.written(ZHANG, " 完成 ");
        change(&mut data);
        read_message(&data).expect("has an id")
    };
    let plain = with(&|_| {});
    assert!(matches!(&plain.inbound.content, Content::Text { text, reply_to: None, .. } if text == "完成"));
    assert!(!plain.raw.contains("fakesession") && plain.raw.contains("senderNick"), "{}", plain.raw);
    let group = with(&|d| d["conversationType"] = json!("2"));
    assert_eq!((group.inbound.private, group.inbound.chat.as_str()), (false, "cidzhang3"));
    let captioned = with(&|d| {
        d["msgtype"] = json!("richText");
        d["content"] = json!({ "richText": [{ "text": "完成" }, { "type": "picture", "downloadCode": "x" }] });
    });
    assert!(matches!(&captioned.inbound.content, Content::Text { text, .. } if text == "完成"), "{captioned:?}");
    let picture = with(&|d| d["msgtype"] = json!("picture"));
    assert!(matches!(&picture.inbound.content, Content::Other { what } if what == "picture"));
    // The organisation's quota is used up.
    let empty = with(&|d| {
        d["text"] = Value::Null;
        d["errorMessage"] = json!("20001");
    });
    assert!(matches!(empty.inbound.content, Content::Other { .. }));
    let linking = with(&|d| d["text"]["content"] = json!(format!("绑定 {CODE}")));
    assert!(matches!(linking.inbound.content, Content::Start { token: Some(_) }));
    assert!(read_message(&json!({ "msgtype": "text" })).is_none());
}

proptest! {
    #[test]
    fn whatever_comes_is_read_without_failing(key in "[a-zA-Z]{1,20}", text in "\\PC{0,40}", odd in 0..6_usize) {
        let values = [json!(text), json!(null), json!([text]), json!({ key.as_str(): text }), json!(7), json!(true)];
        for field in ["msgId", "msgtype", "text", "content", "senderStaffId", "conversationType", &key] {
            let mut data = json!({ "msgId": "m", "msgtype": "text", "text": { "content": "x" }, "content": {} });
            data[field] = values[odd].clone();
            let _ = read_message(&data);
        }
    }
}
