//! The connections of the web server: each has a time to say what it wants, and only so many are held.
//!
//! Whoever opens a thousand of them and says nothing would take all file numbers of the program, and with them the
//! channels and the database. So a request must be there in ten seconds, also the next one on an open connection; and
//! when all places are taken, the oldest connection that never asked anything makes room.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::clock::{pause, within};

/// Until the head of a request must be there, from the first on and between two.
const HEAD: Duration = Duration::from_secs(10);
/// How long requests under way may take once the service stops.
const GRACE: Duration = Duration::from_secs(2);
/// After an error of the listener: mostly the machine has no file numbers left.
const AFTER_ERROR: Duration = Duration::from_millis(200);
/// File numbers kept for channels, the database and files.
const KEPT_FREE: usize = 256;
/// Fewer places than this are never offered.
const LEAST: usize = 16;

/// A connection that was accepted.
#[derive(Default)]
struct Held {
    /// It has asked something, so it is somebody's page.
    asked: AtomicBool,
    closed: CancellationToken,
}

/// Connections in the order in which they came.
#[derive(Clone, Default)]
struct All(Arc<Mutex<BTreeMap<u64, Arc<Held>>>>);

impl All {
    fn with<T>(&self, change: impl FnOnce(&mut BTreeMap<u64, Arc<Held>>) -> T) -> T {
        // What is held is whole at every moment, also after a panic elsewhere.
        change(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Closes the oldest connection that never asked anything.
    fn make_room(&self) {
        self.with(|all| {
            if let Some((_, oldest)) =
                all.iter().find(|(_, held)| !held.asked.load(Ordering::Relaxed) && !held.closed.is_cancelled())
            {
                oldest.closed.cancel();
            }
        });
    }
}

/// How many connections are held at a time: as configured, or fewer where the machine gives fewer file numbers.
pub fn places(wanted: usize) -> usize {
    let allowed = file_numbers().map_or(usize::MAX, |all| all.saturating_sub(KEPT_FREE));
    wanted.min(allowed).max(LEAST)
}

/// File numbers that this process may have, where that can be read (Linux).
fn file_numbers() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|l| l.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Serves until `stop`; requests under way are finished, but an open page that only listens is not waited for.
pub(super) async fn serve(router: Router, listener: &TcpListener, places: usize, stop: CancellationToken) {
    let free = Arc::new(Semaphore::new(places));
    let all = All::default();
    let mut number = 0;
    loop {
        let place = tokio::select! {
            () = stop.cancelled() => break,
            place = place(&free, &all) => place,
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                number += 1;
                let held = Arc::new(Held::default());
                all.with(|all| all.insert(number, held.clone()));
                let (router, all, stop) = (router.clone(), all.clone(), stop.clone());
                tokio::spawn(async move {
                    talk(stream, router, &held, &stop).await;
                    all.with(|all| all.remove(&number));
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted now");
                pause(AFTER_ERROR).await;
            }
        }
    }
    let everything = free.acquire_many(u32::try_from(places).unwrap_or(u32::MAX));
    drop(within(GRACE, everything).await);
}

/// A place for one connection; the oldest that says nothing gives its own.
async fn place(free: &Arc<Semaphore>, all: &All) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = free.clone().try_acquire_owned() {
        return Some(place);
    }
    all.make_room();
    free.clone().acquire_owned().await.ok()
}

async fn talk(stream: TcpStream, router: Router, held: &Arc<Held>, stop: &CancellationToken) {
    let asked = held.clone();
    let pages = TowerToHyperService::new(router);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        asked.asked.store(true, Ordering::Relaxed);
        pages.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // What went wrong on a connection is its other end's to know.
        _ = connection.as_mut() => return,
        () = held.closed.cancelled() => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    drop(within(GRACE, connection).await);
}
