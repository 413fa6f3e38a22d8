//! Webhooks: messages go out as HTTP calls, to a program of one's own or to a group's robot. Nothing comes back.
//!
//! A contact point names one of the configured hooks (`webhook:duty-group`): addresses, which are secrets with most
//! receivers, stand in the configuration only. [`preset`] says what each kind of receiver reads and answers; where a
//! call may lead, [`crate::net`]. The outbox repeats what failed. Knows neither items nor people.

mod preset;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::net::TcpStream;

use super::{Channel, Clock, Dialect, Features, Limit, LimitScope, Outcome, Outgoing};
use crate::clock::within;
use crate::net::reach::Allowed;
use crate::net::{self, Lookup, System, Unreachable, bare, reason};

pub use preset::Preset;

/// Longest wait for the answer to a call (Standard Webhooks recommends 15 to 30 seconds).
const CALL: Duration = Duration::from_secs(20);
/// Longest wait for a connection, when it is only tried.
const CONNECT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const ANSWER: usize = 16 << 10;

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
    /// Hosts, addresses and ranges of inner networks that may be written to.
    #[serde(default)]
    pub allow_private: Vec<String>,
    /// Certificates to trust besides the usual ones (PEM).
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

struct Hook {
    preset: Preset,
    url: Url,
    secret: Option<SecretString>,
    token: Option<HeaderValue>,
    allowed: Allowed,
    trusted: Vec<Certificate>,
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
        let host = bare(call.url.host_str().unwrap_or_default());
        let port = call.url.port_or_known_default().unwrap_or(443);
        // Looked up for every call, and connected to at what was checked just now.
        let addresses = match net::addresses(self.names.as_ref(), &hook.allowed, host, port).await {
            Ok(addresses) => addresses,
            Err(Unreachable::Unknown(reason)) => return Outcome::Transient { reason },
            Err(Unreachable::Forbidden(what)) => {
                let reason = format!("{what}, which is not written to; if it is yours, name it in allow_private");
                return Outcome::AddressGone { reason };
            }
        };
        let client = match net::client(addresses, &hook.trusted) {
            Ok(client) => client,
            Err(error) => return Outcome::Transient { reason: reason(&error) },
        };
        let mut request = client.post(call.url).timeout(CALL).header(CONTENT_TYPE, "application/json; charset=utf-8");
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(token) = &hook.token {
            request = request.header("authorization", token.clone());
        }
        let mut answer = match request.body(call.body).send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return Outcome::Transient { reason: reason(&error) },
            Err(error) => return Outcome::Unknown { reason: reason(&error) },
        };
        let status = answer.status().as_u16();
        let wait = answer.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
        let mut body = Vec::new();
        while body.len() < ANSWER {
            match answer.chunk().await {
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Outcome::Unknown { reason: reason(&error) },
            }
        }
        match hook.preset.verdict(status, wait, &String::from_utf8_lossy(&body)) {
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

    async fn check(&self) -> Result<String, String> {
        let mut found = Vec::new();
        for (name, hook) in &self.hooks {
            let (host, port) = (bare(hook.url.host_str().unwrap_or_default()), hook.url.port_or_known_default());
            // Calling it would be a message; so it is only seen whether it leads anywhere.
            match net::addresses(self.names.as_ref(), &hook.allowed, host, port.unwrap_or(443)).await {
                Ok(addresses) => match within(CONNECT, TcpStream::connect(&addresses[..])).await {
                    Some(Ok(_)) => found.push(format!("{name} ({:?}) at {host}", hook.preset)),
                    Some(Err(error)) => return Err(format!("{name}: {host}: {error}")),
                    None => return Err(format!("{name}: {host} does not answer")),
                },
                Err(Unreachable::Unknown(why)) => return Err(format!("{name}: {why}")),
                Err(Unreachable::Forbidden(why)) => {
                    return Err(format!("{name}: {why}; if it is yours, name it in allow_private"));
                }
            }
        }
        Ok(found.join(", "))
    }
}

fn hook(config: &WebhookConfig) -> Result<Hook, String> {
    if config.name.trim().is_empty() || config.name.chars().any(|c| c.is_control() || ",:;".contains(c)) {
        return Err("the name must be one word without , : and ;".to_owned());
    }
    let url =
        Url::parse(config.hook_url.expose_secret().trim()).map_err(|e| format!("hook_url cannot be read: {e}"))?;
    let host = url.host_str().unwrap_or_default();
    if !matches!(url.scheme(), "http" | "https") || host.is_empty() || !url.username().is_empty() {
        return Err("hook_url must begin with https:// or http://, without a user".to_owned());
    }
    let allowed = Allowed::parse(&config.allow_private)?;
    if url.scheme() == "http" && !allowed.names(bare(host)) {
        return Err("what people are told would go over the network in the clear: use https, or name the host in \
                    allow_private when it stands in your own network"
            .to_owned());
    }
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
    let trusted = config
        .ca_file
        .as_deref()
        .map(|file| net::authorities(file).map_err(|why| format!("ca_file {}: {why}", file.display())));
    let trusted = trusted.transpose()?.unwrap_or_default();
    Ok(Hook { preset: config.preset, url, secret: config.secret.clone(), token, allowed, trusted })
}
