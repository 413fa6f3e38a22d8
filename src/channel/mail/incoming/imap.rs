//! A mailbox over IMAP (RFC 3501): what is new is fetched by UID, and waited for with IDLE (RFC 2177).
//!
//! UIDVALIDITY and the last stored UID make the position that the caller stores together with the letters; only
//! letters up to it are marked as seen, nothing is deleted. Every call asks anew, so a server whose IDLE is deaf is
//! polled all the same; a call is shorter than the 29 minutes after which IDLE must be renewed.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_imap::types::{Fetch, Mailbox};
use async_imap::{Client, error::Error as ImapError};
use chrono::Utc;
use futures::TryStreamExt;
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_rustls::TlsConnector;

use super::{Found, MOST};
use crate::PollError;
use crate::mail::{MailError, Security, verdict};
use dutybell_system::clock::{pause, within};

/// Letters handed over at a time.
const BATCH: usize = 20;
/// After a failure that may pass by itself.
const AGAIN: Duration = Duration::from_secs(15);
/// Between two looks where the server has no IDLE.
const LOOK: Duration = Duration::from_secs(20);
/// Longest line of a server before TLS.
const MAX_LINE: usize = 2_048;

/// The mailbox as configured.
pub(in crate::mail) struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub user: String,
    pub password: SecretString,
    pub mailbox: String,
    pub timeout: Duration,
}

trait Io: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Io for T {}
type Session = async_imap::Session<Box<dyn Io>>;

/// A connection that stands, and what is known of its mailbox.
struct Open {
    session: Session,
    validity: u32,
    idles: bool,
    /// Letters up to this one are marked as seen.
    seen: u32,
}

pub(in crate::mail) struct Imap {
    server: Server,
    tls: Arc<ClientConfig>,
    open: Mutex<Option<Open>>,
}

/// Position of a letter: the mailbox's UIDVALIDITY above, its UID below. Without the topmost bit the number stays
/// positive; two validities of one mailbox that differ in nothing else do not happen.
fn position(validity: u32, uid: u32) -> i64 {
    i64::from(validity & 0x7fff_ffff) << 32 | i64::from(uid)
}

/// The UID after which letters are new: all are where the mailbox was made anew.
fn last_uid(stored: Option<i64>, validity: u32) -> u32 {
    let stored = stored.unwrap_or(0);
    match stored >> 32 == i64::from(validity & 0x7fff_ffff) {
        true => u32::try_from(stored & 0xffff_ffff).unwrap_or(0),
        false => 0,
    }
}

impl Imap {
    /// Reads certificates; connects only when asked for letters.
    pub(in crate::mail) fn new(server: Server, ca_file: Option<&Path>) -> Result<Imap, MailError> {
        let tls = Arc::new(client_config(ca_file)?);
        Ok(Imap { server, tls, open: Mutex::new(None) })
    }

    /// What is new after the stored position; waits up to `wait` when nothing is.
    pub(in crate::mail) async fn poll(&self, stored: Option<i64>, wait: Duration) -> Result<Vec<Found>, PollError> {
        let mut held = self.open.lock().await;
        // Taken out while it is used: a call that is given up half-way leaves no connection in the middle of a word.
        let mut open = match held.take() {
            Some(open) => open,
            None => self.connect().await?,
        };
        let mut found = self.in_time(look(&mut open, stored)).await?;
        if found.is_empty() {
            open = self.wait(open, wait).await?;
            found = self.in_time(look(&mut open, stored)).await?;
        }
        *held = Some(open);
        Ok(found)
    }

    /// Signs in and looks at the mailbox; says what was found.
    pub(in crate::mail) async fn check(&self) -> Result<String, String> {
        let reason = |error: PollError| match error {
            PollError::Wait { reason, .. } | PollError::Fatal(reason) => reason,
        };
        let mut open = self.connect().await.map_err(reason)?;
        let idles = if open.idles { "IDLE" } else { "no IDLE, asked every 20 s" };
        let _ = within(Duration::from_secs(2), open.session.logout()).await; // the finding stands already
        Ok(format!("{}: signed in as {}, mailbox {}, {idles}", self.place(), self.server.user, self.server.mailbox))
    }

    fn place(&self) -> String {
        format!("{}:{}", self.server.host, self.server.port)
    }

