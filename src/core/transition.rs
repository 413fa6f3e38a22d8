//! Transitions: what an event does to an item, or why it is refused and who may do it instead.
//!
//! [`apply`] is pure: item, actor and event in; the changed item and the people to tell out. Who may, and in which
//! state, is the table of verbs' ([`super::act`]); here is what an event does: a claim never closes, another person
//! verifies, the deadline moves only by somebody else's decision, and a late, weaker event never lowers a state.

mod amend;
mod handed;
mod moved;
mod rules;

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};

use super::act::Verb;
use super::item::{Item, Role, State};
use super::notice::Note;
use super::org::{PersonId, Who};
use super::policy::{Form, Urgency};
use super::world::World;

pub use super::actor::Actor;
pub use amend::amend;
pub use moved::{dropped, gained, lost, moved};

/// What happens to an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Registered by an import; no rule beyond that.
    Register,
    Issue,
    Ack,
    Progress {
        percent: Option<u8>,
        eta: Option<DateTime<Utc>>,
        note: String,
    },
    Block {
        reason: String,
    },
    Reject {
        reason: String,
    },
    /// The fixer asks to hand over.
    RequestHandover {
        to: Who,
        reason: String,
    },
    /// The assigner, supervisor or safety office hands over (or refuses the request).
    Reassign {
        to: Who,
    },
    RefuseHandover,
    RequestExtension {
        until: DateTime<Utc>,
        reason: String,
        interim: String,
    },
    DecideExtension {
        approve: bool,
        reason: String,
    },
    ClaimDone {
        at: Option<DateTime<Utc>>,
        note: String,
    },
    VerifyPass {
        note: String,
    },
    VerifyFail {
        reason: String,
    },
    Close {
        document: String,
    },
    Reopen {
        reason: String,
    },
    /// Asks to void, or agrees as the second person.
    Void {
        reason: String,
    },
    /// Does not agree with voiding; or takes the own request back.
    RefuseVoid,
    Snooze {
        until: DateTime<Utc>,
    },
    /// Takes the actor's own last event back inside the undo window.
    Undo {
        what: String,
    },
    /// The office's ledger lists it as closed and names who checked it; the days are the ledger's own.
    Record {
        verified_by: PersonId,
        /// Found on; for an item that was never issued here.
        since: DateTime<Utc>,
        done_at: Option<DateTime<Utc>>,
        closed_at: DateTime<Utc>,
    },
    /// The office's ledger brings it as reported done already: issued and claimed at once.
    IssueReported {
        /// When it was done, where the ledger says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<DateTime<Utc>>,
        note: String,
    },
    /// Somebody else takes a holder's place on the item.
    Move {
        from: Who,
        to: Who,
        why: Why,
        /// Only in these roles; empty: in whatever role it was.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        roles: Vec<Role>,
    },
    /// The office changed the item in its ledger; `fields` names them.
    Amend {
        fields: Vec<String>,
    },
    /// The office puts somebody into a role on the item.
    Assign {
        role: Role,
        to: Who,
        reason: String,
    },
    /// The office moves the deadline by its own decision, to whichever side.
    MoveDue {
        until: DateTime<Utc>,
        reason: String,
    },
    /// The office strikes off what nobody verified. Administrative: it never counts as verified.
    CloseUnverified {
        reason: String,
    },
    /// Routine about the item waits from now on, at most until then. The item itself stays as it is.
    Pause {
        until: DateTime<Utc>,
        reason: String,
    },
    /// A pause was ended before its time.
    EndPause {
        reason: String,
    },
    /// What a message said about the item goes to the person again, as far as it is still true.
    Resend {
        to: PersonId,
        message: i64,
        reason: String,
    },
}

/// Why one holder takes another's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The item follows the post by which it came.
    Post,
    /// The office hands somebody's items over.
    Handover,
    /// The holder left the service.
    Offboard,
    /// Two entries were one person: nothing changes for anybody.
    Merge,
    /// One entry was two people.
    Split,
    /// Taken back: it goes to whom it was taken from.
    Back,
}

