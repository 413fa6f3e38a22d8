//! `dutybell deliveries`: what was sent to whom.

use super::{caller, local_day, office, say, say_json, table};
use crate::app::deliveries::{self, Delivery, Wanted};
use crate::app::people::Register;
use crate::app::{self, Gateway, items};
use crate::config::Loaded;

/// Which day, and of whom.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Local day: 2022-09-27, today or yesterday
    #[arg(long, value_name = "DATE")]
    on: String,
    /// Only to this person
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
    /// Only about the item of this code
    #[arg(long, value_name = "CODE")]
    item: Option<String>,
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
    let host = caller(gateway, None, None).await?;
    let to = match &args.to {
        Some(name) => Some(Register::read(gateway).await?.find_also_gone(name)?),
        None => None,
    };
    let item = match &args.item {
        Some(code) => Some(items::find(gateway, &host, code).await?.id),
        None => None,
    };
    let day = local_day(gateway, &args.on)?;
    let found = deliveries::on_day(gateway, day, &Wanted { to, item }).await?;
    if args.json {
        return say_json(&found);
    }
    let zone = gateway.policy.zone;
    let local = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).format("%m-%d %H:%M").to_string();
    let rows = found.iter().map(|d: &Delivery| {
        let message = d.message.map_or(String::new(), |m| m.to_string());
        let heard = d.heard_at.map(|at| format!("answered {}", local(at)));
        let detail: Vec<String> = d.detail.iter().cloned().chain(heard).collect();
        vec![
            local(d.at),
            d.to.clone(),
            d.outcome.clone(),
            d.channel.clone(),
            d.why.join(", "),
            d.codes.join(" "),
            d.title.clone(),
            detail.join("; "),
            message,
        ]
    });
    say(table(&["when", "to", "outcome", "by", "why", "items", "title", "detail", "message"], rows))?;
    let of = |outcome: &str| found.iter().filter(|d| d.outcome == outcome).count();
    Ok(say(format!("{day}: {} sent, {} waiting, {} withdrawn", of("sent"), of("waiting"), of("withdrawn")))?)
}
