//! A copy of the running office's database, brought back later: what it knows to be told is not told again.

use crate::story;
use story::{PACK, Story, at, row};

#[tokio::test]
async fn a_backup_taken_while_running_goes_on_like_after_downtime_and_repeats_nothing() {
    if std::env::var("DUTYBELL_TEST_DATABASE").is_ok() {
        return; // copies a SQLite file
    }
    let mut before =
        Story::with(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "重大", "2022-10-14", "孙八")]).await;
    before.until("09-27 10:00").await;
    let heard = before.heard("zhangsan").len() + before.heard("sunba").len();
    assert!(heard > 1);

    // What `sqlite3 office.db ".backup …"` does, as one statement.
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("story.db");
    let live = sqlx::SqlitePool::connect(&before.url()).await.expect("connects");
    sqlx::query("VACUUM INTO $1").bind(copy.to_string_lossy().into_owned()).execute(&live).await.expect("copies");
    live.close().await;

    // The office goes on for a while, then its disk is lost; the copy takes over a day later.
    before.until("09-27 18:00").await;
    drop(before);
    let mut after = Story::on(&format!("sqlite:{}", copy.display()), folder, PACK, at("09-28 12:00")).await;
    after.gateway.settle().await.expect("settles");
    after.until("09-28 16:00").await;
    for login in ["zhangsan", "sunba"] {
        assert!(after.heard(login).len() <= 1, "{:?}", after.heard(login));
    }
    let told: Vec<String> = after.timeline("zhangsan").await;
    assert_eq!(told.iter().filter(|t| t.starts_with("09-27 09:")).count(), 1, "{told:?}");
    assert_eq!(after.gateway.store.verify_chain(&[]).await.expect("verifies").broken, None);
    // And the ladder goes on: the day before the deadline is not missed.
    after.until("09-29 12:00").await;
    assert!(after.days_told("zhangsan").await.contains(&"09-29".to_owned()));
}
