//! Which row is which item.

use dutybell::core::item::{Role, State};
use dutybell::core::org::Who;
use dutybell::gateway::{ImportOptions, ImportReport, Same};
use dutybell::ledger::Severity;

use super::{
    count, found, hedong, import, import_file, import_text, input, issued_and_drafts, numbered, problems, read, the,
    told, unnumbered,
};
use crate::story::Story;

/// Names of those who fix an item.
async fn fixers(story: &Story, item: &dutybell::core::item::Item) -> Vec<String> {
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let directory = dutybell::store::people::load(&mut tx).await.expect("reads");
    let on = item.assignments.iter().filter(|a| a.role == Role::Responsible && a.until.is_none());
    on.filter_map(|a| match a.who {
        Who::Person(p) => directory.person(p).map(|p| p.name.clone()),
        Who::Post(_) => None,
    })
    .collect()
}

async fn dry(story: &Story, text: &str) -> ImportReport {
    let workbook = read(story, "ledger.csv", text.as_bytes());
    let options = ImportOptions { dry_run: true, ..ImportOptions::default() };
    story.gateway.import("story", &workbook, options).await.expect("imports")
}

#[tokio::test]
async fn rows_that_differ_by_township_person_or_deadline_are_items_of_their_own() {
    let mut story = hedong().await;
    let report = import_file(&story, "h16-no-code-twins.xlsx").await;
    assert_eq!(issued_and_drafts(&story).await, (4, 1), "{report:#?}");
    let twice = |row: u32| {
        let mut found = report.problems.iter().filter(|p| p.place.row == row && p.severity == Severity::Draft);
        found.any(|p| p.key() == "possible-duplicate")
    };
    assert!(twice(5), "the line that cannot be told apart: {report:#?}");
    assert!([2, 3, 4, 6].into_iter().all(|row| !twice(row)), "{report:#?}");
    assert!(!problems(&report, 3).contains(&"possible-duplicate"), "another township is not even alike: {report:#?}");
    story.until_at(super::at("2026-11-30 11:00")).await;
    for login in ["hejing", "sunli", "zhangq"] {
        assert!(told(&story, login).contains("灭火器过期"), "{login} hears of his own");
    }
    let again = import_file(&story, "h16-no-code-twins.xlsx").await;
    assert!(again.is_quiet(), "{again:#?}");
    assert_eq!(count(&story).await, 5);
}

#[tokio::test]
async fn a_file_whose_rows_look_alike_inside_is_no_copy_of_another_ledger() {
    let story = hedong().await;
    let workbook = read(&story, "h16.xlsx", &input("h16-no-code-twins.xlsx"));
    let options = ImportOptions { no_repeat: true, ..ImportOptions::default() };
    let report = story.gateway.import("first", &workbook, options).await.expect("imports");
    assert_eq!(report.repeats_another_ledger(), None);
    assert_eq!(count(&story).await, 5, "it was taken");
    // The same file under another name is one.
    let options = ImportOptions { no_repeat: true, ..ImportOptions::default() };
    let report = story.gateway.import("second", &workbook, options).await.expect("imports");
    assert!(report.repeats_another_ledger().is_some());
    assert_eq!(count(&story).await, 5, "it was not taken");
}

#[tokio::test]
async fn a_copied_number_neither_closes_nor_changes_the_hazard_of_another_row() {
    let mut story = hedong().await;
    let report = import_file(&story, "h13-same-code.xlsx").await;
    assert!(problems(&report, 3).contains(&"code-twice"), "{report:#?}");
    assert_eq!(the(&story, "配电箱无盖").await.state, State::Closed);
    let copied = the(&story, "疏散通道堵塞（编号抄重）").await;
    assert_eq!(copied.state, State::Draft, "nothing is lost: it waits for its own number");
    let again = import_file(&story, "h13-same-code.xlsx").await;
    assert!(again.is_quiet(), "{again:#?}");
    // Given a number of its own it is the same one, and is issued.
    let head = "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人,整改情况\n";
    let row = |code: &str, finding: &str, who: &str, state: &str| {
        format!("{code},2026-11-27,城关镇,顺达机械厂,{finding},一般,2026-12-15,{who},李梅,赵敏,{state}\n")
    };
    let mended = format!(
        "{head}{}{}{}",
        row("K-003", "疏散通道堵塞（编号抄重）", "何静", ""),
        row("K-001", "配电箱无盖", "张强", "已销号"),
        row("K-002", "另一项", "张强", ""),
    );
    import_text(&story, &mended).await;
    assert_eq!(the(&story, "配电箱无盖").await.state, State::Closed);
    let copied_now = the(&story, "疏散通道堵塞（编号抄重）").await;
    assert_eq!((copied_now.id, copied_now.state), (copied.id, State::Assigned));
    story.until_at(super::at("2026-11-30 11:00")).await;
    assert!(told(&story, "hejing").contains("疏散通道堵塞"));
}

