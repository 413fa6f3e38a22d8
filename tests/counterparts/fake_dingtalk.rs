//! A fake of DingTalk's open platform, written from its documentation (pages of <https://open.dingtalk.com/document/>:
//! obtain-the-access_token-of-an-internal-app, chatbots-send-one-on-one-chat-messages-in-batches, the-robot-sends-a-group-message, robot-message-type,
//! receive-message, create-and-deliver-cards, interactive-card-update-interface, event-callback-card; and the protocol of
//! Stream in the developerpedia), because DingTalk's own cannot run here.
//! `dingtalk_peers.rs` proves it with somebody else's client.
//!
//! Access tokens, messages to members in the documented forms, connections with a ticket each, pushes that are
//! acknowledged or come once more over the next connection, faults on demand.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request as Handshake, Response as Shaken};

pub const APP: &str = "dingexample4duty";
pub const SECRET: &str = "fake-secret_of-no_real-app";
const CORP: &str = "dingcorpexample";
/// Of the template with the variables title, text and buttons.
pub const TEMPLATE: &str = "5d4a1b2c-0000-4e1f-9a77-dutybell0001.schema";

/// A message as it stands at its reader's side.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub key: String,
    pub user: String,
    pub kind: String,
    pub title: String,
    pub text: String,
    /// Label, and what its press makes the reader say.
    pub buttons: Vec<(String, String)>,
}

/// What a push was answered with.
#[derive(Clone, Debug, PartialEq)]
pub struct Acknowledged {
    pub id: String,
    pub code: i64,
    pub data: Value,
}

#[derive(Default)]
struct Inner {
    tokens: HashSet<String>,
    fetched: usize,
    messages: Vec<Shown>,
    members: HashSet<String>,
    /// Answers that the next calls of a path get instead.
    faults: HashMap<String, VecDeque<(u16, Value)>>,
    tickets: HashSet<String>,
    issued: usize,
    asked: Vec<Value>,
    /// Open connections, by number; what is put in goes out.
    lines: Vec<(usize, mpsc::UnboundedSender<Message>)>,
    connected: usize,
    living: usize,
    /// Pushes that nobody acknowledged.
    waiting: Vec<(String, Value)>,
    pushes: usize,
    acknowledged: Vec<Acknowledged>,
    pongs: usize,
    once: bool,
}

/// The running platform.
#[derive(Clone)]
pub struct FakeDingtalk {
    inner: Arc<Mutex<Inner>>,
    changed: Arc<Notify>,
    address: SocketAddr,
    gateway: SocketAddr,
}

