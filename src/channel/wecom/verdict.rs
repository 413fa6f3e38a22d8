//! What WeCom's codes mean (page 90313, "全局错误码"): the person, the moment, the message, or our own setting.

use serde_json::Value;

use crate::api::{A_MINUTE, Answer};
use crate::{LimitScope, Outcome};

fn code(answer: &Answer) -> Option<i64> {
    answer.body["errcode"].as_i64()
}

/// The access token is missing, wrong, or ended.
pub(super) fn is_token_refused(answer: &Answer) -> bool {
    matches!(code(answer), Some(41001 | 40014 | 42001))
}

/// The body of a call that was carried out.
pub(super) fn read(answer: Answer) -> Result<Value, Outcome> {
    if let Some(outcome) = answer.trouble() {
        return Err(outcome);
    }
    let Some(code) = code(&answer) else {
        return Err(Outcome::Unknown { reason: "the answer could not be read".to_owned() });
    };
    let reason = told(code, answer.body["errmsg"].as_str().unwrap_or_default());
    Err(match code {
        0 => return Ok(answer.body),
        // Nobody of that name, or nobody whom this app may write to.
        81013 | 40003 | 40031 | 60111 => Outcome::AddressGone { reason },
        // Too often, or too many at once.
        45009 | 45011 | 45033 => Outcome::RetryAfter { scope: LimitScope::Bot, after: A_MINUTE },
        // Wrong parameter, too long, empty, wrong kind.
        40058 | 45002 | 44004 | 40008 => Outcome::Refused { reason },
        // Busy, or a setting of ours: every message waits until that is mended, none is lost.
        _ => Outcome::Transient { reason },
    })
}

/// "ok" for the call, but not for this member (page 90236: `invaliduser`, `unlicenseduser`).
pub(super) fn unreached(answer: &Value, user: &str) -> Option<String> {
    let names = |key: &str| answer[key].as_str().unwrap_or_default().split('|').any(|u| u.to_lowercase() == user);
    if names("invaliduser") {
        return Some("WeCom knows no such member, or the app is not visible to him".to_owned());
    }
    names("unlicenseduser").then(|| "the member has no licence for this app's messages".to_owned())
}

/// What is to be done about the usual mistakes; else WeCom's own words, without the hint's address part.
fn told(code: i64, words: &str) -> String {
    let way_out = match code {
        40001 => "app_secret is not this app's secret; check [wecom]",
        40013 => "there is no such corp_id; check [wecom]",
        41001 | 40014 | 42001 => "the access token is not accepted",
        40056 | 301_002 => "agent_id and app_secret are not of one app; check [wecom]",
        60020 => "this machine's address is not in the app's list 企业可信IP",
        _ => {
            let words: String = words.split(", hint").next().unwrap_or_default().chars().take(200).collect();
            return format!("WeCom {code}: {words}");
        }
    };
    format!("WeCom {code}: {way_out}")
}
