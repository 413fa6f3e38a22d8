//! What an answer means, proven by coverage: the reader that follows `reply`.
//!
//! A message that changes something is understood whole: every word has a known class, and the row of classes a known
//! form. What is not proven so is asked back, with the likeliest readings. `explain reply --proof` shows it; answers are
//! still read by `reply`, whose times, marks and spellings it shares.
//!
//! Reading order: normalise, strip, mend slips → `tokens` (the text as a row of classes: `lexicon` for words) →
//! `combine` (which items each part speaks of) with `parse` and `forms` (what each part says) and `values` (days,
//! persons) → `offers` (what to ask back). `likely` orders; accidents are seen by `reply::alarm`. Words and forms are data:
//! `templates/reply/`. Pure: no I/O, no clock, no state.

mod combine;
mod forms;
mod lexicon;
mod likely;
mod offers;
mod parse;
mod reader;
mod tokens;
mod values;

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use super::reply;
pub use super::reply::{DayView, Intent, IntentKind, Items, Postponement};
pub use reader::{Reader, read};

/// What the reader may know about the moment of writing.
pub struct Context<'a> {
    /// The writer's wall clock, in their own time zone.
    pub now: NaiveDateTime,
    /// Due date of the item spoken of, where the caller knows it.
    pub due: Option<NaiveDate>,
    /// Working days and holidays of the writer's calendar.
    pub days: &'a dyn DayView,
    /// What the writer is to the item: the same words of a fixer and of a verifier differ.
    pub by: Speaker,
    /// Title and place of the item spoken of, in lower case, where the caller knows it.
    pub item: Option<&'a str>,
    /// Numbers that are open in the writer's list.
    pub numbers: &'a [u32],
}

impl<'a> Context<'a> {
    /// Of a fixer, about an item that is not known.
    pub fn at(now: NaiveDateTime, days: &'a dyn DayView) -> Context<'a> {
        Context { now, due: None, days, by: Speaker::Fixer, item: None, numbers: &[] }
    }

    /// As far as times depend on it.
    fn time(&self) -> reply::Context<'a> {
        reply::Context { now: self.now, due: self.due, days: self.days }
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

impl Reading {
    /// The intents in the order of the text, joined with `|`.
    pub fn label(&self) -> String {
        self.intents.iter().map(|intent| intent.kind.name()).collect::<Vec<_>>().join("|")
    }

    /// What the intents name, in the same order: `key=value` with `;` between, `|` between intents.
    pub fn argument(&self) -> String {
        let of = |intent: &Intent| intent.argument().replace("items=", "line=");
        self.intents.iter().map(of).collect::<Vec<_>>().join("|")
    }
}
