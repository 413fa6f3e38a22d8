//! `dutybell migrate-store`: from SQLite to PostgreSQL when the office grows.

use anyhow::Context;

use super::{say, table};
use crate::app::backup::{Carried, carry_over};

/// Which databases. Stop the gateway before, and point `[database] url` at the new one after.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Database to read: sqlite:PATH or postgres://…
    #[arg(long, value_name = "URL")]
    from: String,
    /// New and empty database to write
    #[arg(long, value_name = "URL")]
    to: String,
}

pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    if let Some(path) = args.from.strip_prefix("sqlite://").or_else(|| args.from.strip_prefix("sqlite:")) {
        std::fs::metadata(path).with_context(|| format!("cannot read {path}"))?;
    }
    let Carried { tables, engine } = carry_over(&args.from, &args.to).await?;
    say(table(&["table", "rows"], tables.iter().map(|c| vec![c.table.to_owned(), c.rows.to_string()])))?;
    let rows: u64 = tables.iter().map(|c| c.rows).sum();
    Ok(say(format!("{rows} rows carried over to {} and compared: both sides are the same", engine))?)
}
