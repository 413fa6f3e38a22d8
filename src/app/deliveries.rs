//! What was sent to whom, by which way, why, and what came of it; what was not sent and why; and sending it again.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};
use serde::Serialize;

use super::{Caller, Result, need_reason, refuse_in_words};
use crate::core::deadline::local_to_utc;
use crate::core::item::{Item, ItemId};
use crate::core::matter::Matter;
use crate::core::notice::Notice;
use crate::core::org::{Directory, PersonId};
use crate::core::pause::AGAIN;
use crate::core::policy::Urgency;
use crate::core::subject::Subject;
use crate::core::transition::{Actor, Event};
use crate::gateway::Gateway;
use crate::gateway::timeline::cause;
use crate::store::events;
use crate::store::outbox::{self, StoredMessage, StoredNotice};
use crate::store::{deliveries as stored, items};

/// What a list is about.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only to this person.
    pub to: Option<PersonId>,
    /// Only about this item.
    pub item: Option<ItemId>,
}

/// One message, or one reason that became none.
#[derive(Clone, Debug, Serialize)]
pub struct Delivery {
    /// When it was sent, would have been, or will be tried next.
    pub at: DateTime<Utc>,
    /// `sent`; `waiting`; `withdrawn`: not true any more; `dead`: nobody took it; `unknown`.
    pub outcome: String,
    /// Message to name for sending it again; `None`: there never was one.
    pub message: Option<i64>,
    pub to: String,
    pub channel: String,
    /// Steps of the ladder, or what else was said: `answer`, `told`, `resend`, `unanswered` …
    pub why: Vec<String>,
    pub codes: Vec<String>,
    pub title: String,
    /// Each try: channel, outcome and what the platform said; why it waits or was withdrawn.
    pub detail: Vec<String>,
    /// When the reader answered it.
    pub heard_at: Option<DateTime<Utc>>,
}

/// Everything of one local day: sent, withdrawn, or waiting for it.
///
/// # Errors
/// When the database does not answer.
pub async fn on_day(gateway: &Gateway, day: NaiveDate, wanted: &Wanted) -> Result<Vec<Delivery>> {
    let directory = gateway.directory().await?;
    let (from, to) = span(gateway, day);
    let teller = Teller { gateway, directory: &directory };
    let mut all = Vec::new();
    for found in gateway.store.messages_between(from, to, wanted.to).await? {
        let reasons = gateway.store.reasons(found.message.repeats.unwrap_or(found.message.id)).await?;
        let is_about = |item: ItemId| {
            found.message.body.lines().any(|l| l.subject == Subject::Item(item))
                || reasons.iter().any(|r| r.notice.subject == Subject::Item(item))
        };
        if wanted.item.is_none_or(is_about) {
            all.push(teller.message(found, &reasons).await?);
        }
    }
    for notice in gateway.store.unsent_between(from, to, wanted.to).await? {
        if wanted.item.is_none_or(|item| notice.notice.notice.subject == Subject::Item(item)) {
            all.push(teller.notice(notice).await?);
        }
    }
    all.sort_by_key(|d| (d.at, d.message));
    Ok(all)
}

fn span(gateway: &Gateway, day: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    let midnight = |day: NaiveDate| local_to_utc(gateway.policy.zone, day.and_time(NaiveTime::MIN));
    (midnight(day), midnight(day + Duration::days(1)))
}

struct Teller<'a> {
    gateway: &'a Gateway,
    directory: &'a Directory,
}