impl Event {
    /// What was done, by the table of verbs.
    pub fn verb(&self) -> Verb {
        match self {
            Event::Register => Verb::Register,
            Event::Issue => Verb::Issue,
            Event::Ack => Verb::Ack,
            Event::Progress { .. } => Verb::Progress,
            Event::Block { .. } => Verb::Block,
            Event::Reject { .. } => Verb::Reject,
            Event::RequestHandover { .. } => Verb::RequestHandover,
            Event::Reassign { .. } => Verb::Reassign,
            Event::RefuseHandover => Verb::RefuseHandover,
            Event::RequestExtension { .. } => Verb::RequestExtension,
            Event::DecideExtension { approve: true, .. } => Verb::ApproveExtension,
            Event::DecideExtension { .. } => Verb::RefuseExtension,
            Event::ClaimDone { .. } => Verb::ClaimDone,
            Event::VerifyPass { .. } => Verb::VerifyPass,
            Event::VerifyFail { .. } => Verb::VerifyFail,
            Event::Close { .. } => Verb::Close,
            Event::Reopen { .. } => Verb::Reopen,
            Event::Void { .. } => Verb::Void,
            Event::RefuseVoid => Verb::RefuseVoid,
            Event::Snooze { .. } => Verb::Snooze,
            Event::Undo { .. } => Verb::Undo,
            Event::Record { .. } => Verb::Record,
            Event::IssueReported { .. } => Verb::IssueReported,
            Event::Move { .. } => Verb::Move,
            Event::Amend { .. } => Verb::Amend,
            Event::Assign { .. } => Verb::Assign,
            Event::MoveDue { .. } => Verb::MoveDue,
            Event::CloseUnverified { .. } => Verb::CloseUnverified,
            Event::Pause { .. } => Verb::Pause,
            Event::EndPause { .. } => Verb::EndPause,
            Event::Resend { .. } => Verb::Resend,
        }
    }

    /// The word in the log.
    pub fn word(&self) -> &'static str {
        self.verb().word()
    }

    /// Says something about the item's messages and changes nothing of the item: no version, nothing to take back.
    pub fn is_remark(&self) -> bool {
        matches!(self, Event::Pause { .. } | Event::EndPause { .. } | Event::Resend { .. })
    }
}

/// Somebody to be told of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Tell {
    pub person: PersonId,
    pub form: Form,
    pub urgency: Urgency,
    /// Held back this long, so that an undo can stop it.
    pub delay: Duration,
    /// What is said of it.
    pub note: Note,
}

/// What an accepted event leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub item: Item,
    pub tell: Vec<Tell>,
    /// The event said nothing new: nothing is stored but the sign of life.
    pub unchanged: bool,
}

impl Change {
    /// Tells one more person what the change tells the others.
    pub fn tell_too(&mut self, person: PersonId) {
        let known = self.tell.iter().any(|t| t.person == person);
        if let (false, Some(first)) = (known, self.tell.first()) {
            self.tell.push(Tell { person, ..first.clone() });
        }
    }
}

/// Why an event is refused. Each names who may do it, or what is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// The actor has no such role on this item.
    NotYours {
        who_may: Vec<PersonId>,
    },
    /// The person who claimed (or fixes) it cannot judge it.
    OwnWork {
        who_may: Vec<PersonId>,
    },
    /// They would fix it and verify it alone.
    BothHands {
        who: Vec<PersonId>,
    },
    /// Nothing to do in this state.
    WrongState {
        state: State,
    },
    /// The item is finished.
    Finished {
        state: State,
    },
    NeedsReason,
    NeedsInterim,
    /// The new date is not after the present deadline.
    NotLater,
    /// Longer than may be asked for by chat.
    TooLong {
        max_days: i64,
    },
    NoDeadline,
    /// The instant named is over already.
    Past,
    NothingRequested,
    /// R01: what is missing.
    Incomplete {
        missing: Vec<String>,
    },
    /// A second, different person must agree; the first was recorded.
    SecondPerson {
        who_may: Vec<PersonId>,
    },
}

/// Applies an event that its actor may cause ([`super::act::permitted`]), or refuses it. `item.version` grows by one with every change.
pub fn apply(item: &Item, actor: Actor, event: &Event, world: &World) -> Result<Change, Refusal> {
    if let Event::IssueReported { at, note } = event {
        let issued = apply(item, actor.clone(), &Event::Issue, world)?;
        let claim = Event::ClaimDone { at: *at, note: note.clone() };
        let mut claimed = apply(&issued.item, actor, &claim, world)?;
        claimed.item.version = issued.item.version;
        claimed.tell.extend(issued.tell);
        return Ok(claimed);
    }
    let mut draft = rules::Draft::new(item, actor, world);
    draft.run(event)?;
    Ok(draft.finish())
}

/// Takes a change back: the item as it was before, under a new version and epoch, so that nothing
/// planned for the taken-back state is sent.
pub fn undo(item: &Item, before: &Item, now: DateTime<Utc>) -> Item {
    let mut restored = before.clone();
    restored.version = item.version + 1;
    restored.epoch = item.epoch.max(before.epoch);
    restored.planned_until = restored.planned_until.min(now);
    restored
}
