//! What somebody is to the items that they answer about, and their words read so: the same words of a fixer, a verifier
//! and an approver differ.

use super::*;
use crate::core::item::Role;
use crate::core::transition::{Ask, asked, open_asks};

/// Everybody who may be asked to decide about an item.
const DECIDES: [Role; 4] = [Role::Assigner, Role::Leader, Role::Supervisor, Role::Verifier];

/// An item about which somebody is asked for a decision.
struct Asked {
    item: ItemId,
    code: String,
    speaker: Speaker,
}

impl Answer<'_> {
    /// The reading of a text by what its writer is to the items it speaks of; `plain` is that of a fixer.
    pub(super) async fn read_as(
        &self,
        work: &mut Work<'_>,
        text: &str,
        plain: &Reading,
        bound: &Bound,
    ) -> Result<Reading> {
        let asked = self.decisions_asked(work).await?;
        let puzzles = plain.intents.iter().any(|i| i.kind == IntentKind::Unknown);
        if asked.is_empty() && !puzzles {
            return Ok(plain.clone());
        }
        let is = |id: ItemId| asked.iter().find(|a| a.item == id).map_or(Speaker::Fixer, |a| a.speaker);
        let lines = match &bound.message {
            Some(message) => work.lines(message.id).await?,
            None => Vec::new(),
        };
        let shown = lines.iter().map(|(_, id)| *id).chain(bound.only.iter().flatten().copied());
        let mut order: Vec<Speaker> = Vec::new();
        let everything = asked.iter().map(|a| a.speaker).chain([Speaker::Fixer]);
        let pointed = bound.only.is_some() || bound.quoted && !lines.is_empty();
        // A verdict of somebody who is not asked for one is understood, and refused with who may give it.
        let others = [Speaker::Verifier, Speaker::Approver];
        let everything = everything.take(if pointed { 0 } else { usize::MAX });
        for speaker in shown.map(is).chain(everything).chain(others) {
            if !order.contains(&speaker) {
                order.push(speaker);
            }
        }
        let at = self.received.written_at();
        let readings: Vec<(Speaker, Reading)> = order
            .into_iter()
            .map(|by| (by, if by == Speaker::Fixer { plain.clone() } else { self.read(text, at, by) }))
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
            let theirs = named.and_then(|speaker| alike.clone().find(|(by, r)| *by == speaker && says(r)));
            let found = theirs.or_else(|| alike.clone().find(|(_, r)| says(r)));
            if let Some((_, other)) = found {
                (reading.intents[which], reading.offers[which]) = (other.intents[which].clone(), other.offers[which].clone());
            }
        }
        Ok(reading)
    }

    /// Items about which this person is asked for a decision, and what that makes them.
    async fn decisions_asked(&self, work: &mut Work<'_>) -> Result<Vec<Asked>> {
        let world = self.world();
        let mut found = Vec::new();
        for item in self.undecided(work, &DECIDES).await? {
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
