//! The part of the table by which an item changes hands: sent back, asked to be handed over, given to somebody else.
//!
//! Several people may be responsible for one item. What one of them says is that person's: the others keep it.

use chrono::Duration;

use super::Draft;
use crate::item::{Assignment, Handover, Role, State};
use crate::notice::News;
use crate::org::{PersonId, Who};
use crate::policy::{Form, Urgency};
use crate::transition::handed::{hand_on, involved};
use crate::transition::{Actor, Refusal};

impl Draft<'_> {
    pub(super) fn reject(&mut self, reason: &str) -> Result<(), Refusal> {
        self.need(reason)?;
        if self.old.state == State::Rejected {
            self.unchanged = true;
            return Ok(());
        }
        let own = self.own_part();
        if !own.is_empty() && own.iter().all(|p| self.old.returned.contains(p)) {
            self.unchanged = true;
            return Ok(());
        }
        // What they asked for themselves ends with it; what a colleague asked for does not.
        let speaks = |by: PersonId| own.contains(&by) || self.actor.is(by);
        self.item.extension.take_if(|x| speaks(x.by));
        self.item.handover.take_if(|h| speaks(h.by));
        self.item.returned.extend(own);
        let mut people = self.of.asked_of_handover();
        let returned = &self.item.returned;
        if self.of.named_fixers().iter().any(|p| !returned.contains(p)) {
            let left = self.world.holders(&self.item, Role::Responsible);
            let note = (News::Returned, reason);
            self.tell(people, Form::Told, Urgency::Escalation, Duration::zero(), note);
            self.tell(left, Form::Told, Urgency::Routine, Duration::zero(), note);
            return Ok(());
        }
        (self.item.heard_at, self.item.acked_at) = (Some(self.world.now), self.item.acked_at.or(Some(self.world.now)));
        self.item.state = State::Rejected;
        self.item.bounces += 1;
        self.noted(reason);
        if self.item.bounces >= 2 {
            people.extend(self.world.resolve_all(self.old, &self.world.policy.close.bounce_to));
        }
        self.tell(people, Form::Bounced, Urgency::Escalation, Duration::zero(), reason);
        Ok(())
    }

    pub(super) fn request_handover(&mut self, to: Who, reason: &str) -> Result<(), Refusal> {
        if let Actor::Person(by) = self.actor {
            self.heard();
            // Who asks has read it.
            if self.old.state == State::Assigned {
                self.item.state = State::Acknowledged;
            }
            self.item.handover = Some(Handover { to, by, reason: reason.to_owned(), at: self.world.now });
        }
        let people = self.of.asked_of_handover();
        self.tell(people, Form::Extension, Urgency::Escalation, Duration::zero(), reason);
        Ok(())
    }

    pub(super) fn reassign(&mut self, to: Who) -> Result<(), Refusal> {
        let now = self.world.now;
        let verifier = self.holders(Role::Verifier);
        let new = self.world.directory.behind(to, now);
        if !new.is_empty() && new.iter().all(|p| verifier.contains(p)) {
            return Err(Refusal::BothHands { who: new });
        }
        let former = self.holders(Role::Responsible);
        let shared = self.release(to);
        let has_it = |a: &Assignment| a.role == Role::Responsible && a.until.is_none() && a.who == to;
        if !self.item.assignments.iter().any(has_it) {
            self.item.assignments.push(Assignment { role: Role::Responsible, who: to, since: now, until: None });
        }
        self.item.handover = None;
        if !shared {
            hand_on(&mut self.item, self.world);
        }
        self.forget_words_of(&self.of.interested());
        let now_with = self.world.holders(&self.item, Role::Responsible);
        let lost = former.into_iter().filter(|p| !now_with.contains(p)).collect();
        self.tell(lost, Form::Told, Urgency::Routine, Duration::zero(), News::Reassigned);
        self.tell_involved();
        Ok(())
    }

    /// Those to whom the ladder has gone up already hear whose the item is now.
    pub(super) fn tell_involved(&mut self) {
        let people = involved(self.old, &self.item, self.world);
        self.tell(people, Form::Told, Urgency::Routine, Duration::zero(), News::HandedOn);
    }

    /// Ends what is handed over: the part of the one who asked to hand over to `to`, else all of it. True if others
    /// keep their part.
    fn release(&mut self, to: Who) -> bool {
        let (directory, now) = (self.world.directory, self.world.now);
        let by = self.old.handover.as_ref().filter(|h| h.to == to).map(|h| h.by);
        let gives = |p: &PersonId| by.is_none_or(|by| directory.may_act_for(by, *p, now));
        let named = self.of.named_fixers();
        // The asker may stand on it no more; then the whole is meant.
        let all = !named.iter().any(gives);
        let (mut left, mut others) = (false, Vec::new());
        for a in self.item.assignments.iter_mut().filter(|a| a.role == Role::Responsible && a.until.is_none()) {
            let people = directory.behind(a.who, now);
            let keeping = people.iter().filter(|p| !all && !gives(p));
            if !people.is_empty() && keeping.clone().count() == people.len() {
                left = true;
                continue;
            }
            a.until = Some(now);
            // Of a post that several hold, the others keep it by name.
            others.extend(keeping.map(|p| Assignment { who: Who::Person(*p), since: now, ..a.clone() }));
        }
        left |= !others.is_empty();
        others.iter_mut().for_each(|a| a.until = None);
        self.item.assignments.extend(others);
        self.item.returned.retain(|p| !gives(p));
        left
    }

    pub(super) fn refuse_handover(&mut self) -> Result<(), Refusal> {
        let Some(request) = self.item.handover.take() else { return Err(Refusal::NothingRequested) };
        self.tell(vec![request.by], Form::Told, Urgency::Routine, Duration::zero(), News::HandoverRefused);
        Ok(())
    }
}
