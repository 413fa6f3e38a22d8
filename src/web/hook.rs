//! Calls of the platforms: proven by the channel, stored, and only then confirmed.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;
use crate::app::hear::{self, Heard};
use crate::channel::Call;

/// `/hook/telegram`, `/hook/wecom`, …: GET and POST alike.
pub(super) async fn receive(
    State(app): State<App>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Response {
    let call =
        Call { query: query.as_deref().unwrap_or_default(), headers: &headers, body: &body, now: app.gateway.now() };
    let answer = match hear::call(&app.gateway, &name, &call).await {
        Ok(Heard::Stored { answer }) => answer,
        Ok(Heard::NotHere) => return StatusCode::NOT_FOUND.into_response(),
        Ok(Heard::Refused { reason }) => {
            tracing::warn!(channel = name, reason, "a call that does not come from the platform was refused");
            return StatusCode::UNAUTHORIZED.into_response();
        }
        Err(error) => {
            tracing::error!(channel = name, %error, "an update could not be stored; it will come again");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let kind = if answer.starts_with('{') { "application/json" } else { "text/plain; charset=utf-8" };
    ([(header::CONTENT_TYPE, kind)], answer).into_response()
}
