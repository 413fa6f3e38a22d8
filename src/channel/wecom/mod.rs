//! WeCom (企业微信): an app of the office's own corporation, by its server API
//! (<https://developer.work.weixin.qq.com/document/path/90236>, cited here by the number of the page).
//!
//! A contact point is a member's UserID. Messages with buttons that fit go as a card (`template_card`), everything
//! else as text. [`event`] reads what members say and press; WeCom calls us for that, so the office needs an address
//! that can be reached from outside. [`crypt`] proves and opens those calls; [`verdict`] says what a refusal means.
//! Knows neither items nor people.
//!
//! WeCom answers "ok" and drops what exceeds its limits per member (page 90454): only an answer proves that somebody
//! heard.

pub(super) mod card;
mod crypt;
mod event;
pub(crate) mod section;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{Access, Shared};
use super::api;
use super::{Call, Called, Channel, Clock, Dialect, Features, Limit, LimitScope, Outcome, Outgoing};
use crypt::Crypt;

/// Longest text of one message, in UTF-16 units: 2,048 bytes (page 90236), three a Chinese character.
const MAX_TEXT: usize = 2_048 / 3;
/// Longest label that takes the place of pressed buttons.
const NOTE: usize = 16;
/// Seconds in which WeCom drops the same call (page 90236: four hours at most).
const SAME_CALL: u32 = 14_400;

/// An app of a corporation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeComConfig {
    /// 企业ID, such as `ww0123456789abcdef`.
    pub corp_id: String,
    /// AgentId of the app.
    pub agent_id: u64,
    /// Secret of the app; better in `app_secret_file`.
    pub app_secret: SecretString,
    /// Token of the app's page 接收消息; better in `callback_token_file`.
    pub callback_token: SecretString,
    /// EncodingAESKey of that page, 43 characters; better in `aes_key_file`.
    pub aes_key: SecretString,
    /// Another server than WeCom's own.
    #[serde(default)]
    pub api_url: Option<String>,
}

/// The WeCom channel.
pub struct WeCom {
    client: Client,
    base: Url,
    corp: String,
    agent: u64,
    secret: SecretString,
    crypt: Crypt,
    access: Access,
}

impl std::fmt::Debug for WeCom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WeCom").field("corp", &self.corp).field("agent", &self.agent).finish_non_exhaustive()
    }
}

impl WeCom {
    /// Checks the configuration; connects only when there is something to do.
    ///
    /// # Errors
    /// Names the setting that cannot be right; never a secret.
    pub fn new(config: WeComConfig, clock: Clock) -> Result<WeCom, String> {
        let wrong = |what: String| format!("[wecom] {what}");
        let corp = config.corp_id.trim().to_owned();
        if corp.is_empty() || !corp.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
            return Err(wrong(format!("corp_id = {corp:?} does not look like ww0123456789abcdef")));
        }
        if config.app_secret.expose_secret().trim().is_empty() {
            return Err(wrong("app_secret is empty".to_owned()));
        }
        let crypt = Crypt::new(&config.callback_token, &config.aes_key, &corp).map_err(wrong)?;
        Ok(WeCom {
            client: api::client().map_err(wrong)?,
            base: api::base(config.api_url.as_deref(), "https://qyapi.weixin.qq.com").map_err(wrong)?,
            access: Access::new(format!("wecom {corp} {}", config.agent_id), clock),
            corp,
            agent: config.agent_id,
            secret: config.app_secret.expose_secret().trim().to_owned().into(),
            crypt,
        })
    }

    /// Keeps its access token where the office's other gateways find it.
    #[must_use]
    pub fn with_shared(mut self, shared: Arc<dyn Shared>) -> WeCom {
        self.access.share(shared);
        self
    }

    /// Page 91039: holds two hours; asked for again within them, WeCom gives the same one.
    async fn fetch_token(&self) -> Result<(String, i64), Outcome> {
        let query = [("corpid", self.corp.as_str()), ("corpsecret", self.secret.expose_secret())];
        let request = api::at(&self.client, &self.base, Method::GET, "/cgi-bin/gettoken", &query);
        // Nothing was asked for yet that could be done twice.
        let answer = api::call(request, None).await.map_err(|lost| later(lost.told()))?;
        let body = verdict::read(answer)?;
        match body["access_token"].as_str() {
            Some(token) if !token.is_empty() => Ok((token.to_owned(), body["expires_in"].as_i64().unwrap_or_default())),
            _ => Err(later("no access token was given")),
        }
    }

    /// One call with the access token; once more with a new one when it is no longer taken.
    async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Value, Outcome> {
        let request = |token: &SecretString| {
            let mut all = vec![("access_token", token.expose_secret())];
            all.extend(query);
            Ok(api::at(&self.client, &self.base, method.clone(), path, &all))
        };
        let answer = self.access.call(|| self.fetch_token(), request, body, verdict::is_token_refused).await?;
        verdict::read(answer)
    }

    /// A card when everything fits on it and is shown whole, else text.
    fn body(&self, message: &Outgoing) -> (Value, Option<String>) {
        let mut body = json!({ "touser": user(&message.address), "agentid": self.agent, "safe": 0 });
        let text = unlinked(&message.text);
        match card::card(message, &text) {
            Some((card, task)) => {
                body["msgtype"] = json!("template_card");
                body["template_card"] = card;
                // The task id in it makes it the same call only for the same message.
                body["enable_duplicate_check"] = json!(1);
                body["duplicate_check_interval"] = json!(SAME_CALL);
                (body, Some(task))
            }
            None => {
                body["msgtype"] = json!("text");
                body["text"] = json!({ "content": text });
                (body, None)
            }
        }
    }
}

