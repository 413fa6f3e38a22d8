//! What an answer means: text in, intents out.
//!
//! Knows the words officials write (Chinese in both scripts, dialect, pinyin, English), dates, item
//! numbers and the ways in which a sentence about completion is *not* a claim of completion.
//! Does not know who wrote it, which items are open or what may follow: binding an intent to an item,
//! identity and permission belong to the caller (the inbox). Pure: no I/O, no clock, no state.
//!
//! Reading order: `normalise` (one spelling, quotes and signatures cut) → `clauses` and `items`
//! (who is spoken of) → `judge` (one clause, with `claim` for completion and `requests` for the rest)
//! → `read` and `merge` (clauses put together) → `explain` (labels for people). Words live in `zh` and `en`.
//!
//! The rule above all others: `Done` has to be proven. A completion word counts only if nothing in its
//! clause, or in a clause that governs it, denies, weakens, asks, postpones, quotes or orders it.

pub(in crate::core) mod absence;
pub(in crate::core) mod alarm;
mod claim;
mod clauses;
pub(in crate::core) mod danger;
pub(in crate::core) mod dates;
mod en;
mod explain;
mod handing;
pub(in crate::core) mod items;
mod judge;
mod merge;
pub(in crate::core) mod normalise;
mod numbers;
mod outlook;
mod own;
pub(in crate::core) mod people;
mod proof;
mod read;
mod requests;
mod returning;
mod signs;
pub(in crate::core) mod span_days;
mod span_lengths;
pub(in crate::core) mod spans;
pub(in crate::core) mod strip;
pub(in crate::core) mod typos;
mod words;
mod zh;

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

pub use absence::{Absence, absence};
pub(crate) use normalise::simplified;
pub use own::own_words;
pub use people::is_somebody;
pub use read::{is_emergency, read};

/// What the grammar may know about the moment of writing.
pub struct Context<'a> {
    /// The writer's wall clock, in his own time zone.
    pub now: NaiveDateTime,
    /// Due date of the item spoken of, where the caller knows it.
    pub due: Option<NaiveDate>,
    /// Working days and holidays of the writer's calendar.
    pub days: &'a dyn DayView,
}

/// The part of a calendar the grammar needs; several threads read by it.
pub trait DayView: Sync {
    /// True for a working day, makeup days (调休) included.
    fn is_workday(&self, d: NaiveDate) -> bool;
    /// First and last rest day of the next named holiday on or after `from` whose name contains
    /// `name`; an empty name means any run of three or more rest days.
    fn holiday(&self, name: &str, from: NaiveDate) -> Option<(NaiveDate, NaiveDate)>;
}

/// What the writer wants or claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentKind {
    /// Claims that the work is finished. It never closes an item, it asks for verification.
    Done,
    /// Has seen it, promises to act.
    Ack,
    /// Is working on it, has not finished, or says when he will.
    InProgress,
    /// Cannot go on without something.
    Blocked,
    /// Asks for more time.
    Extend,
    /// Names another person or unit.
    Reassign,
    /// Sends it back: not mine, not true, duplicate.
    Reject,
    /// Asks how things stand.
    Status,
    /// Asks how to use the gateway.
    Help,
    /// Wants to be reminded later.
    Snooze,
    /// Takes back an earlier message.
    Undo,
    /// Wants the item void: it is a duplicate, was a false alarm, should not be there.
    Void,
    /// The verifier found the work good.
    VerifyPass,
    /// The verifier sends the work back.
    VerifyFail,
    /// The supervisor agrees (with an extension, unless `target` says otherwise).
    Approve,
    /// The supervisor does not agree.
    Refuse,
    /// Wants the item off the list (销号).
    Close,
    /// Reports a hazard that is not on the list yet.
    Register,
    /// Says that they are away for some days.
    Absence,
    /// A daily report; `reason` is `nil` for a nil report (零报告).
    Report,
    /// On post, or `reason` = `handover` for a handed-over shift.
    CheckIn,
    /// Reports an accident under way.
    Emergency,
    /// Wants no more messages.
    OptOut,
    /// Greets, and says nothing else.
    Greeting,
    /// Thanks, complains, talks: answered by nothing, counts as nothing.
    Chatter,
    /// Not understood, or understood in two ways that differ: ask.
    Unknown,
}

