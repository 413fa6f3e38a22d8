//! The table, and what it was measured on.

use std::fmt;

use comfy_table::presets::ASCII_MARKDOWN;
use sqlx::{AnyConnection, Connection};

use crate::bench::Bench;
use crate::contestant::Contestant;
use crate::database::Base;

/// One line.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    pub base: Base,
    /// Jobs a second.
    pub rate: Option<f64>,
    /// Processor seconds of the worker per 1,000 jobs.
    pub cpu: Option<f64>,
    /// The same of PostgreSQL's processes.
    pub server_cpu: Option<f64>,
    /// Peak memory of the worker, MiB.
    pub peak: Option<f64>,
    /// Due to request, in milliseconds.
    pub p50: Option<f64>,
    pub p99: Option<f64>,
    pub note: String,
}

impl Row {
    pub fn new(name: &str, base: Base) -> Row {
        let name = name.to_owned();
        Row {
            name,
            base,
            rate: None,
            cpu: None,
            server_cpu: None,
            peak: None,
            p50: None,
            p99: None,
            note: String::new(),
        }
    }

    pub fn of(contestant: &Contestant) -> Row {
        let name =
            if contestant.latency { format!("latency: {}", contestant.name) } else { contestant.name.to_owned() };
        Row::new(&name, contestant.base)
    }

    /// More jobs a second, or less to wait.
    pub fn beats(&self, other: &Row) -> bool {
        match (self.rate, other.rate, self.p50, other.p50) {
            (Some(ours), Some(theirs), ..) => ours > theirs,
            (_, _, Some(ours), Some(theirs)) => ours < theirs,
            _ => true,
        }
    }

    fn cells(&self, ours: Option<f64>) -> Vec<String> {
        let text = |value: Option<f64>, digits: usize| value.map_or(String::new(), |v| format!("{v:.digits$}"));
        let ratio = ours.zip(self.rate).map(|(ours, theirs)| ours / theirs);
        vec![
            self.name.clone(),
            text(self.rate, 0),
            text(ours.filter(|_| self.rate.is_some()), 0),
            text(ratio, 2),
            text(self.cpu, 3),
            text(self.server_cpu, 3),
            text(self.peak, 0),
            text(self.p50, 1),
            text(self.p99, 1),
            self.note.clone(),
        ]
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.cells(None).join(" | "))
    }
}

pub struct Table {
    machine: String,
    rows: Vec<Row>,
}

/// The row that all others on the same kind of database are compared with.
const OURS: &str = "queued messages";

impl Table {
    pub async fn new(bench: &Bench, jobs: usize) -> anyhow::Result<Table> {
        let mut connection = AnyConnection::connect(&bench.server.url()).await?;
        let mut machine = format!("{jobs} jobs; {}; PostgreSQL", processor());
        for (name, sql) in [
            ("", "SHOW server_version"),
            ("fsync ", "SHOW fsync"),
            ("synchronous_commit ", "SHOW synchronous_commit"),
            ("shared_buffers ", "SHOW shared_buffers"),
        ] {
            let value: String = sqlx::query_scalar(sql).fetch_one(&mut connection).await?;
            machine.push_str(&format!(" {name}{value},"));
        }
        let machine = machine.trim_end_matches(',').to_owned();
        eprintln!("{machine}");
        Ok(Table { machine, rows: Vec::new() })
    }

    pub fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub fn print(&self) {
        let ours = |base: Base| {
            self.rows
                .iter()
                .find(|r| r.base == base && r.name.starts_with("ours") && r.name.ends_with(OURS))
                .and_then(|r| r.rate)
        };
        let mut table = comfy_table::Table::new();
        table.load_style(ASCII_MARKDOWN);
        table.set_header([
            "who",
            "jobs/s",
            "ours",
            "ratio",
            "CPU s/1,000",
            "PostgreSQL's CPU s/1,000",
            "peak MiB",
            "p50 ms",
            "p99 ms",
            "note",
        ]);
        for row in &self.rows {
            table.add_row(row.cells(ours(row.base)));
        }
        println!("{}\n\n{table}", self.machine);
    }
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or_default();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{cores} cores{}", model.replace("\t: ", ", "))
}
