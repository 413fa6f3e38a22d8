//! The whole gateway, simulated: real rules, real loops, a real SQLite file; a clock that jumps, channels that
//! refuse and hang, workers that die between any two transactions, replies and imports in any order.
//!
//! Everything follows from a seed. After every step the promises are checked; a seed that breaks one prints a
//! short history and does the same again:
//!
//! ```text
//! DUTYBELL_SEEDS=4711..4712 cargo test --test simulation
//! ```
//!
//! With `--features mutants` the same simulation must find each of a set of deliberate faults.

#[path = "simulation/checks.rs"]
mod checks;
#[path = "simulation/platform.rs"]
mod platform;
#[path = "simulation/world.rs"]
mod world;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use world::Simulation;

/// Seeds in an ordinary test run.
const SEEDS: Range<u64> = 0..300;
/// Steps of trouble before the calm in which everything must be caught up with.
const STEPS: u32 = 70;

fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var("DUTYBELL_SEEDS") else { return SEEDS };
    let range = text.split_once("..").and_then(|(a, b)| Some(a.trim().parse().ok()?..b.trim().parse().ok()?));
    range.unwrap_or_else(|| panic!("DUTYBELL_SEEDS={text:?}: write it as 0..300"))
}

/// One life of the office; the history, or what broke.
fn live(seed: u64) -> Result<Vec<String>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut simulation = Simulation::begin(seed).await;
        let broken = simulation.run(STEPS).await.err();
        let history = simulation.history();
        match broken {
            None => Ok(history),
            Some(promise) => {
                let last = history.iter().rev().take(25).rev().cloned().collect::<Vec<_>>().join("\n");
                Err(format!(
                    "seed {seed}: {promise}\n{last}\nagain: DUTYBELL_SEEDS={seed}..{} cargo test --test simulation",
                    seed + 1
                ))
            }
        }
    })
}

/// A panic in the program is a broken promise, too.
fn live_or_panic(seed: u64) -> Result<Vec<String>, String> {
    catch_unwind(AssertUnwindSafe(|| live(seed))).unwrap_or_else(|_| Err(format!("seed {seed}: panicked")))
}

#[test]
fn whatever_happens_the_promises_hold() {
    let (seeds, start) = (seeds(), Instant::now());
    let (next, steps) = (AtomicU64::new(seeds.start), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let broken: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut broken = Vec::new();
            loop {
                let seed = next.fetch_add(1, Ordering::SeqCst);
                if seed >= seeds.end || broken.len() > 2 {
                    return broken;
                }
                match live_or_panic(seed) {
                    Ok(history) => drop(steps.fetch_add(history.len() as u64, Ordering::SeqCst)),
                    Err(promise) => broken.push(promise),
                }
            }
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|t| t.join().expect("no panic outside a life")).collect()
    });
    println!(
        "{} lives, {} things happened, {} s",
        seeds.end - seeds.start,
        steps.into_inner(),
        start.elapsed().as_secs()
    );
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    // Nothing here waits: a life that hangs would have been found by now.
    assert!(start.elapsed() < Duration::from_secs(3_600));
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for seed in [7, 1_000_003] {
        assert_eq!(live(seed).expect("holds"), live(seed).expect("holds"));
    }
}

#[cfg(feature = "mutants")]
#[test]
fn each_deliberate_fault_is_found() {
    use dutybell::mutants::{Mutant, switch};
    let mutants = [
        Mutant::TakesReplays,
        Mutant::DiesInSilence,
        Mutant::ForgetsToWithdraw,
        Mutant::ClaimsWithoutLease,
        Mutant::ConfirmsBeforeStoring,
        Mutant::RecordsWithoutFencing,
        Mutant::PlansTwice,
        Mutant::LosesTheWakeUp,
        Mutant::DoneCloses,
        Mutant::IgnoresTheCap,
        Mutant::IgnoresQuietHours,
        Mutant::TicksWithoutNotices,
    ];
    let mut missed = Vec::new();
    for mutant in mutants {
        switch(Some(mutant));
        let found = (0..300).find_map(|seed| live_or_panic(seed).err().map(|broken| (seed, broken)));
        switch(None);
        match found {
            Some((seed, broken)) => {
                println!("{mutant:?}: found with seed {seed}: {}", broken.lines().next().unwrap_or(""))
            }
            None => missed.push(mutant),
        }
    }
    assert!(missed.is_empty(), "not found: {missed:?}");
}
