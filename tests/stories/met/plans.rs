//! Whether PostgreSQL finds what it is asked for, however long the history and whatever its statistics say.
//!
//! The real gateway reminds, answers and sums up on a database whose tables were empty when their statistics were made
//! and hold a long history now. The server itself explains every statement that it runs; none may read many more rows
//! than it gives.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use dutybell::store::Store;
use serde_json::Value;
use sqlx::{Connection, Executor};
use tracing::field::{Field, Visit};
use tracing::span;

use crate::story::{PACK, PEOPLE, Story, UNITS, at, database, ledger, row};

/// Rows of history in each table.
const HISTORY: i64 = 6_000;
/// So many rows may a statement read for each that it gives, and so many besides (the small tables of an office).
const FACTOR: f64 = 10.0;
const BESIDES: f64 = 200.0;
/// Makes the server tell whoever runs a statement how it did.
const EXPLAINED: &str = "&options[session_preload_libraries]=auto_explain&options[auto_explain.log_min_duration]=0\
     &options[auto_explain.log_analyze]=on&options[auto_explain.log_timing]=off&options[auto_explain.log_format]=json\
     &options[auto_explain.log_level]=notice";
/// Every table as it stood when nothing was in it.
const STATISTICS_OF_NOTHING: &str = "DO $$ DECLARE t regclass; BEGIN
     FOR t IN SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' LOOP
         EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', t);
         EXECUTE format('ANALYZE %s', t);
     END LOOP; END $$";

/// Keeps what the server says.
#[derive(Clone, Default)]
struct Notices(Arc<Mutex<Vec<String>>>);

impl Notices {
    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic in tests"))
    }
}

struct Words(String);

impl Visit for Words {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.0.push_str(value);
        }
    }
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl tracing::Subscriber for Notices {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "sqlx::postgres::notice"
    }
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let mut words = Words(String::new());
        event.record(&mut words);
        self.0.lock().expect("no panic in tests").push(words.0);
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// One statement as the server ran it.
struct Ran {
    text: String,
    /// Rows looked at in tables and indexes.
    read: f64,
    /// Rows given or changed.
    given: f64,
    /// From where they were read.
    places: Vec<String>,
}

