//! `dutybell resend`: what was sent goes once more.

use anyhow::bail;

use super::{caller, local_day, office, say, say_json};
use crate::app::deliveries::{self, Again};
use crate::app::people::Register;
use crate::app::{self, Gateway};
use crate::config::Loaded;

/// What to send again, and why.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Number of a message, from `dutybell deliveries`
    #[arg(required_unless_present = "to", conflicts_with = "to")]
    message: Option<i64>,
    /// All that this person was sent …
    #[arg(long, value_name = "NAME", requires = "on")]
    to: Option<String>,
    /// … on this local day: 2022-09-27, today or yesterday
    #[arg(long, value_name = "DATE", requires = "to")]
    on: Option<String>,
    /// Why; goes into the log and the story of each item
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Ordered by this person [default: the office]
    #[arg(long = "as", value_name = "PERSON")]
    whom: Option<String>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<()> {
    let office = office::open(&loaded).await?;
    let done = obey(&office.gateway, args).await;
    app::close(&office.gateway).await;
    done
}

async fn obey(gateway: &Gateway, args: Args) -> anyhow::Result<()> {
    let caller = caller(gateway, args.whom.as_deref(), None).await?;
    let what = match (args.message, &args.to, &args.on) {
        (Some(message), ..) => Again::Message(message),
        (None, Some(name), Some(on)) => Again::Day(Register::read(gateway).await?.find(name)?, local_day(gateway, on)?),
        _ => bail!("name a message, or a person with --to and a day with --on"),
    };
    let resent = deliveries::resend(gateway, &caller, what, &args.reason).await?;
    if args.json {
        return say_json(&resent);
    }
    let zone = gateway.policy.zone;
    for label in &resent.again {
        say(format!("again: {label}"))?;
    }
    for label in &resent.untrue {
        say(format!("not sent again, no longer so: {label}"))?;
    }
    match resent.at {
        Some(at) => {
            let at = at.with_timezone(&zone).format("%Y-%m-%d %H:%M");
            say(format!("{} of it to {}, merged, from {at} on", resent.again.len(), resent.to))?;
        }
        None => say(format!("nothing of it is true any more; {} is sent nothing", resent.to))?,
    }
    Ok(())
}
