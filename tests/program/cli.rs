//! The program as its administrator runs it.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const TOKEN: &str = "700100:AAvery_secret_token";

struct Office {
    folder: TempDir,
}

impl Office {
    fn new() -> Office {
        Office { folder: tempfile::tempdir().expect("a folder") }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dutybell"));
        command.current_dir(self.folder.path()).env_remove("DUTYBELL_CONFIG");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().env("LC_ALL", "C").args(arguments).output().expect("runs")
    }

    /// Standard output of a command that must succeed.
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Standard error of a command that must fail with a code.
    fn fails(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        String::from_utf8(output.stderr).expect("text")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("writes");
    }

    /// Imports the county that the program is shipped with.
    fn imports(&self, more: &[&str]) -> String {
        let pack =
            |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/qingshi").join(name).display().to_string();
        let (units, people, ledger) = (pack("units.csv"), pack("people.csv"), pack("ledger.csv"));
        let mut all = vec!["import", "--people", &units, "--people", &people, &ledger];
        all.extend(more);
        self.says(&all)
    }
}

#[test]
fn the_headless_demo_tells_the_fortnight_and_its_invariants_hold() {
    let told = Office::new().says(&["demo", "--headless"]);
    assert!(told.contains("invariants: all hold"), "{told}");
    assert!(told.contains("== 2022-10-08") && !told.contains("== 2022-10-03"), "silence in the holiday");
    for step in [
        "undo → in_progress",
        "verify_fail → in_progress",
        "block → blocked",
        "request_extension",
        "approve_extension",
        "reject → rejected",
        "reassign → assigned",
        "close → closed",
        "“完成”指哪一项",
    ] {
        assert!(told.contains(step), "no answer of the script led to {step}");
    }
    assert!(told.contains("closed 7, draft 1, reported_done 1"), "{told}");
}

#[test]
fn import_shows_then_applies_then_finds_nothing_new() {
    let office = Office::new();
    let dry = office.imports(&["--dry-run"]);
    assert!(dry.contains("dry run, nothing was changed: 24 added, 0 changed, 0 unchanged, 1 drafts"), "{dry}");
    assert!(office.says(&["status", "--json"]).contains("\"items\": []"));
    office.imports(&[]);
    let again: Value = serde_json::from_str(&office.imports(&["--json"])).expect("JSON");
    assert_eq!(again["unchanged"], 24);
    assert_eq!(again["people_changed"], 0);
    let status: Value = serde_json::from_str(&office.says(&["status", "--json"])).expect("JSON");
    assert_eq!(status["items"][0][0], "assigned");
}

#[test]
fn the_report_of_an_import_is_in_the_readers_language() {
    let office = Office::new();
    let dry = office.imports(&["--dry-run", "--lang", "zh-CN"]);
    for words in ["试导入，未作任何改动：新增 24，变更 0，", "位置", "问题和办法", "第", "草稿不通知任何人"]
    {
        assert!(dry.contains(words), "{words}: {dry}");
    }
    assert!(!dry.contains("added") && !dry.contains(" row "), "{dry}");
    let traditional = office.imports(&["--dry-run", "--lang", "zh-Hant"]);
    assert!(traditional.contains("試匯入，未作任何改動"), "{traditional}");
    office.write("people.csv", "甲,乙\n1,2\n");
    assert!(office.fails(&["import", "people.csv", "--lang", "zh-CN"], 1).contains("找不到表头"));
    let english = office.fails(&["import", "people.csv"], 1);
    assert!(
        english.contains("a list of people a name and a unit"),
        "what a list of people needs is said too: {english}"
    );
}

#[test]
fn status_lists_what_is_open_by_deadline() {
    let office = Office::new();
    office.imports(&[]);
    let listed = office.says(&["status", "--items", "--lang", "zh-CN"]);
    assert_eq!(listed.lines().count(), 2 + 24, "{listed}");
    assert!(listed.contains("已交办") && listed.contains("草稿"), "{listed}");
    let items: Value = serde_json::from_str(&office.says(&["status", "--items", "--json"])).expect("JSON");
    assert_eq!(items.as_array().map(Vec::len), Some(24));
}

