//! A fake of Feishu's open platform, written from its documentation (<https://open.feishu.cn/document>), because the
//! real one needs a company's account. `feishu_peers.rs` proves it with the platform's own library.
//!
//! Tokens that are given and spoilt, cards checked as the pages say, one message for one uuid, refusals on demand;
//! and events and presses as calls, signed and encrypted, or over a connection, which are brought again until they are
//! taken.
#![allow(dead_code)] // each test uses a part of it

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use chrono::{DateTime, Utc};
use data_encoding::{BASE64, HEXLOWER};
use dutybell::channel::{Call, Called, Channel};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

pub const APP: &str = "cli_a1b2c3d4e5f6a7b8";
pub const SECRET: &str = "fakeAppSecretOfNoRealApp0000001";
pub const KEY: &str = "fakeEncryptKeyOfNoRealApp000002";
pub const TOKEN: &str = "fakeVerificationTokenOfNoApp003";
/// Who can be written to.
pub const ZHANG: &str = "ou_00000000000000000000000000zhang1";
pub const WANG: &str = "ou_000000000000000000000000000wang2";
/// "Send message": a card's call may have 30 KB.
const MOST: usize = 30_000;

/// What the next call to send meets: status, code, words, seconds of `x-ogw-ratelimit-reset`.
pub type Refusal = (u16, i64, &'static str, Option<u32>);

/// A message as its reader sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub id: String,
    pub to: String,
    pub title: Option<String>,
    pub text: String,
    pub buttons: Vec<String>,
    pub answers: Option<String>,
    pub card: Value,
}

/// A call of the platform.
#[derive(Clone, Debug)]
pub struct Brought {
    pub headers: HeaderMap,
    pub body: String,
}

