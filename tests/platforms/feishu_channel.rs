//! What is Feishu's own: who may call, what a call is worth, tokens, addresses, and what each refusal means.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::fake_feishu;
use async_trait::async_trait;
use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use dutybell::channel::access::{Shared, Token};
use dutybell::channel::feishu::{Feishu, FeishuConfig};
use dutybell::channel::{Button, Called, Channel, LimitScope, Outcome, Outgoing, PollError};
use dutybell::core::inbound::{Content, Position, Update};
use fake_feishu::{APP, Brought, FakeFeishu, KEY, SECRET, TOKEN, WANG, ZHANG, brought};
use secrecy::SecretString;
use serde_json::{Value, json};

fn now() -> DateTime<Utc> {
    "2026-10-04T10:23:46Z".parse().expect("an instant")
}

fn config(url: &str) -> FeishuConfig {
    FeishuConfig {
        app_id: APP.to_owned(),
        app_secret: SecretString::from(SECRET),
        encrypt_key: Some(SecretString::from(KEY)),
        verification_token: Some(SecretString::from(TOKEN)),
        api_url: Some(url.to_owned()),
    }
}

fn channel(fake: &FakeFeishu) -> Feishu {
    Feishu::new(&config(&fake.url()), Arc::new(now)).expect("the configuration is right")
}

fn message(address: &str, key: &str, text: &str) -> Outgoing {
    Outgoing {
        key: key.into(),
        address: address.into(),
        subject: "督办".into(),
        text: text.into(),
        ..Outgoing::default()
    }
}

#[track_caller]
fn accepted(outcome: Outcome) -> String {
    match outcome {
        Outcome::Accepted { platform_id: Some(id) } => id,
        other => panic!("not accepted: {other:?}"),
    }
}

#[track_caller]
fn heard(called: Called) -> Update {
    match called {
        Called::Heard { mut updates, answer } if updates.len() == 1 => {
            assert_eq!(answer, "{}", "an answer that the platform takes");
            updates.remove(0)
        }
        other => panic!("not heard: {other:?}"),
    }
}

fn is_refused(called: &Called) -> bool {
    matches!(called, Called::Refused { .. })
}

#[tokio::test]
async fn the_address_is_proven_once_by_repeating_a_word() {
    let channel = channel(&FakeFeishu::start().await);
    let question = |token: &str| json!({ "challenge": "ajls384kdjx98XX", "token": token, "type": "url_verification" });
    let expected = Called::Heard { updates: Vec::new(), answer: json!({ "challenge": "ajls384kdjx98XX" }).to_string() };
    let asked = brought(&question(TOKEN), KEY, now());
    assert_eq!(asked.to(&channel, now()), expected);
    let unsigned = Brought { headers: HeaderMap::new(), ..asked };
    assert_eq!(unsigned.to(&channel, now()), expected);
    assert!(is_refused(&brought(&question("another"), KEY, now()).to(&channel, now())));
    assert!(is_refused(&brought(&question(TOKEN), "another", now()).to(&channel, now())));
    let plain = Brought { headers: HeaderMap::new(), body: question(TOKEN).to_string() };
    assert!(is_refused(&plain.to(&channel, now())), "who cannot encrypt is nobody");
}

#[tokio::test]
async fn a_call_that_the_platform_did_not_make_is_not_believed() {
    let fake = FakeFeishu::start().await;
    let channel = channel(&fake);
    let number = fake.says(ZHANG, None, "完成", now());
    let call = fake.brings(number, now());
    heard(call.to(&channel, now()));

    for name in ["x-lark-signature", "x-lark-request-timestamp", "x-lark-request-nonce"] {
        let mut without = call.clone();
        without.headers.remove(name);
        assert!(is_refused(&without.to(&channel, now())), "{name} is missing");
        let mut wrong = call.clone();
        wrong.headers.insert(name, "17".parse().expect("a header"));
        assert!(is_refused(&wrong.to(&channel, now())), "{name} is wrong");
    }
    let mut event: Value = json!({
        "schema": "2.0", "event": {},
        "header": { "event_id": "1", "event_type": "x", "create_time": "1791109426000", "token": TOKEN, "app_id": APP },
    });
    let called = |event: &Value, key: &str| brought(event, key, now()).to(&channel, now());
    assert!(matches!(called(&event, KEY), Called::Heard { updates, .. } if updates.is_empty()), "of no interest");
    assert!(is_refused(&called(&event, "another")));
    for (part, wrong) in [("token", "another"), ("app_id", "cli_another"), ("create_time", "soon")] {
        let right = std::mem::replace(&mut event["header"][part], json!(wrong));
        assert!(is_refused(&called(&event, KEY)), "{part} is wrong");
        event["header"][part] = right;
    }
    for body in ["", "{}", "[]", "{\"encrypt\":\"\"}", "{\"encrypt\":\"AAAA\"}", "{\"encrypt\":\"不\"}", "null"] {
        let broken = Brought { body: body.to_owned(), ..call.clone() };
        assert!(is_refused(&broken.to(&channel, now())), "{body}");
    }
}

