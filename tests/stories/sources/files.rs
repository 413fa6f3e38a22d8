//! A file, and an inbox.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use dutybell::gateway::source::{Cause, FileSource, FolderSource, TurnOptions};

use super::{added, alarms, is_unchanged, items, reads, source, trouble};
use crate::story::{Story, at, ledger, row};

/// Puts a file there that nobody has touched for a minute.
pub fn put(path: &Path, content: impl AsRef<[u8]>, story: &Story) {
    put_at(path, content, story.gateway.now() - chrono::Duration::minutes(1));
}

pub fn put_at(path: &Path, content: impl AsRef<[u8]>, written: chrono::DateTime<chrono::Utc>) {
    std::fs::write(path, content).expect("writes");
    let file = std::fs::File::options().write(true).open(path).expect("opens");
    file.set_modified(SystemTime::from(written)).expect("sets the date");
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|e| e.expect("an entry").file_name().into_string().expect("plain names")).collect();
    names.sort();
    names
}

fn inbox(story: &Story) -> PathBuf {
    let inbox = story.folder().join("inbox");
    std::fs::create_dir_all(&inbox).expect("makes it");
    inbox
}

#[tokio::test]
async fn a_file_is_read_again_only_when_it_or_its_people_change() {
    let story = Story::begin().await;
    let (path, people) = (story.folder().join("l.csv"), story.folder().join("people.csv"));
    put(&path, ledger(&[row("K1", "一般", "2022-09-30", "周九")]), &story);
    let mut file = source(FileSource { path: path.clone() });
    assert_eq!(added(&reads(&story, &file).await), 1);
    assert_eq!(story.state("K1").await, "draft", "周九 is not known yet");
    assert!(is_unchanged(&reads(&story, &file).await));

    put(&people, "姓名,单位,职务,岗位角色,desk,渠道\n周九,青石县/青石镇,安监员,staff,zhoujiu,desk\n", &story);
    file.people = vec![people.clone()];
    assert_eq!(added(&reads(&story, &file).await), 0);
    assert!(is_unchanged(&reads(&story, &file).await));
    put(&path, ledger(&[row("K1", "一般", "2022-09-30", "周九"), row("K2", "一般", "2022-09-30", "张三")]), &story);
    assert_eq!(added(&reads(&story, &file).await), 1);
    let known = story.gateway.store.sources().await.expect("reads");
    assert_eq!((known[0].0.as_str(), known[0].1.rows, known[0].1.problem.as_str()), ("story", Some(2), ""));
    assert_eq!(known[0].1.good_at, Some(story.gateway.now()));
}

#[tokio::test]
async fn a_file_that_cannot_be_used_changes_nothing_and_is_heard_of_once_a_day() {
    let mut story = Story::begin().await;
    let path = story.folder().join("l.csv");
    let file = source(FileSource { path: path.clone() });
    assert!(trouble(&reads(&story, &file).await, Cause::Failed).contains("l.csv"));
    put(&path, "a,b,c\n1,2,3\n", &story);
    assert!(trouble(&reads(&story, &file).await, Cause::Refused).contains("no recognised header"));
    put(&path, format!("机密\n{}", ledger(&[row("K1", "一般", "2022-09-30", "张三")])), &story);
    assert!(trouble(&reads(&story, &file).await, Cause::Refused).contains("classified"));
    put(&path, [&[0xd0_u8, 0xcf, 0x11, 0xe0], &[0_u8; 600][..]].concat(), &story);
    assert!(!trouble(&reads(&story, &file).await, Cause::Refused).is_empty());
    assert_eq!(items(&story).await, 0);
    assert_eq!(alarms(&story).await.len(), 2, "one for each cause");
    story.until("09-22 09:30").await;
    assert!(story.heard("yangliu").iter().any(|(_, t)| t.contains("台账来源story")), "{:?}", story.heard("yangliu"));

    let known = story.gateway.store.sources().await.expect("reads");
    assert!(known[0].1.problem.starts_with("refused: ") && known[0].1.good_at.is_none());
    put(&path, ledger(&[row("K1", "一般", "2022-09-30", "张三")]), &story);
    assert_eq!(added(&reads(&story, &file).await), 1);
    assert_eq!(story.gateway.store.sources().await.expect("reads")[0].1.problem, "");

    std::fs::remove_file(&path).expect("removes");
    story.until("09-23 09:30").await;
    trouble(&reads(&story, &file).await, Cause::Failed);
    trouble(&reads(&story, &file).await, Cause::Failed);
    assert_eq!(alarms(&story).await.len(), 3, "another day, another alarm, and only one");
    assert_eq!(story.state("K1").await, "assigned");
}

