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