#[tokio::test]
async fn an_old_call_is_refused_and_a_late_repeat_is_not() {
    let fake = FakeFeishu::start().await;
    let channel = channel(&fake);
    let (said, pressed) = (fake.says(ZHANG, None, "完成", now()), {
        let button = Button { label: "完成".into(), action: "v1:1:1:done".into() };
        let with = Outgoing { buttons: vec![vec![button]], ..message(ZHANG, "m1", "请完成") };
        let id = accepted(channel.send(&with).await);
        fake.presses(ZHANG, &id, now())
    });
    for number in [said, pressed] {
        let first = heard(fake.brings(number, now()).to(&channel, now()));
        let later = now() + TimeDelta::minutes(7 * 60 + 6);
        let last = heard(fake.brings(number, later).to(&channel, later));
        assert_eq!(first.id, last.id, "the inbox knows it again");
        assert_eq!(first.inbound, last.inbound);
        let tomorrow = now() + TimeDelta::hours(24);
        assert!(is_refused(&fake.brings(number, now()).to(&channel, tomorrow)), "somebody kept it");
        let yesterday = now() - TimeDelta::hours(1);
        assert!(is_refused(&fake.brings(number, now()).to(&channel, yesterday)), "our clock is wrong");
    }
    let two =
        [said, fake.says(ZHANG, None, "完成", now())].map(|n| heard(fake.brings(n, now()).to(&channel, now())).id);
    assert_ne!(two[0], two[1], "said twice is two messages");
}

#[tokio::test]
async fn evidence_holds_no_secrets() {
    let fake = FakeFeishu::start().await;
    let channel = channel(&fake);
    let button = Button { label: "完成".into(), action: "v1:1:1:done".into() };
    let with = Outgoing { buttons: vec![vec![button]], ..message(ZHANG, "m1", "请完成") };
    let id = accepted(channel.send(&with).await);
    for number in [fake.says(ZHANG, Some(&id), "完成", now()), fake.presses(ZHANG, &id, now())] {
        let raw = heard(fake.brings(number, now()).to(&channel, now())).raw;
        assert!(raw.contains(ZHANG) && raw.contains(&id), "what was said is kept: {raw}");
        assert!(!raw.contains(TOKEN) && !raw.contains("c-fake"), "{raw}");
    }
    let shown = format!("{channel:?} {:?}", config(&fake.url()));
    assert!(![SECRET, KEY, TOKEN].iter().any(|secret| shown.contains(secret)), "{shown}");
}

#[tokio::test]
async fn groups_are_groups_and_what_is_no_text_is_named() {
    let fake = FakeFeishu::start().await;
    let channel = channel(&fake);
    let number = fake.writes(ZHANG, None, "group", "text", &json!({ "text": "@_user_1 完成" }), now());
    let update = heard(fake.brings(number, now()).to(&channel, now()));
    assert!(!update.inbound.private && update.inbound.chat.starts_with("oc_"));
    let number = fake.writes(ZHANG, None, "p2p", "sticker", &json!({ "file_key": "1" }), now());
    let update = heard(fake.brings(number, now()).to(&channel, now()));
    assert_eq!(update.inbound.content, Content::Other { what: "sticker".into() });
    assert_eq!((update.inbound.sender.as_deref(), &*update.inbound.chat), (Some(ZHANG), ZHANG));
    let number = fake.happens("im.message.message_read_v1", json!({}), now());
    let read = fake.brings(number, now()).to(&channel, now());
    assert!(matches!(read, Called::Heard { updates, .. } if updates.is_empty()), "taken, and nobody is answered");
}

#[tokio::test]
async fn who_presses_a_button_is_the_presser() {
    let fake = FakeFeishu::start().await;
    let channel = channel(&fake);
    let button = Button { label: "完成".into(), action: "v1:1:1:done".into() };
    let with = Outgoing { buttons: vec![vec![button]], ..message(ZHANG, "m1", "请完成") };
    let id = accepted(channel.send(&with).await);
    let update = heard(fake.brings(fake.presses(WANG, &id, now()), now()).to(&channel, now()));
    assert_eq!((update.inbound.sender.as_deref(), &*update.inbound.chat), (Some(WANG), WANG));
    assert!(fake.messages()[0].card["config"]["enable_forward"] == false);
}