    fn again(&self, what: &str, why: impl fmt::Display) -> PollError {
        let reason = verdict::quote(&format!("{}: {what}: {why}", self.place()));
        PollError::Wait { after: AGAIN, reason }
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, ImapError>>) -> Result<T, PollError> {
        match within(self.server.timeout, work).await {
            Some(done) => done.map_err(|e| self.again("the mailbox cannot be read", e)),
            None => Err(self.again("the mailbox cannot be read", "no answer in time")),
        }
    }

    /// Until something is new in the mailbox, or `wait` is over.
    async fn wait(&self, mut open: Open, wait: Duration) -> Result<Open, PollError> {
        if !open.idles {
            pause(wait.min(LOOK)).await;
            return Ok(open);
        }
        let mut idle = open.session.idle();
        self.in_time(idle.init()).await?;
        let woken = {
            let (news, _stop) = idle.wait_with_timeout(wait);
            within(wait, news).await
        };
        if let Some(Err(error)) = woken {
            return Err(self.again("waiting failed", error));
        }
        open.session = self.in_time(idle.done()).await?;
        Ok(open)
    }

    async fn connect(&self) -> Result<Open, PollError> {
        let connected = within(self.server.timeout, self.wire()).await;
        let (wire, greeted) = match connected {
            Some(Ok(wire)) => wire,
            Some(Err(error)) => return Err(self.again("cannot connect", error)),
            None => return Err(self.again("cannot connect", "no answer in time")),
        };
        let mut client = Client::new(wire);
        if !greeted {
            let greeting = within(self.server.timeout, client.read_response()).await;
            if !matches!(greeting, Some(Ok(Some(_)))) {
                return Err(self.again("cannot connect", "no greeting"));
            }
        }
        let (user, password) = (&self.server.user, self.server.password.expose_secret());
        let mut session = match within(self.server.timeout, client.login(user, password)).await {
            Some(Ok(session)) => session,
            // Not the server's words: some servers repeat the command, and it holds the password.
            Some(Err((ImapError::No(_) | ImapError::Validate(_), _))) => {
                return Err(PollError::Fatal(format!("{}: user {user} or its password is refused", self.place())));
            }
            _ => return Err(self.again("cannot sign in", "no clear answer")),
        };
        let idles = self.in_time(session.capabilities()).await?.has_str("IDLE");
        let selected = within(self.server.timeout, session.select(&self.server.mailbox)).await;
        let mailbox: Mailbox = match selected {
            Some(Ok(mailbox)) => mailbox,
            Some(Err(ImapError::No(_))) => {
                return Err(PollError::Fatal(format!("{}: there is no mailbox {}", self.place(), self.server.mailbox)));
            }
            Some(Err(error)) => return Err(self.again("the mailbox cannot be opened", error)),
            None => return Err(self.again("the mailbox cannot be opened", "no answer in time")),
        };
        let Some(validity) = mailbox.uid_validity else {
            return Err(PollError::Fatal(format!("{}: the server does not number its letters", self.place())));
        };
        Ok(Open { session, validity, idles, seen: 0 })
    }

    /// A protected connection, and whether its greeting was read already.
    async fn wire(&self) -> io::Result<(Box<dyn Io>, bool)> {
        let mut tcp = TcpStream::connect((self.server.host.as_str(), self.server.port)).await?;
        match self.server.security {
            Security::Plain => Ok((Box::new(tcp), false)),
            Security::Tls => Ok((self.encrypt(tcp).await?, false)),
            Security::StartTls => {
                starttls(&mut tcp).await?;
                Ok((self.encrypt(tcp).await?, true))
            }
        }
    }

    async fn encrypt(&self, tcp: TcpStream) -> io::Result<Box<dyn Io>> {
        let name = ServerName::try_from(self.server.host.clone()).map_err(io::Error::other)?;
        Ok(Box::new(TlsConnector::from(self.tls.clone()).connect(name, tcp).await?))
    }
}

