//! `dutybell config check` and `dutybell init`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;

use super::{office, say};
use crate::config::Loaded;
use crate::core::walk::strange_roles;

/// Where the configuration is looked for.
pub(super) const FILE: &str = "dutybell.toml";
const EXAMPLE: &str = include_str!("../../dutybell.example.toml");

/// What to do with the configuration.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Read it, say what is wrong, print the values in force with secrets masked
    Check,
}

pub(super) fn run(loaded: Loaded, args: &Args) -> anyhow::Result<()> {
    let What::Check = args.what;
    let (policy, _) = office::rules(&loaded.config)?;
    office::phrases(&loaded.config)?;
    match &loaded.file {
        Some(file) => say(format!("# from {}", file.display()))?,
        None => say("# no configuration file: everything as built in")?,
    }
    for name in &loaded.overrides {
        say(format!("# overridden by {name}"))?;
    }
    say(&loaded.shown)?;
    for (target, like) in strange_roles(&policy) {
        let meant = like.map_or(String::new(), |role| format!("; most likely {role} is meant"));
        let known = "fine only if posts of your people file have this role (dutybell doctor looks)";
        say(format!("# warning: policy {}: {target}: no role that dutybell knows{meant}; {known}", policy.name))?;
    }
    Ok(say("# everything reads; `dutybell doctor` tests it against the world")?)
}

/// Writes the commented example, never over a file that is there.
pub(super) fn init(named: Option<PathBuf>) -> anyhow::Result<()> {
    let path = named.unwrap_or_else(|| PathBuf::from(FILE));
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .with_context(|| format!("{} cannot be written; an existing file is kept as it is", path.display()))?;
    file.write_all(EXAMPLE.as_bytes())?;
    Ok(say(format!("{} is written; read it, then run: dutybell doctor", path.display()))?)
}
