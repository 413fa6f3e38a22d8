//! Servers that hand out a ledger: asked politely, bounded, and never a way into the office's own network.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::any;
use dutybell::gateway::source::http::{Format, Lookup};
use dutybell::gateway::source::{Cause, Fetch, HttpSettings, HttpSource, Source};
use futures::StreamExt;

use crate::story::{Story, ledger, row};
use crate::{added, alarms, is_unchanged, items, reads, source, trouble};

/// A server that answers as the test says, and remembers what it was asked.
#[derive(Clone)]
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<(String, HeaderMap)>>>,
}

impl Server {
    async fn start(answer: impl Fn(&str, &HeaderMap) -> Response<Body> + Clone + Send + Sync + 'static) -> Server {
        let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked: Arc<Mutex<Vec<(String, HeaderMap)>>> = Arc::default();
        let seen = asked.clone();
        let respond = move |request: Request| {
            let (path, headers) = (request.uri().to_string(), request.headers().clone());
            seen.lock().expect("no panic in tests").push((path.clone(), headers.clone()));
            let response = answer(&path, &headers);
            async move { response }
        };
        let router = Router::new().fallback(any(respond));
        tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Server { port, asked }
    }

    fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    fn requests(&self) -> usize {
        self.asked.lock().expect("no panic in tests").len()
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::builder().status(StatusCode::from_u16(status).expect("a status"));
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).expect("a response")
}

const JSON: [(&str, &str); 1] = [("content-type", "application/json; charset=utf-8")];

/// The story's ledger as a server's JSON.
fn json(rows: &[String]) -> String {
    let text = ledger(rows);
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let objects: Vec<serde_json::Value> = lines
        .map(|l| {
            header.iter().zip(l.split(',')).map(|(k, v)| ((*k).to_owned(), v.into())).collect::<serde_json::Map<_, _>>()
        })
        .map(serde_json::Value::Object)
        .collect();
    serde_json::to_string(&objects).expect("JSON")
}

fn one() -> String {
    json(&[row("K1", "一般", "2022-09-30", "张三")])
}

fn settings(url: &str) -> HttpSettings {
    HttpSettings {
        url: url.to_owned(),
        token: None,
        headers: Default::default(),
        format: None,
        rows: String::new(),
        allow_private: vec!["127.0.0.1".to_owned()],
        timeout_seconds: 10,
        max_bytes: 1 << 20,
        ca_file: None,
    }
}

fn http(settings: &HttpSettings) -> HttpSource {
    HttpSource::new(settings).expect("the settings pass")
}

#[tokio::test]
async fn a_server_is_asked_only_for_news() {
    let story = Story::begin().await;
    let content = Arc::new(Mutex::new((String::from("\"v1\""), one())));
    let held = content.clone();
    let server = Server::start(move |_, headers| {
        let (etag, body) = held.lock().expect("no panic in tests").clone();
        let same = headers.get("if-none-match").is_some_and(|v| v.as_bytes() == etag.as_bytes());
        let date = ("last-modified", "Thu, 22 Sep 2022 00:00:00 GMT");
        match same {
            true => answer(304, &[date], ""),
            false => answer(200, &[JSON[0], ("etag", &etag), date], body),
        }
    })
    .await;
    let source = source(http(&settings(&server.url("127.0.0.1", "/items"))));
    assert_eq!(added(&reads(&story, &source).await), 1);
    assert!(is_unchanged(&reads(&story, &source).await));
    let asked = server.asked.lock().expect("no panic in tests")[1].1.clone();
    assert_eq!(asked.get("if-none-match").and_then(|v| v.to_str().ok()), Some("\"v1\""));
    assert_eq!(asked.get("if-modified-since").and_then(|v| v.to_str().ok()), Some("Thu, 22 Sep 2022 00:00:00 GMT"));
    // What cannot be used is asked for again: it may have been mended under the same mark.
    *content.lock().expect("no panic in tests") = ("\"v2\"".to_owned(), "[{\"x\": 1}]".to_owned());
    trouble(&reads(&story, &source).await, Cause::Refused);
    let rows = [row("K1", "一般", "2022-10-12", "张三"), row("K2", "一般", "2022-09-30", "张三")];
    *content.lock().expect("no panic in tests") = ("\"v2\"".to_owned(), json(&rows));
    assert_eq!(added(&reads(&story, &source).await), 1);
    assert!(is_unchanged(&reads(&story, &source).await));
    // Other people, other reading: the whole is fetched again.
    let people = story.folder().join("people.csv");
    std::fs::write(&people, "姓名,单位,职务,岗位角色,desk,渠道\n周九,青石县/青石镇,安监员,staff,zhoujiu,desk\n")
        .expect("writes");
    let mut peopled = crate::source(http(&settings(&server.url("127.0.0.1", "/items"))));
    peopled.people = vec![people];
    assert!(!is_unchanged(&reads(&story, &peopled).await));
    assert!(is_unchanged(&reads(&story, &peopled).await));
}

