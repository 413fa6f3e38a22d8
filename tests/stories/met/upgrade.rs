//! Offices that earlier versions wrote open, prove their log and go on.
//!
//! `tests/data/offices/VERSION` holds an office as a version of the program left it: `office.sqlite`, `office.pg.sql`
//! (schema `office`). [`an_office_is_kept`] writes one: `DUTYBELL_KEEP_OFFICE=FOLDER cargo test --test stories upgrade`,
//! once as it is and once with `DUTYBELL_TEST_DATABASE`.

use std::path::{Path, PathBuf};
use std::process::Command;

use dutybell::core::item::State;
use dutybell::core::org::Leave;
use dutybell::core::transition::{Actor, Event};
use dutybell::gateway::{Origin, new_code};
use dutybell::store::work::Work;
use dutybell::store::{links, people};
use sqlx::any::AnyRow;
use sqlx::{Connection, Executor, Row};

use crate::story::{PACK, Story, at, ledger, row};

/// The ledger that the office was written with; importing it again must change nothing.
fn rows() -> Vec<String> {
    vec![
        row("K1", "一般", "2022-09-30", "张三"),
        row("K2", "重大", "2022-10-14", "张三"),
        row("K3", "一般", "2022-09-30", "孙八"),
        row("K4", "较大", "2022-10-10", "钱七"),
        row("K5", "一般", "2022-10-12", "张三"),
        row("K6", "一般", "2022-10-12", "无名氏"),
        row("K7", "一般", "2022-10-20", "张三"),
        row("K8", "一般", "2022-10-12", "孙八"),
        row("K9", "一般", "2022-09-28", "钱七"),
    ]
}

/// Where each line of [`rows`] stands at the end, 8 October 12:00.
const ENDS: [(&str, State); 9] = [
    ("K1", State::Closed),
    ("K2", State::Acknowledged),
    ("K3", State::ReportedDone),
    ("K4", State::InProgress),
    ("K5", State::Acknowledged),
    ("K6", State::Draft),
    ("K7", State::Void),
    ("K8", State::Rejected),
    ("K9", State::Assigned),
];

/// A fortnight with everything that an office's history has: claims judged both ways, a deadline moved, requests that
/// wait, an absence, an open question, a code nobody used, an emergency.
async fn a_fortnight() -> Story {
    let mut story = Story::with(&rows()).await;
    let mut codes = std::collections::HashMap::new();
    for (key, _) in ENDS {
        codes.insert(key, story.item(key).await.code);
    }
    let say = |key: &str, text: &str| format!("{} {text}", codes[key]);
    for (time, who, text) in [
        ("09-23 10:00", "zhangsan", "收到".to_owned()),
        ("09-27 10:00", "zhangsan", say("K1", "完成了，已更换接地线")),
        ("09-27 11:00", "lisi", say("K1", "不合格，现场仍无接地")),
        ("09-27 12:00", "zhangsan", say("K2", "延期3天，原因：材料未到，临时措施：已断电停用")),
        ("09-27 15:00", "wangwu", "同意".to_owned()),
        ("09-28 09:30", "zhangsan", say("K1", "已完成")),
        ("09-28 10:00", "lisi", say("K1", "合格")),
        ("09-28 10:30", "qianqi", say("K4", "80%")),
        ("09-28 11:00", "sunba", say("K8", "不归我管，是消防的事")),
        ("09-28 15:30", "zhangsan", say("K5", "转孙八")),
        ("09-29 10:00", "sunba", say("K3", "done")),
        ("09-29 11:00", "zhengyi", "3号工房着火了，有人被困".to_owned()),
        ("09-29 15:00", "zhangsan", "完成".to_owned()),
    ] {
        story.until(time).await;
        story.says(who, &text).await;
    }
    let directory = story.gateway.directory().await.expect("reads");
    let id = |name: &str| directory.people_named(name)[0].id;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let leave = Leave { person: id("张三"), deputy: id("孙八"), from: at("09-30 00:00"), until: at("10-20 00:00") };
    people::put_leave(&mut tx, &leave).await.expect("stores");
    people::touch_directory(&mut tx).await.expect("stores");
    let code = new_code(&[7; 32], false);
    links::issue(&mut tx, id("赵六"), "desk", &code, at("09-30 09:00"), at("10-30 09:00")).await.expect("stores");
    crate::story::kept(tx, story.gateway.now()).await;
    story.until("09-30 10:00").await;
    for who in ["赵六", "王五"] {
        let (directory, item) = (story.gateway.directory().await.expect("reads"), story.item("K7").await);
        let person = Actor::Person(directory.people_named(who)[0].id);
        let mut tx = story.gateway.store.begin().await.expect("begins");
        let mut work = Work::new(&mut tx, story.gateway.now());
        let origin = Origin { actor: person, via: "desk", inbox_id: None };
        let void = Event::Void { reason: "与K5重复".to_owned() };
        story.gateway.act(&mut work, &directory, &item, &origin, &void).await.expect("stores").expect("allowed");
        work.settle().await.expect("writes");
        tx.commit().await.expect("commits");
    }
    story.until("10-08 12:00").await;
    story
}

