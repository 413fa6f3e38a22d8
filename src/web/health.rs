//! What monitoring asks: alive, ready, figures. Counts only; no names, no texts.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use metrics::gauge;

use super::App;
use crate::app::run::{self, Figures};
use crate::clock::within;

/// A database that does not answer in this time is not ready.
const PATIENCE: Duration = Duration::from_secs(2);

/// Alive: every loop turns. A stalled one is named.
pub(super) async fn alive(State(app): State<App>) -> (StatusCode, String) {
    let stalled = run::stalled(&app.gateway);
    match stalled.is_empty() {
        true => (StatusCode::OK, "ok\n".to_owned()),
        false => (StatusCode::SERVICE_UNAVAILABLE, format!("stalled: {}\n", stalled.join(", "))),
    }
}

/// Ready: alive, and the database answers.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, String) {
    let (status, text) = alive(State(app.clone())).await;
    if status != StatusCode::OK {
        return (status, text);
    }
    match within(PATIENCE, run::answers(&app.gateway)).await {
        Some(Ok(())) => (StatusCode::OK, "ready\n".to_owned()),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n".to_owned()),
    }
}

/// Figures in Prometheus' text format.
pub(super) async fn figures(State(app): State<App>) -> (StatusCode, String) {
    let Some(handle) = &app.metrics else { return (StatusCode::NOT_FOUND, "no figures here\n".to_owned()) };
    for (name, age) in run::ages(&app.gateway) {
        gauge!("dutybell_loop_age_seconds", "loop" => name).set(age);
    }
    for (name, open, idle) in run::pools(&app.gateway) {
        gauge!("dutybell_connections", "pool" => name, "state" => "idle").set(idle as f64);
        gauge!("dutybell_connections", "pool" => name, "state" => "busy").set(f64::from(open) - idle as f64);
    }
    let up = match within(PATIENCE, run::figures(&app.gateway)).await {
        Some(Ok(Figures { queues, lag, overdue })) => {
            for what in ["forgotten", "wakes", "notices", "messages", "updates"] {
                gauge!("dutybell_overdue", "what" => what).set(overdue.count(what) as f64);
            }
            for name in ["notices", "messages", "inbox"] {
                for lane in 0..=if name == "inbox" { 0 } else { 5 } {
                    let found = queues.iter().find(|q| q.name == name && q.lane == lane);
                    let lane = lane.to_string();
                    gauge!("dutybell_queue_depth", "queue" => name, "lane" => lane.clone())
                        .set(found.map_or(0.0, |q| q.depth as f64));
                    gauge!("dutybell_queue_age_seconds", "queue" => name, "lane" => lane)
                        .set(found.map_or(0.0, |q| q.oldest));
                }
            }
            gauge!("dutybell_due_lag_seconds").set(lag);
            1.0
        }
        _ => 0.0,
    };
    gauge!("dutybell_database_up").set(up);
    (StatusCode::OK, handle.render())
}
