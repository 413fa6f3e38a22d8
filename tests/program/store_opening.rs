//! Opening a database: made when missing, migrated when older, refused untouched when newer or foreign.

use dutybell::store::Store;

fn url(path: &std::path::Path) -> String {
    format!("sqlite:{}", path.display())
}

#[tokio::test]
async fn a_missing_file_is_made_and_opens_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("new").join("office.db");
    std::fs::create_dir_all(path.parent().expect("has one")).expect("makes");
    drop(Store::open(&url(&path)).await.expect("opens"));
    Store::open(&url(&path)).await.expect("opens again");
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_with_a_clear_message_and_not_touched() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("office.db");
    drop(Store::open(&url(&path)).await.expect("opens"));
    let pool = sqlx::SqlitePool::connect(&url(&path)).await.expect("connects");
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (99990101, 'from the future', 1, x'00', 0)",
    )
    .execute(&pool)
    .await
    .expect("writes");
    pool.close().await;
    let before = std::fs::read(&path).expect("reads");
    let error = Store::open(&url(&path)).await.expect_err("refuses").to_string();
    assert!(error.contains("newer"), "{error}");
    assert_eq!(std::fs::read(&path).expect("reads"), before, "the file is untouched");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("notes.db");
    std::fs::write(&path, "these are somebody's notes, not a database\n".repeat(50)).expect("writes");
    let before = std::fs::read(&path).expect("reads");
    let error = Store::open(&url(&path)).await.expect_err("refuses").to_string();
    assert!(error.contains("not a SQLite database"), "{error}");
    assert_eq!(std::fs::read(&path).expect("reads"), before);
}

#[tokio::test]
async fn a_folder_that_does_not_exist_is_named() {
    let error = Store::open("sqlite:/nowhere/at/all/office.db").await.expect_err("refuses").to_string();
    assert!(error.contains("/nowhere/at/all"), "{error}");
}

#[tokio::test]
async fn a_database_of_an_earlier_version_is_brought_up_to_date_with_its_log_proved_from_then_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("office.db");
    let first = folder.path().join("first");
    std::fs::create_dir(&first).expect("makes");
    let name = "0001_first.sql";
    let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite").join(name);
    std::fs::copy(shipped, first.join(name)).expect("copies");
    let pool = sqlx::SqlitePool::connect(&format!("{}?mode=rwc", url(&path))).await.expect("connects");
    sqlx::migrate::Migrator::new(first).await.expect("reads").run(&pool).await.expect("migrates");
    for text in [
        "INSERT INTO items (id, code, state, open, version, data) VALUES (1, 'A', 'closed', 0, 2, '{}')",
        "INSERT INTO events (item_id, version, at, actor, event, data, state, after)
         VALUES (1, 1, 5, 'office', 'register', '\"register\"', 'draft', '{}'),
                (1, 2, 9, 'office', 'close', '{\"document\": \"x\"}', 'closed', '{}')",
        "INSERT INTO inbox (channel, account, update_id, body_hash, received_at, state, inbound, raw)
         VALUES ('desk', 'desk', 'u1', '', 5, 'done', '{\"sender\": \"zhangsan\", \"chat\": \"zhangsan\", \"private\": true, \"content\": {\"type\": \"other\", \"what\": \"a sticker\"}}', '')",
    ] {
        sqlx::query(text).execute(&pool).await.expect("writes");
    }
    pool.close().await;
    let store = Store::open(&url(&path)).await.expect("opens and migrates");
    let verified = store.verify_chain(&[]).await.expect("verifies");
    assert_eq!((verified.events, verified.broken), (2, None));
    assert_eq!(store.said_from("desk", "zhangsan", 5).await.expect("reads").len(), 1);
    assert_eq!(store.said_from("desk", "lisi", 5).await.expect("reads").len(), 0);
}
