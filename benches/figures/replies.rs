//! Replies: from the stored update to the confirmation, at a rate that a whole province makes in the morning.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dutybell::channel::{Channel, Dialect, Features, Outcome, Outgoing};
use dutybell::clock::{Clock, SimulatedClock};
use dutybell::core::inbound::{Content, Inbound, Update};
use dutybell::core::item::{ItemId, State};
use dutybell::core::message::{Line, Message, Section};
use dutybell::core::subject::Subject;
use dutybell::gateway::{self, Gateway};
use dutybell::store::inbox;
use sqlx::{AnyPool, Row};
use tokio_util::sync::CancellationToken;

use crate::office::{
    Databases, FIXERS, at, fill, gateway_on, numbers, open_item, processor, province, run, settled, sql,
};

/// Answers a second, and for how long.
const RATE: usize = 500;
const SECONDS: usize = 10;
/// A platform is asked again and again, and hands over what came in meanwhile, so many at most.
const TICK: Duration = Duration::from_millis(20);
const HANDED_OVER: usize = 100;

/// When each answer's confirmation was handed to the channel.
#[derive(Clone, Default)]
struct Ears(Arc<Mutex<HashMap<String, Instant>>>);

impl Ears {
    fn hear(&self, answered: String) {
        if let Ok(mut heard) = self.0.lock() {
            heard.entry(answered).or_insert_with(Instant::now);
        }
    }

    fn count(&self) -> usize {
        self.0.lock().map_or(0, |h| h.len())
    }
}

#[async_trait::async_trait]
impl Channel for Ears {
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

    async fn send(&self, message: &Outgoing) -> Outcome {
        if let Some(answered) = &message.reply_to {
            self.hear(answered.clone());
        }
        Outcome::Accepted { platform_id: Some(message.key.clone()) }
    }

    async fn check(&self) -> Result<String, String> {
        Ok(String::new())
    }
}

/// A message about each of the first `count` items was sent to its fixer.
pub async fn announce(pool: &AnyPool, count: usize) -> anyhow::Result<()> {
    let sent = (at(9, 0) - chrono::Duration::days(1)).timestamp_millis();
    let body = serde_json::to_string(&message())?;
    run(
        pool,
        format!(
            "INSERT INTO messages (person_id, kind, lane, state, channel, address, platform_id, next_try_at, created_at, sent_at, body)
             {} SELECT 1 + i % {FIXERS}, 'notices', 3, 'sent', 'desk', 'd' || (1 + i % {FIXERS}), 'p' || i, {sent}, {sent}, {sent}, '{body}' FROM n;
             INSERT INTO message_lines (message_id, number, kind, named_id)
             SELECT id, 1, 'item', CAST(substr(platform_id, 2) AS BIGINT) FROM messages WHERE platform_id LIKE 'p%';",
            numbers(count)
        ),
    )
    .await?;
    settled(pool).await
}

/// What a reminder of one item looks like.
pub fn message() -> Message {
    let line = Line {
        number: 1,
        subject: Subject::Item(ItemId(1)),
        code: "C910001".into(),
        title: "红星花炮厂 3号工房 防静电接地失效".into(),
        detail: "10月8日 17:30 到期（还有 3 个工作日）".into(),
    };
    Message {
        title: "1 项隐患整改提醒".into(),
        lead: vec!["以下事项即将到期，请按期整改并回复。".into()],
        sections: vec![Section { heading: "即将到期".into(), lines: vec![line] }],
        foot: vec!["回复“完成”“收到”“延期3天，原因：…”，或按下面的按钮。".into()],
        ..Message::default()
    }
}

/// Different people's answers, numbered from `from`.
pub fn updates(from: usize, count: usize) -> Vec<Update> {
    let texts = ["收到", "正在整改，进度50%", "已整改完成", "延期3天，原因：配件未到"];
    (from..from + count)
        .map(|n| {
            let chat = format!("d{}", 1 + n as i64 % FIXERS);
            let content = Content::Text {
                text: texts[n % texts.len()].into(),
                reply_to: None,
                quoted: None,
                forwarded: false,
                message: format!("in-{n}"),
            };
            let inbound = Inbound { sender: Some(chat.clone()), chat, private: true, sent_at: None, content };
            Update { id: format!("u{n}"), offset: None, inbound, raw: String::new() }
        })
        .collect()
}

