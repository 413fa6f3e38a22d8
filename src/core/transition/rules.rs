//! The table of transitions, one function an event.

mod closing;
mod deciding;
mod handing;
mod moving;

use chrono::Duration;

use super::{Actor, Change, Event, Refusal, Tell};
use crate::item::{Extension, Item, Role, State};
use crate::notice::{News, Note};
use crate::org::PersonId;
use crate::policy::{Form, Target, Urgency};
use crate::world::World;

/// An item being changed.
pub(super) struct Draft<'a> {
    old: &'a Item,
    item: Item,
    actor: Actor,
    world: &'a World<'a>,
    tell: Vec<Tell>,
    unchanged: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(old: &'a Item, actor: Actor, world: &'a World<'a>) -> Draft<'a> {
        Draft { old, item: old.clone(), actor, world, tell: Vec::new(), unchanged: false }
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
                self.require_fixer()?;
                if !self.old.state.is_with_fixer() {
                    return Err(Refusal::WrongState { state: self.old.state });
                }
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

    // ---- who may -----------------------------------------------------------------------------

    fn holders(&self, role: Role) -> Vec<PersonId> {
        self.world.holders(self.old, role)
    }

    fn require(&self, who_may: Vec<PersonId>) -> Result<(), Refusal> {
        match self.actor {
            Actor::Person(p) if !who_may.contains(&p) => Err(Refusal::NotYours { who_may }),
            _ => Ok(()),
        }
    }

    /// The fixer or his deputy, while the item is unfinished.
    fn require_fixer(&self) -> Result<(), Refusal> {
        let mut who_may = self.holders(Role::Responsible);
        // The person himself may answer although a deputy hears for him.
        for assignment in self.old.assigned(Role::Responsible, self.world.now) {
            who_may.extend(self.world.directory.behind(assignment.who, self.world.now));
        }
        self.require(who_may)?;
        match self.old.state {
            State::Draft | State::Verified | State::Closed | State::Void => {
                Err(Refusal::Finished { state: self.old.state })
            }
            _ => Ok(()),
        }
    }

    /// Of the people whom the item names as its fixers, those for whom the actor speaks.
    fn own_part(&self) -> Vec<PersonId> {
        let mut people = self.named_fixers();
        if let Actor::Person(actor) = self.actor {
            people.retain(|p| self.world.directory.may_act_for(actor, *p, self.world.now));
        }
        people
    }

    /// The people whom the item names as its fixers, whoever stands in for them and whoever of them sent it back.
    fn named_fixers(&self) -> Vec<PersonId> {
        let named = self.old.assigned(Role::Responsible, self.world.now);
        named.flat_map(|a| self.world.directory.behind(a.who, self.world.now)).collect()
    }

    /// Everybody who fixes or claimed: cannot judge the result (R02).
    pub(super) fn interested(&self) -> Vec<PersonId> {
        let mut people = self.holders(Role::Responsible);
        for assignment in self.old.assigned(Role::Responsible, self.world.now) {
            people.extend(self.world.directory.behind(assignment.who, self.world.now));
        }
        people.extend(self.old.claimed_by);
        people
    }

    /// Holders of these roles other than the people whose own work it is.
    fn judges(&self, targets: &[Target]) -> Vec<PersonId> {
        let own = self.interested();
        let mut people = self.world.resolve_all(self.old, targets);
        people.retain(|p| !own.contains(p));
        people
    }

    /// Who judges a claim: the verifiers, else the last resort, which then was asked.
    pub(super) fn verifiers(&self) -> Vec<PersonId> {
        let mut people = self.judges(&[Target::Role(Role::Verifier)]);
        if people.is_empty() {
            let own = self.interested();
            people = self.world.last_resort(self.old);
            people.retain(|p| !own.contains(p));
        }
        people
    }

    fn require_verifier(&self) -> Result<(), Refusal> {
        let who_may = self.verifiers();
        match self.actor {
            Actor::Person(p) if self.interested().contains(&p) => Err(Refusal::OwnWork { who_may }),
            _ => self.require(who_may),
        }
    }

    fn require_office(&self) -> Result<(), Refusal> {
        match self.actor {
            Actor::Person(_) => self.require(self.office()),
            _ => Ok(()),
        }
    }

    /// Assigner, supervisor, leader or the safety office.
    pub(super) fn office(&self) -> Vec<PersonId> {
        let roles = [Role::Assigner, Role::Supervisor, Role::Leader].map(Target::Role);
        let mut people = self.world.resolve_all(self.old, &roles);
        people.extend(self.world.last_resort(self.old));
        people
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

    // ---- the table ---------------------------------------------------------------------------

    fn issue(&mut self) -> Result<(), Refusal> {
        if self.old.state != State::Draft {
            return Err(Refusal::WrongState { state: self.old.state });
        }
        self.require_office()?;
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
        self.require_fixer()?;
        self.heard();
        match self.old.state {
            State::Assigned | State::Reopened => self.item.state = State::Acknowledged,
            _ => self.unchanged = true,
        }
        Ok(())
    }

    fn progress(&mut self, percent: Option<u8>, note: &str) -> Result<(), Refusal> {
        self.require_fixer()?;
        self.heard();
        if self.old.state == State::ReportedDone {
            // A late "in progress" never lowers a claim; taking it back is an undo or the verifier's word.
            self.unchanged = true;
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
        self.require_fixer()?;
        if self.old.state == State::ReportedDone {
            return Err(Refusal::WrongState { state: self.old.state });
        }
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
        self.require_fixer()?;
        if self.old.state == State::ReportedDone {
            return Err(Refusal::WrongState { state: self.old.state });
        }
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
        let approvers = self.approvers();
        self.tell(approvers, Form::Extension, Urgency::Escalation, self.undo_window(), reason.as_str());
        self.item.extension = Some(Extension { until, reason, interim, by, at: self.world.now });
        Ok(())
    }

    pub(super) fn approvers(&self) -> Vec<PersonId> {
        let people = self.judges(&self.world.policy.extension.approver);
        if people.is_empty() { self.world.last_resort(self.old) } else { people }
    }

    fn decide_extension(&mut self, approve: bool, reason: &str) -> Result<(), Refusal> {
        let Some(request) = self.item.extension.clone() else { return Err(Refusal::NothingRequested) };
        let who_may = self.approvers();
        match self.actor {
            Actor::Person(p) if p == request.by || self.interested().contains(&p) => {
                return Err(Refusal::OwnWork { who_may });
            }
            _ => self.require(who_may)?,
        }
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
