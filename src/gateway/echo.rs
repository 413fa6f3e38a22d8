//! What a person hears back: every change with code and title, every refusal with who may do it.

use super::answer::Answer;
use crate::core::item::{Item, Role, State};
use crate::core::org::{Locale, PersonId};
use crate::core::transition::{Change, Event, Refusal};
use crate::core::words::{day, moment, weekday};

impl Answer<'_> {
    fn locale(&self) -> Locale {
        self.reader().map(|p| p.locale).unwrap_or_default()
    }

    fn names(&self, people: &[PersonId]) -> String {
        let names: Vec<&str> =
            people.iter().filter_map(|p| self.directory.person(*p)).map(|p| p.name.as_str()).collect();
        if names.is_empty() { self.phrase("nobody", &[]) } else { names.join("、") }
    }

    fn holders(&self, item: &Item, role: Role) -> String {
        self.names(&self.world().holders(item, role))
    }

    fn due(&self, item: &Item) -> String {
        let zone = self.world().office(item.unit).zone;
        item.current_due.map_or_else(|| self.phrase("due_none", &[]), |d| moment(self.locale(), d, zone))
    }

    fn state(&self, state: State) -> String {
        self.phrase(&format!("state_{}", state.word()), &[])
    }

    /// Says what an accepted event did.
    pub(super) fn accepted(&mut self, event: &Event, change: &Change) {
        let item = &change.item;
        let told: Vec<PersonId> = change.tell.iter().map(|t| t.person).collect();
        let mut args: Vec<(&str, String)> = vec![
            ("code", item.code.clone()),
            ("title", item.title.clone()),
            ("due", self.due(item)),
            ("who", self.names(&told)),
            ("minutes", self.gateway.policy.limits.undo_minutes.to_string()),
            ("state", self.state(item.state)),
            ("verifier", self.holders(item, Role::Verifier)),
            ("responsible", self.holders(item, Role::Responsible)),
            ("percent", String::new()),
            ("closed", String::new()),
            ("until", String::new()),
            ("until_note", String::new()),
            ("to", String::new()),
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
                let zone = self.reader().map_or(self.gateway.policy.zone, |p| p.zone);
                set("until", moment(self.locale(), *until, zone));
            }
            Event::RequestExtension { until, .. } => {
                let office = self.world().office(item.unit);
                let date = office.date(*until);
                let weekday = weekday(self.locale(), chrono::Datelike::weekday(&date));
                set("until", format!("{}（{weekday}）", moment(self.locale(), *until, office.zone)));
                if !office.calendar.is_workday(date) {
                    let next = office.calendar.workday_on_or_after(date);
                    let day = day(self.locale(), office.end_of(next), office.zone);
                    set("until_note", self.phrase("until_rest_day", &[("day", day)]));
                }
            }
            Event::RequestHandover { to, .. } => {
                let people = self.directory.behind(*to, self.gateway.now());
                set("to", self.names(&people));
            }
            _ => {}
        }
        let key = if change.unchanged { "echo_already".to_owned() } else { format!("echo_{}", event.word()) };
        self.say(&key, &args);
    }

    /// Says that an answer was taken back.
    pub(super) fn undone(&mut self, item: &Item) {
        let args = [("code", item.code.clone()), ("title", item.title.clone()), ("state", self.state(item.state))];
        self.say("echo_undo", &args);
    }

    /// Says why an event was refused, and who may do it instead.
    pub(super) fn refused(&mut self, item: &Item, refusal: &Refusal) {
        if matches!(refusal, Refusal::NotYours { .. } | Refusal::OwnWork { .. }) {
            self.attempts.push(item.id);
        }
        let (key, extra): (&str, Vec<(&str, String)>) = match refusal {
            Refusal::NotYours { who_may } => ("refuse_not_yours", vec![("who", self.names(who_may))]),
            Refusal::OwnWork { who_may } => ("refuse_own_work", vec![("who", self.names(who_may))]),
            Refusal::WrongState { state } => ("refuse_wrong_state", vec![("state", self.state(*state))]),
            Refusal::Finished { state } => ("refuse_finished", vec![("state", self.state(*state))]),
            Refusal::NeedsReason => ("refuse_needs_reason", vec![("example", "延期3天，原因：配件未到".to_owned())]),
            Refusal::NeedsInterim => ("refuse_needs_interim", Vec::new()),
            Refusal::NotLater => ("refuse_not_later", vec![("due", self.due(item))]),
            Refusal::TooLong { max_days } => ("refuse_too_long", vec![("days", max_days.to_string())]),
            Refusal::NoDeadline => ("refuse_no_deadline", Vec::new()),
            Refusal::NothingRequested => ("refuse_nothing_requested", Vec::new()),
            Refusal::Incomplete { missing } => ("refuse_incomplete", vec![("missing", missing.join("、"))]),
            Refusal::SecondPerson { who_may } => ("refuse_second_person", vec![("who", self.names(who_may))]),
        };
        let mut args = vec![("code", item.code.clone()), ("title", item.title.clone())];
        args.extend(extra);
        self.say(key, &args);
    }
}
