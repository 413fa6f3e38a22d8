//! A fake of WeCom's server API, written from its documentation (<https://developer.work.weixin.qq.com/document/>:
//! 91039 gettoken, 90236 message/send, 94888 update_template_card, 90313 codes, 90930 and 90968 callbacks), because
//! WeCom's own cannot run here. `wecom_channel.rs` proves it with somebody else's client.
//!
//! Checks what the pages ask for; seals and signs its calls to us as they say.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER};
use dutybell::channel::wecom::WeComConfig;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use secrecy::SecretString;
use serde_json::{Value, json};

pub const CORP: &str = "ww0123456789abcdef";
pub const AGENT: u64 = 1_000_002;
pub const SECRET: &str = "fake-secret-of_no_real_app";
pub const CALLBACK_TOKEN: &str = "QDG6eKxT3pW9vLmZ";
/// 43 signs; with the equals sign that is left out, base64 of 32 bytes.
pub const AES_KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";

#[derive(Default)]
struct Inner {
    members: BTreeSet<String>,
    unlicensed: BTreeSet<String>,
    tokens: usize,
    fetches: usize,
    messages: Vec<Value>,
    /// Response codes that were not used yet, with the task each is for.
    codes: HashMap<String, String>,
    tasks: BTreeSet<String>,
    faults: HashMap<String, VecDeque<Value>>,
    /// Calls to us, as they are before they are sealed.
    events: Vec<String>,
}

/// The running server.
#[derive(Clone)]
pub struct FakeWeCom {
    inner: Arc<Mutex<Inner>>,
    address: SocketAddr,
}

impl FakeWeCom {
    pub async fn start(members: &[&str]) -> FakeWeCom {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let inner = Inner { members: members.iter().map(|m| (*m).to_owned()).collect(), tokens: 1, ..Inner::default() };
        let fake =
            FakeWeCom { inner: Arc::new(Mutex::new(inner)), address: listener.local_addr().expect("its address") };
        let router = Router::new().route("/cgi-bin/{*path}", any(called)).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic in tests")
    }

    /// The next call of a method meets this code.
    pub fn will(&self, path: &str, code: i64, words: &str) {
        let fault = json!({ "errcode": code, "errmsg": words });
        self.inner().faults.entry(path.to_owned()).or_default().push_back(fault);
    }

    /// Access tokens given so far are no longer taken.
    pub fn ends_tokens(&self) {
        self.inner().tokens += 1;
    }

    /// How often a token was asked for.
    pub fn fetches(&self) -> usize {
        self.inner().fetches
    }

    pub fn is_unlicensed(&self, member: &str) {
        self.inner().unlicensed.insert(member.to_owned());
    }

    /// Everything that was taken, as it was sent, with `msgid`, and `button` once it was pressed and updated.
    pub fn messages(&self) -> Vec<Value> {
        self.inner().messages.clone()
    }

    /// A member writes; gives the number of the event.
    pub fn says(&self, member: &str, text: &str) -> usize {
        let number = self.inner().events.len();
        self.happens(&format!(
            "<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[{member}]]></FromUserName>\
             <CreateTime>{}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>\
             <MsgId>{}</MsgId><AgentID>{AGENT}</AgentID></xml>",
            1_663_800_000 + number,
            7_000_000_000_000_000_000_u64 + number as u64,
        ))
    }

    /// A member presses a button of a card.
    pub fn presses(&self, member: &str, task: &str, key: &str) -> usize {
        let number = self.inner().events.len();
        let code = format!("code-of-press-{number}");
        self.inner().codes.insert(code.clone(), task.to_owned());
        self.happens(&format!(
            "<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[{member}]]></FromUserName>\
             <CreateTime>{}</CreateTime><MsgType><![CDATA[event]]></MsgType>\
             <Event><![CDATA[template_card_event]]></Event><EventKey><![CDATA[{key}]]></EventKey>\
             <TaskId><![CDATA[{task}]]></TaskId><CardType><![CDATA[button_interaction]]></CardType>\
             <ResponseCode><![CDATA[{code}]]></ResponseCode><AgentID>{AGENT}</AgentID></xml>",
            1_663_800_000 + number,
        ))
    }

