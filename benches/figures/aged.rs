//! A table that stays fast: the same work beside a history of finished messages, and what a message takes on disk.

use std::time::Instant;

use chrono::Duration;
use dutybell::core::item::State;
use dutybell::gateway::Gateway;
use sqlx::AnyPool;

use crate::Options;
use crate::office::{Databases, PEOPLE, at, fill, numbers, open_item, province, run, settled, sql, still};
use crate::replies::{announce, answered, message};

/// Open items beside the history.
const ITEMS: usize = 60_000;
/// Rounds, each with items and answers of its own; the best counts.
const ROUNDS: usize = 4;
/// Replies of a round.
const REPLIES: usize = 1_000;

/// What is measured, each a second.
#[derive(Clone, Copy, Default)]
struct Speeds {
    planned: f64,
    gathered: f64,
    answered: f64,
}

async fn office(databases: &Databases, name: &str) -> anyhow::Result<(Gateway, AnyPool)> {
    let url = databases.url(name).await?;
    let (gateway, _) = still(&url, at(10, 0)).await?;
    let pool = sql(&url).await?;
    province(&pool).await?;
    let now = gateway.now();
    fill(&pool, &open_item(now, at(17, 30), State::Acknowledged), ITEMS, now + Duration::days(3)).await?;
    announce(&pool, ITEMS).await?;
    gateway.directory().await?;
    Ok((gateway, pool))
}

async fn round(gateway: &Gateway, pool: &AnyPool, round: usize, best: &mut Speeds) -> anyhow::Result<()> {
    let now = gateway.now().timestamp_millis();
    run(pool, format!("UPDATE items SET next_wake_at = {now} WHERE open = 1 AND id % {ROUNDS} = {round}")).await?;
    let start = Instant::now();
    while gateway.plan_step().await? {}
    best.planned = best.planned.max((ITEMS / ROUNDS) as f64 / start.elapsed().as_secs_f64());
    let people = "SELECT count(DISTINCT person_id) FROM notices WHERE state = 'queued'";
    let people: i64 = sqlx::query_scalar(people).fetch_one(pool).await?;
    let start = Instant::now();
    while gateway.gather_step().await? {}
    best.gathered = best.gathered.max(people as f64 / start.elapsed().as_secs_f64());
    best.answered = best.answered.max(answered(gateway, round * REPLIES, REPLIES).await?);
    Ok(())
}

/// Closed items, each with ten finished messages over the last year, their notices, attempts and log.
async fn history(pool: &AnyPool, finished: usize, postgres: bool) -> anyhow::Result<()> {
    let closed = finished / 10;
    let body = serde_json::to_string(&message())?;
    let item = serde_json::to_string(&open_item(at(10, 0), at(17, 30), State::Closed))?;
    let year_ago = (at(0, 0) - Duration::days(366)).timestamp_millis();
    let sent = format!("({year_ago} + CAST(i AS BIGINT) * 31536000000 / {finished})");
    let person = format!("(1 + i % {PEOPLE})");
    let (n, each) = (numbers(closed), numbers(finished));
    // Foreign keys hold by construction; checking five million of them is not what is measured.
    let (before, after) = match postgres {
        true => ("SET session_replication_role = replica;", "SET session_replication_role = origin;"),
        false => ("", ""),
    };
    run(
        pool,
        format!(
            "{before}
             INSERT INTO items (id, code, unit_id, state, open, version, data)
             {n} SELECT {ITEMS} + i, 'H' || i, 138 + i % 1944, 'closed', 0, 4, '{item}' FROM n;
             INSERT INTO item_people (item_id, role, kind, who_id, open)
             {n} SELECT {ITEMS} + i, 'responsible', 'person', {person}, 0 FROM n;
             INSERT INTO events (item_id, version, at, actor, event, data, state, after)
             {each} SELECT {ITEMS} + 1 + i % {closed}, 1 + i / {closed}, {sent}, 'person:' || {person}, 'ack', '{{}}', 'closed', '{item}'
             FROM n WHERE i <= {closed} * 4;
             INSERT INTO messages (person_id, kind, lane, state, channel, address, platform_id, next_try_at, created_at, sent_at, counts, body)
             {each} SELECT {person}, 'notices', 3, 'sent', 'desk', 'd' || {person}, 'h' || i, {sent}, {sent}, {sent}, 1, '{body}' FROM n;
             INSERT INTO message_lines (message_id, number, kind, named_id)
             SELECT id, 1, 'item', {ITEMS} + 1 + CAST(substr(platform_id, 2) AS BIGINT) % {closed} FROM messages WHERE platform_id LIKE 'h%';
             INSERT INTO notices (key, kind, named_id, person_id, lane, send_at, state, message_id, created_at, data)
             SELECT 'h' || id, 'item', {ITEMS} + 1 + CAST(substr(platform_id, 2) AS BIGINT) % {closed}, person_id, 3, sent_at, 'sent', id, created_at,
             '{{\"form\":\"reminder\",\"reason\":{{\"why\":\"step\",\"step\":\"L0-1wd\",\"level\":0,\"occurrence\":0}},\"epoch\":0,\"channels\":[],\"ack_within_ms\":null,\"instead\":null}}'
             FROM messages WHERE platform_id LIKE 'h%';
             INSERT INTO attempts (message_id, at, channel, outcome, platform_id)
             SELECT id, sent_at, 'desk', 'accepted', platform_id FROM messages WHERE platform_id LIKE 'h%';
             INSERT INTO inbox (channel, account, update_id, body_hash, received_at, state, chat, inbound, raw, outcome)
             {each} SELECT 'desk', 'desk', 'h' || i, '', {sent}, 'done', 'd' || {person}, '{{}}', '', 'Ack' FROM n WHERE i <= {finished} / 3;
             {after}"
        ),
    )
    .await?;
    settled(pool).await
}

async fn bytes(pool: &AnyPool, postgres: bool) -> anyhow::Result<i64> {
    let text = match postgres {
        true => "SELECT pg_database_size(current_database())",
        false => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    };
    Ok(sqlx::query_scalar(text).fetch_one(pool).await?)
}

pub async fn aged(databases: &Databases, options: &Options) -> anyhow::Result<()> {
    let finished = options.finished;
    let (young, young_pool) = office(databases, "young").await?;
    let (old, old_pool) = office(databases, "old").await?;
    let postgres = old.store.engine_version().await?.starts_with("Postgre");
    let before = bytes(&old_pool, postgres).await?;
    history(&old_pool, finished, postgres).await?;
    let each = (bytes(&old_pool, postgres).await? - before) / finished as i64;
    let (mut fresh, mut aged) = (Speeds::default(), Speeds::default());
    // In turns, so that what else the machine does falls on both.
    for n in 0..ROUNDS {
        round(&young, &young_pool, n, &mut fresh).await?;
        round(&old, &old_pool, n, &mut aged).await?;
    }
    println!("beside {finished} finished messages (with their notices, attempts, items, log): {each} bytes a message");
    for (what, fresh, aged) in [
        ("items planned", fresh.planned, aged.planned),
        ("people gathered", fresh.gathered, aged.gathered),
        ("replies answered", fresh.answered, aged.answered),
    ] {
        println!(
            "  {what:>16}: {fresh:7.0}/s fresh, {aged:7.0}/s aged   ratio {:.2} (wanted: at least 0.9)",
            aged / fresh
        );
    }
    for (gateway, pool) in [(young, young_pool), (old, old_pool)] {
        pool.close().await;
        gateway.store.close().await;
    }
    databases.drop("young").await?;
    databases.drop("old").await
}
