//! The administrator imports a ledger: shown before, applied whole, the same file again says nothing.

use crate::story;
use dutybell::core::transition::Event;
use dutybell::gateway::{ImportOptions, Origin};
use dutybell::store::work::Work;
use story::{Story, ledger, row};

fn two(due: &str) -> String {
    ledger(&[row("K1", "一般", due, "张三"), row("K2", "重大", "2022-10-14", "张三")])
}

#[tokio::test]
async fn a_dry_run_shows_everything_and_changes_nothing() {
    let story = Story::begin().await;
    let workbook = story.read(&[("ledger.csv", &two("2022-09-30"))]);
    let report = story
        .gateway
        .import("story", &workbook, ImportOptions { dry_run: true, ..ImportOptions::default() })
        .await
        .expect("imports");
    assert_eq!((report.added.len(), report.dry_run), (2, true));
    story.gateway.settle().await.expect("settles");
    assert!(story.gateway.store.items(10).await.expect("reads").is_empty());
    assert!(story.heard("zhangsan").is_empty());
}

#[tokio::test]
async fn the_same_file_again_changes_nothing_and_tells_nobody() {
    let mut story = Story::begin().await;
    story.imports(&[("ledger.csv", &two("2022-09-30"))]).await;
    story.until("09-22 08:40").await;
    let calls = story.desk.calls.lock().expect("no panic").len();
    let report = story.imports(&[("ledger.csv", &two("2022-09-30"))]).await;
    assert!(report.is_quiet(), "{report:?}");
    assert_eq!(report.unchanged, 2);
    story.until("09-22 08:50").await;
    assert_eq!(story.desk.calls.lock().expect("no panic").len(), calls);
}

#[tokio::test]
async fn a_deadline_changed_in_the_file_is_announced_once_and_reminders_follow_it() {
    let mut story = Story::begin().await;
    story.imports(&[("ledger.csv", &two("2022-09-30"))]).await;
    story.until("09-22 08:40").await;
    story.presses("zhangsan", dutybell::core::message::Verb::Done, Some(1)).await;
    story.until("09-22 08:42").await;
    story.presses("zhangsan", dutybell::core::message::Verb::Undo, None).await;
    let before = story.heard("zhangsan").len();
    let report = story.imports(&[("ledger.csv", &two("2022-10-12"))]).await;
    assert_eq!(report.changed.len(), 1);
    assert!(report.changed[0].fields.iter().any(|(_, old, new)| old.contains("09-30") && new.contains("10-12")));
    story.until("09-22 09:30").await;
    let heard = story.heard("zhangsan").split_off(before);
    let about = heard.iter().filter(|(_, t)| t.contains("台账已修改")).count();
    assert_eq!(about, 1, "{heard:?}");
    let item = story.item("K1").await;
    assert_ne!(item.original_due, item.current_due, "the first deadline stays on record");
    story.until("09-29 23:00").await;
    let timeline = story.timeline("zhangsan").await;
    let old_slots = ["09-27", "09-28", "09-29"];
    let reminded = timeline.iter().any(|l| l.contains("K1号工房") && old_slots.iter().any(|d| l.starts_with(d)));
    assert!(!reminded, "no reminder for the old deadline: {timeline:#?}");
}

#[tokio::test]
async fn an_item_missing_from_the_file_is_flagged_not_closed() {
    let mut story = Story::begin().await;
    story.imports(&[("ledger.csv", &two("2022-09-30"))]).await;
    let report = story.imports(&[("ledger.csv", &ledger(&[row("K2", "重大", "2022-10-14", "张三")]))]).await;
    let [missing] = report.missing.as_slice() else { panic!("one is missing: {:#?}", report.missing) };
    let item = story.item("K1").await;
    assert_eq!((missing.key.as_str(), &missing.code, &missing.title), ("story/K1", &item.code, &item.title));
    assert_eq!(story.state("K1").await, "assigned");
}

#[tokio::test]
async fn a_row_that_cannot_be_understood_stays_a_draft_with_its_reason() {
    let mut story = Story::begin().await;
    let rows = [
        row("K1", "一般", "", "张三"),
        row("K2", "一般", "2022-09-30", "查无此人"),
        row("K3", "一般", "2022-09-31", "张三"),
        row("K4", "一般", "2022-09-30", "李四"),
    ];
    let report = story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    assert_eq!(report.drafts.len(), 4, "{report:#?}");
    for key in ["K1", "K2", "K3", "K4"] {
        assert_eq!(story.state(key).await, "draft");
    }
    let told: Vec<String> = report.problems.iter().map(|p| format!("{p:?}")).collect();
    assert!(told.iter().any(|p| p.contains("查无此人")), "{told:#?}");
    assert!(told.iter().any(|p| p.contains("9-31") || p.contains("9月31")), "{told:#?}");
    story.until("09-22 09:30").await;
    assert!(story.heard("zhangsan").is_empty(), "nobody is told of a draft");
}

