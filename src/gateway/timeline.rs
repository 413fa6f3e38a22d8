//! What happened, line by line: for the headless demo's print and for the page.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::core::notice::{Notice, Reason};
use crate::core::org::Directory;
use crate::core::subject::Subject;
use crate::core::transition::Actor;
use crate::gateway::Gateway;
use crate::gateway::act::form_word;
use crate::store::Result;

/// One line of the timeline.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    pub id: i64,
    pub at: DateTime<Utc>,
    /// `sent`, `event` or `alarm`.
    pub kind: &'static str,
    pub who: String,
    pub channel: String,
    pub text: String,
    /// Ladder steps or causes.
    pub why: String,
    pub codes: Vec<String>,
}

/// Everything after the given message and event ids, in order of time.
pub async fn since(
    gateway: &Gateway,
    directory: &Directory,
    message: i64,
    event: i64,
    limit: i64,
) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for sent in gateway.store.sent_after(message, limit).await? {
        let reasons = gateway.store.reasons(sent.repeats.unwrap_or(sent.id)).await?;
        let mut why: Vec<String> = reasons.iter().map(|r| cause(&r.notice)).collect();
        why.sort();
        why.dedup();
        if sent.repeats.is_some() {
            why.push("unanswered".to_owned());
        }
        entries.push(Entry {
            id: sent.id * 2,
            at: sent.sent_at.unwrap_or(sent.created_at),
            kind: "sent",
            who: sent.person.and_then(|p| directory.person(p)).map_or(String::new(), |p| p.name.clone()),
            channel: sent.channel.clone(),
            text: sent.body.title.clone(),
            why: if sent.is_answer { "answer".to_owned() } else { why.join(", ") },
            codes: sent.body.lines().map(|l| l.code.clone()).collect(),
        });
    }
    for logged in gateway.store.events_after(event, limit).await? {
        let who = match logged.actor {
            Actor::Person(p) => directory.person(p).map_or(String::new(), |p| p.name.clone()),
            other if other.name().is_empty() => "office".to_owned(),
            other => other.name().to_owned(),
        };
        entries.push(Entry {
            id: logged.id * 2 + 1,
            at: logged.at,
            kind: "event",
            who,
            channel: logged.via.clone(),
            text: format!("{} {}", logged.after.code, logged.after.title),
            why: format!("{} → {}", logged.event.word(), logged.after.state.word()),
            codes: vec![logged.after.code.clone()],
        });
    }
    // At the same instant the change comes before the message that tells of it.
    entries.sort_by_key(|e| (e.at, e.kind != "event", e.id));
    Ok(entries)
}

/// A notice's cause in a word: the ladder step, or what was told.
pub fn cause(notice: &Notice) -> String {
    match (&notice.reason, notice.subject) {
        (Reason::Step { step, .. }, _) => step.clone(),
        (_, Subject::Digest(Some(unit))) => format!("table:{}", unit.0),
        (_, Subject::Digest(None)) => "personal".to_owned(),
        _ => form_word(notice.form),
    }
}
