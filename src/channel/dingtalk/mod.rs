//! DingTalk (钉钉): the robot of an app that the organisation made for itself, by the open platform's new API
//! (<https://open.dingtalk.com/document/>, cited here as DOC by the last part of a page's address).
//!
//! A contact point is a userid of the organisation, or `group:` and a group's openConversationId. [`text`] says in which form a message goes out; with a template of
//! the organisation's own, messages with buttons go as a [`card`]. [`verdict`] says what a refusal means, [`stream`] hears what people write ([`message`] reads it) over a connection that goes out from here,
//! so that no port is open. Knows neither items nor people.

mod card;
mod message;
pub(crate) mod section;
mod stream;
mod text;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Client, Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::access::{Access, Shared};
use super::{Channel, Clock, Dialect, Features, Limit, LimitScope, Outcome, Outgoing, PollError, api};
use dutybell_core::inbound::{Batch, Position};
use stream::Stream;

pub use card::read_press;
pub use message::read_message;

/// DingTalk's own address.
const OWN: &str = "https://api.dingtalk.com";
/// The header in which calls carry the access token (DOC, chatbots-send-one-on-one-chat-messages-in-batches).
const TOKEN: &str = "x-acs-dingtalk-access-token";
/// Longest text of one message, in UTF-16 units: three bytes each in Chinese, under [`text::MOST`] with what is
/// escaped.
const MAX_TEXT: usize = 4_000;
/// With this the address of a group begins; its openConversationId follows.
const GROUP: &str = "group:";

/// The app and its robot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DingtalkConfig {
    /// Client ID of the app; older pages call it AppKey.
    pub client_id: String,
    /// Better in `client_secret_file`.
    pub client_secret: SecretString,
    /// Of the robot; left out: the same as `client_id`, as with an app's own robot.
    #[serde(default)]
    pub robot_code: Option<String>,
    /// Id of the template for interactive cards (`….schema`), see `docs/channels/dingtalk.md`; left out: messages with
    /// buttons go in the robot's own forms.
    #[serde(default)]
    pub card_template: Option<String>,
    /// Another address than DingTalk's own.
    #[serde(default)]
    pub api_url: Option<String>,
}

/// Why the app cannot be used. No text contains the secret.
#[derive(Debug, thiserror::Error)]
pub enum DingtalkError {
    #[error("dingtalk: {0} must be one word of visible characters")]
    Word(&'static str),
    #[error("dingtalk: {0}")]
    Api(String),
}

/// The DingTalk channel.
pub struct Dingtalk {
    app: App,
    robot: String,
    template: Option<String>,
    access: Access,
    stream: Stream,
}

/// What both directions need: the address, and who we are there.
struct App {
    client: Client,
    base: Url,
    id: String,
    secret: SecretString,
}

impl std::fmt::Debug for Dingtalk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dingtalk").field("id", &self.app.id).field("robot", &self.robot).finish_non_exhaustive()
    }
}

impl Dingtalk {
    /// Checks the configuration; connects only when there is something to do.
    ///
    /// # Errors
    /// See [`DingtalkError`]: a fault in the configuration, never an unreachable platform.
    pub fn new(config: DingtalkConfig, clock: Clock) -> Result<Dingtalk, DingtalkError> {
        let word = |name, text: &str| match text.trim() {
            text if !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()) => Ok(text.to_owned()),
            _ => Err(DingtalkError::Word(name)),
        };
        let id = word("client_id", &config.client_id)?;
        let secret = word("client_secret", config.client_secret.expose_secret())?.into();
        let robot = word("robot_code", config.robot_code.as_deref().unwrap_or(&id))?;
        let base = api::base(config.api_url.as_deref(), OWN).map_err(DingtalkError::Api)?;
        let client = api::client().map_err(DingtalkError::Api)?;
        let access = Access::new(format!("dingtalk {id}"), clock);
        let template = config.card_template.as_deref().map(|t| word("card_template", t)).transpose()?;
        let stream = Stream::new(template.is_some()).map_err(DingtalkError::Api)?;
        Ok(Dingtalk { app: App { client, base, id, secret }, robot, template, access, stream })
    }

    /// Access tokens are kept where all gateways of the office find them.
    #[must_use]
    pub fn with_shared(mut self, shared: Arc<dyn Shared>) -> Dingtalk {
        self.access.share(shared);
        self
    }

    /// How long other gateways wait before one takes over: so long a connection is kept at which nobody asks, as what
    /// comes over it can still be stored. Left out: a minute.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Dingtalk {
        self.stream.left = lease;
        self
    }

    async fn token(&self) -> Result<SecretString, Outcome> {
        self.access.token(self.app.fetch_token()).await
    }

    /// A call in the app's name. A token that is refused is forgotten, and one more is fetched.
    async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, Outcome> {
        let request = |token: &SecretString| {
            let request = api::at(&self.app.client, &self.app.base, method.clone(), path, &[]);
            Ok(request.header(TOKEN, verdict::hidden(token)?))
        };
        let fetch = || self.app.fetch_token();
        verdict::of(self.access.call(fetch, request, Some(body), verdict::is_about_the_token).await?)
    }
}

