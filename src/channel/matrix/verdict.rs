//! What a failed call means: gone, later, unclear, or wrong (CS-API, "Standard error response").

use std::time::Duration;

use serde_json::Value;

use crate::{LimitScope, Outcome, PollError};

/// When a limit is hit without a named time.
const UNNAMED_WAIT: Duration = Duration::from_secs(30);
/// After an unclear failure of a poll.
const POLL_AGAIN: Duration = Duration::from_secs(5);
/// Codes that speak of our own account: every message waits until that is mended, none is lost.
const OURS: [&str; 7] = [
    "M_UNKNOWN_TOKEN",
    "M_MISSING_TOKEN",
    "M_USER_DEACTIVATED",
    "M_USER_LOCKED",
    "M_USER_SUSPENDED",
    "M_CONSENT_NOT_GIVEN",
    "M_RESOURCE_LIMIT_EXCEEDED",
];

/// Why a call brought nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// No connection was made: nothing happened.
    Unreachable,
    /// Carried out or not: no answer came, or none that can be read.
    Cut,
    Refused(Refusal),
    /// This person cannot be written to.
    Gone(String),
}

/// The homeserver's own words, or somebody's page in its place.
#[derive(Debug)]
pub(super) struct Refusal {
    status: u16,
    /// Empty: no homeserver spoke.
    code: String,
    text: String,
    wait: Option<Duration>,
}

impl Refusal {
    /// `header`: seconds of `Retry-After`, which newer servers send; older ones say `retry_after_ms` in the body.
    pub(super) fn new(status: u16, header: Option<u64>, body: Option<Value>) -> Refusal {
        let word = |key: &str| body.as_ref().and_then(|b| b[key].as_str()).unwrap_or_default().to_owned();
        let told = body.as_ref().and_then(|b| b["retry_after_ms"].as_u64()).map(Duration::from_millis);
        let (code, text) = (word("errcode"), word("error"));
        Refusal { status, code, text, wait: told.or(header.map(Duration::from_secs)) }
    }

    fn is_ours(&self) -> bool {
        self.status == 401 || OURS.contains(&self.code.as_str())
    }

    fn is_limit(&self) -> bool {
        self.status == 429 || self.code == "M_LIMIT_EXCEEDED"
    }

    fn told(&self) -> String {
        if self.status == 401 {
            return "the access token is not accepted; check [matrix] access_token".to_owned();
        }
        if self.code.is_empty() {
            return format!("HTTP {} from something before the homeserver", self.status);
        }
        let text: String = self.text.chars().filter(|c| !c.is_control()).take(200).collect();
        format!("{} {} {text}", self.status, self.code)
    }
}

impl Failure {
    /// The room or user is not there, or not for us.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self, Failure::Refused(r) if matches!(r.status, 403 | 404) && !r.code.is_empty() && !r.is_ours())
    }

    /// There is no such thing. Synapse says `M_UNKNOWN` of a user that is not there, others `M_NOT_FOUND`;
    /// `M_UNRECOGNIZED` speaks of the call itself.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Failure::Refused(r) if r.status == 404 && !matches!(r.code.as_str(), "" | "M_UNRECOGNIZED"))
    }
}

/// The outcome of putting a message into a room.
pub(super) fn of_send(failure: Failure) -> Outcome {
    let reason = told(&failure);
    match failure {
        Failure::Unreachable => Outcome::Transient { reason },
        Failure::Cut => Outcome::Unknown { reason },
        Failure::Gone(_) => Outcome::AddressGone { reason },
        Failure::Refused(r) if r.is_limit() => {
            // What is counted is what this account sends, to whomever.
            Outcome::RetryAfter { scope: LimitScope::Bot, after: r.wait.unwrap_or(UNNAMED_WAIT) }
        }
        Failure::Refused(r) if r.is_ours() => Outcome::Transient { reason },
        Failure::Refused(r) => match (r.status, r.code.as_str()) {
            // The homeserver may have taken it, and a proxy before it lost the answer.
            (500.., "") => Outcome::Unknown { reason },
            // In the room, as was just seen, and still not allowed to speak.
            (403, code) if !code.is_empty() => Outcome::AddressGone { reason },
            (413, _) | (400, "M_TOO_LARGE" | "M_BAD_JSON" | "M_NOT_JSON" | "M_INVALID_PARAM" | "M_UNKNOWN") => {
                Outcome::Refused { reason }
            }
            _ => Outcome::Transient { reason },
        },
    }
}

/// The outcome when the room could not be found, looked at or opened: nothing was sent yet.
pub(super) fn of_room(failure: Failure) -> Outcome {
    let reason = told(&failure);
    match failure {
        Failure::Gone(_) => Outcome::AddressGone { reason },
        Failure::Refused(r) if r.is_limit() => {
            // Limits on opening rooms and inviting: others, who have a room, are not held up.
            Outcome::RetryAfter { scope: LimitScope::Chat, after: r.wait.unwrap_or(UNNAMED_WAIT) }
        }
        Failure::Refused(r) if !r.is_ours() && (400..404).contains(&r.status) && !r.code.is_empty() => {
            Outcome::AddressGone { reason }
        }
        _ => Outcome::Transient { reason },
    }
}

/// What a failed poll means.
pub(super) fn of_poll(failure: Failure) -> PollError {
    let reason = told(&failure);
    match failure {
        Failure::Refused(r) if r.is_limit() => PollError::Wait { after: r.wait.unwrap_or(UNNAMED_WAIT), reason },
        Failure::Refused(r) if r.is_ours() => PollError::Fatal(reason),
        _ => PollError::Wait { after: POLL_AGAIN, reason },
    }
}

/// A failure in words for the administrator; never with an address or token.
pub(super) fn told(failure: &Failure) -> String {
    match failure {
        Failure::Unreachable => "the homeserver cannot be reached".to_owned(),
        Failure::Cut => "no answer from the homeserver, or none that can be read".to_owned(),
        Failure::Gone(reason) => reason.clone(),
        Failure::Refused(refusal) => refusal.told(),
    }
}
