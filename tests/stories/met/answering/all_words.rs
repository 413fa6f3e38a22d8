//! All-words of verifiers and approvers, and who may be asked for them.

use super::{code, since};
use crate::story::{PACK, Story, ledger, row};

/// Two items reported done; 李四 verifies.
async fn two_claims() -> Story {
    let rows: Vec<String> = (1..=2).map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect();
    let mut story = Story::with(&rows).await;
    story.until("09-22 09:30").await;
    story.says("zhangsan", "1、2完成").await;
    story.until("09-22 10:00").await;
    assert_eq!(states(&story).await, ["reported_done"; 2]);
    story
}

async fn two_extensions() -> Story {
    let rows: Vec<String> = (1..=2).map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect();
    let mut story = Story::with(&rows).await;
    story.until("09-22 09:30").await;
    story.says("zhangsan", "1、2延期3天，原因：配件未到").await;
    story.until("09-22 10:00").await;
    assert_eq!(pending(&story).await, 2);
    story
}

async fn states(story: &Story) -> [&'static str; 2] {
    [story.state("K1").await, story.state("K2").await]
}

async fn pending(story: &Story) -> usize {
    let items = [story.item("K1").await, story.item("K2").await];
    items.iter().filter(|i| i.extension.is_some()).count()
}

#[tokio::test]
async fn all_passed_lists_asks_and_then_passes_all() {
    for said in [
        "都合格",
        "全部合格",
        "all pass",
        "all passed",
        "都验收合格",
        "1、2都合格",
        "两项均合格",
        "全部通过",
        "both passed",
        "all of them pass",
        "pass all",
    ] {
        let mut story = two_claims().await;
        let asks = story.says("lisi", said).await;
        if !said.starts_with('1') {
            for key in ["K1", "K2"] {
                assert!(asks.contains(&code(&story, key).await), "{said} lists: {asks}");
            }
            assert_eq!(states(&story).await, ["reported_done"; 2], "{said} wants a yes first");
            story.says("lisi", "是").await;
        }
        assert_eq!(states(&story).await, ["closed"; 2], "{said}: {asks}");
    }
}

#[tokio::test]
async fn all_approved_lists_asks_and_then_approves_all() {
    for said in
        ["都同意", "全部同意", "approve all", "all approved", "均同意延期", "两个都同意", "都批准", "approve both"]
    {
        let mut story = two_extensions().await;
        let asks = story.says("wangwu", said).await;
        assert_eq!(pending(&story).await, 2, "{said} wants a yes first: {asks}");
        for key in ["K1", "K2"] {
            assert!(asks.contains(&code(&story, key).await), "{said} lists: {asks}");
        }
        story.says("wangwu", "是").await;
        assert_eq!(pending(&story).await, 0, "{said}: {asks}");
        assert!(story.item("K1").await.current_due > story.item("K1").await.original_due);
    }
}

#[tokio::test]
async fn none_approved_never_approves_and_asks_for_the_reason_with_the_list() {
    for said in ["都不同意", "全部不同意", "none approved", "一个都不同意", "refuse all", "一律不同意", "都不予批准"]
    {
        let mut story = two_extensions().await;
        let asks = story.says("wangwu", said).await;
        for key in ["K1", "K2"] {
            let item = story.item(key).await;
            assert_eq!(item.current_due, item.original_due, "{said}: {asks}");
            assert_eq!(item.state.word(), "acknowledged", "{said} is no progress: {asks}");
            assert!(asks.contains(&item.code), "{said} lists: {asks}");
        }
        assert!(asks.contains("原因"), "{said}: {asks}");
        let echo = story.says("wangwu", "汛期将至，不能再拖").await;
        assert_eq!(pending(&story).await, 0, "{said}: {echo}");
        assert_eq!(story.item("K1").await.current_due, story.item("K1").await.original_due);
        let before = story.heard("zhangsan").len();
        story.until("09-22 10:30").await;
        let _ = since(&story, "zhangsan", before);
    }
}

#[tokio::test]
async fn all_failed_never_passes_and_asks_for_the_reason_with_the_list() {
    for said in ["都不合格：接地仍失效", "1、2不合格：接地仍失效"] {
        let mut story = two_claims().await;
        let asks = story.says("lisi", said).await;
        if !said.starts_with('1') {
            assert_eq!(states(&story).await, ["reported_done"; 2], "a yes first: {asks}");
            story.says("lisi", "是").await;
        }
        assert_eq!(states(&story).await, ["in_progress"; 2], "{said}: {asks}");
        assert_eq!(story.item("K1").await.note, "接地仍失效", "{said}");
    }
    for said in ["都不合格", "全部不合格", "all failed", "两项都不合格", "none of them pass"] {
        let mut story = two_claims().await;
        let asks = story.says("lisi", said).await;
        assert_eq!(states(&story).await, ["reported_done"; 2], "{said}: {asks}");
        assert!(asks.contains("原因"), "{said}: {asks}");
        for key in ["K1", "K2"] {
            assert!(asks.contains(&code(&story, key).await), "{said} lists: {asks}");
        }
        let echo = story.says("lisi", "接地仍失效").await;
        assert_eq!(states(&story).await, ["in_progress"; 2], "{said}: {echo}");
    }
}