#[tokio::test]
async fn the_copy_of_a_number_that_is_on_record_is_the_draft_even_above_the_row_that_has_it() {
    let story = hedong().await;
    let own = ["K-1", "配电箱无盖", "2026-12-15", "张强", "李梅", ""];
    import_text(&story, &numbered(&[own])).await;
    let copy = ["K-1", "疏散通道堵塞", "2026-12-10", "何静", "李梅", "已整改"];
    let report = import_text(&story, &numbered(&[copy, own])).await;
    assert_eq!(the(&story, "配电箱无盖").await.state, State::Assigned);
    assert_eq!(fixers(&story, &the(&story, "配电箱无盖").await).await, ["张强"]);
    assert_eq!(the(&story, "疏散通道堵塞").await.state, State::Draft);
    assert!(problems(&report, 2).contains(&"code-twice") && !problems(&report, 3).contains(&"code-twice"));
    // Three of one number, in another form of writing.
    let third = ["ｋ-1", "第三行", "2026-12-11", "何静", "李梅", ""];
    import_text(&story, &numbered(&[third, copy, own])).await;
    assert_eq!(issued_and_drafts(&story).await, (1, 2));
}

#[tokio::test]
async fn numbers_that_a_spreadsheet_has_rounded_are_said_to_be_rounded_and_name_no_item() {
    let story = hedong().await;
    let report = import_file(&story, "h7-18digit.xlsx").await;
    for row in [2, 3, 4] {
        assert!(problems(&report, row).contains(&"code-rounded"), "row {row}: {report:#?}");
        assert!(!problems(&report, row).contains(&"code-twice"), "row {row}: {report:#?}");
    }
    assert_eq!(issued_and_drafts(&story).await, (0, 3), "each is kept");
    let report = import(&story, "r14.xlsx", &input("r14-ids.xlsx")).await;
    assert!(problems(&report, 5).contains(&"code-rounded"), "{report:#?}");
    assert!(!problems(&report, 9).contains(&"code-rounded"), "eighteen digits as text are whole: {report:#?}");
    // As a CSV shows them.
    let report = import_text(&story, &numbered(&[["3.60721E+17", "甲", "2026-12-15", "张强", "李梅", ""]])).await;
    assert!(problems(&report, 2).contains(&"code-rounded"), "{report:#?}");
    // Entered as text it is the same one.
    let id = the(&story, "甲").await.id;
    import_text(&story, &numbered(&[["360721202601127041", "甲", "2026-12-15", "张强", "李梅", ""]])).await;
    assert_eq!((the(&story, "甲").await.id, the(&story, "甲").await.state), (id, State::Assigned));
}

#[tokio::test]
async fn a_number_retyped_without_its_zeros_is_the_same_item() {
    let mut story = hedong().await;
    import_file(&story, "h18-v1.xlsx").await;
    story.until_at(super::at("2026-11-30 11:00")).await;
    let before = story.heard("zhangq").len();
    let report = import_file(&story, "h18-v2-numbers.xlsx").await;
    assert!(report.is_quiet() && report.missing.is_empty(), "{report:#?}");
    assert_eq!((count(&story).await, report.unchanged), (2, 2));
    // 1.0, wide digits, an apostrophe.
    for (one, two) in [("1.0", "2.00"), ("００１", "０２"), ("'001", "'002"), ("0001", "002.0")] {
        let rows = [["甲", one], ["乙", two]].map(|[finding, code]| {
            format!("{code},2026-11-27,城关镇,顺达机械厂,{finding},一般,2026-12-15,张强,王建国,县应急局,李梅,赵敏\n")
        });
        let head = "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,责任领导,监管部门,复查人,交办人\n";
        let report = import_text(&story, &format!("{head}{}", rows.concat())).await;
        assert!(report.is_quiet() && report.missing.is_empty(), "{one}: {report:#?}");
    }
    assert_eq!(count(&story).await, 2);
    story.until_at(super::at("2026-11-30 13:00")).await;
    assert_eq!(story.heard("zhangq").len(), before, "nobody is told twice");
}

