//! `dutybell template`: an empty workbook to fill in.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::ValueEnum;

use super::{import, say};
use crate::app::template::{self, Kind};

/// What to write.
#[derive(clap::Args)]
pub(super) struct Args {
    /// What is to be filled in
    #[arg(value_enum)]
    kind: KindArg,
    /// Language: zh-CN or en [default: your terminal's]
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
    /// File to write [default: ./KIND.xlsx]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum KindArg {
    /// Hazards with their deadlines
    Ledger,
    /// People with their posts and addresses
    People,
    /// Units, one below another
    Units,
    /// Units and people in one workbook
    Roster,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let (kind, word) = match args.kind {
        KindArg::Ledger => (Kind::Ledger, "ledger"),
        KindArg::People => (Kind::People, "people"),
        KindArg::Units => (Kind::Units, "units"),
        KindArg::Roster => (Kind::Roster, "roster"),
    };
    if let Some(lang) = args.lang.as_deref().filter(|lang| !["zh", "zh-CN", "zh-Hant", "en"].contains(lang)) {
        bail!("there is no workbook in {lang}; write --lang zh-CN or --lang en");
    }
    let out = args.out.unwrap_or_else(|| PathBuf::from(format!("{word}.xlsx")));
    if out.exists() && !args.force {
        bail!("{} is there already; choose another name with --out, or --force", out.display());
    }
    let bytes = template::workbook(kind, import::language(args.lang.as_deref()))?;
    std::fs::write(&out, bytes).with_context(|| format!("{} cannot be written", out.display()))?;
    say(format!("written: {}", out.display()))?;
    let people = if kind == Kind::Ledger { "" } else { "--people " };
    Ok(say(format!("filled in, it is read with: dutybell import {people}{}", out.display()))?)
}
