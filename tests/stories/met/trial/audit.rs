//! An item's row changes only with its log: remarks change neither.

use dutybell::app::deliveries::{self, Again};
use dutybell::app::{items, pause};
use dutybell::core::transition::Event;
use dutybell::store::events::{self, Happened, Origin};

use super::{HOST, code, who};
use crate::story::{Story, row};

/// What the audit says of items; none, when log and rows agree.
async fn differs(story: &Story) -> Vec<String> {
    let found = story.gateway.store.verify_chain(&[]).await.expect("reads");
    assert!(found.broken.is_none(), "{found:?}");
    found.differing.into_iter().map(|d| d.why).collect()
}

async fn office() -> Story {
    let mut story =
        Story::with(&[row("A1", "一般", "2022-09-30", "张三"), row("A2", "重大", "2022-10-27", "钱七")]).await;
    // The planner goes on for days without any event.
    story.until("09-27 10:00").await;
    story
}

#[tokio::test]
async fn the_log_is_whole_after_a_pause_and_after_its_end() {
    let mut story = office().await;
    assert_eq!(differs(&story).await, Vec::<String>::new());
    pause::begin(&story.gateway, &HOST, "2022-09-30T10:00", "", "停电").await.expect("begins");
    assert_eq!(differs(&story).await, Vec::<String>::new());
    story.until("09-28 10:00").await;
    assert_eq!(differs(&story).await, Vec::<String>::new());
    pause::end(&story.gateway, &HOST, 0, "来电").await.expect("ends");
    assert_eq!(differs(&story).await, Vec::<String>::new());
    story.until("10-08 10:00").await;
    assert_eq!(differs(&story).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_log_is_whole_after_a_resend_and_an_act_after_it() {
    let mut story = office().await;
    let again = Again::Day(who(&story, "张三").await, "2022-09-22".parse().expect("a day"));
    let done = deliveries::resend(&story.gateway, &HOST, again, "没收到").await.expect("resends");
    assert!(!done.again.is_empty(), "{done:?}");
    assert_eq!(differs(&story).await, Vec::<String>::new());
    items::due(&story.gateway, &HOST, &code(&story, "A1").await, "2022-10-20", "等料", "").await.expect("moves");
    assert_eq!(differs(&story).await, Vec::<String>::new());
    story.until("10-12 10:00").await;
    assert_eq!(differs(&story).await, Vec::<String>::new());
}

#[tokio::test]
async fn an_office_whose_older_program_wrote_remarks_with_the_planning_in_them_is_whole() {
    let story = office().await;
    // As written until now: the item with how far it was planned, which stands in a column of its own.
    for key in ["A1", "A2"] {
        let mut item = story.item(key).await;
        item.planned_until += chrono::Duration::hours(3);
        let data = serde_json::to_string(&item).expect("JSON");
        let event = Event::EndPause { reason: "来电".into() };
        let happened =
            Happened::new(&item, data, &event, &Origin::rule("test"), story.gateway.now()).expect("is an event");
        let mut tx = story.gateway.store.begin().await.expect("begins");
        events::append(&mut tx, &[happened]).await.expect("appends");
        tx.commit().await.expect("commits");
    }
    assert_eq!(differs(&story).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_row_changed_beside_the_program_is_found_after_a_remark_too() {
    let story = office().await;
    pause::begin(&story.gateway, &HOST, "2022-09-30T10:00", "", "停电").await.expect("begins");
    let item = story.item("A1").await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let text =
        "UPDATE items SET data = replace(data, '\"severity\":\"general\"', '\"severity\":\"major\"') WHERE id = $1";
    sqlx::query(text).bind(item.id.0).execute(&mut *tx).await.expect("writes");
    tx.commit().await.expect("commits");
    let found = differs(&story).await;
    assert!(found.len() == 1 && found[0].contains("severity"), "{found:?}");
}
