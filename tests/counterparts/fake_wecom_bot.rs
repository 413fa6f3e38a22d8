//! A fake of WeCom's long connection for AI bots, written from its documentation (page 101463 of
//! <https://developer.work.weixin.qq.com/document/path/>, with 100719, 101027 and 101032 for what frames hold), because
//! WeCom's own cannot run here. `wecom_bot_peers.rs` proves it with the client of others.
//!
//! Subscription, signs of life, messages to members and groups in the documented forms, cards with presses and their
//! change within five seconds, one connection a bot: the second throws the first out. Faults on demand.
#![allow(dead_code)] // each test uses a part of it

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

pub const BOT: &str = "aibExampleDutyBell01";
pub const SECRET: &str = "fake-secret_of-no_real-bot";

/// What the next message meets.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This code, and nothing arrives.
    Code(i64, &'static str),
    /// It arrives, and the answer is lost with the connection.
    Cut,
    /// It arrives, and no answer comes.
    Silence,
}

/// A message as it stands at its reader's side.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub id: String,
    pub chat: String,
    pub kind: String,
    pub text: String,
    /// Label and key.
    pub buttons: Vec<(String, String)>,
    /// Number of the connection that it came by.
    pub line: usize,
}

#[derive(Default)]
struct Inner {
    /// Members who have written to the bot, and groups.
    known: HashSet<String>,
    messages: Vec<Shown>,
    tasks: HashSet<String>,
    faults: VecDeque<Fault>,
    /// Presses that may still be answered: frame id, card, instant.
    presses: HashMap<String, (String, Instant)>,
    /// The connection that counts: number, and what is put in goes out.
    line: Option<(usize, mpsc::UnboundedSender<Message>)>,
    connected: usize,
    thrown_out: usize,
    refused: usize,
    /// Pushed while nobody was connected.
    waiting: Vec<Value>,
    pushes: usize,
    pings: usize,
    silent: bool,
}

/// The running platform.
#[derive(Clone)]
pub struct FakeWeComBot {
    inner: Arc<Mutex<Inner>>,
    changed: Arc<Notify>,
    address: SocketAddr,
}

impl FakeWeComBot {
    pub async fn start() -> FakeWeComBot {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let fake = FakeWeComBot { inner: Arc::default(), changed: Arc::default(), address };
        let at = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(at.clone(), stream));
            }
        });
        fake
    }

    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic in tests")
    }

    /// A member who has written to the bot, or a group that has.
    pub fn knows(&self, chat: &str) {
        self.inner().known.insert(chat.to_owned());
    }

    pub fn will(&self, fault: Fault) {
        self.inner().faults.push_back(fault);
    }

    /// From now on nothing is answered, signs of life neither.
    pub fn falls_silent(&self, silent: bool) {
        self.inner().silent = silent;
    }

    pub fn messages(&self) -> Vec<Shown> {
        self.inner().messages.clone()
    }

    /// Subscriptions that were let in so far.
    pub fn connected(&self) -> usize {
        self.inner().connected
    }

    pub fn is_open(&self) -> bool {
        self.inner().line.is_some()
    }

    pub fn thrown_out(&self) -> usize {
        self.inner().thrown_out
    }

    pub fn refused(&self) -> usize {
        self.inner().refused
    }

    pub fn pings(&self) -> usize {
        self.inner().pings
    }

    /// Waits for something to have become so.
    pub async fn until(&self, so: impl Fn(&FakeWeComBot) -> bool) {
        let wait = async {
            while !so(self) {
                let _ = tokio::time::timeout(Duration::from_millis(50), self.changed.notified()).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(40), wait).await.expect("it becomes so");
    }

    /// A member writes to the bot, quoting words.
    pub fn writes(&self, user: &str, quoted: Option<&str>, text: &str) -> Value {
        let mut body = self.body(user, "text");
        body["text"] = json!({ "content": text });
        if let Some(quoted) = quoted {
            body["quote"] = json!({ "msgtype": "text", "text": { "content": quoted } });
        }
        self.inner().known.insert(user.to_owned());
        self.pushes("aibot_msg_callback", &body);
        body
    }

    /// A member names the bot in a group.
    pub fn writes_in(&self, group: &str, user: &str, text: &str) {
        let mut body = self.body(user, "text");
        body["text"] = json!({ "content": text });
        (body["chattype"], body["chatid"]) = (json!("group"), json!(group));
        self.inner().known.insert(group.to_owned());
        self.pushes("aibot_msg_callback", &body);
    }

    /// A member presses a button; gives the frame's id.
    pub fn presses(&self, user: &str, card: &Shown, label: &str) -> String {
        let key = card.buttons.iter().find(|(l, _)| l == label).map(|(_, key)| key.clone()).expect("such a button");
        let mut body = self.body(user, "event");
        body["create_time"] = json!(1_700_000_000);
        body["event"] = json!({ "eventtype": "template_card_event", "template_card_event": {
            "card_type": "button_interaction", "event_key": key, "task_id": card.id,
        } });
        let frame = self.pushes("aibot_event_callback", &body);
        self.inner().presses.insert(frame.clone(), (card.id.clone(), Instant::now()));
        frame
    }

    /// A member opens the chat with the bot.
    pub fn opens(&self, user: &str) -> String {
        let mut body = self.body(user, "event");
        body["event"] = json!({ "eventtype": "enter_chat" });
        self.pushes("aibot_event_callback", &body)
    }

    fn body(&self, user: &str, kind: &str) -> Value {
        let mut inner = self.inner();
        inner.pushes += 1;
        json!({
            "msgid": format!("CAIQ{}", inner.pushes), "aibotid": BOT, "chattype": "single", "msgtype": kind,
            "from": { "userid": user },
            "response_url": "https://qyapi.weixin.example/cgi-bin/aibot/response?response_code=fake",
        })
    }

    /// Pushes a frame; gives its id.
    pub fn pushes(&self, command: &str, body: &Value) -> String {
        let mut inner = self.inner();
        inner.pushes += 1;
        let id = format!("push-{}", inner.pushes);
        let frame = json!({ "cmd": command, "headers": { "req_id": id }, "body": body });
        match &inner.line {
            Some((_, line)) => drop(line.send(Message::Text(frame.to_string().into()))),
            None => inner.waiting.push(frame),
        }
        id
    }

    /// The connection breaks.
    pub fn breaks(&self) {
        self.inner().line = None;
    }
}

