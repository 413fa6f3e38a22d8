//! What is offered: buttons that stay until something was recorded, and none that can only be refused.

use dutybell::core::message::Action;
use dutybell::core::subject::Subject;

use super::{code, responsible, since, verbs};
use crate::story::{Story, row};

/// A major item and a general one of the same person, in one message.
async fn major() -> Story {
    let rows = [row("K1", "重大", "2022-09-30", "张三"), row("K2", "一般", "2022-09-30", "张三")];
    let mut story = Story::with(&rows).await;
    story.until("09-22 09:30").await;
    story
}

/// Line numbers of the person's newest notice that still have a button for a verb.
async fn lines_with(story: &Story, login: &str, verb: Action) -> Vec<u32> {
    let sent = story.gateway.store.sent_to("desk", login, 50).await.expect("reads");
    let newest = sent.iter().rev().find(|m| !m.is_answer).expect("a notice");
    newest.body.buttons.iter().flatten().filter(|p| p.verb == verb).map(|p| p.line).collect()
}

async fn line_of(story: &Story, login: &str, key: &str) -> u32 {
    let id = story.item(key).await.id;
    let sent = story.gateway.store.sent_to("desk", login, 50).await.expect("reads");
    let newest = sent.iter().rev().find(|m| !m.is_answer).expect("a notice");
    newest.body.lines().find(|l| l.subject == Subject::Item(id)).expect("a line").number
}

#[tokio::test]
async fn buttons_stay_until_something_was_recorded() {
    let mut story = major().await;
    let line = line_of(&story, "zhangsan", "K1").await;
    let asks = story.presses("zhangsan", Action::Extend, Some(line)).await;
    assert!(asks.contains("原因") && asks.contains("临时措施"), "{asks}");
    assert!(lines_with(&story, "zhangsan", Action::Done).await.contains(&line), "nothing was recorded, all stay");
    assert!(lines_with(&story, "zhangsan", Action::Extend).await.contains(&line));
    story.presses("zhangsan", Action::Done, Some(line)).await;
    assert_eq!(story.state("K1").await, "reported_done");
    assert!(!lines_with(&story, "zhangsan", Action::Done).await.contains(&line), "recorded: they go");
}

#[tokio::test]
async fn the_reason_alone_is_taken_for_the_extension_that_was_pressed() {
    for reason in [
        "原因：配件未到；临时措施：停用并专人看守",
        "配件未到，已停用并派专人看守",
        "reason: parts; interim: machine locked",
    ] {
        let mut story = major().await;
        let line = line_of(&story, "zhangsan", "K1").await;
        story.presses("zhangsan", Action::Extend, Some(line)).await;
        let mut echo = story.says("zhangsan", reason).await;
        if story.item("K1").await.extension.is_none() {
            assert!(echo.contains("临时措施"), "what is still missing is asked for: {echo}");
            echo = story.says("zhangsan", "已停用，专人看守").await;
        }
        let item = story.item("K1").await;
        let asked = item.extension.unwrap_or_else(|| panic!("{reason}: {echo}"));
        assert!(!asked.reason.is_empty() && !asked.interim.is_empty(), "{asked:?}");
        assert_ne!(item.state.word(), "reported_done", "a measure is no claim");
        assert!(story.item("K2").await.extension.is_none(), "the other item is not meant");
    }
}

#[tokio::test]
async fn a_typed_extension_that_lacks_its_reason_keeps_its_own_days_until_the_reason_comes() {
    let mut story = major().await;
    let code = code(&story, "K1").await;
    let asks = story.says("zhangsan", &format!("{code} 延期到10月10日")).await;
    assert!(asks.contains("原因"), "{asks}");
    let second = story.says("zhangsan", "厂家缺货").await;
    assert!(second.contains("临时措施"), "{second}");
    let echo = story.says("zhangsan", "停机，拉警戒线").await;
    let asked = story.item("K1").await.extension.unwrap_or_else(|| panic!("{echo}"));
    let until = asked.until.with_timezone(&chrono_tz::Asia::Shanghai).date_naive().to_string();
    assert_eq!(
        (until.as_str(), asked.reason.as_str(), asked.interim.as_str()),
        ("2022-10-10", "厂家缺货", "停机，拉警戒线")
    );
}

