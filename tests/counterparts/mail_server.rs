//! Starts the mail server `mail_server.py`, writes letters into it as people do, and reads people's mailboxes.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use data_encoding::BASE64;
use dutybell::channel::mail::{IncomingConfig, MailConfig, MailTransport, Security};
use futures::TryStreamExt;
use mail_parser::{Message, MessageParser};
use serde_json::Value;

/// Everybody's password.
pub const PASSWORD: &str = "Qing-Shi-8841";
/// The gateway's own mailbox.
pub const BELL: &str = "bell@duty.test";
/// Id under which the server gives its verdicts.
pub const SERVER_ID: &str = "mx.duty.test";

pub struct MailServer {
    child: Child,
    ports: Value,
    pub dir: tempfile::TempDir,
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }
}

fn openssl(dir: &Path, args: &str) {
    let out = Command::new("openssl").args(args.split(' ')).current_dir(dir).output();
    let out = out.expect("the openssl command is needed to make test certificates");
    assert!(out.status.success(), "openssl: {}", String::from_utf8_lossy(&out.stderr));
}

impl MailServer {
    /// Starts a server with a CA of its own.
    ///
    /// # Panics
    /// With the reason, when Python, its module or openssl is missing.
    pub fn start() -> MailServer {
        let dir = tempfile::tempdir().unwrap();
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
        openssl(dir.path(), &format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=Office-CA"));
        let signed =
            "-CA ca.pem -CAkey ca.key -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE";
        openssl(
            dir.path(),
            &format!("req -x509 {key} -keyout server.key -out server.pem -subj /CN=localhost {signed}"),
        );
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/counterparts/mail_server.py");
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let mut child = Command::new(python)
            .arg(script)
            .args(["--cert", "server.pem", "--key", "server.key", "--user", BELL, "--password", PASSWORD])
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(dir.path().join("stderr")).unwrap())
            .spawn()
            .expect("python3 is needed for the test mail server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        if line.is_empty() {
            let _ = child.wait();
            panic!("the test mail server did not start: {}", fs::read_to_string(dir.path().join("stderr")).unwrap());
        }
        MailServer { child, ports: serde_json::from_str(&line).unwrap(), dir }
    }

    fn port(&self, name: &str) -> u16 {
        u16::try_from(self.ports[name].as_u64().unwrap()).unwrap()
    }

    /// As an office would set it up: STARTTLS both ways, answers believed on the server's verdict.
    pub fn config(&self) -> MailConfig {
        let ca_file = Some(self.dir.path().join("ca.pem"));
        let transport = MailTransport::Smtp {
            host: "localhost".to_owned(),
            port: self.port("smtp"),
            security: Security::StartTls,
            user: Some(BELL.to_owned()),
            password: Some(PASSWORD.into()),
            ca_file: ca_file.clone(),
            timeout: Duration::from_secs(10),
        };
        MailConfig {
            from_name: Some("青石县督办".to_owned()),
            authserv_id: Some(SERVER_ID.to_owned()),
            incoming: Some(self.imap(ca_file, PASSWORD)),
            ..MailConfig::new(BELL, "duty.test", transport)
        }
    }

    /// The same as `[mail]` section of a configuration file.
    pub fn toml(&self) -> String {
        let ca = self.dir.path().join("ca.pem").display().to_string();
        format!(
            "[mail]\nfrom = \"{BELL}\"\nmessage_domain = \"duty.test\"\nauthserv_id = \"{SERVER_ID}\"\n\
             [mail.transport]\ntype = \"smtp\"\nhost = \"localhost\"\nport = {}\nsecurity = \"starttls\"\nuser = \"{BELL}\"\n\
             password = \"{PASSWORD}\"\nca_file = \"{ca}\"\n\
             [mail.incoming]\ntype = \"imap\"\nhost = \"localhost\"\nport = {}\nsecurity = \"starttls\"\nuser = \"{BELL}\"\n\
             password_file = \"imap.password\"\nca_file = \"{ca}\"\n",
            self.ports["smtp"], self.ports["imap"],
        )
    }

    pub fn imap(&self, ca_file: Option<std::path::PathBuf>, password: &str) -> IncomingConfig {
        IncomingConfig::Imap {
            host: "localhost".to_owned(),
            port: self.port("imap"),
            security: Security::StartTls,
            user: BELL.to_owned(),
            password: password.into(),
            mailbox: "INBOX".to_owned(),
            ca_file,
            timeout: Duration::from_secs(10),
        }
    }

