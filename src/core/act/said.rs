//! From what an answer says of one item to the event that it means.

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;

use super::{Ask, decisions, fixes, who_decides};
use crate::deadline::{Span, local_to_utc};
use crate::item::{Item, Role, State};
use crate::org::PersonId;
use crate::org::identity::{self, Clue, Unsure};
use crate::reply::{Intent, IntentKind, Postponement};
use crate::transition::{Event, Refusal};
use crate::words::shorten;
use crate::world::World;

/// Who answers.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    pub person: PersonId,
    /// Of the hours that they name.
    pub zone: Tz,
    pub world: &'a World<'a>,
}

/// What words about an item come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    Event(Event),
    /// They take their own last word on it back.
    Undo,
    /// Too little was said: the phrase that says what is missing, and what fills it beside the item's code and title.
    Lacks(&'static str, Vec<(&'static str, String)>),
    /// More than one request waits for them, and the words name none.
    OneOf(Vec<Ask>),
    Refused(Refusal),
    /// Nothing about an item.
    Nothing,
}

impl Writer<'_> {
    /// One intent on one item; `text`: what the writer said of it.
    pub fn says(&self, text: &str, intent: &Intent, item: &Item) -> Said {
        let policy = self.world.policy;
        let reason = intent.reason.clone().unwrap_or_default();
        Said::Event(match intent.kind {
            IntentKind::Done => {
                let at = intent.done_at.map(|d| local_to_utc(policy.zone, d.and_time(policy.day_start)));
                Event::ClaimDone { at, note: reason }
            }
            IntentKind::Ack => Event::Ack,
            IntentKind::InProgress => Event::Progress {
                percent: intent.percent,
                eta: intent.eta.map(|e| local_to_utc(policy.zone, e)),
                note: if reason.is_empty() { shorten(text) } else { reason },
            },
            // The writer's own words tell more than the one word of the field that was read from them.
            IntentKind::Blocked => Event::Block { reason: shorten(text) },
            // Whoever did not get it to fix cannot send it back; that it should not be there means to void it.
            IntentKind::Reject if groundless(&reason) && !self.fixes(item) => Event::Void { reason: shorten(text) },
            IntentKind::Reject => Event::Reject { reason: shorten(text) },
            IntentKind::VerifyPass if intent.target == Some(IntentKind::Close) && item.state == State::Verified => {
                Event::Close { document: String::new() }
            }
            IntentKind::VerifyPass => Event::VerifyPass { note: String::new() },
            IntentKind::VerifyFail => Event::VerifyFail { reason },
            IntentKind::Approve | IntentKind::Refuse => return self.decides(intent, item, &reason),
            // Whose work it is cannot void it, and sends it back where they say why.
            IntentKind::Void if self.fixes(item) && reason.is_empty() => return Said::Undo,
            IntentKind::Void if self.fixes(item) => Event::Reject { reason: shorten(text) },
            IntentKind::Void => Event::Void { reason },
            IntentKind::Close => Event::Close { document: reason },
            IntentKind::Snooze => Event::Snooze { until: self.snoozed_until(intent) },
            IntentKind::Extend => return self.asks_for_time(text, intent, item),
            IntentKind::Reassign => return self.hands_over(text, intent, item),
            IntentKind::Undo => return Said::Undo,
            IntentKind::Status | IntentKind::Help | IntentKind::Register | IntentKind::Absence => return Said::Nothing,
            IntentKind::Report | IntentKind::CheckIn | IntentKind::Emergency | IntentKind::OptOut => {
                return Said::Nothing;
            }
            IntentKind::Greeting | IntentKind::Chatter | IntentKind::Unknown => return Said::Nothing,
        })
    }

    fn fixes(&self, item: &Item) -> bool {
        fixes(self.person, item, self.world)
    }

    /// The event of an approver's yes or no. Of several requests that they may decide the words must name one.
    fn decides(&self, intent: &Intent, item: &Item, reason: &str) -> Said {
        let approve = intent.kind == IntentKind::Approve;
        let open: Vec<Ask> = decisions(intent).iter().copied().filter(|ask| ask.is_open(item)).collect();
        let theirs = |ask: &Ask| {
            // Whoever asked to void may also say no to it.
            let own = *ask == Ask::Void && !approve && item.void_by == Some(self.person);
            own || who_decides(item, *ask, self.world).contains(&self.person)
        };
        let mine: Vec<Ask> = open.iter().copied().filter(theirs).collect();
        let ask = match (mine.as_slice(), open.as_slice()) {
            ([_, _, ..], _) => return Said::OneOf(mine),
            ([one], _) | ([], [one, ..]) => *one,
            ([], []) => Ask::Extension,
        };
        Said::Event(match (ask, &item.handover) {
            (Ask::Handover, Some(handover)) if approve => Event::Reassign { to: handover.to },
            (Ask::Handover, _) => Event::RefuseHandover,
            (Ask::Void, _) if approve => Event::Void { reason: String::new() },
            (Ask::Void, _) => Event::RefuseVoid,
            (Ask::Close, _) => Event::Close { document: String::new() },
            (Ask::Verify, _) => Event::VerifyPass { note: String::new() },
            (Ask::Extension, _) => Event::DecideExtension { approve, reason: reason.to_owned() },
        })
    }

    /// When they want to hear of it again: in an hour where they say nothing.
    fn snoozed_until(&self, intent: &Intent) -> DateTime<Utc> {
        let in_an_hour = self.world.now + Duration::hours(1);
        intent.snooze_until.map_or(in_an_hour, |t| local_to_utc(self.zone, t))
    }

    fn asks_for_time(&self, text: &str, intent: &Intent, item: &Item) -> Said {
        match &intent.postpone {
            None | Some(Postponement::Vague) => Said::Lacks("refuse_vague_extension", Vec::new()),
            Some(Postponement::Invalid(what)) => Said::Lacks("refuse_bad_date", vec![("text", what.clone())]),
            Some(postpone) => match self.postponed(item, postpone) {
                Some(until) => {
                    let (reason, interim) = reason_and_interim(text, intent.reason.as_deref());
                    Said::Event(Event::RequestExtension { until, reason, interim })
                }
                None => Said::Refused(Refusal::NoDeadline),
            },
        }
    }

    /// The new deadline that a postponement means for an item; `None` without a deadline.
    fn postponed(&self, item: &Item, postpone: &Postponement) -> Option<DateTime<Utc>> {
        let office = self.world.office(item.unit);
        let due = item.current_due?;
        let span = match postpone {
            Postponement::Days(n) => Span::Days(*n),
            Postponement::Workdays(n) => Span::Workdays(*n),
            Postponement::Months(n) => Span::Months(*n),
            Postponement::Until(date) => return Some(office.end_of(*date)),
            Postponement::Vague | Postponement::Invalid(_) => return None,
        };
        Some(span.after(due, &office))
    }

    /// Whoever may assign does so; the fixer asks.
    fn hands_over(&self, text: &str, intent: &Intent, item: &Item) -> Said {
        let name = intent.to.first().cloned().or_else(|| intent.to_unit.clone()).unwrap_or_default();
        let several = Said::Lacks("refuse_many_people", vec![("name", name.clone())]);
        if intent.to.len() > 1 {
            return several;
        }
        let clue = Clue { name: &name, ..Clue::default() };
        let to = match identity::who(self.world.directory, &clue, self.world.now) {
            Ok(meant) => Some(meant.who),
            Err(Unsure::Several | Unsure::SeveralUnits) => return several,
            Err(_) => None,
        };
        let fixes = self.world.holders(item, Role::Responsible).contains(&self.person);
        let reason = || intent.reason.clone().unwrap_or_else(|| shorten(text));
        match to {
            Some(to) if fixes => Said::Event(Event::RequestHandover { to, reason: reason() }),
            Some(to) => Said::Event(Event::Reassign { to }),
            None if fixes && intent.sends_back => Said::Event(Event::Reject { reason: shorten(text) }),
            None => Said::Lacks("refuse_no_person", vec![("name", name)]),
        }
    }
}

/// Reasons, as the reader names them, for which there should be no item.
fn groundless(reason: &str) -> bool {
    matches!(reason, "duplicate" | "not_true" | "not_exist")
}

/// `原因：…；临时措施：…` in a request for more time.
fn reason_and_interim(text: &str, reason: Option<&str>) -> (String, String) {
    let part = |labels: &[&str]| -> Option<String> {
        let (at, label) = labels.iter().filter_map(|l| text.to_ascii_lowercase().find(l).map(|at| (at, *l))).min()?;
        let rest = text.get(at + label.len()..)?.trim_start_matches(['：', ':', ' ', '为', '是']);
        let end = rest.find(['；', ';', '\n', '。']).unwrap_or(rest.len());
        Some(rest[..end].trim().to_owned())
    };
    let interim = part(&["临时措施", "防控措施", "臨時措施", "interim"]).unwrap_or_default();
    let reason = part(&["原因", "理由", "因为", "reason", "because"]).or(reason.map(str::to_owned)).unwrap_or_default();
    (reason, interim)
}
