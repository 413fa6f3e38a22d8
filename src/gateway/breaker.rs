//! The breaker: a step that tells one person too often in an hour is held, and told merged.
//!
//! A pack may be wrong in ways that no check sees. What is held waits in the queue with its later instant; the
//! administrators hear which step it is. The first word about an item is never held, nor is the first emergency.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Duration, Utc};

use super::Gateway;
use super::gather::Ready;
use crate::core::org::{Directory, PersonId};
use crate::core::policy::{Form, Urgency};
use crate::store::outbox::StoredNotice;
use crate::store::{Result, Tx, at, ms, outbox};

/// Messages with one step that a person gets in [`WITHIN`].
const MOST: usize = 12;
const WITHIN: Duration = Duration::hours(1);

impl Gateway {
    /// Leaves in `ready` what may go now; what is held goes to `later`.
    pub(super) async fn hold_what_floods(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        ready: Vec<Ready>,
        later: &mut Vec<(i64, DateTime<Utc>)>,
    ) -> Result<Vec<Ready>> {
        let keys: BTreeSet<String> = ready
            .iter()
            .flat_map(|one| one.notices.iter().filter_map(|n| Some(key(one.person, self.counted(n)?))))
            .collect();
        if keys.is_empty() {
            return Ok(ready);
        }
        let now = self.now();
        let mut told = outbox::buckets(tx, &keys).await?;
        // Until when a person's step is held; `None`: it goes.
        let mut held: HashMap<String, Option<DateTime<Utc>>> = HashMap::new();
        for key in &keys {
            let times = told.entry(key.clone()).or_default();
            times.retain(|t| at(*t) > now - WITHIN && at(*t) <= now);
            let until = times.first().filter(|_| times.len() >= MOST).map(|oldest| at(*oldest) + WITHIN);
            if until.is_none() {
                times.push(ms(now));
            }
            held.insert(key.clone(), until);
        }
        let changed: Vec<(&str, Vec<i64>)> = told.iter().map(|(key, times)| (key.as_str(), times.clone())).collect();
        outbox::put_buckets(tx, &changed).await?;
        let mut going = Vec::with_capacity(ready.len());
        for mut one in ready {
            let until = |n: &StoredNotice| held.get(&key(one.person, self.counted(n)?)).copied().flatten();
            let (stays, goes): (Vec<_>, Vec<_>) = one.notices.into_iter().partition(|n| until(n).is_some());
            later.extend(stays.iter().filter_map(|n| Some((n.id, until(n)?))));
            if let Some(step) = stays.first().and_then(|first| self.counted(first)) {
                self.alarm_about_step(tx, directory, one.person, step).await?;
            }
            one.notices = goes;
            if let Some(urgency) = one.notices.iter().map(|n| n.notice.urgency).min() {
                going.push(Ready { urgency, ..one });
            }
        }
        Ok(going)
    }

    /// The step of a notice, if it could come again and again within an hour: one with a slot comes in its slot.
    fn counted<'n>(&self, stored: &'n StoredNotice) -> Option<&'n str> {
        let notice = &stored.notice;
        let first_words =
            notice.form == Form::Issue || (notice.urgency == Urgency::Emergency && !notice.reason.is_repeat());
        let step = notice.reason.step().filter(|_| !first_words)?;
        let mut steps = self.policy.ladders.iter().flat_map(|l| &l.steps);
        steps.any(|s| s.id == step && s.slot.is_none()).then_some(step)
    }

    async fn alarm_about_step(&self, tx: &mut Tx, directory: &Directory, person: PersonId, step: &str) -> Result<()> {
        let who = directory.person(person).map_or(String::new(), |p| p.name.clone());
        let args = [("step", step.to_owned()), ("who", who), ("count", MOST.to_string())];
        let key = format!("breaker:{step}:{}", self.now().format("%Y%m%d%H"));
        tracing::warn!(step, "a step tells one person too often; what it says is held and merged");
        self.alarm(tx, directory, &key, "alarm_breaker", &args).await
    }
}

fn key(person: PersonId, step: &str) -> String {
    format!("step:{}:{step}", person.0)
}
