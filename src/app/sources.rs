//! Where ledgers come from by themselves: how each source stands, and reading one by hand.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Gateway, Result, refuse};

pub use crate::gateway::source::{Applied, Turn, TurnOptions};

/// How a source stands.
#[derive(Clone, Debug, Serialize)]
pub struct Standing {
    pub name: String,
    /// The file, mailbox, query or address.
    pub place: String,
    /// When it is read, with the zone where that is not the office's.
    pub cron: String,
    pub read_at: Option<DateTime<Utc>>,
    /// When it was last applied.
    pub good_at: Option<DateTime<Utc>>,
    pub rows: Option<i64>,
    /// Why nothing was applied last time; empty: it was.
    pub problem: String,
}

/// The configured sources, in the order of the configuration.
///
/// # Errors
/// When the database does not answer.
pub async fn list(gateway: &Gateway) -> Result<Vec<Standing>> {
    let known = gateway.store.sources().await?;
    let line = |source: &crate::gateway::Source| {
        let seen = known.iter().find(|(name, _)| *name == source.name).map(|(_, seen)| seen);
        Standing {
            name: source.name.clone(),
            place: source.kind.place(),
            cron: source.zone.map_or(source.cron.clone(), |zone| format!("{} {zone}", source.cron)),
            read_at: seen.map(|s| s.read_at),
            good_at: seen.and_then(|s| s.good_at),
            rows: seen.and_then(|s| s.rows),
            problem: seen.map(|s| s.problem.clone()).unwrap_or_default(),
        }
    };
    Ok(gateway.sources().iter().map(line).collect())
}

/// Reads a source now, as the schedule would.
///
/// # Errors
/// [`super::Refusal::Says`] when no source has that name, or the service reads it at this moment. What keeps its content
/// from being applied is in the outcome.
pub async fn read(gateway: &Gateway, name: &str, options: TurnOptions) -> Result<Turn> {
    let Some(source) = gateway.sources().iter().find(|s| s.name == name) else {
        let all: Vec<&str> = gateway.sources().iter().map(|s| s.name.as_str()).collect();
        return match all.is_empty() {
            true => refuse("no [[source]] in the configuration"),
            false => refuse(format!("no source is named {name:?}; there are {}", all.join(", "))),
        };
    };
    match gateway.read_by_hand(source, options).await? {
        Some(turn) => Ok(turn),
        None => refuse(format!("{name} is being read by the service at this moment; try again when it is done")),
    }
}
