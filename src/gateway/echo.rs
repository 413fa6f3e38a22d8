//! What a person hears back: every change with code and title, every refusal with who may do it.

use chrono_tz::Tz;

use super::Gateway;
use super::answer::Answer;
use crate::core::item::{Item, Role, State};
use crate::core::org::{Directory, Locale, PersonId};
use crate::core::transition::{Change, Event, Refusal};
use crate::core::words::{Say, day, in_charge, list, moment, weekday};

impl<'a> Answer<'a> {
    pub(super) fn locale(&self) -> Locale {
        self.reader().map(|p| p.locale).unwrap_or_default()
    }

    fn echo(&self) -> Echo<'a> {
        Echo {
            gateway: self.gateway,
            directory: self.directory,
            locale: self.locale(),
            zone: self.reader().map_or(self.gateway.policy.zone, |p| p.zone),
        }
    }

    /// Says what an accepted event did.
    pub(super) fn accepted(&mut self, event: &Event, change: &Change) {
        let line = self.echo().accepted(event, change);
        self.add_line(line);
    }

    /// Says that an answer was taken back.
    pub(super) fn undone(&mut self, item: &Item) {
        let echo = self.echo();
        let args =
            [("code", item.code.clone()), ("title", item.title.clone()), ("state", echo.phrase(item.state_key(), &[]))];
        self.say("echo_undo", &args);
    }

    /// Says why an event was refused, and who may do it instead.
    pub(super) fn refused(&mut self, item: &Item, refusal: &Refusal) {
        if matches!(refusal, Refusal::NotYours { .. } | Refusal::OwnWork { .. }) {
            self.attempts.push(item.id);
        }
        let line = self.echo().refused(item, refusal);
        self.add_line(line);
    }
}

/// The words for what came of an event, for one reader.
pub(crate) struct Echo<'a> {
    pub(crate) gateway: &'a Gateway,
    pub(crate) directory: &'a Directory,
    pub(crate) locale: Locale,
    /// The reader's own, for the hours that are the reader's.
    pub(crate) zone: Tz,
}