#[derive(Default)]
struct Inner {
    tokens: Vec<String>,
    given: usize,
    messages: Vec<Shown>,
    recalled: Vec<String>,
    uuids: HashMap<String, String>,
    /// Open ids by other ids of the same person.
    people: HashMap<String, String>,
    gone: HashMap<String, (i64, &'static str)>,
    refusals: VecDeque<Refusal>,
    events: Vec<Value>,
    paths: Vec<String>,
    /// Events whose taking was said over a connection.
    taken: Vec<bool>,
    /// How often each was brought over one.
    pushed: Vec<usize>,
    cuts: usize,
    pings: usize,
    connections: usize,
    living: usize,
    /// Longest part of an event that a connection brings at once.
    part: Option<usize>,
}

/// The running server.
#[derive(Clone)]
pub struct FakeFeishu {
    inner: Arc<Mutex<Inner>>,
    news: Arc<Notify>,
    address: SocketAddr,
    gateway: SocketAddr,
}

impl FakeFeishu {
    pub async fn start() -> FakeFeishu {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let gateway = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let people = [(ZHANG, ZHANG), ("zhang.wei@example.org", ZHANG), ("zhangwei", ZHANG), (WANG, WANG)];
        let people = people.map(|(id, open)| (id.to_owned(), open.to_owned())).into();
        let fake = FakeFeishu {
            inner: Arc::new(Mutex::new(Inner { people, ..Inner::default() })),
            news: Arc::default(),
            address: listener.local_addr().expect("its address"),
            gateway: gateway.local_addr().expect("its address"),
        };
        let router = Router::new()
            .route("/open-apis/auth/v3/tenant_access_token/internal", post(give_token))
            .route("/open-apis/im/v1/messages", post(create))
            .route("/open-apis/im/v1/messages/{id}/reply", post(reply))
            .route("/open-apis/im/v1/messages/{id}", patch(change))
            .route("/open-apis/bot/v3/info", get(bot))
            .route("/callback/ws/endpoint", post(give_place))
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let of_connections = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = gateway.accept().await {
                tokio::spawn(bring(of_connections.clone(), stream));
            }
        });
        fake
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic in tests")
    }

    /// The next calls to send meet these.
    pub fn will(&self, refusals: impl IntoIterator<Item = Refusal>) {
        self.inner().refusals.extend(refusals);
    }

    /// Whoever writes to this address is told so.
    pub fn is_gone(&self, address: &str, code: i64, words: &'static str) {
        self.inner().gone.insert(address.to_owned(), (code, words));
    }

    /// Tokens given so far are taken no more.
    pub fn spoils_tokens(&self) {
        self.inner().tokens.clear();
    }

    /// How many tokens were given.
    pub fn given(&self) -> usize {
        self.inner().given
    }

    /// Somebody recalls a message.
    pub fn recalls(&self, id: &str) {
        self.inner().recalled.push(id.to_owned());
    }

    /// Messages in their present state, oldest first.
    pub fn messages(&self) -> Vec<Shown> {
        self.inner().messages.clone()
    }

    /// Calls with this in method and path.
    pub fn calls(&self, words: &str) -> usize {
        self.inner().paths.iter().filter(|p| p.contains(words)).count()
    }

    // ---- what people do ------------------------------------------------------------------------------

    /// Anything happens; gives its number.
    pub fn happens(&self, kind: &str, event: Value, at: DateTime<Utc>) -> usize {
        self.happens_to(APP, kind, event, at)
    }

    /// Something happens that an app is to hear.
    pub fn happens_to(&self, app: &str, kind: &str, event: Value, at: DateTime<Utc>) -> usize {
        let mut inner = self.inner();
        let number = inner.events.len();
        // "Receive message" shows milliseconds, "Card callback communication" microseconds.
        let time = if kind.starts_with("card.") { at.timestamp_micros() } else { at.timestamp_millis() };
        inner.events.push(json!({
            "schema": "2.0",
            "header": {
                "event_id": format!("{number:032x}"), "event_type": kind, "create_time": time.to_string(),
                "token": TOKEN, "app_id": app, "tenant_key": "2df73991750a0001",
            },
            "event": event,
        }));
        inner.taken.push(false);
        inner.pushed.push(0);
        drop(inner);
        self.news.notify_waiters();
        number
    }

    /// Somebody writes in his chat with the bot.
    pub fn says(&self, who: &str, quoted: Option<&str>, text: &str, at: DateTime<Utc>) -> usize {
        self.writes(who, quoted, "p2p", "text", &json!({ "text": text }), at)
    }

    /// Somebody writes something.
    pub fn writes(
        &self,
        who: &str,
        quoted: Option<&str>,
        chat: &str,
        kind: &str,
        content: &Value,
        at: DateTime<Utc>,
    ) -> usize {
        let number = self.inner().events.len();
        let mut message = json!({
            "message_id": format!("om_in{number:027}"), "create_time": at.timestamp_millis().to_string(),
            "chat_id": format!("oc_{}", &who[3..]), "chat_type": chat, "message_type": kind,
            "content": content.to_string(),
        });
        if let Some(id) = quoted {
            message["parent_id"] = json!(id);
            message["root_id"] = json!(id);
        }
        let sender = json!({
            "sender_id": { "open_id": who, "union_id": format!("on_{}", &who[3..]) },
            "sender_type": "user", "tenant_key": "2df73991750a0001",
        });
        self.happens("im.message.receive_v1", json!({ "sender": sender, "message": message }), at)
    }

    /// Somebody presses the first button of a message.
    pub fn presses(&self, who: &str, message: &str, at: DateTime<Utc>) -> usize {
        let shown = self.messages().into_iter().find(|m| m.id == message).expect("such a message");
        let value = buttons(&shown.card).first().map(|b| b["value"].clone()).expect("a button");
        let event = json!({
            "operator": { "tenant_key": "2df73991750a0001", "open_id": who, "union_id": format!("on_{}", &who[3..]) },
            "token": "c-fake_token_that_changes_a_card", "host": "im_message",
            "action": { "value": value, "tag": "button" },
            "context": { "open_message_id": message, "open_chat_id": format!("oc_{}", &who[3..]) },
        });
        self.happens("card.action.trigger", event, at)
    }

    /// The call that brings what happened under this number.
    pub fn brings(&self, number: usize, at: DateTime<Utc>) -> Brought {
        let event = self.inner().events[number].clone();
        brought(&event, KEY, at)
    }

    /// Ends all connections.
    pub fn cuts(&self) {
        self.inner().cuts += 1;
        self.news.notify_waiters();
    }

    /// Long events come in parts of so many bytes.
    pub fn cuts_events(&self, part: usize) {
        self.inner().part = Some(part);
    }

    /// What a connection brought and was told to be taken.
    pub fn taken(&self) -> Vec<bool> {
        self.inner().taken.clone()
    }

    pub fn connections(&self) -> usize {
        self.inner().connections
    }

    /// Connections that are open now.
    pub fn living(&self) -> usize {
        self.inner().living
    }

    pub fn pings(&self) -> usize {
        self.inner().pings
    }

    /// Brings everything from this number on to a channel; gives how much there is by now, and what it came to.
    pub fn brings_all(&self, from: usize, channel: &dyn Channel, at: DateTime<Utc>) -> (usize, Vec<Called>) {
        let all = self.inner().events.len();
        (all, (from..all).map(|number| self.brings(number, at).to(channel, at)).collect())
    }
}

