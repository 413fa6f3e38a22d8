//! What each event does to an item, one function an event.

mod closing;
mod deciding;
mod handing;
mod moving;

use chrono::Duration;

use super::{Actor, Change, Event, Refusal, Tell};
use crate::act::{Involved, Standing, Verb, permitted};
use crate::item::{Extension, Item, Role, State};
use crate::notice::{News, Note};
use crate::org::PersonId;
use crate::policy::{Form, Urgency};
use crate::world::World;

/// An item being changed.
pub(super) struct Draft<'a> {
    old: &'a Item,
    /// The people around it, as it was.
    of: Involved<'a>,
    item: Item,
    actor: Actor,
    world: &'a World<'a>,
    tell: Vec<Tell>,
    unchanged: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(old: &'a Item, actor: Actor, world: &'a World<'a>) -> Draft<'a> {
        let of = Involved { item: old, world };
        Draft { old, of, item: old.clone(), actor, world, tell: Vec::new(), unchanged: false }
    }

    pub(super) fn finish(mut self) -> Change {
        if self.item.state != self.old.state {
            self.item.state_since = self.world.now;
        }
        self.item.version = self.old.version + 1;
        self.item.planned_until = self.item.planned_until.min(self.world.now);
        Change { item: self.item, tell: self.tell, unchanged: self.unchanged }
    }

    pub(super) fn run(&mut self, event: &Event) -> Result<(), Refusal> {
        // Who fixes an issued item is a question of who may reassign it, whatever the event is called.
        let verb = match event {
            Event::Assign { role: Role::Responsible, .. } if self.old.state != State::Draft => Verb::Reassign,
            _ => event.verb(),
        };
        self.unchanged = permitted(&self.actor, verb, self.old, self.world)? == Standing::Already;
        match event {
            // The last is two others, one after the other.
            Event::Register | Event::Amend { .. } | Event::Undo { .. } | Event::IssueReported { .. } => Ok(()),
            Event::Pause { .. } | Event::EndPause { .. } | Event::Resend { .. } => Ok(()),
            Event::Assign { role, to, reason } => self.assign(*role, *to, reason),
            Event::MoveDue { until, reason } => self.move_due(*until, reason),
            Event::CloseUnverified { reason } => self.close_unverified(reason),
            Event::Issue => self.issue(),
            Event::Ack => self.ack(),
            Event::Progress { percent, note, .. } => self.progress(*percent, note),
            Event::Block { reason } => self.block(reason),
            Event::Reject { reason } => self.reject(reason),
            Event::RequestHandover { to, reason } => self.request_handover(*to, reason),
            Event::Reassign { to } => self.reassign(*to),
            Event::Move { from, to, why, roles } => self.move_to(*from, *to, *why, roles),
            Event::RefuseHandover => self.refuse_handover(),
            Event::RequestExtension { until, reason, interim } => self.request_extension(*until, reason, interim),
            Event::DecideExtension { approve, reason } => self.decide_extension(*approve, reason),
            Event::ClaimDone { at, note } => self.claim(*at, note),
            Event::VerifyPass { note } => self.verify_pass(note),
            Event::VerifyFail { reason } => self.verify_fail(reason),
            Event::Close { document } => self.close(document),
            Event::Reopen { reason } => self.reopen(reason),
            Event::Void { reason } => self.void(reason),
            Event::RefuseVoid => self.refuse_void(),
            Event::Record { verified_by, since, done_at, closed_at } => {
                self.record(*verified_by, *since, *done_at, *closed_at)
            }
            Event::Snooze { until } => {
                self.item.snoozed_until = Some(*until);
                self.heard();
                // He asked for it: it comes even where no step of the ladder is due.
                if let Actor::Person(person) = self.actor {
                    let delay = *until - self.world.now;
                    let note = Note::default();
                    self.tell.push(Tell { person, form: Form::Reminder, urgency: Urgency::Routine, delay, note });
                }
                Ok(())
            }
        }
    }

    // ---- who -----------------------------------------------------------------------------------

    fn holders(&self, role: Role) -> Vec<PersonId> {
        self.of.holders(role)
    }

    /// Of the people whom the item names as its fixers, those for whom the actor speaks.
    fn own_part(&self) -> Vec<PersonId> {
        let mut people = self.of.named_fixers();
        if let Actor::Person(actor) = self.actor {
            people.retain(|p| self.world.directory.may_act_for(actor, *p, self.world.now));
        }
        people
    }

    /// What the log and those who are told need to know.
    fn need(&self, reason: &str) -> Result<(), Refusal> {
        if reason.trim().is_empty() { Err(Refusal::NeedsReason) } else { Ok(()) }
    }

    // ---- telling -----------------------------------------------------------------------------

    fn tell(&mut self, people: Vec<PersonId>, form: Form, urgency: Urgency, delay: Duration, note: impl Into<Note>) {
        let note = note.into();
        for person in people {
            let himself = self.actor.is(person);
            if !himself && !self.tell.iter().any(|t| t.person == person) {
                self.tell.push(Tell { person, form, urgency, delay, note: note.clone() });
            }
        }
    }

    fn undo_window(&self) -> Duration {
        match self.actor {
            Actor::Person(_) => Duration::minutes(self.world.policy.limits.undo_minutes),
            _ => Duration::zero(),
        }
    }

    fn heard(&mut self) {
        // Who sent it back and acts on it all the same has it again.
        let own = self.own_part();
        self.item.returned.retain(|p| !own.contains(p));
        self.item.heard_at = Some(self.world.now);
        self.item.acked_at = self.item.acked_at.or(Some(self.world.now));
    }

    // ---- events ---------------------------------------------------------------------------

    fn issue(&mut self) -> Result<(), Refusal> {
        let missing = self.world.missing_for_issue(self.old);
        if !missing.is_empty() {
            return Err(Refusal::Incomplete { missing: missing.into_iter().map(str::to_owned).collect() });
        }
        self.item.state = State::Assigned;
        self.item.issued_at = Some(self.world.now);
        // One millisecond back, so that the step at the very issue lies inside the planned span.
        self.item.planned_until = self.world.now - Duration::milliseconds(1);
        Ok(())
    }

    fn ack(&mut self) -> Result<(), Refusal> {
        self.heard();
        match self.old.state {
            State::Assigned | State::Reopened => self.item.state = State::Acknowledged,
            _ => self.unchanged = true,
        }
        Ok(())
    }

    fn progress(&mut self, percent: Option<u8>, note: &str) -> Result<(), Refusal> {
        self.heard();
        if self.unchanged {
            // A late "in progress" never lowers a claim; taking it back is an undo or the verifier's word.
            return Ok(());
        }
        self.item.state = State::InProgress;
        self.item.percent = percent.or(self.old.percent);
        if !note.is_empty() {
            self.noted(note);
        }
        Ok(())
    }

    fn block(&mut self, reason: &str) -> Result<(), Refusal> {
        self.heard();
        self.item.state = State::Blocked;
        self.noted(reason);
        let people = self.world.unblockers(self.old);
        self.tell(people, Form::Blocked, Urgency::Escalation, Duration::zero(), reason);
        Ok(())
    }

    /// Words of the actor that the item keeps.
    fn noted(&mut self, words: &str) {
        self.item.note = words.to_owned();
        self.item.note_by = self.actor.person();
    }

    /// Words of those who have the item no more say nothing of how it stands.
    fn forget_words_of(&mut self, former: &[PersonId]) {
        let now = self.world.holders(&self.item, Role::Responsible);
        if self.item.note_by.is_some_and(|by| former.contains(&by) && !now.contains(&by)) {
            (self.item.note, self.item.note_by) = (String::new(), None);
        }
    }

    fn request_extension(
        &mut self,
        until: chrono::DateTime<chrono::Utc>,
        reason: &str,
        interim: &str,
    ) -> Result<(), Refusal> {
        let rules = &self.world.policy.extension;
        let due = self.old.current_due.ok_or(Refusal::NoDeadline)?;
        if until <= due || until <= self.world.now {
            return Err(Refusal::NotLater);
        }
        if (until - due).num_days() > rules.max_days {
            return Err(Refusal::TooLong { max_days: rules.max_days });
        }
        let interim_needed = rules.needs_interim.contains(&self.old.severity);
        if reason.trim().is_empty() && (interim_needed || rules.needs_reason.contains(&self.old.severity)) {
            return Err(Refusal::NeedsReason);
        }
        if interim_needed && interim.trim().is_empty() {
            return Err(Refusal::NeedsInterim);
        }
        let by = self.actor.person().ok_or(Refusal::NothingRequested)?;
        self.heard();
        if self.old.state == State::Assigned {
            self.item.state = State::Acknowledged;
        }
        let (reason, interim) = (reason.to_owned(), interim.to_owned());
        let approvers = self.of.approvers();
        self.tell(approvers, Form::Extension, Urgency::Escalation, self.undo_window(), reason.as_str());
        self.item.extension = Some(Extension { until, reason, interim, by, at: self.world.now });
        Ok(())
    }

    fn decide_extension(&mut self, approve: bool, reason: &str) -> Result<(), Refusal> {
        let Some(request) = self.item.extension.clone() else { return Err(Refusal::NothingRequested) };
        self.item.extension = None;
        if approve {
            self.item.current_due = Some(request.until);
            self.item.extensions += 1;
            let office = self.world.office(self.old.unit);
            let local = request.until.with_timezone(&office.zone).date_naive();
            self.item.provisional = office.calendar.is_provisional(local);
            self.item.new_ladder();
        }
        let news = if approve { News::ExtensionApproved } else { News::ExtensionRefused };
        let mut people = vec![request.by];
        people.extend(self.holders(Role::Responsible));
        self.tell(people, Form::Told, Urgency::Escalation, Duration::zero(), (news, reason));
        Ok(())
    }
}
