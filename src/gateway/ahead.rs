//! What a batch of updates needs from the database, read together before they are handled.
//!
//! Nothing is decided here and nothing rests on it: what was not foreseen is looked up when it is needed.

use std::collections::{BTreeSet, HashSet};

use super::Gateway;
use super::answer::{ASKS, Answer, rests_on_list};
use super::unproven::{CONFIRMED, LETS_FORGED};
use crate::core::act::{DECIDING, roles_of};
use crate::core::allowance::Allowance;
use crate::core::inbound::Content;
use crate::core::item::{ItemId, Role};
use crate::core::message::parse_action;
use crate::core::org::{Directory, PersonId, Who};
use crate::core::reply::{Intent, IntentKind, Items, Reading};
use crate::store::inbox::Received;
use crate::store::outbox::Pointer;
use crate::store::work::Work;
use crate::store::{Result, allowances, canary, outbox, people};

/// Items of one person beyond which it cannot be foreseen which one he means.
const FEW: usize = 5;

/// An update about to be handled.
pub(super) struct Known {
    pub(super) received: Received,
    /// Its chat as its row has it: an address may be respelled in `received`.
    pub(super) chat: String,
    /// What its account has had of its allowance.
    pub(super) allowance: Allowance,
    /// Who wrote, and whether the address works as far as we know.
    pub(super) writer: Option<(PersonId, bool)>,
    /// Everybody who has the address it came from, where these are several.
    pub(super) sharing: Vec<(PersonId, bool)>,
    /// What its text says, where its writer said it himself: what was forwarded is not read.
    pub(super) reading: Option<Reading>,
    /// Readings that the assistant finds likely, where it was asked.
    pub(super) likely: Vec<IntentKind>,
}

/// A letter whose writer only a verdict proved, where verdicts are not believed.
fn unbelieved(received: &Received) -> Received {
    let mut received = received.clone();
    if received.channel == "mail"
        && !received.update_id.starts_with(CONFIRMED)
        && let Content::Text { text, reply_to, message, forwarded: false, .. } = received.inbound.content.clone()
    {
        received.inbound.content = Content::Unproven { text, reply_to, message, why: LETS_FORGED.to_owned() };
    }
    received
}

impl Gateway {
    /// Reads the texts of updates, and from the database what their handling needs. Gives those whose turn it is: what
    /// somebody says next, in another chat, may rest on the answer to what he says here, and waits for the next turn.
    pub(super) async fn look_ahead(
        &self,
        work: &mut Work<'_>,
        directory: &Directory,
        waiting: &[Received],
    ) -> Result<Vec<Known>> {
        let mut known = self.senders(work, waiting).await?;
        known.iter_mut().for_each(|one| self.read_shared(directory, one));
        let mut heard = HashSet::new();
        known.retain(|one| one.received.is_urgent() || one.writer.is_none_or(|(person, _)| heard.insert(person)));
        for one in &mut known {
            if let (Content::Text { text, forwarded: false, .. }, Some((person, _))) =
                (&one.received.inbound.content, one.writer)
            {
                one.reading = Some(Answer::new(self, directory, &one.received, person).reading(text));
            }
        }
        let people: Vec<PersonId> = known.iter().filter_map(|one| Some(one.writer?.0)).collect();
        if people.is_empty() {
            return Ok(known);
        }
        work.read_questions(&people).await?;
        self.read_items(work, directory, &known).await?;
        Ok(known)
    }

    /// Who wrote, and how much lately.
    async fn senders(&self, work: &mut Work<'_>, waiting: &[Received]) -> Result<Vec<Known>> {
        let mut all = Vec::with_capacity(waiting.len());
        let by_mail = waiting.iter().any(|received| received.channel == "mail");
        let forged = by_mail && canary::verdicts_forged(work.tx().await?, "mail").await?;
        for received in waiting {
            let received = &if forged { unbelieved(received) } else { received.clone() };
            let respelled = match received.channel == "mail" {
                true => self.as_on_file(work.tx().await?, received).await?,
                false => None,
            };
            all.push(respelled.unwrap_or_else(|| received.clone()));
        }
        let accounts: Vec<_> = waiting.iter().map(|r| (r.channel.as_str(), r.inbound.chat.as_str())).collect();
        let allowed = allowances::of(work.tx().await?, &accounts).await?;
        let addresses: Vec<_> =
            all.iter().map(|r| (r.channel.as_str(), r.inbound.sender.as_deref().unwrap_or_default())).collect();
        let mut writers = people::writers(work.tx().await?, &addresses).await?;
        let mut known = Vec::with_capacity(all.len());
        for (n, ((received, row), allowance)) in all.into_iter().zip(waiting).zip(allowed).enumerate() {
            let having = writers.remove(&n).unwrap_or_default();
            let (writer, sharing) = match having.as_slice() {
                [] => (None, Vec::new()),
                [one] => (Some(*one), Vec::new()),
                _ => (self.answering(work, &received, &having).await?, having),
            };
            let chat = row.inbound.chat.clone();
            known.push(Known { received, chat, allowance, writer, sharing, reading: None, likely: Vec::new() });
        }
        Ok(known)
    }

