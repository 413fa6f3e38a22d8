//! Where a source may lead: inner addresses, redirects, names that change, certificates and secrets.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use dutybell::gateway::source::http::Lookup;
use dutybell::gateway::source::{Cause, Fetch, HttpSettings};

use super::{added, alarms, is_unchanged, items, reads, source, trouble};
use crate::sources::web::{JSON, Server, answer, http, one, settings};
use crate::story::Story;

#[tokio::test]
async fn inner_addresses_are_refused_unless_named() {
    let story = Story::begin().await;
    let server = Server::start(|_, _| answer(200, &JSON, one())).await;
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "0.0.0.0",
        "10.0.0.1",
    ] {
        let refused = HttpSettings { allow_private: Vec::new(), ..settings(&server.url(host, "/items")) };
        let why = trouble(&reads(&story, &source(http(&refused))).await, Cause::Failed);
        assert!(why.contains("allow_private"), "{host}: {why}");
    }
    let metadata =
        HttpSettings { allow_private: vec!["169.254.0.0/16".to_owned()], ..settings("http://169.254.169.254/latest") };
    assert!(trouble(&reads(&story, &source(http(&metadata))).await, Cause::Failed).contains("metadata"));
    assert_eq!((server.requests(), items(&story).await), (0, 0), "nobody was connected to");
    let named =
        HttpSettings { allow_private: vec!["localhost".to_owned()], ..settings(&server.url("localhost", "/items")) };
    assert_eq!(added(&reads(&story, &source(http(&named))).await), 1);
    let ranged =
        HttpSettings { allow_private: vec!["127.0.0.0/8".to_owned()], ..settings(&server.url("127.0.0.2", "/items")) };
    assert_eq!(added(&reads(&story, &source(http(&ranged))).await), 0);
}

#[tokio::test]
async fn redirects_are_followed_among_what_is_allowed_and_nowhere_else() {
    let story = Story::begin().await;
    let server = Server::start(|path, headers| {
        let host = headers["host"].to_str().expect("plain").to_owned();
        let port = host.rsplit_once(':').expect("a port").1.to_owned();
        let to = |location: &str| answer(302, &[("location", &location.replace("PORT", &port))], "");
        match path {
            "/items" => answer(200, &JSON, one()),
            "/moved" => to("/items"),
            "/elsewhere" => to("http://localhost:PORT/items"),
            "/inner" => to("http://127.0.0.1:PORT/secret"),
            "/inner2" => to("http://127.0.0.2:PORT/secret"),
            "/mapped" => to("http://[::ffff:127.0.0.1]:PORT/secret"),
            "/number" => to("http://2130706433:PORT/secret"),
            "/metadata" => to("http://169.254.169.254/latest/meta-data/iam"),
            "/private" => to("http://192.168.1.1/secret"),
            "/file" => to("file:///etc/passwd"),
            "/nowhere" => answer(302, &[], ""),
            "/same" => answer(304, &[], ""),
            "/loop" => to("/loop"),
            _ => answer(200, &JSON, "[]"),
        }
    })
    .await;
    // Allowed by name: an address of the same machine is another matter.
    let to = |path: &str| HttpSettings {
        allow_private: vec!["localhost".to_owned()],
        ..settings(&server.url("localhost", path))
    };
    assert_eq!(added(&reads(&story, &source(http(&to("/moved")))).await), 1);
    assert_eq!(added(&reads(&story, &source(http(&to("/elsewhere")))).await), 0);
    for path in ["/inner", "/inner2", "/mapped", "/number", "/metadata", "/private"] {
        let why = trouble(&reads(&story, &source(http(&to(path)))).await, Cause::Failed);
        assert!(why.contains("allow_private"), "{path}: {why}");
    }
    for (path, wanted) in
        [("/file", "not HTTP"), ("/nowhere", "no address"), ("/loop", "more than 5"), ("/same", "unasked")]
    {
        let why = trouble(&reads(&story, &source(http(&to(path)))).await, Cause::Failed);
        assert!(why.contains(wanted), "{path}: {why}");
    }
    let asked = server.asked.lock().expect("no panic in tests").clone();
    assert!(!asked.iter().any(|(path, _)| path == "/secret"), "nobody was sent there");
}

