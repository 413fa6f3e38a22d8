//! Tokens in mail addresses: proof that an answer, a bounce or a cancellation is about a mail of ours.
//!
//! A token names our message, the day on which it ends and, for answers, the one address it was sent to; an
//! HMAC-SHA256 cut to 128 bits makes it hard to invent. It is lower-case base32 (RFC 4648 section 6), because
//! servers on the way may change the case of a local part. Pure; the instant is an argument.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE32_NOPAD;
use ring::hmac::{Context, HMAC_SHA256, Key};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// Six bytes of message number, two of the day it ends.
const PAYLOAD: usize = 8;
const MAC: usize = 16;
/// Letters of a token.
pub(super) const LENGTH: usize = ((PAYLOAD + MAC) * 8).div_ceil(5);
/// Shortest secret that is taken: 128 bits written in hexadecimal.
pub const SHORTEST_SECRET: usize = 32;

/// What a token is for; one kind never passes for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// In `Reply-To`: bound to the address the mail went to.
    Answer,
    /// In the envelope sender (VERP): comes back with a bounce from any address.
    Bounce,
    /// In `List-Unsubscribe`.
    Unsubscribe,
}

impl Purpose {
    /// The letter before the token.
    pub(super) fn letter(self) -> char {
        match self {
            Purpose::Answer => 'd',
            Purpose::Bounce => 'b',
            Purpose::Unsubscribe => 'u',
        }
    }
}

/// Makes and reads tokens with one secret, which all gateways of an office share.
#[derive(Clone)]
pub struct Tokens {
    secret: SecretString,
    life: TimeDelta,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("life", &self.life).finish_non_exhaustive()
    }
}

impl Tokens {
    /// `days`: how long after sending a token counts.
    pub fn new(secret: SecretString, days: u16) -> Tokens {
        Tokens { secret, life: TimeDelta::days(i64::from(days)) }
    }

    /// The token for a message sent at an instant to an address; `None` for a number that no database reaches.
    pub fn make(&self, purpose: Purpose, message: i64, address: &str, sent: DateTime<Utc>) -> Option<String> {
        let number = u64::try_from(message).ok().filter(|n| n >> 48 == 0)?;
        let day = u16::try_from((sent + self.life).timestamp().div_euclid(86_400)).ok()?;
        let mut bytes = number.to_be_bytes()[2..].to_vec();
        bytes.extend(day.to_be_bytes());
        let mac = self.mac(purpose, &bytes, address)?;
        bytes.extend(mac);
        Some(encode(&bytes))
    }

    /// The message that a token names, if the token is ours, for this purpose and address, and not over.
    pub fn read(&self, purpose: Purpose, token: &str, address: &str, now: DateTime<Utc>) -> Option<i64> {
        let bytes = decode(token)?;
        let (payload, given) = bytes.split_at_checked(PAYLOAD)?;
        let mac = self.mac(purpose, payload, address)?;
        if !bool::from(mac.as_slice().ct_eq(given)) {
            return None;
        }
        let number = payload[..6].iter().fold(0_i64, |n, byte| n << 8 | i64::from(*byte));
        let day = i64::from(u16::from_be_bytes([payload[6], payload[7]]));
        (now.timestamp().div_euclid(86_400) <= day).then_some(number)
    }

    fn mac(&self, purpose: Purpose, payload: &[u8], address: &str) -> Option<[u8; MAC]> {
        let mut mac = Context::with_key(&Key::new(HMAC_SHA256, self.secret.expose_secret().as_bytes()));
        mac.update(&[purpose.letter() as u8]);
        mac.update(payload);
        if purpose == Purpose::Answer {
            mac.update(address.to_ascii_lowercase().as_bytes());
        }
        mac.sign().as_ref().get(..MAC)?.try_into().ok()
    }
}

fn encode(bytes: &[u8]) -> String {
    BASE32_NOPAD.encode(bytes).to_ascii_lowercase()
}

/// Bits left over must be zero, so that one token has one spelling.
fn decode(text: &str) -> Option<Vec<u8>> {
    BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok().filter(|bytes| bytes.len() == PAYLOAD + MAC)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(secret: &str) -> Tokens {
        Tokens::new(SecretString::from(secret.to_owned()), 60)
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_token_counts_for_its_message_address_purpose_and_time() {
        let (ours, sent) = (tokens("0123456789abcdef0123456789abcdef"), at("2026-09-01T01:00:00Z"));
        let token = ours.make(Purpose::Answer, 4_711, "Zhang@example.org", sent).unwrap();
        assert_eq!(token.len(), LENGTH);
        assert!(token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
        let read = |token: &str, address: &str, now: &str| ours.read(Purpose::Answer, token, address, at(now));
        assert_eq!(read(&token, "zhang@example.org", "2026-09-30T00:00:00Z"), Some(4_711));
        assert_eq!(read(&token.to_ascii_uppercase(), "zhang@EXAMPLE.org", "2026-10-31T23:59:59Z"), Some(4_711));
        assert_eq!(read(&token, "zhang@example.org", "2026-11-01T00:00:00Z"), None, "over");
        assert_eq!(read(&token, "li@example.org", "2026-09-30T00:00:00Z"), None, "another's");
        assert_eq!(ours.read(Purpose::Bounce, &token, "zhang@example.org", sent), None, "another purpose");
        let other = tokens("another-secret-another-secret-00");
        assert_eq!(other.read(Purpose::Answer, &token, "zhang@example.org", sent), None, "another office");
        for (i, _) in token.char_indices() {
            let mut forged = token.clone();
            forged.replace_range(i..=i, if &token[i..=i] == "a" { "b" } else { "a" });
            assert_eq!(read(&forged, "zhang@example.org", "2026-09-30T00:00:00Z"), None, "{forged}");
        }
        assert!(!format!("{ours:?}").contains("0123456789"));
    }

    #[test]
    fn base32_is_that_of_the_standard() {
        // RFC 4648 section 10.
        for (bytes, text) in [("f", "my"), ("fo", "mzxq"), ("foobar", "mzxw6ytboi")] {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
        let bytes: Vec<u8> = (0..24).map(|b| b * 10).collect();
        assert_eq!(decode(&encode(&bytes)), Some(bytes));
        for text in ["", "a", &"1".repeat(LENGTH), &"完".repeat(13)] {
            assert_eq!(decode(text), None);
        }
    }
}
