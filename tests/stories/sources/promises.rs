//! What holds for every source: shrinking, age, schedule and zone.

use chrono::Duration;
use dutybell::gateway::source::{Cause, FileSource, FolderSource, Source, TurnOptions};

use super::{added, alarms, is_unchanged, items, reads, source, trouble};
use crate::sources::files::{put, put_at};
use crate::story::{Story, at, ledger, row};

fn rows(numbers: std::ops::RangeInclusive<u32>) -> String {
    ledger(&numbers.map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect::<Vec<_>>())
}

#[tokio::test]
async fn a_table_that_shrinks_changes_nothing_until_somebody_has_looked() {
    let mut story = Story::begin().await;
    let path = story.folder().join("l.csv");
    let file = source(FileSource { path: path.clone() });
    put(&path, rows(1..=20), &story);
    assert_eq!(added(&reads(&story, &file).await), 20);
    put(&path, rows(1..=14), &story);
    assert_eq!(added(&reads(&story, &file).await), 0, "30 % may be missing");

    let mut changed = rows(1..=13).replace("2022-09-30", "2022-10-20");
    changed.push_str(&row("K99", "一般", "2022-10-20", "张三"));
    put(&path, &changed, &story);
    let why = trouble(&reads(&story, &file).await, Cause::Shrunk);
    assert!(why.contains("7 of 20") && why.contains("--accept-shrink"), "{why}");
    trouble(&reads(&story, &file).await, Cause::Shrunk);
    assert_eq!(items(&story).await, 20);
    let item = story.item("K1").await;
    assert_eq!(item.original_due, item.current_due);
    let heard = alarms(&story).await;
    assert!(heard.len() == 1 && heard[0].contains("20项中有7项") && heard[0].contains("--accept-shrink"), "{heard:?}");
    story.until("09-22 09:30").await;
    assert!(!story.heard("yangliu").is_empty());

    let accept = TurnOptions { accept_shrink: true, ..TurnOptions::default() };
    assert_eq!(added(&story.gateway.turn(&file, accept, false).await.expect("the store works")), 1);
    let item = story.item("K1").await;
    assert_ne!(item.original_due, item.current_due);
    assert_eq!(story.state("K20").await, "assigned", "what is missing is never closed");
    assert!(is_unchanged(&reads(&story, &file).await), "what was accepted stays accepted");

    put(&path, rows(1..=1).lines().next().expect("a header"), &story);
    assert!(trouble(&reads(&story, &file).await, Cause::Shrunk).contains("21 of 21"));
}

#[tokio::test]
async fn a_shrunk_file_in_an_inbox_is_refused_and_may_be_put_back() {
    let story = Story::begin().await;
    let inbox = story.folder().join("inbox");
    std::fs::create_dir(&inbox).expect("makes it");
    let folder = source(FolderSource::new(inbox.clone()));
    put(&inbox.join("a.csv"), rows(1..=20), &story);
    added(&reads(&story, &folder).await);
    put(&inbox.join("b.csv"), rows(1..=5), &story);
    trouble(&reads(&story, &folder).await, Cause::Shrunk);
    let refused = inbox.join("refused/2022-09-22-b.csv");
    let why = std::fs::read_to_string(inbox.join("refused/2022-09-22-b.csv.txt")).expect("says why");
    assert!(why.contains("back into the inbox"), "{why}");
    assert!(alarms(&story).await[0].contains("refused"), "{:?}", alarms(&story).await);
    std::fs::rename(&refused, inbox.join("b.csv")).expect("moves");
    let accept = TurnOptions { accept_shrink: true, ..TurnOptions::default() };
    let turn = story.gateway.turn(&folder, accept, false).await.expect("the store works");
    assert_eq!(added(&turn), 0);
    assert!(!inbox.join("b.csv").exists());
}

