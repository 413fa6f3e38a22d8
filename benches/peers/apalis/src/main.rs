//! apalis on SQLite: `fill URL MODE COUNT DUE SPREAD`, `run URL MODE SINK`.
//!
//! Its own set-up turns `synchronous` off; here the file is opened as dutybell opens its own (WAL, FULL), so that both
//! keep what they have marked done.

use std::time::Duration;

use anyhow::Context;
use apalis::prelude::*;
use apalis_sqlite::{Config, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteStorage};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};

const TEXT: &str = "红星花炮厂 3号工房 防静电接地失效，整改期限 9月30日。请回复 1 完成 / 2 延期 / 3 受阻";
const QUEUE: &str = "post";

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Job {
    id: String,
    due: i64,
    text: String,
}

#[derive(Clone)]
struct Sink {
    client: reqwest::Client,
    address: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [what, url, mode, rest @ ..] = words.as_slice() else { anyhow::bail!("fill or run?") };
    let options = url
        .parse::<SqliteConnectOptions>()?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10));
    let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
    if what == "fill" {
        SqliteStorage::migrations().run(&pool).await?;
        return fill(&pool, rest.first().context("COUNT")?.parse()?).await;
    }
    let sink = Sink {
        client: reqwest::Client::builder().no_proxy().build()?,
        address: format!("http://{}/job", rest.first().context("SINK")?),
    };
    let done = if mode == "batched" {
        // A fetched job is held by the fetch already; the second lock at its start would cost a transaction more.
        let config = Config::default().queue(QUEUE).batch_size(200).lock_tasks(false);
        let storage = SqliteStorage::<Job>::new(&pool).with_config(config);
        WorkerBuilder::new("bench").backend(storage).concurrency(64).data(sink).build(post).run().await
    } else {
        let storage = SqliteStorage::<Job>::new(&pool).with_config(Config::default().queue(QUEUE));
        WorkerBuilder::new("bench").backend(storage).data(sink).build(post).run().await
    };
    done.map_err(|error| anyhow::anyhow!("{error}"))
}

/// Its run times are whole seconds, so it has no latency row; all jobs are due now.
async fn fill(pool: &SqlitePool, count: usize) -> anyhow::Result<()> {
    let tasks = (0..count)
        .map(|n| {
            let job = Job { id: format!("now-{n}"), due: 0, text: TEXT.to_owned() };
            Ok(TaskBuilder::new(serde_json::to_vec(&job)?).build())
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut tx = pool.begin().await?;
    apalis_sqlite::queries::push_tasks(&mut *tx, QUEUE, &tasks).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(tx.commit().await?)
}

async fn post(job: Job, sink: Data<Sink>) -> Result<(), BoxDynError> {
    let request = sink.client.post(&sink.address).body(serde_json::to_string(&job)?);
    request.send().await?.error_for_status()?.bytes().await?;
    Ok(())
}
