//! From a rendered message to the bytes of a mail (RFC 5322, MIME).
//!
//! Pure: no network, no clock. The same message with the same date gives the same bytes, so a second
//! try is the same mail with the same Message-ID. Everything that comes from people or ledgers
//! (subject, address, text) is made harmless for headers here. Called by the channel before anything
//! is sent.

use data_encoding::HEXLOWER;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MessageBuilder, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use super::super::{Button, Outcome, Outgoing};

/// Longest address in a path (RFC 5321 section 4.5.3.1.3: 256 with the angle brackets).
const MAX_ADDRESS: usize = 254;
/// Keys whose encoded form is longer than this are replaced by their hash; keeps header lines and
/// file names short.
const MAX_STEM: usize = 64;
/// Header with [`Marks::trace`].
pub(super) const TRACE: &str = "X-Dutybell-Trace";
/// `References` keeps the first id and this many of the last ones, so that a long ladder does not
/// grow the header without end.
const MAX_REFERENCES: usize = 20;

/// What a mail carries so that answers, bounces and cancellations find back to it.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub reply_to: Option<Address>,
    /// Envelope sender of this mail only (VERP); bounces go there.
    pub bounces: Option<Address>,
    /// Answers are read: buttons are written as addresses that begin one.
    pub answerable: bool,
    /// Where these mails are stopped with one click.
    pub unsubscribe: Option<String>,
    /// A word that bounces bring back in the copy of our headers, where the envelope cannot carry it.
    pub trace: Option<String>,
    /// A verdict as a forger would bring it along: only in mails to ourselves, to see whether our server takes it out.
    pub forged: Option<String>,
}

/// A mail ready to go.
#[derive(Debug)]
pub(super) struct Letter {
    /// Message-ID with its angle brackets.
    pub id: String,
    /// The left side of the id: safe as a file name and the same on every try.
    pub stem: String,
    pub from: Address,
    pub to: Address,
    /// Headers and body, lines ended by CRLF.
    pub bytes: Vec<u8>,
}

/// Writes the mail. The error is already the outcome: [`Outcome::AddressGone`] for an address that
/// no server could take, [`Outcome::Refused`] for a message that cannot be written.
pub(super) fn compose(
    sender: &Mailbox,
    domain: &str,
    message: &Outgoing,
    marks: &Marks,
    date: DateTime<Utc>,
) -> Result<Letter, Outcome> {
    let to = parse_address(&message.address).map_err(|reason| Outcome::AddressGone { reason })?;
    if message.key.is_empty() {
        return Err(Outcome::Refused { reason: "a mail needs a key for its Message-ID".to_owned() });
    }
    let stem = stem(&message.key);
    let id = format!("<{stem}@{domain}>");
    let mut head = Message::builder()
        .from(sender.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(one_line(&message.subject))
        .date(SystemTime::from(date))
        .message_id(Some(id.clone()))
        // RFC 3834 section 5: vacation programs must not answer either.
        .raw_header(header(
            "Auto-Submitted",
            if message.reply_to.is_some() { "auto-replied" } else { "auto-generated" },
        ));
    if message.urgent {
        // RFC 2156 section 5.3.4.
        head = head.raw_header(header("Importance", "high"));
    }
    if let Some(address) = &marks.reply_to {
        head = head.reply_to(Mailbox::new(sender.name.clone(), address.clone()));
    }
    if let Some(trace) = &marks.trace {
        head = head.raw_header(header(TRACE, trace));
    }
    if let Some(verdict) = &marks.forged {
        head = head.raw_header(header("Authentication-Results", verdict));
    }
    if let Some(url) = &marks.unsubscribe {
        // RFC 8058 section 3.1.
        head = head
            .raw_header(header("List-Unsubscribe", &format!("<{url}>")))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let mail = with_thread(head, message, domain);
    let text = clean_body(&message.text);
    let html = message.html.as_deref().map(|html| match &marks.reply_to {
        Some(address) if marks.answerable => with_buttons(html, &message.buttons, address),
        _ => Cow::Borrowed(html),
    });
    let mail = match &html {
        Some(html) => mail.multipart(
            // A boundary of the key instead of a random one: the same mail on every try. "=_"
            // occurs in neither base64 nor quoted-printable (RFC 2045 section 6.7).
            MultiPart::alternative()
                .boundary(format!("=_{}", &hash(&message.key)[..24]))
                .singlepart(SinglePart::plain(text))
                .singlepart(SinglePart::html(clean_body(html))),
        ),
        None => mail.header(ContentType::TEXT_PLAIN).body(text),
    };
    let mail = mail.map_err(|error| Outcome::Refused { reason: error.to_string() })?;
    let from = marks.bounces.clone().unwrap_or_else(|| sender.email.clone());
    Ok(Letter { id, stem, from, to, bytes: mail.formatted() })
}

/// Names the mail that this one answers, else the earlier mails about the same item, so that readers show one
/// conversation.
fn with_thread(mail: MessageBuilder, message: &Outgoing, domain: &str) -> MessageBuilder {
    if let Some(answered) = message.reply_to.as_deref().filter(|id| is_message_id(id)) {
        return mail.in_reply_to(answered.to_owned()).references(answered.to_owned());
    }
    let thread = &message.thread;
    let ids: Vec<String> = thread
        .iter()
        .enumerate()
        .filter(|(i, key)| !key.is_empty() && (*i == 0 || i + MAX_REFERENCES >= thread.len()))
        .map(|(_, key)| format!("<{}@{domain}>", stem(key)))
        .collect();
    match ids.last() {
        Some(last) => mail.in_reply_to(last.clone()).references(ids.join(" ")),
        None => mail,
    }
}

/// `<left@right>` in visible ASCII and of bounded length: only such an id from outside is repeated in a header.
pub(super) fn is_message_id(id: &str) -> bool {
    let inner = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or_default();
    let fit = id.len() <= MAX_ADDRESS && inner.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>');
    fit && inner.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty())
}

/// The message's buttons as `mailto:` addresses (RFC 6068): each begins the answer that its label says. Nothing
/// happens before the reader sends it.
fn with_buttons<'a>(html: &'a str, buttons: &[Vec<Button>], address: &Address) -> Cow<'a, str> {
    let mut rows = String::new();
    for row in buttons.iter().filter(|row| !row.is_empty()) {
        let links: Vec<String> = row
            .iter()
            .map(|button| {
                let words = percent(&button.action);
                let label = escape(&button.label);
                format!("<a href=\"mailto:{}?subject={words}&amp;body={words}\">{label}</a>", percent(address.as_ref()))
            })
            .collect();
        let _ = write!(rows, "<p>{}</p>", links.join("　")); // writing into a String cannot fail
    }
    match html.rfind("</body>") {
        Some(end) if !rows.is_empty() => Cow::Owned(format!("{}{rows}{}", &html[..end], &html[end..])),
        _ => Cow::Borrowed(html),
    }
}

