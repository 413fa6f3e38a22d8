//! `[mail]` as it is written in a configuration, and the checks that need no server.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::Address;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use super::dkim::DkimConfig;
use super::incoming::Reader;
use super::incoming::imap::{Imap, Server};
use super::incoming::maildir::Maildir;
use super::own::{MAX_LOCAL, Own};
use super::token::{LENGTH, SHORTEST_SECRET, Tokens};
use super::{Source, letter};

/// How mail is sent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    /// Sender address, in the envelope and in `From`.
    pub from: String,
    /// Name shown beside the sender address.
    #[serde(default)]
    pub from_name: Option<String>,
    /// Right-hand side of every Message-ID and the name given in EHLO; a domain of the office.
    /// Changing it breaks threading with the mails sent before.
    pub message_domain: String,
    pub transport: MailTransport,
    /// Address for answers; left out: `from`.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// What stands between the mailbox's name and the tag in `bell+tag@example.org`.
    #[serde(default = "plus")]
    pub recipient_delimiter: char,
    /// The server delivers such addresses to the mailbox. Without it no answer counts unconfirmed.
    #[serde(default = "yes")]
    pub sub_address: bool,
    /// Makes tokens in addresses ours; left out: made once and kept in the database.
    #[serde(default)]
    pub token_secret: Option<SecretString>,
    /// How long after a mail its answers count.
    #[serde(default = "token_days")]
    pub token_days: u16,
    /// Id under which our own server writes `Authentication-Results`. Without it no answer counts unconfirmed.
    #[serde(default)]
    pub authserv_id: Option<String>,
    /// Where answers come in; left out: nobody reads them here.
    #[serde(default)]
    pub incoming: Option<IncomingConfig>,
    /// Signs mails here; left out where the mail server does.
    #[serde(default)]
    pub dkim: Option<DkimConfig>,
}

impl MailConfig {
    /// Mail that is only sent, with everything else as when it is left out.
    pub fn new(from: &str, message_domain: &str, transport: MailTransport) -> MailConfig {
        MailConfig {
            from: from.to_owned(),
            from_name: None,
            message_domain: message_domain.to_owned(),
            transport,
            reply_to: None,
            recipient_delimiter: plus(),
            sub_address: true,
            token_secret: None,
            token_days: token_days(),
            authserv_id: None,
            incoming: None,
            dkim: None,
        }
    }
}

/// Where mails go; chosen by `type = "smtp"` or `type = "folder"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum MailTransport {
    /// A submission server.
    Smtp {
        /// Name or address; the server's certificate must carry it.
        host: String,
        /// Usually 587 for STARTTLS and 465 for implicit TLS (RFC 8314 section 3.3).
        port: u16,
        security: Security,
        /// Login; given together with `password` or not at all.
        #[serde(default)]
        user: Option<String>,
        #[serde(default)]
        password: Option<SecretString>,
        /// PEM file with certificates trusted besides those of the system, such as the office's own CA.
        #[serde(default)]
        ca_file: Option<PathBuf>,
        /// Longest wait in seconds for each of three stretches: connecting with login, the
        /// envelope, the content. One send therefore ends within three times this and a few
        /// seconds for kept connections, plus the wait for one of the four connections.
        #[serde(default = "default_timeout", deserialize_with = "seconds")]
        timeout: Duration,
    },
    /// One `.eml` file a message; nothing leaves the machine.
    Folder { dir: PathBuf },
}

/// How the connection to the SMTP server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// STARTTLS, required: a server that does not offer it gets neither password nor mail.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// No protection; accepted for `localhost` and loopback addresses only.
    Plain,
}

/// Why the configuration cannot be used. Nothing was connected to yet; no text contains a secret.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("mail: from = {0:?} is not a mail address")]
    From(String),
    #[error("mail: from_name must be one line without control characters")]
    FromName,
    #[error("mail: message_domain = {0:?} is not a domain name in ASCII letters")]
    MessageDomain(String),
    #[error("mail: security = \"plain\" is only for this machine itself; {0:?} needs \"starttls\" or \"tls\"")]
    PlainHost(String),
    #[error("mail: user and password must be given together")]
    Login,
    #[error("mail: timeout must be at least one second")]
    Timeout,
    #[error("mail: cannot read ca_file {path}: {reason}")]
    CaFile { path: PathBuf, reason: String },
    #[error("mail: TLS cannot be set up: {0}")]
    Tls(String),
    #[error("mail: reply_to = {0:?} is not a mail address")]
    ReplyTo(String),
    #[error("mail: recipient_delimiter must be one of + - _ = . #")]
    Delimiter,
    #[error("mail: the name in {0:?} is too long for a tag behind it; answers need at most {max} letters", max = MAX_LOCAL - 2 - LENGTH)]
    LongReplyTo(String),
    #[error("mail: token_secret must have at least {SHORTEST_SECRET} characters, such as from: openssl rand -hex 32")]
    TokenSecret,
    #[error("mail: token_days must be from 1 to 3650")]
    TokenDays,
    #[error("mail: authserv_id must be one word, as your server writes it first in Authentication-Results")]
    AuthservId,
    #[error("mail: dkim: {0}")]
    Dkim(&'static str),
    #[error("mail: cannot use folder {path}: {reason}")]
    Folder { path: PathBuf, reason: String },
}

