//! The office's newer words stay.

use super::{at, cell, done_and_verified, export, exported, hedong, import, input, ledger, notes, the};

#[tokio::test]
async fn what_the_office_wrote_after_a_failed_check_stays_and_is_listed_where_it_did_not_count() {
    let mut story = hedong().await;
    import(&story, "台账.xlsx", &input("h19-v1.xlsx")).await;
    story.until_at(at("2026-11-30 11:00")).await;
    import(&story, "台账.xlsx", &input("h19-v2.xlsx")).await;
    let cells = exported(&story).await;
    let words = ["复查不合格", "未整改", "不合格，退回重新整改", "重新整改", "已整改", "未整改"];
    for (row, word) in (2..).zip(words) {
        assert_eq!(cell(&cells, "台账", &format!("M{row}")), word, "row {row}: {:#?}", notes(&cells));
    }
    assert_eq!(cell(&cells, "台账", "P7"), "否");
    for row in [2, 3, 4, 5, 7] {
        for column in ['N', 'O'] {
            assert_eq!(cell(&cells, "台账", &format!("{column}{row}")), "", "{column}{row}: emptied by the office");
        }
    }
    let again = import(&story, "台账.xlsx", &export(&story).await).await;
    assert!(again.is_quiet(), "{again:#?}");
}

#[tokio::test]
async fn words_that_an_item_overtook_are_written_over_and_newer_ones_beside_its_state_are_listed() {
    let mut story = hedong().await;
    let rows = |one: &str, two: &str, closed: &str| {
        ledger(&[
            ["K-1", "甲处堵塞", "2026-12-15", "张强", one, closed, ""],
            ["K-2", "乙处漏电", "2026-12-15", "张强", two, "否", ""],
        ])
    };
    import(&story, "ledger.csv", rows("正在采购配件", "未整改", "").as_bytes()).await;
    let cells = exported(&story).await;
    assert_eq!(cell(&cells, "ledger", "K2"), "正在采购配件", "nothing happened since it was written");
    done_and_verified(&mut story, "zhangq", "乙处漏电", "2026-11-30 10:00").await;
    let code = the(&story, "甲处堵塞").await.code;
    story.says("zhangq", &format!("{code} 完成")).await;
    story.until_at(at("2026-11-30 11:00")).await;
    let cells = exported(&story).await;
    assert_eq!((cell(&cells, "ledger", "K2"), cell(&cells, "ledger", "K3")), ("待复查", "已销号"));
    assert_eq!(cell(&cells, "ledger", "N3"), "是", "the old no is overtaken");
    // The office writes beside the claim that nothing is done: its words stay, and are listed.
    story.until_at(at("2026-11-30 11:10")).await;
    import(&story, "ledger.csv", rows("整改中，缺配件", "未整改", "").as_bytes()).await;
    let cells = exported(&story).await;
    assert_eq!(cell(&cells, "ledger", "K2"), "整改中，缺配件");
    assert_eq!(cell(&cells, "ledger", "K3"), "已销号", "words that are no news do not become news");
    if the(&story, "甲处堵塞").await.state.word() == "reported_done" {
        assert!(notes(&cells).iter().any(|n| n.contains("整改中，缺配件")), "{:#?}", notes(&cells));
    }
}

#[tokio::test]
async fn a_closing_that_was_taken_back_does_not_stay_struck_off() {
    let mut story = hedong().await;
    let rows = ledger(&[["K-1", "甲处堵塞", "2026-12-15", "张强", "已销号", "是", ""]]);
    import(&story, "ledger.csv", rows.as_bytes()).await;
    assert!(super::is_closed(&story, "甲处堵塞").await);
    story.until_at(at("2026-11-30 10:00")).await;
    let item = the(&story, "甲处堵塞").await;
    let directory = story.gateway.directory().await.expect("reads");
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let mut work = dutybell::store::work::Work::new(&mut tx, story.gateway.now());
    let event = dutybell::core::transition::Event::Reopen { reason: "又堵了".to_owned() };
    let origin = dutybell::gateway::Origin::rule("test");
    story.gateway.act(&mut work, &directory, &item, &origin, &event).await.expect("stores").expect("allowed");
    work.settle().await.expect("stores");
    tx.commit().await.expect("commits");
    let cells = exported(&story).await;
    assert_eq!(cell(&cells, "ledger", "K2"), "重新整改");
    assert_eq!(cell(&cells, "ledger", "N2"), "");
    let again = import(&story, "ledger.xlsx", &export(&story).await).await;
    assert!(again.is_quiet(), "{again:#?}");
    assert_eq!(the(&story, "甲处堵塞").await.state.word(), "reopened");
}
