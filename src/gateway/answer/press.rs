//! Pressed buttons: what each one does, and how its message changes afterwards.

use super::*;
use crate::store::outbox::Pointer;
impl Answer<'_> {
    /// Works on a pressed button of a message that was sent to this very person and chat.
    pub(in crate::gateway) async fn press(
        &mut self,
        work: &mut Work<'_>,
        message: &StoredMessage,
        line: u32,
        verb: Verb,
    ) -> Result<String> {
        let now = self.gateway.now();
        work.mark_heard(message.id);
        let outcome = format!("button {}", verb.word());
        match verb {
            Verb::Help => self.help(),
            Verb::Status => self.status(work).await?,
            Verb::Noted => self.say("echo_noted", &[]),
            Verb::Confirm | Verb::Cancel | Verb::Choose | Verb::Mean | Verb::TellAdministrator => {
                let word = match verb {
                    Verb::Confirm => "是".to_owned(),
                    Verb::Cancel => "取消".to_owned(),
                    Verb::TellAdministrator => self.phrase("button_tell_administrator", &[]),
                    _ => verb.chosen(line).unwrap_or_default(),
                };
                match work.question(self.person).await? {
                    Some((question, asked)) if asked == message.id => {
                        let reading = self.read(&word, now, &Known::default());
                        self.answered_question(work, &word, &reading, question, asked).await?;
                    }
                    _ => self.say("confirmed_none", &[]),
                }
            }
            _ => match message.body.item(line) {
                None => self.say("ask_expired", &[]),
                Some(id) => {
                    // What we asked before is not what is pressed now.
                    if work.question(self.person).await?.is_some() {
                        inbox::drop_question(work.tx().await?, self.person).await?;
                    }
                    self.press_item(work, id, verb).await?;
                    // Nothing recorded: all that could be pressed still can.
                    if !self.recorded && verb != Verb::Undo {
                        return Ok(outcome);
                    }
                }
            },
        }
        // One reading was chosen: the others are no longer offered.
        let line = if verb == Verb::Mean { 0 } else { line };
        self.mark_answered(work, message, line, &self.lines.first().cloned().unwrap_or_default());
        Ok(outcome)
    }

    /// A sign under a message of ours: its button for the only item it is about, the "yes" to its question, or,
    /// with several items, the question which. A sign under anything else is no answer.
    pub(in crate::gateway) async fn react(
        &mut self,
        work: &mut Work<'_>,
        verb: Verb,
        platform_id: &str,
    ) -> Result<String> {
        let (channel, chat) = (&self.received.channel, &self.received.inbound.chat);
        let found = work.pointed((channel, chat, Pointer::Id(platform_id))).await?;
        let Some(message) = found.filter(|m| m.person == Some(self.person) && m.state == "sent") else {
            return Ok("sign under something else".to_owned());
        };
        let asks = message.body.buttons.iter().flatten().any(|p| p.verb == Verb::Confirm);
        if asks && verb == Verb::Done {
            return self.press(work, &message, 0, Verb::Confirm).await;
        }
        let lines = message.body.lines().filter_map(|l| Some((l.number, l.subject.item()?)));
        let lines: Vec<(u32, ItemId)> = lines.collect();
        match lines.as_slice() {
            [] => Ok("sign under an answer".to_owned()),
            [(line, _)] => self.press(work, &message, *line, verb).await,
            several => {
                work.mark_heard(message.id);
                // The word of the button, read again once the item is named.
                let key = match verb {
                    Verb::Ack => "button_ack",
                    Verb::InProgress => "button_in_progress",
                    _ => "button_done",
                };
                let word = self.phrase(key, &[]);
                self.ask(work, "which", "ask_which", &word, several.iter().map(|(_, item)| *item).collect()).await?;
                Ok(format!("sign {}: which", verb.word()))
            }
        }
    }

    pub(super) async fn press_item(&mut self, work: &mut Work<'_>, id: ItemId, verb: Verb) -> Result<()> {
        let event = match verb {
            Verb::Done => Event::ClaimDone { at: None, note: String::new() },
            Verb::Ack => Event::Ack,
            Verb::InProgress => Event::Progress { percent: None, eta: None, note: String::new() },
            Verb::VerifyPass => Event::VerifyPass { note: String::new() },
            Verb::Close => Event::Close { document: String::new() },
            Verb::Undo => return self.undo_items(work, &[id]).await,
            Verb::VerifyFail | Verb::Extend | Verb::Void | Verb::Reassign => {
                return self.press_asks(work, id, verb).await;
            }
            Verb::Approve | Verb::Refuse => {
                let kind = if verb == Verb::Approve { IntentKind::Approve } else { IntentKind::Refuse };
                return self.apply_intent(work, "", &Intent::new(kind), id).await;
            }
            _ => return Ok(()),
        };
        self.apply(work, id, event).await
    }

    /// The pressed message shows that it was answered, and offers that line's buttons no more.
    pub(super) fn mark_answered(&mut self, work: &mut Work<'_>, message: &StoredMessage, line: u32, note: &str) {
        let mut body = message.body.clone();
        for row in &mut body.buttons {
            row.retain(|p| p.line != line && line != 0);
        }
        body.buttons.retain(|row| !row.is_empty());
        if !note.is_empty() {
            body.foot.retain(|f| !f.starts_with("→ ") || !f.contains(note));
            body.foot.push(format!("→ {note}"));
        }
        work.save_body(message.id, body);
        self.edits.push(message.id);
    }
}
