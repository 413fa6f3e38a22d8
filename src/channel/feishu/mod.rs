//! Feishu (in other countries Lark): the bot of one self-built app, private chats, by the open platform's API
//! (<https://open.feishu.cn/document>, cited here by the names of its pages).
//!
//! Messages are cards ([`card`]): only those can be changed in place. What people say comes by calls to
//! `/hook/feishu`, signed and encrypted ([`event`]), or over a connection that goes out from here ([`connection`], made
//! of [`frame`]s); [`verdict`] says what a refusal means. A contact point is an open
//! id (`ou_…`), which the platform gives each person for this app alone. User ids and mail addresses can be written
//! to as well; answers always come from the open id. Knows neither items nor people.

mod card;
mod connection;
mod event;
mod frame;
pub(crate) mod section;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use reqwest::{Client, Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::access::{Access, Shared};
use super::api::{self, Answer};
use super::{Call, Called, Channel, Clock, Dialect, Features, Limit, LimitScope, Outcome, Outgoing, PollError};
use dutybell_core::inbound::{Batch, Position};

/// The platform's own address; Lark's is `https://open.larksuite.com`.
const API: &str = "https://open.feishu.cn";
const MESSAGES: &str = "/open-apis/im/v1/messages";
/// Longest text of one message, in UTF-16 units. A call with a card may have 30 KB ("Send message"). The card is JSON
/// within JSON: a Chinese character takes three bytes in it, a quotation mark four. That leaves a quarter for buttons.
const MAX_TEXT: usize = 5_500;

/// A self-built app with a bot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeishuConfig {
    /// As the developer console shows it: `cli_…`.
    pub app_id: String,
    /// Better in `app_secret_file`.
    pub app_secret: SecretString,
    /// What calls of the platform are signed and encrypted with. Left out: what people say comes over a connection
    /// that goes out from here.
    #[serde(default)]
    pub encrypt_key: Option<SecretString>,
    /// A word that each call holds, checked besides.
    #[serde(default)]
    pub verification_token: Option<SecretString>,
    /// Another platform than Feishu's own, such as Lark's.
    #[serde(default)]
    pub api_url: Option<String>,
}

/// Why the app cannot be used. No text contains a secret.
#[derive(Debug, thiserror::Error)]
pub enum FeishuError {
    #[error("feishu: app_id does not look like cli_…; copy it again from the developer console")]
    AppId,
    #[error("feishu: {0} must be one word of visible characters")]
    Secret(&'static str),
    #[error("feishu: verification_token alone proves nothing; set an encrypt_key in the developer console, too")]
    TokenAlone,
    #[error("feishu: {0}")]
    Other(String),
}

/// How people are heard.
enum Hears {
    Calls(event::Keys),
    Connection(connection::Connection),
}

/// The Feishu channel.
pub struct Feishu {
    client: Client,
    base: Url,
    app: String,
    secret: SecretString,
    hears: Hears,
    access: Access,
}

impl std::fmt::Debug for Feishu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feishu").field("app", &self.app).finish_non_exhaustive()
    }
}

