//! What a yes or a no decides, and what 作废 does: which of the open requests, by whom.

use super::*;
use crate::core::item::Role;
use crate::core::transition::{Ask, who_may};

impl Answer<'_> {
    /// The event of an approver's yes or no. Of several requests that they may decide the words must name one; then it
    /// was said, and there is no event.
    pub(super) fn decision(&mut self, intent: &Intent, item: &Item, reason: &str) -> Option<Event> {
        let world = self.world();
        let approve = intent.kind == IntentKind::Approve;
        let wanted = crate::gateway::asked::decisions(intent);
        let open: Vec<Ask> = wanted.iter().copied().filter(|ask| ask.is_open(item)).collect();
        let theirs = |ask: &Ask| {
            // Whoever asked to void may also say no to it.
            let own = *ask == Ask::Void && !approve && item.void_by == Some(self.person);
            own || who_may(item, *ask, &world).contains(&self.person)
        };
        let mine: Vec<Ask> = open.iter().copied().filter(theirs).collect();
        let ask = match (mine.as_slice(), open.as_slice()) {
            ([_, _, ..], _) => {
                let words: Vec<String> =
                    mine.iter().map(|ask| self.phrase(&format!("decide_{}", ask.word()), &[])).collect();
                let or = self.phrase("or", &[]);
                let args = [("code", item.code.clone()), ("title", item.title.clone()), ("words", words.join(&or))];
                self.say("ask_which_request", &args);
                return None;
            }
            ([one], _) | ([], [one, ..]) => *one,
            ([], []) => Ask::Extension,
        };
        Some(match (ask, &item.handover) {
            (Ask::Handover, Some(handover)) if approve => Event::Reassign { to: handover.to },
            (Ask::Handover, _) => Event::RefuseHandover,
            (Ask::Void, _) if approve => Event::Void { reason: String::new() },
            (Ask::Void, _) => Event::RefuseVoid,
            (Ask::Close, _) => Event::Close { document: String::new() },
            (Ask::Verify, _) => Event::VerifyPass { note: String::new() },
            _ => Event::DecideExtension { approve, reason: reason.to_owned() },
        })
    }

    /// What 作废 or "cancel" does to an item: whose work it is cannot void it, and sends it back where they say why;
    /// `None` where they take their own last word on it back.
    pub(super) fn voiding(&self, item: &Item, text: &str, reason: &str) -> Option<Event> {
        if self.fixes(item) {
            return (!reason.is_empty()).then(|| Event::Reject { reason: shorten(text) });
        }
        Some(Event::Void { reason: reason.to_owned() })
    }

    /// Whether the item is this person's own work.
    pub(in crate::gateway) fn fixes(&self, item: &Item) -> bool {
        let now = self.gateway.now();
        let named = item.assigned(Role::Responsible, now).flat_map(|a| self.directory.behind(a.who, now));
        named.into_iter().any(|person| self.directory.may_act_for(self.person, person, now))
    }
}