/// Where answers come in; chosen by `type = "imap"` or `type = "maildir"`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum IncomingConfig {
    /// A mailbox on a server, best one of its own.
    Imap {
        /// Name or address; the server's certificate must carry it.
        host: String,
        /// Usually 993 for TLS and 143 for STARTTLS.
        port: u16,
        security: Security,
        user: String,
        password: SecretString,
        #[serde(default = "inbox")]
        mailbox: String,
        /// PEM file with certificates trusted besides those of the system.
        #[serde(default)]
        ca_file: Option<PathBuf>,
        /// Longest wait in seconds for one answer of the server.
        #[serde(default = "default_timeout", deserialize_with = "seconds")]
        timeout: Duration,
    },
    /// A folder into which the mail server on this machine delivers (`new`, `cur`, `tmp`).
    Maildir { dir: PathBuf },
}

fn plus() -> char {
    '+'
}

fn yes() -> bool {
    true
}

fn token_days() -> u16 {
    60
}

fn inbox() -> String {
    "INBOX".to_owned()
}

/// Checks what is said about answers.
pub(super) fn reader(config: &MailConfig, from: &Address) -> Result<Reader, MailError> {
    let address = match &config.reply_to {
        Some(text) => letter::parse_address(text).map_err(|_| MailError::ReplyTo(text.clone()))?,
        None => from.clone(),
    };
    if !"+-_=.#".contains(config.recipient_delimiter) {
        return Err(MailError::Delimiter);
    }
    if !(1..=3650).contains(&config.token_days) {
        return Err(MailError::TokenDays);
    }
    let server = config.authserv_id.as_deref().map(str::trim);
    if server.is_some_and(|id| id.is_empty() || id.contains(|c: char| c.is_whitespace() || ";()\"".contains(c))) {
        return Err(MailError::AuthservId);
    }
    let long_enough = |secret: &SecretString| secret.expose_secret().len() >= SHORTEST_SECRET;
    if !config.token_secret.as_ref().is_none_or(long_enough) {
        return Err(MailError::TokenSecret);
    }
    let own = Own {
        address,
        delimiter: config.recipient_delimiter,
        sub_address: config.sub_address,
        message_domain: config.message_domain.clone(),
        tokens: config.token_secret.clone().map(|secret| Tokens::new(secret, config.token_days)),
    };
    if config.incoming.is_some() && own.sub_address && !own.fits() {
        return Err(MailError::LongReplyTo(own.address.to_string()));
    }
    Ok(Reader { own, server: server.map(str::to_owned) })
}

/// The way in that is configured.
pub(super) fn source(config: IncomingConfig) -> Result<Source, MailError> {
    match config {
        IncomingConfig::Maildir { dir } => Ok(Source::Maildir(Arc::new(Maildir::new(dir)))),
        IncomingConfig::Imap { host, port, security, user, password, mailbox, ca_file, timeout } => {
            check_plain(security, &host)?;
            if user.is_empty() || password.expose_secret().is_empty() {
                return Err(MailError::Login);
            }
            let timeout = Some(timeout).filter(|t| t.as_secs() >= 1).ok_or(MailError::Timeout)?;
            let server = Server { host, port, security, user, password, mailbox, timeout };
            Ok(Source::Imap(Box::new(Imap::new(server, ca_file.as_deref())?)))
        }
    }
}

/// Without TLS, password and text would cross the network readable.
pub(super) fn check_plain(security: Security, host: &str) -> Result<(), MailError> {
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if security == Security::Plain && !loopback {
        return Err(MailError::PlainHost(host.to_owned()));
    }
    Ok(())
}

fn default_timeout() -> Duration {
    Duration::from_secs(60)
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_secs)
}

#[cfg(test)]
mod tests;
