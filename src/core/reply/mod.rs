//! What an answer means: text in, intents out.
//!
//! A message that changes something is understood whole: every word has a known class, and the row of classes a known
//! form. What is not proven so is asked back, with the likeliest readings as buttons.
//!
//! Reading order: `normalise`, `strip`, `typos` (one spelling, quotes and signatures cut) → `tokens` (the text as a row
//! of classes: `lexicon` for words, `spans` for times, `items` for marks) → `combine` (which items each part speaks of)
//! with `parse` and `forms` (what each part says) and `values` (days, persons) → `offers` (what to ask back) → `explain`.
//! Words and forms are data: `templates/reply/`. Does not know which items are open or what may follow: binding an
//! intent to an item, identity and permission belong to the caller. Pure: no I/O, no clock, no state.

mod absence;
mod alarm;
mod beside;
mod combine;
mod danger;
mod dates;
mod explain;
mod forms;
mod items;
mod lexicon;
mod likely;
mod lists;
mod normalise;
mod numbers;
mod offers;
mod office;
mod own;
mod parse;
mod parts;
mod people;
mod reader;
mod span_days;
mod span_lengths;
mod spans;
mod strip;
mod tokens;
mod typos;
mod values;

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

pub use absence::{Absence, absence};
pub(crate) use normalise::simplified;
pub use own::own_words;
pub use people::is_somebody;
pub use reader::{Reader, is_emergency, read};

/// What the grammar may know about the moment of writing.
pub struct Context<'a> {
    /// The writer's wall clock, in their own time zone.
    pub now: NaiveDateTime,
    /// Working days and holidays of the writer's calendar.
    pub days: &'a dyn DayView,
    /// What the writer is to the item: the same words of a fixer and of a verifier differ.
    pub by: Speaker,
    /// Title and place of the item spoken of, in lower case, where the caller knows it.
    pub item: Option<&'a str>,
    /// Numbers that are open in the writer's list.
    pub numbers: &'a [u32],
    /// Readings that somebody else finds likely, likeliest first: they come first where it has to be asked.
    pub likely: &'a [IntentKind],
}

impl<'a> Context<'a> {
    /// Of a fixer, about an item that is not known.
    pub fn at(now: NaiveDateTime, days: &'a dyn DayView) -> Context<'a> {
        Context { now, days, by: Speaker::Fixer, item: None, numbers: &[], likely: &[] }
    }
}

/// What somebody is to the item that they answer about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// Has to do the work.
    #[default]
    Fixer,
    /// Was asked to check it.
    Verifier,
    /// Was asked to agree to something.
    Approver,
}

impl Speaker {
    /// By its name in tables and on the command line.
    pub fn named(name: &str) -> Option<Speaker> {
        match name {
            "fixer" | "" => Some(Speaker::Fixer),
            "verifier" => Some(Speaker::Verifier),
            "approver" => Some(Speaker::Approver),
            _ => None,
        }
    }
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

impl IntentKind {
    /// Decides about what somebody else asked for or did.
    pub fn decides(self) -> bool {
        use IntentKind::*;
        matches!(self, VerifyPass | VerifyFail | Approve | Refuse | Close)
    }
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
    /// The form that accounts for it, or what nothing accounts for.
    pub why: Vec<String>,
    /// Its words with their classes.
    pub tokens: Vec<TokenTold>,
}

/// A word and its class, for the explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TokenTold {
    /// As it was read.
    pub text: String,
    /// Its class.
    pub class: String,
}

/// What a message means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// In the order of the text; never empty (`Unknown` if nothing was understood).
    pub intents: Vec<Intent>,
    /// Where something is not understood: what may be meant, likeliest first. In the order of `intents`.
    pub offers: Vec<Vec<Intent>>,
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
