//! `dutybell synth`: an invented office with its ledgers, for load tests and for trying things out.

use data_encoding::HEXLOWER;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::ValueEnum;
use sha2::{Digest, Sha256};

use super::{say, table};
use crate::synth::{self, Format, Options, Size};

/// What to write.
#[derive(clap::Args)]
pub(super) struct Args {
    /// How large: findings 120, 1,900, 14,000 or 434,000
    #[arg(long, value_enum)]
    size: SizeArg,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// An empty folder, made if missing [default: ./synth-SIZE-SEED]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Findings of all ledgers together, instead of the size's own number
    #[arg(long, value_name = "N")]
    rows: Option<usize>,
    /// The day the ledgers are written
    #[arg(long, default_value = "2022-09-22", value_name = "DATE")]
    on: NaiveDate,
    /// Workbooks, or text files in GB18030 and UTF-8
    #[arg(long, value_enum, default_value = "xlsx")]
    format: FormatArg,
    /// Without dirt: every cell as the documentation asks for it
    #[arg(long)]
    clean: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum SizeArg {
    County,
    Prefecture,
    Province,
    Nation,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormatArg {
    Xlsx,
    Csv,
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    let (size, word) = match args.size {
        SizeArg::County => (Size::County, "county"),
        SizeArg::Prefecture => (Size::Prefecture, "prefecture"),
        SizeArg::Province => (Size::Province, "province"),
        SizeArg::Nation => (Size::Nation, "nation"),
    };
    let format = match args.format {
        FormatArg::Xlsx => Format::Xlsx,
        FormatArg::Csv => Format::Csv,
    };
    let folder = args.out.unwrap_or_else(|| PathBuf::from(format!("synth-{word}-{}", args.seed)));
    let options = Options { size, seed: args.seed, rows: args.rows, on: args.on, format, clean: args.clean };
    let written = synth::write(&options, &folder)?;
    let rows = written
        .iter()
        .map(|w| vec![w.file.clone(), w.sheets.to_string(), w.rows.to_string(), w.bytes.to_string(), w.sha256.clone()]);
    say(table(&["file", "sheets", "rows", "bytes", "SHA-256"], rows))?;
    let mut all = Sha256::new();
    written.iter().for_each(|w| all.update(format!("{}  {}\n", w.sha256, w.file)));
    let all = HEXLOWER.encode(&all.finalize());
    say(format!("{} files in {}; SHA-256 over this list: {all}", written.len(), folder.display()))?;
    Ok(())
}
