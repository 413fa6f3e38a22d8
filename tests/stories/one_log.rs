//! One log: whoever changes people, posts, absences, contact points or rules stands in the same chain as whoever changes
//! an item, and the register is what its events add up to.

use crate::story::{HOST, Story, at, row};
use dutybell::app::people as office;
use dutybell::channel::Outcome;
use dutybell::core::org::PersonId;
use dutybell::store::dossier::Record;
use dutybell::store::{StoreError, chain, people};

const CODE: &str = "K7QFM-2ZPXW-9TRBD-4HSVN";

async fn an_office() -> Story {
    Story::with(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "一般", "2022-10-14", "张三")]).await
}

async fn id(story: &Story, name: &str) -> PersonId {
    story.gateway.directory().await.expect("reads").people_named(name)[0].id
}

/// The log's lines that are about no item, as `actor: event object`, newest last.
async fn lines(story: &Story) -> Vec<String> {
    let mut all = Vec::new();
    let take = |record: Record| {
        if record.kind == "event" && record.text("object") != "item" {
            all.push(format!("{}: {} {}", record.text("actor"), record.text("event"), record.text("object")));
        }
        Ok::<(), StoreError>(())
    };
    story.gateway.store.records(None, take).await.expect("reads");
    all
}

async fn whole(story: &Story) {
    let verified = story.gateway.store.verify_chain(&[]).await.expect("verifies");
    assert!(verified.is_whole(), "{:?} {:?}", verified.broken, verified.differing);
}

async fn differing(story: &Story) -> Vec<String> {
    let verified = story.gateway.store.verify_chain(&[]).await.expect("verifies");
    assert_eq!(verified.broken, None, "the log itself holds");
    verified.differing.iter().map(|d| format!("{d}: {}", d.why)).collect()
}

#[tokio::test]
async fn a_list_of_people_is_in_the_log_with_its_name() {
    let story = an_office().await;
    let lines = lines(&story).await;
    for object in ["unit", "person", "post", "tenure", "contact"] {
        let added = format!(": added {object}");
        assert!(lines.iter().any(|l| l.starts_with("import:") && l.ends_with(&added)), "{object}: {lines:#?}");
    }
    whole(&story).await;
}

#[tokio::test]
async fn each_way_to_change_the_register_is_logged_with_who_it_was() {
    let mut story = an_office().await;
    let (zhang, sun, li) = (id(&story, "张三").await, id(&story, "孙八").await, id(&story, "李四").await);
    let before = lines(&story).await.len();
    story.gateway.issue_link(zhang, "desk", CODE).await.expect("issues");
    story.says("newphone", CODE).await;
    office::rename(&story.gateway, &HOST, sun, "孙捌").await.expect("renames");
    office::add_absence(&story.gateway, &HOST, li, sun, story.gateway.now(), at("10-01 00:00")).await.expect("adds");
    story.mail.will("zhangsan@qingshi.example", vec![Outcome::AddressGone { reason: "no such box".to_owned() }]);
    story.desk.will("newphone", vec![Outcome::AddressGone { reason: "blocked".to_owned() }]);
    story.until("09-30 12:00").await;
    let lines = lines(&story).await.split_off(before);
    for wanted in [
        format!("person:{}: removed contact", zhang.0),
        format!("person:{}: added contact", zhang.0),
        "command:clerk: changed person".to_owned(),
        "command:clerk: added absence".to_owned(),
        "rule:delivery: changed contact".to_owned(),
    ] {
        assert!(lines.contains(&wanted), "{wanted}: {lines:#?}");
    }
    let died = lines.iter().filter(|l| *l == "rule:delivery: changed contact").count();
    assert_eq!(died, 2, "the mailbox and the chat: {lines:#?}");
    whole(&story).await;
}

#[tokio::test]
async fn a_leaving_and_its_taking_back_stand_in_the_log_and_what_was_only_shown_does_not() {
    let story = an_office().await;
    let zhang = id(&story, "张三").await;
    let before = lines(&story).await;
    office::offboard(&story.gateway, &HOST, zhang, None, false).await.expect("shows");
    assert_eq!(lines(&story).await, before);
    office::offboard(&story.gateway, &HOST, zhang, None, true).await.expect("leaves");
    office::take_back(&story.gateway, &HOST, zhang, true).await.expect("comes back");
    let after = lines(&story).await.split_off(before.len());
    assert_eq!(after.iter().filter(|l| *l == "command:clerk: changed person").count(), 2, "{after:#?}");
    whole(&story).await;
}

