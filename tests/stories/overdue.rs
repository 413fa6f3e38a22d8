//! The audit of what is overdue: a healthy office has none whatever it waits for, what was forgotten is found, said
//! and mended, and the sign of life stops meanwhile.

use std::time::{Duration, Instant};

use crate::office;
use crate::story;
use chrono::Duration as Span;
use dutybell::channel::Outcome;
use dutybell::core::message::Message;
use dutybell::core::policy::Urgency;
use dutybell::store::outbox::{self, NewMessage};
use office::{Office, free_port};
use sqlx::{Connection, Executor, Row};
use story::{Story, at, row};

/// Changes rows behind the program's back.
async fn change(story: &Story, text: &'static str) {
    let mut tx = story.gateway.store.begin().await.expect("begins");
    sqlx::query(text).execute(&mut *tx).await.expect("changes");
    tx.commit().await.expect("commits");
}

async fn found(story: &Story) -> String {
    story.gateway.overdue().await.expect("reads").to_string()
}

#[tokio::test]
async fn nights_holidays_caps_and_a_channel_that_is_down_are_not_overdue() {
    let rows: Vec<String> = (1..=9).map(|n| row(&format!("K{n}"), "一般", "2022-10-04", "张三")).collect();
    let mut story = Story::with(&rows).await;
    // Over the National Day holiday, with a desk that is out of order for hours.
    story.desk.will("zhangsan", vec![Outcome::Transient { reason: "down".into() }; 7]);
    let end = at("10-10 12:00");
    let mut now = at("09-23 10:00");
    while now < end {
        story.until_at(now).await;
        assert_eq!(found(&story).await, "", "{now}");
        now += Span::minutes(23);
    }
    let alarms = story.gateway.store.alarms(20).await.expect("reads");
    assert!(!alarms.iter().any(|(_, text)| text.contains("到点未被处理")), "{alarms:?}");
}

#[tokio::test]
async fn an_item_that_lost_its_wake_up_is_found_said_and_woken() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-14", "张三")]).await;
    story.until("09-23 10:00").await;
    change(&story, "UPDATE items SET next_wake_at = NULL").await;
    let code = story.item("K1").await.code;
    assert_eq!(found(&story).await, format!("1 open items without a next wake-up ({code})"));
    story.until("09-23 10:06").await;
    story.until("09-23 10:07").await;
    let alarm = story.heard("yangliu").pop().expect("the administrator hears").1;
    assert!(alarm.contains(&code) && alarm.contains("dutybell doctor"), "{alarm}");
    assert_eq!(found(&story).await, "");
    story.until("10-14 18:00").await;
    assert!(story.timeline("zhangsan").await.iter().any(|l| l.starts_with("10-1")), "he is reminded after all");
}

#[tokio::test]
async fn a_loop_that_forgets_its_work_is_found_after_a_grace() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-14", "张三")]).await;
    story.until("09-23 10:00").await;
    let next = story.gateway.store.next_wake().await.expect("reads").expect("it is planned");
    story.clock.set(next + Span::minutes(14));
    assert_eq!(found(&story).await, "");
    story.clock.set(next + Span::minutes(16));
    assert!(!story.gateway.overdue().await.expect("reads").is_clean());
    // A watchdog that has just begun gives the others their turn first; at its next look it alarms.
    story.gateway.watch_step().await.expect("looks");
    let alarms = |story: &Story| {
        let store = story.gateway.store.clone();
        async move { store.alarms(9).await.expect("reads").len() }
    };
    let before = alarms(&story).await;
    story.clock.set(next + Span::minutes(22));
    story.gateway.watch_step().await.expect("looks");
    assert_eq!(alarms(&story).await, before + 1);
    story.gateway.settle().await.expect("settles");
    assert_eq!(found(&story).await, "");
}

#[tokio::test]
async fn a_message_is_forgotten_on_an_idle_channel_and_only_waits_on_a_busy_one() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-14", "张三")]).await;
    story.until("09-23 10:00").await;
    let message = NewMessage {
        person: None,
        is_answer: true,
        urgency: Urgency::Reply,
        channel: "desk".into(),
        address: "zhangsan".into(),
        reply_to: None,
        repeats: None,
        counts: false,
        body: Message::default(),
    };
    let mut tx = story.gateway.store.begin().await.expect("begins");
    outbox::put_message(&mut tx, &message, story.gateway.now()).await.expect("puts");
    tx.commit().await.expect("commits");
    change(&story, "UPDATE items SET next_wake_at = 9999999999999 WHERE open = 1").await;
    change(&story, "UPDATE notices SET send_at = 9999999999999 WHERE state = 'queued'").await;
    story.clock.set(at("09-23 10:30"));
    assert_eq!(found(&story).await, "1 messages past their time on a channel that does nothing (desk)");
    // It sends one message after another, as fast as it may.
    let mut tx = story.gateway.store.begin().await.expect("begins");
    outbox::put_buckets(&mut tx, &[("desk:*", vec![at("09-23 10:29").timestamp_millis()])]).await.expect("puts");
    assert_eq!(found(&story).await, "1 messages past their time on a channel that does nothing (desk)");
    tx.commit().await.expect("commits");
    assert_eq!(found(&story).await, "");
}

