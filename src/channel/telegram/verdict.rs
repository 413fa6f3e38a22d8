//! What a failed call means for the message: gone, moved, later, unclear, or wrong.

use std::time::Duration;

use teloxide::types::ChatId;
use teloxide::{ApiError, RequestError};

use crate::{LimitScope, Outcome};

/// When a limit is hit without a named time.
const UNNAMED_WAIT: Duration = Duration::from_secs(30);

/// The outcome of a failed call about a chat.
pub(super) fn of(error: &RequestError, chat: ChatId) -> Outcome {
    match error {
        RequestError::Api(error) => api(error, chat),
        RequestError::MigrateToChatId(to) => Outcome::Moved { address: to.0.to_string() },
        RequestError::RetryAfter(wait) => limited(chat, Duration::from_secs(wait.seconds().into())),
        RequestError::Network(error) if error.is_connect() => {
            Outcome::Transient { reason: "Telegram cannot be reached".to_owned() }
        }
        // The request may have been taken: the answer did not come, or came in pieces, or was a
        // proxy's page instead of Telegram's own words.
        RequestError::Network(_) => Outcome::Unknown { reason: "no answer from Telegram in time".to_owned() },
        RequestError::InvalidJson { .. } => Outcome::Unknown { reason: "the answer could not be read".to_owned() },
        RequestError::Io(_) => Outcome::Transient { reason: "input or output failed".to_owned() },
    }
}

/// A negative id is a group's; Telegram does not say which of its limits was hit.
fn limited(chat: ChatId, after: Duration) -> Outcome {
    let scope = if chat.0 < 0 { LimitScope::Group } else { LimitScope::Chat };
    Outcome::RetryAfter { scope, after }
}

fn api(error: &ApiError, chat: ChatId) -> Outcome {
    let reason = error.to_string();
    match error {
        ApiError::BotBlocked
        | ApiError::UserDeactivated
        | ApiError::ChatNotFound
        | ApiError::UserNotFound
        | ApiError::GroupDeactivated
        | ApiError::BotKicked
        | ApiError::BotKickedFromSupergroup
        | ApiError::BotKickedFromChannel
        | ApiError::CantInitiateConversation
        | ApiError::CantTalkWithBots => Outcome::AddressGone { reason },
        // Our own credentials: every message waits until they are mended, none is lost.
        ApiError::InvalidToken => {
            Outcome::Transient { reason: "the bot token is not accepted; check [telegram] token".to_owned() }
        }
        ApiError::Unknown(text) => unknown(text, chat),
        _ => Outcome::Refused { reason },
    }
}

/// Descriptions that teloxide has no name for: the words before the colon tell the kind of the error.
fn unknown(text: &str, chat: ChatId) -> Outcome {
    let reason = text.to_owned();
    let is = |start: &str| text.starts_with(start);
    if is("Forbidden") {
        Outcome::AddressGone { reason }
    } else if is("Too Many Requests") {
        limited(chat, UNNAMED_WAIT)
    } else if is("Bad Request") || is("Request Entity Too Large") {
        Outcome::Refused { reason }
    } else {
        Outcome::Transient { reason }
    }
}

/// The message shows what it should already.
pub(super) fn is_unchanged(error: &RequestError) -> bool {
    matches!(error, RequestError::Api(ApiError::MessageNotModified))
}

/// A failure in words for the administrator; never with the address that was called.
pub(super) fn told(error: &RequestError) -> String {
    of(error, ChatId(0)).told()
}
