//! What a ledger says became of an item.

use dutybell::core::item::State;

use super::{at, count, hedong, import_file, import_text, issued_and_drafts, numbered, problems, the, told};
use crate::story::text;

#[tokio::test]
async fn what_the_office_writes_after_a_failed_check_sends_back_or_reopens() {
    let mut story = hedong().await;
    import_file(&story, "h19-v1.xlsx").await;
    for finding in ["返工0", "返工1", "返工2", "返工3", "返工4"] {
        assert_eq!(the(&story, finding).await.state, State::ReportedDone, "{finding}");
    }
    assert_eq!(the(&story, "已销号再开").await.state, State::Closed);
    story.until_at(at("2026-11-30 11:00")).await;
    import_file(&story, "h19-v2.xlsx").await;
    for finding in ["返工0", "返工1", "返工2", "返工3"] {
        let item = the(&story, finding).await;
        assert_eq!((item.state, item.claimed_at), (State::InProgress, None), "{finding}");
    }
    assert_eq!(the(&story, "返工4").await.state, State::ReportedDone, "its words stayed");
    let again = the(&story, "已销号再开").await;
    assert_eq!((again.state, again.reopened, again.closed_at), (State::Reopened, 1, None));
    story.until_at(at("2026-11-30 13:00")).await;
    let heard = told(&story, "zhangq");
    for words in ["复查不合格", "不合格，退回重新整改", "已销号再开"] {
        assert!(heard.contains(words), "{words}: {heard}");
    }
    // Read again it does nothing more.
    let quiet = import_file(&story, "h19-v2.xlsx").await;
    assert!(quiet.is_quiet(), "{quiet:#?}");
}

#[tokio::test]
async fn a_failed_check_in_other_words_and_in_english_sends_back_too() {
    let story = hedong().await;
    let words = ["验收未通过", "返工", "Rejected", "failed verification", "not fixed", "reopened", "隐患反弹", "否"];
    let rows = |status: &dyn Fn(usize) -> String| {
        let rows: Vec<(String, String)> = (0..words.len()).map(|n| (format!("问题{n}"), status(n))).collect();
        let lines: Vec<[&str; 6]> =
            rows.iter().map(|(f, s)| [f.as_str(), f.as_str(), "2026-12-15", "张强", "李梅", s.as_str()]).collect();
        numbered(&lines)
    };
    import_text(&story, &rows(&|_| "已整改".to_owned())).await;
    import_text(&story, &rows(&|n| words[n].to_owned())).await;
    for (n, word) in words.iter().enumerate() {
        assert_eq!(the(&story, &format!("问题{n}")).await.state, State::InProgress, "{word}");
    }
}

#[tokio::test]
async fn unfinished_work_beside_a_claim_made_in_chat_is_said_each_time_and_changes_nothing() {
    let mut story = hedong().await;
    let rows = |status| numbered(&[["K1", "甲处堵塞", "2026-12-15", "张强", "李梅", status]]);
    import_text(&story, &rows("")).await;
    story.until_at(at("2026-11-30 11:00")).await;
    story.receives("zhangq", text("已完成")).await;
    story.until_at(at("2026-11-30 11:30")).await;
    assert_eq!(the(&story, "甲处堵塞").await.state, State::ReportedDone);
    for _ in 0..2 {
        let report = import_text(&story, &rows("整改中")).await;
        assert!(problems(&report, 2).contains(&"status-behind"), "{report:#?}");
        assert_eq!(report.held.len(), 1);
        assert_eq!(the(&story, "甲处堵塞").await.state, State::ReportedDone);
    }
}

#[tokio::test]
async fn a_no_under_closed_reopens_what_was_closed_and_leaves_a_claim_alone() {
    let story = hedong().await;
    let rows = |status: &str, closed: &str| {
        format!(
            "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人,整改情况,是否销号\n\
             K1,2026-11-27,城关镇,顺达机械厂,甲处堵塞,一般,2026-12-15,张强,李梅,赵敏,{status},{closed}\n"
        )
    };
    import_text(&story, &rows("已整改", "")).await;
    import_text(&story, &rows("已整改", "否")).await;
    assert_eq!(the(&story, "甲处堵塞").await.state, State::ReportedDone, "not closed yet is no failed check");
    import_text(&story, &rows("已整改", "是")).await;
    assert_eq!(the(&story, "甲处堵塞").await.state, State::Closed);
    import_text(&story, &rows("已整改", "否")).await;
    assert_eq!(the(&story, "甲处堵塞").await.state, State::Reopened);
}

