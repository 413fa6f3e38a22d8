//! A ledger that a server hands out over HTTP(S), as JSON, CSV or a workbook.
//!
//! Each hop is looked up here, checked by `reach`, and connected to at the very addresses that were checked: a name
//! that leads elsewhere a moment later changes nothing. No proxy is used, as it would look the name up itself. Body
//! and time are bounded; packed bodies are not asked for and not read.

mod answer;

pub use crate::net::{Lookup, reach};

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION,
};
use reqwest::{Certificate, Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Asked, Fetch, Fetched, Trouble};
use crate::clock::within;
use crate::net::{self, System, bare, reason};
use reach::Allowed;

/// Hops after the first address.
const HOPS: usize = 5;
const ACCEPTED: &str = "application/json, text/csv;q=0.9, \
    application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;q=0.8, */*;q=0.1";

/// An address that gives a ledger.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSettings {
    pub url: String,
    /// Sent as `Authorization: Bearer …`; better in `token_file`.
    #[serde(default)]
    pub token: Option<SecretString>,
    /// Further headers, for servers that want a key of their own.
    #[serde(default)]
    pub headers: BTreeMap<String, SecretString>,
    /// What the body is, whatever the server calls it.
    #[serde(default)]
    pub format: Option<Format>,
    /// Where in a JSON document the list of rows stands (RFC 6901), such as `/data/items`.
    #[serde(default)]
    pub rows: String,
    /// Hosts, addresses and ranges of inner networks that may be fetched from, also after a redirect.
    #[serde(default)]
    pub allow_private: Vec<String>,
    /// How long the whole may take, redirects included.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u32,
    #[serde(default = "default_bytes")]
    pub max_bytes: u64,
    /// Certificates to trust besides the usual ones (PEM).
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

fn default_timeout() -> u32 {
    30
}

fn default_bytes() -> u64 {
    20 << 20
}

/// What a body holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Json,
    Csv,
    Xlsx,
}

/// An address as a ledger source.
pub struct HttpSource {
    url: Url,
    /// Only for the server of `url` itself.
    secret: HeaderMap,
    format: Option<Format>,
    rows: String,
    allowed: Allowed,
    timeout: Duration,
    max_bytes: u64,
    ca_file: Option<PathBuf>,
    names: Arc<dyn Lookup>,
}

impl HttpSource {
    /// Checks everything that can be checked without the server.
    ///
    /// # Errors
    /// Names the setting and what to write instead; never a secret.
    pub fn new(settings: &HttpSettings) -> Result<HttpSource, String> {
        let url = Url::parse(&settings.url).map_err(|e| format!("http url cannot be read: {e}"))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        if !matches!(url.scheme(), "http" | "https") || host.is_empty() {
            return Err("http url must begin with https:// or http://".to_owned());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("http url must not contain a user; put a token into token_file, or headers".to_owned());
        }
        let allowed = Allowed::parse(&settings.allow_private)?;
        let secret = secret_headers(settings)?;
        if url.scheme() == "http" && !secret.is_empty() && !allowed.names(bare(&host)) {
            return Err("a token would go over the network in the clear: use https, or name the host in \
                        allow_private when it stands in your own network"
                .to_owned());
        }
        if !settings.rows.is_empty() && !settings.rows.starts_with('/') {
            return Err(format!("rows = {:?} must begin with /, such as /data/items", settings.rows));
        }
        Ok(HttpSource {
            url,
            secret,
            format: settings.format,
            rows: settings.rows.clone(),
            allowed,
            timeout: Duration::from_secs(u64::from(settings.timeout_seconds)),
            max_bytes: settings.max_bytes,
            ca_file: settings.ca_file.clone(),
            names: Arc::new(System),
        })
    }

    /// The same with another way to look names up.
    #[must_use]
    pub fn with_lookup(self, names: Arc<dyn Lookup>) -> HttpSource {
        HttpSource { names, ..self }
    }