impl Teller<'_> {
    fn name(&self, person: Option<PersonId>) -> String {
        person.and_then(|p| self.directory.person(p)).map_or(String::new(), |p| p.name.clone())
    }

    fn local(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.gateway.policy.zone).format("%Y-%m-%d %H:%M").to_string()
    }

    async fn message(&self, found: stored::Sent, reasons: &[StoredNotice]) -> Result<Delivery> {
        let stored::Sent { message, next_try, heard_at, tries } = found;
        let sent = message.state == "sent";
        let told = reasons.iter().filter(|r| !sent || r.state != "withdrawn");
        let mut why: Vec<String> = told.map(|r| why(&r.notice)).collect();
        if message.is_answer {
            why.push("answer".to_owned());
        }
        if message.repeats.is_some() {
            why.push("unanswered".to_owned());
        }
        why.sort();
        why.dedup();
        let mut codes: Vec<String> = message.body.lines().map(|l| l.code.clone()).collect();
        let mut detail: Vec<String> = tries
            .iter()
            .map(|t| format!("{} {} {} {}", self.local(t.at), t.channel, t.outcome, t.detail).trim_end().to_owned())
            .collect();
        let waits = message.state == "queued";
        if codes.is_empty() {
            // Composed when it leaves; until then its reasons say what it is about.
            for item in reasons.iter().filter_map(|r| r.notice.subject.item()) {
                codes.extend(self.gateway.store.item(item).await?.map(|i| i.code));
            }
        }
        for reason in reasons.iter().filter(|r| r.state == "withdrawn") {
            detail.push(format!("withdrawn ({}): {}", cause(&reason.notice), self.why_withdrawn(reason).await?));
        }
        codes.dedup();
        detail.dedup();
        Ok(Delivery {
            at: message.sent_at.unwrap_or(if waits { next_try } else { message.created_at }),
            outcome: if waits { "waiting".to_owned() } else { message.state.clone() },
            message: Some(message.id),
            to: self.name(message.person),
            channel: message.channel.clone(),
            why,
            codes,
            title: message.body.title.clone(),
            detail,
            heard_at,
        })
    }

    async fn notice(&self, found: stored::Unsent) -> Result<Delivery> {
        let stored::Unsent { notice, pause } = found;
        let waits = notice.state == "queued";
        let item = match notice.notice.subject.item() {
            Some(id) => self.gateway.store.item(id).await?,
            None => None,
        };
        let mut detail = Vec::new();
        match (waits, pause) {
            (true, Some(pause)) => detail.push(format!("pause {pause}")),
            (true, None) => {}
            (false, _) => detail.push(self.why_withdrawn(&notice).await?),
        }
        Ok(Delivery {
            at: notice.notice.send_at,
            outcome: if waits { "waiting".to_owned() } else { notice.state.clone() },
            message: None,
            to: self.name(Some(notice.notice.person)),
            channel: String::new(),
            why: vec![why(&notice.notice)],
            codes: item.iter().map(|i| i.code.clone()).collect(),
            title: item.map_or(notice.notice.reason.note().text, |i| i.title),
            detail,
            heard_at: None,
        })
    }

    /// What made a notice untrue: the first change after which it was so no more.
    async fn why_withdrawn(&self, notice: &StoredNotice) -> Result<String> {
        let world = self.gateway.world(self.directory);
        if self.directory.person(notice.notice.person).is_none_or(|p| p.gone) {
            return Ok("the person has left".to_owned());
        }
        let Some(item) = notice.notice.subject.item() else {
            return Ok("there was nothing to say any more".to_owned());
        };
        let history = self.gateway.store.history(item).await?;
        let broke = history.iter().find(|l| l.at >= notice.created_at && !l.after.still_true(&notice.notice, &world));
        Ok(match broke {
            Some(logged) => {
                let who = match &logged.actor {
                    Actor::Person(p) => self.name(Some(*p)),
                    other if other.name().is_empty() => "office".to_owned(),
                    other => other.name().to_owned(),
                };
                format!("{} {} {who}", self.local(logged.at), logged.event.word())
            }
            None => "not true any more when it was to leave".to_owned(),
        })
    }
}

fn why(notice: &Notice) -> String {
    if notice.key.starts_with(AGAIN) { format!("resend, {}", cause(notice)) } else { cause(notice) }
}

/// What is to be sent again.
#[derive(Clone, Copy, Debug)]
pub enum Again {
    /// One message.
    Message(i64),
    /// All that a person was sent on a local day.
    Day(PersonId, NaiveDate),
}

/// What is sent again, and what is not.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Resent {
    pub to: String,
    /// Reasons that are still true and leave once more, by code (or title), with the step.
    pub again: Vec<String>,
    /// Those that are not, and answers, which say what was so at their time.
    pub untrue: Vec<String>,
    /// When it leaves: at once, or when the person may be disturbed.
    pub at: Option<DateTime<Utc>>,
}

