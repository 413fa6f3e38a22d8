//! From words and buttons to events: what a person's answer does, and what he hears back.
//!
//! Reads with `core::reply`, binds with [`super::bind`], applies with [`Gateway::act`], and says every
//! outcome with code and title ([`super::echo`]). Unclear words change nothing and ask.

use chrono::{DateTime, Duration, Utc};

use super::act::Origin;
use super::bind::{Bound, Items as BoundItems};
use super::inbox::answer_to;
use super::quoted::Quote;
use super::{Days, Gateway};
use crate::core::deadline::local_to_utc;
use crate::core::item::{Item, ItemId};
use crate::core::message::{Action, Line, Message, Press, Section};
use crate::core::org::{Directory, Person, PersonId};
use crate::core::reply::{self, Intent, IntentKind, Postponement, Reading, Speaker};
use crate::core::transition::Event;
use crate::core::words::{Say, letter, shorten};
use crate::core::world::World;
use crate::store::Result;
use crate::store::inbox::{self, Question, Received};
use crate::store::outbox::StoredMessage;
use crate::store::refusals::Attempt;
use crate::store::work::Work;
use asked::Part;
use speaker::Known;
pub(super) use speaker::rests_on_list;

mod absence;
mod asked;
mod change;
mod list;
mod meant;
mod press;
mod reasons;
mod speaker;
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
    pub(super) received: &'a Received,
    pub(super) person: PersonId,
    /// Lines of the answer so far.
    lines: Vec<String>,
    body: Message,
    /// Waits for an answer of its own.
    question: Option<Question>,
    /// What could not be recorded yet, because its reason is missing.
    needing: Option<reasons::Needing>,
    /// Something was recorded, or was so already: what asked for it asks no more.
    recorded: bool,
    /// Nothing of it was understood.
    puzzled: bool,
    /// Messages to mark as answered and change in place.
    edits: Vec<i64>,
    /// Items of others that they tried to change.
    pub(super) attempts: Vec<ItemId>,
    /// Others read what comes to where they write from.
    pub(super) shared: bool,
    /// Readings to ask back first.
    pub(super) likely: Vec<IntentKind>,
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
            needing: None,
            recorded: false,
            puzzled: false,
            edits: Vec::new(),
            attempts: Vec::new(),
            shared: false,
            likely: Vec::new(),
        }
    }

    pub(super) fn world(&self) -> World<'a> {
        self.gateway.world(self.directory)
    }

    /// Whose answer it is, for the log.
    pub(super) fn origin(&self) -> Origin<'a> {
        Origin::person(self.person, &self.received.channel, Some(self.received.id))
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
        self.read(text, self.received.written_at(), &Known::default())
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

    /// Works on a text that was read; `quote`: what it quotes.
    pub(super) async fn text(
        &mut self,
        work: &mut Work<'_>,
        text: &str,
        reading: &Reading,
        quote: Quote<'_>,
    ) -> Result<String> {
        if reading.emergency {
            let tx = work.tx().await?;
            let card = self.gateway.emergency(tx, self.directory, self.received, self.person, text).await?;
            self.body = card.unwrap_or_default();
            return Ok("emergency".to_owned());
        }
        // A mail's vacation note may lack its marks; in a chat somebody types.
        let typed = reading.away && self.received.channel != "mail";
        if reading.automatic && !typed {
            return Ok("automatic: ignored".to_owned());
        }
        if let Some((question, asked)) = work.question(self.person).await?
            && let Some(outcome) = self.answered_question(work, text, reading, question, asked).await?
        {
            return Ok(outcome);
        }
        // Beside a leave, whom something goes to is the deputy.
        let of_leave = [IntentKind::Unknown, IntentKind::Snooze, IntentKind::Reassign, IntentKind::Absence];
        let says_more = |i: &Intent| !of_leave.contains(&i.kind);
        if typed && !reading.intents.iter().any(says_more) {
            return self.absence(work, text).await;
        }
        let bound = self.bind(work, quote).await?;
        if let Some(message) = &bound.message {
            work.mark_heard(message.id);
        }
        let by_code = |i: &Intent| matches!(i.items, reply::Items::Codes(_));
        if bound.unknown && reading.intents.len() > 1 && !reading.intents.iter().all(by_code) {
            // What each part of it means cannot be asked with one question.
            self.say("ask_quoted_again", &[("text", shorten(text))]);
            return Ok("quotes something unknown".to_owned());
        }
        let reading = self.read_as(work, text, self.received.written_at(), reading, &bound).await?;
        self.carry_out(work, text, &reading, &bound, Part::All).await?;
        Ok(if self.puzzled { meant::PUZZLED.to_owned() } else { reading.label() })
    }

    fn read(&self, text: &str, at: DateTime<Utc>, known: &Known) -> Reading {
        let zone = self.reader().map_or(self.gateway.policy.zone, |p| p.zone);
        let office = self.world().office(None);
        let days = Days(office.calendar);
        let (words, called) = self.own_words(text);
        let context = reply::Context {
            by: known.by,
            item: known.item.as_deref(),
            numbers: &known.numbers,
            likely: &self.likely,
            ..reply::Context::at(at.with_timezone(&zone).naive_local(), &days)
        };
        let mut reading = self.gateway.words().read(words, &context);
        if called == Called::Perhaps {
            reading.intents.iter_mut().filter(|i| i.kind == IntentKind::Done).for_each(|i| i.confirm = true);
        }
        reading
    }

    /// The words without the mention in front that calls us. Where a person or a unit is named, it says to whom the
    /// item goes and stays.
    fn own_words<'t>(&self, text: &'t str) -> (&'t str, Called) {
        if let Some((words, last)) = text.trim_end().rsplit_once(char::is_whitespace)
            && let Some(name) = last.strip_prefix(['@', '＠']).map(str::to_lowercase)
            && OUR_NAMES.iter().any(|word| name.contains(word))
            && self.directory.units_named(&name).is_empty()
        {
            return (words, Called::Us);
        }
        let mention = text.trim_start().strip_prefix(['@', '＠']);
        let Some((name, words)) = mention.and_then(|m| m.split_once(char::is_whitespace)) else {
            return (text, Called::No);
        };
        let known = !self.directory.people_named(name).is_empty() || !self.directory.units_named(name).is_empty();
        let low = name.to_lowercase();
        if !known && OUR_NAMES.iter().any(|word| low.contains(word)) {
            return (words, Called::Us);
        }
        match known || reply::is_somebody(name) {
            true => (text, Called::No),
            false => (words, Called::Perhaps),
        }
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
        match question.asks.as_str() {
            "whom" => return self.named_whom(work, text, reading, question).await,
            "absence" => return self.absence_answered(work, text, reading, question, yes).await,
            "register" => return self.register_answered(work, question, yes).await,
            asks if asks.starts_with(meant::ASKS) => return self.meant(work, &word, question).await,
            asks if asks.starts_with("reason") => return self.reason_given(work, text, reading, question).await,
            _ => {}
        }
        let asked_items: Vec<ItemId> = question.items.iter().map(|i| ItemId(*i)).collect();
        let (asks, part) = asked::part_of(&question.asks);
        let chosen: Vec<ItemId> = match asks {
            "confirm" if yes => asked_items,
            "which" => match numbers_only(&word) {
                Some(numbers) => self.among(work, &numbers, &asked_items, asked).await?.unwrap_or_default(),
                None => return self.drop_and_go_on(work).await,
            },
            _ => return self.drop_and_go_on(work).await,
        };
        if chosen.is_empty() {
            self.say("ask_not_among", &[("number", word)]);
            return Ok(Some("unknown number".to_owned()));
        }
        inbox::drop_question(work.tx().await?, self.person).await?;
        let at = inbox::asked_at(&question);
        let first = self.read(&question.text, at, &Known::default());
        let message = work.message(asked).await?;
        let bound = Bound { message, quoted: true, only: Some(chosen), ..Bound::default() };
        let first = self.read_as(work, &question.text, at, &first, &bound).await?;
        let Some(part) = part.within(&first) else {
            self.say("ask_later", &[("text", shorten(&question.text))]);
            return Ok(Some("answered: the text reads otherwise now".to_owned()));
        };
        self.carry_out(work, &question.text, &first, &bound, part).await?;
        Ok(Some(format!("answered: {}", first.label())))
    }

    async fn drop_and_go_on(&mut self, work: &mut Work<'_>) -> Result<Option<String>> {
        inbox::drop_question(work.tx().await?, self.person).await?;
        Ok(None)
    }

    /// Does what the intents of a reading say: all of them, or the part that was asked about. With a question open, what
    /// names its items goes on; the rest is said to be wanted once more.
    async fn carry_out(
        &mut self,
        work: &mut Work<'_>,
        text: &str,
        reading: &Reading,
        bound: &Bound,
        part: Part,
    ) -> Result<()> {
        let confirmed = part != Part::All;
        let mut named: Vec<ItemId> = Vec::new();
        for (which, intent) in reading.intents.iter().enumerate() {
            if !part.holds(reading, which) || self.waits_for_another(text, reading, which) {
                continue;
            }
            metrics::counter!("dutybell_replies_total", "intent" => format!("{:?}", intent.kind)).increment(1);
            match intent.kind {
                // An item named and nothing said of it, or its state asked for.
                IntentKind::Help | IntentKind::Status | IntentKind::Unknown if names_only(intent, reading) => {
                    match self.items_of(work, intent, bound, &named, confirmed).await? {
                        BoundItems::These(items) | BoundItems::Confirm(items) => self.show(work, &items).await?,
                        BoundItems::Which(candidates, key) => {
                            self.ask_part(work, "which", key, text, (reading, which), candidates).await?;
                        }
                        BoundItems::None => {}
                    }
                }
                IntentKind::Help => self.help(),
                IntentKind::Status => self.status(work).await?,
                IntentKind::Unknown if self.is_label(text, "button_reassign") => {
                    match self.items_of(work, intent, bound, &named, confirmed).await? {
                        BoundItems::These(items) => self.ask_whom(work, &items).await?,
                        _ => self.puzzle(work, text).await?,
                    }
                }
                IntentKind::Greeting => {
                    self.say("greeting", &[]);
                    self.status(work).await?;
                }
                IntentKind::Chatter if intent.reason.is_some() => self.say("complaint", &[]),
                IntentKind::Chatter => {}
                IntentKind::Register => self.offer_register(text),
                IntentKind::Absence => {
                    self.absence(work, text).await?;
                }
                IntentKind::Report | IntentKind::CheckIn => self.say("thanks_report", &[]),
                IntentKind::OptOut => self.optout(),
                IntentKind::Undo => self.undo(work, intent, bound).await?,
                IntentKind::Unknown | IntentKind::Emergency => {
                    let own = reply::own_words(text, &reading.intents, which);
                    let offers = reading.offers.get(which).map_or(&[][..], Vec::as_slice);
                    self.ask_meant(work, &own, intent, offers, bound).await?;
                }
                _ => {
                    let items = match self.items_of(work, intent, bound, &named, confirmed).await? {
                        BoundItems::These(items) => items,
                        BoundItems::Which(candidates, key) => {
                            self.ask_part(work, "which", key, text, (reading, which), candidates).await?;
                            continue;
                        }
                        BoundItems::Confirm(candidates) => {
                            self.ask_part(work, "confirm", "ask_confirm", text, (reading, which), candidates).await?;
                            continue;
                        }
                        BoundItems::None => continue,
                    };
                    named.extend(&items);
                    // No with one word to several: listed, and why is asked, or a yes.
                    if items.len() > 1 && !confirmed && intent.items == reply::Items::All && intent.denies() {
                        match &intent.reason {
                            Some(_) => {
                                self.ask_part(work, "confirm", "ask_confirm", text, (reading, which), items).await?
                            }
                            None => self.needs_reason(intent, text, &items),
                        }
                        continue;
                    }
                    let own = reply::own_words(text, &reading.intents, which);
                    for id in items {
                        self.apply_intent(work, &own, intent, id).await?;
                    }
                }
            }
        }
        self.ask_needed(work).await
    }
}

