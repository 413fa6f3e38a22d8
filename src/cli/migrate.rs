//! `dutybell migrate-store`: from SQLite to PostgreSQL when the office grows.

use anyhow::Context;

use super::{say, table};
use crate::store::Store;
use crate::store::copy::copy_all;

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
    let from = Store::open(&args.from).await?;
    let to = Store::open(&args.to).await?;
    let copied = copy_all(&from, &to).await;
    let engine = to.engine_version().await;
    from.close().await;
    to.close().await;
    let copied = copied?;
    say(table(&["table", "rows"], copied.iter().map(|c| vec![c.table.to_owned(), c.rows.to_string()])))?;
    let rows: u64 = copied.iter().map(|c| c.rows).sum();
    Ok(say(format!("{rows} rows carried over to {} and compared: both sides are the same", engine?))?)
}