impl Feishu {
    /// Checks the configuration; connects only when there is something to do.
    ///
    /// # Errors
    /// [`FeishuError`] for values that cannot be right.
    pub fn new(config: &FeishuConfig, clock: Clock) -> Result<Feishu, FeishuError> {
        let app = config.app_id.trim().to_owned();
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if !app.strip_prefix("cli_").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain)) {
            return Err(FeishuError::AppId);
        }
        let word = |name: &'static str, secret: &SecretString| {
            let text = secret.expose_secret().trim();
            let good = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
            if good { Ok(SecretString::from(text)) } else { Err(FeishuError::Secret(name)) }
        };
        let key = config.encrypt_key.as_ref().map(|k| word("encrypt_key", k)).transpose()?;
        let token = config.verification_token.as_ref().map(|t| word("verification_token", t)).transpose()?;
        let hears = match (key, token) {
            (Some(key), token) => Hears::Calls(event::Keys { key, token }),
            (None, Some(_)) => return Err(FeishuError::TokenAlone),
            (None, None) => Hears::Connection(connection::Connection::new(&app).map_err(FeishuError::Other)?),
        };
        Ok(Feishu {
            client: api::client().map_err(FeishuError::Other)?,
            base: api::base(config.api_url.as_deref(), API).map_err(FeishuError::Other)?,
            secret: word("app_secret", &config.app_secret)?,
            hears,
            access: Access::new(format!("feishu {app}"), clock),
            app,
        })
    }

    /// Shares its access token with the other gateways of the office.
    #[must_use]
    pub fn with_shared(mut self, shared: Arc<dyn Shared>) -> Feishu {
        self.access.share(shared);
        self
    }

    /// Fetches a token ("Get custom app's tenant_access_token"). Nothing was sent yet, however it ends.
    async fn fetch(&self) -> Result<(String, i64), Outcome> {
        let body = json!({ "app_id": self.app, "app_secret": self.secret.expose_secret() });
        let path = "/open-apis/auth/v3/tenant_access_token/internal";
        let call = api::at(&self.client, &self.base, Method::POST, path, &[]);
        let answer = api::call(call, Some(&body)).await.map_err(|lost| later(lost.told()))?;
        let token = answer.body["tenant_access_token"].as_str().filter(|t| !t.is_empty());
        match (verdict::code(&answer), token) {
            (Some(0), Some(token)) => Ok((token.to_owned(), answer.body["expire"].as_i64().unwrap_or(0))),
            _ => Err(verdict::of_token(&answer)),
        }
    }

    /// One call with the token; a token that is refused is fetched anew, once.
    async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answer, Outcome> {
        let request = |token: &SecretString| {
            let call = api::at(&self.client, &self.base, method.clone(), path, query);
            Ok(call.bearer_auth(token.expose_secret()))
        };
        let answer = self.access.call(|| self.fetch(), request, body, verdict::is_token_refused).await?;
        if verdict::is_token_refused(&answer) {
            return Err(later("the platform does not take the access token that it gave"));
        }
        Ok(answer)
    }

    /// Answers a message ("Reply message"). `None`: there is nothing to answer any more.
    async fn reply(&self, quoted: &str, content: &str, uuid: &str) -> Option<Outcome> {
        let body = json!({ "msg_type": "interactive", "content": content, "uuid": uuid });
        let answer = match self.call(Method::POST, &format!("{MESSAGES}/{quoted}/reply"), &[], Some(&body)).await {
            Ok(answer) => answer,
            Err(outcome) => return Some(outcome),
        };
        (!verdict::is_quoted_gone(&answer)).then(|| sent(&answer))
    }
}

#[async_trait]
impl Channel for Feishu {
    fn name(&self) -> &str {
        "feishu"
    }

    fn account(&self) -> String {
        self.app.clone()
    }