#[tokio::test]
async fn more_than_are_shown_are_not_part_of_the_yes() {
    let rows: Vec<String> = (1..=25).map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect();
    let mut story = Story::with(&rows).await;
    story.until("09-22 09:30").await;
    story.says("zhangsan", "都完成了").await;
    let asks = story.says("zhangsan", "是").await;
    let mut done = 0;
    for n in 1..=25 {
        done += usize::from(story.state(&format!("K{n}")).await == "reported_done");
    }
    assert_eq!(done, 20, "only what was listed: {asks}");
}

#[tokio::test]
async fn the_one_left_out_of_all_is_left_out() {
    let mut story = two_claims().await;
    let first = code(&story, "K1").await;
    let asks = story.says("lisi", "除2外都合格").await;
    if states(&story).await == ["reported_done"; 2] {
        assert!(asks.contains(&first), "{asks}");
        story.says("lisi", "是").await;
    }
    assert_eq!(states(&story).await, ["closed", "reported_done"], "{asks}");
}

#[tokio::test]
async fn all_closed_by_the_last_resort_without_an_assigner() {
    let mut story = Story::begin().await;
    let rows: Vec<String> = (1..=2)
        .map(|n| row(&format!("K{n}"), "重大", "2022-09-30", "张三").trim_end_matches("赵六").to_owned())
        .collect();
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("09-22 09:30").await;
    story.says("zhangsan", "1、2完成").await;
    story.until("09-22 10:00").await;
    story.says("lisi", "1、2合格").await;
    assert_eq!(states(&story).await, ["verified"; 2]);
    story.until("09-22 10:30").await;
    let asks = story.says("zhaoliu", "都销号").await;
    assert_eq!(states(&story).await, ["verified"; 2], "a yes first: {asks}");
    story.says("zhaoliu", "否").await;
    let again = story.says("zhaoliu", "同意销号").await;
    assert_eq!(states(&story).await, ["verified"; 2], "of two it is asked which: {again}");
    story.says("zhaoliu", "都同意销号").await;
    let echo = story.says("zhaoliu", "是").await;
    assert_eq!(states(&story).await, ["closed"; 2], "{asks} / {echo}");
}

#[tokio::test]
async fn an_approver_by_post_decides_two_requests_at_once_and_one_by_itself() {
    let pack = PACK.replace(r#"approver = ["assigner", "supervisor", "leader"]"#, r#"approver = ["head@township"]"#);
    let mut story = Story::with_pack(&pack).await;
    let rows: Vec<String> = (1..=2).map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect();
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("09-22 09:30").await;
    story.says("zhangsan", "1、2延期3天，原因：配件未到").await;
    story.until("09-22 10:00").await;
    let asks = story.says("qianqi", "都同意").await;
    assert_eq!(pending(&story).await, 2, "a yes first: {asks}");
    story.says("qianqi", "是").await;
    assert_eq!(pending(&story).await, 0, "{asks}");
    // A later one, named by nothing: it is the only one that asks.
    story.until("09-22 10:30").await;
    story.says("zhangsan", "1延期5天，原因：配件未到").await;
    story.until("09-22 11:00").await;
    let echo = story.says("qianqi", "同意").await;
    assert_eq!(pending(&story).await, 0, "{echo}");
}

#[tokio::test]
async fn without_a_verifier_in_service_the_last_resort_is_asked_and_can_answer() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.until("09-22 09:30").await;
    let verifier = super::person(&story, "李四").await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    dutybell::store::people::retire(&mut tx, verifier, story.gateway.now()).await.expect("writes");
    crate::story::kept(tx, story.gateway.now()).await;
    story.says("zhangsan", "完成").await;
    let before = story.heard("zhaoliu").len();
    story.until("09-22 10:00").await;
    assert!(since(&story, "zhaoliu", before).contains("复查"), "{}", since(&story, "zhaoliu", before));
    let echo = story.says("zhaoliu", "合格").await;
    assert_eq!(story.state("K1").await, "closed", "{echo}");
}
