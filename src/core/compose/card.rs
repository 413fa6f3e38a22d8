//! One item as its reader asks for it, and the list of what waits for them.

use super::{Desk, Entry, Heading};
use crate::act::{Ask, asked, open_asks, who_decides};
use crate::item::{Item, Role};
use crate::message::{Action, Message, Press};
use crate::policy::Form;
use crate::title;

impl Desk<'_> {
    /// What an item is to the reader: what it asks of them, else theirs to do, else something to know.
    pub fn entry(&self, item: Item) -> Entry {
        let me = self.person.id;
        let asks = open_asks(&item).find(|ask| who_decides(&item, *ask, self.world).contains(&me));
        let form = match asks {
            Some(Ask::Verify) => Form::Verify,
            Some(Ask::Close) => Form::CloseOut,
            Some(Ask::Extension | Ask::Handover | Ask::Void) => Form::Extension,
            None => Form::Reminder,
        };
        Entry::listed(form, item)
    }

    /// Whether the item waits for a decision that the reader was asked for.
    pub fn is_asked(&self, item: &Item) -> bool {
        open_asks(item).any(|ask| asked(item, ask, self.world).contains(&self.person.id))
    }

    /// The state of one item, with what its reader can do about it.
    pub fn card(&self, item: Item) -> Message {
        let due = if item.state.is_with_fixer() { self.due_text(&item) } else { String::new() };
        let state = self.phrase(
            "card_state",
            &[
                ("state", self.phrase(item.state_key(), &[])),
                ("who", self.names(&item, Role::Responsible)),
                ("due", due),
                ("note", item.note.clone()),
            ],
        );
        let fixes = self.is_fixer(&item);
        let asks = open_asks(&item).any(|ask| who_decides(&item, ask, self.world).contains(&self.person.id));
        let mut message = self.message(&[self.entry(item.clone())]).unwrap_or_default();
        message.title = format!("{} {}", item.code, item.title);
        let unsaid = title::unsaid(&item.title, &item.description, &item.place);
        if !unsaid.is_empty() {
            message.lead.push(self.phrase("card_whole", &[("text", unsaid)]));
        }
        message.buttons.iter_mut().for_each(|row| row.retain(|press| press.verb != Action::Noted));
        if !fixes && !asks {
            // Whoever assigns can give it to another hand.
            let other = Entry { instead: Some("vacant"), ..self.entry(item.clone()) };
            let verbs = self.verbs(Heading::Unblock, &other, &item).into_iter();
            let row = verbs.map(|verb| Press { label: self.phrase(verb.label(), &[]), verb, line: 1 });
            message.buttons.push(row.collect());
        }
        message.buttons.retain(|row| !row.is_empty());
        for line in message.sections.iter_mut().flat_map(|section| &mut section.lines) {
            // What is asked stays beside the state.
            line.detail = if asks { format!("{state}　{}", line.detail) } else { state.clone() };
        }
        message
    }
}
