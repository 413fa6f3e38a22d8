//! The inbox: stored updates, handled and finished in one transaction; several people's share one.
//!
//! An account that writes too much waits: nothing of it is dropped, and its emergencies do not wait.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Gateway;
use super::ahead::Known;
use super::answer::Answer;
use super::bounce::Report;
use super::link::looks_like_code;
use super::puzzles::Likely;
use super::quoted::Quote;
use crate::channel::{Channel, Outgoing};
use crate::core::allowance::Turn;
use crate::core::inbound::Content;
use crate::core::message::{Message, parse_action};
use crate::core::org::{Directory, PersonId};
use crate::core::policy::Urgency;
use crate::core::words::Say;
use crate::mutants::{self, Mutant};
use crate::render::{part, render};
use crate::store::events::Origin;
use crate::store::inbox::{self, Received};
use crate::store::outbox::{NewMessage, StoredMessage};
use crate::store::work::Work;
use crate::store::{Result, Store, StoreError, Tx, allowances, canary, outbox, people};

/// Updates handled in one step before the other loops get their turn.
pub(super) const BATCH: i64 = 100;
/// Messages of one account that are dealt with in a minute; the rest follows in the next ones.
const PER_MINUTE: u32 = 30;

/// What is left to do on the platform after the transaction: never needed for correctness.
#[derive(Default)]
pub(super) struct Courtesy {
    /// A pressed button's waiting state ends with this note.
    callback: Option<(String, String)>,
    /// Messages whose text changed.
    edits: Vec<i64>,
}

/// Whether an update may change whose account is whose.
fn may_relink(known: &Known) -> bool {
    match (&known.received.inbound.content, known.writer) {
        (Content::Moved { .. } | Content::Start { token: Some(_) }, _) => true,
        (Content::Text { text, .. }, None) => looks_like_code(text),
        _ => false,
    }
}

/// Whether an update counts against its account's allowance: what somebody writes or presses, and no emergency.
fn is_limited(known: &Known) -> bool {
    let Received { inbound, .. } = &known.received;
    let (a_person, pressed) = (inbound.sender.is_some(), matches!(inbound.content, Content::Button { .. }));
    let of_the_platform = matches!(
        inbound.content,
        Content::Undelivered { .. } | Content::Returned { .. } | Content::Blocked { .. } | Content::Moved { .. }
    );
    let emergency = known.received.is_urgent() || known.reading.as_ref().is_some_and(|r| r.emergency);
    a_person && (inbound.private || pressed) && !of_the_platform && !emergency
}

impl Gateway {
    /// Handles waiting updates, several in one transaction. True when there were any.
    pub async fn inbox_step(&self) -> Result<bool> {
        // Asked before the one writing transaction is taken: most turns find nothing.
        let now = self.now();
        if !self.store.has_inbox(now).await? {
            return Ok(false);
        }
        let directory = self.directory().await?;
        let behind = self.clock_is_behind().await?;
        let likely = self.ask_assistant(&directory, behind.is_some()).await?;
        let mut tx = self.store.begin().await?;
        let waiting = inbox::waiting(&mut tx, now, behind.is_some(), BATCH).await?;
        if waiting.is_empty() {
            return Ok(false);
        }
        if mutants::on(Mutant::ConfirmsBeforeStoring) {
            let all: Vec<_> = waiting.iter().map(|r| (r.id, String::new())).collect();
            inbox::finish(&mut tx, &all).await?;
            tx.commit().await?;
            tx = self.store.begin().await?;
        }
        match self.handle_all(&mut tx, &directory, &waiting, &likely).await {
            Ok(courtesies) => {
                tx.commit().await?;
                self.be_courteous(courtesies);
            }
            // One that cannot be handled spoils no other: each gets a transaction of its own.
            Err(_) => {
                drop(tx);
                self.handle_each(&directory, &waiting, &likely).await?;
            }
        }
        Ok(true)
    }

    async fn handle_all(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        waiting: &[Received],
        likely: &Likely,
    ) -> Result<Vec<(String, Courtesy)>> {
        let (mut handled, mut courtesies, mut taken) = (Vec::new(), Vec::new(), Vec::new());
        let mut work = Work::new(tx, self.now());
        let mut all = self.look_ahead(&mut work, directory, waiting).await?;
        for known in &mut all {
            known.likely = likely.get(&known.received.id).cloned().unwrap_or_default();
        }
        let behind = self.clock_is_behind().await?;
        for known in &all {
            if let Some(seen) = behind.filter(|_| !known.received.is_urgent()) {
                self.keep(&mut work, known, seen).await?;
                continue;
            }
            if is_limited(known) {
                let account = (known.received.channel.as_str(), known.chat.as_str());
                let mut allowance = known.allowance;
                let turn = allowance.take(known.received.written_at(), self.now(), PER_MINUTE);
                taken.push((account, allowance));
                if let Turn::At(until) = turn {
                    self.put_off(&mut work, directory, known, until).await?;
                    continue;
                }
            }
            let mut courtesy = Courtesy::default();
            handled.push((known.received.id, self.handle(&mut work, directory, known, &mut courtesy).await?));
            courtesies.push((known.received.channel.clone(), courtesy));
            if may_relink(known) {
                // Who writes from where is read anew for what comes after it.
                break;
            }
        }
        let tx = work.tx().await?;
        allowances::put(tx, &taken).await?;
        inbox::finish(tx, &handled).await?;
        Ok(courtesies)
    }

