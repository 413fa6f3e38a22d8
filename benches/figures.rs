//! Figures, printed: what the program does by itself, on SQLite and on PostgreSQL.
//!
//! `cargo bench` runs all with 200,000 items; options:
//!
//! - `--items 1000000`: items of the planner's and the start's figures
//! - `--finished 5000000`: finished messages of the aged table (500,000)
//! - `--only ticks,burst,morning,catchup,replies,aged,start,desk`
//! - `--store sqlite` or `--store postgres`
//!
//! Ratios of one run mean something, single figures depend on the machine. PostgreSQL runs from a folder of its own
//! (Debian's package; `./test.sh --install-only`).

#[path = "figures/aged.rs"]
mod aged;
#[path = "figures/catchup.rs"]
mod catchup;
#[path = "figures/desk.rs"]
mod desk;
#[path = "figures/morning.rs"]
mod morning;
#[path = "figures/office.rs"]
mod office;
#[path = "figures/planner.rs"]
mod planner;
#[path = "../tests/counterparts/postgres.rs"]
mod postgres;
#[path = "figures/replies.rs"]
mod replies;

use office::Databases;

/// What is measured, from the command line.
pub struct Options {
    /// Open items of the planner's figures.
    pub items: usize,
    /// Finished messages of the aged table.
    pub finished: usize,
    only: Option<String>,
}

impl Options {
    fn wants(&self, section: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.split(',').any(|o| o == section))
    }
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let after = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Some(database) = after("--ready") {
        return runtime.block_on(desk::ready(database));
    }
    let number = |name: &str, otherwise: usize| after(name).map_or(Ok(otherwise), |n| n.parse());
    let options = Options {
        items: number("--items", 200_000)?,
        finished: number("--finished", 500_000)?,
        only: after("--only").cloned(),
    };
    let only = after("--store").cloned();
    // A task of its own, as the program's loops are: the thread that blocks on the runtime is woken by a detour.
    runtime.block_on(runtime.spawn(all(options, only)))?
}

async fn all(options: Options, only: Option<String>) -> anyhow::Result<()> {
    for name in ["sqlite", "postgres"] {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        let databases = Databases::begin(name)?;
        println!("{} (load {})", databases.title().await?, office::load());
        if options.wants("ticks") {
            planner::ticks(&databases, &options).await?;
        }
        if options.wants("burst") {
            planner::burst(&databases, &options).await?;
        }
        if options.wants("morning") {
            morning::morning(&databases).await?;
        }
        if options.wants("catchup") {
            catchup::catch_up(&databases).await?;
        }
        if options.wants("replies") {
            replies::replies(&databases).await?;
        }
        if options.wants("aged") {
            aged::aged(&databases, &options).await?;
        }
        if name == "sqlite" && options.wants("start") {
            desk::start_and_memory(&databases, options.items).await?;
        }
        if name == "sqlite" && options.wants("desk") {
            desk::desk(&databases).await?;
        }
    }
    Ok(())
}
