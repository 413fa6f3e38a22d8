//! `dutybell source`: how the ledger sources stand, and reading one by hand.

use std::process::ExitCode;

use chrono::{DateTime, Utc};

use super::{import, office, say, say_json, table};
use crate::app::import::Same;
use crate::app::sources::{self, Applied, Turn, TurnOptions};
use crate::app::{self, Gateway};
use crate::config::Loaded;
use crate::core::words::Say;

/// What to do with the sources.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Every source: where it is, when it was last good, what is wrong
    List {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Read one now, as the schedule would
    Run {
        /// Its name in the configuration
        name: String,
        /// Show what would change, change nothing, move nothing
        #[arg(long)]
        dry_run: bool,
        /// Apply it although many open items are missing from it
        #[arg(long)]
        accept_shrink: bool,
        /// Apply it although it is older than its promise
        #[arg(long)]
        accept_stale: bool,
        /// A row that is asked about is this item, such as 5=F3K2, or a new one, 5=new; may be given several times
        #[arg(long = "same", value_name = "ROW=ITEM")]
        same: Vec<Same>,
    },
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<ExitCode> {
    let gateway = office::open(&loaded).await?.gateway;
    let code = match args.what {
        What::List { json } => list(&gateway, json).await.map(|()| ExitCode::SUCCESS),
        What::Run { name, dry_run, accept_shrink, accept_stale, same } => {
            read(&gateway, &name, TurnOptions { dry_run, accept_shrink, accept_stale, same }).await
        }
    };
    app::close(&gateway).await;
    code
}

async fn list(gateway: &Gateway, json: bool) -> anyhow::Result<()> {
    let lines = sources::list(gateway).await?;
    if json {
        return say_json(&lines);
    }
    if lines.is_empty() {
        return Ok(say("no [[source]] in the configuration")?);
    }
    let local = |at: Option<DateTime<Utc>>| {
        at.map_or("never".to_owned(), |t| t.with_timezone(&gateway.policy.zone).format("%Y-%m-%d %H:%M").to_string())
    };
    let rows = lines.into_iter().map(|l| {
        let count = l.rows.map_or(String::new(), |n| n.to_string());
        vec![l.name, l.place, l.cron, local(l.read_at), local(l.good_at), count, l.problem]
    });
    Ok(say(table(&["name", "where", "cron", "read", "last good", "rows", "problem"], rows))?)
}

async fn read(gateway: &Gateway, name: &str, options: TurnOptions) -> anyhow::Result<ExitCode> {
    let turn = sources::read(gateway, name, options).await?;
    show(&turn, &*gateway.phrases)?;
    Ok(if turn.troubles().next().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(turn: &Turn, phrases: &dyn Say) -> anyhow::Result<()> {
    for (name, end) in &turn.ends {
        match end {
            Ok(Applied::Unchanged) => say(format!("{name}: the same as last time"))?,
            Ok(Applied::Imported(report)) => {
                say(format!("{name}:"))?;
                import::show(report, phrases, import::language(None))?;
            }
            Err(trouble) => say(format!("{name}: nothing was changed: {trouble}"))?,
        }
    }
    for trouble in &turn.trouble {
        say(format!("nothing was changed: {trouble}"))?;
    }
    if turn.ends.is_empty() && turn.trouble.is_empty() {
        say("nothing to read")?;
    }
    Ok(())
}
