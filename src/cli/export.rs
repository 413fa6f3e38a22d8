//! `dutybell export`: the ledger given back, in the office's own form or in another.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::{office, say};
use crate::app::{self, Gateway, export};
use crate::config::Loaded;

/// Options of an export.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Name of the ledger [default: the only one there is]
    #[arg(long)]
    source: Option<String>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Xlsx)]
    format: Format,
    /// File to write; for ics the folder of the feeds [default: the ledger's name with the day]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Add the columns for completion and verification that the ledger lacks
    #[arg(long)]
    add_columns: bool,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    /// Only list the ledgers there are
    #[arg(long)]
    list: bool,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Format {
    /// The office's own workbook, filled in, with a sheet of figures
    Xlsx,
    /// One line an item
    Csv,
    /// Every item whole
    Json,
    /// A calendar feed for each person with open items
    Ics,
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<()> {
    let office = office::open(&loaded).await?;
    let done = give_back(&office.gateway, &args).await;
    app::close(&office.gateway).await;
    done
}

async fn give_back(gateway: &Gateway, args: &Args) -> anyhow::Result<()> {
    if args.list {
        for source in export::ledgers(gateway).await? {
            say(source)?;
        }
        return Ok(());
    }
    if args.format == Format::Ics {
        return feeds(gateway, args).await;
    }
    let source = export::chosen(gateway, args.source.as_deref()).await?;
    let day = gateway.now().with_timezone(&gateway.policy.zone).format("%Y%m%d");
    let ending = match args.format {
        Format::Csv => "csv",
        Format::Json => "json",
        Format::Xlsx | Format::Ics => "xlsx",
    };
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{source}-{day}.{ending}")));
    if out.exists() && !args.force {
        bail!("{} is there already; choose another name with --out, or --force", out.display());
    }
    match args.format {
        Format::Csv => put(&out, &export::csv(gateway, &source).await?)?,
        Format::Json => put(&out, &export::json(gateway, &source).await?)?,
        Format::Xlsx | Format::Ics => {
            let exported = export::workbook(gateway, &source, args.add_columns).await?;
            put(&out, &exported.bytes)?;
            say(format!("{} items, {} rows filled in", exported.items, exported.filled))?;
            for left in &exported.left {
                say(format!("left as it is: {}: {}", left.place.in_words(super::import::language(None)), left.why))?;
            }
            if !exported.name.is_empty() && !exported.name.to_lowercase().ends_with(".xlsx") {
                say(format!("{} is no .xlsx: its cells stand in a new workbook", exported.name))?;
            }
        }
    }
    say(format!("written: {}", out.display()))?;
    if args.format != Format::Json {
        say(format!("to read it again: dutybell import {} --source {source}", out.display()))?;
    }
    Ok(())
}

async fn feeds(gateway: &Gateway, args: &Args) -> anyhow::Result<()> {
    let folder = args.out.clone().unwrap_or_else(|| PathBuf::from("feeds"));
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let feeds = export::feeds(gateway).await?;
    for feed in &feeds {
        // The number keeps people of one name apart, and a name's signs out of paths.
        let name: String = feed.name.chars().filter(|c| c.is_alphanumeric()).collect();
        put(&folder.join(format!("{name}-{}.ics", feed.person.0)), feed.text.as_bytes())?;
    }
    Ok(say(format!("{} feeds written to {}", feeds.len(), folder.display()))?)
}

/// Writes a file that only its owner may read: it holds names, answers and telephones.
fn put(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    crate::files::put_private(path, bytes).with_context(|| format!("{} cannot be written", path.display()))
}
