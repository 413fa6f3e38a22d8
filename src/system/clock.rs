//! The only place that asks what time it is and that sleeps.
//!
//! Everything else gets the time as an argument or through a [`Clock`]. [`SimulatedClock`] lets the
//! whole gateway run a fortnight in seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use tokio::sync::Notify;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    Real,
    /// A clock that somebody moves.
    Simulated(SimulatedClock),
}

/// A clock that stands still until it is moved. Clones share it.
#[derive(Clone, Debug)]
pub struct SimulatedClock {
    now: Arc<AtomicI64>,
    moved: Arc<Notify>,
}

impl SimulatedClock {
    pub fn new(start: DateTime<Utc>) -> SimulatedClock {
        SimulatedClock { now: Arc::new(AtomicI64::new(start.timestamp_millis())), moved: Arc::new(Notify::new()) }
    }

    /// Moves the clock to an instant; never backwards.
    pub fn set(&self, now: DateTime<Utc>) {
        self.now.fetch_max(now.timestamp_millis(), Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    /// Sets the clock, backwards too: what happens to a machine whose clock was wrong.
    pub fn correct(&self, now: DateTime<Utc>) {
        self.now.store(now.timestamp_millis(), Ordering::SeqCst);
        self.moved.notify_waiters();
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.now.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

impl Clock {
    /// The present instant, in whole milliseconds as the store keeps it.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Clock::Real => Utc::now().trunc_subsecs(3),
            Clock::Simulated(clock) => clock.now(),
        }
    }

    /// Waits until an instant by this clock.
    pub async fn sleep_until(&self, until: DateTime<Utc>) {
        match self {
            Clock::Real => {
                let wait = (until - Utc::now()).to_std().unwrap_or(Duration::ZERO);
                tokio::time::sleep(wait).await;
            }
            Clock::Simulated(clock) => loop {
                let moved = clock.moved.notified();
                if clock.now() >= until {
                    return;
                }
                moved.await;
            },
        }
    }
}

/// Waits in real time, whatever clock the rules run on: for pacing a demo and waiting on platforms.
pub async fn pause(wait: Duration) {
    tokio::time::sleep(wait).await;
}

/// Runs a future for at most `limit` of real time; `None` when it took longer.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, future).await.ok()
}

/// An instant of the machine's steady clock, for asking how long something has been.
#[derive(Clone, Copy, Debug)]
pub struct Since(std::time::Instant);

impl Since {
    pub fn now() -> Since {
        Since(std::time::Instant::now())
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
