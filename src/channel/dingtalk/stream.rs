//! Hearing by Stream: a WebSocket that goes out from here, over which DingTalk pushes what people write
//! (<https://open-dingtalk.github.io/developerpedia/docs/learn/stream/protocol>, cited here as PROTOCOL).
//!
//! A frame is acknowledged when somebody asks for what comes after it, which is after it was stored. DingTalk does not
//! promise to push again what was not acknowledged (PROTOCOL, last section: messages to robots are pushed once), so
//! what was heard is kept here until then, whatever becomes of the connection. A connection that nobody asks at is
//! closed: DingTalk pushes each message over one of an app's connections, and another gateway's is the one that counts.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::card::{PRESSED, read_press};
use super::message::read_message;
use super::{App, verdict};
use crate::heard::{self, CONNECT, LOOK, Queue, Socket, TOGETHER, YOUNG, wait};
use crate::{PollError, api};
use dutybell_core::inbound::{Batch, Update};
use dutybell_system::clock::{Since, pause, within};

/// What people write to the robot (PROTOCOL, kinds of messages).
const SAID: &str = "/v1.0/im/bot/messages/get";
/// A connection is asked for a sign of life after so long, and given up after as long again.
const SILENCE: Duration = Duration::from_secs(40);
/// So long may nobody ask at a connection, unless told otherwise.
const LEFT: Duration = Duration::from_secs(60);
/// A frame holds one message of a person.
const MOST: usize = 1 << 20;

/// The hearing half of the channel.
pub(super) struct Stream {
    heard: Arc<Heard>,
    /// Presses of cards are heard, too.
    cards: bool,
    /// See [`super::Dingtalk::with_lease`].
    pub(super) left: Duration,
    /// Two that ask at the same time open one connection.
    opening: tokio::sync::Mutex<()>,
    /// Ends with the channel, and all connections with it.
    end: CancellationToken,
    _end: DropGuard,
}

struct Heard {
    state: Mutex<State>,
    /// Something came, or a connection ended.
    news: Notify,
    /// Something can be acknowledged.
    stored: Notify,
}

struct State {
    waiting: Queue<Frame>,
    /// Frames to be acknowledged, each over the connection it came by.
    stored: Vec<Frame>,
    /// Connections made so far.
    opened: u64,
    /// The one that is in use.
    line: Option<u64>,
    /// All that still live: a connection that DingTalk gives up lives ten more seconds.
    living: HashSet<u64>,
    /// The last one ended soon after it began.
    fleeting: bool,
    /// How many ask now, and since when nobody does.
    asking: usize,
    left: Option<Since>,
}

/// A push: the connection, and DingTalk's id of it.
type Frame = (u64, String);

impl Heard {
    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked: no change here can be left half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was stored is acknowledged and forgotten.
    fn confirm(&self, token: Option<&str>) {
        let mut state = self.state();
        let stored = state.waiting.confirm(token);
        let living = stored.into_iter().filter(|(line, _)| state.living.contains(line)).collect::<Vec<_>>();
        state.stored.extend(living);
        drop(state);
        self.stored.notify_waiters();
    }

    /// Nothing waits to be stored.
    fn is_empty(&self) -> bool {
        self.state().waiting.is_empty()
    }

    fn is_open(&self) -> bool {
        self.state().line.is_some()
    }

    fn opened(&self) -> u64 {
        let mut state = self.state();
        state.opened += 1;
        let line = state.opened;
        state.line = Some(line);
        state.living.insert(line);
        line
    }

    /// Nothing more comes over this connection.
    fn given_up(&self, line: u64, age: Duration) {
        let mut state = self.state();
        if state.line == Some(line) {
            state.line = None;
            state.fleeting = age < YOUNG;
        }
        drop(state);
        self.news.notify_waiters();
    }

    fn ended(&self, line: u64) {
        let mut state = self.state();
        state.living.remove(&line);
        state.stored.retain(|(l, _)| *l != line);
    }

    fn put(&self, update: Update, frame: Frame) {
        self.state().waiting.put(update, frame);
        self.news.notify_waiters();
    }

