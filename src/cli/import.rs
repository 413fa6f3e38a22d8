//! `dutybell import`: what changes in a ledger file, shown and applied.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::Context;
use chrono::NaiveDate;

use super::{office, say, say_json, table};
use crate::app;
use crate::app::import::{
    Change, Complete, Import, ImportReport, ImportedItem, Problem, RegisterChange, Same, Severity, SheetReport,
    Subject, import,
};
use crate::config::Loaded;
use crate::core::org::Locale;
use crate::core::words::Say;

/// Problems, and lines of items, that a terminal is given; a table of a hundred thousand helps nobody.
const SHOWN: usize = 200;

/// Units that are named of those that were added.
const NAMED: usize = 30;

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
    /// What a column of yours means, such as "fix by=due", or "=own" to keep it as it is; remembered for this
    /// source; may be given several times
    #[arg(long = "map", value_name = "COLUMN=MEANING")]
    maps: Vec<String>,
    /// The people file lists everybody: who is missing from it leaves; --dry-run shows every ending first
    #[arg(long)]
    whole: bool,
    /// With --whole: it lists everybody of this unit and the units below it (name or path)
    #[arg(long, value_name = "UNIT", requires = "whole")]
    unit: Option<String>,
    /// Day of the inspection, such as 2026-11-27, for a ledger without such a column [default: the file's own day]
    #[arg(long, value_name = "DATE")]
    on: Option<NaiveDate>,
    /// A row that is asked about is this item, such as 5=F3K2 or List!5=F3K2, or a new one, 5=new; may be given several
    /// times
    #[arg(long = "same", value_name = "ROW=ITEM")]
    same: Vec<Same>,
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
    if args.people.is_empty() && args.ledger.is_none() {
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
    let locale = language(args.lang.as_deref());
    let wanted = Import {
        people: args.people,
        ledger: args.ledger,
        source: args.source,
        maps: args.maps,
        complete: match (args.unit, args.whole) {
            (Some(unit), _) => Complete::Unit(unit),
            (None, true) => Complete::Everybody,
            (None, false) => Complete::Nobody,
        },
        on: args.on,
        same: args.same,
        dry_run: args.dry_run,
        annotate: args.annotate.is_some(),
        locale,
    };
    let done = import(&office.gateway, wanted).await;
    app::close(&office.gateway).await;
    let done = done?;
    let phrases = &*office.gateway.phrases;
    if let (Some(path), Some(bytes)) = (&args.annotate, &done.annotated) {
        crate::files::put_private(path, bytes).with_context(|| format!("{} cannot be written", path.display()))?;
        eprintln!("dutybell: {}", phrases.say(locale, "import_copy", &[("file", path.display().to_string())]));
    }
    if args.json { say_json(&done.report) } else { show(&done.report, phrases, locale) }
}

/// The language named, else that of the terminal, as POSIX orders the variables; English where none is set.
pub(in crate::cli) fn language(named: Option<&str>) -> Locale {
    if let Some(tag) = named {
        return Locale::from_tag(tag);
    }
    let set =
        ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|v| std::env::var(v).ok()).find(|v| !v.is_empty());
    let tag = set.unwrap_or_default();
    let tag = tag.split(['.', '@']).next().unwrap_or_default().replace('_', "-");
    if tag.is_empty() { Locale::En } else { Locale::from_tag(&tag) }
}

