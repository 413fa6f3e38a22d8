//! Decisions that wait for somebody: which are open on an item, who is asked, and who may decide.
//!
//! One place for the rules, the lists, the buttons and the binding of answers: nobody is offered what they may not
//! do, and whoever was asked may answer.

use super::Actor;
use super::rules::Draft;
use crate::item::{Item, State};
use crate::org::PersonId;
use crate::world::World;

/// What somebody is asked to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Is the claimed work good?
    Verify,
    /// May the deadline move?
    Extension,
    /// May the item pass to somebody else?
    Handover,
    /// Is the item to be voided?
    Void,
    /// Is the verified item to be struck off?
    Close,
}

impl Ask {
    pub const ALL: [Ask; 5] = [Ask::Verify, Ask::Extension, Ask::Handover, Ask::Void, Ask::Close];
    /// What is answered with yes or no.
    pub const REQUESTS: [Ask; 3] = [Ask::Extension, Ask::Handover, Ask::Void];

    /// The word in keys of phrases.
    pub fn word(self) -> &'static str {
        match self {
            Ask::Verify => "verify",
            Ask::Extension => "extension",
            Ask::Handover => "handover",
            Ask::Void => "void",
            Ask::Close => "close",
        }
    }

    /// Does the item wait for this decision?
    pub fn is_open(self, item: &Item) -> bool {
        match self {
            Ask::Verify => item.state == State::ReportedDone,
            Ask::Extension => item.extension.is_some() && item.state.is_with_fixer(),
            Ask::Handover => item.handover.is_some() && item.state.is_with_fixer(),
            Ask::Void => item.void_by.is_some() && item.state.is_open(),
            Ask::Close => item.state == State::Verified,
        }
    }
}

/// The decisions for which an item waits.
pub fn open_asks(item: &Item) -> impl Iterator<Item = Ask> + '_ {
    Ask::ALL.into_iter().filter(|ask| ask.is_open(item))
}

/// Who is asked: they hear of it, and their lists show it.
pub fn asked(item: &Item, ask: Ask, world: &World) -> Vec<PersonId> {
    let draft = Draft::new(item, Actor::Office, world);
    match ask {
        Ask::Handover => {
            let mut people = draft.asked_of_handover();
            people.retain(|p| item.handover.as_ref().is_none_or(|h| h.by != *p));
            people
        }
        _ => who_may(item, ask, world),
    }
}

/// Who may decide.
pub fn who_may(item: &Item, ask: Ask, world: &World) -> Vec<PersonId> {
    let draft = Draft::new(item, Actor::Office, world);
    match ask {
        Ask::Verify => draft.verifiers(),
        Ask::Extension => {
            let own = draft.interested();
            let mut people = draft.approvers();
            people.retain(|p| !own.contains(p) && item.extension.as_ref().is_none_or(|x| x.by != *p));
            people
        }
        Ask::Handover => {
            let mut people = draft.office();
            people.retain(|p| item.handover.as_ref().is_none_or(|h| h.by != *p));
            people
        }
        Ask::Void => {
            let mut people = draft.voiders();
            people.retain(|p| item.void_by != Some(*p));
            people
        }
        Ask::Close => {
            let own = draft.interested();
            let mut people = draft.closers();
            people.retain(|p| !own.contains(p));
            people
        }
    }
}
