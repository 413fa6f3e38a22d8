//! Delivery reports (RFC 3464): for which of our mails, and whether the server has given up.
//!
//! Pure. A report is believed only with our own token, which the caller looks for: everybody can write one.

use mail_parser::{Message, PartType};

use crate::Outcome;
use crate::mail::verdict::{self, Phase};

/// What a report says of its one recipient (our mails have one each).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Report {
    /// The server has given up; otherwise it goes on trying.
    pub failed: bool,
    /// The address itself is dead, not only this mail.
    pub gone: bool,
    /// The server's words in one line.
    pub reason: String,
}

/// The delivery status in a report; `None` when there is none, or it reports success.
pub(super) fn read(message: &Message<'_>) -> Option<Report> {
    let status = message.parts.iter().find(|part| is_type(part, "message", "delivery-status"))?;
    let text = match &status.body {
        PartType::Text(text) | PartType::Html(text) => text.to_string(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        // Some readers take the groups of fields for a mail of its own.
        _ => String::from_utf8_lossy(status_bytes(message, status)).into_owned(),
    };
    let fields = fields(&text);
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    // Comments may follow (RFC 3464 section 2.1.1).
    let word = |value: &str| value.split([' ', '(']).next().unwrap_or_default().to_ascii_lowercase();
    let action = word(field("action")?);
    let failed = match action.as_str() {
        "failed" => true,
        "delayed" => false,
        _ => return None,
    };
    let status = word(field("status").unwrap_or_default());
    // "smtp; 550 5.1.1 no such user" (RFC 3464 section 2.3.6).
    let said = field("diagnostic-code").unwrap_or_default();
    let said = said.split_once(';').map_or(said, |(_, words)| words).trim();
    let (code, words) = match said.split_once([' ', '-']) {
        Some((code, words)) if code.len() == 3 => (code.parse().ok(), words),
        _ => (None, said),
    };
    let detailed = if status.is_empty() || status == "5.0.0" { words.to_owned() } else { format!("{status} {words}") };
    // A server that gives up after days says 4.4.7: the address may be good.
    let judged = verdict::judge(Phase::Recipient, code.filter(|_| !status.starts_with('4')).unwrap_or(554), &detailed);
    let gone = failed && !status.starts_with('4') && matches!(judged, Outcome::AddressGone { .. });
    Some(Report { failed, gone, reason: verdict::quote(&format!("{action}: {status} {said}")) })
}

/// The value of a field in the copy of our header that a report brings back.
pub(super) fn of_original(message: &Message<'_>, name: &str) -> Option<String> {
    let original = message
        .parts
        .iter()
        .find(|part| is_type(part, "message", "rfc822") || is_type(part, "text", "rfc822-headers"))?;
    let bytes = match &original.body {
        PartType::Text(text) => text.as_bytes(),
        PartType::Message(inner) => inner.raw_message(),
        _ => status_bytes(message, original),
    };
    super::head::Head::read(bytes).first(&name.to_ascii_lowercase()).map(str::to_owned)
}

fn status_bytes<'a>(message: &'a Message<'_>, part: &mail_parser::MessagePart<'_>) -> &'a [u8] {
    let whole = message.raw_message();
    whole.get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default()
}

fn is_type(part: &mail_parser::MessagePart<'_>, kind: &str, subtype: &str) -> bool {
    use mail_parser::MimeHeaders;
    part.content_type().is_some_and(|c| {
        c.ctype().eq_ignore_ascii_case(kind) && c.subtype().is_some_and(|s| s.eq_ignore_ascii_case(subtype))
    })
}

/// Fields of all groups, unfolded, names in small letters.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines().take(400) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}
