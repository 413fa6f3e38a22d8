//! An office that works in English reads no Chinese, whatever it asks.

use std::collections::BTreeSet;

use crate::office::Office;

const UNITS: &str = "name,parent,level,calendar,phone
Northport Works,,enterprise,,555-0100
Paint shop,Northport Works,enterprise,,555-0101
";
const PEOPLE: &str = "name,unit,post,role,phone,language,time zone,desk,email,channels
Ann Lee,Northport Works,plant manager,leader,555-0111,en,America/New_York,ann,ann@northport.example,desk
Bob Hall,Northport Works,safety officer,safety_office,555-0112,en,America/New_York,bob,bob@northport.example,desk
Cy Ross,Northport Works,administrator,administrator,555-0113,en,America/New_York,cy,cy@northport.example,desk
Dee Fox,Northport Works/Paint shop,foreman,head,555-0114,en,America/New_York,dee,dee@northport.example,desk
";
const LEDGER: &str = "ID,Found on,Unit,Location,Description,Severity,Due date,Responsible,Verifier,Assigner,Status
N1,2026-11-02,Paint shop,Booth 2,Guard of the fan is missing,general,2026-12-18,Dee Fox,Bob Hall,Ann Lee,
N2,2026-11-02,Paint shop,Booth 3,Ground wire is loose,major,2026-11-20,Dee Fox,Bob Hall,Ann Lee,
";

/// Commands that only read, as an office runs them. CODE stands for an item's.
const READS: [&[&str]; 25] = [
    &["status"],
    &["doctor"],
    &["preview"],
    &["clock"],
    &["config", "check"],
    &["people", "list"],
    &["people", "unlinked"],
    &["people", "absence", "list"],
    &["channel", "list"],
    &["item", "list"],
    &["item", "show", "CODE"],
    &["pause", "list"],
    &["deliveries", "--on", "today"],
    &["source", "list"],
    &["explain", "reply", "extend 3 days, reason: part is late"],
    &["explain", "date", "within 5 working days", "--on", "2026-11-02"],
    &["audit", "verify"],
    &["audit", "head"],
    &["audit", "export", "--item", "CODE", "--html"],
    &["import", "ledger.csv", "--dry-run"],
    &["import", "bad.csv", "--dry-run"],
    &["import", "odd.csv", "--dry-run"],
    &["export", "--list"],
    &["export", "--source", "office", "--format", "csv", "--out", "office.csv", "--force"],
    &["export", "--source", "office", "--out", "office.xlsx", "--force"],
];

/// The others: they change something, need a service or a file of another kind, or write one.
const OTHERS: [&str; 31] = [
    "demo",
    "serve",
    "people link",
    "people unlink",
    "people export",
    "people merge",
    "people split",
    "people rename",
    "people post end",
    "people absence add",
    "people absence end",
    "people handover",
    "people offboard",
    "channel add",
    "channel test",
    "item add",
    "item assign",
    "item due",
    "item verify",
    "item void",
    "item reopen",
    "item close",
    "item issue",
    "pause end",
    "resend",
    "rehearse",
    "source run",
    "explain weights",
    "init",
    "template",
    "synth",
];
/// Commands of whole databases.
const OF_DATABASES: [&str; 3] = ["backup", "restore", "migrate-store"];

fn english(policy: bool) -> Office {
    let mut office = Office::new();
    office.environment = vec![("LANG", "en_US.UTF-8".to_owned()), ("LC_ALL", String::new())];
    if policy {
        office.file("dutybell.toml", "[office]\npolicy = \"osha-abatement\"\n");
    }
    office.file("units.csv", UNITS);
    office.file("people.csv", PEOPLE);
    office.file("ledger.csv", LEDGER);
    office.file("odd.csv", "one,two\n1,2\n");
    office.file("bad.csv", &format!("{LEDGER}N3,someday,,Booth 4,,general,the 40th of May,Nobody Known,,,\n"));
    office
}

fn han(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.chars().any(|c| ('\u{3400}'..='\u{9fff}').contains(&c))).collect()
}

