//! Somebody takes another's place on an item: the successor in a post, whoever an office hands items to, and one person
//! who stood in the register twice.

use chrono::Duration;

use super::Draft;
use crate::item::{Assignment, Item, Role, State};
use crate::notice::{News, Note};
use crate::org::{PersonId, Who};
use crate::owners::name_of;
use crate::policy::{Form, Urgency};
use crate::transition::handed::hand_on;
use crate::transition::{Refusal, Why};

impl Draft<'_> {
    /// Every place of `from` on the item (or those in `only`) becomes that of `to`. Who gained or lost it is told; where the fixer changed, the
    /// item starts anew for the new one. Two entries of one person change nothing but the entry.
    pub(super) fn move_to(&mut self, from: Who, to: Who, why: Why, only: &[Role]) -> Result<(), Refusal> {
        let state = self.old.state;
        let roles = self.put_in_place(from, to, only);
        if why == Why::Merge {
            if let (Who::Person(from), Who::Person(to)) = (from, to) {
                rename(&mut self.item, from, to);
            }
            return if self.item == *self.old { Err(Refusal::NothingRequested) } else { Ok(()) };
        }
        if roles.is_empty() {
            return Err(Refusal::NothingRequested);
        }
        self.keep_four_eyes()?;
        if state == State::Draft {
            return Ok(());
        }
        let now = self.world.now;
        let (lost, gained) = (self.world.directory.behind(from, now), self.world.directory.behind(to, now));
        let names = (name_of(self.world.directory, from), name_of(self.world.directory, to));
        let lost: Vec<PersonId> = lost.into_iter().filter(|p| !gained.contains(p)).collect();
        self.tell(lost, Form::Told, Urgency::Routine, Duration::zero(), (News::PassedOn, names.1.as_str()));
        let fixers = self.holders(Role::Responsible);
        let new: Vec<PersonId> = self.world.holders(&self.item, Role::Responsible);
        let all_new = !new.iter().any(|p| fixers.contains(p));
        let restarts = roles.contains(&Role::Responsible) && state.is_with_fixer() && all_new;
        if restarts {
            self.item.handover = None;
            hand_on(&mut self.item, self.world);
        }
        self.forget_words_of(&self.of.interested());
        let judges = roles.contains(&Role::Verifier) && state == State::ReportedDone;
        let (form, note) = match judges {
            true => (Form::Verify, Note::default()),
            false => (Form::Told, Note::news(News::TakenOver, names.0)),
        };
        if judges || !restarts {
            let deputies = gained.into_iter().map(|p| self.world.directory.acting_for(p, now)).collect();
            self.tell(deputies, form, Urgency::Escalation, Duration::zero(), note);
        }
        if restarts {
            self.tell_involved();
        }
        Ok(())
    }

    /// Gives the roles in which `from` stood until now.
    fn put_in_place(&mut self, from: Who, to: Who, only: &[Role]) -> Vec<Role> {
        let now = self.world.now;
        let mut roles = Vec::new();
        let mut kept: Vec<Assignment> = Vec::with_capacity(self.old.assignments.len() + 1);
        for a in &self.old.assignments {
            let meant = a.who == from && (only.is_empty() || only.contains(&a.role));
            let in_force = meant && a.since <= now && a.until.is_none_or(|until| now < until);
            if !in_force {
                kept.push(a.clone());
                continue;
            }
            roles.push(a.role);
            // A draft was never told to anybody: it keeps no history of whom it named.
            if self.old.state != State::Draft {
                kept.push(Assignment { until: Some(now), ..a.clone() });
            }
            if !self.old.assigned(a.role, now).any(|other| other.who == to) {
                kept.push(Assignment { role: a.role, who: to, since: now, until: None });
            }
        }
        self.item.assignments = kept;
        roles
    }

    /// Nobody becomes the only judge of their own work (R02). What was so before is not made worse.
    fn keep_four_eyes(&self) -> Result<(), Refusal> {
        let alone = |item: &Item| {
            let mut own = self.world.holders(item, Role::Responsible);
            if item.state == State::ReportedDone {
                own.extend(item.claimed_by);
            }
            let judges = self.world.holders(item, Role::Verifier);
            !judges.is_empty() && judges.iter().all(|p| own.contains(p))
        };
        match alone(&self.item) && !alone(self.old) {
            true => Err(Refusal::BothHands { who: self.world.holders(&self.item, Role::Verifier) }),
            false => Ok(()),
        }
    }
}

/// What a person did or asked for on the item, under the other entry.
fn rename(item: &mut Item, from: PersonId, to: PersonId) {
    let them = |p: &mut PersonId| {
        if *p == from {
            *p = to;
        }
    };
    for person in [&mut item.claimed_by, &mut item.verified_by, &mut item.void_by] {
        person.iter_mut().for_each(them);
    }
    if let Some(extension) = &mut item.extension {
        them(&mut extension.by);
    }
    if let Some(handover) = &mut item.handover {
        them(&mut handover.by);
        if handover.to == Who::Person(from) {
            handover.to = Who::Person(to);
        }
    }
}
