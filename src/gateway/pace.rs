//! Staying under the platforms' published limits, for all gateways on one database together.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};

use crate::channel::{Features, Limit, LimitScope};
use crate::store::{Result, Tx, at, ms, outbox};

/// Clocks of gateways that share a database differ by less.
const SKEW: Duration = Duration::minutes(1);

/// Recent sends per chat and group, as one transaction sees and changes them.
#[derive(Default)]
pub(super) struct Pace {
    sends: HashMap<String, Vec<DateTime<Utc>>>,
    changed: BTreeSet<String>,
}

impl Pace {
    /// `None`: may be sent now, and counts as sent; otherwise when to ask again.
    pub(super) async fn take(
        &mut self,
        tx: &mut Tx,
        features: &Features,
        channel: &str,
        address: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>> {
        let group = address.starts_with('-');
        let mut keys: Vec<(String, &Limit)> = Vec::new();
        for limit in &features.limits {
            let key = match limit.scope {
                LimitScope::Chat if !group => format!("{channel}:{address}"),
                LimitScope::Group if group => format!("{channel}:{address}"),
                _ => continue,
            };
            if !self.sends.contains_key(&key) {
                let times = outbox::bucket(tx, &key).await?.into_iter().map(at).collect();
                self.sends.insert(key.clone(), times);
            }
            if let Some(until) = full_until(&self.sends[&key], limit, now) {
                return Ok(Some(until));
            }
            keys.push((key, limit));
        }
        for (key, limit) in keys {
            let times = self.sends.entry(key.clone()).or_default();
            times.push(now);
            // No more are ever asked for than the limit counts.
            let surplus = times.len().saturating_sub(limit.count as usize);
            times.drain(..surplus);
            self.changed.insert(key);
        }
        Ok(None)
    }

    /// Writes what was taken.
    pub(super) async fn save(&self, tx: &mut Tx) -> Result<()> {
        for key in &self.changed {
            let times: Vec<i64> = self.sends[key].iter().map(|t| ms(*t)).collect();
            outbox::put_bucket(tx, key, &times).await?;
        }
        Ok(())
    }
}

/// The distance between any two sends of a channel that has a limit for everything. Evenly spaced, few are in
/// the air at a time: a crash repeats few.
pub(super) fn spacing(features: &Features) -> Option<Duration> {
    let bot = features.limits.iter().find(|l| l.scope == LimitScope::Bot)?;
    Duration::from_std(bot.per * 11 / 10 / bot.count.max(1)).ok()
}

/// When the channel may be used next.
pub(super) async fn next_slot(
    tx: &mut Tx,
    channel: &str,
    spacing: Duration,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    let last = outbox::bucket(tx, &format!("{channel}:*")).await?.last().copied().map(at);
    Ok(last.filter(|t| is_plausible(*t, now)).map_or(DateTime::UNIX_EPOCH, |t| t + spacing))
}

/// What was noted further ahead than clocks differ was noted before the clock was set back, and holds nobody up.
pub(super) fn is_plausible(noted: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    noted <= now + SKEW
}

/// The channel is used now.
pub(super) async fn take_slot(tx: &mut Tx, channel: &str, now: DateTime<Utc>) -> Result<()> {
    outbox::put_bucket(tx, &format!("{channel}:*"), &[ms(now)]).await
}

/// Until when a limit allows no further send. The window is a tenth longer than the platform's: a request is
/// on its way for a while, and the next may be faster.
fn full_until(times: &[DateTime<Utc>], limit: &Limit, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let per = Duration::from_std(limit.per * 11 / 10).unwrap_or(Duration::seconds(1));
    let recent = times.iter().filter(|t| **t + per > now && is_plausible(**t, now));
    if recent.clone().count() < limit.count as usize {
        return None;
    }
    recent.min().map(|oldest| *oldest + per)
}
