//! The database as a file: backups that are whole, restores that harm nothing, a log that is another's, rights.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dutybell::store::Store;
use dutybell::store::backup::restore;

use crate::office::{Office, Service, free_port};
use crate::story::{Story, database, row};

/// A county with its ledger, nobody serving yet.
pub(super) fn county() -> Office {
    let office = Office::new();
    office.file("dutybell.toml", "");
    let pack =
        |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/qingshi").join(name).display().to_string();
    let (units, people, ledger) = (pack("units.csv"), pack("people.csv"), pack("ledger.csv"));
    office.run(&["import", "--people", &units, "--people", &people, &ledger]);
    office
}

fn file(office: &Office, name: &str) -> PathBuf {
    office.path().join(name)
}

/// Standard error of a command that must fail.
fn refused(office: &Office, arguments: &[&str]) -> String {
    let output = office.command().args(arguments).output().expect("runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{arguments:?}: {said}");
    said
}

/// Serves until something of its own stands in the log beside the database, then the power goes.
async fn crashed(office: &Office) {
    let mut gateway = office.serve(free_port());
    gateway.is_ready().await;
    let log = file(office, "dutybell.db-wal");
    for _ in 0..3 {
        office.run(&["people", "link", "王五", "--channel", "desk"]);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    kill(&mut gateway).await;
    assert!(std::fs::metadata(&log).is_ok_and(|m| m.len() > 32), "nothing was in the air");
}

async fn kill(gateway: &mut Service) {
    gateway.signal("KILL");
    gateway.ended().await;
}

async fn starts(office: &Office) {
    let mut gateway = office.serve(free_port());
    gateway.is_ready().await;
    gateway.signal("TERM");
    assert!(gateway.ended().await.success(), "{}", gateway.log());
}

/// Starting must fail and name the log, and leave every file as it is.
async fn does_not_start(office: &Office) {
    let before = std::fs::read(file(office, "dutybell.db")).expect("reads");
    for command in [&["serve"][..], &["status"], &["doctor"]] {
        let output = office.command().args(command).output().expect("runs");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
        assert!(!output.status.success(), "{command:?} ran on: {said}");
        assert!(said.contains("dutybell.db-wal") && said.contains("does not belong"), "{command:?}: {said}");
    }
    assert_eq!(before, std::fs::read(file(office, "dutybell.db")).expect("reads"), "nothing was changed");
    assert!(std::fs::metadata(file(office, "dutybell.db-wal")).is_ok_and(|m| m.len() > 32));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_copied_over_a_crashed_database_with_its_log_is_refused_with_the_way_out() {
    let office = county();
    office.run(&["backup", "backup.db"]);
    crashed(&office).await;
    std::fs::copy(file(&office, "backup.db"), file(&office, "dutybell.db")).expect("copies");
    does_not_start(&office).await;
    // The way out that is named.
    for log in ["dutybell.db-wal", "dutybell.db-shm"] {
        std::fs::rename(file(&office, log), file(&office, &format!("aside.{log}"))).expect("moves");
    }
    starts(&office).await;
    assert!(office.run(&["audit", "verify"]).contains("whole"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_made_by_other_means_while_it_ran_is_refused_over_the_crashed_database_too() {
    let office = county();
    let mut gateway = office.serve(free_port());
    gateway.is_ready().await;
    let url = format!("sqlite:{}", file(&office, "dutybell.db").display());
    let live = sqlx::SqlitePool::connect(&url).await.expect("connects");
    tokio::time::sleep(Duration::from_secs(1)).await;
    sqlx::query("VACUUM INTO $1")
        .bind(file(&office, "by-hand.db").display().to_string())
        .execute(&live)
        .await
        .expect("copies");
    live.close().await;
    office.run(&["people", "link", "王五", "--channel", "desk"]);
    kill(&mut gateway).await;
    std::fs::copy(file(&office, "by-hand.db"), file(&office, "dutybell.db")).expect("copies");
    does_not_start(&office).await;
    office.run(&["restore", "by-hand.db", "--force"]);
    starts(&office).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn yesterdays_file_of_a_stopped_gateway_is_refused_over_the_crashed_database_too() {
    let office = county();
    starts(&office).await;
    std::fs::copy(file(&office, "dutybell.db"), file(&office, "yesterday.db")).expect("copies");
    crashed(&office).await;
    std::fs::copy(file(&office, "yesterday.db"), file(&office, "dutybell.db")).expect("copies");
    does_not_start(&office).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_any_number_of_crashes_the_log_is_its_own_and_every_start_goes_on() {
    let office = county();
    for _ in 0..3 {
        crashed(&office).await;
        office.run(&["status"]);
    }
    // Two at once on one database, one of them dies; a folder moved whole; a file restored while all was at rest.
    let (mut first, mut second) = (office.serve(free_port()), office.serve(free_port()));
    first.is_ready().await;
    second.is_ready().await;
    kill(&mut first).await;
    kill(&mut second).await;
    let moved = Office::new();
    for entry in std::fs::read_dir(office.path()).expect("reads").flatten() {
        std::fs::copy(entry.path(), moved.path().join(entry.file_name())).expect("copies");
    }
    starts(&moved).await;
    std::fs::copy(file(&moved, "dutybell.db"), file(&moved, "old.db")).expect("copies");
    starts(&moved).await;
    std::fs::copy(file(&moved, "old.db"), file(&moved, "dutybell.db")).expect("copies");
    moved.run(&["status"]);
    crashed(&moved).await;
    starts(&moved).await;
    assert!(moved.run(&["audit", "verify"]).contains("whole"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_the_running_office_comes_back_whole_and_never_over_one_that_runs_or_holds_something() {
    let office = county();
    let mut gateway = office.serve(free_port());
    gateway.is_ready().await;
    let said = office.run(&["backup", "backup.db"]);
    assert!(said.contains("items") && said.contains("sound"), "{said}");
    assert!(refused(&office, &["backup", "backup.db"]).contains("already"), "a backup is never overwritten");
    for force in [&["restore", "backup.db"][..], &["restore", "backup.db", "--force"]] {
        assert!(refused(&office, force).contains("in use"), "{force:?}");
    }
    assert!(gateway.get("/readyz").await.expect("answers").starts_with("HTTP/1.1 200"), "it runs on");
    gateway.signal("TERM");
    gateway.ended().await;
    assert!(refused(&office, &["restore", "backup.db"]).contains("--force"));
    let said = office.run(&["restore", "backup.db", "--force"]);
    let aside = said.lines().find_map(|l| l.split("kept as ").nth(1)).expect("it says where").trim().to_owned();
    assert!(Path::new(&aside).exists() || office.path().join(&aside).exists(), "{said}");
    starts(&office).await;
    assert!(office.run(&["audit", "verify"]).contains("whole"));
    // Into an empty place without force.
    let other = Office::new();
    other.file("dutybell.toml", "");
    other.run(&["restore", &file(&office, "backup.db").display().to_string()]);
    assert!(other.run(&["audit", "verify"]).contains("whole"));
}

#[test]
fn what_is_no_backup_or_a_damaged_one_is_not_restored_and_nothing_changes() {
    let office = county();
    office.run(&["backup", "backup.db"]);
    let good = std::fs::read(file(&office, "backup.db")).expect("reads");
    let live = std::fs::read(file(&office, "dutybell.db")).expect("reads");
    let mut hole = good.clone();
    hole[good.len() / 2..good.len() / 2 + 40_000].fill(0x5a);
    for (name, bytes) in [
        ("cut.db", good[..good.len() / 2].to_vec()),
        ("hole.db", hole),
        ("letter.db", b"Dear Sir or Madam, here is the backup".to_vec()),
        ("empty.db", Vec::new()),
    ] {
        std::fs::write(file(&office, name), bytes).expect("writes");
        let said = refused(&office, &["restore", name, "--force"]);
        assert!(said.contains(name), "{name}: {said}");
        assert_eq!(live, std::fs::read(file(&office, "dutybell.db")).expect("reads"), "{name}");
    }
    assert!(refused(&office, &["restore", "nowhere.db"]).contains("nowhere.db"));
    std::fs::write(file(&office, "backup.db-wal"), b"something").expect("writes");
    assert!(refused(&office, &["restore", "backup.db", "--force"]).contains("backup.db-wal"));
    let left: Vec<_> = std::fs::read_dir(office.path()).expect("reads").flatten().map(|e| e.file_name()).collect();
    assert!(!left.iter().any(|n| n.to_string_lossy().contains("restoring")), "{left:?}");
}

#[tokio::test]
async fn an_office_on_whatever_database_goes_into_one_file_and_comes_back_the_same() {
    let mut story =
        Story::with(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "重大", "2022-10-14", "孙八")]).await;
    story.until("09-24 10:00").await;
    let (store, now) = (&story.gateway.store, story.gateway.now());
    let copy = story.folder().join("copy.db");
    let holds = store.back_up(&copy).await.expect("backs up");
    assert_eq!((holds.items, holds.troubles.len()), (2, 0));
    let folder = tempfile::tempdir().expect("a folder");
    let url = database(folder.path()).await;
    restore(&copy, &url, false, now).await.expect("comes back");
    let back = Store::open(&url).await.expect("opens");
    assert_eq!(back.items(10).await.expect("reads"), store.items(10).await.expect("reads"));
    assert!(back.verify_chain(&[]).await.expect("verifies").is_whole());
    assert_eq!(back.head().await.expect("reads"), store.head().await.expect("reads"));
    back.close().await;
    let again = restore(&copy, &url, false, now).await.expect_err("it holds something now").to_string();
    assert!(again.contains("not empty"), "{again}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_log_backup_and_exports_are_for_their_owner_alone_and_doctor_looks() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    let office = county();
    let mut gateway = office.serve(free_port());
    gateway.is_ready().await;
    office.run(&["backup", "backup.db"]);
    office.run(&["export", "--format", "json", "--out", "items.json"]);
    office.run(&["export", "--format", "csv", "--out", "items.csv"]);
    office.run(&["audit", "export", "--out", "log.jsonl"]);
    for name in
        ["dutybell.db", "dutybell.db-wal", "dutybell.db-shm", "backup.db", "items.json", "items.csv", "log.jsonl"]
    {
        assert_eq!(mode(&file(&office, name)), 0o600, "{name}");
    }
    gateway.signal("TERM");
    gateway.ended().await;
    let doctor = |office: &Office| {
        let output = office.command().arg("doctor").output().expect("runs");
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(doctor(&office).contains("ok    rights"), "{}", doctor(&office));
    std::fs::set_permissions(file(&office, "dutybell.db"), PermissionsExt::from_mode(0o644)).expect("sets");
    let said = doctor(&office);
    assert!(
        said.lines().any(|l| l.starts_with("warn") && l.contains("chmod 600") && l.contains("dutybell.db")),
        "{said}"
    );
}

#[tokio::test]
async fn a_copy_forgets_no_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let (from, to) = (Store::open(&url("a.db")).await.expect("opens"), Store::open(&url("b.db")).await.expect("opens"));
    let copied = dutybell::store::copy::copy_all(&from, &to).await.expect("copies");
    let mut copied: Vec<String> = copied.into_iter().map(|c| c.table.to_owned()).collect();
    copied.sort();
    let pool = sqlx::SqlitePool::connect(&url("a.db")).await.expect("connects");
    // Duties live for seconds; the other two are the database's own.
    let known = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('duties', '_sqlx_migrations') \
                 AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let known: Vec<String> = sqlx::query_scalar(known).fetch_all(&pool).await.expect("reads");
    assert_eq!(copied, known);
}
