//! Telegram: one bot, private chats, by the Bot API (<https://core.telegram.org/bots/api>).
//!
//! Speaks through teloxide; updates are fetched as they are, so that the audit trail holds what the
//! platform really said ([`update`] reads them). [`verdict`] says what a refusal means. Knows neither
//! items nor people. The token stands in every address that is called: no error, log line or debug
//! output of this module contains an address.

pub(crate) mod section;
mod update;
mod verdict;

use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;
use teloxide::payloads::{AnswerCallbackQuerySetters, EditMessageTextSetters, SendMessageSetters, SetWebhookSetters};
use teloxide::requests::Requester;
use teloxide::types::{
    AllowedUpdate, CallbackQueryId, ChatId, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, MessageId,
    ParseMode, ReplyParameters,
};

use super::api::CALL;
use super::{Button, Call, Called, Channel, Dialect, Features, Limit, LimitScope, Outcome, Outgoing, PollError};
use dutybell_core::inbound::Update;

pub use update::parse_update;

/// Longest text of one message after its entities are taken out (Bot API, sendMessage).
const MAX_TEXT: usize = 4_096;
/// Longest note under a pressed button (Bot API, answerCallbackQuery).
const MAX_NOTE: usize = 200;
/// What an answer to a long poll may take beyond the wait asked for.
const POLL_GRACE: Duration = Duration::from_secs(15);
/// Longest wait of one long poll.
const POLL_MOST: Duration = Duration::from_secs(50);
/// After an unclear failure of a poll.
const POLL_AGAIN: Duration = Duration::from_secs(5);
/// The header in which Telegram sends the webhook's secret (Bot API, setWebhook).
const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// Kinds of updates asked for; anything else stays at the platform.
const UPDATES: [&str; 4] = ["message", "edited_message", "callback_query", "my_chat_member"];

/// What the channel needs to know.
#[derive(Clone, Debug)]
pub struct TelegramConfig {
    /// As BotFather gave it: `123456:ABC…`.
    pub token: SecretString,
    /// Another Bot API server than Telegram's own.
    pub api_url: Option<String>,
    /// Name of the bot without `@`.
    pub bot_username: Option<String>,
}

/// Why the bot cannot be used. No text contains the token.
#[derive(Debug, thiserror::Error)]
pub enum TelegramError {
    #[error("telegram: the token does not look like 123456:ABC…; copy it again from BotFather")]
    Token,
    #[error("telegram: api_url is not an http address")]
    ApiUrl,
    #[error("telegram: webhook_secret must be 1 to 256 characters of A-Z, a-z, 0-9, _ and -")]
    Secret,
    #[error("telegram: {0}")]
    Platform(String),
}

/// The Telegram channel.
pub struct Telegram {
    bot: teloxide::Bot,
    /// The same with time for long polls.
    patient: teloxide::Bot,
    base: String,
    token: SecretString,
    id: String,
    username: Option<String>,
    /// Set: updates come by webhook with this secret, and polling is off.
    webhook: Option<SecretString>,
}

impl std::fmt::Debug for Telegram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Telegram")
            .field("id", &self.id)
            .field("webhook", &self.webhook.is_some())
            .finish_non_exhaustive()
    }
}

