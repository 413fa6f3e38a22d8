//! The one connection of a bot (page 101463): subscribed with its id and secret, kept alive, heard and spoken over.
//!
//! Every frame that goes out carries an id, and the answer carries the same one. Frames that come are kept until they
//! are stored ([`Queue`]). A connection at which nobody asks is closed after a while: another gateway's is the one that
//! counts, and taking the bot over throws this one out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use data_encoding::HEXLOWER;
use futures::{SinkExt, StreamExt};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{event, verdict};
use crate::PollError;
use crate::api::Lost;
use crate::heard::{self, CONNECT, LOOK, Queue, Socket, TOGETHER, YOUNG, wait};
use dutybell_core::inbound::Batch;
use dutybell_system::clock::{Since, pause, within};

/// Between signs of life (101463, "保持心跳").
const PING: Duration = Duration::from_secs(30);
/// A connection over which nothing came for so long is given up: two signs of life went unanswered.
const SILENCE: Duration = Duration::from_secs(75);
/// Longest wait for the answer to a frame; WeCom's own libraries wait five seconds.
const ANSWER: Duration = Duration::from_secs(10);
/// For one write.
const SEND: Duration = Duration::from_secs(5);
/// So long may nobody ask at a connection, unless told otherwise.
const LEFT: Duration = Duration::from_secs(60);
/// Who was thrown out does not throw the other one out at once.
const THROWN_OUT: Duration = Duration::from_secs(30);
/// After so long without a connection messages are tried all the same: they fail, as at a server that cannot be reached,
/// and go another way.
const PATIENCE: Duration = Duration::from_secs(60);
/// A gateway whose duty it is asks more often than that, whatever the last answer was.
const ASKED: Duration = Duration::from_secs(90);
/// Longest frame.
pub(super) const MOST: usize = 1 << 20;

/// The connection of one bot; made when somebody asks.
pub(super) struct Connection {
    bot: String,
    secret: SecretString,
    pub(super) place: Url,
    shared: Arc<Shared>,
    /// See [`super::WeComBot::with_lease`].
    pub(super) left: Duration,
    /// Two that ask at the same time open one connection.
    opening: tokio::sync::Mutex<()>,
    /// Ends with the channel, and the connection with it.
    end: CancellationToken,
    _end: DropGuard,
}

struct Shared {
    bot: String,
    state: Mutex<State>,
    /// Something came, or the connection ended.
    news: Notify,
}

struct State {
    waiting: Queue<()>,
    /// The connection that is in use, by its number: what is put in goes out.
    line: Option<(u64, mpsc::UnboundedSender<Call>)>,
    /// Connections made so far.
    opened: u64,
    /// Why the next one is not opened at once.
    ended: Option<Ended>,
    /// Since when no connection could be made.
    without: Option<Since>,
    /// How many ask now, and when somebody last did.
    asking: usize,
    asked: Option<Since>,
    /// Of this process, and frames sent so far: together they make an id.
    mark: String,
    frames: u64,
}

/// How the last connection ended, where that matters.
#[derive(Clone, Copy)]
enum Ended {
    /// Soon after it began.
    Fleeting,
    /// Another connection took the bot over.
    ThrownOut,
}

/// A frame to be answered.
struct Call {
    id: String,
    frame: String,
    answer: oneshot::Sender<Result<Value, Lost>>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked: no change here can be left half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What came, unless it is the answer to a frame of ours.
    fn take(&self, frame: &Value) -> Took {
        let body = &frame["body"];
        let update = match frame["cmd"].as_str() {
            None => return Took::Answer,
            Some("aibot_msg_callback") => event::message(&self.bot, body),
            Some("aibot_event_callback") if body["event"]["eventtype"] == "disconnected_event" => {
                return Took::ThrownOut;
            }
            Some("aibot_event_callback") => event::event(&self.bot, id_of(frame), body),
            Some(_) => None,
        };
        if let Some(update) = update {
            self.state().waiting.put(update, ());
            self.news.notify_waiters();
        }
        Took::Heard
    }

    fn opened(&self, calls: mpsc::UnboundedSender<Call>) -> u64 {
        let mut state = self.state();
        state.opened += 1;
        let number = state.opened;
        state.line = Some((number, calls));
        (state.ended, state.without) = (None, None);
        number
    }

    /// Nothing more goes or comes over this connection.
    fn given_up(&self, number: u64, ended: Option<Ended>) {
        let mut state = self.state();
        if state.line.as_ref().is_some_and(|(n, _)| *n == number) {
            state.line = None;
            state.ended = ended;
            state.without = Some(Since::now());
        }
        drop(state);
        self.news.notify_waiters();
    }

