//! Incoming mail: from the bytes of a letter to an update that the gateway can work on.
//!
//! Decides what a letter *is* (a person's answer, a bounce, something automatic), what is new in it, and whether
//! its writer is proven. Whether that person exists, and what his words do, is not known here. The two ways in are
//! [`imap`] and [`maildir`]; both end at [`Reader::read`], which is pure.

mod classify;
mod closing;
mod dsn;
pub(super) mod head;
pub(super) mod imap;
pub(super) mod maildir;
mod parts;
mod seen;
mod text;
mod verdict;

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use mail_parser::MessageParser;
use sha2::{Digest, Sha256};

pub(super) use self::verdict::forgery;

use self::classify::Kind;
use self::head::Head;
use super::letter::{TRACE, is_message_id};
use super::own::Own;
use super::token::Purpose;
use dutybell_core::inbound::{Content, Inbound, Update};

/// Most of a letter that is fetched and read, in bytes: answers stand at its beginning, whatever hangs on it.
pub(super) const MOST: usize = 1024 * 1024;
/// Why no letter is proven where no server is named.
pub const NOBODY_VOUCHES: &str = "no server vouches for writers here";
/// Most of a letter that is kept as evidence, in bytes.
const KEPT: usize = 48 * 1024;
/// A claim in an older letter is not asked about: a mailbox may hold years when it is first read.
const STALE: TimeDelta = TimeDelta::days(14);

/// A letter that came in.
pub(super) struct Found {
    /// Rises with every letter; what the caller stores.
    pub(super) position: i64,
    /// The first [`MOST`] of it.
    pub(super) bytes: Vec<u8>,
    /// When our server took it, as far as known.
    pub(super) arrived: Option<DateTime<Utc>>,
}

/// Reads letters to one address of ours.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub(super) own: Own,
    /// Id of our own server in `Authentication-Results`; without it nobody is proven.
    pub(super) server: Option<String>,
}

impl Reader {
    /// The update in a letter. `arrived`: when our server took it, as far as known. Never fails: what cannot be
    /// read is an update too, so that it is on record and not fetched for ever.
    pub(super) fn read(
        &self,
        bytes: &[u8],
        offset: Option<i64>,
        arrived: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Update {
        let bytes = &bytes[..bytes.len().min(MOST)];
        let head = Head::read(bytes);
        let id = head.first("message-id").unwrap_or_default().trim();
        let message = if is_message_id(id) { id.to_owned() } else { format!("sha256:{}", hash(bytes)) };
        let (sender, content) = self.content(bytes, &head, &message, arrived, now);
        let raw = String::from_utf8_lossy(&bytes[..bytes.len().min(KEPT)]).replace('\0', " ");
        let chat = sender.clone().unwrap_or_default();
        let inbound = Inbound { sender, chat, private: true, sent_at: arrived, content };
        Update { id: message, offset, inbound, raw }
    }

    fn content(
        &self,
        bytes: &[u8],
        head: &Head,
        message: &str,
        arrived: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> (Option<String>, Content) {
        let nothing = |what: &str| (None, Content::Other { what: what.to_owned() });
        let Some(parsed) = MessageParser::default().parse(bytes) else { return nothing("not readable as a mail") };
        if let Some(message) = self.came_home(head, now) {
            let forged = self.server.as_ref().map(|server| verdict::passed_on(head, server));
            return (None, Content::Returned { message, forged });
        }
        let subject = parsed.subject().unwrap_or_default().to_owned();
        match classify::classify(head, &subject, self.own.address.as_ref()) {
            Kind::Automatic(what) => return nothing(what),
            Kind::Report => {
                return match (self.bounced(head, &parsed, now), dsn::read(&parsed)) {
                    (Some(message), Some(report)) => {
                        let dsn::Report { failed, gone, reason } = report;
                        (None, Content::Undelivered { message, failed, gone, reason })
                    }
                    (None, Some(_)) => nothing("a delivery report about no mail of ours"),
                    (_, None) => nothing("a delivery report without a failure"),
                };
            }
            Kind::Person => {}
        }
        let Some(author) = head.author() else { return nothing("no single author") };
        let words = text::new_words(&parsed, &subject);
        let answered = self.own.find(&recipients(head), |token| self.own.read(Purpose::Answer, token, &author, now));
        let domain = author.rsplit('@').next().unwrap_or_default();
        let vouched = self.server.as_ref().is_some_and(|server| verdict::vouches(head, server, domain));
        let reply_to = match answered {
            Some(number) => Some(self.own.message_id(number)),
            None => self.thread(head),
        };
        if words.text.is_empty() {
            // Only a proven writer is told that nothing was found.
            let proven = answered.is_some() && vouched;
            return (proven.then_some(author), Content::Other { what: "mail without new words".to_owned() });
        }
        let (text, forwarded, message) = (words.text, words.forwarded, message.to_owned());
        if answered.is_some() && vouched && !words.differs {
            return (Some(author), Content::Text { text, reply_to, quoted: None, forwarded, message });
        }
        if arrived.is_some_and(|at| at + STALE < now) {
            return nothing("unproven and old");
        }
        if forwarded {
            return nothing("forwarded, unproven");
        }
        let why = match (answered, &self.server) {
            (Some(_), Some(_)) if vouched => "its text is not what its HTML shows",
            (None, _) => "no valid token of ours in the address",
            (Some(_), None) => NOBODY_VOUCHES,
            (Some(_), Some(_)) => "our server does not vouch for the writer",
        };
        (Some(author), Content::Unproven { text, reply_to, message, why: why.to_owned() })
    }

    /// The message, when the letter is one of ours to ourselves: a token for answers is bound to the address that
    /// the mail went to, and stands in `Reply-To`; where the server takes no such addresses our header carries one.
    fn came_home(&self, head: &Head, now: DateTime<Utc>) -> Option<i64> {
        let own = self.own.address.as_ref();
        let by_answer = |token: &str| self.own.read(Purpose::Answer, token, own, now);
        let reply_to = head.first("reply-to").and_then(|field| self.own.find(field, by_answer));
        reply_to.or_else(|| {
            let trace = head.first(&TRACE.to_ascii_lowercase())?.trim().strip_prefix('b')?;
            self.own.read(Purpose::Bounce, trace, "", now)
        })
    }

    /// The message that a report is about, by the token in the address it came to or in the copy of our header.
    fn bounced(&self, head: &Head, parsed: &mail_parser::Message<'_>, now: DateTime<Utc>) -> Option<i64> {
        let read = |token: &str| self.own.read(Purpose::Bounce, token, "", now);
        let by_trace = || dsn::of_original(parsed, TRACE).and_then(|trace| read(trace.trim().strip_prefix('b')?));
        self.own.find_bounce(&recipients(head), read).or_else(by_trace)
    }

    /// The newest mail of ours that the letter says it answers.
    fn thread(&self, head: &Head) -> Option<String> {
        let ids = [head.first("references"), head.first("in-reply-to")];
        let mut ids: Vec<&str> = ids.into_iter().flatten().flat_map(str::split_whitespace).collect();
        ids.reverse();
        ids.into_iter().find(|id| is_message_id(id) && self.own.is_message_id(id)).map(str::to_owned)
    }
}

/// Every address that the letter was or may have been sent to. Who wrote the field is no matter: the token counts.
fn recipients(head: &Head) -> String {
    let fields = ["delivered-to", "x-original-to", "envelope-to", "to", "cc", "resent-to"];
    fields.iter().flat_map(|name| head.all(name)).collect::<Vec<_>>().join(",")
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests;
