//! Running the loops on the real clock until told to stop.
//!
//! Each loop is its own task: a stalled one holds up no other. On stop every step finishes what it
//! holds; what was claimed and not sent returns with its lease.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Gateway;
use super::loops::{LOOPS, Loop, Wakes};
use crate::channel::{Channel, PollError};
use crate::clock::{pause, within};
use crate::store::{Result, StoreError, clockwork, inbox};

/// After the first error of the store; then twice as long each time, up to [`AFTER_ERROR`].
const AFTER_FIRST: Duration = Duration::from_millis(250);
/// After an error of the store.
const AFTER_ERROR: Duration = Duration::from_secs(5);
/// How long a poll waits at the platform.
const POLL: Duration = Duration::from_secs(50);
/// A process that has not renewed its duty for so long has lost it: a quarter of a lease, within these bounds.
const DUTY: (Duration, Duration) = (Duration::from_secs(3), Duration::from_secs(15));

/// Runs all loops; returns after `stop` when they have ended.
pub async fn run(gateway: Arc<Gateway>, stop: CancellationToken) {
    let mut loops = Vec::new();
    let reader = gateway.clone();
    let warm = tokio::task::spawn_blocking(move || reader.words().warm_up(reader.now().naive_utc()));
    loops.extend(LOOPS.iter().map(|one| tokio::spawn(turn_after_turn(one, gateway.clone(), stop.clone()))));
    for channel in gateway.channels().filter(|c| c.features().polls) {
        loops.push(tokio::spawn(receive(gateway.clone(), channel.clone(), stop.clone())));
    }
    loops.push(warm);
    for task in loops {
        if let Err(error) = task.await {
            tracing::error!(%error, "a loop ended unexpectedly");
        }
    }
    if let Err(error) = gateway.land_all().await {
        tracing::error!(%error, "what was under way could not be recorded; it will be sent again");
    }
}

async fn turn_after_turn(this: &'static Loop, gateway: Arc<Gateway>, stop: CancellationToken) {
    // Listening before each step, so that a bell that rings during the step is heard after it.
    let mut rung = pin!(gateway.bell.notified());
    gateway.pulse.beat(this.name);
    let mut failures = Failures::default();
    while !stop.is_cancelled() {
        rung.as_mut().enable();
        let landings = gateway.landings();
        let wait = match turn(this, &gateway).await {
            Ok(wait) => {
                gateway.pulse.beat(this.name);
                failures.over(this.name);
                wait
            }
            Err(error) => {
                let wait = failures.again(this.name, &error);
                // What others do meanwhile does not help: a full disk stays full.
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = pause(wait) => {}
                }
                continue;
            }
        };
        if wait.is_zero() {
            // Others may have something to do now; what was sent gives nobody else any work.
            if this.wakes != Wakes::Landing {
                gateway.bell.notify_waiters();
            }
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = rung.as_mut(), if this.wakes != Wakes::Clock => rung.set(gateway.bell.notified()),
            () = gateway.landed_since(landings), if this.wakes == Wakes::Landing => {}
            () = pause(wait) => {}
        }
    }
}

/// Failures of one loop after the other: the first is told, then each that doubles their number.
#[derive(Default)]
struct Failures(u32);

impl Failures {
    /// One more; gives how long to wait after it.
    fn again(&mut self, what: &str, error: &StoreError) -> Duration {
        self.0 = self.0.saturating_add(1);
        if self.0.is_power_of_two() {
            tracing::error!(loop_name = what, %error, times = self.0, "step failed, will try again");
        }
        AFTER_FIRST.saturating_mul(1 << (self.0 - 1).min(8)).min(AFTER_ERROR)
    }

    fn over(&mut self, what: &str) {
        if std::mem::take(&mut self.0) > 1 {
            tracing::info!(loop_name = what, "it goes on");
        }
    }
}

/// One step; gives how long to wait for the next.
async fn turn(this: &Loop, gateway: &Gateway) -> Result<Duration> {
    let turn = async {
        Ok(match this.step(gateway).await? {
            true => Duration::ZERO,
            false => this.idle(gateway).await,
        })
    };
    within_limit(this.limit(gateway), turn).await
}

async fn in_time<T>(gateway: &Gateway, work: impl Future<Output = Result<T>>) -> Result<T> {
    within_limit(gateway.pulse.limit, work).await
}

