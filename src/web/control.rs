//! What the demo's page and whoever drives the demo's clock say to each other.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{mpsc, watch};

/// What the page can ask of the clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    Play,
    Pause,
    Hour,
    Day,
    /// To the next instant at which something happens.
    Next,
    /// Real seconds a simulated day takes.
    Speed(f64),
}

/// What the page shows of what is played.
#[derive(Clone, Debug, Default)]
pub struct Stage {
    /// An office's own data instead of the invented county.
    pub rehearsal: bool,
    /// Desks that are shown at first.
    pub phones: Vec<String>,
    /// The newest message and event of before: the timeline begins after them.
    pub from: (i64, i64),
}

/// The page's handle on the driver.
pub struct Control {
    pub stage: Stage,
    commands: mpsc::Sender<Command>,
    changes: watch::Receiver<u64>,
    running: AtomicBool,
    ended: AtomicBool,
    /// Thousandths of a second a day.
    pace: AtomicU64,
}

impl Control {
    /// Of a clock that runs; what is sent arrives at `commands`, `changes` tells the page to look anew.
    pub fn new(
        commands: mpsc::Sender<Command>,
        changes: watch::Receiver<u64>,
        seconds_per_day: f64,
        stage: Stage,
    ) -> Control {
        let control = Control {
            stage,
            commands,
            changes,
            running: AtomicBool::new(true),
            ended: AtomicBool::new(false),
            pace: AtomicU64::new(0),
        };
        control.set_pace(seconds_per_day);
        control
    }

    pub fn is_running(&self) -> bool {
        self.running.load(Ordering::Relaxed)
    }

    /// Starts or stops the clock; one that has ended starts no more.
    pub fn run(&self, running: bool) {
        self.running.store(running && !self.has_ended(), Ordering::Relaxed);
    }

    /// The last day is over.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.run(false);
    }

    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    pub fn seconds_per_day(&self) -> f64 {
        self.pace.load(Ordering::Relaxed) as f64 / 1_000.0
    }

    /// Hands a command to the driver; a stopped driver takes none.
    pub async fn command(&self, command: Command) {
        let _ = self.commands.send(command).await;
    }

    pub fn listen(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }

    pub fn set_pace(&self, seconds: f64) {
        self.pace.store((seconds * 1_000.0) as u64, Ordering::Relaxed);
    }
}