    pub fn happens(&self, xml: &str) -> usize {
        let mut inner = self.inner();
        inner.events.push(xml.to_owned());
        inner.events.len()
    }

    /// The calls that WeCom would make for the events behind a number: query and body.
    pub fn calls(&self, after: usize, timestamp: i64) -> Vec<(String, String)> {
        self.inner().events.iter().skip(after).map(|xml| sealed_call(xml, timestamp)).collect()
    }
}

/// What a channel needs to know to talk to this server.
pub fn config(url: String) -> WeComConfig {
    WeComConfig {
        corp_id: CORP.to_owned(),
        agent_id: AGENT,
        app_secret: SecretString::from(SECRET),
        callback_token: SecretString::from(CALLBACK_TOKEN),
        aes_key: SecretString::from(AES_KEY),
        api_url: Some(url),
    }
}

/// Query and body of a call.
pub fn sealed_call(xml: &str, timestamp: i64) -> (String, String) {
    let sealed = seal(xml, CORP);
    let body = format!(
        "<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><AgentID><![CDATA[{AGENT}]]></AgentID>\
         <Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    );
    (query(&sealed, timestamp), body)
}

pub fn query(sealed: &str, timestamp: i64) -> String {
    let (timestamp, nonce) = (timestamp.to_string(), "1372623149");
    let signature = sign(&[CALLBACK_TOKEN, &timestamp, nonce, sealed]);
    format!("msg_signature={signature}&timestamp={timestamp}&nonce={nonce}")
}

fn sign(parts: &[&str]) -> String {
    let mut parts = parts.to_vec();
    parts.sort_unstable();
    HEXLOWER.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, parts.concat().as_bytes()).as_ref())
}

pub fn seal(words: &str, receiver: &str) -> String {
    // The last sign's spare bits are of no account.
    let mut lenient = BASE64_NOPAD.specification();
    lenient.check_trailing_bits = false;
    let key = lenient.encoding().expect("a code").decode(AES_KEY.as_bytes()).expect("a key");
    let mut plain = b"0123456789abcdef".to_vec();
    plain.extend((words.len() as u32).to_be_bytes());
    plain.extend(words.as_bytes());
    plain.extend(receiver.as_bytes());
    let padding = 32 - plain.len() % 32;
    plain.extend(std::iter::repeat_n(padding as u8, padding));
    let length = plain.len();
    let cipher = cbc::Encryptor::<aes::Aes256>::new_from_slices(&key, &key[..16]).expect("fits");
    let sealed = cipher.encrypt_padded::<NoPadding>(&mut plain, length).expect("whole blocks");
    BASE64.encode(sealed)
}

async fn called(
    State(fake): State<FakeWeCom>,
    Path(path): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    body: String,
) -> Response {
    axum::Json(answer(&mut fake.inner(), &path, &query, &body)).into_response()
}

fn error(code: i64, words: &str) -> Value {
    json!({ "errcode": code, "errmsg": format!("{words}, hint: [1663800000_1_0123], from ip: 127.0.0.1") })
}

