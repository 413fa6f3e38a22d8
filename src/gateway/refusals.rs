//! Attempts that were refused (letters without proof, calls from no platform, answers about others' items): counted, and
//! told once a day, to the administrators, and of major items to their supervisors.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{DateTime, Utc};

use super::Gateway;
use crate::core::item::{ItemId, Role, Severity};
use crate::core::notice::{Notice, Reason};
use crate::core::org::{Directory, Locale};
use crate::core::plan::when_heard;
use crate::core::policy::{Form, Urgency};
use crate::core::subject::Subject;
use crate::core::words::Say;
use crate::store::refusals::{Attempt, Refused};
use crate::store::{Result, Tx, items, outbox, refusals};

/// Channels of which calls are counted apart; the rest are one.
const CHANNELS: usize = 20;

/// Calls that were refused and not stored yet, by channel: whoever calls a thousand times a second costs no write each.
#[derive(Debug, Default)]
pub struct Calls(Mutex<BTreeMap<String, i64>>);

impl Calls {
    /// Counts one.
    pub fn refused(&self, channel: &str) {
        // A panic elsewhere while it was held leaves the counts usable.
        let mut calls = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let name = if calls.len() < CHANNELS || calls.contains_key(channel) { channel } else { "" };
        *calls.entry(name.to_owned()).or_default() += 1;
    }

    fn taken(&self) -> BTreeMap<String, i64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Gateway {
    /// Counts an attempt that was refused.
    pub(super) async fn note_refusal(
        &self,
        tx: &mut Tx,
        attempt: Attempt,
        channel: &str,
        item: Option<ItemId>,
    ) -> Result<()> {
        let refused = Refused { attempt, channel: channel.to_owned(), item, times: 1 };
        refusals::add(tx, &self.office_day(self.now()), &refused).await
    }

    /// The day of an instant in the office's zone.
    pub(super) fn office_day(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.policy.zone).date_naive().to_string()
    }

    /// Stores the calls counted since, and tells of the days before this one.
    pub(super) async fn watch_refusals(&self, tx: &mut Tx, directory: &Directory) -> Result<()> {
        let today = self.office_day(self.now());
        for (channel, times) in self.refused_calls.taken() {
            refusals::add(tx, &today, &Refused { attempt: Attempt::Call, channel, item: None, times }).await?;
        }
        while let Some((day, refused)) = refusals::untold(tx, &today).await? {
            let count = |attempt: Attempt| {
                let times: i64 = refused.iter().filter(|r| r.attempt == attempt).map(|r| r.times).sum();
                if times == 0 { String::new() } else { times.to_string() }
            };
            let mut codes: Vec<String> = Vec::new();
            for one in &refused {
                if let Some(id) = one.item
                    && let Some(item) = items::get(tx, id).await?
                {
                    codes.push(item.code.clone());
                    if item.severity == Severity::Major {
                        self.tell_supervisors(tx, directory, &day, &item, one.times).await?;
                    }
                }
            }
            codes.dedup();
            let mut channels: Vec<&str> =
                refused.iter().map(|r| r.channel.as_str()).filter(|c| !c.is_empty()).collect();
            channels.sort_unstable();
            channels.dedup();
            if refused.iter().all(|r| r.times <= 0) {
                refusals::told(tx, &day).await?;
                continue;
            }
            let args = [
                ("day", day.clone()),
                ("letters", count(Attempt::Letter)),
                ("calls", count(Attempt::Call)),
                ("answers", count(Attempt::Item)),
                ("codes", codes.join("、")),
                ("channels", channels.join("、")),
            ];
            self.alarm(tx, directory, &format!("refusals:{day}"), "alarm_refusals", &args).await?;
            refusals::told(tx, &day).await?;
        }
        Ok(())
    }

    async fn tell_supervisors(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        day: &str,
        item: &crate::core::item::Item,
        times: i64,
    ) -> Result<()> {
        let world = self.world(directory);
        for person in world.holders(item, Role::Supervisor) {
            let locale = directory.person(person).map_or(Locale::default(), |p| p.locale);
            let (code, title) = (item.code.clone(), item.title.clone());
            let args = [("code", code), ("title", title), ("times", times.to_string()), ("day", day.to_owned())];
            let key = format!("refusals:{day}:{}:{}", item.id.0, person.0);
            let text = self.phrases.say(locale, "alarm_refusals_item", &args);
            let why = (Subject::System, Reason::Words { text });
            let send_at = when_heard(&world, person, Urgency::Routine, world.now);
            let notice = Notice::new(key, person, why, Form::Alarm, Urgency::Routine, send_at);
            outbox::queue(tx, &notice, world.now).await?;
        }
        Ok(())
    }
}