impl Telegram {
    /// Checks the configuration; connects only when there is something to do.
    ///
    /// # Errors
    /// [`TelegramError::Token`] or [`TelegramError::ApiUrl`] when these cannot be right.
    pub fn new(config: TelegramConfig) -> Result<Telegram, TelegramError> {
        let token = config.token.expose_secret().trim().to_owned();
        let (id, rest) = token.split_once(':').ok_or(TelegramError::Token)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if id.is_empty() || rest.is_empty() || !id.bytes().all(|b| b.is_ascii_digit()) || !rest.chars().all(plain) {
            return Err(TelegramError::Token);
        }
        let base = config.api_url.as_deref().unwrap_or("https://api.telegram.org").trim_end_matches('/').to_owned();
        let bot = |limit: Duration| -> Result<teloxide::Bot, TelegramError> {
            let client = teloxide::net::default_reqwest_settings()
                .timeout(limit)
                .build()
                .map_err(|_| TelegramError::Platform("TLS cannot be set up".to_owned()))?;
            let bot = teloxide::Bot::with_client(token.clone(), client);
            Ok(bot.set_api_url(base.parse().map_err(|_| TelegramError::ApiUrl)?))
        };
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(TelegramError::ApiUrl);
        }
        Ok(Telegram {
            bot: bot(CALL)?,
            patient: bot(POLL_MOST + POLL_GRACE)?,
            id: id.to_owned(),
            base,
            username: config.bot_username,
            token: SecretString::from(token),
            webhook: None,
        })
    }

    /// Updates come by webhook, with this secret in each call: polling is off.
    #[must_use]
    pub fn with_webhook(self, secret: SecretString) -> Telegram {
        Telegram { webhook: Some(secret), ..self }
    }

    /// Asks Telegram to bring updates to `url` with a secret in each call (Bot API, setWebhook).
    ///
    /// # Errors
    /// [`TelegramError::Secret`] for a secret that Telegram would not take, else what the platform said.
    pub async fn set_webhook(&self, url: &str, secret: &SecretString) -> Result<(), TelegramError> {
        check_webhook_secret(secret.expose_secret())?;
        let url = url.parse().map_err(|_| TelegramError::Platform("the webhook's address is no address".to_owned()))?;
        let allowed = [
            AllowedUpdate::Message,
            AllowedUpdate::EditedMessage,
            AllowedUpdate::CallbackQuery,
            AllowedUpdate::MyChatMember,
        ];
        let call = self.bot.set_webhook(url).secret_token(secret.expose_secret().to_owned()).allowed_updates(allowed);
        call.await.map(|_| ()).map_err(|e| TelegramError::Platform(verdict::told(&e)))
    }

    /// Asks Telegram to keep updates for polling; nothing that waits is dropped.
    ///
    /// # Errors
    /// What the platform said.
    pub async fn delete_webhook(&self) -> Result<(), TelegramError> {
        self.bot.delete_webhook().await.map(|_| ()).map_err(|e| TelegramError::Platform(verdict::told(&e)))
    }

    async fn call_get_updates(&self, after: Option<i64>, wait: Duration) -> Result<Vec<Update>, PollError> {
        let again = |reason: &str| PollError::Wait { after: POLL_AGAIN, reason: reason.to_owned() };
        let address = format!("{}/bot{}/getUpdates", self.base, self.token.expose_secret());
        let body = json!({
            "offset": after.map(|id| id + 1),
            "timeout": wait.min(POLL_MOST).as_secs(),
            "allowed_updates": UPDATES,
        });
        let call =
            self.patient.client().post(address).header("content-type", "application/json").body(body.to_string());
        let answer = call.send().await.map_err(|_| again("Telegram cannot be reached"))?;
        let text = answer.text().await.map_err(|_| again("the answer was cut off"))?;
        let answer: Value = serde_json::from_str(&text).map_err(|_| again("the answer is no JSON"))?;
        if answer["ok"] != true {
            return Err(poll_error(&answer));
        }
        let updates = answer["result"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(updates.iter().filter_map(parse_update).collect())
    }
}

/// What a refused poll means (Bot API, "Making requests").
fn poll_error(answer: &Value) -> PollError {
    let said = answer["description"].as_str().unwrap_or("no reason given").to_owned();
    match answer["error_code"].as_i64() {
        Some(401 | 404) => PollError::Fatal("the bot token is not accepted; check [telegram] token".to_owned()),
        Some(409) => PollError::Fatal(format!("{said}; only one program may poll a bot, and no webhook may be set")),
        Some(429) => {
            let seconds = answer["parameters"]["retry_after"].as_u64().unwrap_or(30);
            PollError::Wait { after: Duration::from_secs(seconds), reason: said }
        }
        _ => PollError::Wait { after: POLL_AGAIN, reason: said },
    }
}

#[async_trait]
impl Channel for Telegram {
    fn name(&self) -> &str {
        "telegram"
    }

    fn account(&self) -> String {
        self.id.clone()
    }