/// A database that vanished without a word never answers: what waits for it is given up, undone, and begun again.
async fn within_limit<T>(limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    within(limit, work).await.unwrap_or(Err(StoreError::Database(sqlx::Error::PoolTimedOut)))
}

/// Fetches updates while this process has the duty to: two at a time would take them from each other.
pub async fn receive(gateway: Arc<Gateway>, channel: Arc<dyn Channel>, stop: CancellationToken) {
    let name = format!("poll:{}:{}", channel.name(), channel.account());
    let term = gateway.lease.to_std().unwrap_or(DUTY.1).div_f32(4.0).clamp(DUTY.0, DUTY.1);
    let duty = Duty { gateway: &gateway, name, term };
    gateway.pulse.beat(&duty.name);
    let mut failures = Failures::default();
    while !stop.is_cancelled() {
        let held = duty.hold().await;
        if held.is_ok() {
            failures.over(&duty.name);
        }
        let wait = match held {
            Ok(true) => tokio::select! {
                wait = poll_while_ours(&gateway, channel.as_ref(), &stop) => wait,
                wait = duty.keep() => wait,
            },
            Ok(false) => duty.pace(),
            Err(error) => failures.again(&duty.name, &error),
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = pause(wait) => {}
        }
    }
    if let Err(error) = duty.release().await {
        tracing::warn!(%error, "the duty to fetch updates is free only after some seconds");
    }
}

/// What only one process does at a time.
struct Duty<'a> {
    gateway: &'a Gateway,
    name: String,
    term: Duration,
}

impl Duty<'_> {
    async fn hold(&self) -> Result<bool> {
        let (now, holder) = (self.gateway.now(), &self.gateway.holder);
        let ours = in_time(self.gateway, async {
            let mut tx = self.gateway.store.begin().await?;
            let ours = clockwork::hold(&mut tx, &self.name, holder, now, now + self.term).await?;
            tx.commit().await?;
            Ok(ours)
        })
        .await?;
        self.gateway.pulse.beat(&self.name);
        Ok(ours)
    }

    /// How often it is renewed, and asked for by those who do not have it.
    fn pace(&self) -> Duration {
        self.term / 4
    }

    /// Renews until it is lost; gives how long to wait then.
    async fn keep(&self) -> Duration {
        loop {
            pause(self.pace()).await;
            match self.hold().await {
                Ok(true) => {}
                Ok(false) => return self.pace(),
                Err(_) => return AFTER_ERROR,
            }
        }
    }

    async fn release(&self) -> Result<()> {
        let mut tx = self.gateway.store.begin().await?;
        clockwork::release(&mut tx, &self.name, &self.gateway.holder).await?;
        tx.commit().await
    }
}

/// Polls until something is wrong; gives how long to wait then.
async fn poll_while_ours(gateway: &Gateway, channel: &dyn Channel, stop: &CancellationToken) -> Duration {
    let account = channel.account();
    loop {
        match poll_once(gateway, channel, &account, stop).await {
            Ok(()) if stop.is_cancelled() => return Duration::ZERO,
            Ok(()) => {}
            Err(wait) => return wait,
        }
    }
}

/// What cannot be stored is not confirmed: the platform keeps it.
fn unstored(error: StoreError) -> Duration {
    tracing::error!(%error, "updates cannot be stored and stay where they are");
    AFTER_ERROR
}

/// Updates are stored first, and only then confirmed by asking for what comes after them.
async fn poll_once(
    gateway: &Gateway,
    channel: &dyn Channel,
    account: &str,
    stop: &CancellationToken,
) -> std::result::Result<(), Duration> {
    let position = in_time(gateway, gateway.store.position(channel.name(), account)).await.map_err(unstored)?;
    let polled = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        polled = channel.poll_from(&position, POLL) => polled,
    };
    match polled {
        Ok(batch) if batch.updates.is_empty() && batch.token == position.token => Ok(()),
        Ok(batch) => {
            let stored = inbox::receive_batch(&gateway.store, channel.name(), account, &batch, gateway.now());
            in_time(gateway, stored).await.map_err(unstored)?;
            if !batch.updates.is_empty() {
                gateway.bell.notify_waiters();
            }
            Ok(())
        }
        Err(PollError::Wait { after, reason }) => {
            tracing::warn!(channel = channel.name(), reason, "cannot fetch updates now");
            Err(after)
        }
        Err(PollError::Fatal(reason)) => {
            tracing::error!(channel = channel.name(), reason, "cannot fetch updates; check the configuration");
            Err(Duration::from_secs(60))
        }
    }
}
