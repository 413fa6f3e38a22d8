//! The dossier of one item, put together from its records: decisions, messages with every try, answers.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::Gateway;
use crate::channel::Dialect;
use crate::core::inbound::{Content, Inbound};
use crate::core::item::{Item, Role};
use crate::core::message::Message;
use crate::core::org::{Directory, Locale};
use crate::core::words::Say;
use crate::render::{Dossier, DossierRow, render};
use crate::store::chain::Verified;
use crate::store::dossier::Record;
use crate::store::{Result, StoreError};

impl Gateway {
    /// Everything about one item, in order of time, in the words of a language; `verified` is what the chain's
    /// verification said.
    pub async fn dossier(&self, item: &Item, verified: &Verified, locale: Locale) -> Result<Dossier> {
        let directory = self.directory().await?;
        let view = View { gateway: self, directory: &directory, zone: self.policy.zone, locale };
        let mut rows: Vec<(i64, DossierRow)> = Vec::new();
        let mut messages: Vec<Record> = Vec::new();
        self.store
            .records::<StoreError>(Some(item.id), |record| {
                match record.kind {
                    "message" => messages.push(record),
                    _ => rows.extend(view.row(&record, &messages)),
                }
                Ok(())
            })
            .await?;
        rows.extend(messages.iter().map(|m| view.message(m)));
        // At one instant: the answer, the decision it caused, what was queued for it, what was sent.
        let order = ["reply", "decision", "notice", "message", "attempt"];
        rows.sort_by_key(|(at, row)| (*at, order.iter().position(|k| *k == row.kind)));
        Ok(Dossier {
            code: item.code.clone(),
            title: item.title.clone(),
            zone: self.policy.zone.name().to_owned(),
            facts: view.facts(item),
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            words: WORDS.into_iter().map(|word| (word, view.say(word, &[]))).collect(),
            times: view.say("times", &[("zone", self.policy.zone.name().to_owned())]),
            proof: view.proof(verified),
            head: verified.head.as_ref().map_or(String::new(), |h| format!("{} {}", h.event, h.hash)),
        })
    }
}

/// What the page itself says, as phrases `dossier_…`.
const WORDS: [&str; 8] = ["happened", "when", "what", "who", "channel", "content", "proof", "head"];

/// How records are shown: names, local times.
struct View<'a> {
    gateway: &'a Gateway,
    directory: &'a Directory,
    zone: Tz,
    locale: Locale,
}