impl FakeDingtalk {
    pub async fn start() -> FakeDingtalk {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let gateway = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let fake = FakeDingtalk {
            inner: Arc::default(),
            changed: Arc::default(),
            address: listener.local_addr().expect("its address"),
            gateway: gateway.local_addr().expect("its address"),
        };
        let router = Router::new().fallback(called).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let at = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = gateway.accept().await {
                tokio::spawn(connection(at.clone(), stream));
            }
        });
        fake
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where connections are made.
    pub fn endpoint(&self) -> String {
        format!("ws://{}/connect", self.gateway)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic in tests")
    }

    pub fn has_member(&self, user: &str) {
        self.inner().members.insert(user.to_owned());
    }

    /// The next call whose path ends so gets this answer.
    pub fn will(&self, path: &str, status: u16, body: Value) {
        self.inner().faults.entry(path.to_owned()).or_default().push_back((status, body));
    }

    /// Access tokens given so far end now.
    pub fn tokens_end(&self) {
        self.inner().tokens.clear();
    }

    pub fn tokens_fetched(&self) -> usize {
        self.inner().fetched
    }

    pub fn messages(&self) -> Vec<Shown> {
        self.inner().messages.clone()
    }

    /// Bodies of the calls that opened connections.
    pub fn asked(&self) -> Vec<Value> {
        self.inner().asked.clone()
    }

    /// Connections made so far.
    pub fn connected(&self) -> usize {
        self.inner().connected
    }

    /// Open connections.
    pub fn open(&self) -> usize {
        self.inner().living
    }

    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        self.inner().acknowledged.clone()
    }

    pub fn pongs(&self) -> usize {
        self.inner().pongs
    }

    /// Waits for something to have become so.
    pub async fn until(&self, so: impl Fn(&FakeDingtalk) -> bool) {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                if so(self) {
                    return;
                }
                let _ = tokio::time::timeout(Duration::from_millis(50), changed).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(15), wait).await.expect("it becomes so");
    }

    /// Messages to robots are pushed once, as the protocol's last section has it.
    pub fn pushes_once(&self) {
        self.inner().once = true;
    }

    /// What a member writes in his chat with the robot (receive-message).
    pub fn written(&self, user: &str, text: &str) -> Value {
        let mut inner = self.inner();
        inner.pushes += 1;
        json!({
            "conversationId": format!("cid{user}"), "conversationType": "1", "msgtype": "text",
            "chatbotCorpId": CORP, "senderCorpId": CORP, "chatbotUserId": "$:LWCP_v1:$robot",
            "msgId": format!("msg{}", inner.pushes), "senderNick": "张三", "isAdmin": false,
            "senderStaffId": user, "senderId": format!("$:LWCP_v1:${user}"), "robotCode": APP,
            "sessionWebhook": "https://oapi.dingtalk.example/robot/sendBySession?session=fakesession",
            "sessionWebhookExpiredTime": 1_690_367_502_152_i64, "createAt": 1_690_362_101_894_i64,
            "text": { "content": text },
        })
    }

    /// A member writes, quoting a message of the robot.
    pub fn writes(&self, user: &str, quoted: Option<&str>, text: &str) -> Value {
        let mut data = self.written(user, text);
        if let Some(key) = quoted {
            data["originalProcessQueryKey"] = json!(key);
            data["text"]["isReplyMsg"] = json!(true);
            data["text"]["repliedMsg"] = json!({ "msgId": format!("msg-{key}"), "msgType": "text" });
        }
        self.pushes(&data);
        data
    }

    /// A reader presses a button: his client says its words.
    pub fn presses(&self, message: &Shown, label: &str) {
        let words = message.buttons.iter().find(|(l, _)| l == label).map(|(_, words)| words.clone());
        self.writes(&message.user, None, &words.expect("such a button"));
    }

    /// A reader presses a button of a card; gives the push's id.
    pub fn presses_card(&self, user: &str, card: &Shown, label: &str) -> String {
        let action = card.buttons.iter().find(|(l, _)| l == label).map(|(_, action)| action.clone());
        let action = action.expect("such a button");
        let content = json!({ "cardPrivateData": { "actionIds": [action], "params": { "action": action } } });
        let data = json!({
            "type": "actionCallback", "corpId": CORP, "outTrackId": card.key, "spaceType": "IM", "spaceId": user,
            "userId": user, "userIdType": 1, "extension": "{}", "content": content.to_string(),
        });
        self.pushes_frame("CALLBACK", "/v1.0/card/instances/callback", &data)
    }

    /// Pushes a message to the robot; gives the push's id.
    pub fn pushes(&self, data: &Value) -> String {
        self.pushes_frame("CALLBACK", "/v1.0/im/bot/messages/get", data)
    }

    pub fn pushes_frame(&self, kind: &str, topic: &str, data: &Value) -> String {
        let mut inner = self.inner();
        inner.pushes += 1;
        let id = format!("212ca9d7_974_{}", inner.pushes);
        let frame = json!({
            "specVersion": "1.0", "type": kind, "data": data.to_string(),
            "headers": {
                "appId": "1305d5f5-0000-484f-0000-97d90000ef67", "connectionId": "c1", "contentType": "application/json",
                "messageId": id, "time": "1690362102194", "topic": topic,
            },
        });
        if kind == "CALLBACK" {
            inner.waiting.push((id.clone(), frame.clone()));
        }
        // Each push takes one of the connections.
        let line = inner.pushes % inner.lines.len().max(1);
        if let Some((_, line)) = inner.lines.get(line) {
            let _ = line.send(Message::Text(frame.to_string().into()));
        }
        id
    }

    /// Every connection breaks.
    pub fn breaks(&self) {
        self.inner().lines.clear();
    }
}

fn refuse(status: u16, code: &str, message: &str) -> Response {
    answer(status, &json!({ "code": code, "message": message, "requestid": "A0B1" }))
}

fn answer(status: u16, body: &Value) -> Response {
    (StatusCode::from_u16(status).expect("a status"), axum::Json(body)).into_response()
}