#[tokio::test]
async fn a_draft_completed_in_the_file_is_issued() {
    let mut story = Story::begin().await;
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "", "张三")]))]).await;
    assert_eq!(story.state("K1").await, "draft");
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-09-30", "张三")]))]).await;
    story.until("09-22 08:40").await;
    assert_eq!(story.state("K1").await, "assigned");
    assert_eq!(story.heard("zhangsan").len(), 1);
}

#[tokio::test]
async fn reassigned_in_the_file_the_old_fixer_is_let_go_and_the_new_one_hears() {
    let mut story = Story::begin().await;
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-09-30", "张三")]))]).await;
    story.until("09-22 08:40").await;
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-09-30", "孙八")]))]).await;
    story.until("09-22 09:30").await;
    assert!(!story.heard("sunba").is_empty());
    story.until("10-08 12:00").await;
    assert!(!story.days_told("zhangsan").await.contains(&"09-30".to_owned()), "the old fixer is not reminded");
    assert!(story.days_told("sunba").await.contains(&"09-30".to_owned()));
}

#[tokio::test]
async fn two_thousand_rows_arrive_whole_and_make_one_message() {
    let mut story = Story::begin().await;
    let rows: Vec<String> = (1..=2_000).map(|n| row(&format!("K{n}"), "一般", "2022-10-30", "张三")).collect();
    let report = story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    assert_eq!(report.added.len(), 2_000);
    story.until("09-22 08:40").await;
    let heard = story.heard("zhangsan");
    assert_eq!(heard.len(), 1);
    assert!(heard[0].1.contains("2000项") && heard[0].1.contains("另有1960项"), "{}", heard[0].1);
}

#[tokio::test]
async fn a_change_that_cannot_be_taken_over_is_said_each_time_until_it_can() {
    let mut story = Story::begin().await;
    let text = |who: &str| ledger(&[row("K1", "一般", "2022-09-30", who)]);
    story.imports(&[("ledger.csv", &text("张三"))]).await;
    let holder = story.item("K1").await.assignments;
    for _ in 0..2 {
        let report = story.imports(&[("ledger.csv", &text("周九"))]).await;
        assert_eq!((report.held.len(), report.changed.len(), report.unchanged), (1, 0, 0), "{report:#?}");
        assert!(report.problems.iter().any(|p| p.value.contains("周九")), "{:#?}", report.problems);
        assert_eq!(story.item("K1").await.assignments, holder, "nothing is half-applied");
    }
    let people = "姓名,单位,职务,岗位角色,渠道\n周九,青石县/青石镇,专干,staff,desk:zhoujiu\n";
    let report = story.imports(&[("people.csv", people), ("ledger.csv", &text("周九"))]).await;
    assert_eq!((report.held.len(), report.changed.len()), (0, 1), "{report:#?}");
    assert_ne!(story.item("K1").await.assignments, holder);
    // The one who fixes it as his own verifier is refused by the rules, and said again as well.
    let own = text("周九").replace("李四", "周九");
    for _ in 0..2 {
        let report = story.imports(&[("ledger.csv", &own)]).await;
        assert_eq!((report.held.len(), report.unchanged), (1, 0), "{report:#?}");
    }
    let report = story.imports(&[("people.csv", people), ("ledger.csv", &text("周九"))]).await;
    assert_eq!((report.held.len(), report.unchanged), (0, 1), "{report:#?}");
}

#[tokio::test]
async fn an_emptied_cell_that_an_item_cannot_do_without_changes_nothing_and_says_so() {
    let mut story = Story::begin().await;
    let with = ledger(&[row("K1", "一般", "2022-09-30", "张三")]);
    story.imports(&[("ledger.csv", &with)]).await;
    let before = story.item("K1").await;
    for (name, why) in [("张三", "responsible-missing"), ("李四", "not-taken-over")] {
        let report = story.imports(&[("ledger.csv", &with.replace(name, ""))]).await;
        assert_eq!((report.held.len(), report.changed.len()), (1, 0), "{report:#?}");
        assert!(report.problems.iter().any(|p| p.key() == why), "{:#?}", report.problems);
        assert_eq!(story.item("K1").await, before, "the item stays as it was");
    }
    // Who is copied may go.
    let report = story.imports(&[("ledger.csv", &with.replace(",赵六", ","))]).await;
    assert_eq!((report.held.len(), report.changed.len()), (0, 1), "{report:#?}");
    assert_ne!(story.item("K1").await.assignments, before.assignments);
}

#[tokio::test]
async fn everything_a_row_lacks_is_said_at_once() {
    let mut story = Story::begin().await;
    let text = ledger(&[row("K1", "一般", "2022-09-30", "查无此人").replace("李四", "")]);
    let report = story.imports(&[("ledger.csv", &text.replace("红星花炮厂", "红星花炮长"))]).await;
    assert!(report.problems.iter().any(|p| p.value == "查无此人"), "{:#?}", report.problems);
    assert!(report.problems.iter().any(|p| p.about == "verifier"), "{:#?}", report.problems);
    assert_eq!(report.units_added, ["红星花炮长"], "a unit that nobody listed is named: it may be misspelt");
    let report = story.imports(&[("empty.csv", &ledger(&[]))]).await;
    assert!(report.problems.iter().any(|p| p.key() == "no-rows"), "{:#?}", report.problems);
}