#[tokio::test]
async fn a_claim_of_the_ledger_is_of_the_day_the_ledger_names_and_nobodys_words() {
    let mut story = hedong().await;
    import_file(&story, "h20-done-in-time.xlsx").await;
    let (in_time, late) = (the(&story, "按期完成后才导入").await, the(&story, "逾期完成").await);
    assert_eq!((in_time.state, late.state), (State::ReportedDone, State::ReportedDone));
    let day = |t: Option<chrono::DateTime<chrono::Utc>>| {
        t.map(|t| t.with_timezone(&chrono_tz::Asia::Shanghai).date_naive().to_string()).unwrap_or_default()
    };
    assert_eq!((day(in_time.claimed_at), day(late.claimed_at)), ("2026-11-24".to_owned(), "2026-11-26".to_owned()));
    let now = story.gateway.now();
    assert!(!in_time.is_late(now) && late.is_late(now));
    assert_eq!(in_time.claimed_by, None);
    story.until_at(at("2026-11-30 11:00")).await;
    let heard = told(&story, "limei");
    assert!(heard.contains("台账") && heard.contains("11月24日"), "{heard}");
    assert!(!heard.contains("张强 ") && !heard.contains("张强11"), "nobody is said to have reported it: {heard}");
    // The verifier's time counts from when they were asked.
    assert!(!heard.contains("复查已久未作"), "{heard}");
}

#[tokio::test]
async fn a_claim_written_later_is_of_its_day_and_one_of_a_day_to_come_of_today() {
    let story = hedong().await;
    let rows = |status: &str, done: &str| {
        format!(
            "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人,整改情况,完成时间\n\
             K1,2026-11-10,城关镇,顺达机械厂,甲,一般,2026-11-25,张强,李梅,赵敏,{status},{done}\n\
             K2,2026-11-10,城关镇,顺达机械厂,乙,一般,2026-12-25,张强,李梅,赵敏,{status},2027-03-01\n"
        )
    };
    import_text(&story, &rows("", "")).await;
    import_text(&story, &rows("已整改", "11月25日")).await;
    let now = story.gateway.now();
    let (first, second) = (the(&story, "甲").await, the(&story, "乙").await);
    assert_eq!(first.state, State::ReportedDone);
    assert!(!first.is_late(now), "{first:#?}");
    assert_eq!((second.claimed_at, second.claimed_by), (Some(now), None));
}

#[tokio::test]
async fn a_verifier_who_is_among_those_who_fix_it_makes_a_draft_with_the_reason() {
    let story = hedong().await;
    let rows = numbered(&[
        ["A", "甲", "2026-12-15", "张强、李梅", "李梅", ""],
        ["B", "乙", "2026-12-15", "李梅、李梅", "李梅", ""],
        ["C", "丙", "2026-12-15", "周涛", "顺达机械厂", ""],
        ["D", "丁", "2026-12-15", "顺达机械厂", "周涛", ""],
        ["E", "戊", "2026-12-15", "张强、李梅", "李梅、王建国", ""],
    ]);
    let report = import_text(&story, &rows).await;
    for (row, finding) in [(2, "甲"), (3, "乙"), (4, "丙"), (5, "丁")] {
        assert_eq!(the(&story, finding).await.state, State::Draft, "{finding}: {report:#?}");
        let why = report.problems.iter().find(|p| p.place.row == row && p.key() == "not-issued").expect("the reason");
        assert!(why.about.contains("verifier other than"), "{why:?}");
    }
    assert_eq!(the(&story, "戊").await.state, State::Assigned, "somebody else can verify it");
}

#[tokio::test]
async fn an_issued_item_does_not_get_its_only_verifier_among_those_who_fix_it() {
    let story = hedong().await;
    let rows = |who| numbered(&[["A", "甲", "2026-12-15", who, "李梅", ""]]);
    import_text(&story, &rows("张强")).await;
    let report = import_text(&story, &rows("张强、李梅")).await;
    assert_eq!(report.held.len(), 1, "{report:#?}");
    assert!(problems(&report, 2).contains(&"not-taken-over"), "{report:#?}");
    assert_eq!((count(&story).await, issued_and_drafts(&story).await.0), (1, 1));
}
