//! Matrix: one account on a homeserver, rooms of two, by the client-server API
//! (<https://spec.matrix.org/v1.15/client-server-api/>, cited here as CS-API by its headings).
//!
//! A contact point is a user id (`@li:example.org`). [`room`] finds or opens the room of two in which that person
//! is written to, and looks before each send whether he is still there: a homeserver takes messages into an empty
//! room without a word. [`sync`] reads what people say and do; [`verdict`] says what a refusal means. Encrypted rooms
//! are not used: what is said there cannot be read here. Knows neither items nor people.

mod room;
pub(crate) mod section;
mod sync;
mod verdict;

use data_encoding::HEXLOWER;
use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Channel, Dialect, Features, Limit, LimitScope, Outcome, Outgoing, PollError, api};
use dutybell_core::inbound::{Batch, Position};
use dutybell_system::net;
use verdict::{Failure, Refusal};

pub(super) use sync::code as linking_code;
pub use sync::read_event;

/// Longest text of one message with its markup, in UTF-16 units. An event may have 65,536 bytes (CS-API, "Size
/// limits"). Text and markup stand in it both, and twice in an edit, three bytes a Chinese character: 4 × 3 × 4,500
/// leaves a sixth for everything else.
const MAX_TEXT: usize = 4_500;
/// Longest wait for the answer to a call.
const CALL: Duration = Duration::from_secs(20);
/// What an answer to a long poll may take beyond the wait asked for.
const POLL_GRACE: Duration = Duration::from_secs(20);
/// For making a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Rooms opened at the same time.
const OPENERS: usize = 8;
/// The prefix of all calls (CS-API, "API Standards").
const PREFIX: [&str; 3] = ["_matrix", "client", "v3"];

/// An account on a homeserver.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixConfig {
    /// Where clients connect, such as `https://matrix.example.org`.
    pub homeserver: String,
    /// The account, such as `@bell:example.org`.
    pub user_id: String,
    /// Of a device of its own; better in `access_token_file`.
    pub access_token: SecretString,
    /// PEM file with certificates trusted besides the usual ones, such as the office's own CA.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// What the homeserver allows this account; messages are then spaced evenly. Left out: as fast as it takes them.
    #[serde(default)]
    pub messages_per_minute: Option<NonZeroU32>,
}

/// Why the account cannot be used. No text contains the token.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    #[error("matrix: homeserver = {0:?} is not an https address (http is for this machine itself)")]
    Homeserver(String),
    #[error("matrix: user_id = {0:?} does not look like @bell:example.org")]
    User(String),
    #[error("matrix: the access token must be one word of visible characters")]
    Token,
    #[error("matrix: cannot read ca_file {path}: {reason}")]
    CaFile { path: PathBuf, reason: String },
    #[error("matrix: TLS cannot be set up")]
    Tls,
}

/// The Matrix channel.
pub struct Matrix {
    client: Client,
    base: Url,
    user: String,
    token: SecretString,
    limit: Option<Limit>,
    /// What this process remembers of rooms.
    memory: Mutex<Memory>,
    /// The account's list of rooms (`m.direct`) is read, changed and written by one at a time.
    listing: tokio::sync::Mutex<()>,
    /// Rooms that no list names are looked through by one at a time.
    searching: tokio::sync::Mutex<()>,
    /// Rooms are opened by a few at a time: an office's first morning is no storm on its homeserver, and a crash
    /// leaves few rooms that no list names.
    openers: tokio::sync::Semaphore,
}

/// Everything here can be learnt anew from the homeserver.
#[derive(Default)]
struct Memory {
    /// The room of each person, as last found.
    rooms: HashMap<String, String>,
    /// Two messages to the same person open one room.
    opening: HashMap<String, Arc<tokio::sync::Mutex<()>>>,
    /// Rooms that no list names and that were looked into, and whose they are.
    looked_into: HashSet<String>,
    unlisted: HashMap<String, String>,
    /// Rooms to leave, once what was said about them is stored.
    leaving: Vec<String>,
}