/// Asks for TLS. Reads single bytes, so that nothing injected behind the answer is taken for an answer under TLS
/// (the fault class of CVE-2011-0411).
async fn starttls(tcp: &mut TcpStream) -> io::Result<()> {
    let greeting = line(tcp).await?;
    // "PREAUTH" without TLS would keep us from asking for it (RFC 9051 section 7.1.4).
    if !greeting.to_ascii_uppercase().starts_with("* OK") {
        return Err(io::Error::other("the server does not greet with OK"));
    }
    tcp.write_all(b"a1 STARTTLS\r\n").await?;
    for _ in 0..20 {
        let answer = line(tcp).await?.to_ascii_uppercase();
        if answer.starts_with("A1 OK") {
            return Ok(());
        }
        if answer.starts_with("A1 ") {
            break;
        }
    }
    Err(io::Error::other("the server does not offer STARTTLS; nothing was said"))
}

async fn line(tcp: &mut TcpStream) -> io::Result<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        if line.len() >= MAX_LINE {
            return Err(io::Error::other("a line without end"));
        }
        line.push(tcp.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Fetches what is new; marks as seen what is stored.
async fn look(open: &mut Open, stored: Option<i64>) -> Result<Vec<Found>, ImapError> {
    let last = last_uid(stored, open.validity);
    if last > open.seen {
        let unseen = open.session.uid_search(format!("UID {}:{last} UNSEEN", open.seen + 1)).await?;
        let mut unseen: Vec<u32> = unseen.into_iter().filter(|uid| *uid <= last).collect();
        unseen.sort_unstable();
        for some in unseen.chunks(200) {
            let set: Vec<String> = some.iter().map(u32::to_string).collect();
            // Its answers are not needed; a mailbox that may only be read keeps its letters unseen.
            let marked = open.session.uid_store(set.join(","), "+FLAGS.SILENT (\\Seen)").await?;
            let _: Result<Vec<Fetch>, ImapError> = marked.try_collect().await;
        }
        open.seen = last;
    }
    let next = last.saturating_add(1);
    // "n:*" always has the last letter in it, whatever its UID (RFC 3501 section 6.4.8).
    let new = open.session.uid_search(format!("UID {next}:*")).await?;
    let mut new: Vec<u32> = new.into_iter().filter(|uid| *uid >= next).collect();
    new.sort_unstable();
    new.truncate(BATCH);
    let mut found = Vec::with_capacity(new.len());
    for uid in new {
        let letters =
            open.session.uid_fetch(uid.to_string(), format!("(UID INTERNALDATE BODY.PEEK[]<0.{MOST}>)")).await?;
        let letters: Vec<Fetch> = letters.try_collect().await?;
        // The server may put in what it has to say of flags: only an answer with the letter itself counts.
        let mut of_it = letters.iter().filter(|l| l.uid == Some(uid)).peekable();
        // Deleted meanwhile.
        if of_it.peek().is_none() {
            continue;
        }
        let Some((letter, bytes)) = of_it.find_map(|l| Some((l, l.body()?))) else {
            // Passing over it would move the position over a letter that nobody read.
            let why = format!("the server does not hand out letter {uid}");
            return Err(ImapError::Io(io::Error::other(why)));
        };
        let arrived = letter.internal_date().map(|at| at.with_timezone(&Utc));
        found.push(Found { position: position(open.validity, uid), bytes: bytes.to_vec(), arrived });
    }
    Ok(found)
}

fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, MailError> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // Some systems ship certificates that the library does not read; the others still count.
        let _ = roots.add(certificate);
    }
    if let Some(path) = ca_file {
        let fault = |reason: String| MailError::CaFile { path: path.to_owned(), reason };
        let certificates = CertificateDer::pem_file_iter(path).map_err(|e| fault(e.to_string()))?;
        let mut any = false;
        for certificate in certificates {
            roots.add(certificate.map_err(|e| fault(e.to_string()))?).map_err(|e| fault(e.to_string()))?;
            any = true;
        }
        if !any {
            return Err(fault("it holds no certificate in PEM form".to_owned()));
        }
    }
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    let builder = builder.map_err(|e| MailError::Tls(e.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_hold_validity_and_uid() {
        let stored = position(1_700_000_000, 42);
        assert_eq!(last_uid(Some(stored), 1_700_000_000), 42);
        assert_eq!(last_uid(Some(stored), 1_700_000_001), 0, "the mailbox was made anew");
        assert_eq!(last_uid(None, 1_700_000_000), 0);
        assert_eq!(last_uid(Some(position(u32::MAX, u32::MAX)), u32::MAX), u32::MAX);
        assert!(position(u32::MAX, u32::MAX) > 0);
        assert!(position(5, 43) > position(5, 42));
    }
}
