//! `dutybell audit`: the log proved whole, and handed over to whoever examines it.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};

use super::{office, say};
use crate::app::audit::{self, Head};
use crate::app::{self, Gateway};
use crate::config::Loaded;
use crate::core::org::Locale;
use crate::files;

/// What to do with the log.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Follow the chain of events from its first link and compare items, people and rules with it; names what does not hold
    Verify {
        /// Heads that were kept elsewhere, one a line: EVENT HASH
        #[arg(long, value_name = "FILE")]
        heads: Option<PathBuf>,
    },
    /// The newest link, to be kept elsewhere
    Head,
    /// Every event, message, try and answer as JSON lines, or one item as a readable page
    Export {
        /// Code of one item [default: all, as JSON lines]
        #[arg(long)]
        item: Option<String>,
        /// A page to read instead of JSON lines
        #[arg(long, requires = "item")]
        html: bool,
        /// The page's language: zh-CN, zh-Hant or en [default: that of the terminal]
        #[arg(long, requires = "html")]
        lang: Option<String>,
        /// File to write, a new one [default: standard output]
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<ExitCode> {
    let office = office::open(&loaded).await?;
    let gateway = &office.gateway;
    let done = match args.what {
        What::Verify { heads } => verify(gateway, heads.as_deref()).await,
        What::Head => head(gateway).await,
        What::Export { item, html, lang, out } => {
            let locale = html.then(|| super::import::language(lang.as_deref()));
            export(gateway, item.as_deref(), locale, out.as_deref()).await
        }
    };
    app::close(gateway).await;
    done
}

async fn verify(gateway: &Gateway, heads: Option<&Path>) -> anyhow::Result<ExitCode> {
    let published = heads.map(read_heads).transpose()?.unwrap_or_default();
    let found = audit::verify(gateway, &published).await?;
    for differs in &found.differing {
        say(format!("DIFFERS {differs}: {}", differs.why))?;
    }
    if let Some(broken) = &found.broken {
        say(format!("BROKEN at event {}: {}", broken.event, broken.why))?;
        say(format!("{} events before it hold", found.events))?;
        return Ok(ExitCode::FAILURE);
    }
    if !found.differing.is_empty() {
        say(format!("the log itself holds ({} events); what it says of these is what happened", found.events))?;
        say("restore a backup from before they were changed, or ask whoever has access to the database")?;
        return Ok(ExitCode::FAILURE);
    }
    let purged = if found.purged > 0 { format!(", texts of {} purged", found.purged) } else { String::new() };
    let kept = if published.is_empty() { String::new() } else { format!(", {} kept heads found", published.len()) };
    say(format!("whole: {} events{purged}{kept}", found.events))?;
    if let Some(head) = &found.head {
        say(format!("{} {}", head.event, head.hash))?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn head(gateway: &Gateway) -> anyhow::Result<ExitCode> {
    let head = audit::head(gateway).await?;
    say(format!("{} {}", head.event, head.hash))?;
    Ok(ExitCode::SUCCESS)
}

/// Lines `EVENT HASH`, anything before them on the line (a date) ignored.
fn read_heads(file: &Path) -> anyhow::Result<Vec<Head>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut heads = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let mut words = line.split_whitespace().rev();
        let (hash, event) = (words.next().unwrap_or_default(), words.next().and_then(|w| w.parse().ok()));
        match event {
            Some(event) if hash.len() == 64 => heads.push(Head { event, hash: hash.to_owned() }),
            _ => bail!("{} line {}: write EVENT HASH, as `dutybell audit head` prints them", file.display(), n + 1),
        }
    }
    Ok(heads)
}

/// `page`: as a page in a language instead of JSON lines.
async fn export(
    gateway: &Gateway,
    code: Option<&str>,
    page: Option<Locale>,
    out: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let item = match code {
        None => None,
        Some(code) => Some(audit::item(gateway, code).await?),
    };
    let mut writer: Box<dyn Write + Send> = match out {
        None => Box::new(std::io::stdout()),
        Some(path) => Box::new(BufWriter::new(
            files::private_new(path).with_context(|| format!("cannot make {}; choose a new file", path.display()))?,
        )),
    };
    match (&item, page) {
        (Some(item), Some(locale)) => {
            writer.write_all(audit::page(gateway, item, locale).await?.as_bytes())?;
        }
        _ => {
            let write = |record| {
                serde_json::to_writer(&mut writer, &record)?;
                Ok(writer.write_all(b"\n")?)
            };
            audit::records(gateway, item.as_ref(), write).await?;
        }
    }
    writer.flush()?;
    Ok(ExitCode::SUCCESS)
}