/// What all gateways of an office share.
#[derive(Default)]
struct Table(Mutex<Option<Token>>);

#[async_trait]
impl Shared for Table {
    async fn get(&self, _: &str) -> Option<Token> {
        self.0.lock().expect("no panic").clone()
    }
    async fn put(&self, _: &str, token: &Token) {
        *self.0.lock().expect("no panic") = Some(token.clone());
    }
}

#[tokio::test]
async fn one_token_serves_all_until_it_is_refused() {
    let fake = FakeFeishu::start().await;
    let table = Arc::new(Table::default());
    let (one, other) = (channel(&fake).with_shared(table.clone()), channel(&fake).with_shared(table));
    accepted(one.send(&message(ZHANG, "m1", "一")).await);
    accepted(other.send(&message(ZHANG, "m2", "二")).await);
    assert_eq!(fake.given(), 1);
    fake.spoils_tokens();
    accepted(one.send(&message(ZHANG, "m3", "三")).await);
    accepted(other.send(&message(ZHANG, "m4", "四")).await);
    assert_eq!(fake.given(), 2, "fetched anew once, for both");
    assert_eq!(fake.messages().len(), 4);
}

#[tokio::test]
async fn a_token_that_is_refused_again_and_again_is_not_fetched_for_ever() {
    let fake = FakeFeishu::start().await;
    let channel = channel(&fake);
    for (status, code) in [(400, 99_991_663), (401, 99_991_668)] {
        let before = fake.given();
        fake.will([(status, code, "Invalid access token for authorization.", None); 2]);
        let outcome = channel.send(&message(ZHANG, "m1", "一")).await;
        assert!(matches!(outcome, Outcome::Transient { .. }), "{outcome:?}");
        assert!(fake.given() - before <= 2);
    }
    accepted(channel.send(&message(ZHANG, "m1", "一")).await);
}

#[tokio::test]
async fn a_wrong_secret_is_said_without_the_secret() {
    let fake = FakeFeishu::start().await;
    let wrong = FeishuConfig { app_secret: "another_secret".into(), ..config(&fake.url()) };
    let channel = Feishu::new(&wrong, Arc::new(now)).expect("looks right");
    let (sent, checked) = (channel.send(&message(ZHANG, "m1", "一")).await, channel.check().await);
    assert!(matches!(&sent, Outcome::Transient { reason } if reason.contains("10014")), "{sent:?}");
    let told = format!("{sent:?} {checked:?}");
    assert!(checked.is_err() && !told.contains("another_secret"), "{told}");
}

#[test]
fn a_configuration_that_cannot_work_is_refused_without_telling_it() {
    let clock = || Arc::new(now);
    let refusal = |change: fn(&mut FeishuConfig)| {
        let mut config = config("https://open.larksuite.com");
        change(&mut config);
        Feishu::new(&config, clock()).map(|_| ()).map_err(|e| e.to_string())
    };
    assert_eq!(refusal(|_| ()), Ok(()));
    assert_eq!(refusal(|c| (c.encrypt_key, c.verification_token) = (None, None)), Ok(()), "by a connection");
    let wrong: [fn(&mut FeishuConfig); 6] = [
        |c| c.app_id = "1a2b3c_secret".into(),
        |c| c.app_secret = SecretString::from("a secret"),
        |c| c.encrypt_key = Some("".into()),
        |c| c.encrypt_key = None,
        |c| c.verification_token = Some("a secret".into()),
        |c| c.api_url = Some("http://open.feishu.cn".into()),
    ];
    for change in wrong {
        let told = refusal(change).expect_err("refused");
        assert!(told.starts_with("feishu: ") && !told.contains("secret\"") && !told.contains("a secret"), "{told}");
    }
}

// ---- over a connection ---------------------------------------------------------------------------------

fn connected(fake: &FakeFeishu) -> Feishu {
    let config = FeishuConfig { encrypt_key: None, verification_token: None, ..config(&fake.url()) };
    Feishu::new(&config, Arc::new(now)).expect("the configuration is right")
}

async fn hears(channel: &Feishu, position: &mut Position) -> Vec<String> {
    let batch = channel.poll_from(position, Duration::from_secs(2)).await.expect("polls");
    position.token = batch.token.or(position.token.take());
    let text = |update: Update| match update.inbound.content {
        Content::Text { text, .. } => text,
        other => format!("{other:?}"),
    };
    batch.updates.into_iter().map(text).collect()
}

