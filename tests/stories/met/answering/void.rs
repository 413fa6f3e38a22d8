//! Void is a verb, and who gained or lost an item is told.

use dutybell::core::message::Action;

use super::{code, person, responsible, since};
use crate::story::{Story, ledger, row};

async fn one() -> Story {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.until("09-22 09:30").await;
    story
}

#[tokio::test]
async fn void_with_its_reason_is_asked_of_a_second_person_who_agrees_by_button() {
    for said in ["作废，重复", "误报，取消", "void, duplicate entry", "cancel: false alarm", "重复登记，请予作废"]
    {
        let mut story = one().await;
        let code = code(&story, "K1").await;
        let before = story.heard("wangwu").len();
        let echo = story.says("zhaoliu", &format!("{code} {said}")).await;
        let item = story.item("K1").await;
        assert_eq!(item.state.word(), "assigned", "one person alone voids nothing: {said}: {echo}");
        assert_eq!(item.void_by, Some(person(&story, "赵六").await), "{said}: {echo}");
        story.until("09-22 10:00").await;
        let asked = since(&story, "wangwu", before);
        assert!(asked.contains("作废") && asked.contains("赵六"), "{said}: {asked}");
        let fixer = story.heard("zhangsan").len();
        let agreed = story.presses("wangwu", Action::Approve, Some(1)).await;
        assert_eq!(story.state("K1").await, "void", "{said}: {agreed}");
        story.until("09-23 09:30").await;
        assert!(since(&story, "zhangsan", fixer).contains("作废"), "the fixer hears it: {said}");
    }
}

#[tokio::test]
async fn words_of_voiding_never_take_back_the_assigners_own_reassignment() {
    for said in ["作废，重复", "误报，取消", "cancel", "取消", "作废"] {
        let mut story = one().await;
        let code = code(&story, "K1").await;
        story.says("zhaoliu", &format!("{code} 转钱七")).await;
        let echo = story.says("zhaoliu", &format!("{code} {said}")).await;
        let item = story.item("K1").await;
        assert_eq!(responsible(&story, &item).await, ["钱七"], "{said}: {echo}");
        let bare = story.says("zhaoliu", "cancel").await;
        assert_eq!(responsible(&story, &story.item("K1").await).await, ["钱七"], "cancel alone is asked about: {bare}");
    }
}

#[tokio::test]
async fn void_without_a_reason_asks_for_it_and_takes_the_reason_alone() {
    let mut story = one().await;
    let code = code(&story, "K1").await;
    let asks = story.says("zhaoliu", &format!("{code} cancel")).await;
    assert!(asks.contains(&code) && asks.contains("原因"), "{asks}");
    assert_eq!(story.item("K1").await.void_by, None, "nothing is recorded before the reason");
    let echo = story.says("zhaoliu", "与上月一条重复").await;
    assert_eq!(story.item("K1").await.void_by, Some(person(&story, "赵六").await), "{echo}");
    assert!(!echo.contains("已作废"), "it is not void yet: {echo}");
}

#[tokio::test]
async fn other_words_for_what_should_not_be_there_ask_to_void_and_undo_nothing() {
    for said in [
        "重复录入",
        "{} 无效，重复录入",
        "{} delete it, duplicate",
        "withdraw {}, duplicate",
        "{} 取消：重复登记",
        "{} 不属实",
    ] {
        let mut story = one().await;
        let code = code(&story, "K1").await;
        story.says("zhaoliu", &format!("{code} 转钱七")).await;
        let said = if said.contains("{}") { said.replace("{}", &code) } else { format!("{code} {said}") };
        let echo = story.says("zhaoliu", &said).await;
        let item = story.item("K1").await;
        assert_eq!(item.void_by, Some(person(&story, "赵六").await), "{said}: {echo}");
        assert_eq!(responsible(&story, &item).await, ["钱七"], "{said}: {echo}");
    }
}

#[tokio::test]
async fn a_fixer_takes_the_own_answer_back_with_the_same_words() {
    for said in ["取消", "1取消", "cancel", "撤销"] {
        let mut story = one().await;
        story.says("zhangsan", "完成").await;
        assert_eq!(story.state("K1").await, "reported_done");
        let said = if said.starts_with('1') {
            said.replace('1', &format!("{} ", code(&story, "K1").await))
        } else {
            said.into()
        };
        let echo = story.says("zhangsan", &said).await;
        assert_eq!(story.state("K1").await, "assigned", "{said}: {echo}");
        assert_eq!(story.item("K1").await.void_by, None);
    }
}

#[tokio::test]
async fn void_that_is_not_agreed_to_ends_the_request_and_its_asker_hears() {
    let mut story = one().await;
    let code = code(&story, "K1").await;
    story.says("zhaoliu", &format!("{code} 作废，重复")).await;
    story.until("09-22 10:00").await;
    let before = story.heard("zhaoliu").len();
    let echo = story.says("wangwu", "不同意").await;
    let item = story.item("K1").await;
    assert_eq!((item.state.word(), item.void_by), ("assigned", None), "{echo}");
    story.until("09-23 09:30").await;
    let heard = since(&story, "zhaoliu", before);
    assert!(heard.contains("作废") && heard.contains("未"), "{heard}");
}

#[tokio::test]
async fn void_said_by_the_fixer_sends_back_and_voids_nothing() {
    let mut story = one().await;
    let echo = story.says("zhangsan", "误报，取消").await;
    let item = story.item("K1").await;
    assert_eq!((item.state.word(), item.void_by), ("rejected", None), "{echo}");
}

