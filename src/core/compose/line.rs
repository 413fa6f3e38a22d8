//! What the line of an item says to its reader: under which heading it stands, what it is to them, and what is new.

use chrono::{DateTime, Utc};

use super::{Desk, Entry, Heading};
use crate::act::Ask;
use crate::item::{Item, Role, Severity, State};
use crate::notice::News;
use crate::org::PersonId;
use crate::owners::name_of;
use crate::policy::Form;
use crate::words::{day, in_charge, list, moment};

impl Desk<'_> {
    /// Responsible for it, or standing in for who is.
    pub(super) fn is_fixer(&self, item: &Item) -> bool {
        let person = self.person.id;
        self.world.named(item, Role::Responsible).contains(&person)
            || self.world.holders(item, Role::Responsible).contains(&person)
    }

    pub(crate) fn heading_of(&self, entry: &Entry, item: &Item) -> Heading {
        match entry.form {
            Form::Emergency => Heading::Emergency,
            Form::Alarm => Heading::Alarm,
            Form::Verify | Form::Unverified => Heading::Verify,
            Form::Extension => Heading::Decide,
            Form::Blocked | Form::Bounced => Heading::Unblock,
            Form::CloseOut => Heading::CloseOut,
            Form::Told => Heading::Told,
            _ if entry.instead.is_some() => Heading::Unblock,
            _ if !self.is_fixer(item) => {
                if item.state == State::ReportedDone {
                    Heading::Waiting
                } else if item.is_overdue(self.world.now) {
                    Heading::Escalated
                } else {
                    Heading::FollowUp
                }
            }
            _ if item.state == State::ReportedDone => Heading::Waiting,
            _ if item.is_overdue(self.world.now) => Heading::Overdue,
            _ if self.is_due_today(item) => Heading::DueToday,
            Form::Issue | Form::NoAck => Heading::New,
            Form::PreHoliday => Heading::PreHoliday,
            _ => Heading::Upcoming,
        }
    }

    fn is_due_today(&self, item: &Item) -> bool {
        let zone = self.world.office(item.unit).zone;
        let date = |t: DateTime<Utc>| t.with_timezone(&zone).date_naive();
        item.current_due.is_some_and(|due| date(due) == date(self.world.now))
    }

    /// Working days between now and the deadline, on local dates.
    fn workdays_to(&self, item: &Item, due: DateTime<Utc>) -> i64 {
        let office = self.world.office(item.unit);
        let date = |t: DateTime<Utc>| t.with_timezone(&office.zone).date_naive();
        office.calendar.workdays_between(date(self.world.now), date(due))
    }

    /// `到期9月30日 17:30，还有3个工作日`; provisional dates say so.
    pub fn due_text(&self, item: &Item) -> String {
        let Some(due) = item.current_due else { return self.phrase("due_none", &[]) };
        let zone = self.world.office(item.unit).zone;
        let when = if self.is_due_today(item) {
            due.with_timezone(&zone).format("%H:%M").to_string()
        } else {
            moment(self.locale(), due, zone)
        };
        let days = self.workdays_to(item, due);
        let key = if item.is_overdue(self.world.now) {
            if days == 0 { "due_passed_today" } else { "due_passed" }
        } else if self.is_due_today(item) {
            "due_today"
        } else {
            "due_in"
        };
        let mut text = self.phrase(key, &[("when", when), ("days", days.abs().to_string())]);
        if item.provisional {
            text.push_str(&self.phrase("due_provisional", &[]));
        }
        text
    }

    pub(super) fn names(&self, item: &Item, role: Role) -> String {
        in_charge(self.say, self.locale(), self.world, item, role)
    }

    /// How long a claim has waited for its verifier: in hours within the first working day.
    fn unverified(&self, item: &Item) -> String {
        let Some(claimed) = item.claimed_at else { return String::new() };
        let days = -self.workdays_to(item, claimed);
        if days > 1 {
            return self.phrase("unverified_days", &[("days", days.to_string())]);
        }
        let hours = (self.world.now - claimed).num_hours();
        self.phrase("unverified_hours", &[("hours", hours.to_string())])
    }

    /// `all`: every reason to write about the item.
    pub(crate) fn detail(&self, heading: Heading, entry: &Entry, item: &Item, all: &[&Entry]) -> String {
        let zone = self.world.office(item.unit).zone;
        let mut parts: Vec<String> = Vec::new();
        if item.severity == Severity::Major {
            parts.push(self.phrase("major", &[]));
        }
        match heading {
            Heading::Verify => {
                let when = moment(self.locale(), item.claimed_at.unwrap_or(self.world.now), zone);
                parts.push(match item.claimed_by.and_then(|p| self.world.directory.person(p)) {
                    Some(who) => self.phrase("claimed", &[("who", who.name.clone()), ("when", when)]),
                    // Noted at the instant at which it was read: the ledger gave no day before that.
                    None if item.undated || item.claimed_at == Some(item.state_since) => {
                        self.phrase("claimed_ledger_undated", &[])
                    }
                    None => {
                        // A ledger gives days.
                        let when = day(self.locale(), item.claimed_at.unwrap_or(self.world.now), zone);
                        self.phrase("claimed_ledger", &[("when", when)])
                    }
                });
            }
            Heading::Decide => parts.push(self.request_text(item)),
            Heading::Told => {}
            Heading::CloseOut => {
                let who = item
                    .verified_by
                    .and_then(|p| self.world.directory.person(p))
                    .map_or(String::new(), |p| p.name.clone());
                parts.push(self.phrase("verified_by", &[("who", who)]));
            }
            _ => {
                if !self.is_fixer(item) {
                    parts.push(self.phrase("responsible", &[("who", self.names(item, Role::Responsible))]));
                }
                parts.push(self.due_text(item));
            }
        }
        if heading != Heading::Told {
            parts.extend(self.in_whose_place(heading, item));
            if all.iter().any(|e| e.form == Form::Issue) && self.is_fixer(item) {
                parts.push(self.newly_given(heading, item));
            }
        }
        parts.extend(self.news(item, all));
        if entry.level > 0 && heading != Heading::Verify {
            parts.push(self.phrase(&format!("level_{}", entry.level.min(5)), &[]));
        }
        match entry.form {
            Form::NoAck => parts.push(self.phrase("not_acknowledged", &[])),
            Form::Unverified => parts.push(self.unverified(item)),
            _ => {}
        }
        let stopped = match entry.form {
            Form::Blocked => Some("blocked"),
            Form::Bounced => Some("bounced"),
            _ => None,
        };
        if let Some(instead) = entry.instead.or(stopped) {
            parts.push(self.phrase(&format!("instead_{instead}"), &[("who", self.who_said(item))]));
        }
        if (stopped.is_some() || entry.instead.is_some()) && !item.note.is_empty() {
            parts.push(self.phrase("reason", &[("text", item.note.clone())]));
        }
        parts.retain(|p| !p.is_empty());
        parts.join(&self.phrase("comma", &[]))
    }

    fn name(&self, person: PersonId) -> String {
        self.world.directory.person(person).map_or(String::new(), |p| p.name.clone())
    }

    fn named(&self, people: &[PersonId]) -> String {
        list(self.locale(), &people.iter().map(|p| self.name(*p)).collect::<Vec<_>>())
    }

    /// Whose stoppage or return it is: of several responsible people, those who said it.
    fn who_said(&self, item: &Item) -> String {
        match (item.state, item.note_by) {
            (State::Rejected, _) if !item.returned.is_empty() => self.named(&item.returned),
            (State::Rejected | State::Blocked, Some(person)) => self.name(person),
            _ => self.names(item, Role::Responsible),
        }
    }

    /// Everything that is asked about an item; a decision names its request when there are several.
    fn request_text(&self, item: &Item) -> String {
        let asks = Ask::REQUESTS.into_iter().filter(|ask| ask.is_open(item));
        asks.map(|ask| self.asks_text(item, ask)).collect::<Vec<_>>().join(&self.phrase("asks_and", &[]))
    }

    fn asks_text(&self, item: &Item, ask: Ask) -> String {
        let zone = self.world.office(item.unit).zone;
        match (ask, &item.extension, &item.handover) {
            (Ask::Extension, Some(x), _) => {
                let mut text = self.phrase(
                    "asks_extension",
                    &[
                        ("who", self.name(x.by)),
                        ("from", item.current_due.map_or(String::new(), |d| day(self.locale(), d, zone))),
                        ("until", moment(self.locale(), x.until, zone)),
                    ],
                );
                for (key, said) in [("reason", &x.reason), ("interim", &x.interim)] {
                    if !said.is_empty() {
                        text.push_str(&self.phrase("comma", &[]));
                        text.push_str(&self.phrase(key, &[("text", said.clone())]));
                    }
                }
                text
            }
            (Ask::Handover, _, Some(h)) => {
                let to = self.named(&self.world.directory.behind(h.to, self.world.now));
                self.phrase("asks_handover", &[("who", self.name(h.by)), ("to", to), ("text", h.reason.clone())])
            }
            (Ask::Void, ..) => {
                let who = item.void_by.map_or(String::new(), |p| self.name(p));
                self.phrase("asks_void", &[("who", who), ("text", item.void_reason.clone())])
            }
            _ => String::new(),
        }
    }

    /// What there is to be told of an item, in order; of several decisions about one thing the last.
    fn news(&self, item: &Item, all: &[&Entry]) -> Vec<String> {
        let mut told: Vec<((News, &str), String)> = Vec::new();
        for (news, text) in all.iter().filter_map(|e| Some((e.note.news?, e.note.text.as_str()))) {
            let about = match news {
                News::ExtensionApproved | News::ExtensionRefused => (News::DueMoved, ""),
                // Each of them is another one.
                News::Undone => (news, text),
                _ => (news, ""),
            };
            told.retain(|(known, _)| *known != about);
            told.push((about, self.told_text(news, text, item)));
        }
        let back = |news| matches!(news, News::Reopened | News::ReopenedUnverified);
        // Whoever hears of it by the ladder alone asks why it is there again.
        if item.state == State::Reopened && !told.iter().any(|((news, _), _)| back(*news)) {
            told.push(((News::Reopened, ""), self.phrase("came_back", &[("text", item.note.clone())])));
        }
        told.into_iter().map(|(_, text)| text).collect()
    }

    /// Whose place the reader takes on it, while these are away.
    fn in_whose_place(&self, heading: Heading, item: &Item) -> Option<String> {
        let role = if heading == Heading::Verify { Role::Verifier } else { Role::Responsible };
        let named = self.world.named(item, role);
        if named.contains(&self.person.id) {
            return None;
        }
        let away = named.into_iter().filter(|p| self.world.directory.acting_for(*p, self.world.now) == self.person.id);
        let away: Vec<PersonId> = away.collect();
        (!away.is_empty()).then(|| self.phrase("acting_for", &[("who", self.named(&away))]))
    }

    /// That the item is new to its reader, and who had it until then.
    fn newly_given(&self, heading: Heading, item: &Item) -> String {
        let ended = item.assignments.iter().filter(|a| a.role == Role::Responsible && a.until.is_some());
        let former = ended
            .filter(|a| item.epoch > 0 && a.until == item.issued_at && a.since < item.issued_at.unwrap_or(a.since));
        let former: Vec<String> = former.map(|a| name_of(self.world.directory, a.who)).collect();
        let who = list(self.locale(), &former);
        match heading {
            // The heading says that it is new.
            Heading::New if former.is_empty() => String::new(),
            Heading::New => self.phrase("handed_on", &[("who", who)]),
            _ => self.phrase("newly_given", &[("who", who)]),
        }
    }

    fn told_text(&self, news: News, text: &str, item: &Item) -> String {
        let zone = self.world.office(item.unit).zone;
        let due = item.current_due.map_or_else(|| self.phrase("due_none", &[]), |d| moment(self.locale(), d, zone));
        let text = match news {
            // What was taken back is noted as the event's word.
            News::Undone => self.phrase(&format!("did_{text}"), &[]),
            _ => text.to_owned(),
        };
        let by = match news {
            News::Returned => self.named(&item.returned),
            News::Claimed => item.claimed_by.map_or(String::new(), |p| self.name(p)),
            _ => String::new(),
        };
        let who = self.names(item, Role::Responsible);
        let roles = self.roles(item);
        let key = format!("told_{}", news.word());
        self.phrase(&key, &[("text", text), ("due", due), ("who", who), ("by", by), ("roles", roles)])
    }

    /// What the reader is to the item.
    fn roles(&self, item: &Item) -> String {
        let theirs = Role::ALL.into_iter().filter(|role| self.world.holders(item, *role).contains(&self.person.id));
        list(self.locale(), &theirs.map(|role| self.phrase(&format!("role_{}", role.word()), &[])).collect::<Vec<_>>())
    }
}
