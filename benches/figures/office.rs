//! Databases for the figures, and a whole province in them: 1,944 townships, 41,000 people, their items.
//!
//! Filled by SQL that both engines read; the columns are what the program itself writes.

use std::sync::Arc;

use chrono::{DateTime, Duration, TimeZone, Utc};
use dutybell::channel::{Channel, Dialect, Features, Outcome, Outgoing};
use dutybell::clock::{Clock, SimulatedClock};
use dutybell::core::calendar::Calendar;
use dutybell::core::deadline::Due;
use dutybell::core::item::{Assignment, Item, ItemId, Role, State};
use dutybell::core::org::{PersonId, UnitId, Who};
use dutybell::core::policy::Policy;
use dutybell::core::world::Calendars;
use dutybell::gateway::Gateway;
use dutybell::render::Phrases;
use dutybell::store::Store;
use sqlx::any::install_default_drivers;
use sqlx::{AnyPool, AssertSqlSafe};
use tempfile::TempDir;

use crate::postgres::{self, Postgres};

pub const PACK: &str = include_str!("../../packs/cn-worksafety.toml");
const CALENDAR: &str = include_str!("../../packs/calendars/cn.tsv");

/// People of the province, everybody with a post and a desk.
pub const PEOPLE: i64 = 41_000;
/// Of these so many fix items; the rest verify.
pub const FIXERS: i64 = 40_000;
pub const TOWNSHIPS: i64 = 1_944;
/// The province, above 14 prefectures and 122 counties.
pub const PROVINCE: UnitId = UnitId(1);

/// Numbers that stand for an item's own in its JSON.
const ID: i64 = 9_100_000_001;
const UNIT: i64 = 9_100_000_002;
const FIXER: i64 = 9_100_000_003;
const VERIFIER: i64 = 9_100_000_004;

/// Databases of one engine, each fresh.
pub struct Databases {
    folder: TempDir,
    server: Option<Postgres>,
}

impl Databases {
    pub fn begin(engine: &str) -> anyhow::Result<Databases> {
        let settings = ["shared_buffers=512MB", "max_wal_size=4GB", "checkpoint_timeout=15min"];
        let server = (engine == "postgres").then(|| postgres::start(&settings));
        Ok(Databases { folder: tempfile::tempdir()?, server })
    }

    /// URL of a database of that name; it is made when it is not there.
    pub async fn url(&self, name: &str) -> anyhow::Result<String> {
        let Some(server) = &self.server else {
            return Ok(format!("sqlite:{}", self.folder.path().join(format!("{name}.db")).display()));
        };
        install_default_drivers();
        let pool = AnyPool::connect(&server.url()).await?;
        let there: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_database WHERE datname = $1")
            .bind(name.to_owned())
            .fetch_one(&pool)
            .await?;
        if there == 0 {
            sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await?;
        }
        pool.close().await;
        Ok(format!("{}/{name}", server.url().trim_end_matches("/postgres")))
    }

    /// Throws a database away: several of a million items need room.
    pub async fn drop(&self, name: &str) -> anyhow::Result<()> {
        let Some(server) = &self.server else {
            for end in ["", "-wal", "-shm"] {
                // A file that is not there need not go.
                let _ = std::fs::remove_file(self.folder.path().join(format!("{name}.db{end}")));
            }
            return Ok(());
        };
        let pool = AnyPool::connect(&server.url()).await?;
        sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))).execute(&pool).await?;
        pool.close().await;
        Ok(())
    }

    pub async fn title(&self) -> anyhow::Result<String> {
        let store = Store::open(&self.url("engine").await?).await?;
        let title = store.engine_version().await?;
        store.close().await;
        Ok(match &self.server {
            None => title,
            Some(_) => format!("{title} on 127.0.0.1, fsync on, shared_buffers 512 MB"),
        })
    }
}

pub async fn gateway_on(url: &str, clock: Clock, channels: Vec<Arc<dyn Channel>>) -> anyhow::Result<Gateway> {
    let store = Store::open(url).await?;
    let policy = Policy::from_toml(PACK).map_err(anyhow::Error::msg)?;
    let calendars = Calendars::new(vec![Calendar::from_tsv("cn", CALENDAR)?]);
    let phrases = Phrases::built_in().map_err(anyhow::Error::msg)?;
    Ok(Gateway::new(store, clock, policy, calendars, phrases, channels, Vec::new()))
}

/// A connection beside the program's own, for filling.
pub async fn sql(url: &str) -> anyhow::Result<AnyPool> {
    install_default_drivers();
    Ok(AnyPool::connect(url).await?)
}

pub async fn run(pool: &AnyPool, text: String) -> anyhow::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(text)).execute(pool).await?;
    Ok(())
}

/// `n(i)` from 1 to `count`, for `INSERT … SELECT`.
pub fn numbers(count: impl std::fmt::Display) -> String {
    format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})")
}

/// A morning in Shanghai, a Tuesday.
pub fn at(hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2022, 9, 27, hour, minute, 0).single().unwrap_or_default() - Duration::hours(8)
}

