//! After a restore nothing that may have been shown since the backup means something else.

use dutybell::core::item::ItemId;
use dutybell::core::subject::Subject;
use dutybell::store::backup::restore;

use crate::story::{PACK, Story, at, ledger, row};

fn rows(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| row(key, "一般", "2022-12-20", "张三")).collect()
}

struct Lost {
    story: Story,
    /// Of the message that showed the last item of the lost days.
    message: i64,
    number: u32,
    code: String,
}

/// An office is backed up at `backup`, goes on until `lost` with one more item, and is restored at `back`.
async fn restored(backup: &str, lost: &str, back: &str) -> Lost {
    let mut story = Story::with(&rows(&["K1", "K2"])).await;
    story.until(backup).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("backup.db");
    story.gateway.store.back_up(&file).await.expect("backs up");
    story.until(lost).await;
    story.imports(&[("ledger.csv", &ledger(&rows(&["K1", "K2", "K9"])))]).await;
    let later = story.gateway.now() + chrono::Duration::minutes(30);
    story.until_at(later).await;
    let (id, code) = {
        let item = story.item("K9").await;
        (item.id, item.code)
    };
    let sent = story.gateway.store.sent_to("desk", "zhangsan", 50).await.expect("reads");
    let shown = |id: ItemId| {
        sent.iter().rev().find_map(|m| Some((m.id, m.body.lines().find(|l| l.subject == Subject::Item(id))?.number)))
    };
    let (message, number) = shown(id).expect("was shown");
    drop(story);
    let url = format!("sqlite:{}", folder.path().join("story.db").display());
    restore(&file, &url, false, at(back)).await.expect("restores");
    let story = Story::on(&url, folder, PACK, at(back)).await;
    Lost { story, message, number, code }
}

fn on_sqlite() -> bool {
    std::env::var("DUTYBELL_TEST_DATABASE").is_err()
}

#[tokio::test]
async fn a_number_shown_since_the_backup_strikes_off_no_other_item() {
    if !on_sqlite() {
        return; // restores a file
    }
    for (lost, back) in [("09-26 10:00", "09-26 15:00"), ("10-14 10:00", "10-14 15:00")] {
        let mut lost = restored("09-23 10:00", lost, back).await;
        // The store knows nothing of K9; another item comes, and is shown.
        lost.story.imports(&[("ledger.csv", &ledger(&rows(&["K1", "K2", "K7"])))]).await;
        let later = lost.story.gateway.now() + chrono::Duration::minutes(40);
        lost.story.until_at(later).await;
        let answer = lost.story.says("zhangsan", &format!("{}完成", lost.number)).await;
        for key in ["K1", "K2", "K7"] {
            assert!(lost.story.item(key).await.state.is_with_fixer(), "{key} at {back}: {answer}");
        }
        assert!(!answer.is_empty());
    }
}

#[tokio::test]
async fn a_code_given_since_the_backup_is_no_other_items() {
    if !on_sqlite() {
        return;
    }
    let mut lost = restored("09-23 10:00", "09-26 10:00", "09-26 15:00").await;
    lost.story.imports(&[("ledger.csv", &ledger(&rows(&["K1", "K2", "K7", "K8"])))]).await;
    for key in ["K7", "K8"] {
        assert_ne!(lost.story.item(key).await.code, lost.code);
    }
    let answer = lost.story.says("zhangsan", &format!("{} 完成", lost.code)).await;
    for key in ["K1", "K2", "K7", "K8"] {
        assert!(lost.story.item(key).await.state.is_with_fixer(), "{key}: {answer}");
    }
}

#[tokio::test]
async fn a_button_of_a_message_that_was_sent_since_the_backup_is_no_other_messages() {
    if !on_sqlite() {
        return;
    }
    let mut lost = restored("09-23 10:00", "09-26 10:00", "09-26 15:00").await;
    lost.story.imports(&[("ledger.csv", &ledger(&rows(&["K1", "K2", "K7"])))]).await;
    lost.story.until("09-27 15:00").await;
    let sent = lost.story.gateway.store.sent_to("desk", "zhangsan", 50).await.expect("reads");
    let newest = sent.iter().map(|m| m.id).max().expect("was told");
    assert!(newest > lost.message && sent.iter().all(|m| m.id != lost.message), "{newest} {}", lost.message);
}

#[tokio::test]
async fn numbers_that_the_backup_knows_in_use_still_count_after_some_days() {
    if !on_sqlite() {
        return;
    }
    let mut lost = restored("09-23 10:00", "09-26 10:00", "09-26 15:00").await;
    lost.story.says("zhangsan", "2完成").await;
    let (one, two) = (lost.story.state("K1").await, lost.story.state("K2").await);
    assert_eq!((one, two), ("assigned", "reported_done"));
}

#[tokio::test]
async fn a_yes_to_a_question_of_the_lost_days_answers_no_older_one() {
    if !on_sqlite() {
        return;
    }
    let mut story = Story::with(&rows(&["K1", "K2"])).await;
    story.until("09-23 10:00").await;
    story.says("zhangsan", "全部完成").await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("backup.db");
    story.gateway.store.back_up(&file).await.expect("backs up");
    drop(story);
    let url = format!("sqlite:{}", folder.path().join("story.db").display());
    restore(&file, &url, false, at("09-23 15:00")).await.expect("restores");
    let mut story = Story::on(&url, folder, PACK, at("09-23 15:00")).await;
    story.says("zhangsan", "是").await;
    assert_eq!((story.state("K1").await, story.state("K2").await), ("assigned", "assigned"));
}
