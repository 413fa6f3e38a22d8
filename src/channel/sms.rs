//! Short messages, by the HTTP gateway of whoever sells them: a call with the fields that it asks for. Nothing comes
//! back.
//!
//! They cost money and reach everybody: only what is urgent goes this way unless told otherwise, one message has so
//! many parts at most, and a day so many messages. Knows neither items nor people.

pub(crate) mod section;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use regex::Regex;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::api::CALL;
use super::{Channel, Clock, Dialect, Features, LimitScope, Outcome, Outgoing};
use dutybell_core::policy::Urgency;
use dutybell_system::net::place::{self, Place};
use dutybell_system::net::{self, Lookup, System};

/// Characters of a short message in UCS-2, and of each part of a longer one (3GPP TS 23.038 and 23.040: 140 bytes, six
/// of them for the place of a part).
const ALONE: usize = 70;
const PART: usize = 67;
/// Stands where something was left out.
const MORE: &str = "…";
/// When the gateway wants fewer and names no time.
const UNNAMED_WAIT: u64 = 60;

/// The gateway, and what it may cost.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsConfig {
    /// Its address; better in `hook_url_file` when a key stands in it.
    pub hook_url: SecretString,
    #[serde(default)]
    pub format: SmsFormat,
    /// What is sent: `{to}`, `{text}` and `{id}` stand for the number, the text and the message's stable id.
    pub fields: BTreeMap<String, SecretString>,
    #[serde(default)]
    pub headers: BTreeMap<String, SecretString>,
    /// Occurs in the body of an answer that took the message (a regular expression); left out: every 2xx has.
    #[serde(default)]
    pub success: Option<String>,
    /// Occurs where the number is of no use.
    #[serde(default)]
    pub gone: Option<String>,
    /// 【…】 before the text, as Chinese carriers ask for it.
    #[serde(default)]
    pub signature: Option<String>,
    /// Parts that one message may have; what is longer is cut.
    #[serde(default = "two")]
    pub max_parts: usize,
    /// Messages in 24 hours from this gateway.
    #[serde(default = "two_hundred")]
    pub per_day: usize,
    /// Reminders and summaries go this way, too.
    #[serde(default)]
    pub routine: bool,
    /// Hosts, addresses and ranges of inner networks that may be written to.
    #[serde(default)]
    pub allow_private: Vec<String>,
    /// Certificates to trust besides the usual ones (PEM).
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

fn two() -> usize {
    2
}

fn two_hundred() -> usize {
    200
}

/// How the fields travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsFormat {
    /// POST, `application/x-www-form-urlencoded`.
    #[default]
    Form,
    /// POST, a JSON object of texts.
    Json,
    /// GET, behind the question mark.
    Query,
}

/// The SMS channel.
pub struct Sms {
    url: Url,
    place: Place,
    config: SmsConfig,
    headers: Vec<(HeaderName, HeaderValue)>,
    success: Option<Regex>,
    gone: Option<Regex>,
    names: Arc<dyn Lookup>,
    clock: Clock,
    /// When this process sent the last ones.
    sent: Mutex<Vec<DateTime<Utc>>>,
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sms").field("host", &self.url.host_str()).finish_non_exhaustive()
    }
}

impl Sms {
    /// Checks everything that can be checked without the gateway.
    ///
    /// # Errors
    /// Names the setting; never an address or a secret.
    pub fn new(config: SmsConfig, clock: Clock) -> Result<Sms, String> {
        let wrong = |what: String| format!("[sms] {what}");
        let (url, place) = Place::new("hook_url", &config.hook_url, &config.allow_private, config.ca_file.as_deref())
            .map_err(wrong)?;
        for needed in ["{to}", "{text}"] {
            if !config.fields.values().any(|v| v.expose_secret().contains(needed)) {
                return Err(wrong(format!("fields: none of them holds {needed}")));
            }
        }
        if config.max_parts == 0 || config.per_day == 0 {
            return Err(wrong("max_parts and per_day must be at least 1".to_owned()));
        }
        let pattern = |name: &str, text: &Option<String>| {
            text.as_deref()
                .map(Regex::new)
                .transpose()
                .map_err(|e| wrong(format!("{name} is no regular expression: {e}")))
        };
        let header = |(name, value): (&String, &SecretString)| {
            let known = HeaderName::try_from(name.as_str()).map_err(|_| format!("headers: {name:?} is no name"))?;
            Ok((known, net::secret_header(name, value.expose_secret().trim())?))
        };
        Ok(Sms {
            success: pattern("success", &config.success)?,
            gone: pattern("gone", &config.gone)?,
            headers: config.headers.iter().map(header).collect::<Result<_, String>>().map_err(wrong)?,
            url,
            place,
            config,
            names: Arc::new(System),
            clock,
            sent: Mutex::default(),
        })
    }

    /// Counts one more of this day; false when there may be no more.
    fn may_send(&self) -> bool {
        let now = (self.clock)();
        // Whoever panicked: every change is one statement.
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.retain(|at| (now - Duration::hours(24)..=now).contains(at));
        let free = sent.len() < self.config.per_day;
        if free {
            sent.push(now);
        }
        free
    }

