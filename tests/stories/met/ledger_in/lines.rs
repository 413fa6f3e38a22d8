//! Lines that are no items.

use super::{count, hedong, import_file, import_text, issued_and_drafts};

#[tokio::test]
async fn section_lines_are_left_out_and_listed() {
    let story = hedong().await;
    let report = import_file(&story, "h6-bands.xlsx").await;
    assert_eq!(issued_and_drafts(&story).await, (21, 0), "{report:#?}");
    let listed: Vec<String> = report.skipped.iter().map(ToString::to_string).collect();
    for words in ["一、城关镇", "第一批", "以下空白", "城关镇小计", "合计：5项", "此页无正文", "—— 柳河乡 ——"]
    {
        assert!(listed.iter().any(|l| l.contains(words)), "{words}: {listed:#?}");
    }
    assert_eq!(report.skipped.len(), 21, "each is listed: {listed:#?}");
}

#[tokio::test]
async fn titles_and_headers_that_come_again_are_left_out() {
    let story = hedong().await;
    let report = import_file(&story, "t3-repeated-header.xlsx").await;
    assert_eq!(issued_and_drafts(&story).await, (6, 0), "{report:#?}");
    let report = import_file(&story, "r08-county-template.xlsx").await;
    assert_eq!(report.added.len(), 5, "{report:#?}");
}

#[tokio::test]
async fn sums_in_words_and_empty_numbered_lines_are_no_items_and_a_lone_finding_is_a_draft() {
    let story = hedong().await;
    let text = "序号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人\n\
                1,2026-11-27,城关镇,顺达机械厂,甲,一般,2026-12-15,张强,李梅,赵敏\n\
                小计,,,,共五项,,,,,\n\
                城关镇合计,,,,3,,,,,\n\
                总计：,,,,十二条隐患,,,,,\n\
                二,,,柳河乡（无）,,,,,,\n\
                2,,,,,,,,,\n\
                3,2026-11-27,,,,,,,,\n\
                （续表）,,,,,,,,,\n\
                ,,,,以下空白,,,,,\n\
                ,,,,消火栓无水,,,,,\n\
                4,2026-11-27,城关镇,顺达机械厂,小计价秤未检定,一般,2026-12-15,张强,李梅,赵敏\n";
    let report = import_text(&story, text).await;
    assert_eq!(issued_and_drafts(&story).await, (2, 1), "{report:#?}");
    assert_eq!(super::the(&story, "消火栓无水").await.state, dutybell::core::item::State::Draft);
    assert_eq!(report.skipped.len(), 8, "{:#?}", report.skipped);
    assert_eq!(count(&story).await, 3);
}

#[tokio::test]
async fn english_sections_and_ends_are_left_out_too() {
    let story = hedong().await;
    let text = "ID,Date found,Unit,Finding,Severity,Due date,Responsible,Verifier,Assigner\n\
                Section A: Warehouse,,,,,,,,\n\
                E1,2026-11-27,顺达机械厂,Guard missing,general,2026-12-15,张强,李梅,赵敏\n\
                ,,,Subtotal: 1 item,,,,,\n\
                --- end of list ---,,,,,,,,\n";
    let report = import_text(&story, text).await;
    assert_eq!(issued_and_drafts(&story).await, (1, 0), "{report:#?}");
    assert_eq!(report.skipped.len(), 3);
}

#[tokio::test]
async fn a_finding_merged_over_several_numbers_is_an_item_for_each() {
    let story = hedong().await;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let head =
        ["隐患编号", "受检单位", "检查时间", "存在问题", "隐患等级", "整改期限", "整改责任人", "复查人", "交办人"];
    let row = ["", "", "2026-11-27", "消防车道堵塞", "一般", "2026-12-15", "张强", "李梅", "赵敏"];
    let format = rust_xlsxwriter::Format::new();
    for (c, (name, cell)) in (0u16..).zip(head.iter().zip(row)) {
        sheet.write_string(0, c, *name).expect("writes");
        if c >= 2 {
            sheet.merge_range(1, c, 2, c, cell, &format).expect("merges");
        }
    }
    for (r, code, unit) in [(1, "M1", "顺达机械厂"), (2, "M2", "河东粮库")] {
        sheet.write_string(r, 0, code).expect("writes");
        sheet.write_string(r, 1, unit).expect("writes");
    }
    let report = super::import(&story, "m.xlsx", &book.save_to_buffer().expect("saves")).await;
    assert_eq!(issued_and_drafts(&story).await, (2, 0), "{report:#?}");
}
