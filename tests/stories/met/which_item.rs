//! Which item an answer means.

use chrono::{DateTime, Duration, Utc};
use dutybell::channel::{Dialect, dingtalk, matrix, telegram};
use dutybell::core::inbound::{Content, Inbound};
use dutybell::core::item::{ItemId, State};
use dutybell::core::message::{Line, Message, Section};
use dutybell::core::org::Who;
use dutybell::core::subject::Subject;
use serde_json::json;

use crate::story::{Story, at, ledger, row};

fn instant(text: &str) -> Option<DateTime<Utc>> {
    Some(text.parse().expect("an instant"))
}

#[test]
fn what_came_in_bears_the_date_of_its_platform() {
    let telegram = json!({ "update_id": 1, "message": {
        "message_id": 5, "date": 1_663_808_400, "text": "1完成", "from": { "id": 7, "is_bot": false },
        "chat": { "id": 7, "type": "private" },
    } });
    let telegram = telegram::parse_update(&telegram).expect("an update").inbound;
    // Telegram counts whole seconds: whatever was sent within it was there.
    assert_eq!(telegram.sent_at, instant("2022-09-22T01:00:00.999Z"));
    let matrix = json!({
        "type": "m.room.message", "event_id": "$1", "sender": "@zhang:example.org", "origin_server_ts": 1_663_808_400_123_i64,
        "content": { "msgtype": "m.text", "body": "1完成" },
    });
    let matrix = matrix::read_event(&matrix, "!room:example.org", true).expect("an update").inbound;
    assert_eq!(matrix.sent_at, instant("2022-09-22T01:00:00.123Z"));
    let dingtalk = json!({
        "msgId": "m1", "conversationType": "1", "senderStaffId": "zhang3", "createAt": 1_663_808_400_123_i64,
        "msgtype": "text", "text": { "content": "1完成" },
    });
    let dingtalk = dingtalk::read_message(&dingtalk).expect("an update").inbound;
    assert_eq!(dingtalk.sent_at, instant("2022-09-22T01:00:00.123Z"));
}

#[test]
fn a_press_has_no_date_of_its_own_the_message_s_is_not_taken() {
    let press = json!({ "update_id": 2, "callback_query": {
        "id": "c", "data": "v1:7:1:done", "from": { "id": 7, "is_bot": false },
        "message": { "message_id": 5, "date": 1_663_808_400, "chat": { "id": 7, "type": "private" } },
    } });
    assert_eq!(telegram::parse_update(&press).expect("an update").inbound.sent_at, None);
}

#[test]
fn what_was_stored_without_a_date_still_reads() {
    let stored = r#"{"sender":"7","chat":"7","private":true,"content":{"type":"text","text":"完成","reply_to":null,"forwarded":false,"message":"5"}}"#;
    let inbound: Inbound = serde_json::from_str(stored).expect("reads");
    assert_eq!(inbound.sent_at, None);
    assert!(matches!(inbound.content, Content::Text { text, .. } if text == "完成"));
}

/// What 张三 was sent last that shows numbers: items by number.
async fn numbers(story: &Story, login: &str) -> Vec<ItemId> {
    let sent = story.gateway.store.sent_to("desk", login, 50).await.expect("reads");
    let list = sent.iter().rev().find(|m| m.body.lines().count() > 1).expect("a list");
    list.body.lines().filter_map(|line| line.subject.item()).collect()
}

async fn state_of(story: &Story, id: ItemId) -> State {
    let mut tx = story.gateway.store.begin().await.expect("begins");
    dutybell::store::items::get(&mut tx, id).await.expect("reads").expect("is there").state
}

/// A list of three, and after it a single message about a major hazard.
async fn a_list_and_then_one() -> Story {
    let mut rows: Vec<String> = (1..=3).map(|n| row(&format!("K{n}"), "一般", "2022-10-28", "张三")).collect();
    let mut story = Story::with(&rows).await;
    story.until("09-23 09:00").await;
    rows.push(row("K4", "重大", "2022-10-28", "张三"));
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("09-23 11:00").await;
    let last = story.heard("zhangsan").last().expect("heard").1.clone();
    assert!(last.contains("K4号工房") && !last.contains('①'), "a single one, under a number of its own: {last}");
    story
}