    fn take_stored(&self, line: u64) -> Vec<String> {
        let mut state = self.state();
        let all = std::mem::take(&mut state.stored);
        let (mine, others): (Vec<Frame>, Vec<Frame>) = all.into_iter().partition(|(l, _)| *l == line);
        state.stored = others;
        mine.into_iter().map(|(_, id)| id).collect()
    }

    fn is_left(&self, left: Duration) -> bool {
        let state = self.state();
        state.asking == 0 && state.left.is_some_and(|since| since.elapsed() > left)
    }
}

/// Somebody asks; ended when he goes away, too.
struct Asking<'a>(&'a Heard);

impl Asking<'_> {
    fn begin(heard: &Heard) -> Asking<'_> {
        heard.state().asking += 1;
        Asking(heard)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.asking -= 1;
        state.left = Some(Since::now());
    }
}

impl Stream {
    pub(super) fn new(cards: bool) -> Result<Stream, String> {
        let state = State {
            waiting: Queue::new()?,
            stored: Vec::new(),
            opened: 0,
            line: None,
            living: HashSet::new(),
            fleeting: false,
            asking: 0,
            left: None,
        };
        let heard = Heard { state: Mutex::new(state), news: Notify::new(), stored: Notify::new() };
        let end = CancellationToken::new();
        Ok(Stream {
            heard: Arc::new(heard),
            cards,
            left: LEFT,
            opening: tokio::sync::Mutex::default(),
            _end: end.clone().drop_guard(),
            end,
        })
    }

    /// What came after `token`; waits for it, and opens a connection when there is none.
    pub(super) async fn poll(&self, app: &App, token: Option<&str>, wait: Duration) -> Result<Batch, PollError> {
        let _asking = Asking::begin(&self.heard);
        self.heard.confirm(token);
        if self.heard.is_empty() {
            self.connect(app).await?;
            within(wait, self.news()).await;
        }
        if !self.heard.is_empty() {
            pause(TOGETHER).await;
        }
        Ok(self.heard.state().waiting.batch(token))
    }

    /// Until something waits or the connection is gone.
    async fn news(&self) {
        loop {
            let news = self.heard.news.notified();
            if !self.heard.is_empty() || !self.heard.is_open() {
                return;
            }
            news.await;
        }
    }

    async fn connect(&self, app: &App) -> Result<(), PollError> {
        let _one = self.opening.lock().await;
        if self.heard.is_open() {
            return Ok(());
        }
        if std::mem::take(&mut self.heard.state().fleeting) {
            return Err(wait("the connection ended as soon as it was made"));
        }
        let place = app.open(self.cards).await?;
        let socket = heard::connect(&place, MOST).await?;
        let (heard, end, left) = (self.heard.clone(), self.end.clone(), self.left);
        let line = heard.opened();
        tokio::spawn(async move {
            let began = Since::now();
            tokio::select! {
                () = end.cancelled() => {}
                () = listen(&heard, socket, line, began, left) => {}
            }
            heard.given_up(line, began.elapsed());
            heard.ended(line);
        });
        Ok(())
    }
}

impl App {
    /// Asks for a connection; the address holds a ticket that is good for one, within 90 seconds (PROTOCOL, step one).
    pub(super) async fn open(&self, cards: bool) -> Result<Url, PollError> {
        let topics = [SAID].into_iter().chain(cards.then_some(PRESSED));
        let subscriptions: Vec<Value> = topics.map(|t| json!({ "type": "CALLBACK", "topic": t })).collect();
        let body = json!({
            "clientId": self.id,
            "clientSecret": self.secret.expose_secret(),
            "subscriptions": subscriptions,
            "ua": concat!("dutybell/", env!("CARGO_PKG_VERSION")),
        });
        let request = api::at(&self.client, &self.base, Method::POST, "/v1.0/gateway/connections/open", &[]);
        let request = request.header(reqwest::header::ACCEPT, "application/json");
        let answer = api::call(request, Some(&body)).await.map_err(|lost| wait(lost.told()))?;
        let (endpoint, ticket) = (answer.body["endpoint"].as_str(), answer.body["ticket"].as_str());
        let (Some(endpoint), Some(ticket)) = (endpoint, ticket) else { return Err(verdict::of_open(&answer)) };
        let place = Url::parse_with_params(endpoint, [("ticket", ticket)]);
        place
            .ok()
            .filter(|url| heard::is_safe(url, &self.base))
            .ok_or_else(|| wait("DingTalk named no address for the connection"))
    }
}

