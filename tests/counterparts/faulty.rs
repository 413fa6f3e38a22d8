//! Something between a program and an HTTP server that loses answers, or speaks in the server's place: what a real
//! server cannot be made to do.
#![allow(dead_code)] // each test uses a part of it

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::stream;
use reqwest::Client;

/// What a call meets.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This answer, and the server hears nothing. One of 429 names seven seconds.
    Answer(u16, String),
    /// The server carries it out, and its answer breaks off.
    Cut,
    /// The server carries it out, and somebody else's page comes back.
    Page(u16),
}

#[derive(Default)]
struct Inner {
    faults: VecDeque<(String, Fault)>,
    calls: Vec<String>,
}

/// The running proxy.
#[derive(Clone)]
pub struct Faulty {
    inner: Arc<Mutex<Inner>>,
    client: Client,
    server: u16,
    pub port: u16,
}

impl Faulty {
    pub async fn to(server: u16) -> Faulty {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let faulty = Faulty { inner: Arc::default(), client: Client::new(), server, port };
        let router = Router::new().fallback(carry).with_state(faulty.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        faulty
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next call whose method and path contain `words` meets this.
    pub fn will(&self, words: &str, fault: Fault) {
        self.inner.lock().expect("no panic in tests").faults.push_back((words.to_owned(), fault));
    }

    /// Calls with these words in method and path.
    pub fn calls(&self, words: &str) -> usize {
        self.inner.lock().expect("no panic in tests").calls.iter().filter(|c| c.contains(words)).count()
    }
}

async fn carry(State(faulty): State<Faulty>, request: Request) -> Response {
    let call = format!("{} {}", request.method(), request.uri());
    let fault = {
        let mut inner = faulty.inner.lock().expect("no panic in tests");
        inner.calls.push(call.clone());
        let found = inner.faults.iter().position(|(words, _)| call.contains(words));
        found.and_then(|at| inner.faults.remove(at)).map(|(_, fault)| fault)
    };
    let status = |code: u16| StatusCode::from_u16(code).expect("a status");
    if let Some(Fault::Answer(code, text)) = fault {
        let mut response = (status(code), text).into_response();
        if code == 429 {
            response.headers_mut().insert("retry-after", "7".parse().expect("a header"));
        }
        return response;
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a whole request");
    let mut forward = faulty.client.request(parts.method, format!("http://127.0.0.1:{}{}", faulty.server, parts.uri));
    // What belongs to the connection itself stays here.
    let own = |name: &str| matches!(name, "host" | "connection" | "content-length" | "transfer-encoding");
    for (name, value) in parts.headers.iter().filter(|(name, _)| !own(name.as_str())) {
        forward = forward.header(name, value);
    }
    let Ok(answer) = forward.body(body).send().await else { return status(502).into_response() };
    let (code, headers) = (answer.status(), answer.headers().clone());
    let bytes = answer.bytes().await.unwrap_or_default();
    match fault {
        Some(Fault::Cut) => {
            let broken = stream::iter([Ok(bytes.slice(..bytes.len() / 2)), Err(std::io::Error::other("cut"))]);
            (code, Body::from_stream(broken)).into_response()
        }
        Some(Fault::Page(page)) => (status(page), "<html>bad gateway</html>").into_response(),
        _ => {
            let mut response = (code, bytes).into_response();
            for name in ["content-type", "retry-after", "x-ogw-ratelimit-reset"] {
                if let Some(value) = headers.get(name) {
                    response.headers_mut().insert(name, value.clone());
                }
            }
            response
        }
    }
}