    fn features(&self) -> Features {
        let limit = |scope, count, seconds| Limit { scope, count, per: Duration::from_secs(seconds) };
        Features {
            dialect: Dialect::TelegramHtml,
            buttons: true,
            edit: true,
            max_text: MAX_TEXT,
            // Bot FAQ, "My bot is hitting limits": about these; the platform names no exact ones.
            limits: vec![
                limit(LimitScope::Chat, 1, 1),
                limit(LimitScope::Group, 20, 60),
                limit(LimitScope::Bot, 30, 1),
            ],
            idempotent: false,
            polls: self.webhook.is_none(),
            confidential: false,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        let Some(chat) = chat_id(&message.address) else { return not_a_chat() };
        let mut call =
            self.bot.send_message(chat, &message.text).parse_mode(ParseMode::Html).link_preview_options(no_preview());
        if let Some(answered) = message.reply_to.as_deref().and_then(|id| id.parse().ok()) {
            call = call.reply_parameters(ReplyParameters::new(MessageId(answered)).allow_sending_without_reply());
        }
        if !message.buttons.is_empty() {
            call = call.reply_markup(keyboard(&message.buttons));
        }
        match call.await {
            Ok(sent) => Outcome::Accepted { platform_id: Some(sent.id.0.to_string()) },
            Err(error) => verdict::of(&error, chat),
        }
    }

    async fn edit(&self, platform_id: &str, message: &Outgoing) -> Outcome {
        let Some(chat) = chat_id(&message.address) else { return not_a_chat() };
        let Ok(id) = platform_id.parse() else {
            return Outcome::Refused { reason: "not a message id of Telegram".to_owned() };
        };
        let call = self
            .bot
            .edit_message_text(chat, MessageId(id), &message.text)
            .parse_mode(ParseMode::Html)
            .link_preview_options(no_preview())
            .reply_markup(keyboard(&message.buttons));
        match call.await {
            Ok(edited) => Outcome::Accepted { platform_id: Some(edited.id.0.to_string()) },
            Err(error) if verdict::is_unchanged(&error) => {
                Outcome::Accepted { platform_id: Some(platform_id.to_owned()) }
            }
            Err(error) => verdict::of(&error, chat),
        }
    }

    async fn answer_button(&self, callback: &str, note: &str) -> Outcome {
        let note: String = note.chars().take(MAX_NOTE).collect();
        match self.bot.answer_callback_query(CallbackQueryId(callback.to_owned())).text(note).await {
            Ok(_) => Outcome::Accepted { platform_id: None },
            Err(error) => verdict::of(&error, ChatId(0)),
        }
    }

    async fn poll(&self, offset: Option<i64>, wait: Duration) -> Result<Vec<Update>, PollError> {
        if self.webhook.is_some() {
            return Err(PollError::Fatal("updates come by webhook".to_owned()));
        }
        self.call_get_updates(offset, wait).await
    }

    fn called(&self, call: &Call<'_>) -> Called {
        let Some(secret) = &self.webhook else { return Called::NotHere };
        if !webhook_secret_ok(secret, call.headers.get(SECRET_HEADER).and_then(|v| v.to_str().ok())) {
            return Called::Refused { reason: "wrong secret" };
        }
        let update = serde_json::from_str(call.body).ok().and_then(|v| parse_update(&v));
        if update.is_none() {
            // Confirmed all the same: Telegram would bring it again for ever.
            tracing::warn!("an update from Telegram could not be read");
        }
        Called::Heard { updates: update.into_iter().collect(), answer: String::new() }
    }

    /// Bot API, Chat: ids of groups are negative.
    fn is_group(&self, address: &str) -> bool {
        address.trim().starts_with('-')
    }

    async fn announce(&self, site: Option<&str>) -> Result<(), String> {
        if let (Some(secret), Some(url)) = (&self.webhook, site) {
            let hook = format!("{}/hook/telegram", url.trim_end_matches('/'));
            return self.set_webhook(&hook, secret).await.map_err(|e| e.to_string());
        }
        // A webhook left over from before would keep polling from working.
        if let Err(error) = self.delete_webhook().await {
            tracing::warn!(%error, "Telegram could not be asked to deliver by polling; going on");
        }
        Ok(())
    }

    async fn check(&self) -> Result<String, String> {
        let me = self.bot.get_me().await.map_err(|e| verdict::told(&e))?;
        let name = me.username.clone().unwrap_or_default();
        if self.username.as_ref().is_some_and(|set| set.trim_start_matches('@') != name) {
            return Err(format!("the token belongs to @{name}, not to the configured bot_username"));
        }
        let hook = self.bot.get_webhook_info().await.map_err(|e| verdict::told(&e))?;
        let by = match (self.webhook.is_none(), hook.url.is_some()) {
            (true, false) => "updates by polling",
            (true, true) => "a webhook is still set; `serve` removes it",
            (false, true) => "updates by webhook",
            (false, false) => "the webhook is not set yet; `serve` sets it",
        };
        let trouble = hook.last_error_message.map_or(String::new(), |e| format!("; last webhook error: {e}"));
        Ok(format!("@{name}, {by}, {} updates waiting{trouble}", hook.pending_update_count))
    }
}

fn chat_id(address: &str) -> Option<ChatId> {
    address.trim().parse().ok().map(ChatId)
}

fn not_a_chat() -> Outcome {
    Outcome::AddressGone { reason: "not a chat id of Telegram".to_owned() }
}

fn no_preview() -> LinkPreviewOptions {
    LinkPreviewOptions {
        is_disabled: true,
        url: None,
        prefer_small_media: false,
        prefer_large_media: false,
        show_above_text: false,
    }
}

fn keyboard(buttons: &[Vec<Button>]) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new(
        buttons.iter().map(|row| row.iter().map(|b| InlineKeyboardButton::callback(&b.label, &b.action))),
    )
}

/// Is the secret in a webhook call (`X-Telegram-Bot-Api-Secret-Token`) ours? Takes the same time for
/// any wrong one of the same length.
pub fn webhook_secret_ok(secret: &SecretString, given: Option<&str>) -> bool {
    given.is_some_and(|given| secret.expose_secret().as_bytes().ct_eq(given.as_bytes()).into())
}

/// Would Telegram take this secret (Bot API, setWebhook)?
///
/// # Errors
/// [`TelegramError::Secret`] otherwise.
pub fn check_webhook_secret(secret: &str) -> Result<(), TelegramError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if (1..=256).contains(&secret.len()) && secret.bytes().all(plain) { Ok(()) } else { Err(TelegramError::Secret) }
}
