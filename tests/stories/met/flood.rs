//! Limits on what one account may say: nothing is dropped, an emergency never waits.

use chrono::{DateTime, Duration, Utc};
use dutybell::core::inbound::{Content, Inbound, Update};
use dutybell::store::inbox;

use crate::story::{Story, at, row, text};

/// Items of 张三, issued and read.
async fn office(items: usize) -> Story {
    let rows: Vec<String> = (1..=items).map(|n| row(&format!("K{n}"), "一般", "2022-10-28", "张三")).collect();
    let mut story = Story::with(&rows).await;
    story.until("09-23 10:00").await;
    story
}

/// `完成` for each item, written so far apart.
async fn claims(
    story: &Story,
    items: usize,
    first: DateTime<Utc>,
    apart: Duration,
) -> Vec<(&'static str, DateTime<Utc>, String)> {
    let mut said = Vec::new();
    for n in 1..=items {
        let code = story.item(&format!("K{n}")).await.code;
        said.push(("zhangsan", first + apart * (n as i32 - 1), format!("{code} 完成")));
    }
    said
}

async fn done(story: &Story, items: usize) -> usize {
    let mut done = 0;
    for n in 1..=items {
        done += usize::from(story.state(&format!("K{n}")).await == "reported_done");
    }
    done
}

fn notices(story: &Story, login: &str, word: &str) -> usize {
    story.heard(login).iter().filter(|(_, text)| text.contains(word)).count()
}

#[tokio::test]
async fn an_hour_of_answers_fetched_at_once_is_applied_in_order_and_nobody_is_told_to_wait() {
    let mut story = office(40).await;
    let mut said = claims(&story, 40, at("09-23 08:55"), Duration::seconds(90)).await;
    let first = story.item("K1").await;
    said[0].2 = format!("{} 进行中，30%", first.code);
    said.push(("zhangsan", at("09-23 09:59"), format!("{} 进行中，60%", first.code)));
    story.fetches_late(&said).await;
    assert_eq!(done(&story, 40).await, 39);
    assert_eq!(story.item("K1").await.percent, Some(60), "what was written last counts last");
    assert_eq!(notices(&story, "zhangsan", "一分钟"), 0);
}

#[tokio::test]
async fn of_forty_answers_of_one_minute_thirty_count_at_once_and_ten_in_the_next_with_one_true_notice() {
    let mut story = office(40).await;
    let said = claims(&story, 40, at("09-23 10:00"), Duration::seconds(1)).await;
    story.clock.set(at("09-23 10:00") + Duration::seconds(40));
    story.fetches_late(&said).await;
    assert_eq!(done(&story, 40).await, 30);
    assert_eq!(notices(&story, "zhangsan", "一分钟"), 1, "{:?}", story.heard("zhangsan").last());
    let notice = story.heard("zhangsan").into_iter().map(|(_, t)| t).find(|t| t.contains("一分钟")).expect("told");
    assert!(notice.contains("10:01") && notice.contains("30"), "when the rest follows: {notice}");
    story.until("09-23 10:02").await;
    assert_eq!(done(&story, 40).await, 40);
    assert_eq!(notices(&story, "zhangsan", "一分钟"), 1, "one notice");
}

#[tokio::test]
async fn forty_of_one_minute_fetched_an_hour_later_are_put_off_by_a_minute_and_not_lost() {
    let mut story = office(40).await;
    let said = claims(&story, 40, at("09-23 09:00"), Duration::seconds(1)).await;
    story.fetches_late(&said).await;
    assert_eq!((done(&story, 40).await, notices(&story, "zhangsan", "一分钟")), (30, 1));
    story.until("09-23 10:01").await;
    assert_eq!(done(&story, 40).await, 40);
}

#[tokio::test]
async fn a_hundred_answers_written_live_in_one_minute_are_all_applied_in_their_order() {
    let mut story = office(1).await;
    for n in 1..=99 {
        story.receives("zhangsan", text(&format!("进行中，{n}%"))).await;
        story.clock.set(story.gateway.now() + Duration::milliseconds(500));
    }
    let early = story.item("K1").await;
    assert_eq!(early.percent, Some(30), "thirty a minute");
    story.until("09-23 10:05").await;
    assert_eq!(story.item("K1").await.percent, Some(99), "the last one counts last");
    let changes = story.gateway.store.history(early.id).await.expect("reads");
    assert!(changes.len() >= 99, "{} events", changes.len());
}

