//! The administrator looks at the sources and reads one by hand.

use crate::office::Office;
use crate::story::{PEOPLE, UNITS, ledger, row};

const SOURCES: &str = r#"
[[source]]
name = "inbox"
folder = "in"
people = ["units.csv", "people.csv"]
cron = "*/5 * * * *"
zone = "Europe/Berlin"

[[source]]
name = "register"
cron = "0 9 * * *"
sql = { url = "postgres://reader:hidden-word@127.0.0.1:1/safety", query = "SELECT 1", timeout_seconds = 5 }

[[source]]
name = "portal"
cron = "0 9 * * *"
[source.http]
url = "https://127.0.0.1:1/items?key=hidden-word"
token_file = "portal.token"
headers = { X-Key = "hidden-word" }
"#;

fn office() -> Office {
    let office = Office::new();
    std::fs::create_dir(office.path().join("in")).expect("makes it");
    office.file("dutybell.toml", SOURCES);
    office.file("portal.token", "hidden-word\n");
    office.file("units.csv", UNITS);
    office.file("people.csv", PEOPLE);
    office
}

/// An inbox file of a minute ago.
fn arrives(office: &Office, name: &str, content: &str) {
    let path = office.path().join("in").join(name);
    std::fs::write(&path, content).expect("writes");
    let minute_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(60);
    std::fs::File::options().write(true).open(&path).expect("opens").set_modified(minute_ago).expect("sets the date");
}

fn fails(office: &Office, arguments: &[&str]) -> String {
    let output = office.command().args(arguments).output().expect("runs");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn sources_are_listed_tried_read_and_mended() {
    let office = office();
    let list = office.run(&["source", "list"]);
    assert!(list.contains("*/5 * * * * Europe/Berlin") && list.contains("never"), "{list}");
    assert!(list.contains("postgres://127.0.0.1:1/safety") && list.contains("https://127.0.0.1:1/items"), "{list}");
    assert!(fails(&office, &["source", "run", "nobody"]).contains("inbox, register, portal"));
    assert!(office.run(&["source", "run", "inbox"]).contains("nothing to read"));

    let rows: Vec<String> = (1..=10).map(|n| row(&format!("K{n}"), "一般", "2092-09-30", "张三")).collect();
    arrives(&office, "a.csv", &ledger(&rows));
    assert!(office.run(&["source", "run", "inbox", "--dry-run"]).contains("10 added"));
    assert!(office.run(&["source", "run", "inbox", "--dry-run"]).contains("10 added"), "nothing was applied");
    assert!(office.run(&["source", "run", "inbox"]).contains("10 added"));
    arrives(&office, "b.csv", &ledger(&rows[..3]));
    let shrunk = fails(&office, &["source", "run", "inbox"]);
    assert!(shrunk.contains("7 of 10") && shrunk.contains("--accept-shrink"), "{shrunk}");
    let list = office.run(&["source", "list", "--json"]);
    assert!(list.contains("\"rows\": 10") && list.contains("shrunk: 7 of 10"), "{list}");
    let refused = std::fs::read_dir(office.path().join("in/refused")).expect("is there");
    let file = refused.map(|e| e.expect("an entry").path()).find(|p| p.extension().is_some_and(|e| e == "csv"));
    std::fs::rename(file.expect("the file"), office.path().join("in/b.csv")).expect("moves");
    assert!(office.run(&["source", "run", "inbox", "--accept-shrink"]).contains("3 unchanged"));

    let status = office.run(&["status"]);
    assert!(status.contains("source inbox read") && status.contains("3 rows"), "{status}");
    assert!(status.contains("source portal was never read") && !status.contains("PROBLEM"), "{status}");
    for name in ["register", "portal"] {
        let failed = fails(&office, &["source", "run", name]);
        assert!(failed.contains("nothing was changed") && failed.contains("127.0.0.1"), "{failed}");
        assert!(!failed.contains("hidden-word"), "{failed}");
    }
    let status = office.run(&["status"]);
    assert!(status.contains("source register HAS A PROBLEM: failed:"), "{status}");
    let doctor = fails(&office, &["doctor"]);
    assert!(doctor.contains("ok    source: inbox") && doctor.contains("FAIL  source: portal"), "{doctor}");
    assert!(doctor.contains("allow_private") && doctor.contains("warn  source: register: last time"), "{doctor}");
    let shown = office.run(&["config", "check"]);
    assert!(shown.contains("postgres://reader:***@127.0.0.1:1/safety"), "{shown}");
    assert!(shown.contains("https://127.0.0.1:1/items?***"), "{shown}");
    for text in [list, status, doctor, shown] {
        assert!(!text.contains("hidden-word"), "{text}");
    }
}
