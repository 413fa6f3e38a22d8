//! Where a rule may live: which folder of `src` may know which. The compiler keeps the members of the workspace apart;
//! what remains is read from their manifests and imports here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A folder (or file) of `src`, and what it may use besides itself.
const LAYERS: [(&str, &[&str]); 10] = [
    ("render", &["channel", "core"]),
    ("assistant", &["clock", "core", "net"]),
    ("synth", &["core"]),
    ("gateway", &["assistant", "channel", "clock", "core", "files", "ledger", "mutants", "net", "render", "store"]),
    ("app", &["channel", "clock", "core", "files", "gateway", "ledger", "render", "store"]),
    ("config", &["assistant", "channel", "clock", "core", "files", "gateway", "ledger", "net"]),
    ("web", &["app", "channel", "clock", "core", "render"]),
    ("demo", &["app", "channel", "clock", "core", "gateway", "ledger", "render", "store", "web"]),
    (
        "cli",
        &[
            "app",
            "assistant",
            "channel",
            "clock",
            "config",
            "core",
            "demo",
            "files",
            "net",
            "render",
            "synth",
            "system",
            "web",
        ],
    ),
    ("main", &["cli"]),
];

/// Files that use more than their folder may, and what: the office is put together from its parts in one of them, and
/// the other speaks with a platform while no office serves.
const EXCEPTIONS: [(&str, &[&str]); 2] =
    [("cli/office.rs", &["gateway", "store"]), ("cli/channel.rs", &["gateway", "store"])];

/// What web and cli may ask of the handle itself, besides passing it on: what time it is, and what it was made of.
const ASKED: [&str; 6] = ["channel", "channels", "clone", "directory", "now", "world"];

/// Members of the workspace, and those of their kind that they may depend on.
const MEMBERS: [(&str, &[&str]); 5] = [
    ("core", &[]),
    ("system", &[]),
    ("ledger", &["core"]),
    ("channel", &["core", "system"]),
    ("store", &["core", "system"]),
];

