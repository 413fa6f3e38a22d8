//! Everyday ways to name items and to ask for an inspection.

use super::{code, since, verbs};
use crate::story::{Story, row};
use dutybell::core::message::Action;

async fn four() -> Story {
    let rows: Vec<String> = (1..=4).map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect();
    let mut story = Story::with(&rows).await;
    story.until("09-22 09:30").await;
    story
}

async fn states(story: &Story) -> [&'static str; 4] {
    [story.state("K1").await, story.state("K2").await, story.state("K3").await, story.state("K4").await]
}

#[tokio::test]
async fn lists_of_numbers_in_every_common_spelling_name_all_of_them() {
    for said in [
        "完成1/2/3",
        "1/2/3完成",
        "done 1, 2 and 3",
        "1、2、3完成",
        "完成1-3",
        "1到3完成",
        "done 1-3",
        "items 1 to 3 done",
        "1,2,3 done",
        "done: 1, 2, 3",
        "done 1, 2, and 3",
        "1 2 3 完成",
        "完成①②③",
        "1-3项完成",
        "1～3完成",
        "完成第1、2、3项",
        "1, 2 & 3 done",
        "1和2和3完成",
    ] {
        let mut story = four().await;
        let echo = story.says("zhangsan", said).await;
        let (done, open) = ("reported_done", "assigned");
        assert_eq!(states(&story).await, [done, done, done, open], "{said}: {echo}");
    }
}

#[tokio::test]
async fn a_fraction_and_a_date_are_no_list() {
    for said in ["完成1/2", "done 9/10/22"] {
        let mut story = four().await;
        let echo = story.says("zhangsan", said).await;
        assert!(!states(&story).await.contains(&"reported_done"), "{said}: {echo}");
    }
}

#[tokio::test]
async fn a_mention_in_front_is_cut_away_and_a_persons_name_is_not() {
    for mention in ["@青石督办 ", "@青石县隐患督办\u{2005}", "@Qingshi-Duty "] {
        let mut story = four().await;
        let code = code(&story, "K2").await;
        let echo = story.says("zhangsan", &format!("{mention}{code} 完成")).await;
        assert_eq!(story.state("K2").await, "reported_done", "{mention}: {echo}");
    }
    let mut story = four().await;
    let code = code(&story, "K2").await;
    let echo = story.says("zhangsan", &format!("{code} 完成 @青石督办")).await;
    assert_eq!(story.state("K2").await, "reported_done", "{echo}");
    for unknown in ["@Hong ", "@何人 "] {
        let mut story = four().await;
        let asks = story.says("zhangsan", &format!("{unknown}{code} 完成")).await;
        assert_ne!(story.state("K2").await, "reported_done", "whom it was said to is not known: {asks}");
    }
    for named in ["@钱七 ", "@李明 ", "@青石镇 "] {
        let mut story = four().await;
        let echo = story.says("zhangsan", &format!("{named}{code} 完成")).await;
        assert_ne!(story.state("K2").await, "reported_done", "said to somebody else: {named}: {echo}");
    }
}

#[tokio::test]
async fn a_code_alone_shows_the_item_with_what_can_be_done() {
    let mut story = four().await;
    let code = code(&story, "K2").await;
    story.says("zhangsan", &format!("{code} 受阻：等配件")).await;
    for said in [code.clone(), code.to_lowercase(), format!("#{code}"), format!("{code}？"), format!("{code} 情况")]
    {
        let card = story.says("zhangsan", &said).await;
        assert!(card.contains(&code) && card.contains("受阻") && card.contains("张三"), "{said}: {card}");
        assert_eq!(story.state("K2").await, "blocked", "{said} changes nothing");
        let offered = verbs(&story, "zhangsan").await;
        assert!(offered.contains(&Action::Done) && offered.contains(&Action::Extend), "{said}: {offered:?}");
    }
    let echo = story.presses("zhangsan", Action::Done, Some(2)).await;
    assert_eq!(story.state("K2").await, "reported_done", "{echo}");
    story.until("09-22 10:00").await;
    story.says("lisi", &code).await;
    assert!(verbs(&story, "lisi").await.contains(&Action::VerifyPass), "the verifier's own buttons");
    let before = story.heard("sunba").len();
    story.says("sunba", &code).await;
    assert!(!since(&story, "sunba", before).contains("防静电"), "who has no part in it is shown nothing");
}

#[tokio::test]
async fn asking_for_inspection_or_close_out_claims_that_it_is_done() {
    for said in [
        "申请销号",
        "请验收",
        "申请验收",
        "请领导复查",
        "ready for inspection",
        "please verify",
        "1申请销号",
        "申请复查",
        "请来验收",
        "request closure",
    ] {
        let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
        story.until("09-22 09:30").await;
        let mut echo = story.says("zhangsan", said).await;
        if said.starts_with('1') {
            // The only message shows no number: the claim is understood and its item asked about.
            assert_eq!(story.state("K1").await, "assigned", "{said}: {echo}");
            echo = story.says("zhangsan", "是").await;
        }
        assert_eq!(story.state("K1").await, "reported_done", "{said}: {echo}");
    }
    for said in ["什么时候可以申请验收", "还不能申请验收", "等配件到了再申请验收", "明天请验收", "如何申请销号"]
    {
        let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
        story.until("09-22 09:30").await;
        let echo = story.says("zhangsan", said).await;
        assert_ne!(story.state("K1").await, "reported_done", "{said}: {echo}");
    }
}
