//! Deliberate faults, to show that the simulation would find them. Compiled in only with the feature `mutants`;
//! the program itself is never built with it.

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// A change leaves queued notices that it made untrue.
    ForgetsToWithdraw,
    /// A claim is no lease: others claim the same message.
    ClaimsWithoutLease,
    /// An update counts as handled before it is.
    ConfirmsBeforeStoring,
    /// Whoever comes late records over his successor.
    RecordsWithoutFencing,
    /// Planning twice queues twice.
    PlansTwice,
    /// A planned item gets no next wake-up.
    LosesTheWakeUp,
    /// A claim of "done" closes the item.
    DoneCloses,
    /// The daily cap is not asked for.
    IgnoresTheCap,
    /// Quiet hours are not asked for.
    IgnoresQuietHours,
    /// A message that failed is given up without a word.
    DiesInSilence,
    /// An update that comes again is taken again.
    TakesReplays,
    /// A schedule's tick is stored before its notices, in a transaction of its own.
    TicksWithoutNotices,
}

#[cfg(feature = "mutants")]
mod switch {
    use super::Mutant;
    use std::cell::Cell;

    thread_local! {
        static ACTIVE: Cell<Option<Mutant>> = const { Cell::new(None) };
    }

    /// Switches a fault on for this thread, or all of them off.
    pub fn switch(mutant: Option<Mutant>) {
        ACTIVE.set(mutant);
    }

    pub fn on(mutant: Mutant) -> bool {
        ACTIVE.get() == Some(mutant)
    }
}

#[cfg(feature = "mutants")]
pub use switch::{on, switch};

/// Never, without the feature.
#[cfg(not(feature = "mutants"))]
pub const fn on(_: Mutant) -> bool {
    false
}