    /// What comes in while the clock is behind is kept until it is right, and its writer hears so.
    async fn keep(&self, work: &mut Work<'_>, known: &Known, seen: DateTime<Utc>) -> Result<()> {
        let received = &known.received;
        let tx = work.tx().await?;
        inbox::put_off(tx, &received.channel, &known.chat, seen).await?;
        let Some((person, _)) = known.writer else { return Ok(()) };
        let says = matches!(received.inbound.content, Content::Text { .. } | Content::Button { .. });
        if says && received.inbound.private && !received.was_put_off() {
            self.say_to(tx, received, Some(person), "clock_kept", &[]).await?;
        }
        Ok(())
    }

    /// What an account wrote beyond its allowance waits, and it hears so once.
    async fn put_off(
        &self,
        work: &mut Work<'_>,
        directory: &Directory,
        known: &Known,
        until: DateTime<Utc>,
    ) -> Result<()> {
        let received = &known.received;
        let tx = work.tx().await?;
        inbox::put_off(tx, &received.channel, &known.chat, until).await?;
        // Of a letter nobody knows who wrote it: an answer might go to somebody who never did.
        if received.was_put_off() || matches!(received.inbound.content, Content::Unproven { .. }) {
            return Ok(());
        }
        let person = known.writer.map(|(person, _)| person);
        let zone = person.and_then(|p| directory.person(p)).map_or(self.policy.zone, |p| p.zone);
        let when = until.with_timezone(&zone).format("%H:%M:%S").to_string();
        self.say_to(tx, received, person, "busy", &[("limit", PER_MINUTE.to_string()), ("when", when)]).await?;
        Ok(())
    }

    async fn handle_each(&self, directory: &Directory, waiting: &[Received], likely: &Likely) -> Result<()> {
        let mut failed = Ok(());
        for received in waiting {
            let mut tx = self.store.begin().await?;
            match self.handle_all(&mut tx, directory, std::slice::from_ref(received), likely).await {
                Ok(courtesies) => {
                    tx.commit().await?;
                    self.be_courteous(courtesies);
                }
                // The database's trouble is not the update's fault: it is tried again.
                Err(error @ StoreError::Database(_)) => failed = Err(error),
                Err(error) => {
                    drop(tx);
                    self.set_aside(directory, received, &error.to_string()).await?;
                }
            }
        }
        failed
    }

    async fn set_aside(&self, directory: &Directory, received: &Received, reason: &str) -> Result<()> {
        let mut tx = self.store.begin().await?;
        if inbox::failed(&mut tx, received.id, reason).await? {
            let args = [("id", received.id.to_string()), ("reason", reason.to_owned())];
            self.alarm(&mut tx, directory, &format!("inbox:{}", received.id), "alarm_inbox", &args).await?;
        }
        tx.commit().await
    }