#[test]
fn what_is_easily_done_wrong_with_a_ledger_is_stopped() {
    let office = Office::new();
    office.imports(&[]);
    let out = office.folder.path().join("back.xlsx").display().to_string();
    office.says(&["export", "--source", "ledger", "--out", &out]);
    let twice = office.fails(&["import", &out], 1);
    assert!(twice.contains("--source") && twice.contains("twice"), "{twice}");
    assert!(office.says(&["import", &out, "--source", "ledger"]).contains("24 unchanged"));
    let before = std::fs::read(&out).expect("there");
    let over = office.fails(&["import", &out, "--source", "ledger", "--dry-run", "--annotate", &out], 1);
    assert!(over.contains("kept as it is"), "{over}");
    assert_eq!(std::fs::read(&out).expect("there"), before);
    let csv = office.fails(&["import", &out, "--dry-run", "--annotate", "copy.csv"], 1);
    assert!(csv.contains("copy.xlsx"), "{csv}");
    let map = office.fails(&["import", &out, "--source", "ledger", "--map", "整改时间点=due"], 1);
    assert!(map.contains("整改时间点"), "{map}");
    let link = office.fails(&["people", "link", "张三", "--channel", "wecom"], 1);
    assert!(link.contains("not in use"), "{link}");
    assert!(office.says(&["people", "link", "张三"]).contains("desk account"));
}

#[test]
fn a_ledger_that_is_not_there_or_no_ledger_is_named() {
    let office = Office::new();
    let error = office.fails(&["import", "nowhere.csv"], 1);
    assert!(error.contains("nowhere.csv"), "{error}");
    office.write("notes.xlsx", "not a workbook");
    assert!(office.fails(&["import", "notes.xlsx"], 1).contains("notes.xlsx"));
    assert!(office.fails(&["import"], 1).contains("nothing to import"));
}

#[test]
fn preview_tells_the_future_and_changes_nothing() {
    let office = Office::new();
    let pack =
        |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("packs/qingshi").join(name).display().to_string();
    let (units, people, ledger) = (pack("units.csv"), pack("people.csv"), pack("ledger.csv"));
    let arguments = ["preview", "--ledger", &ledger, "--people", &units, "--people", &people, "--from", "2022-09-22"];
    let json = office.says(&[&arguments[..], &["--days", "21", "--json"]].concat());
    let messages: Vec<Value> = serde_json::from_str(&json).expect("JSON");
    let to = |name: &str| messages.iter().filter(|m| m["person"] == name).count();
    assert!(to("张三") > 3 && to("王五") > 0, "the fixer and, after silence, the leader");
    assert!(
        messages.iter().all(|m| !m["at"].as_str().unwrap_or_default().starts_with("2022-10-03")),
        "not in the holiday"
    );
    assert!(
        messages.iter().all(|m| m["why"].as_array().is_some_and(|w| !w.is_empty())),
        "every message has its reasons"
    );
    let table = office.says(&[&arguments[..], &["--days", "3"]].concat());
    assert!(table.contains("nothing was sent") && table.contains("静电接地"), "{table}");
    assert!(!office.folder.path().join("dutybell.db").exists(), "no database was made");

    // What is stored goes on from now, on a copy.
    office.imports(&[]);
    let before = office.says(&["status"]);
    office.says(&["preview", "--days", "5", "--json"]);
    assert_eq!(office.says(&["status"]), before);
}

#[test]
fn people_are_listed_linked_stood_in_for_and_let_go() {
    let office = Office::new();
    office.imports(&[]);
    assert!(office.says(&["people", "list"]).contains("zhangsan@qingshi.example"));
    let telegram = format!("[telegram]\ntoken = \"{TOKEN}\"\nbot_username = \"example_duty_bot\"\n");
    office.write("dutybell.toml", &format!("[office]\nallow_channels = [\"telegram\"]\n{telegram}"));
    let link = office.says(&["people", "link", "张三"]);
    assert!(link.contains("https://t.me/example_duty_bot?start="), "{link}");
    assert!(office.says(&["people", "link", "张三", "--channel", "desk"]).contains("/desk?code="));
    assert!(office.fails(&["people", "link", "无此人"], 1).contains("people list"));
    let leave = office.says(&[
        "people",
        "absence",
        "add",
        "张三",
        "--deputy",
        "何星",
        "--from",
        "2026-10-01",
        "--until",
        "2026-10-07",
    ]);
    assert!(leave.contains("2026-10-01 00:00 to 2026-10-08 00:00"), "{leave}");
    let bad = ["people", "absence", "add", "张三", "--deputy", "何星", "--from", "10月1日", "--until", "2026-10-07"];
    assert!(office.fails(&bad, 1).contains("write 2022-10-01"));
    assert!(office.says(&["people", "unlink", "张三", "--channel", "desk"]).contains("cut"));
    assert!(
        office.says(&["people", "offboard", "李四", "--yes"]).contains("执法大队大队长"),
        "the vacant post is named"
    );
    assert!(!office.says(&["people", "list"]).contains("李四"));
}

