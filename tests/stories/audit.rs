//! The auditor: the log is proved whole, and whatever was changed in it is found and named.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::story;
use chrono::Duration;
use dutybell::core::org::Locale;
use dutybell::gateway::Keeping;
use dutybell::render::dossier;
use dutybell::store::StoreError;
use dutybell::store::chain::{self, Broken, Head};
use dutybell::store::dossier::Record;
use sqlx::{AssertSqlSafe, Executor};
use story::{Story, at, row};

/// An office with a history of a dozen events, its chain whole.
async fn history() -> Story {
    let mut story =
        Story::with(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "重大", "2022-10-14", "张三")]).await;
    let (first, second) = (story.item("K1").await.code, story.item("K2").await.code);
    for (time, who, text) in [
        ("09-27 10:00", "zhangsan", format!("{first} 完成了，已更换接地线")),
        ("09-27 11:00", "lisi", format!("{first} 不合格，现场仍无接地")),
        ("09-27 12:00", "zhangsan", format!("{second} 申请延期3天，材料未到，已断电停用")),
        ("09-28 09:00", "zhangsan", format!("{first} 已完成")),
        ("09-28 10:00", "lisi", format!("{first} 合格")),
    ] {
        story.until(time).await;
        story.says(who, &text).await;
    }
    story.until("09-28 14:00").await;
    assert_eq!(story.state("K1").await, "closed");
    let verified = story.gateway.store.verify_chain(&[]).await.expect("verifies");
    assert_eq!(verified.broken, None);
    assert!(verified.events >= 6, "{verified:?}");
    story
}

/// What the verification says after something that the program itself never does; undone afterwards.
async fn after(story: &Story, statements: &str, published: &[Head]) -> Option<Broken> {
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let guards_off = match std::env::var("DUTYBELL_TEST_DATABASE") {
        Err(_) => {
            "DROP TRIGGER events_are_not_updated; DROP TRIGGER events_are_not_deleted;
             DROP TRIGGER chain_is_not_updated; DROP TRIGGER chain_is_not_deleted; PRAGMA defer_foreign_keys = ON"
        }
        Ok(_) => {
            "ALTER TABLE events DISABLE TRIGGER USER; ALTER TABLE chain DISABLE TRIGGER USER;
             ALTER TABLE chain DROP CONSTRAINT chain_event_id_fkey"
        }
    };
    (&mut *tx).execute(AssertSqlSafe(format!("{guards_off}; {statements}"))).await.expect("tampers");
    chain::verify(&mut tx, published).await.expect("verifies").broken
}

/// Every event, of items and of everything else.
async fn ids(story: &Story) -> Vec<i64> {
    let mut tx = story.gateway.store.snapshot().await.expect("begins");
    sqlx::query_scalar("SELECT id FROM events ORDER BY id").fetch_all(&mut *tx).await.expect("reads")
}

#[tokio::test]
async fn an_event_that_was_edited_is_named_whatever_of_it_was_edited() {
    let story = history().await;
    let changes = [
        "item_id = CASE WHEN item_id = 1 THEN 2 ELSE 1 END",
        "object = 'rule'",
        "object = CASE WHEN object = 'item' THEN 'person' ELSE 'item' END",
        "object_id = coalesce(object_id, 0) + 1",
        "object_id = CASE WHEN object_id IS NULL THEN 7 END",
        "version = version + 1",
        "at = at + 1",
        "actor = 'person:99'",
        "via = 'elsewhere'",
        "inbox_id = 4711",
        "event = 'close'",
        "state = 'closed!'",
        "data = replace(data, '}', ', \"x\": 1}')",
        "data = data || ' '",
        "after = replace(after, '星', '火')",
        "after = '{}'",
    ];
    for id in ids(&story).await {
        for change in changes {
            let text = format!("UPDATE events SET {change} WHERE id = {id}");
            // A simple event is a bare word, and not every object bears that name: nothing to replace in it. A rule is one.
            let same = change.contains("= replace(") || change == "object = 'rule'";
            let broken = after(&story, &text, &[]).await;
            assert!(
                broken.as_ref().is_some_and(|b| b.event == id) || (same && broken.is_none()),
                "{id} {change}: {broken:?}"
            );
        }
    }
}