impl Ran {
    fn told(notice: &str) -> Option<Ran> {
        let (_, plan) = notice.split_once("plan:")?;
        let told: Value = serde_json::from_str(plan.trim()).expect("auto_explain writes JSON");
        let text = told["Query Text"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        let mut ran = Ran { text, read: 0.0, given: given(&told["Plan"]), places: Vec::new() };
        ran.look(&told["Plan"]);
        Some(ran)
    }

    fn look(&mut self, plan: &Value) {
        let scans = plan["Node Type"].as_str().is_some_and(|kind| kind.ends_with("Scan"));
        if scans && (plan["Relation Name"].is_string() || plan["Index Name"].is_string()) {
            let rows = number(plan, "Actual Rows")
                + number(plan, "Rows Removed by Filter")
                + number(plan, "Rows Removed by Index Recheck");
            let rows = rows * number(plan, "Actual Loops");
            self.read += rows;
            let [table, index] = ["Relation Name", "Index Name"].map(|key| plan[key].as_str().unwrap_or("-"));
            self.places.push(format!("{table} by {index}: {rows}"));
        }
        for part in plan["Plans"].as_array().into_iter().flatten() {
            self.look(part);
        }
    }

    fn is_wasteful(&self) -> bool {
        self.read > BESIDES + FACTOR * self.given
    }
}

fn number(plan: &Value, key: &str) -> f64 {
    plan[key].as_f64().unwrap_or(0.0)
}

/// Rows that the head of a plan gives; of a change without RETURNING, those that it changes.
fn given(plan: &Value) -> f64 {
    let below = |plan: &Value| plan["Plans"].as_array().into_iter().flatten().map(given).fold(0.0, f64::max);
    let own = number(plan, "Actual Rows") * number(plan, "Actual Loops");
    if plan["Node Type"] == "ModifyTable" { own.max(below(plan)) } else { own }
}

/// Years of work: items that are closed, with what was said and sent about each, all by and to one official.
async fn lives_long(url: &str, person: i64, item: i64) {
    let mut connection = sqlx::PgConnection::connect(url).await.expect("connects");
    let each = format!("generate_series(1::bigint, {HISTORY}) AS i");
    // One an hour, the last some weeks before the story begins.
    let when = "(1660000000000 - i * 3600000)";
    for text in [
        format!("INSERT INTO items (id, code, ledger_key, unit_id, state, open, version, data)
                 SELECT 100000 + i, 'H' || i, 'story/H' || i, unit_id, 'closed', 0, 1,
                 (data::jsonb || jsonb_build_object('id', 100000 + i, 'code', 'H' || i, 'state', 'closed'))::text FROM items, {each} WHERE id = {item}"),
        "INSERT INTO item_people (item_id, role, kind, who_id, open)
         SELECT h.id, p.role, p.kind, p.who_id, 0 FROM items h, item_people p WHERE h.code LIKE 'H%' AND h.open = 0 AND p.item_id = ".to_owned()
            + &item.to_string(),
        format!("INSERT INTO events (item_id, version, at, actor, via, event, data, state, after)
                 SELECT h.id, 1, {when}, 'person:{person}', 'desk', 'closed', '{{}}', 'closed', h.data
                 FROM {each} JOIN items h ON h.code = 'H' || i"),
        format!("INSERT INTO messages (person_id, kind, lane, state, channel, address, platform_id, next_try_at, created_at, sent_at, acked_at, counts, body)
                 SELECT {person}, 'notices', 3, 'sent', 'desk', 'zhangsan', 'h' || i, {when}, {when}, {when}, {when}, 1,
                 (SELECT body FROM messages WHERE state = 'sent' LIMIT 1) FROM {each}"),
        "INSERT INTO message_lines (message_id, number, kind, named_id)
         SELECT m.id, 1, 'item', h.id FROM messages m JOIN items h ON h.code = upper(m.platform_id)".to_owned(),
        format!("INSERT INTO notices (key, kind, named_id, person_id, lane, send_at, state, message_id, created_at, data)
                 SELECT m.platform_id, l.kind, l.named_id, {person}, 3, m.sent_at, 'sent', m.id, m.sent_at,
                 (SELECT data FROM notices WHERE state = 'sent' LIMIT 1)
                 FROM messages m JOIN message_lines l ON l.message_id = m.id WHERE m.platform_id LIKE 'h%'"),
        "INSERT INTO attempts (message_id, at, channel, outcome, platform_id)
         SELECT id, sent_at, 'desk', 'accepted', platform_id FROM messages WHERE platform_id LIKE 'h%'".to_owned(),
        format!("INSERT INTO inbox (channel, account, update_id, body_hash, received_at, turn_at, state, chat, inbound, raw, outcome)
                 SELECT 'desk', 'desk', 'h' || i, '', {when}, {when}, 'done', 'zhangsan', '{{}}', '', 'Ack' FROM {each}"),
        format!("INSERT INTO allowances (channel, chat, data) SELECT 'desk', 'h' || i, '{{}}' FROM {each}"),
    ] {
        connection.execute(sqlx::AssertSqlSafe(text.clone())).await.unwrap_or_else(|e| panic!("{e}: {text}"));
    }
    // A plan without parameters is kept with its connection until something is said of its table. In an office that is the next round
    // of autovacuum; statistics stay those of nothing here.
    for table in
        ["items", "item_people", "events", "messages", "message_lines", "notices", "attempts", "inbox", "allowances"]
    {
        let text = format!("ALTER TABLE {table} SET (autovacuum_enabled = off)");
        connection.execute(sqlx::AssertSqlSafe(text)).await.expect("is said");
    }
    connection.close().await.expect("closes");
}

/// A fortnight's work in little: reminders, answers of every kind, a verification, the summaries.
async fn works(story: &mut Story) {
    let list = story.last_notice("zhangsan").await;
    let code = story.item("K4").await.code;
    for words in ["收到", "1完成", "除1外都完成", "取消", "我的任务", "帮助", "着火了", "2延3天，等材料", "4不归我管"]
    {
        story.says("zhangsan", words).await;
    }
    story.quotes("zhangsan", Some(&list), "2完成").await;
    story.quotes("zhangsan", Some("nobody-knows"), "3完成").await;
    for _ in 0..40 {
        story.says("zhangsan", &format!("{code} 进行中")).await;
    }
    story.until("09-23 18:30").await;
    story.says("lisi", "都合格").await;
    story.says("zhaoliu", "都同意").await;
    let rows: Vec<String> = (3..=6).map(|n| row(&format!("K{n}"), "一般", "2022-10-08", "张三")).collect();
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("10-10 10:00").await;
}

#[tokio::test]
async fn no_statement_of_a_day_s_work_reads_many_more_rows_than_it_gives() {
    if std::env::var("DUTYBELL_TEST_DATABASE").is_err() {
        return; // SQLite keeps no statistics of its own accord
    }
    let folder = tempfile::tempdir().expect("a folder");
    let url = database(folder.path()).await;
    Store::open(&url).await.expect("opens").close().await;
    let mut connection = sqlx::PgConnection::connect(&url).await.expect("connects");
    connection.execute(STATISTICS_OF_NOTHING).await.expect("makes statistics of nothing");
    connection.close().await.expect("closes");
    let notices = Notices::default();
    let _heard = tracing::subscriber::set_default(notices.clone());
    let mut story = Story::on(&format!("{url}{EXPLAINED}"), folder, PACK, at("09-22 08:30")).await;
    story.imports(&[("units.csv", UNITS), ("people.csv", PEOPLE)]).await;
    let rows: Vec<String> = (1..=4).map(|n| row(&format!("K{n}"), "一般", "2022-09-30", "张三")).collect();
    story.imports(&[("ledger.csv", &ledger(&rows))]).await;
    story.until("09-23 09:30").await;
    let person = story.gateway.directory().await.expect("reads").people_named("张三")[0].id.0;
    lives_long(&url, person, story.item("K1").await.id.0).await;
    notices.taken();

    works(&mut story).await;
    let ran: Vec<Ran> = notices.taken().iter().filter_map(|notice| Ran::told(notice)).collect();
    assert!(ran.len() > 500, "the server explained {} statements only", ran.len());
    let mut wasteful: Vec<&Ran> = ran.iter().filter(|ran| ran.is_wasteful()).collect();
    wasteful.sort_by(|a, b| a.text.cmp(&b.text).then(b.read.total_cmp(&a.read)));
    wasteful.dedup_by(|a, b| a.text == b.text);
    let told: Vec<String> = wasteful
        .iter()
        .map(|ran| format!("{} rows for {}: {}\n    {}", ran.read, ran.given, ran.text, ran.places.join(", ")))
        .collect();
    assert!(told.is_empty(), "{} of {}:\n{}", told.len(), ran.len(), told.join("\n"));
}