#[tokio::test]
async fn a_command_instead_of_the_reason_is_that_command() {
    let mut story = major().await;
    let line = line_of(&story, "zhangsan", "K1").await;
    story.presses("zhangsan", Action::Extend, Some(line)).await;
    let code = code(&story, "K1").await;
    let echo = story.says("zhangsan", &format!("{code} 完成")).await;
    assert_eq!(story.state("K1").await, "reported_done", "{echo}");
    let echo = story.says("zhangsan", "谢谢").await;
    assert!(story.item("K1").await.extension.is_none(), "{echo}");
}

#[tokio::test]
async fn a_returned_item_can_be_assigned_by_a_button_and_a_name_and_voided_by_a_button_and_a_reason() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.until("09-22 09:30").await;
    story.says("zhangsan", "不归我管，是误报").await;
    story.until("09-22 10:00").await;
    let offered = verbs(&story, "zhaoliu").await;
    assert!(offered.contains(&Action::Reassign) && offered.contains(&Action::Void), "{offered:?}");
    let asks = story.presses("zhaoliu", Action::Reassign, None).await;
    assert!(asks.contains("谁"), "{asks}");
    assert_eq!(story.state("K1").await, "rejected");
    let echo = story.says("zhaoliu", "钱七").await;
    let item = story.item("K1").await;
    assert_eq!(responsible(&story, &item).await, ["钱七"], "{echo}");
    story.until("09-22 10:05").await;
    story.says("qianqi", "不归我管").await;
    story.until("09-22 10:15").await;
    let asks = story.presses("zhaoliu", Action::Void, None).await;
    assert!(asks.contains("原因"), "{asks}");
    let echo = story.says("zhaoliu", "误报").await;
    assert!(story.item("K1").await.void_by.is_some(), "{echo}");
}

#[tokio::test]
async fn a_wrong_name_after_the_button_is_asked_again_and_the_right_one_still_counts() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.until("09-22 09:30").await;
    story.says("zhangsan", "不归我管").await;
    story.until("09-22 10:00").await;
    story.presses("zhaoliu", Action::Reassign, None).await;
    let echo = story.says("zhaoliu", "钱八").await;
    assert!(echo.contains("钱八"), "{echo}");
    assert_eq!(story.state("K1").await, "rejected");
    let echo = story.says("zhaoliu", "给钱七").await;
    assert_eq!(responsible(&story, &story.item("K1").await).await, ["钱七"], "{echo}");
}

#[tokio::test]
async fn what_the_rules_would_refuse_is_not_offered() {
    // No deadline: nothing to extend.
    let mut story = Story::with(&[row("K1", "一般", "长期坚持", "张三")]).await;
    story.until("09-30 09:30").await;
    let offered = verbs(&story, "zhangsan").await;
    assert!(offered.contains(&Action::Done) && !offered.contains(&Action::Extend), "{offered:?}");
    // Who asked to void cannot be the second who agrees, and is not offered it again.
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.until("09-22 09:30").await;
    let code = code(&story, "K1").await;
    story.says("zhaoliu", &format!("{code} 作废，重复")).await;
    let before = story.heard("zhaoliu").len();
    let echo = story.says("zhangsan", "不归我管").await;
    story.until("09-22 10:00").await;
    assert!(since(&story, "zhaoliu", before).contains("退回"), "{echo}");
    let offered = verbs(&story, "zhaoliu").await;
    assert!(offered.contains(&Action::Reassign) && !offered.contains(&Action::Void), "{offered:?}");
}

#[tokio::test]
async fn five_choices_are_five_labels_on_every_row() {
    let rows: Vec<String> = (1..=5).map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect();
    let mut story = Story::with(&rows).await;
    story.until("09-22 09:30").await;
    story.says("zhangsan", "完成").await;
    let sent = story.gateway.store.sent_to("desk", "zhangsan", 50).await.expect("reads");
    let asked = sent.iter().rev().find(|m| !m.body.buttons.is_empty()).expect("a question");
    let widths: Vec<usize> = asked.body.buttons.iter().map(Vec::len).collect();
    assert_eq!(widths.iter().sum::<usize>(), 5);
    assert!(asked.body.buttons.iter().flatten().all(|p| !p.label.trim().is_empty()));
}
