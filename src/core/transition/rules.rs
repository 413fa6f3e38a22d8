//! The table of transitions, one function an event.

mod closing;

use chrono::Duration;

use super::{Actor, Change, Event, Refusal, Tell};
use crate::core::item::{Assignment, Extension, Handover, Item, Role, State};
use crate::core::org::{PersonId, Who};
use crate::core::policy::{Form, Target, Urgency};
use crate::core::world::World;

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
            Event::Issue => self.issue(),
            Event::Ack => self.ack(),
            Event::Progress { percent, note, .. } => self.progress(*percent, note),
            Event::Block { reason } => self.block(reason),
            Event::Reject { reason } => self.reject(reason),
            Event::RequestHandover { to, reason } => self.request_handover(*to, reason),
            Event::Reassign { to } => self.reassign(*to),
            Event::RefuseHandover => self.refuse_handover(),
            Event::RequestExtension { until, reason, interim } => self.request_extension(*until, reason, interim),
            Event::DecideExtension { approve, reason } => self.decide_extension(*approve, reason),
            Event::ClaimDone { at, note } => self.claim(*at, note),
            Event::VerifyPass { note } => self.verify_pass(note),
            Event::VerifyFail { reason } => self.verify_fail(reason),
            Event::Close { document } => self.close(document),
            Event::Reopen { reason } => self.reopen(reason),
            Event::Void { reason } => self.void(reason),
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
                    let note = String::new();
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
            Actor::Office => Ok(()),
            Actor::Person(p) if who_may.contains(&p) => Ok(()),
            Actor::Person(_) => Err(Refusal::NotYours { who_may }),
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

    /// Everybody who fixes or claimed: cannot judge the result (R02).
    fn interested(&self) -> Vec<PersonId> {
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

    fn require_judge(&self, targets: &[Target]) -> Result<(), Refusal> {
        let who_may = self.judges(targets);
        match self.actor {
            Actor::Person(p) if self.interested().contains(&p) => Err(Refusal::OwnWork { who_may }),
            _ => self.require(who_may),
        }
    }

    fn require_office(&self) -> Result<(), Refusal> {
        match self.actor {
            Actor::Office => Ok(()),
            Actor::Person(_) => self.require(self.office()),
        }
    }

    /// Assigner, supervisor, leader or the safety office.
    fn office(&self) -> Vec<PersonId> {
        let roles = [Role::Assigner, Role::Supervisor, Role::Leader].map(Target::Role);
        let mut people = self.world.resolve_all(self.old, &roles);
        people.extend(self.world.last_resort(self.old));
        people
    }

    // ---- telling -----------------------------------------------------------------------------

    fn tell(&mut self, people: Vec<PersonId>, form: Form, urgency: Urgency, delay: Duration, note: &str) {
        for person in people {
            let himself = self.actor == Actor::Person(person);
            if !himself && !self.tell.iter().any(|t| t.person == person) {
                self.tell.push(Tell { person, form, urgency, delay, note: note.to_owned() });
            }
        }
    }

    fn undo_window(&self) -> Duration {
        match self.actor {
            Actor::Person(_) => Duration::minutes(self.world.policy.limits.undo_minutes),
            Actor::Office => Duration::zero(),
        }
    }

    fn heard(&mut self) {
        self.item.heard_at = Some(self.world.now);
        self.item.acked_at = self.item.acked_at.or(Some(self.world.now));
    }

    fn new_ladder(&mut self) {
        self.item.epoch += 1;
        self.item.snoozed_until = None;
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
            self.item.note = note.to_owned();
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
        self.item.note = reason.to_owned();
        let people = self.world.unblockers(self.old);
        self.tell(people, Form::Blocked, Urgency::Escalation, Duration::zero(), reason);
        Ok(())
    }

    fn reject(&mut self, reason: &str) -> Result<(), Refusal> {
        self.require_fixer()?;
        if self.old.state == State::ReportedDone {
            return Err(Refusal::WrongState { state: self.old.state });
        }
        if reason.trim().is_empty() {
            return Err(Refusal::NeedsReason);
        }
        self.heard();
        if self.old.state == State::Rejected {
            self.unchanged = true;
            return Ok(());
        }
        self.item.state = State::Rejected;
        self.item.bounces += 1;
        self.item.note = reason.to_owned();
        let mut people = self.holders(Role::Assigner);
        if self.item.bounces >= 2 {
            people.extend(self.world.resolve_all(self.old, &self.world.policy.close.bounce_to));
        }
        if people.is_empty() {
            people = self.world.last_resort(self.old);
        }
        self.tell(people, Form::Bounced, Urgency::Escalation, Duration::zero(), reason);
        Ok(())
    }

    fn request_handover(&mut self, to: Who, reason: &str) -> Result<(), Refusal> {
        if let Actor::Person(by) = self.actor {
            self.require_fixer()?;
            self.heard();
            self.item.handover = Some(Handover { to, by, reason: reason.to_owned(), at: self.world.now });
        }
        let mut people = self.holders(Role::Assigner);
        if people.is_empty() {
            people = self.world.last_resort(self.old);
        }
        self.tell(people, Form::Extension, Urgency::Escalation, Duration::zero(), reason);
        Ok(())
    }

    fn reassign(&mut self, to: Who) -> Result<(), Refusal> {
        self.require_office()?;
        if !self.old.state.is_with_fixer() {
            return Err(Refusal::WrongState { state: self.old.state });
        }
        let now = self.world.now;
        let verifier = self.holders(Role::Verifier);
        let new = self.world.directory.behind(to, now);
        if !new.is_empty() && new.iter().all(|p| verifier.contains(p)) {
            return Err(Refusal::OwnWork { who_may: verifier });
        }
        let former = self.holders(Role::Responsible);
        for a in self.item.assignments.iter_mut().filter(|a| a.role == Role::Responsible && a.until.is_none()) {
            a.until = Some(now);
        }
        self.item.assignments.push(Assignment { role: Role::Responsible, who: to, since: now, until: None });
        self.item.handover = None;
        self.item.state = State::Assigned;
        self.item.acked_at = None;
        self.new_ladder();
        // The new fixer hears by the ladder's own first step, counted from now.
        self.item.issued_at = Some(now);
        self.item.planned_until = now - Duration::milliseconds(1);
        self.tell(former, Form::Told, Urgency::Routine, Duration::zero(), "reassigned");
        Ok(())
    }

    fn refuse_handover(&mut self) -> Result<(), Refusal> {
        self.require_office()?;
        let Some(request) = self.item.handover.take() else { return Err(Refusal::NothingRequested) };
        self.tell(vec![request.by], Form::Told, Urgency::Routine, Duration::zero(), "handover_refused");
        Ok(())
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
        let by = match self.actor {
            Actor::Person(by) => by,
            Actor::Office => return Err(Refusal::NothingRequested),
        };
        self.heard();
        if self.old.state == State::Assigned {
            self.item.state = State::Acknowledged;
        }
        let (reason, interim) = (reason.to_owned(), interim.to_owned());
        let approvers = self.approvers();
        self.tell(approvers, Form::Extension, Urgency::Escalation, self.undo_window(), &reason);
        self.item.extension = Some(Extension { until, reason, interim, by, at: self.world.now });
        Ok(())
    }

    fn approvers(&self) -> Vec<PersonId> {
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
            self.new_ladder();
        }
        let form_note = if approve { "extension_approved" } else { "extension_refused" };
        let note = if reason.is_empty() { form_note.to_owned() } else { format!("{form_note}: {reason}") };
        let mut people = vec![request.by];
        people.extend(self.holders(Role::Responsible));
        self.tell(people, Form::Told, Urgency::Escalation, Duration::zero(), &note);
        Ok(())
    }
}