async fn called(State(fake): State<FakeDingtalk>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole request");
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path = parts.uri.path();
    let mut inner = fake.inner();
    let fault = inner.faults.iter_mut().find(|(end, _)| path.ends_with(*end)).and_then(|(_, f)| f.pop_front());
    if let Some((status, body)) = fault {
        return answer(status, &body);
    }
    let response = match (parts.method.as_str(), path) {
        ("POST", "/v1.0/oauth2/accessToken") => fetch_token(&mut inner, &body),
        ("POST", "/v1.0/gateway/connections/open") => open(&mut inner, &body, &fake.endpoint()),
        (method, path) => {
            let token = parts.headers.get("x-acs-dingtalk-access-token").and_then(|t| t.to_str().ok());
            match (method, path) {
                _ if !token.is_some_and(|t| inner.tokens.contains(t)) => {
                    refuse(401, "InvalidAuthentication", "不合法的access_token")
                }
                ("POST", "/v1.0/robot/oToMessages/batchSend") => batch_send(&mut inner, &body),
                ("POST", "/v1.0/robot/groupMessages/send") => send_to_group(&mut inner, &body),
                ("POST", "/v1.0/card/instances/createAndDeliver") => deliver(&mut inner, &body),
                ("PUT", "/v1.0/card/instances") => change(&mut inner, &body),
                _ => refuse(404, "InvalidAction.NotFound", "Specified api is not found"),
            }
        }
    };
    drop(inner);
    fake.changed.notify_waiters();
    response
}

fn fetch_token(inner: &mut Inner, body: &Value) -> Response {
    if body["appKey"] != APP || body["appSecret"] != SECRET {
        return refuse(400, "invalidClientIdOrSecret", "无效的clientId或者clientSecret");
    }
    inner.fetched += 1;
    let token = format!("fake_access_token_{}", inner.fetched);
    inner.tokens.insert(token.clone());
    answer(200, &json!({ "accessToken": token, "expireIn": 7_200 }))
}

fn open(inner: &mut Inner, body: &Value, endpoint: &str) -> Response {
    if body["clientId"] != APP || body["clientSecret"] != SECRET {
        return refuse(401, "authFailed", "鉴权失败");
    }
    let kinds = |s: &Value| matches!(s["type"].as_str(), Some("CALLBACK" | "EVENT")) && s["topic"].is_string();
    if !body["subscriptions"].as_array().is_some_and(|s| !s.is_empty() && s.iter().all(kinds)) {
        return refuse(400, "invalidParameter.subscriptions", "subscriptions");
    }
    inner.asked.push(body.clone());
    inner.issued += 1;
    let ticket = format!("fake+ticket/{}=", inner.issued);
    inner.tickets.insert(ticket.clone());
    answer(200, &json!({ "endpoint": endpoint, "ticket": ticket }))
}

fn batch_send(inner: &mut Inner, body: &Value) -> Response {
    if body["robotCode"] != APP {
        return refuse(400, "invalidParameter.robotCode.notExsit", "robot 不存在");
    }
    let users = body["userIds"].as_array().cloned().unwrap_or_default();
    if users.is_empty() || users.len() > 20 {
        return refuse(400, "invalidParameter.userIds.overMax", "userIds");
    }
    let Some(parameters) = body["msgParam"].as_str().and_then(|p| serde_json::from_str::<Value>(p).ok()) else {
        return refuse(400, "invalidParameter.msgParam.invalid", "msgParam格式不正确");
    };
    if body["msgParam"].as_str().is_some_and(|p| p.len() > 15_000) {
        return refuse(400, "invalidParameter.msgParam.tooLong", "msgParam");
    }
    let kind = body["msgKey"].as_str().unwrap_or_default();
    let Some((title, text, buttons)) = shown(kind, &parameters) else {
        return refuse(400, "invalidParameter.msgParam.invalid", kind);
    };
    let user = users[0].as_str().unwrap_or_default().to_owned();
    if user.starts_with("left") {
        return answer(200, &json!({ "processQueryKey": "none", "invalidStaffIdList": [user] }));
    }
    if user.starts_with("busy") {
        return answer(200, &json!({ "processQueryKey": "none", "flowControlledStaffIdList": [user] }));
    }
    if !inner.members.contains(&user) {
        return refuse(400, "staffId.notExisted", "员工不存在");
    }
    let key = format!("pqk{}=", inner.messages.len() + 1);
    inner.messages.push(Shown { key: key.clone(), user, kind: kind.to_owned(), title, text, buttons });
    let nobody = json!([]);
    answer(200, &json!({ "processQueryKey": key, "invalidStaffIdList": nobody, "flowControlledStaffIdList": nobody }))
}