impl std::fmt::Debug for Matrix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matrix").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Matrix {
    /// Checks the configuration; connects only when there is something to do.
    ///
    /// # Errors
    /// See [`MatrixError`]: a fault in the configuration, never an unreachable server.
    pub fn new(config: MatrixConfig) -> Result<Matrix, MatrixError> {
        let base = api::address(&config.homeserver).ok_or(MatrixError::Homeserver(config.homeserver))?;
        if !is_user_id(&config.user_id) {
            return Err(MatrixError::User(config.user_id));
        }
        let token = config.access_token.expose_secret().trim().to_owned();
        if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(MatrixError::Token);
        }
        // Never sent on to where somebody else points.
        let mut client = Client::builder().redirect(Policy::none()).connect_timeout(CONNECT);
        if let Some(path) = config.ca_file {
            let certificates = net::authorities(&path).map_err(|reason| MatrixError::CaFile { path, reason })?;
            client = certificates.into_iter().fold(client, |client, one| client.add_root_certificate(one));
        }
        Ok(Matrix {
            client: client.build().map_err(|_| MatrixError::Tls)?,
            base,
            user: config.user_id,
            token: SecretString::from(token),
            limit: config.messages_per_minute.map(|count| Limit {
                scope: LimitScope::Bot,
                count: count.get(),
                per: Duration::from_secs(60),
            }),
            memory: Mutex::default(),
            listing: tokio::sync::Mutex::default(),
            searching: tokio::sync::Mutex::default(),
            openers: tokio::sync::Semaphore::new(OPENERS),
        })
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        // Whoever panicked: every change is one statement.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, Failure> {
        self.call(Method::GET, path, query, None, CALL).await
    }

    async fn post(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        self.call(Method::POST, path, &[], Some(body), CALL).await
    }

    async fn put(&self, path: &[&str], body: &Value) -> Result<Value, Failure> {
        self.call(Method::PUT, path, &[], Some(body), CALL).await
    }

    /// One call; what it came to is told apart here and judged in [`verdict`].
    async fn call(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<&Value>,
        limit: Duration,
    ) -> Result<Value, Failure> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            // Ids have `!`, `#`, `/` in them: each is one segment, escaped as such.
            segments.pop_if_empty().extend(PREFIX).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut call = self.client.request(method, url).bearer_auth(self.token.expose_secret()).timeout(limit);
        if let Some(body) = body {
            call = call.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let answer = call.send().await.map_err(|e| if e.is_connect() { Failure::Unreachable } else { Failure::Cut })?;
        let status = answer.status();
        let header = answer.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
        let text = answer.text().await.map_err(|_| Failure::Cut)?;
        // The state of a room is a list; everything else is an object.
        let body: Option<Value> = serde_json::from_str(&text).ok().filter(|v: &Value| v.is_object() || v.is_array());
        match (status.is_success(), body) {
            (true, Some(body)) => Ok(body),
            (true, None) => Err(Failure::Cut),
            (false, body) => Err(Failure::Refused(Refusal::new(status.as_u16(), header, body))),
        }
    }

    /// Puts an event into a room. The same `key` from this device is the same event (CS-API, "Transaction
    /// identifiers").
    async fn put_event(&self, room: &str, key: &str, content: &Value) -> Outcome {
        match self.put(&["rooms", room, "send", "m.room.message", key], content).await {
            Ok(answer) => match answer["event_id"].as_str() {
                Some(id) => Outcome::Accepted { platform_id: Some(id.to_owned()) },
                None => Outcome::Unknown { reason: "the answer could not be read".to_owned() },
            },
            Err(failure) => verdict::of_send(failure),
        }
    }
}

#[async_trait]
impl Channel for Matrix {
    fn name(&self) -> &str {
        "matrix"
    }