#[tokio::test]
async fn without_a_key_people_are_heard_over_a_connection() {
    let fake = FakeFeishu::start().await;
    let channel = connected(&fake);
    assert!(channel.features().polls && !self::channel(&fake).features().polls);
    let number = fake.says(ZHANG, None, "完成", now());
    assert_eq!(fake.brings(number, now()).to(&channel, now()), Called::NotHere, "nobody can call");
    let mut position = Position::default();
    assert_eq!(hears(&channel, &mut position).await, ["完成"]);
    assert_eq!(fake.taken(), [false], "not stored yet");
    fake.says(ZHANG, None, "延期2天", now());
    assert_eq!(hears(&channel, &mut position).await, ["延期2天"]);
    assert!(fake.taken()[0], "stored, and known to be");
    assert_eq!(hears(&channel, &mut position).await, [""; 0]);
    assert_eq!(fake.taken(), [true, true]);
    assert_eq!((fake.connections(), fake.pings()), (1, 1));
    assert!(channel.check().await.expect("works").contains("connection"));
    assert!(self::channel(&fake).poll_from(&position, Duration::ZERO).await.is_err(), "called ones do not poll");
}

#[tokio::test]
async fn a_long_event_comes_in_parts_and_is_one() {
    let fake = FakeFeishu::start().await;
    fake.cuts_events(64);
    let channel = connected(&fake);
    let long = "整改".repeat(2_000);
    fake.says(ZHANG, None, &long, now());
    let mut position = Position::default();
    assert_eq!(hears(&channel, &mut position).await, [long.as_str()]);
    assert_eq!(hears(&channel, &mut position).await, [""; 0]);
    assert_eq!(fake.taken(), [true]);
}

#[tokio::test]
async fn a_connection_that_ends_loses_nothing_and_is_made_anew() {
    let fake = FakeFeishu::start().await;
    let channel = connected(&fake);
    let mut position = Position::default();
    fake.says(ZHANG, None, "完成", now());
    assert_eq!(hears(&channel, &mut position.clone()).await, ["完成"]);
    fake.cuts();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(hears(&channel, &mut position).await, ["完成"], "not stored, so heard again");
    // The position says that it was stored; the platform could not be told, and brings it again.
    let after = channel.poll_from(&position, Duration::ZERO).await;
    assert!(matches!(after, Err(PollError::Wait { .. })), "it ended at once: a pause before the next one: {after:?}");
    assert_eq!(hears(&channel, &mut position).await, ["完成"], "the inbox knows it");
    assert_eq!(hears(&channel, &mut position).await, [""; 0]);
    assert_eq!((fake.taken(), fake.connections()), (vec![true], 2));
}

#[tokio::test]
async fn a_connection_at_which_nobody_asks_is_closed() {
    let fake = FakeFeishu::start().await;
    let (left, asking) = (connected(&fake), connected(&fake));
    let mut position = Position::default();
    hears(&left, &mut position.clone()).await;
    assert_eq!(fake.living(), 1);
    for _ in 0..15 {
        hears(&asking, &mut position).await;
        if fake.living() == 1 {
            break;
        }
    }
    // Otherwise the platform would bring it what another gateway waits for.
    assert_eq!((fake.connections(), fake.living()), (2, 1), "the one that is asked at stays");
    drop(asking);
    for _ in 0..100 {
        if fake.living() == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(fake.living(), 0, "and ends with its channel");
}

#[tokio::test]
async fn no_connection_without_the_right_secret_and_nothing_tells_it() {
    let fake = FakeFeishu::start().await;
    let wrong = FeishuConfig {
        app_secret: "another_secret".into(),
        encrypt_key: None,
        verification_token: None,
        ..config(&fake.url())
    };
    let channel = Feishu::new(&wrong, Arc::new(now)).expect("looks right");
    let told = channel.poll_from(&Position::default(), Duration::ZERO).await.expect_err("no connection");
    assert!(matches!(&told, PollError::Fatal(reason) if !reason.contains("another_secret")), "{told:?}");
}

#[tokio::test]
async fn what_is_meant_for_another_app_is_not_heard() {
    let fake = FakeFeishu::start().await;
    let config = FeishuConfig { encrypt_key: None, verification_token: None, ..config(&fake.url()) };
    fake.happens_to("cli_another", "im.message.receive_v1", json!({ "message": { "message_id": "om_1" } }), now());
    fake.happens("im.message.message_read_v1", json!({}), now());
    let channel = Feishu::new(&config, Arc::new(now)).expect("right");
    assert_eq!(hears(&channel, &mut Position::default()).await, [""; 0]);
    assert_eq!(fake.taken(), [true, true], "and does not come for ever");
}

// ---- sending --------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_person_is_found_by_mail_address_or_user_id_as_well() {
    let fake = FakeFeishu::start().await;
    let channel = channel(&fake);
    for (n, address) in ["zhang.wei@example.org", "zhangwei", " zhangwei "].iter().enumerate() {
        accepted(channel.send(&message(address, &format!("m{n}"), "请完成")).await);
    }
    assert!(fake.messages().iter().all(|m| m.to == ZHANG));
}