#[tokio::test]
async fn with_two_requests_open_a_bare_yes_is_asked_which_and_a_named_one_decides_it() {
    let mut story = one().await;
    let code = code(&story, "K1").await;
    story.says("zhangsan", "延期3天，原因：配件未到").await;
    story.says("zhaoliu", &format!("{code} 作废，重复")).await;
    story.until("09-22 10:00").await;
    let asks = story.says("wangwu", &format!("{code} 同意")).await;
    let item = story.item("K1").await;
    assert!(item.extension.is_some() && item.state.word() != "void", "neither was decided: {asks}");
    assert!(asks.contains("延期") && asks.contains("作废"), "{asks}");
    let echo = story.says("wangwu", &format!("{code} 同意延期")).await;
    let item = story.item("K1").await;
    assert!(item.extension.is_none() && item.void_by.is_some(), "{echo}");
    let echo = story.says("wangwu", &format!("{code} 同意作废")).await;
    assert_eq!(story.state("K1").await, "void", "{echo}");
}

#[tokio::test]
async fn after_a_reassignment_is_taken_back_one_hears_it_is_theirs_again_and_the_other_is_free() {
    let mut story = one().await;
    let code = code(&story, "K1").await;
    story.says("zhaoliu", &format!("{code} 转钱七")).await;
    story.until("09-22 09:45").await;
    assert!(story.heard("qianqi").last().is_some_and(|(_, t)| t.contains(&code)), "钱七 has it");
    story.says("zhaoliu", &format!("{code} 转孙八")).await;
    story.until("09-22 09:50").await;
    let (qian, sun, zhang) = (story.heard("qianqi").len(), story.heard("sunba").len(), story.heard("zhangsan").len());
    assert!(sun > 0, "孙八 has it");
    let echo = story.says("zhaoliu", "撤销").await;
    assert_eq!(responsible(&story, &story.item("K1").await).await, ["钱七"], "{echo}");
    story.until("09-23 09:30").await;
    let again = since(&story, "qianqi", qian);
    assert!(again.contains(&code) && again.contains("你负责"), "钱七: {again}");
    assert!(!again.contains("不再收到提醒"), "nothing untrue comes late: {again}");
    let free = since(&story, "sunba", sun);
    assert!(free.contains(&code) && free.contains("no more"), "孙八: {free}");
    assert!(!since(&story, "zhangsan", zhang).contains("你负责"), "张三 is not concerned");
}

#[tokio::test]
async fn a_reassignment_taken_back_before_the_new_one_heard_troubles_nobody_in_between() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.until("09-22 21:40").await;
    let code = code(&story, "K1").await;
    let (sun, zhang) = (story.heard("sunba").len(), story.heard("zhangsan").len());
    story.says("zhaoliu", &format!("{code} 转孙八")).await;
    story.says("zhaoliu", "撤销").await;
    story.until("09-23 12:00").await;
    assert_eq!(story.heard("sunba").len(), sun, "孙八 never heard of it: {:?}", story.heard("sunba"));
    let heard = since(&story, "zhangsan", zhang);
    assert!(!heard.contains("改由"), "张三 still has it: {heard}");
}

#[tokio::test]
async fn an_undone_void_gives_the_fixer_the_item_back_in_words() {
    let mut story = one().await;
    let code = code(&story, "K1").await;
    story.says("zhaoliu", &format!("{code} 作废，重复")).await;
    story.until("09-22 10:00").await;
    story.presses("wangwu", Action::Approve, Some(1)).await;
    let before = story.heard("zhangsan").len();
    story.until("09-22 10:03").await;
    story.says("wangwu", "撤销").await;
    assert_eq!(story.state("K1").await, "assigned");
    story.until("09-23 09:30").await;
    let heard = since(&story, "zhangsan", before);
    assert!(!heard.contains("已作废") || heard.contains("你负责"), "{heard}");
    assert!(!heard.ends_with("已作废"), "{heard}");
}

#[tokio::test]
async fn the_ledger_that_moves_a_reported_item_tells_who_lost_and_who_gained_it() {
    let mut story = one().await;
    story.says("zhangsan", "完成").await;
    story.until("09-22 10:00").await;
    let code = code(&story, "K1").await;
    let (zhang, qian) = (story.heard("zhangsan").len(), story.heard("qianqi").len());
    story.imports(&[("ledger.csv", &ledger(&[row("K1", "一般", "2022-09-30", "钱七")]))]).await;
    story.until("09-23 09:30").await;
    assert_eq!(responsible(&story, &story.item("K1").await).await, ["钱七"]);
    let (lost, gained) = (since(&story, "zhangsan", zhang), since(&story, "qianqi", qian));
    assert!(lost.contains(&code) && lost.contains("钱七"), "张三: {lost}");
    assert!(gained.contains(&code) && gained.contains("你负责"), "钱七: {gained}");
}

#[tokio::test]
async fn what_was_taken_back_is_named_in_the_readers_language() {
    let mut story = one().await;
    story.says("zhangsan", "受阻：等配件").await;
    story.until("09-22 09:35").await;
    let before = story.heard("wangwu").len();
    story.says("zhangsan", "撤销").await;
    story.until("09-22 10:00").await;
    let heard = since(&story, "wangwu", before);
    assert!(heard.contains("受阻") && !heard.contains("block"), "{heard}");
}