fn answer(inner: &mut Inner, path: &str, query: &HashMap<String, String>, body: &str) -> Value {
    if let Some(fault) = inner.faults.get_mut(path).and_then(VecDeque::pop_front) {
        return fault;
    }
    let word = |name: &str| query.get(name).map_or("", String::as_str);
    if path == "gettoken" {
        inner.fetches += 1;
        return match (word("corpid"), word("corpsecret")) {
            (CORP, SECRET) => json!({
                "errcode": 0, "errmsg": "ok", "access_token": format!("token-{}", inner.tokens), "expires_in": 7200,
            }),
            (CORP, _) => error(40001, "invalid credential"),
            _ => error(40013, "invalid corpid"),
        };
    }
    match word("access_token") {
        "" => return error(41001, "access_token missing"),
        token if token != format!("token-{}", inner.tokens) => return error(42001, "access_token expired"),
        _ => {}
    }
    if path == "agent/get" {
        return json!({ "errcode": 0, "errmsg": "ok", "agentid": AGENT, "name": "督办", "close": 0 });
    }
    let Ok(body) = serde_json::from_str::<Value>(body) else { return error(40058, "not JSON") };
    if body["agentid"] != AGENT {
        return error(40056, "invalid agentid");
    }
    match path {
        "message/send" => send(inner, body),
        "message/update_template_card" => update(inner, &body),
        _ => error(40058, "no such method"),
    }
}

fn send(inner: &mut Inner, mut body: Value) -> Value {
    let to = body["touser"].as_str().unwrap_or_default().to_owned();
    let (known, unknown): (Vec<&str>, Vec<&str>) =
        to.split('|').partition(|m| inner.members.contains(&m.to_lowercase()));
    if known.is_empty() {
        return error(81013, "user & party & tag all invalid");
    }
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    match text(&body["msgtype"]).as_str() {
        "text" if text(&body["text"]["content"]).is_empty() => return error(44004, "empty content"),
        "text" => {
            // "最长不超过2048个字节，超过将截断"
            let content = text(&body["text"]["content"]);
            let end = (0..=content.len().min(2_048)).rev().find(|n| content.is_char_boundary(*n)).expect("0 is one");
            body["text"]["content"] = json!(content[..end]);
        }
        "template_card" => {
            let card = &body["template_card"];
            let task = text(&card["task_id"]);
            let plain = |c: char| c.is_ascii_alphanumeric() || "_-@".contains(c);
            let buttons = card["button_list"].as_array().cloned().unwrap_or_default();
            let good = card["card_type"] == "button_interaction"
                && !text(&card["main_title"]["title"]).is_empty()
                && (1..=128).contains(&task.len())
                && task.chars().all(plain)
                && (1..=6).contains(&buttons.len())
                && buttons.iter().all(|b| !text(&b["text"]).is_empty() && (1..=1024).contains(&text(&b["key"]).len()));
            if !good {
                return error(40058, "invalid template_card");
            }
            if body["enable_duplicate_check"] == 1
                && let Some(sent) = inner.messages.iter().find(|m| m["template_card"] == *card && m["touser"] == to)
            {
                return json!({ "errcode": 0, "errmsg": "ok", "msgid": sent["msgid"] });
            }
            if !inner.tasks.insert(task) {
                return error(40058, "task_id is used");
            }
        }
        _ => return error(40008, "invalid message type"),
    }
    let licensed: Vec<&str> = known.iter().copied().filter(|m| !inner.unlicensed.contains(*m)).collect();
    let id = format!("msg-{}", inner.messages.len() + 1);
    let answer = json!({
        "errcode": 0, "errmsg": "ok", "invaliduser": unknown.join("|"), "msgid": id,
        "unlicenseduser": known.iter().filter(|m| !licensed.contains(m)).copied().collect::<Vec<_>>().join("|"),
    });
    if !licensed.is_empty() {
        body["msgid"] = json!(id);
        inner.messages.push(body);
    }
    answer
}

fn update(inner: &mut Inner, body: &Value) -> Value {
    let code = body["response_code"].as_str().unwrap_or_default();
    let Some(task) = inner.codes.remove(code) else { return error(40058, "response_code is used or unknown") };
    if body["button"]["replace_name"].as_str().is_none_or(str::is_empty) {
        return error(40058, "nothing to put in place");
    }
    let card = inner.messages.iter_mut().find(|m| m["template_card"]["task_id"] == task.as_str());
    card.expect("codes are of cards")["button"] = body["button"]["replace_name"].clone();
    json!({ "errcode": 0, "errmsg": "ok" })
}