    fn features(&self) -> Features {
        let limit = |scope, count, seconds| Limit { scope, count, per: Duration::from_secs(seconds) };
        Features {
            dialect: Dialect::Plain,
            buttons: true,
            edit: true,
            max_text: MAX_TEXT,
            // "Send message": 5 a second to one user or group, 50 a second and 1,000 a minute in all. The last is
            // kept by even spacing, which keeps the one before it, too.
            limits: vec![
                limit(LimitScope::Chat, 5, 1),
                limit(LimitScope::Group, 5, 1),
                limit(LimitScope::Bot, 1_000, 60),
            ],
            // "Send message", uuid: for an hour.
            idempotent: true,
            polls: matches!(self.hears, Hears::Connection(_)),
            // The platform can read what is said.
            confidential: false,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        let Some(kind) = address_kind(&message.address) else {
            return Outcome::AddressGone { reason: "not an id or mail address of Feishu".to_owned() };
        };
        let (content, uuid) = (card::card(message).to_string(), uuid(&message.key));
        if let Some(quoted) = message.reply_to.as_deref().filter(|id| is_message_id(id))
            && let Some(outcome) = self.reply(quoted, &content, &uuid).await
        {
            return outcome;
        }
        let body = json!({
            "receive_id": message.address.trim(), "msg_type": "interactive", "content": content, "uuid": uuid,
        });
        match self.call(Method::POST, MESSAGES, &[("receive_id_type", kind)], Some(&body)).await {
            Ok(answer) => sent(&answer),
            Err(outcome) => outcome,
        }
    }

    /// "Update message card": within 14 days.
    async fn edit(&self, platform_id: &str, message: &Outgoing) -> Outcome {
        if !is_message_id(platform_id) {
            return Outcome::Refused { reason: "not a message id of Feishu".to_owned() };
        }
        let body = json!({ "content": card::card(message).to_string() });
        match self.call(Method::PATCH, &format!("{MESSAGES}/{platform_id}"), &[], Some(&body)).await {
            Ok(answer) => {
                verdict::of(&answer).unwrap_or_else(|| Outcome::Accepted { platform_id: Some(platform_id.to_owned()) })
            }
            Err(outcome) => outcome,
        }
    }

    fn called(&self, call: &Call<'_>) -> Called {
        match &self.hears {
            Hears::Calls(keys) => event::called(keys, &self.app, call),
            Hears::Connection(_) => Called::NotHere,
        }
    }

    async fn poll_from(&self, position: &Position, wait: Duration) -> Result<Batch, PollError> {
        match &self.hears {
            Hears::Connection(connection) => connection.poll(self, position.token.as_deref(), wait).await,
            Hears::Calls(_) => Err(PollError::Fatal("what people say comes by calls to /hook/feishu".to_owned())),
        }
    }

    fn is_group(&self, address: &str) -> bool {
        address_kind(address) == Some("chat_id")
    }

    async fn check(&self) -> Result<String, String> {
        let answer = self.call(Method::GET, "/open-apis/bot/v3/info", &[], None).await;
        let answer = answer.map_err(Outcome::told)?;
        if let Some(outcome) = verdict::of(&answer) {
            return Err(outcome.told());
        }
        let bot = &answer.body["bot"];
        // "Get bot information": 2 is in use.
        if let Some(status) = bot["activate_status"].as_i64().filter(|status| *status != 2) {
            return Err(format!("the app is not in use (activate_status {status}); publish and enable it"));
        }
        let name = bot["app_name"].as_str().unwrap_or("without a name");
        let hears = match self.hears {
            Hears::Calls(_) => "hears at /hook/feishu",
            Hears::Connection(_) => "hears over a long connection",
        };
        Ok(format!("bot {name} of {}, {hears}", self.app))
    }
}

/// What a call to send came to.
fn sent(answer: &Answer) -> Outcome {
    verdict::of(answer).unwrap_or_else(|| Outcome::Accepted {
        platform_id: answer.body["data"]["message_id"].as_str().map(str::to_owned),
    })
}

fn later(reason: &str) -> Outcome {
    Outcome::Transient { reason: reason.to_owned() }
}

/// `receive_id_type` by the look of an address ("Send message", "How to get different user IDs"); a user id is given by
/// the company, and may look like anything.
fn address_kind(address: &str) -> Option<&'static str> {
    let address = address.trim();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let parts = address.split_once('@');
    match address.get(..3) {
        Some("ou_") => Some("open_id"),
        Some("on_") => Some("union_id"),
        Some("oc_") => Some("chat_id"),
        _ if parts.is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.')) => Some("email"),
        _ => ((1..=64).contains(&address.len()) && address.bytes().all(plain)).then_some("user_id"),
    }
}

/// It stands in a path.
fn is_message_id(id: &str) -> bool {
    id.starts_with("om_") && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// "Send message", uuid: at most 50 characters; two calls with the same one are one message.
fn uuid(key: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(key.as_bytes())[..20])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_it_is() {
        for (address, kind) in [
            ("ou_7d8a6e6df7621556ce0d21922b676706ccs", Some("open_id")),
            ("on_cad4860e7af114fb4ff6c5d496d1dd76", Some("union_id")),
            ("oc_84983ff6516d731e5b5f68d4ea2e1da5", Some("chat_id")),
            ("li.na@example.org", Some("email")),
            ("3e3cf96b", Some("user_id")),
            ("li-na.2", Some("user_id")),
            ("", None),
            ("@", None),
            ("li na", None),
            ("李娜", None),
        ] {
            assert_eq!(address_kind(address), kind, "{address}");
        }
    }

    #[test]
    fn a_key_of_any_length_makes_a_uuid_that_the_platform_takes() {
        let (long, other) = (uuid(&"m".repeat(500)), uuid("m1"));
        assert!(long.len() <= 50 && long != other);
        assert_eq!(other, uuid("m1"));
    }
}