#[tokio::test]
async fn a_closed_item_whose_number_is_retyped_does_not_come_back() {
    let story = hedong().await;
    import_text(&story, &numbered(&[["007", "甲", "2026-12-15", "张强", "李梅", "已销号"]])).await;
    assert_eq!(the(&story, "甲").await.state, State::Closed);
    import_text(&story, &numbered(&[["7", "甲", "2026-12-15", "张强", "李梅", ""]])).await;
    assert_eq!(count(&story).await, 1);
}

#[tokio::test]
async fn a_new_deadline_or_person_in_the_only_row_of_its_kind_changes_its_item() {
    let story = hedong().await;
    let rows = |due, who| unnumbered(&[("城关镇", "顺达机械厂", "车间", "灭火器过期", due, who)]);
    import_text(&story, &rows("2026-12-15", "何静")).await;
    let id = the(&story, "灭火器过期").await.id;
    import_text(&story, &rows("2026-12-20", "何静")).await;
    import_text(&story, &rows("2026-12-20", "张强")).await;
    let item = the(&story, "灭火器过期").await;
    assert_eq!((item.id, fixers(&story, &item).await), (id, vec!["张强".to_owned()]));
}

#[tokio::test]
async fn among_rows_of_one_text_a_change_finds_its_item_by_what_stayed() {
    let story = hedong().await;
    let v1 = [
        ("城关镇", "顺达机械厂", "车间", "灭火器过期", "2026-12-15", "何静"),
        ("城关镇", "顺达机械厂", "车间", "灭火器过期", "2026-12-20", "张强"),
    ];
    import_text(&story, &unnumbered(&v1)).await;
    let [first, second] = found(&story, "灭火器过期").await.try_into().expect("two");
    // The second's deadline moves, a third is written above them.
    let v2 = [
        ("城关镇", "顺达机械厂", "车间", "灭火器过期", "2026-12-31", "周涛"),
        ("城关镇", "顺达机械厂", "车间", "灭火器过期", "2026-12-25", "张强"),
        ("城关镇", "顺达机械厂", "车间", "灭火器过期", "2026-12-15", "何静"),
    ];
    let report = import_text(&story, &unnumbered(&v2)).await;
    let [a, b, c] = found(&story, "灭火器过期").await.try_into().expect("three");
    assert_eq!((a.id, b.id), (first.id, second.id));
    assert_eq!(fixers(&story, &a).await, ["何静"]);
    assert_eq!(a.current_due, first.current_due);
    assert!(b.current_due > second.current_due, "{report:#?}");
    assert_eq!(fixers(&story, &c).await, ["周涛"]);
}

#[tokio::test]
async fn what_may_be_either_of_two_items_is_asked_and_changes_neither() {
    let story = hedong().await;
    let row = |due, who| ("城关镇", "顺达机械厂", "车间", "灭火器过期", due, who);
    import_text(&story, &unnumbered(&[row("2026-12-15", "何静"), row("2026-12-20", "张强")])).await;
    let before = found(&story, "灭火器过期").await;
    let report = import_text(&story, &unnumbered(&[row("2026-12-25", "周涛")])).await;
    assert!(problems(&report, 2).contains(&"same-item"), "{report:#?}");
    let after = found(&story, "灭火器过期").await;
    assert_eq!(after.len(), 2);
    assert!(before.iter().zip(&after).all(|(a, b)| a.current_due == b.current_due && a.assignments == b.assignments));
}

#[tokio::test]
async fn another_township_is_another_place_even_when_the_first_ones_row_is_gone() {
    let story = hedong().await;
    import_text(&story, &unnumbered(&[("城关镇", "卫生院", "", "灭火器过期", "2026-12-15", "何静")])).await;
    let report =
        import_text(&story, &unnumbered(&[("柳河乡", "卫生院", "", "灭火器过期", "2026-12-15", "孙丽")])).await;
    let items = found(&story, "灭火器过期").await;
    assert_eq!(items.len(), 2, "{report:#?}");
    assert_eq!(fixers(&story, &items[0]).await, ["何静"], "the first one's is untouched");
    assert_eq!(report.missing.len(), 1);
}

