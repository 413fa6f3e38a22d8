//! The contract. Each function is one promise, for any platform.

use std::time::Duration;

use dutybell::channel::{Button, Channel, Outcome, Outgoing};
use dutybell::core::inbound::{Batch, Content, Position};
use dutybell::core::item::ItemId;
use dutybell::core::message::{Action, Line, Message, Press, Section};
use dutybell::core::subject::Subject;
use dutybell::render::dialect::clean;
use dutybell::render::split::split;
use dutybell::render::{part, render};
use dutybell::store::{Store, inbox};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::contract::platform::{Arrived, Platform, Trouble, accepted, message};

pub async fn a_message_arrives_as_written(platform: &dyn Platform) {
    let (channel, address) = (platform.channel(), platform.address());
    let text = "【新交办】A7K2 静电接地\n请于9月30日前完成整改。\n.\n谢谢🙏";
    let id = accepted(channel.send(&message(&address, "m1", text)).await);
    let answer = Outgoing { reply_to: Some(id.clone()), urgent: true, ..message(&address, "m2", "已记录") };
    let second = accepted(channel.send(&answer).await);
    assert_ne!(id, second);
    let arrived = platform.arrived(&address).await;
    let folded: Vec<String> = arrived.iter().map(|a| platform.folds(&a.text)).collect();
    assert_eq!(folded, [text, "已记录"].map(|t| platform.folds(t)));
    assert_eq!([&arrived[0].id, &arrived[1].id], [&id, &second], "known by the id that was given");
    assert!(arrived[0].answers.is_none());
    if let Some(answered) = &arrived[1].answers {
        assert_eq!(answered, &id, "where the platform shows what a message answers");
    }
}

/// As the dispatcher sends it: rendered, cut, part by part.
async fn send_whole(channel: &dyn Channel, address: &str, key: &str, body: &Message) -> Vec<String> {
    let features = channel.features();
    let rendered = render(body, 7, features.dialect);
    let mut ids = Vec::new();
    for (n, piece) in split(&rendered.text, features.max_text).iter().enumerate() {
        let (text, html) = part(&rendered, piece, features.dialect);
        let outgoing = Outgoing { html, ..message(address, &format!("{key}.{n}"), &text) };
        ids.push(accepted(channel.send(&outgoing).await));
    }
    ids
}

fn line(number: u32, title: &str) -> Line {
    Line {
        number,
        subject: Subject::Item(ItemId(i64::from(number))),
        code: "A7K2".to_owned(),
        title: title.to_owned(),
        detail: "今天17:30到期，责任人张三".to_owned(),
    }
}

fn plain(body: &Message) -> String {
    render(body, 7, dutybell::channel::Dialect::Plain).text
}

pub async fn long_chinese_texts_are_cut_cleanly_and_all_of_them_arrives(platform: &dyn Platform) {
    let (channel, address) = (platform.channel(), platform.address());
    // Lines, more than any channel takes at once.
    let most = channel.features().max_text;
    let title = "🧯消防通道被摊位占用 <一般隐患> & 限期整改";
    let count = u32::try_from(most / 20 + 20).expect("a few thousand");
    let lines = (1..=count).map(|n| line(n, title)).collect();
    let body = Message {
        title: "张三，你好".into(),
        sections: vec![Section { heading: "今天到期".into(), lines }],
        ..Message::default()
    };
    let ids = send_whole(channel, &address, "m1", &body).await;
    assert!(ids.len() > 1);
    let whole = texts(&platform.arrived(&address).await).join("\n");
    assert_eq!(platform.folds(&whole), platform.folds(&plain(&body)), "nothing is lost, torn or doubled");

    // One endless line: cut in the middle of Chinese, within bold, between entities.
    let before = platform.arrived(&address).await.len();
    let endless = Message { title: "整改<&>😀".repeat(most / 5), ..Message::default() };
    let ids = send_whole(channel, &address, "m2", &endless).await;
    assert!(ids.len() > 1);
    let whole = texts(&platform.arrived(&address).await[before..]).concat();
    assert_eq!(platform.folds(&whole), platform.folds(&plain(&endless)));
}

