//! From words and buttons to events: what a person's answer does, and what he hears back.
//!
//! Reads with `core::reply`, binds with [`super::bind`], applies with [`Gateway::act`], and says every
//! outcome with code and title ([`super::echo`]). Unclear words change nothing and ask.

use chrono::{DateTime, Duration, Utc};

use super::act::Origin;
use super::bind::{Bound, Items as BoundItems};
use super::{Days, Gateway};
use crate::core::deadline::{Span, local_to_utc};
use crate::core::item::{Item, ItemId};
use crate::core::message::{Line, Message, Press, Section, Verb};
use crate::core::org::{Directory, Person, PersonId, Who};
use crate::core::reply::{self, Intent, IntentKind, Postponement, Reading};
use crate::core::transition::{Actor, Event};
use crate::core::words::Say;
use crate::core::world::World;
use crate::store::inbox::{self, Question, Received};
use crate::store::outbox::StoredMessage;
use crate::store::{Result, Tx, items, outbox};

/// How long a question waits for its answer.
const QUESTION_LIFE: Duration = Duration::hours(24);
/// Lines of a question or a status list.
const MAX_LINES: usize = 20;

/// One incoming answer being worked on.
pub(super) struct Answer<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) directory: &'a Directory,
    received: &'a Received,
    pub(super) person: PersonId,
    /// Lines of the answer so far.
    lines: Vec<String>,
    body: Message,
    /// Waits for an answer of its own.
    question: Option<Question>,
    /// Messages to mark as answered and change in place.
    edits: Vec<i64>,
}