fn sources(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if below.is_file() {
        found.push(below.to_owned());
    }
    for entry in std::fs::read_dir(below).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a text names of `crate::`, one step deep.
fn named(text: &str) -> BTreeSet<String> {
    let word = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1).map(word).collect::<Vec<_>>())
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn a_folder_knows_only_what_lies_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let rooms: BTreeSet<&str> = LAYERS.iter().map(|(room, _)| *room).chain(MEMBERS.iter().map(|(m, _)| *m)).collect();
    let mut wrong = Vec::new();
    for (room, below) in LAYERS {
        let files =
            [src.join(room), src.join(format!("{room}.rs"))].iter().flat_map(|p| sources(p)).collect::<Vec<_>>();
        assert!(!files.is_empty(), "src/{room} is gone: take it out of the list");
        for file in files {
            for name in named(&read(&file)) {
                let known =
                    rooms.contains(name.as_str()) || ["clock", "files", "net", "mutants"].contains(&name.as_str());
                if known && name != room && !below.contains(&name.as_str()) && !excepted(&src, &file, &name) {
                    wrong.push(format!("{} uses crate::{name}", file.display()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Whether a file may use a folder that its own may not.
fn excepted(src: &Path, file: &Path, name: &str) -> bool {
    EXCEPTIONS.iter().any(|(at, more)| file == src.join(at) && more.contains(&name))
}

/// A command parses and prints, a handler proves who calls and renders; what happens in between is one function of
/// `app`, which a console calls as well.
#[test]
fn commands_and_pages_do_nothing_by_themselves() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in ["cli", "web"].iter().flat_map(|room| sources(&src.join(room))) {
        if EXCEPTIONS.iter().any(|(at, _)| file == src.join(at)) {
            continue;
        }
        // A call may be broken over several lines.
        let text: String = read(&file).split_whitespace().collect();
        let word = |rest: &str| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>();
        let calls = text.split("gateway.").skip(1).map(|rest| (word(rest), rest));
        let more = calls.filter(|(called, rest)| {
            let through = ["store", "bell", "pulse"].contains(&called.as_str());
            through || (rest[called.len()..].starts_with('(') && !ASKED.contains(&called.as_str()))
        });
        wrong.extend(more.map(|(called, _)| format!("{}: gateway.{called}", file.display())));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_member_depends_only_on_what_lies_below_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (member, below) in MEMBERS {
        let manifest = read(&src.join(member).join("Cargo.toml"));
        let depends: Vec<&str> = manifest
            .lines()
            .filter_map(|line| line.strip_prefix("dutybell-")?.split('.').next())
            .filter(|name| *name != member)
            .collect();
        assert_eq!(depends, below, "src/{member}/Cargo.toml");
    }
}

#[test]
fn the_core_neither_waits_nor_reads_nor_asks_what_time_it_is() {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core");
    let manifest = read(&core.join("Cargo.toml"));
    for outside in ["tokio", "sqlx", "reqwest", "async-trait", "tracing"] {
        assert!(!manifest.contains(&format!("{outside}.workspace")), "the core needs no {outside}");
    }
    for file in sources(&core).iter().filter(|f| f.file_name().is_some_and(|n| n != "build.rs")) {
        let text = read(file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in ["std::fs", "std::net", "std::env::", "async fn", ".await"] {
            assert!(!code.contains(word), "{} has {word}", file.display());
        }
    }
}

#[test]
fn time_is_read_and_waited_for_in_one_place() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for file in sources(&src).iter().filter(|f| !f.ends_with("system/clock.rs")) {
        let text = read(file);
        for word in [
            "Utc::now",
            "Local::now",
            "SystemTime::now",
            "Instant::now",
            "time::sleep",
            "time::timeout",
            "time::interval",
        ] {
            assert!(!text.contains(word), "{} has {word}", file.display());
        }
    }
}

/// That the registry and the core name the same ones, and that there is a guide, is looked at in `channel/registry.rs`; that
/// every dialect is written, by the compiler.
#[test]
fn every_channel_has_its_folder_its_page_its_section_and_its_contract() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = read(&root.join("dutybell.example.toml"));
    let contract = read(&root.join("tests/platforms/contract.rs"));
    for channel in dutybell::channel::registry::REGISTRY {
        let name = channel.name;
        assert!(root.join("src/channel").join(name).join("section.rs").is_file(), "src/channel/{name} is missing");
        assert!(example.contains(&format!("[{name}]")), "dutybell.example.toml says nothing of [{name}]");
        let page = root.join(format!("docs/channels/{}.md", name.replace('_', "-")));
        assert!(name == "desk" || page.is_file(), "{} is missing", page.display());
        // No platform is behind the built-in page; a short message is cut where the contract wants the whole.
        let contracted = contract.contains(&format!("channel!({name},"));
        assert!(contracted || ["desk", "sms"].contains(&name), "tests/platforms/contract.rs does not run {name}");
    }
}

/// Who names a channel beside its folder would have to be found when the next one is added.
#[test]
fn what_a_channel_needs_to_be_used_stands_in_its_folder() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for part in ["config.rs", "config/load.rs", "cli/channel.rs", "cli/doctor.rs", "cli/serve.rs"] {
        let text = read(&src.join(part));
        for channel in dutybell::channel::registry::REGISTRY.iter().filter(|c| c.name != "desk") {
            let name = channel.name;
            for spelt in [format!("\"{name}\""), format!("channel::{name}::")] {
                assert!(!text.contains(&spelt), "src/{part} knows {name}");
            }
        }
    }
}

#[test]
fn only_the_store_speaks_sql() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for file in sources(&src).iter().filter(|f| !f.starts_with(src.join("store"))) {
        // A ledger may lie in a foreign database: its query is the office's.
        if read(file).contains("sqlx::query") && !file.starts_with(src.join("gateway/source")) {
            wrong.push(file.display().to_string());
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn an_event_is_applied_where_changes_are_stored_and_nowhere_else() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let imports = |text: &str| {
        let uses = text.split("transition::").skip(1);
        uses.filter_map(|rest| rest.split(';').next())
            .any(|names| names.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|name| name == "apply"))
    };
    let found: BTreeSet<String> = sources(&src)
        .iter()
        .filter(|file| !file.starts_with(src.join("core")) && imports(&read(file)))
        .map(|file| file.strip_prefix(&src).expect("below it").display().to_string())
        .collect();
    let allowed = ["gateway/act.rs", "gateway/import/rows.rs"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(allowed), "whoever changes an item goes through gateway/act.rs");
}
