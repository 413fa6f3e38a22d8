//! What is open, waiting and stuck.

use serde::Serialize;

use super::pause::{self, Shown};
use super::{Gateway, Result};
use crate::core::owners::last_owner;

pub use crate::store::status::Status;

/// The office in figures.
#[derive(Serialize)]
pub struct Standing {
    #[serde(flatten)]
    pub status: Status,
    pub ownerless: Vec<Ownerless>,
    /// The newest pauses of routine, in force or over.
    #[serde(skip)]
    pub paused: Vec<Shown>,
    /// Names of the configured sources.
    #[serde(skip)]
    pub configured: Vec<String>,
}

/// An open item that no living person is responsible for.
#[derive(Serialize)]
pub struct Ownerless {
    pub code: String,
    pub title: String,
    /// Whose it was.
    pub last: String,
}

/// How the office stands now.
///
/// # Errors
/// When the database does not answer.
pub async fn read(gateway: &Gateway) -> Result<Standing> {
    let now = gateway.now();
    let status = gateway.store.status(now).await?;
    let paused = pause::list(gateway).await?;
    let directory = gateway.directory().await?;
    let ownerless = gateway.ownerless().await?.into_iter();
    let ownerless = ownerless
        .map(|item| Ownerless { last: last_owner(&item, &directory, now), code: item.code, title: item.title })
        .collect();
    let configured = gateway.sources().iter().map(|s| s.name.clone()).collect();
    Ok(Standing { status, ownerless, paused, configured })
}
