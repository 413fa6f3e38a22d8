//! What the office decides by itself: who stands where, another deadline, off the list without a verification.
//!
//! Only the office does these; a person may hand an item on whom the rules of answers let reassign it.

use chrono::{DateTime, Duration, Utc};

use super::Draft;
use crate::deadline::Due;
use crate::item::{Assignment, Role, State};
use crate::notice::News;
use crate::org::Who;
use crate::policy::{Form, Urgency};
use crate::transition::Refusal;

impl Draft<'_> {
    /// The former holders are let go, the new ones hear of it: who fixes by the ladder's first step, who checks a
    /// waiting claim with the claim.
    pub(super) fn assign(&mut self, role: Role, to: Who, reason: &str) -> Result<(), Refusal> {
        let draft = self.old.state == State::Draft;
        self.need(reason)?;
        if role == Role::Responsible && !draft {
            return self.reassign(to);
        }
        let now = self.world.now;
        let new = self.world.directory.behind(to, now);
        let own = self.of.interested();
        if role == Role::Verifier && !draft && !new.is_empty() && new.iter().all(|p| own.contains(p)) {
            return Err(Refusal::BothHands { who: new });
        }
        if self.old.assigned(role, now).map(|a| a.who).eq([to]) {
            self.unchanged = true;
            return Ok(());
        }
        let former = self.holders(role);
        for a in self.item.assignments.iter_mut().filter(|a| a.role == role && a.until.is_none()) {
            a.until = Some(now);
        }
        self.item.assignments.push(Assignment { role, who: to, since: now, until: None });
        if draft {
            return Ok(());
        }
        let new = self.world.holders(&self.item, role);
        let gone = former.into_iter().filter(|p| !new.contains(p)).collect();
        match (role, self.old.state) {
            (Role::Verifier, State::ReportedDone) => {
                self.tell(new, Form::Verify, Urgency::Escalation, Duration::zero(), reason);
            }
            _ => {
                self.tell(new, Form::Told, Urgency::Routine, Duration::zero(), (News::Now(role), reason));
            }
        }
        self.tell(gone, Form::Told, Urgency::Routine, Duration::zero(), News::RoleEnded);
        Ok(())
    }

    /// Starts a new ladder; a request for more time is thereby decided.
    pub(super) fn move_due(&mut self, until: DateTime<Utc>, reason: &str) -> Result<(), Refusal> {
        self.need(reason)?;
        let draft = self.old.state == State::Draft;
        if self.old.current_due == Some(until) {
            self.unchanged = true;
            return Ok(());
        }
        if until <= self.world.now {
            return Err(Refusal::Past);
        }
        self.item.current_due = Some(until);
        if self.old.original_due.is_none() {
            (self.item.original_due, self.item.due) = (Some(until), Due::At(until));
        }
        let office = self.world.office(self.old.unit);
        self.item.provisional = office.calendar.is_provisional(office.date(until));
        if draft {
            return Ok(());
        }
        self.item.new_ladder();
        let asked = self.item.extension.take();
        let mut people = self.holders(Role::Responsible);
        people.extend(asked.map(|request| request.by));
        let note = (News::DueMoved, reason);
        self.tell(people, Form::Told, Urgency::Escalation, Duration::zero(), note);
        // A deadline is not moved behind the backs of those who watch it.
        let mut watching = self.holders(Role::Assigner);
        watching.extend(self.holders(Role::Supervisor));
        self.tell(watching, Form::Told, Urgency::Routine, Duration::zero(), note);
        Ok(())
    }

    /// Whoever watches over it hears that nobody verified it.
    pub(super) fn close_unverified(&mut self, reason: &str) -> Result<(), Refusal> {
        self.need(reason)?;
        if self.unchanged {
            return Ok(());
        }
        if self.old.state == State::Verified && self.old.verified_by.is_some() {
            return Err(Refusal::WrongState { state: State::Verified });
        }
        self.item.state = State::Closed;
        self.item.closed_at = Some(self.world.now);
        self.item.administrative = true;
        self.item.verified_by = None;
        (self.item.extension, self.item.handover, self.item.void_by) = (None, None, None);
        self.noted(reason);
        let note = (News::ClosedUnverified, reason);
        let watching = self.of.watching();
        self.tell(watching, Form::Told, Urgency::Escalation, Duration::zero(), note);
        let mut others = self.of.interested();
        others.extend(self.holders(Role::Verifier));
        others.extend(self.holders(Role::Cc));
        self.tell(others, Form::Told, Urgency::Routine, Duration::zero(), note);
        Ok(())
    }
}
