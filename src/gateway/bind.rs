//! Which items an answer means: quoted message, last message, codes, or a question back.

use super::answer::Answer;
use crate::core::act::{fixes, has_a_part, is_harmless, is_weighty, roles_of, roles_whose_word};
use crate::core::code;
use crate::core::item::{Item, ItemId, Role, State};
use crate::core::message::Numbering;
use crate::core::numbers::Given;
use crate::core::org::Who;
use crate::core::reply::{Intent, IntentKind, Items as Named};
use crate::core::subject::Subject;
use crate::store::outbox::StoredMessage;
use crate::store::work::Work;
use crate::store::{Result, items};

/// What an answer points at.
#[derive(Default)]
pub(super) struct Bound {
    /// The message that is answered.
    pub(super) message: Option<StoredMessage>,
    /// The writer pointed at it himself (quoted it, or it is our question).
    pub(super) quoted: bool,
    /// The items in the part of it that was quoted.
    pub(super) named: Vec<ItemId>,
    /// The writer quoted something that we cannot find: nothing but a code says which item is meant.
    pub(super) unknown: bool,
    /// The items are settled already (a question was answered).
    pub(super) only: Option<Vec<ItemId>>,
}

/// What the binding came to.
pub(super) enum Items {
    These(Vec<ItemId>),
    /// Several could be meant: ask, with this phrase.
    Which(Vec<ItemId>, &'static str),
    /// Clear, but of such reach that "yes" is wanted first.
    Confirm(Vec<ItemId>),
    /// Nothing fits; it was said already.
    None,
}

impl Answer<'_> {
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

    /// Whether the item is this person's own work.
    pub(super) fn fixes(&self, item: &Item) -> bool {
        fixes(self.person, item, &self.world())
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
        if bound.unknown && !matches!(intent.items, Named::Codes(_)) {
            return self.choose(work, intent, "ask_quoted").await;
        }
        // Except for some of them, all are those of a list: of the newest one where none is quoted.
        let scope = match &bound.message {
            Some(message) if bound.quoted || !matches!(intent.items, Named::AllExcept(_)) => Some(message.id),
            _ => self.newest(work, true).await?.map(|message| message.id),
        };
        let all: Vec<ItemId> = match scope {
            Some(message) => work.lines(message).await?.into_iter().map(|(_, id)| id).collect(),
            None => Vec::new(),
        };
        let numbered = match &intent.items {
            Named::Lines(numbers) | Named::AllExcept(numbers) => match self.by_numbers(work, bound, numbers).await? {
                Ok(found) => found,
                Err((number, key)) => return self.unknown_number(work, intent, bound, number, key).await,
            },
            _ => Vec::new(),
        };
        let found = match &intent.items {
            Named::Unspecified => return self.unspecified(work, intent, bound, &all, confirmed).await,
            Named::Lines(_) => numbered,
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
            Named::AllExcept(_) if all.is_empty() => return self.choose(work, intent, "ask_no_numbers").await,
            Named::All | Named::Rest | Named::AllExcept(_) => {
                let mut ids = self.candidates(work, intent).await?;
                // With numbers in sight "all" means what that message lists; one item alone is not all.
                if all.len() > 1 || bound.quoted && !all.is_empty() {
                    ids.retain(|id| all.contains(id));
                }
                ids.retain(|id| !named.contains(id) && !numbered.contains(id));
                ids
            }
        };
        let sweeping = found.len() > 1 && matches!(intent.items, Named::All | Named::Rest | Named::AllExcept(_));
        if found.is_empty() {
            self.say("ask_no_items", &[]);
            return Ok(Items::None);
        }
        if !confirmed && is_weighty(intent.kind) && (intent.confirm || sweeping) {
            return Ok(Items::Confirm(found));
        }
        Ok(Items::These(found))
    }

    /// The items that numbers name; `Err`: the first of them by which the writer can mean none, and the phrase for it. A
    /// quoted message means what it showed; otherwise a number is the writer's own, once it was given and shown.
    pub(super) async fn by_numbers(
        &self,
        work: &mut Work<'_>,
        bound: &Bound,
        numbers: &[u32],
    ) -> Result<std::result::Result<Vec<ItemId>, (u32, &'static str)>> {
        let quoted = bound.message.as_ref().filter(|_| bound.quoted);
        let lines = match quoted {
            Some(message) => work.lines(message.id).await?,
            None => Vec::new(),
        };
        // What a list of places does not have is nothing; nor can a number from somebody else's letter in a mailbox of
        // several be told from the writer's own.
        let places = !lines.is_empty() && quoted.is_some_and(|m| m.body.numbering == Numbering::Places);
        let own = work.numbers(self.person).await?;
        let mut found = Vec::new();
        for number in numbers {
            if let Some((_, id)) = lines.iter().find(|(shown, _)| shown == number) {
                found.push(*id);
                continue;
            }
            let known = |given: &&Given| !places && !self.shared && given.given_at <= self.received.written_at();
            match own.get(*number).filter(known) {
                Some(Given { names: Subject::Item(id), shown: true, .. }) => found.push(*id),
                Some(_) => return Ok(Err((*number, "ask_unseen_number"))),
                None => return Ok(Err((*number, "ask_unknown_number"))),
            }
        }
        Ok(Ok(found))
    }