#[tokio::test]
async fn an_office_is_kept() {
    let Some(folder) = std::env::var_os("DUTYBELL_KEEP_OFFICE").map(PathBuf::from) else { return };
    let story = a_fortnight().await;
    let mut stand = Vec::new();
    for (key, state) in ENDS {
        let item = story.item(key).await;
        stand.push((
            item.state == state,
            key,
            item.state,
            item.current_due,
            item.extension.is_some(),
            item.handover.is_some(),
        ));
    }
    assert!(stand.iter().all(|s| s.0), "{stand:#?} {:#?}", story.heard("zhangsan"));
    std::fs::create_dir_all(&folder).expect("makes the folder");
    match std::env::var("DUTYBELL_TEST_DATABASE") {
        Err(_) => {
            let file = folder.join("office.sqlite");
            let live = sqlx::SqlitePool::connect(&story.url()).await.expect("connects");
            sqlx::query("VACUUM INTO $1")
                .bind(file.to_string_lossy().into_owned())
                .execute(&live)
                .await
                .expect("copies");
        }
        Ok(server) => {
            let mut connection = sqlx::PgConnection::connect(&server).await.expect("connects");
            let schema: String = sqlx::query_scalar(
                "SELECT table_schema::text FROM information_schema.tables WHERE table_name = 'items'
                 AND table_schema = $1",
            )
            .bind(story.schema())
            .fetch_one(&mut connection)
            .await
            .expect("reads");
            let dump = Command::new("pg_dump")
                .args(["--no-owner", "--no-privileges", "--schema", &schema, "--dbname", &server])
                .output()
                .expect("pg_dump runs");
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            let dump = String::from_utf8(dump.stdout).expect("text").replace(&schema, "office");
            // Older clients do not know these commands.
            let lines = dump.lines().filter(|l| !l.starts_with("\\restrict") && !l.starts_with("\\unrestrict"));
            let dump: String = lines.map(|l| format!("{l}\n")).collect();
            std::fs::write(folder.join("office.pg.sql"), dump).expect("writes");
        }
    }
}

/// A kept office, opened by this version at the instant at which it was left.
pub(crate) async fn kept(version: &str) -> Story {
    let folder = tempfile::tempdir().expect("a folder");
    let offices = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/offices").join(version);
    let url = crate::story::database(folder.path()).await;
    match std::env::var("DUTYBELL_TEST_DATABASE") {
        Err(_) => {
            std::fs::copy(offices.join("office.sqlite"), folder.path().join("story.db")).expect("copies");
        }
        Ok(server) => {
            let schema = crate::story::schema_of(folder.path());
            let mut connection = sqlx::PgConnection::connect(&server).await.expect("connects");
            connection.execute(sqlx::AssertSqlSafe(format!("DROP SCHEMA {schema}"))).await.expect("drops");
            let dump = std::fs::read_to_string(offices.join("office.pg.sql")).expect("reads");
            let dump =
                dump.replace("office.", &format!("{schema}.")).replace("SCHEMA office", &format!("SCHEMA {schema}"));
            let file = folder.path().join("office.sql");
            std::fs::write(&file, dump).expect("writes");
            let restored = Command::new("psql")
                .args(["--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", &server, "--file"])
                .arg(&file)
                .output()
                .expect("psql runs");
            assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
        }
    }
    Story::on(&url, folder, PACK, at("10-08 12:00")).await
}

