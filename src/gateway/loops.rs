//! The loops of a gateway: one list, run by `serve`, by the stories and by the simulation.

use std::time::Duration;

use futures::future::BoxFuture;

use super::{Gateway, scheduler};
use crate::store::Result;

/// Longest sleep of a loop without a wake-up.
const IDLE: Duration = Duration::from_millis(500);
/// Shortest sleep of one.
const SHORTEST: Duration = Duration::from_millis(1);

/// One loop: what it does in a turn, and what wakes it.
pub struct Loop {
    /// As the pulse, the log and the figures call it.
    pub name: &'static str,
    pub(super) wakes: Wakes,
    step: for<'g> fn(&'g Gateway) -> BoxFuture<'g, Result<bool>>,
}

/// What ends the sleep of a loop before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wakes {
    /// Nothing: an answer or an import gives it nothing to do.
    Clock,
    /// Somebody changed something.
    Bell,
    /// That, and a send of this process that ended. What it did gives nobody else any work.
    Landing,
}

/// All loops, in the order in which work goes through them.
pub static LOOPS: [Loop; 7] = [
    Loop { name: "scheduler", wakes: Wakes::Clock, step: |gateway| Box::pin(gateway.schedule_step()) },
    Loop { name: "sources", wakes: Wakes::Clock, step: |gateway| Box::pin(gateway.source_step()) },
    Loop { name: "inbox", wakes: Wakes::Bell, step: |gateway| Box::pin(gateway.inbox_step()) },
    Loop { name: "planner", wakes: Wakes::Bell, step: |gateway| Box::pin(gateway.plan_step()) },
    // What has landed is written down while the next ones are made ready.
    Loop { name: "recorder", wakes: Wakes::Landing, step: |gateway| Box::pin(gateway.record_step()) },
    Loop { name: "dispatcher", wakes: Wakes::Landing, step: |gateway| Box::pin(gateway.dispatch_step()) },
    Loop { name: "watchdog", wakes: Wakes::Clock, step: |gateway| Box::pin(gateway.watch_step()) },
];

impl Loop {
    /// One turn. True when there was something to do.
    ///
    /// # Errors
    /// The store's: the turn is undone, and may be taken again.
    pub async fn step(&self, gateway: &Gateway) -> Result<bool> {
        (self.step)(gateway).await
    }

    /// How long a turn may take. A long ledger takes its time.
    pub(super) fn limit(&self, gateway: &Gateway) -> Duration {
        match self.name {
            "sources" => scheduler::READING.to_std().unwrap_or(gateway.pulse.limit),
            _ => gateway.pulse.limit,
        }
    }

    /// How long it sleeps with nothing to do; the dispatcher wakes at the very instant of the next notice.
    pub(super) async fn idle(&self, gateway: &Gateway) -> Duration {
        if self.name != "dispatcher" {
            return IDLE;
        }
        let now = gateway.now();
        let notice = gateway.store.next_notice().await.ok().flatten().filter(|at| *at > now);
        let next = [notice, gateway.next_takeoff(now)].into_iter().flatten().min();
        next.map_or(IDLE, |at| (at - now).to_std().unwrap_or(IDLE).clamp(SHORTEST, IDLE))
    }
}
