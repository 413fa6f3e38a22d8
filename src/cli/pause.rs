//! `dutybell pause`: routine waits for a while.

use super::{caller, office, say, say_json, table};
use crate::app::pause::{self, Shown};
use crate::app::{self, Gateway};
use crate::config::Loaded;
use crate::core::words::Say;

/// A new pause, or what to do with those there are.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// Until when: 2022-10-08 (end of its working day), 2022-10-08T12:00, or +1d, +4h from now; at most 31 days
    #[arg(long, value_name = "WHEN", required = true)]
    until: Option<String>,
    /// Only this unit with everything below it [default: the whole office]
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Why; goes into the log and the story of each item
    #[arg(long, value_name = "TEXT", required = true)]
    reason: Option<String>,
    /// Language of what is said: zh-CN, zh-Hant or en [default: the system's]
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
}

#[derive(clap::Subcommand)]
enum What {
    /// Pauses in force and over, the newest first
    List {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// End a pause before its time
    End {
        /// Its number [default: the only one in force]
        #[arg(default_value_t = 0, hide_default_value = true)]
        number: i64,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Language of what is said: zh-CN, zh-Hant or en [default: the system's]
        #[arg(long, value_name = "LANG")]
        lang: Option<String>,
    },
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<()> {
    let office = office::open(&loaded).await?;
    let done = obey(&office.gateway, args).await;
    app::close(&office.gateway).await;
    done
}

async fn obey(gateway: &Gateway, args: Args) -> anyhow::Result<()> {
    match args.what {
        Some(What::List { json }) => list(gateway, json).await,
        Some(What::End { number, reason, lang }) => {
            let caller = caller(gateway, None, lang.as_deref()).await?;
            let ended = pause::end(gateway, &caller, number, &reason).await?;
            let words = [("id", ended.pause.id.to_string()), ("count", ended.items.to_string())];
            Ok(say(gateway.phrases.say(caller.locale, "pause_ended", &words))?)
        }
        None => {
            let caller = caller(gateway, None, args.lang.as_deref()).await?;
            let (until, unit) = (args.until.unwrap_or_default(), args.unit.unwrap_or_default());
            let begun = pause::begin(gateway, &caller, &until, &unit, &args.reason.unwrap_or_default()).await?;
            say(pause::sentence(gateway, caller.locale, &begun.pause))?;
            let words = [("id", begun.pause.id.to_string()), ("count", begun.items.to_string())];
            Ok(say(gateway.phrases.say(caller.locale, "pause_begun", &words))?)
        }
    }
}

async fn list(gateway: &Gateway, json: bool) -> anyhow::Result<()> {
    let pauses = pause::list(gateway).await?;
    if json {
        return say_json(&pauses);
    }
    let zone = gateway.policy.zone;
    let local = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string();
    let rows = pauses.iter().map(|p: &Shown| {
        let now = match (p.in_force, p.ended_at) {
            (true, _) => "in force".to_owned(),
            (false, Some(at)) => format!("ended {}", local(at)),
            (false, None) => "over".to_owned(),
        };
        let unit = if p.unit.is_empty() { "all".to_owned() } else { p.unit.clone() };
        let by = if p.by.is_empty() { "office".to_owned() } else { p.by.clone() };
        vec![p.id.to_string(), unit, local(p.since), local(p.until), now, by, p.reason.clone()]
    });
    Ok(say(table(&["number", "unit", "since", "until", "now", "by", "reason"], rows))?)
}
