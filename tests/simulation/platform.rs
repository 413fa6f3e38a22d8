//! The platforms of the simulated office: what they take, refuse, cut off or leave hanging, and the dice that say so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use dutybell::channel::{Channel, Dialect, Features, Limit, LimitScope, Outcome, Outgoing};
use dutybell::clock::{Clock, SimulatedClock};
use tokio::sync::Notify;

/// Dice: the same seed throws the same numbers (SplitMix64).
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// A send as the platform saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub message: i64,
    pub at: DateTime<Utc>,
}

/// What the platforms do, and what they saw.
#[derive(Default)]
pub struct Platform {
    /// Percent of sends that go wrong.
    pub trouble: u64,
    pub seed: u64,
    pub tries: HashMap<String, u64>,
    pub started: u64,
    pub ended: u64,
    pub hanging: u64,
    /// What was taken, whether or not we were told so.
    pub taken: Vec<Seen>,
    /// Messages whose answer was cut off.
    pub cut: HashMap<i64, usize>,
}

#[derive(Clone)]
pub struct SimulatedChannel {
    pub name: &'static str,
    pub platform: Arc<Mutex<Platform>>,
    pub released: Arc<Notify>,
    pub clock: SimulatedClock,
}

enum Fate {
    Take,
    Hang,
    Cut,
    Fail(Outcome),
}

impl SimulatedChannel {
    fn fate(&self, message: &Outgoing) -> Fate {
        let mut platform = self.platform.lock().expect("no panic here");
        platform.started += 1;
        let tries = platform.tries.entry(message.key.clone()).or_default();
        *tries += 1;
        // The dice of this very try: the order in which sends run does not matter.
        let text = message
            .key
            .bytes()
            .chain(self.name.bytes())
            .fold(*tries, |h, b| h.wrapping_mul(31).wrapping_add(u64::from(b)));
        let mut dice = Dice(platform.seed ^ text.wrapping_mul(0x2545_F491_4F6C_DD1D));
        if !dice.chance(platform.trouble) {
            return Fate::Take;
        }
        match dice.below(14) {
            0..=2 => Fate::Hang,
            3..=4 => Fate::Cut,
            5..=8 => Fate::Fail(Outcome::Transient { reason: "connection refused".into() }),
            9..=10 => {
                let after = std::time::Duration::from_secs(5 + dice.below(60));
                let scope = if dice.chance(50) { LimitScope::Bot } else { LimitScope::Chat };
                Fate::Fail(Outcome::RetryAfter { scope, after })
            }
            _ => Fate::Fail(Outcome::AddressGone { reason: "blocked".into() }),
        }
    }

    fn take(&self, message: &Outgoing) {
        let id = message.key.trim_start_matches('m').split('.').next().and_then(|id| id.parse().ok()).expect("a key");
        let at = Clock::Simulated(self.clock.clone()).now();
        self.platform.lock().expect("no panic here").taken.push(Seen { message: id, at });
    }
}

#[async_trait]
impl Channel for SimulatedChannel {
    fn name(&self) -> &str {
        self.name
    }

    fn features(&self) -> Features {
        let chat = Limit { scope: LimitScope::Chat, count: 1, per: std::time::Duration::from_secs(1) };
        Features {
            dialect: Dialect::Plain,
            buttons: true,
            edit: true,
            max_text: 20_000,
            limits: if self.name == "desk" { vec![chat] } else { Vec::new() },
            idempotent: false,
            polls: false,
            confidential: true,
        }
    }

    async fn send(&self, message: &Outgoing) -> Outcome {
        let outcome = match self.fate(message) {
            Fate::Take => {
                self.take(message);
                Outcome::Accepted { platform_id: Some(message.key.clone()) }
            }
            Fate::Hang => {
                self.take(message);
                let released = self.released.notified();
                self.platform.lock().expect("no panic here").hanging += 1;
                released.await;
                self.platform.lock().expect("no panic here").hanging -= 1;
                Outcome::Accepted { platform_id: Some(message.key.clone()) }
            }
            Fate::Cut => {
                self.take(message);
                let id = message.key.trim_start_matches('m').parse().unwrap_or_default();
                *self.platform.lock().expect("no panic here").cut.entry(id).or_default() += 1;
                Outcome::Unknown { reason: "the answer was cut off".into() }
            }
            Fate::Fail(outcome) => outcome,
        };
        self.platform.lock().expect("no panic here").ended += 1;
        outcome
    }

    async fn check(&self) -> std::result::Result<String, String> {
        Ok(String::new())
    }
}