    fn is_left(&self, left: Duration) -> bool {
        let state = self.state();
        state.asking == 0 && state.asked.is_some_and(|since| since.elapsed() > left)
    }
}

/// What a frame was.
enum Took {
    Heard,
    Answer,
    ThrownOut,
}

fn id_of(frame: &Value) -> &str {
    frame["headers"]["req_id"].as_str().unwrap_or_default()
}

/// Somebody asks; ended when he goes away, too.
struct Asking<'a>(&'a Shared);

impl Asking<'_> {
    fn begin(shared: &Shared) -> Asking<'_> {
        let mut state = shared.state();
        if state.asking == 0 && state.asked.is_none_or(|since| since.elapsed() > ASKED) {
            // The duty is new here: what failed before was somebody else's time.
            state.without = None;
        }
        state.asking += 1;
        state.asked = Some(Since::now());
        drop(state);
        Asking(shared)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.asking -= 1;
        state.asked = Some(Since::now());
    }
}

impl Connection {
    pub(super) fn new(bot: &str, secret: SecretString, place: Url) -> Result<Connection, String> {
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).map_err(|_| "the system gives no random numbers".to_owned())?;
        let state = State {
            waiting: Queue::new()?,
            line: None,
            opened: 0,
            ended: None,
            without: None,
            asking: 0,
            asked: None,
            mark: HEXLOWER.encode(&random),
            frames: 0,
        };
        let shared = Arc::new(Shared { bot: bot.to_owned(), state: Mutex::new(state), news: Notify::new() });
        let end = CancellationToken::new();
        Ok(Connection {
            bot: bot.to_owned(),
            secret,
            place,
            shared,
            left: LEFT,
            opening: tokio::sync::Mutex::default(),
            _end: end.clone().drop_guard(),
            end,
        })
    }

    pub(super) fn is_open(&self) -> bool {
        self.shared.state().line.is_some()
    }

    /// It stands; or it is for this gateway to make it, and could not be made for so long that trying shows it.
    pub(super) fn is_ready(&self) -> bool {
        let state = self.shared.state();
        let ours = state.asking > 0 || state.asked.is_some_and(|since| since.elapsed() < ASKED);
        state.line.is_some() || ours && state.without.is_some_and(|since| since.elapsed() > PATIENCE)
    }

    /// An id for a frame of this kind.
    pub(super) fn fresh(&self, command: &str) -> String {
        let mut state = self.shared.state();
        state.frames += 1;
        format!("{command}_{}_{}", state.mark, state.frames)
    }

    /// Sends a frame and waits for its answer.
    pub(super) async fn call(&self, command: &str, id: &str, body: &Value) -> Result<Value, Lost> {
        let (answer, answered) = oneshot::channel();
        let frame = json!({ "cmd": command, "headers": { "req_id": id }, "body": body }).to_string();
        let call = Call { id: id.to_owned(), frame, answer };
        match &self.shared.state().line {
            Some((_, calls)) => calls.send(call).map_err(|_| Lost::Unreachable)?,
            None => return Err(Lost::Unreachable),
        }
        // Whoever lets an answer fall was in the middle of something.
        within(ANSWER, answered).await.map_or(Err(Lost::Cut), |answer| answer.unwrap_or(Err(Lost::Cut)))
    }

    /// What came after `token`; waits for it, and opens a connection when there is none.
    pub(super) async fn poll(&self, token: Option<&str>, wait: Duration) -> Result<Batch, PollError> {
        let _asking = Asking::begin(&self.shared);
        self.shared.state().waiting.confirm(token);
        if self.is_empty() {
            self.connect().await?;
            within(wait, self.news()).await;
        }
        if !self.is_empty() {
            pause(TOGETHER).await;
        }
        Ok(self.shared.state().waiting.batch(token))
    }

    fn is_empty(&self) -> bool {
        self.shared.state().waiting.is_empty()
    }

    /// Until something waits or the connection is gone.
    async fn news(&self) {
        loop {
            let news = self.shared.news.notified();
            if !self.is_empty() || !self.is_open() {
                return;
            }
            news.await;
        }
    }

    async fn connect(&self) -> Result<(), PollError> {
        let _one = self.opening.lock().await;
        if self.is_open() {
            return Ok(());
        }
        let ended = self.shared.state().ended.take();
        match ended {
            Some(Ended::Fleeting) => return Err(wait("the connection ended as soon as it was made")),
            Some(Ended::ThrownOut) => {
                let reason = "another connection took the bot over; only gateways on one database may share a bot";
                return Err(PollError::Wait { after: THROWN_OUT, reason: reason.to_owned() });
            }
            None => {}
        }
        let socket = match self.subscribed().await {
            Ok(socket) => socket,
            Err(error) => {
                self.shared.state().without.get_or_insert_with(Since::now);
                return Err(error);
            }
        };
        let (calls, queue) = mpsc::unbounded_channel();
        let (shared, end, left) = (self.shared.clone(), self.end.clone(), self.left);
        let number = shared.opened(calls);
        let ping = self.fresh("ping");
        tokio::spawn(async move {
            let began = Since::now();
            let mut line = Line { socket, queue, asked: HashMap::new(), ping };
            let thrown_out = tokio::select! {
                () = end.cancelled() => false,
                thrown_out = line.listen(&shared, left) => thrown_out,
            };
            let ended = match thrown_out {
                true => Some(Ended::ThrownOut),
                false => (began.elapsed() < YOUNG).then_some(Ended::Fleeting),
            };
            shared.given_up(number, ended);
            line.over();
        });
        Ok(())
    }

    /// A connection that WeCom counts as the bot's.
    async fn subscribed(&self) -> Result<Socket, PollError> {
        let mut socket = heard::connect(&self.place, MOST).await?;
        let id = self.fresh("aibot_subscribe");
        let body = json!({ "bot_id": self.bot, "secret": self.secret.expose_secret() });
        let frame = json!({ "cmd": "aibot_subscribe", "headers": { "req_id": id }, "body": body }).to_string();
        let subscribe = async {
            socket.send(Message::Text(frame.into())).await.ok()?;
            loop {
                let Message::Text(text) = socket.next().await?.ok()? else { continue };
                let frame: Value = serde_json::from_str(&text).unwrap_or_default();
                if id_of(&frame) == id {
                    return Some(frame);
                }
                self.shared.take(&frame);
            }
        };
        match within(CONNECT, subscribe).await.flatten() {
            Some(answer) => verdict::of_subscription(&answer).map(|()| socket),
            None => Err(wait("WeCom did not answer the subscription")),
        }
    }

    /// Tries id and secret, and lets the connection go again.
    pub(super) async fn subscribe_once(&self) -> Result<(), PollError> {
        let mut socket = self.subscribed().await?;
        within(SEND, socket.close(None)).await;
        Ok(())
    }
}