#[tokio::test]
async fn an_office_of_november_2026_opens_proves_its_log_and_every_item_stands_where_it_stood() {
    let story = kept("2026-11").await;
    let verified = story.gateway.store.verify_chain(&[]).await.expect("verifies");
    assert_eq!(verified.broken, None);
    assert_eq!(verified.differing, [], "its register entered the log as it was found");
    for (key, state) in ENDS {
        assert_eq!(story.item(key).await.state, state, "{key}");
    }
    assert_eq!(story.gateway.store.orphans().await.expect("reads"), 0);
    let mut tx = story.gateway.store.snapshot().await.expect("begins");
    let text = "SELECT kind, count(*), count(named_id), sum(CASE WHEN data LIKE '%\"note\"%' THEN 1 ELSE 0 END)
                FROM notices GROUP BY kind ORDER BY kind";
    let rows = sqlx::query(text).fetch_all(&mut *tx).await.expect("reads");
    let counted = |r: &AnyRow| (r.get(0), r.get(1), r.get(2), r.get(3));
    let counted: Vec<(String, i64, i64, i64)> = rows.iter().map(counted).collect();
    let of = |kind: &str, all, named, noted| (kind.to_owned(), all, named, noted);
    assert_eq!(
        counted,
        [of("digest", 39, 7, 0), of("item", 56, 56, 13), of("system", 1, 0, 1)],
        "summaries of a unit and of a person, items, an alarm; what was said with them is kept"
    );
    drop(tx);
    assert_eq!(story.gateway.directory().await.expect("reads").people().len(), 8);
}

#[tokio::test]
async fn an_office_of_november_2026_finds_nothing_new_in_the_ledger_that_it_came_from() {
    let mut story = kept("2026-11").await;
    story.gateway.settle().await.expect("settles");
    let report = story.imports(&[("ledger.csv", &ledger(&rows()))]).await;
    assert!(report.added.is_empty() && report.changed.is_empty(), "{report:?}");
}

#[tokio::test]
async fn an_office_of_november_2026_goes_on_answers_are_heard_and_the_ladder_climbs() {
    let mut story = kept("2026-11").await;
    story.until("10-08 15:00").await;
    let code = story.item("K3").await.code;
    story.says("lisi", &format!("{code} 合格")).await;
    assert_eq!(story.state("K3").await, "closed");
    // The deputy of the absent answers for them.
    let code = story.item("K2").await.code;
    story.says("sunba", &format!("{code} done")).await;
    assert_eq!(story.state("K2").await, "reported_done");
    story.until("10-20 12:00").await;
    assert!(!story.heard("qianqi").is_empty(), "who has not answered is reminded");
    assert!(!story.heard("wangwu").is_empty(), "the leader hears what is overdue");
    assert_eq!(story.gateway.store.verify_chain(&[]).await.expect("verifies").broken, None);
}

/// Reasons used to be a step's name and a few words.
/// Writes the one notice that waits as the version of November 2026 did.
async fn as_before(story: &Story) {
    let before = r#"{"form":"told","step":"","level":0,"epoch":0,"channels":[],"ack_within_ms":null,"instead":null,"note":"verified"}"#;
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let done = sqlx::query("UPDATE notices SET data = $1 WHERE state = 'queued' AND data LIKE '%\"verified\"%'")
        .bind(before)
        .execute(&mut *tx)
        .await
        .expect("goes back");
    assert_eq!(done.rows_affected(), 1);
    tx.commit().await.expect("commits");
}

#[tokio::test]
async fn what_was_queued_before_reasons_had_a_type_is_sent_and_withdrawn_as_ever() {
    let mut story =
        Story::with(&[row("K1", "一般", "2022-09-30", "张三"), row("K2", "一般", "2022-09-30", "张三")]).await;
    story.until("09-23 10:00").await;
    for key in ["K1", "K2"] {
        let code = story.item(key).await.code;
        story.says("zhangsan", &format!("{code} 完成")).await;
    }
    story.until("09-23 10:30").await;
    let code = story.item("K1").await.code;
    story.says("lisi", &format!("{code} 合格")).await;
    let waiting = |story: &Story| {
        let store = story.gateway.store.clone();
        async move {
            let mut tx = store.begin().await.expect("begins");
            let text = "SELECT count(*) FROM notices WHERE state = 'queued' AND data LIKE '%\"verified\"%'";
            sqlx::query_scalar::<_, i64>(text).fetch_one(&mut *tx).await.expect("counts")
        }
    };
    assert_eq!(waiting(&story).await, 1, "the fixer hears of it after the time for an undo");
    as_before(&story).await;
    // One that became untrue by now is withdrawn.
    story.says("lisi", "撤销").await;
    assert_eq!(waiting(&story).await, 0);
    story.says("lisi", &format!("{code} 合格")).await;
    let heard = story.heard("zhangsan").len();
    as_before(&story).await;
    story.until("09-23 18:00").await;
    let told: String = story.heard("zhangsan")[heard..].iter().map(|(_, text)| text.as_str()).collect();
    assert!(told.contains("复查合格"), "{told}");
}
