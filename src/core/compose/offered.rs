//! Which buttons a line gets: what helps its reader, and nothing that the rules would refuse.

use super::{Desk, Entry, Heading};
use crate::deadline::Span;
use crate::item::{Item, Role};
use crate::message::Verb;
use crate::policy::Form;
use crate::transition::{Actor, Ask, Event, apply, who_may};

impl Desk<'_> {
    /// What a line under a heading offers. `all`: every reason to write of the item.
    pub(crate) fn offers(
        &self,
        (heading, entry): (Heading, &Entry),
        all: &[&Entry],
        item: &Item,
    ) -> Vec<(Verb, &'static str)> {
        let mut verbs = self.verbs(heading, entry, item);
        // New to its reader, however late it is.
        let fresh = all.iter().any(|e| matches!(e.form, Form::Issue | Form::NoAck));
        if verbs.first().is_some_and(|(verb, _)| *verb == Verb::Done) && fresh {
            verbs.insert(0, (Verb::Ack, "button_ack"));
        }
        verbs
    }

    /// Verbs and the keys of their labels for a line under a heading.
    pub(super) fn verbs(&self, heading: Heading, entry: &Entry, item: &Item) -> Vec<(Verb, &'static str)> {
        let helpful: &[(Verb, &str)] = match heading {
            Heading::Verify => &[(Verb::VerifyPass, "button_pass"), (Verb::VerifyFail, "button_fail")],
            Heading::Decide => &[(Verb::Approve, "button_approve"), (Verb::Refuse, "button_refuse")],
            Heading::CloseOut => &[(Verb::Close, "button_close")],
            Heading::New => &[(Verb::Ack, "button_ack"), (Verb::Done, "button_done"), (Verb::Extend, "button_extend")],
            Heading::Overdue | Heading::DueToday | Heading::Upcoming | Heading::PreHoliday => &[
                (Verb::Done, "button_done"),
                (Verb::InProgress, "button_in_progress"),
                (Verb::Extend, "button_extend"),
            ],
            Heading::Unblock if entry.form == Form::Blocked || entry.instead == Some("blocked") => {
                &[(Verb::Reassign, "button_reassign")]
            }
            // It wants another hand, or it should not be there at all.
            Heading::Unblock => &[(Verb::Reassign, "button_reassign"), (Verb::Void, "button_void")],
            _ => &[],
        };
        helpful.iter().copied().filter(|(verb, _)| self.allowed(*verb, item)).collect()
    }

    /// Whether the rules take this verb from the reader, in the state in which the item is.
    fn allowed(&self, verb: Verb, item: &Item) -> bool {
        let text = || "-".to_owned();
        let event = match verb {
            Verb::Done => Event::ClaimDone { at: None, note: String::new() },
            Verb::Ack => Event::Ack,
            Verb::InProgress => Event::Progress { percent: None, eta: None, note: String::new() },
            Verb::Extend => {
                let Some(due) = item.current_due else { return false };
                let until = Span::Days(3).after(due, &self.world.office(item.unit));
                Event::RequestExtension { until, reason: text(), interim: text() }
            }
            Verb::VerifyPass => Event::VerifyPass { note: String::new() },
            Verb::VerifyFail => Event::VerifyFail { reason: text() },
            Verb::Close => Event::Close { document: String::new() },
            Verb::Void => Event::Void { reason: text() },
            Verb::Reassign => match item.assigned(Role::Responsible, self.world.now).next() {
                Some(now_with) => Event::Reassign { to: now_with.who },
                None => return false,
            },
            Verb::Approve | Verb::Refuse => {
                let mut open = Ask::REQUESTS.into_iter().filter(|ask| ask.is_open(item));
                return open.any(|ask| who_may(item, ask, self.world).contains(&self.person.id));
            }
            _ => return true,
        };
        apply(item, Actor::Person(self.person.id), &event, self.world).is_ok()
    }
}
