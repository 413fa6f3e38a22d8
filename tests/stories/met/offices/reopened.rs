//! Whoever heard that an item was closed hears that it is open again.

use dutybell::app::items;
use dutybell::core::item::Role;

use super::{HOST, code, heard, of, since};
use crate::story::{Story, row};

/// One item that 钱七 verifies; so 李四, who holds the supervisor's post, is nothing but its supervisor.
async fn supervised() -> Story {
    Story::with(&[row("A1", "一般", "2022-10-28", "张三").replace("李四", "钱七")]).await
}

async fn closed(story: &mut Story, time: &str) -> String {
    let code = code(story, "A1").await;
    story.until(time).await;
    story.says("zhangsan", &format!("{code} 完成")).await;
    let later = story.gateway.now() + chrono::Duration::minutes(12);
    story.until_at(later).await;
    story.says("qianqi", &format!("{code} 合格")).await;
    let later = story.gateway.now() + chrono::Duration::minutes(12);
    story.until_at(later).await;
    assert_eq!(story.state("A1").await, "closed");
    code
}

#[tokio::test]
async fn supervisors_hear_that_a_verified_item_is_open_again() {
    let mut story = supervised().await;
    let code = closed(&mut story, "09-22 10:00").await;
    let logins = ["zhangsan", "lisi", "zhaoliu", "qianqi"];
    let before = heard(&story, logins);
    items::reopen(&story.gateway, &HOST, &code, "又失压").await.expect("reopens");
    story.until("09-22 11:30").await;
    for (login, before) in logins.into_iter().zip(before) {
        let text = since(&story, login, before);
        assert!(text.contains(&code) && text.contains("又失压"), "{login}: {text}");
    }
}

#[tokio::test]
async fn an_item_reopened_at_night_is_told_in_the_morning_even_if_it_was_reported_done_meanwhile() {
    let mut story = supervised().await;
    let code = closed(&mut story, "09-22 20:00").await;
    story.until("09-22 23:00").await;
    let logins = ["lisi", "zhaoliu"];
    let before = heard(&story, logins);
    items::reopen(&story.gateway, &of(&story, "钱七").await, &code, "又失压").await.expect("reopens");
    story.says("zhangsan", &format!("{code} 完成")).await;
    assert_eq!(story.state("A1").await, "reported_done");
    story.until("09-23 07:00").await;
    assert_eq!(heard(&story, logins), before, "nobody is woken");
    story.until("09-23 09:30").await;
    for (login, before) in logins.into_iter().zip(before) {
        let text = since(&story, login, before);
        assert!(text.contains(&code) && text.contains("又失压"), "{login}: {text}");
    }
}

#[tokio::test]
async fn who_reopens_an_item_is_not_told_of_their_own_act_and_the_other_supervisors_are() {
    let mut story = supervised().await;
    let code = closed(&mut story, "09-22 10:00").await;
    let logins = ["lisi", "qianqi", "zhaoliu"];
    let before = heard(&story, logins);
    items::reopen(&story.gateway, &of(&story, "李四").await, &code, "又失压").await.expect("reopens");
    story.until("09-22 11:30").await;
    assert_eq!(since(&story, "lisi", before[0]), "");
    for (login, before) in logins.into_iter().zip(before).skip(1) {
        assert!(since(&story, login, before).contains("又失压"), "{login}");
    }
}

#[tokio::test]
async fn everybody_who_was_told_of_an_administrative_closing_hears_of_its_end() {
    let mut story = supervised().await;
    let code = code(&story, "A1").await;
    story.until("09-22 10:00").await;
    items::assign(&story.gateway, &HOST, &code, Role::Cc, "孙八", "知会").await.expect("assigns");
    items::close(&story.gateway, &HOST, &code, "转入培训").await.expect("closes");
    story.until("09-22 11:00").await;
    let logins = ["sunba", "lisi", "zhaoliu", "zhangsan", "qianqi"];
    for login in logins {
        assert!(since(&story, login, 0).contains("转入培训"), "{login}: {}", since(&story, login, 0));
    }
    let before = heard(&story, logins);
    items::reopen(&story.gateway, &HOST, &code, "领导不同意").await.expect("reopens");
    story.until("09-22 11:50").await;
    for (login, before) in logins.into_iter().zip(before) {
        assert!(since(&story, login, before).contains("领导不同意"), "{login}");
    }
}
