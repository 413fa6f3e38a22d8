//! The web side: the desk, the demo page and the platforms' webhooks, on one small server.
//!
//! Pages are files embedded in the program; everything they show comes as JSON. Nothing here decides:
//! what a person writes goes into the inbox like from any other channel.

pub mod control;
mod demo;
mod desk;
mod health;
mod hook;
mod mail;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::control::Control;
use crate::channel::desk::Desk;
use crate::gateway::Gateway;

/// How long requests under way may take once the service stops.
const GRACE: std::time::Duration = std::time::Duration::from_secs(2);

/// What the routes share.
#[derive(Clone)]
pub struct App {
    pub gateway: Arc<Gateway>,
    pub desk: Option<Desk>,
    /// Present in the demo only: then every desk is open and the clock can be moved.
    pub demo: Option<Arc<Control>>,
    /// Present in the real service: where its figures are read.
    pub metrics: Option<PrometheusHandle>,
}

/// Serves until `stop`; requests under way are finished, but an open page that only listens is not waited for.
///
/// # Errors
/// When the connection's listener fails.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    let stopped = stop.clone();
    let serving = axum::serve(listener, routes(app)).with_graceful_shutdown(async move { stopped.cancelled().await });
    tokio::select! {
        served = serving => served,
        () = async { stop.cancelled().await; crate::clock::pause(GRACE).await } => Ok(()),
    }
}

fn routes(app: App) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::figures))
        .route("/hook/{channel}", get(hook::receive).post(hook::receive))
        .route("/web/style.css", get(|| async { file("text/css", include_str!("../../templates/web/style.css")) }))
        .route("/web/page.js", get(|| async { file("text/javascript", include_str!("../../templates/web/page.js")) }))
        .route("/web/phone.js", get(|| async { file("text/javascript", include_str!("../../templates/web/phone.js")) }))
        .route("/web/demo.js", get(|| async { file("text/javascript", include_str!("../../templates/web/demo.js")) }));
    if app.desk.is_some() {
        router = router
            .route("/desk", get(desk::enter))
            .route("/desk/{login}", get(desk::page))
            .route("/api/desk/{login}", get(desk::messages))
            .route("/api/desk/{login}/say", post(desk::say))
            .route("/api/desk/{login}/press", post(desk::press))
            .route("/api/desk/{login}/events", get(desk::events));
    }
    if app.gateway.channel("mail").is_some() {
        router = router
            .route("/mail/confirm/{code}", get(mail::claim).post(mail::confirm))
            .route("/mail/summaries/{token}", get(mail::summaries).post(mail::stop))
            .route("/mail/summaries/{token}/resume", post(mail::resume));
    }
    if app.demo.is_some() {
        router = router
            .route("/", get(|| async { file("text/html", include_str!("../../templates/web/demo.html")) }))
            .route("/api/demo", get(demo::state))
            .route("/api/demo/clock", post(demo::clock))
            .route("/api/demo/events", get(demo::events));
    }
    router.layer(axum::middleware::map_response(secure)).with_state(app)
}

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, format!("{kind}; charset=utf-8")), (header::CACHE_CONTROL, "no-cache".to_owned())], text)
        .into_response()
}

/// No script, style or frame from elsewhere.
async fn secure(mut response: Response) -> Response {
    let headers = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// An error as the pages show it; the cause goes to the log only.
pub(crate) enum WebError {
    NotFound,
    Refused(&'static str),
    Broken(String),
}

impl From<crate::store::StoreError> for WebError {
    fn from(error: crate::store::StoreError) -> WebError {
        WebError::Broken(error.to_string())
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            WebError::NotFound => (StatusCode::NOT_FOUND, "not found".to_owned()),
            WebError::Refused(text) => (StatusCode::BAD_REQUEST, text.to_owned()),
            WebError::Broken(cause) => {
                tracing::error!(cause, "request failed");
                (StatusCode::SERVICE_UNAVAILABLE, "the service is busy, please try again".to_owned())
            }
        };
        (status, axum::Json(serde_json::json!({ "error": text }))).into_response()
    }
}
