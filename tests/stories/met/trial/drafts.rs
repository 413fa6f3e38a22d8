//! A draft is complete when somebody living stands on it.

use dutybell::app::{items, people};
use dutybell::core::item::{Role, State};

use super::{HOST, refusal, who};
use crate::story::{Story, ledger, row};

/// A draft of somebody, without a verifier.
async fn draft(who: &str) -> Story {
    let mut story = Story::begin().await;
    let row = row("D1", "一般", "2022-10-20", who).replace(",李四,", ",,");
    story.imports(&[("ledger.csv", &ledger(&[row]))]).await;
    assert_eq!(story.item("D1").await.state, State::Draft);
    story
}

#[tokio::test]
async fn a_draft_whose_fixer_left_is_not_complete_and_is_not_issued() {
    let mut story = draft("张三").await;
    let code = story.item("D1").await.code;
    let left = who(&story, "张三").await;
    people::offboard(&story.gateway, &crate::story::HOST, left, None, true).await.expect("leaves");
    let done = items::assign(&story.gateway, &HOST, &code, Role::Verifier, "李四", "补").await.expect("assigns");
    assert_eq!(done.lacks, ["responsible"]);
    let text = refusal(items::issue(&story.gateway, &HOST, &code, "交办").await);
    assert!(text.contains("责任人") && !text.contains("responsible"), "in words: {text}");
    assert_eq!(story.item("D1").await.state, State::Draft);
    story.until("09-23 18:00").await;
    assert!(story.heard("zhangsan").is_empty() && story.heard("lisi").is_empty(), "nobody is told of a draft");
    // With somebody living it goes out.
    items::assign(&story.gateway, &HOST, &code, Role::Responsible, "孙八", "补").await.expect("assigns");
    items::issue(&story.gateway, &HOST, &code, "交办").await.expect("issues");
    assert_eq!(story.item("D1").await.state, State::Assigned);
}

#[tokio::test]
async fn a_draft_whose_verifier_left_is_not_complete_either() {
    let story = draft("张三").await;
    let code = story.item("D1").await.code;
    items::assign(&story.gateway, &HOST, &code, Role::Verifier, "李四", "补").await.expect("assigns");
    let left = who(&story, "李四").await;
    people::offboard(&story.gateway, &crate::story::HOST, left, None, true).await.expect("leaves");
    let text = refusal(items::issue(&story.gateway, &HOST, &code, "交办").await);
    assert!(text.contains("复查人"), "{text}");
    assert_eq!(story.item("D1").await.state, State::Draft);
}

#[tokio::test]
async fn an_issued_item_whose_verifier_left_may_still_be_changed_in_the_ledger() {
    let head = "隐患编号,检查时间,县市区,乡镇街道,受检单位,隐患部位,存在问题,隐患等级,整改期限,整改责任人";
    let row = |due: &str| format!("{head}\nD1,2022-09-22,青石县,青石镇,红星花炮厂,D1号工房,未接地,一般,{due},张三\n");
    let mut story = Story::begin().await;
    story.imports(&[("ledger.csv", &row("2022-10-20"))]).await;
    let code = story.item("D1").await.code;
    items::assign(&story.gateway, &HOST, &code, Role::Verifier, "李四", "补").await.expect("assigns");
    items::issue(&story.gateway, &HOST, &code, "交办").await.expect("issues");
    let left = who(&story, "李四").await;
    people::offboard(&story.gateway, &crate::story::HOST, left, None, true).await.expect("leaves");
    let report = story.imports(&[("ledger.csv", &row("2022-10-27"))]).await;
    let due = story.item("D1").await.current_due.expect("a deadline");
    assert_eq!(due, crate::story::at("10-27 17:30"), "{report:#?}");
}