#[tokio::test]
async fn nothing_of_the_register_lasts_without_a_line_in_the_log() {
    let story = an_office().await;
    let sun = id(&story, "孙八").await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    people::register::rename(&mut tx, sun, "孙捌").await.expect("writes");
    let error = tx.commit().await.expect_err("no line says so");
    assert!(matches!(error, StoreError::Unlogged { object: "person", .. }), "{error}");
    assert_eq!(id(&story, "孙八").await, sun);
}

#[tokio::test]
async fn what_is_written_back_as_it_stood_is_no_event() {
    let story = an_office().await;
    let sun = id(&story, "孙八").await;
    let before = lines(&story).await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    people::register::rename(&mut tx, sun, "孙八").await.expect("writes");
    crate::story::kept(tx, story.gateway.now()).await;
    assert_eq!(lines(&story).await, before);
}

#[tokio::test]
async fn rows_that_were_changed_beside_the_program_are_found() {
    let story = an_office().await;
    let sun = id(&story, "孙八").await.0;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    for sql in [
        format!("UPDATE people SET administrator = 1 WHERE id = {sun}"),
        "UPDATE contacts SET address = 'elsewhere' WHERE id = (SELECT min(id) FROM contacts)".to_owned(),
        "DELETE FROM tenures WHERE id = (SELECT max(id) FROM tenures)".to_owned(),
        "INSERT INTO leaves (person_id, deputy_id, since, until) SELECT min(id), max(id), 0, 9 FROM people".to_owned(),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut *tx).await.expect("writes");
    }
    tx.commit().await.expect("the program did not write");
    let found = differing(&story).await;
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(found.contains(&format!("person {sun}: administrator differs from what its events say")), "{found:#?}");
    assert!(found.iter().any(|f| f.starts_with("contact ") && f.contains("address differs")), "{found:#?}");
    assert!(found.iter().any(|f| f.starts_with("tenure ") && f.contains("the row is gone")), "{found:#?}");
    assert!(found.iter().any(|f| f.starts_with("absence ") && f.contains("no event made it")), "{found:#?}");
    assert!(found.iter().all(|f| !f.contains("elsewhere")), "names no address: {found:#?}");
}

#[tokio::test]
async fn rules_in_force_stand_in_the_log_and_others_are_found() {
    let mut story = an_office().await;
    story.until("09-22 12:00").await;
    let count = |lines: Vec<String>| lines.iter().filter(|l| l.starts_with("rule:start: adopted ")).count();
    assert_eq!(count(lines(&story).await), 2, "the policy and the calendars");
    whole(&story).await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    sqlx::query("UPDATE meta SET value = 'ab cd' WHERE key = 'rules'").execute(&mut *tx).await.expect("writes");
    tx.commit().await.expect("commits");
    assert_eq!(differing(&story).await, ["rule 1: the rules in force are not those of the log"]);
}

#[tokio::test]
async fn a_name_that_was_erased_after_its_time_leaves_the_log_whole() {
    let mut story = an_office().await;
    let sun = id(&story, "孙八").await;
    office::offboard(&story.gateway, &HOST, sun, None, true).await.expect("leaves");
    story.until("09-28 12:00").await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let purged = chain::purge_texts(&mut tx, at("09-27 12:00"), 100).await.expect("purges");
    tx.commit().await.expect("commits");
    assert!(purged >= 3, "the person's two lines and the contact point's: {purged}");
    let mut names = 0;
    let take = |record: Record| {
        let says = record.text("after").contains("孙八") || record.text("after").contains("sunba");
        names += i64::from(record.kind == "event" && record.text("object") != "item" && says);
        Ok::<(), StoreError>(())
    };
    story.gateway.store.records(None, take).await.expect("reads");
    assert_eq!(names, 0);
    whole(&story).await;
}
