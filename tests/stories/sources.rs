//! Ledgers that come by themselves: the same content says nothing, trouble changes nothing and is heard of.

mod commands;
mod files;
mod promises;
mod reach;
mod sql;
mod web;

use crate::story;
use dutybell::gateway::source::{Applied, Cause, Fetch, Source, Turn, TurnOptions};
use story::Story;

/// A source of the story with the default promises.
fn source(kind: impl Fetch + 'static) -> Source {
    Source::new("story", "0 9 * * *", Box::new(kind))
}

/// Reads a source now, as the schedule would.
async fn reads(story: &Story, source: &Source) -> Turn {
    story.gateway.turn(source, TurnOptions::default(), true).await.expect("the store works")
}

/// Items added by a turn that must go well.
fn added(turn: &Turn) -> usize {
    let troubles: Vec<String> = turn.troubles().map(ToString::to_string).collect();
    assert!(troubles.is_empty(), "{troubles:?}");
    turn.ends
        .iter()
        .map(|(_, end)| match end {
            Ok(Applied::Imported(report)) => report.added.len(),
            _ => 0,
        })
        .sum()
}

/// The one thing that went wrong.
fn trouble(turn: &Turn, cause: Cause) -> String {
    let all: Vec<_> = turn.troubles().collect();
    assert!(all.len() == 1 && all[0].cause == cause, "{all:?}");
    all[0].text.clone()
}

fn is_unchanged(turn: &Turn) -> bool {
    matches!(turn.ends.as_slice(), [(_, Ok(Applied::Unchanged))]) && turn.trouble.is_empty()
}

async fn items(story: &Story) -> usize {
    story.gateway.store.items(100_000).await.expect("reads").len()
}

/// Texts of all alarms, oldest first.
async fn alarms(story: &Story) -> Vec<String> {
    let alarms = story.gateway.store.alarms(100).await.expect("reads");
    alarms.into_iter().rev().map(|(_, text)| text).collect()
}
