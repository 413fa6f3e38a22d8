//! What the machine gives at most: the database without a program, HTTP without a database.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use futures::StreamExt;
use sqlx::{AnyConnection, Connection};

use crate::bench::{Bench, Options, best, file, last_line};
use crate::database::{Base, Database};
use crate::table::Row;
use crate::{measure, ours};

const CLAIM: &str =
    "UPDATE jobs SET state = 'held' WHERE id IN (SELECT id FROM jobs WHERE state = 'queued' ORDER BY id";
/// Requests at a time of the bare client; as many as one channel of ours has in the air.
const IN_FLIGHT: usize = 64;
/// Rows that one transaction claims; another one finishes them.
const BATCHES: [usize; 2] = [32, 200];

/// A part that runs in a process of its own: prints jobs a second, processor seconds and peak memory.
pub async fn run(what: &str, words: &[String]) -> anyhow::Result<()> {
    let word = |n: usize| words.get(n).map(String::as_str).unwrap_or_default();
    let count: usize = word(1).parse()?;
    let start = Instant::now();
    let took = match what {
        "http" => http(word(0), count).await?,
        "sqlite" => sqlite(word(0), count, word(2).parse()?).await?,
        other => anyhow::bail!("what is {other}?"),
    };
    let own = std::process::id();
    eprintln!("{:.1} s in all", start.elapsed().as_secs_f64());
    println!("{} {} {}", count as f64 / took, measure::cpu(own), measure::peak(own));
    Ok(())
}

async fn http(sink: &str, count: usize) -> anyhow::Result<f64> {
    let client = ours::client()?;
    let address = format!("http://{sink}/job");
    let start = Instant::now();
    let mut answers = futures::stream::iter(0..count)
        .map(|n| {
            let request = client.post(&address).body(format!("{{\"id\":\"raw-{n}\",\"due\":0}}"));
            async move { request.send().await?.error_for_status()?.bytes().await }
        })
        .buffer_unordered(IN_FLIGHT);
    while let Some(answer) = answers.next().await {
        answer?;
    }
    Ok(start.elapsed().as_secs_f64())
}

/// Claim a batch, finish a batch: two transactions, each on disk before the next.
async fn sqlite(path: &str, count: usize, batch: usize) -> anyhow::Result<f64> {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(&format!("sqlite://{path}?mode=rwc")).await?;
    sqlx::raw_sql("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").execute(&mut connection).await?;
    sqlx::raw_sql("CREATE TABLE jobs (id INTEGER PRIMARY KEY, state TEXT NOT NULL, body TEXT NOT NULL)")
        .execute(&mut connection)
        .await?;
    sqlx::raw_sql("CREATE INDEX queued ON jobs (id) WHERE state = 'queued'").execute(&mut connection).await?;
    sqlx::query(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
         INSERT INTO jobs SELECT i, 'queued', printf('%.*c', 200, 'x') FROM n",
    )
    .bind(count as i64)
    .execute(&mut connection)
    .await?;
    let claim = format!("{CLAIM} LIMIT {batch}) RETURNING id, body");
    let start = Instant::now();
    loop {
        let rows = sqlx::query(sqlx::AssertSqlSafe(claim.as_str())).fetch_all(&mut connection).await?;
        if rows.is_empty() {
            return Ok(start.elapsed().as_secs_f64());
        }
        let mut tx = connection.begin().await?;
        for row in &rows {
            let id: i64 = sqlx::Row::try_get(row, 0)?;
            sqlx::query("UPDATE jobs SET state = 'done' WHERE id = $1").bind(id).execute(&mut *tx).await?;
        }
        tx.commit().await?;
    }
}