#[tokio::test]
async fn content_older_than_its_promise_is_heard_of_and_not_applied() {
    let mut story = Story::begin().await;
    let path = story.folder().join("l.csv");
    let mut file = source(FileSource { path: path.clone() });
    file.max_age = Some(Duration::hours(36));
    put_at(&path, rows(1..=2), at("09-22 08:00"));
    assert_eq!(added(&reads(&story, &file).await), 2);
    story.until("09-23 19:00").await;
    assert!(is_unchanged(&reads(&story, &file).await), "35 hours");
    story.until("09-23 21:00").await;
    assert!(trouble(&reads(&story, &file).await, Cause::Stale).contains("2022-09-22 08:00"));
    trouble(&reads(&story, &file).await, Cause::Stale);
    let heard = alarms(&story).await;
    assert!(heard.len() == 1 && heard[0].contains("36小时"), "{heard:?}");
    // Somebody copies an old version over it.
    put_at(&path, rows(1..=5), at("09-21 08:00"));
    trouble(&reads(&story, &file).await, Cause::Stale);
    assert_eq!(items(&story).await, 2);
    put_at(&path, rows(1..=5), at("09-23 20:50"));
    assert_eq!(added(&reads(&story, &file).await), 3);
    // A source that cannot be had at all grows old too.
    std::fs::remove_file(&path).expect("removes");
    story.until("09-25 21:00").await;
    let causes: Vec<Cause> = reads(&story, &file).await.troubles().map(|t| t.cause).collect();
    assert_eq!(causes, [Cause::Failed, Cause::Stale]);
}

#[tokio::test]
async fn an_inbox_into_which_nothing_comes_grows_old() {
    let mut story = Story::begin().await;
    let inbox = story.folder().join("inbox");
    std::fs::create_dir(&inbox).expect("makes it");
    let mut folder = source(FolderSource::new(inbox.clone()));
    folder.max_age = Some(Duration::hours(24));
    assert!(reads(&story, &folder).await.trouble.is_empty());
    story.until("09-23 09:00").await;
    trouble(&reads(&story, &folder).await, Cause::Stale);
    put_at(&inbox.join("l.csv"), rows(1..=1), at("09-01 08:00"));
    assert_eq!(added(&reads(&story, &folder).await), 1, "when it was put there counts");
    assert!(reads(&story, &folder).await.trouble.is_empty());
}

#[tokio::test]
async fn a_schedule_fires_in_its_own_zone() {
    let mut story = Story::begin().await;
    let path = story.folder().join("l.csv");
    let mut early = Source::new("story", "0 9 * * *", Box::new(FileSource { path: path.clone() }));
    early.zone = Some(chrono_tz::Europe::Berlin);
    put(&path, rows(1..=1), &story);
    story.reads(vec![early]);
    // Nine in Berlin is 15:00 in Shanghai in summer.
    story.until("09-22 14:59").await;
    assert_eq!(items(&story).await, 0);
    story.until("09-22 15:00").await;
    assert_eq!(items(&story).await, 1);
    // In the office's own zone the schedule begins anew.
    put(&path, rows(1..=2), &story);
    story.reads(vec![Source::new("story", "0 9 * * *", Box::new(FileSource { path: path.clone() }))]);
    story.until("09-23 08:59").await;
    assert_eq!(items(&story).await, 1);
    story.until("09-23 09:00").await;
    assert_eq!(items(&story).await, 2);
}

#[tokio::test]
async fn a_broken_source_holds_no_other_up() {
    let mut story = Story::begin().await;
    let path = story.folder().join("l.csv");
    put(&path, rows(1..=1), &story);
    let gone = FileSource { path: story.folder().join("gone.csv") };
    story.reads(vec![
        Source::new("broken", "0 9 * * *", Box::new(gone)),
        Source::new("story", "0 9 * * *", Box::new(FileSource { path })),
    ]);
    story.until("09-22 09:00").await;
    assert_eq!(items(&story).await, 1);
    assert_eq!(alarms(&story).await.len(), 1);
    let status = story.gateway.store.status(story.gateway.now()).await.expect("reads");
    let problems: Vec<bool> = status.sources.iter().map(|s| s.problem.is_empty()).collect();
    assert_eq!(problems, [false, true]);
}
