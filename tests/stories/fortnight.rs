//! The Hunan fortnight: one hazard due on 30 September 2022, nine days before and the National Day
//! holiday after it, in the invented 青石县 under the default pack.

use crate::story;
use story::{Story, row};

#[tokio::test]
async fn without_an_answer_nudges_come_on_27_29_30_and_the_first_escalation_on_saturday_8_october() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.says("zhangsan", "收到").await;
    story.until("10-08 12:00").await;

    let days = story.days_told("zhangsan").await;
    assert_eq!(days, ["09-22", "09-27", "09-29", "09-30", "10-08"], "{:#?}", story.timeline("zhangsan").await);
    assert_eq!(story.days_told("wangwu").await, ["10-08"], "the leader hears when it is overdue, not before");
    let timeline = story.timeline("zhangsan").await;
    for day in ["09-27", "09-29", "09-30", "10-08"] {
        assert!(timeline.iter().any(|l| l.starts_with(&format!("{day} 09:00"))), "{day} at nine: {timeline:#?}");
    }
    let calls = story.heard("wangwu");
    assert!(calls[0].1.contains("张三") && calls[0].1.contains("逾期1个工作日"), "{}", calls[0].1);
}

#[tokio::test]
async fn hour_by_hour_nobody_hears_anything_in_the_holiday() {
    let mut story =
        Story::with(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "重大", "2022-10-03", "张三")]).await;
    story.until("09-30 20:00").await;
    let before = story.desk.calls.lock().expect("no panic").len() + story.mail.calls.lock().expect("no panic").len();
    let mut hour = story::at("09-30 20:00");
    while hour < story::at("10-08 08:00") {
        hour += chrono::Duration::hours(1);
        story.until_at(hour).await;
        let now = story.desk.calls.lock().expect("no panic").len() + story.mail.calls.lock().expect("no panic").len();
        assert_eq!(now, before, "something was sent by {hour}");
    }
}

#[tokio::test]
async fn done_is_a_claim_until_somebody_else_verified_it() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.until("09-27 09:30").await;
    let echo = story.says("zhangsan", "完成").await;
    let code = story.item("K1").await.code;
    assert!(echo.contains(&code) && echo.contains("李四"), "{echo}");
    assert_eq!(story.state("K1").await, "reported_done");

    story.until("09-27 09:35").await;
    assert!(story.heard("lisi").is_empty(), "the verifier hears after the undo window");
    story.until("09-27 09:45").await;
    let heard = story.heard("lisi");
    assert!(heard.last().is_some_and(|(_, t)| t.contains(&code)), "{heard:?}");

    let echo = story.says("lisi", "合格").await;
    assert!(echo.contains("已销号"), "{echo}");
    assert_eq!(story.state("K1").await, "closed");

    story.until("10-20 12:00").await;
    assert!(story.days_told("zhangsan").await.iter().all(|d| d.as_str() <= "09-27"), "no reminder after the claim");
    assert!(story.days_told("wangwu").await.is_empty(), "and no escalation");
}

#[tokio::test]
async fn the_list_before_the_holiday_comes_three_working_days_before() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-05", "张三")]).await;
    story.says("zhangsan", "收到").await;
    story.until("09-28 12:00").await;
    let timeline = story.timeline("zhangsan").await;
    assert!(timeline.iter().any(|l| l.starts_with("09-28 09:00")), "{timeline:#?}");
}

#[tokio::test]
async fn after_a_week_of_downtime_everybody_gets_one_message() {
    // More items than the planner takes in one step.
    let rows: Vec<String> = (1..=600).map(|n| row(&format!("K{n}"), "一般", "2022-09-28", "张三")).collect();
    let mut story = Story::with(&rows).await;
    story.says("zhangsan", "收到").await;
    let before = story.heard("zhangsan").len();
    // The clock jumps; nothing ran meanwhile.
    story.clock.set(story::at("10-12 10:00"));
    story.gateway.settle().await.expect("settles");
    assert_eq!(story.heard("zhangsan").len(), before + 1, "{:#?}", story.timeline("zhangsan").await);
    assert_eq!(story.heard("wangwu").len(), 1);
    assert_eq!(story.gateway.store.orphans().await.expect("reads"), 0);
}