pub async fn no_text_is_taken_for_markup(platform: &dyn Platform) {
    let (channel, address) = (platform.channel(), platform.address());
    let mut runner = TestRunner::deterministic();
    let any = "[<>&\"'@#*_~`\\[\\]()|\\\\/=;a-z0-9 \\.安全督办😀\u{202e}\u{200b}\n\t\r\u{0}\u{7f}]{1,60}";
    let any = proptest::string::string_regex(any).expect("a pattern");
    let mut titles: Vec<String> = (0..24).map(|_| any.new_tree(&mut runner).expect("a text").current()).collect();
    titles.extend(
        [
            "</b></h3><script>alert(1)</script>",
            "&lt;b&gt; &amp;amp; &#60; &quot;",
            "@all @room @everyone @li:example.org",
            "[点我](https://example.org) **粗** `码` <a href=\"x\">y</a>",
            "x\r\n.\r\nMAIL FROM:<x@example.org>",
            "\u{202e}成完\u{202c} <br><b>",
        ]
        .map(str::to_owned),
    );
    for (n, fuzz) in titles.iter().enumerate() {
        let body = Message {
            title: format!("甲{fuzz}乙"),
            lead: vec![format!("丙{fuzz}丁")],
            sections: vec![Section { heading: format!("戊{fuzz}己"), lines: vec![line(1, fuzz), line(2, fuzz)] }],
            foot: vec![format!("庚{fuzz}辛")],
            ..Message::default()
        };
        send_whole(channel, &address, &format!("m{n}"), &body).await;
        let arrived = platform.arrived(&address).await.pop().expect("it arrived");
        let (shown_text, meant) = (platform.folds(&arrived.text), platform.folds(&plain(&body)));
        assert_eq!(trimmed(&shown_text), trimmed(&meant), "{fuzz:?}");
        if let Some(html) = &arrived.html {
            let shown = shown(html).unwrap_or_else(|| panic!("{fuzz:?} became markup: {html}"));
            for text in [&body.title, &body.lead[0], &body.sections[0].heading, &body.foot[0]] {
                assert!(shown.contains(&clean(text)), "{text:?} is not in {shown:?}");
            }
        }
    }
}

