//! What each kind of receiver wants to read, and what it answers.
//!
//! Pure: no network, no clock. Texts come without markup; what a receiver would take for markup is made harmless
//! here. Codes of the robots come from their makers' pages on group robots.

use std::time::Duration;

use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use reqwest::Url;
use ring::hmac::{HMAC_SHA256, Key, sign};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{LimitScope, Outcome, Outgoing};

/// When a limit is hit without a named time. DingTalk keeps a robot that was too fast waiting for ten minutes.
const UNNAMED_WAIT: Duration = Duration::from_secs(60);
const DINGTALK_WAIT: Duration = Duration::from_secs(600);
/// ntfy: 3 is usual, 4 rings long.
const NTFY_URGENT: u8 = 4;
const NTFY_USUAL: u8 = 3;

/// Kind of a receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// A program of your own, signed after Standard Webhooks (<https://www.standardwebhooks.com>).
    #[default]
    Standard,
    Slack,
    Mattermost,
    Dingtalk,
    Feishu,
    Wecom,
    Ntfy,
    Apprise,
}

/// One call, ready to be made.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) url: Url,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Preset {
    /// Longest text, in UTF-16 units.
    pub(super) fn max_text(self) -> usize {
        match self {
            // 2,048 bytes, three for a Chinese character.
            Preset::Wecom => 680,
            // ntfy makes a file of more than 4,096 bytes.
            Preset::Ntfy => 1_300,
            // 20,000 bytes with everything around them.
            Preset::Dingtalk | Preset::Feishu => 5_000,
            // Mattermost's posts have 16,383 characters, and what is escaped counts twice.
            Preset::Mattermost => 8_000,
            Preset::Slack | Preset::Standard | Preset::Apprise => 10_000,
        }
    }

    /// Calls a minute that the platform allows one address.
    pub(super) fn per_minute(self) -> Option<u32> {
        match self {
            Preset::Wecom | Preset::Dingtalk => Some(20),
            Preset::Slack => Some(60),
            Preset::Feishu => Some(100),
            Preset::Standard | Preset::Mattermost | Preset::Ntfy | Preset::Apprise => None,
        }
    }

    /// Whether a secret has a meaning here.
    pub(super) fn signs(self) -> bool {
        matches!(self, Preset::Standard | Preset::Dingtalk | Preset::Feishu)
    }

    /// The call that says this; `None` when the address has no topic (ntfy).
    pub(super) fn call(
        self,
        url: &Url,
        secret: Option<&SecretString>,
        message: &Outgoing,
        now: DateTime<Utc>,
    ) -> Option<Call> {
        let mut call = Call { url: url.clone(), headers: Vec::new(), body: String::new() };
        let text = &message.text;
        let body = match self {
            Preset::Standard => json!({
                "type": "message.sent",
                "timestamp": now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
                "data": { "id": message.key, "subject": message.subject, "text": text, "urgent": message.urgent },
            }),
            Preset::Slack => json!({ "text": slack(text), "mrkdwn": false }),
            Preset::Mattermost => json!({ "text": mattermost(text) }),
            Preset::Dingtalk => {
                if let Some(secret) = secret {
                    let at = now.timestamp_millis().to_string();
                    let mac = hmac(secret.expose_secret().as_bytes(), &format!("{at}\n{}", secret.expose_secret()));
                    call.url.query_pairs_mut().append_pair("timestamp", &at).append_pair("sign", &mac);
                }
                json!({ "msgtype": "text", "text": { "content": text } })
            }
            Preset::Feishu => {
                // Texts may hold `<at user_id="all">`; there is no escape for it.
                let text = text.replace('<', "＜").replace('>', "＞");
                let mut body = json!({ "msg_type": "text", "content": { "text": text } });
                if let Some(secret) = secret {
                    let at = now.timestamp().to_string();
                    // The string to sign is the key here, and nothing is signed with it.
                    let key = format!("{at}\n{}", secret.expose_secret());
                    body["sign"] = json!(hmac(key.as_bytes(), ""));
                    body["timestamp"] = json!(at);
                }
                body
            }
            Preset::Wecom => json!({ "msgtype": "text", "text": { "content": text } }),
            Preset::Ntfy => {
                // Published as JSON at the root: headers could not carry a Chinese title as it is.
                let topic = url.path_segments()?.rfind(|s| !s.is_empty())?.to_owned();
                call.url.path_segments_mut().ok()?.pop_if_empty().pop();
                let priority = if message.urgent { NTFY_URGENT } else { NTFY_USUAL };
                json!({ "topic": topic, "title": message.subject, "message": text, "priority": priority })
            }
            Preset::Apprise => {
                let kind = if message.urgent { "warning" } else { "info" };
                json!({ "title": message.subject, "body": text, "type": kind, "format": "text" })
            }
        };
        call.body = body.to_string();
        if self == Preset::Standard {
            call.headers = standard(&message.key, secret, &call.body, now);
        }
        Some(call)
    }

    /// What an answer means.
    pub(super) fn verdict(self, status: u16, wait: Option<u64>, body: &str) -> Outcome {
        let wait = |usual: Duration| Outcome::RetryAfter {
            scope: LimitScope::Chat,
            after: wait.map_or(usual, Duration::from_secs).max(Duration::from_secs(1)),
        };
        match status {
            200..=299 => {}
            429 => return wait(UNNAMED_WAIT),
            // Standard Webhooks, "Responding to webhooks": 410 ends it. The others: no such hook, or not for us.
            401 | 403 | 404 | 410 => return Outcome::AddressGone { reason: format!("HTTP {status}") },
            500.. | 408 | 300..=399 => return Outcome::Transient { reason: format!("HTTP {status}") },
            _ => return Outcome::Refused { reason: format!("HTTP {status}: {}", short(body)) },
        }
        // The robots say 200 whatever happened; the code tells.
        let key = match self {
            Preset::Dingtalk | Preset::Wecom => "errcode",
            Preset::Feishu => "code",
            _ => return Outcome::Accepted { platform_id: None },
        };
        let answer: Value = serde_json::from_str(body).unwrap_or_default();
        let Some(code) = answer[key].as_i64() else {
            return Outcome::Unknown { reason: "the answer could not be read".to_owned() };
        };
        let reason = format!("{code}: {}", short(body));
        match (self, code) {
            (_, 0) => Outcome::Accepted { platform_id: None },
            (Preset::Dingtalk, 130_101 | 410_100) => wait(DINGTALK_WAIT),
            (Preset::Wecom, 45_009) | (Preset::Feishu, 11_232 | 9_499) => wait(UNNAMED_WAIT),
            // Signature, word list or address list of the robot: mended by the administrator, nothing is lost.
            (Preset::Dingtalk, 310_000) | (Preset::Feishu, 19_021 | 19_022 | 19_024) => Outcome::Transient { reason },
            (Preset::Dingtalk, 300_001 | 400_101) | (Preset::Wecom, 93_000 | 93_008) | (Preset::Feishu, 19_001) => {
                Outcome::AddressGone { reason }
            }
            _ => Outcome::Refused { reason },
        }
    }
}