#[tokio::test]
async fn deleting_inserting_swapping_and_relinking_are_found() {
    let story = history().await;
    let ids = ids(&story).await;
    let last = ids[ids.len() - 1];
    for (n, id) in ids.iter().enumerate() {
        let next = ids.get(n + 1).copied();
        let both = format!("DELETE FROM chain WHERE event_id = {id}; DELETE FROM events WHERE id = {id}");
        let broken = after(&story, &both, &[]).await.expect("a deleted event is missed");
        // The one after it no longer fits; after the last, the item is newer than its log.
        assert_eq!(broken.event, next.unwrap_or(*id), "{broken:?}");
        let only = format!("DELETE FROM events WHERE id = {id}");
        assert!(after(&story, &only, &[]).await.is_some(), "the link of {id} is left over");
        let unlinked = format!("DELETE FROM chain WHERE event_id = {id}");
        assert_eq!(after(&story, &unlinked, &[]).await.expect("found").event, *id);
    }
    let columns = "item_id, object, object_id, version, at, actor, via, inbox_id, event, data, state, after";
    let inserted =
        format!("INSERT INTO events (id, {columns}) SELECT {last} + 1, {columns} FROM events WHERE id = {last}");
    assert_eq!(after(&story, &inserted, &[]).await.expect("found").event, last + 1);
    let (a, b) = (ids[2], ids[3]);
    let swapped = format!(
        "UPDATE events SET id = -1 WHERE id = {a}; UPDATE events SET id = {a} WHERE id = {b}; UPDATE events SET id = {b} WHERE id = -1"
    );
    assert_eq!(after(&story, &swapped, &[]).await.expect("found").event, a);
    let emptied = format!("UPDATE chain SET salt = '' WHERE event_id = {a}");
    assert_eq!(after(&story, &emptied, &[]).await.expect("found").event, a);
}

#[tokio::test]
async fn a_log_cut_short_is_found_by_the_items_and_a_rewritten_one_by_a_published_head() {
    let story = history().await;
    let head = story.gateway.store.head().await.expect("reads").expect("has one");
    let cut = format!("DELETE FROM chain WHERE event_id = {0}; DELETE FROM events WHERE id = {0}", head.event);
    let broken = after(&story, &cut, &[]).await.expect("found");
    assert!(broken.why.contains("newer than its log"), "{broken:?}");
    // Items set back as well: only what was published shows it.
    let all = format!("{cut}; UPDATE items SET version = 0");
    assert_eq!(after(&story, &all, &[]).await, None);
    let broken = after(&story, &all, std::slice::from_ref(&head)).await.expect("found");
    assert!(broken.event == head.event && broken.why.contains("published"), "{broken:?}");
    let other = Head { hash: "0".repeat(64), ..head };
    let broken = after(&story, "SELECT 1", &[other]).await.expect("found");
    assert!(broken.why.contains("differs from the published head"), "{broken:?}");
}

#[tokio::test]
async fn the_program_itself_cannot_change_or_delete_what_was_logged() {
    let story = history().await;
    for text in [
        "UPDATE events SET actor = 'person:99' WHERE id = 3",
        "UPDATE events SET at = 0",
        "UPDATE events SET item_id = NULL WHERE item_id IS NOT NULL",
        "UPDATE events SET object = 'rule' WHERE item_id IS NOT NULL",
        "UPDATE events SET object_id = 1 WHERE item_id IS NOT NULL",
        "DELETE FROM events",
        "DELETE FROM chain",
        "UPDATE chain SET hash = ''",
    ] {
        let mut tx = story.gateway.store.begin().await.expect("begins");
        let refused = (&mut *tx).execute(AssertSqlSafe(text.to_owned())).await;
        assert!(refused.is_err_and(|e| e.to_string().contains("append-only")), "{text}");
    }
}

