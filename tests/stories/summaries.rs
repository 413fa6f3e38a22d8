//! The office's daily table and a person's own morning list.

use crate::story;
use dutybell::core::message::Action;
use story::{Story, row};

async fn tables(story: &Story, login: &str) -> Vec<String> {
    story.heard(login).into_iter().map(|(_, t)| t).filter(|t| t.contains("日调度")).collect()
}

#[tokio::test]
async fn the_office_gets_its_table_on_working_days_with_the_same_definitions_everywhere() {
    let rows = [
        row("K1", "一般", "2022-09-23", "张三"),
        row("K2", "重大", "2022-09-30", "张三"),
        row("K3", "一般", "2022-09-30", "孙八"),
    ];
    let mut story = Story::with(&rows).await;
    story.presses("sunba", Action::Done, None).await;
    story.until("09-28 20:00").await;
    let heard = tables(&story, "zhaoliu").await;
    assert!(!heard.is_empty(), "{:#?}", story.timeline("zhaoliu").await);
    let last = heard.last().expect("a table");
    assert!(last.contains("未销号3") && last.contains("待复查1") && last.contains("逾期1"), "{last}");
    assert!(last.contains("整改率0.0%"), "a claim is not closed: {last}");
    story.until("10-06 20:00").await;
    let holiday: Vec<String> = story.timeline("zhaoliu").await.into_iter().filter(|l| l.starts_with("10-0")).collect();
    assert!(holiday.iter().all(|l| !l.contains("日调度")), "no tables in the holiday: {holiday:#?}");
}

#[tokio::test]
async fn no_news_is_no_message() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-28", "张三")]).await;
    story.presses("zhangsan", Action::Ack, None).await;
    story.until("10-14 20:00").await;
    let days = story.days_told("zhangsan").await;
    assert_eq!(days, ["09-22"], "far from the deadline nobody nags");
}

#[tokio::test]
async fn a_person_hears_at_most_three_routine_messages_a_day() {
    let mut story = Story::begin().await;
    for n in 1..=6 {
        let rows: Vec<String> = (1..=n).map(|k| row(&format!("K{k}"), "一般", "2022-10-14", "张三")).collect();
        story.imports(&[("ledger.csv", &story::ledger(&rows))]).await;
        let minute = 30 + n * 4;
        story.until(&format!("09-22 08:{minute}")).await;
    }
    story.until("09-22 23:00").await;
    let calls = story.heard("zhangsan").len();
    assert!(calls <= 3, "{calls} messages: {:#?}", story.timeline("zhangsan").await);
    story.until("09-23 12:00").await;
    let all: String = story.heard("zhangsan").into_iter().map(|(_, t)| t).collect();
    for k in 1..=6 {
        assert!(all.contains(&format!("K{k}号工房")), "nothing is lost by the cap");
    }
}

#[tokio::test]
async fn night_noon_and_rest_days_are_quiet_except_for_those_on_duty() {
    let mut story = Story::begin().await;
    story.until("09-22 21:40").await;
    story.imports(&[("ledger.csv", &story::ledger(&[row("K1", "一般", "2022-09-30", "张三")]))]).await;
    story.until("09-23 07:29").await;
    assert!(story.heard("zhangsan").is_empty());
    story.until("09-23 09:05").await;
    assert_eq!(story.heard("zhangsan").len(), 1);
}
