//! `dutybell import`: what changes in a ledger file, shown and applied.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{office, say, say_json, table};
use crate::config::Loaded;
use crate::core::org::Locale;
use crate::gateway::import::{ImportedItem, annotated};
use crate::gateway::{Gateway, ImportOptions, ImportReport, read_files};
use crate::ledger::{Learned, Problem, Severity, SheetReport};

/// Problems, and lines of items, that a terminal is given; a table of a hundred thousand helps nobody.
const SHOWN: usize = 200;

/// Options of an import.
#[derive(clap::Args)]
pub(super) struct Args {
    /// Ledger (.xlsx or .csv); may be left out to import people and units only
    ledger: Option<PathBuf>,
    /// People and units (.xlsx or .csv), read before the ledger; may be given several times
    #[arg(long, value_name = "FILE")]
    people: Vec<PathBuf>,
    /// Name of the ledger: the same one each time [default: the file's name without its ending]
    #[arg(long)]
    source: Option<String>,
    /// What a column of yours means, such as "整改时间点=due", or "=own" to keep it as it is; remembered for this
    /// source; may be given several times
    #[arg(long = "map", value_name = "COLUMN=MEANING")]
    maps: Vec<String>,
    /// Show what would change, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// Write a copy of the workbook in which every cell that needs a person is coloured, with the reason as a note
    #[arg(long, value_name = "FILE")]
    annotate: Option<PathBuf>,
    /// Language of the report: zh-CN, zh-Hant or en [default: the system's]
    #[arg(long, value_name = "LANG")]
    lang: Option<String>,
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<()> {
    let office = office::open(&loaded).await?;
    let mut files = args.people.clone();
    files.extend(args.ledger.clone());
    if files.is_empty() {
        anyhow::bail!("nothing to import: name a ledger, or people with --people");
    }
    if let Some(copy) = &args.annotate {
        if copy.exists() {
            anyhow::bail!("--annotate: {} is there already and is kept as it is; name another file", copy.display());
        }
        if copy.extension().is_none_or(|e| !e.eq_ignore_ascii_case("xlsx")) {
            anyhow::bail!(
                "--annotate: the copy is an Excel workbook; name it {}.xlsx",
                copy.with_extension("").display()
            );
        }
    }
    // A ledger under a new name that is on record under another one is rarely meant.
    let no_repeat = args.source.is_none() && !args.dry_run;
    let source = args.source.or(args.ledger.as_deref().map(source_of)).unwrap_or_else(|| "people".to_owned());
    let learned = learned(&office.gateway, &source, &args.maps).await?;
    let workbook = read_files(&office.gateway, &files, &learned).map_err(anyhow::Error::msg)?;
    for map in &args.maps {
        let header = map.rsplit_once('=').map_or(map.as_str(), |(header, _)| header);
        if !workbook.columns.iter().any(|c| c.header == header) {
            anyhow::bail!(
                "--map {map}: no column that is not known is called {header:?}; there are {}",
                list(workbook.columns.iter().filter(|c| !c.learned).map(|c| c.header.as_str()))
            );
        }
    }
    let options = ImportOptions { dry_run: args.dry_run, no_repeat };
    let report = office.gateway.import(&source, &workbook, options).await?;
    if let Some(twins) = report.repeats_another_ledger().filter(|_| no_repeat) {
        anyhow::bail!(
            "{twins} of {} rows are on record from another ledger, and would all be there twice. If this is that ledger, \
             say --source and its name (dutybell export --list has the names); if it is another one: --source {source}",
            report.added.len()
        );
    }
    office.gateway.store.close().await;
    let locale = language(args.lang.as_deref());
    if let Some(path) = &args.annotate {
        match annotated(&workbook, &report.problems, locale)? {
            Some(bytes) => {
                std::fs::write(path, bytes).with_context(|| format!("{} cannot be written", path.display()))?
            }
            None => anyhow::bail!("--annotate: no ledger was read"),
        }
        eprintln!("dutybell: the copy with notes: {}", path.display());
    }
    if args.json { say_json(&report) } else { show(&report, locale) }
}

/// Names one after the other; "none" for none.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// The language named, else that of the terminal, as POSIX orders the variables; English where none is set.
pub(super) fn language(named: Option<&str>) -> Locale {
    if let Some(tag) = named {
        return Locale::from_tag(tag);
    }
    let set =
        ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|v| std::env::var(v).ok()).find(|v| !v.is_empty());
    let tag = set.unwrap_or_default();
    let tag = tag.split(['.', '@']).next().unwrap_or_default().replace('_', "-");
    if tag.is_empty() { Locale::En } else { Locale::from_tag(&tag) }
}

