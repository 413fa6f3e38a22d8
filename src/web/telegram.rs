//! Telegram's webhook: the secret is checked, the update stored, and only then confirmed.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use secrecy::SecretString;

use super::App;
use crate::channel::telegram::{parse_update, webhook_secret_ok};
use crate::store::inbox;

/// What the webhook needs to know.
pub struct Webhook {
    pub secret: SecretString,
    /// The bot's account id, part of the inbox key.
    pub account: String,
}

/// The header in which Telegram sends the secret (Bot API, setWebhook).
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";

pub(super) async fn receive(State(app): State<App>, headers: HeaderMap, body: String) -> StatusCode {
    let Some(webhook) = &app.webhook else { return StatusCode::NOT_FOUND };
    let given = headers.get(SECRET_HEADER).and_then(|v| v.to_str().ok());
    if !webhook_secret_ok(&webhook.secret, given) {
        return StatusCode::UNAUTHORIZED;
    }
    let Some(update) = serde_json::from_str(&body).ok().and_then(|v| parse_update(&v)) else {
        // Confirmed, because Telegram would bring it again for ever.
        tracing::warn!("an update from Telegram could not be read");
        return StatusCode::OK;
    };
    match inbox::receive(&app.gateway.store, "telegram", &webhook.account, &[update], app.gateway.now()).await {
        Ok(_) => {
            app.gateway.bell.notify_waiters();
            StatusCode::OK
        }
        Err(error) => {
            tracing::error!(%error, "an update from Telegram could not be stored; it will come again");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
