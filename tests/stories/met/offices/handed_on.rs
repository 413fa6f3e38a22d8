//! A hand-over gives the new fixer time to answer, and takes nothing back from what the deadline set off.

use dutybell::app::items;
use dutybell::core::item::Role;

use super::{HOST, code, heard, since};
use crate::story::{Story, ledger, row};

/// Overdue since 23 September; in October the ladder stands where the head of the township and the supervisor know.
async fn overdue() -> Story {
    Story::with(&[row("A1", "一般", "2022-09-23", "张三").replace("李四", "孙八")]).await
}

async fn hand(story: &Story, to: &str) {
    let code = code(story, "A1").await;
    items::assign(&story.gateway, &HOST, &code, Role::Responsible, to, "换人").await.expect("assigns");
}

/// Days on which a desk heard of the ladder's step with this word after an instant of the story.
async fn days(story: &Story, login: &str, heading: &str, after: &str) -> Vec<String> {
    let sent = story.gateway.store.sent_to("desk", login, 500).await.expect("reads");
    let local =
        |t: chrono::DateTime<chrono::Utc>| t.with_timezone(&chrono_tz::Asia::Shanghai).format("%m-%d").to_string();
    let said = |m: &&dutybell::store::outbox::StoredMessage| m.body.sections.iter().any(|s| s.heading == heading);
    let mut days: Vec<String> = sent.iter().filter(said).filter_map(|m| m.sent_at).map(local).collect();
    days.retain(|day| day.as_str() > after);
    days.dedup();
    days
}

#[tokio::test]
async fn an_overdue_item_that_is_passed_round_climbs_as_if_it_had_stayed() {
    let mut kept = overdue().await;
    kept.until("10-31 18:00").await;
    let (reaches, never) = (days(&kept, "zhaoliu", "逾期督办", "09-22").await, Vec::<String>::new());
    assert_ne!(reaches, never, "the office hears of it in time");
    let mut passed = overdue().await;
    let mut last = String::new();
    for (day, to) in ["09-26", "09-27", "09-28", "09-29", "09-30", "10-08", "10-09", "10-10", "10-11", "10-12"]
        .into_iter()
        .zip(["钱七", "张三"].into_iter().cycle())
    {
        passed.until(&format!("{day} 15:00")).await;
        hand(&passed, to).await;
        last = day.to_owned();
    }
    passed.until("10-31 18:00").await;
    let heard = days(&passed, "zhaoliu", "逾期督办", "09-22").await;
    assert_eq!(heard.len(), reaches.len(), "no step is left out: {heard:?}, {reaches:?}");
    // The office hears of it while it is still passed round, a few days late at most, not after the last hand-over.
    assert!(heard[0] < last, "{heard:?} {reaches:?}");
}

#[tokio::test]
async fn the_new_fixer_has_time_to_answer_before_it_goes_further_up() {
    let mut story = overdue().await;
    // The step to the office would come the next morning.
    let mut kept = overdue().await;
    kept.until("10-31 18:00").await;
    let next = days(&kept, "zhaoliu", "逾期督办", "09-22").await[0].clone();
    let eve = chrono::NaiveDate::parse_from_str(&format!("2022-{next}"), "%Y-%m-%d")
        .expect("a day")
        .pred_opt()
        .expect("a day");
    story.until(&format!("{} 15:00", eve.format("%m-%d"))).await;
    hand(&story, "钱七").await;
    story.until(&format!("{next} 18:00")).await;
    assert_eq!(days(&story, "zhaoliu", "逾期督办", "09-22").await, Vec::<String>::new(), "not before they can answer");
    assert!(since(&story, "qianqi", 0).contains("由张三转来"), "the new fixer knows");
    story.until("10-31 18:00").await;
    let reached = days(&story, "zhaoliu", "逾期督办", "09-22").await;
    let late = chrono::NaiveDate::parse_from_str(&format!("2022-{}", reached[0]), "%Y-%m-%d").expect("a day");
    assert!((late - eve).num_days() <= 5, "it goes on all the same: {reached:?} after {next}");
}

#[tokio::test]
async fn whoever_the_ladder_had_told_hears_whose_it_is_now() {
    for way in ["assign", "ledger"] {
        let mut story = overdue().await;
        story.until("10-11 15:00").await;
        let logins = ["lisi", "wangwu", "zhaoliu"];
        let before = heard(&story, logins);
        match way {
            "assign" => hand(&story, "郑一").await,
            _ => {
                let row = row("A1", "一般", "2022-09-23", "郑一").replace("李四", "孙八");
                story.imports(&[("ledger.csv", &ledger(&[row]))]).await;
            }
        }
        story.until("10-11 17:00").await;
        for (login, before) in logins.into_iter().zip(before) {
            let text = since(&story, login, before);
            assert!(text.contains("已改由郑一负责"), "{way} {login}: {text}");
        }
    }
}

#[tokio::test]
async fn an_item_handed_over_before_its_deadline_disturbs_nobody_above() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-28", "张三").replace("李四", "孙八")]).await;
    story.until("10-11 15:00").await;
    let logins = ["lisi", "wangwu"];
    let before = heard(&story, logins);
    hand(&story, "郑一").await;
    story.until("10-13 17:00").await;
    assert_eq!(heard(&story, logins), before);
    // And its ladder climbs from the deadline on, as for anybody.
    story.until("11-04 18:00").await;
    assert!(since(&story, "lisi", before[0]).contains("逾期"), "{}", since(&story, "lisi", before[0]));
}
