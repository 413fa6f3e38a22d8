//! A fake Bot API server, written from the official documentation (<https://core.telegram.org/bots/api>),
//! because Telegram's own cannot run here. `telegram_peers.rs` proves it with somebody else's client.
//!
//! Long polls confirmed by offset, webhooks with a secret and another try after a refusal, limits and
//! faults on demand; messages and keyboards are checked as the documentation says they would be.
#![allow(dead_code)] // each test uses a part of it

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Form, FromRequest, Multipart, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

/// What the next call of a method meets instead of an answer.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An error in Telegram's own form: code, description, parameters.
    Refuse(u16, &'static str, Value),
    /// A proxy's page instead of an answer.
    Page(u16),
    /// The call is carried out, and the answer does not come for this long.
    Slow(Duration),
}

/// A message as it was when it was sent; later changes in place do not show here.
#[derive(Clone, Debug)]
pub struct Sent {
    pub chat: i64,
    pub text: String,
    pub at: Instant,
}

#[derive(Default)]
struct Inner {
    messages: Vec<Value>,
    updates: BTreeMap<i64, Value>,
    next_update: i64,
    answered: Vec<Value>,
    faults: HashMap<String, VecDeque<Fault>>,
    webhook: Option<(String, Option<String>)>,
    calls: Vec<(String, Value)>,
    sends: Vec<Sent>,
    /// Chats that meet the same fault with every message.
    troubled: HashMap<i64, Fault>,
    polling: usize,
    most_polling: usize,
}

/// The running server.
#[derive(Clone)]
pub struct FakeTelegram {
    inner: Arc<Mutex<Inner>>,
    arrived: Arc<Notify>,
    address: SocketAddr,
}

pub const TOKEN: &str = "700100:AAfake_token-of_no_real_bot";
const BOT: i64 = 700_100;

impl FakeTelegram {
    pub async fn start() -> FakeTelegram {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let fake = FakeTelegram {
            inner: Arc::new(Mutex::new(Inner { next_update: 1_000, ..Inner::default() })),
            arrived: Arc::new(Notify::new()),
            address: listener.local_addr().expect("its address"),
        };
        let router = Router::new().route("/{bot}/{method}", any(called)).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic in tests")
    }

    /// The next calls of a method meet these.
    pub fn will(&self, method: &str, faults: impl IntoIterator<Item = Fault>) {
        self.inner().faults.entry(method.to_lowercase()).or_default().extend(faults);
    }

    /// Calls of a method whose text is this meet these.
    pub fn will_for(&self, method: &str, text: &str, faults: impl IntoIterator<Item = Fault>) {
        let key = format!("{} {text}", method.to_lowercase());
        self.inner().faults.entry(key).or_default().extend(faults);
    }

    /// Messages sent, as `Message` objects in their present state.
    pub fn messages(&self) -> Vec<Value> {
        self.inner().messages.clone()
    }

    /// Every message to this chat meets this.
    pub fn will_always(&self, chat: i64, fault: Fault) {
        self.inner().troubled.insert(chat, fault);
    }

    /// Messages in the order in which they were sent.
    pub fn sends(&self) -> Vec<Sent> {
        self.inner().sends.clone()
    }

    /// The most sends in any window of this length, for the whole bot or one kind of chat.
    pub fn most_sends(&self, window: Duration, of: impl Fn(i64) -> bool) -> usize {
        let sends: Vec<Instant> = self.inner().sends.iter().filter(|s| of(s.chat)).map(|s| s.at).collect();
        let in_window = |start: &Instant| sends.iter().filter(|t| **t >= *start && **t < *start + window).count();
        sends.iter().map(in_window).max().unwrap_or(0)
    }

    /// How many asked for updates at the same time, at most; the platform allows one.
    pub fn most_polling(&self) -> usize {
        self.inner().most_polling
    }

    /// Whether somebody asks for updates now.
    pub fn is_polled(&self) -> bool {
        self.inner().polling > 0
    }

    /// Answered button presses.
    pub fn answered(&self) -> Vec<Value> {
        self.inner().answered.clone()
    }

    /// Calls of a method with their arguments.
    pub fn calls(&self, method: &str) -> Vec<Value> {
        self.inner().calls.iter().filter(|(m, _)| m == &method.to_lowercase()).map(|(_, v)| v.clone()).collect()
    }

