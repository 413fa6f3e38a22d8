//! The driver: one contestant after the other on an otherwise idle machine.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use sqlx::AnyConnection;
use tempfile::TempDir;

use crate::contestant::{self, Contestant};
use crate::database::{Base, Database};
use crate::job::Batch;
use crate::postgres::{self, Postgres};
use crate::sink::{Stats, now_us};
use crate::table::{Row, Table};
use crate::{alertmanager, measure, ours, raw};

/// Without progress for so long a run has failed.
const STALLED: Duration = Duration::from_secs(60);
/// Jobs of the latency rows, and over how many milliseconds they fall due.
const LATENCY: usize = 1_000;
const SPREAD: i64 = 1_000;
/// How far the latency jobs lie ahead when they are filled in.
const AHEAD: i64 = 20_000;
/// Sent before, so that nobody is measured while it starts.
const WARM_UP: usize = 100;

pub struct Options {
    pub jobs: usize,
    pub rounds: usize,
    pub only: Vec<String>,
}

impl Options {
    pub fn wants(&self, group: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|o| o == group)
    }
}

/// What all runs share.
pub struct Bench {
    pub server: Postgres,
    pub folder: TempDir,
    pub sink: Sink,
}

pub async fn run(options: &Options) -> anyhow::Result<()> {
    sqlx::any::install_default_drivers();
    install("postgres")?;
    // Its settings as they come: what is committed is on disk.
    let bench = Bench { server: postgres::start(&[]), folder: tempfile::tempdir()?, sink: Sink::start()? };
    let mut table = Table::new(&bench, options.jobs).await?;
    for contestant in contestant::all().into_iter().filter(|c| options.wants(c.group)) {
        let jobs = options.jobs.min(contestant.most);
        table.add(best(options.rounds, Row::of(&contestant), async || bench.measured(&contestant, jobs).await).await);
    }
    if options.wants("alertmanager") {
        table.add(alertmanager::row(&bench, options).await);
    }
    if options.wants("raw") {
        for row in raw::rows(&bench, options).await {
            table.add(row);
        }
    }
    table.print();
    Ok(())
}

/// The best of several rounds: the rest is the machine's noise. Who cannot run says so in his row.
pub async fn best(rounds: usize, empty: Row, round: impl AsyncFn() -> anyhow::Result<Row>) -> Row {
    let mut best: Option<Row> = None;
    for _ in 0..rounds.max(1) {
        match round().await {
            Ok(row) => {
                eprintln!("{row}");
                best = Some(best.filter(|b| !row.beats(b)).unwrap_or(row));
            }
            Err(error) => {
                let failed = Row { note: format!("did not run: {error:#}"), ..empty };
                eprintln!("{failed}");
                return best.unwrap_or(failed);
            }
        }
    }
    best.unwrap_or(empty)
}

/// Installs what a contestant needs; the error is what its row says.
pub fn install(what: &str) -> anyhow::Result<()> {
    let done = Command::new(contestant::folder().join("install.sh")).arg(what).stdout(Stdio::null()).output()?;
    anyhow::ensure!(done.status.success(), "{what} cannot be installed: {}", last_line(&done.stderr));
    Ok(())
}

/// What a program said at the end, for a cell of the table.
pub fn last_line(said: &[u8]) -> String {
    String::from_utf8_lossy(said).trim().lines().last().unwrap_or_default().to_owned()
}

impl Bench {
    async fn measured(&self, contestant: &Contestant, jobs: usize) -> anyhow::Result<Row> {
        if let Some(what) = contestant.program.needs() {
            install(what)?;
        }
        let database = Database::create(contestant.base, &self.server, self.folder.path()).await?;
        if contestant.latency {
            self.latency(contestant, &database).await
        } else {
            self.throughput(contestant, &database, jobs).await
        }
    }

    async fn throughput(&self, contestant: &Contestant, database: &Database, jobs: usize) -> anyhow::Result<Row> {
        fill(contestant, database, &Batch::now(jobs))?;
        database.settle().await?;
        let mut connection = database.connect().await?;
        self.sink.reset().await?;
        let worker = Worker::start(contestant, &database.url, &self.sink.address)?;
        self.sink.wait(1).await?;
        let (cpu, server_cpu) = (measure::cpu(worker.pid()), self.server_cpu());
        self.sink.wait(jobs).await?;
        wait_done(&mut connection, contestant.done, jobs).await?;
        let end = now_us();
        let cpu = measure::cpu(worker.pid()) - cpu;
        let server_cpu = self.server_cpu() - server_cpu;
        let stats = self.sink.stats().await?;
        let thousands = jobs as f64 / 1_000.0;
        Ok(Row {
            rate: Some(jobs as f64 / ((end - stats.first) as f64 / 1e6)),
            cpu: Some(cpu / thousands),
            server_cpu: (contestant.base == Base::Postgres).then_some(server_cpu / thousands),
            peak: Some(measure::peak(worker.pid())),
            note: match stats.duplicates {
                0 if jobs == contestant.most => format!("{jobs} jobs"),
                0 => String::new(),
                twice => format!("{twice} sent twice"),
            },
            ..Row::of(contestant)
        })
    }

