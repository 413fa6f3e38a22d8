//! The pulse of the loops: who has turned lately, and who stalls.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::Since;

/// A loop that has not turned for so long has stalled. Above the longest honest turn: a big import.
const STALLED: std::time::Duration = std::time::Duration::from_secs(120);

/// When each loop last turned.
#[derive(Default)]
pub struct Pulse(Mutex<BTreeMap<String, Since>>);

impl Pulse {
    /// A loop turned.
    pub fn beat(&self, name: &str) {
        let mut beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match beats.get_mut(name) {
            Some(since) => *since = Since::now(),
            None => drop(beats.insert(name.to_owned(), Since::now())),
        }
    }

    /// Seconds since each loop last turned.
    pub fn ages(&self) -> Vec<(String, f64)> {
        let beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beats.iter().map(|(name, since)| (name.clone(), since.elapsed().as_secs_f64())).collect()
    }

    /// Loops that have not turned for two minutes.
    pub fn stalled(&self) -> Vec<String> {
        let beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beats.iter().filter(|(_, since)| since.elapsed() > STALLED).map(|(name, _)| name.clone()).collect()
    }
}