/// Reads until the connection ends, is silent, or nobody asks at it any more.
async fn listen(heard: &Heard, mut socket: Socket, line: u64, began: Since, left: Duration) {
    let look = LOOK.min(left / 4);
    let mut last = Since::now();
    let mut asked = false;
    loop {
        let stored = heard.stored.notified();
        for id in heard.take_stored(line) {
            if say(&mut socket, &id, 200, json!({ "response": null })).await.is_none() {
                return;
            }
        }
        let next = tokio::select! {
            () = stored => continue,
            next = within(look, socket.next()) => next,
        };
        match next {
            Some(Some(Ok(message))) => {
                (last, asked) = (Since::now(), false);
                let Message::Text(text) = message else { continue };
                match read_frame(heard, line, &text) {
                    Answer::None => {}
                    Answer::Say(id, code, data) => {
                        if say(&mut socket, &id, code, data).await.is_none() {
                            return;
                        }
                    }
                    // The next connection may be made; this one is closed by DingTalk in ten seconds.
                    Answer::GiveUp => heard.given_up(line, began.elapsed()),
                }
            }
            Some(_) => return,
            None if heard.is_left(left) => {
                let _ = within(LOOK, socket.close(None)).await;
                return;
            }
            None if last.elapsed() > SILENCE * 2 => return,
            None if last.elapsed() > SILENCE && !asked => {
                asked = true;
                if !matches!(within(LOOK, socket.send(Message::Ping(Vec::new().into()))).await, Some(Ok(()))) {
                    return;
                }
            }
            None => {}
        }
    }
}

/// An acknowledgement (PROTOCOL, common fields); `None` when it could not be sent.
async fn say(socket: &mut Socket, id: &str, code: u16, data: Value) -> Option<()> {
    let message = if code == 200 { "OK" } else { "not subscribed" };
    let answer = json!({
        "code": code,
        "headers": { "contentType": "application/json", "messageId": id },
        "message": message,
        "data": data.to_string(),
    });
    within(CONNECT, socket.send(Message::Text(answer.to_string().into()))).await?.ok()
}

/// What a frame asks for at once.
enum Answer {
    None,
    Say(String, u16, Value),
    GiveUp,
}

fn read_frame(heard: &Heard, line: u64, text: &str) -> Answer {
    let frame: Value = serde_json::from_str(text).unwrap_or_default();
    let data = frame["data"].as_str().unwrap_or_default();
    let id = frame["headers"]["messageId"].as_str().unwrap_or_default().to_owned();
    match (frame["type"].as_str().unwrap_or_default(), frame["headers"]["topic"].as_str().unwrap_or_default()) {
        // PROTOCOL, system pushes: what came is sent back.
        ("SYSTEM", "ping") => Answer::Say(id, 200, serde_json::from_str(data).unwrap_or_default()),
        ("SYSTEM", "disconnect") => Answer::GiveUp,
        ("SYSTEM", _) => Answer::None,
        ("CALLBACK", SAID) => {
            let data: Value = serde_json::from_str(data).unwrap_or_default();
            if !data["errorMessage"].is_null() {
                // DOC, receive-message: over the organisation's quota messages come without what they say.
                let reason: String = data["errorMessage"].to_string().chars().take(200).collect();
                tracing::error!(reason, "DingTalk holds back what people write");
            }
            match read_message(&data) {
                Some(update) => {
                    heard.put(update, (line, id));
                    Answer::None
                }
                None => {
                    tracing::warn!("a message from DingTalk could not be read");
                    Answer::Say(id, 200, json!({ "response": null }))
                }
            }
        }
        ("CALLBACK", PRESSED) => match read_press(&serde_json::from_str(data).unwrap_or_default(), &id) {
            Some(update) => {
                heard.put(update, (line, id));
                Answer::None
            }
            // A card of somebody else who uses this app.
            None => Answer::Say(id, 200, json!({ "response": null })),
        },
        _ => Answer::Say(id, 404, json!({ "response": null })),
    }
}
