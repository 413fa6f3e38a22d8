//! The end of the table: claimed, verified, closed, reopened, void.

use super::Draft;
use chrono::{DateTime, Duration, Utc};

use crate::item::{Role, State};
use crate::mutants::{self, Mutant};
use crate::notice::News;
use crate::org::PersonId;
use crate::policy::{Form, Target, Urgency};
use crate::transition::{Actor, Refusal};

impl Draft<'_> {
    pub(super) fn claim(&mut self, at: Option<DateTime<Utc>>, note: &str) -> Result<(), Refusal> {
        self.heard();
        if self.unchanged {
            return Ok(());
        }
        self.item.state = if mutants::on(Mutant::DoneCloses) { State::Closed } else { State::ReportedDone };
        // A person's claim counts from now: an earlier date that they name is a note, it cannot mend lateness. The
        // office's ledger is the record: its day counts, and nobody is named as having said it here.
        (self.item.claimed_at, self.item.claimed_by) = match self.actor {
            Actor::Person(p) => (Some(self.world.now), Some(p)),
            _ => (Some(at.map_or(self.world.now, |at| at.min(self.world.now))), None),
        };
        self.item.undated = self.actor.person().is_none() && at.is_none();
        self.item.extension = None;
        self.item.handover = None;
        self.item.percent = Some(100);
        if !note.is_empty() {
            self.noted(note);
        } else if let Some(at) = at {
            self.item.note = at.with_timezone(&self.world.policy.zone).format("%Y-%m-%d").to_string();
        }
        let mut judges = self.of.verifiers();
        judges.retain(|p| Some(*p) != self.item.claimed_by);
        self.tell(judges, Form::Verify, Urgency::Escalation, self.undo_window(), note);
        // One claim stands for the item; who else is responsible hears whose it is.
        if let Some(by) = self.item.claimed_by {
            let mut colleagues = self.holders(Role::Responsible);
            colleagues.retain(|p| *p != by);
            self.tell(colleagues, Form::Told, Urgency::Routine, self.undo_window(), News::Claimed);
        }
        Ok(())
    }

    pub(super) fn verify_pass(&mut self, note: &str) -> Result<(), Refusal> {
        if self.unchanged {
            return Ok(());
        }
        if let Actor::Person(p) = self.actor {
            self.item.verified_by = Some(p);
        }
        if !note.is_empty() {
            self.noted(note);
        }
        let rules = &self.world.policy.close;
        let by_assigner = self.old.listed || rules.assigner_closes.contains(&self.old.severity);
        if rules.verify_closes && !by_assigner {
            self.item.state = State::Closed;
            self.item.closed_at = Some(self.world.now);
        } else {
            self.item.state = State::Verified;
            let people = self.of.closers();
            self.tell(people, Form::CloseOut, Urgency::Escalation, self.undo_window(), note);
        }
        let mut people = self.of.interested();
        people.extend(self.holders(Role::Cc));
        self.tell(people, Form::Told, Urgency::Routine, self.undo_window(), News::Verified);
        Ok(())
    }

    pub(super) fn verify_fail(&mut self, reason: &str) -> Result<(), Refusal> {
        self.need(reason)?;
        self.item.state = State::InProgress;
        (self.item.claimed_at, self.item.undated) = (None, false);
        self.item.claimed_by = None;
        self.item.percent = None;
        self.noted(reason);
        self.item.new_ladder();
        let mut people = self.of.interested();
        people.extend(self.holders(Role::Assigner));
        self.tell(people, Form::Told, Urgency::Escalation, Duration::zero(), (News::VerificationFailed, reason));
        Ok(())
    }

    pub(super) fn close(&mut self, document: &str) -> Result<(), Refusal> {
        if self.unchanged {
            return Ok(());
        }
        self.item.state = State::Closed;
        self.item.closed_at = Some(self.world.now);
        if !document.is_empty() {
            self.noted(document);
        }
        let people = self.of.interested();
        self.tell(people, Form::Told, Urgency::Routine, Duration::zero(), News::Closed);
        Ok(())
    }

    /// Only the office's own ledger closes an item outside the loop, and only with the name of a verifier who is
    /// not the fixer. Whoever was asked about the item here hears of it, the verifier above all.
    pub(super) fn record(
        &mut self,
        verified_by: PersonId,
        since: DateTime<Utc>,
        done_at: Option<DateTime<Utc>>,
        closed_at: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        if self.unchanged {
            return Ok(());
        }
        let own = self.of.interested();
        if own.contains(&verified_by) {
            return Err(Refusal::OwnWork { who_may: self.of.judges(&[Target::Role(Role::Verifier)]) });
        }
        self.item.state = State::Closed;
        self.item.verified_by = Some(verified_by);
        self.item.closed_at = Some(closed_at);
        self.item.claimed_at = self.old.claimed_at.or(done_at).or(Some(closed_at));
        self.item.undated = if self.old.claimed_at.is_some() { self.old.undated } else { done_at.is_none() };
        self.item.issued_at = self.old.issued_at.or(Some(since));
        (self.item.extension, self.item.handover) = (None, None);
        if self.old.state != State::Draft {
            let name = self.world.directory.person(verified_by).map(|p| p.name.clone()).unwrap_or_default();
            let mut people = vec![verified_by];
            people.extend(own);
            self.tell(people, Form::Told, Urgency::Escalation, Duration::zero(), (News::Recorded, name.as_str()));
        }
        Ok(())
    }

    pub(super) fn reopen(&mut self, reason: &str) -> Result<(), Refusal> {
        self.need(reason)?;
        self.item.state = State::Reopened;
        self.item.reopened += 1;
        (self.item.claimed_at, self.item.undated) = (None, false);
        self.item.claimed_by = None;
        self.item.verified_by = None;
        self.item.closed_at = None;
        self.item.administrative = false;
        self.noted(reason);
        self.item.new_ladder();
        // Whoever counted it as done hears that it is back: all with a part in it, above all who has to watch over it.
        let mut people = self.of.interested();
        people.extend(self.old.verified_by);
        people.extend(Role::ALL.into_iter().flat_map(|role| self.holders(role)));
        people.extend(self.of.watching());
        // Nobody had verified what the office only struck off.
        let news = if self.old.administrative { News::ReopenedUnverified } else { News::Reopened };
        self.tell(people, Form::Told, Urgency::Escalation, Duration::zero(), (news, reason));
        Ok(())
    }

    pub(super) fn void(&mut self, reason: &str) -> Result<(), Refusal> {
        match (self.actor.person(), self.old.void_by) {
            // The second agrees with the reason of the first.
            (Some(_), Some(_)) => {}
            _ if reason.trim().is_empty() => return Err(Refusal::NeedsReason),
            (Some(p), None) => {
                self.item.void_by = Some(p);
                self.item.void_reason = reason.trim().to_owned();
                let mut others = self.of.voiders();
                others.retain(|o| *o != p);
                self.tell(others, Form::Extension, Urgency::Escalation, self.undo_window(), reason);
                return Ok(());
            }
            (None, _) => {}
        }
        let first = self.old.void_by;
        self.item.state = State::Void;
        (self.item.extension, self.item.handover) = (None, None);
        self.noted(if reason.trim().is_empty() { &self.old.void_reason } else { reason });
        let mut people = self.of.interested();
        people.extend(first);
        if self.old.state == State::ReportedDone {
            people.extend(self.of.verifiers());
        }
        self.tell(people, Form::Told, Urgency::Routine, Duration::zero(), News::Void);
        Ok(())
    }

    pub(super) fn refuse_void(&mut self) -> Result<(), Refusal> {
        let Some(first) = self.old.void_by else { return Err(Refusal::NothingRequested) };
        self.item.void_by = None;
        self.item.void_reason = String::new();
        self.tell(vec![first], Form::Told, Urgency::Routine, Duration::zero(), News::VoidRefused);
        Ok(())
    }
}
