//! Calls of the platforms: proven by the channel, stored, and only then confirmed.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;
use crate::channel::{Call, Called};
use crate::store::inbox;

/// `/hook/telegram`, `/hook/wecom`, …: GET and POST alike.
pub(super) async fn receive(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Response {
    let Some(channel) = app.gateway.channel(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let call =
        Call { query: query.as_deref().unwrap_or_default(), headers: &headers, body: &body, now: app.gateway.now() };
    let (updates, answer) = match channel.called(&call) {
        Called::Heard { updates, answer } => (updates, answer),
        Called::NotHere => return StatusCode::NOT_FOUND.into_response(),
        Called::Refused { reason } => {
            app.gateway.refused_calls.refused(&name);
            tracing::warn!(channel = name, reason, "a call that does not come from the platform was refused");
            return StatusCode::UNAUTHORIZED.into_response();
        }
    };
    if !updates.is_empty() {
        let stored = inbox::receive(&app.gateway.store, &name, &channel.account(), &updates, app.gateway.now()).await;
        if let Err(error) = stored {
            tracing::error!(channel = name, %error, "an update could not be stored; it will come again");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        app.gateway.bell.notify_waiters();
    }
    let kind = if answer.starts_with('{') { "application/json" } else { "text/plain; charset=utf-8" };
    ([(header::CONTENT_TYPE, kind)], answer).into_response()
}