#[tokio::test]
async fn a_typo_mended_in_a_row_without_a_number_is_asked_about_and_rings_once() {
    let mut story = hedong().await;
    let row = |finding| ("城关镇", "顺达机械厂", "二车间", finding, "2026-12-15", "何静");
    let other = ("城关镇", "顺达机械厂", "二车间", "安全出口锁闭", "2026-12-15", "张强");
    import_text(&story, &unnumbered(&[row("配电箱无护盖且接线裸路"), other])).await;
    story.until_at(super::at("2026-11-30 11:00")).await;
    let before = story.heard("hejing").len();
    let mended = unnumbered(&[row("配电箱无护盖且接线裸露"), other]);
    let shown = dry(&story, &mended).await;
    assert!(problems(&shown, 2).contains(&"same-item"), "{shown:#?}");
    assert_eq!((shown.added.len(), shown.held.len(), shown.missing.len()), (0, 1, 0), "{shown:#?}");
    let done = import_text(&story, &mended).await;
    assert!(problems(&done, 2).contains(&"same-item"), "{done:#?}");
    assert_eq!(count(&story).await, 2, "no second one");
    story.until_at(super::at("2026-11-30 13:00")).await;
    assert_eq!(story.heard("hejing").len(), before, "nothing rings twice");
}

#[tokio::test]
async fn a_typo_mended_in_place_or_unit_is_asked_about_too_and_a_new_hazard_is_not() {
    let story = hedong().await;
    let v1 = [
        ("城关镇", "顺达机械厂", "二车问", "配电箱无护盖", "2026-12-15", "何静"),
        ("城关镇", "顺大机械厂", "仓库", "Guard missing on conveyor CV-3", "2026-12-15", "何静"),
        ("城关镇", "河东粮库", "筒仓", "粉尘未清扫", "2026-12-15", "何静"),
    ];
    import_text(&story, &unnumbered(&v1)).await;
    let v2 = [
        ("城关镇", "顺达机械厂", "二车间", "配电箱无护盖", "2026-12-15", "何静"),
        ("城关镇", "顺达机械厂", "仓库", "Guard missing on conveyor CV-3", "2026-12-15", "何静"),
        ("城关镇", "河东粮库", "筒仓", "防爆灯损坏", "2026-12-15", "何静"),
    ];
    let report = import_text(&story, &unnumbered(&v2)).await;
    assert!(problems(&report, 2).contains(&"same-item"), "{report:#?}");
    assert!(problems(&report, 3).contains(&"same-item"), "{report:#?}");
    assert!(!problems(&report, 4).contains(&"same-item"), "{report:#?}");
    assert_eq!(the(&story, "防爆灯损坏").await.state, State::Assigned, "another hazard is told at once");
    assert_eq!(count(&story).await, 4);
}

#[tokio::test]
async fn a_row_that_is_given_a_number_or_another_one_stays_the_same_item() {
    let story = hedong().await;
    import_text(&story, &numbered(&[["", "甲处堵塞", "2026-12-15", "何静", "李梅", ""]])).await;
    let id = the(&story, "甲处堵塞").await.id;
    for code in ["K-1", "K-01", "2026-007"] {
        let report = import_text(&story, &numbered(&[[code, "甲处堵塞", "2026-12-15", "何静", "李梅", ""]])).await;
        assert!(report.added.is_empty() && report.missing.is_empty(), "{code}: {report:#?}");
        assert_eq!(the(&story, "甲处堵塞").await.id, id);
    }
}

#[tokio::test]
async fn items_that_an_earlier_version_knew_by_their_look_stay_the_same_items() {
    let story = hedong().await;
    import_file(&story, "h16-no-code-twins.xlsx").await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    // As they were called before: one row of a look was its item, the others none.
    let rows: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, look FROM items ORDER BY id").fetch_all(&mut *tx).await.expect("reads");
    let mut seen = std::collections::HashSet::new();
    for (id, look) in rows {
        if seen.insert(look.clone()) {
            let update = sqlx::query("UPDATE items SET ledger_key = $2 WHERE id = $1").bind(id);
            update.bind(format!("story/{look}")).execute(&mut *tx).await.expect("writes");
        }
    }
    tx.commit().await.expect("commits");
    let again = import_file(&story, "h16-no-code-twins.xlsx").await;
    assert!(again.is_quiet() && again.missing.is_empty(), "{again:#?}");
    assert_eq!(count(&story).await, 5);
}

