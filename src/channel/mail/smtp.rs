//! Talking to an SMTP server: connections, the dialogue, and what its answers mean.
//!
//! The dialogue is led command by command instead of by the library's ready-made transport, because
//! the outcome depends on how far it got: a refused recipient is not a refused text, and only a cut
//! after the content leaves open whether the mail went. Knows nothing of people or items; called by
//! the channel with a finished letter.

use std::io;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::{Mutex, Semaphore};

use dutybell_system::clock::within;

use super::super::Outcome;
use super::letter::Letter;
use super::narrow::Narrow;
use super::verdict::{self, Phase};
use super::{Clock, MailError, Security};

/// Connections at the same time; below the limits of common servers (Postfix allows 50 a client,
/// Exchange 20), and one connection carries several mails a second.
const MAX_CONNECTIONS: usize = 4;
/// A kept connection older than this is not used again; servers close idle ones after some minutes.
const MAX_IDLE: TimeDelta = TimeDelta::seconds(60);
/// Longest wait for one of the host's addresses, so that a dead one leaves time for the next.
const DIAL: Duration = Duration::from_secs(10);
/// Longest wait for the polite end of a connection that is given up.
const GOODBYE: Duration = Duration::from_secs(2);

/// The server as configured.
pub(super) struct Server {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    pub login: Option<Login>,
    /// Name given in EHLO.
    pub hello: String,
    pub timeout: Duration,
}

pub(super) enum Tls {
    Start(TlsParameters),
    Wrapped(TlsParameters),
    Off,
}

pub(super) struct Login {
    user: String,
    password: SecretString,
}

pub(super) struct Smtp {
    server: Server,
    clock: Clock,
    slots: Semaphore,
    idle: Mutex<Vec<(AsyncSmtpConnection, DateTime<Utc>)>>,
}

/// Login data are complete or absent.
pub(super) fn login(user: Option<String>, password: Option<SecretString>) -> Result<Option<Login>, MailError> {
    match (user, password) {
        (None, None) => Ok(None),
        (Some(user), Some(password)) if !user.is_empty() && !password.expose_secret().is_empty() => {
            Ok(Some(Login { user, password }))
        }
        _ => Err(MailError::Login),
    }
}

/// Trusts the system's certificates and those in `ca_file`; the certificate must name `host`.
pub(super) fn tls(security: Security, host: &str, ca_file: Option<&Path>) -> Result<Tls, MailError> {
    if security == Security::Plain {
        return Ok(Tls::Off);
    }
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(path) = ca_file {
        let fault = |reason: String| MailError::CaFile { path: path.to_owned(), reason };
        let pem = std::fs::read(path).map_err(|e| fault(e.to_string()))?;
        // The reader skips what is not a certificate, so an empty result is a wrong file.
        if !pem.windows(27).any(|w| w == b"-----BEGIN CERTIFICATE-----") {
            return Err(fault("it holds no certificate in PEM form".to_owned()));
        }
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|e| fault(e.to_string()))?);
    }
    let parameters = builder.build().map_err(|e| MailError::Tls(e.to_string()))?;
    Ok(if security == Security::Tls { Tls::Wrapped(parameters) } else { Tls::Start(parameters) })
}

impl Smtp {
    pub(super) fn new(server: Server, clock: Clock) -> Self {
        Self { server, clock, slots: Semaphore::new(MAX_CONNECTIONS), idle: Mutex::default() }
    }

    /// One try with one mail.
    pub(super) async fn send(&self, letter: &Letter) -> Outcome {
        let Ok(_slot) = self.slots.acquire().await else {
            // Not reached: the semaphore is never closed.
            return Outcome::Transient { reason: "the mail channel is shut".to_owned() };
        };
        let mut connection = match self.connection().await {
            Ok(connection) => connection,
            Err(reason) => return Outcome::Transient { reason },
        };
        let outcome = self.dialogue(&mut connection, letter).await;
        if matches!(outcome, Outcome::Accepted { .. }) {
            self.idle.lock().await.push((connection, (self.clock)()));
        } else {
            // A connection that saw an error is not kept; what the goodbye brings changes nothing.
            let _ = within(GOODBYE, connection.abort()).await;
        }
        outcome
    }

    /// Connects, signs in and asks for a sign of life; says what was found. `sender`: one of the tagged ones that
    /// mails will have, where they have tags.
    pub(super) async fn check(&self, sender: Option<&Address>) -> Result<String, String> {
        let mut connection = self.connect_in_time().await?;
        let alive = within(self.server.timeout, connection.test_connected()).await == Some(true);
        let name = verdict::quote(connection.server_info().name());
        let refused = match sender.filter(|_| alive) {
            Some(sender) => {
                let from = MailFrom::new(Some(sender.clone()), Vec::new());
                within(self.server.timeout, connection.command(from)).await.and_then(Result::err)
            }
            None => None,
        };
        let _ = within(GOODBYE, connection.abort()).await; // the finding stands already
        if !alive {
            return Err(format!("{}: connected, but NOOP failed", self.place()));
        }
        if let (Some(error), Some(sender)) = (refused, sender) {
            let user = sender.user().chars().take_while(|c| c.is_ascii_alphanumeric()).collect::<String>();
            return Err(format!(
                "{}: senders with a tag behind {user} are refused: {}; allow them there, or set sub_address = false",
                self.place(),
                verdict::describe(&error)
            ));
        }
        let protection = match self.server.tls {
            Tls::Start(_) => "STARTTLS, certificate trusted",
            Tls::Wrapped(_) => "TLS, certificate trusted",
            Tls::Off => "no encryption, this machine only",
        };
        let login = match &self.server.login {
            Some(login) => format!("signed in as {}", login.user),
            None => "no login configured".to_owned(),
        };
        Ok(format!("{} ({name}): {protection}; {login}; ready", self.place()))
    }

