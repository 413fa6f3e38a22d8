//! `dutybell explain`: how a reply or a deadline is read, and by which rule.

use std::path::PathBuf;

use anyhow::{Context, bail};
use chrono::{NaiveDate, NaiveTime};

use super::{office, say};
use crate::app::explain::{self, Answer};
use crate::clock::Clock;
use crate::config::Loaded;
use crate::core::reply::{self, Reader, Reading, Speaker};

/// What to explain.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

/// The hour at which an answer of a named day is read, local time.
const MORNING: NaiveTime = match NaiveTime::from_hms_opt(10, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

#[derive(clap::Subcommand)]
enum What {
    /// What an answer means
    Reply {
        /// The text as somebody would send it
        #[arg(required_unless_present = "tsv")]
        text: Option<String>,
        /// A table with a column `text`, and, where it has them, `as`, `on`, `item` and `numbers`; prints of each row the
        /// text, what it says, what would be asked back, and the values
        #[arg(long, value_name = "FILE", conflicts_with = "text")]
        tsv: Option<PathBuf>,
        /// What the writer is to the item: fixer, verifier or approver
        #[arg(long = "as", value_name = "ROLE", default_value = "fixer", value_parser = speaker)]
        by: Speaker,
        /// Title and place of the item spoken of
        #[arg(long, value_name = "TITLE; PLACE")]
        item: Option<String>,
        /// The day on which it is written, at 10:00 [default: now]
        #[arg(long, value_name = "DATE")]
        on: Option<NaiveDate>,
    },
    /// Train the order of what is asked back from labelled tables (columns `text`, `as`, `intents`)
    Weights {
        /// Tables to train from
        #[arg(required = true)]
        tables: Vec<PathBuf>,
        /// Where to write the weights
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
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
    let calendar = calendars.get(&policy.calendar);
    let now = Clock::Real.now().with_timezone(&policy.zone).naive_local();
    match &args.what {
        What::Reply { text, tsv, by, item, on } => {
            let own = office::words(&loaded.config)?;
            // A day that is named is read in its morning, so that the same table says the same at any hour.
            let at = |day: Option<NaiveDate>| day.or(*on).map_or(now, |day| day.and_time(MORNING));
            let read = |row: &Row| {
                let (text, item) = (row.text.as_str(), row.item.as_deref());
                let answer = Answer { text, by: row.by, item, numbers: &row.numbers, at: at(row.on) };
                explain::reply(own.as_deref(), calendar, &answer)
            };
            match (text, tsv) {
                (Some(text), _) => {
                    let row = Row { text: text.clone(), by: *by, on: None, item: item.clone(), numbers: Vec::new() };
                    explain_reply(&read(&row))
                }
                (None, Some(file)) => {
                    for row in rows(file, *by)? {
                        let reading = read(&row);
                        let text = row.text.replace('\n', "\\n");
                        say(format!("{text}\t{}\t{}\t{}", reading.label(), offered(&reading), reading.argument()))?;
                    }
                    Ok(())
                }
                (None, None) => Ok(()),
            }
        }
        What::Weights { tables, out } => weights(tables, out),
        What::Date { text, on, tsv } => {
            let read = |text: &str| explain::deadline(calendar, text, on.unwrap_or(now.date()));
            match (text, tsv) {
                (Some(text), _) => {
                    let reading = read(text);
                    say(format!("kind\t{}\nvalue\t{}", reading.label, reading.value))?;
                    for why in &reading.why {
                        say(format!("why\t{why}"))?;
                    }
                    Ok(())
                }
                (None, Some(file)) => {
                    for text in texts(file)? {
                        let reading = read(&text);
                        say(format!("{text}\t{}\t{}", reading.label, reading.value))?;
                    }
                    Ok(())
                }
                (None, None) => Ok(()),
            }
        }
    }
}

fn speaker(name: &str) -> Result<Speaker, String> {
    Speaker::named(name).ok_or_else(|| format!("{name} is none of fixer, verifier, approver"))
}

/// What the buttons would say, best first.
fn offered(reading: &Reading) -> String {
    let of = |offers: &Vec<reply::Intent>| offers.iter().map(reply::Intent::label).collect::<Vec<_>>().join("/");
    reading.offers.iter().map(of).filter(|words| !words.is_empty()).collect::<Vec<_>>().join("|")
}

fn weights(tables: &[PathBuf], out: &PathBuf) -> anyhow::Result<()> {
    let mut examples: Vec<(String, Speaker, reply::IntentKind)> = Vec::new();
    for table in tables {
        for (row, label, values) in labelled(table)? {
            // What says several things of one item is an example of what no single reading stands for.
            let of_one = !values.contains("line=") && !values.contains("code=");
            let kind = match label.contains('|') {
                true => of_one.then_some(reply::IntentKind::Unknown),
                false => reply::IntentKind::named(&label),
            };
            if let Some(kind) = kind {
                examples.push((row.text, row.by, kind));
            }
        }
    }
    let borrowed: Vec<_> = examples.iter().map(|(text, by, kind)| (text.as_str(), *by, *kind)).collect();
    std::fs::write(out, Reader::shipped().trained(&borrowed))
        .with_context(|| format!("{} cannot be written", out.display()))?;
    Ok(say(format!("{} rows", examples.len()))?)
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
    let offered = offered(reading);
    if !offered.is_empty() {
        say(format!("asked back\t{offered}"))?;
    }
    for clause in &reading.clauses {
        say(format!("clause\t{:?} reads as {}: {}", clause.text, clause.reads_as, clause.why.join("; ")))?;
        let words: Vec<String> = clause.tokens.iter().map(|t| format!("{}/{}", t.text, t.class)).collect();
        say(format!("words\t{}", words.join(" ")))?;
    }
    Ok(())
}

/// A row of a table of answers.
struct Row {
    text: String,
    by: Speaker,
    on: Option<NaiveDate>,
    item: Option<String>,
    numbers: Vec<u32>,
}

/// The rows of a table of answers; where it names no role, the writer is `by`.
fn rows(file: &PathBuf, by: Speaker) -> anyhow::Result<Vec<Row>> {
    Table::read(file)?.rows.iter().map(|row| row.answer(by)).collect()
}

/// The rows of a labelled table, each with its readings and their values.
fn labelled(file: &PathBuf) -> anyhow::Result<Vec<(Row, String, String)>> {
    let table = Table::read(file)?;
    let label = |row: &Cells| row.get("intents").or_else(|| row.get("intent")).unwrap_or_default();
    let values = |row: &Cells| row.get("values").unwrap_or_default();
    table.rows.iter().map(|row| Ok((row.answer(Speaker::Fixer)?, label(row), values(row)))).collect()
}

/// A table with a header; no quoting, a line break in a text is written as `\\n`.
struct Table {
    rows: Vec<Cells>,
}

struct Cells {
    place: String,
    cells: Vec<(String, String)>,
}

impl Table {
    fn read(file: &PathBuf) -> anyhow::Result<Table> {
        let content = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let mut lines = content.trim_start_matches('\u{feff}').lines();
        let names: Vec<String> = lines.next().unwrap_or_default().split('\t').map(|n| n.trim().to_owned()).collect();
        if !names.iter().any(|name| name == "text") {
            bail!("{}: the first line must name the columns, one of them `text`", file.display());
        }
        let cells = |line: &str| names.iter().cloned().zip(line.split('\t').map(str::to_owned)).collect();
        let place = |at: usize| format!("{}, line {}", file.display(), at + 2);
        let rows = lines.enumerate().filter(|(_, line)| !line.is_empty());
        Ok(Table { rows: rows.map(|(at, line)| Cells { place: place(at), cells: cells(line) }).collect() })
    }
}

impl Cells {
    fn get(&self, name: &str) -> Option<String> {
        self.cells.iter().find(|(known, _)| known == name).map(|(_, cell)| cell.clone())
    }

    fn answer(&self, by: Speaker) -> anyhow::Result<Row> {
        let filled = |name: &str| self.get(name).map(|c| c.trim().to_owned()).filter(|c| !c.is_empty());
        let by = match filled("as") {
            Some(name) => speaker(&name).map_err(|error| anyhow::anyhow!("{}: {error}", self.place))?,
            None => by,
        };
        let on = filled("on").map(|day| day.get(..10).unwrap_or(&day).parse()).transpose();
        let numbers = filled("numbers").unwrap_or_default();
        Ok(Row {
            text: self.get("text").unwrap_or_default().replace("\\n", "\n"),
            by,
            on: on.with_context(|| format!("{}: `on` is no date (2022-09-22)", self.place))?,
            item: filled("item"),
            numbers: numbers.split([',', '、']).filter_map(|n| n.trim().parse().ok()).collect(),
        })
    }
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
