//! Servers that hand out a ledger: asked only for news, bounded, read as what they are.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::any;
use dutybell::gateway::source::http::Format;
use dutybell::gateway::source::{Cause, HttpSettings, HttpSource, Source};
use futures::StreamExt;

use super::{added, is_unchanged, items, reads, source, trouble};
use crate::story::{Story, ledger, row};

/// A server that answers as the test says, and remembers what it was asked.
#[derive(Clone)]
pub struct Server {
    pub port: u16,
    pub asked: Arc<Mutex<Vec<(String, HeaderMap)>>>,
}

impl Server {
    pub async fn start(answer: impl Fn(&str, &HeaderMap) -> Response<Body> + Clone + Send + Sync + 'static) -> Server {
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

    pub fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    pub fn requests(&self) -> usize {
        self.asked.lock().expect("no panic in tests").len()
    }
}

pub fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::builder().status(StatusCode::from_u16(status).expect("a status"));
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(body.into()).expect("a response")
}

pub const JSON: [(&str, &str); 1] = [("content-type", "application/json; charset=utf-8")];

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

pub fn one() -> String {
    json(&[row("K1", "一般", "2022-09-30", "张三")])
}

pub fn settings(url: &str) -> HttpSettings {
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

pub fn http(settings: &HttpSettings) -> HttpSource {
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
    let mut peopled = crate::sources::source(http(&settings(&server.url("127.0.0.1", "/items"))));
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
