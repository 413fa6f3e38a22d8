//! `dutybell preview`: the real gateway on a copy and a simulated clock, with channels that send nothing.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::Serialize;

use super::{import, office, say, say_json, table};
use crate::app::health::Look;
use crate::channel::{Channel, Dialect, Features, Outcome, Outgoing};
use crate::clock::{Clock, SimulatedClock};
use crate::config::Loaded;
use crate::core::channels::CHANNELS;
use crate::core::deadline::local_to_utc;
use crate::gateway::timeline::cause;
use crate::gateway::trust;
use crate::gateway::{Gateway, ImportOptions, read_files};
use crate::store::copy::copy_all;
use crate::store::{Store, clockwork};

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

/// One message that would be sent.
#[derive(Serialize)]
struct Line {
    at: String,
    person: String,
    channel: String,
    urgency: crate::core::policy::Urgency,
    /// Ladder steps or causes.
    why: Vec<String>,
    title: String,
    items: Vec<Told>,
}

/// One item in it.
#[derive(Serialize)]
struct Told {
    code: String,
    title: String,
    detail: String,
}

/// Accepts everything and sends nothing.
struct Silent(&'static str);

#[async_trait]
impl Channel for Silent {
    fn name(&self) -> &str {
        self.0
    }

    fn features(&self) -> Features {
        Features {
            dialect: Dialect::Plain,
            buttons: true,
            edit: true,
            max_text: usize::MAX,
            limits: Vec::new(),
            idempotent: true,
            polls: false,
            confidential: true,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        Outcome::Accepted { platform_id: Some(message.key.clone()) }
    }

    async fn check(&self) -> Result<String, String> {
        Ok("sends nothing".to_owned())
    }
}

pub(super) async fn run(mut loaded: Loaded, args: Args) -> anyhow::Result<()> {
    if let Some(policy) = &args.policy {
        loaded.config.office.policy.clone_from(policy);
    }
    let (policy, calendars) = office::rules(&loaded.config)?;
    let zone = policy.zone;
    let start = match args.from {
        Some(day) => local_to_utc(zone, day.and_time(policy.day_start)),
        None => Clock::Real.now(),
    };
    let folder = std::env::temp_dir().join(format!("dutybell-preview-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let copy = folder.join("preview.db");
    let store = Store::open(&format!("sqlite:{}", copy.display())).await?;
    if args.ledger.is_none() {
        let office = Store::open(&loaded.config.database.url).await?;
        copy_all(&office, &store).await?;
        // The preview's clock begins where it is told to.
        let mut tx = store.begin().await?;
        clockwork::put_meta(&mut tx, trust::SEEN, &start.timestamp().to_string()).await?;
        tx.commit().await?;
        office.close().await;
    }
    let clock = SimulatedClock::new(start);
    let channels: Vec<Arc<dyn Channel>> = CHANNELS.map(|kind| Arc::new(Silent(kind.name)) as Arc<dyn Channel>).to_vec();
    let gateway = Gateway::new(
        store,
        Clock::Simulated(clock.clone()),
        policy,
        calendars,
        office::phrases(&loaded.config)?,
        channels,
        Vec::new(),
    );
    let result = preview(&gateway, &clock, &args, start + Duration::days(args.days.into())).await;
    // Without a configuration nobody has chosen channels yet: any contact point counts.
    let in_use = loaded.file.is_some().then(|| loaded.config.channels().into_iter().map(str::to_owned).collect());
    let walked = match &result {
        Ok(_) => Look::read(&gateway, in_use).await.map(|look| look.table()),
        Err(_) => Ok(Vec::new()),
    };
    gateway.store.close().await;
    std::fs::remove_dir_all(&folder)?;
    let lines = result?;
    if args.json {
        return say_json(&lines);
    }
    let rows = lines.iter().map(|l| {
        let items: Vec<String> = l.items.iter().map(|i| format!("{} {}　{}", i.code, i.title, i.detail)).collect();
        let text = if items.is_empty() { l.title.clone() } else { items.join("\n") };
        vec![l.at.clone(), l.person.clone(), l.channel.clone(), l.why.join(", "), text]
    });
    say(table(&["when", "who", "channel", "why", "what"], rows))?;
    let heads = ["addressee", "steps", "who would hear", "where nobody is behind it"];
    say(table(&heads, walked?.into_iter().map(|row| row.to_vec())))?;
    Ok(say(format!("{} messages in {} days if nobody answers; nothing was sent", lines.len(), args.days))?)
}

/// Lets the time pass and collects what would leave.
async fn preview(
    gateway: &Gateway,
    clock: &SimulatedClock,
    args: &Args,
    end: DateTime<Utc>,
) -> anyhow::Result<Vec<Line>> {
    let before = gateway.store.sent_after(0, i64::MAX).await?.last().map_or(0, |m| m.id);
    if let Some(ledger) = &args.ledger {
        let mut files = args.people.clone();
        files.push(ledger.clone());
        let learned = super::import::learned(gateway, &super::import::source_of(ledger), &[]).await?;
        let locale = import::language(None);
        let workbook = read_files(gateway, &files, &learned, None, locale).map_err(anyhow::Error::msg)?;
        let report = gateway.import("preview", &workbook, ImportOptions::default()).await?;
        for problem in &report.problems {
            eprintln!("dutybell: {}: {}", problem.place.in_words(locale), problem.in_words(locale));
        }
    }
    loop {
        gateway.settle().await?;
        match gateway.next_instant().await? {
            Some(next) if next <= end => clock.set(next),
            _ => break,
        }
    }
    let directory = gateway.directory().await?;
    let zone = gateway.policy.zone;
    let mut lines = Vec::new();
    for sent in gateway.store.sent_after(before, i64::MAX).await? {
        let mut why: Vec<String> =
            gateway.store.reasons(sent.repeats.unwrap_or(sent.id)).await?.iter().map(|r| cause(&r.notice)).collect();
        why.sort();
        why.dedup();
        if sent.repeats.is_some() {
            why.push("unanswered".to_owned());
        }
        let items =
            sent.body.lines().map(|l| Told { code: l.code.clone(), title: l.title.clone(), detail: l.detail.clone() });
        lines.push(Line {
            at: sent.sent_at.unwrap_or(sent.created_at).with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string(),
            person: sent.person.and_then(|p| directory.person(p)).map_or(String::new(), |p| p.name.clone()),
            channel: sent.channel.clone(),
            urgency: sent.urgency,
            why,
            title: sent.body.title.clone(),
            items: items.collect(),
        });
    }
    lines.sort_by(|a, b| a.at.cmp(&b.at));
    Ok(lines)
}
