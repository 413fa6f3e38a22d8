//! Starts and stops the test mail server `smtp_server.py` and reads what it received; the words of the mail stories.
#![allow(dead_code)] // each test uses a part of it

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dutybell::channel::mail::{MailConfig, MailTransport, Security};
use dutybell::channel::{Outcome, Outgoing};
use serde_json::Value;

/// The password that the server accepts for the user `bell`.
pub const PASSWORD: &str = "Qing-Shi-8841";

/// A running server; ends with the test.
pub struct Server {
    child: Child,
    ports: Value,
    /// Certificates, and what arrived under `out`.
    pub dir: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn openssl(dir: &Path, args: &str) {
    let out = Command::new("openssl").args(args.split(' ')).current_dir(dir).output();
    let out = out.expect("the openssl command is needed to make test certificates");
    assert!(out.status.success(), "openssl: {}", String::from_utf8_lossy(&out.stderr));
}

/// What a story changes in the settings.
pub struct Setup {
    pub from: &'static str,
    pub host: &'static str,
    /// Which of the server's listeners.
    pub listener: &'static str,
    pub security: Security,
    /// For the user `bell`; `None`: no login.
    pub password: Option<&'static str>,
    /// The office CA is in `ca_file`.
    pub trust: bool,
    pub seconds: u64,
}

/// As an office would set it up: STARTTLS, login, its own CA.
pub const OFFICE: Setup = Setup {
    from: "bell@example.org",
    host: "localhost",
    listener: "starttls",
    security: Security::StartTls,
    password: Some(PASSWORD),
    trust: true,
    seconds: 10,
};

/// Certificates of an office CA: `ca.pem` to trust, `server.pem` for the name localhost.
fn certificates(dir: &Path) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
    openssl(dir, &format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=Office-CA"));
    openssl(
        dir,
        &format!(
            "req -x509 {key} -keyout server.key -out server.pem -subj /CN=localhost -CA ca.pem \
             -CAkey ca.key -addext subjectAltName=DNS:localhost \
             -addext basicConstraints=critical,CA:FALSE"
        ),
    );
}

/// Starts a server with fresh certificates on free ports.
///
/// # Panics
/// With the reason, when Python, its module or openssl is missing.
pub fn start() -> Server {
    let dir = tempfile::tempdir().unwrap();
    certificates(dir.path());
    fs::create_dir(dir.path().join("out")).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/counterparts/smtp_server.py");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut child = Command::new(python)
        .arg(script)
        .args(["--cert", "server.pem", "--key", "server.key", "--out", "out"])
        .args(["--user", "bell", "--password", PASSWORD])
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
        let why = fs::read_to_string(dir.path().join("stderr")).unwrap();
        panic!("the test mail server did not start: {why}");
    }
    Server { child, ports: serde_json::from_str(&line).unwrap(), dir }
}

impl Server {
    /// The configuration that a setup describes.
    pub fn config(&self, setup: Setup) -> MailConfig {
        let transport = MailTransport::Smtp {
            host: setup.host.to_owned(),
            port: u16::try_from(self.ports[setup.listener].as_u64().unwrap()).unwrap(),
            security: setup.security,
            user: setup.password.map(|_| "bell".to_owned()),
            password: setup.password.map(Into::into),
            ca_file: setup.trust.then(|| self.dir.path().join("ca.pem")),
            timeout: Duration::from_secs(setup.seconds),
        };
        MailConfig {
            from_name: Some("青石县督办".to_owned()), ..MailConfig::new(setup.from, "example.org", transport)
        }
    }

    /// The same as `[mail]` section of a configuration file.
    pub fn toml(&self) -> String {
        format!(
            "[mail]\nfrom = \"bell@example.org\"\nfrom_name = \"青石县督办\"\nmessage_domain = \"example.org\"\n\
             [mail.transport]\ntype = \"smtp\"\nhost = \"localhost\"\nport = {}\nsecurity = \"starttls\"\n\
             user = \"bell\"\npassword = \"{PASSWORD}\"\nca_file = \"{}\"\n",
            self.ports["starttls"],
            self.dir.path().join("ca.pem").display()
        )
    }

    /// Ends the server; what it stored stays.
    pub fn stop(&mut self) {
        let _ = self.child.kill(); // it may have ended by itself
        let _ = self.child.wait();
    }

    /// Everything stored so far, in order of arrival.
    pub fn stored(&self) -> Vec<Value> {
        let read = |path: PathBuf| fs::read_to_string(path).ok();
        let name = |n: usize| self.dir.path().join(format!("out/{n}.json"));
        (1..).map_while(|n| read(name(n))).map(|json| serde_json::from_str(&json).unwrap()).collect()
    }
}

/// A reminder to an address, with a key made of it.
pub fn to(address: &str) -> Outgoing {
    Outgoing {
        key: format!("n-{address}").replace('@', "-"),
        address: address.to_owned(),
        subject: "催办：青石县第三小学消防通道堵塞，9月30日前整改".to_owned(),
        text: "张三：\n请于9月30日前完成整改。\n.\n李四".to_owned(),
        html: Some("<p>张三：请于<b>9月30日</b>前完成整改。</p>".to_owned()),
        ..Outgoing::default()
    }
}

/// A header of a stored mail, decoded.
pub fn header<'a>(mail: &'a Value, name: &str) -> Option<&'a str> {
    let headers = mail["headers"].as_array().unwrap();
    headers.iter().find(|h| h[0] == name).map(|h| h[1].as_str().unwrap())
}

/// The reason of an outcome that must be of this kind.
#[track_caller]
pub fn reason(outcome: Outcome, kind: &str) -> String {
    let (found, reason) = match outcome {
        Outcome::Transient { reason } => ("transient", reason),
        Outcome::Unknown { reason } => ("unknown", reason),
        Outcome::AddressGone { reason } => ("gone", reason),
        Outcome::Refused { reason } => ("refused", reason),
        other => panic!("{other:?} instead of {kind}"),
    };
    assert_eq!(found, kind, "{reason}");
    assert!(!reason.contains(PASSWORD));
    reason
}

/// The Message-ID of a mail that must have been accepted.
#[track_caller]
pub fn accepted(outcome: Outcome) -> String {
    match outcome {
        Outcome::Accepted { platform_id } => platform_id.unwrap(),
        other => panic!("{other:?}"),
    }
}
