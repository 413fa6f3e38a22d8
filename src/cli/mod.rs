//! The command line: one file a command. Errors are one sentence with the place and the way out.

mod audit;
mod backup;
mod channel;
mod clock;
mod config;
mod deliveries;
mod demo;
mod doctor;
mod explain;
mod export;
mod heartbeat;
mod import;
mod item;
mod log;
mod migrate;
mod office;
mod pause;
mod people;
mod preview;
mod rehearse;
mod resend;
mod serve;
mod source;
mod status;
mod synth;
mod template;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Loaded;

/// The deadline-and-responsibility gateway: the right person hears in time.
#[derive(Parser)]
#[command(name = "dutybell", version)]
struct Cli {
    /// Configuration file [default: ./dutybell.toml where there is one]
    #[arg(long, short, global = true, env = "DUTYBELL_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show a fortnight of an invented county on a page, on a fast clock
    Demo(demo::Args),
    /// Run the gateway
    Serve,
    /// Read a ledger and apply it (or only show what would change)
    Import(import::Args),
    /// Give a ledger back in its own form, filled in; or as CSV, JSON, calendar feeds
    Export(export::Args),
    /// Show who would be told what and when; nothing is sent
    Preview(preview::Args),
    /// People, their chat accounts and their leave
    People(people::Args),
    /// Set a channel up step by step; send a test message and wait for the answer
    Channel(channel::Args),
    /// Check database, calendars, channels and files
    Doctor,
    /// Show what is open, waiting and stuck
    Status(status::Args),
    /// Items by hand: show, add, assign, move a deadline, verify, void, reopen, close
    Item(item::Args),
    /// Let routine wait for a while: never emergencies, nor escalations of major items
    Pause(pause::Args),
    /// What was sent to whom on a day, by which way, why, and what came of it
    Deliveries(deliveries::Args),
    /// Send again what was sent, as far as it is still true
    Resend(resend::Args),
    /// Your own office on a fast clock on a page: a copy, and nothing leaves
    Rehearse(rehearse::Args),
    /// Ledger sources: how they stand, and reading one by hand
    Source(source::Args),
    /// Show whether the machine's clock is believed, and accept it
    Clock(clock::Args),
    /// Show or write the configuration
    Config(config::Args),
    /// Show how a reply or a deadline is read, and why
    Explain(explain::Args),
    /// Write a configuration to start from
    Init,
    /// Prove the log whole, hand it over
    Audit(audit::Args),
    /// Write an empty workbook to fill in: a ledger, people, units
    Template(template::Args),
    /// Write an invented office with its ledgers, for load tests
    Synth(synth::Args),
    /// Write everything into one file, while the gateway runs
    Backup(backup::BackupArgs),
    /// Bring a backup back; the gateway must be stopped
    Restore(backup::RestoreArgs),
    /// Carry everything from one database into another, empty one
    MigrateStore(migrate::Args),
}

/// Runs the program; the exit code is 0, 1 (failed) or 2 (wrong usage).
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => failed(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let loaded = || load(cli.config.clone());
    match cli.command {
        Command::Demo(args) => demo::run(args).await?,
        Command::Serve => serve::run(cli.config.clone(), loaded()?).await?,
        Command::Import(args) => import::run(loaded()?, args).await?,
        Command::Export(args) => export::run(loaded()?, args).await?,
        Command::Preview(args) => preview::run(loaded()?, args).await?,
        Command::People(args) => people::run(loaded()?, args).await?,
        Command::Channel(args) => return channel::run(cli.config.clone(), args).await,
        Command::Doctor => return doctor::run(loaded()?).await,
        Command::Status(args) => status::run(loaded()?, args).await?,
        Command::Item(args) => item::run(loaded()?, args).await?,
        Command::Pause(args) => pause::run(loaded()?, args).await?,
        Command::Deliveries(args) => deliveries::run(loaded()?, args).await?,
        Command::Resend(args) => resend::run(loaded()?, args).await?,
        Command::Rehearse(args) => rehearse::run(loaded()?, args).await?,
        Command::Source(args) => return source::run(loaded()?, args).await,
        Command::Clock(args) => clock::run(loaded()?, &args).await?,
        Command::Config(args) => config::run(loaded()?, &args)?,
        Command::Explain(args) => explain::run(loaded()?, &args)?,
        Command::Init => config::init(cli.config)?,
        Command::Audit(args) => return audit::run(loaded()?, args).await,
        Command::Template(args) => template::run(args)?,
        Command::Synth(args) => synth::run(args)?,
        Command::Backup(args) => backup::back_up(loaded()?, args).await?,
        Command::Restore(args) => backup::bring_back(loaded()?, args).await?,
        Command::MigrateStore(args) => migrate::run(args).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The named file, or `dutybell.toml` where it exists, or what is built in.
fn load(named: Option<PathBuf>) -> anyhow::Result<Loaded> {
    let file = named.or_else(|| Some(PathBuf::from(config::FILE)).filter(|f| f.exists()));
    let loaded = crate::config::load(file.as_deref(), std::env::vars())?;
    for warning in &loaded.warnings {
        eprintln!("dutybell: warning: {warning}");
    }
    Ok(loaded)
}

/// A reader that went away (`dutybell status | head`) is no failure.
fn failed(error: &anyhow::Error) -> ExitCode {
    let pipe = |e: &(dyn std::error::Error + 'static)| {
        e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(pipe) {
        return ExitCode::SUCCESS;
    }
    eprintln!("dutybell: {error:#}");
    ExitCode::FAILURE
}

/// Writes a line to standard output.
fn say(text: impl std::fmt::Display) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}

/// Writes a value as JSON to standard output.
fn say_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    Ok(say(serde_json::to_string_pretty(value)?)?)
}

/// A plain table for terminals.
fn table<H: AsRef<str>>(head: &[H], rows: impl IntoIterator<Item = Vec<String>>) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN).set_header(head.iter().map(AsRef::as_ref));
    rows.into_iter().for_each(|row| {
        table.add_row(row);
    });
    table
}

/// Who acts: the office, or with `--as` the person of that name.
async fn caller(
    gateway: &crate::app::Gateway,
    whom: Option<&str>,
    lang: Option<&str>,
) -> anyhow::Result<crate::app::Caller> {
    use crate::core::transition::Actor;
    let actor = match whom {
        Some(name) => Actor::Person(crate::app::people::Register::read(gateway).await?.find(name)?),
        None => return Ok(operator(import::language(lang))),
    };
    Ok(crate::app::Caller { actor, locale: import::language(lang) })
}

/// Whoever is at this terminal, by the name that the system knows them by.
fn operator(locale: crate::core::org::Locale) -> crate::app::Caller {
    crate::app::Caller { actor: crate::core::transition::Actor::Command(crate::system::user().into()), locale }
}

/// A local day: `2022-09-27`, `today`, `yesterday`.
fn local_day(gateway: &crate::app::Gateway, text: &str) -> anyhow::Result<chrono::NaiveDate> {
    use anyhow::Context;
    let today = gateway.now().with_timezone(&gateway.policy.zone).date_naive();
    match text {
        "today" => Ok(today),
        "yesterday" => Ok(today - chrono::Duration::days(1)),
        day => day.parse().with_context(|| format!("{day:?} is no day; write 2022-09-27, today or yesterday")),
    }
}