/// Sends again what was sent, as far as it is still true; waits for nothing but quiet hours. Logged with actor and
/// reason, and in the story of each item.
///
/// # Errors
/// [`super::Refusal::Says`] without a reason, for a message that never was, and when nothing was sent.
pub async fn resend(gateway: &Gateway, caller: &Caller, what: Again, reason: &str) -> Result<Resent> {
    need_reason(gateway, caller.locale, reason)?;
    let directory = gateway.directory().await?;
    let mut messages: Vec<StoredMessage> = match what {
        Again::Message(id) => gateway.store.one_message(id).await?.into_iter().collect(),
        Again::Day(person, day) => {
            let (from, to) = span(gateway, day);
            let found = gateway.store.messages_between(from, to, Some(person)).await?;
            found.into_iter().map(|f| f.message).collect()
        }
    };
    messages.retain(|m| m.state == "sent" && m.person.is_some());
    let Some(person) = messages.first().and_then(|m| m.person) else {
        return refuse_in_words(gateway, caller.locale, "resend_nothing", &[]);
    };
    let mut reasons: BTreeMap<i64, Vec<StoredNotice>> = BTreeMap::new();
    for message in &messages {
        reasons.insert(message.id, gateway.store.reasons(message.repeats.unwrap_or(message.id)).await?);
    }
    let now = gateway.now();
    let mut tx = gateway.store.begin().await?;
    let mut done = Resent { to: name(&directory, person), ..Resent::default() };
    let mut seen: HashMap<String, ()> = HashMap::new();
    let world = gateway.world(&directory);
    // The newest first: the same reason is said once.
    for message in messages.iter().rev() {
        if message.is_answer {
            done.untrue.push(message.body.title.clone());
            continue;
        }
        let order = stored::note_resend(&mut tx, message.id, &caller.actor, reason.trim(), now).await?;
        for old in reasons.get(&message.id).into_iter().flatten() {
            let ordered = old.notice.key.strip_prefix(AGAIN).and_then(|rest| rest.split_once('/'));
            let key = ordered.map_or(old.notice.key.as_str(), |(_, first)| first).to_owned();
            if seen.insert(key.clone(), ()).is_some() {
                continue;
            }
            let item: Option<Item> = match old.notice.subject.item() {
                Some(id) => items::get(&mut tx, id).await?,
                None => None,
            };
            let label = label(item.as_ref(), &old.notice.reason.note().text, &cause(&old.notice));
            let holds = match &item {
                Some(item) => item.still_true(&old.notice, &world),
                // A list or table is made anew; an emergency or alarm of then is no news.
                None => matches!(old.notice.subject, Subject::Digest(_)),
            };
            if !holds {
                done.untrue.push(label);
                continue;
            }
            let urgency = old.notice.urgency.min(Urgency::Escalation);
            let send_at = crate::core::plan::when_heard(&world, person, urgency, now);
            let notice =
                Notice { key: format!("{AGAIN}{order}/{key}"), person, urgency, send_at, ..old.notice.clone() };
            outbox::queue(&mut tx, &notice, now).await?;
            if let Some(item) = &item {
                let event = Event::Resend { to: person, message: message.id, reason: reason.trim().to_owned() };
                events::remark(&mut tx, &[item.id], &event, &caller.origin(), now).await?;
            }
            done.at = Some(done.at.map_or(send_at, |at| at.max(send_at)));
            done.again.push(label);
        }
    }
    tx.commit().await?;
    gateway.bell.notify_waiters();
    Ok(done)
}

fn name(directory: &Directory, person: PersonId) -> String {
    directory.person(person).map_or(String::new(), |p| p.name.clone())
}

/// An item by its code, anything else by what it says, and why it was said.
fn label(item: Option<&Item>, note: &str, why: &str) -> String {
    match item {
        Some(item) => format!("{} {} ({why})", item.code, item.title),
        None => format!("{note} ({why})").trim_start().to_owned(),
    }
}