impl Brought {
    /// As the web server hands it over.
    pub fn to(&self, channel: &dyn Channel, now: DateTime<Utc>) -> Called {
        channel.called(&Call { query: "", headers: &self.headers, body: &self.body, now })
    }
}

/// Encrypted and signed ("Receive events").
pub fn brought(event: &Value, key: &str, at: DateTime<Utc>) -> Brought {
    let secret = Sha256::digest(key.as_bytes());
    let vector = Sha256::digest(format!("{at}{event}").as_bytes());
    let sealer = cbc::Encryptor::<aes::Aes256>::new_from_slices(&secret, &vector[..16]).expect("lengths");
    let words = event.to_string().into_bytes();
    let mut bytes = [&vector[..16], &words, &[0; 16]].concat();
    let length = sealer.encrypt_padded::<Pkcs7>(&mut bytes[16..], words.len()).expect("there is room").len();
    bytes.truncate(16 + length);
    let body = json!({ "encrypt": BASE64.encode(&bytes) }).to_string();
    // As seen: events come with seconds, presses with a clock's printed form. It is a word to sign in any case.
    let time = match event["header"]["event_type"].as_str() {
        Some("card.action.trigger") => at.format("%Y-%m-%d %H:%M:%S%.9f +0000 UTC m=+3612.1").to_string(),
        _ => at.timestamp().to_string(),
    };
    let nonce = at.timestamp_subsec_nanos().to_string();
    let signature = HEXLOWER.encode(&Sha256::digest(format!("{time}{nonce}{key}{body}").as_bytes()));
    let mut headers = HeaderMap::new();
    for (name, value) in
        [("x-lark-request-timestamp", time), ("x-lark-request-nonce", nonce), ("x-lark-signature", signature)]
    {
        headers.insert(name, value.parse().expect("a header"));
    }
    Brought { headers, body }
}

// ---- the platform's side ---------------------------------------------------------------------------------

fn told(status: u16, code: i64, words: &str) -> Response {
    let body = json!({ "code": code, "msg": words, "error": { "log_id": "20240911085251BEA8869709BAD4373B10" } });
    (StatusCode::from_u16(status).expect("a status"), axum::Json(body)).into_response()
}

async fn give_token(State(fake): State<FakeFeishu>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let mut inner = fake.inner();
    inner.paths.push("POST token".to_owned());
    if body["app_id"] != APP {
        return axum::Json(json!({ "code": 10_003, "msg": "invalid param" })).into_response();
    }
    if body["app_secret"] != SECRET {
        return axum::Json(json!({ "code": 10_014, "msg": "app secret invalid" })).into_response();
    }
    inner.given += 1;
    let token = format!("t-g104fakeTokenNumber{:08}", inner.given);
    inner.tokens.push(token.clone());
    axum::Json(json!({ "code": 0, "msg": "ok", "tenant_access_token": token, "expire": 7_200 })).into_response()
}

/// The call is allowed; notes it.
fn allowed(fake: &FakeFeishu, call: &str, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let mut inner = fake.inner();
    inner.paths.push(call.to_owned());
    let word = headers.get("authorization").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    match word {
        None => Err(Box::new(told(400, 99_991_661, "Missing access token for authorization."))),
        Some(token) if inner.tokens.iter().any(|t| t == token) => Ok(()),
        Some(_) => Err(Box::new(told(400, 99_991_663, "Invalid access token for authorization."))),
    }
}

