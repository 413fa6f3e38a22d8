//! The web side: the desk, the demo page and the platforms' webhooks, on one small server.
//!
//! Pages are files embedded in the program; everything they show comes as JSON. Nothing here decides:
//! what a person writes goes into the inbox like from any other channel.

mod connections;
pub mod control;
mod demo;
mod desk;
mod health;
mod hook;
mod mail;
mod pages;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::control::Control;
use crate::app::{Gateway, Refusal};
use crate::channel::desk::Desk;
use crate::clock::within;

/// Connections held at a time, where nothing else is said, and by the listener for figures.
const PLACES: usize = 512;
const FEW: usize = 32;
/// Longest time for a request with its body; what it leads to is only stored meanwhile.
const REQUEST: Duration = Duration::from_secs(30);

pub use connections::places;

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

impl App {
    /// Whether people reach the pages by https.
    fn is_encrypted(&self) -> bool {
        self.gateway.site.as_ref().is_some_and(|site| site.to_ascii_lowercase().starts_with("https://"))
    }
}

/// Serves until `stop`; requests under way are finished, but an open page that only listens is not waited for.
///
/// # Errors
/// None; for callers that end with the server.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    serve_on(app, Arc::new(listener), places(PLACES), stop).await;
    Ok(())
}

/// The same with a number of connections, on a listener that outlives it.
pub async fn serve_on(app: App, listener: Arc<TcpListener>, places: usize, stop: CancellationToken) {
    connections::serve(routes(app), &listener, places, stop).await;
}

/// Serves the figures and the signs of life alone, for who must not reach the pages.
pub async fn serve_figures(app: App, listener: Arc<TcpListener>, stop: CancellationToken) {
    connections::serve(signs_of_life().with_state(app), &listener, places(FEW), stop).await;
}

fn signs_of_life() -> Router<App> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::figures))
}

fn routes(app: App) -> Router {
    let mut router = signs_of_life()
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
    } else {
        router = router.route("/", get(pages::home));
    }
    router.fallback(pages::missing).layer(axum::middleware::from_fn_with_state(app.clone(), guarded)).with_state(app)
}

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, format!("{kind}; charset=utf-8")), (header::CACHE_CONTROL, "no-cache".to_owned())], text)
        .into_response()
}

/// No script, style or frame from elsewhere; nothing kept of what is somebody's own; no request for ever.
async fn guarded(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_file = request.uri().path().starts_with("/web/");
    let answered = within(REQUEST, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|| StatusCode::REQUEST_TIMEOUT.into_response());
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
    if !is_file {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if app.is_encrypted() {
        let year = HeaderValue::from_static("max-age=31536000");
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// An error as the pages show it; the cause goes to the log only.
pub(crate) enum WebError {
    NotFound,
    Refused(String),
    Broken(String),
}

impl From<Refusal> for WebError {
    fn from(refusal: Refusal) -> WebError {
        match refusal {
            Refusal::Says(text) => WebError::Refused(text),
            broken => WebError::Broken(broken.to_string()),
        }
    }
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            WebError::NotFound => (StatusCode::NOT_FOUND, "not found".to_owned()),
            WebError::Refused(text) => (StatusCode::BAD_REQUEST, text),
            WebError::Broken(cause) => {
                tracing::error!(cause, "request failed");
                (StatusCode::SERVICE_UNAVAILABLE, "the service is busy, please try again".to_owned())
            }
        };
        (status, axum::Json(serde_json::json!({ "error": text }))).into_response()
    }
}
