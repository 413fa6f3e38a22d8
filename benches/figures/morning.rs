//! The morning: everybody's own list at nine, and the province's table.

use std::time::Instant;

use chrono::Duration;
use dutybell::core::item::State;
use dutybell::core::org::PersonId;

use crate::office::{Databases, PROVINCE, at, fill, open_item, processor, province, run, settled, sql, still};

/// Open items of the province.
const ITEMS: usize = 56_000;

pub async fn morning(databases: &Databases) -> anyhow::Result<()> {
    let url = databases.url("morning").await?;
    let (gateway, clock) = still(&url, at(8, 0)).await?;
    let pool = sql(&url).await?;
    province(&pool).await?;
    let now = gateway.now();
    fill(&pool, &open_item(now, at(17, 30), State::Acknowledged), ITEMS, now + Duration::days(3)).await?;
    gateway.directory().await?;
    gateway.schedule_step().await?;
    clock.set(at(8, 50));
    let start = Instant::now();
    while gateway.schedule_step().await? {}
    let queued = start.elapsed().as_secs_f64();
    let lists: i64 = sqlx::query_scalar("SELECT count(*) FROM notices").fetch_one(&pool).await?;
    clock.set(at(9, 0));
    let start = Instant::now();
    let mut slowest = 0.0_f64;
    loop {
        let step = Instant::now();
        if !gateway.gather_step().await? {
            break;
        }
        slowest = slowest.max(step.elapsed().as_secs_f64());
    }
    let gathered = start.elapsed().as_secs_f64();
    let messages: i64 = sqlx::query_scalar("SELECT count(*) FROM messages").fetch_one(&pool).await?;
    println!(
        "morning: {lists} personal lists of {ITEMS} open items queued in {queued:.1} s, {messages} messages made in \
         {gathered:.1} s, together {:.1} s (wanted: under 20); longest transaction {:.0} ms",
        queued + gathered,
        slowest * 1_000.0
    );
    // A second event for every third item, so that yesterday and today differ.
    let (yesterday, today) = ((at(17, 0) - Duration::hours(20)).timestamp_millis(), at(17, 0));
    run(
        &pool,
        format!(
            "INSERT INTO events (item_id, version, at, actor, event, data, state, after)
             SELECT item_id, 2, {yesterday}, 'office', 'progress', '{{}}', state, after FROM events WHERE item_id % 3 = 0;"
        ),
    )
    .await?;
    settled(&pool).await?;
    let directory = gateway.directory().await?;
    let (mut best, used) = (f64::MAX, processor());
    for _ in 0..5 {
        let start = Instant::now();
        let table = gateway.table(&directory, PersonId(1), PROVINCE, today - chrono::Duration::days(1), today).await?;
        anyhow::ensure!(table.is_some(), "the table is empty");
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!(
        "  table of the province, today and yesterday: {:.0} ms (wanted: under 1000), {:.0} ms of our processor time",
        best * 1_000.0,
        (processor() - used) * 1_000.0 / 5.0
    );
    pool.close().await;
    gateway.store.close().await;
    databases.drop("morning").await
}
