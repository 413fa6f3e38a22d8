//! Which items an answer means: quoted message, last message, codes, or a question back.

use super::answer::Answer;
use crate::core::code;
use crate::core::item::{Item, ItemId, Role};
use crate::core::org::Who;
use crate::core::reply::{Intent, IntentKind, Items as Named};
use crate::core::transition::{open_asks, who_may};
use crate::store::outbox::StoredMessage;
use crate::store::work::Work;
use crate::store::{Result, items};

/// The message whose numbers count.
pub(super) struct Bound {
    pub(super) message: Option<StoredMessage>,
    /// The writer pointed at it himself (quoted it, or it is our question).
    pub(super) quoted: bool,
    /// The items are settled already (a question was answered).
    pub(super) only: Option<Vec<ItemId>>,
}

/// What the binding came to.
pub(super) enum Items {
    These(Vec<ItemId>),
    /// Several could be meant: ask.
    Which(Vec<ItemId>),
    /// Clear, but of such reach that "yes" is wanted first.
    Confirm(Vec<ItemId>),
    /// Nothing fits; it was said already.
    None,
}

impl Answer<'_> {
    /// The quoted message, else the last one with numbers in this chat.
    pub(super) async fn bind(
        &self,
        work: &mut Work<'_>,
        channel: &str,
        chat: &str,
        quoted: Option<&str>,
    ) -> Result<Bound> {
        if let Some(platform_id) = quoted
            && let Some(message) = self.quoted_message(work, channel, chat, platform_id).await?
            && message.person == Some(self.person)
        {
            return Ok(Bound { message: Some(message), quoted: true, only: None });
        }
        let last = work.pointed((channel, chat, None)).await?.filter(|m| m.person == Some(self.person));
        Ok(Bound { message: last, quoted: false, only: None })
    }

    /// The message of ours that a platform knows under this id. A mail whose sending was cut off may have arrived
    /// without our knowing; its id is made of our number.
    async fn quoted_message(
        &self,
        work: &mut Work<'_>,
        channel: &str,
        chat: &str,
        platform_id: &str,
    ) -> Result<Option<StoredMessage>> {
        if let Some(message) = work.pointed((channel, chat, Some(platform_id))).await? {
            return Ok(Some(message));
        }
        let number = platform_id.strip_prefix("<m").and_then(|id| id.split(['@', '=']).next()?.parse().ok());
        let Some(number) = number.filter(|_| channel == "mail") else { return Ok(None) };
        Ok(work.message(number).await?.filter(|m| m.channel == channel && m.address == chat))
    }

    /// The person and his posts, and those of everybody he stands in for.
    pub(super) fn acts_as(&self) -> Vec<Who> {
        let now = self.gateway.now();
        let mut who: Vec<Who> = Vec::new();
        for person in self.directory.represented_by(self.person, now) {
            who.push(Who::Person(person));
            who.extend(self.directory.posts_of_person(person, now).iter().map(|p| Who::Post(p.id)));
        }
        who
    }

    /// Open items on which the person (or one he stands in for) has a role.
    pub(super) async fn open_items(&self, work: &mut Work<'_>, role: Role) -> Result<Vec<Item>> {
        work.standing(&self.acts_as(), role).await
    }

    /// The items an intent means. `named`: what earlier clauses of the same text were about.
    pub(super) async fn items_of(
        &mut self,
        work: &mut Work<'_>,
        intent: &Intent,
        bound: &Bound,
        named: &[ItemId],
        confirmed: bool,
    ) -> Result<Items> {
        if let Some(only) = &bound.only {
            return Ok(Items::These(only.clone()));
        }
        let lines = match &bound.message {
            Some(message) => work.lines(message.id).await?,
            None => Vec::new(),
        };
        let all: Vec<ItemId> = lines.iter().map(|(_, id)| *id).collect();
        let line = |n: u32| lines.iter().find(|(number, _)| *number == n).map(|(_, id)| *id);
        let found = match &intent.items {
            Named::Unspecified => return self.unspecified(work, intent, bound, &all, confirmed).await,
            Named::Lines(numbers) => {
                let mut ids = Vec::new();
                for n in numbers {
                    match line(*n) {
                        Some(id) => ids.push(id),
                        None => {
                            self.say("ask_unknown_number", &[("number", n.to_string())]);
                            return Ok(Items::None);
                        }
                    }
                }
                ids
            }
            Named::Codes(codes) => {
                let mut ids = Vec::new();
                for text in codes {
                    match self.by_code(work, text).await? {
                        Some(id) => ids.push(id),
                        None => {
                            self.say("ask_unknown_code", &[("code", text.clone())]);
                            return Ok(Items::None);
                        }
                    }
                }
                ids
            }
            Named::All | Named::Rest | Named::AllExcept(_) => {
                let mut ids = self.candidates(work, intent).await?;
                // With numbers in sight "all" means what that message lists.
                if !all.is_empty() {
                    ids.retain(|id| all.contains(id));
                }
                let except: Vec<ItemId> = match &intent.items {
                    Named::AllExcept(numbers) => numbers.iter().filter_map(|n| line(*n)).collect(),
                    _ => Vec::new(),
                };
                ids.retain(|id| !named.contains(id) && !except.contains(id));
                ids
            }
        };
        let sweeping = found.len() > 1 && matches!(intent.items, Named::All | Named::Rest | Named::AllExcept(_));
        let weighty =
            matches!(intent.kind, IntentKind::Done | IntentKind::VerifyPass | IntentKind::Close | IntentKind::Approve);
        if found.is_empty() {
            self.say("ask_no_items", &[]);
            return Ok(Items::None);
        }
        if !confirmed && weighty && (intent.confirm || sweeping) {
            return Ok(Items::Confirm(found));
        }
        Ok(Items::These(found))
    }

    /// No item named: the quoted line, the only candidate, or a question.
    async fn unspecified(
        &mut self,
        work: &mut Work<'_>,
        intent: &Intent,
        bound: &Bound,
        in_message: &[ItemId],
        confirmed: bool,
    ) -> Result<Items> {
        let mut candidates = self.candidates(work, intent).await?;
        if bound.quoted && !in_message.is_empty() {
            let quoted: Vec<ItemId> = candidates.iter().copied().filter(|c| in_message.contains(c)).collect();
            // Quoting a message about one item names it, even where the rules will refuse.
            candidates = if quoted.is_empty() { in_message.to_vec() } else { quoted };
        }
        // Voiding is said of what is on the table, not of everything that they ever issued.
        let shown = candidates.iter().copied().filter(|c| in_message.contains(c));
        if intent.kind == IntentKind::Void && shown.clone().next().is_some() {
            candidates = shown.collect();
        }
        let harmless = matches!(intent.kind, IntentKind::Ack | IntentKind::Snooze);
        if harmless && candidates.len() > 1 {
            let shown: Vec<ItemId> = candidates.iter().copied().filter(|c| in_message.contains(c)).collect();
            return Ok(if shown.is_empty() { Items::Which(candidates) } else { Items::These(shown) });
        }
        match candidates.as_slice() {
            [] if in_message.len() == 1 => Ok(Items::These(in_message.to_vec())),
            [] => {
                self.say("ask_no_items", &[]);
                Ok(Items::None)
            }
            [one] if intent.confirm && !confirmed && intent.kind == IntentKind::Done => Ok(Items::Confirm(vec![*one])),
            [one] => Ok(Items::These(vec![*one])),
            _ => Ok(Items::Which(candidates)),
        }
    }

    /// An item by its code, if the writer has any role on it.
    async fn by_code(&self, work: &mut Work<'_>, text: &str) -> Result<Option<ItemId>> {
        let Some(code) = code::parse(text) else { return Ok(None) };
        let Some(item) = items::by_code(work.tx().await?, &code).await? else { return Ok(None) };
        let world = self.world();
        let mut concerned = Role::ALL.iter().flat_map(|r| world.holders(&item, *r)).collect::<Vec<_>>();
        concerned.extend(world.last_resort(&item));
        concerned.extend(open_asks(&item).flat_map(|ask| who_may(&item, ask, &world)));
        Ok((self.fixes(&item) || concerned.contains(&self.person)).then_some(item.id))
    }
}

/// In which roles somebody can mean an item with this kind of intent.
pub(super) fn roles_of(kind: IntentKind) -> &'static [Role] {
    match kind {
        IntentKind::VerifyPass => &[Role::Verifier, Role::Assigner, Role::Supervisor],
        IntentKind::VerifyFail => &[Role::Verifier],
        IntentKind::Approve | IntentKind::Refuse => &[Role::Assigner, Role::Supervisor, Role::Leader, Role::Verifier],
        IntentKind::Close => &[Role::Assigner, Role::Supervisor],
        IntentKind::Void => &[Role::Responsible, Role::Assigner, Role::Supervisor, Role::Leader, Role::Verifier],
        _ => &[Role::Responsible],
    }
}