/// The source that a file is unless it is called otherwise.
pub(super) fn source_of(file: &Path) -> String {
    file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What is known about a source's columns, with what is said now.
pub(super) async fn learned(gateway: &Gateway, source: &str, maps: &[String]) -> anyhow::Result<Learned> {
    let mut columns = gateway.store.learnt_columns(source).await?;
    for map in maps {
        let Some((header, meaning)) = map.rsplit_once('=') else {
            anyhow::bail!("--map {map}: write the column's name, =, and what it means, such as \"整改时间点=due\"");
        };
        columns.insert(header.to_owned(), meaning.to_owned());
    }
    Learned::new(columns.iter().map(|(h, m)| (h.as_str(), m.as_str()))).map_err(anyhow::Error::msg)
}

/// The report for a person.
pub(super) fn show(report: &ImportReport, locale: Locale) -> anyhow::Result<()> {
    let sheets: Vec<&SheetReport> = report.sheets.iter().collect();
    if sheets.len() > 1 || sheets.iter().any(|s| s.hidden_rows + s.notes + s.pictures > 0) {
        let rows = sheets.iter().map(|s| {
            let beside = [(s.hidden_rows, "hidden rows"), (s.notes, "notes"), (s.pictures, "pictures, not read")];
            let beside: Vec<String> =
                beside.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
            let header = s.header_row.map(|n| n.to_string()).unwrap_or_default();
            let kind = word(&s.kind);
            vec![s.name.clone(), kind, header, s.rows.to_string(), s.skipped.to_string(), beside.join(", ")]
        });
        say(table(&["sheet", "holds", "header row", "rows", "left out", "also there"], rows))?;
    }
    for line in &report.skipped {
        say(format!("left out: {line}"))?;
    }
    let problems: Vec<&Problem> = report.problems.iter().filter(|p| p.severity >= Severity::Warning).collect();
    if !problems.is_empty() {
        let shown = problems.iter().take(SHOWN);
        let rows = shown.map(|p| vec![p.place.to_string(), word(&p.severity), p.value.clone(), p.in_words(locale)]);
        say(table(&["where", "weight", "found", "problem and what to do"], rows))?;
        if problems.len() > SHOWN {
            say(format!("… and {} more; --annotate and --json give all of them", problems.len() - SHOWN))?;
        }
    }
    for column in &report.columns {
        match (column.learned, column.key) {
            (true, Some(key)) => say(format!("column {}: read as {}, as you said", column.header, key.word()))?,
            (true, None) => {}
            (false, _) => {
                let header = &column.header;
                let like =
                    column.resembles.map(|k| format!("; if it is {}: --map \"{header}={}\"", k.canonical(), k.word()));
                say(format!("column {header} is not known and kept as your own{}", like.unwrap_or_default()))?;
            }
        }
    }
    let items = |list: &[ImportedItem], what: &str| -> Vec<Vec<String>> {
        list.iter()
            .map(|i| {
                let fields: Vec<String> = i.fields.iter().map(|(k, a, b)| format!("{k}: {a} → {b}")).collect();
                vec![what.to_owned(), i.code.clone(), i.key.clone(), i.title.clone(), fields.join("; ")]
            })
            .collect()
    };
    let drafts: HashSet<&str> = report.drafts.iter().map(|d| d.key.as_str()).collect();
    let (draft, issued): (Vec<_>, Vec<_>) = report.added.iter().cloned().partition(|i| drafts.contains(i.key.as_str()));
    let mut rows = items(&issued, "added");
    rows.extend(items(&draft, "draft"));
    rows.extend(items(&report.changed, "changed"));
    rows.extend(items(&report.held, "not taken over"));
    let hidden = rows.len().saturating_sub(SHOWN);
    rows.truncate(SHOWN);
    if !rows.is_empty() {
        say(table(&["", "code", "key", "title", "fields"], rows))?;
    }
    if hidden > 0 {
        say(format!("… and {hidden} more; --json gives all of them"))?;
    }
    for key in &report.missing {
        say(format!("missing from the file, left as it is: {key}"))?;
    }
    say(format!(
        "{}{} added, {} changed,{} {} unchanged, {} drafts, {} missing from the file, {} suspected duplicates, {} refused; {} people and {} units changed",
        if report.dry_run { "dry run, nothing was changed: " } else { "" },
        report.added.len(),
        report.changed.len(),
        if report.held.is_empty() { String::new() } else { format!(" {} not taken over,", report.held.len()) },
        report.unchanged,
        report.drafts.len(),
        report.missing.len(),
        report.problems.iter().filter(|p| p.key() == "possible-duplicate").count(),
        report.refused,
        report.people_changed,
        report.units_changed
    ))?;
    if report.drafts.is_empty() {
        return Ok(());
    }
    Ok(say("nobody hears of a draft: complete it in the file and import again")?)
}

/// The word that JSON has for a value without parts.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