/// Mail may lose spaces at line ends.
fn trimmed(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// What a reader of this HTML sees; `None` when there is a tag in it that we do not write.
fn shown(html: &str) -> Option<String> {
    const TAGS: [&str; 18] = [
        "b", "br", "!DOCTYPE", "html", "head", "meta", "body", "h3", "h4", "p", "ul", "li", "span", "table", "caption",
        "tr", "th", "td",
    ];
    let mut shown = String::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        shown.push_str(&rest[..at]);
        let end = rest[at..].find('>')? + at;
        let tag = rest[at + 1..end].trim_start_matches('/');
        let name = tag.split(' ').next().unwrap_or_default();
        TAGS.contains(&name).then_some(())?;
        shown.push('\n');
        rest = &rest[end + 1..];
    }
    shown.push_str(rest);
    (!rest.contains('>'))
        .then(|| shown.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

pub async fn buttons_arrive_or_are_left_out(platform: &dyn Platform) {
    let (channel, address) = (platform.channel(), platform.address());
    let press = |label: &str, verb| Press { label: label.to_owned(), verb, line: 1 };
    let body = Message {
        title: "【今天到期】A7K2 静电接地".to_owned(),
        sections: vec![Section { heading: "今天到期".to_owned(), lines: vec![line(1, "静电接地")] }],
        foot: vec!["可直接回复：完成｜在办".to_owned()],
        buttons: vec![vec![press("完成", Action::Done), press("在办", Action::InProgress)]],
        ..Message::default()
    };
    let features = channel.features();
    let rendered = render(&body, i64::MAX, features.dialect);
    let (text, html) = part(&rendered, &rendered.text, features.dialect);
    // Given to a channel without buttons, too: it must not choke on them.
    let outgoing = Outgoing { html, buttons: rendered.buttons, ..message(&address, "m1", &text) };
    accepted(channel.send(&outgoing).await);
    let arrived = platform.arrived(&address).await.pop().expect("it arrived");
    assert!(arrived.text.contains("可直接回复：完成"), "the words are there in any case");
    let expected: &[&str] = if features.buttons { &["完成", "在办"] } else { &[] };
    assert_eq!(arrived.buttons, expected);
}

pub async fn a_sent_message_is_changed_in_place_or_not_at_all(platform: &dyn Platform) {
    let (channel, address) = (platform.channel(), platform.address());
    let button = Button { label: "完成".to_owned(), action: "v1:1:1:done".to_owned() };
    let first = Outgoing { buttons: vec![vec![button]], ..message(&address, "m1", "请完成") };
    let id = accepted(channel.send(&first).await);
    // As long as a message may be, in the widest characters.
    let features = channel.features();
    let long: String = "督".repeat(features.max_text.min(10_000));
    for text in ["请完成\n→ 已记录", "请完成\n→ 已记录", &long] {
        let outcome = channel
            .edit(&id, &Outgoing { html: Some(text.replace('\n', "<br>")), ..message(&address, "m1", text) })
            .await;
        if !features.edit {
            assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
            assert_eq!(texts(&platform.arrived(&address).await), ["请完成"]);
            continue;
        }
        assert_eq!(accepted(outcome), id, "it stays the same message");
        let arrived = platform.arrived(&address).await;
        assert_eq!(texts(&arrived), [text], "and no second one comes");
        assert!(arrived[0].buttons.is_empty());
    }
}

pub async fn who_cannot_be_reached_is_said_to_be_gone(platform: &dyn Platform) {
    for address in platform.dead() {
        let outcome = platform.channel().send(&message(&address, "m1", "在吗")).await;
        assert!(matches!(outcome, Outcome::AddressGone { .. }), "{address}: {outcome:?}");
    }
    // Nobody else suffers from it.
    accepted(platform.channel().send(&message(&platform.address(), "m2", "在")).await);
}

pub async fn a_limit_is_waited_for(platform: &dyn Platform) {
    let address = platform.trouble(Trouble::Limit);
    match platform.channel().send(&message(&address, "m1", "一")).await {
        Outcome::RetryAfter { after, .. } => assert_eq!(after, Duration::from_secs(platform.wait())),
        Outcome::Transient { .. } => assert!(!platform.names_waits(), "the named time is lost"),
        other => panic!("{other:?}"),
    }
    assert!(platform.arrived(&address).await.is_empty(), "it was not sent");
    accepted(platform.channel().send(&message(&platform.address(), "m1", "一")).await);
}

pub async fn a_server_that_errs_is_tried_again(platform: &dyn Platform) {
    let address = platform.trouble(Trouble::Error);
    let outcome = platform.channel().send(&message(&address, "m1", "一")).await;
    assert!(matches!(outcome, Outcome::Transient { .. }), "{outcome:?}");
    assert!(platform.arrived(&address).await.is_empty());
    accepted(platform.channel().send(&message(&platform.address(), "m1", "一")).await);
    assert_eq!(texts(&platform.arrived(&platform.address()).await), ["一"]);
}

pub async fn an_answer_that_was_lost_is_no_failure(platform: &dyn Platform) {
    let address = platform.trouble(Trouble::LostAnswer);
    let outcome = platform.channel().send(&message(&address, "m1", "一")).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(texts(&platform.arrived(&address).await), ["一"], "it did arrive");
}

pub async fn the_same_key_is_the_same_message(platform: &dyn Platform) {
    let channel = platform.channel();
    let address = platform.trouble(Trouble::LostAnswer);
    let lost = message(&address, "m1", "一");
    assert!(matches!(channel.send(&lost).await, Outcome::Unknown { .. }));
    if !channel.features().idempotent {
        // Then the gateway does not repeat what is not urgent, and may double what is.
        return;
    }
    let again = accepted(channel.send(&lost).await);
    assert_eq!(accepted(channel.send(&lost).await), again);
    // What is composed anew before a repeat may say more than before: still the same message.
    assert_eq!(accepted(channel.send(&message(&address, "m1", "一，还有2天")).await), again);
    assert_eq!(texts(&platform.arrived(&address).await), ["一"]);
    assert_ne!(accepted(channel.send(&message(&address, "m2", "二")).await), again);
}

pub async fn a_server_that_is_not_there_took_nothing_and_tells_no_secret(platform: &dyn Platform) {
    let nowhere = platform.nowhere();
    let sent = nowhere.send(&message(&platform.address(), "m1", "一")).await;
    assert!(matches!(sent, Outcome::Transient { .. }), "{sent:?}");
    let checked = nowhere.check().await;
    assert!(checked.is_err());
    let found = platform.channel().check().await;
    assert!(found.is_ok(), "{found:?}");
    let polled = nowhere.poll_from(&Position::default(), Duration::ZERO).await;
    let said = format!("{sent:?} {checked:?} {found:?} {polled:?}");
    assert!(!said.contains(&platform.secret()), "{said}");
}

// ---- the incoming half -----------------------------------------------------------------------------

/// A receiving loop: what it has stored, it does not get again.
struct Ear<'a> {
    platform: &'a dyn Platform,
    position: Position,
}

impl Ear<'_> {
    /// From now on.
    async fn of(platform: &dyn Platform) -> Ear<'_> {
        let mut ear = Ear { platform, position: Position::default() };
        let batch = ear.look().await;
        ear.has(&batch);
        ear
    }

    async fn look(&self) -> Batch {
        self.platform.look(&self.position).await
    }

    fn has(&mut self, batch: &Batch) {
        self.position.offset = batch.updates.iter().filter_map(|u| u.offset).max().or(self.position.offset);
        if batch.token.is_some() {
            self.position.token.clone_from(&batch.token);
        }
    }

    async fn hears(&mut self) -> Batch {
        let batch = self.look().await;
        self.has(&batch);
        batch
    }
}