/// Everything a command says.
fn said(office: &Office, arguments: &[&str]) -> String {
    let output = office.command().args(arguments).output().expect("runs");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The commands below a path, as the program's own help lists them.
fn walk(office: &Office, path: &[String], leaves: &mut BTreeSet<String>, helps: &mut Vec<(String, String)>) {
    let mut arguments: Vec<&str> = path.iter().map(String::as_str).collect();
    arguments.push("--help");
    let help = said(office, &arguments);
    let listed = help.lines().skip_while(|l| *l != "Commands:").skip(1).take_while(|l| !l.is_empty());
    let below: Vec<String> = listed
        .filter(|l| l.starts_with("  ") && !l.starts_with("   "))
        .filter_map(|l| l.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect();
    if below.is_empty() || path == ["pause"] {
        leaves.insert(path.join(" "));
    }
    helps.push((path.join(" "), help));
    for name in below {
        walk(office, &[path, &[name]].concat(), leaves, helps);
    }
}

#[test]
fn no_command_that_only_reads_says_a_chinese_word_in_an_english_office() {
    let office = english(true);
    let mut seen = vec![
        ("import people".to_owned(), said(&office, &["import", "--people", "units.csv", "--people", "people.csv"])),
        ("import ledger".to_owned(), said(&office, &["import", "ledger.csv"])),
    ];
    let by_hand = ["item", "add", "--unit", "Paint shop", "--title", "Exit is blocked", "--responsible", "Dee Fox"];
    let by_hand = [&by_hand[..], &["--verifier", "Bob Hall", "--due", "2026-12-20", "--severity", "larger"]].concat();
    seen.push(("item add".to_owned(), said(&office, &by_hand)));
    let list = office.run(&["item", "list"]);
    let row = list.lines().find(|l| l.contains("Exit is blocked")).unwrap_or_else(|| panic!("{list} {seen:?}"));
    let code = row.split('|').nth(1).expect("a code").trim().to_owned();
    let close = ["item", "close", &code, "--reason", "moved to training"];
    seen.push(("item close".to_owned(), said(&office, &close)));
    let reopen = ["item", "reopen", &code, "--reason", "not agreed"];
    seen.push(("item reopen".to_owned(), said(&office, &reopen)));
    for arguments in READS {
        let arguments: Vec<&str> = arguments.iter().map(|a| if *a == "CODE" { code.as_str() } else { a }).collect();
        seen.push((arguments.join(" "), said(&office, &arguments)));
    }
    seen.push(("office.csv".to_owned(), std::fs::read_to_string(office.path().join("office.csv")).expect("written")));
    let chinese: Vec<(String, Vec<&str>)> =
        seen.iter().map(|(name, text)| (name.clone(), han(text))).filter(|(_, lines)| !lines.is_empty()).collect();
    assert!(chinese.is_empty(), "{chinese:#?}");
    // What was written is read again, and is no change.
    let again = office.run(&["import", "office.csv", "--source", "office", "--dry-run"]);
    assert!(again.contains("0 added, 0 changed"), "{again}");
}

#[test]
fn the_help_of_every_command_is_english_and_every_command_is_known_here() {
    let office = english(false);
    let (mut leaves, mut helps) = (BTreeSet::new(), Vec::new());
    walk(&office, &[], &mut leaves, &mut helps);
    let chinese: Vec<_> = helps.iter().map(|(name, text)| (name, han(text))).filter(|(_, l)| !l.is_empty()).collect();
    assert!(chinese.is_empty(), "{chinese:#?}");
    let words = |a: &&[&str]| -> String {
        let plain = a.iter().take_while(|w| w.chars().all(|c| c.is_ascii_lowercase()));
        plain.copied().collect::<Vec<_>>().join(" ")
    };
    let mut known: BTreeSet<String> = READS.iter().map(words).collect();
    known.extend(OTHERS.iter().chain(&OF_DATABASES).map(|name| (*name).to_owned()));
    known.insert("pause".to_owned());
    let unknown: Vec<&String> = leaves.difference(&known).collect();
    assert!(unknown.is_empty(), "a new command: list it above, and run it where it only reads: {unknown:?}");
}

#[test]
fn the_page_about_an_item_is_in_the_language_that_was_asked_for() {
    let office = english(true);
    office.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
    office.run(&["import", "ledger.csv"]);
    let list = office.run(&["item", "list"]);
    let row = list.lines().find(|l| l.contains("Guard of the fan")).expect("listed");
    let code = row.split('|').nth(1).expect("a code").trim();
    let page = office.run(&["audit", "export", "--item", code, "--html"]);
    assert!(page.contains("What happened") && han(&page).is_empty(), "{page}");
    let page = office.run(&["audit", "export", "--item", code, "--html", "--lang", "zh-CN"]);
    assert!(page.contains("经过") && page.contains("已交办"), "{page}");
}
