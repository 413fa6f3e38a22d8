//! Hearing over a connection that goes out from here ("Receive events through a long connection"), for offices that the
//! platform cannot call. What comes over it is not encrypted once more nor signed: the connection is.
//!
//! The platform waits three seconds for the answer to what it brings, and brings it again without one ([`Queue`] keeps it
//! until it may be answered). A connection at which nobody asks is closed: the platform brings each event over one of an
//! app's connections, and another gateway's is the one that counts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use futures::{SinkExt, StreamExt};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::Message;

use super::frame::{CONTROL, DATA, Frame};
use super::{Feishu, event, verdict};
use crate::heard::{self, AGAIN, LOOK, Queue, Socket, TOGETHER, YOUNG, wait};
use crate::{PollError, api};
use dutybell_core::inbound::Batch;
use dutybell_system::clock::{Since, pause, within};

/// For one send.
const SEND: Duration = Duration::from_secs(5);
/// Between signs of life, if the platform names no other time; never more.
const PING: Duration = Duration::from_secs(120);
/// So long may nobody ask at a connection: storing takes its time.
const LEFT: Duration = Duration::from_secs(20);
/// Longest message of the connection; long events come in parts.
const MOST: usize = 4 << 20;
/// Events of which parts are missing.
const UNFINISHED: usize = 32;

/// The connection of one app; made when somebody asks.
pub(super) struct Connection {
    state: Arc<Mutex<State>>,
}

struct State {
    app: String,
    line: Option<Line>,
    /// Connections made so far.
    opened: u64,
    /// The last one ended soon after it began.
    fleeting: bool,
    asked: Since,
    /// What to answer, and the connection that it came by.
    waiting: Queue<(u64, Frame)>,
}

struct Line {
    number: u64,
    socket: Socket,
    service: i32,
    ping: Duration,
    began: Since,
    pinged: Since,
    heard: Since,
    parts: HashMap<String, Vec<Vec<u8>>>,
}

impl Connection {
    pub(super) fn new(app: &str) -> Result<Connection, String> {
        let state = State {
            app: app.to_owned(),
            line: None,
            opened: 0,
            fleeting: false,
            asked: Since::now(),
            waiting: Queue::new()?,
        };
        Ok(Connection { state: Arc::new(Mutex::new(state)) })
    }

    /// What came after `token`; waits for it, and opens a connection when there is none.
    pub(super) async fn poll(&self, app: &Feishu, token: Option<&str>, wait: Duration) -> Result<Batch, PollError> {
        let mut state = self.state.lock().await;
        state.asked = Since::now();
        state.confirm(token).await;
        if state.line.is_none() && state.waiting.is_empty() {
            state.connect(app).await?;
            self.watch(state.opened);
        }
        within(wait, state.read(1)).await;
        if !state.waiting.is_empty() {
            within(TOGETHER, state.read(usize::MAX)).await;
        }
        state.asked = Since::now();
        Ok(state.waiting.batch(token))
    }

    /// Closes the connection when nobody asks at it any more, or the channel is gone.
    fn watch(&self, number: u64) {
        let state = Arc::downgrade(&self.state);
        tokio::spawn(async move {
            loop {
                pause(LOOK).await;
                let Some(state) = state.upgrade() else { return };
                // Whoever holds it is asking.
                let Ok(mut state) = state.try_lock() else { continue };
                if state.line.as_ref().is_none_or(|line| line.number != number) {
                    return;
                }
                if state.asked.elapsed() > LEFT {
                    if let Some(line) = &mut state.line {
                        within(SEND, line.socket.close(None)).await;
                    }
                    state.ended();
                    return;
                }
            }
        });
    }
}

impl State {
    /// What was stored is answered and forgotten.
    async fn confirm(&mut self, token: Option<&str>) {
        for (line, frame) in self.waiting.confirm(token) {
            if self.line.as_ref().is_some_and(|l| l.number == line) {
                self.say(frame).await;
            }
        }
    }

    async fn connect(&mut self, app: &Feishu) -> Result<(), PollError> {
        if std::mem::take(&mut self.fleeting) {
            return Err(wait("the connection ended as soon as it was made"));
        }
        let (place, ping) = app.place().await?;
        let service = place.query_pairs().find(|(key, _)| key == "service_id").and_then(|(_, id)| id.parse().ok());
        let socket = heard::connect(&place, MOST).await?;
        self.opened += 1;
        let now = Since::now();
        let service = service.unwrap_or_default();
        let (number, parts) = (self.opened, HashMap::new());
        self.line = Some(Line { number, socket, service, ping, began: now, pinged: now, heard: now, parts });
        self.say(Frame::ping(service)).await;
        Ok(())
    }

