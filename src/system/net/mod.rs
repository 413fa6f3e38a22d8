//! Going out to addresses that somebody else may steer: looked up here, checked, and connected to at the very
//! addresses that were checked.
//!
//! [`reach`] says which addresses may be connected to. A name that leads elsewhere a moment later changes nothing; no
//! proxy is used, as it would look the name up itself; no redirect is followed unseen.

pub mod place;
pub mod reach;

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use reach::Allowed;

/// For one connection; the whole has its own time.
const CONNECT: Duration = Duration::from_secs(10);

/// Looks names up.
#[async_trait]
pub trait Lookup: Send + Sync {
    async fn lookup(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>>;
}

/// The machine's own way.
pub struct System;

#[async_trait]
impl Lookup for System {
    async fn lookup(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }
}

/// Knows nothing but the addresses that were checked, whatever the connection asks for.
struct Pinned(Vec<SocketAddr>);

impl Resolve for Pinned {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: Addrs = Box::new(self.0.clone().into_iter());
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

/// Why a host is not connected to.
pub enum Unreachable {
    /// Its name leads nowhere now.
    Unknown(String),
    /// It leads where nothing may be asked or told.
    Forbidden(String),
}

impl Unreachable {
    /// In words for the administrator.
    pub fn told(self) -> String {
        match self {
            Unreachable::Unknown(why) | Unreachable::Forbidden(why) => why,
        }
    }
}

/// The addresses of a host that may be connected to.
pub async fn addresses(
    names: &dyn Lookup,
    allowed: &Allowed,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, Unreachable> {
    let found = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => {
            let looked_up = names.lookup(host, port).await;
            looked_up.map_err(|e| Unreachable::Unknown(format!("{host} cannot be looked up: {e}")))?
        }
    };
    let mut refused = String::from("it has no address");
    let mut good = Vec::new();
    for at in found {
        match allowed.check(host, at.ip()) {
            Ok(()) => good.push(at),
            Err(what) => refused = format!("{} is {what}", at.ip()),
        }
    }
    if good.is_empty() { Err(Unreachable::Forbidden(refused)) } else { Ok(good) }
}

/// A client that connects to nothing but these addresses.
pub fn client(addresses: Vec<SocketAddr>, trusted: &[Certificate]) -> reqwest::Result<Client> {
    let mut client = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(CONNECT)
        .user_agent(concat!("dutybell/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(Pinned(addresses)));
    for authority in trusted {
        client = client.add_root_certificate(authority.clone());
    }
    client.build()
}

/// The certificates in a PEM file, to be trusted besides the usual ones.
///
/// # Errors
/// Why the file is of no use, without its name.
pub fn authorities(file: &Path) -> Result<Vec<Certificate>, String> {
    let pem = std::fs::read(file).map_err(|e| e.to_string())?;
    let all = Certificate::from_pem_bundle(&pem).map_err(|e| reason(&e))?;
    // The reader passes over what is no certificate.
    if all.is_empty() { Err("it holds no certificate in PEM form".to_owned()) } else { Ok(all) }
}

/// A header's value that no log shows; `name` is for the message.
///
/// # Errors
/// When the text has a sign that no header may have; the text is not told.
pub fn secret_header(name: &str, text: &str) -> Result<HeaderValue, String> {
    let mut value =
        HeaderValue::from_str(text).map_err(|_| format!("{name} holds a character that no header may have"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// An IPv6 address without its brackets.
pub fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// An error with its causes, without the address, which may hold a secret.
pub fn reason(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    causes.dedup();
    match causes.is_empty() {
        true => "the request failed".to_owned(),
        false => causes.join(": "),
    }
}
