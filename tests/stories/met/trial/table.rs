//! The daily table: what happens is in exactly one day's figures, and the figures add up from table to table.

use dutybell::app::{items, pause};

use super::{HOST, code, done_and_verified};
use crate::story::{Story, ledger, row};

/// New, closed and open of each table that somebody got, in order.
fn counts(story: &Story, login: &str) -> Vec<(i64, i64, i64)> {
    let number = |text: &str, word: &str| -> i64 {
        let rest = text.split(word).nth(1).unwrap_or_else(|| panic!("{word} in {text}"));
        rest.chars().take_while(char::is_ascii_digit).collect::<String>().parse().expect("a number")
    };
    let tables = story.heard(login).into_iter().map(|(_, text)| text).filter(|text| text.contains("日调度"));
    tables.map(|t| (number(&t, "新增"), number(&t, "　销号"), number(&t, "未销号"))).collect()
}

fn rows(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| row(key, "一般", "2022-10-28", "张三")).collect()
}

#[tokio::test]
async fn what_happens_after_the_table_is_in_the_next_days_table_and_in_no_other() {
    let mut story = Story::with(&rows(&["K1", "K2"])).await;
    story.until("09-22 18:00").await;
    assert_eq!(counts(&story, "zhaoliu"), [(2, 0, 2)]);
    // After the table of this day: one comes, one is closed.
    story.imports(&[("ledger.csv", &ledger(&rows(&["K1", "K2", "K3"])))]).await;
    story.until("09-22 18:10").await;
    done_and_verified(&mut story, "zhangsan", "K1").await;
    story.until("09-23 18:00").await;
    assert_eq!(counts(&story, "zhaoliu")[1..], [(1, 1, 2)], "new, closed, open");
    story.until("09-26 18:00").await;
    assert_eq!(counts(&story, "zhaoliu")[2..], [(0, 0, 2)]);
}

#[tokio::test]
async fn what_happens_on_rest_days_or_while_the_table_waits_is_in_the_first_table_after_them() {
    let mut story = Story::with(&rows(&["K1", "K2", "K3"])).await;
    story.until("09-23 18:00").await;
    let before = counts(&story, "zhaoliu").len();
    // Saturday.
    story.until("09-24 10:00").await;
    story.imports(&[("ledger.csv", &ledger(&rows(&["K1", "K2", "K3", "K4"])))]).await;
    story.until("09-26 18:00").await;
    assert_eq!(counts(&story, "zhaoliu")[before..], [(1, 0, 4)]);
    // No table on Tuesday and Wednesday.
    pause::begin(&story.gateway, &HOST, "2022-09-29T10:00", "", "停电").await.expect("begins");
    story.until("09-27 10:00").await;
    done_and_verified(&mut story, "zhangsan", "K2").await;
    story.until("09-29 18:00").await;
    let after = counts(&story, "zhaoliu").split_off(before + 1);
    assert_eq!(after.iter().map(|c| c.1).sum::<i64>(), 1, "{after:?}");
    assert_eq!(after.last().map(|c| c.2), Some(3), "{after:?}");
    let text = story.heard("zhaoliu").into_iter().map(|(_, t)| t).rfind(|t| t.contains("日调度")).expect("a table");
    assert!(!text.contains("昨日"), "the table before was not yesterday's: {text}");
}

#[tokio::test]
async fn an_item_given_to_another_person_is_nothing_new_and_one_closed_by_the_ledger_of_earlier_days_counts() {
    let mut story = Story::with(&rows(&["K1", "K2"])).await;
    story.until("09-23 10:00").await;
    items::assign(
        &story.gateway,
        &HOST,
        &code(&story, "K1").await,
        dutybell::core::item::Role::Responsible,
        "孙八",
        "换人",
    )
    .await
    .expect("assigns");
    story.until("09-23 18:00").await;
    assert_eq!(counts(&story, "zhaoliu")[1..], [(0, 0, 2)]);
    // The office writes on Monday that it was closed on Friday.
    story.until("09-26 09:30").await;
    let head = "隐患编号,检查时间,县市区,乡镇街道,受检单位,隐患部位,存在问题,隐患等级,整改期限,整改责任人,责任领导,复查人,交办人,整改情况,复查时间,是否销号";
    let (one, two) = (row("K1", "一般", "2022-10-28", "孙八"), row("K2", "一般", "2022-10-28", "张三"));
    story.imports(&[("ledger.csv", &format!("{head}\n{one},,,\n{two},复查合格,2022-09-23,是\n"))]).await;
    assert_eq!(story.state("K2").await, "closed");
    story.until("09-26 18:00").await;
    assert_eq!(counts(&story, "zhaoliu")[2..], [(0, 1, 1)]);
}
