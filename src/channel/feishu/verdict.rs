//! What an answer means for the message: gone, later, unclear, or wrong ("Send message", "Reply message", "Update
//! message card", error codes; "Server error codes"; "Rate limits").

use std::time::Duration;

use crate::api::{A_MINUTE, Answer};
use crate::{LimitScope, Outcome, PollError};

/// Says in how many seconds the limit is over ("Rate limits").
const RESET: &str = "x-ogw-ratelimit-reset";
/// After the limit of one chat, five in a second, which comes without a time.
const A_MOMENT: Duration = Duration::from_secs(3);

/// The platform's code; 0 is success. `None`: the platform did not speak.
pub(super) fn code(answer: &Answer) -> Option<i64> {
    answer.body["code"].as_i64()
}

/// The token is not taken: missing, over, not of this app, not in its form ("Server error codes").
pub(super) fn is_token_refused(answer: &Answer) -> bool {
    matches!(code(answer), Some(99_991_661 | 99_991_663 | 99_991_664 | 99_991_665 | 99_991_668 | 99_991_671))
        || answer.status == 401
}

/// The message to be answered was recalled, deleted, is about to vanish, cannot be seen, cannot be answered, or never
/// was one: nothing was sent ("Reply message").
pub(super) fn is_quoted_gone(answer: &Answer) -> bool {
    match code(answer) {
        Some(230_011 | 230_019 | 230_050 | 230_054 | 230_071 | 230_072 | 230_110 | 230_111) => true,
        Some(230_001) => said(answer).contains("message_id"),
        _ => false,
    }
}

/// What a call came to; `None`: it was done.
pub(super) fn of(answer: &Answer) -> Option<Outcome> {
    let code = code(answer);
    let limit = |scope, usual| Some(Outcome::RetryAfter { scope, after: answer.wait(RESET).unwrap_or(usual) });
    match code {
        _ if answer.status == 429 => return limit(LimitScope::Bot, A_MINUTE),
        // Older parts of the platform say it with HTTP 400.
        Some(99_991_400 | 11_232 | 11_247) => return limit(LimitScope::Bot, A_MINUTE),
        Some(230_020 | 11_233) => return limit(LimitScope::Chat, A_MOMENT),
        _ => {}
    }
    if let Some(trouble) = answer.trouble() {
        return Some(trouble);
    }
    let reason = reason(answer);
    Some(match code {
        Some(0) => return None,
        // Not in the app's availability, or no longer employed; no such id; blocked, forbidden, of another company,
        // does not want to hear from bots; a secret chat; a group without the bot, or without anybody.
        Some(
            230_002 | 230_013 | 230_018 | 230_029 | 230_034 | 230_035 | 230_038 | 230_053 | 230_075 | 232_009
            | 99_992_351,
        ) => Outcome::AddressGone { reason },
        Some(230_001) if said(answer).contains("receive_id") => Outcome::AddressGone { reason },
        // Wrong, too long, held back by a filter of words or of data, not to be made a card, not ours to change,
        // recalled, older than 14 days.
        Some(
            230_001 | 230_011 | 230_012 | 230_015 | 230_017 | 230_022 | 230_025 | 230_028 | 230_031 | 230_054 | 230_055
            | 230_099 | 230_110,
        ) => Outcome::Refused { reason },
        // The same message is on its way.
        Some(230_049) => Outcome::Unknown { reason },
        // Our own app (no bot, no permission): every message waits until it is mended, none is lost. And what is not
        // known here.
        _ => Outcome::Transient { reason },
    })
}

/// Why no token was given. Nothing was sent, so nothing is unclear.
pub(super) fn of_token(answer: &Answer) -> Outcome {
    match of(answer) {
        Some(limit @ Outcome::RetryAfter { .. }) => limit,
        Some(Outcome::Transient { reason }) if answer.status >= 500 => Outcome::Transient { reason },
        _ => {
            let code = code(answer).map_or_else(|| format!("HTTP {}", answer.status), |code| code.to_string());
            let reason = format!("no access token ({code}); check app_id and app_secret of [feishu]");
            Outcome::Transient { reason }
        }
    }
}

/// Why no connection was given (codes as the platform's own libraries name them).
pub(super) fn of_connection(code: Option<i64>, status: u16) -> PollError {
    let wait = |reason: String| PollError::Wait { after: A_MOMENT * 3, reason };
    match code {
        Some(1_000_040_350) => wait("the app has fifty connections already".to_owned()),
        Some(403 | 514 | 1_000_040_344 | 10_003 | 10_014) => {
            PollError::Fatal("no connection is given; check app_id and app_secret of [feishu]".to_owned())
        }
        Some(code) => wait(format!("no connection is given ({code})")),
        None => wait(format!("no connection is given (HTTP {status})")),
    }
}

fn said(answer: &Answer) -> &str {
    answer.body["msg"].as_str().unwrap_or_default()
}

fn reason(answer: &Answer) -> String {
    let text: String = said(answer).chars().filter(|c| !c.is_control()).take(200).collect();
    format!("{} {text}", code(answer).map_or_else(|| format!("HTTP {}", answer.status), |code| code.to_string()))
}