/// Words in the names that offices give to us.
const OUR_NAMES: [&str; 13] =
    ["督办", "提醒", "助手", "助理", "机器人", "值班", "催办", "bot", "duty", "bell", "assist", "remind", "helper"];

/// Whether a mention in front of a text calls us.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Called {
    No,
    Us,
    /// A name that nobody here has; what it claims is confirmed first.
    Perhaps,
}

/// The intent names items, and the text says nothing more than that, or asks how they stand.
fn names_only(intent: &Intent, reading: &Reading) -> bool {
    let named = matches!(intent.items, reply::Items::Codes(_) | reply::Items::Lines(_));
    let silent = reading.clauses.iter().all(|clause| clause.text.trim_matches(['?', '#', ' ']).is_empty());
    named && reading.intents.len() == 1 && (silent || intent.kind == IntentKind::Status)
}

/// `3`, `1,3`, `第2项`, `③`, `(21)`: nothing but numbers.
fn numbers_only(word: &str) -> Option<Vec<u32>> {
    let written = word.chars().filter(|c| !matches!(c, '第' | '项' | '条' | '个' | '#' | ' ' | '(' | ')'));
    let bare: String = written
        .map(|c| match c {
            '①'..='⑳' => (u32::from(c) - u32::from('①') + 1).to_string(),
            c => c.to_string(),
        })
        .collect();
    let numbers: Vec<u32> = bare.split([',', '、', '，', '和']).map(|n| n.parse().ok()).collect::<Option<_>>()?;
    (!numbers.is_empty()).then_some(numbers)
}
