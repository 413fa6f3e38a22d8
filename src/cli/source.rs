//! `dutybell source`: how the ledger sources stand, and reading one by hand.

use std::process::ExitCode;

use anyhow::bail;
use chrono::{DateTime, Utc};

use super::{import, office, say, say_json, table};
use crate::config::Loaded;
use crate::core::words::Say;
use crate::gateway::Same;
use crate::gateway::source::{Applied, Turn, TurnOptions};
use crate::gateway::{Gateway, Source};

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
    gateway.store.close().await;
    code
}

/// A line of the list.
#[derive(serde::Serialize)]
struct Line {
    name: String,
    place: String,
    cron: String,
    read_at: Option<DateTime<Utc>>,
    good_at: Option<DateTime<Utc>>,
    rows: Option<i64>,
    problem: String,
}

async fn list(gateway: &Gateway, json: bool) -> anyhow::Result<()> {
    let known = gateway.store.sources().await?;
    let lines: Vec<Line> = gateway
        .sources()
        .iter()
        .map(|source| {
            let seen = known.iter().find(|(name, _)| *name == source.name).map(|(_, seen)| seen);
            Line {
                name: source.name.clone(),
                place: source.kind.place(),
                cron: source.zone.map_or(source.cron.clone(), |zone| format!("{} {zone}", source.cron)),
                read_at: seen.map(|s| s.read_at),
                good_at: seen.and_then(|s| s.good_at),
                rows: seen.and_then(|s| s.rows),
                problem: seen.map(|s| s.problem.clone()).unwrap_or_default(),
            }
        })
        .collect();
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
    let source = named(gateway, name)?;
    let Some(turn) = gateway.read_by_hand(source, options).await? else {
        bail!("{name} is being read by the service at this moment; try again when it is done");
    };
    show(&turn, &*gateway.phrases)?;
    Ok(if turn.troubles().next().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn named<'a>(gateway: &'a Gateway, name: &str) -> anyhow::Result<&'a Source> {
    if let Some(source) = gateway.sources().iter().find(|s| s.name == name) {
        return Ok(source);
    }
    let all: Vec<&str> = gateway.sources().iter().map(|s| s.name.as_str()).collect();
    match all.is_empty() {
        true => bail!("no [[source]] in the configuration"),
        false => bail!("no source is named {name:?}; there are {}", all.join(", ")),
    }
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