impl View<'_> {
    fn say(&self, word: &str, args: &[(&str, String)]) -> String {
        self.gateway.phrases.say(self.locale, &format!("dossier_{word}"), args)
    }

    fn proof(&self, verified: &Verified) -> String {
        match &verified.broken {
            None if !verified.differing.is_empty() => {
                let codes: Vec<String> = verified.differing.iter().map(ToString::to_string).collect();
                self.say("differ", &[("codes", codes.join(", "))])
            }
            None => self.say("whole", &[("count", verified.events.to_string())]),
            Some(broken) => self.say("broken", &[("event", broken.event.to_string()), ("why", broken.why.to_string())]),
        }
    }

    fn local(&self, ms: i64) -> String {
        DateTime::from_timestamp_millis(ms)
            .map_or(String::new(), |t| t.with_timezone(&self.zone).format("%Y-%m-%d %H:%M:%S").to_string())
    }

    fn name(&self, id: Option<i64>) -> String {
        let person = id.and_then(|id| self.directory.person(crate::core::org::PersonId(id)));
        person.map_or(String::new(), |p| p.name.clone())
    }

    fn state(&self, word: &str) -> String {
        self.gateway.phrases.say(self.locale, &format!("state_{word}"), &[])
    }

    fn facts(&self, item: &Item) -> Vec<(String, String)> {
        let instant = |at: Option<DateTime<Utc>>| at.map_or("-".to_owned(), |t| self.local(t.timestamp_millis()));
        let mut facts = vec![
            (self.say("state", &[]), self.gateway.phrases.say(self.locale, item.state_key(), &[])),
            (self.say("place", &[]), item.place.clone()),
            (self.say("first_deadline", &[]), instant(item.original_due)),
            (self.say("deadline", &[]), instant(item.current_due)),
            (self.say("closed", &[]), instant(item.closed_at)),
        ];
        for role in Role::ALL {
            let names: Vec<String> = item
                .assignments
                .iter()
                .filter(|a| a.role == role)
                .map(|a| {
                    let until = a.until.map_or(String::new(), |u| format!(" – {}", self.local(u.timestamp_millis())));
                    let behind = self.directory.behind(a.who, a.since);
                    let names: Vec<String> = behind.iter().map(|p| self.name(Some(p.0))).collect();
                    format!("{} ({}{until})", names.join(", "), self.local(a.since.timestamp_millis()))
                })
                .collect();
            if !names.is_empty() {
                facts.push((role.word().to_owned(), names.join("; ")));
            }
        }
        facts
    }

    fn row(&self, record: &Record, messages: &[Record]) -> Option<(i64, DossierRow)> {
        let number = |name| record.number(name);
        let text = |name| record.text(name).to_owned();
        let (at, row) = match record.kind {
            "event" => {
                let actor = record.text("actor").strip_prefix("person:").and_then(|id| id.parse().ok());
                let who = if actor.is_some() { self.name(actor) } else { self.say("office", &[]) };
                let unverified = record.text("event") == "close_unverified";
                let state = if unverified { "closed_unverified" } else { record.text("state") };
                let label = format!("{} → {}", record.text("event"), self.state(state));
                let row = DossierRow { kind: "decision", label, who, channel: text("via"), ..DossierRow::default() };
                let said = event_text(record.text("data"));
                (
                    number("at")?,
                    DossierRow { text: said, detail: format!("#{} {}", number("id")?, text("hash")), ..row },
                )
            }
            "notice" if matches!(record.text("state"), "withdrawn" | "dead") => {
                let row = DossierRow {
                    kind: "notice",
                    label: self.say("not_sent", &[("state", text("state"))]),
                    who: self.name(number("person_id")),
                    text: text("key"),
                    ..DossierRow::default()
                };
                (number("send_at")?, row)
            }
            "attempt" => {
                let message = messages.iter().find(|m| m.number("id") == number("message_id"));
                let row = DossierRow {
                    kind: "attempt",
                    label: self.say("try", &[("outcome", text("outcome"))]),
                    who: self.name(message.and_then(|m| m.number("person_id"))),
                    channel: text("channel"),
                    text: text("detail"),
                    detail: format!("message {} {}", number("message_id")?, text("platform_id")),
                    at: String::new(),
                };
                (number("at")?, row)
            }
            "reply" => {
                let inbound: Option<Inbound> = serde_json::from_str(record.text("inbound")).ok();
                let said = match inbound.map(|i| i.content) {
                    Some(Content::Text { text, .. }) => text,
                    Some(Content::Button { action, .. }) => format!("[{action}]"),
                    Some(Content::Start { .. }) => "/start".to_owned(),
                    _ => String::new(),
                };
                let row = DossierRow {
                    kind: "reply",
                    label: self.say("answer", &[]),
                    who: self.name(number("person_id")),
                    channel: text("channel"),
                    text: said,
                    detail: text("outcome"),
                    at: String::new(),
                };
                (number("received_at")?, row)
            }
            _ => return None,
        };
        Some((at, DossierRow { at: self.local(at), ..row }))
    }

    fn message(&self, record: &Record) -> (i64, DossierRow) {
        let body: Message = serde_json::from_str(record.text("body")).unwrap_or_default();
        let at = record.number("sent_at").or(record.number("created_at")).unwrap_or_default();
        let answered = |t| format!(", {}", self.say("heard", &[("when", self.local(t))]));
        let heard = record.number("acked_at").map_or(String::new(), answered);
        let row = DossierRow {
            at: self.local(at),
            kind: "message",
            label: self.say("message", &[("state", record.text("state").to_owned())]),
            who: self.name(record.number("person_id")),
            channel: record.text("channel").to_owned(),
            text: render(&body, 0, Dialect::Plain).text,
            detail: format!("message {}{heard}", record.number("id").unwrap_or_default()),
        };
        (at, row)
    }
}

/// Texts inside an event: a note, a reason.
pub(crate) fn event_text(data: &str) -> String {
    fn collect(value: &serde_json::Value, into: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
                serde_json::Value::String(text) if !text.is_empty() => into.push(format!("{name}: {text}")),
                other => collect(other, into),
            }),
            serde_json::Value::Array(values) => {
                into.extend(values.iter().filter_map(|v| v.as_str().map(str::to_owned)));
            }
            _ => {}
        }
    }
    let mut texts = Vec::new();
    if let Ok(value) = serde_json::from_str(data) {
        collect(&value, &mut texts);
    }
    texts.join("; ")
}
