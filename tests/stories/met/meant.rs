//! What was not understood whole is asked back with letters, and a letter or a tap is the answer.

use dutybell::core::item::State;
use dutybell::core::message::Action;

use crate::story::{Story, row};

async fn with(keys: &[&str]) -> Story {
    let rows: Vec<String> = keys.iter().map(|key| row(key, "一般", "2022-09-30", "张三")).collect();
    let mut story = Story::with(&rows).await;
    story.until("09-22 09:30").await;
    story
}

/// The letter under which an answer is offered.
fn letter(asked: &str, label: &str) -> String {
    let line = asked.lines().rfind(|line| line.starts_with("A ")).unwrap_or_else(|| panic!("no choices: {asked}"));
    let choice = line.split(" · ").find(|choice| choice.ends_with(label));
    choice.unwrap_or_else(|| panic!("{label} is not offered: {line}"))[..1].to_owned()
}

/// What the last answer of somebody came to, as the log has it.
async fn outcome(story: &Story) -> String {
    let sql = "SELECT outcome FROM inbox ORDER BY id DESC LIMIT 1";
    let mut tx = story.gateway.store.begin().await.expect("begins");
    sqlx::query_scalar(sql).fetch_one(&mut *tx).await.expect("reads")
}

#[tokio::test]
async fn a_claim_with_a_tail_nobody_accounts_for_changes_nothing_until_it_is_tapped() {
    for (said, label) in [
        ("弄好了，接头处往外呲水", "已完成"),
        ("整完喽就是嘎吱嘎吱的", "已完成"),
        ("fixed, gurgling sound from the flange", "已完成"),
    ] {
        let mut story = with(&["K1"]).await;
        let asked = story.says("zhangsan", said).await;
        assert_eq!(story.state("K1").await, "assigned", "{said}: {asked}");
        assert!(asked.contains("K1号工房"), "the item is named: {asked}");
        let choice = letter(&asked, label);
        let echo = story.says("zhangsan", &choice.to_lowercase()).await;
        let wanted = if label == "已完成" { "reported_done" } else { "in_progress" };
        assert_eq!(story.state("K1").await, wanted, "{said}: {echo}");
        assert!(outcome(&story).await.starts_with("asked back, confirmed: "), "{}", outcome(&story).await);
    }
}

#[tokio::test]
async fn a_tap_says_the_same_as_its_letter() {
    let mut story = with(&["K1"]).await;
    let asked = story.says("zhangsan", "弄好了，接头处往外呲水").await;
    let line = u32::from(letter(&asked, "已完成").as_bytes()[0] - b'A') + 1;
    story.presses("zhangsan", Action::Mean, Some(line)).await;
    assert_eq!(story.state("K1").await, "reported_done");
}

#[tokio::test]
async fn where_the_words_doubt_done_is_not_the_first_choice() {
    for said in [
        "没弄好就怪了呢哈哈",
        "弄好了又咋的咧，嘎嘣一下",
        "好像差不多弄好了吧咕噜咕噜的",
        "听厂里讲弄好了嘎吱嘎吱",
        "弄好了没有呀咕噜",
        "not sure the flange thingy is fixed gurgle",
    ] {
        let mut story = with(&["K1"]).await;
        let asked = story.says("zhangsan", said).await;
        assert_ne!(story.state("K1").await, "reported_done", "{said}: {asked}");
        if let Some(line) = asked.lines().rfind(|line| line.starts_with("A ")) {
            assert!(!line.starts_with("A 已完成"), "{said}: {line}");
        }
    }
}

#[tokio::test]
async fn a_digit_is_an_item_and_never_a_choice() {
    let mut story = with(&["K1", "K2", "K3"]).await;
    let asked = story.says("zhangsan", "2弄好了，接头处往外呲水").await;
    letter(&asked, "已完成");
    story.says("zhangsan", "1完成").await;
    let states = [story.state("K1").await, story.state("K2").await, story.state("K3").await];
    assert_eq!(states, ["reported_done", "assigned", "assigned"]);
}

#[tokio::test]
async fn only_who_was_asked_can_tap() {
    let mut story = with(&["K1"]).await;
    let asked = story.says("zhangsan", "弄好了，接头处往外呲水").await;
    let choice = letter(&asked, "已完成");
    let answer = story.says("qianqi", &choice).await;
    assert_eq!(story.state("K1").await, "assigned", "{answer}");
    let pressed = story.button("zhangsan", Action::Mean, Some(1)).await;
    story.receives("qianqi", pressed).await;
    assert_eq!(story.state("K1").await, "assigned");
}

