//! The counterpart that every worker talks to: a loopback HTTP server that counts what arrives and when.
//!
//! A process of its own, so that its time is nobody's. A job carries its `id`, and for latency the instant it is
//! `due` (UTC milliseconds; 0: not measured).

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

/// What has arrived since the last reset; instants are UTC microseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Stats {
    /// Different jobs.
    pub count: usize,
    pub duplicates: usize,
    pub first: i64,
    pub last: i64,
    /// Arrival minus due, in milliseconds.
    pub p50: f64,
    pub p99: f64,
}

#[derive(Default)]
struct Arrivals {
    ids: HashSet<String>,
    stats: Stats,
    late: Vec<f64>,
}

type Shared = Arc<Mutex<Arrivals>>;

pub fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as i64)
}

/// Serves until it is killed; says its address first.
pub async fn serve() -> anyhow::Result<()> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let app = Router::new()
        .route("/job", post(arrive))
        .route("/stats", get(stats))
        .route("/reset", post(reset))
        .with_state(Shared::default());
    Ok(axum::serve(listener, app).await?)
}

async fn arrive(State(shared): State<Shared>, body: String) -> &'static str {
    let now = now_us();
    let mut arrivals = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let stats = &mut arrivals.stats;
    if stats.first == 0 {
        stats.first = now;
    }
    stats.last = now;
    if let Some(due) = field(&body, "due").and_then(|d| d.parse::<i64>().ok()).filter(|d| *d > 0) {
        arrivals.late.push((now - due * 1_000) as f64 / 1_000.0);
    }
    let id = field(&body, "id").unwrap_or_default().to_owned();
    if arrivals.ids.insert(id) {
        arrivals.stats.count += 1;
    } else {
        arrivals.stats.duplicates += 1;
    }
    "{}"
}

/// The first field of that name, wherever in the JSON it stands: each program wraps its job in its own way.
fn field<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let at = body.find(&format!("\"{name}\":"))? + name.len() + 3;
    let value = body[at..].trim_start().trim_start_matches('"');
    Some(&value[..value.find([',', '"', '}']).unwrap_or(value.len())])
}

async fn stats(State(shared): State<Shared>) -> String {
    let mut arrivals = shared.lock().unwrap_or_else(PoisonError::into_inner);
    arrivals.late.sort_by(f64::total_cmp);
    let at = |share: f64| arrivals.late.get((arrivals.late.len().saturating_sub(1) as f64 * share) as usize).copied();
    let stats = Stats { p50: at(0.5).unwrap_or(0.0), p99: at(0.99).unwrap_or(0.0), ..arrivals.stats.clone() };
    serde_json::to_string(&stats).unwrap_or_default()
}

async fn reset(State(shared): State<Shared>) {
    *shared.lock().unwrap_or_else(PoisonError::into_inner) = Arrivals::default();
}
