//! `dutybell serve`: the loops and the web server until a signal; what is under way is finished.
//!
//! SIGHUP reads the configuration anew, with pack, calendars, templates and secrets. All of it is checked first; what
//! does not hold is refused, and everything stays as it is. Then the loops begin anew behind the same open port.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::office::Office;
use super::{heartbeat, log, office, say};
use crate::app::{self, Gateway, run as service};
use crate::clock::{pause, within};
use crate::config::Loaded;
use crate::web::{self, App};

/// How long sends under way may take once a signal came.
const DRAIN: Duration = Duration::from_secs(30);
/// How long a database that hangs may hold up the end.
const GOODBYE: Duration = Duration::from_secs(5);
/// Between two foldings of the figures' samples.
const UPKEEP: Duration = Duration::from_secs(5);

/// What stays while the configuration is read anew.
struct Ears {
    page: Arc<TcpListener>,
    figures: Option<Arc<TcpListener>>,
    metrics: PrometheusHandle,
}

pub(super) async fn run(named: Option<PathBuf>, loaded: Loaded) -> anyhow::Result<()> {
    let sparing = log::to_stderr(&loaded.config.log)?;
    heartbeat::starting();
    let office = opened(&loaded).await?;
    let page = bind(&loaded.config.web.listen, "listen").await?;
    let figures = match &loaded.config.web.metrics_listen {
        Some(address) => Some(bind(address, "metrics_listen").await?),
        None => None,
    };
    let metrics = PrometheusBuilder::new().install_recorder().context("figures cannot be collected")?;
    let ears = Ears { page, figures, metrics };
    begin_run(&loaded, &office.gateway).await?;
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone());
    tokio::spawn(upkeep(ears.metrics.clone(), stop.clone()));
    tokio::spawn(sparing.tell(stop.clone()));
    let mut hangups = Hangups::new();
    say_where(&loaded, &ears)?;
    let mut round = Some((loaded, office));
    while let Some((loaded, office)) = round {
        round = serve(loaded, office, &ears, named.as_ref(), &mut hangups, &stop).await?;
    }
    heartbeat::stopping();
    tracing::info!("stopped");
    Ok(())
}

/// The office, if anybody could be told anything.
async fn opened(loaded: &Loaded) -> anyhow::Result<Office> {
    let office = office::open(loaded).await?;
    if office.gateway.channels().next().is_none() {
        bail!("no channel can be used: switch one on in the configuration, or allow one that the pack switches off");
    }
    for channel in unused(loaded, &office.gateway) {
        tracing::warn!(channel, "configured, but switched off by the policy pack; see [office] allow_channels");
    }
    Ok(office)
}

async fn bind(address: &std::net::SocketAddr, key: &str) -> anyhow::Result<Arc<TcpListener>> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; change [web] {key} or stop the other program"))?;
    Ok(Arc::new(listener))
}

/// The database is this run's: a log beside it that is another's is found.
async fn begin_run(loaded: &Loaded, gateway: &Gateway) -> anyhow::Result<()> {
    let mut random = [0_u8; 4];
    getrandom::fill(&mut random).map_err(|e| anyhow::anyhow!("no random numbers: {e}"))?;
    Ok(service::begin(gateway, &loaded.config.database.url, u32::from_be_bytes(random)).await?)
}

/// Where people find the page: on standard output, whatever the log shows. That nobody reads it stops nothing.
fn say_where(loaded: &Loaded, ears: &Ears) -> anyhow::Result<()> {
    let here = format!("http://{}", ears.page.local_addr()?);
    let site = loaded.config.web.public_url.as_deref().map_or(String::new(), |url| format!(", for people at {url}"));
    let figures = match &ears.figures {
        Some(figures) => format!(", figures at http://{}/metrics", figures.local_addr()?),
        None => String::new(),
    };
    drop(say(format!("dutybell listens at {here}{site}{figures}; it stops at Ctrl+C")));
    Ok(())
}