pub async fn rows(bench: &Bench, options: &Options) -> Vec<Row> {
    let mut rows = Vec::new();
    let count = options.jobs * 2;
    for batch in BATCHES {
        let empty = Row::new(&format!("limit: pgbench, claim and finish, {batch} a transaction"), Base::Postgres);
        let round = async || pgbench(bench, count, batch, empty.clone()).await;
        rows.push(best(options.rounds, empty.clone(), round).await);
    }
    for batch in BATCHES {
        let empty = Row::new(&format!("limit: SQLite, claim and finish, {batch} a transaction"), Base::Sqlite);
        let round = async || {
            let path = file(bench, "raw.db");
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", path.display()));
            }
            again(&["sqlite", &path.display().to_string(), &count.to_string(), &batch.to_string()], empty.clone())
        };
        rows.push(best(options.rounds, empty.clone(), round).await);
    }
    let empty = Row::new(&format!("limit: reqwest to the sink, {IN_FLIGHT} at a time"), Base::Sqlite);
    let round = async || {
        bench.sink.reset().await?;
        again(&["http", &bench.sink.address, &count.to_string()], empty.clone())
    };
    rows.push(best(options.rounds, empty.clone(), round).await);
    rows
}

/// This program again, for one part.
fn again(words: &[&str], empty: Row) -> anyhow::Result<Row> {
    let done = Command::new(std::env::current_exe()?).arg("raw").args(words).output()?;
    anyhow::ensure!(done.status.success(), "{}", last_line(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout);
    let mut numbers = said.split_whitespace().map(str::parse::<f64>);
    let mut next = || numbers.next().unwrap_or(Ok(0.0));
    let count = words.get(2).map_or(Ok(1.0), |n| n.parse::<f64>())?;
    let (rate, cpu, peak) = (next()?, next()?, next()?);
    Ok(Row { rate: Some(rate), cpu: Some(cpu / (count / 1_000.0)), peak: Some(peak), ..empty })
}

async fn pgbench(bench: &Bench, count: usize, batch: usize, empty: Row) -> anyhow::Result<Row> {
    const CLIENTS: usize = 2;
    let database = Database::create(Base::Postgres, &bench.server, bench.folder.path()).await?;
    let mut connection = database.connect().await?;
    for sql in [
        "CREATE TABLE jobs (id bigint PRIMARY KEY, state text NOT NULL, body text NOT NULL)".to_owned(),
        "CREATE INDEX queued ON jobs (id) WHERE state = 'queued'".to_owned(),
        format!("INSERT INTO jobs SELECT i, 'queued', repeat('x', 200) FROM generate_series(1, {count}) i"),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
    }
    database.settle().await?;
    let script = file(bench, "claim.sql");
    std::fs::write(
        &script,
        format!(
            "WITH claimed AS ({CLAIM} LIMIT {batch} FOR UPDATE SKIP LOCKED) RETURNING id, body)\n\
             SELECT string_agg(id::text, ',') AS ids, sum(length(body)) AS size FROM claimed \\gset\n\
             UPDATE jobs SET state = 'done' WHERE id IN (:ids);\n"
        ),
    )?;
    let transactions = count / batch / CLIENTS;
    let (server_cpu, own) = (bench.server_cpu(), measure::children());
    let done = Command::new(pgbench_path()?)
        .args(["-n", "-c", &CLIENTS.to_string(), "-j", "1", "-t", &transactions.to_string(), "-f"])
        .arg(&script)
        .args(["-h", "127.0.0.1", "-U", "postgres", "-p", &bench.server.port.to_string(), "run"])
        .output()?;
    anyhow::ensure!(done.status.success(), "{}", last_line(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout);
    let tps = said.lines().find_map(|l| l.strip_prefix("tps = ")).and_then(|l| l.split_whitespace().next());
    let thousands = (transactions * CLIENTS * batch) as f64 / 1_000.0;
    Ok(Row {
        rate: Some(tps.unwrap_or_default().parse::<f64>()? * batch as f64),
        cpu: Some((measure::children() - own) / thousands),
        server_cpu: Some((bench.server_cpu() - server_cpu) / thousands),
        note: format!("{CLIENTS} clients"),
        ..empty
    })
}

fn pgbench_path() -> anyhow::Result<std::path::PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")?
        .flatten()
        .map(|version| version.path().join("bin/pgbench"))
        .filter(|path: &std::path::PathBuf| Path::exists(path))
        .collect();
    found.sort();
    found.pop().ok_or_else(|| anyhow::anyhow!("pgbench is missing"))
}