#[tokio::test]
async fn what_rows_point_at_is_there_and_stays() {
    let story = history().await;
    let notice = "INSERT INTO notices (key, kind, named_id, person_id, lane, send_at, state, created_at, data)";
    let message = "INSERT INTO messages (person_id, kind, lane, state, next_try_at, created_at, body)";
    let (line, attempt) = (
        "INSERT INTO message_lines (message_id, number, kind, named_id)",
        "INSERT INTO attempts (message_id, at, channel, outcome)",
    );
    let tried = async |text: &str| {
        let mut tx = story.gateway.store.begin().await.expect("begins");
        (&mut *tx).execute(AssertSqlSafe(text.to_owned())).await.is_ok()
    };
    for good in [
        format!("{notice} VALUES ('k', 'item', 1, 1, 3, 0, 'queued', 0, '{{}}')"),
        format!("{notice} VALUES ('k', 'system', NULL, 1, 3, 0, 'queued', 0, '{{}}')"),
        format!(
            "{message} VALUES (1, 'notices', 3, 'queued', 0, 0, '{{}}'), (NULL, 'answer', 1, 'queued', 0, 0, '{{}}')"
        ),
        format!("{line} VALUES (1, 90, 'item', 1)"),
        format!("{attempt} VALUES (1, 0, 'desk', 'accepted')"),
    ] {
        assert!(tried(&good).await, "{good}");
    }
    for bad in [
        format!(
            "{notice} VALUES ('k', 'item', 1, 1, 3, 0, 'queued', 0, '{{}}'), ('l', 'item', 9999, 1, 3, 0, 'queued', 0, '{{}}')"
        ),
        format!("{notice} VALUES ('k', 'system', NULL, 9999, 3, 0, 'queued', 0, '{{}}')"),
        format!("{message} VALUES (9999, 'notices', 3, 'queued', 0, 0, '{{}}')"),
        format!("{line} VALUES (9999, 90, 'item', 1)"),
        format!("{line} VALUES (1, 90, 'item', 9999)"),
        format!("{attempt} VALUES (9999, 0, 'desk', 'accepted')"),
        "DELETE FROM items".to_owned(),
        "DELETE FROM people".to_owned(),
        "DELETE FROM messages".to_owned(),
    ] {
        assert!(!tried(&bad).await, "{bad}");
    }
}

#[tokio::test]
async fn an_item_is_what_its_log_says_however_often_it_was_planned() {
    let story = history().await;
    let item = story.item("K2").await;
    let logged = story.gateway.store.history(item.id).await.expect("reads").pop().expect("an event").after;
    // How far it is planned is kept apart from what happened, and goes on.
    assert!(item.planned_until > logged.planned_until, "{item:?}");
    assert_eq!(dutybell::core::item::Item { planned_until: logged.planned_until, ..item.clone() }, logged);
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let text = "SELECT count(*) FROM items i JOIN events e ON e.id = (SELECT max(id) FROM events WHERE item_id = i.id)
        WHERE i.data = e.after";
    let same: i64 = sqlx::query_scalar(text).fetch_one(&mut *tx).await.expect("counts");
    assert_eq!(same, 2, "planning writes into no item");
    // A change says anew from where it is to be planned: what was planned for the item as it was counts no more.
    let ahead = story.gateway.now() + Duration::days(400);
    let stale = format!("UPDATE items SET planned_until = {}, planned_version = version - 1", ahead.timestamp_millis());
    (&mut *tx).execute(AssertSqlSafe(stale)).await.expect("writes");
    tx.commit().await.expect("commits");
    assert_eq!(story.item("K2").await.planned_until, logged.planned_until);
}

#[tokio::test]
async fn personal_texts_are_purged_after_their_time_and_every_link_still_holds() {
    let story = history().await;
    let store = &story.gateway.store;
    let mut tx = store.begin().await.expect("begins");
    // K1 is closed since 28 September; K2 is open and keeps its texts.
    assert_eq!(chain::purge_texts(&mut tx, at("09-28 08:00"), 100).await.expect("purges"), 0, "not yet");
    let purged = chain::purge_texts(&mut tx, at("09-29 08:00"), 100).await.expect("purges");
    tx.commit().await.expect("commits");
    assert!(purged >= 5, "{purged}");
    let verified = store.verify_chain(&[]).await.expect("verifies");
    assert_eq!((verified.broken, verified.purged), (None, u64::try_from(purged).expect("small")));
    let closed = story.item("K1").await;
    for event in store.history(closed.id).await.expect("reads") {
        assert_eq!((event.after.title.as_str(), event.after.note.as_str()), ("", ""));
        assert_eq!(event.after.current_due, closed.current_due, "facts stay");
    }
    let open = story.item("K2").await;
    assert!(store.history(open.id).await.expect("reads").iter().all(|e| !e.after.title.is_empty()));
    // What was purged cannot be filled with something else.
    let id = store.history(closed.id).await.expect("reads")[1].id;
    let filled =
        format!("UPDATE events SET after = replace(after, '\"title\":\"\"', '\"title\":\"x\"') WHERE id = {id}");
    assert_eq!(after(&story, &filled, &[]).await.expect("found").event, id);
}

