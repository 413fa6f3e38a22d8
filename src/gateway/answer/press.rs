//! Pressed buttons: what each one does, and how its message changes afterwards.

use super::*;
use crate::core::act::{MORE_TIME_DAYS, meant_by};
use crate::store::outbox::Pointer;
impl Answer<'_> {
    /// Works on a pressed button of a message that was sent to this very person and chat.
    pub(in crate::gateway) async fn press(
        &mut self,
        work: &mut Work<'_>,
        message: &StoredMessage,
        line: u32,
        verb: Action,
    ) -> Result<String> {
        let now = self.gateway.now();
        work.mark_heard(message.id);
        let outcome = format!("button {}", verb.word());
        match verb {
            Action::Help => self.help(),
            Action::Status => self.status(work).await?,
            Action::Noted => self.say("echo_noted", &[]),
            Action::Confirm | Action::Cancel | Action::Choose | Action::Mean | Action::TellAdministrator => {
                let word = match verb {
                    Action::Confirm => "是".to_owned(),
                    Action::Cancel => "取消".to_owned(),
                    Action::TellAdministrator => self.phrase("button_tell_administrator", &[]),
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
                    if !self.recorded && verb != Action::Undo {
                        return Ok(outcome);
                    }
                }
            },
        }
        // One reading was chosen: the others are no longer offered.
        let line = if verb == Action::Mean { 0 } else { line };
        self.mark_answered(work, message, line, &self.lines.first().cloned().unwrap_or_default());
        Ok(outcome)
    }

    /// A sign under a message of ours: its button for the only item it is about, the "yes" to its question, or,
    /// with several items, the question which. A sign under anything else is no answer.
    pub(in crate::gateway) async fn react(
        &mut self,
        work: &mut Work<'_>,
        verb: Action,
        platform_id: &str,
    ) -> Result<String> {
        let (channel, chat) = (&self.received.channel, &self.received.inbound.chat);
        let found = work.pointed((channel, chat, Pointer::Id(platform_id))).await?;
        let Some(message) = found.filter(|m| m.person == Some(self.person) && m.state == "sent") else {
            return Ok("sign under something else".to_owned());
        };
        let asks = message.body.buttons.iter().flatten().any(|p| p.verb == Action::Confirm);
        if asks && verb == Action::Done {
            return self.press(work, &message, 0, Action::Confirm).await;
        }
        let lines = message.body.lines().filter_map(|l| Some((l.number, l.subject.item()?)));
        let lines: Vec<(u32, ItemId)> = lines.collect();
        match lines.as_slice() {
            [] => Ok("sign under an answer".to_owned()),
            [(line, _)] => self.press(work, &message, *line, verb).await,
            several => {
                work.mark_heard(message.id);
                // The word of the button, read again once the item is named.
                let word = self.phrase(verb.label(), &[]);
                self.ask(work, "which", "ask_which", &word, several.iter().map(|(_, item)| *item).collect()).await?;
                Ok(format!("sign {}: which", verb.word()))
            }
        }
    }

    /// A press is what its words would be: a reason or a name that it lacks is asked for.
    pub(super) async fn press_item(&mut self, work: &mut Work<'_>, id: ItemId, verb: Action) -> Result<()> {
        match verb {
            Action::Undo => return self.undo_items(work, &[id]).await,
            Action::Reassign => return self.ask_whom(work, &[id]).await,
            _ => {}
        }
        let Some(kind) = meant_by(verb) else { return Ok(()) };
        let postpone = (kind == IntentKind::Extend).then_some(Postponement::Days(MORE_TIME_DAYS));
        let intent = Intent { postpone, ..Intent::new(kind) };
        self.apply_intent(work, "", &intent, id).await?;
        self.ask_needed(work).await
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