#[tokio::test]
async fn a_number_counts_for_the_list_that_shows_it_and_never_for_the_single_reminder_after_it() {
    let mut story = a_list_and_then_one().await;
    let list = numbers(&story, "zhangsan").await;
    story.says("zhangsan", "1完成").await;
    assert_eq!((state_of(&story, list[0]).await, story.state("K4").await), (State::ReportedDone, "assigned"));
    let answer = story.says("zhangsan", "3 done").await;
    assert_eq!(state_of(&story, list[2]).await, State::ReportedDone, "{answer}");
    // What nothing showed is said to be unknown; the single one says which it is.
    let answer = story.says("zhangsan", "5完成").await;
    assert!(answer.contains("没有第5项"), "{answer}");
    assert_eq!(story.state("K4").await, "assigned");
    let answer = story.says("zhangsan", "4完成").await;
    assert_eq!(story.state("K4").await, "reported_done", "{answer}");
}

#[tokio::test]
async fn all_but_one_is_said_of_the_list_and_all_asks_first() {
    let mut story = a_list_and_then_one().await;
    let list = numbers(&story, "zhangsan").await;
    let asked = story.says("zhangsan", "除2外都完成").await;
    assert!(asked.contains("请确认") && !asked.contains("K4号工房"), "{asked}");
    story.says("zhangsan", "是").await;
    assert_eq!(state_of(&story, list[1]).await, State::InProgress);
    assert_eq!(state_of(&story, list[0]).await, State::ReportedDone);
    assert_eq!(story.state("K4").await, "assigned");
    let answer = story.says("zhangsan", "除5外都完成").await;
    assert!(answer.contains("没有第5项"), "a number that is not there leaves nothing out: {answer}");
}

