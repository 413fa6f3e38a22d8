//! Who takes part, how each is started, and by what its database says that a job is done.

use std::path::PathBuf;
use std::process::Command;

use crate::database::Base;

/// One way of running one program.
#[derive(Clone, Copy, Debug)]
pub struct Contestant {
    /// For `--only`.
    pub group: &'static str,
    pub name: &'static str,
    pub base: Base,
    pub program: Program,
    /// Its configuration, by a name that its runner knows.
    pub mode: &'static str,
    /// Counts the jobs that are marked done.
    pub done: &'static str,
    /// Runs in the latency rows instead.
    pub latency: bool,
    /// Jobs at most, where more would take hours.
    pub most: usize,
}

/// What starts it; all take `fill URL MODE COUNT DUE SPREAD` and `run URL MODE SINK`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Ours,
    Node(&'static str),
    Python(&'static str),
    Apalis,
}

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/peers")
}

pub fn target() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/peers")
}

impl Program {
    pub fn command(self) -> anyhow::Result<Command> {
        Ok(match self {
            Program::Ours => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("ours");
                command
            }
            Program::Node(script) => {
                let mut command = Command::new(folder().join("node_modules/node/bin/node"));
                command.arg(folder().join(script));
                command
            }
            Program::Python(script) => {
                let mut command = Command::new(target().join("venv/bin/python"));
                command.arg(folder().join(script));
                command
            }
            Program::Apalis => Command::new(target().join("apalis/release/apalis-peer")),
        })
    }

    /// What `install.sh` calls what it needs.
    pub fn needs(self) -> Option<&'static str> {
        match self {
            Program::Ours => None,
            Program::Node(_) => Some("node"),
            Program::Python(_) => Some("python"),
            Program::Apalis => Some("apalis"),
        }
    }
}

const OURS: &str = "SELECT count(*) FROM messages WHERE state = 'sent'";
/// It deletes what is done; what is left is not.
const GRAPHILE: &str = "SELECT (SELECT n FROM bench_filled) - count(*) FROM graphile_worker._private_jobs";
const PGBOSS: &str = "SELECT count(*) FROM pgboss.job WHERE state = 'completed'";
const PROCRASTINATE: &str = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'";
const APALIS: &str = "SELECT count(*) FROM Jobs WHERE status = 'Done'";

pub fn all() -> Vec<Contestant> {
    let one = |group, name, base, program, mode, done| {
        [Contestant { group, name, base, program, mode, done, latency: false, most: usize::MAX }]
    };
    let late = |group, name, base, program, mode, done| {
        [Contestant { group, name, base, program, mode, done, latency: true, most: usize::MAX }]
    };
    let slow = |most: usize, [contestant]: [Contestant; 1]| [Contestant { most, ..contestant }];
    use Base::{Postgres, Sqlite};
    let graphile = Program::Node("graphile.mjs");
    let pgboss = Program::Node("pgboss.mjs");
    let procrastinate = Program::Python("procrastinate_runner.py");
    [
        one("ours", "ours, PostgreSQL: queued messages", Postgres, Program::Ours, "answers", OURS),
        one("ours", "ours, PostgreSQL: notices", Postgres, Program::Ours, "notices", OURS),
        one("ours", "ours, SQLite: queued messages", Sqlite, Program::Ours, "answers", OURS),
        one("ours", "ours, SQLite: notices", Sqlite, Program::Ours, "notices", OURS),
        slow(3_000, one("graphile", "graphile-worker, defaults", Postgres, graphile, "default", GRAPHILE)),
        one("graphile", "graphile-worker, batched", Postgres, graphile, "batched", GRAPHILE),
        slow(20, one("pgboss", "pg-boss, defaults", Postgres, pgboss, "default", PGBOSS)),
        one("pgboss", "pg-boss, batched", Postgres, pgboss, "batched", PGBOSS),
        slow(2_000, one("procrastinate", "procrastinate, defaults", Postgres, procrastinate, "default", PROCRASTINATE)),
        slow(
            3_000,
            one("procrastinate", "procrastinate, concurrency 30", Postgres, procrastinate, "concurrent", PROCRASTINATE),
        ),
        one("apalis", "apalis (SQLite), defaults", Sqlite, Program::Apalis, "default", APALIS),
        one("apalis", "apalis (SQLite), batched", Sqlite, Program::Apalis, "batched", APALIS),
        late("ours", "ours, PostgreSQL", Postgres, Program::Ours, "notices", OURS),
        late("ours", "ours, SQLite", Sqlite, Program::Ours, "notices", OURS),
        late("graphile", "graphile-worker, batched", Postgres, graphile, "batched", GRAPHILE),
        late("graphile", "graphile-worker, batched, polls every 50 ms", Postgres, graphile, "eager", GRAPHILE),
        late("pgboss", "pg-boss, batched, polls every 2 s", Postgres, pgboss, "batched", PGBOSS),
        late("pgboss", "pg-boss, batched, polls every 0.5 s", Postgres, pgboss, "eager", PGBOSS),
        late("procrastinate", "procrastinate, concurrency 30", Postgres, procrastinate, "concurrent", PROCRASTINATE),
        late("procrastinate", "procrastinate, polls every 50 ms", Postgres, procrastinate, "eager", PROCRASTINATE),
    ]
    .concat()
}