    /// Updates not confirmed yet.
    pub fn waiting(&self) -> usize {
        self.inner().updates.len()
    }

    /// A person as the platform describes him.
    pub fn user(id: i64) -> Value {
        json!({ "id": id, "is_bot": false, "first_name": "张三", "language_code": "zh-hans" })
    }

    /// Somebody writes in his private chat.
    pub fn writes(&self, user: i64, text: &str) -> i64 {
        let message = json!({
            "message_id": 5_000 + user % 1_000, "date": 1_663_800_000, "text": text,
            "from": Self::user(user), "chat": { "id": user, "type": "private", "first_name": "张三" },
        });
        self.happens("message", message)
    }

    /// Somebody presses the button of a message that was sent to him.
    pub fn presses(&self, user: i64, message_id: i64, data: &str) -> i64 {
        let message = self.messages().into_iter().find(|m| m["message_id"] == message_id).expect("such a message");
        let query = json!({
            "id": format!("q{message_id}"), "from": Self::user(user), "message": message,
            "chat_instance": "1", "data": data,
        });
        self.happens("callback_query", query)
    }

    /// Anything happens; gives the update's id.
    pub fn happens(&self, kind: &str, body: Value) -> i64 {
        let mut inner = self.inner();
        let id = inner.next_update;
        inner.next_update += 1;
        let mut update = json!({ "update_id": id });
        update[kind] = body;
        inner.updates.insert(id, update.clone());
        let hook = inner.webhook.clone();
        drop(inner);
        self.arrived.notify_waiters();
        if let Some((url, secret)) = hook {
            tokio::spawn(deliver(self.clone(), url, secret, id, update));
        }
        id
    }
}