/// Answers each question with the next list.
#[derive(Clone, Default)]
struct Names {
    answers: Arc<Mutex<VecDeque<Vec<SocketAddr>>>>,
    asked: Arc<AtomicUsize>,
}

impl Names {
    fn will(self, addresses: &[&str], port: u16) -> Names {
        let list = addresses.iter().map(|a| SocketAddr::new(a.parse().expect("an address"), port)).collect();
        self.answers.lock().expect("no panic in tests").push_back(list);
        self
    }
}

#[async_trait]
impl Lookup for Names {
    async fn lookup(&self, _host: &str, _port: u16) -> std::io::Result<Vec<SocketAddr>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let next = self.answers.lock().expect("no panic in tests").pop_front();
        next.ok_or_else(|| std::io::Error::other("asked once too often"))
    }
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_connected_to() {
    let story = Story::begin().await;
    let server = Server::start(|path, _| match path {
        "/moved" => answer(307, &[("location", "/items")], ""),
        _ => answer(200, &JSON, one()),
    })
    .await;
    // A name that no server knows: only the looked-up address can have been used.
    let here = |path: &str| settings(&server.url("ledger.qingshi.example", path));
    let names = Names::default().will(&["127.0.0.1"], server.port);
    let pinned = http(&here("/items")).with_lookup(Arc::new(names.clone()));
    assert_eq!(added(&reads(&story, &source(pinned)).await), 1);
    assert_eq!(names.asked.load(Ordering::SeqCst), 1, "once: a second answer could be another one");
    // The name leads elsewhere at the second hop.
    for rebound in ["127.0.0.2", "169.254.169.254", "10.0.0.1", "::1"] {
        let names = Names::default().will(&["127.0.0.1"], server.port).will(&[rebound], server.port);
        let before = server.requests();
        let moved = http(&here("/moved")).with_lookup(Arc::new(names));
        assert!(trouble(&reads(&story, &source(moved)).await, Cause::Failed).contains("allow_private"));
        assert_eq!(server.requests(), before + 1);
    }
    // Of several addresses only the good ones are tried.
    let names = Names::default().will(&["10.0.0.1", "169.254.169.254", "127.0.0.1"], server.port);
    let several = http(&here("/items")).with_lookup(Arc::new(names));
    assert!(is_unchanged(&reads(&story, &source(several)).await));
    let unknown = http(&here("/items")).with_lookup(Arc::new(Names::default()));
    assert!(trouble(&reads(&story, &source(unknown)).await, Cause::Failed).contains("looked up"));
}

#[tokio::test]
async fn secrets_go_to_their_own_server_only_and_into_no_message() {
    let story = Story::begin().await;
    let other = Server::start(|_, _| answer(200, &JSON, one())).await;
    let there = other.url("127.0.0.1", "/items");
    let server = Server::start(move |path, _| match path.split('?').next() {
        Some("/moved") => answer(302, &[("location", "/elsewhere")], ""),
        Some("/elsewhere") => answer(302, &[("location", &there)], ""),
        _ => answer(401, &[], "who are you, mima-1234?"),
    })
    .await;
    let with_secrets = |path: &str| HttpSettings {
        token: Some("mima-1234".to_owned().into()),
        headers: [("X-Key".to_owned(), "mima-5678".to_owned().into())].into(),
        ..settings(&server.url("127.0.0.1", path))
    };
    assert_eq!(added(&reads(&story, &source(http(&with_secrets("/moved")))).await), 1);
    let asked = server.asked.lock().expect("no panic in tests").clone();
    for (_, headers) in &asked {
        assert_eq!(headers["authorization"], "Bearer mima-1234");
        assert_eq!(headers["x-key"], "mima-5678");
    }
    let elsewhere = other.asked.lock().expect("no panic in tests")[0].1.clone();
    assert!(
        !elsewhere.contains_key("authorization")
            && !elsewhere.contains_key("x-key")
            && !elsewhere.contains_key("referer")
    );
    let denied = http(&with_secrets("/denied?key=mima-9012"));
    let why = trouble(&reads(&story, &source(denied)).await, Cause::Failed);
    assert!(why.contains("401") && why.contains("token_file") && !why.contains("mima"), "{why}");
    let gone = HttpSettings { url: "http://127.0.0.1:1/x?key=mima-9012".to_owned(), ..with_secrets("") };
    let gone = http(&gone);
    assert!(!gone.place().contains("mima"));
    let why = trouble(&reads(&story, &source(gone)).await, Cause::Failed);
    assert!(why.contains("127.0.0.1:1/x") && !why.contains("mima"), "{why}");
    assert!(!alarms(&story).await.join(" ").contains("mima"));
}

