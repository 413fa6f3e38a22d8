//! The daily check of each channel, where the channel cannot hear itself: accepted by the platform, or an alarm.

use crate::story;
use dutybell::channel::Outcome;
use dutybell::store::canary::Canary;
use story::{Story, row};

async fn newest(story: &Story) -> Canary {
    story.gateway.store.newest_canary("desk").await.expect("reads").expect("it was queued")
}

#[tokio::test]
async fn it_goes_out_every_day_holidays_too_and_stands_in_nobodys_way() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-14", "张三")]).await;
    story.checks(&[("desk", "zhangsan")]);
    for time in ["09-23 08:29", "09-23 08:36", "09-23 08:37", "09-23 08:43"] {
        story.until(time).await;
    }
    let first = newest(&story).await;
    assert_eq!((first.day.as_str(), first.returns, first.accepted), ("2022-09-23", false, true));
    assert!(first.done_at.is_some(), "accepted is all that can be seen");
    let heard = story.heard("zhangsan");
    assert_eq!(heard.iter().filter(|(_, text)| text.contains("自检（2022-09-23）")).count(), 1, "{heard:#?}");
    // Whoever answers after it means his item, even if he quotes the check.
    let key = heard.iter().find(|(_, text)| text.contains("自检")).expect("just seen").0.clone();
    let echo = story.quotes("zhangsan", Some(&key), "完成").await;
    assert_eq!(story.state("K1").await, "reported_done", "{echo}");
    // National Day is no exception: platforms break on holidays, too.
    for time in ["10-02 08:36", "10-02 08:37"] {
        story.until(time).await;
    }
    assert_eq!(newest(&story).await.day, "2022-10-02");
}

#[tokio::test]
async fn one_that_the_platform_does_not_take_is_an_alarm_by_another_channel() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-14", "张三")]).await;
    story.until("09-22 10:00").await;
    story.checks(&[("desk", "nobody")]);
    story.desk.will("nobody", vec![Outcome::Refused { reason: "no such chat".into() }]);
    for time in ["09-22 10:06", "09-22 10:07", "09-22 11:05"] {
        story.until(time).await;
    }
    let alarms = |story: &Story| {
        let store = story.gateway.store.clone();
        async move { store.alarms(9).await.expect("reads") }
    };
    assert!(alarms(&story).await.is_empty());
    for time in ["09-22 11:11", "09-22 11:17", "09-22 11:18"] {
        story.until(time).await;
    }
    let raised = alarms(&story).await;
    assert!(raised.len() == 1 && raised[0].1.contains("desk通道2022-09-22"), "{raised:?}");
    let mail = story.mail.calls.lock().expect("no panic in tests");
    assert!(
        mail.iter().any(|m| m.address.starts_with("yangliu") && m.text.contains("每日自检")),
        "by the other channel"
    );
}
