//! WeCom's AI bot (企业微信智能机器人) by its long connection
//! (<https://developer.work.weixin.qq.com/document/path/101463>, cited here by the number of the page): nothing of the
//! office has to be reachable from outside.
//!
//! Everything goes over one connection, and a bot has one at a time: a second one throws the first out. [`connection`]
//! keeps it, at the gateway whose duty it is to hear ([`crate::gateway::run::receive`]); only that one is
//! [`Channel::ready`] to send. [`event`] reads what members say and press, [`verdict`] says what a refusal means. A contact
//! point is a member's UserID, or `group:` and a group's chatid. What fits on a card goes as a card, everything else as Markdown in which nothing is markup,
//! and its buttons as a card below it. Knows neither items nor people.

mod connection;
mod event;
pub(crate) mod section;
mod verdict;

use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::markup::markdown;
use super::wecom::card::{CARD, card};
use super::{Channel, Dialect, Features, Limit, LimitScope, Outcome, Outgoing, PollError, api, heard};
use connection::Connection;
use dutybell_core::inbound::{Batch, Position};
use event::Press;

/// WeCom's own address (101463).
const OWN: &str = "wss://openws.work.weixin.qq.com";
/// Longest text of one message, in UTF-16 units: 20,480 bytes of Markdown, three a Chinese character (101463).
const MAX_TEXT: usize = 20_480 / 3;
/// Longest UserID or chatid, in bytes.
const LONGEST_ID: usize = 64;
/// With this the address of a group begins; its chatid follows.
const GROUP: &str = "group:";
/// The button that is left on a card that was answered.
const ANSWERED: &str = "✓";

/// An AI bot in API mode by long connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeComBotConfig {
    /// Bot ID, as the bot's page shows it.
    pub bot_id: String,
    /// Secret for the long connection; better in `secret_file`.
    pub secret: SecretString,
    /// Another address than WeCom's own: `wss://…`.
    #[serde(default)]
    pub api_url: Option<String>,
}

/// The bot.
pub struct WeComBot {
    bot: String,
    connection: Connection,
}

impl std::fmt::Debug for WeComBot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WeComBot").field("bot", &self.bot).finish_non_exhaustive()
    }
}

impl WeComBot {
    /// Checks the configuration; connects only when there is something to do.
    ///
    /// # Errors
    /// Names the setting that cannot be right; never a secret.
    pub fn new(config: WeComBotConfig) -> Result<WeComBot, String> {
        let word = |name: &str, text: &str| match text.trim() {
            text if !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()) => Ok(text.to_owned()),
            _ => Err(format!("[wecom_bot] {name} must be one word of visible characters")),
        };
        let bot = word("bot_id", &config.bot_id)?;
        let secret = word("secret", config.secret.expose_secret())?.into();
        let place = place(config.api_url.as_deref().unwrap_or(OWN)).map_err(|why| format!("[wecom_bot] {why}"))?;
        let connection = Connection::new(&bot, secret, place).map_err(|why| format!("[wecom_bot] {why}"))?;
        Ok(WeComBot { bot, connection })
    }

    /// How long other gateways wait before one takes over: so long a connection is kept at which nobody asks, as what
    /// comes over it can still be stored. Left out: a minute.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> WeComBot {
        self.connection.left = lease;
        self
    }

    /// Sends a message to a chat; gives the frame's id and its answer.
    async fn push(&self, address: &str, mut body: Value) -> Result<(String, Value), Outcome> {
        let (id, kind) = chat(address).unwrap_or((address, 1));
        body["chatid"] = json!(id);
        body["chat_type"] = json!(kind);
        let id = self.connection.fresh("aibot_send_msg");
        let answer = self.connection.call("aibot_send_msg", &id, &body).await.map_err(|lost| lost.outcome())?;
        Ok((id, answer))
    }

    async fn push_card(&self, user: &str, card: Value, task: String) -> Outcome {
        let body = json!({ "msgtype": "template_card", "template_card": with_whole_keys(card) });
        match self.push(user, body).await {
            // These very words were taken before, and only their answer was lost.
            Ok((_, answer)) if verdict::is_used(&answer) => Outcome::Accepted { platform_id: Some(task) },
            Ok((_, answer)) => verdict::of(&answer).unwrap_or(Outcome::Accepted { platform_id: Some(task) }),
            Err(outcome) => outcome,
        }
    }
}

/// An address to which the secret may go: without TLS it would cross the network readable.
fn place(given: &str) -> Result<Url, String> {
    let given = given.trim();
    // The same rule as for calls.
    let safe = given.strip_prefix("ws").and_then(|rest| api::address(&format!("http{rest}")));
    safe.and_then(|_| Url::parse(given).ok())
        .ok_or_else(|| format!("api_url = {given:?} is not a wss:// address (ws:// is for this machine itself)"))
}

#[async_trait]
impl Channel for WeComBot {
    fn name(&self) -> &str {
        "wecom_bot"
    }

    fn account(&self) -> String {
        self.bot.clone()
    }