    fn account(&self) -> String {
        self.user.clone()
    }

    fn features(&self) -> Features {
        Features {
            dialect: Dialect::MatrixHtml,
            buttons: false,
            edit: true,
            max_text: MAX_TEXT,
            // Each homeserver has its own, and says so when one is reached.
            limits: self.limit.into_iter().collect(),
            idempotent: true,
            polls: true,
            // Rooms are not encrypted: homeservers of all who are in them can read.
            confidential: false,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        if !is_user_id(&message.address) {
            return Outcome::AddressGone { reason: "not a user id of Matrix".to_owned() };
        }
        let room = match self.room_of(&message.address).await {
            Ok(room) => room,
            Err(failure) => return verdict::of_room(failure),
        };
        let mut content = text(message);
        if let Some(answered) = &message.reply_to {
            content["m.relates_to"] = json!({ "m.in_reply_to": { "event_id": answered } });
        }
        self.put_event(&room, &message.key, &content).await
    }

    async fn edit(&self, platform_id: &str, message: &Outgoing) -> Outcome {
        let room = match self.room_of(&message.address).await {
            Ok(room) => room,
            Err(failure) => return verdict::of_room(failure),
        };
        let new = text(message);
        // CS-API, "Event replacements": the whole of the new content, and a text for those who know no edits.
        let mut content = new.clone();
        content["body"] = json!(format!("* {}", message.text));
        content["m.new_content"] = new;
        content["m.relates_to"] = json!({ "rel_type": "m.replace", "event_id": platform_id });
        let digest = Sha256::digest(content.to_string().as_bytes());
        let mark = HEXLOWER.encode(&digest[..8]);
        match self.put_event(&room, &format!("{}.{mark}", message.key), &content).await {
            // Answers point at the first event, whatever became of its text.
            Outcome::Accepted { .. } => Outcome::Accepted { platform_id: Some(platform_id.to_owned()) },
            other => other,
        }
    }

    async fn poll_from(&self, position: &Position, wait: Duration) -> Result<Batch, PollError> {
        self.sync(position.token.as_deref(), wait).await.map_err(verdict::of_poll)
    }

    async fn check(&self) -> Result<String, String> {
        let me = self.get(&["account", "whoami"], &[]).await.map_err(|f| verdict::told(&f))?;
        let name = me["user_id"].as_str().unwrap_or_default();
        if name != self.user {
            return Err(format!("the access token belongs to {name}, not to the configured user_id"));
        }
        let rooms = self.get(&["joined_rooms"], &[]).await.map_err(|f| verdict::told(&f))?;
        let rooms = rooms["joined_rooms"].as_array().map_or(0, Vec::len);
        let device = me["device_id"].as_str().unwrap_or("without a name");
        Ok(format!("{name} on {}, device {device}, in {rooms} rooms", self.base.host_str().unwrap_or_default()))
    }
}

/// The content of a text message (CS-API, "m.text"). Not `m.notice`: by the usual push rules that rings nowhere.
fn text(message: &Outgoing) -> Value {
    let mut content = json!({ "msgtype": "m.text", "body": message.text });
    if let Some(html) = &message.html {
        content["format"] = json!("org.matrix.custom.html");
        content["formatted_body"] = json!(html);
    }
    // CS-API, "User and room mentions": who is mentioned hears it in a muted room, too; and no name in the text
    // mentions anybody.
    content["m.mentions"] = match message.urgent {
        true => json!({ "user_ids": [message.address] }),
        false => json!({}),
    };
    content
}

/// `@local:server` (Matrix appendices, "User Identifiers"): at most 255 bytes.
fn is_user_id(text: &str) -> bool {
    let parts = text.strip_prefix('@').and_then(|rest| rest.split_once(':'));
    let visible = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic());
    text.len() <= 255 && parts.is_some_and(|(local, server)| visible(local) && visible(server))
}