impl<'a> Answer<'a> {
    pub(super) fn new(
        gateway: &'a Gateway,
        directory: &'a Directory,
        received: &'a Received,
        person: PersonId,
    ) -> Answer<'a> {
        Answer {
            gateway,
            directory,
            received,
            person,
            lines: Vec::new(),
            body: Message::default(),
            question: None,
            edits: Vec::new(),
        }
    }

    pub(super) fn world(&self) -> World<'a> {
        self.gateway.world(self.directory)
    }

    pub(super) fn reader(&self) -> Option<&'a Person> {
        self.directory.person(self.person)
    }

    pub(super) fn phrase(&self, key: &str, args: &[(&str, String)]) -> String {
        let locale = self.reader().map(|p| p.locale).unwrap_or_default();
        self.gateway.phrases.say(locale, key, args)
    }

    /// Adds a line to the answer.
    pub(super) fn say(&mut self, key: &str, args: &[(&str, String)]) {
        let line = self.phrase(key, args);
        self.add_line(line);
    }

    pub(super) fn add_line(&mut self, line: String) {
        if !self.lines.contains(&line) {
            self.lines.push(line);
        }
    }

    /// The first line: shown where a button was pressed.
    pub(super) fn headline(&self) -> String {
        let line = self.lines.first().cloned().unwrap_or_else(|| self.body.title.clone());
        line.chars().take(190).collect()
    }

    /// Queues the answer; gives the messages to change in place.
    pub(super) async fn finish(mut self, tx: &mut Tx) -> Result<Vec<i64>> {
        let mut lines = std::mem::take(&mut self.lines).into_iter();
        if self.body.title.is_empty() {
            self.body.title = lines.next().unwrap_or_default();
        }
        let mut lead: Vec<String> = lines.collect();
        lead.append(&mut self.body.lead);
        self.body.lead = lead;
        if self.body.title.is_empty() {
            return Ok(self.edits);
        }
        let id = self.gateway.answer_with(tx, self.received, Some(self.person), self.body).await?;
        if let Some(question) = self.question {
            let now = self.gateway.now();
            inbox::ask(tx, self.person, &question, id, now, now + QUESTION_LIFE).await?;
        }
        Ok(self.edits)
    }

    // ---- words -----------------------------------------------------------------------------------

    /// Works on a text; `quoted` is the platform id of the message it answers.
    pub(super) async fn text(&mut self, tx: &mut Tx, text: &str, quoted: Option<&str>) -> Result<String> {
        let now = self.gateway.now();
        let reading = self.read(text, self.received.at, None);
        if reading.emergency {
            self.body = self.gateway.emergency(tx, self.directory, self.received, self.person, text).await?;
            return Ok("emergency".to_owned());
        }
        if reading.automatic {
            return Ok("automatic: ignored".to_owned());
        }
        if let Some((question, asked)) = inbox::question(tx, self.person, now).await?
            && let Some(outcome) = self.answered_question(tx, text, &reading, question, asked).await?
        {
            return Ok(outcome);
        }
        let bound = self.bind(tx, &self.received.channel, &self.received.inbound.chat, quoted).await?;
        if let Some(message) = &bound.message {
            outbox::mark_heard(tx, message.id, now).await?;
        }
        self.carry_out(tx, text, &reading, &bound, false).await?;
        Ok(reading.label())
    }

    fn read(&self, text: &str, at: DateTime<Utc>, due: Option<chrono::NaiveDate>) -> Reading {
        let zone = self.reader().map_or(self.gateway.policy.zone, |p| p.zone);
        let office = self.world().office(None);
        let days = Days(office.calendar);
        reply::read(text, &reply::Context { now: at.with_timezone(&zone).naive_local(), due, days: &days })
    }

    /// The answer to a question of ours; `None` when it is something else.
    async fn answered_question(
        &mut self,
        tx: &mut Tx,
        text: &str,
        reading: &Reading,
        question: Question,
        asked: i64,
    ) -> Result<Option<String>> {
        let word = text.trim().trim_end_matches(['。', '.', '！', '!']).to_lowercase();
        if matches!(word.as_str(), "否" | "不" | "不是" | "取消" | "no" | "n" | "cancel") {
            inbox::drop_question(tx, self.person).await?;
            self.say("cancelled", &[]);
            return Ok(Some("cancelled".to_owned()));
        }
        let yes = matches!(word.as_str(), "是" | "是的" | "对" | "确认" | "yes" | "y" | "confirm");
        let asked_items: Vec<ItemId> = question.items.iter().map(|i| ItemId(*i)).collect();
        let chosen: Vec<ItemId> = match question.asks.as_str() {
            "confirm" if yes => asked_items,
            "which" => match numbers_only(&word) {
                Some(numbers) => {
                    numbers.iter().filter_map(|n| asked_items.get((*n as usize).checked_sub(1)?)).copied().collect()
                }
                None => return self.drop_and_go_on(tx).await,
            },
            "reason"
                if reading.intents.iter().all(|i| {
                    matches!(
                        i.kind,
                        IntentKind::Unknown
                            | IntentKind::Blocked
                            | IntentKind::InProgress
                            | IntentKind::Reject
                            | IntentKind::VerifyFail
                    )
                }) =>
            {
                inbox::drop_question(tx, self.person).await?;
                for id in asked_items {
                    self.apply(tx, id, Event::VerifyFail { reason: text.trim().to_owned() }).await?;
                }
                return Ok(Some("reason given".to_owned()));
            }
            _ => return self.drop_and_go_on(tx).await,
        };
        if chosen.is_empty() {
            self.say("ask_unknown_number", &[("number", word)]);
            return Ok(Some("unknown number".to_owned()));
        }
        inbox::drop_question(tx, self.person).await?;
        let first = self.read(&question.text, crate::store::inbox::asked_at(&question), None);
        let bound = Bound { message: outbox::message(tx, asked).await?, quoted: true, only: Some(chosen) };
        self.carry_out(tx, &question.text, &first, &bound, true).await?;
        Ok(Some(format!("answered: {}", first.label())))
    }

    async fn drop_and_go_on(&mut self, tx: &mut Tx) -> Result<Option<String>> {
        inbox::drop_question(tx, self.person).await?;
        Ok(None)
    }

    /// Does what the intents of a reading say.
    async fn carry_out(
        &mut self,
        tx: &mut Tx,
        text: &str,
        reading: &Reading,
        bound: &Bound,
        confirmed: bool,
    ) -> Result<()> {
        let mut named: Vec<ItemId> = Vec::new();
        for intent in &reading.intents {
            match intent.kind {
                IntentKind::Help => self.help(),
                IntentKind::Status => self.status(tx).await?,
                IntentKind::Report | IntentKind::CheckIn => self.say("thanks_report", &[]),
                IntentKind::OptOut => self.optout(),
                IntentKind::Undo => self.undo(tx, intent, bound).await?,
                IntentKind::Unknown | IntentKind::Emergency => {
                    self.say("ask_unclear", &[("text", shorten(text))]);
                }
                _ => {
                    let items = match self.items_of(tx, intent, bound, &named, confirmed).await? {
                        BoundItems::These(items) => items,
                        BoundItems::Which(candidates) => {
                            self.ask(tx, "which", "ask_which", text, candidates).await?;
                            return Ok(());
                        }
                        BoundItems::Confirm(candidates) => {
                            self.ask(tx, "confirm", "ask_confirm", text, candidates).await?;
                            return Ok(());
                        }
                        BoundItems::None => continue,
                    };
                    named.extend(&items);
                    for id in items {
                        self.apply_intent(tx, text, intent, id).await?;
                    }
                }
            }
        }
        Ok(())
    }

    // ---- buttons -----------------------------------------------------------------------------------

    /// Works on a pressed button of a message that was sent to this very person and chat.
    pub(super) async fn press(
        &mut self,
        tx: &mut Tx,
        message: &StoredMessage,
        line: u32,
        verb: Verb,
    ) -> Result<String> {
        let now = self.gateway.now();
        outbox::mark_heard(tx, message.id, now).await?;
        let outcome = format!("button {}", verb.word());
        match verb {
            Verb::Help => self.help(),
            Verb::Status => self.status(tx).await?,
            Verb::Noted => self.say("echo_noted", &[]),
            Verb::Confirm | Verb::Cancel | Verb::Choose => {
                let word = match verb {
                    Verb::Confirm => "是".to_owned(),
                    Verb::Cancel => "取消".to_owned(),
                    _ => line.to_string(),
                };
                match inbox::question(tx, self.person, now).await? {
                    Some((question, asked)) if asked == message.id => {
                        let reading = self.read(&word, now, None);
                        self.answered_question(tx, &word, &reading, question, asked).await?;
                    }
                    _ => self.say("confirmed_none", &[]),
                }
            }
            _ => match message.body.item(line) {
                None => self.say("ask_expired", &[]),
                Some(id) => self.press_item(tx, id, verb).await?,
            },
        }
        self.mark_answered(tx, message, line).await?;
        Ok(outcome)
    }

    async fn press_item(&mut self, tx: &mut Tx, id: ItemId, verb: Verb) -> Result<()> {
        let event = match verb {
            Verb::Done => Event::ClaimDone { at: None, note: String::new() },
            Verb::Ack => Event::Ack,
            Verb::InProgress => Event::Progress { percent: None, eta: None, note: String::new() },
            Verb::VerifyPass => Event::VerifyPass { note: String::new() },
            Verb::Close => Event::Close { document: String::new() },
            Verb::Undo => return self.undo_items(tx, &[id]).await,
            Verb::VerifyFail => {
                let question = "不合格";
                return self.ask(tx, "reason", "refuse_needs_reason", question, vec![id]).await;
            }
            Verb::Extend => {
                let Some(item) = items::get(tx, id).await? else { return Ok(()) };
                let Some(until) = self.postponed(&item, &Postponement::Days(3)) else {
                    self.refused(&item, &crate::core::transition::Refusal::NoDeadline);
                    return Ok(());
                };
                Event::RequestExtension { until, reason: String::new(), interim: String::new() }
            }
            Verb::Approve | Verb::Refuse => {
                let Some(item) = items::get(tx, id).await? else { return Ok(()) };
                decision(&item, verb == Verb::Approve, "")
            }
            _ => return Ok(()),
        };
        self.apply(tx, id, event).await
    }

    /// The pressed message shows that it was answered, and offers that line's buttons no more.
    async fn mark_answered(&mut self, tx: &mut Tx, message: &StoredMessage, line: u32) -> Result<()> {
        let mut body = message.body.clone();
        for row in &mut body.buttons {
            row.retain(|p| p.line != line && line != 0);
        }
        body.buttons.retain(|row| !row.is_empty());
        let note = self.lines.first().cloned().unwrap_or_default();
        if !note.is_empty() {
            body.foot.retain(|f| !f.starts_with("→ ") || !f.contains(&note));
            body.foot.push(format!("→ {note}"));
        }
        outbox::save_body(tx, message.id, &body).await?;
        self.edits.push(message.id);
        Ok(())
    }

    // ---- events --------------------------------------------------------------------------------------

    /// One intent on one item.
    async fn apply_intent(&mut self, tx: &mut Tx, text: &str, intent: &Intent, id: ItemId) -> Result<()> {
        let Some(item) = items::get(tx, id).await? else { return Ok(()) };
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
            IntentKind::Blocked => Event::Block { reason: if reason.is_empty() { shorten(text) } else { reason } },
            IntentKind::Reject => Event::Reject { reason: if reason.is_empty() { shorten(text) } else { reason } },
            IntentKind::VerifyPass => Event::VerifyPass { note: String::new() },
            IntentKind::VerifyFail => {
                if reason.is_empty() {
                    return self.ask(tx, "reason", "refuse_needs_reason", text, vec![id]).await;
                }
                Event::VerifyFail { reason }
            }
            IntentKind::Approve => decision(&item, true, &reason),
            IntentKind::Refuse => decision(&item, false, &reason),
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
        self.apply(tx, id, event).await
    }

    /// Applies an event and says what came of it.
    async fn apply(&mut self, tx: &mut Tx, id: ItemId, event: Event) -> Result<()> {
        let Some(item) = items::get(tx, id).await? else { return Ok(()) };
        let origin =
            Origin { actor: Actor::Person(self.person), via: &self.received.channel, inbox_id: Some(self.received.id) };
        match self.gateway.act(tx, self.directory, &item, origin, &event).await? {
            Ok(change) => {
                self.accepted(&event, &change);
                if can_be_undone(&event) && !change.unchanged && self.gateway.policy.limits.undo_minutes > 0 {
                    let line = self.body.refs.len() as u32 + 101;
                    self.body.refs.push((line, id));
                    let label = match self.body.refs.len() {
                        1 => self.phrase("button_undo", &[]),
                        _ => format!("{} {}", self.phrase("button_undo", &[]), item.code),
                    };
                    self.body.buttons.push(vec![Press { label, verb: Verb::Undo, line }]);
                }
            }
            Err(refusal) => self.refused(&item, &refusal),
        }
        Ok(())
    }

    fn snooze(&self, intent: &Intent) -> DateTime<Utc> {
        let zone = self.reader().map_or(self.gateway.policy.zone, |p| p.zone);
        intent.snooze_until.map_or(self.gateway.now() + Duration::hours(1), |t| local_to_utc(zone, t))
    }

    fn extension(&mut self, text: &str, intent: &Intent, item: &Item) -> Option<Event> {
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
                    self.refused(item, &crate::core::transition::Refusal::NoDeadline);
                    return None;
                };
                let (reason, interim) = reason_and_interim(text, intent.reason.as_deref());
                Some(Event::RequestExtension { until, reason, interim })
            }
        }
    }

    /// The new deadline that a postponement means for an item; `None` without a deadline.
    fn postponed(&self, item: &Item, postpone: &Postponement) -> Option<DateTime<Utc>> {
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

    fn handover(&mut self, text: &str, intent: &Intent, item: &Item) -> Option<Event> {
        let name = intent.to.first().cloned().or_else(|| intent.to_unit.clone()).unwrap_or_default();
        let args = [("name", name.clone()), ("code", item.code.clone())];
        if intent.to.len() > 1 {
            self.say("refuse_many_people", &args);
            return None;
        }
        let people = self.directory.people_named(&name);
        let to = match people.as_slice() {
            [one] => Some(Who::Person(one.id)),
            [] => self.unit_post(&name),
            _ => {
                self.say("refuse_many_people", &args);
                return None;
            }
        };
        let Some(to) = to else {
            self.say("refuse_no_person", &args);
            return None;
        };
        // Whoever may assign does so; the fixer asks.
        let world = self.world();
        let fixers = world.holders(item, crate::core::item::Role::Responsible);
        if fixers.contains(&self.person) {
            Some(Event::RequestHandover { to, reason: intent.reason.clone().unwrap_or_else(|| shorten(text)) })
        } else {
            Some(Event::Reassign { to })
        }
    }

    /// The post of a unit that takes items: liaison, else head, else safety office.
    fn unit_post(&self, name: &str) -> Option<Who> {
        let units = self.directory.units_named(name);
        let [unit] = units.as_slice() else { return None };
        ["liaison", "head", "safety_office", "staff"]
            .iter()
            .find_map(|role| self.directory.posts_with_role(unit.id, role).first().copied())
            .map(Who::Post)
    }

    // ---- undo ------------------------------------------------------------------------------------------

    async fn undo(&mut self, tx: &mut Tx, intent: &Intent, bound: &Bound) -> Result<()> {
        let items = match &intent.items {
            reply::Items::Unspecified | reply::Items::All => Vec::new(),
            _ => match self.items_of(tx, intent, bound, &[], true).await? {
                BoundItems::These(items) => items,
                _ => return Ok(()),
            },
        };
        self.undo_items(tx, &items).await
    }

    /// Takes back the person's last answer (all changes of one message), or those on `only`.
    async fn undo_items(&mut self, tx: &mut Tx, only: &[ItemId]) -> Result<()> {
        let minutes = self.gateway.policy.limits.undo_minutes;
        let now = self.gateway.now();
        let recent = crate::store::events::recent_of(tx, self.person, now - Duration::minutes(minutes)).await?;
        let mut recent = recent.into_iter().filter(|e| can_be_undone(&e.event));
        let last = recent.next();
        let same_answer = |e: &crate::store::events::Logged| last.as_ref().is_some_and(|l| l.at == e.at);
        let mut events: Vec<_> = last.iter().cloned().chain(recent.clone().filter(same_answer)).collect();
        if !only.is_empty() {
            events = last.iter().cloned().chain(recent).filter(|e| only.contains(&e.item)).collect();
        }
        let mut done = false;
        for event in events {
            let history = crate::store::events::last_two(tx, event.item).await?;
            let [newest, before] = history.as_slice() else { continue };
            if newest.id != event.id {
                continue; // somebody acted on it since: it is not his to take back any more
            }
            let Some(item) = items::get(tx, event.item).await? else { continue };
            let origin = Origin {
                actor: Actor::Person(self.person),
                via: &self.received.channel,
                inbox_id: Some(self.received.id),
            };
            let change =
                self.gateway.take_back(tx, self.directory, &item, &before.after, origin, newest.event.word()).await?;
            self.undone(&change.item);
            done = true;
        }
        if !done {
            self.say("refuse_no_undo", &[("minutes", minutes.to_string())]);
        }
        Ok(())
    }

    // ---- asking and listing ------------------------------------------------------------------------------

    /// Asks which item, or for a "yes"; remembers what was said meanwhile.
    async fn ask(&mut self, tx: &mut Tx, asks: &str, key: &str, text: &str, candidates: Vec<ItemId>) -> Result<()> {
        let mut args = vec![("count", candidates.len().to_string()), ("text", shorten(text))];
        if asks == "reason"
            && let Some(item) = items::get(tx, candidates[0]).await?
        {
            args = vec![
                ("code", item.code.clone()),
                ("title", item.title.clone()),
                ("example", "不合格：接地仍失效".to_owned()),
            ];
        }
        self.body = Message { title: self.phrase(key, &args), ..std::mem::take(&mut self.body) };
        if asks != "reason" {
            self.list(tx, &candidates).await?;
            self.body.buttons = match asks {
                "confirm" => vec![vec![
                    Press { label: self.phrase("button_yes", &[]), verb: Verb::Confirm, line: 0 },
                    Press { label: self.phrase("button_no", &[]), verb: Verb::Cancel, line: 0 },
                ]],
                _ => (1..=candidates.len().min(8) as u32)
                    .map(|line| Press { label: crate::core::words::circled(line), verb: Verb::Choose, line })
                    .collect::<Vec<_>>()
                    .chunks(4)
                    .map(<[Press]>::to_vec)
                    .collect(),
            };
        }
        self.question = Some(Question {
            text: text.to_owned(),
            at: self.received.at.timestamp_millis(),
            asks: asks.to_owned(),
            items: candidates.iter().map(|i| i.0).collect(),
        });
        Ok(())
    }

    async fn list(&mut self, tx: &mut Tx, ids: &[ItemId]) -> Result<()> {
        let world = self.world();
        let Some(person) = self.reader() else { return Ok(()) };
        let desk = self.gateway.desk(&world, person);
        let mut lines = Vec::new();
        for (n, id) in ids.iter().take(MAX_LINES).enumerate() {
            let Some(item) = items::get(tx, *id).await? else { continue };
            let state = self.phrase(&format!("state_{}", item.state.word()), &[]);
            let detail = if item.state.is_with_fixer() { format!("{state}　{}", desk.due_text(&item)) } else { state };
            lines.push(Line { number: n as u32 + 1, item: item.id, code: item.code, title: item.title, detail });
        }
        if ids.len() > MAX_LINES {
            self.body.foot.push(self.phrase("echo_more", &[("count", (ids.len() - MAX_LINES).to_string())]));
        }
        self.body.sections.push(Section { heading: String::new(), lines });
        Ok(())
    }

    async fn status(&mut self, tx: &mut Tx) -> Result<()> {
        let mut open = self.open_items(tx, crate::core::item::Role::Responsible).await?;
        for item in self.open_items(tx, crate::core::item::Role::Verifier).await? {
            if item.state == crate::core::item::State::ReportedDone && !open.iter().any(|i| i.id == item.id) {
                open.push(item);
            }
        }
        open.sort_by_key(|i| (i.current_due.is_none(), i.current_due));
        let name = self.reader().map_or(String::new(), |p| p.name.clone());
        if open.is_empty() {
            self.say("status_none", &[("name", name)]);
            return Ok(());
        }
        self.body.title = self.phrase("status_title", &[("name", name), ("count", open.len().to_string())]);
        let ids: Vec<ItemId> = open.iter().map(|i| i.id).collect();
        self.list(tx, &ids).await
    }

    pub(super) fn help(&mut self) {
        self.body.title = self.phrase("help_title", &[]);
        for n in 1..=6 {
            self.say(&format!("help_{n}"), &[]);
        }
    }

    fn optout(&mut self) {
        let names: Vec<String> = self
            .directory
            .administrators()
            .iter()
            .filter_map(|p| self.directory.person(*p))
            .map(|p| p.name.clone())
            .collect();
        self.say("optout", &[("who", names.join("、"))]);
    }
}