    fn features(&self) -> Features {
        Features {
            dialect: Dialect::Plain,
            buttons: true,
            // A card can be changed within five seconds after a press, which `answer_button` does; texts never.
            edit: false,
            max_text: MAX_TEXT,
            // 101463: 30 a minute and 1,000 an hour to one chat, answers included. This keeps below both, even if each
            // message has a card below it.
            limits: vec![Limit { scope: LimitScope::Chat, count: 8, per: Duration::from_secs(60) }],
            // Of cards the same one is taken once only; of texts nothing is said.
            idempotent: false,
            polls: true,
            // It passes through, and stays on, servers outside the office.
            confidential: false,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        if chat(&message.address).is_none() {
            return Outcome::AddressGone { reason: "not a UserID of WeCom".to_owned() };
        }
        if let Some((card, task)) = card(message, &message.text) {
            return self.push_card(&message.address, card, task).await;
        }
        let text = json!({ "msgtype": "markdown", "markdown": { "content": markdown(&message.text) } });
        let outcome = match self.push(&message.address, text).await {
            // WeCom gives texts no id; the frame's own is as good.
            Ok((id, answer)) => verdict::of(&answer).unwrap_or(Outcome::Accepted { platform_id: Some(id) }),
            Err(outcome) => outcome,
        };
        if let (Outcome::Accepted { .. }, Some((card, task))) = (&outcome, card(message, &headline(&message.text)))
            && let below @ Outcome::Accepted { .. } = self.push_card(&message.address, card, task).await
        {
            return below;
        }
        // A card that did not come is no loss: the words to answer with stand in the text.
        outcome
    }

    /// 101463, "更新模板卡片": within five seconds after the press, in answer to it.
    async fn answer_button(&self, callback: &str, note: &str) -> Outcome {
        let Some(press) = Press::parse(callback) else {
            return Outcome::Refused { reason: "no press of a card".to_owned() };
        };
        let said: String = format!("→ {note}").chars().take(CARD.1).collect();
        let card = json!({
            "card_type": "button_interaction",
            "main_title": { "title": press.title },
            "sub_title_text": said,
            // A card of this kind has a button; a press of this one says nothing.
            "button_list": [{ "text": ANSWERED, "style": 1, "key": event::NOTHING }],
            "task_id": press.task,
        });
        let body = json!({ "response_type": "update_template_card", "template_card": card });
        match self.connection.call("aibot_respond_update_msg", &press.id, &body).await {
            Ok(answer) => verdict::of(&answer).unwrap_or(Outcome::Accepted { platform_id: None }),
            Err(lost) => lost.outcome(),
        }
    }

    async fn poll_from(&self, position: &Position, wait: Duration) -> Result<Batch, PollError> {
        self.connection.poll(position.token.as_deref(), wait).await
    }

    fn is_group(&self, address: &str) -> bool {
        address.starts_with(GROUP)
    }

    fn ready(&self) -> bool {
        self.connection.is_ready()
    }

    /// A second connection would throw out the gateway that runs, so no more than the way is tried.
    async fn check(&self) -> Result<String, String> {
        if self.connection.is_open() {
            return Ok(format!("bot {} is connected", self.bot));
        }
        let place = &self.connection.place;
        heard::connect(place, connection::MOST).await.map_err(told)?;
        let host = place.host_str().unwrap_or_default();
        Ok(format!("bot {}, {host} can be reached; its secret is tried when a gateway connects", self.bot))
    }

    async fn first_check(&self) -> Result<String, String> {
        self.connection.subscribe_once().await.map_err(told)?;
        Ok(format!("bot {} was let in", self.bot))
    }
}

fn told(error: PollError) -> String {
    match error {
        PollError::Wait { reason, .. } | PollError::Fatal(reason) => reason,
    }
}

/// The chat behind an address, and its kind (101463: 1 is a chat of two, 2 a group); `None` for what can be neither a
/// member's UserID nor a group's chatid.
fn chat(address: &str) -> Option<(&str, u8)> {
    let (id, kind) = address.strip_prefix(GROUP).map_or((address, 1), |id| (id, 2));
    let good = (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@'))
        && !id.starts_with('@');
    good.then_some((id, kind))
}

/// The first line of a text, as much of it as a card's title shows.
fn headline(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match line.chars().count() > CARD.0 {
        true => line.chars().take(CARD.0 - 1).chain(['…']).collect(),
        false => line.to_owned(),
    }
}

/// What a press brings back is the button's key, 1,024 bytes at most: it holds what the card says, too, so that any
/// gateway can write the card anew.
fn with_whole_keys(mut card: Value) -> Value {
    let title = card["main_title"]["title"].as_str().unwrap_or_default().to_owned();
    for button in card["button_list"].as_array_mut().into_iter().flatten() {
        let action = button["key"].as_str().unwrap_or_default();
        button["key"] = json!(event::key(action, &title));
    }
    card
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_goes_nowhere_in_the_clear() {
        for good in [OWN, "ws://127.0.0.1:7001/bot", "wss://proxy.example.org/wecom", "ws://localhost"] {
            assert!(place(good).is_ok(), "{good}");
        }
        for bad in ["ws://proxy.example.org", "https://openws.work.weixin.qq.com", "openws.work.weixin.qq.com", ""] {
            assert!(place(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_or_a_list_is_no_address() {
        for good in ["ZhangSan", "zhang.san@gov", "z-3_1"] {
            assert_eq!(chat(good), Some((good, 1)), "{good}");
        }
        assert_eq!(chat("group:wrExample"), Some(("wrExample", 2)));
        for bad in ["", "张三", "@all", "a|b", "a b", "group:", "group:@all", &*"x".repeat(65)] {
            assert_eq!(chat(bad), None, "{bad}");
        }
    }
}