#[tokio::test]
async fn what_comes_while_others_wait_does_not_overtake_them() {
    let mut story = office(1).await;
    for n in 1..=35 {
        story.receives("zhangsan", text(&format!("进行中，{n}%"))).await;
    }
    story.clock.set(at("09-23 10:00") + Duration::seconds(50));
    story.receives("zhangsan", text("进行中，80%")).await;
    assert_eq!(story.item("K1").await.percent, Some(30));
    story.until("09-23 10:01").await;
    assert_eq!(story.item("K1").await.percent, Some(80));
}

#[tokio::test]
async fn what_waits_for_its_minute_survives_a_restart() {
    let mut story = office(40).await;
    let said = claims(&story, 40, at("09-23 10:00"), Duration::zero()).await;
    story.fetches_late(&said).await;
    let another = story.another_gateway().await;
    another.settle().await.expect("settles");
    assert_eq!(done(&story, 40).await, 30, "a restart is no way round");
    story.clock.set(at("09-23 10:01"));
    another.settle().await.expect("settles");
    assert_eq!(done(&story, 40).await, 40);
}

#[tokio::test]
async fn an_account_that_floods_holds_up_nobody_else() {
    let mut story = office(1).await;
    let mut said: Vec<_> = (0..2_000).map(|_| ("lisi", at("09-23 10:00"), "帮助".to_owned())).collect();
    said.push(("zhangsan", at("09-23 10:00"), "完成".to_owned()));
    story.fetches_late(&said).await;
    assert_eq!(story.state("K1").await, "reported_done");
    let heard = story.heard("lisi").len();
    assert!(heard < 50, "{heard} answers to the flood at once");
}

const FIRE: &str = "3号工房着火了，有人被困";

fn paged(story: &Story, login: &str, words: &str) -> usize {
    story.heard(login).iter().filter(|(_, t)| t.contains(words)).count()
}

#[tokio::test]
async fn an_emergency_behind_thirty_five_answers_fetched_at_once_shows_the_card_and_pages() {
    let mut story = office(35).await;
    let mut said = claims(&story, 35, at("09-23 09:59"), Duration::seconds(1)).await;
    said.push(("zhangsan", at("09-23 09:59"), FIRE.to_owned()));
    story.fetches_late(&said).await;
    assert_eq!(paged(&story, "zhengyi", FIRE), 1, "{:?}", story.heard("zhengyi"));
    let heard = story.heard("zhangsan");
    let (_, first) =
        heard.iter().find(|(_, t)| t.contains("119") || t.contains("已上报") || t.contains("一分钟")).expect("heard");
    assert!(first.contains("119"), "the card comes first of all: {first}");
    story.until("09-23 10:02").await;
    assert_eq!(done(&story, 35).await, 35);
}

#[tokio::test]
async fn an_emergency_is_heard_while_its_writer_waits_for_his_next_minute() {
    let mut story = office(1).await;
    for _ in 0..45 {
        story.receives("zhangsan", text("帮助")).await;
    }
    let answer = story.says("zhangsan", "fire in workshop 3, two people trapped").await;
    assert!(answer.contains("119"), "{answer}");
    assert_eq!(paged(&story, "zhengyi", "two people trapped"), 1);
}

#[tokio::test]
async fn an_emergency_goes_before_everybody_s_answers_that_wait() {
    let mut story = office(1).await;
    let mut said: Vec<_> = (0..300)
        .map(|n| {
            (
                ["lisi", "wangwu", "qianqi"][n % 3],
                at("09-23 09:00") + Duration::minutes(n as i64 / 10),
                "帮助".to_owned(),
            )
        })
        .collect();
    said.push(("zhangsan", at("09-23 09:30"), FIRE.to_owned()));
    let said: Vec<_> = said;
    story.desk.calls.lock().expect("no panic").clear();
    story.fetches_late(&said).await;
    let calls = story.desk.calls.lock().expect("no panic").clone();
    let position = calls.iter().position(|c| c.address == "zhengyi").expect("paged");
    assert!(position < 10, "paged after {position} other messages");
}