    /// What an update means and does; the text goes into the inbox row.
    async fn handle(
        &self,
        work: &mut Work<'_>,
        directory: &Directory,
        known: &Known,
        courtesy: &mut Courtesy,
    ) -> Result<String> {
        let now = self.now();
        let received = &known.received;
        let inbound = &received.inbound;
        match &inbound.content {
            Content::Undelivered { message, failed, gone, reason } => {
                let report = Report { message: *message, failed: *failed, gone: *gone, reason };
                return self.undelivered(work.tx().await?, directory, received, report).await;
            }
            Content::Returned { message, forged } => {
                let ours = canary::came_back(work.tx().await?, &received.channel, *message, *forged, now).await?;
                if ours && *forged == Some(true) {
                    self.verdicts_are_forged(work.tx().await?, directory, &received.channel).await?;
                }
                return Ok(if ours { "the daily check is back" } else { "a mail of ours, sent on to us" }.to_owned());
            }
            Content::Blocked { blocked } => {
                let tx = work.tx().await?;
                people::set_contact_state(tx, &received.channel, &inbound.chat, *blocked, "blocked by its owner", now)
                    .await?;
                people::log(tx, &heard(received), now).await?;
                return Ok(format!("blocked: {blocked}"));
            }
            Content::Moved { .. } if inbound.private => return Ok("a chat of two does not move".to_owned()),
            Content::Moved { to } => {
                let tx = work.tx().await?;
                people::move_contact(tx, &received.channel, &inbound.chat, to).await?;
                people::log(tx, &heard(received), now).await?;
                return Ok("chat moved".to_owned());
            }
            _ => {}
        }
        let Some(sender) = &inbound.sender else {
            return Ok(match &inbound.content {
                Content::Other { what } => format!("no identity: {what}"),
                _ => "no identity".to_owned(),
            });
        };
        if !inbound.private && !matches!(inbound.content, Content::Button { .. }) {
            return Ok("group: not read".to_owned());
        }
        match (&inbound.content, known.writer) {
            // Nobody knows who wrote: an answer might go to somebody who never did.
            (Content::Unproven { .. }, None) => Ok("unproven, and the address is not on file".to_owned()),
            // Several people read that mailbox: whose word it is must be seen from the message that is answered.
            (Content::Text { .. }, None) if !known.sharing.is_empty() => {
                if known.reading.as_ref().is_some_and(|reading| reading.automatic) {
                    return Ok("automatic: ignored".to_owned());
                }
                let address = [("address", inbound.chat.clone())];
                self.say_to(work.tx().await?, received, None, "shared_account", &address).await?;
                Ok("from a shared address: asked who writes".to_owned())
            }
            (Content::Start { token: Some(token) }, _) => {
                self.link(work.tx().await?, directory, received, token, true).await
            }
            (Content::Text { text, forwarded: false, .. }, None) => {
                self.link(work.tx().await?, directory, received, text, false).await
            }
            // A sign under something is no question.
            (Content::Reaction { .. }, None) => Ok("unlinked".to_owned()),
            (Content::Sealed, None) => {
                self.say_to(work.tx().await?, received, None, "help_sealed", &[]).await?;
                Ok("encrypted: not read".to_owned())
            }
            (_, None) => self.unlinked(work.tx().await?, received).await,
            (_, Some((person, works))) => {
                let proven = !matches!(inbound.content, Content::Unproven { .. });
                if proven && (!works || *sender != inbound.chat) {
                    // Whoever writes can be written to.
                    let tx = work.tx().await?;
                    people::set_contact_state(tx, &received.channel, &inbound.chat, false, "", now).await?;
                    people::log(tx, &heard(received), now).await?;
                }
                self.handle_known(work, directory, known, person, courtesy).await
            }
        }
    }

    /// A letter of somebody whose address is on file in other capitals, as if he had written from that spelling.
    pub(super) async fn as_on_file(&self, tx: &mut Tx, received: &Received) -> Result<Option<Received>> {
        let Some(sender) = received.inbound.sender.as_ref().filter(|_| received.channel == "mail") else {
            return Ok(None);
        };
        let Some(address) = people::mail_address(tx, sender).await?.filter(|a| a != sender) else { return Ok(None) };
        let mut respelled = received.clone();
        respelled.inbound.chat.clone_from(&address);
        respelled.inbound.sender = Some(address);
        Ok(Some(respelled))
    }

    async fn handle_known(
        &self,
        work: &mut Work<'_>,
        directory: &Directory,
        known: &Known,
        person: PersonId,
        courtesy: &mut Courtesy,
    ) -> Result<String> {
        let received = &known.received;
        if let Content::Unproven { text, why, .. } = &received.inbound.content {
            return self.unproven(work.tx().await?, directory, received, person, text, why).await;
        }
        let mut answer = Answer::new(self, directory, received, person);
        answer.shared = !known.sharing.is_empty();
        answer.likely.clone_from(&known.likely);
        let outcome = match &received.inbound.content {
            content @ Content::Text { text, .. } => match &known.reading {
                Some(reading) => answer.text(work, text, reading, Quote::of(content)).await?,
                None => {
                    answer.say("forwarded", &[]);
                    "forwarded".to_owned()
                }
            },
            Content::Button { action, callback, .. } => {
                let pressed = match parse_action(action) {
                    Some((message, line, verb)) => {
                        self.pressed_message(work, received, person, message).await?.map(|m| (m, line, verb))
                    }
                    None => None,
                };
                let outcome = match pressed {
                    Some((message, line, verb)) => answer.press(work, &message, line, verb).await?,
                    None => {
                        answer.say("ask_expired", &[]);
                        "expired button".to_owned()
                    }
                };
                courtesy.callback = Some((callback.clone(), answer.headline()));
                outcome
            }
            Content::Reaction { verb, message } => answer.react(work, *verb, message).await?,
            Content::Sealed => {
                answer.say("help_sealed", &[]);
                "encrypted: not read".to_owned()
            }
            Content::Start { .. } | Content::Other { .. } => {
                answer.help();
                "help".to_owned()
            }
            Content::Blocked { .. }
            | Content::Moved { .. }
            | Content::Unproven { .. }
            | Content::Returned { .. }
            | Content::Undelivered { .. } => return Ok(String::new()),
        };
        courtesy.edits = answer.finish(work).await?;
        Ok(outcome)
    }