#[tokio::test]
async fn a_clock_that_is_not_believed_makes_nothing_late() {
    let mut story = Story::with(&[row("K1", "一般", "2022-10-14", "张三")]).await;
    story.until("09-23 10:00").await;
    story.clock.correct(at("09-23 10:00") + Span::days(400));
    story.gateway.settle().await.expect("settles");
    assert_eq!(found(&story).await, "");
}

#[tokio::test]
async fn the_audit_reads_indexes_and_not_all_that_is_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("office.db").display());
    drop(dutybell::store::Store::open(&url).await.expect("opens"));
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("connects");
    for text in [
        "SELECT count(*), min(code) FROM items WHERE open = 1 AND next_wake_at IS NULL",
        "SELECT count(*), min(code) FROM items WHERE next_wake_at IS NOT NULL AND next_wake_at < 1",
        "SELECT count(*), min(key) FROM notices WHERE state = 'queued' AND send_at < 1",
        "SELECT count(*), min(update_id) FROM inbox WHERE state = 'new' AND received_at < 1",
        "SELECT channel, count(*) FROM messages WHERE state = 'queued' AND next_try_at < 1 GROUP BY channel ORDER BY channel",
    ] {
        let plan =
            connection.fetch_all(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"))).await.expect("plans");
        let steps: Vec<String> = plan.iter().map(|r| r.get("detail")).collect();
        assert!(steps.iter().all(|s| s.contains("INDEX")), "{text}: {steps:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sign_of_life_stops_when_a_wake_up_is_forgotten() {
    let office = Office::new();
    office.file("units.csv", "名称,上级,层级,日历\n青石县,,county,cn\n青石镇,青石县,township,\n");
    office.file(
        "people.csv",
        "姓名,单位,职务,岗位角色,语言,时区,desk,渠道\n张三,青石县/青石镇,站长,staff,zh-CN,Asia/Shanghai,zhangsan,desk\n\
         李四,青石县,队长,supervisor,zh-CN,Asia/Shanghai,lisi,desk\n赵六,青石县,主任,safety_office,zh-CN,Asia/Shanghai,zhaoliu,desk\n",
    );
    let today = chrono::Utc::now().date_naive();
    office.file(
        "ledger.csv",
        &format!(
            "隐患编号,检查时间,县市区,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人\n\
             K1,{today},青石县,青石镇,红星花炮厂,护栏松动,一般,{},张三,李四,赵六\n",
            today + Span::days(40)
        ),
    );
    office.file(
        "dutybell.toml",
        "[database]\nurl = \"sqlite:office.db\"\n[watchdog]\nheartbeat_file = \"alive\"\nevery_seconds = 1\n[desk]\nenabled = true\n",
    );
    office.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
    println!("{}", office.run(&["import", "ledger.csv"]));
    let service = office.serve(free_port());
    service.is_ready().await;
    let alive = || std::fs::read_to_string(office.path().join("alive")).unwrap_or_default();
    let beats = async |seconds: u64| {
        let (start, mut seen) = (Instant::now(), std::collections::BTreeSet::new());
        while start.elapsed() < Duration::from_secs(seconds) {
            seen.insert(alive());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        seen.len()
    };
    assert!(beats(5).await >= 4, "it beats: {}", service.log());
    // Whether it finds something else (a page that nobody opened, once somebody was told of the item there) depends on the hour.
    let doctor = office.command().arg("doctor").output().expect("runs");
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("ok    overdue"));

    let url = format!("sqlite:{}", office.path().join("office.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("connects");
    connection.execute("UPDATE items SET next_wake_at = NULL").await.expect("changes");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(beats(4).await, 1, "it beats on: {}", service.log());
    assert!(service.log().contains("without a next wake-up"), "{}", service.log());
    assert!(service.get("/metrics").await.expect("answers").contains("dutybell_overdue{what=\"forgotten\"} 1"));
    let doctor = office.command().arg("doctor").output().expect("runs");
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(said.contains("FAIL  overdue: 1 open items without a next wake-up"), "{said}");

    connection.execute("UPDATE items SET next_wake_at = 9999999999999").await.expect("changes");
    assert!(beats(5).await >= 3, "it beats again: {}", service.log());
}
