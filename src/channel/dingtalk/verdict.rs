//! What an answer means: gone, later, unclear, or wrong (DOC, chatbots-send-one-on-one-chat-messages-in-batches, and
//! how-to-process-api-throttling-on-the-dingtalk-server).

use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::api::{A_MINUTE, Answer};
use crate::{LimitScope, Outcome, PollError};
use dutybell_system::net;

/// "So many calls a second" is over after one.
const A_SECOND: Duration = Duration::from_secs(1);
/// An address that made too many calls is shut out for so long.
const SHUT_OUT: Duration = Duration::from_secs(300);
/// After a failed poll.
const POLL_AGAIN: Duration = Duration::from_secs(5);
/// After a refusal that only the administrator can mend.
const MENDED: Duration = Duration::from_secs(60);
/// The access token is no longer good.
const TOKENS: [&str; 3] = ["InvalidAuthentication", "invalidParameter.token.invalid", "token.notExisted"];
/// Limits of robots, without a named time.
const TOO_FAST: [&str; 4] = ["send.too.fast", "send.byToken.tooFast", "too.many.people", "too.many.group"];
/// The message itself.
const WRONG: [&str; 7] = [
    "invalidParameter.msgKey.empty",
    "invalidParameter.msgKey.invalid",
    "invalidParameter.msgParam.invalid",
    "invalidParameter.msgParam.tooLong",
    "invalidParameter.msgBody.invalid",
    "invalidParameter.msg.unsupport",
    "invalidParameter.param.invalid",
];
const CREDENTIALS: &str = "client_id and client_secret are not accepted; check [dingtalk]";

fn code(answer: &Answer) -> &str {
    answer.body["code"].as_str().unwrap_or_default()
}

/// Its words for the administrator. DingTalk names the call and the reason in them, never a token.
fn words(answer: &Answer) -> String {
    let text = answer.body["message"].as_str().unwrap_or_default();
    let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    format!("{} {} {text}", answer.status, code(answer))
}

/// The token as a header that no log shows.
pub(super) fn hidden(token: &SecretString) -> Result<HeaderValue, Outcome> {
    net::secret_header("the access token", token.expose_secret()).map_err(|reason| Outcome::Transient { reason })
}

pub(super) fn is_about_the_token(answer: &Answer) -> bool {
    answer.status == 401 || TOKENS.contains(&code(answer))
}

/// The token in an answer, and the seconds that it holds.
pub(super) fn of_token(answer: &Answer) -> Result<(String, i64), Outcome> {
    match limit(answer).or_else(|| answer.trouble()) {
        Some(Outcome::Unknown { reason }) => return Err(Outcome::Transient { reason }),
        Some(outcome) => return Err(outcome),
        None => {}
    }
    match (answer.body["accessToken"].as_str(), answer.body["expireIn"].as_i64()) {
        (Some(token), Some(seconds)) => Ok((token.to_owned(), seconds)),
        // Every message waits until that is mended, none is lost.
        _ => Err(Outcome::Transient { reason: format!("{CREDENTIALS}: {}", words(answer)) }),
    }
}

/// What a call brought.
pub(super) fn of(answer: Answer) -> Result<Value, Outcome> {
    if let Some(outcome) = limit(&answer).or_else(|| answer.trouble()) {
        return Err(outcome);
    }
    if (200..300).contains(&answer.status) {
        return Ok(answer.body);
    }
    let reason = words(&answer);
    Err(match code(&answer) {
        "staffId.notExisted" => {
            Outcome::AddressGone { reason: "there is no such member of the organisation".to_owned() }
        }
        code if WRONG.contains(&code) => Outcome::Refused { reason },
        // The app, its robot, its permissions, the organisation's quota: mended by the administrator, nothing is lost.
        _ => Outcome::Transient { reason },
    })
}

/// Too many calls; whatever the status.
fn limit(answer: &Answer) -> Option<Outcome> {
    let code = code(answer);
    let after = if TOO_FAST.contains(&code) {
        A_MINUTE
    } else if code.starts_with("Forbidden.AccessDenied.QpsLimit") {
        A_SECOND
    } else if answer.body["punish"] == "deny" {
        SHUT_OUT
    } else {
        return None;
    };
    Some(Outcome::RetryAfter { scope: LimitScope::Bot, after: answer.wait("").unwrap_or(after) })
}

/// What became of a message to one person.
pub(super) fn of_send(answer: &Value) -> Outcome {
    let has = |list: &str| answer[list].as_array().is_some_and(|l| !l.is_empty());
    if has("invalidStaffIdList") {
        return Outcome::AddressGone { reason: "DingTalk calls this userid invalid".to_owned() };
    }
    if has("flowControlledStaffIdList") {
        return Outcome::RetryAfter { scope: LimitScope::Chat, after: A_MINUTE };
    }
    // In the platform's own libraries, on none of its pages.
    if has("filteredStaffIdList") {
        return Outcome::Transient { reason: "DingTalk filtered this person out".to_owned() };
    }
    match answer["processQueryKey"].as_str().filter(|key| !key.is_empty()) {
        Some(key) => Outcome::Accepted { platform_id: Some(key.to_owned()) },
        None => Outcome::Unknown { reason: "the answer could not be read".to_owned() },
    }
}

/// What a refused connection means.
pub(super) fn of_open(answer: &Answer) -> PollError {
    match limit(answer).or_else(|| answer.trouble()) {
        Some(Outcome::RetryAfter { after, .. }) => PollError::Wait { after, reason: words(answer) },
        Some(outcome) => PollError::Wait { after: POLL_AGAIN, reason: outcome.told() },
        None if matches!(answer.status, 400 | 401 | 403) => {
            PollError::Fatal(format!("{CREDENTIALS}: {}", words(answer)))
        }
        None => PollError::Wait { after: MENDED, reason: words(answer) },
    }
}