#[tokio::test]
async fn a_hundred_cries_of_fire_page_once_and_none_is_lost() {
    let mut story = office(1).await;
    let said: Vec<_> =
        (0..100).map(|n| ("zhangsan", at("09-23 10:00") + Duration::seconds(n / 2), "着火了".to_owned())).collect();
    story.clock.set(at("09-23 10:00") + Duration::seconds(50));
    story.fetches_late(&said).await;
    assert_eq!(paged(&story, "zhengyi", "着火了"), 1);
    assert!(notices(&story, "zhangsan", "119") >= 1);
    assert_eq!(story.gateway.store.inbox_depth().await.expect("reads"), 0);
    // And live, each by itself.
    let mut story = office(1).await;
    for _ in 0..100 {
        story.receives("zhangsan", text("着火了！")).await;
        story.clock.set(story.gateway.now() + Duration::milliseconds(400));
    }
    story.until("09-23 10:03").await;
    assert_eq!(paged(&story, "zhengyi", "着火了"), 1);
}

#[tokio::test]
async fn many_different_cries_reach_those_paged_in_few_messages_and_every_word_of_them() {
    let mut story = office(1).await;
    for n in 1..=60 {
        story.receives("zhangsan", text(&format!("着火了，{n}号工房"))).await;
        story.clock.set(story.gateway.now() + Duration::milliseconds(500));
    }
    story.until("09-23 10:03").await;
    let pages: Vec<String> =
        story.heard("zhengyi").into_iter().map(|(_, t)| t).filter(|t| t.contains("号工房")).collect();
    assert!(pages.len() <= 12, "{} messages to the duty officer", pages.len());
    for n in 1..=60 {
        assert!(pages.iter().any(|t| t.contains(&format!("，{n}号工房"))), "{n} is lost");
    }
}

#[tokio::test]
async fn whoever_is_paged_reads_the_telephone_of_who_reported() {
    let mut story = office(1).await;
    story.says("zhangsan", FIRE).await;
    story.says("sunba", "gas leak in workshop 2, people injured").await;
    let pages: Vec<String> = story.heard("zhengyi").into_iter().map(|(_, t)| t).collect();
    let page = |word: &str| pages.iter().find(|t| t.contains(word)).expect("paged");
    assert!(page(FIRE).contains("13800000003"), "{}", page(FIRE));
    let page = page("gas leak");
    assert!(page.contains("13800000008") && page.contains("0799-5550301"), "the unit's beside it: {page}");
}

#[tokio::test]
async fn an_account_that_is_linked_to_nobody_is_told_whom_to_call_and_pages_nobody() {
    let mut story = office(1).await;
    for words in [FIRE, "fire in workshop 3, two people trapped"] {
        let answer = story.says("stranger", words).await;
        assert!(answer.contains("119"), "{answer}");
        assert!(answer.contains("绑定"), "and how to be heard: {answer}");
        assert!(!answer.contains("已同时通知"), "nobody was told: {answer}");
    }
    let answer = story.says("stranger", "你好").await;
    assert!(!answer.contains("119"), "{answer}");
    assert!(!story.heard("zhengyi").iter().any(|(_, t)| t.contains("工房") || t.contains("workshop")));
    let before = story.heard("stranger").len();
    for _ in 0..50 {
        story.receives("stranger", text(FIRE)).await;
    }
    assert!(story.heard("stranger").len() < before + 10, "no flood back");
}

