//! `dutybell doctor`: the configuration against the world, one line a finding.

use std::path::Path;
use std::process::ExitCode;

use super::{office, say};
use crate::app::health::{Finding, Grade, Look};
use crate::config::{Loaded, without_password};
use crate::files;
use crate::store::open::path_of;

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
        found.warn("configuration", warning)?;
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
    private(&loaded, &mut found)?;
    state(gateway, &mut found).await?;
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
    for problem in gateway.phrases.problems() {
        found.warn("templates", format!("{problem}; the built-in phrase is used"))?;
    }
    channels(&loaded, &office, &mut found).await?;
    if let Some(assistant) = &gateway.assistant {
        match assistant.check().await {
            Ok(text) => found.ok("assistant", text)?,
            Err(text) => found.warn("assistant", format!("{text}; the order of buttons is ours meanwhile"))?,
        }
    }
    sources(gateway, &mut found).await?;
    for Finding { grade, what, text } in Look::read(gateway, None).await?.findings() {
        match grade {
            Grade::Good => found.ok(what, text)?,
            Grade::Warn => found.warn(what, text)?,
            Grade::Bad => found.fail(what, text)?,
        }
    }
    if gateway.directory().await?.people().is_empty() {
        found.warn("people", "none yet; import them: dutybell import --people FILE")?;
    }
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

/// Whether others may read the database: telephones, answers and tokens stand in it.
fn private(loaded: &Loaded, found: &mut Findings) -> anyhow::Result<()> {
    let Some(path) = path_of(&loaded.config.database.url) else { return Ok(()) };
    let folder = Path::new(path).parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = Path::new(path).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    // Its log, and what was kept aside, begin with its name.
    let mut open: Vec<String> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.file_name().is_some_and(|n| n.to_string_lossy().starts_with(&name)))
        .filter(|file| files::is_open_to_others(file))
        .map(|file| file.display().to_string())
        .collect();
    open.sort();
    if open.is_empty() {
        return Ok(found.ok("rights", "only the owner can read the database")?);
    }
    Ok(found.warn("rights", format!("others can read {}; run: chmod 600 {}", open.join(", "), open.join(" ")))?)
}

/// Whether the items are what their events add up to.
async fn state(gateway: &crate::gateway::Gateway, found: &mut Findings) -> anyhow::Result<()> {
    let differing = gateway.store.disagreements().await?;
    if differing.is_empty() {
        found.ok("items", "they are what the log says")?;
    }
    for one in &differing {
        let way = "somebody changed the database; see: dutybell audit verify";
        found.fail("items", format!("{one} differs from its log: {}; {way}", one.why))?;
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
