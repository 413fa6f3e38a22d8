//! `dutybell doctor`: the configuration against the world, one line a finding.

use std::process::ExitCode;

use super::{office, say};
use crate::app::health::{Finding, Grade, Look};
use crate::app::{self, doctor};
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

    fn all(&mut self, findings: impl IntoIterator<Item = Finding>) -> std::io::Result<()> {
        findings.into_iter().try_for_each(|Finding { grade, what, text }| match grade {
            Grade::Good => self.ok(what, text),
            Grade::Warn => self.warn(what, text),
            Grade::Bad => self.fail(what, text),
        })
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
    let url = &loaded.config.database.url;
    found.all([doctor::database(gateway, &without_password(url)).await?])?;
    found.all(doctor::rights(url)?)?;
    found.all(doctor::records(gateway).await?)?;
    channels(&loaded, &office, &mut found).await?;
    found.all(doctor::helpers(gateway).await?)?;
    found.all(Look::read(gateway, None).await?.findings())?;
    if gateway.directory().await?.people().is_empty() {
        found.warn("people", "none yet; import them: dutybell import --people FILE")?;
    }
    app::close(gateway).await;
    say(if found.failed { "something has to be mended first" } else { "ready to serve" })?;
    Ok(if found.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn channels(loaded: &Loaded, office: &office::Office, found: &mut Findings) -> anyhow::Result<()> {
    let mut any = false;
    for (name, said) in doctor::channels(&office.gateway).await {
        any = true;
        match said {
            Ok(text) => found.ok(&name, text)?,
            Err(text) => found.fail(&name, text)?,
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