    /// What came from a shared mailbox as nobody's answer: an emergency is told at once, whoever of them wrote it.
    fn read_shared(&self, directory: &Directory, known: &mut Known) {
        let (None, Some(first)) = (known.writer, known.sharing.first()) else { return };
        let text = match &known.received.inbound.content {
            Content::Text { text, forwarded: false, .. } | Content::Unproven { text, .. } => text,
            _ => return,
        };
        let reading = Answer::new(self, directory, &known.received, first.0).reading(text);
        if reading.emergency {
            known.writer = Some(*first);
        }
        known.reading = Some(reading);
    }

    /// Of those who share a mailbox, the one whose message is answered.
    async fn answering(
        &self,
        work: &mut Work<'_>,
        received: &Received,
        having: &[(PersonId, bool)],
    ) -> Result<Option<(PersonId, bool)>> {
        let reply_to = match &received.inbound.content {
            Content::Text { reply_to, .. } | Content::Unproven { reply_to, .. } => reply_to.as_deref(),
            _ => None,
        };
        let Some(quoted) = reply_to else { return Ok(None) };
        let pointed = [(received.channel.as_str(), received.inbound.chat.as_str(), Pointer::Id(quoted))];
        let message = outbox::pointed_at(work.tx().await?, &pointed).await?.remove(&0);
        let person = message.and_then(|m| m.person);
        Ok(having.iter().find(|(p, _)| Some(*p) == person).copied())
    }

    /// The messages that the writers answer, the items these are about, and what was told of them.
    async fn read_items(&self, work: &mut Work<'_>, directory: &Directory, known: &[Known]) -> Result<()> {
        let now = self.now();
        let (mut pointed, mut pressed, mut standing) = (Vec::new(), Vec::new(), Vec::new());
        let (mut numbered, mut by_numbers) = (Vec::new(), BTreeSet::new());
        // Beside each message pointed at: who wrote, and as whom in which roles he may mean items.
        let mut writers: Vec<(PersonId, Vec<(Who, Role)>)> = Vec::new();
        for one in known {
            let Some((person, _)) = one.writer else { continue };
            let received = &one.received;
            match (&received.inbound.content, &one.reading) {
                (Content::Text { text, reply_to, .. }, Some(reading)) if !reading.emergency => {
                    let (channel, chat) = (received.channel.as_str(), received.inbound.chat.as_str());
                    let newest = |numbered| Pointer::Newest { before: received.written_at(), numbered };
                    pointed.push((channel, chat, reply_to.as_deref().map_or(newest(false), Pointer::Id)));
                    let by_number = |i: &Intent| matches!(i.items, Items::Lines(_) | Items::AllExcept(_));
                    if reading.intents.iter().any(by_number) || rests_on_list(text, reading) {
                        by_numbers.insert(person);
                    }
                    if reply_to.is_none() && reading.intents.iter().any(|i| matches!(i.items, Items::AllExcept(_))) {
                        numbered.push((channel, chat, newest(true)));
                    }
                    let who = Answer::new(self, directory, received, person).acts_as();
                    let roles: BTreeSet<Role> =
                        reading.intents.iter().flat_map(|intent| roles_of(intent.kind)).collect();
                    let of = |roles: &mut dyn Iterator<Item = Role>| -> Vec<(Who, Role)> {
                        roles.flat_map(|role| who.iter().map(move |who| (*who, role))).collect()
                    };
                    let asked = of(&mut roles.iter().copied());
                    standing.extend(&asked);
                    // What the same words mean depends on what its writer is asked to decide.
                    standing.extend(of(&mut DECIDING.iter().copied().filter(|role| !roles.contains(role))));
                    writers.push((person, asked));
                }
                (Content::Button { action, .. }, _) => {
                    pressed.extend(parse_action(action).map(|(message, line, _)| (person, message, line)));
                }
                _ => {}
            }
        }
        let answered = work.read_pointed(&pointed).await?;
        let mut messages: BTreeSet<i64> = pressed.iter().map(|(_, message, _)| *message).collect();
        work.read_messages(&messages).await?;
        messages.extend(answered.values());
        messages.extend(work.read_pointed(&numbered).await?.values());
        work.read_lines(&messages).await?;
        work.read_numbers(&by_numbers).await?;
        work.read_standing(&standing).await?;
        let mut meant: BTreeSet<(PersonId, ItemId)> = BTreeSet::new();
        for (place, (person, asked)) in writers.iter().enumerate() {
            let lines = answered.get(&place).map_or(&[][..], |message| work.known_lines(*message));
            let his = asked.iter().flat_map(|(who, role)| work.known_standing(*who, *role)).copied();
            let listed = lines.iter().map(|(_, item)| *item);
            let items: BTreeSet<ItemId> = if lines.is_empty() { his.collect() } else { listed.collect() };
            meant.extend(items.iter().take(FEW).map(|item| (*person, *item)));
        }
        for (person, message, line) in &pressed {
            let lines = work.known_lines(*message).iter().filter(|(number, _)| number == line);
            meant.extend(lines.map(|(_, item)| (*person, *item)));
        }
        let items: BTreeSet<ItemId> = meant.iter().map(|(_, item)| *item).collect();
        work.read_items(&items).await?;
        work.read_live(&items).await?;
        work.read_told(&meant, now - ASKS).await
    }
}
