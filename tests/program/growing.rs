//! An office grows: from its SQLite file to PostgreSQL, with everything, and nobody hears anything twice.

use std::process::{Command, Output};

use crate::postgres;
use crate::story;
use dutybell::store::Store;
use dutybell::store::sources::{self, Remembered};
use story::{PACK, Story, at, row};

fn migrate(from: &str, to: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dutybell"));
    command.args(["migrate-store", "--from", from, "--to", to]).output().expect("runs")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_carried_over_compared_and_goes_on_where_it_was() {
    if std::env::var("DUTYBELL_TEST_DATABASE").is_ok() {
        return; // begins on SQLite
    }
    let server = postgres::start(&[]);
    let mut before =
        Story::with(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "重大", "2022-10-14", "张三")]).await;
    before.until("09-29 10:00").await;
    before.says("zhangsan", "1完成了").await;
    before.until("09-29 11:00").await;
    let heard = before.gateway.store.sent_to("desk", "zhangsan", 500).await.expect("reads").len();
    let seen = Remembered {
        digest: "d".to_owned(),
        etag: Some("\"v1\"".to_owned()),
        fresh_at: Some(at("09-29 10:00")),
        rows: Some(2),
        read_at: at("09-29 10:30"),
        problem: "failed: 无法连接".to_owned(),
        ..Remembered::default()
    };
    let mut tx = before.gateway.store.begin().await.expect("begins");
    sources::put(&mut tx, "台账", &seen).await.expect("writes");
    tx.commit().await.expect("commits");

    let done = migrate(&before.url(), &server.url());
    let text = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(text.contains("both sides are the same"), "{text}");

    let folder = tempfile::tempdir().expect("a folder");
    let mut after = Story::on(&server.url(), folder, PACK, at("09-29 11:00")).await;
    after.gateway.settle().await.expect("settles");
    assert_eq!(after.gateway.store.sources().await.expect("reads"), [("台账".to_owned(), seen)]);
    assert_eq!(after.gateway.store.sent_to("desk", "zhangsan", 500).await.expect("reads").len(), heard);
    assert_eq!(after.state("K1").await, "reported_done");
    let verified = after.gateway.store.verify_chain(&[]).await.expect("verifies");
    assert_eq!(verified.broken, None);
    assert!(verified.events >= 3);
    // The new database counts on: new rows, new events.
    let code = after.item("K1").await.code;
    after.says("lisi", &format!("{code} 合格")).await;
    after.until("10-12 12:00").await;
    assert!(after.days_told("zhangsan").await.contains(&"10-11".to_owned()), "{:?}", after.days_told("zhangsan").await);
    assert_eq!(after.gateway.store.verify_chain(&[]).await.expect("verifies").broken, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_holds_something_a_missing_source_and_a_wrong_address_change_nothing() {
    let server = postgres::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("office.db");
    let url = format!("sqlite:{}", path.display());
    let missing = migrate(&url, &server.url());
    assert!(String::from_utf8_lossy(&missing.stderr).contains("cannot read"), "{missing:?}");
    assert!(!path.exists());

    let store = Store::open(&server.url()).await.expect("opens");
    let mut tx = store.begin().await.expect("begins");
    dutybell::store::clockwork::put_meta(&mut tx, "held", "yes").await.expect("writes");
    tx.commit().await.expect("commits");
    drop(Store::open(&url).await.expect("opens"));
    let refused = migrate(&url, &server.url());
    assert!(!refused.status.success());
    let text = String::from_utf8_lossy(&refused.stderr);
    assert!(text.contains("not empty") && text.contains("meta"), "{text}");

    let nobody = migrate(&url, "postgres://office:hidden-word@127.0.0.1:1/office");
    let text = String::from_utf8_lossy(&nobody.stderr).into_owned();
    assert!(!nobody.status.success() && text.contains("127.0.0.1:1"), "{text}");
    assert!(!text.contains("hidden-word"), "{text}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_replicas_that_start_together_on_an_empty_database_migrate_it_once() {
    let server = postgres::start(&[]);
    let starts = (0..5).map(|_| {
        let url = server.url();
        tokio::spawn(async move { Store::open(&url).await })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.expect("no panic").expect("opens").close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_of_a_newer_version_or_of_another_program_is_refused_untouched() {
    let server = postgres::start(&[]);
    let pool = sqlx::PgPool::connect(&server.url()).await.expect("connects");
    sqlx::query("CREATE TABLE theirs (id INT)").execute(&pool).await.expect("makes");
    let error = Store::open(&server.url()).await.expect_err("refuses").to_string();
    assert!(error.contains("another program"), "{error}");
    sqlx::query("DROP TABLE theirs").execute(&pool).await.expect("drops");
    Store::open(&server.url()).await.expect("opens").close().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (99990101, 'from the future', true, '\\x00', 0)",
    )
    .execute(&pool)
    .await
    .expect("writes");
    let error = Store::open(&server.url()).await.expect_err("refuses").to_string();
    assert!(error.contains("newer"), "{error}");
}
