//! What somebody is to the items that they answer about, and their words read so: the same words of a fixer, a verifier
//! and an approver differ.

use super::*;
use crate::core::item::Role;
use crate::core::transition::{Ask, asked, open_asks};

/// Everybody who may be asked to decide about an item.
const DECIDES: [Role; 4] = [Role::Assigner, Role::Leader, Role::Supervisor, Role::Verifier];

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
        if asked.is_empty() {
            return Ok(plain.clone());
        }
        let is = |id: ItemId| asked.iter().find(|(item, _)| *item == id).map_or(Speaker::Fixer, |(_, speaker)| *speaker);
        let lines = match &bound.message {
            Some(message) => work.lines(message.id).await?,
            None => Vec::new(),
        };
        let shown = lines.iter().map(|(_, id)| *id).chain(bound.only.iter().flatten().copied());
        let mut order: Vec<Speaker> = Vec::new();
        let everything = asked.iter().map(|(_, speaker)| *speaker).chain([Speaker::Fixer]);
        let pointed = bound.only.is_some() || bound.quoted && !lines.is_empty();
        for speaker in shown.map(is).chain(everything.take(if pointed { 0 } else { usize::MAX })) {
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
            let named = match reading.intents[which].items {
                reply::Items::Lines(ref numbers) => {
                    numbers.first().and_then(|n| lines.iter().find(|(line, _)| line == n)).map(|(_, id)| is(*id))
                }
                _ => None,
            };
            let found = match named {
                Some(speaker) => alike.clone().find(|(by, _)| *by == speaker),
                None => alike.clone().find(|(_, r)| r.intents[which].kind != IntentKind::Unknown),
            };
            if let Some((_, other)) = found {
                (reading.intents[which], reading.offers[which]) = (other.intents[which].clone(), other.offers[which].clone());
            }
        }
        Ok(reading)
    }

    /// Items about which this person is asked for a decision, and what that makes them.
    async fn decisions_asked(&self, work: &mut Work<'_>) -> Result<Vec<(ItemId, Speaker)>> {
        let world = self.world();
        let mut found = Vec::new();
        for item in self.undecided(work, &DECIDES).await? {
            let theirs: Vec<Ask> =
                open_asks(&item).filter(|ask| asked(&item, *ask, &world).contains(&self.person)).collect();
            if !theirs.is_empty() {
                let verifies = theirs.contains(&Ask::Verify);
                found.push((item.id, if verifies { Speaker::Verifier } else { Speaker::Approver }));
            }
        }
        Ok(found)
    }
}