async fn bot(State(fake): State<FakeFeishu>, headers: HeaderMap) -> Response {
    if let Err(refusal) = allowed(&fake, "GET bot", &headers) {
        return *refusal;
    }
    let bot = json!({
        "activate_status": 2, "app_name": "督办助手", "avatar_url": "", "ip_white_list": [], "open_id": "ou_bot",
    });
    axum::Json(json!({ "code": 0, "msg": "ok", "bot": bot })).into_response()
}

async fn create(
    State(fake): State<FakeFeishu>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(refusal) = allowed(&fake, "POST messages", &headers) {
        return *refusal;
    }
    let call: Value = serde_json::from_slice(&body).unwrap_or_default();
    let to = call["receive_id"].as_str().unwrap_or_default();
    let fits = match query.get("receive_id_type").map(String::as_str) {
        Some("open_id") => to.starts_with("ou_"),
        Some("email") => to.contains('@'),
        Some("user_id") => !to.is_empty(),
        _ => return told(400, 99_992_402, "field validation failed"),
    };
    let known = fake.inner().people.get(to).cloned();
    let gone = fake.inner().gone.get(to).copied();
    match (gone, known.filter(|_| fits)) {
        (Some((code, words)), _) => told(400, code, words),
        (None, None) => {
            told(400, 230_001, "Your request contains an invalid request parameter, ext=invalid receive_id.")
        }
        (None, Some(person)) => put(&fake, &person, None, &call, body.len()),
    }
}

async fn reply(State(fake): State<FakeFeishu>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(refusal) = allowed(&fake, "POST reply", &headers) {
        return *refusal;
    }
    if fake.inner().recalled.contains(&id) {
        return told(400, 230_011, "The message was withdrawn.");
    }
    let mine = fake.inner().messages.iter().find(|m| m.id == id).map(|m| m.to.clone());
    let theirs = || {
        let events = &fake.inner().events;
        let event = events.iter().find(|e| e["event"]["message"]["message_id"] == id.as_str())?;
        event["event"]["sender"]["sender_id"]["open_id"].as_str().map(str::to_owned)
    };
    let Some(person) = mine.or_else(theirs) else {
        return told(400, 230_001, "Your request contains an invalid request parameter, ext=invalid message_id.");
    };
    let call: Value = serde_json::from_slice(&body).unwrap_or_default();
    put(&fake, &person, Some(id), &call, body.len())
}

/// Takes a message, or the same once more, or refuses it.
fn put(fake: &FakeFeishu, person: &str, answers: Option<String>, call: &Value, size: usize) -> Response {
    let mut inner = fake.inner();
    if let Some((status, code, words, reset)) = inner.refusals.pop_front() {
        let mut response = told(status, code, words);
        if let Some(seconds) = reset {
            response.headers_mut().insert("x-ogw-ratelimit-limit", 100.into());
            response.headers_mut().insert("x-ogw-ratelimit-reset", seconds.into());
        }
        return response;
    }
    let uuid = call["uuid"].as_str().unwrap_or_default().to_owned();
    if uuid.len() > 50 {
        return told(400, 99_992_402, "field validation failed");
    }
    if size > MOST {
        return told(400, 230_025, "The length of the message content reaches its limit.");
    }
    let card = match checked(call) {
        Ok(card) => card,
        Err(words) => return told(400, 230_099, words),
    };
    let id = match inner.uuids.get(&uuid).filter(|_| !uuid.is_empty()) {
        Some(id) => id.clone(),
        None => {
            let id = format!("om_{:032}", inner.messages.len());
            let shown = shown(id.clone(), person, answers.clone(), card);
            inner.messages.push(shown);
            inner.uuids.insert(uuid, id.clone());
            id
        }
    };
    let mut data = json!({
        "message_id": id, "msg_type": "interactive", "create_time": "1615380573411", "update_time": "1615380573411",
        "deleted": false, "updated": false, "chat_id": format!("oc_{}", &person[3..]),
        "sender": { "id": APP, "id_type": "app_id", "sender_type": "app", "tenant_key": "2df73991750a0001" },
        "body": { "content": call["content"] },
    });
    if let Some(answered) = answers {
        data["root_id"] = json!(answered);
        data["parent_id"] = json!(answered);
    }
    axum::Json(json!({ "code": 0, "msg": "success", "data": data })).into_response()
}

