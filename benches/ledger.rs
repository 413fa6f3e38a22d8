//! Import of a large ledger, printed: reading and applying on SQLite, beside openpyxl on the same file.
//!
//! `cargo bench --bench ledger`; options:
//!
//! - `--rows 100000`: rows of the ledger
//! - `--seed 1`: another seed, another office
//!
//! Each line is a process of its own, so that its peak memory is its own. `$PYTHON` must have openpyxl
//! (`./test.sh --install-only`); without it the line says so.

#[path = "peers/measure.rs"]
#[allow(dead_code)] // only peak memory is asked for here
mod measure;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use dutybell::clock::Clock;
use dutybell::core::calendar::Calendar;
use dutybell::core::policy::Policy;
use dutybell::core::world::Calendars;
use dutybell::gateway::{Days, Gateway, ImportOptions};
use dutybell::ledger::{ReadContext, read_file};
use dutybell::render::Phrases;
use dutybell::store::Store;
use tempfile::TempDir;

const PACK: &str = include_str!("../packs/cn-worksafety.toml");
const CALENDAR: &str = include_str!("../packs/calendars/cn.tsv");

/// Goes through every cell as a program would that only wants the values.
const OPENPYXL: &str = "
import sys, openpyxl
cells = 0
for sheet in openpyxl.load_workbook(sys.argv[1], read_only=True).worksheets:
    for row in sheet.iter_rows(values_only=True):
        cells += sum(value is not None for value in row)
print(openpyxl.__version__, cells, 'cells')
";

/// What one process took.
struct Run {
    seconds: f64,
    peak: f64,
    said: String,
}

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let after = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1));
    if let Some(folder) = after("--phases") {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        return runtime.block_on(phases(Path::new(folder)));
    }
    let number = |name: &str, otherwise: u64| after(name).map_or(Ok(otherwise), |n| n.parse());
    whole(number("--rows", 100_000)?, number("--seed", 1)?)
}

/// A folder with the office's files and a database to each name.
struct Office {
    folder: TempDir,
}

impl Office {
    fn file(&self, start: &str) -> anyhow::Result<PathBuf> {
        find(&self.folder.path().join("office"), start)
    }

    fn program(&self, arguments: &[&str]) -> anyhow::Result<Run> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dutybell"));
        command.current_dir(self.folder.path()).env_remove("DUTYBELL_CONFIG").args(arguments);
        run(command)
    }
}

fn find(folder: &Path, start: &str) -> anyhow::Result<PathBuf> {
    let mut files = std::fs::read_dir(folder)?.filter_map(Result::ok).map(|entry| entry.path());
    let named = |path: &PathBuf| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(start));
    files.find(named).ok_or_else(|| anyhow::anyhow!("no {start}… in {}", folder.display()))
}

/// Runs a process to its end and looks at its peak memory meanwhile; the peak never falls, so only the last moments can be missed.
fn run(mut command: Command) -> anyhow::Result<Run> {
    let out = tempfile::NamedTempFile::new()?;
    let start = Instant::now();
    // A file: a pipe that nobody empties would bring the program to a stop.
    let mut child = command.stdout(out.reopen()?).stderr(Stdio::inherit()).spawn()?;
    let mut peak = 0.0;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak = measure::peak(child.id()).max(peak);
        std::thread::sleep(Duration::from_millis(5));
    };
    let seconds = start.elapsed().as_secs_f64();
    anyhow::ensure!(status.success(), "{command:?}: {status}");
    Ok(Run { seconds, peak, said: std::fs::read_to_string(out.path())? })
}