/// A server with a certificate of its own authority; `/moved` leads to plain HTTP.
const TLS_SERVER: &str = r#"
import http.server, ssl, sys
class Ledger(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = open(sys.argv[4], "rb").read()
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "http://localhost:1/items")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ledger)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"#;

struct Process(std::process::Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it may have ended by itself
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn certificates_are_checked_and_the_office_may_have_its_own_authority() {
    let story = Story::begin().await;
    let file = |name: &str| story.folder().join(name);
    let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
    let openssl = |more: &[&str]| {
        let made = std::process::Command::new("openssl").current_dir(story.folder()).args(request).args(more).output();
        assert!(made.is_ok_and(|o| o.status.success()), "openssl is needed");
    };
    openssl(&["-subj", "/CN=Qingshi", "-keyout", "ca.key", "-out", "ca.pem"]);
    let name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    let signed = ["-addext", "basicConstraints=critical,CA:FALSE", "-CA", "ca.pem", "-CAkey", "ca.key"];
    openssl(&[&name[..], &signed, &["-keyout", "key.pem", "-out", "server.pem"]].concat());
    std::fs::write(file("items.json"), one()).expect("writes");
    let port = crate::postgres::free_port();
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let server = std::process::Command::new(python)
        .args(["-c", TLS_SERVER, &port.to_string()])
        .args([file("server.pem"), file("key.pem"), file("items.json")])
        .spawn();
    let _server = Process(server.expect("python3 is needed"));
    for _ in 0..200 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let at = |path: &str| HttpSettings {
        allow_private: vec!["localhost".to_owned()],
        ..settings(&format!("https://localhost:{port}{path}"))
    };
    let unknown = trouble(&reads(&story, &source(http(&at("/items")))).await, Cause::Failed);
    assert!(unknown.contains("certificate"), "{unknown}");
    let own = |path: &str| HttpSettings { ca_file: Some(file("ca.pem")), ..at(path) };
    assert_eq!(added(&reads(&story, &source(http(&own("/items")))).await), 1);
    let down = trouble(&reads(&story, &source(http(&own("/moved")))).await, Cause::Failed);
    assert!(down.contains("from https to http"), "{down}");
    let other_name = HttpSettings {
        url: format!("https://127.0.0.1:{port}/items"),
        allow_private: vec!["127.0.0.1".to_owned()],
        ..own("")
    };
    let wrong = trouble(&reads(&story, &source(http(&other_name))).await, Cause::Failed);
    assert!(wrong.contains("certificate"), "{wrong}");
    for (name, content) in [("empty.pem", Some("nothing")), ("missing.pem", None)] {
        content.into_iter().for_each(|c| std::fs::write(file(name), c).expect("writes"));
        let wrong = HttpSettings { ca_file: Some(file(name)), ..at("/items") };
        let why = trouble(&reads(&story, &source(http(&wrong))).await, Cause::Failed);
        assert!(why.contains(name), "{why}");
    }
}