/// The report for a person.
pub(super) fn show(report: &ImportReport, phrases: &dyn Say, locale: Locale) -> anyhow::Result<()> {
    let with = |key: &str, args: &[(&str, String)]| phrases.say(locale, key, args);
    let just = |key: &str| with(key, &[]);
    let head = |keys: &[&str]| keys.iter().map(|key| just(key)).collect::<Vec<_>>();
    let sheets: Vec<&SheetReport> = report.sheets.iter().collect();
    if sheets.len() > 1 || sheets.iter().any(|s| s.hidden_rows + s.notes + s.pictures > 0) {
        let rows = sheets.iter().map(|s| {
            let beside =
                [(s.hidden_rows, "import_hidden_rows"), (s.notes, "import_notes"), (s.pictures, "import_pictures")];
            let beside = beside.iter().filter(|(n, _)| *n > 0).map(|(n, what)| with(what, &[("n", n.to_string())]));
            let beside: Vec<String> = beside.collect();
            let header = s.header_row.map(|n| n.to_string()).unwrap_or_default();
            let kind = just(&format!("import_kind_{}", word(&s.kind)));
            vec![s.name.clone(), kind, header, s.rows.to_string(), s.skipped.to_string(), beside.join(", ")]
        });
        let names =
            ["import_sheet", "import_holds", "import_header_row", "import_rows", "import_left_out", "import_beside"];
        say(table(&head(&names), rows))?;
    }
    for line in &report.skipped {
        say(with("import_line_left_out", &[("line", line.in_words(locale))]))?;
    }
    let problems: Vec<&Problem> = report.problems.iter().filter(|p| p.severity >= Severity::Warning).collect();
    if !problems.is_empty() {
        let rows = problems.iter().take(SHOWN).map(|p| {
            let weight = just(&format!("import_weight_{}", word(&p.severity)));
            vec![p.place.in_words(locale), weight, p.value.clone(), p.in_words(locale)]
        });
        say(table(&head(&["import_where", "import_weight", "import_found", "import_problem"]), rows))?;
        if problems.len() > SHOWN {
            say(with("import_more_problems", &[("n", (problems.len() - SHOWN).to_string())]))?;
        }
    }
    for column in &report.columns {
        let header = column.header.clone();
        match (column.learned, column.key) {
            (true, Some(key)) => {
                let meaning = key.name(locale).to_owned();
                say(with("import_column_said", &[("column", header), ("meaning", meaning)]))?;
            }
            (true, None) => {}
            (false, _) => {
                let (name, word) = column.resembles.map(|k| (k.name(locale).to_owned(), k.word())).unwrap_or_default();
                say(with("import_column_unknown", &[("column", header), ("name", name), ("word", word)]))?;
            }
        }
    }
    show_register(report, phrases, locale)?;
    let drafts: HashSet<&str> = report.drafts.iter().map(|d| d.code.as_str()).collect();
    let (draft, issued): (Vec<_>, Vec<_>) = report.added.iter().partition(|i| drafts.contains(i.code.as_str()));
    let lists: [(Vec<&ImportedItem>, &str); 5] = [
        (issued, "import_added"),
        (draft, "import_draft"),
        (report.changed.iter().collect(), "import_changed"),
        (report.held.iter().collect(), "import_held"),
        (report.missing.iter().collect(), "import_missing"),
    ];
    let all: usize = lists.iter().map(|(items, _)| items.len()).sum();
    let rows = lists.into_iter().flat_map(|(items, what)| items.into_iter().map(move |i| (i, what))).take(SHOWN);
    let rows = rows.map(|(i, what)| {
        let fields: Vec<String> = i.fields.iter().map(|(k, a, b)| format!("{k}: {a} → {b}")).collect();
        vec![just(what), i.code.clone(), i.key.clone(), i.title.clone(), fields.join("; ")]
    });
    if all > 0 {
        let names = ["import_what", "import_code", "import_key", "import_title", "import_fields"];
        say(table(&head(&names), rows))?;
    }
    if all > SHOWN {
        say(with("import_more_items", &[("n", (all - SHOWN).to_string())]))?;
    }
    if !report.units_added.is_empty() {
        let names = report.units_added.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("、");
        let more = report.units_added.len().saturating_sub(NAMED);
        let more = if more > 0 { more.to_string() } else { String::new() };
        say(with("import_new_units", &[("names", names), ("more", more)]))?;
    }
    say(report.summary(phrases, locale))?;
    if report.drafts.is_empty() {
        return Ok(());
    }
    Ok(say(just("import_drafts_wait"))?)
}

/// People and units, old → new, by name and field; and who is not in the file.
fn show_register(report: &ImportReport, phrases: &dyn Say, locale: Locale) -> anyhow::Result<()> {
    let with = |key: &str, args: &[(&str, String)]| phrases.say(locale, key, args);
    let just = |key: &str| with(key, &[]);
    let head = |keys: &[&str]| keys.iter().map(|key| just(key)).collect::<Vec<_>>();
    let change = |c: &RegisterChange| match (c.subject, c.change) {
        (Subject::Unit, Change::Added) => just("register_unit_added"),
        (Subject::Unit, _) => just("register_unit_changed"),
        (Subject::Person, Change::Added) => just("register_person_added"),
        (Subject::Person, Change::Changed) => just("register_person_changed"),
        (Subject::Person, Change::Renamed) => just("register_person_renamed"),
        (Subject::Person, Change::Left) => just("register_person_left"),
    };
    let field = |(name, before, after): &(String, String, String)| {
        let word = |value: &String| match (name.as_str(), value.as_str()) {
            ("administrator", "yes") => just("button_yes"),
            _ => value.clone(),
        };
        let (before, after) = (&word(before), &word(after));
        let known = [
            "name",
            "english",
            "phone",
            "language",
            "zone",
            "quiet",
            "order",
            "mail",
            "sms",
            "administrator",
            "parent",
            "level",
            "calendar",
            "role",
            "post",
        ];
        let key = if name == "role" { "post" } else { name };
        let shown = if known.contains(&key) { just(&format!("register_field_{key}")) } else { key.to_owned() };
        match (name.as_str(), before.is_empty(), after.is_empty()) {
            ("post", _, true) => with("register_post_ends", &[("post", before.clone())]),
            ("post", true, _) => with("register_post_begins", &[("post", after.clone())]),
            (_, true, _) => format!("{shown}: {after}"),
            (_, _, true) => format!("{shown}: {before} → {}", just("register_nothing")),
            _ => format!("{shown}: {before} → {after}"),
        }
    };
    let place = |c: &RegisterChange| c.place.as_ref().map_or(String::new(), |p| p.in_words(locale));
    let rows =
        report.register.iter().take(SHOWN).map(|c| {
            vec![change(c), c.name.clone(), c.fields.iter().map(field).collect::<Vec<_>>().join("\n"), place(c)]
        });
    if !report.register.is_empty() {
        let names = ["import_what", "register_name", "import_fields", "import_where"];
        say(table(&head(&names), rows))?;
    }
    if report.register.len() > SHOWN {
        say(with("import_more_items", &[("n", (report.register.len() - SHOWN).to_string())]))?;
    }
    if !report.absent.is_empty() {
        let names = report.absent.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("、");
        let more = report.absent.len().saturating_sub(NAMED);
        let more = if more > 0 { more.to_string() } else { String::new() };
        say(with("register_absent", &[("names", names), ("more", more), ("n", report.absent.len().to_string())]))?;
    }
    Ok(())
}

/// The word that JSON has for a value without parts.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
