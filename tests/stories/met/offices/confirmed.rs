//! A yes is for what was asked, and for nothing else that the text said.

use dutybell::core::message::Action;

use crate::story::{Story, row};

async fn three(who: &str) -> Story {
    let rows: Vec<String> = ["K1", "K2", "K3"].iter().map(|key| row(key, "一般", "2022-10-14", who)).collect();
    let mut story = Story::with(&rows).await;
    story.until("09-23 09:30").await;
    story
}

async fn states(story: &Story) -> [&'static str; 3] {
    [story.state("K1").await, story.state("K2").await, story.state("K3").await]
}

#[tokio::test]
async fn yes_to_all_done_asks_for_no_more_time_for_all() {
    let mut story = three("张三").await;
    let asked = story.says("zhangsan", "除2外全部完成，2延期3天，原因：等配件").await;
    assert!(asked.contains("请确认"), "{asked}");
    let of_two = story.item("K2").await;
    assert!(of_two.extension.is_some(), "what named its item is recorded at once: {asked}");
    let answer = story.says("zhangsan", "是").await;
    assert_eq!(states(&story).await, ["reported_done", "acknowledged", "reported_done"], "{answer}");
    for key in ["K1", "K3"] {
        assert!(story.item(key).await.extension.is_none(), "{key}: {answer}");
    }
}

#[tokio::test]
async fn what_was_recorded_before_the_question_is_not_recorded_again_with_the_yes() {
    for yes in ["word", "press"] {
        let mut story = three("张三").await;
        let asked = story.says("zhangsan", "1受阻：等设备；其余全部完成").await;
        assert_eq!(states(&story).await, ["blocked", "assigned", "assigned"], "{asked}");
        let answer = match yes {
            "word" => story.says("zhangsan", "是").await,
            _ => story.presses("zhangsan", Action::Confirm, None).await,
        };
        assert_eq!(states(&story).await, ["blocked", "reported_done", "reported_done"], "{answer}");
    }
}

#[tokio::test]
async fn what_could_not_be_asked_with_one_question_is_said_and_not_applied_to_others() {
    let mut story = three("张三").await;
    let asked = story.says("zhangsan", "除2外全部完成，其余延期3天").await;
    assert!(asked.contains("请确认") && asked.contains("尚未记录"), "{asked}");
    story.says("zhangsan", "是").await;
    assert_eq!(states(&story).await, ["reported_done", "in_progress", "reported_done"], "{asked}");
    for key in ["K1", "K2", "K3"] {
        assert!(story.item(key).await.extension.is_none(), "{key}: {asked}");
    }
}

#[tokio::test]
async fn in_english_a_yes_is_for_what_was_asked_too() {
    let mut story = three("孙八").await;
    let asked = story.says("sunba", "1 blocked: waiting for the part; all others done").await;
    assert_eq!(states(&story).await, ["blocked", "assigned", "assigned"], "{asked}");
    let answer = story.says("sunba", "yes").await;
    assert_eq!(states(&story).await, ["blocked", "reported_done", "reported_done"], "{answer}");
}