/// A connection as its task holds it.
struct Line {
    socket: Socket,
    queue: mpsc::UnboundedReceiver<Call>,
    /// Who waits for which answer.
    asked: HashMap<String, oneshot::Sender<Result<Value, Lost>>>,
    ping: String,
}

impl Line {
    /// Speaks and hears until the connection ends, is silent, or nobody asks at it any more. True: thrown out.
    async fn listen(&mut self, shared: &Shared, left: Duration) -> bool {
        let look = LOOK.min(left / 4);
        let (mut heard, mut pinged) = (Since::now(), Since::now());
        loop {
            if heard.elapsed() > SILENCE {
                return false;
            }
            if shared.is_left(left) {
                within(SEND, self.socket.close(None)).await;
                return false;
            }
            if pinged.elapsed() >= PING {
                pinged = Since::now();
                let ping = json!({ "cmd": "ping", "headers": { "req_id": self.ping } });
                if self.write(ping.to_string()).await.is_none() {
                    return false;
                }
            }
            let next = tokio::select! {
                call = self.queue.recv() => {
                    let Some(call) = call else { return false };
                    // Whoever no longer waits needs no answer.
                    self.asked.retain(|_, answer| !answer.is_closed());
                    self.asked.insert(call.id, call.answer);
                    if self.write(call.frame).await.is_none() {
                        return false;
                    }
                    continue;
                }
                next = within(look, self.socket.next()) => next,
            };
            let message = match next {
                None => continue,
                Some(Some(Ok(message))) => message,
                Some(_) => return false,
            };
            heard = Since::now();
            let Message::Text(text) = message else { continue };
            let frame: Value = serde_json::from_str(&text).unwrap_or_default();
            match shared.take(&frame) {
                Took::Heard => {}
                Took::ThrownOut => return true,
                Took::Answer => {
                    let thrown_out = verdict::is_thrown_out(&frame);
                    if let Some(answer) = self.asked.remove(id_of(&frame)) {
                        // Whoever no longer waits was told that nobody knows.
                        let _ = answer.send(Ok(frame));
                    }
                    if thrown_out {
                        return true;
                    }
                }
            }
        }
    }

    async fn write(&mut self, frame: String) -> Option<()> {
        within(SEND, self.socket.send(Message::Text(frame.into()))).await?.ok()
    }

    /// Nobody is left waiting: what was not written did not leave this machine, of the rest nobody knows.
    fn over(&mut self) {
        for (_, answer) in self.asked.drain() {
            let _ = answer.send(Err(Lost::Cut));
        }
        self.queue.close();
        while let Ok(call) = self.queue.try_recv() {
            let _ = call.answer.send(Err(Lost::Unreachable));
        }
    }
}