    async fn latency(&self, contestant: &Contestant, database: &Database) -> anyhow::Result<Row> {
        fill(contestant, database, &Batch::now(WARM_UP))?;
        let batch = Batch { count: LATENCY, due: now_us() / 1_000 + AHEAD, spread: SPREAD };
        fill(contestant, database, &batch)?;
        database.settle().await?;
        self.sink.reset().await?;
        let worker = Worker::start(contestant, &database.url, &self.sink.address)?;
        self.sink.wait(WARM_UP).await?;
        anyhow::ensure!(now_us() / 1_000 < batch.due, "the jobs fell due before the worker was warm");
        self.sink.wait(WARM_UP + LATENCY).await?;
        let stats = self.sink.stats().await?;
        drop(worker);
        Ok(Row { p50: Some(stats.p50), p99: Some(stats.p99), ..Row::of(contestant) })
    }

    /// Processor seconds of PostgreSQL's processes so far.
    pub fn server_cpu(&self) -> f64 {
        self.server.pid().map_or(0.0, measure::cpu)
    }
}

fn fill(contestant: &Contestant, database: &Database, batch: &Batch) -> anyhow::Result<()> {
    let mut command = contestant.program.command()?;
    command.args(["fill", &database.url, contestant.mode]).args(batch.words());
    let done = command.env("RUST_BACKTRACE", "0").stdout(Stdio::null()).output()?;
    anyhow::ensure!(done.status.success(), "filling failed: {}", last_line(&done.stderr));
    Ok(())
}

/// Until so many are marked done.
async fn wait_done(connection: &mut AnyConnection, sql: &'static str, jobs: usize) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let done: i64 = sqlx::query_scalar(sql).fetch_one(&mut *connection).await?;
        if done >= jobs as i64 {
            return Ok(());
        }
        anyhow::ensure!(start.elapsed() < STALLED, "only {done} of {jobs} were marked done");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A running contestant; killed when dropped.
pub struct Worker(Child);

impl Worker {
    pub fn start(contestant: &Contestant, url: &str, sink: &str) -> anyhow::Result<Worker> {
        let mut command = contestant.program.command()?;
        command.args(["run", url, contestant.mode, sink]);
        Worker::spawn(command, contestant.group)
    }

    /// What it says goes to a file under target/peers.
    pub fn spawn(mut command: Command, name: &str) -> anyhow::Result<Worker> {
        std::fs::create_dir_all(contestant::target())?;
        let log = File::create(contestant::target().join(format!("{name}.log")))?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        Ok(Worker(child.with_context(|| format!("{name} does not start"))?))
    }

    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The sink's process, and questions to it.
pub struct Sink {
    pub address: String,
    client: reqwest::Client,
    process: Child,
}

impl Sink {
    fn start() -> anyhow::Result<Sink> {
        let mut process = Command::new(std::env::current_exe()?).arg("sink").stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(process.stdout.take().context("the sink's output")?).read_line(&mut address)?;
        Ok(Sink { address: address.trim().to_owned(), client: ours::client()?, process })
    }

    pub async fn reset(&self) -> anyhow::Result<()> {
        self.client.post(format!("http://{}/reset", self.address)).send().await?.error_for_status()?;
        Ok(())
    }

    pub async fn stats(&self) -> anyhow::Result<Stats> {
        let answer = self.client.get(format!("http://{}/stats", self.address)).send().await?;
        Ok(serde_json::from_str(&answer.text().await?)?)
    }

    /// Until so many different jobs have arrived.
    pub async fn wait(&self, jobs: usize) -> anyhow::Result<()> {
        let (mut seen, mut since) = (0, Instant::now());
        loop {
            let count = self.stats().await?.count;
            if count >= jobs {
                return Ok(());
            }
            if count > seen {
                (seen, since) = (count, Instant::now());
            }
            anyhow::ensure!(since.elapsed() < STALLED, "only {count} of {jobs} arrived");
            tokio::time::sleep(Duration::from_millis(if jobs == 1 { 2 } else { 20 })).await;
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where a run may put files.
pub fn file(bench: &Bench, name: &str) -> PathBuf {
    bench.folder.path().join(name)
}
