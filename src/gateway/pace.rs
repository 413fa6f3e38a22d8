//! Staying under the platforms' published limits, for all gateways on one database together.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};

use crate::channel::{Features, Limit, LimitScope};
use crate::store::{Result, Tx, at, ms, outbox};

/// Clocks of gateways that share a database differ by less.
const SKEW: Duration = Duration::minutes(1);

/// Recent sends per chat and group, as one transaction sees and changes them.
pub(super) struct Pace {
    sends: HashMap<String, Vec<i64>>,
    changed: BTreeSet<String>,
}

impl Pace {
    /// Reads what limits count for these addresses.
    pub(super) async fn load(tx: &mut Tx, keys: &BTreeSet<String>) -> Result<Pace> {
        let sends = if keys.is_empty() { HashMap::new() } else { outbox::buckets(tx, keys).await? };
        Ok(Pace { sends, changed: BTreeSet::new() })
    }

    /// What counts for an address, if any limit of the channel does.
    pub(super) fn key(features: &Features, channel: &str, address: &str) -> Option<String> {
        limits(features, address).next().map(|_| format!("{channel}:{address}"))
    }

    /// `None`: may be sent now, and counts as sent; otherwise when to ask again.
    pub(super) fn take(
        &mut self,
        features: &Features,
        channel: &str,
        address: &str,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let key = Pace::key(features, channel, address)?;
        let times = self.sends.entry(key.clone()).or_default();
        if let Some(until) = limits(features, address).filter_map(|limit| full_until(times, limit, now)).max() {
            return Some(until);
        }
        times.push(ms(now));
        // No more are ever asked for than the limits count.
        let most = limits(features, address).map(|l| l.count as usize).max().unwrap_or(0);
        times.drain(..times.len().saturating_sub(most));
        self.changed.insert(key);
        None
    }

    /// Writes what was taken.
    pub(super) async fn save(&self, tx: &mut Tx) -> Result<()> {
        if self.changed.is_empty() {
            return Ok(());
        }
        let changed: Vec<_> = self.changed.iter().map(|key| (key.as_str(), self.sends[key].clone())).collect();
        outbox::put_buckets(tx, &changed).await
    }
}

/// Limits that count one address: a group's or a chat's.
fn limits<'a>(features: &'a Features, address: &str) -> impl Iterator<Item = &'a Limit> {
    let scope = if address.starts_with('-') { LimitScope::Group } else { LimitScope::Chat };
    features.limits.iter().filter(move |l| l.scope == scope)
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
    let key = format!("{channel}:*");
    let last = outbox::buckets(tx, &BTreeSet::from([key.clone()])).await?.get(&key).and_then(|t| t.last().copied());
    Ok(last.map(at).filter(|t| is_plausible(*t, now)).map_or(DateTime::UNIX_EPOCH, |t| t + spacing))
}

/// What was noted further ahead than clocks differ was noted before the clock was set back, and holds nobody up.
pub(super) fn is_plausible(noted: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    noted <= now + SKEW
}

/// The channel is used now.
pub(super) async fn take_slot(tx: &mut Tx, channel: &str, now: DateTime<Utc>) -> Result<()> {
    outbox::put_buckets(tx, &[(&format!("{channel}:*"), vec![ms(now)])]).await
}

/// Until when a limit allows no further send. The window is a tenth longer than the platform's: a request is
/// on its way for a while, and the next may be faster.
fn full_until(times: &[i64], limit: &Limit, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let per = Duration::from_std(limit.per * 11 / 10).unwrap_or(Duration::seconds(1));
    let recent = times.iter().map(|t| at(*t)).filter(|t| *t + per > now && is_plausible(*t, now));
    let recent: Vec<DateTime<Utc>> = recent.collect();
    recent.first().filter(|_| recent.len() >= limit.count as usize).map(|oldest| *oldest + per)
}
