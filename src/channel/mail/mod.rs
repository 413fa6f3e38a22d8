//! The mail channel: one mail for one person, over an SMTP server or into a folder; and the answers to it.
//!
//! Knows how a message becomes a mail ([`letter`]), how an SMTP server is spoken to and what its
//! refusals mean ([`smtp`]), and how mails are laid down as files for demonstrations ([`folder`]).
//! What comes in by IMAP or a Maildir is read by [`incoming`]; [`token`] binds answers and bounces to
//! our mails. It does not retry, and knows neither items nor people. The dispatcher and the receiving loop
//! call it through [`Channel`]; time comes from the clock given at construction.

mod dkim;
mod folder;
mod incoming;
mod letter;
mod narrow;
mod own;
mod settings;
mod smtp;
mod token;
mod verdict;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::message::Mailbox;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use self::folder::Folder;
use self::incoming::Reader;
use self::incoming::imap::{self, Imap};
use self::incoming::maildir::Maildir;
use self::letter::Marks;
use self::smtp::Smtp;
use super::{Channel, Dialect, Features, Outcome, Outgoing, PollError, Update};
use crate::clock::pause;

pub use self::dkim::DkimConfig;
pub use self::settings::IncomingConfig;
pub use self::token::{Purpose, SHORTEST_SECRET, Tokens};

/// Where the channel gets the present instant (UTC) from: the `Date` header and the age of kept
/// connections depend on it.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Longest text handed to the channel, in UTF-16 code units. Not a rule of SMTP: servers limit the
/// size in bytes, and common limits (10 MiB and more) are far above this.
const MAX_TEXT: usize = 100_000;
/// Between two looks into a Maildir.
const MAILDIR_LOOK: Duration = Duration::from_secs(2);
/// After a Maildir that cannot be read.
const MAILDIR_AGAIN: Duration = Duration::from_secs(30);

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
    #[serde(default = "settings::plus")]
    pub recipient_delimiter: char,
    /// The server delivers such addresses to the mailbox. Without it no answer counts unconfirmed.
    #[serde(default = "settings::yes")]
    pub sub_address: bool,
    /// Makes tokens in addresses ours; left out: made once and kept in the database.
    #[serde(default)]
    pub token_secret: Option<SecretString>,
    /// How long after a mail its answers count.
    #[serde(default = "settings::token_days")]
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
            recipient_delimiter: settings::plus(),
            sub_address: true,
            token_secret: None,
            token_days: settings::token_days(),
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
    #[error("mail: the name in {0:?} is too long for a tag behind it; answers need at most {max} letters", max = own::MAX_LOCAL - 2 - token::LENGTH)]
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

/// The mail channel.
pub struct Mail {
    sender: Mailbox,
    message_domain: String,
    clock: Clock,
    transport: Transport,
    reader: Reader,
    source: Option<Source>,
    token_days: u16,
    signer: Option<dkim::Signer>,
    /// Address of our own web server.
    site: Option<String>,
}

enum Transport {
    Smtp(Box<Smtp>),
    Folder(Folder),
}

/// Where answers come from.
enum Source {
    Imap(Box<Imap>),
    Maildir(Arc<Maildir>),
}

impl Mail {
    /// Checks the configuration and reads the certificates. A folder transport makes its folder;
    /// an SMTP transport connects only when there is something to send (or on [`Channel::check`]).
    ///
    /// # Errors
    /// See [`MailError`]: a fault in the configuration, never an unreachable server.
    pub fn new(config: MailConfig, clock: Clock) -> Result<Self, MailError> {
        let from: Address = letter::parse_address(&config.from).map_err(|_| MailError::From(config.from.clone()))?;
        if config.from_name.as_ref().is_some_and(|name| name.chars().any(char::is_control)) {
            return Err(MailError::FromName);
        }
        if !letter::is_domain(&config.message_domain) {
            return Err(MailError::MessageDomain(config.message_domain));
        }
        let reader = settings::reader(&config, &from)?;
        let source = config.incoming.map(settings::source).transpose()?;
        let signer = config.dkim.as_ref().map(dkim::Signer::new).transpose()?;
        let transport = match config.transport {
            MailTransport::Folder { dir } => Transport::Folder(Folder::new(dir)?),
            MailTransport::Smtp { host, port, security, user, password, ca_file, timeout } => {
                check_plain(security, &host)?;
                let server = smtp::Server {
                    login: smtp::login(user, password)?,
                    tls: smtp::tls(security, &host, ca_file.as_deref())?,
                    host,
                    port,
                    hello: config.message_domain.clone(),
                    timeout: Some(timeout).filter(|t| t.as_secs() >= 1).ok_or(MailError::Timeout)?,
                };
                Transport::Smtp(Box::new(Smtp::new(server, Arc::clone(&clock))))
            }
        };
        Ok(Self {
            sender: Mailbox::new(config.from_name, from),
            message_domain: config.message_domain,
            clock,
            transport,
            reader,
            source,
            token_days: config.token_days,
            signer,
            site: None,
        })
    }

