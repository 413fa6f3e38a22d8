//! Our own addresses: the one that answers go to, with tokens behind its delimiter, and our Message-IDs.
//!
//! `bell+dTOKEN@…` takes answers to one mail, `bell+bTOKEN@…` its bounces. Both writing and reading of these forms
//! is here, so that they agree. Pure.

use chrono::{DateTime, Utc};
use lettre::Address;

use super::letter;
use super::token::{LENGTH, Purpose, Tokens};

/// Longest local part of an address (RFC 5321 section 4.5.3.1.1).
pub(super) const MAX_LOCAL: usize = 64;

/// The address for answers and what may be added to it.
#[derive(Clone, Debug)]
pub(super) struct Own {
    pub(super) address: Address,
    pub(super) delimiter: char,
    /// The server delivers `bell+anything@…` to `bell@…`.
    pub(super) sub_address: bool,
    pub(super) message_domain: String,
    pub(super) tokens: Option<Tokens>,
}

impl Own {
    /// Whether a tagged address is short enough for every server.
    pub(super) fn fits(&self) -> bool {
        self.address.user().len() + self.delimiter.len_utf8() + 1 + LENGTH <= MAX_LOCAL
    }

    /// The token of a message for a purpose.
    pub(super) fn token(&self, purpose: Purpose, key: &str, to: &str, now: DateTime<Utc>) -> Option<String> {
        self.tokens.as_ref()?.make(purpose, number_of(key)?, to, now)
    }

    /// The address with a token; `None` where the server knows no such addresses.
    pub(super) fn tagged(&self, purpose: Purpose, key: &str, to: &str, now: DateTime<Utc>) -> Option<Address> {
        if !self.sub_address {
            return None;
        }
        let token = self.token(purpose, key, to, now)?;
        let local = format!("{}{}{}{token}", self.address.user(), self.delimiter, purpose.letter());
        Address::new(local, self.address.domain()).ok()
    }

    pub(super) fn read(&self, purpose: Purpose, token: &str, address: &str, now: DateTime<Utc>) -> Option<i64> {
        self.tokens.as_ref()?.read(purpose, token, address, now)
    }

    /// The first token for an answer in a text with addresses that `read` accepts.
    pub(super) fn find(&self, text: &str, read: impl Fn(&str) -> Option<i64>) -> Option<i64> {
        self.tags(text, Purpose::Answer).find_map(read)
    }

    /// The first token for a bounce in a text with addresses that `read` accepts.
    pub(super) fn find_bounce(&self, text: &str, read: impl Fn(&str) -> Option<i64>) -> Option<i64> {
        self.tags(text, Purpose::Bounce).find_map(read)
    }

    /// What stands behind our address and its delimiter, wherever it occurs.
    fn tags<'a>(&self, text: &'a str, purpose: Purpose) -> impl Iterator<Item = &'a str> {
        let before = format!("{}{}{}", self.address.user(), self.delimiter, purpose.letter()).to_ascii_lowercase();
        let small = text.to_ascii_lowercase();
        let starts: Vec<usize> = small.match_indices(&before).map(|(at, _)| at + before.len()).collect();
        // Small letters of ASCII have the same length, so positions agree.
        starts.into_iter().filter_map(move |at| text.get(at..at + LENGTH))
    }

    /// The Message-ID of one of our messages.
    pub(super) fn message_id(&self, number: i64) -> String {
        format!("<{}@{}>", letter::stem(&format!("m{number}")), self.message_domain)
    }

    /// Whether a Message-ID is of our making.
    pub(super) fn is_message_id(&self, id: &str) -> bool {
        id.strip_suffix('>').and_then(|id| id.rsplit_once('@')).is_some_and(|(_, domain)| domain == self.message_domain)
    }
}

/// The message in an outgoing key: `m12`, or `m12.1` for its second part.
fn number_of(key: &str) -> Option<i64> {
    key.strip_prefix('m')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_written_and_found_again() {
        let own = Own {
            address: "bell@example.org".parse().unwrap(),
            delimiter: '+',
            sub_address: true,
            message_domain: "example.org".to_owned(),
            tokens: Some(Tokens::new("0123456789abcdef0123456789abcdef".to_owned().into(), 60)),
        };
        let now = "2026-09-25T01:00:00Z".parse().unwrap();
        assert!(own.fits());
        let address = own.tagged(Purpose::Answer, "m12.1", "zhang@example.org", now).unwrap();
        assert!(AsRef::<str>::as_ref(&address).starts_with("bell+d"));
        assert!(address.user().len() <= MAX_LOCAL);
        let read = |token: &str| own.read(Purpose::Answer, token, "zhang@example.org", now);
        for text in [
            format!("\"Bell\" <{address}>, li@example.org"),
            address.to_string().to_ascii_uppercase(),
            format!("张三 <bell+dshort@example.org>, <{address}>"),
        ] {
            assert_eq!(own.find(&text, read), Some(12), "{text}");
        }
        for text in ["", "bell@example.org", "bell+d", "bell+d完成完成完成完成完成完成完成完成完成完成完成完成完成完成"]
        {
            assert_eq!(own.find(text, read), None, "{text}");
        }
        assert_eq!(own.tagged(Purpose::Answer, "n-1", "x@example.org", now), None);
        assert_eq!(own.message_id(12), "<m12@example.org>");
        assert!(own.is_message_id("<m12@example.org>") && !own.is_message_id("<m12@evil.example>"));
    }
}