#[test]
fn doctor_finds_what_is_wrong_and_says_the_way_out() {
    let office = Office::new();
    let well = office.says(&["doctor"]);
    assert!(well.contains("ok    database") && well.contains("ready to serve"), "{well}");
    office.write("dutybell.toml", "[office]\npolicy = \"mine.toml\"\n");
    let output = office.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("FAIL") && said.contains("cn-worksafety"), "{said}");
    office.write("dutybell.toml", "[desk]\nenabled = false\n");
    assert!(String::from_utf8_lossy(&office.run(&["doctor"]).stdout).contains("nobody would hear anything"));
}

#[test]
fn explain_shows_how_words_are_read() {
    let office = Office::new();
    let reply = office.says(&["explain", "reply", "还没完成"]);
    assert!(reply.starts_with("intent\tin_progress\n"), "{reply}");
    let date = office.says(&["explain", "date", "9月30日前", "--on", "2022-09-22"]);
    assert!(date.contains("kind\tdate") && date.contains("value\t2022-09-30"), "{date}");
    office.write("replies.tsv", "text\tlang\n完成\tzh\nnot done\ten\n");
    assert_eq!(
        office.says(&["explain", "reply", "--tsv", "replies.tsv"]),
        "完成\tdone\t\t\nnot done\tin_progress\t\tprogress=not_done\n"
    );
    office.write("dates.tsv", "note\ttext\nx\t2022.9.30\nx\t立即整改\n");
    let read = office.says(&["explain", "date", "--on", "2022-09-22", "--tsv", "dates.tsv"]);
    assert_eq!(read, "2022.9.30\tdate\t2022-09-30\n立即整改\timmediate\t2022-09-22\n");
    office.write("bad.tsv", "words\n完成\n");
    assert!(office.fails(&["explain", "reply", "--tsv", "bad.tsv"], 1).contains("`text`"));
}

#[test]
fn usage_is_two_failure_is_one_and_a_closed_pipe_is_nothing() {
    let office = Office::new();
    office.fails(&["nonsense"], 2);
    office.fails(&["explain", "date", "x", "--on", "yesterday"], 2);
    office.write("dutybell.toml", "[database]\nurl = \"mysql://x\"\n");
    assert!(office.fails(&["status"], 1).contains("sqlite:"));
    let mut child = Office::new()
        .command()
        .args(["demo", "--headless"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn init_writes_a_configuration_once_and_check_shows_it_without_secrets() {
    let office = Office::new();
    office.says(&["init"]);
    assert!(office.fails(&["init"], 1).contains("kept as it is"));
    office.write("dutybell.toml", &format!("[telegram]\ntoken = \"{TOKEN}\"\n"));
    let shown = office.says(&["config", "check"]);
    assert!(shown.contains("***") && !shown.contains("very_secret"), "{shown}");
}

#[test]
fn an_invented_office_is_written_and_imported() {
    let office = Office::new();
    let told = office.says(&["synth", "--size", "county", "--rows", "20", "--seed", "3"]);
    assert!(told.contains("organisation.xlsx") && told.contains("| 20 "), "{told}");
    let again = office.fails(&["synth", "--size", "county", "--seed", "3"], 1);
    assert!(again.contains("synth-county-3 is not empty"), "{again}");
    office.fails(&["synth", "--size", "county", "--out", "far", "--on", "0001-01-01"], 1);
    let few = office.says(&["synth", "--size", "prefecture", "--rows", "3", "--out", "few"]);
    assert!(few.contains("truth.tsv"), "{few}");
    let folder = office.folder.path().join("synth-county-3");
    let file = |start: &str| {
        let files = std::fs::read_dir(&folder).expect("is there").map(|f| f.expect("reads").file_name());
        let name = files.into_iter().find(|f| f.to_string_lossy().starts_with(start)).expect("is written");
        folder.join(name).display().to_string()
    };
    let told = office.says(&["import", "--people", &file("organisation"), &file("ledger-")]);
    assert!(told.contains("0 refused; 400 people"), "{told}");
}
