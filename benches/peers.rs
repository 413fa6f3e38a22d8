//! Us and our peers at the same work: a durable job that is due now → an HTTP POST → marked done in the database.
//!
//! `cargo bench --bench peers` installs what is missing, runs everybody and prints one table; how to read it stands in
//! `docs/performance.md`. `-- --jobs 20000` changes how much is asked, `--rounds 3` how often (the best round counts),
//! `--only ours,graphile` who runs.

#[path = "peers/alertmanager.rs"]
mod alertmanager;
#[path = "peers/bench.rs"]
mod bench;
#[path = "peers/contestant.rs"]
mod contestant;
#[path = "peers/database.rs"]
mod database;
#[path = "peers/job.rs"]
mod job;
#[path = "peers/measure.rs"]
mod measure;
#[path = "peers/ours.rs"]
mod ours;
#[path = "../tests/counterparts/postgres.rs"]
mod postgres;
#[path = "peers/raw.rs"]
mod raw;
#[path = "peers/sink.rs"]
mod sink;
#[path = "peers/table.rs"]
mod table;

use job::Batch;

fn main() -> anyhow::Result<()> {
    // Cargo adds a --bench of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let word = |n: usize| words.get(n).map(String::as_str).unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match (word(0), word(1)) {
            // This same program again, as one of the processes that are measured.
            ("sink", _) => sink::serve().await,
            ("ours", "fill") => ours::fill(word(2), word(3), &Batch::from_words(&words[4..])?).await,
            ("ours", "run") => ours::run(word(2), word(4)).await,
            ("raw", what) => raw::run(what, &words[2..]).await,
            _ => bench::run(&options(&words)?).await,
        }
    })
}

fn options(words: &[String]) -> anyhow::Result<bench::Options> {
    let after = |name: &str| words.iter().position(|w| w == name).and_then(|i| words.get(i + 1));
    let number = |name: &str, usual: usize| after(name).map_or(Ok(usual), |n| n.parse());
    Ok(bench::Options {
        jobs: number("--jobs", 10_000)?,
        rounds: number("--rounds", 3)?,
        only: after("--only").map(|list| list.split(',').map(str::to_owned).collect()).unwrap_or_default(),
    })
}