#[async_trait]
impl Channel for WeCom {
    fn name(&self) -> &str {
        "wecom"
    }

    fn account(&self) -> String {
        format!("{}/{}", self.corp, self.agent)
    }

    fn features(&self) -> Features {
        Features {
            dialect: Dialect::Plain,
            buttons: true,
            // A card can be changed once after each press, which `answer_button` does; texts never.
            edit: false,
            max_text: MAX_TEXT,
            // Page 90454: 30 a minute and 1,000 an hour to one member, the excess is dropped without a word. Half of
            // the first keeps below both.
            limits: vec![Limit { scope: LimitScope::Chat, count: 15, per: Duration::from_secs(60) }],
            // The check for the same call compares whole calls; what is composed anew may differ.
            idempotent: false,
            polls: false,
            // It passes through, and stays on, servers outside the office.
            confidential: false,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        let to = user(&message.address);
        // `|` separates members, and `@all` means everybody (page 90236).
        if to.is_empty() || to.starts_with('@') || to.contains(['|', ',']) || to.chars().any(char::is_whitespace) {
            return Outcome::AddressGone { reason: "not a UserID of WeCom".to_owned() };
        }
        let (body, task) = self.body(message);
        match self.call(Method::POST, "/cgi-bin/message/send", &[], Some(&body)).await {
            Ok(answer) => match verdict::unreached(&answer, &to) {
                Some(reason) => Outcome::AddressGone { reason },
                None => {
                    let id = task.or_else(|| answer["msgid"].as_str().map(str::to_owned));
                    Outcome::Accepted { platform_id: id }
                }
            },
            Err(outcome) => outcome,
        }
    }

    async fn answer_button(&self, callback: &str, note: &str) -> Outcome {
        let Some((code, user)) = callback.split_once(' ') else {
            return Outcome::Refused { reason: "no press of a card".to_owned() };
        };
        let note: String = note.chars().take(NOTE).collect();
        let body = json!({
            "userids": [user], "agentid": self.agent, "response_code": code,
            "button": { "replace_name": note },
        });
        match self.call(Method::POST, "/cgi-bin/message/update_template_card", &[], Some(&body)).await {
            Ok(_) => Outcome::Accepted { platform_id: None },
            Err(outcome) => outcome,
        }
    }

    fn called(&self, call: &Call<'_>) -> Called {
        event::read(&self.crypt, self.agent, call)
    }

    async fn check(&self) -> Result<String, String> {
        let agent = self.agent.to_string();
        let app = self.call(Method::GET, "/cgi-bin/agent/get", &[("agentid", &agent)], None).await;
        let app = app.map_err(Outcome::told)?;
        let name = app["name"].as_str().unwrap_or("without a name");
        let closed = if app["close"] == 1 { "; the app is switched off" } else { "" };
        Ok(format!("app {name} ({}) of {}{closed}", self.agent, self.corp))
    }
}

fn later(reason: &str) -> Outcome {
    Outcome::Transient { reason: reason.to_owned() }
}

/// UserIDs are the same whatever their case (page 90195); WeCom itself answers with small letters.
fn user(address: &str) -> String {
    address.trim().to_lowercase()
}

/// Texts may carry `<a href=…>` (page 90236): what is not ours to link stays words.
fn unlinked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let tag = || text[at + 1..].trim_start_matches('/').starts_with(['a', 'A']);
        out.push(if c == '<' && tag() { '＜' } else { c });
    }
    out
}