#[tokio::test]
async fn an_emergency_in_an_unproven_letter_is_no_matter_of_how_often_its_writer_was_asked_today() {
    let mut story = office(1).await;
    for (n, words) in ["完成", "完成", "完成", "完成", "完成", "完成", FIRE].iter().enumerate() {
        let message = format!("<letter{n}@qingshi.example>");
        let content =
            Content::Unproven { text: (*words).to_owned(), reply_to: None, message: message.clone(), why: "x".into() };
        let who = "zhangsan@qingshi.example".to_owned();
        let inbound = Inbound { sender: Some(who.clone()), chat: who, private: true, sent_at: None, content };
        let update = Update { id: message, offset: None, inbound, raw: String::new() };
        inbox::receive(&story.gateway.store, "mail", "mail", &[update], story.gateway.now()).await.expect("stores");
        story.gateway.settle().await.expect("settles");
    }
    assert_eq!(paged(&story, "zhengyi", FIRE), 1);
    story.until("09-23 10:05").await;
}

#[tokio::test]
async fn answers_by_a_clock_that_is_behind_are_kept_and_applied_when_it_is_right() {
    let mut story = office(2).await;
    let (first, second) = (story.item("K1").await, story.item("K2").await);
    story.until("09-23 10:30").await;
    for wrong in ["2022-09-01T00:00:00Z", "2000-01-01T00:00:00Z"] {
        story.clock.correct(wrong.parse().expect("an instant"));
        let answer = story.says("zhangsan", &format!("{} 完成", first.code)).await;
        assert!(answer.contains("时钟"), "{answer}");
        assert!(!answer.contains("不是该项"), "{answer}");
        assert_eq!(story.state("K1").await, "assigned");
    }
    let said = format!("{} 延期3天，原因：配件未到", second.code);
    story.fetches_late(&[("zhangsan", at("09-23 10:31"), said)]).await;
    assert_eq!(story.gateway.store.inbox_depth().await.expect("reads"), 3, "kept");
    story.clock.correct(at("09-23 11:00"));
    story.gateway.settle().await.expect("settles");
    assert_eq!(story.state("K1").await, "reported_done");
    assert!(story.item("K2").await.extension.is_some());
    assert_eq!(story.gateway.store.inbox_depth().await.expect("reads"), 0);
}

#[tokio::test]
async fn an_emergency_by_a_clock_that_is_behind_pages_whom_it_pages_by_a_right_one() {
    let mut story = office(1).await;
    story.until("09-23 10:30").await;
    story.clock.correct("2000-01-01T00:00:00Z".parse().expect("an instant"));
    let answer = story.says("zhangsan", FIRE).await;
    assert!(answer.contains("119") && answer.contains("郑一"), "{answer}");
    assert_eq!(paged(&story, "zhengyi", FIRE), 1);
    assert_eq!(paged(&story, "yangliu", FIRE), 0, "not the administrator instead");
    let (_, page) = story.heard("zhengyi").into_iter().find(|(_, t)| t.contains(FIRE)).expect("paged");
    assert!(!page.contains("1月1日") && page.contains("13800000003"), "no date that is wrong: {page}");
}

#[tokio::test]
async fn an_answer_counts_though_the_clock_was_set_back_a_little_since_the_item_was_given() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-28", "张三")]).await;
    story.until("09-23 10:00").await;
    let code = story.item("K1").await.code;
    story.says("zhaoliu", &format!("{code} 转孙八")).await;
    story.clock.correct(at("09-23 08:00"));
    let answer = story.says("sunba", &format!("{code} done")).await;
    assert_eq!(story.state("K1").await, "reported_done", "{answer}");
}

#[tokio::test]
async fn a_chat_of_two_never_moves_to_another_address() {
    let mut story = office(1).await;
    let message = serde_json::json!({ "update_id": 1, "message": { "message_id": 7, "date": 1, "from": { "id": 5 },
        "chat": { "id": 5, "type": "private" }, "migrate_to_chat_id": 666 } });
    let read = dutybell::channel::telegram::parse_update(&message).expect("an update").inbound.content;
    assert!(!matches!(read, Content::Moved { .. }), "{read:?}");
    // However it came in.
    story.receives("zhangsan", Content::Moved { to: "mallory".into() }).await;
    story.says("zhangsan", "帮助").await;
    assert!(story.heard("mallory").is_empty() && story.says("zhangsan", "完成").await.contains("K1"));
}