    /// Makes tokens with this secret, unless the configuration has one.
    #[must_use]
    pub fn with_secret(mut self, secret: SecretString) -> Mail {
        let days = self.token_days;
        self.reader.own.tokens.get_or_insert_with(|| Tokens::new(secret, days));
        self
    }

    /// Names our own web server: summaries can be stopped there.
    #[must_use]
    pub fn with_site(mut self, site: Option<String>) -> Mail {
        self.site = site.map(|site| site.trim_end_matches('/').to_owned());
        self
    }

    /// What makes and reads tokens, once there is a secret.
    pub fn tokens(&self) -> Option<&Tokens> {
        self.reader.own.tokens.as_ref()
    }

    /// What a mail to this address carries so that answers and bounces find back.
    fn marks(&self, message: &Outgoing, now: DateTime<Utc>) -> Marks {
        let own = &self.reader.own;
        if self.source.is_none() {
            return Marks::default();
        }
        let tagged = |purpose| own.tagged(purpose, &message.key, &message.address, now);
        let trace = || own.token(Purpose::Bounce, &message.key, "", now).map(|token| format!("b{token}"));
        let bounces = tagged(Purpose::Bounce);
        Marks {
            trace: if bounces.is_none() { trace() } else { None },
            bounces,
            reply_to: Some(tagged(Purpose::Answer).unwrap_or_else(|| own.address.clone())),
            answerable: true,
            unsubscribe: None,
        }
    }

    async fn send_marked(&self, message: &Outgoing, marks: Marks, now: DateTime<Utc>) -> Outcome {
        let mut letter = match letter::compose(&self.sender, &self.message_domain, message, &marks, now) {
            Ok(letter) => letter,
            Err(outcome) => return outcome,
        };
        if let Some(signer) = &self.signer {
            letter.bytes = signer.sign(letter.bytes, now);
        }
        match &self.transport {
            Transport::Smtp(smtp) => smtp.send(&letter).await,
            Transport::Folder(folder) => folder.send(&letter).await,
        }
    }

    async fn poll_maildir(
        &self,
        maildir: &Arc<Maildir>,
        offset: Option<i64>,
        wait: Duration,
    ) -> Result<Vec<Update>, PollError> {
        let mut waited = Duration::ZERO;
        loop {
            let taken = {
                let maildir = Arc::clone(maildir);
                tokio::task::spawn_blocking(move || maildir.take(offset)).await
            };
            let found = taken.map_err(std::io::Error::other).flatten().map_err(|error| PollError::Wait {
                after: MAILDIR_AGAIN,
                reason: format!("the Maildir cannot be read: {error}"),
            })?;
            if !found.is_empty() || waited >= wait {
                let now = (self.clock)();
                let read = |f: &incoming::maildir::Found| self.reader.read(&f.bytes, Some(f.number), f.arrived, now);
                return Ok(found.iter().map(read).collect());
            }
            pause(MAILDIR_LOOK).await;
            waited += MAILDIR_LOOK;
        }
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("sender", &self.sender).finish_non_exhaustive()
    }
}

#[async_trait]
impl Channel for Mail {
    fn name(&self) -> &str {
        "mail"
    }

    fn account(&self) -> String {
        self.sender.email.to_string()
    }