async fn change(State(fake): State<FakeFeishu>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(refusal) = allowed(&fake, "PATCH message", &headers) {
        return *refusal;
    }
    if body.len() > MOST {
        return told(400, 230_025, "The length of the message content reaches its limit.");
    }
    let call: Value = serde_json::from_slice(&body).unwrap_or_default();
    let card = match checked(&call) {
        Ok(card) => card,
        Err(words) => return told(400, 230_099, words),
    };
    let mut inner = fake.inner();
    let shared = |card: &Value| card["config"]["update_multi"] == true;
    let Some(message) = inner.messages.iter_mut().find(|m| m.id == id) else {
        return told(400, 230_001, "Your request contains an invalid request parameter, ext=invalid message_id.");
    };
    if !shared(&message.card) || !shared(&card) {
        return told(400, 230_001, "Your request contains an invalid request parameter, ext=not a shared card.");
    }
    *message = shown(id, &message.to.clone(), message.answers.clone(), card);
    axum::Json(json!({ "code": 0, "msg": "success", "data": {} })).into_response()
}

/// The card of a call ("Card JSON 1.0 structure"), if it is one.
fn checked(call: &Value) -> Result<Value, &'static str> {
    const WRONG: &str =
        "Failed to create card content, ext=ErrCode: 200621; ErrMsg: parse card json err, please check the card json";
    let card: Value = call["content"].as_str().and_then(|c| serde_json::from_str(c).ok()).ok_or(WRONG)?;
    let is_text = |text: &Value| {
        matches!(text["tag"].as_str(), Some("plain_text" | "lark_md"))
            && text["content"].as_str().is_some_and(|c| !c.is_empty())
    };
    let elements = card["elements"].as_array().ok_or(WRONG)?;
    for element in elements {
        let good = match element["tag"].as_str() {
            Some("div") => is_text(&element["text"]),
            Some("action") => element["actions"].as_array().is_some_and(|list| {
                // A value that is a word is refused when it is pressed (200671).
                list.iter().all(|b| b["tag"] == "button" && is_text(&b["text"]) && b["value"].is_object())
            }),
            _ => false,
        };
        if !good {
            return Err(WRONG);
        }
    }
    if card.get("header").is_some_and(|header| !is_text(&header["title"])) { Err(WRONG) } else { Ok(card) }
}

fn buttons(card: &Value) -> Vec<Value> {
    let rows = card["elements"].as_array().into_iter().flatten().filter_map(|e| e["actions"].as_array());
    rows.flatten().cloned().collect()
}

fn shown(id: String, to: &str, answers: Option<String>, card: Value) -> Shown {
    let word = |v: &Value| v["content"].as_str().unwrap_or_default().to_owned();
    let texts = card["elements"].as_array().into_iter().flatten().filter(|e| e["tag"] == "div");
    Shown {
        id,
        to: to.to_owned(),
        title: card.get("header").map(|h| word(&h["title"])),
        text: texts.map(|e| word(&e["text"])).collect::<Vec<_>>().join("\n"),
        buttons: buttons(&card).iter().map(|b| word(&b["text"])).collect(),
        answers,
        card,
    }
}

// ---- connections -----------------------------------------------------------------------------------------

async fn give_place(State(fake): State<FakeFeishu>, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    fake.inner().paths.push("POST endpoint".to_owned());
    if body["AppID"] != APP || body["AppSecret"] != SECRET {
        return axum::Json(json!({ "code": 514, "msg": "auth failed" })).into_response();
    }
    let url = format!("ws://{}/ws/v2?device_id=7&service_id=33554678&ticket=fake-ticket", fake.gateway);
    let config = json!({ "ReconnectCount": -1, "ReconnectInterval": 1, "ReconnectNonce": 0, "PingInterval": 120 });
    axum::Json(json!({ "code": 0, "msg": "", "data": { "URL": url, "ClientConfig": config } })).into_response()
}