impl Dingtalk {
    /// Sends in one of the robot's own forms.
    async fn send_form(&self, user: &str, (kind, parameters): (&'static str, String)) -> Outcome {
        let body = json!({
            "robotCode": self.robot,
            "userIds": [user],
            "msgKey": kind,
            // A string with JSON in it.
            "msgParam": parameters,
        });
        match self.call(Method::POST, "/v1.0/robot/oToMessages/batchSend", &body).await {
            Ok(answer) => verdict::of_send(&answer),
            Err(outcome) => outcome,
        }
    }

    /// DOC, the-robot-sends-a-group-message: into a group that the robot was put into.
    async fn send_to_group(&self, group: &str, (kind, parameters): (&'static str, String)) -> Outcome {
        if !is_user_id(group) {
            return Outcome::AddressGone { reason: "not an openConversationId of DingTalk".to_owned() };
        }
        let body = json!({
            "robotCode": self.robot, "openConversationId": group, "msgKey": kind, "msgParam": parameters,
        });
        match self.call(Method::POST, "/v1.0/robot/groupMessages/send", &body).await {
            Ok(answer) => verdict::of_send(&answer),
            Err(outcome) => outcome,
        }
    }

    /// Sends as a card. `None`: nobody got one, and it may go in another form.
    async fn send_card(&self, call: &Value, id: String) -> Option<Outcome> {
        let reason = match self.call(Method::POST, "/v1.0/card/instances/createAndDeliver", call).await {
            Ok(answer) => match card::not_delivered(&answer) {
                None => return Some(Outcome::Accepted { platform_id: Some(id) }),
                Some(reason) => reason,
            },
            Err(outcome @ (Outcome::RetryAfter { .. } | Outcome::Unknown { .. })) => return Some(outcome),
            Err(outcome) => outcome.told(),
        };
        tracing::warn!(reason, "DingTalk took no card, so the message goes without buttons; check card_template");
        None
    }
}

impl App {
    /// A new access token, and the seconds that it holds (DOC, obtain-the-access_token-of-an-internal-app).
    async fn fetch_token(&self) -> Result<(String, i64), Outcome> {
        let body = json!({ "appKey": self.id, "appSecret": self.secret.expose_secret() });
        let request = api::at(&self.client, &self.base, Method::POST, "/v1.0/oauth2/accessToken", &[]);
        // Nothing was sent to anybody by it, whatever became of the answer.
        let answer = api::call(request, Some(&body)).await;
        let answer = answer.map_err(|lost| Outcome::Transient { reason: lost.told().to_owned() })?;
        verdict::of_token(&answer)
    }
}

#[async_trait]
impl Channel for Dingtalk {
    fn name(&self) -> &str {
        "dingtalk"
    }

    fn account(&self) -> String {
        self.app.id.clone()
    }

    fn features(&self) -> Features {
        Features {
            // Buttons of a card bring their action back, those of other forms say words.
            dialect: if self.template.is_some() { Dialect::Plain } else { Dialect::Dingtalk },
            buttons: true,
            edit: self.template.is_some(),
            max_text: MAX_TEXT,
            // DOC, how-to-process-api-throttling-on-the-dingtalk-server: each app, each kind of call.
            limits: vec![Limit { scope: LimitScope::Bot, count: 20, per: Duration::from_secs(1) }],
            idempotent: false,
            polls: true,
            confidential: false,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        if let Some(group) = message.address.strip_prefix(GROUP) {
            return self.send_to_group(group, text::plain(message)).await;
        }
        if !is_user_id(&message.address) {
            return Outcome::AddressGone { reason: "not a userid of DingTalk".to_owned() };
        }
        let Some(template) = &self.template else {
            return self.send_form(&message.address, text::form(message)).await;
        };
        if !message.buttons.is_empty()
            && let Some((call, id)) = card::call(template, message)
            && let Some(outcome) = self.send_card(&call, id).await
        {
            return outcome;
        }
        // The words to answer with stand in the text.
        self.send_form(&message.address, text::plain(message)).await
    }

    /// DOC, interactive-card-update-interface.
    async fn edit(&self, platform_id: &str, message: &Outgoing) -> Outcome {
        let Some(change) = card::change(platform_id, message).filter(|_| self.template.is_some()) else {
            return Outcome::Refused { reason: "only cards can be changed".to_owned() };
        };
        match self.call(Method::PUT, "/v1.0/card/instances", &change).await {
            Ok(answer) if answer["success"] == false => {
                Outcome::Refused { reason: "DingTalk did not change the card".to_owned() }
            }
            Ok(_) => Outcome::Accepted { platform_id: Some(platform_id.to_owned()) },
            Err(outcome) => outcome,
        }
    }

    async fn poll_from(&self, position: &Position, wait: Duration) -> Result<Batch, PollError> {
        self.stream.poll(&self.app, position.token.as_deref(), wait).await
    }

    fn is_group(&self, address: &str) -> bool {
        address.starts_with(GROUP)
    }

    async fn check(&self) -> Result<String, String> {
        self.token().await.map_err(Outcome::told)?;
        // A ticket that is not used ends by itself after 90 seconds.
        let place = self.app.open(self.template.is_some()).await.map_err(|error| match error {
            PollError::Wait { reason, .. } | PollError::Fatal(reason) => reason,
        })?;
        let host = place.host_str().unwrap_or_default();
        Ok(format!("app {}, robot {} (tried when it first writes), Stream mode at {host}", self.app.id, self.robot))
    }
}

/// Organisations choose userids, up to 64 characters, and ids of groups are no longer; what is none at all need not be
/// asked about.
fn is_user_id(text: &str) -> bool {
    (1..=64).contains(&text.chars().count()) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}
