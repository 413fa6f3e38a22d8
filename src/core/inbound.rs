//! What came in: one thing that somebody said or did at a platform, in terms that all channels share.
//!
//! A channel translates into these, the inbox keeps them, the gateway reads them; none knows the other.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::message::Action;

/// One thing a platform told us, with its raw text kept as evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// The platform's own id of this update; the inbox drops repeats by it.
    pub id: String,
    /// Position to continue after (Telegram: `update_id`); stored in the same transaction.
    pub offset: Option<i64>,
    pub inbound: Inbound,
    /// The update as received.
    pub raw: String,
}

/// An update in terms that all channels share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// Stable account id of the writer; never a display name. `None`: no identity (channel posts, anonymous admins).
    pub sender: Option<String>,
    /// Where to answer (private chat: usually the same as the sender).
    pub chat: String,
    /// A chat of two; in groups only the code and short title may be said.
    pub private: bool,
    /// When it was written, as the platform dates it (a mail: when our server took it, never what the letter says of
    /// itself). Of a platform that counts whole seconds, the end of that second. `None`: not said; the receipt counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<DateTime<Utc>>,
    pub content: Content,
}

/// What an update says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    Text {
        text: String,
        /// Platform id of the quoted message.
        reply_to: Option<String>,
        /// The words that were quoted, where the platform brings them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quoted: Option<String>,
        /// Forwarded text never counts as the sender's own word.
        forwarded: bool,
        /// Platform id of this message.
        message: String,
    },
    Button {
        action: String,
        /// Platform id of the message whose button it was.
        message: String,
        /// To be answered by the channel that brought it.
        callback: String,
    },
    /// `/start TOKEN`: somebody opened a linking address.
    Start { token: Option<String> },
    /// Words of somebody whose identity is only claimed (mail): the words count once that person confirmed them.
    Unproven {
        text: String,
        /// Platform id of the message of ours that it answers.
        reply_to: Option<String>,
        /// Platform id of this message.
        message: String,
        /// What proof is missing, for the records.
        why: String,
    },
    /// A message of ours that was accepted came back; proven to be about that message.
    Undelivered {
        /// Our number of it.
        message: i64,
        /// It will not arrive; otherwise it is only late.
        failed: bool,
        /// The address itself is dead.
        gone: bool,
        reason: String,
    },
    /// A message of ours that went to the channel's own address is back; proven to be that message.
    Returned {
        /// Our number of it.
        message: i64,
        /// A forged verdict in it was still there; `None`: there was none to look for.
        #[serde(default)]
        forged: Option<bool>,
    },
    /// The account blocked (`true`) or unblocked us.
    Blocked { blocked: bool },
    /// A sign (✅, 👀, ⏳) put under a message: the button that it stands for, and the message's platform id.
    Reaction { verb: Action, message: String },
    /// Something encrypted, which is not read here; the writer is told where to write instead.
    Sealed,
    /// A group got a new id.
    Moved { to: String },
    /// Anything else (stickers, photos, edits): counted, answered with help at most.
    Other { what: String },
}

/// Where fetching goes on: a number, or the platform's own word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// After this [`Update::offset`].
    pub offset: Option<i64>,
    /// After the [`Batch`] that came with this word.
    pub token: Option<String>,
}

/// What one poll brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    pub updates: Vec<Update>,
    /// The platform's word for the position behind them; stored in the same transaction.
    pub token: Option<String>,
}
