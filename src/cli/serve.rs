//! `dutybell serve`: the loops and the web server until a signal; what is under way is finished.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use super::{heartbeat, office};
use crate::clock::{pause, within};
use crate::config::{Loaded, LogConfig, LogFormat, TelegramMode};
use crate::gateway::run as gateway_run;
use crate::web::{self, App};

/// How long sends under way may take once a signal came.
const DRAIN: Duration = Duration::from_secs(30);
/// How long a database that hangs may hold up the end.
const GOODBYE: Duration = Duration::from_secs(5);
/// Between two foldings of the figures' samples.
const UPKEEP: Duration = Duration::from_secs(5);

pub(super) async fn run(loaded: Loaded) -> anyhow::Result<()> {
    log_to_stderr(&loaded.config.log)?;
    let office = office::open(&loaded).await?;
    let gateway = Arc::new(office.gateway);
    if gateway.channels().next().is_none() {
        bail!("no channel can be used: switch one on in the configuration, or allow one that the pack switches off");
    }
    for channel in unused(&loaded, &gateway) {
        tracing::warn!(channel, "configured, but switched off by the policy pack; see [office] allow_channels");
    }
    let listen = loaded.config.web.listen;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; change [web] listen or stop the other program"))?;
    announce(&loaded, office.telegram.as_deref()).await?;
    let metrics = PrometheusBuilder::new().install_recorder().context("figures cannot be collected")?;
    let app = App { gateway: gateway.clone(), desk: office.desk, demo: None, metrics: Some(metrics.clone()) };
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone());
    tracing::info!(address = %listener.local_addr()?, policy = %gateway.policy.name, "dutybell is ready");
    let server = tokio::spawn(web::serve(app, listener, stop.clone()));
    let loops = tokio::spawn(gateway_run::run(gateway.clone(), stop.clone()));
    tokio::spawn(heartbeat::beat(gateway.clone(), loaded.config.watchdog.clone(), stop.clone()));
    tokio::spawn(upkeep(metrics, stop.clone()));
    stop.cancelled().await;
    tracing::info!("stopping; what is under way is finished");
    if within(DRAIN, loops).await.is_none() {
        tracing::warn!("some sends did not end in time; they will be taken up again after the next start");
    }
    server.await??;
    // What was committed is on disk already.
    if within(GOODBYE, gateway.store.close()).await.is_none() {
        tracing::warn!("the database does not answer; it is left as it is");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Old samples are folded together now and then, so that memory stays flat.
async fn upkeep(metrics: PrometheusHandle, stop: CancellationToken) {
    while !stop.is_cancelled() {
        metrics.run_upkeep();
        tokio::select! {
            () = stop.cancelled() => {}
            () = pause(UPKEEP) => {}
        }
    }
}

/// Configured channels that the policy pack switches off.
fn unused<'a>(loaded: &Loaded, gateway: &'a crate::gateway::Gateway) -> Vec<&'a str> {
    let configured = loaded.config.channels();
    gateway.policy.channels_off.iter().map(String::as_str).filter(|c| configured.contains(c)).collect()
}

/// Tells Telegram how updates are to come: by webhook, or by polling.
async fn announce(loaded: &Loaded, telegram: Option<&crate::channel::telegram::Telegram>) -> anyhow::Result<()> {
    let (Some(settings), Some(telegram)) = (&loaded.config.telegram, telegram) else { return Ok(()) };
    match (settings.mode, &settings.webhook_secret, &loaded.config.web.public_url) {
        (TelegramMode::Webhook, Some(secret), Some(url)) => {
            telegram.set_webhook(&format!("{}/hook/telegram", url.trim_end_matches('/')), secret).await?;
        }
        _ => {
            // A webhook left over from before would keep polling from working.
            if let Err(error) = telegram.delete_webhook().await {
                tracing::warn!(%error, "Telegram could not be asked to deliver by polling; going on");
            }
        }
    }
    Ok(())
}

/// Cancels `stop` at SIGINT or SIGTERM.
pub(super) fn stop_on_signal(stop: CancellationToken) {
    tokio::spawn(async move {
        let interrupt = tokio::signal::ctrl_c();
        #[cfg(unix)]
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            },
            Err(_) => drop(interrupt.await),
        }
        #[cfg(not(unix))]
        drop(interrupt.await);
        stop.cancel();
    });
}

fn log_to_stderr(log: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.level)
        .with_context(|| format!("[log] level = {:?}: write error, warn, info, debug or a filter", log.level))?
        // At "trace" this crate tells every command, and with it the password of the mailbox.
        .add_directive("async_imap=off".parse()?);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let done = match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    done.map_err(|e| anyhow::anyhow!("logging cannot be set up: {e}"))
}
