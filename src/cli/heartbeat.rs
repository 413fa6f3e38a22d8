//! The sign of life for others: a file, an address, systemd. It stops when any loop stalls, and when the audit finds
//! what should have happened long ago: loops that turn prove nothing about what they forgot.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use crate::app::{Gateway, run};
use crate::clock::{Since, pause, within};
use crate::config::WatchdogConfig;

/// An address that takes longer is tried again with the next beat; so is an audit.
const PATIENCE: Duration = Duration::from_secs(10);

/// Says that the service is ready, then beats until `stop`.
pub(super) async fn beat(gateway: Arc<Gateway>, config: WatchdogConfig, stop: CancellationToken) {
    notify(NotifyState::Ready);
    let every = Duration::from_secs(config.every_seconds.max(1));
    let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build();
    let mut audited = Since::now();
    while !stop.is_cancelled() {
        let trouble = trouble(&gateway, &mut audited, every).await;
        if trouble.is_none() {
            notify(NotifyState::Watchdog);
            if let Some(file) = &config.heartbeat_file {
                write(file, &gateway.now().to_rfc3339());
            }
            if let (Some(url), Ok(client)) = (&config.heartbeat_url, &client) {
                let answer = client.get(url).send().await.and_then(reqwest::Response::error_for_status);
                if let Err(error) = answer {
                    // The address may hold a secret.
                    tracing::warn!(error = %error.without_url(), "the heartbeat was not taken");
                }
            }
        }
        if let Some(reason) = trouble {
            tracing::error!(reason, "the heartbeat stops");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = pause(every) => {}
        }
    }
}

/// Says that the service ends.
pub(super) fn stopping() {
    notify(NotifyState::Stopping);
}

/// Why no sign of life may be given; `None`: all is well. A database that is away for a moment is no reason: once it is
/// away for long, the loops stall. An audit that fails by itself counts as a loop that does.
async fn trouble(gateway: &Gateway, audited: &mut Since, every: Duration) -> Option<String> {
    let stalled = run::stalled(gateway);
    if !stalled.is_empty() {
        return Some(format!("loops have stalled: {}", stalled.join(", ")));
    }
    match within(PATIENCE, run::overdue(gateway)).await {
        Some(Ok(overdue)) => {
            *audited = Since::now();
            (!overdue.is_clean()).then(|| overdue.to_string())
        }
        _ if audited.elapsed() > run::stalls_after(gateway) + every => {
            Some("the audit of what is overdue fails".to_owned())
        }
        _ => None,
    }
}

/// Longest time that a start may take: a newer schema writes the tables of a large office anew.
const START: u32 = 3_600_000_000;

/// A start may take longer than systemd waits by itself (`TimeoutStartSec`).
pub(super) fn starting() {
    notify(NotifyState::ExtendTimeoutUsec(START));
}

/// Without systemd nothing listens, and nothing is lost.
fn notify(state: NotifyState<'_>) {
    let _ = sd_notify::notify(&[state]);
}

fn write(file: &Path, text: &str) {
    if let Err(error) = std::fs::write(file, text) {
        tracing::warn!(%error, file = %file.display(), "the heartbeat file cannot be written");
    }
}