/// Brings an update to a webhook, again and again until it is taken (Bot API, setWebhook).
async fn deliver(fake: FakeTelegram, url: String, secret: Option<String>, id: i64, update: Value) {
    let rest = url.strip_prefix("http://").expect("tests use plain http");
    let (host, path) = rest.split_once('/').expect("a path");
    let body = update.to_string();
    let secret = secret.map_or(String::new(), |s| format!("X-Telegram-Bot-Api-Secret-Token: {s}\r\n"));
    for _ in 0..20 {
        if let Ok(mut stream) = tokio::net::TcpStream::connect(host).await {
            let head = format!(
                "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{secret}\
                 Content-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let mut answer = String::new();
            let sent = stream.write_all(format!("{head}{body}").as_bytes()).await;
            if sent.is_ok() && stream.read_to_string(&mut answer).await.is_ok() && answer.starts_with("HTTP/1.1 200") {
                fake.inner().updates.remove(&id);
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn refuse(code: u16, description: &str, parameters: Value) -> Response {
    let mut body = json!({ "ok": false, "error_code": code, "description": description });
    if !parameters.is_null() {
        body["parameters"] = parameters;
    }
    (StatusCode::from_u16(code).expect("a status"), axum::Json(body)).into_response()
}

fn ok(result: Value) -> Response {
    axum::Json(json!({ "ok": true, "result": result })).into_response()
}

async fn called(
    State(fake): State<FakeTelegram>,
    Path((bot, method)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let method = method.to_lowercase();
    if bot != format!("bot{TOKEN}") {
        return refuse(401, "Unauthorized", Value::Null);
    }
    let Some(arguments) = arguments(&headers, body).await else {
        return refuse(400, "Bad Request: can't parse the request", Value::Null);
    };
    let fault = {
        let mut inner = fake.inner();
        inner.calls.push((method.clone(), arguments.clone()));
        let texts = format!("{method} {}", arguments["text"].as_str().unwrap_or_default());
        let keyed = inner.faults.get_mut(&texts).and_then(VecDeque::pop_front);
        let once = keyed.or_else(|| inner.faults.get_mut(&method).and_then(VecDeque::pop_front));
        let chat = arguments["chat_id"].as_i64().filter(|_| method == "sendmessage");
        once.or_else(|| inner.troubled.get(&chat?).cloned())
    };
    match fault {
        Some(Fault::Refuse(code, text, parameters)) => return refuse(code, text, parameters),
        Some(Fault::Page(code)) => {
            return (StatusCode::from_u16(code).expect("a status"), "<html>bad gateway</html>").into_response();
        }
        Some(Fault::Slow(wait)) => {
            let answer = carry_out(&fake, &method, &arguments).await;
            tokio::time::sleep(wait).await;
            return answer;
        }
        None => {}
    }
    carry_out(&fake, &method, &arguments).await
}

/// Arguments as JSON or as a form (Bot API, "Making requests"); files are not taken.
async fn arguments(headers: &HeaderMap, body: Bytes) -> Option<Value> {
    let kind = headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    if body.is_empty() {
        return Some(json!({}));
    }
    if kind.starts_with("application/json") {
        return serde_json::from_slice(&body).ok();
    }
    let is_multipart = kind.starts_with("multipart/form-data");
    let request = Request::builder().method("POST").header("content-type", kind).body(Body::from(body)).ok()?;
    let fields = if is_multipart {
        let mut parts = Multipart::from_request(request, &()).await.ok()?;
        let mut fields = Vec::new();
        while let Some(part) = parts.next_field().await.ok()? {
            fields.push((part.name()?.to_owned(), part.text().await.ok()?));
        }
        fields
    } else {
        Form::<Vec<(String, String)>>::from_request(request, &()).await.ok()?.0
    };
    // Numbers, truth values and objects come as text here.
    let read = |name: &str, text: String| match serde_json::from_str(&text) {
        Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::Object(_))) if name != "text" => value,
        _ => Value::from(text),
    };
    Some(Value::Object(fields.into_iter().map(|(name, text)| (name.clone(), read(&name, text))).collect()))
}

async fn carry_out(fake: &FakeTelegram, method: &str, arguments: &Value) -> Response {
    match method {
        "getme" => ok(json!({
            "id": BOT, "is_bot": true, "first_name": "Duty", "username": "example_duty_bot", "can_join_groups": true,
            "can_read_all_group_messages": false, "supports_inline_queries": false, "can_connect_to_business": false,
            "has_main_web_app": false, "has_topics_enabled": false,
        })),
        "getwebhookinfo" => {
            let inner = fake.inner();
            let url = inner.webhook.as_ref().map_or(String::new(), |(url, _)| url.clone());
            ok(json!({ "url": url, "has_custom_certificate": false, "pending_update_count": inner.updates.len() }))
        }
        "setwebhook" => {
            let secret = arguments["secret_token"].as_str().map(str::to_owned);
            fake.inner().webhook = Some((arguments["url"].as_str().unwrap_or_default().to_owned(), secret));
            ok(json!(true))
        }
        "deletewebhook" => {
            fake.inner().webhook = None;
            ok(json!(true))
        }
        "getupdates" => get_updates(fake, arguments).await,
        "sendmessage" => send_message(fake, arguments),
        "editmessagetext" => edit_message(fake, arguments),
        "answercallbackquery" => {
            fake.inner().answered.push(arguments.clone());
            ok(json!(true))
        }
        _ => refuse(404, "Not Found", Value::Null),
    }
}

/// One request for updates; ended when the asker goes away, too.
struct Poll(FakeTelegram);

impl Poll {
    fn begin(fake: &FakeTelegram) -> Poll {
        let mut inner = fake.inner();
        inner.polling += 1;
        inner.most_polling = inner.most_polling.max(inner.polling);
        Poll(fake.clone())
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        self.0.inner().polling -= 1;
    }
}

/// What lies before the offset is confirmed and forgotten; then up to `timeout` for what comes.
async fn get_updates(fake: &FakeTelegram, arguments: &Value) -> Response {
    if fake.inner().webhook.is_some() {
        let text = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
        return refuse(409, text, Value::Null);
    }
    let _poll = Poll::begin(fake);
    if let Some(offset) = arguments["offset"].as_i64() {
        fake.inner().updates.retain(|id, _| *id >= offset);
    }
    let wait = Duration::from_secs(arguments["timeout"].as_u64().unwrap_or(0));
    let end = tokio::time::Instant::now() + wait;
    loop {
        let arrived = fake.arrived.notified();
        let found: Vec<Value> = fake.inner().updates.values().take(100).cloned().collect();
        if !found.is_empty() || tokio::time::timeout_at(end, arrived).await.is_err() {
            return ok(Value::from(found));
        }
    }
}

/// Text and keyboard as the documentation wants them, or the refusal.
fn checked(arguments: &Value) -> Result<(String, Value), Box<Response>> {
    let bad = |text: &str| Err(Box::new(refuse(400, text, Value::Null)));
    let text = arguments["text"].as_str().unwrap_or_default();
    let plain = match arguments["parse_mode"].as_str() {
        Some("HTML") => match without_html(text) {
            Some(plain) => plain,
            None => return bad("Bad Request: can't parse entities: unsupported start tag"),
        },
        _ => text.to_owned(),
    };
    if plain.trim().is_empty() {
        return bad("Bad Request: message text is empty");
    }
    if plain.encode_utf16().count() > 4_096 {
        return bad("Bad Request: message is too long");
    }
    let keyboard = match &arguments["reply_markup"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        other => other.clone(),
    };
    for button in keyboard["inline_keyboard"].as_array().into_iter().flatten().flat_map(|r| r.as_array()).flatten() {
        let data = button["callback_data"].as_str().unwrap_or_default();
        if !(1..=64).contains(&data.len()) || button["text"].as_str().unwrap_or_default().is_empty() {
            return bad("Bad Request: BUTTON_DATA_INVALID");
        }
    }
    Ok((plain, keyboard))
}

fn send_message(fake: &FakeTelegram, arguments: &Value) -> Response {
    let (text, keyboard) = match checked(arguments) {
        Ok(found) => found,
        Err(refusal) => return *refusal,
    };
    let Some(chat) = arguments["chat_id"].as_i64() else {
        return refuse(400, "Bad Request: chat not found", Value::Null);
    };
    let kind = if chat < 0 {
        json!({ "id": chat, "type": "supergroup", "title": "群" })
    } else {
        json!({ "id": chat, "type": "private", "first_name": "张三" })
    };
    let mut inner = fake.inner();
    let mut message = json!({
        "message_id": inner.messages.len() as i64 + 1, "date": 1_663_800_000, "chat": kind, "text": text,
        "from": { "id": BOT, "is_bot": true, "first_name": "Duty", "username": "example_duty_bot" },
    });
    if keyboard["inline_keyboard"].is_array() {
        message["reply_markup"] = keyboard;
    }
    inner.messages.push(message.clone());
    inner.sends.push(Sent { chat, text: message["text"].as_str().unwrap_or_default().to_owned(), at: Instant::now() });
    ok(message)
}

fn edit_message(fake: &FakeTelegram, arguments: &Value) -> Response {
    let (text, keyboard) = match checked(arguments) {
        Ok(found) => found,
        Err(refusal) => return *refusal,
    };
    let mut inner = fake.inner();
    let id = &arguments["message_id"];
    let Some(message) =
        inner.messages.iter_mut().find(|m| &m["message_id"] == id && m["chat"]["id"] == arguments["chat_id"])
    else {
        return refuse(400, "Bad Request: message to edit not found", Value::Null);
    };
    let rows = keyboard["inline_keyboard"].as_array().is_some_and(|r| !r.is_empty());
    let shown = if rows { keyboard } else { Value::Null };
    if message["text"] == text && message["reply_markup"] == shown {
        let text = "Bad Request: message is not modified: specified new message content and reply markup are \
                    exactly the same as a current content and reply markup of the message";
        return refuse(400, text, Value::Null);
    }
    message["text"] = json!(text);
    message["edit_date"] = json!(1_663_800_100);
    if rows {
        message["reply_markup"] = shown;
    } else if let Some(fields) = message.as_object_mut() {
        fields.remove("reply_markup");
    }
    ok(message.clone())
}

/// The text without the tags that the documentation knows; `None` for any other or an unclosed one.
fn without_html(text: &str) -> Option<String> {
    let mut plain = String::new();
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let end = rest[at..].find('>')? + at;
        let tag = &rest[at + 1..end];
        match tag.strip_prefix('/') {
            Some(name) => (open.pop()? == name).then_some(())?,
            None => {
                ["b", "i", "u", "s", "code", "pre", "blockquote", "tg-spoiler"].contains(&tag).then_some(())?;
                open.push(tag);
            }
        }
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    open.is_empty()
        .then(|| plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}
