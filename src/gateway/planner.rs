//! The planner: items whose wake-up is due get their notices and the next wake-up.

use chrono::{DateTime, Utc};

use super::Gateway;
use crate::core::item::Item;
use crate::core::matter::Matter;
use crate::core::notice::Notice;
use crate::core::world::World;
use crate::mutants::{self, Mutant};
use crate::store::items::Text;
use crate::store::{Result, Tx, items, outbox};

/// Items a transaction plans at most: large enough to be fast, small enough to let answers in between.
const BATCH: i64 = 1_000;
/// Of these so many are written at a time.
const WRITTEN: usize = 500;

impl Gateway {
    /// Plans one batch of due items. True when anything was done.
    pub async fn plan_step(&self) -> Result<bool> {
        self.adopt_rules().await?;
        // Asked before the one writing transaction is taken: most turns find nothing.
        if self.store.next_wake().await?.is_none_or(|next| next > self.now()) {
            return Ok(false);
        }
        if self.clock_holds().await? {
            return Ok(false);
        }
        let directory = self.directory().await?;
        let mut tx = self.store.begin().await?;
        let world = self.world(&directory);
        let due = items::due(&mut tx, world.now, BATCH).await?;
        if due.is_empty() {
            return Ok(false);
        }
        let (mut rest, mut planned) = (due, Planned::default());
        while !rest.is_empty() || !planned.looked_at.is_empty() {
            let some: Vec<Text> = rest.drain(..rest.len().min(WRITTEN)).collect();
            // While the database writes what is planned, the next items are read and planned.
            let plan = async { Planned::of(some, &world) };
            let (written, next) = futures::future::join(planned.write(&mut tx, world.now), plan).await;
            written?;
            planned = next?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// Items that were looked at, and what came of it.
#[derive(Default)]
struct Planned {
    notices: Vec<Notice>,
    looked_at: Vec<(Item, Option<DateTime<Utc>>)>,
}

impl Planned {
    fn of(items: Vec<Text>, world: &World<'_>) -> Result<Planned> {
        let mut all = Planned::default();
        for text in items {
            let mut item = text.item()?;
            let planned = item.plan(world);
            for notice in planned.notices {
                let again = mutants::on(Mutant::PlansTwice)
                    .then(|| Notice { key: format!("{}:again", notice.key), ..notice.clone() });
                let new = [Some(notice), again].into_iter().flatten();
                all.notices.extend(new);
            }
            item.planned_until = planned.planned_until;
            all.looked_at.push((item, planned.next_wake.filter(|_| !mutants::on(Mutant::LosesTheWakeUp))));
        }
        Ok(all)
    }

    async fn write(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
        outbox::queue_all(tx, &self.notices, now).await?;
        items::save_plans(tx, &self.looked_at).await
    }
}
