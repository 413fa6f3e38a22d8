//! WeCom's AI bot against a platform written from the documentation, and gateways through it.
//!
//! What every channel must do is in `contract.rs`; here is what only this one has: everything over one connection, of
//! which a bot has one at a time.

use std::sync::Arc;
use std::time::Duration;

use crate::fake_wecom_bot;
use crate::story;
use dutybell::channel::wecom_bot::{WeComBot, WeComBotConfig};
use dutybell::channel::{Button, Channel, LimitScope, Outcome, Outgoing, PollError};
use dutybell::core::inbound::{Batch, Content, Position};
use dutybell::gateway::run::receive;
use fake_wecom_bot::{BOT, FakeWeComBot, Fault, SECRET, Shown};
use story::{PACK, Story, ledger, row};
use tokio_util::sync::CancellationToken;

const ZHANG: &str = "ZhangSan";
const CODE: &str = "K7QFM-2ZPXW-9TRBD-4HSVN";

fn bot_by(fake: &FakeWeComBot, secret: &str) -> WeComBot {
    let config = WeComBotConfig { bot_id: BOT.to_owned(), secret: secret.to_owned().into(), api_url: Some(fake.url()) };
    WeComBot::new(config).expect("the configuration is right")
}

async fn two() -> (FakeWeComBot, WeComBot) {
    let fake = FakeWeComBot::start().await;
    fake.knows(ZHANG);
    let bot = bot_by(&fake, SECRET);
    poll(&bot, &Position::default()).await;
    (fake, bot)
}