#[tokio::test]
async fn what_changed_since_it_was_asked_is_asked_anew() {
    let mut story = with(&["K1"]).await;
    let asked = story.says("zhangsan", "弄好了，接头处往外呲水").await;
    let choice = letter(&asked, "已完成");
    // The office gives more time meanwhile.
    let mut item = row("K1", "一般", "2022-10-14", "张三");
    item = crate::story::ledger(&[item]);
    story.imports(&[("ledger.csv", &item)]).await;
    assert_ne!(story.item("K1").await.current_due.map(|due| due.date_naive().to_string()), Some("2022-09-30".into()));
    let again = story.says("zhangsan", &choice).await;
    assert_eq!(story.state("K1").await, "assigned", "{again}");
    assert!(again.contains("情况有变化"), "{again}");
    let echo = story.says("zhangsan", &letter(&again, "已完成")).await;
    assert_eq!(story.state("K1").await, "reported_done", "{echo}");
}

#[tokio::test]
async fn a_day_counts_from_when_it_was_written_and_not_from_the_tap() {
    let mut story = with(&["K1"]).await;
    story.until("09-22 23:50").await;
    let asked = story.says("zhangsan", "弄好没弄好犇犇，后天九点再问").await;
    let choice = letter(&asked, "晚点提醒");
    story.until("09-23 00:10").await;
    let echo = story.says("zhangsan", &choice).await;
    let until = story.item("K1").await.snoozed_until;
    assert_eq!(until, Some(crate::story::at("09-24 09:00")), "{echo}");
}

#[tokio::test]
async fn none_of_these_changes_nothing_and_says_how_to_answer() {
    let mut story = with(&["K1"]).await;
    let asked = story.says("zhangsan", "弄好了，接头处往外呲水").await;
    let echo = story.says("zhangsan", &letter(&asked, "其他")).await;
    assert!(echo.contains("未作任何改动") && echo.contains("完成"), "{echo}");
    assert_eq!(story.state("K1").await, "assigned");
}

#[tokio::test]
async fn of_two_readings_the_proven_one_is_done_and_the_other_asked_and_each_item_is_told() {
    let mut story = with(&["K1", "K2", "K3"]).await;
    let told = story.says("zhangsan", "1完成，2弄好了可是嘎吱嘎吱的，3延期2天，原因：缺件").await;
    let (one, two, three) = (story.item("K1").await, story.item("K2").await, story.item("K3").await);
    assert_eq!((one.state, two.state), (State::ReportedDone, State::Assigned), "{told}");
    assert!(three.extension.is_some(), "{told}");
    for item in [&one, &two, &three] {
        assert!(told.contains(&item.code), "{} is told of: {told}", item.code);
    }
    let echo = story.says("zhangsan", &letter(&told, "还在办")).await;
    assert_eq!(story.state("K2").await, "in_progress", "{echo}");
}

#[tokio::test]
async fn a_greeting_is_greeted_thanks_need_nothing_and_a_complaint_hears_how_to_hear_less() {
    let mut story = with(&["K1"]).await;
    let echo = story.says("zhangsan", "早上好").await;
    assert!(echo.contains("您好") && echo.contains("K1号工房"), "{echo}");
    let before = story.heard("zhangsan").len();
    story.says("zhangsan", "谢谢").await;
    assert_eq!(story.heard("zhangsan").len(), before, "thanks are not answered");
    let echo = story.says("zhangsan", "别再催了").await;
    assert!(echo.contains("提醒") && !echo.contains("没有看懂"), "{echo}");
    assert_eq!(story.state("K1").await, "assigned", "none of it counts");
}

#[tokio::test]
async fn nobody_is_told_twice_in_a_row_that_nothing_was_understood() {
    let mut story = with(&["K1", "K2"]).await;
    let first = story.says("zhangsan", "咕噜咕噜").await;
    let second = story.says("zhangsan", "叽里呱啦").await;
    let puzzled = |text: &str| text.contains("没有看懂") && !text.contains("电话");
    assert!(!(puzzled(&first) && puzzled(&second)), "{first}\n{second}");
}

#[tokio::test]
async fn a_verifiers_words_are_asked_back_as_a_verifiers() {
    let mut story = with(&["K1"]).await;
    story.says("zhangsan", "完成").await;
    story.until("09-22 10:30").await;
    let asked = story.says("lisi", "去瞅过了嘎吱嘎吱的").await;
    assert_eq!(story.state("K1").await, "reported_done", "{asked}");
    let choice = letter(&asked, "不合格");
    let needs = story.says("lisi", &choice).await;
    assert!(needs.contains("原因") || story.state("K1").await == "in_progress", "{needs}");
}

#[tokio::test]
async fn a_day_that_may_be_two_is_asked_about_and_one_that_is_plain_is_taken() {
    let mut story = with(&["K1"]).await;
    for ambiguous in
        ["extend to 10/12/2022, parts late", "申请延期到10/12/2022，缺件", "extend to 10.11.2022, parts late"]
    {
        let told = story.says("zhangsan", ambiguous).await;
        assert!(story.item("K1").await.extension.is_none(), "{ambiguous}: {told}");
        assert!(told.contains("2022-10-") && told.contains("/ 2022-1"), "both days are named: {told}");
    }
    let told = story.says("zhangsan", "extend to 14/10/2022, parts late").await;
    assert!(story.item("K1").await.extension.is_some(), "{told}");
}
