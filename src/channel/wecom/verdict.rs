//! What WeCom's codes mean (page 90313, "全局错误码"): the person, the moment, the message, or our own setting.

use serde_json::Value;

use crate::channel::api::{A_MINUTE, Answer, Lost};
use crate::channel::{LimitScope, Outcome};

/// Why a call brought nothing.
#[derive(Debug)]
pub(super) enum Trouble {
    Lost(Lost),
    /// The access token is not, or no longer, taken.
    Token,
    /// WeCom's word, or somebody's before it.
    Answered(Outcome),
}

/// The body of a call that was carried out.
pub(super) fn read(answer: Answer) -> Result<Value, Trouble> {
    if let Some(outcome) = answer.trouble() {
        return Err(Trouble::Answered(outcome));
    }
    let body = answer.body;
    let Some(code) = body["errcode"].as_i64() else {
        return Err(Trouble::Answered(Outcome::Unknown { reason: "the answer could not be read".to_owned() }));
    };
    let reason = told(code, body["errmsg"].as_str().unwrap_or_default());
    Err(match code {
        0 => return Ok(body),
        // Missing, wrong, ended.
        41001 | 40014 | 42001 => Trouble::Token,
        // Nobody of that name, or nobody whom this app may write to.
        81013 | 40003 | 40031 | 60111 => Trouble::Answered(Outcome::AddressGone { reason }),
        // Too often, or too many at once.
        45009 | 45011 | 45033 => Trouble::Answered(Outcome::RetryAfter { scope: LimitScope::Bot, after: A_MINUTE }),
        // Wrong parameter, too long, empty, wrong kind.
        40058 | 45002 | 44004 | 40008 => Trouble::Answered(Outcome::Refused { reason }),
        // Busy, or a setting of ours: every message waits until that is mended, none is lost.
        _ => Trouble::Answered(Outcome::Transient { reason }),
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

impl Trouble {
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Trouble::Lost(lost) => lost.outcome(),
            Trouble::Token => Outcome::Transient { reason: self.told() },
            Trouble::Answered(outcome) => outcome,
        }
    }

    /// For the administrator; never with an address or token.
    pub(super) fn told(&self) -> String {
        match self {
            Trouble::Lost(lost) => lost.told().to_owned(),
            Trouble::Token => "the access token is not accepted".to_owned(),
            Trouble::Answered(
                Outcome::Transient { reason }
                | Outcome::Unknown { reason }
                | Outcome::Refused { reason }
                | Outcome::AddressGone { reason },
            ) => reason.clone(),
            Trouble::Answered(other) => format!("{other:?}"),
        }
    }
}

/// What is to be done about the usual mistakes; else WeCom's own words, without the hint's address part.
fn told(code: i64, words: &str) -> String {
    let way_out = match code {
        40001 => "app_secret is not this app's secret; check [wecom]",
        40013 => "there is no such corp_id; check [wecom]",
        40056 | 301_002 => "agent_id and app_secret are not of one app; check [wecom]",
        60020 => "this machine's address is not in the app's list 企业可信IP",
        _ => {
            let words: String = words.split(", hint").next().unwrap_or_default().chars().take(200).collect();
            return format!("WeCom {code}: {words}");
        }
    };
    format!("WeCom {code}: {way_out}")
}