#[tokio::test]
async fn an_inbox_is_emptied_in_order_and_what_is_refused_says_why() {
    let story = Story::begin().await;
    let inbox = inbox(&story);
    let folder = source(FolderSource::new(inbox.clone()));
    assert!(reads(&story, &folder).await.ends.is_empty(), "an empty inbox is no trouble");
    put(&inbox.join("2022-09-21.csv"), ledger(&[row("K1", "一般", "2022-09-30", "张三")]), &story);
    put(
        &inbox.join("2022-09-22.csv"),
        ledger(&[row("K1", "一般", "2022-10-12", "张三"), row("K2", "一般", "", "张三")]),
        &story,
    );
    put(&inbox.join("b.csv"), "绝密\n", &story);
    for other in ["~$2022-09-22.xlsx", ".hidden.csv", "notes.txt", "on-its-way.csv.part"] {
        put(&inbox.join(other), "x", &story);
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", inbox.join("link.csv")).expect("links");
    let turn = reads(&story, &folder).await;
    assert_eq!(turn.ends.len(), 3);
    assert!(trouble(&turn, Cause::Refused).contains("classified"));
    let item = story.item("K1").await;
    assert_ne!(item.original_due, item.current_due, "the later file came later");
    assert_eq!(
        names(&inbox.join("processed")),
        ["2022-09-22-2022-09-21.csv", "2022-09-22-2022-09-22.csv", "2022-09-22-2022-09-22.csv.txt"]
    );
    let why = |path: &str| std::fs::read_to_string(inbox.join(path)).expect("is there");
    let drafts = why("processed/2022-09-22-2022-09-22.csv.txt");
    assert!(drafts.contains("row 3"), "place by place: {drafts}");
    assert_eq!(names(&inbox.join("refused")), ["2022-09-22-b.csv", "2022-09-22-b.csv.txt"]);
    assert!(why("refused/2022-09-22-b.csv.txt").contains("classified"));
    let left = names(&inbox);
    assert!(left.contains(&"notes.txt".to_owned()) && left.contains(&"on-its-way.csv.part".to_owned()));
    let alarms = alarms(&story).await;
    assert!(alarms.len() == 1 && alarms[0].contains("b.csv"), "{alarms:?}");
    let problem = |story: &Story| {
        let store = story.gateway.store.clone();
        async move { store.sources().await.expect("reads")[0].1.problem.clone() }
    };
    assert!(reads(&story, &folder).await.ends.is_empty());
    assert!(problem(&story).await.starts_with("refused"), "an empty inbox does not mend what was refused");
    put(&inbox.join("c.csv"), ledger(&[row("K3", "一般", "2022-09-30", "张三")]), &story);
    assert_eq!(added(&reads(&story, &folder).await), 1);
    assert_eq!(problem(&story).await, "");
}

#[tokio::test]
async fn nothing_in_the_inbox_is_ever_written_over() {
    let story = Story::begin().await;
    let inbox = inbox(&story);
    let folder = source(FolderSource::new(inbox.clone()));
    for due in ["2022-09-30", "2022-10-12", "2022-10-13"] {
        put(&inbox.join("l.csv"), ledger(&[row("K1", "一般", due, "张三")]), &story);
        added(&reads(&story, &folder).await);
        put(&inbox.join("l.csv"), format!("秘密 {due}"), &story);
        trouble(&reads(&story, &folder).await, Cause::Refused);
    }
    let processed = ["2022-09-22-l-2.csv", "2022-09-22-l-3.csv", "2022-09-22-l.csv"];
    assert_eq!(names(&inbox.join("processed")), processed);
    let contents: Vec<String> =
        processed.iter().map(|n| std::fs::read_to_string(inbox.join("processed").join(n)).expect("is there")).collect();
    assert!(contents[0].contains("10-12") && contents[1].contains("10-13") && contents[2].contains("09-30"));
    assert_eq!(names(&inbox.join("refused")).len(), 6, "three files and three reasons");
}

#[tokio::test]
async fn a_file_that_still_grows_waits_for_the_next_look() {
    let story = Story::begin().await;
    let inbox = inbox(&story);
    let folder = source(FolderSource::new(inbox.clone()));
    let path = inbox.join("l.csv");
    put_at(&path, ledger(&[row("K1", "一般", "2022-09-30", "张三")]), at("09-22 08:30"));
    assert!(reads(&story, &folder).await.ends.is_empty());
    let more = ledger(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "一般", "2022-09-30", "张三")]);
    put_at(&path, &more, at("09-22 08:30"));
    assert!(reads(&story, &folder).await.ends.is_empty(), "it has grown");
    assert_eq!(added(&reads(&story, &folder).await), 2, "it has not grown any more");
    // A share whose clock is ahead.
    put_at(&path, ledger(&[row("K3", "一般", "2022-09-30", "张三")]), at("12-01 08:30"));
    assert!(reads(&story, &folder).await.ends.is_empty());
    assert_eq!(added(&reads(&story, &folder).await), 1);
}

#[tokio::test]
async fn who_died_between_applying_and_moving_moves_the_same_file_later() {
    let story = Story::begin().await;
    let inbox = inbox(&story);
    let text = ledger(&[row("K1", "一般", "2022-09-30", "张三")]);
    put(&inbox.join("l.csv"), &text, &story);
    let folder = source(FolderSource::new(inbox.clone()));
    assert_eq!(added(&reads(&story, &folder).await), 1);
    put(&inbox.join("l.csv"), &text, &story);
    assert!(is_unchanged(&reads(&story, &folder).await));
    assert_eq!(names(&inbox.join("processed")), ["2022-09-22-l-2.csv", "2022-09-22-l.csv"]);
    assert!(!inbox.join("l.csv").exists());
}

#[tokio::test]
async fn a_dry_run_applies_moves_and_remembers_nothing() {
    let story = Story::begin().await;
    let inbox = inbox(&story);
    put(&inbox.join("a.csv"), ledger(&[row("K1", "一般", "2022-09-30", "张三")]), &story);
    put(&inbox.join("b.csv"), "秘密", &story);
    let folder = source(FolderSource::new(inbox.clone()));
    let options = TurnOptions { dry_run: true, ..TurnOptions::default() };
    let turn = story.gateway.turn(&folder, options, false).await.expect("the store works");
    assert_eq!(turn.ends.len(), 2);
    assert!(turn.ends[0].1.is_ok() && turn.ends[1].1.is_err());
    assert_eq!((items(&story).await, names(&inbox)), (0, vec!["a.csv".to_owned(), "b.csv".to_owned()]));
    assert!(alarms(&story).await.is_empty() && story.gateway.store.sources().await.expect("reads").is_empty());
}
