//! From one intent on one item to an event, and the words for what came of it.

use super::undo::can_be_undone;
use super::*;
use crate::core::item::State;
use crate::core::org::identity::{self, Clue, Unsure};
use crate::core::policy::Urgency;
use crate::core::subject::Subject;
use crate::core::transition::Refusal;
use crate::store::outbox::NewMessage;

impl Answer<'_> {
    /// One intent on one item; `text`: what the writer said of it.
    pub(super) async fn apply_intent(
        &mut self,
        work: &mut Work<'_>,
        text: &str,
        intent: &Intent,
        id: ItemId,
    ) -> Result<()> {
        let Some(item) = work.item(id).await? else { return Ok(()) };
        let reason = intent.reason.clone().unwrap_or_default();
        let event = match intent.kind {
            IntentKind::Done => {
                let zone = self.gateway.policy.zone;
                let at = intent.done_at.map(|d| local_to_utc(zone, d.and_time(self.gateway.policy.day_start)));
                Event::ClaimDone { at, note: reason }
            }
            IntentKind::Ack => Event::Ack,
            IntentKind::InProgress => Event::Progress {
                percent: intent.percent,
                eta: intent.eta.map(|e| local_to_utc(self.gateway.policy.zone, e)),
                note: if reason.is_empty() { shorten(text) } else { reason },
            },
            // The writer's own words tell more than the one word of the field that was read from them.
            IntentKind::Blocked => Event::Block { reason: shorten(text) },
            // Whoever did not get it to fix cannot send it back; that it should not be there means to void it.
            IntentKind::Reject if groundless(&reason) && !self.fixes(&item) => Event::Void { reason: shorten(text) },
            IntentKind::Reject => Event::Reject { reason: shorten(text) },
            IntentKind::VerifyPass if intent.target == Some(IntentKind::Close) && item.state == State::Verified => {
                Event::Close { document: String::new() }
            }
            IntentKind::VerifyPass => Event::VerifyPass { note: String::new() },
            IntentKind::VerifyFail => Event::VerifyFail { reason },
            IntentKind::Approve | IntentKind::Refuse => match self.decision(intent, &item, &reason) {
                Some(event) => event,
                None => return Ok(()),
            },
            IntentKind::Void => match self.voiding(&item, text, &reason) {
                Some(event) => event,
                None => return self.undo_items(work, &[id]).await,
            },
            IntentKind::Close => Event::Close { document: reason },
            IntentKind::Snooze => Event::Snooze { until: self.snooze(intent) },
            IntentKind::Extend => match self.extension(text, intent, &item) {
                Some(event) => event,
                None => return Ok(()),
            },
            IntentKind::Reassign => match self.handover(text, intent, &item) {
                Some(event) => event,
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        self.apply_to(work, &item, event, Some(intent)).await
    }

    /// Applies an event and says what came of it.
    pub(super) async fn apply(&mut self, work: &mut Work<'_>, id: ItemId, event: Event) -> Result<()> {
        match work.item(id).await? {
            Some(item) => self.apply_to(work, &item, event, None).await,
            None => Ok(()),
        }
    }

    /// `intent`: whose event it is; a reason that it lacks is asked for and not refused.
    async fn apply_to(
        &mut self,
        work: &mut Work<'_>,
        item: &Item,
        event: Event,
        intent: Option<&Intent>,
    ) -> Result<()> {
        let origin =
            Origin { actor: Actor::Person(self.person), via: &self.received.channel, inbox_id: Some(self.received.id) };
        match self.gateway.act(work, self.directory, item, &origin, &event).await? {
            Ok(change) => {
                self.recorded = true;
                self.accepted(&event, &change);
                if !change.unchanged {
                    self.answered_elsewhere(work, item).await?;
                }
                if can_be_undone(&event) && !change.unchanged && self.gateway.policy.limits.undo_minutes > 0 {
                    let line = self.body.refs.len() as u32 + UNNUMBERED;
                    self.body.refs.push((line, Subject::Item(item.id)));
                    let label = match self.body.refs.len() {
                        1 => self.phrase("button_undo", &[]),
                        _ => format!("{} {}", self.phrase("button_undo", &[]), item.code),
                    };
                    self.body.buttons.push(vec![Press { label, verb: Verb::Undo, line }]);
                }
            }
            Err(refusal) => match intent.filter(|_| matches!(refusal, Refusal::NeedsReason | Refusal::NeedsInterim)) {
                Some(intent) => self.needs(intent, &event, item),
                None => self.refused(item, &refusal),
            },
        }
        Ok(())
    }

    /// What asked the same by another channel shows that it was answered; where nothing can be changed in place, a
    /// short message says so. A message without buttons for the item asks nothing any more.
    async fn answered_elsewhere(&mut self, work: &mut Work<'_>, item: &Item) -> Result<()> {
        let since = self.gateway.now() - ASKS;
        let told = work.told(self.person, item.id, since).await?;
        for message in told.into_iter().filter(|m| m.channel != self.received.channel).take(5) {
            let line = message.body.lines().find(|l| l.subject == Subject::Item(item.id)).map_or(0, |l| l.number);
            if !message.body.buttons.iter().flatten().any(|press| press.line == line) {
                continue;
            }
            let note = self.lines.last().cloned().unwrap_or_default();
            self.mark_answered(work, &message, line, &note);
            let Some(channel) = self.gateway.channel(&message.channel) else { continue };
            if channel.features().edit {
                continue;
            }
            let args = [("code", item.code.clone()), ("title", item.title.clone())];
            let said = NewMessage {
                person: Some(self.person),
                is_answer: true,
                urgency: Urgency::Reply,
                channel: message.channel.clone(),
                address: message.address.clone(),
                reply_to: message.platform_id.clone(),
                repeats: None,
                counts: false,
                body: Message {
                    title: self.phrase("answered_elsewhere", &args),
                    lead: vec![note],
                    ..Message::default()
                },
            };
            work.send(said).await?;
        }
        Ok(())
    }

    pub(super) fn snooze(&self, intent: &Intent) -> DateTime<Utc> {
        let zone = self.reader().map_or(self.gateway.policy.zone, |p| p.zone);
        intent.snooze_until.map_or(self.gateway.now() + Duration::hours(1), |t| local_to_utc(zone, t))
    }

    pub(super) fn extension(&mut self, text: &str, intent: &Intent, item: &Item) -> Option<Event> {
        let code = [("code", item.code.clone()), ("title", item.title.clone())];
        match &intent.postpone {
            None | Some(Postponement::Vague) => {
                self.say("refuse_vague_extension", &code);
                None
            }
            Some(Postponement::Invalid(what)) => {
                let [code, title] = code;
                self.say("refuse_bad_date", &[code, title, ("text", what.clone())]);
                None
            }
            Some(postpone) => {
                let Some(until) = self.postponed(item, postpone) else {
                    self.refused(item, &Refusal::NoDeadline);
                    return None;
                };
                let said = reasons::said_later(text).unwrap_or(text);
                let (reason, interim) = reason_and_interim(said, intent.reason.as_deref());
                Some(Event::RequestExtension { until, reason, interim })
            }
        }
    }

    /// The new deadline that a postponement means for an item; `None` without a deadline.
    pub(super) fn postponed(&self, item: &Item, postpone: &Postponement) -> Option<DateTime<Utc>> {
        let office = self.world().office(item.unit);
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

    pub(super) fn handover(&mut self, text: &str, intent: &Intent, item: &Item) -> Option<Event> {
        let name = intent.to.first().cloned().or_else(|| intent.to_unit.clone()).unwrap_or_default();
        let args = [("name", name.clone()), ("code", item.code.clone())];
        if intent.to.len() > 1 {
            self.say("refuse_many_people", &args);
            return None;
        }
        let clue = Clue { name: &name, ..Clue::default() };
        let to = match identity::who(self.directory, &clue, self.gateway.now()) {
            Ok(meant) => Some(meant.who),
            Err(Unsure::Several | Unsure::SeveralUnits) => {
                self.say("refuse_many_people", &args);
                return None;
            }
            Err(_) => None,
        };
        // Whoever may assign does so; the fixer asks.
        let fixes = self.world().holders(item, crate::core::item::Role::Responsible).contains(&self.person);
        let Some(to) = to else {
            if fixes && intent.sends_back {
                return Some(Event::Reject { reason: shorten(text) });
            }
            self.say("refuse_no_person", &args);
            return None;
        };
        if fixes {
            Some(Event::RequestHandover { to, reason: intent.reason.clone().unwrap_or_else(|| shorten(text)) })
        } else {
            Some(Event::Reassign { to })
        }
    }
}

/// Buttons without a line count from here: beyond all numbers that anybody has.
const UNNUMBERED: u32 = 100_001;

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
