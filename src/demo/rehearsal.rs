//! The office's own data on a fast clock: a copy, in which everybody has a desk and nothing else.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};

use super::Demo;
use crate::channel::Channel;
use crate::channel::desk::Desk;
use crate::clock::{Clock, SimulatedClock};
use crate::core::item::Role;
use crate::core::org::PersonId;
use crate::core::policy::Policy;
use crate::core::world::Calendars;
use crate::gateway::{Gateway, ImportReport};
use crate::render::Phrases;
use crate::store::rehearsal;
use crate::web::control::Stage;

/// Phones that the page shows at first.
const PHONES: usize = 4;
/// Open items that are looked through for whose phones these are.
const LOOKED: i64 = 2_000;

/// Copies the office at `url` into `folder`; the rehearsal begins at `now` and lasts `days`. No channel but the desk
/// exists in it, no source and no check of channels.
///
/// # Errors
/// When the office's database cannot be read or the copy cannot be made.
pub async fn prepare(
    url: &str,
    folder: &Path,
    now: DateTime<Utc>,
    days: i64,
    (mut policy, calendars, phrases): (Policy, Calendars, Phrases),
) -> anyhow::Result<Demo> {
    let store = rehearsal::copy_of(url, &folder.join("rehearsal.db")).await?;
    rehearsal::desks_only(&store, now).await?;
    let from = store.newest_ids().await?;
    policy.channels_off.clear();
    let clock = SimulatedClock::new(now);
    let desk = Desk::public();
    let channels: Vec<Arc<dyn Channel>> = vec![Arc::new(desk.clone())];
    let time = Clock::Simulated(clock.clone());
    let gateway = Arc::new(Gateway::new(store, time, policy, calendars, phrases, channels, Vec::new()));
    let stage = Stage { rehearsal: true, phones: busiest(&gateway).await?, from };
    Ok(Demo { gateway, clock, desk, imported: ImportReport::default(), end: now + Duration::days(days), stage })
}

/// The desks of those who have most to do.
async fn busiest(gateway: &Gateway) -> anyhow::Result<Vec<String>> {
    let directory = gateway.directory().await?;
    let world = gateway.world(&directory);
    let mut tasks: BTreeMap<PersonId, usize> = BTreeMap::new();
    for item in gateway.store.unfinished(LOOKED).await? {
        for role in [Role::Responsible, Role::Verifier, Role::Assigner] {
            world.holders(&item, role).into_iter().for_each(|p| *tasks.entry(p).or_default() += 1);
        }
    }
    let mut people: Vec<(usize, PersonId)> = tasks.into_iter().map(|(person, n)| (n, person)).collect();
    people.sort_by_key(|(n, person)| (std::cmp::Reverse(*n), *person));
    let mut desks = gateway.store.contacts_on("desk").await?;
    desks.sort_by_key(|d| people.iter().position(|(_, p)| *p == d.person).unwrap_or(usize::MAX));
    Ok(desks.into_iter().take(PHONES).map(|d| d.address).collect())
}
