//! Who is responsible, by when, and in which state: as it stands.

use dutybell::core::item::Role;
use dutybell::core::message::Action;
use dutybell::core::org::Who;

use super::{at, cell, export, exported, hedong, import, ledger, notes, the};
use crate::office_suite::{opened, openpyxl};
use crate::story::Story;

async fn responsible(story: &Story, finding: &str) -> Vec<String> {
    let (item, directory) = (the(story, finding).await, story.gateway.directory().await.expect("reads"));
    let on = item.assignments.iter().filter(|a| a.role == Role::Responsible && a.until.is_none());
    let names = on.filter_map(|a| match a.who {
        Who::Person(p) => directory.person(p).map(|p| p.name.clone()),
        Who::Post(_) => None,
    });
    names.collect()
}

/// Two items of 张强: the first is given to 何静, the second gets a week more.
async fn moved() -> Story {
    let mut story = hedong().await;
    let rows = [
        ["K-1", "甲处堵塞", "2026-12-15", "张强", "", "", ""],
        ["K-2", "乙处漏电", "5个工作日", "张强", "", "", "备注"],
        ["K-3", "丙处无盖", "十个工作日内", "周涛", "", "", ""],
    ];
    import(&story, "ledger.csv", ledger(&rows).as_bytes()).await;
    story.until_at(at("2026-11-30 10:00")).await;
    let code = the(&story, "甲处堵塞").await.code;
    let said = story.says("zhaomin", &format!("{code} 转何静")).await;
    assert_eq!(responsible(&story, "甲处堵塞").await, ["何静"], "{said}");
    let code = the(&story, "乙处漏电").await.code;
    let said = story.says("zhangq", &format!("{code} 延期到12月18日，原因：配件未到")).await;
    story.until_at(at("2026-11-30 10:20")).await;
    let approved = story.presses("zhaomin", Action::Approve, None).await;
    let due = the(&story, "乙处漏电").await.current_due.expect("a deadline");
    assert_eq!(due, at("2026-12-18 17:30"), "{said} {approved}");
    story
}

#[tokio::test]
async fn after_a_handover_and_an_extension_in_chat_the_export_says_who_and_by_when_as_it_stands() {
    let story = moved().await;
    let bytes = export(&story).await;
    let cells = opened(&bytes);
    let row = |place: &str| cell(&cells, "ledger", place).to_owned();
    assert_eq!((row("H2"), row("H3"), row("H4")), ("何静".into(), "张强".into(), "周涛".into()));
    assert_eq!(row("G2"), "2026-12-15", "not moved: the office's own words");
    assert_eq!(row("G3"), "2026-12-18T00:00:00");
    assert_eq!(row("G4"), "十个工作日内", "the same day in the office's words");
    assert!(row("K3").contains("2026-12-18"), "{}", row("K3"));
    // The short code that people write in answers is in the file.
    for finding in ["甲处堵塞", "乙处漏电", "丙处无盖"] {
        let code = the(&story, finding).await.code;
        assert!(notes(&cells).iter().any(|row| row.contains(&code) && row.contains(finding)), "{:#?}", notes(&cells));
    }
}

#[tokio::test]
async fn an_export_read_again_is_no_change_and_a_note_in_it_moves_neither_person_nor_deadline() {
    let story = moved().await;
    let bytes = export(&story).await;
    let again = import(&story, "ledger.xlsx", &bytes).await;
    assert!(again.is_quiet() && again.missing.is_empty(), "{again:#?}");
    // Somebody writes a note into the export.
    let path = story.folder().join("回.xlsx").display().to_string();
    std::fs::write(&path, &bytes).expect("writes");
    openpyxl(
        "import sys, openpyxl\nb = openpyxl.load_workbook(sys.argv[1]); s = b['ledger']\nfor r in (2, 3, 4): s.cell(r, 15).value = '已电话催办'\nb.save(sys.argv[1])",
        &[&path],
    );
    let noted = import(&story, "ledger.xlsx", &std::fs::read(&path).expect("reads")).await;
    assert_eq!(noted.changed.len(), 3, "{noted:#?}");
    assert!(noted.changed.iter().all(|c| c.fields.len() == 1), "{noted:#?}");
    assert_eq!(responsible(&story, "甲处堵塞").await, ["何静"]);
    assert_eq!(the(&story, "乙处漏电").await.current_due, Some(at("2026-12-18 17:30")));
    // And an export after that says the same.
    let cells = exported(&story).await;
    assert_eq!((cell(&cells, "ledger", "H2"), cell(&cells, "ledger", "G3")), ("何静", "2026-12-18T00:00:00"));
}

#[tokio::test]
async fn a_note_in_the_old_ledger_does_not_take_back_what_was_decided_in_chat() {
    let story = moved().await;
    let rows = [
        ["K-1", "甲处堵塞", "2026-12-15", "张强", "", "", "新备注"],
        ["K-2", "乙处漏电", "5个工作日", "张强", "", "", "新备注"],
        ["K-3", "丙处无盖", "十个工作日内", "周涛", "", "", ""],
    ];
    import(&story, "ledger.csv", ledger(&rows).as_bytes()).await;
    assert_eq!(responsible(&story, "甲处堵塞").await, ["何静"]);
    assert_eq!(the(&story, "乙处漏电").await.current_due, Some(at("2026-12-18 17:30")));
}

#[tokio::test]
async fn the_telephone_beside_a_person_is_that_persons() {
    let mut story = hedong().await;
    let text = "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,联系电话,复查人,交办人,整改情况\n\
                K-1,2026-11-27,城关镇,顺达机械厂,甲处堵塞,一般,2026-12-15,张强,13900000007,李梅,赵敏,\n";
    import(&story, "ledger.csv", text.as_bytes()).await;
    story.until_at(at("2026-11-30 10:00")).await;
    let code = the(&story, "甲处堵塞").await.code;
    story.says("zhaomin", &format!("{code} 转何静")).await;
    let cells = exported(&story).await;
    assert_eq!((cell(&cells, "ledger", "H2"), cell(&cells, "ledger", "I2")), ("何静", "13900000008"));
    let again = import(&story, "ledger.xlsx", &export(&story).await).await;
    assert!(again.is_quiet(), "{again:#?}");
    assert_eq!(responsible(&story, "甲处堵塞").await, ["何静"]);
}

#[tokio::test]
async fn the_plain_table_says_who_and_by_when_as_it_stands_too() {
    let story = moved().await;
    let csv = story.gateway.export_csv("story").await.expect("exports");
    let text = String::from_utf8(csv.clone()).expect("UTF-8");
    let line = |finding: &str| text.lines().find(|l| l.contains(finding)).expect("a line").to_owned();
    assert!(line("甲处堵塞").contains("何静") && !line("甲处堵塞").contains("张强"), "{text}");
    assert!(line("乙处漏电").contains("2026-12-18") && line("丙处无盖").contains("十个工作日内"), "{text}");
    let again = import(&story, "ledger.csv", &csv).await;
    assert!(again.is_quiet() && again.missing.is_empty(), "{again:#?}");
    assert_eq!(responsible(&story, "甲处堵塞").await, ["何静"]);
}
