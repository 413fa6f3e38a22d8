//! The office changes its rules: what was waiting is planned anew, and nobody hears of steps that are over.

use crate::story;
use story::{PACK, Story, at, row};

#[tokio::test]
async fn a_step_that_is_new_in_the_pack_comes_in_time_and_the_past_is_not_told_again() {
    if std::env::var("DUTYBELL_TEST_DATABASE").is_ok() {
        return; // goes on with the file of the first program
    }
    let mut before = Story::with(&[row("K1", "一般", "2022-10-14", "张三")]).await;
    before.says("zhangsan", "收到").await;
    before.until("10-09 18:00").await;
    let heard = before.days_told("zhangsan").await;
    assert!(!heard.contains(&"10-10".to_owned()));

    // Four working days before the deadline, and twenty: the one lies ahead, the other is over.
    let step = "id = \"L0-3wd\"\nat = \"T-3wd\"\nslot = \"09:00:00\"\nto = [\"responsible\"]\n";
    assert!(PACK.contains(step));
    let new = |days: &str| format!("\n[[ladder.step]]\n{}", step.replace("3wd", days));
    let more = format!("{step}{}{}", new("4wd"), new("12wd"));
    let (url, folder) = (before.url(), tempfile::tempdir().expect("a folder"));
    let mut after = Story::on(&url, folder, &PACK.replace(step, &more), at("10-09 18:00")).await;
    after.until("10-09 20:00").await;
    assert_eq!(after.heard("zhangsan").len(), 0, "{:?}", after.heard("zhangsan"));
    after.until("10-10 12:00").await;
    assert_eq!(after.heard("zhangsan").len(), 1, "the new step");
}
