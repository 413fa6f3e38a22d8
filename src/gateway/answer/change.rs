//! From one intent on one item to an event, and the words for what came of it.

use super::*;
use crate::core::act::{Said, Writer};
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
        let world = self.world();
        let zone = self.reader().map_or(self.gateway.policy.zone, |p| p.zone);
        let writer = Writer { person: self.person, zone, world: &world };
        let text = reasons::said_later(text).unwrap_or(text);
        let args = [("code", item.code.clone()), ("title", item.title.clone())];
        let event = match writer.says(text, intent, &item) {
            Said::Event(event) => event,
            Said::Undo => return self.undo_items(work, &[id]).await,
            Said::Lacks(key, more) => {
                self.say(key, &[&args[..], &more].concat());
                return Ok(());
            }
            Said::OneOf(asks) => {
                let words: Vec<String> =
                    asks.iter().map(|ask| self.phrase(&format!("decide_{}", ask.word()), &[])).collect();
                let words = ("words", words.join(&self.phrase("or", &[])));
                self.say("ask_which_request", &[&args[..], &[words]].concat());
                return Ok(());
            }
            Said::Refused(refusal) => {
                self.refused(&item, &refusal);
                return Ok(());
            }
            Said::Nothing => return Ok(()),
        };
        self.apply_to(work, &item, event, intent).await
    }

    /// Applies an event and says what came of it; a reason that it lacks is asked for and not refused.
    async fn apply_to(&mut self, work: &mut Work<'_>, item: &Item, event: Event, intent: &Intent) -> Result<()> {
        match self.gateway.act(work, self.directory, item, &self.origin(), &event).await? {
            Ok(change) => {
                self.recorded = true;
                self.accepted(&event, &change);
                if !change.unchanged {
                    self.answered_elsewhere(work, item).await?;
                }
                if event.verb().rule().undo && !change.unchanged && self.gateway.policy.limits.undo_minutes > 0 {
                    let line = self.body.refs.len() as u32 + UNNUMBERED;
                    self.body.refs.push((line, Subject::Item(item.id)));
                    let label = match self.body.refs.len() {
                        1 => self.phrase("button_undo", &[]),
                        _ => format!("{} {}", self.phrase("button_undo", &[]), item.code),
                    };
                    self.body.buttons.push(vec![Press { label, verb: Action::Undo, line }]);
                }
            }
            Err(Refusal::NeedsReason | Refusal::NeedsInterim) => self.needs(intent, &event, item),
            Err(refusal) => self.refused(item, &refusal),
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
}

/// Buttons without a line count from here: beyond all numbers that anybody has.
const UNNUMBERED: u32 = 100_001;