    /// The signature and as much of the text as the parts hold, whole lines where possible.
    fn text(&self, text: &str) -> String {
        let signature = self.config.signature.as_ref().map_or(String::new(), |s| format!("【{s}】"));
        let room = if self.config.max_parts == 1 { ALONE } else { PART * self.config.max_parts };
        let length = |t: &str| t.encode_utf16().count();
        let mut out = signature;
        if length(&out) + length(text) <= room {
            return out + text;
        }
        let mut left = room.saturating_sub(length(&out) + length(MORE));
        for c in text.chars() {
            match left.checked_sub(c.len_utf16()) {
                Some(rest) => left = rest,
                None => break,
            }
            out.push(c);
        }
        // A line of which less than a half is there is left out, unless it is the first.
        if let Some(end) = out.rfind('\n').filter(|end| length(&out[*end..]) < PART / 2) {
            out.truncate(end);
        }
        out + MORE
    }

    fn fields(&self, to: &str, text: &str, id: &str) -> Vec<(&str, String)> {
        let filled = |pattern: &SecretString| {
            // In one pass: what a text holds is not filled in again.
            let mut out = String::new();
            let mut rest = pattern.expose_secret();
            while let Some(at) = rest.find('{') {
                out.push_str(&rest[..at]);
                rest = &rest[at..];
                let known = [("{to}", to), ("{text}", text), ("{id}", id)];
                match known.iter().find(|(name, _)| rest.starts_with(name)) {
                    Some((name, value)) => {
                        out.push_str(value);
                        rest = &rest[name.len()..];
                    }
                    None => {
                        out.push('{');
                        rest = &rest[1..];
                    }
                }
            }
            out + rest
        };
        self.config.fields.iter().map(|(name, value)| (name.as_str(), filled(value))).collect()
    }
}

#[async_trait]
impl Channel for Sms {
    fn name(&self) -> &str {
        "sms"
    }

    fn hears(&self) -> bool {
        false
    }

    fn features(&self) -> Features {
        Features {
            dialect: Dialect::Plain,
            buttons: false,
            edit: false,
            // It is cut here, not divided: each part costs.
            max_text: 4_000,
            limits: Vec::new(),
            // A gateway may drop repeats by `{id}`; not all do.
            idempotent: false,
            polls: false,
            confidential: false,
        }
    }

    fn carries(&self, urgency: Urgency) -> bool {
        self.config.routine || urgency <= Urgency::Escalation
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        let to: String = message.address.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let digits = to.strip_prefix('+').unwrap_or(&to);
        // ITU-T E.164: fifteen digits at most.
        if !(5..=15).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Outcome::AddressGone { reason: "not a telephone number".to_owned() };
        }
        if !self.may_send() {
            let reason = format!("{} short messages were sent in 24 hours ([sms] per_day)", self.config.per_day);
            return Outcome::Transient { reason };
        }
        let client = match self.place.client(self.names.as_ref(), &self.url).await {
            Ok(client) => client,
            Err(error) => return error.into(),
        };
        let fields = self.fields(&to, &self.text(&message.text), &message.key);
        let (mut url, mut form) = (self.url.clone(), Url::parse("form:").ok());
        let request = match self.config.format {
            SmsFormat::Query => {
                url.query_pairs_mut().extend_pairs(&fields);
                client.get(url)
            }
            SmsFormat::Form => {
                let body = form.as_mut().map(|form| {
                    form.query_pairs_mut().extend_pairs(&fields);
                    form.query().unwrap_or_default().to_owned()
                });
                client
                    .post(url)
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
                    .body(body.unwrap_or_default())
            }
            SmsFormat::Json => {
                let object: Map<String, Value> = fields.into_iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
                let body = Value::Object(object).to_string();
                client.post(url).header(CONTENT_TYPE, "application/json; charset=utf-8").body(body)
            }
        };
        let request = self.headers.iter().fold(request, |r, (name, value)| r.header(name, value.clone()));
        let said = match place::ask(request, CALL).await {
            Ok(said) => said,
            Err(error) => return error.into(),
        };
        self.verdict(message, said.status, said.wait, &said.body)
    }

    async fn check(&self) -> Result<String, String> {
        // Calling it would cost a message; so it is only seen whether somebody listens.
        let host = self.place.reach(self.names.as_ref(), &self.url).await?;
        Ok(format!("gateway at {host}, {} messages a day at most", self.config.per_day))
    }
}

impl Sms {
    fn verdict(&self, message: &Outgoing, status: u16, wait: Option<u64>, body: &str) -> Outcome {
        // The gateway's words may repeat what it was sent: they are not told.
        let reason = format!("the gateway answered HTTP {status}");
        if self.gone.as_ref().is_some_and(|gone| gone.is_match(body)) {
            return Outcome::AddressGone { reason: "the gateway has no use for that number".to_owned() };
        }
        match status {
            200..=299 if self.success.as_ref().is_none_or(|taken| taken.is_match(body)) => {
                Outcome::Accepted { platform_id: Some(message.key.clone()) }
            }
            200..=299 => Outcome::Transient { reason: format!("{reason} and did not say that it took the message") },
            429 => Outcome::RetryAfter {
                scope: LimitScope::Bot,
                after: std::time::Duration::from_secs(wait.unwrap_or(UNNAMED_WAIT).max(1)),
            },
            // Keys, credit, a mistake of theirs: mended by the administrator or by time; nothing is lost.
            401..=403 | 408 | 300..=399 | 500.. => Outcome::Transient { reason },
            _ => Outcome::Refused { reason },
        }
    }
}
