//! Down over a holiday: what has become due meanwhile is caught up with, one message a person and no storm.

use std::time::Instant;

use chrono::Duration;
use dutybell::core::item::State;

use crate::office::{Databases, at, fill, open_item, processor, province, sql, still};

/// Open items of the province.
const ITEMS: usize = 56_000;

pub async fn catch_up(databases: &Databases) -> anyhow::Result<()> {
    let url = databases.url("catchup").await?;
    // The last evening before the holiday; everything is due at its end.
    let (gateway, clock) = still(&url, at(17, 0) + Duration::days(3)).await?;
    let pool = sql(&url).await?;
    province(&pool).await?;
    let now = gateway.now();
    let due = at(17, 30) + Duration::days(3);
    fill(&pool, &open_item(now, due, State::Acknowledged), ITEMS, now).await?;
    gateway.directory().await?;
    while gateway.plan_step().await? | gateway.gather_step().await? {}
    let count = async |text: &'static str| sqlx::query_scalar::<_, i64>(text).fetch_one(&pool).await;
    let (before, told) = (count("SELECT count(*) FROM messages").await?, count("SELECT count(*) FROM notices").await?);
    // The morning after it.
    clock.set(at(9, 0) + Duration::days(11));
    let (start, used) = (Instant::now(), processor());
    while gateway.plan_step().await? {}
    let planned = start.elapsed().as_secs_f64();
    while gateway.gather_step().await? {}
    let all = start.elapsed().as_secs_f64();
    let notices = count("SELECT count(*) FROM notices").await? - told;
    let messages = count("SELECT count(*) FROM messages").await? - before;
    let waiting = count("SELECT count(*) FROM notices WHERE state = 'queued'").await?;
    let people = count("SELECT count(DISTINCT person_id) FROM messages").await?;
    println!(
        "eight days down with {ITEMS} open items, all overdue since: {notices} notices in {planned:.1} s, {messages} messages to \
         {people} people after {all:.1} s (wanted: at most one each), {waiting} notices wait for their hour; {:.1} s of our \
         processor time",
        processor() - used
    );
    anyhow::ensure!(gateway.store.orphans().await? == 0, "an item has no next wake-up");
    pool.close().await;
    gateway.store.close().await;
    databases.drop("catchup").await
}
