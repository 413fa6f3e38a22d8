//! Messages in the air: sent by tasks of their own, so that a slow platform holds up its own channel
//! and nothing else.
//!
//! A message that has landed waits here until its outcome is recorded. A process that dies loses only
//! that: the lease ends and the message is sent again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, Utc};
use tokio::sync::Notify;

use crate::channel::Outcome;
use crate::store::outbox::StoredMessage;

/// Messages of one channel in the air at a time.
const PER_CHANNEL: usize = 256;
/// Messages of one address in the air at a time: one that hangs does not take the whole channel.
const PER_ADDRESS: usize = 2;

/// Messages that are edited side by side.
const EDITS: usize = 64;

/// A send that ended.
#[derive(Debug)]
pub(super) struct Landed {
    pub(super) message: StoredMessage,
    pub(super) outcome: Outcome,
    /// Parts of a long message that are out.
    pub(super) parts: i64,
    /// Time for an answer before the next contact point is tried.
    pub(super) ack_within: Option<Duration>,
}

#[derive(Default)]
struct Air {
    channels: HashMap<String, usize>,
    addresses: HashMap<(String, String), usize>,
    /// Message and lease token of each.
    leases: HashMap<i64, i64>,
    renewed: Option<DateTime<Utc>>,
    /// When a channel with a limit for everything may be used next.
    next: HashMap<String, DateTime<Utc>>,
    landed: Vec<Landed>,
    /// Sends that have ended, and times that some were recorded: each makes room.
    landings: u64,
    /// Courtesies under way.
    courtesies: usize,
}

/// What is in the air, and what has landed. Clones share it.
#[derive(Clone)]
pub(super) struct Flights {
    air: Arc<Mutex<Air>>,
    /// Rung whenever `landings` grows.
    landing: Arc<Notify>,
    /// One edit of a message at a time.
    edits: Arc<[tokio::sync::Mutex<()>; EDITS]>,
}

/// A place in the air; given back when dropped, whatever became of the send.
pub(super) struct Place {
    flights: Flights,
    channel: String,
    address: String,
    message: i64,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.flights.with(|air| {
            less(&mut air.channels, &self.channel);
            less(&mut air.addresses, &(self.channel.clone(), self.address.clone()));
            air.leases.remove(&self.message);
        });
        self.flights.made_room();
    }
}

fn less<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// A courtesy under way; over when dropped.
pub(super) struct Courtesy(Flights);

impl Drop for Courtesy {
    fn drop(&mut self) {
        self.0.with(|air| air.courtesies -= 1);
        self.0.landing.notify_waiters();
    }
}

impl Default for Flights {
    fn default() -> Flights {
        let edits = std::array::from_fn(|_| tokio::sync::Mutex::default());
        Flights { air: Arc::default(), landing: Arc::default(), edits: Arc::new(edits) }
    }
}

impl Flights {
    /// Held while a message is read and edited: the last edit says how it is.
    pub(super) async fn editing(&self, message: i64) -> tokio::sync::MutexGuard<'_, ()> {
        self.edits[usize::try_from(message.unsigned_abs()).unwrap_or_default() % EDITS].lock().await
    }

    fn with<T>(&self, change: impl FnOnce(&mut Air) -> T) -> T {
        // Counters stay right whoever panicked: every change is one statement.
        change(&mut self.air.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many more may take off on a channel. What has landed and is not recorded yet counts too: a crash repeats it.
    pub(super) fn free(&self, channel: &str) -> usize {
        self.with(|air| {
            let landed = air.landed.iter().filter(|l| l.message.channel == channel).count();
            PER_CHANNEL.saturating_sub(air.channels.get(channel).copied().unwrap_or(0) + landed)
        })
    }

    /// A place for one more under this lease; `None` while the address has enough in the air.
    pub(super) fn board(&self, message: &StoredMessage, token: i64) -> Option<Place> {
        let (channel, address) = (message.channel.clone(), message.address.clone());
        self.with(|air| {
            let in_air = air.addresses.entry((channel.clone(), address.clone())).or_default();
            if *in_air >= PER_ADDRESS {
                return false;
            }
            *in_air += 1;
            *air.channels.entry(channel.clone()).or_default() += 1;
            air.leases.insert(message.id, token);
            true
        })
        .then(|| Place { flights: self.clone(), channel, address, message: message.id })
    }

    /// Leases to renew, once in a while: message and token.
    pub(super) fn to_renew(&self, now: DateTime<Utc>, every: Duration) -> Vec<(i64, i64)> {
        self.with(|air| {
            if air.renewed.is_some_and(|last| (last..last + every).contains(&now)) {
                return Vec::new();
            }
            air.renewed = Some(now);
            air.leases.iter().map(|(message, token)| (*message, *token)).collect()
        })
    }

    /// A place for a courtesy; `None` while there are too many of them. Nothing depends on them.
    pub(super) fn courtesy(&self) -> Option<Courtesy> {
        self.with(|air| {
            let free = air.courtesies < PER_CHANNEL;
            air.courtesies += usize::from(free);
            free
        })
        .then(|| Courtesy(self.clone()))
    }

    /// When a channel may be used next, as far as this process knows.
    pub(super) fn next(&self, channel: &str) -> Option<DateTime<Utc>> {
        self.with(|air| air.next.get(channel).copied())
    }

    pub(super) fn set_next(&self, channel: &str, at: DateTime<Utc>) {
        self.with(|air| air.next.insert(channel.to_owned(), at));
    }

    /// The first instant after `now` at which some channel may be used again.
    pub(super) fn next_of_any(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.with(|air| air.next.values().copied().filter(|at| *at > now).min())
    }

    /// A send ended; to be recorded.
    pub(super) fn land(&self, landed: Landed) {
        self.with(|air| air.landed.push(landed));
    }

    /// Whether something has landed.
    pub(super) fn has_landed(&self) -> bool {
        self.with(|air| !air.landed.is_empty())
    }

    /// Takes what has landed.
    pub(super) fn take_landed(&self) -> Vec<Landed> {
        self.with(|air| std::mem::take(&mut air.landed))
    }

    /// A send has ended, or what had landed is recorded.
    pub(super) fn made_room(&self) {
        self.with(|air| air.landings += 1);
        self.landing.notify_waiters();
    }

    /// Grows whenever there may be more room in the air.
    pub(super) fn landings(&self) -> u64 {
        self.with(|air| air.landings)
    }

    /// Waits until it has grown since.
    pub(super) async fn landed_since(&self, landings: u64) {
        let mut rung = std::pin::pin!(self.landing.notified());
        rung.as_mut().enable();
        if self.landings() == landings {
            rung.await;
        }
    }

    /// Waits for the next landing; false when nothing is in the air.
    pub(super) async fn wait(&self) -> bool {
        let mut rung = std::pin::pin!(self.landing.notified());
        rung.as_mut().enable();
        let (in_air, landed) =
            self.with(|air| (!air.channels.is_empty() || air.courtesies > 0, !air.landed.is_empty()));
        if landed {
            return true;
        }
        if in_air {
            rung.await;
        }
        in_air
    }
}