/// Which lines of the message, or which items, an intent speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Items {
    /// The writer named none.
    #[default]
    Unspecified,
    /// All, both, 全部, 均.
    All,
    /// The others, 其他: whatever the message did not name.
    Rest,
    /// Line numbers of the message answered, as written.
    Lines(Vec<u32>),
    /// All lines but these.
    AllExcept(Vec<u32>),
    /// Short codes, upper case, without `#`.
    Codes(Vec<String>),
}

/// How much more time is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Postponement {
    /// Calendar days from the due date; may be negative or absurd, the policy decides.
    Days(i64),
    /// Working days.
    Workdays(i64),
    /// Calendar months.
    Months(i64),
    /// New due date.
    Until(NaiveDate),
    /// More time, without saying how much: ask.
    Vague,
    /// A date that does not exist (`invalid 9月31日`) or lies behind (`past 2022-09-20`): ask.
    Invalid(String),
}

/// One thing the writer wants or claims. Fields that do not apply are empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Intent {
    /// What is wanted or claimed.
    pub kind: IntentKind,
    /// Of which lines or items.
    pub items: Items,
    /// `Extend`, `Approve`: how much time.
    pub postpone: Option<Postponement>,
    /// `Reassign`: persons named, as written.
    pub to: Vec<String>,
    /// `Reassign`: unit named, as written.
    pub to_unit: Option<String>,
    /// `Reassign`: the writer also says that it is not his, so without a successor it is sent back.
    pub sends_back: bool,
    /// Why: one of the field's words (`审批`, `not_our_duty`, `nil`) or the writer's own.
    pub reason: Option<String>,
    /// When it will be finished, local time; a day without an hour is its last minute, 23:59.
    pub eta: Option<NaiveDateTime>,
    /// `Done`: the day it was finished, where said.
    pub done_at: Option<NaiveDate>,
    /// Share finished, 0 to 100.
    pub percent: Option<u8>,
    /// `InProgress`: the writer says outright that it is not finished.
    pub not_done: bool,
    /// Who finished it, if not the writer; for hearsay, who is said to have said so.
    pub by: Option<String>,
    /// `Snooze`: local time of the next reminder, where said.
    pub snooze_until: Option<NaiveDateTime>,
    /// `Snooze`: minutes from now, where the writer said a length instead of a time.
    pub snooze_for: Option<i64>,
    /// `Undo`, `Refuse`, `Approve`: what is undone, refused or approved.
    pub target: Option<IntentKind>,
    /// Must be confirmed before it takes effect: a bare tick, said for another, "all", vague words. `Undo`: the word
    /// (取消, cancel) may also mean to void an item.
    pub confirm: bool,
    /// Photos or papers are promised for later.
    pub evidence_later: bool,
}

impl Intent {
    /// Says no to what somebody did or asked for.
    pub fn denies(&self) -> bool {
        matches!(self.kind, IntentKind::VerifyFail | IntentKind::Refuse)
    }

    /// An intent of this kind that says nothing else.
    pub fn new(kind: IntentKind) -> Self {
        Intent {
            kind,
            items: Items::Unspecified,
            postpone: None,
            to: Vec::new(),
            to_unit: None,
            sends_back: false,
            reason: None,
            eta: None,
            done_at: None,
            percent: None,
            not_done: false,
            by: None,
            snooze_until: None,
            snooze_for: None,
            target: None,
            confirm: false,
            evidence_later: false,
        }
    }
}

/// One clause and how it was read; for `explain` and for the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// The clause after normalisation.
    pub text: String,
    /// Its label by itself; `-` for thanks, greetings and the like.
    pub reads_as: String,
    /// The rules that fired, in plain words.
    pub why: Vec<String>,
}

/// What a message means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// In the order of the text; never empty (`Unknown` if nothing was understood).
    pub intents: Vec<Intent>,
    /// How each clause was read.
    pub clauses: Vec<Clause>,
    /// An accident seems to be under way: show the emergency card, page the duty officer.
    pub emergency: bool,
    /// Written by a machine (vacation note, read receipt): never counts, never answered.
    pub automatic: bool,
    /// Speaks of leave without a machine's own marks: somebody may have typed it.
    pub away: bool,
    /// Quoted text and signatures cut away before reading.
    pub dropped: Vec<String>,
}
