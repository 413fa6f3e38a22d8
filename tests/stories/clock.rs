//! A clock that cannot be right: nobody is told that everything is overdue, the administrator hears of the clock.

use crate::story;
use chrono::{DateTime, Duration, Utc};
use story::{Story, at, row};

/// The clock jumps; what follows at once happens. What the watchdog finds leaves with the next turn.
async fn jump(story: &Story, to: DateTime<Utc>) {
    story.clock.correct(to);
    story.gateway.settle().await.expect("settles");
    story.gateway.settle().await.expect("settles");
}

#[tokio::test]
async fn a_clock_that_is_years_ahead_holds_routine_and_alarms_and_answers_go_on() {
    let mut story =
        Story::with(&[row("K1", "一般", "2022-09-30", "孙八"), row("K2", "重大", "2022-10-14", "张三")]).await;
    story.until("09-23 10:00").await;
    let (sunba, wangwu) = (story.heard("sunba").len(), story.heard("wangwu").len());
    jump(&story, at("09-23 10:00") + Duration::days(400)).await;
    assert_eq!((story.heard("sunba").len(), story.heard("wangwu").len()), (sunba, wangwu));
    let alarm = story.heard("yangliu").pop().expect("the administrator hears").1;
    assert!(alarm.contains("2023-10-28") && alarm.contains("clock --accept"), "{alarm}");
    // Whoever writes is answered; what he says counts.
    let echo = story.says("sunba", "完成").await;
    assert!(echo.contains("reported done"), "{echo}");
    assert_eq!(story.state("K1").await, "reported_done");

    // Set right, all goes on as if nothing had been.
    story.clock.correct(at("09-23 10:05"));
    story.until("10-12 10:00").await;
    let reminded = story.timeline("zhangsan").await;
    assert!(reminded.iter().any(|line| line.starts_with("10-") && line.contains("K2号工房")), "{reminded:#?}");
    assert_eq!(story.gateway.store.orphans().await.expect("reads"), 0);
}

#[tokio::test]
async fn a_clock_that_is_accepted_is_followed() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "孙八")]).await;
    story.until("09-23 10:00").await;
    let before = story.heard("sunba").len();
    let back = at("09-23 10:00") + Duration::days(90);
    jump(&story, back).await;
    assert_eq!(story.heard("sunba").len(), before, "three months are too much to believe");
    assert!(story.gateway.clock_doubt().await.expect("reads").is_some());
    story.gateway.accept_clock().await.expect("stores");
    story.until_at(back + Duration::days(1)).await;
    assert!(story.gateway.clock_doubt().await.expect("reads").is_none());
    assert!(story.heard("sunba").len() > before, "overdue, and he hears it");
}

#[tokio::test]
async fn a_clock_that_is_days_behind_plans_nothing_until_it_is_right() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "孙八")]).await;
    story.until("09-27 10:00").await;
    let before = story.heard("sunba").len();
    jump(&story, at("09-20 10:00")).await;
    assert!(story.heard("yangliu").pop().expect("the administrator hears").1.contains("2022-09-20"));
    story.clock.correct(at("09-27 10:05"));
    story.until("09-27 10:10").await;
    let lines = story.timeline("sunba").await;
    let twice = lines.iter().filter(|l| lines.iter().filter(|o| o == l).count() > 1).count();
    assert_eq!(twice, 0, "{lines:#?}");
    assert!(story.heard("sunba").len() <= before + 1);
}

#[tokio::test]
async fn a_clock_that_was_wrong_from_the_first_start_is_found_too() {
    // Registered in September; the first gateway starts on a machine whose battery is empty.
    let mut story = Story::begin().await;
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "一般", "2022-09-30", "孙八")]))]).await;
    jump(&story, at("09-22 10:00") - Duration::days(8_000)).await;
    assert!(story.gateway.clock_doubt().await.expect("reads").is_some());
    assert!(story.heard("sunba").is_empty(), "routine waits");
    assert!(story.heard("yangliu").pop().expect("the administrator hears").1.contains("clock --accept"));
    story.clock.correct(at("09-22 10:30"));
    story.until("09-22 10:40").await;
    assert!(!story.heard("sunba").is_empty(), "told once the clock is right");
}

#[tokio::test]
async fn an_empty_office_does_not_believe_a_time_before_the_program() {
    let mut story = Story::begin().await;
    story.not_before(at("09-23 00:00"));
    jump(&story, at("09-22 10:00")).await;
    assert_eq!(story.gateway.clock_doubt().await.expect("reads").map(|d| d.seen), Some(at("09-23 00:00")));
    story.clock.correct(at("09-23 10:00"));
    assert!(story.gateway.clock_doubt().await.expect("reads").is_none());
}
