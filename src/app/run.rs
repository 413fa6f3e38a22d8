//! The life of a service: its database is its own, its loops turn, and it knows whether it is well.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Gateway, Result};
use crate::store::vitals::Queue;

pub use crate::store::overdue::Overdue;

/// Begins a run: a log beside the database that is another run's is found. `number`: a random one.
///
/// # Errors
/// When the log beside the database is not its own.
pub async fn begin(gateway: &Gateway, url: &str, number: u32) -> Result<()> {
    Ok(gateway.store.begin_run(url, number).await?)
}

/// Runs all loops until `stop`; sends under way are finished.
pub async fn loops(gateway: Arc<Gateway>, stop: CancellationToken) {
    crate::gateway::run::run(gateway, stop).await;
}

/// Tells the administrators that a new configuration was refused, and why.
///
/// # Errors
/// When it cannot be stored.
pub async fn configuration_refused(gateway: &Gateway, reason: &str) -> Result<()> {
    Ok(gateway.alarm_about_configuration(reason).await?)
}

/// Loops that have stalled, by name.
pub fn stalled(gateway: &Gateway) -> Vec<String> {
    gateway.pulse.stalled()
}

/// Of each loop its name and the seconds since it last turned.
pub fn ages(gateway: &Gateway) -> Vec<(String, f64)> {
    gateway.pulse.ages()
}

/// How long a loop may take for one turn.
pub fn stalls_after(gateway: &Gateway) -> std::time::Duration {
    gateway.pulse.limit
}

/// What should have happened by now and has not.
///
/// # Errors
/// When the database does not answer.
pub async fn overdue(gateway: &Gateway) -> Result<Overdue> {
    Ok(gateway.overdue().await?)
}

/// Whether the database answers.
///
/// # Errors
/// When it does not.
pub async fn answers(gateway: &Gateway) -> Result<()> {
    Ok(gateway.store.ping().await?)
}

/// Of each pool of connections its name, how many are open, and how many of them idle.
pub fn pools(gateway: &Gateway) -> [(&'static str, u32, usize); 2] {
    gateway.store.pools()
}

/// What monitoring is told of the database's queues.
pub struct Figures {
    pub queues: Vec<Queue>,
    /// How far the planner is behind, in seconds.
    pub lag: f64,
    pub overdue: Overdue,
}

/// Counts what waits.
///
/// # Errors
/// When the database does not answer.
pub async fn figures(gateway: &Gateway) -> Result<Figures> {
    let now = gateway.now();
    let (queues, lag) = (gateway.store.queues(now).await?, gateway.store.due_lag(now).await?);
    Ok(Figures { queues, lag, overdue: gateway.overdue().await? })
}