#[tokio::test]
async fn what_a_server_dates_grows_old() {
    let mut story = Story::begin().await;
    let server = Server::start(move |_, headers| match headers.contains_key("if-modified-since") {
        true => answer(304, &[], ""),
        false => answer(200, &[JSON[0], ("last-modified", "Wed, 21 Sep 2022 23:00:00 GMT")], one()),
    })
    .await;
    let mut source = source(http(&settings(&server.url("127.0.0.1", "/items"))));
    source.max_age = Some(chrono::Duration::hours(24));
    assert_eq!(added(&reads(&story, &source).await), 1);
    story.until("09-23 07:30").await;
    trouble(&reads(&story, &source).await, Cause::Stale);
}

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

#[tokio::test]
async fn bodies_are_bounded_in_size_and_time() {
    let story = Story::begin().await;
    let server = Server::start(|path, _| match path {
        "/endless" => {
            let chunks = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![b' '; 8_192])));
            answer(200, &JSON, Body::from_stream(chunks))
        }
        "/large" => answer(200, &JSON, vec![b' '; 2 << 20]),
        "/slow" => {
            let drops = futures::stream::repeat(()).then(|()| async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                Ok::<_, std::io::Error>(Bytes::from_static(b" "))
            });
            answer(200, &JSON, Body::from_stream(drops))
        }
        "/cut" => {
            let cut = futures::stream::iter([true, false]).then(|first| async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                if first { Ok(Bytes::from_static(b"[")) } else { Err(std::io::Error::other("cut")) }
            });
            answer(200, &JSON, Body::from_stream(cut))
        }
        "/packed" => answer(200, &[JSON[0], ("content-encoding", "gzip")], vec![0x1f, 0x8b, 8, 0]),
        "/nested" => answer(200, &JSON, "[".repeat(500_000)),
        _ => answer(200, &JSON, format!("[{}1]", "1,".repeat(500_000))),
    })
    .await;
    let at = |path: &str| HttpSettings { timeout_seconds: 1, ..settings(&server.url("127.0.0.1", path)) };
    for path in ["/endless", "/large"] {
        let why = trouble(&reads(&story, &source(http(&at(path)))).await, Cause::Refused);
        assert!(why.contains("max_bytes"), "{path}: {why}");
    }
    let why = trouble(&reads(&story, &source(http(&at("/slow")))).await, Cause::Failed);
    assert!(why.contains("within 1 s"), "{why}");
    let why = trouble(&reads(&story, &source(http(&at("/cut")))).await, Cause::Failed);
    assert!(why.contains("broke off"), "{why}");
    let why = trouble(&reads(&story, &source(http(&at("/packed")))).await, Cause::Refused);
    assert!(why.contains("packed"), "{why}");
    trouble(&reads(&story, &source(http(&at("/nested")))).await, Cause::Refused);
    trouble(&reads(&story, &source(http(&at("/numbers")))).await, Cause::Refused);
    // A server that accepts and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/items", silent.local_addr().expect("an address"));
    let why = trouble(
        &reads(&story, &source(http(&HttpSettings { timeout_seconds: 1, ..settings(&url) }))).await,
        Cause::Failed,
    );
    assert!(why.contains("within 1 s"), "{why}");
}

