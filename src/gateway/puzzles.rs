//! What nobody accounts for is shown to the assistant before it is asked back, where the office has one.
//!
//! That happens before the writing transaction, on a snapshot: an assistant that is late holds up no other gateway, and
//! an emergency that comes in meanwhile ends the wait.

use std::collections::HashMap;

use super::Gateway;
use super::ahead::Known;
use super::answer::Answer;
use super::inbox::BATCH;
use super::quoted::Quote;
use crate::assistant::Puzzle;
use crate::core::inbound::Content;
use crate::core::org::Directory;
use crate::core::reply::IntentKind;
use crate::store::work::Work;
use crate::store::{Result, inbox};

/// Readings that the assistant finds likely, by the update's number.
pub(super) type Likely = HashMap<i64, Vec<IntentKind>>;

impl Gateway {
    /// Asks the assistant about the waiting updates that will be asked back; nothing where an emergency waits.
    pub(super) async fn ask_assistant(&self, directory: &Directory, behind: bool) -> Result<Likely> {
        let Some(assistant) = &self.assistant else { return Ok(Likely::new()) };
        let puzzles = self.puzzles(directory, behind).await?;
        if puzzles.is_empty() {
            return Ok(Likely::new());
        }
        let (updates, texts): (Vec<i64>, Vec<Puzzle>) = puzzles.into_iter().unzip();
        let orders = tokio::select! {
            orders = assistant.orders(&texts, self.now()) => orders,
            ended = self.emergency_comes() => { ended?; Vec::new() }
        };
        Ok(updates.into_iter().zip(orders).collect())
    }

    /// The waiting updates that nobody accounts for, each with what may be shown of it.
    async fn puzzles(&self, directory: &Directory, behind: bool) -> Result<Vec<(i64, Puzzle)>> {
        let mut tx = self.store.snapshot().await?;
        let waiting = inbox::waiting(&mut tx, self.now(), behind, BATCH).await?;
        let mut work = Work::new(&mut tx, self.now());
        let all = self.look_ahead(&mut work, directory, &waiting).await?;
        let emergency = |known: &Known| known.reading.as_ref().is_some_and(|reading| reading.emergency);
        if all.iter().any(|known| known.received.is_urgent() || emergency(known)) {
            return Ok(Vec::new());
        }
        let mut puzzles = Vec::new();
        for known in &all {
            let (Some((person, _)), Some(reading), content @ Content::Text { text, .. }) =
                (known.writer, &known.reading, &known.received.inbound.content)
            else {
                continue;
            };
            if reading.automatic {
                continue;
            }
            let mut answer = Answer::new(self, directory, &known.received, person);
            answer.shared = !known.sharing.is_empty();
            if let Some(puzzle) = answer.puzzle_of(&mut work, text, reading, Quote::of(content)).await? {
                puzzles.push((known.received.id, puzzle));
            }
        }
        Ok(puzzles)
    }

    async fn emergency_comes(&self) -> Result<()> {
        loop {
            self.bell.notified().await;
            if self.store.has_emergency().await? {
                return Ok(());
            }
        }
    }
}