fn whole(rows: u64, seed: u64) -> anyhow::Result<()> {
    let office = Office { folder: tempfile::tempdir()? };
    // Written today: years are completed by the day of import.
    let today = Clock::Real.now().date_naive().to_string();
    let (rows, seed) = (rows.to_string(), seed.to_string());
    let options = ["--size", "county", "--rows", &rows, "--seed", &seed, "--on", &today, "--out", "office"];
    let made = office.program(&[&["synth"], options.as_slice()].concat())?;
    let (ledger, people) = (office.file("ledger-")?, office.file("organisation")?);
    let bytes = std::fs::metadata(&ledger)?.len();
    println!("{rows} rows, seed {seed}, {:.1} MiB, written on {today}", bytes as f64 / (1 << 20) as f64);

    let (file, people) = (ledger.display().to_string(), people.display().to_string());
    let listed = office.program(&["import", "--people", &people])?;
    let fresh = office.program(&["import", &file])?;
    println!("{}", fresh.said.lines().rev().take(2).collect::<Vec<_>>().join("\n"));
    let again = office.program(&["import", &file])?;
    let mut parts = Command::new(std::env::current_exe()?);
    parts.arg("--phases").arg(office.folder.path());
    let parts = run(parts)?;
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut reader = Command::new(python);
    reader.args(["-c", OPENPYXL]).arg(&ledger);
    let reader = run(reader);

    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(["what", "seconds", "peak MiB", "of openpyxl's time", "wanted"]);
    let whole = reader.as_ref().ok().map(|r| r.seconds);
    let ratio = |seconds: f64| whole.map(|w| format!("{:.2}", seconds / w)).unwrap_or_default();
    let mut add = |what: &str, seconds: f64, peak: Option<f64>, wanted: &str| {
        let peak = peak.map(|p| format!("{p:.0}")).unwrap_or_default();
        table.add_row([what, &format!("{seconds:.2}"), &peak, &ratio(seconds), wanted]);
    };
    add("synth: the files made", made.seconds, Some(made.peak), "");
    add("import: units and people", listed.seconds, Some(listed.peak), "");
    add("import: the ledger, new", fresh.seconds, Some(fresh.peak), "10 s, 600 MiB");
    add("import: the same again", again.seconds, Some(again.peak), "4 s");
    for line in parts.said.lines() {
        if let Some((seconds, what)) = line.split_once(' ') {
            add(&format!("· {what}"), seconds.parse()?, None, "");
        }
    }
    match &reader {
        Ok(r) => add(&format!("openpyxl {}, read-only", r.said.trim()), r.seconds, Some(r.peak), ""),
        Err(error) => eprintln!("openpyxl: {error}"),
    }
    println!("{table}");
    Ok(())
}

/// The same work in one process without the command's report, its parts timed one by one.
async fn phases(folder: &Path) -> anyhow::Result<()> {
    let office = folder.join("office");
    let store = Store::open(&format!("sqlite:{}", folder.join("phases.db").display())).await?;
    let policy = Policy::from_toml(PACK).map_err(anyhow::Error::msg)?;
    let calendars = Calendars::new(vec![Calendar::from_tsv("cn", CALENDAR)?]);
    let phrases = Phrases::built_in().map_err(anyhow::Error::msg)?;
    let gateway = Gateway::new(store, Clock::Real, policy, calendars, phrases, Vec::new(), Vec::new());
    let days = Days(gateway.calendars.get("cn"));
    let today = gateway.now().with_timezone(&gateway.policy.zone).date_naive();
    let context = ReadContext::new(today, &days);
    let people = read_file(&find(&office, "organisation")?, &context)?;
    gateway.import("people", &people, ImportOptions::default()).await?;

    let start = Instant::now();
    let ledger = read_file(&find(&office, "ledger-")?, &context)?;
    println!("{} read and checked", start.elapsed().as_secs_f64());
    for what in ["compared and applied, new", "compared, nothing changed"] {
        let start = Instant::now();
        let report = gateway.import("ledger", &ledger, ImportOptions::default()).await?;
        println!("{} {what}", start.elapsed().as_secs_f64());
        anyhow::ensure!(report.added.len() as u64 + report.unchanged > 0, "nothing was imported");
    }
    gateway.store.close().await;
    Ok(())
}