    /// A button counts only for the person, and in the chat, to which its message was sent.
    async fn pressed_message(
        &self,
        work: &mut Work<'_>,
        received: &Received,
        person: PersonId,
        message: i64,
    ) -> Result<Option<StoredMessage>> {
        let found = work.message(message).await?;
        Ok(found.filter(|m| {
            m.person == Some(person)
                && m.channel == received.channel
                && m.address == received.inbound.chat
                && m.state == "sent"
        }))
    }

    /// Queues one short answer to where the update came from.
    pub(super) async fn say_to(
        &self,
        tx: &mut Tx,
        received: &Received,
        person: Option<PersonId>,
        key: &str,
        args: &[(&str, String)],
    ) -> Result<i64> {
        let directory = self.directory().await?;
        let locale = person.and_then(|p| directory.person(p)).map(|p| p.locale).unwrap_or_default();
        let body = Message { title: self.phrases.say(locale, key, args), ..Message::default() };
        self.answer_with(tx, received, person, body).await
    }

    /// Queues an answer to where the update came from.
    pub(super) async fn answer_with(
        &self,
        tx: &mut Tx,
        received: &Received,
        person: Option<PersonId>,
        body: Message,
    ) -> Result<i64> {
        outbox::put_message(tx, &answer_to(received, person, body), self.now()).await
    }

    /// Presses are answered and messages edited by tasks of their own: a platform that is slow to take them delays
    /// nobody's answer.
    fn be_courteous(&self, courtesies: Vec<(String, Courtesy)>) {
        let channels: HashMap<String, Arc<dyn Channel>> =
            self.channels().map(|c| (c.name().to_owned(), c.clone())).collect();
        for (channel, courtesy) in courtesies {
            let press = courtesy.callback.zip(channels.get(&channel).cloned());
            if press.is_none() && courtesy.edits.is_empty() {
                continue;
            }
            let Some(place) = self.flights.courtesy() else { continue };
            let (store, flights, channels) = (self.store.clone(), self.flights.clone(), channels.clone());
            tokio::spawn(async move {
                let _place = place;
                if let Some(((callback, note), channel)) = press {
                    channel.answer_button(&callback, &note).await;
                }
                for id in courtesy.edits {
                    let _one_at_a_time = flights.editing(id).await;
                    // An edit that fails leaves an old text behind; what it said is still in the chat below it.
                    if let Ok(Some((channel, platform_id, outgoing))) = edit_of(&store, &channels, id).await {
                        channel.edit(&platform_id, &outgoing).await;
                    }
                }
            });
        }
    }
}

/// An answer to where an update came from.
pub(super) fn answer_to(received: &Received, person: Option<PersonId>, body: Message) -> NewMessage {
    let reply_to = match &received.inbound.content {
        Content::Text { message, .. } | Content::Unproven { message, .. } => Some(message.clone()),
        _ => None,
    };
    NewMessage {
        person,
        is_answer: true,
        urgency: Urgency::Reply,
        channel: received.channel.clone(),
        address: received.inbound.chat.clone(),
        reply_to,
        repeats: None,
        counts: false,
        body,
    }
}

/// How a message looks now, if its channel can change it.
async fn edit_of(
    store: &Store,
    channels: &HashMap<String, Arc<dyn Channel>>,
    id: i64,
) -> Result<Option<(Arc<dyn Channel>, String, Outgoing)>> {
    let Some(message) = outbox::message(&mut store.snapshot().await?, id).await? else { return Ok(None) };
    let (Some(platform_id), Some(channel)) = (message.platform_id, channels.get(&message.channel)) else {
        return Ok(None);
    };
    // What a group was told does not change.
    if channel.is_group(&message.address) {
        return Ok(None);
    }
    let features = channel.features();
    let rendered = render(&message.body, message.id, features.dialect);
    if !features.edit || rendered.text.encode_utf16().count() > features.max_text {
        return Ok(None);
    }
    let (text, html) = part(&rendered, &rendered.text, features.dialect);
    let outgoing = Outgoing {
        key: super::deliver::message_key(message.id),
        address: message.address,
        subject: rendered.subject,
        text,
        html,
        buttons: rendered.buttons,
        reply_to: None,
        thread: Vec::new(),
        urgent: false,
    };
    Ok(Some((channel.clone(), platform_id, outgoing)))
}

/// What a platform says about a chat, as the log names it.
fn heard(received: &Received) -> Origin<'_> {
    Origin { via: &received.channel, inbox_id: Some(received.id), ..Origin::rule("platform") }
}