/// Units, people with posts and desks.
pub async fn province(pool: &AnyPool) -> anyhow::Result<()> {
    run(
        pool,
        format!(
            "INSERT INTO units (id, parent_id, name, level, calendar) VALUES (1, NULL, 'Province', 'province', 'cn');
             INSERT INTO units (id, parent_id, name, level) {n14} SELECT 1 + i, 1, 'Prefecture ' || i, 'prefecture' FROM n;
             INSERT INTO units (id, parent_id, name, level) {n122} SELECT 15 + i, 2 + i % 14, 'County ' || i, 'county' FROM n;
             INSERT INTO units (id, parent_id, name, level)
             {towns} SELECT 137 + i, 16 + i % 122, 'Township ' || i, 'township' FROM n;
             INSERT INTO people (id, name, locale, zone)
             {people} SELECT i, 'Person ' || i, 'zh-CN', 'Asia/Shanghai' FROM n;
             INSERT INTO posts (id, unit_id, title, role)
             {people} SELECT i, 138 + i % {TOWNSHIPS}, 'staff ' || i, 'staff' FROM n;
             INSERT INTO tenures (post_id, person_id, since) {people} SELECT i, i, 0 FROM n;
             INSERT INTO contacts (person_id, channel, address, rank, since)
             {people} SELECT i, 'desk', 'd' || i, 1, 0 FROM n;",
            n14 = numbers(14),
            n122 = numbers(122),
            towns = numbers(TOWNSHIPS),
            people = numbers(PEOPLE),
        ),
    )
    .await
}

/// An open item as it stands at `now`, told long ago.
pub fn open_item(now: DateTime<Utc>, due: DateTime<Utc>, state: State) -> Item {
    let since = now - Duration::days(5);
    let who = |role, person| Assignment { role, who: Who::Person(PersonId(person)), since, until: None };
    let told = (state != State::Assigned).then_some(since);
    Item {
        id: ItemId(ID),
        code: format!("C{ID}"),
        unit: Some(UnitId(UNIT)),
        title: "红星花炮厂 3号工房 防静电接地失效".into(),
        description: "防静电接地失效，重新敷设接地并检测".into(),
        place: "3号工房".into(),
        industry: "烟花爆竹".into(),
        state,
        due: Due::At(due),
        original_due: Some(due),
        current_due: Some(due),
        issued_at: Some(since),
        acked_at: told,
        heard_at: told,
        state_since: since,
        planned_until: now - Duration::hours(2),
        assignments: vec![who(Role::Responsible, FIXER), who(Role::Verifier, VERIFIER)],
        ..Item::draft(now)
    }
}

/// `count` items like this one, spread over townships and people, each with its issue in the log; they wake at `wake`.
pub async fn fill(pool: &AnyPool, item: &Item, count: usize, wake: DateTime<Utc>) -> anyhow::Result<()> {
    let mut data = format!("'{}'", serde_json::to_string(item)?);
    let (fixer, verifier) = (format!("(1 + i % {FIXERS})"), format!("({} + i % {})", FIXERS + 1, PEOPLE - FIXERS));
    let unit = format!("(138 + i % {TOWNSHIPS})");
    for (mark, value) in [(ID, "i"), (UNIT, unit.as_str()), (FIXER, fixer.as_str()), (VERIFIER, verifier.as_str())] {
        data = format!("replace({data}, '{mark}', CAST({value} AS TEXT))");
    }
    let (state, due) = (item.state.word(), item.current_due.map_or(0, |d| d.timestamp_millis()));
    let (wake, issued) = (wake.timestamp_millis(), item.state_since.timestamp_millis());
    let n = numbers(count);
    run(
        pool,
        format!(
            "INSERT INTO items (id, code, unit_id, state, open, current_due, next_wake_at, version, data)
             {n} SELECT i, 'C' || i, {unit}, '{state}', 1, {due}, {wake}, 1, {data} FROM n;
             INSERT INTO item_people (item_id, role, kind, who_id, open)
             {n} SELECT i, 'responsible', 'person', {fixer}, 1 FROM n;
             INSERT INTO item_people (item_id, role, kind, who_id, open)
             {n} SELECT i, 'verifier', 'person', {verifier}, 1 FROM n;
             INSERT INTO events (item_id, version, at, actor, event, data, state, after)
             SELECT id, 1, {issued}, 'office', 'issue', '{{}}', state, data FROM items;"
        ),
    )
    .await?;
    settled(pool).await
}

/// What PostgreSQL does by itself after a while; SQLite goes without, as in the program.
pub async fn settled(pool: &AnyPool) -> anyhow::Result<()> {
    match sqlx::query_scalar::<_, String>("SELECT version()").fetch_one(pool).await {
        Ok(_) => run(pool, "ANALYZE".to_owned()).await,
        Err(_) => Ok(()),
    }
}

/// Processor time this program has used, in seconds: what a figure costs where other programs take the machine's.
pub fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // utime and stime, in hundredths of a second on every Linux that is used.
    let ticks = |n: usize| after_name.get(n).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// How many programs wanted the machine's processors in the last minute.
pub fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let processors = std::thread::available_parallelism().map_or(1, |n| n.get());
    format!("{} on {processors} processors", text.split_whitespace().next().unwrap_or_default())
}

/// A channel that takes everything and waits for ever: nothing but the steps before it is measured.
pub struct Silent;

#[async_trait::async_trait]
impl Channel for Silent {
    fn name(&self) -> &str {
        "desk"
    }

    fn features(&self) -> Features {
        Features {
            dialect: Dialect::Plain,
            buttons: true,
            edit: false,
            max_text: 20_000,
            limits: Vec::new(),
            idempotent: true,
            polls: false,
            confidential: true,
        }
    }

    async fn send(&self, _: &Outgoing) -> Outcome {
        std::future::pending().await
    }

    async fn check(&self) -> Result<String, String> {
        Ok(String::new())
    }
}

/// A gateway on a simulated clock whose channel sends nothing.
pub async fn still(url: &str, now: DateTime<Utc>) -> anyhow::Result<(Gateway, SimulatedClock)> {
    let clock = SimulatedClock::new(now);
    let gateway = gateway_on(url, Clock::Simulated(clock.clone()), vec![Arc::new(Silent)]).await?;
    Ok((gateway, clock))
}
