//! What columns are called, and what is proposed where nobody knows.

use chrono::NaiveDate;
use dutybell::core::item::{Role, State};
use dutybell::ledger::{Key, ReadContext, Workbook, read_bytes};

use super::{at, hedong, import_file, input, read, the};
use crate::story::{PACK, Story, database};

/// What each column of a file's first ledger sheet means, by header.
fn meaning(book: &Workbook, header: &str) -> Option<Key> {
    book.layouts[0].columns.iter().find(|c| c.header == header).unwrap_or_else(|| panic!("no column {header}")).key
}

async fn named(headers: &str) -> Workbook {
    let story = hedong().await;
    read(&story, "tracker.csv", format!("{headers}\nx,x,x,x,x,x,x,x,x,x,x,x,x\n").as_bytes())
}

#[tokio::test]
async fn the_headers_of_an_english_tracker_are_known() {
    let story = hedong().await;
    let book = read(&story, "tracker.xlsx", &input("tracker.xlsx"));
    for (header, key) in [
        ("Ref", Key::Code),
        ("Date raised", Key::FoundOn),
        ("Site", Key::Unit),
        ("Area", Key::Place),
        ("Finding", Key::Description),
        ("Risk", Key::Severity),
        ("Corrective action", Key::Measures),
        ("Action owner", Key::Responsible),
        ("Due date", Key::Due),
        ("Escalate to", Key::Leader),
        ("Verified by", Key::Verifier),
        ("Raised by", Key::Assigner),
        ("Progress", Key::Status),
        ("Comments", Key::Note),
    ] {
        assert_eq!(meaning(&book, header), Some(key), "{header}");
    }
    assert!(book.columns.is_empty(), "{:?}", book.columns);
}

#[tokio::test]
async fn headers_of_other_english_trackers_are_known_too() {
    let book = named("Action No.,Raised on,Plant,Area/Location,Hazard description,Risk rating,Actions required,Person responsible,Target completion date,Current status,Date closed,Checked by,Remark").await;
    for (header, key) in [
        ("Action No.", Key::Code),
        ("Raised on", Key::FoundOn),
        ("Plant", Key::Unit),
        ("Area/Location", Key::Place),
        ("Hazard description", Key::Description),
        ("Risk rating", Key::Severity),
        ("Actions required", Key::Measures),
        ("Person responsible", Key::Responsible),
        ("Target completion date", Key::Due),
        ("Current status", Key::Status),
        ("Checked by", Key::Verifier),
        ("Remark", Key::Note),
    ] {
        assert_eq!(meaning(&book, header), Some(key), "{header}");
    }
    let book = named("Ref #,Date identified,Facility,Zone,Observation,Priority,Recommended action,Assigned to,Target date,Completion date,Close-out verified by,Comment,Reported by").await;
    for (header, key) in [
        ("Date identified", Key::FoundOn),
        ("Observation", Key::Description),
        ("Priority", Key::Severity),
        ("Assigned to", Key::Responsible),
        ("Target date", Key::Due),
        ("Completion date", Key::DoneOn),
    ] {
        assert_eq!(meaning(&book, header), Some(key), "{header}");
    }
}

#[tokio::test]
async fn the_english_plant_imports_without_a_word_about_columns() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = database(folder.path()).await;
    let story = Story::on(&url, folder, PACK, at("2026-11-30 09:00")).await;
    let mut book = read(&story, "people3.xlsx", &input("people3.xlsx"));
    book.add(read(&story, "tracker.xlsx", &input("tracker.xlsx")));
    let report = story.gateway.import("tracker", &book, Default::default()).await.expect("imports");
    assert!(report.columns.is_empty(), "{:#?}", report.columns);
    let item = the(&story, "Bund drain valve left open").await;
    assert_eq!(item.state, State::Assigned, "{report:#?}");
    assert!(item.assignments.iter().any(|a| a.role == Role::Assigner));
}

#[tokio::test]
async fn a_day_of_expiry_is_a_deadline_and_nothing_is_proposed_that_would_close() {
    let story = hedong().await;
    let book = read(&story, "t10.xlsx", &input("t10-proposal-closed2.xlsx"));
    let column = book.columns.iter().find(|c| c.header == "到期时间").expect("the deadline is taken already");
    assert_eq!(column.resembles, Some(Key::Due));
    let report = import_file(&story, "t10-proposal-closed2.xlsx").await;
    assert_eq!(the(&story, "逾期未改").await.state, State::Assigned, "{report:#?}");
    for header in
        ["销项日期", "验收通过日", "复核时间点", "closing date (est.)", "verification day", "复查结论", "销号时限"]
    {
        let book = named(&format!("{header},检查时间,受检单位,存在问题,整改期限,隐患等级,整改责任人")).await;
        let column = book.columns.iter().find(|c| c.header == header);
        let proposed = column.and_then(|c| c.resembles);
        assert!(
            !matches!(proposed, Some(Key::Closed | Key::Verifier | Key::VerifiedOn | Key::DoneOn | Key::Status)),
            "{header}: {proposed:?}"
        );
    }
}

