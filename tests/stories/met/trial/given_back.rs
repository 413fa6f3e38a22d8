//! The ledger given back names who verifies as it stands, and its remarks say what was changed.

use dutybell::app::items::{self, NewItem};
use dutybell::core::item::Role;

use super::{HOST, code};
use crate::office_suite::opened;
use crate::story::{Story, row};

async fn exported(story: &Story, source: &str) -> (Vec<String>, Vec<String>) {
    let bytes = story.gateway.export(source, false).await.expect("exports").bytes;
    let cells = opened(&bytes);
    let text = |name: &str| -> Vec<String> {
        let sheet = cells.iter().find(|(sheet, _)| sheet.contains(name)).map(|(_, cells)| cells.clone());
        let mut rows: std::collections::BTreeMap<u32, String> = std::collections::BTreeMap::new();
        for (place, value) in sheet.into_iter().flatten() {
            let number = place.trim_start_matches(char::is_alphabetic).parse().expect("a row");
            rows.entry(number).or_default().push_str(&format!("{value}|"));
        }
        rows.into_values().collect()
    };
    let first =
        cells.keys().find(|name| !name.contains("督办说明") && !name.contains("汇总")).expect("a sheet").clone();
    (text(&first), text("督办说明"))
}

fn line(rows: &[String], word: &str) -> String {
    rows.iter().find(|row| row.contains(word)).unwrap_or_else(|| panic!("{word} in {rows:#?}")).clone()
}

#[tokio::test]
async fn the_export_names_who_verifies_now_and_the_remarks_say_what_changed() {
    let mut story =
        Story::with(&[row("A1", "一般", "2022-10-20", "张三"), row("A2", "一般", "2022-10-20", "张三")]).await;
    let code = code(&story, "A1").await;
    items::assign(&story.gateway, &HOST, &code, Role::Verifier, "郑一", "李四离任").await.expect("assigns");
    items::assign(&story.gateway, &HOST, &code, Role::Responsible, "钱七", "换人").await.expect("assigns");
    let (rows, notes) = exported(&story, "story").await;
    let changed = line(&rows, "A1号工房");
    assert!(changed.contains("郑一") && changed.contains("钱七") && !changed.contains("李四"), "{changed}");
    let note = line(&notes, &code);
    assert!(note.contains("李四") && note.contains("郑一") && note.contains("张三"), "what it was and is: {note}");
    let kept = line(&rows, "A2号工房");
    assert!(kept.contains("李四") && kept.contains("张三"), "{kept}");
    assert!(!line(&notes, &story.item("A2").await.code).contains("李四"), "nothing changed: {notes:#?}");
    // Read again it is no change.
    let csv = story.gateway.export_csv("story").await.expect("exports");
    let text = String::from_utf8(csv).expect("UTF-8");
    assert!(text.lines().any(|l| l.contains("A1号工房") && l.contains("郑一") && !l.contains("李四")), "{text}");
    let report = story.imports(&[("ledger.csv", &text)]).await;
    assert!(report.changed.is_empty() && report.added.is_empty(), "{report:#?}");
    let holders: Vec<_> = story.item("A1").await.assigned(Role::Verifier, story.gateway.now()).cloned().collect();
    assert_eq!(holders.len(), 1);
}

#[tokio::test]
async fn an_item_by_hand_is_given_back_with_its_verifier() {
    let story = Story::with(&[row("A1", "一般", "2022-10-20", "张三")]).await;
    let new = NewItem {
        unit: "红星花炮厂".into(),
        title: "库房未通风".into(),
        due: "2022-10-20".into(),
        responsible: "张三".into(),
        ..NewItem::default()
    };
    let code = items::add(&story.gateway, &HOST, &new).await.expect("adds").item.code;
    items::assign(&story.gateway, &HOST, &code, Role::Verifier, "李四", "补").await.expect("assigns");
    items::issue(&story.gateway, &HOST, &code, "补齐").await.expect("issues");
    let (rows, _) = exported(&story, "office").await;
    assert!(line(&rows, "库房未通风").contains("李四"), "{rows:#?}");
}

#[tokio::test]
async fn words_that_an_export_wrote_follow_the_item_when_it_goes_on() {
    let mut story = Story::with(&[row("A1", "一般", "2022-10-20", "张三")]).await;
    let code = code(&story, "A1").await;
    story.until("09-22 10:00").await;
    super::done_and_verified(&mut story, "zhangsan", "A1").await;
    items::reopen(&story.gateway, &HOST, &code, "又坏了").await.expect("reopens");
    let csv = String::from_utf8(story.gateway.export_csv("story").await.expect("exports")).expect("UTF-8");
    assert!(line(&csv.lines().map(str::to_owned).collect::<Vec<_>>(), "A1号工房").contains("重新整改"), "{csv}");
    story.imports(&[("ledger.csv", &csv)]).await;
    items::assign(&story.gateway, &HOST, &code, Role::Responsible, "钱七", "换人").await.expect("assigns");
    let csv = String::from_utf8(story.gateway.export_csv("story").await.expect("exports")).expect("UTF-8");
    let now = line(&csv.lines().map(str::to_owned).collect::<Vec<_>>(), "A1号工房");
    assert!(now.contains("已交办") && !now.contains("重新整改"), "{now}");
}
