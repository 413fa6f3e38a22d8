//! `dutybell backup` and `dutybell restore`: everything in one file, and back.

use std::path::PathBuf;

use super::say;
use crate::app::backup::{self, Holds};
use crate::config::Loaded;

/// Where the copy goes.
#[derive(clap::Args)]
pub(super) struct BackupArgs {
    /// New file to write, a SQLite database; only its owner may read it
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Where the office comes from.
#[derive(clap::Args)]
pub(super) struct RestoreArgs {
    /// File that `dutybell backup` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Also where the database holds something; that is kept aside under another name
    #[arg(long)]
    force: bool,
}

pub(super) async fn back_up(loaded: Loaded, args: BackupArgs) -> anyhow::Result<()> {
    let holds = backup::back_up(&loaded.config.database.url, &args.file).await?;
    say(format!("{}: {}", args.file.display(), told(&holds)))?;
    troubles(&holds)?;
    Ok(say(format!("to bring it back: stop the gateway, then dutybell restore {}", args.file.display()))?)
}

pub(super) async fn bring_back(loaded: Loaded, args: RestoreArgs) -> anyhow::Result<()> {
    let done = backup::restore(&args.file, &loaded.config.database.url, args.force).await?;
    say(format!("restored: {}", told(&done.holds)))?;
    troubles(&done.holds)?;
    if let Some(aside) = &done.aside {
        say(format!("the database of before is kept as {}", aside.display()))?;
    }
    say("what happened after the newest event is not in it: read the ledger again, and look at answers since then")?;
    Ok(say("numbers and codes shown since then are given to nothing else: an answer by one of them is asked about")?)
}

fn told(holds: &Holds) -> String {
    let newest = holds.newest.map_or("none".to_owned(), |at| at.format("%Y-%m-%d %H:%M UTC").to_string());
    format!("{} people, {} items, {} events, the newest of {newest}", holds.people, holds.items, holds.events)
}

fn troubles(holds: &Holds) -> std::io::Result<()> {
    if holds.troubles.is_empty() {
        return say("looked through: the database is sound, the log is whole, the items are what it says");
    }
    holds.troubles.iter().try_for_each(|trouble| say(format!("warn  {trouble}")))
}
