//! What a mail server's refusal means: the reply code, its enhanced code and the phase, judged once.
//!
//! Sources: RFC 5321 section 4.2 (reply codes), RFC 3463 and its IANA registry (enhanced codes),
//! RFC 4954 section 6 (login). Pure; called by the SMTP dialogue only.

use std::error::Error as _;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::response::{Response, Severity};

use super::super::Outcome;

/// Longest part of a server's words that is kept as a reason, in characters.
const MAX_QUOTE: usize = 300;

/// What the server was answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// MAIL FROM: our own address or session.
    Sender,
    /// RCPT TO: the person's address.
    Recipient,
    /// DATA and the text itself.
    Content,
}

/// A failure before the content went out: certainly not sent. Without an error, the server's answer
/// did not fit the command.
pub(super) fn before_content(place: &str, phase: Phase, error: &Option<SmtpError>) -> Outcome {
    let Some(error) = error else {
        return Outcome::Transient { reason: format!("{place}: answer does not fit the command") };
    };
    match code_of(error) {
        Some((code, text)) => judge(phase, code, &text),
        None => Outcome::Transient { reason: format!("{place}: {}", describe(error)) },
    }
}

/// A failure after the content went out: a refusal is clear, silence is not.
pub(super) fn after_content(place: &str, error: &SmtpError) -> Outcome {
    match code_of(error) {
        Some((code, text)) => judge(Phase::Content, code, &text),
        None => Outcome::Unknown {
            reason: format!("{place}: cut off before the answer to the content: {}", describe(error)),
        },
    }
}

/// The outcome of a negative reply.
pub(super) fn judge(phase: Phase, code: u16, text: &str) -> Outcome {
    let reason = format!("{code} {}", quote(text));
    let detail = enhanced(text);
    if code < 500 || matches!(code, 530 | 534 | 535 | 538) || phase == Phase::Sender {
        // A refused sender or login concerns every mail, not this one: keep it until it is mended.
        return Outcome::Transient { reason };
    }
    match detail {
        // 5.1.7 and 5.1.8 blame the sender's address; some servers say so only after RCPT.
        Some((5, 1, 7 | 8)) => Outcome::Transient { reason },
        Some((5, 1, _) | (5, 2, 1)) => Outcome::AddressGone { reason },
        // A full mailbox is emptied some day (RFC 3463 section 3.3).
        Some((5, 2, 2)) => Outcome::Transient { reason },
        Some((5, 3 | 6 | 7, _)) => Outcome::Refused { reason },
        _ if phase == Phase::Content => Outcome::Refused { reason },
        // 556: the domain takes no mail (RFC 7504).
        _ if matches!(code, 550 | 551 | 553 | 556) => Outcome::AddressGone { reason },
        // 552 to RCPT: storage exceeded (RFC 5321 section 4.2.3), as for 5.2.2.
        _ if code == 552 => Outcome::Transient { reason },
        _ => Outcome::Refused { reason },
    }
}

/// Reply code and text of a negative answer; `None` when there was no (readable) answer.
pub(super) fn code_of(error: &SmtpError) -> Option<(u16, String)> {
    let code = error.status()?.to_string().parse().ok()?;
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    Some((code, text))
}

/// The transaction is complete (2xx), not merely under way.
pub(super) fn is_completion(response: &Response) -> bool {
    response.code().severity == Severity::PositiveCompletion
}

/// An error in one line.
pub(super) fn describe(error: &SmtpError) -> String {
    quote(&error.to_string())
}

/// Foreign text in one line of bounded length, fit for a log.
pub(super) fn quote(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_QUOTE).collect()
}

/// The enhanced status code at the start of a reply text, such as `5.1.1` (RFC 2034).
fn enhanced(text: &str) -> Option<(u16, u16, u16)> {
    let mut numbers = text.split_whitespace().next()?.split('.').map(str::parse::<u16>);
    let code = (numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?);
    numbers.next().is_none().then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(phase: Phase, reply: &str) -> &'static str {
        let (code, text) = reply.split_once(' ').unwrap();
        match judge(phase, code.parse().unwrap(), text) {
            Outcome::Transient { .. } => "later",
            Outcome::AddressGone { .. } => "gone",
            Outcome::Refused { .. } => "refused",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn replies_are_judged_by_code_and_phase() {
        use Phase::{Content, Recipient, Sender};
        for (phase, reply, expected) in [
            (Recipient, "550 5.1.1 user unknown", "gone"),
            (Recipient, "550 no such user", "gone"),
            (Recipient, "551 user not local", "gone"),
            (Recipient, "553 mailbox name not allowed", "gone"),
            (Recipient, "554 5.1.2 bad destination system", "gone"),
            (Recipient, "550 5.2.1 mailbox disabled", "gone"),
            (Recipient, "550 5.4.1 recipient address rejected", "gone"),
            (Recipient, "556 5.1.10 null MX", "gone"),
            (Recipient, "550 5.1.8 sender domain not found", "later"),
            (Recipient, "550 5.7.1 relaying denied", "refused"),
            (Recipient, "554 5.7.1 blocked", "refused"),
            (Recipient, "552 5.2.2 mailbox full", "later"),
            (Recipient, "552 storage exceeded", "later"),
            (Recipient, "450 4.2.0 greylisted", "later"),
            (Recipient, "421 closing", "later"),
            (Recipient, "530 5.7.0 authentication required", "later"),
            (Sender, "553 5.7.1 not your address", "later"),
            (Sender, "550 rejected", "later"),
            (Content, "554 5.7.1 content refused", "refused"),
            (Content, "550 spam", "refused"),
            (Content, "552 5.3.4 too big", "refused"),
            (Content, "552 too big", "refused"),
            (Content, "550 5.1.1 user unknown", "gone"),
            (Content, "552 5.2.2 mailbox full", "later"),
            (Content, "451 4.3.0 try again", "later"),
            (Content, "452 4.3.1 no space", "later"),
        ] {
            assert_eq!(word(phase, reply), expected, "{phase:?} {reply}");
        }
    }

    #[test]
    fn enhanced_codes_are_read_only_at_the_start() {
        assert_eq!(enhanced("5.1.1 unknown"), Some((5, 1, 1)));
        assert_eq!(enhanced("5.1.10"), Some((5, 1, 10)));
        for text in ["", "no", "unknown 5.1.1", "5.1", "5.1.1.1 x", "192.168.0.1 is blocked"] {
            assert_eq!(enhanced(text), None, "{text}");
        }
    }

    #[test]
    fn foreign_words_stay_on_one_line() {
        assert_eq!(quote("a\r\nb\0\tc"), "a b c");
        assert_eq!(quote(&"长".repeat(1000)).chars().count(), MAX_QUOTE);
    }
}