/// What an approver's yes or no is about: the extension, else the hand-over, else the void.
fn decision(item: &Item, approve: bool, reason: &str) -> Event {
    match (&item.extension, &item.handover) {
        (None, Some(handover)) if approve => Event::Reassign { to: handover.to },
        (None, Some(_)) => Event::RefuseHandover,
        (None, None) if item.void_by.is_some() && approve => Event::Void { reason: item.note.clone() },
        _ => Event::DecideExtension { approve, reason: reason.to_owned() },
    }
}

/// Events that their author may take back inside the window.
fn can_be_undone(event: &Event) -> bool {
    !matches!(
        event,
        Event::Ack | Event::Undo { .. } | Event::Snooze { .. } | Event::Register | Event::Amend { .. } | Event::Issue
    )
}

/// `3`, `1,3`, `第2项`: nothing but numbers.
fn numbers_only(word: &str) -> Option<Vec<u32>> {
    let bare: String = word.chars().filter(|c| !matches!(c, '第' | '项' | '条' | '个' | '#' | ' ')).collect();
    let numbers: Vec<u32> = bare.split([',', '、', '，', '和']).map(|n| n.parse().ok()).collect::<Option<_>>()?;
    (!numbers.is_empty()).then_some(numbers)
}

/// `原因：…；临时措施：…` in a request for more time.
fn reason_and_interim(text: &str, reason: Option<&str>) -> (String, String) {
    let part = |labels: &[&str]| -> Option<String> {
        let (at, label) = labels.iter().filter_map(|l| text.to_lowercase().find(l).map(|at| (at, *l))).min()?;
        let rest = text.get(at + label.len()..)?.trim_start_matches(['：', ':', ' ', '为', '是']);
        let end = rest.find(['；', ';', '\n', '。']).unwrap_or(rest.len());
        Some(rest[..end].trim().to_owned())
    };
    let interim = part(&["临时措施", "防控措施", "臨時措施", "interim"]).unwrap_or_default();
    let reason = part(&["原因", "理由", "因为", "reason", "because"]).or(reason.map(str::to_owned)).unwrap_or_default();
    (reason, interim)
}

/// At most 60 characters of what somebody wrote.
fn shorten(text: &str) -> String {
    let text = text.trim();
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
