//! Other people's databases: read as typed, and never written to.

use dutybell::gateway::source::{Asked, Cause, Content, Fetch, Fetched, SqlSettings, SqlSource, Trouble};
use dutybell::ledger::Limits;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, PgConnection, SqliteConnection};

use super::{added, alarms, is_unchanged, items, reads, source, trouble};
use crate::story::Story;
use crate::{mariadb, postgres};

/// A register as another program keeps it.
const TABLE: &str =
    "CREATE TABLE hazards (id INT, found DATE, place VARCHAR(50), level VARCHAR(10), due DATE, who VARCHAR(20))";
const FILLED: &str = "INSERT INTO hazards VALUES (1, '2022-09-20', '一号工房', '一般', '2022-09-30', '张三'),
    (2, '2022-09-21', '二号工房', '重大', '2022-10-14', '张三')";
/// It as a ledger; the same in all three.
const QUERY: &str = "SELECT 'K' || id AS \"隐患编号\", found AS \"检查时间\", '青石县' AS \"县市区\", '青石镇' AS \"乡镇街道\",
    '红星花炮厂' AS \"受检单位\", place AS \"隐患部位\", '防静电接地失效' AS \"存在问题\", level AS \"隐患等级\", due AS \"整改期限\",
    who AS \"整改责任人\", '王五' AS \"责任领导\", '李四' AS \"复查人\", '赵六' AS \"交办人\" FROM hazards ORDER BY id";

fn settings(url: &str, query: &str) -> SqlSettings {
    SqlSettings { url: url.to_owned().into(), query: query.to_owned(), timeout_seconds: 5 }
}

fn sql(url: &str, query: &str) -> SqlSource {
    SqlSource::new(&settings(url, query)).expect("the query passes")
}

async fn fetched(story: &Story, sql: &SqlSource) -> Result<(Vec<String>, Vec<Vec<String>>), Trouble> {
    fetched_within(story, sql, Limits::default()).await
}

async fn fetched_within(
    story: &Story,
    sql: &SqlSource,
    limits: Limits,
) -> Result<(Vec<String>, Vec<Vec<String>>), Trouble> {
    let asked = Asked { now: story.gateway.now(), zone: story.gateway.policy.zone, limits, remembered: None };
    match sql.fetch(&asked, None).await? {
        Fetched::Delivery(d) => match d.content {
            Content::Table { headers, rows } => Ok((headers, rows)),
            _ => panic!("a query gives a table"),
        },
        _ => panic!("a query gives a delivery"),
    }
}