/// Percent-encoding for any part of a `mailto:` address (RFC 6068 section 2); `@` and `+` may stand.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~@+".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}"); // writing into a String cannot fail
        }
        out
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Takes a bare address in ASCII. Display names, lists, quoted local parts, control characters and
/// non-ASCII (which needs SMTPUTF8 on every server of the way, RFC 6531) are refused.
pub(super) fn parse_address(address: &str) -> Result<Address, String> {
    let plain =
        address.len() <= MAX_ADDRESS && address.bytes().all(|b| b.is_ascii_graphic() && !b"\"(),:;<>\\".contains(&b));
    if !plain {
        return Err(format!("{address:?} is not a plain mail address"));
    }
    address.parse().map_err(|error| format!("{address:?} is not a mail address: {error}"))
}

/// A host name in ASCII letters, digits, dots and hyphens.
pub(super) fn is_domain(domain: &str) -> bool {
    domain.len() <= 253
        && domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// The key in letters that are safe in a Message-ID (RFC 5322 section 3.6.4) and in a file name.
/// Different keys give different stems: other bytes become `=XX`, long keys their SHA-256.
pub(super) fn stem(key: &str) -> String {
    let mut stem = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_+".contains(&byte) {
            stem.push(char::from(byte));
        } else {
            let _ = write!(stem, "={byte:02X}"); // writing into a String cannot fail
        }
    }
    if stem.len() > MAX_STEM { format!("=={}", &hash(key)[..48]) } else { stem }
}

fn hash(key: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(key.as_bytes()))
}

/// A subject is one line: line breaks and other control characters become spaces, so nothing after
/// them can pass for a header.
fn one_line(subject: &str) -> String {
    let spaced: String =
        subject.chars().map(|c| if c.is_control() || c == '\u{2028}' || c == '\u{2029}' { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Line ends become LF (written as CRLF later); NUL and other control characters are dropped, RFC
/// 5322 section 4.1 forbids most of them and some servers cut the mail there.
fn clean_body(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| !c.is_control() || *c == '\n' || *c == '\t')
        .collect()
}

/// A header whose name is written in this file and whose value is ASCII made here.
fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

#[cfg(test)]
mod tests;