pub async fn an_answer_names_the_message_that_it_quotes(platform: &dyn Platform) {
    let (channel, address) = (platform.channel(), platform.address());
    let id = accepted(channel.send(&message(&address, "m1", "请完成")).await);
    platform.arrived(&address).await;
    let mut ear = Ear::of(platform).await;
    platform.says(Some(&id), "延期2天").await;
    platform.says(None, "完成").await;
    let batch = ear.hears().await;
    let said: Vec<_> = batch
        .updates
        .iter()
        .filter_map(|u| match &u.inbound.content {
            // A letter that answers none of ours is only believed once it is confirmed.
            Content::Text { text, reply_to, forwarded: false, .. } | Content::Unproven { text, reply_to, .. } => {
                Some((text.as_str(), reply_to.as_deref()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(said, [("延期2天", Some(id.as_str())), ("完成", None)]);
    for update in &batch.updates {
        assert_eq!((update.inbound.sender.as_deref(), &update.inbound.chat), (Some(address.as_str()), &address));
        assert!(update.inbound.private);
        assert!(!update.raw.is_empty(), "what the platform said is kept");
    }
}

pub async fn a_tick_or_button_names_its_message(platform: &dyn Platform) {
    let (channel, address) = (platform.channel(), platform.address());
    let button = Button { label: "完成".to_owned(), action: "v1:1:1:done".to_owned() };
    let outgoing = Outgoing { buttons: vec![vec![button]], ..message(&address, "m1", "请完成") };
    let id = accepted(channel.send(&outgoing).await);
    platform.arrived(&address).await;
    let mut ear = Ear::of(platform).await;
    platform.ticks(&id).await;
    let update = ear.hears().await.updates.pop().expect("it is heard");
    match update.inbound.content {
        Content::Button { action, message, callback } => {
            assert_eq!((action.as_str(), &message), ("v1:1:1:done", &id));
            assert!(matches!(channel.answer_button(&callback, &"好".repeat(500)).await, Outcome::Accepted { .. }));
        }
        Content::Reaction { verb, message } => assert_eq!((verb, &message), (Action::Done, &id)),
        other => panic!("{other:?}"),
    }
    assert_eq!(update.inbound.sender, Some(address));
}

pub async fn identity_is_the_account_and_nothing_else(platform: &dyn Platform) {
    let (channel, address) = (platform.channel(), platform.address());
    accepted(channel.send(&message(&address, "m1", "请完成")).await);
    platform.arrived(&address).await;
    let mut ear = Ear::of(platform).await;
    platform.namesake_says("完成").await;
    for _ in 0..5 {
        for update in ear.hears().await.updates {
            assert_ne!(update.inbound.sender.as_deref(), Some(address.as_str()), "{update:?}");
            assert_ne!(update.inbound.chat, address);
            if matches!(update.inbound.content, Content::Text { .. } | Content::Unproven { .. }) {
                return;
            }
        }
    }
    panic!("the namesake was not heard");
}

pub async fn what_was_not_stored_comes_again_and_counts_once(platform: &dyn Platform) {
    let (channel, address) = (platform.channel(), platform.address());
    accepted(channel.send(&message(&address, "m1", "请完成")).await);
    platform.arrived(&address).await;
    let mut ear = Ear::of(platform).await;
    platform.says(None, "收到").await;
    platform.says(None, "完成").await;
    let ids = |batch: &Batch| batch.updates.iter().map(|u| u.id.clone()).collect::<Vec<_>>();
    let (first, again) = (ear.look().await, ear.look().await);
    assert_eq!(ids(&first).len(), 2);
    assert_eq!(ids(&first), ids(&again), "a crash before they were stored loses none");

    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&format!("sqlite:{}", folder.path().join("x.db").display())).await.expect("opens");
    let now = "2022-09-27T01:00:00Z".parse().expect("an instant");
    for batch in [&first, &again] {
        inbox::receive_batch(&store, channel.name(), &channel.account(), batch, now).await.expect("stores");
    }
    assert_eq!(store.inbox_depth().await.expect("reads"), 2, "a replay counts once");
    let position = store.position(channel.name(), &channel.account()).await.expect("reads");
    ear.has(&again);
    assert_eq!(position.token, ear.position.token);
    let after = platform.look(&position).await;
    assert!(after.updates.is_empty(), "what was stored does not come again");
}

fn texts(arrived: &[Arrived]) -> Vec<&str> {
    arrived.iter().map(|a| a.text.as_str()).collect()
}