async fn connection(fake: FakeWeComBot, stream: TcpStream) {
    let Ok(socket) = accept_async(stream).await else { return };
    let (mut out, mut back) = socket.split();
    let (sender, mut queue) = mpsc::unbounded_channel::<Message>();
    let mut number = None;
    loop {
        tokio::select! {
            next = queue.recv() => match next {
                Some(message) => {
                    let last = message.to_text().is_ok_and(|t| t.contains("disconnected_event"));
                    if out.send(message).await.is_err() || last {
                        break;
                    }
                }
                None => break,
            },
            next = back.next() => match next {
                Some(Ok(Message::Text(text))) => {
                    if heard(&fake, &text, &mut number, &sender).is_none() {
                        break;
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
            // Broken by the test.
            () = tokio::time::sleep(Duration::from_millis(20)) => {
                let of = |inner: &Inner| inner.line.as_ref().map(|(n, _)| *n);
                if number.is_some_and(|n| of(&fake.inner()) != Some(n)) && queue.is_empty() {
                    break;
                }
            }
        }
        fake.changed.notify_waiters();
    }
    drop((out, back));
    let mut inner = fake.inner();
    if inner.line.as_ref().is_some_and(|(n, _)| Some(*n) == number) {
        inner.line = None;
    }
    drop(inner);
    fake.changed.notify_waiters();
}

/// Takes a frame; `None`: the connection ends.
fn heard(
    fake: &FakeWeComBot,
    text: &str,
    number: &mut Option<usize>,
    sender: &mpsc::UnboundedSender<Message>,
) -> Option<()> {
    let frame: Value = serde_json::from_str(text).expect("frames are JSON");
    let id = frame["headers"]["req_id"].as_str().filter(|id| !id.is_empty()).expect("a frame has an id").to_owned();
    let mut inner = fake.inner();
    if inner.silent {
        return Some(());
    }
    let answer = |code: i64, words: &str| {
        let answer = json!({ "headers": { "req_id": id }, "errcode": code, "errmsg": words });
        let _ = sender.send(Message::Text(answer.to_string().into()));
    };
    let body = &frame["body"];
    let command = frame["cmd"].as_str().unwrap_or_default();
    if command == "aibot_subscribe" {
        if body["bot_id"] != BOT || body["secret"] != SECRET {
            inner.refused += 1;
            answer(40001, "invalid secret, hint: [1700000000_1_0123], from ip: 127.0.0.1");
            return Some(());
        }
        if let Some((_, first)) = inner.line.take() {
            inner.thrown_out += 1;
            let event = json!({ "cmd": "aibot_event_callback", "headers": { "req_id": "gone" }, "body": {
                "aibotid": BOT, "msgtype": "event", "event": { "eventtype": "disconnected_event" },
            } });
            let _ = first.send(Message::Text(event.to_string().into()));
        }
        inner.connected += 1;
        *number = Some(inner.connected);
        answer(0, "ok");
        for frame in std::mem::take(&mut inner.waiting) {
            let _ = sender.send(Message::Text(frame.to_string().into()));
        }
        inner.line = Some((inner.connected, sender.clone()));
        return Some(());
    }
    let Some(line) = *number else {
        answer(846_609, "aibot websocket not subscribed");
        return Some(());
    };
    match command {
        "ping" => {
            inner.pings += 1;
            answer(0, "ok");
        }
        "aibot_send_msg" => {
            let fault = inner.faults.pop_front();
            if let Some(Fault::Code(code, words)) = fault {
                answer(code, words);
                return Some(());
            }
            let (code, words) = send(&mut inner, &id, body, line);
            match fault {
                Some(Fault::Cut) => return None,
                Some(Fault::Silence) => {}
                _ => answer(code, words),
            }
        }
        "aibot_respond_update_msg" => {
            let (code, words) = update(&mut inner, &id, body);
            answer(code, words);
        }
        "aibot_respond_msg" | "aibot_respond_welcome_msg" => answer(0, "ok"),
        _ => answer(40058, "no such command"),
    }
    Some(())
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn send(inner: &mut Inner, id: &str, body: &Value, line: usize) -> (i64, &'static str) {
    let chat = word(&body["chatid"]);
    if !matches!(body["chat_type"].as_i64(), None | Some(0..=2)) || chat.is_empty() {
        return (40058, "invalid chat");
    }
    // Ids of groups begin so here.
    if chat.starts_with("wr") != (body["chat_type"] == 2) && body["chat_type"].is_i64() {
        return (40058, "chat_type");
    }
    if !inner.known.contains(&chat) {
        return (846_607, "no conversation with the bot");
    }
    let shown = match word(&body["msgtype"]).as_str() {
        "markdown" => {
            let content = word(&body["markdown"]["content"]);
            if content.is_empty() || content.len() > 20_480 {
                return (45002, "content size out of limit");
            }
            (id.to_owned(), seen(&content), Vec::new())
        }
        "template_card" => {
            let Some(shown) = card(&body["template_card"]) else { return (40058, "invalid template_card") };
            if !inner.tasks.insert(shown.0.clone()) {
                return (42014, "task_id is used");
            }
            shown
        }
        _ => return (40008, "invalid message type"),
    };
    let (id, text, buttons) = shown;
    inner.messages.push(Shown { id, chat, kind: word(&body["msgtype"]), text, buttons, line });
    (0, "ok")
}

type Seen = (String, String, Vec<(String, String)>);

/// A card as its reader sees it; `None` where something is missing or too long.
fn card(card: &Value) -> Option<Seen> {
    let task = word(&card["task_id"]);
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-@".contains(c);
    let buttons = card["button_list"].as_array().cloned().unwrap_or_default();
    let title = word(&card["main_title"]["title"]);
    let good = card["card_type"] == "button_interaction"
        && !title.is_empty()
        && (1..=128).contains(&task.len())
        && task.chars().all(plain)
        && (1..=6).contains(&buttons.len())
        && buttons.iter().all(|b| !word(&b["text"]).is_empty() && (1..=1024).contains(&word(&b["key"]).len()));
    if !good {
        return None;
    }
    let below = word(&card["sub_title_text"]);
    let text = if below.is_empty() { title } else { format!("{title}\n{below}") };
    Some((task, text, buttons.iter().map(|b| (word(&b["text"]), word(&b["key"]))).collect()))
}

/// "更新模板卡片": within five seconds, in answer to the press, once, and the same card.
fn update(inner: &mut Inner, frame: &str, body: &Value) -> (i64, &'static str) {
    let Some((task, pressed)) = inner.presses.remove(frame) else { return (846_605, "invalid req_id") };
    if pressed.elapsed() > Duration::from_secs(5) {
        return (846_605, "invalid req_id");
    }
    let Some((named, text, buttons)) = card(&body["template_card"]) else { return (40058, "invalid template_card") };
    if body["response_type"] != "update_template_card" || named != task {
        return (40058, "another card");
    }
    if let Some(shown) = inner.messages.iter_mut().find(|m| m.id == task) {
        (shown.text, shown.buttons) = (text, buttons);
    }
    (0, "ok")
}

/// What a reader of this Markdown sees: markup is gone, and with it whatever it took along.
fn seen(markdown: &str) -> String {
    let line = |line: &str| {
        let line = line.strip_suffix("  ").unwrap_or(line);
        let mut line = line.trim_start_matches(['#', '>', '-', '+']).to_owned();
        if let (Some(open), Some(close)) = (line.find('['), line.find("](")) {
            let end = line[close..].find(')').map_or(line.len(), |at| close + at + 1);
            line = format!("{}{}{}", &line[..open], &line[open + 1..close], &line[end..]);
        }
        while let (Some(open), Some(close)) = (line.find('<'), line.find('>')) {
            if open > close {
                break;
            }
            line.replace_range(open..=close, "");
        }
        line.replace(['*', '_', '`', '~', '\\', '|'], "")
    };
    markdown.split('\n').map(line).collect::<Vec<_>>().join("\n")
}
