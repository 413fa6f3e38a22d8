//! Channels: the one small interface through which people are reached and heard.
//!
//! A channel translates between a platform and these types; it decides nothing. It does not know the
//! store, items or policies. The dispatcher calls [`Channel::send`]; the receiving loop calls
//! [`Channel::poll`] or a web route hands updates over. A channel is a folder
//! here, with its [`registry::Descriptor`], and a line in [`registry::REGISTRY`].

pub mod access;
mod api;
pub mod desk;
pub mod dingtalk;
pub mod feishu;
mod heard;
pub mod mail;
mod markup;
pub mod matrix;
pub mod registry;
pub mod sms;
pub mod telegram;
pub mod webhook;
pub mod wecom;
pub mod wecom_bot;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use dutybell_core::inbound::{Batch, Position, Update};
use dutybell_core::policy::Urgency;
use dutybell_system::net::Unreachable;
use dutybell_system::net::place::Broken;

/// Where a channel gets the present instant from: signatures and tokens carry it.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The markup in which a channel wants its text; `render` writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// No markup at all.
    Plain,
    /// Telegram's HTML subset: `<b>`, `<i>`, `<code>`; nothing nests over a line break.
    TelegramHtml,
    /// A mail: plain text plus an HTML part.
    Mail,
    /// Matrix: plain text, and beside it the same in `org.matrix.custom.html`.
    MatrixHtml,
    /// DingTalk: plain text, and buttons that say their answer in words; its channel writes what markup there is.
    Dingtalk,
    /// The built-in page: plain text lines and data for its own elements.
    Desk,
}

impl Dialect {
    /// Signs put under a message come back as answers; the reader is told which.
    pub fn takes_signs(self) -> bool {
        self == Dialect::MatrixHtml
    }
}

/// How often a channel may be used; `count` sends in any window of `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub scope: LimitScope,
    pub count: u32,
    pub per: Duration,
}

/// What a [`Limit`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitScope {
    /// One private chat or address.
    Chat,
    /// One group chat.
    Group,
    /// Everything that this bot or account sends.
    Bot,
}

/// What a channel can do; the dispatcher and `render` ask, they never guess from a name.
#[derive(Clone, Debug)]
pub struct Features {
    pub dialect: Dialect,
    /// Buttons under a message.
    pub buttons: bool,
    /// A sent message can be changed in place.
    pub edit: bool,
    /// Longest text of one message, in UTF-16 code units after markup is removed.
    pub max_text: usize,
    /// Published limits of the platform.
    pub limits: Vec<Limit>,
    /// The platform drops a second send with the same [`Outgoing::key`].
    pub idempotent: bool,
    /// [`Channel::poll`] brings updates (otherwise they come by a web route or not at all).
    pub polls: bool,
    /// May carry text of confidential items.
    pub confidential: bool,
}

/// One button: what it says and what a press sends back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub label: String,
    /// At most 64 bytes (Telegram's `callback_data`).
    pub action: String,
}

/// One message as a channel sends it, already rendered in the channel's dialect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// Stable id of this message: the same on every try. Mail builds its Message-ID from it.
    pub key: String,
    /// Chat id, Matrix user id, mail address, or desk login.
    pub address: String,
    /// One line; only mail shows it.
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    /// Rows of buttons.
    pub buttons: Vec<Vec<Button>>,
    /// Platform id of the message that this one answers.
    pub reply_to: Option<String>,
    /// Keys of earlier messages about the same item, oldest first; mail threads by them.
    pub thread: Vec<String>,
    /// Must ring even on a silenced phone (where the platform knows the difference).
    pub urgent: bool,
}

/// What came of one try. Chosen where the cause is known; nobody downstream guesses from a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The platform took it. Not the same as "heard".
    Accepted { platform_id: Option<String> },
    /// Not sent; the platform names a waiting time for the scope.
    RetryAfter { scope: LimitScope, after: Duration },
    /// Certainly not sent; worth another try later.
    Transient { reason: String },
    /// Sent or not: nobody knows (the answer was cut off).
    Unknown { reason: String },
    /// This address is dead (blocked, deactivated, unknown): take the next contact point.
    AddressGone { reason: String },
    /// The chat lives on under another address; the try may be repeated there.
    Moved { address: String },
    /// The message itself is refused (too long, bad markup): trying again changes nothing.
    Refused { reason: String },
}

impl From<Unreachable> for Outcome {
    fn from(error: Unreachable) -> Outcome {
        match error {
            Unreachable::Unknown(reason) => Outcome::Transient { reason },
            Unreachable::Forbidden(reason) => Outcome::AddressGone { reason },
        }
    }
}

impl From<Broken> for Outcome {
    fn from(error: Broken) -> Outcome {
        match error {
            Broken::Unsent(reason) => Outcome::Transient { reason },
            Broken::Unanswered(reason) => Outcome::Unknown { reason },
        }
    }
}