fn send_to_group(inner: &mut Inner, body: &Value) -> Response {
    let parameters = body["msgParam"].as_str().and_then(|p| serde_json::from_str::<Value>(p).ok()).unwrap_or_default();
    let kind = body["msgKey"].as_str().unwrap_or_default();
    let group = body["openConversationId"].as_str().unwrap_or_default().to_owned();
    let Some((title, text, buttons)) = shown(kind, &parameters).filter(|_| body["robotCode"] == APP) else {
        return refuse(400, "invalidParameter.msgParam.invalid", kind);
    };
    if !inner.members.contains(&group) {
        return refuse(400, "resource.not.found", "openConversationId");
    }
    let key = format!("pqk{}=", inner.messages.len() + 1);
    inner.messages.push(Shown { key: key.clone(), user: group, kind: kind.to_owned(), title, text, buttons });
    answer(200, &json!({ "processQueryKey": key }))
}

fn deliver(inner: &mut Inner, body: &Value) -> Response {
    if body["cardTemplateId"] != TEMPLATE || body["callbackType"] != "STREAM" {
        return refuse(400, "param.error", "cardTemplateId");
    }
    let id = body["outTrackId"].as_str().filter(|id| !id.is_empty());
    let user = body["openSpaceId"].as_str().and_then(|space| space.strip_prefix("dtv1.card//IM_ROBOT."));
    let (Some(id), Some(user)) = (id, user) else { return refuse(400, "param.error", "openSpaceId") };
    if body["imRobotOpenDeliverModel"]["spaceType"] != "IM_ROBOT" || !body["imRobotOpenSpaceModel"].is_object() {
        return refuse(400, "param.error", "imRobotOpenDeliverModel");
    }
    let Some((title, text, buttons)) = card(&body["cardData"]["cardParamMap"]) else {
        return refuse(400, "param.error", "cardParamMap");
    };
    let delivered = inner.members.contains(user);
    // The same id is the same card.
    if delivered && !inner.messages.iter().any(|m| m.key == id) {
        let (key, user, kind) = (id.to_owned(), user.to_owned(), "card".to_owned());
        inner.messages.push(Shown { key, user, kind, title, text, buttons });
    }
    let error = if delivered { "" } else { "user not exist" };
    let result = json!({ "spaceType": "IM", "spaceId": user, "success": delivered, "errorMsg": error });
    answer(200, &json!({ "success": true, "result": { "outTrackId": id, "deliverResults": [result] } }))
}

fn change(inner: &mut Inner, body: &Value) -> Response {
    let Some(seen) = card(&body["cardData"]["cardParamMap"]) else {
        return refuse(400, "param.error", "cardParamMap");
    };
    match inner.messages.iter_mut().find(|m| m.kind == "card" && body["outTrackId"] == m.key.as_str()) {
        Some(card) => {
            (card.title, card.text, card.buttons) = seen;
            answer(200, &json!({ "success": true, "result": true }))
        }
        None => refuse(400, "param.cardNotExist", "outTrackId"),
    }
}

/// What a card of the template shows; all values are texts.
fn card(data: &Value) -> Option<Seen> {
    let map = data.as_object()?;
    map.values().all(Value::is_string).then_some(())?;
    let word = |key: &str| map.get(key)?.as_str().map(str::to_owned);
    let buttons: Vec<Value> = serde_json::from_str(&word("buttons")?).ok()?;
    let button = |b: &Value| {
        let event = &b["event"];
        let sends = event["type"] == "sendCardRequest" && event["params"]["actionId"].is_string();
        let action = event["params"]["params"]["action"].as_str().filter(|_| sends)?;
        Some((b["text"].as_str()?.to_owned(), action.to_owned()))
    };
    Some((word("title")?, word("text")?.replace("  \n", "\n"), buttons.iter().map(button).collect::<Option<_>>()?))
}

type Seen = (String, String, Vec<(String, String)>);

