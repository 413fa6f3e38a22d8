//! What the checks need from a platform: one person who can be reached, what arrived at his side, and trouble.

use std::time::Duration;

use async_trait::async_trait;
use dutybell::channel::{Channel, Outcome, Outgoing};
use dutybell::core::inbound::{Batch, Position};

/// A message as it stands at its reader's side, changes in place included.
#[derive(Clone, Debug, Default)]
pub struct Arrived {
    pub id: String,
    pub text: String,
    /// The same as HTML, where the platform takes both.
    pub html: Option<String>,
    pub buttons: Vec<String>,
    /// The message that it answers.
    pub answers: Option<String>,
}

/// What the next message meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The platform wants fewer messages.
    Limit,
    /// The platform fails by itself, and says so.
    Error,
    /// The platform takes the message, and its answer is lost.
    LostAnswer,
}

#[async_trait]
pub trait Platform: Sync {
    fn channel(&self) -> &dyn Channel;

    /// The same account, on a server that is not there.
    fn nowhere(&self) -> Box<dyn Channel>;

    /// What must never be told.
    fn secret(&self) -> String;

    /// Somebody who can be reached.
    fn address(&self) -> String;

    /// Addresses that lead to nobody, or cannot be addresses at all.
    fn dead(&self) -> Vec<String>;

    /// The next message to the address that is given back meets this.
    fn trouble(&self, trouble: Trouble) -> String;

    /// A limit comes with the time to wait.
    fn names_waits(&self) -> bool {
        true
    }

    /// Seconds to wait after [`Trouble::Limit`].
    fn wait(&self) -> u64 {
        7
    }

    /// A text in which signs are equal that are the same sign to this platform's reader, such as `*` and `＊`.
    fn folds(&self, text: &str) -> String {
        text.to_owned()
    }

    /// Everything that lies at an address, oldest first.
    async fn arrived(&self, address: &str) -> Vec<Arrived>;

    /// What the platform has for us behind a position. Those that call us call again until that is stored.
    async fn look(&self, position: &Position) -> Batch {
        self.channel().poll_from(position, Duration::from_secs(1)).await.expect("polls")
    }

    /// A reader's answer can name the message that it answers.
    fn quotes(&self) -> bool {
        true
    }

    /// The person writes, quoting a message.
    async fn says(&self, quoted: Option<&str>, text: &str) {
        panic!("nobody can write here: {text} {quoted:?}");
    }

    /// The person presses the first button of a message, or puts a tick under it.
    async fn ticks(&self, message: &str) {
        panic!("nobody can press anything here: {message}");
    }

    /// Somebody else writes, under the same name.
    async fn namesake_says(&self, text: &str) {
        panic!("nobody can write here: {text}");
    }
}

/// A message with the least in it.
pub fn message(address: &str, key: &str, text: &str) -> Outgoing {
    Outgoing {
        key: key.to_owned(),
        address: address.to_owned(),
        subject: "督办".to_owned(),
        text: text.to_owned(),
        ..Outgoing::default()
    }
}

/// The id of what must have been accepted.
#[track_caller]
pub fn accepted(outcome: Outcome) -> String {
    match outcome {
        Outcome::Accepted { platform_id: Some(id) } => id,
        other => panic!("not accepted: {other:?}"),
    }
}