#[tokio::test]
async fn what_the_body_is_is_known_by_its_type_its_ending_or_the_setting() {
    let story = Story::begin().await;
    let server = Server::start(|path, _| {
        let csv = |n: &str| ledger(&[row(n, "一般", "2022-09-30", "张三")]);
        match path {
            "/deep" => answer(200, &JSON, format!(r#"{{"data": {{"items": {}}}}}"#, one())),
            "/gb" => {
                let text = csv("K2");
                let (gb, _, _) = encoding_rs::GB18030.encode(&text);
                answer(200, &[("content-type", "text/csv; charset=gb18030")], gb.into_owned())
            }
            "/l.csv" => answer(200, &[("content-type", "text/plain")], csv("K3")),
            "/bare.csv" => answer(200, &[], csv("K4")),
            "/odd" => answer(200, &[("content-type", "application/x-export")], csv("K5")),
            "/lists" => answer(200, &[("content-type", "application/vnd.qingshi+json")], {
                let text = csv("K6");
                let rows: Vec<Vec<&str>> = text.lines().map(|l| l.split(',').collect()).collect();
                serde_json::to_string(&rows).expect("JSON")
            }),
            "/login" => answer(200, &[("content-type", "text/html")], "<html>登录</html>"),
            "/gone" => answer(404, &[], ""),
            "/none" => answer(200, &JSON, "[]"),
            _ => answer(500, &[], ""),
        }
    })
    .await;
    let at = |path: &str| settings(&server.url("127.0.0.1", path));
    assert_eq!(added(&reads(&story, &source(http(&at("/none")))).await), 0, "nothing is open: no trouble");
    let deep = HttpSettings { rows: "/data/items".to_owned(), ..at("/deep") };
    assert_eq!(added(&reads(&story, &source(http(&deep))).await), 1);
    // Each of them brings another item.
    let other = |settings: &HttpSettings| Source { shrink_percent: 100, ..source(http(settings)) };
    for path in ["/gb", "/l.csv", "/bare.csv", "/lists"] {
        assert_eq!(added(&reads(&story, &other(&at(path))).await), 1, "{path}");
    }
    let odd = HttpSettings { format: Some(Format::Csv), ..at("/odd") };
    assert_eq!(added(&reads(&story, &other(&odd)).await), 1);
    for (path, cause, wanted) in [
        ("/deep", Cause::Refused, "rows = "),
        ("/odd", Cause::Refused, "format = "),
        ("/login", Cause::Refused, "text/html"),
        ("/gone", Cause::Failed, "404"),
        ("/none", Cause::Shrunk, "6 of 6"),
        ("/broken", Cause::Failed, "500"),
    ] {
        let why = trouble(&reads(&story, &source(http(&at(path)))).await, cause);
        assert!(why.contains(wanted), "{path}: {why}");
    }
    assert_eq!(items(&story).await, 6);
    let item = story.item("K2").await;
    assert!(item.title.contains("防静电") || item.description.contains("防静电"), "{item:?}");
}

#[test]
fn settings_that_cannot_work_are_refused_before_anything_is_asked() {
    let open = |url: &str| HttpSettings { allow_private: Vec::new(), ..settings(url) };
    let wrong = [
        (open("ftp://ledger.example/x"), "https://"),
        (open("ledger.example"), "cannot be read"),
        (open("https://user:mima@ledger.example/"), "token_file"),
        (HttpSettings { token: Some("mima".to_owned().into()), ..open("http://ledger.example/") }, "in the clear"),
        (HttpSettings { rows: "data".to_owned(), ..open("https://ledger.example/") }, "/data/items"),
        (
            HttpSettings { allow_private: vec!["10.0.0.0/40".to_owned()], ..open("https://ledger.example/") },
            "10.0.0.0/40",
        ),
        (HttpSettings { token: Some("mi\nma".to_owned().into()), ..open("https://ledger.example/") }, "character"),
    ];
    for (settings, wanted) in wrong {
        let refusal = HttpSource::new(&settings).map(|_| ()).expect_err(wanted);
        assert!(refusal.contains(wanted) && !refusal.contains("mima"), "{refusal}");
    }
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
