//! Empty workbooks to fill in.

use crate::office::Office;
use crate::office_suite::{opened, openpyxl};

const LANGUAGES: [&str; 2] = ["zh-CN", "en"];

fn office() -> Office {
    let office = Office::new();
    office.file("dutybell.toml", "[database]\nurl = \"sqlite:office.db\"\n");
    office
}

fn written(office: &Office, kind: &str, lang: &str) -> String {
    let name = format!("{kind}-{lang}.xlsx");
    office.run(&["template", kind, "--lang", lang, "--out", &name]);
    office.path().join(&name).display().to_string()
}

/// Drop-down lists and notes of a workbook, sheet by sheet.
const FORM: &str = "
import sys, openpyxl
for sheet in openpyxl.load_workbook(sys.argv[1]):
    lists = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation}
    notes = [c.coordinate for c in sheet[1] if c.comment]
    print(sheet.title, sheet.max_row, len(notes), sorted(lists.values()))";

#[tokio::test]
async fn every_template_opens_elsewhere_with_its_notes_and_drop_downs() {
    let office = office();
    for lang in LANGUAGES {
        for kind in ["ledger", "people", "units", "roster"] {
            let path = written(&office, kind, lang);
            let cells = opened(&std::fs::read(&path).expect("reads"));
            assert_eq!(cells.len(), if kind == "roster" { 3 } else { 2 }, "{kind} {lang}: {:?}", cells.keys());
            let form = openpyxl(FORM, &[&path]);
            let first = form.lines().next().expect("a sheet");
            assert!(
                first.contains(" 1 ") && first.contains("[\\'\"") || first.contains("['\""),
                "{kind} {lang}: {form}"
            );
            assert!(!first.contains(" 0 ["), "notes: {form}");
        }
    }
}

#[tokio::test]
async fn an_empty_template_is_imported_without_trouble() {
    let office = office();
    for lang in LANGUAGES {
        for kind in ["people", "units", "roster", "ledger"] {
            let path = written(&office, kind, lang);
            let arguments: Vec<&str> = match kind {
                "ledger" => vec!["import", &path, "--lang", "en"],
                _ => vec!["import", "--people", &path, "--lang", "en"],
            };
            let said = office.run(&arguments);
            assert!(!said.to_lowercase().contains("not recognised"), "{kind} {lang}: {said}");
        }
    }
}

/// Fills a template in: by the names of its columns.
const FILL: &str = "
import json, sys, openpyxl
book = openpyxl.load_workbook(sys.argv[1])
for title, rows in json.loads(sys.argv[2]).items():
    sheet = book[title]
    heads = {c.value: c.column for c in sheet[1]}
    for n, row in enumerate(rows, 2):
        for head, value in row.items(): sheet.cell(n, heads[head]).value = value
book.save(sys.argv[1])";

#[tokio::test]
async fn a_filled_in_template_makes_an_office_and_its_items() {
    for lang in LANGUAGES {
        let office = office();
        let (roster, ledger) = match lang {
            "zh-CN" => (
                r#"{"单位": [{"名称": "青石县", "层级": "县", "日历": "cn"}, {"名称": "青石镇", "上级": "青石县", "层级": "乡镇"}, {"名称": "红星花炮厂", "上级": "青石县/青石镇", "层级": "企业"}],
                    "人员": [{"姓名": "张三", "单位": "青石县/青石镇", "职务": "站长", "岗位角色": "工作人员", "电话": "013800000003", "desk": "zhangsan"},
                             {"姓名": "李四", "单位": "青石县", "职务": "科长", "岗位角色": "监管", "电话": "13800000004", "desk": "lisi"},
                             {"姓名": "杨柳", "单位": "青石县", "职务": "管理员", "岗位角色": "管理员", "desk": "yangliu"}]}"#,
                r#"{"隐患台账": [{"隐患编号": "001", "检查时间": "2026-11-27", "乡镇街道": "青石镇", "受检单位": "红星花炮厂", "存在问题": "静电接地失效", "隐患等级": "一般", "整改期限": "2026-12-15", "整改责任人": "张三", "复查人": "李四", "整改情况": "未整改"}]}"#,
            ),
            _ => (
                r#"{"Units": [{"Name": "Green County", "Level": "county"}, {"Name": "Green Town", "Parent": "Green County", "Level": "township"}, {"Name": "Green School", "Parent": "Green County/Green Town", "Level": "enterprise"}],
                    "People": [{"Name": "Ann Lee", "Unit": "Green County/Green Town", "Post title": "caretaker", "Post role": "staff", "Phone": "0799-5550100", "Language": "en", "Login": "ann"},
                               {"Name": "Bob Hill", "Unit": "Green County", "Post title": "inspector", "Post role": "supervisor", "Language": "en", "Login": "bob"},
                               {"Name": "Cy Day", "Unit": "Green County", "Post title": "admin", "Post role": "administrator", "Language": "en", "Login": "cy"}]}"#,
                r#"{"Ledger": [{"Item ID": "001", "Found on": "2026-11-27", "Township": "Green Town", "Unit inspected": "Green School", "Description": "Fire door blocked", "Severity": "general", "Due date": "2026-12-15", "Responsible person": "Ann Lee", "Verifier": "Bob Hill", "Status": "not done"}]}"#,
            ),
        };
        let people = written(&office, "roster", lang);
        openpyxl(FILL, &[&people, roster]);
        office.run(&["import", "--people", &people]);
        let list = office.run(&["people", "list"]);
        for name in if lang == "en" { ["Ann Lee", "Bob Hill", "Cy Day"] } else { ["张三", "李四", "杨柳"] } {
            assert!(list.contains(name), "{lang}: {list}");
        }
        let book = written(&office, "ledger", lang);
        openpyxl(FILL, &[&book, ledger]);
        let said = office.run(&["import", &book, "--json"]);
        let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(report["added"].as_array().map(Vec::len), Some(1), "{lang}: {said}");
        assert_eq!(report["drafts"].as_array().map(Vec::len), Some(0), "{lang}: {said}");
        assert_eq!(report["added"][0]["key"], "001", "{lang}: the number keeps its zeros");
    }
}

#[tokio::test]
async fn a_template_never_writes_over_a_file_unasked_and_names_what_it_has() {
    let office = office();
    office.file("mine.xlsx", "mine");
    let run = |arguments: &[&str]| office.command().args(arguments).output().expect("runs");
    let refused = run(&["template", "ledger", "--out", "mine.xlsx"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--force"));
    assert_eq!(std::fs::read(office.path().join("mine.xlsx")).expect("reads"), b"mine");
    assert!(run(&["template", "ledger", "--out", "mine.xlsx", "--force"]).status.success());
    let refused = run(&["template", "people", "--lang", "fr"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("zh-CN"));
    let refused = run(&["template", "cars"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("roster"));
}
