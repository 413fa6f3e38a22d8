//! An HTTP server that the configuration names, and that is called with care: looked up for every call and connected
//! to at what was checked just now; never in the clear outside the office; no redirect followed.

use std::path::Path;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Certificate, Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;

use super::reach::Allowed;
use super::{Lookup, Unreachable, bare, reason};
use crate::clock::within;
use crate::net;

/// Longest wait for a connection, when it is only tried.
const CONNECT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const ANSWER: usize = 16 << 10;

/// Where calls may lead, and whom they trust there.
pub struct Place {
    allowed: Allowed,
    trusted: Vec<Certificate>,
}

/// What the server said.
pub struct Said {
    pub status: u16,
    /// Seconds of `Retry-After`.
    pub wait: Option<u64>,
    pub body: String,
}

impl Place {
    /// The address that a setting holds, and the place.
    ///
    /// # Errors
    /// Names the setting; never the address.
    pub fn new(
        setting: &str,
        address: &SecretString,
        allow_private: &[String],
        ca_file: Option<&Path>,
    ) -> Result<(Url, Place), String> {
        let url = Url::parse(address.expose_secret().trim()).map_err(|e| format!("{setting} cannot be read: {e}"))?;
        let host = url.host_str().unwrap_or_default();
        if !matches!(url.scheme(), "http" | "https") || host.is_empty() || !url.username().is_empty() {
            return Err(format!("{setting} must begin with https:// or http://, without a user"));
        }
        let allowed = Allowed::parse(allow_private)?;
        if url.scheme() == "http" && !allowed.names(bare(host)) {
            return Err("what people are told would go over the network in the clear: use https, or name the host in \
                        allow_private when it stands in your own network"
                .to_owned());
        }
        let trusted =
            ca_file.map(|file| net::authorities(file).map_err(|why| format!("ca_file {}: {why}", file.display())));
        let trusted = trusted.transpose()?.unwrap_or_default();
        Ok((url, Place { allowed, trusted }))
    }

    /// A client that connects to where the address leads now, and nowhere else.
    pub async fn client(&self, names: &dyn Lookup, url: &Url) -> Result<Client, Unreachable> {
        let (host, port) = end(url);
        let addresses = net::addresses(names, &self.allowed, host, port).await.map_err(|error| match error {
            Unreachable::Forbidden(what) => Unreachable::Forbidden(format!(
                "{what}, which is not written to; if it is yours, name it in allow_private"
            )),
            unknown => unknown,
        })?;
        net::client(addresses, &self.trusted).map_err(|error| Unreachable::Unknown(reason(&error)))
    }

    /// Whether somebody listens there; gives the host.
    pub async fn reach(&self, names: &dyn Lookup, url: &Url) -> Result<String, String> {
        let (host, port) = end(url);
        match net::addresses(names, &self.allowed, host, port).await {
            Ok(addresses) => match within(CONNECT, TcpStream::connect(&addresses[..])).await {
                Some(Ok(_)) => Ok(host.to_owned()),
                Some(Err(error)) => Err(format!("{host}: {error}")),
                None => Err(format!("{host} does not answer")),
            },
            Err(Unreachable::Unknown(why)) => Err(why),
            Err(Unreachable::Forbidden(why)) => Err(format!("{why}; if it is yours, name it in allow_private")),
        }
    }
}

fn end(url: &Url) -> (&str, u16) {
    (bare(url.host_str().unwrap_or_default()), url.port_or_known_default().unwrap_or(443))
}

/// A call without an answer.
pub enum Broken {
    /// It never went out.
    Unsent(String),
    /// Nobody knows whether it arrived.
    Unanswered(String),
}

impl Broken {
    /// In words for the administrator.
    pub fn told(self) -> String {
        match self {
            Broken::Unsent(why) | Broken::Unanswered(why) => why,
        }
    }
}

/// Makes a call and reads what comes back, for at most `limit`.
pub async fn ask(request: RequestBuilder, limit: Duration) -> Result<Said, Broken> {
    let mut answer = match request.timeout(limit).send().await {
        Ok(answer) => answer,
        Err(error) if error.is_connect() => return Err(Broken::Unsent(reason(&error))),
        Err(error) => return Err(Broken::Unanswered(reason(&error))),
    };
    let status = answer.status().as_u16();
    let wait = answer.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
    let mut body = Vec::new();
    while body.len() < ANSWER {
        match answer.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Err(Broken::Unanswered(reason(&error))),
        }
    }
    Ok(Said { status, wait, body: String::from_utf8_lossy(&body).into_owned() })
}
