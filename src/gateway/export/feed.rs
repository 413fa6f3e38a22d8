//! Deadlines as calendar feeds (RFC 5545), one a person.

use std::collections::BTreeMap;

use icalendar::{Alarm, Calendar, Component, Event, EventLike};

use chrono::Duration;
use data_encoding::HEXLOWER;

use super::ExportError;
use crate::core::item::{Item, Role};
use crate::core::org::PersonId;
use crate::core::words::Say;
use crate::gateway::Gateway;
use crate::store::{StoreError, clockwork, people};

/// Key in the `meta` table: what tells an office's events from another's.
const OFFICE: &str = "office_id";
/// An event must end after it begins (RFC 5545 section 3.8.2.2): the deadline is where it begins.
const LASTS: Duration = Duration::minutes(15);

/// One person's deadlines.
#[derive(Clone, Debug)]
pub struct Feed {
    pub person: PersonId,
    pub name: String,
    /// The calendar, as a file holds it.
    pub text: String,
}

impl Gateway {
    /// A feed for each person who has something open, of all sources.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn export_feeds(&self) -> Result<Vec<Feed>, ExportError> {
        let mut tx = self.store.snapshot().await?;
        let directory = people::load(&mut tx).await?;
        drop(tx);
        let office = self.office_id().await?;
        let now = self.now();
        let mut of: BTreeMap<PersonId, Vec<Item>> = BTreeMap::new();
        for item in self.store.items(i64::MAX).await? {
            if item.state.is_with_fixer() && item.current_due.is_some() {
                for person in item.assigned(Role::Responsible, now).flat_map(|a| directory.behind(a.who, now)) {
                    of.entry(person).or_default().push(item.clone());
                }
            }
        }
        let mut feeds = Vec::new();
        for (id, items) in of {
            let Some(person) = directory.person(id) else { continue };
            let mut calendar = Calendar::new();
            calendar.name(&self.phrases.say(person.locale, "feed_name", &[("name", person.name.clone())]));
            for item in items {
                let Some(due) = item.current_due else { continue };
                let mut event = Event::new();
                event
                    .uid(&format!("{}@{office}.dutybell", item.code))
                    .timestamp(now)
                    .summary(&format!("{} {}", item.code, item.title))
                    .description(&item.description)
                    .sequence(u32::try_from(item.version).unwrap_or(u32::MAX))
                    .starts(due)
                    .ends(due + LASTS)
                    .alarm(
                        Alarm::display(&item.title, -Duration::hours(24))
                            .uid(&format!("{}-alarm@{office}.dutybell", item.code))
                            .done(),
                    );
                if !item.place.is_empty() {
                    event.location(&item.place);
                }
                calendar.push(event.done());
            }
            feeds.push(Feed { person: id, name: person.name.clone(), text: calendar.to_string() });
        }
        Ok(feeds)
    }

    /// A word that no other office has: made once, and kept (RFC 7986 section 5.3).
    async fn office_id(&self) -> Result<String, ExportError> {
        if let Some(id) = self.store.meta(OFFICE).await? {
            return Ok(id);
        }
        let mut random = [0_u8; 8];
        getrandom::fill(&mut random).map_err(|e| StoreError::Unusable(format!("no random numbers: {e}")))?;
        let mut tx = self.store.begin().await?;
        let id = match clockwork::meta(&mut tx, OFFICE).await? {
            Some(id) => id,
            None => {
                let id = HEXLOWER.encode(&random);
                clockwork::put_meta(&mut tx, OFFICE, &id).await?;
                id
            }
        };
        tx.commit().await?;
        Ok(id)
    }
}
