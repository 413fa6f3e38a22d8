//! The share finished on time: of what is it one, and what is beside it.

use super::who;
use crate::story::{Story, at};

const HEAD: &str = "隐患编号,检查时间,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,完成时间,复查时间,整改情况";

/// What the county's table says above its figures.
async fn lead(story: &Story, reader: &str) -> String {
    let directory = story.gateway.directory().await.expect("reads");
    let county = directory.units_named("青石县")[0].id;
    let reader = who(story, reader).await;
    let table = story.gateway.table(&directory, reader, county, at("09-21 17:00"), story.gateway.now()).await;
    table.expect("reads").expect("a table").lead.join("\n")
}

fn row(key: &str, done: &str, checked: &str) -> String {
    format!("{key},2022-09-01,红星花炮厂,{key}灭火器过期,一般,2022-09-10,孙八,李四,{done},{checked},已销号")
}

async fn office(rows: &[String]) -> Story {
    let mut story = Story::begin().await;
    story.imports(&[("ledger.csv", &format!("{HEAD}\n{}\n", rows.join("\n")))]).await;
    for n in 1..=rows.len() {
        assert_eq!(story.state(&format!("H{n}")).await, "closed");
    }
    story
}

#[tokio::test]
async fn what_was_imported_as_finished_without_a_day_is_in_no_share_and_said_beside_it() {
    let story = office(&[
        row("H1", "2022-09-08", "2022-09-09"),
        row("H2", "2022-09-12", "2022-09-13"),
        row("H3", "", "2022-09-09"),
        row("H4", "", ""),
    ])
    .await;
    let text = lead(&story, "赵六").await;
    assert!(text.contains("按期率50.0%（1/2"), "one of the two whose day is known: {text}");
    assert!(text.contains("完成日期不明2项"), "{text}");
    assert!(text.contains("整改率100.0%（应改4，已销号4）"), "they are closed all the same: {text}");
}

#[tokio::test]
async fn where_no_day_is_known_there_is_no_share() {
    let story = office(&[row("H1", "", "2022-09-09"), row("H2", "", "")]).await;
    let text = lead(&story, "赵六").await;
    assert!(text.contains("按期率-（0/0") && text.contains("完成日期不明2项"), "{text}");
}

#[tokio::test]
async fn where_every_day_is_known_nothing_is_said_of_unknown_ones() {
    let story = office(&[row("H1", "2022-09-08", "2022-09-09")]).await;
    let text = lead(&story, "赵六").await;
    assert!(text.contains("按期率100.0%（1/1") && !text.contains("不明"), "{text}");
}

#[tokio::test]
async fn an_undated_claim_of_the_ledger_stays_undated_when_somebody_verifies_it() {
    let mut story = Story::begin().await;
    let row = row("H1", "", "").replace("已销号", "已整改");
    story.imports(&[("ledger.csv", &format!("{HEAD}\n{row}\n"))]).await;
    let code = super::code(&story, "H1").await;
    assert_eq!(story.state("H1").await, "reported_done");
    story.until("09-22 10:00").await;
    story.says("lisi", &format!("{code} 合格")).await;
    story.until("09-22 11:00").await;
    assert_eq!(story.state("H1").await, "closed");
    let text = lead(&story, "赵六").await;
    assert!(text.contains("按期率-（0/0") && text.contains("完成日期不明1项"), "{text}");
    // Nor is the day on which it was read written into the ledger as the day on which it was done.
    let csv = String::from_utf8(story.gateway.export_csv("story").await.expect("exports")).expect("UTF-8");
    let (header, line) = (csv.lines().next().expect("a header"), csv.lines().nth(1).expect("a row"));
    let done = header.split(',').position(|name| name.contains("完成")).expect("a column");
    assert_eq!(line.split(',').nth(done), Some(""), "{csv}");
}