    /// Hands a letter in. `user`: who signs in; nobody else is believed to be who he says.
    pub fn submit(&self, user: Option<&str>, envelope_from: &str, to: &str, letter: &str) {
        let stream = TcpStream::connect(("127.0.0.1", self.port("smtp"))).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut writer = stream;
        let mut say = |command: Option<String>, code: &str| {
            if let Some(command) = command {
                writer.write_all(command.as_bytes()).unwrap();
                writer.write_all(b"\r\n").unwrap();
            }
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.as_bytes().get(3) != Some(&b'-') {
                    assert!(line.starts_with(code), "{line}");
                    break;
                }
            }
        };
        say(None, "220");
        say(Some("EHLO client.duty.test".to_owned()), "250");
        if let Some(user) = user {
            let login = BASE64.encode(format!("\0{user}\0{PASSWORD}").as_bytes());
            say(Some(format!("AUTH PLAIN {login}")), "235");
        }
        say(Some(format!("MAIL FROM:<{envelope_from}>")), "250");
        say(Some(format!("RCPT TO:<{to}>")), "250");
        say(Some("DATA".to_owned()), "354");
        say(Some(format!("{}\r\n.", letter.replace("\r\n", "\n").replace('\n', "\r\n"))), "250");
        say(Some("QUIT".to_owned()), "221");
    }

    /// Somebody answers a mail that he received with his own program, above the quotation.
    pub fn answers(&self, who: &str, mail: &Mail, text: &str) {
        self.submit(Some(who), who, &mail.reply_to, &mail.answer(who, text));
    }

    async fn session(&self, user: &str) -> async_imap::Session<tokio::net::TcpStream> {
        let tcp = tokio::net::TcpStream::connect(("127.0.0.1", self.port("imap"))).await.unwrap();
        let mut client = async_imap::Client::new(tcp);
        client.read_response().await.unwrap();
        let mut session = client.login(user, PASSWORD).await.map_err(|(error, _)| error).unwrap();
        session.select("INBOX").await.unwrap();
        session
    }

    /// Lays a letter into somebody's mailbox, as it is.
    pub async fn appends(&self, user: &str, letter: &str) {
        self.session(user).await.append("INBOX", None, None, letter.as_bytes()).await.unwrap();
    }

    /// Letters in somebody's mailbox, oldest first.
    pub async fn mailbox(&self, user: &str) -> Vec<Mail> {
        let mut session = self.session(user).await;
        let letters: Vec<_> =
            session.uid_fetch("1:*", "(UID FLAGS BODY.PEEK[])").await.unwrap().try_collect().await.unwrap();
        let seen = |l: &async_imap::types::Fetch| l.flags().any(|f| f == async_imap::types::Flag::Seen);
        // Among them may be what the server has to say of flags.
        let read = |l: &async_imap::types::Fetch| Some((l.uid?, Mail::read(l.body()?, seen(l))));
        let mut mails: Vec<_> = letters.iter().filter_map(read).collect();
        mails.sort_by_key(|(uid, _)| *uid);
        mails.into_iter().map(|(_, mail)| mail).collect()
    }
}

/// A letter in a mailbox.
#[derive(Clone, Debug)]
pub struct Mail {
    pub seen: bool,
    pub raw: String,
    pub id: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub reply_to: String,
    pub envelope_from: String,
}

impl Mail {
    fn read(bytes: &[u8], seen: bool) -> Mail {
        let message: Message<'_> = MessageParser::default().parse(bytes).unwrap();
        let address = |a: Option<&mail_parser::Address<'_>>| {
            a.and_then(|a| a.first()).and_then(|a| a.address()).unwrap_or_default().to_owned()
        };
        Mail {
            seen,
            raw: String::from_utf8_lossy(bytes).into_owned(),
            id: format!("<{}>", message.message_id().unwrap_or_default()),
            subject: message.subject().unwrap_or_default().to_owned(),
            text: message.body_text(0).unwrap_or_default().into_owned(),
            html: message.body_html(0).unwrap_or_default().into_owned(),
            reply_to: address(message.reply_to().or(message.from())),
            envelope_from: message
                .header_raw("Return-Path")
                .unwrap_or_default()
                .trim()
                .trim_matches(['<', '>'])
                .to_owned(),
        }
    }

    /// A header as it stands, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.raw.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
        let start = format!("{}:", name.to_lowercase());
        let line = head.lines().find(|l| l.to_lowercase().starts_with(&start))?;
        Some(line[start.len()..].trim().to_owned())
    }

    /// What a program sends when this mail is answered.
    pub fn answer(&self, who: &str, text: &str) -> String {
        let quote: String = self.text.lines().map(|l| format!("> {l}\n")).collect();
        let unique = uuid();
        format!(
            "From: {who}\nTo: {to}\nSubject: =?utf-8?B?{subject}?=\nMessage-ID: <{unique}@client.duty.test>\nIn-Reply-To: {id}\n\
             References: {id}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\
             {text}\n\n在 2022-09-27 09:00，督办 <{to}> 写道：\n{quote}",
            to = self.reply_to,
            subject = BASE64.encode(format!("回复：{}", self.subject).as_bytes()),
            id = self.id,
        )
    }
}

fn uuid() -> String {
    let mut bytes = [0_u8; 8];
    fs::File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