/// One configuration's life; gives the next one, or `None` at the end.
async fn serve(
    loaded: Loaded,
    office: Office,
    ears: &Ears,
    named: Option<&PathBuf>,
    hangups: &mut Hangups,
    stop: &CancellationToken,
) -> anyhow::Result<Option<(Loaded, Office)>> {
    let gateway = Arc::new(office.gateway);
    for channel in gateway.channels() {
        channel.announce(loaded.config.web.public_url.as_deref()).await.map_err(anyhow::Error::msg)?;
    }
    let round = stop.child_token();
    let app = App { gateway: gateway.clone(), desk: office.desk, demo: None, metrics: Some(ears.metrics.clone()) };
    let mut servers = Vec::new();
    if let Some(figures) = &ears.figures {
        servers.push(tokio::spawn(web::serve_figures(app.clone(), figures.clone(), round.clone())));
    }
    let app = App { metrics: app.metrics.filter(|_| ears.figures.is_none()), ..app };
    let places = web::places(loaded.config.web.max_connections);
    servers.push(tokio::spawn(web::serve_on(app, ears.page.clone(), places, round.clone())));
    let address = ears.page.local_addr()?;
    tracing::info!(%address, policy = %gateway.policy.name, connections = places, "dutybell is ready");
    let loops = tokio::spawn(service::loops(gateway.clone(), round.clone()));
    tokio::spawn(heartbeat::beat(gateway.clone(), loaded.config.watchdog.clone(), round.clone()));
    let next = loop {
        tokio::select! {
            () = stop.cancelled() => break None,
            () = hangups.next() => {
                if let Some(next) = read_anew(&loaded, &gateway, named).await {
                    break Some(next);
                }
            }
        }
    };
    round.cancel();
    tracing::info!("stopping; what is under way is finished");
    if within(DRAIN, loops).await.is_none() {
        tracing::warn!("some sends did not end in time; they will be taken up again after the next start");
    }
    for server in servers {
        server.await?;
    }
    // What was committed is on disk already.
    if within(GOODBYE, app::close(&gateway)).await.is_none() {
        tracing::warn!("the database does not answer; it is left as it is");
    }
    Ok(next)
}

/// The configuration as it is now, all of it checked; `None`: it is refused, and everybody who must know is told.
async fn read_anew(old: &Loaded, gateway: &Gateway, named: Option<&PathBuf>) -> Option<(Loaded, Office)> {
    tracing::info!("SIGHUP: the configuration is read anew");
    match checked(old, gateway, named).await {
        Ok(fresh) => {
            tracing::info!("everything reads; the loops begin anew with it");
            Some(fresh)
        }
        Err(error) => {
            let reason = format!("{error:#}");
            tracing::error!(reason, "the new configuration is refused; everything stays as it was");
            if let Err(error) = service::configuration_refused(gateway, &reason).await {
                tracing::error!(%error, "nobody could be told of it");
            }
            None
        }
    }
}

async fn checked(old: &Loaded, gateway: &Gateway, named: Option<&PathBuf>) -> anyhow::Result<(Loaded, Office)> {
    let loaded = super::load(named.cloned())?;
    let (before, now) = (&old.config, &loaded.config);
    if before.database.url != now.database.url {
        bail!("[database] url is another one: that needs a restart");
    }
    if before.web.listen != now.web.listen || before.web.metrics_listen != now.web.metrics_listen {
        tracing::warn!("[web] listen and metrics_listen stay as they are until a restart");
    }
    let office = opened(&loaded).await?;
    let known = gateway.phrases.problems();
    let fresh = office.gateway.phrases.problems();
    if let Some(problem) = fresh.iter().find(|p| !known.contains(p)) {
        app::close(&office.gateway).await;
        bail!("[office] templates: {problem}");
    }
    Ok((loaded, office))
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
fn unused<'a>(loaded: &Loaded, gateway: &'a Gateway) -> Vec<&'a str> {
    let configured = loaded.config.channels();
    gateway.policy.channels_off.iter().map(String::as_str).filter(|c| configured.contains(c)).collect()
}

/// SIGHUP, as often as it comes; never, where it cannot be heard.
struct Hangups(#[cfg(unix)] Option<tokio::signal::unix::Signal>);

impl Hangups {
    #[cfg(unix)]
    fn new() -> Hangups {
        Hangups(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok())
    }

    #[cfg(not(unix))]
    fn new() -> Hangups {
        Hangups()
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.0
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending().await
    }
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
