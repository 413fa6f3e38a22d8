//! The gateway: a few loops that connect the core with its edges.
//!
//! Each loop is a step that claims what is due, asks the core, writes the outcome in one
//! transaction and says whether there is more. [`run`] drives the steps on the real clock;
//! [`Gateway::settle`] drives them on a simulated one. No step assumes that it is alone.

mod act;
mod ahead;
mod alarm;
mod answer;
mod asked;
mod bind;
mod bounce;
mod breaker;
pub mod canary;
mod deliver;
mod dispatcher;
pub(crate) mod dossier;
pub(crate) mod echo;
mod emergency;
pub mod export;
mod flight;
mod gather;
pub mod import;
mod inbox;
mod link;
pub mod loops;
pub mod owners;
mod pace;
mod planner;
pub mod pulse;
mod puzzles;
mod quoted;
mod refusals;
pub mod register;
mod rules;
pub mod run;
mod scheduler;
pub mod source;
mod summary;
pub mod timeline;
pub mod trust;
mod unproven;
mod watchdog;

use data_encoding::HEXLOWER;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex, RwLock};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use crate::channel::Channel;
use crate::clock::Clock;
use crate::core::compose::Desk;
use crate::core::org::{Directory, Person};
use crate::core::policy::Policy;
use crate::core::reply::{DayView, Reader};
use crate::core::world::{Calendars, World};
use crate::render::Phrases;
use crate::store::{Result, Store};

pub use act::{Acted, Origin};
pub use import::{ImportOptions, ImportReport, Same};
pub use link::{LIFE as LINK_LIFE, new_code};
pub use source::{FileSource, Source, read_files};
pub use unproven::Confirmation;

/// Renewed three times as often; long enough for a pause of the machine.
const LEASE: chrono::Duration = chrono::Duration::seconds(60);

/// How long personal texts are kept, and where proof of the log goes.
#[derive(Clone, Debug, Default)]
pub struct Keeping {
    /// After an item's end; `None`: for ever.
    pub texts: Option<chrono::Duration>,
    /// File to which the newest link of the log is appended once a day.
    pub heads_file: Option<std::path::PathBuf>,
}

/// Everything the loops share.
pub struct Gateway {
    pub store: Store,
    pub clock: Clock,
    pub policy: Arc<Policy>,
    pub calendars: Arc<Calendars>,
    pub phrases: Arc<Phrases>,
    channels: BTreeMap<String, Arc<dyn Channel>>,
    sources: Vec<Source>,
    directory: RwLock<(i64, Arc<Directory>)>,
    flights: flight::Flights,
    /// When each loop last turned.
    pub pulse: pulse::Pulse,
    /// This process, among the gateways on one database.
    pub holder: String,
    /// A process that has not renewed what it sends for so long counts as dead, and others take it over.
    pub lease: chrono::Duration,
    /// Calls that came from no platform, until they are stored.
    pub refused_calls: refusals::Calls,
    /// What the watchdog keeps and publishes.
    pub keeping: Keeping,
    /// The daily checks of the channels.
    pub canaries: canary::Canaries,
    /// A clock that says an earlier time is not believed; `None` for a clock that somebody moves.
    pub earliest: Option<DateTime<Utc>>,
    /// Whether the clock was believed at the last look.
    looked: Mutex<trust::Looked>,
    /// Address of our web server, for links in messages.
    pub site: Option<String>,
    /// Reads answers with the office's own words, where it has some.
    pub words: Option<Arc<Reader>>,
    /// Orders what is asked back, where the office has one.
    pub assistant: Option<Arc<crate::assistant::Assistant>>,
    /// Reads the tokens in addresses that our mails carry.
    pub mail_tokens: Option<crate::channel::mail::Tokens>,
    /// Since when due notices wait for a planner that is behind.
    waiting_since: Mutex<Option<DateTime<Utc>>>,
    /// The wake-ups in the store are made by this process's rules.
    rules_adopted: AtomicBool,
    /// The organisation's version up to which items follow their posts.
    followed: AtomicI64,
    /// Wakes the loops early after a change; correctness never depends on it.
    pub bell: Arc<Notify>,
}