    /// The items that the answer to our question names, by the numbers under which it listed them; `None`: one is not
    /// among those asked about.
    pub(super) async fn among(
        &self,
        work: &mut Work<'_>,
        numbers: &[u32],
        asked_about: &[ItemId],
        question: i64,
    ) -> Result<Option<Vec<ItemId>>> {
        let (lines, own) = (work.lines(question).await?, work.numbers(self.person).await?);
        let theirs = |n: &u32| own.get(*n).and_then(|given| given.names.item());
        let named = |n: &u32| {
            let listed = lines.iter().find(|(number, _)| number == n).map(|(_, id)| *id);
            // Of many only the first are listed.
            listed.or_else(|| theirs(n)).filter(|id| asked_about.contains(id))
        };
        Ok(numbers.iter().map(named).collect())
    }

    /// A number by which its writer can mean nothing: it is said, with those by which they can. Whoever was shown none is
    /// asked which item they mean.
    async fn unknown_number(
        &mut self,
        work: &mut Work<'_>,
        intent: &Intent,
        bound: &Bound,
        number: u32,
        key: &'static str,
    ) -> Result<Items> {
        let own = work.numbers(self.person).await?;
        let listed = match &bound.message {
            Some(message) if bound.quoted => !work.lines(message.id).await?.is_empty(),
            _ => false,
        };
        if !own.any_shown() && !listed {
            return self.choose(work, intent, "ask_no_numbers").await;
        }
        self.say(key, &[("number", number.to_string())]);
        let named: Vec<ItemId> = own.in_use().filter_map(|(_, named)| named.item()).collect();
        if !named.is_empty() {
            self.list_once(work, &named).await?;
        }
        Ok(Items::None)
    }

    /// Items that an answer without any name can be about: those that wait for it. To whom an item goes is a decision
    /// of who assigned it, where one waits for them or the item was sent back to them.
    async fn waits_for(&self, work: &mut Work<'_>, intent: &Intent) -> Result<Vec<ItemId>> {
        let mut found = self.candidates(work, intent).await?;
        if intent.kind == IntentKind::Reassign {
            let mut more = self.candidates(work, &Intent::new(IntentKind::Approve)).await?;
            for role in roles_of(IntentKind::Close) {
                let sent_back = |item: &Item| item.state == State::Rejected;
                more.extend(self.open_items(work, role).await?.iter().filter(|i| sent_back(i)).map(|item| item.id));
            }
            for id in more {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
        }
        Ok(found)
    }

    /// Nothing tells which item is meant: it is asked, also where there is one only.
    async fn choose(&mut self, work: &mut Work<'_>, intent: &Intent, key: &'static str) -> Result<Items> {
        let found = self.waits_for(work, intent).await?;
        Ok(match found.len() {
            // Which numbers are left out cannot be asked.
            _ if matches!(intent.items, Named::AllExcept(_)) => {
                self.say("ask_except", &[]);
                Items::None
            }
            0 => {
                self.say("ask_no_items", &[]);
                Items::None
            }
            1 => Items::Confirm(found),
            _ if matches!(intent.items, Named::All | Named::Rest) => Items::Confirm(found),
            _ => Items::Which(found, key),
        })
    }

    /// Whether the person stands on an item where this kind of intent is said.
    async fn is_said_by_them(&self, work: &mut Work<'_>, kind: IntentKind, id: ItemId) -> Result<bool> {
        let Some(item) = work.item(id).await? else { return Ok(false) };
        let world = self.world();
        let roles = roles_whose_word(kind);
        let stands = roles.iter().any(|role| world.holders(&item, *role).contains(&self.person));
        Ok(stands || roles.contains(&Role::Responsible) && self.fixes(&item))
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
        let mut candidates = self.waits_for(work, intent).await?;
        let in_message = if bound.named.is_empty() { in_message } else { &bound.named };
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
        if is_harmless(intent.kind) && candidates.len() > 1 {
            let shown: Vec<ItemId> = candidates.iter().copied().filter(|c| in_message.contains(c)).collect();
            return Ok(if shown.is_empty() { Items::Which(candidates, "ask_which") } else { Items::These(shown) });
        }
        match candidates.as_slice() {
            // Nothing waits for it: what asks for nothing is not answered by it, unless the rules say why not.
            [] => match in_message {
                [one] if bound.quoted || self.is_said_by_them(work, intent.kind, *one).await? => {
                    Ok(Items::These(vec![*one]))
                }
                [one] if intent.kind == IntentKind::Reassign => Ok(Items::Confirm(vec![*one])),
                _ => {
                    self.say("ask_no_items", &[]);
                    Ok(Items::None)
                }
            },
            [one] if intent.confirm && !confirmed && intent.kind == IntentKind::Done => Ok(Items::Confirm(vec![*one])),
            [one] => Ok(Items::These(vec![*one])),
            _ => Ok(Items::Which(candidates, "ask_which")),
        }
    }

    /// An item by its code, if the writer has any role on it; else it is noted as an attempt.
    async fn by_code(&mut self, work: &mut Work<'_>, text: &str) -> Result<Option<ItemId>> {
        let Some(code) = code::parse(text) else { return Ok(None) };
        let Some(item) = items::by_code(work.tx().await?, &code).await? else { return Ok(None) };
        let theirs = has_a_part(self.person, &item, &self.world());
        if !theirs {
            self.attempts.push(item.id);
        }
        Ok(theirs.then_some(item.id))
    }
}