    fn features(&self) -> Features {
        Features {
            dialect: Dialect::Mail,
            // As addresses that begin an answer; only where answers are read.
            buttons: self.source.is_some(),
            edit: false,
            max_text: MAX_TEXT,
            limits: Vec::new(),
            // Servers do not drop a second mail with the same Message-ID; some readers do.
            idempotent: false,
            polls: self.source.is_some(),
            confidential: true,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        let now = (self.clock)();
        self.send_marked(message, self.marks(message, now), now).await
    }

    async fn send_summary(&self, message: &Outgoing) -> Outcome {
        let now = (self.clock)();
        let mut marks = self.marks(message, now);
        if let Some(site) = &self.site
            && let Some(token) = self.reader.own.token(Purpose::Unsubscribe, &message.key, "", now)
        {
            marks.unsubscribe = Some(format!("{site}/mail/summaries/{token}"));
        }
        self.send_marked(message, marks, now).await
    }

    async fn poll(&self, offset: Option<i64>, wait: Duration) -> Result<Vec<Update>, PollError> {
        match &self.source {
            None => Err(PollError::Fatal("no [mail.incoming] is configured".to_owned())),
            Some(Source::Maildir(maildir)) => self.poll_maildir(maildir, offset, wait).await,
            Some(Source::Imap(mailbox)) => {
                let found = mailbox.poll(offset, wait).await?;
                let now = (self.clock)();
                let read = |f: &imap::Found| self.reader.read(&f.bytes, Some(f.position), f.arrived, now);
                Ok(found.iter().map(read).collect())
            }
        }
    }

    async fn check(&self) -> Result<String, String> {
        let sends = match &self.transport {
            Transport::Smtp(smtp) => smtp.check().await?,
            Transport::Folder(folder) => folder.check().await?,
        };
        let reads = match &self.source {
            None => return Ok(sends),
            Some(Source::Imap(imap)) => imap.check().await?,
            Some(Source::Maildir(maildir)) => maildir.check()?,
        };
        let own = &self.reader.own;
        let counts = match (own.sub_address, &self.reader.server) {
            (true, Some(server)) => format!("answers count when {server} vouches for their writers"),
            (true, None) => "no authserv_id: every answer must be confirmed".to_owned(),
            (false, _) => "no sub-addresses: every answer must be confirmed".to_owned(),
        };
        Ok(format!("{sends}; {reads}; {counts}"))
    }
}

/// Without TLS, password and text would cross the network readable.
fn check_plain(security: Security, host: &str) -> Result<(), MailError> {
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
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<MailConfig, toml::de::Error> {
        toml::from_str(text)
    }

    const SMTP: &str = r#"
        from = "bell@example.org"
        message_domain = "example.org"
        [transport]
        type = "smtp"
        host = "mail.example.org"
        port = 587
        security = "starttls"
        user = "bell"
        password = "s3cret-word"
    "#;

    fn build(text: &str) -> Result<Mail, MailError> {
        Mail::new(parse(text).unwrap(), Arc::new(|| DateTime::UNIX_EPOCH))
    }

    #[test]
    fn configuration_reads_and_hides_the_password() {
        let config = parse(SMTP).unwrap();
        assert!(matches!(
            config.transport,
            MailTransport::Smtp { security: Security::StartTls, port: 587, timeout, .. }
                if timeout == Duration::from_secs(60)
        ));
        assert!(!format!("{config:?}").contains("s3cret-word"));
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert!(parse(&format!("{SMTP}\n pasword = 'x'")).is_err());
        assert!(parse(&format!("form = 'x'\n{SMTP}")).is_err());
    }

    #[test]
    fn plain_is_for_loopback_only() {
        let plain =
            |host: &str| build(&SMTP.replace("starttls", "plain").replace("mail.example.org", host)).map(|_| ());
        for host in ["localhost", "127.0.0.1", "127.9.9.9", "::1"] {
            assert!(plain(host).is_ok(), "{host}");
        }
        for host in ["mail.example.org", "10.0.0.5", "localhost.example.org", "0.0.0.0"] {
            assert!(matches!(plain(host), Err(MailError::PlainHost(_))), "{host}");
        }
    }

    #[test]
    fn faults_in_the_configuration_are_named() {
        let with = |from: &str, to: &str| build(&SMTP.replace(from, to)).unwrap_err();
        assert!(matches!(with("bell@example.org", "bell"), MailError::From(_)));
        let domain = "message_domain = \"example.org\"";
        for bad in ["message_domain = \"a b\"", "message_domain = \"\"", "message_domain = \"青石\""] {
            assert!(matches!(with(domain, bad), MailError::MessageDomain(_)), "{bad}");
        }
        assert!(matches!(with("user = \"bell\"", ""), MailError::Login));
        assert!(matches!(with("port = 587", "port = 587\ntimeout = 0"), MailError::Timeout));
        let ca = "port = 587\nca_file = '/nowhere/ca.pem'";
        assert!(matches!(with("port = 587", ca), MailError::CaFile { .. }));
        let name = "from_name = \"a\\nBcc: x@example.org\"\nfrom =";
        assert!(matches!(with("from =", name), MailError::FromName));
    }
}