/// A frame (`pbbp2.proto` of the platform's libraries), as field numbers and values.
fn frame(method: u8, headers: &[(&str, String)], payload: &[u8]) -> Vec<u8> {
    fn part(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
        out.push(field << 3 | 2);
        let mut length = bytes.len();
        while length > 127 {
            out.push((length % 128) as u8 | 128);
            length /= 128;
        }
        out.push(length as u8);
        out.extend_from_slice(bytes);
    }
    let mut out = vec![0x08, 1, 0x10, 2, 0x18, 9, 0x20, method];
    for (key, value) in headers {
        let mut pair = Vec::new();
        part(&mut pair, 1, key.as_bytes());
        part(&mut pair, 2, value.as_bytes());
        part(&mut out, 5, &pair);
    }
    part(&mut out, 8, payload);
    out
}

/// Brings what was not taken, each once over this connection; notes what is said to be taken.
async fn bring(fake: FakeFeishu, stream: TcpStream) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    let cuts = {
        let mut inner = fake.inner();
        inner.connections += 1;
        inner.living += 1;
        inner.cuts
    };
    let _living = Living(fake.clone());
    let mut brought = 0;
    loop {
        let news = fake.news.notified();
        let (due, part, is_cut) = {
            let mut inner = fake.inner();
            let due: Vec<(usize, Value)> = (brought..inner.events.len())
                .filter(|n| !inner.taken[*n])
                .map(|n| (n, inner.events[n].clone()))
                .collect();
            brought = inner.events.len();
            due.iter().for_each(|(n, _)| inner.pushed[*n] += 1);
            (due, inner.part.unwrap_or(usize::MAX), inner.cuts > cuts)
        };
        if is_cut {
            return;
        }
        for (number, event) in due {
            let bytes = event.to_string().into_bytes();
            let parts: Vec<&[u8]> = bytes.chunks(part.min(bytes.len())).collect();
            for (seq, payload) in parts.iter().enumerate() {
                let headers = [
                    ("type", "event".to_owned()),
                    ("message_id", number.to_string()),
                    ("sum", parts.len().to_string()),
                    ("seq", seq.to_string()),
                    ("trace_id", "t".to_owned()),
                ];
                if socket.send(Message::Binary(frame(1, &headers, payload).into())).await.is_err() {
                    return;
                }
            }
        }
        tokio::select! {
            () = news => {}
            message = socket.next() => match message {
                Some(Ok(Message::Binary(bytes))) => {
                    if heard(&fake, &bytes) {
                        let pong = frame(0, &[("type", "pong".to_owned())], b"{\"PingInterval\":120}");
                        if socket.send(Message::Binary(pong.into())).await.is_err() {
                            return;
                        }
                    }
                }
                Some(Ok(_)) => {}
                _ => return,
            },
        }
    }
}

/// An open connection, until it ends.
struct Living(FakeFeishu);

impl Drop for Living {
    fn drop(&mut self) {
        self.0.inner().living -= 1;
    }
}

/// What the other side says; `true`: it asks whether we are there.
fn heard(fake: &FakeFeishu, bytes: &[u8]) -> bool {
    let (mut at, mut headers, mut payload) = (0, HashMap::new(), Vec::new());
    let varint = |at: &mut usize, bytes: &[u8]| {
        let mut value = 0_u64;
        for shift in (0..).step_by(7) {
            let byte = bytes[*at];
            *at += 1;
            value |= u64::from(byte & 127) << shift;
            if byte < 128 {
                break;
            }
        }
        value
    };
    while at < bytes.len() {
        let key = varint(&mut at, bytes);
        let value = varint(&mut at, bytes);
        if key & 7 == 2 {
            let end = at + usize::try_from(value).expect("short");
            let part = &bytes[at..end];
            at = end;
            if key >> 3 == 5 {
                let length = usize::from(part[1]);
                let word = |b: &[u8]| String::from_utf8(b.to_vec()).expect("text");
                headers.insert(word(&part[2..2 + length]), word(&part[4 + length..]));
            } else if key >> 3 == 8 {
                payload = part.to_vec();
            }
        }
    }
    if headers.get("type").map(String::as_str) == Some("ping") {
        fake.inner().pings += 1;
        return true;
    }
    let answer: Value = serde_json::from_slice(&payload).expect("an answer in JSON");
    assert!(headers.contains_key("biz_rt"), "{headers:?}");
    if answer["code"] == 200 {
        let number: usize = headers["message_id"].parse().expect("a number");
        fake.inner().taken[number] = true;
    }
    false
}
