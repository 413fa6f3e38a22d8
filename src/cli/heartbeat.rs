//! The sign of life for others: a file, an address, systemd. It stops when any loop stalls.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use crate::clock::pause;
use crate::config::WatchdogConfig;
use crate::gateway::Gateway;

/// An address that takes longer is tried again with the next beat.
const PATIENCE: Duration = Duration::from_secs(10);

/// Says that the service is ready, then beats until `stop`.
pub(super) async fn beat(gateway: Arc<Gateway>, config: WatchdogConfig, stop: CancellationToken) {
    notify(NotifyState::Ready);
    let every = Duration::from_secs(config.every_seconds.max(1));
    let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build();
    while !stop.is_cancelled() {
        let stalled = gateway.pulse.stalled();
        if stalled.is_empty() {
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
        } else {
            tracing::error!(loops = stalled.join(", "), "loops have stalled; the heartbeat stops");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = pause(every) => {}
        }
    }
    notify(NotifyState::Stopping);
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