impl Echo<'_> {
    fn phrase(&self, key: &str, args: &[(&str, String)]) -> String {
        self.gateway.phrases.say(self.locale, key, args)
    }

    /// Names, or the word for nobody.
    pub(crate) fn names(&self, people: &[PersonId]) -> String {
        let names: Vec<&str> =
            people.iter().filter_map(|p| self.directory.person(*p)).map(|p| p.name.as_str()).collect();
        if names.is_empty() { self.phrase("nobody", &[]) } else { list(self.locale, &names) }
    }

    fn holders(&self, item: &Item, role: Role) -> String {
        let world = self.gateway.world(self.directory);
        in_charge(&*self.gateway.phrases, self.locale, &world, item, role)
    }

    fn due(&self, item: &Item) -> String {
        let zone = self.gateway.world(self.directory).office(item.unit).zone;
        item.current_due.map_or_else(|| self.phrase("due_none", &[]), |d| moment(self.locale, d, zone))
    }

    /// What an accepted event did.
    pub(crate) fn accepted(&self, event: &Event, change: &Change) -> String {
        let item = &change.item;
        let told: Vec<PersonId> = change.tell.iter().map(|t| t.person).collect();
        let mut args: Vec<(&str, String)> = vec![
            ("code", item.code.clone()),
            ("title", item.title.clone()),
            ("due", self.due(item)),
            ("who", self.names(&told)),
            ("minutes", self.gateway.policy.limits.undo_minutes.to_string()),
            ("state", self.phrase(item.state_key(), &[])),
            ("verifier", self.holders(item, Role::Verifier)),
            ("responsible", self.holders(item, Role::Responsible)),
            ("percent", String::new()),
            ("closed", String::new()),
            ("until", String::new()),
            ("until_note", String::new()),
            ("to", String::new()),
            ("role", String::new()),
        ];
        let mut set = |key: &'static str, value: String| {
            if let Some(slot) = args.iter_mut().find(|(k, _)| *k == key) {
                slot.1 = value;
            }
        };
        match event {
            Event::Progress { percent: Some(percent), .. } => set("percent", percent.to_string()),
            Event::VerifyPass { .. } if item.state == State::Closed => set("closed", "1".to_owned()),
            Event::Snooze { until } => {
                set("until", moment(self.locale, *until, self.zone));
            }
            Event::RequestExtension { until, .. } => {
                let office = self.gateway.world(self.directory).office(item.unit);
                let date = office.date(*until);
                let weekday = weekday(self.locale, chrono::Datelike::weekday(&date));
                let until = moment(self.locale, *until, office.zone);
                set("until", self.phrase("moment_weekday", &[("moment", until), ("weekday", weekday.to_owned())]));
                if !office.calendar.is_workday(date) {
                    let next = office.calendar.workday_on_or_after(date);
                    let day = day(self.locale, office.end_of(next), office.zone);
                    set("until_note", self.phrase("until_rest_day", &[("day", day)]));
                }
            }
            Event::Assign { role, .. } => set("role", self.phrase(&format!("role_{}", role.word()), &[])),
            _ => {}
        }
        match event {
            Event::RequestHandover { to, .. } | Event::Assign { to, .. } => {
                let people = self.directory.behind(*to, self.gateway.now());
                set("to", self.names(&people));
            }
            _ => {}
        }
        let key = match event {
            _ if change.unchanged => "echo_already".to_owned(),
            Event::Void { .. } if item.state != State::Void => "echo_void_asked".to_owned(),
            Event::Reject { .. } if item.state != State::Rejected => "echo_reject_part".to_owned(),
            _ => format!("echo_{}", event.word()),
        };
        self.phrase(&key, &args)
    }

    /// Why an event was refused, and who may do it instead.
    pub(crate) fn refused(&self, item: &Item, refusal: &Refusal) -> String {
        let (key, extra): (&str, Vec<(&str, String)>) = match refusal {
            Refusal::NotYours { who_may } => ("refuse_not_yours", vec![("who", self.names(who_may))]),
            Refusal::OwnWork { who_may } => ("refuse_own_work", vec![("who", self.names(who_may))]),
            Refusal::BothHands { who } => ("refuse_both_hands", vec![("who", self.names(who))]),
            Refusal::WrongState { .. } => ("refuse_wrong_state", vec![("state", self.phrase(item.state_key(), &[]))]),
            Refusal::Finished { .. } => ("refuse_finished", vec![("state", self.phrase(item.state_key(), &[]))]),
            Refusal::NeedsReason => ("refuse_needs_reason", vec![("example", self.phrase("example_reason", &[]))]),
            Refusal::NeedsInterim => {
                let severity = self.phrase(&format!("severity_{}", item.severity.word()), &[]);
                ("refuse_needs_interim", vec![("severity", severity)])
            }
            Refusal::NotLater => ("refuse_not_later", vec![("due", self.due(item))]),
            Refusal::TooLong { max_days } => ("refuse_too_long", vec![("days", max_days.to_string())]),
            Refusal::Past => ("refuse_past", Vec::new()),
            Refusal::NoDeadline => ("refuse_no_deadline", Vec::new()),
            Refusal::NothingRequested => ("refuse_nothing_requested", Vec::new()),
            Refusal::Incomplete { missing } => {
                ("refuse_incomplete", vec![("missing", lacking(&*self.gateway.phrases, self.locale, missing))])
            }
            Refusal::SecondPerson { who_may } => ("refuse_second_person", vec![("who", self.names(who_may))]),
        };
        let mut args = vec![("code", item.code.clone()), ("title", item.title.clone())];
        args.extend(extra);
        self.phrase(key, &args)
    }
}

/// What an item lacks for being issued, in a reader's words.
pub(crate) fn lacking(say: &dyn Say, locale: Locale, missing: &[String]) -> String {
    let word = |what: &String| match what.as_str() {
        known @ ("responsible" | "unit" | "verifier" | "due") => say.say(locale, &format!("lacks_{known}"), &[]),
        _ => say.say(locale, "lacks_other_verifier", &[]),
    };
    list(locale, &missing.iter().map(word).collect::<Vec<String>>())
}
