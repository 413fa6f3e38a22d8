//! Items that were edited beside the program: the log knows better.

use dutybell::store::Store;
use sqlx::AssertSqlSafe;

use crate::office::Office;
use crate::story::{Story, row};

async fn edited(story: &Story, statement: &str) {
    let mut tx = story.gateway.store.begin().await.expect("begins");
    // PostgreSQL refuses to delete items, unless somebody switches that off.
    if statement.starts_with("DELETE FROM items") && std::env::var("DUTYBELL_TEST_DATABASE").is_ok() {
        sqlx::query("SET LOCAL session_replication_role = replica").execute(&mut *tx).await.expect("sets");
    }
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut *tx).await.expect(statement);
    tx.commit().await.expect("commits");
}

async fn office() -> Story {
    let rows = [
        row("K1", "一般", "2022-09-30", "张三"),
        row("K2", "重大", "2022-10-14", "孙八"),
        row("K3", "一般", "2022-10-28", "孙八"),
    ];
    let mut story = Story::with(&rows).await;
    story.until("09-23 10:00").await;
    story.says("zhangsan", "完成").await;
    story.until("09-24 10:00").await;
    story
}

/// What the verification says about items: code and reason.
async fn found(story: &Story) -> Vec<(String, String)> {
    let verified = story.gateway.store.verify_chain(&[]).await.expect("verifies");
    assert!(verified.broken.is_none_or(|b| b.why.contains("newer than its log")), "no event was touched");
    verified.differing.into_iter().map(|d| (d.name, d.why)).collect()
}

#[tokio::test]
async fn an_office_that_only_lived_agrees_with_its_log_at_every_hour() {
    let mut story = office().await;
    assert_eq!(found(&story).await, []);
    story.says("sunba", "1不归我管").await;
    story.says("lisi", "合格").await;
    story.until("10-20 10:00").await;
    assert_eq!(found(&story).await, []);
}

#[tokio::test]
async fn a_state_a_deadline_and_a_person_edited_in_the_database_are_found_and_the_item_is_named() {
    for (statement, word) in [
        ("UPDATE items SET state = 'closed', open = 0, next_wake_at = NULL WHERE id = 2", "state"),
        ("UPDATE items SET current_due = current_due + 86400000000 WHERE id = 2", "current_due"),
        ("UPDATE items SET data = replace(data, '\"assigned\"', '\"closed\"'), state = 'closed' WHERE id = 2", "state"),
        ("UPDATE items SET version = version - 1 WHERE id = 2", "version"),
        ("UPDATE items SET code = 'XXXX' WHERE id = 2", "code"),
        ("UPDATE item_people SET who_id = 1 WHERE item_id = 2 AND role = 'verifier'", "people"),
        ("DELETE FROM item_people WHERE item_id = 2 AND role = 'responsible'", "people"),
        ("UPDATE item_people SET open = 0 WHERE item_id = 2", "people"),
    ] {
        let story = office().await;
        let code = story.item("K2").await.code;
        edited(&story, statement).await;
        let found = found(&story).await;
        let [(named, why)] = found.as_slice() else { panic!("{statement}: {found:?}") };
        assert!(*named == code || named == "XXXX", "{statement}: {found:?}");
        assert!(why.contains(word), "{statement}: {found:?}");
    }
}

#[tokio::test]
async fn a_row_that_is_gone_and_a_row_that_no_event_made_are_found() {
    let story = office().await;
    let code = story.item("K3").await.code;
    edited(&story, "INSERT INTO items (id, code, state, open, version, data) SELECT 77, 'ZZ77', state, open, version, replace(data, '\"id\":1,', '\"id\":77,') FROM items WHERE id = 1").await;
    let added = found(&story).await;
    assert!(matches!(added.as_slice(), [(named, _)] if named == "ZZ77"), "{added:?}");
    edited(&story, "DELETE FROM items WHERE id = 77").await;
    // Whoever deletes a row beside the program has switched off what would refuse it.
    if std::env::var("DUTYBELL_TEST_DATABASE").is_ok() {
        edited(&story, "DELETE FROM items WHERE id = 3").await;
    } else {
        let options = story.url().parse::<sqlx::sqlite::SqliteConnectOptions>().expect("reads").foreign_keys(false);
        let pool = sqlx::SqlitePool::connect_with(options).await.expect("opens");
        sqlx::query("DELETE FROM items WHERE id = 3").execute(&pool).await.expect("deletes");
        pool.close().await;
    }
    let gone = found(&story).await;
    assert!(matches!(gone.as_slice(), [(named, why)] if *named == code && why.contains("gone")), "{gone:?}");
}

#[tokio::test]
async fn texts_that_were_erased_after_their_time_are_no_difference() {
    let story = office().await;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let state = "UPDATE items SET open = 0 WHERE id = 1";
    sqlx::query(state).execute(&mut *tx).await.expect("sets");
    dutybell::store::chain::purge_texts(&mut tx, crate::story::at("12-01 08:00"), 500).await.expect("purges");
    sqlx::query("UPDATE items SET open = 1 WHERE id = 1").execute(&mut *tx).await.expect("sets back");
    tx.commit().await.expect("commits");
    assert_eq!(found(&story).await, []);
}

#[tokio::test]
async fn audit_verify_and_doctor_name_an_item_whose_row_was_edited() {
    let office = Office::new();
    let pack =
        |name: &str| format!("{}/packs/qingshi/{name}", std::path::Path::new(env!("CARGO_MANIFEST_DIR")).display());
    office.file("dutybell.toml", "");
    let (units, people, ledger) = (pack("units.csv"), pack("people.csv"), pack("ledger.csv"));
    office.run(&["import", "--people", &units, "--people", &people, &ledger]);
    assert!(office.run(&["audit", "verify"]).contains("whole"));
    let store = Store::open(&format!("sqlite:{}", office.path().join("dutybell.db").display())).await.expect("opens");
    let item = store.items(1).await.expect("reads").remove(0);
    let mut tx = store.begin().await.expect("begins");
    sqlx::query("UPDATE items SET state = 'closed', open = 0 WHERE id = $1")
        .bind(item.id.0)
        .execute(&mut *tx)
        .await
        .expect("edits");
    tx.commit().await.expect("commits");
    store.close().await;
    let verify = office.command().args(["audit", "verify"]).output().expect("runs");
    let said = String::from_utf8_lossy(&verify.stdout).into_owned();
    assert_eq!(verify.status.code(), Some(1), "{said}");
    assert!(said.contains(&item.code) && said.contains("state"), "{said}");
    let doctor = office.command().arg("doctor").output().expect("runs");
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert_eq!(doctor.status.code(), Some(1), "{said}");
    assert!(said.lines().any(|l| l.starts_with("FAIL") && l.contains(&item.code)), "{said}");
}

#[tokio::test]
async fn an_office_of_an_earlier_version_agrees_with_its_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/offices/2026-11/office.sqlite");
    std::fs::copy(kept, folder.path().join("office.db")).expect("copies");
    let store = Store::open(&format!("sqlite:{}", folder.path().join("office.db").display())).await.expect("opens");
    let verified = store.verify_chain(&[]).await.expect("verifies");
    assert!(verified.is_whole() && verified.events > 0, "{verified:?}");
    store.close().await;
}
