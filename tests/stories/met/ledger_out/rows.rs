//! Only rows that are the item are written.

use super::{cell, done_and_verified, export, exported, hedong, import, input, is_closed, ledger, notes};
use crate::office_suite::{opened, openpyxl};

/// Every row that an export marks as closed is the row of a closed item.
async fn marked_rows_are_items(story: &crate::story::Story, sheet: &str, finding: char, status: char) {
    let cells = exported(story).await;
    for row in 2..=12 {
        let text = cell(&cells, sheet, &format!("{finding}{row}"));
        if cell(&cells, sheet, &format!("{status}{row}")) == "已销号" {
            assert!(is_closed(story, text).await, "row {row} is marked: {text}");
        }
    }
}

#[tokio::test]
async fn a_copied_number_marks_only_the_row_that_is_the_item_and_the_other_is_listed() {
    let story = hedong().await;
    import(&story, "台账.xlsx", &input("h13-same-code.xlsx")).await;
    assert!(is_closed(&story, "配电箱无盖").await);
    let cells = exported(&story).await;
    assert_eq!(cell(&cells, "台账", "M2"), "已销号");
    for place in ["M3", "N3", "O3", "P3"] {
        assert_eq!(cell(&cells, "台账", place), "", "{place} of the row that nobody mended");
    }
    assert_eq!(cell(&cells, "台账", "M4"), "已交办");
    assert!(notes(&cells).iter().any(|row| row.contains("疏散通道堵塞")), "{:#?}", notes(&cells));
}

#[tokio::test]
async fn numbers_that_a_spreadsheet_rounded_to_one_mark_no_other_row() {
    for (file, sheet, finding, status) in
        [("h7-18digit.xlsx", "Sheet1", 'E', 'M'), ("r14-ids.xlsx", "Sheet1", 'E', 'N')]
    {
        let mut story = hedong().await;
        import(&story, file, &input(file)).await;
        let open = super::items(&story).await.into_iter().find(|item| item.state.is_open());
        if let Some(item) = open {
            done_and_verified(&mut story, "zhangq", &item.description, "2026-11-30 10:00").await;
        }
        marked_rows_are_items(&story, sheet, finding, status).await;
    }
}

#[tokio::test]
async fn a_copied_number_in_another_sheet_and_one_used_again_mark_nothing() {
    let mut story = hedong().await;
    let path = story.folder().join("两页.xlsx").display().to_string();
    let script = r#"
import sys, openpyxl
book = openpyxl.Workbook()
head = ['隐患编号', '检查时间', '乡镇街道', '受检单位', '存在问题', '隐患等级', '整改期限', '整改责任人', '复查人', '交办人', '整改情况']
row = lambda n, what: [n, '2026-11-27', '城关镇', '顺达机械厂', what, '一般', '2026-12-15', '张强', '李梅', '赵敏', None]
one = book.active; one.title = '一'
one.append(head); one.append(row('K-1', '甲处堵塞'))
two = book.create_sheet('二')
two.append(head); two.append(row('K-1', '乙处漏电')); two.append(row('K-2', '丙处无盖'))
book.save(sys.argv[1])
"#;
    openpyxl(script, &[&path]);
    import(&story, "两页.xlsx", &std::fs::read(&path).expect("written")).await;
    done_and_verified(&mut story, "zhangq", "甲处堵塞", "2026-11-30 10:00").await;
    let cells = exported(&story).await;
    assert_eq!((cell(&cells, "一", "K2"), cell(&cells, "二", "K2")), ("已销号", ""));
    // Its number is given to another hazard, whose change cannot be taken over.
    let again = script.replace("'甲处堵塞'", "'丁处无栏杆'");
    openpyxl(&again, &[&path]);
    import(&story, "两页.xlsx", &std::fs::read(&path).expect("written")).await;
    let cells = exported(&story).await;
    assert!(!is_closed(&story, "丁处无栏杆").await || cell(&cells, "一", "K2") == "已销号");
    if !is_closed(&story, "丁处无栏杆").await {
        assert_ne!(cell(&cells, "一", "K2"), "已销号", "another hazard under the number of a closed one");
    }
}

#[tokio::test]
async fn a_cell_merged_over_two_items_says_nothing_that_is_true_of_one_alone() {
    let mut story = hedong().await;
    let path = story.folder().join("合并.xlsx").display().to_string();
    let script = r#"
import sys, openpyxl
book = openpyxl.Workbook(); sheet = book.active; sheet.title = '台账'
sheet.append(['隐患编号', '检查时间', '乡镇街道', '受检单位', '存在问题', '隐患等级', '整改期限', '整改责任人', '复查人', '交办人', '整改情况'])
for n, what in enumerate(['甲处堵塞', '乙处漏电', '丙处无盖', '丁处无栏杆']):
    sheet.append([f'K-{n}', '2026-11-27', '城关镇', '顺达机械厂', what, '一般', '2026-12-15', '张强', '李梅', '赵敏', None])
sheet.merge_cells('K2:K3'); sheet.merge_cells('K4:K5')
book.save(sys.argv[1])
"#;
    openpyxl(script, &[&path]);
    import(&story, "合并.xlsx", &std::fs::read(&path).expect("written")).await;
    done_and_verified(&mut story, "zhangq", "甲处堵塞", "2026-11-30 10:00").await;
    let cells = opened(&export(&story).await);
    assert_eq!(cell(&cells, "台账", "K2"), "", "one of the two is open still");
    assert_eq!(cell(&cells, "台账", "K4"), "已交办", "both are");
}

#[tokio::test]
async fn the_plain_table_loses_no_row_neither_drafts_nor_copies() {
    let story = hedong().await;
    import(&story, "台账.xlsx", &input("h13-same-code.xlsx")).await;
    let draft = ledger(&[
        ["D-1", "没有期限的一行", "", "张强", "", "", ""],
        ["D-2", "照明损坏", "2026-12-15", "张强", "", "", ""],
    ]);
    let other = super::hedong().await;
    import(&other, "ledger.csv", draft.as_bytes()).await;
    for (story, findings) in [
        (&story, vec!["配电箱无盖", "疏散通道堵塞（编号抄重）", "另一项"]),
        (&other, vec!["没有期限的一行", "照明损坏"]),
    ] {
        let csv = story.gateway.export_csv("story").await.expect("exports");
        let text = String::from_utf8(csv.clone()).expect("UTF-8");
        for finding in findings {
            assert_eq!(text.matches(finding).count(), 1, "{finding}: {text}");
        }
        let again = import(story, "ledger.csv", &csv).await;
        assert!(again.is_quiet() && again.missing.is_empty(), "{again:#?}");
    }
}
