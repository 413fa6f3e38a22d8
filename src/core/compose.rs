//! From notices to one message: everything a person must hear in a slot, merged and in order.
//!
//! Overdue before due today before the rest; decisions that wait for the reader first of all. Decides
//! structure and order; wording comes from the catalogue through [`Say`].

mod card;
mod line;
mod offered;
mod parts;

use std::sync::Arc;

use super::item::Item;
use super::matter::Matter;
use super::message::{Line, Message, Section};
use super::notice::{Note, Notice};
use super::org::{Locale, Person};
use super::policy::Form;
use super::subject::Subject;
use super::words::{Say, day, weekday};
use super::world::World;

/// One reason to write to a person.
#[derive(Clone, Debug)]
pub struct Entry {
    pub form: Form,
    pub level: u8,
    pub instead: Option<&'static str>,
    pub note: Note,
    /// `None`: an alarm or another text that is about nothing else.
    pub about: Option<Arc<dyn Matter>>,
}

impl Entry {
    /// What a notice says, of what it is about as that stands now.
    pub fn of(notice: &Notice, about: Option<Arc<dyn Matter>>) -> Entry {
        let (level, note) = (notice.reason.level(), notice.reason.note());
        Entry { form: notice.form, level, instead: notice.instead, note, about }
    }

    /// An item in a list, of which nothing new is said.
    pub fn listed(form: Form, item: Item) -> Entry {
        Entry { form, level: 0, instead: None, note: Note::default(), about: Some(Arc::new(item)) }
    }

    fn is_about(&self, subject: Subject) -> bool {
        self.about.as_ref().is_some_and(|matter| matter.subject() == subject)
    }
}

/// Headings in the order in which they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heading {
    Emergency,
    Alarm,
    Verify,
    Decide,
    Unblock,
    CloseOut,
    Escalated,
    Overdue,
    FollowUp,
    DueToday,
    New,
    Upcoming,
    PreHoliday,
    Waiting,
    Told,
}

impl Heading {
    fn key(self) -> &'static str {
        match self {
            Heading::Emergency => "section_emergency",
            Heading::Alarm => "section_alarm",
            Heading::Verify => "section_verify",
            Heading::Decide => "section_decide",
            Heading::Unblock => "section_unblock",
            Heading::CloseOut => "section_close_out",
            Heading::Escalated => "section_escalated",
            Heading::Overdue => "section_overdue",
            Heading::FollowUp => "section_follow_up",
            Heading::DueToday => "section_due_today",
            Heading::New => "section_new",
            Heading::Upcoming => "section_upcoming",
            Heading::PreHoliday => "section_pre_holiday",
            Heading::Waiting => "section_waiting",
            Heading::Told => "section_told",
        }
    }
}

/// Lines of one message: more than this nobody reads on a phone. The most pressing ones are shown, the
/// others counted.
const MAX_LINES: usize = 40;

/// What composing needs besides the entries.
pub struct Desk<'a> {
    pub world: &'a World<'a>,
    pub say: &'a dyn Say,
    pub person: &'a Person,
}

impl Desk<'_> {
    fn locale(&self) -> Locale {
        self.person.locale
    }

    fn phrase(&self, key: &str, args: &[(&str, String)]) -> String {
        self.say.say(self.locale(), key, args)
    }

    /// Merges entries into a message; `None` when nothing is left to say. One line for each matter: the most
    /// pressing of several reasons says where it stands, and what there is to be told of it is told with it.
    pub fn message(&self, entries: &[Entry]) -> Option<Message> {
        let mut sorted: Vec<(Heading, &Entry)> = entries.iter().map(|e| (self.heading(e), e)).collect();
        sorted.sort_by_key(|(heading, e)| {
            let about = e.about.as_ref();
            (*heading, about.and_then(|m| m.due()), about.map(|m| m.subject()))
        });
        let mut sections: Vec<(Heading, Section)> = Vec::new();
        let mut lead: Vec<String> = Vec::new();
        let mut seen = Vec::new();
        for (heading, entry) in sorted {
            let Some(matter) = &entry.about else {
                if !lead.contains(&entry.note.text) {
                    lead.push(entry.note.text.clone());
                }
                continue;
            };
            let subject = matter.subject();
            if seen.contains(&subject) {
                continue;
            }
            seen.push(subject);
            if seen.len() > MAX_LINES {
                continue;
            }
            let all: Vec<&Entry> = entries.iter().filter(|e| e.is_about(subject)).collect();
            let line = Line { number: seen.len() as u32, ..matter.line((heading, entry), &all, self) };
            match sections.last_mut() {
                Some((last, section)) if *last == heading => section.lines.push(line),
                _ => sections.push((heading, Section { heading: self.phrase(heading.key(), &[]), lines: vec![line] })),
            }
        }
        if seen.is_empty() && lead.is_empty() {
            return None;
        }
        let title = self.title(&sections, &lead, seen.len());
        let buttons = self.buttons(&sections, entries);
        let mut foot = self.foot(&sections);
        if seen.len() > MAX_LINES {
            foot.insert(0, self.phrase("foot_more", &[("count", (seen.len() - MAX_LINES).to_string())]));
        }
        if lead.first().is_some_and(|first| *first == title) {
            lead.remove(0);
        }
        let confidential = entries.iter().any(|e| e.about.as_ref().is_some_and(|m| m.is_confidential()));
        let sections = sections.into_iter().map(|(_, s)| s).collect();
        Some(Message { title, lead, sections, foot, buttons, confidential, ..Message::default() })
    }

    fn heading(&self, entry: &Entry) -> Heading {
        match &entry.about {
            Some(matter) => matter.heading(entry, self),
            None if entry.form == Form::Emergency => Heading::Emergency,
            None => Heading::Alarm,
        }
    }

    /// `count`: of all lines, the ones not listed included.
    fn title(&self, sections: &[(Heading, Section)], lead: &[String], count: usize) -> String {
        let zone = self.person.zone;
        match sections.first() {
            None => lead.first().cloned().unwrap_or_default(),
            Some((heading, section)) if count == 1 => {
                let line = &section.lines[0];
                self.phrase(
                    "title_one",
                    &[
                        ("what", self.phrase(heading.key(), &[])),
                        ("code", line.code.clone()),
                        ("title", line.title.clone()),
                    ],
                )
            }
            Some(_) => {
                let local = self.world.now.with_timezone(&zone);
                let date = day(self.locale(), self.world.now, zone);
                let weekday = weekday(self.locale(), chrono::Datelike::weekday(&local)).to_owned();
                self.phrase(
                    "title_many",
                    &[
                        ("name", self.person.name.clone()),
                        ("date", date),
                        ("weekday", weekday),
                        ("count", count.to_string()),
                    ],
                )
            }
        }
    }
}
