//! `dutybell import`: what changes in a ledger file, shown and applied.

use std::path::PathBuf;

use super::{office, say, say_json, table};
use crate::config::Loaded;
use crate::gateway::{FileSource, ImportOptions, ImportReport};

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
    /// Show what would change, change nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(loaded: Loaded, args: Args) -> anyhow::Result<()> {
    let office = office::open(&loaded).await?;
    let mut files = args.people.clone();
    files.extend(args.ledger.clone());
    if files.is_empty() {
        anyhow::bail!("nothing to import: name a ledger, or people with --people");
    }
    let named = args.ledger.as_ref().and_then(|l| l.file_stem()).map(|s| s.to_string_lossy().into_owned());
    let source = args.source.or(named).unwrap_or_else(|| "people".to_owned());
    let (workbook, _) = FileSource::workbook(&office.gateway, &files).map_err(anyhow::Error::msg)?;
    let report = office.gateway.import(&source, &workbook, ImportOptions { dry_run: args.dry_run }).await?;
    office.gateway.store.close().await;
    if args.json { say_json(&report) } else { show(&report) }
}

/// The report for a person.
pub(super) fn show(report: &ImportReport) -> anyhow::Result<()> {
    if !report.problems.is_empty() {
        let rows = report.problems.iter().map(|p| {
            vec![p.place.to_string(), format!("{:?}", p.severity), p.value.clone(), p.reason.clone(), p.hint.clone()]
        });
        say(table(&["where", "weight", "found", "problem", "what to do"], rows))?;
    }
    let items = |list: &[crate::gateway::import::ImportedItem], what: &str| -> Vec<Vec<String>> {
        list.iter()
            .map(|i| {
                let fields: Vec<String> = i.fields.iter().map(|(k, a, b)| format!("{k}: {a} → {b}")).collect();
                vec![what.to_owned(), i.code.clone(), i.key.clone(), i.title.clone(), fields.join("; ")]
            })
            .collect()
    };
    let drafts: Vec<&str> = report.drafts.iter().map(|d| d.key.as_str()).collect();
    let (draft, issued): (Vec<_>, Vec<_>) =
        report.added.iter().cloned().partition(|i| drafts.contains(&i.key.as_str()));
    let mut rows = items(&issued, "added");
    rows.extend(items(&draft, "draft"));
    rows.extend(items(&report.changed, "changed"));
    if !rows.is_empty() {
        say(table(&["", "code", "key", "title", "fields"], rows))?;
    }
    for key in &report.missing {
        say(format!("missing from the file, left as it is: {key}"))?;
    }
    say(format!(
        "{}{} added ({} of them drafts), {} changed, {} unchanged, {} missing from the file, {} refused; {} people and {} units changed",
        if report.dry_run { "dry run, nothing was changed: " } else { "" },
        report.added.len(),
        report.drafts.len(),
        report.changed.len(),
        report.unchanged,
        report.missing.len(),
        report.refused,
        report.people_changed,
        report.units_changed
    ))?;
    if report.drafts.is_empty() {
        return Ok(());
    }
    Ok(say("nobody hears of a draft: complete it in the file and import again")?)
}
