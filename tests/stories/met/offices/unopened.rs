//! An office whose people have a page each and have not opened it yet.

use std::sync::Arc;

use dutybell::app::health::{Finding, Grade, Look};
use dutybell::channel::desk::Desk;
use dutybell::store::links;

use super::who;
use crate::story::{Story, at, row};

/// The office with its real page, which wants to be opened, and with nothing else.
async fn with_pages(rows: &[String]) -> Story {
    let mut story = Story::begin().await;
    story.has_only(vec![Arc::new(Desk::default())]);
    if !rows.is_empty() {
        story.imports(&[("ledger.csv", &crate::story::ledger(rows))]).await;
    }
    story
}

async fn opens(story: &Story, login: &str) {
    let person = who(story, &format!("desk:{login}")).await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let until = at("12-30 10:00");
    links::open_session(&mut tx, person, login, &format!("token of {login}"), until).await.expect("opens");
    tx.commit().await.expect("commits");
}

/// What is said of pages, worst first.
async fn said(story: &Story) -> Vec<Finding> {
    let mut all = Look::read(&story.gateway, None).await.expect("reads").findings();
    all.retain(|f| f.text.contains("page"));
    all.sort_by_key(|f| std::cmp::Reverse(f.grade));
    all
}

#[tokio::test]
async fn a_fresh_office_hears_once_how_many_have_not_opened_their_page_and_is_green() {
    let story = with_pages(&[]).await;
    let said = said(&story).await;
    let [one] = said.as_slice() else { panic!("one line: {said:#?}") };
    assert_eq!(one.grade, Grade::Good, "{one:?}");
    assert!(one.text.contains("8 of 8") && one.text.contains("dutybell people link"), "{one:?}");
    assert!(!one.text.contains("张三"), "a count, not each of them: {one:?}");
}

#[tokio::test]
async fn it_is_red_once_somebody_was_due_a_notice_that_nobody_saw() {
    // Registered in the night: nothing is due before the morning.
    let mut story = with_pages(&[]).await;
    story.until("09-22 23:00").await;
    story.imports(&[("ledger.csv", &crate::story::ledger(&[row("A1", "一般", "2022-10-28", "张三")]))]).await;
    assert!(said(&story).await.iter().all(|f| f.grade == Grade::Good), "{:#?}", said(&story).await);
    story.until("09-23 09:30").await;
    let red = said(&story).await;
    let worst = &red[0];
    assert!(worst.grade == Grade::Bad && worst.text.contains("A1号工房") && worst.text.contains("张三"), "{red:#?}");
    assert!(worst.text.contains("dutybell people link"), "and the way out: {worst:?}");
    assert!(red[1..].iter().all(|f| f.grade == Grade::Good), "once: {red:#?}");
    opens(&story, "zhangsan").await;
    let now = said(&story).await;
    assert!(now.iter().all(|f| f.grade == Grade::Good), "{now:#?}");
    assert!(now[0].text.contains("7 of 8"), "{now:#?}");
}

#[tokio::test]
async fn a_supervisor_who_was_due_an_escalation_that_nobody_saw_is_named_too() {
    let mut story = with_pages(&[row("A1", "一般", "2022-09-23", "张三")]).await;
    opens(&story, "zhangsan").await;
    story.until("10-14 18:00").await;
    let said = said(&story).await;
    assert!(said[0].grade == Grade::Bad && said[0].text.contains("王五"), "{said:#?}");
}
