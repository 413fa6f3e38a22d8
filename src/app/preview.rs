//! Who would be told what and when: the real gateway on a copy and a simulated clock, with channels that send nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::Serialize;

use super::Gateway;
use super::health::Look;
use super::import::{learned, source_of};
use crate::channel::{Channel, Dialect, Features, Outcome, Outgoing};
use crate::clock::{Clock, SimulatedClock};
use crate::core::channels::CHANNELS;
use crate::core::deadline::local_to_utc;
use crate::core::org::Locale;
use crate::core::policy::{Policy, Urgency};
use crate::core::world::Calendars;
use crate::gateway::timeline::cause;
use crate::gateway::{ImportOptions, read_files, trust};
use crate::render::Phrases;
use crate::store::copy::copy_all;
use crate::store::{Store, clockwork};

/// What is previewed.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// This ledger on an empty database; `None`: what is stored goes on.
    pub ledger: Option<PathBuf>,
    /// People and units for the ledger.
    pub people: Vec<PathBuf>,
    /// How many days ahead.
    pub days: u16,
    /// First day, at the opening of the office; `None`: now.
    pub from: Option<NaiveDate>,
    /// Channels in use; `None`: nobody has chosen any yet, and any contact point counts.
    pub channels: Option<Vec<String>>,
    pub locale: Locale,
}

/// What would happen if nobody answers.
pub struct Preview {
    /// Messages, in order of time.
    pub lines: Vec<Line>,
    /// Who stands behind each addressee of the policy: addressee, steps, who would hear, where nobody is behind it.
    pub walked: Vec<[String; 4]>,
    /// What of the ledger needs a person.
    pub problems: Vec<String>,
}

/// One message that would be sent.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Local time.
    pub at: String,
    pub person: String,
    pub channel: String,
    pub urgency: Urgency,
    /// Ladder steps or causes.
    pub why: Vec<String>,
    pub title: String,
    pub items: Vec<Told>,
}

/// One item in it.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    pub code: String,
    pub title: String,
    pub detail: String,
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

/// Lets the days pass on a copy of the database at `url`, by these rules; the office itself is only read.
///
/// # Errors
/// When a database or a file does not read, or no copy can be made.
pub async fn preview(url: &str, rules: (Policy, Calendars, Phrases), wanted: &Wanted) -> anyhow::Result<Preview> {
    let folder = std::env::temp_dir().join(format!("dutybell-preview-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let shown = on_copy(&folder.join("preview.db"), url, rules, wanted).await;
    // The copy does not outlive the preview.
    let cleaned = std::fs::remove_dir_all(&folder);
    let shown = shown?;
    cleaned?;
    Ok(shown)
}

async fn on_copy(
    copy: &Path,
    url: &str,
    (policy, calendars, phrases): (Policy, Calendars, Phrases),
    wanted: &Wanted,
) -> anyhow::Result<Preview> {
    let start = match wanted.from {
        Some(day) => local_to_utc(policy.zone, day.and_time(policy.day_start)),
        None => Clock::Real.now(),
    };
    let store = Store::open(&format!("sqlite:{}", copy.display())).await?;
    if wanted.ledger.is_none() {
        let office = Store::open(url).await?;
        copy_all(&office, &store).await?;
        // The preview's clock begins where it is told to.
        let mut tx = store.begin().await?;
        clockwork::put_meta(&mut tx, trust::SEEN, &start.timestamp().to_string()).await?;
        tx.commit().await?;
        office.close().await;
    }
    let clock = SimulatedClock::new(start);
    let channels: Vec<Arc<dyn Channel>> = CHANNELS.map(|kind| Arc::new(Silent(kind.name)) as Arc<dyn Channel>).to_vec();
    let simulated = Clock::Simulated(clock.clone());
    let gateway = Gateway::new(store, simulated, policy, calendars, phrases, channels, Vec::new());
    let shown = pass(&gateway, &clock, wanted, start + Duration::days(wanted.days.into())).await;
    gateway.store.close().await;
    shown
}

/// Lets the time pass and collects what would leave.
async fn pass(
    gateway: &Gateway,
    clock: &SimulatedClock,
    wanted: &Wanted,
    end: DateTime<Utc>,
) -> anyhow::Result<Preview> {
    let before = gateway.store.sent_after(0, i64::MAX).await?.last().map_or(0, |m| m.id);
    let problems = match &wanted.ledger {
        Some(ledger) => read(gateway, ledger, wanted).await?,
        None => Vec::new(),
    };
    loop {
        gateway.settle().await?;
        match gateway.next_instant().await? {
            Some(next) if next <= end => clock.set(next),
            _ => break,
        }
    }
    let lines = left(gateway, before).await?;
    let walked = Look::read(gateway, wanted.channels.clone()).await?.table();
    Ok(Preview { lines, walked, problems })
}

/// Reads the ledger that is previewed; gives what of it needs a person.
async fn read(gateway: &Gateway, ledger: &Path, wanted: &Wanted) -> anyhow::Result<Vec<String>> {
    let mut files = wanted.people.clone();
    files.push(ledger.to_owned());
    let learned = learned(gateway, &source_of(ledger), &[]).await?;
    let workbook = read_files(gateway, &files, &learned, None, wanted.locale).map_err(anyhow::Error::msg)?;
    let report = gateway.import("preview", &workbook, ImportOptions::default()).await?;
    let said =
        |p: &crate::ledger::Problem| format!("{}: {}", p.place.in_words(wanted.locale), p.in_words(wanted.locale));
    Ok(report.problems.iter().map(said).collect())
}

/// What left after a message.
async fn left(gateway: &Gateway, before: i64) -> anyhow::Result<Vec<Line>> {
    let directory = gateway.directory().await?;
    let zone = gateway.policy.zone;
    let mut lines = Vec::new();
    for sent in gateway.store.sent_after(before, i64::MAX).await? {
        let reasons = gateway.store.reasons(sent.repeats.unwrap_or(sent.id)).await?;
        let mut why: Vec<String> = reasons.iter().map(|r| cause(&r.notice)).collect();
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