/// What a reader sees (robot-message-type); `None` where a parameter is missing.
fn shown(kind: &str, parameters: &Value) -> Option<Seen> {
    let word = |key: &str| parameters[key].as_str().filter(|w| !w.is_empty()).map(str::to_owned);
    if kind == "sampleText" {
        return Some((String::new(), word("content")?, Vec::new()));
    }
    let (title, text) = (word("title")?, word("text")?);
    let lines = |text: &str| text.replace("  \n", "\n");
    let count: usize = match kind {
        "sampleMarkdown" => 0,
        "sampleActionCard2" => 2,
        "sampleActionCard3" => 3,
        "sampleActionCard4" => 4,
        "sampleActionCard5" => 5,
        _ => return None,
    };
    let mut buttons = Vec::new();
    for n in 1..=count {
        buttons.push((word(&format!("actionTitle{n}"))?, said(&word(&format!("actionURL{n}"))?)?));
    }
    if kind != "sampleMarkdown" {
        return Some((title, lines(&text), buttons));
    }
    let mut words = Vec::new();
    for paragraph in text.split("\n\n") {
        match paragraph.starts_with('[') {
            true => {
                for link in paragraph.split('　') {
                    let (label, address) = link.strip_prefix('[')?.strip_suffix(')')?.split_once("](")?;
                    buttons.push((label.to_owned(), said(address)?));
                }
            }
            false => words.push(lines(paragraph)),
        }
    }
    Some((title, words.join("\n\n"), buttons))
}

/// What the client sends when such a link is pressed.
fn said(address: &str) -> Option<String> {
    let content = address.strip_prefix("dtmd://dingtalkclient/sendMessage?content=")?;
    let url = reqwest::Url::parse(&format!("x://x?content={content}")).ok()?;
    url.query_pairs().next().map(|(_, words)| words.into_owned())
}

#[allow(clippy::result_large_err)] // the library's own shape
async fn connection(fake: FakeDingtalk, stream: TcpStream) {
    let check = |request: &Handshake, response: Shaken| -> Result<Shaken, ErrorResponse> {
        let query = request.uri().query().unwrap_or_default();
        let url = reqwest::Url::parse(&format!("x://x?{query}")).expect("an address");
        let ticket = url.query_pairs().find(|(k, _)| k == "ticket").map(|(_, v)| v.into_owned());
        // Good for one connection.
        match ticket.is_some_and(|t| fake.inner().tickets.remove(&t)) && request.uri().path() == "/connect" {
            true => Ok(response),
            false => {
                let mut refused = ErrorResponse::new(Some("ticket".to_owned()));
                *refused.status_mut() = StatusCode::UNAUTHORIZED;
                Err(refused)
            }
        }
    };
    let Ok(socket) = accept_hdr_async(stream, check).await else { return };
    let (mut out, mut back) = socket.split();
    let (sender, mut queue) = mpsc::unbounded_channel();
    let number = {
        let mut inner = fake.inner();
        inner.connected += 1;
        inner.living += 1;
        let number = inner.connected;
        // What nobody acknowledged comes once more.
        if !inner.once {
            for (_, frame) in &inner.waiting {
                let _ = sender.send(Message::Text(frame.to_string().into()));
            }
        }
        inner.lines.push((number, sender));
        number
    };
    fake.changed.notify_waiters();
    loop {
        tokio::select! {
            next = queue.recv() => match next {
                Some(message) => {
                    let closes = message.to_text().is_ok_and(|t| t.contains("\"topic\":\"disconnect\""));
                    if out.send(message).await.is_err() {
                        break;
                    }
                    if closes {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                        break;
                    }
                }
                None => break,
            },
            next = back.next() => match next {
                Some(Ok(Message::Text(text))) => heard(&fake, &text),
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    drop((out, back));
    let mut inner = fake.inner();
    inner.lines.retain(|(n, _)| *n != number);
    inner.living -= 1;
    drop(inner);
    fake.changed.notify_waiters();
}

fn heard(fake: &FakeDingtalk, text: &str) {
    let said: Value = serde_json::from_str(text).unwrap_or_default();
    let id = said["headers"]["messageId"].as_str().expect("an answer names its push").to_owned();
    let data = said["data"].as_str().and_then(|d| serde_json::from_str::<Value>(d).ok()).expect("a string of JSON");
    let mut inner = fake.inner();
    inner.waiting.retain(|(waiting, _)| *waiting != id);
    if data["opaque"].is_string() {
        inner.pongs += 1;
    }
    inner.acknowledged.push(Acknowledged { id, code: said["code"].as_i64().expect("a code"), data });
    drop(inner);
    fake.changed.notify_waiters();
}