impl Outcome {
    /// Why it was not accepted, in words for the administrator; empty when it was.
    pub fn told(self) -> String {
        match self {
            Outcome::Transient { reason }
            | Outcome::Unknown { reason }
            | Outcome::AddressGone { reason }
            | Outcome::Refused { reason } => reason,
            Outcome::RetryAfter { after, .. } => format!("asked to wait {} s", after.as_secs()),
            Outcome::Moved { .. } => "the chat has moved".to_owned(),
            Outcome::Accepted { .. } => String::new(),
        }
    }
}

/// The end of a second that a platform names (Unix time): what was sent within it was there already.
pub(crate) fn whole_second(seconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(seconds, 999_000_000)
}

/// A call that somebody made to our web server under the channel's address.
#[derive(Debug)]
pub struct Call<'a> {
    /// What follows the question mark, as it came.
    pub query: &'a str,
    pub headers: &'a reqwest::header::HeaderMap,
    pub body: &'a str,
    pub now: DateTime<Utc>,
}

/// What a [`Call`] came to.
#[derive(Debug, PartialEq)]
pub enum Called {
    /// It comes from the platform. The updates are stored, and then it is answered with this text.
    Heard { updates: Vec<Update>, answer: String },
    /// It is not proven to come from the platform; nothing in it is believed.
    Refused { reason: &'static str },
    /// This channel is not called.
    NotHere,
}

/// Why polling failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// Try again after this long.
    #[error("wait {after:?}: {reason}")]
    Wait { after: Duration, reason: String },
    /// The credentials are wrong or another program polls the same bot.
    #[error("{0}")]
    Fatal(String),
}

/// One way of reaching people.
#[async_trait]
pub trait Channel: Send + Sync {
    /// Name as in the configuration and in contact points: one of [`dutybell_core::channels::CHANNELS`].
    fn name(&self) -> &str;

    /// Stable id of the bot or account, part of the inbox key.
    fn account(&self) -> String {
        self.name().to_owned()
    }

    fn features(&self) -> Features;

    /// Sends once; no retries inside.
    async fn send(&self, message: &Outgoing) -> Outcome;

    /// The same for a routine summary, which its reader may decline where the platform has a way for it.
    async fn send_summary(&self, message: &Outgoing) -> Outcome {
        self.send(message).await
    }

    /// What became of a send to this address is recorded: only now does the store say so.
    fn recorded(&self, _address: &str) {}

    /// Changes a sent message in place.
    async fn edit(&self, platform_id: &str, message: &Outgoing) -> Outcome {
        let _ = (platform_id, message);
        Outcome::Refused { reason: "this channel cannot edit".to_owned() }
    }

    /// Ends the waiting state of a pressed button, with a short note to its presser.
    async fn answer_button(&self, callback: &str, note: &str) -> Outcome {
        let _ = (callback, note);
        Outcome::Accepted { platform_id: None }
    }

    /// Waits up to `wait` for updates after `offset`. What was returned before is confirmed to the
    /// platform by asking for what comes after it, so callers store first and ask again afterwards.
    async fn poll(&self, offset: Option<i64>, wait: Duration) -> Result<Vec<Update>, PollError> {
        let _ = (offset, wait);
        Err(PollError::Fatal("this channel does not poll".to_owned()))
    }

    /// The same for platforms whose positions are words; the receiving loop calls this one.
    async fn poll_from(&self, position: &Position, wait: Duration) -> Result<Batch, PollError> {
        Ok(Batch { updates: self.poll(position.offset, wait).await?, token: None })
    }

    /// Reads a call of the platform to our web server. Decides nothing and waits for nothing: platforms give up
    /// after a few seconds.
    fn called(&self, call: &Call<'_>) -> Called {
        let _ = call;
        Called::NotHere
    }

    /// Where the channel hears itself: what is sent there comes back as [`Content::Returned`]. `None`: it does not.
    fn own_address(&self) -> Option<String> {
        None
    }

    /// Whether messages of this urgency go this way at all; those that do not take the next contact point.
    fn carries(&self, urgency: Urgency) -> bool {
        let _ = urgency;
        true
    }

    /// Whether what is sent is shown on a page that nobody sees before its owner opened it.
    fn wants_opening(&self) -> bool {
        false
    }

    /// Whether what people answer to a message comes back to us.
    fn hears(&self) -> bool {
        true
    }

    /// Whether this gateway may send by it now. Asked before messages are claimed: what this one may not send waits for
    /// the one that may, and counts as no try.
    fn ready(&self) -> bool {
        true
    }

    /// Whether an address is a chat of several people: they may read no more than code and short title.
    fn is_group(&self, address: &str) -> bool {
        let _ = address;
        false
    }

    /// What makes and reads the tokens in addresses for answers, where it has them.
    fn tokens(&self) -> Option<&mail::Tokens> {
        None
    }

    /// Tells the platform, at a start, how updates are to come. `site`: our own web server.
    ///
    /// # Errors
    /// What the platform said, when nothing would come so.
    async fn announce(&self, site: Option<&str>) -> Result<(), String> {
        let _ = site;
        Ok(())
    }

    /// Tests the credentials; the text says what was found (never a secret).
    async fn check(&self) -> Result<String, String>;

    /// The same for an account that nobody uses yet: what would disturb a gateway that runs is tried, too.
    async fn first_check(&self) -> Result<String, String> {
        self.check().await
    }
}