#[tokio::test]
async fn whoever_is_asked_says_yes_or_no_and_that_is_done() {
    let story = hedong().await;
    let row = |finding, due| ("城关镇", "顺达机械厂", "二车间", finding, due, "何静");
    import_text(&story, &unnumbered(&[row("配电箱无护盖", "2026-12-15"), row("消火拴无水", "2026-12-15")])).await;
    let (first, second) = (the(&story, "配电箱无护盖").await, the(&story, "消火拴无水").await);
    let mended = unnumbered(&[row("配电箱缺护盖", "2026-12-18"), row("消火栓无水", "2026-12-15")]);
    let workbook = read(&story, "ledger.csv", mended.as_bytes());
    let said = |text: &str| text.parse::<Same>().expect("reads");
    // What cannot be followed is refused, and nothing is done with the row.
    for wrong in ["9=new", "2=ZZZZ", "nowhere!2=new"] {
        let options = ImportOptions { same: vec![said(wrong)], ..ImportOptions::default() };
        let report = story.gateway.import("story", &workbook, options).await.expect("imports");
        assert!(report.problems.iter().any(|p| p.key() == "same-unusable"), "{wrong}: {report:#?}");
        assert_eq!(report.held.len(), 2, "{wrong}");
    }
    let same = vec![said(&format!("2={}", first.code.to_lowercase())), said("ledger!3=new")];
    let options = ImportOptions { same, ..ImportOptions::default() };
    let report = story.gateway.import("story", &workbook, options).await.expect("imports");
    assert!(report.held.is_empty(), "{report:#?}");
    let changed = the(&story, "配电箱缺护盖").await;
    assert_eq!((changed.id, changed.current_due > first.current_due), (first.id, true));
    let new = the(&story, "消火栓无水").await;
    assert_ne!(new.id, second.id);
    assert_eq!(the(&story, "消火拴无水").await.state, State::Assigned, "missing, and left as it is");
    // It is remembered.
    let again = import_text(&story, &mended).await;
    assert!(again.is_quiet() && again.held.is_empty(), "{again:#?}");
    for bad in ["5", "x=new", "5=", "=F3K2"] {
        assert!(bad.parse::<Same>().is_err(), "{bad}");
    }
}

#[tokio::test]
async fn two_files_of_one_import_do_not_share_a_number() {
    let story = hedong().await;
    let one = numbered(&[["K-1", "甲处堵塞", "2026-12-15", "张强", "李梅", ""]]);
    let two = numbered(&[["K-1", "乙处漏电", "2026-12-15", "何静", "李梅", ""]]);
    let mut book = read(&story, "one.csv", one.as_bytes());
    book.add(read(&story, "two.csv", two.as_bytes()));
    story.gateway.import("story", &book, ImportOptions::default()).await.expect("imports");
    assert_eq!(the(&story, "甲处堵塞").await.state, State::Assigned);
    assert_eq!(the(&story, "乙处漏电").await.state, State::Draft);
}

#[tokio::test]
async fn a_number_given_to_another_hazard_after_the_first_was_closed_is_a_new_item() {
    let story = hedong().await;
    let rows = |finding: &str, status: &str, found: &str| {
        numbered(&[["7", finding, "2026-12-15", "张强", "李梅", status]]).replace("2026-11-27", found)
    };
    import_text(&story, &rows("配电箱无护盖", "已销号", "2026-11-02")).await;
    // Its own text mended is the same item still.
    import_text(&story, &rows("配电箱无护盖。", "已销号", "2026-11-02")).await;
    assert_eq!(count(&story).await, 1);
    import_text(&story, &rows("消火栓无水", "", "2026-11-27")).await;
    let new = the(&story, "消火栓无水").await;
    assert_eq!(new.state, State::Assigned);
    let old = found(&story, "配电箱无护盖。").await.len() + found(&story, "配电箱无护盖").await.len();
    assert_eq!((old, count(&story).await), (1, 2), "the closed one stays what it was");
    let again = import_text(&story, &rows("消火栓无水", "", "2026-11-27")).await;
    assert!(again.is_quiet(), "{again:#?}");
}

#[tokio::test]
async fn another_unit_that_fixes_it_makes_another_item() {
    let story = hedong().await;
    let text = "检查时间,受检单位,存在问题,隐患等级,整改期限,责任单位,复查人,交办人\n\
                2026-11-27,顺达机械厂,消防车道堵塞,一般,2026-12-15,顺达机械厂,李梅,赵敏\n\
                2026-11-27,顺达机械厂,消防车道堵塞,一般,2026-12-15,城关镇,李梅,赵敏\n";
    import_text(&story, text).await;
    assert_eq!(issued_and_drafts(&story).await, (2, 0));
}
