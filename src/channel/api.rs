//! One call to a platform that speaks JSON over HTTP, and how it ended; what a refusal means is the platform's own.
//!
//! No error holds an address: tokens stand in those.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Url};
use serde_json::Value;

use super::{LimitScope, Outcome};

/// Longest wait for the answer to an HTTP call (Standard Webhooks recommends 15 to 30 seconds).
pub(crate) const CALL: Duration = Duration::from_secs(20);
/// For making a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// After a limit for which the platform names no time.
pub(crate) const A_MINUTE: Duration = Duration::from_secs(60);

/// What the platform said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub(crate) headers: HeaderMap,
    /// `Null` when it is no JSON.
    pub body: Value,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The call did not leave this machine.
    Unreachable,
    /// It may have been carried out.
    Cut,
}

/// A client that follows no redirect: secrets are not sent on to where somebody else points.
pub fn client() -> Result<Client, String> {
    let client = Client::builder().redirect(Policy::none()).connect_timeout(CONNECT).timeout(CALL);
    client.build().map_err(|_| "TLS cannot be set up".to_owned())
}

/// The platform's address: its own one, or another given by the configuration.
pub(crate) fn base(given: Option<&str>, own: &str) -> Result<Url, String> {
    let url = given.unwrap_or(own).trim().trim_end_matches('/');
    address(url).ok_or_else(|| format!("api_url = {url:?} is not an https address (http is for this machine itself)"))
}

/// An address to which secrets and texts may go: without TLS they would cross the network readable.
pub fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    (plain && (url.scheme() == "https" || url.scheme() == "http" && here)).then_some(url)
}

/// An address below the base; `path` begins with a slash.
pub fn at(client: &Client, base: &Url, method: Method, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    client.request(method, url)
}

/// Makes a call.
pub async fn call(request: RequestBuilder, body: Option<&Value>) -> Result<Answer, Lost> {
    let request = match body {
        Some(body) => request.header(CONTENT_TYPE, "application/json; charset=utf-8").body(body.to_string()),
        None => request,
    };
    let answer = request.send().await.map_err(|e| if e.is_connect() { Lost::Unreachable } else { Lost::Cut })?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.map_err(|_| Lost::Cut)?;
    Ok(Answer { status, headers, body: serde_json::from_str(&text).unwrap_or_default() })
}

impl Answer {
    /// The seconds of `Retry-After`, or of another header of that kind.
    pub fn wait(&self, other: &str) -> Option<Duration> {
        let seconds = |name: &str| self.headers.get(name)?.to_str().ok()?.trim().parse().ok();
        seconds(RETRY_AFTER.as_str()).or_else(|| seconds(other)).map(Duration::from_secs)
    }

    /// What the status alone says, whatever the body; `None` for success and for refusals with a reason.
    pub(crate) fn trouble(&self) -> Option<Outcome> {
        match self.status {
            429 => Some(Outcome::RetryAfter { scope: LimitScope::Bot, after: self.wait("").unwrap_or(A_MINUTE) }),
            500.. => Some(Outcome::Transient { reason: format!("the platform fails: HTTP {}", self.status) }),
            // Somebody between us and the platform answered.
            _ if !self.body.is_object() => {
                let reason = format!("HTTP {} without an answer that can be read", self.status);
                Some(if self.status < 300 { Outcome::Unknown { reason } } else { Outcome::Transient { reason } })
            }
            _ => None,
        }
    }
}

impl Lost {
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Lost::Unreachable => Outcome::Transient { reason: self.told().to_owned() },
            Lost::Cut => Outcome::Unknown { reason: self.told().to_owned() },
        }
    }

    pub fn told(&self) -> &'static str {
        match self {
            Lost::Unreachable => "the platform cannot be reached",
            Lost::Cut => "the answer was cut off",
        }
    }
}
