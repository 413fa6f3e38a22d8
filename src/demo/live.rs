//! The demo on a page: the clock runs, can be paused and stepped; people write, the gateway answers.

use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration as RealDuration;

use anyhow::Context;
use chrono::{DateTime, Duration, Utc};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::Demo;
use crate::clock::pause;
use crate::web::control::{Command, Control};
use crate::web::{self, App};

/// Between two looks of the driver.
const TICK: RealDuration = RealDuration::from_millis(50);
const DAY_SECONDS: f64 = 86_400.0;

/// Serves the demo on `listen` until `stop`.
///
/// # Errors
/// When the database cannot be made or the address is taken.
pub async fn run(
    folder: &Path,
    listen: SocketAddr,
    seconds_per_day: f64,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    serve(folder, bind(listen).await?, seconds_per_day, stop).await
}

/// Opens the page's listener.
///
/// # Errors
/// When the address is taken.
pub async fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; choose another one with --listen"))
}

/// Serves the demo on an open listener until `stop`. A simulated day takes `seconds_per_day` real seconds.
///
/// # Errors
/// When the database cannot be made.
pub async fn serve(
    folder: &Path,
    listener: TcpListener,
    seconds_per_day: f64,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let demo = Demo::prepare(folder).await?;
    println!("dutybell demo: open http://{} (Ctrl-C ends it)", listener.local_addr()?);
    println!("mails are written to {}", folder.join("mail").display());
    play(demo, listener, seconds_per_day, stop).await
}

/// Serves a demo, whatever is in it, until `stop`.
///
/// # Errors
/// When its database fails.
pub async fn play(
    demo: Demo,
    listener: TcpListener,
    seconds_per_day: f64,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let (commands, inbox) = mpsc::channel(16);
    let (changed, changes) = watch::channel(0);
    let control = Arc::new(Control::new(commands, changes, seconds_per_day, demo.stage.clone()));
    let app = App {
        gateway: demo.gateway.clone(),
        desk: Some(demo.desk.clone()),
        demo: Some(control.clone()),
        metrics: None,
    };
    let driver = tokio::spawn(Driver { demo, control, changed }.drive(inbox, stop.clone()));
    web::serve(app, listener, stop).await?;
    driver.await?
}

struct Driver {
    demo: Demo,
    control: Arc<Control>,
    changed: watch::Sender<u64>,
}

impl Driver {
    async fn drive(self, mut commands: mpsc::Receiver<Command>, stop: CancellationToken) -> anyhow::Result<()> {
        self.demo.gateway.settle().await?;
        let mut last_shown = self.demo.gateway.now();
        // Listening all the time, so that a bell that rings during the work is heard after it.
        let mut rung = pin!(self.demo.gateway.bell.notified());
        rung.as_mut().enable();
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => break,
                () = pause(TICK) => {
                    if self.control.is_running() {
                        let step = DAY_SECONDS / self.control.seconds_per_day() * TICK.as_secs_f64();
                        self.advance(self.demo.gateway.now() + Duration::milliseconds((step * 1_000.0) as i64)).await?;
                    }
                }
                () = rung.as_mut() => {
                    rung.set(self.demo.gateway.bell.notified());
                    rung.as_mut().enable();
                    self.settle().await?;
                }
                command = commands.recv() => match command {
                    Some(command) => self.obey(command).await?,
                    None => break,
                },
            }
            let now = self.demo.gateway.now();
            if now - last_shown >= Duration::minutes(5) {
                last_shown = now;
                self.show();
            }
        }
        self.demo.gateway.store.close().await;
        Ok(())
    }

    async fn obey(&self, command: Command) -> anyhow::Result<()> {
        let now = self.demo.gateway.now();
        match command {
            Command::Play => self.control.run(true),
            Command::Pause => self.control.run(false),
            Command::Hour => self.advance(now + Duration::hours(1)).await?,
            Command::Day => self.advance(now + Duration::days(1)).await?,
            Command::Next => {
                if let Some(next) = self.demo.gateway.next_instant().await? {
                    self.advance(next.max(now + Duration::seconds(1))).await?;
                }
            }
            Command::Speed(seconds) => self.control.set_pace(seconds),
        }
        self.show();
        Ok(())
    }

    /// Moves the clock to `target`, stopping at every instant at which something happens.
    async fn advance(&self, target: DateTime<Utc>) -> anyhow::Result<()> {
        let end = self.demo.end;
        let target = target.min(end);
        let gateway = &self.demo.gateway;
        while let Some(next) = gateway.next_instant().await?.filter(|n| *n <= target) {
            self.demo.clock.set(next.max(gateway.now()));
            self.settle().await?;
            // A step that leaves its instant unchanged would come back for ever.
            if gateway.next_instant().await?.is_some_and(|n| n <= next) {
                break;
            }
        }
        self.demo.clock.set(target);
        if target >= end && !self.control.has_ended() {
            self.control.end();
            self.show();
        }
        Ok(())
    }

    async fn settle(&self) -> anyhow::Result<()> {
        self.demo.gateway.settle().await?;
        self.show();
        Ok(())
    }

    fn show(&self) {
        self.changed.send_modify(|n| *n += 1);
    }
}
