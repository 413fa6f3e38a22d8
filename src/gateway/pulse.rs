//! The pulse of the loops: who has done its work lately, and who stalls.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Since;

/// When each loop last did its work. One that turns without success, say without its database, does not.
pub struct Pulse {
    beats: Mutex<BTreeMap<String, Since>>,
    /// A loop that has not done its work for so long has stalled. Above the longest honest turn: a big import.
    pub limit: Duration,
}

impl Default for Pulse {
    fn default() -> Pulse {
        Pulse { beats: Mutex::default(), limit: Duration::from_secs(120) }
    }
}

impl Pulse {
    /// A loop did its work.
    pub fn beat(&self, name: &str) {
        let mut beats = self.beats();
        match beats.get_mut(name) {
            Some(since) => *since = Since::now(),
            None => drop(beats.insert(name.to_owned(), Since::now())),
        }
    }

    /// Seconds since each loop last did its work.
    pub fn ages(&self) -> Vec<(String, f64)> {
        self.beats().iter().map(|(name, since)| (name.clone(), since.elapsed().as_secs_f64())).collect()
    }

    /// Loops that have not done their work for too long.
    pub fn stalled(&self) -> Vec<String> {
        self.beats().iter().filter(|(_, since)| since.elapsed() > self.limit).map(|(name, _)| name.clone()).collect()
    }

    fn beats(&self) -> MutexGuard<'_, BTreeMap<String, Since>> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