    fn place(&self) -> String {
        format!("{}:{}", self.server.host, self.server.port)
    }

    /// A kept connection that still answers, else a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, String> {
        loop {
            let Some((mut kept, since)) = self.idle.lock().await.pop() else {
                return self.connect_in_time().await;
            };
            let fresh = (self.clock)().signed_duration_since(since) <= MAX_IDLE;
            if fresh && within(GOODBYE, kept.test_connected()).await == Some(true) {
                return Ok(kept);
            }
        }
    }

    async fn connect_in_time(&self) -> Result<AsyncSmtpConnection, String> {
        let limit = self.server.timeout;
        match within(limit, self.connect()).await {
            Some(connected) => connected,
            None => Err(format!("{}: no connection within {} s", self.place(), limit.as_secs())),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let place = self.place();
        let hello = ClientId::Domain(self.server.hello.clone());
        let mut connection = self.greet(&hello).await?;
        if let Tls::Start(parameters) = &self.server.tls {
            if !connection.server_info().supports_feature(Extension::StartTls) {
                let _ = within(GOODBYE, connection.abort()).await; // nothing was said yet
                return Err(format!("{place}: the server does not offer STARTTLS; nothing was sent"));
            }
            connection
                .starttls(parameters.clone(), &hello)
                .await
                .map_err(|e| format!("{place}: STARTTLS failed: {}", verdict::describe(&e)))?;
        }
        if let Some(login) = &self.server.login {
            self.sign_in(&mut connection, login).await?;
        }
        Ok(connection)
    }

    /// Up to the answer to the first EHLO.
    async fn greet(&self, hello: &ClientId) -> Result<AsyncSmtpConnection, String> {
        let cannot = |why: String| format!("{}: cannot connect: {why}", self.place());
        let address = (self.server.host.as_str(), self.server.port);
        let connected = if let Tls::Wrapped(parameters) = &self.server.tls {
            let parameters = Some(parameters.clone());
            AsyncSmtpConnection::connect_tokio1(address, Some(DIAL), hello, parameters, None).await
        } else {
            let tcp = dial(address).await.map_err(|e| cannot(e.to_string()))?;
            AsyncSmtpConnection::connect_with_transport(Box::new(Narrow::new(tcp)), hello).await
        };
        connected.map_err(|e| cannot(verdict::describe(&e)))
    }

    async fn sign_in(&self, connection: &mut AsyncSmtpConnection, login: &Login) -> Result<(), String> {
        let place = self.place();
        let password = login.password.expose_secret();
        let credentials = Credentials::new(login.user.clone(), password.to_owned());
        let Err(error) = connection.auth(DEFAULT_MECHANISMS, &credentials).await else {
            return Ok(());
        };
        let _ = within(GOODBYE, connection.abort()).await; // the refusal is what counts
        // Only the code, not the server's words: some servers repeat the command they refuse, and
        // it holds the password in base64.
        Err(match verdict::code_of(&error) {
            Some((code @ (534 | 535), _)) => {
                format!("{place}: user {} or its password is refused ({code})", login.user)
            }
            Some((code, _)) => format!("{place}: signing in as {} failed ({code})", login.user),
            None if error.is_client() => {
                format!("{place}: the server offers no login by PLAIN or LOGIN")
            }
            None => format!("{place}: the connection was cut while signing in"),
        })
    }

    /// MAIL, RCPT, DATA and the content, each stretch bounded in time.
    async fn dialogue(&self, connection: &mut AsyncSmtpConnection, letter: &Letter) -> Outcome {
        let limit = self.server.timeout;
        let place = self.place();
        match within(limit, envelope(connection, letter)).await {
            Some(Ok(())) => {}
            Some(Err((phase, error))) => return verdict::before_content(&place, phase, &error),
            None => {
                let reason = format!("{place}: no answer to the envelope within {} s", limit.as_secs());
                return Outcome::Transient { reason };
            }
        }
        match within(limit, connection.message(&letter.bytes)).await {
            // 2xx only: a late 354 would be the answer to another command.
            Some(Ok(response)) if verdict::is_completion(&response) => {
                Outcome::Accepted { platform_id: Some(letter.id.clone()) }
            }
            Some(Ok(response)) => {
                Outcome::Unknown { reason: format!("{place}: unexpected answer {} to the content", response.code()) }
            }
            Some(Err(error)) => verdict::after_content(&place, &error),
            None => {
                Outcome::Unknown { reason: format!("{place}: no answer to the content within {} s", limit.as_secs()) }
            }
        }
    }
}

/// The first of the host's addresses that answers.
async fn dial(address: (&str, u16)) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in lookup_host(address).await? {
        match within(DIAL, TcpStream::connect(address)).await {
            Some(Ok(tcp)) => return Ok(tcp),
            Some(Err(error)) => last = error,
            None => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}

/// Everything up to the server's "go ahead" (354).
async fn envelope(connection: &mut AsyncSmtpConnection, letter: &Letter) -> Result<(), (Phase, Option<SmtpError>)> {
    let from = MailFrom::new(Some(letter.from.clone()), Vec::new());
    connection.command(from).await.map_err(|e| (Phase::Sender, Some(e)))?;
    let to = Rcpt::new(letter.to.clone(), Vec::new());
    connection.command(to).await.map_err(|e| (Phase::Recipient, Some(e)))?;
    let go = connection.command(Data).await.map_err(|e| (Phase::Content, Some(e)))?;
    // Any other positive answer means that answers and commands are out of step.
    if go.has_code(354) { Ok(()) } else { Err((Phase::Content, None)) }
}
