//! Two are responsible: one person's answer is that person's.

use super::{code, person, responsible, since};
use crate::story::{Story, row};

/// One item of two, and one that only the first has.
async fn two() -> Story {
    let rows = [row("K1", "一般", "2022-09-30", "张三、钱七"), row("K2", "一般", "2022-09-30", "张三")];
    let mut story = Story::with(&rows).await;
    story.until("09-22 09:30").await;
    let item = story.item("K1").await;
    assert_eq!(responsible(&story, &item).await, ["张三", "钱七"]);
    story
}

#[tokio::test]
async fn returned_by_one_of_two_it_stays_with_the_other_and_the_assigner_hears_by_whom() {
    for said in ["不归我管", "not mine", "不归我管，是消防的事"] {
        let mut story = two().await;
        let code = code(&story, "K1").await;
        let (office, qian) = (story.heard("zhaoliu").len(), story.heard("qianqi").len());
        let echo = story.says("zhangsan", &format!("{code} {said}")).await;
        let item = story.item("K1").await;
        assert_ne!(item.state.word(), "rejected", "{said}: {echo}");
        assert_eq!(responsible(&story, &item).await, ["钱七"], "{said}: {echo}");
        assert!(echo.contains("钱七"), "the writer hears with whom it stays: {echo}");
        story.until("09-23 09:30").await;
        let heard = since(&story, "zhaoliu", office);
        assert!(heard.contains("张三") && heard.contains("钱七") && heard.contains("退回"), "{heard}");
        assert!(!heard.contains("张三、钱七"), "not both returned it: {heard}");
        assert!(since(&story, "qianqi", qian).contains("张三"), "the colleague hears it, too");
    }
}

#[tokio::test]
async fn the_colleagues_pending_extension_is_still_decided_after_the_other_returned_it() {
    let mut story = two().await;
    let code = code(&story, "K1").await;
    story.says("qianqi", &format!("{code} 延期3天，原因：配件未到")).await;
    story.says("zhangsan", &format!("{code} 不归我管")).await;
    story.until("09-22 10:00").await;
    let echo = story.says("wangwu", "同意").await;
    let item = story.item("K1").await;
    assert!(item.extension.is_none() && item.current_due > item.original_due, "{echo}");
    assert_eq!(responsible(&story, &item).await, ["钱七"]);
}

#[tokio::test]
async fn only_when_all_have_returned_it_it_is_sent_back() {
    let mut story = two().await;
    let code = code(&story, "K1").await;
    story.says("zhangsan", &format!("{code} 不归我管")).await;
    let before = story.heard("zhaoliu").len();
    let echo = story.says("qianqi", &format!("{code} 不归我管")).await;
    assert_eq!(story.state("K1").await, "rejected", "{echo}");
    story.until("09-22 10:00").await;
    let heard = since(&story, "zhaoliu", before);
    assert!(heard.contains("张三、钱七"), "{heard}");
    let echo = story.says("zhaoliu", &format!("{code} 转张三")).await;
    assert_eq!(responsible(&story, &story.item("K1").await).await, ["张三"], "assigned anew it is theirs: {echo}");
}

#[tokio::test]
async fn who_returned_a_shared_item_is_reminded_of_it_no_more_and_may_take_it_up_again() {
    let mut story = two().await;
    let code = code(&story, "K1").await;
    story.says("zhangsan", &format!("{code} 不归我管")).await;
    let before = story.heard("zhangsan").len();
    // On the last day the township's staff hear of everything there.
    story.until("09-29 12:00").await;
    let heard = since(&story, "zhangsan", before);
    assert!(!heard.contains(&code), "{heard}");
    let echo = story.says("zhangsan", "完成").await;
    assert_eq!(story.state("K2").await, "reported_done", "a bare answer means what they still have: {echo}");
    assert_ne!(story.state("K1").await, "reported_done");
    let echo = story.says("zhangsan", &format!("{code} 在办")).await;
    assert_eq!(responsible(&story, &story.item("K1").await).await, ["张三", "钱七"], "{echo}");
}

#[tokio::test]
async fn a_hand_over_by_one_of_two_moves_only_that_persons_part() {
    let mut story = two().await;
    let code = code(&story, "K1").await;
    story.says("zhangsan", &format!("{code} 转孙八")).await;
    story.until("09-22 10:00").await;
    let before = story.heard("qianqi").len();
    let echo = story.says("zhaoliu", &format!("{code} 同意")).await;
    let mut now = responsible(&story, &story.item("K1").await).await;
    now.sort();
    assert_eq!(now, ["孙八", "钱七"], "{echo}");
    story.until("09-23 09:30").await;
    assert!(!since(&story, "qianqi", before).contains("不再收到提醒"), "钱七 keeps it");
}

#[tokio::test]
async fn two_holders_of_one_post_answer_each_for_themselves() {
    let mut story = Story::with(&[row("K1", "一般", "2022-09-30", "张三")]).await;
    let second = "姓名,单位,职务,岗位角色,语言,desk\n周九,青石县/青石镇,安监站站长,staff,zh-CN,zhoujiu\n";
    story.imports(&[("people.csv", second)]).await;
    story.until("09-22 09:30").await;
    // The item is the post's, which two people hold.
    let directory = story.gateway.directory().await.expect("reads");
    let post = directory.posts_of_person(person(&story, "张三").await, story.gateway.now())[0].id;
    let mut item = story.item("K1").await;
    let own = item.assignments.iter_mut().find(|a| a.role.word() == "responsible").expect("somebody");
    own.who = dutybell::core::org::Who::Post(post);
    let world = story.gateway.world(&directory);
    let actor = dutybell::core::transition::Actor::Person(person(&story, "张三").await);
    let event = dutybell::core::transition::Event::Reject { reason: "不归我管".into() };
    let change = dutybell::core::transition::apply(&item, actor, &event, &world).expect("taken");
    assert_eq!(responsible(&story, &change.item).await, ["周九"]);
    assert_ne!(change.item.state.word(), "rejected");
}

#[tokio::test]
async fn a_claim_by_one_of_two_stands_for_the_item_and_the_colleague_hears_who_made_it() {
    let mut story = two().await;
    let code = code(&story, "K1").await;
    let before = story.heard("qianqi").len();
    story.says("zhangsan", &format!("{code} 完成")).await;
    let item = story.item("K1").await;
    assert_eq!((item.state.word(), item.claimed_by), ("reported_done", Some(person(&story, "张三").await)));
    story.until("09-23 09:30").await;
    let heard = since(&story, "qianqi", before);
    assert!(heard.contains(&code) && heard.contains("张三") && heard.contains("完成"), "{heard}");
}

#[tokio::test]
async fn a_stoppage_reported_by_one_of_two_is_told_under_that_name_alone() {
    let mut story = two().await;
    let code = code(&story, "K1").await;
    let before = story.heard("wangwu").len();
    story.says("qianqi", &format!("{code} 受阻：等配件")).await;
    story.until("09-22 10:00").await;
    let heard = since(&story, "wangwu", before);
    assert!(heard.contains("钱七报受阻") && !heard.contains("张三、钱七报受阻"), "{heard}");
}

#[tokio::test]
async fn an_acknowledgement_by_one_of_two_leaves_the_others_reminders() {
    let mut story = two().await;
    let code = code(&story, "K1").await;
    let before = story.heard("qianqi").len();
    story.says("zhangsan", &format!("{code} 收到")).await;
    story.until("09-30 12:00").await;
    assert!(since(&story, "qianqi", before).contains(&code), "the deadline is still told to both");
}
