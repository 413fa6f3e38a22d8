//! A ledger given back names who has an item, not who handed their part back.

use dutybell::app::items::{self, NewItem};
use dutybell::core::item::Role;

use super::{HOST, code};
use crate::story::{Story, row};

async fn line(story: &Story, source: &str, word: &str) -> String {
    let csv = String::from_utf8(story.gateway.export_csv(source).await.expect("exports")).expect("UTF-8");
    csv.lines().find(|l| l.contains(word)).unwrap_or_else(|| panic!("{word} in {csv}")).to_owned()
}

#[tokio::test]
async fn of_a_shared_item_the_one_who_keeps_it_is_named() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-20", "\"张三、钱七\"")]).await;
    let code = code(&story, "A1").await;
    story.until("09-22 10:00").await;
    story.says("zhangsan", &format!("{code} 不归我管，是镇里的事")).await;
    let text = line(&story, "story", "A1号工房").await;
    assert!(text.contains("钱七") && !text.contains("张三"), "{text}");
    let json = story.gateway.export_json("story").await.expect("exports");
    let lines: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(lines[0]["people"]["responsible"], serde_json::json!(["钱七"]), "{json}");
    // Read again it is no change, and the part stays handed back.
    let csv = String::from_utf8(story.gateway.export_csv("story").await.expect("exports")).expect("UTF-8");
    let report = story.imports(&[("ledger.csv", &csv)]).await;
    assert!(report.changed.is_empty() && report.added.is_empty(), "{report:#?}");
}

#[tokio::test]
async fn an_item_by_hand_of_which_a_part_was_handed_back_names_who_keeps_it() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-20", "张三")]).await;
    let new = NewItem {
        unit: "红星花炮厂".into(),
        title: "库房未通风".into(),
        due: "2022-10-20".into(),
        responsible: "张三、钱七".into(),
        ..NewItem::default()
    };
    let code = items::add(&story.gateway, &HOST, &new).await.expect("adds").item.code;
    items::assign(&story.gateway, &HOST, &code, Role::Verifier, "李四", "补").await.expect("assigns");
    items::issue(&story.gateway, &HOST, &code, "补齐").await.expect("issues");
    story.until("09-22 10:00").await;
    let answer = story.says("qianqi", &format!("{code} 不归我管")).await;
    let text = line(&story, "office", "库房未通风").await;
    assert!(text.contains("张三") && !text.contains("钱七"), "{answer}: {text}");
}

#[tokio::test]
async fn what_all_handed_back_still_names_whom_it_was_given_to() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-20", "张三")]).await;
    let code = code(&story, "A1").await;
    story.until("09-22 10:00").await;
    story.says("zhangsan", &format!("{code} 不归我管，是镇里的事")).await;
    let text = line(&story, "story", "A1号工房").await;
    assert!(text.contains("张三"), "{text}");
}
