//! The planner: items whose wake-up is due get their notices and the next wake-up.

use super::Gateway;
use crate::core::plan;
use crate::mutants::{self, Mutant};
use crate::store::{Result, items, outbox};

/// Items a transaction plans at most: large enough to be fast, small enough to let answers in between.
const BATCH: i64 = 1_000;

impl Gateway {
    /// Plans one batch of due items. True when anything was done.
    pub async fn plan_step(&self) -> Result<bool> {
        // Asked before the one writing transaction is taken: most turns find nothing.
        if self.store.next_wake().await?.is_none_or(|next| next > self.now()) {
            return Ok(false);
        }
        let directory = self.directory().await?;
        let mut tx = self.store.begin().await?;
        let world = self.world(&directory);
        let due = items::due(&mut tx, world.now, BATCH).await?;
        if due.is_empty() {
            return Ok(false);
        }
        let mut notices = Vec::new();
        let mut looked_at = Vec::with_capacity(due.len());
        for mut item in due {
            let planned = plan::plan(&item, &world);
            for notice in planned.notices {
                let again = mutants::on(Mutant::PlansTwice)
                    .then(|| plan::Notice { key: format!("{}:again", notice.key), ..notice.clone() });
                notices.extend([Some(notice), again].into_iter().flatten().map(|n| (Some(item.id), n, String::new())));
            }
            item.planned_until = planned.planned_until;
            looked_at.push((item, planned.next_wake.filter(|_| !mutants::on(Mutant::LosesTheWakeUp))));
        }
        outbox::queue_all(&mut tx, &notices, world.now).await?;
        items::save_plans(&mut tx, &looked_at).await?;
        tx.commit().await?;
        Ok(true)
    }
}
