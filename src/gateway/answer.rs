//! From words and buttons to events: what a person's answer does, and what he hears back.
//!
//! Reads with `core::reply`, binds with [`super::bind`], applies with [`Gateway::act`], and says every
//! outcome with code and title ([`super::echo`]). Unclear words change nothing and ask.

use chrono::{DateTime, Duration, Utc};

use super::act::Origin;
use super::bind::{Bound, Items as BoundItems};
use super::inbox::answer_to;
use super::{Days, Gateway};
use crate::core::deadline::{Span, local_to_utc};
use crate::core::item::{Item, ItemId};
use crate::core::message::{Line, Message, Press, Section, Verb};
use crate::core::org::{Directory, Person, PersonId, Who};
use crate::core::reply::{self, Intent, IntentKind, Postponement, Reading};
use crate::core::transition::{Actor, Event};
use crate::core::words::Say;
use crate::core::world::World;
use crate::store::Result;
use crate::store::inbox::{self, Question, Received};
use crate::store::outbox::StoredMessage;
use crate::store::refusals::Attempt;
use crate::store::work::Work;

mod change;
mod list;
mod press;
mod undo;

/// How long a question waits for its answer.
const QUESTION_LIFE: Duration = Duration::hours(24);
/// So long a message by another channel still asks for an answer.
pub(super) const ASKS: Duration = Duration::days(3);
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
    /// Items of others that they tried to change.
    pub(super) attempts: Vec<ItemId>,
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
            attempts: Vec::new(),
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

    /// Everything that the answer says so far, for showing it before it is given.
    pub(super) fn said(&self) -> Vec<String> {
        let head = Some(&self.body.title).filter(|title| !title.is_empty());
        let listed = self.body.lines().map(|l| format!("{} {}", l.code, l.title));
        self.lines.iter().chain(head).chain(&self.body.lead).cloned().chain(listed).collect()
    }

    /// What a text says, as of when it was written.
    pub(super) fn reading(&self, text: &str) -> Reading {
        self.read(text, self.received.written_at(), None)
    }

    /// Queues the answer; gives the messages to change in place.
    pub(super) async fn finish(mut self, work: &mut Work<'_>) -> Result<Vec<i64>> {
        for item in std::mem::take(&mut self.attempts) {
            self.gateway.note_refusal(work.tx().await?, Attempt::Item, &self.received.channel, Some(item)).await?;
        }
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
        let message = answer_to(self.received, Some(self.person), self.body);
        match self.question {
            Some(question) => {
                let (id, now) = (work.send_now(&message).await?, self.gateway.now());
                inbox::ask(work.tx().await?, self.person, &question, id, now, now + QUESTION_LIFE).await?;
            }
            None => work.send(message).await?,
        }
        Ok(self.edits)
    }

    // ---- words -----------------------------------------------------------------------------------

    /// Works on a text that was read; `quoted` is the platform id of the message it answers.
    pub(super) async fn text(
        &mut self,
        work: &mut Work<'_>,
        text: &str,
        reading: &Reading,
        quoted: Option<&str>,
    ) -> Result<String> {
        if reading.emergency {
            self.body =
                self.gateway.emergency(work.tx().await?, self.directory, self.received, self.person, text).await?;
            return Ok("emergency".to_owned());
        }
        if reading.automatic {
            return Ok("automatic: ignored".to_owned());
        }
        if let Some((question, asked)) = work.question(self.person).await?
            && let Some(outcome) = self.answered_question(work, text, reading, question, asked).await?
        {
            return Ok(outcome);
        }
        let bound = self.bind(work, &self.received.channel, &self.received.inbound.chat, quoted).await?;
        if let Some(message) = &bound.message {
            work.mark_heard(message.id);
        }
        self.carry_out(work, text, reading, &bound, false).await?;
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
        work: &mut Work<'_>,
        text: &str,
        reading: &Reading,
        question: Question,
        asked: i64,
    ) -> Result<Option<String>> {
        let word = text.trim().trim_end_matches(['。', '.', '！', '!']).to_lowercase();
        if matches!(word.as_str(), "否" | "不" | "不是" | "取消" | "no" | "n" | "cancel") {
            inbox::drop_question(work.tx().await?, self.person).await?;
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
                None => return self.drop_and_go_on(work).await,
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
                inbox::drop_question(work.tx().await?, self.person).await?;
                for id in asked_items {
                    self.apply(work, id, Event::VerifyFail { reason: text.trim().to_owned() }).await?;
                }
                return Ok(Some("reason given".to_owned()));
            }
            _ => return self.drop_and_go_on(work).await,
        };
        if chosen.is_empty() {
            self.say("ask_unknown_number", &[("number", word)]);
            return Ok(Some("unknown number".to_owned()));
        }
        inbox::drop_question(work.tx().await?, self.person).await?;
        let first = self.read(&question.text, crate::store::inbox::asked_at(&question), None);
        let bound = Bound { message: work.message(asked).await?, quoted: true, only: Some(chosen) };
        self.carry_out(work, &question.text, &first, &bound, true).await?;
        Ok(Some(format!("answered: {}", first.label())))
    }

    async fn drop_and_go_on(&mut self, work: &mut Work<'_>) -> Result<Option<String>> {
        inbox::drop_question(work.tx().await?, self.person).await?;
        Ok(None)
    }

    /// Does what the intents of a reading say.
    async fn carry_out(
        &mut self,
        work: &mut Work<'_>,
        text: &str,
        reading: &Reading,
        bound: &Bound,
        confirmed: bool,
    ) -> Result<()> {
        let mut named: Vec<ItemId> = Vec::new();
        for intent in &reading.intents {
            metrics::counter!("dutybell_replies_total", "intent" => format!("{:?}", intent.kind)).increment(1);
            match intent.kind {
                IntentKind::Help => self.help(),
                IntentKind::Status => self.status(work).await?,
                IntentKind::Report | IntentKind::CheckIn => self.say("thanks_report", &[]),
                IntentKind::OptOut => self.optout(),
                IntentKind::Undo => self.undo(work, intent, bound).await?,
                IntentKind::Unknown | IntentKind::Emergency => {
                    self.say("ask_unclear", &[("text", shorten(text))]);
                }
                _ => {
                    let items = match self.items_of(work, intent, bound, &named, confirmed).await? {
                        BoundItems::These(items) => items,
                        BoundItems::Which(candidates) => {
                            self.ask(work, "which", "ask_which", text, candidates).await?;
                            return Ok(());
                        }
                        BoundItems::Confirm(candidates) => {
                            self.ask(work, "confirm", "ask_confirm", text, candidates).await?;
                            return Ok(());
                        }
                        BoundItems::None => continue,
                    };
                    named.extend(&items);
                    for id in items {
                        self.apply_intent(work, text, intent, id).await?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// `3`, `1,3`, `第2项`: nothing but numbers.
fn numbers_only(word: &str) -> Option<Vec<u32>> {
    let bare: String = word.chars().filter(|c| !matches!(c, '第' | '项' | '条' | '个' | '#' | ' ')).collect();
    let numbers: Vec<u32> = bare.split([',', '、', '，', '和']).map(|n| n.parse().ok()).collect::<Option<_>>()?;
    (!numbers.is_empty()).then_some(numbers)
}

/// At most 60 characters of what somebody wrote.
pub(super) fn shorten(text: &str) -> String {
    let text = text.trim();
    let short: String = text.chars().take(60).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