#[tokio::test]
async fn where_no_list_was_ever_shown_a_number_is_asked_about() {
    let mut story = Story::with(&[row("K1", "重大", "2022-10-28", "张三")]).await;
    story.until("09-23 09:00").await;
    let asked = story.says("zhangsan", "1完成").await;
    assert_eq!(story.state("K1").await, "assigned", "{asked}");
    assert!(asked.contains("请确认") && asked.contains("K1号工房"), "{asked}");
    story.says("zhangsan", "是").await;
    assert_eq!(story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn what_was_written_before_a_new_list_went_out_counts_for_the_old_one() {
    for (written, words) in [("09-23 10:59", "1完成"), ("09-23 11:00", "1 done")] {
        let mut rows: Vec<String> = (1..=2).map(|n| row(&format!("K{n}"), "一般", "2022-10-28", "张三")).collect();
        let mut story = Story::with(&rows).await;
        story.until("09-23 09:00").await;
        let old = numbers(&story, "zhangsan").await;
        rows.extend(["K3", "K4"].map(|key| row(key, "重大", "2022-10-14", "张三")));
        story.imports(&[("ledger.csv", &ledger(&rows))]).await;
        story.until("09-23 11:01").await;
        let new = numbers(&story, "zhangsan").await;
        assert_ne!(old[0], new[0]);
        let sent = story.gateway.store.sent_to("desk", "zhangsan", 1).await.expect("reads");
        let newer = sent[0].sent_at.expect("sent");
        let written = at(written).min(newer - Duration::seconds(15));
        story.fetches_late(&[("zhangsan", written, words.to_owned())]).await;
        assert_eq!(state_of(&story, old[0]).await, State::ReportedDone, "{words}");
        assert_ne!(state_of(&story, new[0]).await, State::ReportedDone);
        // What came after it means the same, and the new one has numbers of its own.
        story.fetches_late(&[("zhangsan", newer + Duration::seconds(15), words.to_owned())]).await;
        assert_ne!(state_of(&story, new[0]).await, State::ReportedDone);
        let number = sent[0].body.lines().find(|line| line.subject == Subject::Item(new[0])).expect("listed").number;
        let words = words.replace('1', &number.to_string());
        story.fetches_late(&[("zhangsan", newer + Duration::seconds(15), words)]).await;
        assert_eq!(state_of(&story, new[0]).await, State::ReportedDone);
    }
}

fn quoting(id: Option<&str>, quoted: Option<&str>, words: &str) -> Content {
    let owned = |text: &str| text.to_owned();
    Content::Text {
        text: owned(words),
        reply_to: id.map(owned),
        quoted: quoted.map(owned),
        forwarded: false,
        message: format!("in: {words}"),
    }
}

async fn says_quoting(story: &mut Story, content: Content) -> String {
    let before = story.heard("zhangsan").len();
    story.receives("zhangsan", content).await;
    story.heard("zhangsan").split_off(before).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_number_that_quotes_a_message_nobody_knows_is_asked_about() {
    let mut story = a_list_and_then_one().await;
    let list = numbers(&story, "zhangsan").await;
    for words in ["2完成", "完成", "除2外都完成", "都完成了", "2 done"] {
        let asked = says_quoting(&mut story, quoting(Some("nobody-knows"), None, words)).await;
        for id in &list {
            assert_eq!(state_of(&story, *id).await, State::Assigned, "{words}: {asked}");
        }
        assert!(asked.contains("引用") || asked.contains("请确认"), "{words}: {asked}");
    }
    // Several things at once cannot be asked with one question.
    let asked = says_quoting(&mut story, quoting(Some("nobody-knows"), None, "1完成，2延期3天，原因：缺件")).await;
    assert!(asked.contains("编码"), "{asked}");
    let asked = says_quoting(&mut story, quoting(Some("nobody-knows"), None, "2完成")).await;
    let line = asked.lines().find(|line| line.contains("K3号工房")).expect("listed");
    let sign = line.chars().next().expect("numbered");
    story.says("zhangsan", &(u32::from(sign) - u32::from('①') + 1).to_string()).await;
    assert_eq!(story.state("K3").await, "reported_done");
    // A code says which, whatever was quoted.
    let code = story.item("K2").await.code;
    says_quoting(&mut story, quoting(Some("nobody-knows"), None, &format!("{code} 完成"))).await;
    assert_eq!(story.state("K2").await, "reported_done");
}

#[tokio::test]
async fn quoted_words_that_are_ours_name_their_items_whatever_the_id() {
    let mut story = a_list_and_then_one().await;
    let list = numbers(&story, "zhangsan").await;
    let text = story.heard("zhangsan").into_iter().map(|(_, t)| t).rfind(|t| t.contains('①')).expect("the list");
    // The first copy of a doubled message: another id, the same words.
    says_quoting(&mut story, quoting(Some("another-copy"), Some(&text), "2完成")).await;
    assert_eq!(state_of(&story, list[1]).await, State::ReportedDone);
    // A platform that brings the words only, and cuts them.
    let part: String = text.chars().take(text.chars().count() / 2).collect::<String>() + "…";
    says_quoting(&mut story, quoting(None, Some(&part), "1完成")).await;
    assert_eq!(state_of(&story, list[0]).await, State::ReportedDone);
    // One line of it, without a number in the answer.
    let line = text.lines().find(|line| line.starts_with('③')).expect("a third line");
    says_quoting(&mut story, quoting(Some("another-copy"), Some(line), "完成")).await;
    assert_eq!(state_of(&story, list[2]).await, State::ReportedDone);
    // Somebody else's words are not ours.
    let asked = says_quoting(&mut story, quoting(None, Some("请把①号工房的接地线换掉"), "1完成")).await;
    assert!(asked.contains("请确认") && story.state("K4").await == "assigned", "{asked}");
}

#[tokio::test]
async fn a_decision_is_answered_by_its_word_though_a_notice_came_after_it() {
    for words in ["同意", "approved", "转孙八"] {
        let rows: Vec<String> = (1..=2).map(|n| row(&format!("K{n}"), "一般", "2022-10-28", "张三")).collect();
        let mut story = Story::with(&rows).await;
        story.until("09-23 09:00").await;
        let (first, second) = (story.item("K1").await, story.item("K2").await);
        story.says("zhangsan", &format!("{} 延期3天，原因：配件未到", first.code)).await;
        story.until("09-23 09:30").await;
        story.says("zhangsan", &format!("{} 卡住了，没有资金", second.code)).await;
        story.until("09-23 10:00").await;
        let last = story.heard("zhaoliu").last().expect("heard").1.clone();
        assert!(last.contains("K2号工房") && last.contains("需要你协调"), "{last}");
        let answer = story.says("zhaoliu", words).await;
        let now = story.item("K1").await;
        match words {
            "转孙八" => {
                let sun = story.gateway.directory().await.expect("reads").people_named("孙八")[0].id;
                assert!(now.assignments.iter().any(|a| a.until.is_none() && a.who == Who::Person(sun)), "{answer}");
            }
            _ => assert!(now.extension.is_none() && now.current_due > first.current_due, "{answer}"),
        }
        let other = story.item("K2").await;
        assert_eq!((other.state, other.assignments), (State::Blocked, second.assignments), "{words}: {answer}");
    }
}

#[tokio::test]
async fn a_notice_that_asks_nothing_attracts_no_answer() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-28", "张三")]).await;
    story.until("09-23 09:00").await;
    let item = story.item("K1").await;
    story.says("zhangsan", "卡住了，没有资金").await;
    story.until("09-23 10:00").await;
    for words in ["同意", "完成", "不同意", "合格"] {
        let answer = story.says("zhaoliu", words).await;
        let now = story.item("K1").await;
        assert_eq!((now.state, now.current_due), (State::Blocked, item.current_due), "{words}: {answer}");
        assert!(!answer.contains("不是该项"), "{words}: {answer}");
    }
    // To whom an item goes is asked before it goes.
    let asked = story.says("zhaoliu", "转孙八").await;
    assert_eq!(story.item("K1").await.assignments, item.assignments, "{asked}");
    story.says("zhaoliu", "是").await;
    assert_ne!(story.item("K1").await.assignments, item.assignments);
}

#[test]
fn one_item_alone_bears_no_number_in_a_mail_either() {
    let line = |number: u32| Line {
        number,
        subject: Subject::Item(ItemId(i64::from(number))),
        code: format!("A{number}B{number}"),
        title: "接地失效".into(),
        detail: "今天到期".into(),
    };
    let html = |lines: Vec<Line>| {
        let sections = vec![Section { heading: "今天到期".into(), lines }];
        let message = Message { title: "x".into(), sections, ..Message::default() };
        dutybell::render::render(&message, 1, Dialect::Mail).html.expect("a mail has it")
    };
    assert!(!html(vec![line(1)]).contains('①'));
    assert!(html(vec![line(1), line(2)]).contains('②'));
}

#[test]
fn platforms_that_bring_the_quoted_words_are_read() {
    let quoted = |content: Content| match content {
        Content::Text { quoted, .. } => quoted,
        other => panic!("{other:?}"),
    };
    let message = |more: serde_json::Value| {
        let mut message = json!({ "message_id": 5, "date": 1, "text": "完成", "from": { "id": 7 },
            "chat": { "id": 7, "type": "private" }, "reply_to_message": { "message_id": 4, "text": "①A1B1 接地" } });
        message.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        quoted(telegram::parse_update(&json!({ "update_id": 1, "message": message })).expect("read").inbound.content)
    };
    assert_eq!(message(json!({})).as_deref(), Some("①A1B1 接地"));
    assert_eq!(message(json!({ "quote": { "text": "A1B1" } })).as_deref(), Some("A1B1"), "the part that was chosen");
    let matrix = json!({
        "type": "m.room.message", "event_id": "$1", "sender": "@zhang:example.org",
        "content": { "msgtype": "m.text", "body": "> <@bot:example.org> ①A1B1 接地\n> ②A2B2 漏水\n\n完成",
            "m.relates_to": { "m.in_reply_to": { "event_id": "$0" } } },
    });
    let matrix = matrix::read_event(&matrix, "!room:example.org", true).expect("read").inbound.content;
    assert_eq!(quoted(matrix).as_deref(), Some("①A1B1 接地\n②A2B2 漏水"));
    let dingtalk = json!({ "msgId": "m1", "conversationType": "1", "senderStaffId": "zhang3", "msgtype": "text",
        "text": { "content": "完成", "isReplyMsg": true, "repliedMsg": { "msgType": "text", "msgId": "x",
            "content": { "text": "①A1B1 接地" } } } });
    let dingtalk = dingtalk::read_message(&dingtalk).expect("read").inbound.content;
    assert_eq!(quoted(dingtalk).as_deref(), Some("①A1B1 接地"));
}

#[tokio::test]
async fn a_bare_number_where_no_list_was_shown_is_never_met_with_silence() {
    let mut story =
        Story::with(&[row("K1", "一般", "2022-10-14", "张三"), row("K2", "一般", "2022-10-14", "钱七")]).await;
    story.until("09-23 10:00").await;
    // One open item: its card. None: that there is none.
    let (code, card) = (story.item("K1").await.code, story.says("zhangsan", "1").await);
    assert!(card.contains(&code), "{card}");
    for login in ["sunba", "wangwu"] {
        assert!(!story.says(login, "1").await.is_empty(), "{login} heard nothing");
    }
    // Several that were told one by one: which one.
    story
        .imports(&[(
            "ledger.csv",
            &crate::story::ledger(&[
                row("K1", "一般", "2022-10-14", "张三"),
                row("K2", "一般", "2022-10-14", "钱七"),
                row("K3", "一般", "2022-10-21", "钱七"),
            ]),
        )])
        .await;
    story.until("09-23 16:00").await;
    let asked = story.says("qianqi", "第7项").await;
    assert!(!asked.is_empty());
    assert_eq!((story.state("K2").await, story.state("K3").await), ("assigned", "assigned"));
}
