//! The office against the world: what a doctor looks at besides people and policy ([`super::health`]).

use std::path::Path;

use super::health::{Finding, Grade, finding};
use super::{Gateway, Result};
use crate::files;
use crate::store::agree::Differs;
use crate::store::open::path_of;

use Grade::{Bad, Good, Warn};

/// Whether the database is sound. `shown`: its address, without a password.
///
/// # Errors
/// When it does not answer.
pub async fn database(gateway: &Gateway, shown: &str) -> Result<Finding> {
    Ok(match gateway.store.integrity().await?.as_str() {
        "ok" => finding(Good, "database", format!("{shown}, {}", gateway.store.engine_version().await?)),
        broken => finding(Bad, "database", format!("{broken}; restore a backup")),
    })
}

/// Whether others may read the database: telephones, answers and tokens stand in it. `None`: it is no file.
///
/// # Errors
/// When its folder cannot be read.
pub fn rights(url: &str) -> std::io::Result<Option<Finding>> {
    let Some(path) = path_of(url) else { return Ok(None) };
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
    Ok(Some(match open.is_empty() {
        true => finding(Good, "rights", "only the owner can read the database"),
        false => {
            finding(Warn, "rights", format!("others can read {}; run: chmod 600 {}", open.join(", "), open.join(" ")))
        }
    }))
}

/// Items against their log, the clock, what was forgotten, and the daily checks.
///
/// # Errors
/// When the database does not answer.
pub async fn records(gateway: &Gateway) -> Result<Vec<Finding>> {
    let mut found = items(gateway).await?;
    if let Some(doubt) = gateway.clock_doubt().await? {
        let text = format!(
            "it says {}, the last time known to be right is {}: routine waits; set it, or run: dutybell clock --accept",
            doubt.now.format("%Y-%m-%d"),
            doubt.seen.format("%Y-%m-%d")
        );
        found.push(finding(Bad, "clock", text));
    }
    let overdue = gateway.overdue().await?;
    found.push(if overdue.is_clean() {
        finding(Good, "overdue", "nothing was forgotten")
    } else if gateway.is_watched().await? || overdue.count("forgotten") > 0 {
        let way = "restart `dutybell serve` and look at its log; items without a wake-up are woken within five minutes";
        finding(Bad, "overdue", format!("{overdue}; {way}"))
    } else {
        finding(Warn, "overdue", format!("{overdue}; nobody serves: `dutybell serve` takes them up"))
    });
    found.extend(canaries(gateway).await?);
    let problem = |problem: &String| finding(Warn, "templates", format!("{problem}; the built-in phrase is used"));
    found.extend(gateway.phrases.problems().iter().map(problem));
    Ok(found)
}

/// Whether the items are what their events add up to.
async fn items(gateway: &Gateway) -> Result<Vec<Finding>> {
    let differing = gateway.store.disagreements().await?;
    if differing.is_empty() {
        return Ok(vec![finding(Good, "items", "they are what the log says")]);
    }
    let way = "somebody changed the database; see: dutybell audit verify";
    let text = |one: &Differs| format!("{one} differs from its log: {}; {way}", one.why);
    Ok(differing.iter().map(|one| finding(Bad, "items", text(one))).collect())
}

/// What became of each channel's newest daily check.
async fn canaries(gateway: &Gateway) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for channel in gateway.canaries.to.keys() {
        let Some(last) = gateway.store.newest_canary(channel).await? else { continue };
        let check = format!("{channel}: the check of {}", last.day);
        if last.forged == Some(true) {
            let way = "anybody can write one, so no verdict is believed and every answer by mail must be confirmed; have the \
                       server take out fields with its own authserv_id from whatever comes in (RFC 8601 section 5; opendkim \
                       RemoveARFrom, rspamd milter_headers remove, or a header check of the MTA before the filter)";
            let text = format!("{check} came back with a forged Authentication-Results still in it: {way}");
            found.push(finding(Bad, "canary", text));
        }
        let way = if last.returns { "came back" } else { "was accepted" };
        found.push(match last.done_at {
            Some(_) => finding(Good, "canary", format!("{check} {way}")),
            None if last.due_at > gateway.now() => finding(Good, "canary", format!("{check} is under way")),
            None if last.accepted => {
                let text = format!("{check} was accepted and never came back; look for it on the mail server");
                finding(Bad, "canary", text)
            }
            None => finding(Bad, "canary", format!("{check} was not accepted")),
        });
    }
    Ok(found)
}

/// Each channel in use with what its platform says: all is well, or what is wrong.
pub async fn channels(gateway: &Gateway) -> Vec<(String, std::result::Result<String, String>)> {
    let mut said = Vec::new();
    for channel in gateway.channels() {
        said.push((channel.name().to_owned(), channel.check().await));
    }
    said
}

/// The assistant, where there is one, and each source asked for what it has; nothing is applied.
///
/// # Errors
/// When the database does not answer.
pub async fn helpers(gateway: &Gateway) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    if let Some(assistant) = &gateway.assistant {
        found.push(match assistant.check().await {
            Ok(text) => finding(Good, "assistant", text),
            Err(text) => finding(Warn, "assistant", format!("{text}; the order of buttons is ours meanwhile")),
        });
    }
    for source in gateway.sources() {
        found.push(match gateway.try_source(source).await {
            Ok(text) => finding(Good, "source", format!("{}: {text}", source.name)),
            Err(trouble) => finding(Bad, "source", format!("{}: {trouble}", source.name)),
        });
    }
    for (name, known) in gateway.store.sources().await? {
        let configured = gateway.sources().iter().any(|s| s.name == name);
        if configured && !known.problem.is_empty() {
            let text = format!("{name}: last time nothing was applied: {}", known.problem);
            found.push(finding(Warn, "source", text));
        }
    }
    Ok(found)
}
