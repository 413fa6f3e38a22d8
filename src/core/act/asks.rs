//! Decisions that wait for somebody: which are open on an item, who is asked, and who may decide.
//!
//! One place for the rules, the lists, the buttons and the binding of answers: nobody is offered what they may not
//! do, and whoever was asked may answer.

use super::{Involved, Verb, who_may};
use crate::item::{Item, State};
use crate::org::PersonId;
use crate::reply::{Intent, IntentKind};
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

    /// Who asked for it.
    pub fn by(self, item: &Item) -> Option<PersonId> {
        match self {
            Ask::Extension => item.extension.as_ref().map(|request| request.by),
            Ask::Handover => item.handover.as_ref().map(|request| request.by),
            Ask::Void => item.void_by,
            Ask::Verify | Ask::Close => None,
        }
    }

    /// The verb that says yes to it.
    pub fn granted_by(self) -> Verb {
        match self {
            Ask::Verify => Verb::VerifyPass,
            Ask::Extension => Verb::ApproveExtension,
            Ask::Handover => Verb::Reassign,
            Ask::Void => Verb::Void,
            Ask::Close => Verb::Close,
        }
    }
}

/// The decisions for which an item waits.
pub fn open_asks(item: &Item) -> impl Iterator<Item = Ask> + '_ {
    Ask::ALL.into_iter().filter(|ask| ask.is_open(item))
}

/// Who is asked: they hear of it, and their lists show it.
pub fn asked(item: &Item, ask: Ask, world: &World) -> Vec<PersonId> {
    match ask {
        Ask::Handover => but(Involved { item, world }.asked_of_handover(), ask.by(item)),
        _ => who_decides(item, ask, world),
    }
}

/// Who may decide: whoever may say yes, but for who asked for it.
pub fn who_decides(item: &Item, ask: Ask, world: &World) -> Vec<PersonId> {
    but(who_may(ask.granted_by(), item, world), ask.by(item))
}

fn but(mut people: Vec<PersonId>, asker: Option<PersonId>) -> Vec<PersonId> {
    people.retain(|p| asker != Some(*p));
    people
}

/// The decisions that an intent can give.
pub fn decisions(intent: &Intent) -> &'static [Ask] {
    use IntentKind::*;
    match (intent.kind, intent.target) {
        (VerifyPass, Some(Close)) => &[Ask::Verify, Ask::Close],
        (VerifyPass | VerifyFail, _) => &[Ask::Verify],
        (Close, _) => &[Ask::Close],
        (Approve | Refuse, Some(Extend)) => &[Ask::Extension],
        (Approve | Refuse, Some(Reassign)) => &[Ask::Handover],
        (Approve | Refuse, Some(Void)) => &[Ask::Void],
        (Approve, Some(Close)) => &[Ask::Close, Ask::Verify],
        (Approve | Refuse, _) => &Ask::REQUESTS,
        _ => &[],
    }
}
