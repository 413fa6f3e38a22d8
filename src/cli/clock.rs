//! `dutybell clock`: whether the gateway believes the machine's clock, and accepting it.

use super::{office, say};
use crate::app::{self, clock};
use crate::config::Loaded;

/// Options.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The clock is right: go on by it
    #[arg(long)]
    accept: bool,
}

pub(super) async fn run(loaded: Loaded, args: &Args) -> anyhow::Result<()> {
    let office = office::open(&loaded).await?;
    let gateway = &office.gateway;
    let doubt = clock::doubt(gateway).await?;
    let zone = gateway.policy.zone;
    match doubt {
        None => say(format!("{} in {zone}: believed", gateway.now().with_timezone(&zone).format("%Y-%m-%d %H:%M")))?,
        Some(doubt) if args.accept => {
            clock::accept(gateway).await?;
            say(format!("accepted: {}", doubt.now.with_timezone(&zone).format("%Y-%m-%d %H:%M")))?;
        }
        Some(doubt) => say(format!(
            "not believed: the clock says {}, the last time known to be right is {}; routine waits. Set the clock, or if it is right: dutybell clock --accept",
            doubt.now.with_timezone(&zone).format("%Y-%m-%d %H:%M"),
            doubt.seen.with_timezone(&zone).format("%Y-%m-%d %H:%M")
        ))?,
    }
    app::close(gateway).await;
    Ok(())
}
