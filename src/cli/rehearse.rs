//! `dutybell rehearse`: the office's own data on a fast clock; nothing leaves, nothing is written to its store.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use super::office;
use crate::clock::Clock;
use crate::config::Loaded;
use crate::core::policy::Policy;
use crate::core::world::Calendars;
use crate::demo::{live, rehearsal};
use crate::render::Phrases;

/// Options of the rehearsal.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Address of the page
    #[arg(long, default_value = "127.0.0.1:8485")]
    listen: SocketAddr,
    /// Real seconds that a simulated day takes
    #[arg(long, default_value_t = 60.0, value_name = "SECONDS")]
    speed: f64,
    /// Days that are rehearsed, from now on
    #[arg(long, default_value_t = 21, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=366))]
    days: i64,
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<()> {
    let (policy, calendars) = office::rules(&loaded.config)?;
    let phrases = office::phrases(&loaded.config)?;
    let folder = std::env::temp_dir().join(format!("dutybell-rehearsal-{}", std::process::id()));
    make_private(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let played = play(&loaded, &args, &folder, (policy, calendars, phrases)).await;
    // The copy does not outlive the rehearsal.
    let cleaned = std::fs::remove_dir_all(&folder);
    played?;
    Ok(cleaned?)
}

/// A new folder that nobody else can look into: the copy holds what the office's database holds.
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

async fn play(loaded: &Loaded, args: &Args, folder: &Path, rules: (Policy, Calendars, Phrases)) -> anyhow::Result<()> {
    let (url, now) = (&loaded.config.database.url, Clock::Real.now());
    let demo = rehearsal::prepare(url, folder, now, args.days, rules).await?;
    let listener = live::bind(args.listen).await?;
    println!("dutybell rehearse: open http://{} (Ctrl-C ends it)", listener.local_addr()?);
    println!("this is a copy of {} days from now on: nothing is sent, nothing is written to your office", args.days);
    let stop = CancellationToken::new();
    super::serve::stop_on_signal(stop.clone());
    live::play(demo, listener, args.speed.clamp(0.5, 86_400.0), stop).await
}