/// Standard Webhooks, "Webhook Headers" and "Signature scheme": `id.timestamp.body`.
fn standard(id: &str, secret: Option<&SecretString>, body: &str, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
    let at = now.timestamp().to_string();
    let mut headers = vec![("webhook-id", id.to_owned()), ("webhook-timestamp", at.clone())];
    if let Some(key) = secret.and_then(key) {
        headers.push(("webhook-signature", format!("v1,{}", hmac(&key, &format!("{id}.{at}.{body}")))));
    }
    headers
}

/// The key in a secret of Standard Webhooks: base64 after `whsec_`, 24 to 64 bytes.
pub(super) fn key(secret: &SecretString) -> Option<Vec<u8>> {
    let text = secret.expose_secret().trim();
    let key = BASE64.decode(text.strip_prefix("whsec_").unwrap_or(text).as_bytes()).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

fn hmac(key: &[u8], text: &str) -> String {
    BASE64.encode(sign(&Key::new(HMAC_SHA256, key), text.as_bytes()).as_ref())
}

/// Slack's three control characters.
fn slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Mattermost reads Markdown: what it could take for such stands behind a backslash.
fn mattermost(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The beginning of an answer, in one line.
fn short(body: &str) -> String {
    body.chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(preset: Preset, url: &str, secret: Option<&str>, text: &str) -> Call {
        let message = Outgoing {
            key: "m7".into(),
            address: String::new(),
            subject: "督办".into(),
            text: text.into(),
            urgent: true,
            ..Outgoing::default()
        };
        let now = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        preset.call(&url.parse().unwrap(), secret.map(SecretString::from).as_ref(), &message, now).unwrap()
    }

    #[test]
    fn signatures_are_as_the_scheme_has_them() {
        // The scheme's own example.
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let now = DateTime::from_timestamp(1_614_265_330, 0).unwrap();
        let headers = standard("msg_p5jXN8AQM9LWM0D4loKWxJek", Some(&secret), "{\"test\": 2432232314}", now);
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(key(&SecretString::from("whsec_c2hvcnQ=")).is_none(), "too short to be a key");
    }

    #[test]
    fn robots_are_spoken_to_in_their_own_way() {
        let ding = say(Preset::Dingtalk, "https://ding.example/robot/send?access_token=a", Some("SEC1"), "完成");
        let query: Vec<_> = ding.url.query_pairs().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(query[..2], ["access_token=a", "timestamp=1614265330000"]);
        // Computed with Python's hmac module.
        assert_eq!(query[2], "sign=MLuKOegYwFX2cdZm7uD3QotfYTQFBnmImSpHbA8aRFc=");
        let feishu: Value =
            serde_json::from_str(&say(Preset::Feishu, "https://f.example/h", Some("S2"), "<at user_id=\"all\">").body)
                .unwrap();
        assert_eq!(feishu["sign"], "3olHrZ+AjSULy6cXUb6Gh60EwPWBqk7gQ30QJ4TPPbo=");
        assert_eq!(feishu["content"]["text"], "＜at user_id=\"all\"＞");
        let ntfy = say(Preset::Ntfy, "https://ntfy.example/zhang-3", None, "完成");
        assert_eq!(ntfy.url.as_str(), "https://ntfy.example/");
        let body: Value = serde_json::from_str(&ntfy.body).unwrap();
        assert_eq!((&body["topic"], &body["priority"]), (&json!("zhang-3"), &json!(4)));
        assert!(
            say(Preset::Slack, "https://s.example/h", None, "<!channel> & b").body.contains("&lt;!channel&gt; &amp; b")
        );
        let mattermost: Value =
            serde_json::from_str(&say(Preset::Mattermost, "https://m.example/h", None, "**a** [b](c)").body).unwrap();
        assert_eq!(mattermost["text"], "\\*\\*a\\*\\* \\[b\\]\\(c\\)");
    }

    #[test]
    fn answers_mean_what_the_robots_mean() {
        let kind = |preset: Preset, status, body: &str| match preset.verdict(status, None, body) {
            Outcome::Accepted { .. } => "accepted",
            Outcome::RetryAfter { .. } => "wait",
            Outcome::Transient { .. } => "transient",
            Outcome::Unknown { .. } => "unknown",
            Outcome::AddressGone { .. } => "gone",
            Outcome::Moved { .. } => "moved",
            Outcome::Refused { .. } => "refused",
        };
        for (preset, status, body, expected) in [
            (Preset::Standard, 204, "", "accepted"),
            (Preset::Standard, 410, "", "gone"),
            (Preset::Standard, 302, "", "transient"),
            (Preset::Slack, 400, "invalid_payload", "refused"),
            (Preset::Slack, 429, "", "wait"),
            (Preset::Wecom, 200, "{\"errcode\":0,\"errmsg\":\"ok\"}", "accepted"),
            (Preset::Wecom, 200, "{\"errcode\":45009}", "wait"),
            (Preset::Wecom, 200, "{\"errcode\":93000}", "gone"),
            (Preset::Dingtalk, 200, "{\"errcode\":130101}", "wait"),
            (Preset::Dingtalk, 200, "{\"errcode\":310000}", "transient"),
            (Preset::Feishu, 200, "{\"code\":11232}", "wait"),
            (Preset::Feishu, 200, "<html>", "unknown"),
            (Preset::Apprise, 502, "", "transient"),
        ] {
            assert_eq!(kind(preset, status, body), expected, "{preset:?} {status} {body}");
        }
        let named = Preset::Standard.verdict(429, Some(7), "");
        assert_eq!(named, Outcome::RetryAfter { scope: LimitScope::Chat, after: Duration::from_secs(7) });
    }
}
