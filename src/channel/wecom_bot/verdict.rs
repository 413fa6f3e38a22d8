//! What the codes in answers mean (pages 101463 and 90313, "全局错误码"): the person, the moment, the message, or our own
//! setting.

use serde_json::Value;

use crate::api::A_MINUTE;
use crate::heard::wait;
use crate::{LimitScope, Outcome, PollError};

fn code(answer: &Value) -> Option<i64> {
    answer["errcode"].as_i64()
}

/// What a frame came to; `None`: it was done.
pub(super) fn of(answer: &Value) -> Option<Outcome> {
    let Some(code) = code(answer) else {
        return Some(Outcome::Unknown { reason: "the answer could not be read".to_owned() });
    };
    let reason = told(code, answer);
    Some(match code {
        0 => return None,
        // Nobody of that name, nobody whom the bot may write to, or who has not written to it yet.
        40003 | 40031 | 60111 | 81013 | 846_607 => Outcome::AddressGone { reason },
        // Too often. What is counted is one chat (101463).
        45009 | 45011 | 45033 => Outcome::RetryAfter { scope: LimitScope::Chat, after: A_MINUTE },
        // Wrong parameter, too long, empty, wrong kind.
        40058 | 45002 | 44004 | 40008 => Outcome::Refused { reason },
        // Busy, thrown out, or a setting of ours: every message waits until that is mended, none is lost.
        _ => Outcome::Transient { reason },
    })
}

/// A card with this id was taken before. On no page; it is the code that others report.
pub(super) fn is_used(answer: &Value) -> bool {
    code(answer) == Some(42014)
}

/// The server no longer counts this connection as the bot's. On no page either.
pub(super) fn is_thrown_out(answer: &Value) -> bool {
    code(answer) == Some(846_609)
}

/// What the answer to a subscription means.
pub(super) fn of_subscription(answer: &Value) -> Result<(), PollError> {
    match code(answer) {
        Some(0) => Ok(()),
        Some(-1) => Err(wait("WeCom is busy")),
        Some(45009 | 45011 | 45033) => {
            Err(PollError::Wait { after: A_MINUTE, reason: "WeCom wants fewer connections".to_owned() })
        }
        Some(code) => {
            let reason = told(code, answer);
            Err(PollError::Fatal(format!("bot_id and secret are not accepted; check [wecom_bot] ({reason})")))
        }
        None => Err(wait("the answer to the subscription could not be read")),
    }
}

/// What is to be done about the usual mistakes; else WeCom's own words, without the hint's address part.
fn told(code: i64, answer: &Value) -> String {
    let way_out = match code {
        846_607 => "he has not written to the bot yet, and WeCom lets a bot write only to who has",
        846_609 => "another connection took the bot over",
        _ => {
            let words = answer["errmsg"].as_str().unwrap_or_default();
            let words = words.split(", hint").next().unwrap_or_default().chars().filter(|c| !c.is_control());
            return format!("WeCom {code}: {}", words.take(200).collect::<String>());
        }
    };
    format!("WeCom {code}: {way_out}")
}
