//! `dutybell doctor`: the configuration against the world, one line a finding.

use std::process::ExitCode;

use chrono::Datelike;

use super::{office, say};
use crate::config::{Loaded, without_password};

#[derive(Default)]
struct Findings {
    failed: bool,
}

impl Findings {
    fn ok(&mut self, what: &str, text: impl std::fmt::Display) -> std::io::Result<()> {
        say(format!("ok    {what}: {text}"))
    }

    fn warn(&mut self, what: &str, text: impl std::fmt::Display) -> std::io::Result<()> {
        say(format!("warn  {what}: {text}"))
    }

    fn fail(&mut self, what: &str, text: impl std::fmt::Display) -> std::io::Result<()> {
        self.failed = true;
        say(format!("FAIL  {what}: {text}"))
    }
}

pub(super) async fn run(loaded: Loaded) -> anyhow::Result<ExitCode> {
    let mut found = Findings::default();
    match &loaded.file {
        Some(file) => found.ok("configuration", file.display())?,
        None => found.warn("configuration", "no file; `dutybell init` writes one to start from")?,
    }
    for warning in &loaded.warnings {
        found.warn("secrets", warning)?;
    }
    let office = match office::open(&loaded).await {
        Ok(office) => office,
        Err(error) => {
            found.fail("office", format!("{error:#}"))?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let gateway = &office.gateway;
    found.ok("policy", format!("{} in zone {}", gateway.policy.name, gateway.policy.zone))?;
    match gateway.store.integrity().await?.as_str() {
        "ok" => found.ok(
            "database",
            format!("{}, {}", without_password(&loaded.config.database.url), gateway.store.engine_version().await?),
        )?,
        broken => found.fail("database", format!("{broken}; restore a backup"))?,
    }
    if let Some(doubt) = gateway.clock_doubt().await? {
        let text = format!(
            "it says {}, the last time known to be right is {}: routine waits; set it, or run: dutybell clock --accept",
            doubt.now.format("%Y-%m-%d"),
            doubt.seen.format("%Y-%m-%d")
        );
        found.fail("clock", text)?;
    }
    let overdue = gateway.overdue().await?;
    if overdue.is_clean() {
        found.ok("overdue", "nothing was forgotten")?;
    } else if gateway.is_watched().await? || overdue.count("forgotten") > 0 {
        let way = "restart `dutybell serve` and look at its log; items without a wake-up are woken within five minutes";
        found.fail("overdue", format!("{overdue}; {way}"))?;
    } else {
        found.warn("overdue", format!("{overdue}; nobody serves: `dutybell serve` takes them up"))?;
    }
    canaries(gateway, &mut found).await?;
    let today = gateway.now().with_timezone(&gateway.policy.zone).date_naive();
    let year = today.year();
    let calendar = gateway.calendars.get(&gateway.policy.calendar);
    let name = &gateway.policy.calendar;
    if !calendar.is_provisional(today) {
        found.ok("calendar", format!("{name} covers {year}"))?;
    } else {
        found.warn(
            "calendar",
            format!("{name} does not cover {year}: deadlines are provisional; add it under [office] calendars"),
        )?;
    }
    for problem in gateway.phrases.problems() {
        found.warn("templates", format!("{problem}; the built-in phrase is used"))?;
    }
    channels(&loaded, &office, &mut found).await?;
    sources(gateway, &mut found).await?;
    people(gateway, &mut found).await?;
    gateway.store.close().await;
    say(if found.failed { "something has to be mended first" } else { "ready to serve" })?;
    Ok(if found.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn channels(loaded: &Loaded, office: &office::Office, found: &mut Findings) -> anyhow::Result<()> {
    let mut any = false;
    for channel in office.gateway.channels() {
        any = true;
        match channel.check().await {
            Ok(text) => found.ok(channel.name(), text)?,
            Err(text) => found.fail(channel.name(), text)?,
        }
    }
    let off = &office.gateway.policy.channels_off;
    for name in loaded.config.channels().into_iter().filter(|name| off.iter().any(|c| c == name)) {
        let way = format!("[office] allow_channels = [\"{name}\"] after your own assessment");
        found.warn(name, format!("configured, but the policy pack switches it off; {way}"))?;
    }
    if !any {
        found.fail("channels", "none can be used; nobody would hear anything")?;
    }
    Ok(())
}

/// What became of each channel's newest daily check.
async fn canaries(gateway: &crate::gateway::Gateway, found: &mut Findings) -> anyhow::Result<()> {
    for channel in gateway.canaries.to.keys() {
        let Some(last) = gateway.store.newest_canary(channel).await? else { continue };
        if last.forged == Some(true) {
            let text = format!(
                "{channel}: the check of {} came back with a forged Authentication-Results still in it",
                last.day
            );
            let way = "anybody can write one, so no verdict is believed and every answer by mail must be confirmed; have the \
                       server take out fields with its own authserv_id from whatever comes in (RFC 8601 section 5; opendkim \
                       RemoveARFrom, rspamd milter_headers remove, or a header check of the MTA before the filter)";
            found.fail("canary", format!("{text}: {way}"))?;
        }
        let way = if last.returns { "came back" } else { "was accepted" };
        match last.done_at {
            Some(_) => found.ok("canary", format!("{channel}: the check of {} {way}", last.day))?,
            None if last.due_at > gateway.now() => {
                found.ok("canary", format!("{channel}: the check of {} is under way", last.day))?;
            }
            None if last.accepted => {
                let text = format!("{channel}: the check of {} was accepted and never came back", last.day);
                found.fail("canary", format!("{text}; look for it on the mail server"))?;
            }
            None => found.fail("canary", format!("{channel}: the check of {} was not accepted", last.day))?,
        }
    }
    Ok(())
}

/// Each source is asked for what it has; nothing is applied.
async fn sources(gateway: &crate::gateway::Gateway, found: &mut Findings) -> anyhow::Result<()> {
    for source in gateway.sources() {
        match gateway.try_source(source).await {
            Ok(text) => found.ok("source", format!("{}: {text}", source.name))?,
            Err(trouble) => found.fail("source", format!("{}: {trouble}", source.name))?,
        }
    }
    for (name, known) in gateway.store.sources().await? {
        let configured = gateway.sources().iter().any(|s| s.name == name);
        if configured && !known.problem.is_empty() {
            found.warn("source", format!("{name}: last time nothing was applied: {}", known.problem))?;
        }
    }
    Ok(())
}

async fn people(gateway: &crate::gateway::Gateway, found: &mut Findings) -> anyhow::Result<()> {
    let directory = gateway.directory().await?;
    let all = directory.people().len();
    if all == 0 {
        found.warn("people", "none yet; import them: dutybell import --people FILE")?;
        return Ok(());
    }
    let name = |p: &crate::core::org::PersonId| directory.person(*p).map_or("", |p| p.name.as_str());
    let mut unreachable: Vec<String> = gateway.store.unreachable().await?.iter().map(|p| name(p).to_owned()).collect();
    let usable: Vec<&str> = gateway.channels().map(|c| c.name()).collect();
    let mut tx = gateway.store.begin().await?;
    for person in directory.people().into_iter().filter(|p| !p.gone) {
        let contacts = crate::store::people::contacts(&mut tx, person.id).await?;
        let reached = contacts.iter().any(|c| !c.gone && usable.contains(&c.channel.as_str()));
        if !reached && !unreachable.contains(&person.name) {
            unreachable.push(person.name.clone());
        }
    }
    tx.rollback().await?;
    if unreachable.is_empty() {
        found.ok("people", format!("{all}, everybody has a contact point"))?;
    } else {
        found.warn(
            "people",
            format!("no usable contact point: {}; link them: dutybell people link NAME", unreachable.join(", ")),
        )?;
    }
    if directory.administrators().is_empty() {
        found.warn("people", "nobody holds a post with role `administrator`: alarms reach no one")?;
    }
    Ok(())
}
