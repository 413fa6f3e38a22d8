//! Leave said in a chat: asked about, noted when confirmed, told to the administrator; never ignored.

use super::{person, since};
use crate::story::{Story, row};

async fn story() -> Story {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    story.until("09-22 09:30").await;
    story
}

async fn deputy_on(story: &Story, name: &str, day: &str) -> String {
    let directory = story.gateway.directory().await.expect("reads");
    let acting = directory.acting_for(person(story, name).await, crate::story::at(day));
    directory.person(acting).expect("somebody").name.clone()
}

#[tokio::test]
async fn leave_with_days_and_deputy_is_noted_when_confirmed_and_told_to_the_administrator() {
    for said in [
        "我9月26日至9月28日休假，由钱七代",
        "9月26日到28日年假，工作找钱七",
        "I'm on leave from 26 September until 28 September, 钱七 covers for me",
        "下周一至周三请假，钱七代理",
        "9月26日请假3天，找钱七",
        "out of office 26-28 Sep, contact 钱七",
        "9月26日-28日公休，由钱七代办",
        "公休9月26-28日，钱七代",
    ] {
        let mut story = story().await;
        let asks = story.says("zhangsan", said).await;
        assert!(asks.contains("钱七") && asks.contains("9月26日") && asks.contains("9月28日"), "{said}: {asks}");
        assert_eq!(deputy_on(&story, "张三", "09-27 10:00").await, "张三", "nothing before the yes");
        let (admin, deputy) = (story.heard("yangliu").len(), story.heard("qianqi").len());
        let echo = story.says("zhangsan", "是").await;
        assert_eq!(deputy_on(&story, "张三", "09-27 10:00").await, "钱七", "{said}: {echo}");
        assert_eq!(deputy_on(&story, "张三", "09-28 16:00").await, "钱七", "the last day counts: {said}");
        assert_eq!(deputy_on(&story, "张三", "09-29 10:00").await, "张三", "{said}");
        assert_eq!(deputy_on(&story, "张三", "09-22 10:00").await, "张三", "{said}");
        story.until("09-22 10:00").await;
        let heard = since(&story, "yangliu", admin);
        assert!(heard.contains("张三") && heard.contains("钱七"), "{said}: the administrator: {heard}");
        let heard = since(&story, "qianqi", deputy);
        assert!(heard.contains("张三") && heard.contains("9月28日"), "{said}: the deputy: {heard}");
    }
}

#[tokio::test]
async fn leave_without_days_or_deputy_is_answered_with_what_is_missing() {
    for said in ["我休假", "I'm on leave until Monday", "休年假了", "out of office until Monday", "明天请假"]
    {
        let mut story = story().await;
        let asks = story.says("zhangsan", said).await;
        assert!(!asks.is_empty(), "{said}: not silent");
        assert!(asks.contains("代"), "the deputy is missing: {said}: {asks}");
        let echo = story.says("zhangsan", "9月26日至9月28日，钱七代").await;
        assert!(echo.contains("钱七"), "what was missing completes it: {echo}");
        story.says("zhangsan", "是").await;
        assert_eq!(deputy_on(&story, "张三", "09-27 10:00").await, "钱七", "{said}: {echo}");
    }
}

#[tokio::test]
async fn leave_can_be_left_to_the_administrator_by_a_button() {
    let mut story = story().await;
    story.says("zhangsan", "我休假").await;
    let before = story.heard("yangliu").len();
    story.presses("zhangsan", dutybell::core::message::Action::TellAdministrator, None).await;
    story.until("09-22 10:00").await;
    let heard = since(&story, "yangliu", before);
    assert!(heard.contains("张三") && heard.contains("我休假"), "{heard}");
}

#[tokio::test]
async fn leave_refused_at_the_question_notes_nothing() {
    let mut story = story().await;
    story.says("zhangsan", "我9月26日至9月28日休假，由钱七代").await;
    story.says("zhangsan", "否").await;
    assert_eq!(deputy_on(&story, "张三", "09-27 10:00").await, "张三");
}

#[tokio::test]
async fn a_machines_own_words_in_a_chat_are_still_ignored() {
    for said in ["[自动回复] 我正在休假，请联系钱七", "Auto-reply: I am on leave until Monday", "已读"]
    {
        let mut story = story().await;
        let answer = story.says("zhangsan", said).await;
        assert_eq!(answer, "", "{said}");
    }
}

#[tokio::test]
async fn an_answer_that_mentions_leave_is_not_lost() {
    let mut story = story().await;
    let answer = story.says("zhangsan", "我明天休假，接地已完成").await;
    assert!(!answer.is_empty());
    let state = story.state("K1").await;
    assert!(state != "closed" && state != "verified", "{state}: {answer}");
}