#[tokio::test]
async fn an_answer_to_what_was_recalled_still_arrives() {
    let fake = FakeFeishu::start().await;
    let channel = channel(&fake);
    let number = fake.says(ZHANG, None, "完成", now());
    let said = match heard(fake.brings(number, now()).to(&channel, now())).inbound.content {
        Content::Text { message, .. } => message,
        other => panic!("{other:?}"),
    };
    let answer = |key: &str, to: &str| Outgoing { reply_to: Some(to.into()), ..message(ZHANG, key, "已记录") };
    accepted(channel.send(&answer("m1", &said)).await);
    fake.recalls(&said);
    accepted(channel.send(&answer("m2", &said)).await);
    accepted(channel.send(&answer("m3", "om_never_was")).await);
    accepted(channel.send(&answer("m4", "../../bot/v3/info")).await);
    let answers: Vec<_> = fake.messages().into_iter().map(|m| m.answers).collect();
    assert_eq!(answers, [Some(said), None, None, None]);
}

#[tokio::test]
async fn a_refusal_means_what_the_pages_say() {
    let fake = FakeFeishu::start().await;
    let channel = channel(&fake);
    let word = |outcome: &Outcome| match outcome {
        Outcome::AddressGone { .. } => "gone",
        Outcome::Refused { .. } => "refused",
        Outcome::Transient { .. } => "later",
        Outcome::Unknown { .. } => "unknown",
        Outcome::RetryAfter { scope: LimitScope::Chat, .. } => "chat waits",
        Outcome::RetryAfter { scope: LimitScope::Bot, .. } => "all wait",
        _ => "?",
    };
    let cases = [
        (230_013, "gone"),
        (230_029, "gone"),
        (230_034, "gone"),
        (230_035, "gone"),
        (230_038, "gone"),
        (230_053, "gone"),
        (99_992_351, "gone"),
        (230_001, "refused"),
        (230_022, "refused"),
        (230_025, "refused"),
        (230_028, "refused"),
        (230_099, "refused"),
        (230_006, "later"),
        (230_027, "later"),
        (99_991_672, "later"),
        (230_101, "later"),
        (987_654, "later"),
        (230_049, "unknown"),
        (230_020, "chat waits"),
        (99_991_400, "all wait"),
    ];
    for (n, (code, expected)) in cases.into_iter().enumerate() {
        fake.will([(400, code, "words of the platform", None)]);
        let outcome = channel.send(&message(ZHANG, &format!("m{n}"), "一")).await;
        assert_eq!(word(&outcome), expected, "{code}: {outcome:?}");
    }
    fake.will([(400, 99_991_400, "request trigger frequency limit", Some(52))]);
    let outcome = channel.send(&message(ZHANG, "m1", "一")).await;
    assert_eq!(outcome, Outcome::RetryAfter { scope: LimitScope::Bot, after: Duration::from_secs(52) });
    assert!(fake.messages().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn the_longest_message_with_many_buttons_fits() {
    let fake = FakeFeishu::start().await;
    let channel = channel(&fake);
    let most = channel.features().max_text;
    let row = |n: usize| {
        ["完成", "在办", "延期"]
            .map(|w| Button { label: format!("{n} {w}"), action: format!("v1:{n}:1:done") })
            .to_vec()
    };
    for (n, widest) in ["督", "\"", "\\", "\n督"].iter().enumerate() {
        let text: String = widest.chars().cycle().take(most).collect();
        let long = Outgoing { buttons: (0..10).map(row).collect(), ..message(ZHANG, &format!("m{n}"), &text) };
        let id = accepted(channel.send(&long).await);
        assert_eq!(accepted(channel.edit(&id, &long).await), id);
    }
}

#[tokio::test]
async fn the_title_stands_in_the_head_of_the_card() {
    let fake = FakeFeishu::start().await;
    let channel = channel(&fake);
    let titled = Outgoing { urgent: true, ..message(ZHANG, "m1", "督办\n① A7K2 静电接地") };
    accepted(channel.send(&titled).await);
    let shown = fake.messages().remove(0);
    assert_eq!((shown.title.as_deref(), shown.text.as_str()), (Some("督办"), "① A7K2 静电接地"));
    assert_eq!(shown.card["header"]["template"], "red");
}
