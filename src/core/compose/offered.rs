//! Which buttons a line gets: what helps its reader, and nothing that the rules would refuse.

use super::{Desk, Entry, Heading};
use crate::act::{Ask, MORE_TIME_DAYS, may_press, who_decides};
use crate::deadline::Span;
use crate::item::Item;
use crate::message::Action;
use crate::policy::Form;
use crate::transition::{Actor, Event, apply};

impl Desk<'_> {
    /// What a line under a heading offers. `all`: every reason to write of the item.
    pub(crate) fn offers(&self, (heading, entry): (Heading, &Entry), all: &[&Entry], item: &Item) -> Vec<Action> {
        let mut actions = self.verbs(heading, entry, item);
        // New to its reader, however late it is.
        let fresh = all.iter().any(|e| matches!(e.form, Form::Issue | Form::NoAck));
        if actions.first() == Some(&Action::Done) && fresh {
            actions.insert(0, Action::Ack);
        }
        actions
    }

    /// What can be pressed of a line under a heading.
    pub(super) fn verbs(&self, heading: Heading, entry: &Entry, item: &Item) -> Vec<Action> {
        let helpful: &[Action] = match heading {
            Heading::Verify => &[Action::VerifyPass, Action::VerifyFail],
            Heading::Decide => &[Action::Approve, Action::Refuse],
            Heading::CloseOut => &[Action::Close],
            Heading::New => &[Action::Ack, Action::Done, Action::Extend],
            Heading::Overdue | Heading::DueToday | Heading::Upcoming | Heading::PreHoliday => {
                &[Action::Done, Action::InProgress, Action::Extend]
            }
            Heading::Unblock if entry.form == Form::Blocked || entry.instead == Some("blocked") => &[Action::Reassign],
            // It wants another hand, or it should not be there at all.
            Heading::Unblock => &[Action::Reassign, Action::Void],
            _ => &[],
        };
        helpful.iter().copied().filter(|action| self.allowed(*action, item)).collect()
    }

    /// Whether the rules take this from the reader, in the state in which the item is.
    fn allowed(&self, action: Action, item: &Item) -> bool {
        match action {
            Action::Approve | Action::Refuse => {
                let mut open = Ask::REQUESTS.into_iter().filter(|ask| ask.is_open(item));
                open.any(|ask| who_decides(item, ask, self.world).contains(&self.person.id))
            }
            Action::Extend => self.may_extend(item),
            _ => may_press(self.person.id, action, item, self.world),
        }
    }

    /// More time is offered where as much as the button asks for can be had.
    fn may_extend(&self, item: &Item) -> bool {
        let Some(due) = item.current_due else { return false };
        let until = Span::Days(MORE_TIME_DAYS).after(due, &self.world.office(item.unit));
        let text = || "-".to_owned();
        let event = Event::RequestExtension { until, reason: text(), interim: text() };
        apply(item, Actor::Person(self.person.id), &event, self.world).is_ok()
    }
}