    /// Reads until so many wait to be stored, or the connection ends. May be left at any await: nothing read is lost.
    async fn read(&mut self, enough: usize) {
        while self.waiting.len() < enough {
            let Some(line) = &mut self.line else { return };
            if line.heard.elapsed() > line.ping * 5 / 2 {
                return self.ended();
            }
            let due = line.ping.saturating_sub(line.pinged.elapsed());
            match within(due, line.socket.next()).await {
                Some(Some(Ok(Message::Binary(bytes)))) => {
                    line.heard = Since::now();
                    if let Some(answer) = self.take(&bytes) {
                        self.say(answer).await;
                    }
                }
                Some(Some(Ok(_))) => line.heard = Since::now(),
                Some(_) => self.ended(),
                None => {
                    line.pinged = Since::now();
                    let ping = Frame::ping(line.service);
                    self.say(ping).await;
                }
            }
        }
    }

    /// Takes what came; gives back what can be answered at once.
    fn take(&mut self, bytes: &[u8]) -> Option<Frame> {
        let frame = Frame::read(bytes)?;
        let line = self.line.as_mut()?;
        match (frame.method, frame.header("type")) {
            (CONTROL, Some("pong")) => {
                let told: Value = serde_json::from_slice(&frame.payload).unwrap_or_default();
                line.ping = interval(&told).unwrap_or(line.ping);
                None
            }
            (DATA, Some("event")) => {
                let payload = line.whole(&frame)?;
                let number = line.number;
                let event: Value = serde_json::from_slice(&payload).unwrap_or_default();
                let ours = event["header"]["app_id"].as_str() == Some(self.app.as_str());
                let answer = answer(frame, event["header"]["event_type"] == "card.action.trigger");
                match event::update(event).filter(|_| ours) {
                    Some(update) => self.waiting.put(update, (number, answer)),
                    None => return Some(answer),
                }
                None
            }
            _ => None,
        }
    }

    async fn say(&mut self, frame: Frame) {
        let Some(line) = &mut self.line else { return };
        let sent = within(SEND, line.socket.send(Message::Binary(frame.bytes().into()))).await;
        if !matches!(sent, Some(Ok(()))) {
            self.ended();
        }
    }

    fn ended(&mut self) {
        self.fleeting = self.line.take().is_some_and(|line| line.began.elapsed() < YOUNG);
    }
}

impl Line {
    /// The words of a frame; of one that is a part, when all are there.
    fn whole(&mut self, frame: &Frame) -> Option<Vec<u8>> {
        let number = |name: &str| frame.header(name).and_then(|n| n.parse::<usize>().ok());
        let (sum, place) = (number("sum").unwrap_or(1), number("seq").unwrap_or(0));
        if sum <= 1 {
            return Some(frame.payload.clone());
        }
        let id = frame.header("message_id").filter(|_| sum <= 1_000)?.to_owned();
        if self.parts.len() >= UNFINISHED && !self.parts.contains_key(&id) {
            self.parts.clear();
        }
        let parts = self.parts.entry(id.clone()).or_insert_with(|| vec![Vec::new(); sum]);
        parts.get_mut(place)?.clone_from(&frame.payload);
        let all = parts.iter().all(|part| !part.is_empty()).then(|| parts.concat())?;
        self.parts.remove(&id);
        Some(all)
    }
}

/// What says that a frame was taken: the frame with other words in it. Of a press, that nothing changes at its presser's
/// side yet.
fn answer(mut frame: Frame, is_press: bool) -> Frame {
    let data = is_press.then(|| BASE64.encode(b"{}"));
    frame.headers.push(("biz_rt".to_owned(), "0".to_owned()));
    frame.payload = json!({ "code": 200, "headers": null, "data": data }).to_string().into_bytes();
    frame
}

fn interval(told: &Value) -> Option<Duration> {
    told["PingInterval"].as_u64().map(|seconds| Duration::from_secs(seconds).clamp(AGAIN, PING))
}

impl Feishu {
    /// Asks for a connection: its address, which is good for one, and the time between signs of life.
    async fn place(&self) -> Result<(Url, Duration), PollError> {
        let body = json!({ "AppID": self.app, "AppSecret": self.secret.expose_secret() });
        let call = api::at(&self.client, &self.base, Method::POST, "/callback/ws/endpoint", &[]);
        let answer = api::call(call.header("locale", "zh"), Some(&body)).await.map_err(|lost| wait(lost.told()))?;
        let data = &answer.body["data"];
        let url = data["URL"].as_str().and_then(|url| Url::parse(url).ok());
        match (verdict::code(&answer), url.filter(|url| heard::is_safe(url, &self.base))) {
            (Some(0), Some(url)) => Ok((url, interval(&data["ClientConfig"]).unwrap_or(PING))),
            (Some(0), None) => Err(wait("the platform named no address for the connection")),
            (code, _) => Err(verdict::of_connection(code, answer.status)),
        }
    }
}
