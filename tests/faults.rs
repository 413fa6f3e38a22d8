//! Faults on the real program: `dutybell serve` while processes, disks, databases, connections and clocks fail.
//! Each story prints its figures: lost, doubled, late, seconds until everything went on.

#[path = "support/burst.rs"]
mod burst;
#[path = "counterparts/fake_telegram.rs"]
mod fake_telegram;
#[path = "counterparts/haproxy.rs"]
mod haproxy;
#[path = "counterparts/line.rs"]
mod line;
#[path = "support/office.rs"]
mod office;
#[path = "counterparts/postgres.rs"]
mod postgres;

#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/database.rs"]
mod database;
#[path = "faults/disk.rs"]
mod disk;
#[path = "faults/failover.rs"]
mod failover;
#[path = "faults/killed.rs"]
mod killed;
#[path = "faults/storm.rs"]
mod storm;
#[path = "faults/stuck.rs"]
mod stuck;
