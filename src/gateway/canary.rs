//! The daily check of each channel: a message that goes the whole way, through the same queue, the same dispatcher and
//! the same platform as everything else. What does not come round in its time is an alarm, by another channel.
//!
//! A platform that takes messages and throws them away shows nothing of it to whoever counts accepted sends. Where a
//! channel hears itself (mail with a mailbox that is read) the check must come back; elsewhere "accepted" is what can be
//! shown, and a person who receives it every day misses it.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, NaiveTime, Utc};

use super::Gateway;
use crate::core::deadline::local_to_utc;
use crate::core::message::Message;
use crate::core::org::{Directory, Locale};
use crate::core::policy::Urgency;
use crate::core::words::Say;
use crate::store::canary::NewCanary;
use crate::store::{Result, Tx, canary};

/// Instead of an address: the channel's own, where it hears itself.
pub const OWN: &str = "own";

/// Who gets the daily check, and when.
#[derive(Clone, Debug)]
pub struct Canaries {
    /// Local time of the office from which on a day's check is sent.
    pub at: NaiveTime,
    /// How long it may take to come round.
    pub within: Duration,
    /// Channel to address, or [`OWN`]. Empty: no checks.
    pub to: BTreeMap<String, String>,
}

impl Default for Canaries {
    fn default() -> Canaries {
        Canaries { at: NaiveTime::MIN, within: Duration::hours(1), to: BTreeMap::new() }
    }
}

impl Gateway {
    /// The daily check came home with a verdict that nobody gave: anybody can write one. Said once a day until it is mended.
    pub(super) async fn verdicts_are_forged(&self, tx: &mut Tx, directory: &Directory, channel: &str) -> Result<()> {
        let day = self.now().with_timezone(&self.policy.zone).date_naive();
        let args = [("channel", channel.to_owned())];
        self.alarm(tx, directory, &format!("verdicts:{channel}:{day}"), "alarm_verdicts", &args).await
    }

    /// Sends today's checks and looks for those that did not come round. `last_look`: when the watchdog looked before;
    /// what came meanwhile, while nobody ran, is read first.
    pub(super) async fn watch_canaries(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        last_look: DateTime<Utc>,
    ) -> Result<()> {
        let (now, zone) = (self.now(), self.policy.zone);
        let today = now.with_timezone(&zone).date_naive();
        if now >= local_to_utc(zone, today.and_time(self.canaries.at)) {
            for (channel, to) in &self.canaries.to {
                let own = self.channel(channel).and_then(|c| c.own_address());
                let (address, returns) = match (to.as_str(), own) {
                    (OWN, Some(own)) => (own, true),
                    // That it hears itself was checked with the configuration; a channel that is off hears nothing.
                    (OWN, None) => continue,
                    (address, own) => (address.to_owned(), own.as_deref() == Some(address)),
                };
                let title = self.phrases.say(Locale::ZhCn, "canary", &[("day", today.to_string())]);
                let new = NewCanary {
                    channel: channel.clone(),
                    day: today.to_string(),
                    address,
                    returns,
                    due_at: now + self.canaries.within,
                    body: Message { title, ..Message::default() },
                };
                canary::queue(tx, &new, now).await?;
            }
        }
        canary::settle_accepted(tx, now).await?;
        for missing in canary::missing(tx, last_look.min(now)).await? {
            let phrase = if missing.accepted { "alarm_canary_lost" } else { "alarm_canary_unsent" };
            let key = format!("canary:{}:{}", missing.channel, missing.day);
            let args = [("channel", missing.channel.clone()), ("day", missing.day.clone())];
            self.alarm_about(tx, directory, &missing.channel, Urgency::Escalation, &key, phrase, &args).await?;
        }
        Ok(())
    }
}