    /// Follows redirects by hand, each hop checked like the first.
    async fn ask(&self, asked: &Asked<'_>) -> Result<Fetched, Trouble> {
        let mut url = self.url.clone();
        // Read anew for every fetch: an authority's certificate is replaced while the program runs.
        let trusted = self.ca_file.as_deref().map(|file| {
            let wrong = |why| Trouble::failed(format!("ca_file {}: {why}", file.display()));
            net::authorities(file).map_err(wrong)
        });
        let trusted = trusted.transpose()?.unwrap_or_default();
        for _ in 0..=HOPS {
            let response = self.hop(&url, &trusted, asked).await?;
            match response.status() {
                StatusCode::NOT_MODIFIED => {
                    let Some(remembered) = asked.remembered.filter(|r| r.etag.is_some() || r.last_modified.is_some())
                    else {
                        return Err(Trouble::failed(format!("{}: says \"not modified\" unasked", shown(&url))));
                    };
                    let last = remembered.last_modified.as_deref();
                    let dated = answer::header(&response, "last-modified");
                    return Ok(Fetched::Unchanged { as_of: dated.as_deref().or(last).and_then(answer::http_date) });
                }
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => url = next(&url, &response)?,
                StatusCode::OK => return answer::read(self, &url, response, asked).await,
                status => {
                    let way = match status.as_u16() {
                        401 | 403 => "; check token_file or headers",
                        404 | 410 => "; check the url",
                        _ => "",
                    };
                    return Err(Trouble::failed(format!("{}: the server answers {status}{way}", shown(&url))));
                }
            }
        }
        Err(Trouble::failed(format!("{}: more than {HOPS} redirects", self.place())))
    }

    async fn hop(&self, url: &Url, trusted: &[Certificate], asked: &Asked<'_>) -> Result<Response, Trouble> {
        let host = bare(url.host_str().unwrap_or_default());
        let addresses = self.addresses(url, host).await?;
        let fail = |what: String| Trouble::failed(format!("{}: {what}", shown(url)));
        let client = net::client(addresses, trusted).map_err(|e| fail(reason(&e)))?;
        let mut request = client.get(url.clone()).header(ACCEPT, ACCEPTED).header(ACCEPT_ENCODING, "identity");
        if url.origin() == self.url.origin() {
            request = request.headers(self.secret.clone());
        }
        if let Some(last) = asked.remembered {
            for (name, value) in [(IF_NONE_MATCH, &last.etag), (IF_MODIFIED_SINCE, &last.last_modified)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
        }
        request.send().await.map_err(|e| fail(reason(&e)))
    }

    /// The addresses of a host that may be connected to.
    async fn addresses(&self, url: &Url, host: &str) -> Result<Vec<SocketAddr>, Trouble> {
        let port = url.port_or_known_default().unwrap_or(443);
        let found = net::addresses(self.names.as_ref(), &self.allowed, host, port).await;
        found.map_err(|e| match e {
            net::Unreachable::Unknown(why) => Trouble::failed(format!("{}: {why}", shown(url))),
            net::Unreachable::Forbidden(why) => Trouble::failed(format!(
                "{}: {why}, which is not fetched from; if it is yours, name it in allow_private",
                shown(url)
            )),
        })
    }
}

#[async_trait]
impl Fetch for HttpSource {
    fn place(&self) -> String {
        shown(&self.url)
    }

    fn setup(&self) -> String {
        format!("{} {:?} {}", self.url, self.format, self.rows)
    }

    async fn fetch(&self, asked: &Asked<'_>, _after: Option<&str>) -> Result<Fetched, Trouble> {
        within(self.timeout, self.ask(asked)).await.unwrap_or_else(|| {
            let seconds = self.timeout.as_secs();
            Err(Trouble::failed(format!(
                "{}: not finished within {seconds} s; raise timeout_seconds if the server is that slow",
                self.place()
            )))
        })
    }
}

/// Where a redirect leads.
fn next(url: &Url, response: &Response) -> Result<Url, Trouble> {
    let fail = |what: &str| Trouble::failed(format!("{}: {what}", shown(url)));
    let location = response.headers().get(LOCATION).and_then(|v| v.to_str().ok());
    let next = location.and_then(|l| url.join(l).ok()).ok_or_else(|| fail("redirects to no address"))?;
    if !matches!(next.scheme(), "http" | "https") {
        return Err(fail("redirects to what is not HTTP"));
    }
    if url.scheme() == "https" && next.scheme() == "http" {
        return Err(fail("redirects from https to http, where anybody could answer"));
    }
    Ok(next)
}

/// Scheme, host and path; what follows may be a secret.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

fn secret_headers(settings: &HttpSettings) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    if let Some(token) = &settings.token {
        headers.insert(AUTHORIZATION, net::secret_header("token", &format!("Bearer {}", token.expose_secret()))?);
    }
    for (name, text) in &settings.headers {
        let key: HeaderName = name.parse().map_err(|_| format!("headers: {name:?} is no name of a header"))?;
        headers.insert(key, net::secret_header(name, text.expose_secret())?);
    }
    Ok(headers)
}
