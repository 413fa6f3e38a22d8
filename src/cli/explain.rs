//! `dutybell explain`: how a reply or a deadline is read, and by which rule.

use std::path::PathBuf;

use anyhow::{Context, bail};
use chrono::NaiveDate;

use super::{office, say};
use crate::clock::Clock;
use crate::config::Loaded;
use crate::core::reply::{self, Reading};
use crate::gateway::Days;
use crate::ledger::{DueContext, read_due};

/// What to explain.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// What an answer means
    Reply {
        /// The text as somebody would send it
        #[arg(required_unless_present = "tsv")]
        text: Option<String>,
        /// A table with a column `text`; prints text and intent of each row
        #[arg(long, value_name = "FILE", conflicts_with = "text")]
        tsv: Option<PathBuf>,
        /// The day on which it is written [default: today]
        #[arg(long, value_name = "DATE")]
        on: Option<NaiveDate>,
    },
    /// How a deadline cell is read
    Date {
        /// The cell's text
        #[arg(required_unless_present = "tsv")]
        text: Option<String>,
        /// The day of discovery, from which relative words count [default: today]
        #[arg(long, value_name = "DATE")]
        on: Option<NaiveDate>,
        /// A table with a column `text`; prints text, kind and value of each row
        #[arg(long, value_name = "FILE", conflicts_with = "text")]
        tsv: Option<PathBuf>,
    },
}

pub(super) fn run(loaded: Loaded, args: &Args) -> anyhow::Result<()> {
    let (policy, calendars) = office::rules(&loaded.config)?;
    let days = Days(calendars.get(&policy.calendar));
    let now = Clock::Real.now().with_timezone(&policy.zone).naive_local();
    match &args.what {
        What::Reply { text, tsv, on } => {
            let now = on.map_or(now, |day| day.and_time(now.time()));
            let read = |text: &str| reply::read(text, &reply::Context { now, due: None, days: &days });
            match (text, tsv) {
                (Some(text), _) => explain_reply(&read(text)),
                (None, Some(file)) => {
                    for text in texts(file)? {
                        say(format!("{text}\t{}", read(&text).label()))?;
                    }
                    Ok(())
                }
                (None, None) => Ok(()),
            }
        }
        What::Date { text, on, tsv } => {
            let context = DueContext { found_on: on.unwrap_or(now.date()), date1904: false, days: &days };
            match (text, tsv) {
                (Some(text), _) => {
                    let reading = read_due(text, &context);
                    say(format!("kind\t{}\nvalue\t{}", reading.label, reading.value))?;
                    for why in &reading.why {
                        say(format!("why\t{why}"))?;
                    }
                    Ok(())
                }
                (None, Some(file)) => {
                    for text in texts(file)? {
                        let reading = read_due(&text, &context);
                        say(format!("{text}\t{}\t{}", reading.label, reading.value))?;
                    }
                    Ok(())
                }
                (None, None) => Ok(()),
            }
        }
    }
}

fn explain_reply(reading: &Reading) -> anyhow::Result<()> {
    say(format!("intent\t{}", reading.label()))?;
    let argument = reading.argument();
    if !argument.is_empty() {
        say(format!("argument\t{argument}"))?;
    }
    if reading.emergency {
        say("emergency\tthe hotline card is shown and the duty officer is paged")?;
    }
    if reading.automatic {
        say("automatic\twritten by a machine: never counts, never answered")?;
    }
    for dropped in &reading.dropped {
        say(format!("not read\t{}", dropped.replace('\n', " ")))?;
    }
    for clause in &reading.clauses {
        say(format!("clause\t{:?} reads as {}: {}", clause.text, clause.reads_as, clause.why.join("; ")))?;
    }
    Ok(())
}

/// The column `text` of a table with a header.
fn texts(file: &PathBuf) -> anyhow::Result<Vec<String>> {
    let content = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut lines = content.trim_start_matches('\u{feff}').lines();
    let header = lines.next().unwrap_or_default();
    let Some(column) = header.split('\t').position(|name| name.trim() == "text") else {
        bail!("{}: the first line must name the columns, one of them `text`", file.display());
    };
    Ok(lines
        .filter(|line| !line.is_empty())
        .map(|line| line.split('\t').nth(column).unwrap_or_default().to_owned())
        .collect())
}
