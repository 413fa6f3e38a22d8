//! The planner: a tick costs what is due and not what is open; and everything due at once.

use std::time::Instant;

use chrono::Duration;
use dutybell::core::item::State;
use dutybell::gateway::Gateway;
use sqlx::AnyPool;

use crate::Options;
use crate::office::{Databases, at, fill, open_item, processor, province, run, sql, still};

/// Items due at a tick.
const DUE: usize = 1_000;

/// One tick with `DUE` items due, in milliseconds; the best of several, as the rest is the machine's noise.
async fn tick(gateway: &Gateway, pool: &AnyPool, count: usize) -> anyhow::Result<f64> {
    let mut best = f64::MAX;
    let now = gateway.now().timestamp_millis();
    for round in 0..7 {
        let step = count / DUE;
        run(pool, format!("UPDATE items SET next_wake_at = {now} WHERE id % {step} = {}", round % step)).await?;
        let start = Instant::now();
        while gateway.plan_step().await? {}
        best = best.min(start.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(best)
}

pub async fn ticks(databases: &Databases, options: &Options) -> anyhow::Result<()> {
    println!("planner tick with {DUE} items due");
    let mut first = None;
    for count in [10_000, options.items] {
        let name = format!("open{count}");
        let url = databases.url(&name).await?;
        let (gateway, _) = still(&url, at(10, 0)).await?;
        let pool = sql(&url).await?;
        province(&pool).await?;
        // Nothing is due and no step either: the tick itself is measured.
        let now = gateway.now();
        let item = open_item(now, now + Duration::days(60), State::Acknowledged);
        fill(&pool, &item, count, now + Duration::days(30)).await?;
        let ms = tick(&gateway, &pool, count).await?;
        let ratio = ms / *first.get_or_insert(ms);
        println!("  {count:>9} open items: {ms:8.1} ms   ratio {ratio:.2} (wanted: at most 1.5)");
        let start = Instant::now();
        let overdue = gateway.overdue().await?;
        let ms = start.elapsed().as_secs_f64() * 1_000.0;
        println!(
            "  {count:>9} open items: {ms:8.1} ms   audit of what is overdue: {} (wanted: under 1 s)",
            overdue.total()
        );
        pool.close().await;
        gateway.store.close().await;
        databases.drop(&name).await?;
    }
    Ok(())
}

/// All items due in the same minute, each with a reminder to queue.
pub async fn burst(databases: &Databases, options: &Options) -> anyhow::Result<()> {
    let count = options.items;
    let url = databases.url("burst").await?;
    let (gateway, _) = still(&url, at(10, 0)).await?;
    let pool = sql(&url).await?;
    province(&pool).await?;
    let now = gateway.now();
    fill(&pool, &open_item(now, at(17, 30), State::Acknowledged), count, now).await?;
    gateway.directory().await?;
    let (start, used) = (Instant::now(), processor());
    let mut slowest = 0.0_f64;
    loop {
        let step = Instant::now();
        if !gateway.plan_step().await? {
            break;
        }
        slowest = slowest.max(step.elapsed().as_secs_f64());
    }
    let (took, used) = (start.elapsed().as_secs_f64(), processor() - used);
    let queued: i64 = sqlx::query_scalar("SELECT count(*) FROM notices").fetch_one(&pool).await?;
    println!("{count} items due at once: planned in {took:.1} s, {queued} notices queued");
    println!(
        "  {:.0} items/s, a million in {:.0} s (wanted: under 60), {:.0} s of our processor time; longest transaction {:.0} ms",
        count as f64 / took,
        took / count as f64 * 1e6,
        used / count as f64 * 1e6,
        slowest * 1_000.0
    );
    pool.close().await;
    gateway.store.close().await;
    databases.drop("burst").await
}