async fn poll(bot: &WeComBot, position: &Position) -> Batch {
    bot.poll_from(position, Duration::from_millis(200)).await.expect("polls")
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

fn card(key: &str, text: &str) -> Outgoing {
    let button = Button { label: "完成".into(), action: "v1:1:1:done".into() };
    Outgoing { buttons: vec![vec![button]], ..message(key, text) }
}

// ---- the office ------------------------------------------------------------------------------------

fn last(fake: &FakeWeComBot) -> Shown {
    fake.messages().pop().expect("something was said")
}

/// An office in which 周九 can be reached by the bot and by nothing else.
async fn office(bots: Vec<Arc<WeComBot>>) -> Story {
    let mut story = Story::with_pack(&PACK.replace("channels_off = [\"telegram\"]", "channels_off = []")).await;
    story.also_has(bots.into_iter().map(|b| b as Arc<dyn Channel>).collect());
    let people = format!(
        "姓名,单位,职务,岗位角色,企业微信机器人\n周九,青石县/青石镇,专干,staff,{ZHANG}\n吴十,青石县/青石镇,专干,staff,\n"
    );
    story.imports(&[("people.csv", &people)]).await;
    story
}

#[tokio::test]
async fn a_press_is_an_answer_and_the_card_says_so_within_five_seconds() {
    let (fake, bot) = two().await;
    let bot = Arc::new(bot);
    let mut story = office(vec![bot.clone()]).await;
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-09-30", "周九")]))]).await;
    story.until("09-22 09:05").await;
    // The whole text, and its buttons below it.
    let sent = fake.messages();
    let [.., text, asked] = &sent[..] else { panic!("{sent:?}") };
    assert!(text.kind == "markdown" && text.text.contains("K1号工房"), "{text:?}");
    let labels: Vec<&str> = asked.buttons.iter().map(|(label, _)| label.as_str()).collect();
    assert!(asked.kind == "template_card" && labels.contains(&"完成"), "{asked:?}");
    let before = fake.messages().len();
    fake.presses(ZHANG, asked, "完成");
    assert_eq!(story.fetches(&*bot).await, 1);
    assert_eq!(story.state("K1").await, "reported_done");
    let card = fake.messages().into_iter().find(|m| m.id == asked.id).expect("it is there");
    assert!(card.text.contains("→ ") && card.text.starts_with(asked.text.lines().next().expect("a title")), "{card:?}");
    assert_eq!(card.buttons.len(), 1, "and cannot be pressed anew");
    assert!(fake.messages().len() > before, "what became of it is said, too");
    // The button that is left says nothing.
    fake.presses(ZHANG, &card, "✓");
    assert_eq!(story.fetches(&*bot).await, 0);
}

#[tokio::test]
async fn who_sends_his_code_is_linked_as_everywhere() {
    let (fake, bot) = two().await;
    let bot = Arc::new(bot);
    let story = office(vec![bot.clone()]).await;
    let directory = story.gateway.store.directory().await.expect("reads");
    story.gateway.issue_link(directory.people_named("吴十")[0].id, "wecom_bot", CODE).await.expect("issues");
    fake.writes("WuShi", None, &format!("绑定 {CODE}"));
    story.fetches(&*bot).await;
    let said = last(&fake);
    assert!(said.chat == "WuShi" && said.text.contains("已绑定：吴十"), "{said:?}");
    // Words in a group are nobody's answer, and nothing is said there; but it can be told something.
    let before = fake.messages().len();
    fake.writes_in("wrExampleGroup", "WuShi", "完成");
    assert_eq!(story.fetches(&*bot).await, 1);
    assert_eq!(fake.messages().len(), before);
    let told = bot.send(&Outgoing { address: "group:wrExampleGroup".into(), ..message("g1", "A7K2 静电接地") }).await;
    assert!(matches!(told, Outcome::Accepted { .. }), "{told:?}");
    assert_eq!((last(&fake).chat.as_str(), last(&fake).text.as_str()), ("wrExampleGroup", "A7K2 静电接地"));
}

#[tokio::test]
async fn of_two_gateways_the_one_that_hears_sends_and_the_other_takes_over() {
    let fake = FakeWeComBot::start().await;
    fake.knows(ZHANG);
    let (first, second) = (Arc::new(bot_by(&fake, SECRET)), Arc::new(bot_by(&fake, SECRET)));
    let mut story = office(vec![first.clone()]).await;
    let one = story.gateway.clone();
    story.also_has(vec![second.clone()]);
    let other = story.gateway.clone();
    assert_ne!(one.holder, other.holder);
    let listening = |gateway: &Arc<dutybell::gateway::Gateway>, bot: &Arc<WeComBot>| {
        let stop = CancellationToken::new();
        let channel = bot.clone() as Arc<dyn Channel>;
        (tokio::spawn(receive(gateway.clone(), channel, stop.clone())), stop)
    };
    let (running, stop) = listening(&one, &first);
    fake.until(|f| f.connected() == 1).await;
    let (other_running, other_stop) = listening(&other, &second);
    fake.until(|_| first.ready()).await;
    assert!(!second.ready());

    // The other one plans and would send; what it may not send waits, and no try was made.
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-09-30", "周九")]))]).await;
    story.clock.set(story::at("09-22 09:05"));
    for _ in 0..3 {
        other.settle().await.expect("settles");
    }
    assert!(fake.messages().is_empty());
    let queued = || async {
        let counts = one.store.count_messages().await.expect("reads");
        counts.into_iter().find(|(state, _)| state == "queued").map_or(0, |(_, n)| n)
    };
    assert!(queued().await > 0);
    one.settle().await.expect("settles");
    let sent = fake.messages();
    assert!(!sent.is_empty() && sent.iter().all(|m| m.line == 1), "{sent:?}");
    assert_eq!(queued().await, 0);

    // The first one ends; the other one hears and sends from then on.
    stop.cancel();
    running.await.expect("no panic");
    fake.until(|f| f.connected() == 2).await;
    fake.until(|_| second.ready() && !first.ready()).await;
    assert_eq!(fake.thrown_out(), 1);
    fake.writes(ZHANG, None, "完成");
    fake.until(|_| !first.ready()).await;
    let mut state = story.state("K1").await;
    for _ in 0..100 {
        one.settle().await.expect("settles");
        state = story.state("K1").await;
        if state == "reported_done" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(state, "reported_done");
    assert_eq!(fake.messages().len(), sent.len(), "heard by the other, and not to be answered by the first");
    other.settle().await.expect("settles");
    assert!(fake.messages()[sent.len()..].iter().all(|m| m.line == 2));
    assert!(fake.messages().len() > sent.len());
    for message in one.store.sent_after(0, 100).await.expect("reads") {
        assert_eq!(message.tries, 1, "nobody tried in vain: {message:?}");
    }
    other_stop.cancel();
    other_running.await.expect("no panic");
}

#[tokio::test]
async fn messages_that_nobody_takes_are_an_alarm() {
    let fake = FakeWeComBot::start().await;
    // Nobody listens: no gateway has the connection.
    let mut story = office(vec![Arc::new(bot_by(&fake, SECRET))]).await;
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-09-30", "周九")]))]).await;
    for minute in ["09:00", "09:10", "09:20", "09:30", "09:40"] {
        story.clock.set(story::at(&format!("09-22 {minute}")));
        story.gateway.settle().await.expect("settles");
    }
    let told: Vec<String> = story.heard("yangliu").into_iter().map(|(_, text)| text).collect();
    let alarms = told.iter().filter(|t| t.contains("wecom_bot") && t.contains("到点未被处理")).count();
    assert_eq!(alarms, 1, "once: {told:#?}");
    assert!(fake.messages().is_empty() && fake.connected() == 0);
}

// ---- the connection --------------------------------------------------------------------------------

#[tokio::test]
async fn the_same_card_is_taken_once_and_a_new_one_is_new() {
    let (fake, bot) = two().await;
    fake.will(Fault::Silence);
    let lost = bot.send(&card("m1", "请完成")).await;
    assert!(matches!(lost, Outcome::Unknown { .. }), "{lost:?}");
    let again = bot.send(&card("m1", "请完成")).await;
    let Outcome::Accepted { platform_id: Some(id) } = again else { panic!("{again:?}") };
    assert_eq!(fake.messages().len(), 1, "it did arrive the first time");
    assert_eq!(fake.messages()[0].id, id);
    // What is too long for a card is a text with a card below it, and comes without one where that is not taken.
    let long = format!("第一行\n{}", "督".repeat(200));
    assert!(matches!(bot.send(&card("m9", &long)).await, Outcome::Accepted { .. }));
    let kinds: Vec<String> = fake.messages()[1..].iter().map(|m| format!("{} {}", m.kind, m.text)).collect();
    assert_eq!(kinds, [format!("markdown {long}"), "template_card 第一行".to_owned()]);
    // Another message of the same words, say of an office that began anew.
    assert!(matches!(bot.send(&card("m2", "请完成")).await, Outcome::Accepted { .. }));
    assert!(matches!(bot.send(&card("m1", "请完成，还有2天")).await, Outcome::Accepted { .. }));
    assert_eq!(fake.messages().len(), 5);
}

#[tokio::test]
async fn refusals_mean_what_the_pages_say() {
    let (fake, bot) = two().await;
    let kind = |outcome: &Outcome| match outcome {
        Outcome::RetryAfter { scope: LimitScope::Chat, .. } => "wait for him",
        Outcome::Transient { .. } => "later",
        Outcome::AddressGone { .. } => "gone",
        Outcome::Refused { .. } => "refused",
        other => panic!("{other:?}"),
    };
    for (code, expected) in [
        (846_607, "gone"),
        (40003, "gone"),
        (45009, "wait for him"),
        (-1, "later"),
        (999_999, "later"),
        (45002, "refused"),
        (40058, "refused"),
        (42014, "later"),
    ] {
        fake.will(Fault::Code(code, "no"));
        let outcome = bot.send(&message("m1", "一")).await;
        assert_eq!(kind(&outcome), expected, "{code}: {outcome:?}");
    }
    assert!(fake.messages().is_empty());
}

#[tokio::test]
async fn a_connection_that_no_longer_counts_is_made_anew() {
    let (fake, bot) = two().await;
    fake.will(Fault::Code(846_609, "aibot websocket not subscribed"));
    assert!(matches!(bot.send(&message("m1", "一")).await, Outcome::Transient { .. }));
    fake.until(|_| !bot.ready()).await;
    let again = bot.poll_from(&Position::default(), Duration::from_millis(200)).await;
    assert!(matches!(again, Err(PollError::Wait { .. })), "not at once: {again:?}");
    poll(&bot, &Position::default()).await;
    assert_eq!(fake.connected(), 2);
    assert!(matches!(bot.send(&message("m1", "一")).await, Outcome::Accepted { .. }));
}

#[tokio::test]
async fn what_was_heard_is_kept_when_the_connection_breaks() {
    let (fake, bot) = two().await;
    let mut position = Position::default();
    fake.writes(ZHANG, None, "完成");
    let heard = poll(&bot, &position).await;
    assert_eq!(heard.updates.len(), 1);
    fake.breaks();
    fake.until(|f| !f.is_open()).await;
    let again = poll(&bot, &position).await;
    assert_eq!(again.updates, heard.updates, "not stored yet");
    position.token = again.token;
    // The first may be told of the end, or that the connection ended as soon as it was made.
    fake.writes(ZHANG, None, "在办");
    let mut said = Vec::new();
    for _ in 0..5 {
        if let Ok(batch) = bot.poll_from(&position, Duration::from_secs(1)).await {
            said.extend(batch.updates.into_iter().map(|u| u.inbound.content));
        }
        if !said.is_empty() {
            break;
        }
    }
    assert!(matches!(&said[..], [Content::Text { text, .. }] if text == "在办"), "{said:?}");
    assert_eq!(fake.connected(), 2);
}

#[tokio::test]
async fn a_connection_at_which_nobody_asks_is_closed() {
    let fake = FakeWeComBot::start().await;
    let bot = bot_by(&fake, SECRET).with_lease(Duration::from_secs(1));
    poll(&bot, &Position::default()).await;
    assert!(fake.is_open());
    fake.until(|f| !f.is_open()).await;
    fake.until(|_| !bot.ready()).await;
    // And with the channel.
    let bot = bot_by(&fake, SECRET);
    poll(&bot, &Position::default()).await;
    assert!(fake.is_open());
    drop(bot);
    fake.until(|f| !f.is_open()).await;
}

#[tokio::test]
async fn a_check_throws_nobody_out_and_a_wrong_secret_is_said_and_not_told() {
    let (fake, running) = two().await;
    let found = bot_by(&fake, SECRET).check().await.expect("can be reached");
    assert!(found.contains(BOT) && running.check().await.is_ok_and(|f| f.contains("is connected")), "{found}");
    assert_eq!((fake.connected(), fake.thrown_out()), (1, 0));

    let wrong = bot_by(&fake, "not-the_secret");
    let polled = wrong.poll_from(&Position::default(), Duration::from_millis(200)).await;
    assert!(matches!(&polled, Err(PollError::Fatal(reason)) if reason.contains("[wecom_bot]")), "{polled:?}");
    let first = wrong.first_check().await;
    assert!(first.is_err());
    assert!(bot_by(&fake, SECRET).first_check().await.is_ok());
    let said = format!("{polled:?} {first:?} {found} {wrong:?} {running:?}");
    for secret in ["not-the_secret", SECRET] {
        assert!(!said.contains(secret), "{said}");
    }
    for (id, url) in [("", "wss://x.example"), ("a b", "wss://x.example"), (BOT, "ws://openws.work.weixin.qq.com")] {
        let config = WeComBotConfig { bot_id: id.into(), secret: SECRET.into(), api_url: Some(url.into()) };
        let refused = WeComBot::new(config).expect_err("cannot be right");
        assert!(refused.contains("[wecom_bot]") && !refused.contains(SECRET), "{refused}");
    }
}
