//! A clock that cannot be right, and a gateway that was down.

use chrono::{DateTime, Duration, Utc};
use dutybell::channel::Outcome;

use crate::story::{Story, at, row};

fn later() -> Outcome {
    Outcome::Transient { reason: "the platform is busy".to_owned() }
}

async fn jump(story: &Story, to: DateTime<Utc>) {
    story.clock.correct(to);
    story.gateway.settle().await.expect("settles");
    story.gateway.settle().await.expect("settles");
}

/// Routine messages are made and wait in the queue: both channels were busy.
async fn with_messages_made(login: &str) -> Story {
    let mut story =
        Story::with(&[row("K1", "一般", "2022-09-30", "孙八"), row("K2", "一般", "2022-09-30", "张三")]).await;
    story.until("09-27 08:00").await;
    for address in [login.to_owned(), format!("{login}@qingshi.example")] {
        story.desk.will(&address, vec![later(); 3]);
        story.mail.will(&address, vec![later(); 3]);
    }
    story.until("09-27 09:00").await;
    story
}

#[tokio::test]
async fn routine_that_is_made_already_waits_while_the_clock_is_400_days_ahead_and_leaves_when_it_is_right() {
    let story = with_messages_made("sunba").await;
    let before = (story.heard("sunba").len(), story.mail.calls.lock().expect("no panic in tests").len());
    let sent = story.gateway.store.sent_to("desk", "sunba", 100).await.expect("reads").len();
    jump(&story, at("09-27 09:01") + Duration::days(400)).await;
    let after = (story.heard("sunba").len(), story.mail.calls.lock().expect("no panic in tests").len());
    assert_eq!(after.0, before.0, "nothing leaves by a clock that cannot be right: {:#?}", story.heard("sunba"));
    assert!(story.heard("yangliu").pop().expect("the administrator hears").1.contains("clock --accept"));
    for minutes in [10, 20, 30] {
        jump(&story, at("09-27 09:01") + Duration::minutes(minutes)).await;
    }
    let made = story.gateway.store.sent_to("desk", "sunba", 100).await.expect("reads");
    assert_eq!(made.len(), sent + 1, "it leaves once the clock is right");
}

#[tokio::test]
async fn the_evening_table_that_is_made_already_waits_too_while_the_clock_is_years_behind() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-23", "孙八")]).await;
    story.until("09-27 16:00").await;
    story.desk.will("zhaoliu", vec![later(); 8]);
    story.until("09-27 17:00").await;
    let before = story.heard("zhaoliu").len();
    jump(&story, at("09-27 17:30") - Duration::days(8_000)).await;
    assert_eq!(story.heard("zhaoliu").len(), before);
}

#[tokio::test]
async fn an_answer_and_an_escalation_that_is_made_leave_by_whatever_clock() {
    let mut story = Story::with(&[row("K2", "重大", "2022-09-26", "孙八")]).await;
    story.until("09-26 17:59").await;
    for address in ["sunba", "sunba@qingshi.example"] {
        story.desk.will(address, vec![later()]);
        story.mail.will(address, vec![later()]);
    }
    story.until("09-26 18:00").await;
    let before = story.heard("sunba").len();
    jump(&story, at("09-26 18:30") + Duration::days(400)).await;
    assert!(story.heard("sunba").len() > before, "an escalation goes on");
    assert!(!story.says("sunba", "收到").await.is_empty());
}

#[tokio::test]
async fn after_two_evenings_down_the_newest_table_is_sent_and_only_that() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-14", "孙八")]).await;
    story.until("09-26 12:00").await;
    let before = story.heard("zhaoliu").len();
    // Down from Monday noon to Wednesday morning: the tables of Monday and Tuesday were missed.
    story.clock.set(at("09-28 08:00"));
    story.until("09-28 12:00").await;
    let tables: Vec<String> = story.heard("zhaoliu").split_off(before).into_iter().map(|(_, t)| t).collect();
    let tables: Vec<&String> = tables.iter().filter(|t| t.contains("日调度")).collect();
    assert_eq!(tables.len(), 1, "{tables:#?}");
    assert!(tables[0].contains("9月27日"), "{tables:#?}");
}

#[tokio::test]
async fn after_friday_to_sunday_down_the_table_of_friday_is_sent_as_the_weekend_has_none() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-28", "孙八")]).await;
    story.until("09-23 12:00").await;
    let before = story.heard("zhaoliu").len();
    story.clock.set(at("09-25 20:00"));
    story.until("09-26 12:00").await;
    let tables: Vec<String> = story.heard("zhaoliu").split_off(before).into_iter().map(|(_, t)| t).collect();
    let tables: Vec<&String> = tables.iter().filter(|t| t.contains("日调度")).collect();
    assert_eq!(tables.len(), 1, "{tables:#?}");
    assert!(tables[0].contains("9月23日"), "{tables:#?}");
}

#[tokio::test]
async fn after_two_days_down_the_list_before_the_long_holiday_is_not_lost() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-03", "孙八")]).await;
    story.until("09-27 12:00").await;
    // The list is due on the 28th, three working days before the holiday; missed are the 28th and the 29th.
    story.clock.set(at("09-29 10:00"));
    story.until("09-29 18:00").await;
    let sent = story.gateway.store.sent_to("desk", "sunba", 100).await.expect("reads");
    let mut reasons = Vec::new();
    for message in &sent {
        reasons.extend(story.gateway.store.reasons(message.id).await.expect("reads"));
    }
    assert!(reasons.iter().any(|n| n.notice.key.contains(":pre_holiday:")), "{reasons:#?}");
}
