//! Deadlines as calendar feeds.

use super::{hedong, import, ledger};
use crate::story::Story;

async fn feed(story: &Story) -> String {
    let feeds = story.gateway.export_feeds().await.expect("exports");
    feeds.into_iter().map(|f| f.text).collect()
}

async fn office() -> Story {
    let story = hedong().await;
    let rows = [
        ["K-1", "甲处堵塞", "2026-12-15", "张强", "", "", ""],
        ["K-2", "乙处漏电", "2026-12-01 12:00", "张强", "", "", ""],
    ];
    import(&story, "ledger.csv", ledger(&rows).as_bytes()).await;
    story
}

fn values<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let of = |line: &'t str| line.strip_prefix(name).filter(|rest| rest.starts_with([':', ';']));
    text.lines().filter_map(of).filter_map(|rest| rest.split_once(':')).map(|(_, v)| v.trim()).collect()
}

#[tokio::test]
async fn an_event_ends_after_it_begins() {
    let text = feed(&office().await).await;
    let (starts, ends) = (values(&text, "DTSTART"), values(&text, "DTEND"));
    assert_eq!((starts.len(), ends.len()), (2, 2), "{text}");
    assert!(starts.iter().zip(&ends).all(|(start, end)| end > start && end.len() == start.len()), "{text}");
    assert!(starts.contains(&"20261215T093000Z") && starts.contains(&"20261201T040000Z"), "{text}");
}

#[tokio::test]
async fn an_event_is_one_of_its_kind_in_all_offices_and_the_same_one_each_time() {
    let (one, other) = (office().await, office().await);
    let first = feed(&one).await;
    let mut names = values(&first, "UID");
    assert_eq!(names.len(), 4, "two events and their alarms: {first}");
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 4, "{first}");
    let theirs = feed(&other).await;
    assert!(values(&theirs, "UID").iter().all(|uid| !names.contains(uid)), "{first}\n{theirs}");
    let again = feed(&one).await;
    assert_eq!(values(&first, "UID"), values(&again, "UID"));
}