#[tokio::test]
async fn what_comes_in_as_done_is_issued_and_claimed_in_one_event_and_the_verifier_hears() {
    let mut story = Story::begin().await;
    let header =
        "隐患编号,检查时间,县市区,乡镇街道,受检单位,隐患部位,存在问题,隐患等级,整改期限,整改责任人,复查人,整改情况";
    let line = "K1,2022-09-20,青石县,青石镇,红星花炮厂,1号工房,防静电接地失效,一般,2022-09-30,张三,李四,已整改";
    story.imports(&[("ledger.csv", &format!("{header}\n{line}\n"))]).await;
    assert_eq!(story.state("K1").await, "reported_done");
    let item = story.item("K1").await;
    let history = story.gateway.store.history(item.id).await.expect("reads");
    let words: Vec<&str> = history.iter().map(|e| e.event.word()).collect();
    assert_eq!(words, ["issue_reported"]);
    assert_eq!((item.version, history[0].version), (2, 2));
    story.until("09-22 09:30").await;
    assert!(!story.heard("lisi").is_empty(), "the verifier is asked");
    assert!(story.heard("zhangsan").is_empty(), "the fixer has done his part");
}

/// A ledger of one row with the columns for its state.
fn with_states(verifier: &str, status: &str, closed: &str) -> String {
    format!(
        "隐患编号,检查时间,县市区,乡镇街道,受检单位,隐患部位,存在问题,隐患等级,整改期限,整改责任人,复查人,整改情况,是否销号\n\
         K1,2022-09-20,青石县,青石镇,红星花炮厂,1号工房,防静电接地失效,一般,2022-09-30,张三,{verifier},{status},{closed}\n"
    )
}

#[tokio::test]
async fn a_later_yes_under_closed_closes_what_its_verifier_checked_and_no_other_cell_does() {
    let mut story = Story::begin().await;
    let import = async |story: &mut Story, verifier: &str, status: &str, closed: &str| {
        story.imports(&[("ledger.csv", &with_states(verifier, status, closed))]).await
    };
    import(&mut story, "李四", "正在整改", "").await;
    assert_eq!(story.state("K1").await, "assigned");
    // Neither a "no" nor a day to come nor another verifier says that it is done.
    for (verifier, closed) in [("李四", "否"), ("李四", "2022-12-31"), ("王五", "2022-12-31")] {
        import(&mut story, verifier, "正在整改", closed).await;
        assert_eq!(story.state("K1").await, "assigned", "{verifier} {closed}");
    }
    let report = import(&mut story, "王五", "正在整改", "是").await;
    assert_eq!(report.changed.len(), 1, "{report:#?}");
    assert_eq!(story.state("K1").await, "closed");
    assert_eq!(import(&mut story, "王五", "正在整改", "是").await.unchanged, 1);
}

#[tokio::test]
async fn an_old_yes_under_closed_does_not_close_what_was_opened_again() {
    let mut story = Story::begin().await;
    let line = |status: &str| with_states("李四", status, "是");
    story.imports(&[("ledger.csv", &line("已整改"))]).await;
    assert_eq!(story.state("K1").await, "closed");
    let directory = story.gateway.directory().await.expect("reads");
    let item = story.item("K1").await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let mut work = Work::new(&mut tx, story.gateway.now());
    let reopen = Event::Reopen { reason: "接地又断了".to_owned() };
    story
        .gateway
        .act(&mut work, &directory, &item, &Origin::rule("test"), &reopen)
        .await
        .expect("stores")
        .expect("allowed");
    work.settle().await.expect("writes");
    tx.commit().await.expect("commits");
    // The office writes what is now, and leaves the old yes beside it.
    story.imports(&[("ledger.csv", &line("正在整改"))]).await;
    assert_eq!(story.state("K1").await, "reopened");
    story.imports(&[("ledger.csv", &line("已整改"))]).await;
    assert_eq!(story.state("K1").await, "reported_done", "a claim, which somebody else checks");
}

#[tokio::test]
async fn a_new_verifier_beside_an_old_done_neither_closes_nor_claims() {
    let mut story = Story::begin().await;
    let line = |verifier: &str, closed: &str| with_states(verifier, "已整改", closed);
    story.imports(&[("ledger.csv", &line("李四", ""))]).await;
    assert_eq!(story.state("K1").await, "reported_done");
    let code = story.item("K1").await.code;
    story.until("09-22 09:30").await;
    story.says("lisi", &format!("{code} 不合格，现场仍无接地")).await;
    let reopened = story.state("K1").await;
    assert_ne!(reopened, "reported_done");
    story.imports(&[("ledger.csv", &line("王五", ""))]).await;
    assert_eq!(story.state("K1").await, reopened, "an old 已整改 claims nothing");
    story.imports(&[("ledger.csv", &line("王五", "否"))]).await;
    assert_eq!(story.state("K1").await, reopened);
}