#[tokio::test]
async fn the_watchdog_erases_texts_in_time_and_publishes_the_head_once_a_day() {
    let mut story = history().await;
    let heads = story.folder().join("heads.txt");
    story.keeping(Keeping { texts: Some(Duration::days(30)), heads_file: Some(heads.clone()) });
    story.until("10-20 12:00").await;
    let closed = story.item("K1").await;
    let title = |events: Vec<dutybell::store::events::Logged>| events[0].after.title.clone();
    assert_ne!(title(story.gateway.store.history(closed.id).await.expect("reads")), "", "not yet");
    story.until("11-05 12:00").await;
    let store = &story.gateway.store;
    assert_eq!(title(store.history(closed.id).await.expect("reads")), "");
    let text = std::fs::read_to_string(&heads).expect("reads");
    let days: Vec<&str> = text.lines().map(|l| &l[..10]).collect();
    assert!(days.len() > 30 && days.windows(2).all(|d| d[0] < d[1]), "{days:?}");
    let published: Vec<Head> = text
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            Head { event: words[1].parse().expect("a number"), hash: words[2].to_owned() }
        })
        .collect();
    assert_eq!(store.verify_chain(&published).await.expect("verifies").broken, None);
    // What was said about the closed item, and sent, is erased; the open one keeps its words.
    let words = |item| async move {
        let mut said = String::new();
        store
            .records::<StoreError>(Some(item), |r| {
                said += &format!("{}{}", r.text("inbound"), if r.kind == "message" { r.text("body") } else { "" });
                Ok(())
            })
            .await
            .expect("reads");
        said
    };
    assert!(!words(closed.id).await.contains("已更换接地线"));
    assert!(words(story.item("K2").await.id).await.contains("已断电停用"));
}

#[tokio::test]
async fn the_dossier_shows_decisions_messages_tries_and_answers_and_no_markup_of_others() {
    let mut story = history().await;
    story.says("zhangsan", "<b>什么时候</b>来复查？").await;
    let item = story.item("K1").await;
    let verified = story.gateway.store.verify_chain(&[]).await.expect("verifies");
    let page = dossier(&story.gateway.dossier(&item, &verified, Locale::ZhCn).await.expect("reads")).expect("renders");
    for part in ["已更换接地线", "现场仍无接地", "claim_done → 待复查", "verify_fail", "张三", "李四", "发送：accepted"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(page.contains("&lt;b&gt;什么时候&lt;&#x2f;b&gt;") && !page.contains("<b>什么"), "{page}");
}

#[tokio::test]
async fn an_export_is_proved_by_others_with_what_the_documentation_says() {
    let story = history().await;
    let mut lines = String::new();
    let take = |record: Record| {
        lines += &serde_json::to_string(&record).expect("writes");
        lines.push('\n');
        Ok::<(), StoreError>(())
    };
    story.gateway.store.records(None, take).await.expect("reads");
    for kind in ["person", "event", "notice", "message", "attempt", "reply"] {
        assert!(lines.contains(&format!("\"kind\":\"{kind}\"")), "{kind}");
    }
    let head = story.gateway.store.head().await.expect("reads").expect("has one");
    let (whole, text) = python_verifies(&lines);
    assert!(whole && text.contains(&head.hash), "{text}");
    let (whole, text) = python_verifies(&lines.replacen("防静电", "防静电?", 1));
    assert!(!whole && text.contains("text of event"), "{text}");
}

fn python_verifies(lines: &str) -> (bool, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/counterparts/verify_export.py");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 is there");
    // It may end before it has read everything: that is for its exit code to say.
    let _ = child.stdin.take().expect("piped").write_all(lines.as_bytes());
    let output = child.wait_with_output().expect("ends");
    (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}