/// Notes when confirmations are stored, as another connection sees them.
async fn watch(pool: AnyPool, stored: Ears) -> anyhow::Result<()> {
    let mut last: i64 = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM messages").fetch_one(&pool).await?;
    loop {
        let rows = sqlx::query("SELECT id, reply_to FROM messages WHERE id > $1 ORDER BY id")
            .bind(last)
            .fetch_all(&pool)
            .await?;
        for row in &rows {
            last = row.try_get(0)?;
            if let Some(answered) = row.try_get::<Option<String>, _>(1)? {
                stored.hear(answered);
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub async fn replies(databases: &Databases) -> anyhow::Result<()> {
    let url = databases.url("replies").await?;
    let (sent, stored) = (Ears::default(), Ears::default());
    let clock = Clock::Simulated(SimulatedClock::new(at(10, 0)));
    let gateway = Arc::new(gateway_on(&url, clock, vec![Arc::new(sent.clone())]).await?);
    let pool = sql(&url).await?;
    province(&pool).await?;
    let now = gateway.now();
    let item = open_item(now, now + chrono::Duration::days(20), State::Assigned);
    fill(&pool, &item, FIXERS as usize, now + chrono::Duration::days(3)).await?;
    announce(&pool, FIXERS as usize).await?;
    gateway.directory().await?;
    // The first start takes its rules to every item; that is not part of an ordinary morning.
    while gateway.plan_step().await? {}
    settled(&pool).await?;
    let stop = CancellationToken::new();
    let loops = tokio::spawn(gateway::run::run(gateway.clone(), stop.clone()));
    let watcher = tokio::spawn(watch(pool.clone(), stored.clone()));
    let begin = tokio::time::Instant::now();
    let mut received = HashMap::new();
    while received.len() < RATE * SECONDS {
        tokio::time::sleep(TICK).await;
        let said = ((begin.elapsed().as_secs_f64() * RATE as f64) as usize).min(RATE * SECONDS);
        let some = (said - received.len()).min(HANDED_OVER);
        let updates = updates(received.len(), some);
        inbox::receive(&gateway.store, "desk", "desk", &updates, now).await?;
        let (from, at) = (received.len(), Instant::now());
        received.extend((from..from + some).map(|n| (format!("in-{n}"), at)));
        gateway.bell.notify_waiters();
    }
    let took_in = begin.elapsed().as_secs_f64();
    while sent.count() < received.len() && begin.elapsed() < Duration::from_secs(120) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let all = begin.elapsed().as_secs_f64();
    println!(
        "{} replies taken in at {:.0}/s, all confirmed after {all:.1} s ({} of them)",
        received.len(),
        received.len() as f64 / took_in,
        sent.count()
    );
    for (what, ears) in [("confirmation stored", &stored), ("confirmation sent", &sent)] {
        let heard = ears.0.lock().map(|h| h.clone()).unwrap_or_default();
        let mut took: Vec<f64> = received
            .iter()
            .filter_map(|(key, at)| Some(heard.get(key)?.saturating_duration_since(*at).as_secs_f64() * 1_000.0))
            .collect();
        took.sort_by(f64::total_cmp);
        let share =
            |share: f64| took.get((took.len().saturating_sub(1) as f64 * share) as usize).copied().unwrap_or(0.0);
        println!(
            "  stored → {what}: p50 {:.1} ms   p99 {:.1} ms (wanted: under 50)   worst {:.1} ms",
            share(0.5),
            share(0.99),
            share(1.0)
        );
    }
    watcher.abort();
    stop.cancel();
    loops.await?;
    drain(&gateway, RATE * SECONDS, 2_000).await?;
    pool.close().await;
    gateway.store.close().await;
    databases.drop("replies").await
}

async fn drain(gateway: &Gateway, from: usize, count: usize) -> anyhow::Result<()> {
    let used = processor();
    let rate = answered(gateway, from, count).await?;
    let each = (processor() - used) / count as f64 * 1_000.0;
    println!("  {count} replies waiting are answered at {rate:.0}/s, {each:.2} ms of our processor time each");
    Ok(())
}

/// Replies a second when they wait.
pub async fn answered(gateway: &Gateway, from: usize, count: usize) -> anyhow::Result<f64> {
    for n in (from..from + count).step_by(500) {
        let some = updates(n, 500.min(from + count - n));
        inbox::receive(&gateway.store, "desk", "desk", &some, gateway.now()).await?;
    }
    let start = Instant::now();
    while gateway.inbox_step().await? {}
    Ok(count as f64 / start.elapsed().as_secs_f64())
}
