//! `dutybell preview`: who would be told what and when; nothing is sent.

use std::path::PathBuf;

use chrono::NaiveDate;

use super::{import, office, say, say_json, table};
use crate::app::preview::{Wanted, preview};
use crate::config::Loaded;

/// Options of the preview.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Preview this ledger on an empty database; without it, what is stored goes on
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// People and units for the ledger; may be given several times
    #[arg(long, value_name = "FILE")]
    people: Vec<PathBuf>,
    /// Another policy pack than the configured one: a name or a file
    #[arg(long)]
    policy: Option<String>,
    /// How many days to look ahead
    #[arg(long, default_value_t = 14)]
    days: u16,
    /// First day, at the opening of the office [default: now]
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(mut loaded: Loaded, args: Args) -> anyhow::Result<()> {
    if let Some(policy) = &args.policy {
        loaded.config.office.policy.clone_from(policy);
    }
    let (policy, calendars) = office::rules(&loaded.config)?;
    let wanted = Wanted {
        ledger: args.ledger,
        people: args.people,
        days: args.days,
        from: args.from,
        // Without a configuration nobody has chosen channels yet.
        channels: loaded.file.is_some().then(|| loaded.config.channels().into_iter().map(str::to_owned).collect()),
        locale: import::language(None),
    };
    let rules = (policy, calendars, office::phrases(&loaded.config)?);
    let shown = preview(&loaded.config.database.url, rules, &wanted).await?;
    for problem in &shown.problems {
        eprintln!("dutybell: {problem}");
    }
    let lines = &shown.lines;
    if args.json {
        return say_json(lines);
    }
    let rows = lines.iter().map(|l| {
        let items: Vec<String> = l.items.iter().map(|i| format!("{} {}　{}", i.code, i.title, i.detail)).collect();
        let text = if items.is_empty() { l.title.clone() } else { items.join("\n") };
        vec![l.at.clone(), l.person.clone(), l.channel.clone(), l.why.join(", "), text]
    });
    say(table(&["when", "who", "channel", "why", "what"], rows))?;
    let heads = ["addressee", "steps", "who would hear", "where nobody is behind it"];
    say(table(&heads, shown.walked.iter().map(|row| row.to_vec())))?;
    Ok(say(format!("{} messages in {} days if nobody answers; nothing was sent", lines.len(), args.days))?)
}