/// Reads, sees a change, reads nothing new.
async fn lives(story: &Story, url: &str, mut change: impl AsyncFnMut(&'static str)) {
    let source = source(sql(url, QUERY));
    assert_eq!(added(&reads(story, &source).await), 2);
    assert!(is_unchanged(&reads(story, &source).await));
    change("UPDATE hazards SET due = '2022-10-12' WHERE id = 1").await;
    assert_eq!(added(&reads(story, &source).await), 0);
    let item = story.item("K1").await;
    assert_ne!(item.original_due, item.current_due);
    assert_eq!(story.state("K2").await, "assigned");
    change("DROP TABLE hazards").await;
    let why = trouble(&reads(story, &source).await, Cause::Failed);
    assert!(why.contains("hazards"), "{why}");
    assert_eq!(alarms(story).await.len(), 1);
    assert_eq!(items(story).await, 2);
    change(TABLE).await;
    change(FILLED).await;
}

/// None of these writes: refused by the text, or by the database.
async fn writes_nothing(story: &Story, url: &str, by_text: &[&str], by_database: &[&str]) {
    for query in by_text {
        let refusal = SqlSource::new(&settings(url, query)).map(|_| ()).expect_err(query);
        assert!(refusal.starts_with("the query"), "{refusal}");
    }
    for query in by_database {
        let failed = fetched(story, &sql(url, query)).await.expect_err(query);
        let text = failed.to_string();
        assert!(
            ["read-only", "READ ONLY", "readonly", "read only", "cannot insert multiple", "syntax", "at the top level"]
                .iter()
                .any(|w| text.contains(w)),
            "{query}: {text}"
        );
    }
}

const BY_TEXT: [&str; 4] = [
    "UPDATE hazards SET level = 'x'",
    "SELECT 1; UPDATE hazards SET level = 'x'",
    "DELETE FROM hazards",
    "INSERT INTO hazards (id) SELECT 3",
];

#[tokio::test]
async fn sqlite_is_read_and_never_written() {
    let story = Story::begin().await;
    let path = story.folder().join("other.db");
    let url = format!("sqlite:{}", path.display());
    let mut other = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.expect("makes it");
    other.execute(TABLE).await.expect("makes a table");
    other.execute(FILLED).await.expect("fills it");
    lives(&story, &url, async |text| {
        other.execute(text).await.expect("changes");
    })
    .await;
    let hidden = [
        "WITH x AS (SELECT 1) UPDATE hazards SET level = 'x'",
        "WITH x AS (SELECT 9) INSERT INTO hazards (id) SELECT * FROM x",
    ];
    writes_nothing(&story, &url, &BY_TEXT, &hidden).await;
    // An address that asks for more rights does not get them.
    writes_nothing(&story, &format!("{url}?mode=rwc"), &[], &hidden).await;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM hazards WHERE level <> 'x'")
        .fetch_one(&mut other)
        .await
        .expect("reads");
    assert_eq!(count, 2);

    let typed = "SELECT 1 AS a, 2.5 AS b, 1e20 AS c, NULL AS d, '2022-09-30 00:00:00' AS e, '2022-09-30 18:00:00' AS f";
    let (headers, rows) = fetched(&story, &sql(&url, typed)).await.expect("reads");
    assert_eq!(headers, ["a", "b", "c", "d", "e", "f"]);
    assert_eq!(rows[0], ["1", "2.5", "100000000000000000000", "", "2022-09-30", "2022-09-30 18:00:00"]);
    let bytes = fetched(&story, &sql(&url, "SELECT x'00ff' AS photo")).await.expect_err("no text");
    assert!(bytes.to_string().contains("photo"), "{bytes}");
    let missing = fetched(&story, &sql("sqlite:/nowhere/x.db", "SELECT 1")).await;
    assert!(missing.is_err() && !std::path::Path::new("/nowhere").exists());

    // Bounded in size and in time.
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, 'x' FROM n";
    let limits = Limits { cells: 1_000, ..Limits::default() };
    let large = fetched_within(&story, &sql(&url, endless), limits).await.expect_err("too much");
    assert!(large.to_string().contains("1000 cells"), "{large}");
    let silent = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let slow = SqlSettings { timeout_seconds: 1, ..settings(&url, silent) };
    let slow = fetched(&story, &SqlSource::new(&slow).expect("passes")).await.expect_err("too slow");
    assert!(slow.to_string().contains("interrupt"), "{slow}");
}

#[tokio::test]
async fn postgresql_is_read_and_never_written() {
    let story = Story::begin().await;
    let server = postgres::start(&["fsync=off"]);
    let mut other = PgConnection::connect(&server.url()).await.expect("connects");
    for text in [
        TABLE,
        FILLED,
        // More rights than a reader should have, so that it is not they that save the table.
        "CREATE ROLE reader LOGIN PASSWORD 'qingshi'",
        "ALTER TABLE hazards OWNER TO reader",
        "GRANT ALL ON SCHEMA public TO reader",
        "CREATE SEQUENCE numbers OWNED BY NONE",
        "ALTER SEQUENCE numbers OWNER TO reader",
        "CREATE FUNCTION spoil() RETURNS int LANGUAGE sql AS $$ UPDATE hazards SET level = 'x'; SELECT 1 $$",
    ] {
        other.execute(text).await.expect("prepares");
    }
    let url = format!("postgres://reader:qingshi@127.0.0.1:{}/postgres", server.port);
    lives(&story, &url, async |text| {
        other.execute(text).await.expect("changes");
        if text == TABLE {
            other.execute("ALTER TABLE hazards OWNER TO reader").await.expect("changes");
        }
    })
    .await;
    let hidden = [
        "WITH gone AS (DELETE FROM hazards RETURNING *) SELECT * FROM gone",
        "WITH x AS (UPDATE hazards SET level = 'x' RETURNING id) SELECT id FROM x",
        "WITH x AS (SELECT 9) INSERT INTO hazards (id) SELECT * FROM x",
        "SELECT * INTO stolen FROM hazards",
        "SELECT spoil()",
        "SELECT nextval('numbers')",
        "SELECT set_config('transaction_read_only', 'off', false), spoil()",
        // A backslash that this server does not read as the end of a text hides the second statement from the first fence.
        "SELECT E'\\''; UPDATE hazards SET level = 'x' -- '",
    ];
    let on_server: Vec<&str> = hidden.into_iter().filter(|q| !q.starts_with("SELECT set_config")).collect();
    writes_nothing(&story, &url, &BY_TEXT, &on_server).await;
    let switched =
        fetched(&story, &sql(&url, "SELECT set_config('transaction_read_only', 'off', false), spoil()")).await;
    assert!(switched.is_err(), "{switched:?}");
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM hazards WHERE level <> 'x'")
        .fetch_one(&mut other)
        .await
        .expect("reads");
    assert_eq!(count, 2);

    let typed =
        "SELECT true AS a, false AS b, 12.50::numeric AS c, 1e20::float8 AS d, NULL::text AS e, DATE '2022-09-30' AS f,
        TIMESTAMP '2022-09-30 00:00' AS g, TIMESTAMPTZ '2022-09-30 10:00:00.25Z' AS h, 7::bigint AS i, ARRAY['a'] AS j,
        'x'::char(3) AS k, '{\"a\": 1}'::jsonb AS l, TIME '18:00' AS m, 1e30::numeric AS n";
    let (_, rows) = fetched(&story, &sql(&url, typed)).await.expect("reads");
    assert_eq!(
        rows[0][..9],
        ["是", "否", "12.50", "100000000000000000000", "", "2022-09-30", "2022-09-30", "2022-09-30 18:00:00", "7"]
    );
    assert_eq!(rows[0][9..], ["{a}", "x  ", "{\"a\": 1}", "18:00:00", "1000000000000000000000000000000"]);

    let superuser = fetched(&story, &sql(&server.url(), "SELECT 1")).await.expect_err("a superuser");
    assert!(superuser.to_string().contains("CREATE ROLE"), "{superuser}");
    let wrong = sql(&url.replace("qingshi", "hongxing"), "SELECT 1");
    other.execute("ALTER ROLE reader NOLOGIN").await.expect("changes");
    let refused = fetched(&story, &wrong).await.expect_err("no login");
    assert!(!refused.to_string().contains("hongxing") && !wrong.place().contains("hongxing"), "{refused}");
    other.execute("ALTER ROLE reader LOGIN").await.expect("changes");

    let limits = Limits { cells: 1_000, ..Limits::default() };
    let large = fetched_within(&story, &sql(&url, "SELECT i FROM generate_series(1, 10000000) i"), limits).await;
    assert!(large.expect_err("too much").to_string().contains("1000 cells"));
    let slow = SqlSettings { timeout_seconds: 1, ..settings(&url, "SELECT pg_sleep(60)") };
    let slow = fetched(&story, &SqlSource::new(&slow).expect("passes")).await.expect_err("too slow");
    assert!(slow.to_string().contains("timeout"), "{slow}");
}

#[tokio::test]
async fn mariadb_is_read_and_never_written() {
    let story = Story::begin().await;
    let server = mariadb::start().await;
    let mut other = MySqlConnection::connect(&server.url("root", "mysql")).await.expect("connects");
    for text in [
        "CREATE DATABASE safety CHARACTER SET utf8mb4",
        "USE safety",
        TABLE,
        FILLED,
        "CREATE FUNCTION spoil() RETURNS INT MODIFIES SQL DATA BEGIN UPDATE hazards SET level = 'x'; RETURN 1; END",
        // As above: more rights than a reader should have.
        "CREATE USER reader@localhost",
        "GRANT ALL ON *.* TO reader@localhost",
    ] {
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut other).await.expect("prepares");
    }
    let url = server.url("reader", "safety");
    lives(&story, &url, async |text| {
        other.execute(text).await.expect("changes");
    })
    .await;
    let file = story.folder().join("stolen");
    let outfile = format!("SELECT * FROM hazards INTO OUTFILE '{}'", file.display());
    let comment = format!("SELECT 1 /*! INTO OUTFILE '{}' */", file.display());
    writes_nothing(
        &story,
        &url,
        &[&BY_TEXT[..], &[outfile.as_str(), comment.as_str()]].concat(),
        &[
            "SELECT spoil()",
            "WITH x AS (SELECT 9) DELETE FROM hazards",
            "SELECT '\\''; UPDATE hazards SET level = 'x' -- '",
        ],
    )
    .await;
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM hazards WHERE level <> 'x'")
        .fetch_one(&mut other)
        .await
        .expect("reads");
    assert_eq!(count, 2);
    assert!(!file.exists());

    let made = "CREATE TABLE typed (a BOOLEAN, b DECIMAL(10, 2), c DOUBLE, d TEXT, e DATE, f DATETIME, g TIMESTAMP(3), h BIGINT UNSIGNED, i BLOB)";
    other.execute(made).await.expect("makes");
    other.execute("SET time_zone = '+00:00'").await.expect("sets");
    let filled = "INSERT INTO typed VALUES (true, 12.50, 1e20, NULL, '2022-09-30', '2022-09-30', '2022-09-30 10:00:00.25', 18446744073709551615, x'00ff')";
    other.execute(filled).await.expect("fills");
    let (headers, rows) = fetched(&story, &sql(&url, "SELECT a, b, c, d, e, f, g, h FROM typed")).await.expect("reads");
    assert_eq!(headers, ["a", "b", "c", "d", "e", "f", "g", "h"]);
    let wanted = [
        "是",
        "12.50",
        "100000000000000000000",
        "",
        "2022-09-30",
        "2022-09-30",
        "2022-09-30 18:00:00",
        "18446744073709551615",
    ];
    assert_eq!(rows[0], wanted);
    let bytes = fetched(&story, &sql(&url, "SELECT i AS photo FROM typed")).await.expect_err("no text");
    assert!(bytes.to_string().contains("photo"), "{bytes}");

    let limits = Limits { cells: 1_000, ..Limits::default() };
    let large = fetched_within(&story, &sql(&url, "SELECT seq FROM seq_1_to_1000000"), limits).await;
    assert!(large.expect_err("too much").to_string().contains("1000 cells"));
    let slow = SqlSettings {
        timeout_seconds: 1,
        ..settings(&url, "SELECT count(*) FROM seq_1_to_1000000 a JOIN seq_1_to_1000000 b ON a.seq + b.seq > 5")
    };
    let slow = fetched(&story, &SqlSource::new(&slow).expect("passes")).await.expect_err("too slow");
    assert!(slow.to_string().contains("max_statement_time"), "{slow}");
}
