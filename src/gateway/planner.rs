//! The planner: items whose wake-up is due get their notices and the next wake-up.

use super::Gateway;
use crate::core::plan;
use crate::mutants::{self, Mutant};
use crate::store::{Result, items, outbox};

/// Items a transaction plans at most: large enough to be fast, small enough to let answers in between.
const BATCH: i64 = 500;

impl Gateway {
    /// Plans one batch of due items. True when anything was done.
    pub async fn plan_step(&self) -> Result<bool> {
        let directory = self.directory().await?;
        let mut tx = self.store.begin().await?;
        let world = self.world(&directory);
        let due = items::due(&mut tx, world.now, BATCH).await?;
        if due.is_empty() {
            return Ok(false);
        }
        for mut item in due {
            let planned = plan::plan(&item, &world);
            for notice in &planned.notices {
                outbox::queue(&mut tx, Some(item.id), notice, "", world.now).await?;
                if mutants::on(Mutant::PlansTwice) {
                    let again = plan::Notice { key: format!("{}:again", notice.key), ..notice.clone() };
                    outbox::queue(&mut tx, Some(item.id), &again, "", world.now).await?;
                }
            }
            item.planned_until = planned.planned_until;
            let next_wake = planned.next_wake.filter(|_| !mutants::on(Mutant::LosesTheWakeUp));
            items::save_plan(&mut tx, &item, next_wake).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}