impl Gateway {
    /// Puts the parts together. Channels are peers: each is one entry here.
    pub fn new(
        store: Store,
        clock: Clock,
        policy: Policy,
        calendars: Calendars,
        phrases: Phrases,
        channels: Vec<Arc<dyn Channel>>,
        sources: Vec<Source>,
    ) -> Gateway {
        Gateway {
            store,
            earliest: matches!(clock, Clock::Real).then(trust::earliest).flatten(),
            clock,
            policy: Arc::new(policy),
            calendars: Arc::new(calendars),
            phrases: Arc::new(phrases),
            channels: channels.into_iter().map(|c| (c.name().to_owned(), c)).collect(),
            sources,
            directory: RwLock::new((-1, Arc::new(Directory::default()))),
            flights: flight::Flights::default(),
            pulse: pulse::Pulse::default(),
            refused_calls: refusals::Calls::default(),
            holder: holder(),
            lease: LEASE,
            keeping: Keeping::default(),
            canaries: canary::Canaries::default(),
            looked: Mutex::default(),
            site: None,
            words: None,
            assistant: None,
            mail_tokens: None,
            waiting_since: Mutex::new(None),
            rules_adopted: AtomicBool::new(false),
            followed: AtomicI64::new(-1),
            bell: Arc::new(Notify::new()),
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The channel of that name, unless the policy pack forbids it.
    pub fn channel(&self, name: &str) -> Option<&Arc<dyn Channel>> {
        self.channels.get(name).filter(|_| !self.policy.channels_off.iter().any(|off| off == name))
    }

    /// The ledger sources, in the order of the configuration.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// All channels in use.
    pub fn channels(&self) -> impl Iterator<Item = &Arc<dyn Channel>> {
        self.channels.values().filter(|c| !self.policy.channels_off.iter().any(|off| off == c.name()))
    }

    /// The organisation as it is now; read again only after it changed.
    pub async fn directory(&self) -> Result<Arc<Directory>> {
        let version = self.store.directory_version().await?;
        if let Ok(held) = self.directory.read()
            && held.0 == version
        {
            return Ok(held.1.clone());
        }
        let fresh = Arc::new(self.store.directory().await?);
        if let Ok(mut held) = self.directory.write() {
            *held = (version, fresh.clone());
        }
        Ok(fresh)
    }

    /// The world for one batch.
    pub fn world<'a>(&'a self, directory: &'a Directory) -> World<'a> {
        World { directory, policy: &self.policy, calendars: &self.calendars, now: self.now() }
    }

    fn desk<'a>(&'a self, world: &'a World<'a>, person: &'a Person) -> Desk<'a> {
        Desk { world, say: &*self.phrases, person }
    }

    /// Runs every step until none has anything left to do at this instant.
    pub async fn settle(&self) -> Result<()> {
        loop {
            let mut busy = false;
            for one in &loops::LOOPS {
                busy |= one.step(self).await?;
            }
            if !busy && !self.flights.wait().await {
                return Ok(());
            }
        }
    }

    /// The next instant at which some step has something to do; `None` when nothing is planned.
    pub async fn next_instant(&self) -> Result<Option<DateTime<Utc>>> {
        let now = self.now();
        let times = [
            self.store.next_wake().await?,
            self.store.next_dispatch().await?,
            self.store.next_schedule().await?,
            self.store.next_turn(now).await?,
        ];
        let next = times.into_iter().flatten().min();
        // What is due already and was left lying waits for its channel.
        Ok(match next {
            Some(at) if at <= now => self.next_takeoff(now).or(next),
            next => next,
        })
    }
}

impl Gateway {
    /// What answers are read with: the shipped words, and the office's own where it has some.
    fn words(&self) -> &Reader {
        self.words.as_deref().unwrap_or_else(|| Reader::shipped())
    }
}

/// A name that no other process has.
fn holder() -> String {
    let mut bytes = [0_u8; 8];
    // Without random numbers the process id still tells gateways on one machine apart.
    match getrandom::fill(&mut bytes) {
        Ok(()) => HEXLOWER.encode(&bytes),
        Err(_) => std::process::id().to_string(),
    }
}

/// The calendar as the reply grammar asks for it.
pub struct Days<'a>(pub &'a crate::core::calendar::Calendar);

impl DayView for Days<'_> {
    fn is_workday(&self, d: chrono::NaiveDate) -> bool {
        self.0.is_workday(d)
    }

    fn holiday(&self, name: &str, from: chrono::NaiveDate) -> Option<(chrono::NaiveDate, chrono::NaiveDate)> {
        let run = if name.is_empty() { self.0.next_long_rest(from, 3) } else { self.0.holiday(name, from) };
        run.map(|r| (r.first, r.last))
    }
}
