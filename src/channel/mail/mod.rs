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
pub(crate) mod section;
mod settings;
mod smtp;
mod token;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::message::Mailbox;
use secrecy::SecretString;

use self::folder::Folder;
use self::incoming::imap::Imap;
use self::incoming::maildir::Maildir;
use self::incoming::{Found, Reader};
use self::letter::Marks;
use self::smtp::Smtp;
use super::{Channel, Clock, Dialect, Features, Outcome, Outgoing, PollError};
use dutybell_core::inbound::Update;
use dutybell_system::clock::pause;

pub use self::dkim::DkimConfig;
pub use self::incoming::NOBODY_VOUCHES;
pub use self::settings::{IncomingConfig, MailConfig, MailError, MailTransport, Security};
pub use self::token::{Purpose, SHORTEST_SECRET, Tokens};

/// Where the channel gets the present instant (UTC) from: the `Date` header and the age of kept
/// Longest text handed to the channel, in UTF-16 code units. Not a rule of SMTP: servers limit the
/// size in bytes, and common limits (10 MiB and more) are far above this.
const MAX_TEXT: usize = 100_000;
/// Between two looks into a Maildir.
const MAILDIR_LOOK: Duration = Duration::from_secs(2);
/// After a Maildir that cannot be read.
const MAILDIR_AGAIN: Duration = Duration::from_secs(30);

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
                settings::check_plain(security, &host)?;
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

    /// What a mail to this address carries so that answers and bounces find back.
    fn marks(&self, message: &Outgoing, now: DateTime<Utc>) -> Marks {
        let own = &self.reader.own;
        if self.source.is_none() {
            return Marks::default();
        }
        let tagged = |purpose| own.tagged(purpose, &message.key, &message.address, now);
        let trace = || own.token(Purpose::Bounce, &message.key, "", now).map(|token| format!("b{token}"));
        let bounces = tagged(Purpose::Bounce);
        let to_ourselves = message.address.eq_ignore_ascii_case(own.address.as_ref());
        Marks {
            forged: self.reader.server.as_ref().filter(|_| to_ourselves).map(|server| incoming::forgery(server)),
            trace: if bounces.is_none() { trace() } else { None },
            bounces,
            reply_to: Some(tagged(Purpose::Answer).unwrap_or_else(|| own.address.clone())),
            answerable: true,
            unsubscribe: None,
        }
    }

    /// The sender that a mail of ours would have, tag and all: a server may refuse it.
    fn probe(&self) -> Option<Address> {
        self.source.as_ref()?;
        self.reader.own.tagged(Purpose::Bounce, "m0", "", (self.clock)())
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
}

/// What is new in the folder; looks again and again for up to `wait` when nothing is.
async fn poll_maildir(maildir: &Arc<Maildir>, offset: Option<i64>, wait: Duration) -> Result<Vec<Found>, PollError> {
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
            return Ok(found);
        }
        pause(MAILDIR_LOOK).await;
        waited += MAILDIR_LOOK;
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
        let found = match &self.source {
            None => return Err(PollError::Fatal("no [mail.incoming] is configured".to_owned())),
            Some(Source::Maildir(maildir)) => poll_maildir(maildir, offset, wait).await?,
            Some(Source::Imap(mailbox)) => mailbox.poll(offset, wait).await?,
        };
        let now = (self.clock)();
        Ok(found.iter().map(|f| self.reader.read(&f.bytes, Some(f.position), f.arrived, now)).collect())
    }

    fn hears(&self) -> bool {
        self.source.is_some()
    }

    fn own_address(&self) -> Option<String> {
        let hears = self.source.is_some() && self.reader.own.tokens.is_some();
        hears.then(|| self.reader.own.address.to_string())
    }

    fn tokens(&self) -> Option<&Tokens> {
        self.reader.own.tokens.as_ref()
    }

    async fn check(&self) -> Result<String, String> {
        let sends = match &self.transport {
            Transport::Smtp(smtp) => smtp.check(self.probe().as_ref()).await?,
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
