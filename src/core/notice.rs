//! A notice: whom something concerns, why, and by when they must hear of it.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::item::Role;
use super::org::{PersonId, PostId};
use super::policy::{Form, Urgency};
use super::subject::Subject;

/// That one person must hear something; becomes a row of the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// The same for the same reason, whoever plans it and however often.
    pub key: String,
    pub person: PersonId,
    pub subject: Subject,
    pub form: Form,
    pub reason: Reason,
    pub urgency: Urgency,
    /// Of the ladder that the item was on.
    pub epoch: i64,
    /// Not before this instant.
    pub send_at: DateTime<Utc>,
    pub channels: Vec<String>,
    /// Time for an acknowledgement before the next contact point is tried.
    pub ack_within: Option<Duration>,
    /// Sent to somebody else than the ladder names, and why: `blocked`, `bounced`, `vacant`.
    pub instead: Option<&'static str>,
}

/// Why somebody must hear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Reason {
    /// A step of the ladder came due.
    Step {
        step: String,
        level: u8,
        /// How often the step repeated before.
        occurrence: u32,
    },
    /// An event changed an item, which has this version since.
    Told {
        version: i64,
        #[serde(flatten)]
        note: Note,
    },
    /// Somebody took a post, and with it the item that stands on it.
    Post { post: PostId, role: Role },
    /// Days of rest lie before the deadline.
    Rest { name: String },
    /// This message about the item reached nobody.
    Unreachable { message: i64 },
    /// A digest of this series came due.
    Digest { series: String },
    /// The gateway has something to say; in its reader's language.
    Words { text: String },
}

/// What is said of a change beside the item as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// `None`: the notice's form says it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub news: Option<News>,
    /// A reason, a name; of what was taken back, the event's word.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// A piece of news about an item. Its word ends the key of its phrase, `told_…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    Claimed,
    Verified,
    VerificationFailed,
    Closed,
    ClosedUnverified,
    Recorded,
    Reopened,
    ReopenedUnverified,
    Void,
    VoidRefused,
    HandoverRefused,
    Returned,
    Reassigned,
    HandedOn,
    PassedOn,
    TakenOver,
    Yours,
    RoleEnded,
    /// They have this role on it now.
    Now(Role),
    DueMoved,
    ExtensionApproved,
    ExtensionRefused,
    Amended,
    Undone,
    Unreachable,
}

/// Words of those that have one of their own.
const WORDS: [(News, &str); 24] = [
    (News::Claimed, "claimed"),
    (News::Verified, "verified"),
    (News::VerificationFailed, "verification_failed"),
    (News::Closed, "closed"),
    (News::ClosedUnverified, "closed_unverified"),
    (News::Recorded, "recorded"),
    (News::Reopened, "reopened"),
    (News::ReopenedUnverified, "reopened_unverified"),
    (News::Void, "void"),
    (News::VoidRefused, "void_refused"),
    (News::HandoverRefused, "handover_refused"),
    (News::Returned, "returned"),
    (News::Reassigned, "reassigned"),
    (News::HandedOn, "handed_on"),
    (News::PassedOn, "passed_on"),
    (News::TakenOver, "taken_over"),
    (News::Yours, "yours"),
    (News::RoleEnded, "role_ended"),
    (News::DueMoved, "due_moved"),
    (News::ExtensionApproved, "extension_approved"),
    (News::ExtensionRefused, "extension_refused"),
    (News::Amended, "amended"),
    (News::Undone, "undone"),
    (News::Unreachable, "unreachable"),
];

impl News {
    /// Its word.
    pub fn word(self) -> String {
        match self {
            News::Now(role) => format!("now_{}", role.word()),
            news => {
                WORDS.iter().find(|(known, _)| *known == news).map_or_else(String::new, |(_, word)| (*word).to_owned())
            }
        }
    }

    /// Reads [`News::word`].
    pub fn parse(word: &str) -> Option<News> {
        let known = WORDS.iter().find(|(_, known)| *known == word).map(|(news, _)| *news);
        known.or_else(|| Some(News::Now(Role::parse(word.strip_prefix("now_")?)?)))
    }
}

impl Note {
    /// News, and the words that go with it.
    pub fn news(news: News, text: impl Into<String>) -> Note {
        Note { news: Some(news), text: text.into() }
    }
}

impl From<&str> for Note {
    fn from(text: &str) -> Note {
        Note { news: None, text: text.to_owned() }
    }
}

impl From<News> for Note {
    fn from(news: News) -> Note {
        Note::news(news, "")
    }
}

impl From<(News, &str)> for Note {
    fn from((news, text): (News, &str)) -> Note {
        Note::news(news, text)
    }
}

impl Notice {
    /// A notice by whatever channel, outside any ladder.
    pub fn new(
        key: String,
        person: PersonId,
        (subject, reason): (Subject, Reason),
        form: Form,
        urgency: Urgency,
        send_at: DateTime<Utc>,
    ) -> Notice {
        let (channels, ack_within, instead) = (Vec::new(), None, None);
        Notice { key, person, subject, form, reason, urgency, epoch: 0, send_at, channels, ack_within, instead }
    }
}

impl Reason {
    /// The step of the ladder, if it is one.
    pub fn step(&self) -> Option<&str> {
        match self {
            Reason::Step { step, .. } => Some(step),
            _ => None,
        }
    }

    /// How far the ladder has gone up.
    pub fn level(&self) -> u8 {
        match self {
            Reason::Step { level, .. } => *level,
            _ => 0,
        }
    }

    /// Whether it repeats what its step said before about the item.
    pub fn is_repeat(&self) -> bool {
        matches!(self, Reason::Step { occurrence: 1.., .. })
    }

    /// What is said beside the item as it stands.
    pub fn note(&self) -> Note {
        match self {
            Reason::Told { note, .. } => note.clone(),
            Reason::Unreachable { .. } => News::Unreachable.into(),
            Reason::Words { text } => text.as_str().into(),
            Reason::Step { .. } | Reason::Post { .. } | Reason::Rest { .. } | Reason::Digest { .. } => Note::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_of_news_has_a_word_and_is_read_by_it() {
        let all = WORDS.iter().map(|(news, _)| *news).chain(Role::ALL.into_iter().map(News::Now));
        for news in all {
            assert_eq!(News::parse(&news.word()), Some(news), "{news:?}");
        }
        assert_eq!(News::parse("now_"), None);
    }
}
