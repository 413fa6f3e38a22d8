//! What somebody is to the items that they answer about, and their words read so: the same words of a fixer, a verifier
//! and an approver differ.

use super::*;
use crate::assistant::Puzzle;
use crate::core::act::{Ask, DECIDING, asked, open_asks};
use crate::core::item::Role;

/// What is known about an answer before it is read.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) by: Speaker,
    /// Title and place of the only item that it can speak of, in lower case.
    pub(super) item: Option<String>,
    /// Numbers that are open in the writer's list.
    pub(super) numbers: Vec<u32>,
}

/// An item about which somebody is asked for a decision.
struct Asked {
    item: ItemId,
    code: String,
    speaker: Speaker,
}

/// Nobody accounts for a part of it.
fn puzzles(reading: &Reading) -> bool {
    reading.intents.iter().any(|i| i.kind == IntentKind::Unknown)
}

/// Whether a text means what its writer's list makes of it: 3号 may be the third item or the third of the month.
pub(in super::super) fn rests_on_list(text: &str, plain: &Reading) -> bool {
    puzzles(plain) || text.contains(['号', '號'])
}

impl Answer<'_> {
    /// The reading of a text written at a time by what its writer is to the items it speaks of; `plain` is that of a fixer.
    pub(super) async fn read_as(
        &self,
        work: &mut Work<'_>,
        text: &str,
        at: DateTime<Utc>,
        plain: &Reading,
        bound: &Bound,
    ) -> Result<Reading> {
        let asked = self.decisions_asked(work).await?;
        let unsure = rests_on_list(text, plain);
        if asked.is_empty() && !unsure {
            return Ok(plain.clone());
        }
        let known = self.known(work, bound).await?;
        let plain = match unsure && (known.item.is_some() || !known.numbers.is_empty()) {
            true => &self.read(text, at, &known),
            false => plain,
        };
        let is = |id: ItemId| asked.iter().find(|a| a.item == id).map_or(Speaker::Fixer, |a| a.speaker);
        let lines = match &bound.message {
            Some(message) => work.lines(message.id).await?,
            None => Vec::new(),
        };
        let shown = lines.iter().map(|(_, id)| *id).chain(bound.only.iter().flatten().copied());
        let mut order: Vec<Speaker> = Vec::new();
        let pointed = bound.only.is_some() || bound.quoted && !lines.is_empty();
        // A verdict of somebody who is not asked for one is understood, and refused with who may give it.
        let others = [Speaker::Verifier, Speaker::Approver];
        let everything = asked.iter().map(|a| a.speaker).chain([Speaker::Fixer]).filter(|_| !pointed);
        for speaker in shown.map(is).chain(everything).chain(others) {
            if !order.contains(&speaker) {
                order.push(speaker);
            }
        }
        let readings: Vec<(Speaker, Reading)> = order
            .into_iter()
            .map(|by| match by {
                Speaker::Fixer => (by, plain.clone()),
                _ => (by, self.read(text, at, &Known { by, ..known.clone() })),
            })
            .collect();
        let Some((_, first)) = readings.first() else { return Ok(plain.clone()) };
        let mut reading = first.clone();
        for which in 0..reading.intents.len() {
            let alike = readings.iter().filter(|(_, r)| r.intents.len() == reading.intents.len());
            let named = match &reading.intents[which].items {
                reply::Items::Lines(numbers) => {
                    let found = self.by_numbers(work, bound, numbers).await?;
                    found.ok().and_then(|ids| ids.first().copied()).map(is)
                }
                reply::Items::Codes(codes) => {
                    let of = asked.iter().find(|a| codes.contains(&a.code));
                    Some(of.map_or(Speaker::Fixer, |a| a.speaker))
                }
                _ => None,
            };
            let says = |r: &Reading| r.intents[which].kind != IntentKind::Unknown;
            // A word of decision is for what asks for one, though a notice of something else came after it.
            let decides = |by: Speaker, r: &Reading| {
                let open = !pointed && asked.iter().any(|a| a.speaker == by);
                open && r.intents[which].kind.decides() && reading.intents[which].kind == IntentKind::Ack
            };
            let decision = || alike.clone().find(|(by, r)| named.is_none() && decides(*by, r));
            let theirs =
                named.and_then(|speaker| alike.clone().find(|(by, r)| *by == speaker && says(r))).or_else(decision);
            let found = theirs.or_else(|| alike.clone().find(|(_, r)| says(r)));
            if let Some((_, other)) = found {
                (reading.intents[which], reading.offers[which]) =
                    (other.intents[which].clone(), other.offers[which].clone());
            }
        }
        Ok(reading)
    }

    /// What the assistant may see of an answer that will be asked back; `None` of one that is understood, or that answers
    /// a question of ours.
    pub(in super::super) async fn puzzle_of(
        &self,
        work: &mut Work<'_>,
        text: &str,
        plain: &Reading,
        quote: Quote<'_>,
    ) -> Result<Option<Puzzle>> {
        let answers = work.question(self.person).await?.is_some_and(|(question, _)| meant::may_answer(&question, text));
        if !puzzles(plain) || answers {
            return Ok(None);
        }
        let bound = self.bind(work, quote).await?;
        let reading = self.read_as(work, text, self.received.written_at(), plain, &bound).await?;
        if !puzzles(&reading) {
            return Ok(None);
        }
        let spoken_of = self.spoken_of(work, &bound).await?;
        let asked = self.decisions_asked(work).await?;
        let by = match &spoken_of {
            Some(item) => asked.iter().find(|a| a.item == item.id).map_or(Speaker::Fixer, |a| a.speaker),
            None => asked.first().map_or(Speaker::Fixer, |a| a.speaker),
        };
        Ok(Some(Puzzle { text: text.to_owned(), title: spoken_of.map(|item| item.title), by }))
    }

    /// What this person's answer can speak of: the item that is quoted or the only one they have, and their numbers.
    async fn known(&self, work: &mut Work<'_>, bound: &Bound) -> Result<Known> {
        let item = self.spoken_of(work, bound).await?;
        let numbers =
            if self.shared { Vec::new() } else { work.numbers(self.person).await?.in_use().map(|(n, _)| n).collect() };
        let item = item.map(|item| format!("{}; {}", item.title, item.place).to_lowercase());
        Ok(Known { by: Speaker::Fixer, item, numbers })
    }

    /// The item that is quoted, or the only one they have.
    async fn spoken_of(&self, work: &mut Work<'_>, bound: &Bound) -> Result<Option<Item>> {
        let of_message = match (&bound.only, &bound.message) {
            (Some(only), _) => only.clone(),
            (None, Some(message)) if bound.quoted => {
                work.lines(message.id).await?.into_iter().map(|(_, id)| id).collect()
            }
            _ => Vec::new(),
        };
        Ok(match of_message.as_slice() {
            [one] => work.item(*one).await?,
            [] => {
                let mut theirs = self.open_items(work, Role::Responsible).await?;
                (theirs.len() == 1).then(|| theirs.remove(0))
            }
            _ => None,
        })
    }

    /// Items about which this person is asked for a decision, and what that makes them.
    async fn decisions_asked(&self, work: &mut Work<'_>) -> Result<Vec<Asked>> {
        let world = self.world();
        let mut found = Vec::new();
        for item in self.undecided(work, DECIDING).await? {
            let theirs: Vec<Ask> =
                open_asks(&item).filter(|ask| asked(&item, *ask, &world).contains(&self.person)).collect();
            if !theirs.is_empty() {
                let verifies = theirs.contains(&Ask::Verify);
                let speaker = if verifies { Speaker::Verifier } else { Speaker::Approver };
                found.push(Asked { item: item.id, code: item.code.clone(), speaker });
            }
        }
        Ok(found)
    }
}
