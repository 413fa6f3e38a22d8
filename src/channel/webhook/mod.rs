//! Webhooks: messages go out as HTTP calls, to a program of one's own or to a group's robot. Nothing comes back.
//!
//! A contact point names one of the configured hooks (`webhook:duty-group`): addresses, which are secrets with most
//! receivers, stand in the configuration only. [`preset`] says what each kind of receiver reads and answers; where a
//! call may lead, [`dutybell_system::net`]. The outbox repeats what failed. Knows neither items nor people.

mod preset;
pub(crate) mod section;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::api::CALL;
use super::{Channel, Clock, Dialect, Features, Limit, LimitScope, Outcome, Outgoing};
use dutybell_system::net::place::{self, Place};
use dutybell_system::net::{self, Lookup, System};

pub use preset::Preset;

/// One receiver.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// By which contact points name it.
    pub name: String,
    #[serde(default)]
    pub preset: Preset,
    /// Its address; whoever knows it may often write there: better in `hook_url_file`.
    pub hook_url: SecretString,
    /// `whsec_…` (standard), or what the robot signs with (DingTalk, Feishu).
    #[serde(default)]
    pub secret: Option<SecretString>,
    /// Sent as `Authorization: Bearer …` (ntfy, Apprise, programs of your own).
    #[serde(default)]
    pub token: Option<SecretString>,
    /// Several people read it; left out: all presets but `standard`.
    #[serde(default)]
    pub group: Option<bool>,
    /// Hosts, addresses and ranges of inner networks that may be written to.
    #[serde(default)]
    pub allow_private: Vec<String>,
    /// Certificates to trust besides the usual ones (PEM).
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

struct Hook {
    preset: Preset,
    group: bool,
    url: Url,
    secret: Option<SecretString>,
    token: Option<HeaderValue>,
    place: Place,
}

/// The webhook channel.
pub struct Webhooks {
    hooks: BTreeMap<String, Hook>,
    names: Arc<dyn Lookup>,
    clock: Clock,
}

impl std::fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhooks").field("hooks", &self.hooks.keys()).finish_non_exhaustive()
    }
}

impl Webhooks {
    /// Checks everything that can be checked without the receivers.
    ///
    /// # Errors
    /// Names the hook and the setting; never an address or a secret.
    pub fn new(configs: &[WebhookConfig], clock: Clock) -> Result<Webhooks, String> {
        let mut hooks = BTreeMap::new();
        for config in configs {
            let wrong = |what: String| format!("[[webhook]] {}: {what}", config.name);
            let hook = hook(config).map_err(wrong)?;
            if hooks.insert(config.name.clone(), hook).is_some() {
                return Err(wrong("there are two of that name".to_owned()));
            }
        }
        Ok(Webhooks { hooks, names: Arc::new(System), clock })
    }

    /// The same with another way to look names up.
    #[must_use]
    pub fn with_lookup(self, names: Arc<dyn Lookup>) -> Webhooks {
        Webhooks { names, ..self }
    }

    async fn call(&self, hook: &Hook, message: &Outgoing) -> Outcome {
        let Some(call) = hook.preset.call(&hook.url, hook.secret.as_ref(), message, (self.clock)()) else {
            return Outcome::AddressGone { reason: "the address has no topic at its end".to_owned() };
        };
        let client = match hook.place.client(self.names.as_ref(), &call.url).await {
            Ok(client) => client,
            Err(error) => return error.into(),
        };
        let mut request = client.post(call.url).header(CONTENT_TYPE, "application/json; charset=utf-8");
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(token) = &hook.token {
            request = request.header("authorization", token.clone());
        }
        let said = match place::ask(request.body(call.body), CALL).await {
            Ok(said) => said,
            Err(error) => return error.into(),
        };
        match hook.preset.verdict(said.status, said.wait, &said.body) {
            // They have no ids of their own.
            Outcome::Accepted { .. } => Outcome::Accepted { platform_id: Some(message.key.clone()) },
            other => other,
        }
    }
}

#[async_trait]
impl Channel for Webhooks {
    fn name(&self) -> &str {
        "webhook"
    }

    fn hears(&self) -> bool {
        false
    }

    fn features(&self) -> Features {
        // One set of features for all hooks: the narrowest of theirs.
        let per_minute = self.hooks.values().filter_map(|h| h.preset.per_minute()).min();
        Features {
            dialect: Dialect::Plain,
            buttons: false,
            edit: false,
            max_text: self.hooks.values().map(|h| h.preset.max_text()).min().unwrap_or(1_000),
            limits: per_minute
                .map(|count| Limit { scope: LimitScope::Chat, count, per: Duration::from_secs(60) })
                .into_iter()
                .collect(),
            // A receiver may drop repeats by `webhook-id`; the robots do not.
            idempotent: false,
            polls: false,
            confidential: false,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        match self.hooks.get(message.address.trim()) {
            Some(hook) => self.call(hook, message).await,
            None => Outcome::AddressGone { reason: "no [[webhook]] has that name".to_owned() },
        }
    }

    fn is_group(&self, address: &str) -> bool {
        self.hooks.get(address).is_some_and(|hook| hook.group)
    }

    async fn check(&self) -> Result<String, String> {
        let mut found = Vec::new();
        for (name, hook) in &self.hooks {
            // Calling it would be a message; so it is only seen whether it leads anywhere.
            match hook.place.reach(self.names.as_ref(), &hook.url).await {
                Ok(host) => found.push(format!("{name} ({:?}) at {host}", hook.preset)),
                Err(why) => return Err(format!("{name}: {why}")),
            }
        }
        Ok(found.join(", "))
    }
}

fn hook(config: &WebhookConfig) -> Result<Hook, String> {
    if config.name.trim().is_empty() || config.name.chars().any(|c| c.is_control() || ",:;".contains(c)) {
        return Err("the name must be one word without , : and ;".to_owned());
    }
    let (url, place) = Place::new("hook_url", &config.hook_url, &config.allow_private, config.ca_file.as_deref())?;
    match (&config.secret, config.preset) {
        (Some(_), preset) if !preset.signs() => return Err(format!("{preset:?} has no use for a secret")),
        (Some(secret), Preset::Standard) if preset::key(secret).is_none() => {
            return Err("the secret must be whsec_ and 24 to 64 bytes in base64".to_owned());
        }
        _ => {}
    }
    let bearer =
        |token: &SecretString| net::secret_header("token", &format!("Bearer {}", token.expose_secret().trim()));
    let token = config.token.as_ref().map(bearer).transpose()?;
    let group = config.group.unwrap_or(config.preset != Preset::Standard);
    Ok(Hook { preset: config.preset, group, url, secret: config.secret.clone(), token, place })
}
