//! The part of `[mail]` that is about answers: where they come in, and when they are believed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::Address;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::incoming::Reader;
use super::incoming::imap::{Imap, Server};
use super::incoming::maildir::Maildir;
use super::own::Own;
use super::token::{SHORTEST_SECRET, Tokens};
use super::{MailConfig, MailError, Security, Source, check_plain, letter};

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
        #[serde(default = "super::default_timeout", deserialize_with = "super::seconds")]
        timeout: Duration,
    },
    /// A folder into which the mail server on this machine delivers (`new`, `cur`, `tmp`).
    Maildir { dir: PathBuf },
}

pub(super) fn plus() -> char {
    '+'
}

pub(super) fn yes() -> bool {
    true
}

pub(super) fn token_days() -> u16 {
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
