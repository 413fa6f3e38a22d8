//! The built-in channel: a chat on a small web page of our own.
//!
//! What is sent is in the store already; this channel only tells open pages that something changed, once the store says that
//! it was sent: a page that looked earlier would find nothing.
//! Pages and their routes are in `web`.

pub(crate) mod section;

use async_trait::async_trait;
use tokio::sync::broadcast;

use super::{Channel, Dialect, Features, Outcome, Outgoing};

/// The desk. Clones share one bell.
#[derive(Clone, Debug)]
pub struct Desk {
    bell: broadcast::Sender<String>,
    /// Everybody sees every page, as in the demo.
    public: bool,
}

impl Default for Desk {
    fn default() -> Desk {
        Desk { bell: broadcast::channel(256).0, public: false }
    }
}

impl Desk {
    /// One whose pages need no opening.
    pub fn public() -> Desk {
        Desk { public: true, ..Desk::default() }
    }

    /// Logins whose chat changed, from now on.
    pub fn listen(&self) -> broadcast::Receiver<String> {
        self.bell.subscribe()
    }

    /// Tells open pages that the chat of `login` changed.
    pub fn ring(&self, login: &str) {
        // No listener is no fault: nobody has a page open.
        let _ = self.bell.send(login.to_owned());
    }
}

#[async_trait]
impl Channel for Desk {
    fn name(&self) -> &str {
        "desk"
    }

    fn features(&self) -> Features {
        Features {
            dialect: Dialect::Desk,
            buttons: true,
            edit: true,
            max_text: 20_000,
            limits: Vec::new(),
            idempotent: true,
            polls: false,
            confidential: true,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        Outcome::Accepted { platform_id: Some(message.key.clone()) }
    }

    fn wants_opening(&self) -> bool {
        !self.public
    }

    fn recorded(&self, address: &str) {
        self.ring(address);
    }

    async fn edit(&self, platform_id: &str, message: &Outgoing) -> Outcome {
        self.ring(&message.address);
        Outcome::Accepted { platform_id: Some(platform_id.to_owned()) }
    }

    async fn check(&self) -> Result<String, String> {
        Ok("the built-in page needs no account".to_owned())
    }
}
