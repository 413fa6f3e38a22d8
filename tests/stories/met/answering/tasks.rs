//! 我的任务: what waits for somebody's decision as well as what is theirs to do.

use dutybell::core::message::Action;

use super::{code, verbs};
use crate::story::{Story, row};

#[tokio::test]
async fn my_tasks_lists_the_decisions_that_wait_with_what_each_asks() {
    let rows: Vec<String> = (1..=4).map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect();
    let mut story = Story::with(&rows).await;
    story.until("09-22 09:30").await;
    let codes =
        [code(&story, "K1").await, code(&story, "K2").await, code(&story, "K3").await, code(&story, "K4").await];
    story.says("zhangsan", &format!("{} 延期3天，原因：配件未到", codes[0])).await;
    story.says("zhangsan", &format!("{} 转钱七", codes[1])).await;
    story.says("lisi", &format!("{} 作废，重复", codes[2])).await;
    story.says("zhangsan", &format!("{} 完成", codes[3])).await;
    for said in ["我的任务", "status", "my items"] {
        let list = story.says("zhaoliu", said).await;
        for (code, asks) in [(&codes[0], "延期"), (&codes[1], "转交"), (&codes[2], "作废")] {
            let line = list.lines().skip_while(|l| !l.contains(code.as_str())).take(3).collect::<String>();
            assert!(line.contains(asks), "{said}: {code} asks {asks}: {list}");
        }
        assert!(!list.contains(&codes[3]), "the claim waits for another person: {list}");
    }
    assert!(verbs(&story, "zhaoliu").await.contains(&Action::Approve));
    let list = story.says("lisi", "我的任务").await;
    assert!(list.contains(&codes[3]) && list.contains("报完成"), "the verifier's: {list}");
    let list = story.says("wangwu", "我的任务").await;
    assert!(list.contains(&codes[0]) && list.contains(&codes[2]), "the director's: {list}");
    assert!(!list.contains("没有未办结"), "{list}");
}

#[tokio::test]
async fn my_tasks_lists_decisions_and_own_items_together_and_its_numbers_count() {
    let rows = [row("K1", "一般", "2022-09-30", "张三"), row("K2", "一般", "2022-09-30", "李四")];
    let mut story = Story::begin().await;
    let second = rows[1].replace(",李四,王五,李四,赵六", ",李四,王五,钱七,赵六");
    story.imports(&[("ledger.csv", &crate::story::ledger(&[rows[0].clone(), second]))]).await;
    story.until("09-22 09:30").await;
    story.says("zhangsan", "完成").await;
    let list = story.says("lisi", "我的任务").await;
    let (first, second) = (code(&story, "K1").await, code(&story, "K2").await);
    assert!(list.contains(&first) && list.contains(&second), "{list}");
    assert!(list.find(&first) < list.find(&second), "decisions first: {list}");
    // The number that stands before an item, whatever its place.
    let sign = |code: &str| list.lines().find(|l| l.contains(code)).and_then(|l| l.chars().next()).expect("numbered");
    let (first, second) = (sign(&first), sign(&second));
    story.says("lisi", &format!("{second}在办")).await;
    assert_eq!(story.state("K2").await, "in_progress");
    story.says("lisi", "我的任务").await;
    story.says("lisi", &format!("{first}合格")).await;
    assert_eq!(story.state("K1").await, "closed");
}

#[tokio::test]
async fn my_tasks_of_the_last_resort_lists_the_close_out_that_nobody_else_can_do() {
    let mut story = Story::begin().await;
    let text = row("K1", "重大", "2022-09-30", "张三").trim_end_matches("赵六").to_owned();
    story.imports(&[("ledger.csv", &crate::story::ledger(&[text]))]).await;
    story.until("09-22 09:30").await;
    story.says("zhangsan", "完成").await;
    story.until("09-22 10:00").await;
    story.says("lisi", "合格").await;
    assert_eq!(story.state("K1").await, "verified");
    let list = story.says("zhaoliu", "我的任务").await;
    assert!(list.contains(&code(&story, "K1").await) && list.contains("销号"), "{list}");
}

#[tokio::test]
async fn my_tasks_with_nothing_open_says_so() {
    let mut story = Story::begin().await;
    let list = story.says("wangwu", "我的任务").await;
    assert!(list.contains("没有"), "{list}");
}