#[tokio::test]
async fn a_lone_day_of_expiry_is_the_deadline() {
    for header in ["到期时间", "到期日", "截止时间", "Expiry", "Complete by", "Required by"] {
        let book = named(&format!("检查时间,受检单位,存在问题,{header},隐患等级,整改责任人,备注")).await;
        assert_eq!(meaning(&book, header), Some(Key::Due), "{header}");
    }
}

#[tokio::test]
async fn proposals_are_in_the_readers_language() {
    assert_eq!(Key::Due.name(dutybell::core::org::Locale::En), "Due date");
    assert_eq!(Key::Due.name(dutybell::core::org::Locale::ZhCn), "整改期限");
    assert_eq!(Key::Responsible.name(dutybell::core::org::Locale::En), "Responsible person");
    // An English header is held against English names, word by word.
    let book = named("Date of last visit,Unit,Finding,Severity,Due date,Responsible,Agreed deadline").await;
    let proposed = |h: &str| book.columns.iter().find(|c| c.header == h).and_then(|c| c.resembles);
    assert_eq!(proposed("Date of last visit"), None);
    assert_eq!(proposed("Agreed deadline"), Some(Key::Due));
}

#[tokio::test]
async fn a_header_that_names_a_role_and_a_phone_is_the_role() {
    let story = hedong().await;
    let book = read(&story, "t1.xlsx", &input("t1-header-variants.xlsx"));
    assert!(book.rows.iter().all(|r| r.responsible.iter().any(|p| p.name == "张强")), "{:#?}", book.layouts);
    assert_eq!(book.rows[0].responsible[0].phone.as_deref(), Some("13900000007"));
    for header in [
        "整改责任人和电话",
        "责任人及联系方式",
        "整改责任人、手机号码",
        "整改责任人/电话",
        "责任人(联系电话)",
        "Owner and phone",
        "Responsible person & mobile",
    ] {
        let book = named(&format!("检查时间,受检单位,存在问题,整改期限,隐患等级,{header},复查人")).await;
        assert_eq!(meaning(&book, header), Some(Key::Responsible), "{header}");
    }
    let book = named("检查时间,受检单位,存在问题,整改期限,隐患等级,整改责任人,责任人联系电话").await;
    assert_eq!(meaning(&book, "责任人联系电话"), Some(Key::Phone), "the phone of a role is a phone");
}

#[tokio::test]
async fn a_ledger_without_a_day_of_discovery_counts_from_the_files_own_day_and_says_so_once() {
    let story = hedong().await;
    let text = "隐患编号,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人\n\
                K1,顺达机械厂,甲,一般,5个工作日,张强,李梅,赵敏\n\
                K2,顺达机械厂,乙,一般,12月15日,张强,李梅,赵敏\n";
    let days = dutybell::gateway::Days(story.gateway.calendars.get("cn"));
    let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
    let context = ReadContext::new(day("2026-11-30"), &days).of(day("2026-11-23"));
    let book = read_bytes("ledger.csv", text.as_bytes(), &context).expect("reads");
    let report = story.gateway.import("story", &book, Default::default()).await.expect("imports");
    assert_eq!(report.drafts.len(), 0, "{report:#?}");
    let said: Vec<_> = report.problems.iter().filter(|p| p.key() == "found-assumed").collect();
    assert_eq!(said.len(), 1, "{report:#?}");
    assert!(said[0].about.contains("2026-11-23"), "{said:?}");
    let due = the(&story, "甲").await.current_due.expect("due");
    let due = due.with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    assert_eq!(due, day("2026-11-30"), "five working days after the file's own day");
    // The same file a week later is no change.
    let context = ReadContext::new(day("2026-12-07"), &days).of(day("2026-12-07"));
    let book = read_bytes("ledger.csv", text.as_bytes(), &context).expect("reads");
    let again = story.gateway.import("story", &book, Default::default()).await.expect("imports");
    assert!(again.is_quiet() && again.unchanged == 2, "{again:#?}");
}

#[tokio::test]
async fn the_countys_own_ledger_is_read_with_and_without_its_day_of_discovery() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = database(folder.path()).await;
    let story = Story::on(&url, folder, PACK, at("2026-11-30 09:00")).await;
    let mut book = read(&story, "单位.xlsx", &input("单位.xlsx"));
    book.add(read(&story, "通讯录.xlsx", &input("通讯录.xlsx")));
    book.add(read(&story, "云岭县隐患清单.xlsx", &input("云岭县隐患清单.xlsx")));
    let report = story.gateway.import("清单", &book, Default::default()).await.expect("imports");
    assert_eq!(the(&story, "灭火器压力不足6具").await.state, State::Assigned, "{report:#?}");
    // 目前进展 is the state: what is reported there counts.
    assert_eq!(the(&story, "无挡鼠板").await.state, State::ReportedDone);
}

#[tokio::test]
async fn a_list_of_actions_without_findings_is_a_list_of_what_is_to_be_done() {
    let book = named("Ref,Raised,Owner,Action,Risk,Target date,Comments").await;
    assert_eq!(meaning(&book, "Action"), Some(Key::Description));
    let book = named("Ref,Raised,Owner,Issue,Action,Risk,Target date").await;
    assert_eq!((meaning(&book, "Issue"), meaning(&book, "Action")), (Some(Key::Description), Some(Key::Measures)));
}
