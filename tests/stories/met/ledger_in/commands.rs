//! The same as an administrator does it: on the command line.

use crate::office::Office;
use crate::story::{PEOPLE, UNITS};

use super::unnumbered;

fn office(config: &str) -> Office {
    let office = Office::new();
    office.file("dutybell.toml", &format!("[database]\nurl = \"sqlite:office.db\"\n{config}"));
    office.file("units.csv", UNITS);
    office.file("people.csv", PEOPLE);
    office
}

#[test]
fn days_of_a_place_named_like_the_countrys_calendar_are_added_to_it() {
    let days = |days: &[(&str, &str)]| {
        let events: String = days
            .iter()
            .map(|(name, day)| format!("BEGIN:VEVENT\r\nSUMMARY:{name}\r\nDTSTART;VALUE=DATE:{day}\r\nEND:VEVENT\r\n"))
            .collect();
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n")
    };
    let read = |office: &Office, text: &str, on: &str| office.run(&["explain", "date", text, "--on", on]);
    // 20 April 2026 is a Monday.
    let local = days(&[("三月三", "20260420"), ("三月三", "20260421")]);
    for (file, config) in [
        ("cn.ics", "[office]\ncalendars = [\"cn.ics\"]\n"),
        ("三月三.ics", "[office]\ncalendars = [\"三月三.ics\"]\ncalendar = \"三月三\"\n"),
    ] {
        let office = office(config);
        office.file(file, &local);
        let shown = read(&office, "1个工作日", "2026-04-17");
        assert!(shown.contains("2026-04-22"), "{file}: {shown}");
        let shown = read(&office, "1个工作日", "2026-09-30");
        assert!(shown.contains("2026-10-08"), "{file}: the country's days stay: {shown}");
    }
    // Another country's calendar is its own.
    let office = office("[office]\ncalendars = [\"uk.ics\"]\ncalendar = \"uk\"\n");
    office.file("uk.ics", &days(&[("Christmas Day", "20261225"), ("Boxing Day", "20261228")]));
    let shown = read(&office, "1 working day", "2026-09-30");
    assert!(shown.contains("2026-10-01"), "{shown}");
}

#[test]
fn a_question_is_shown_and_answered_and_a_day_of_inspection_is_said() {
    let office = office("");
    office.run(&["import", "--people", "units.csv", "--people", "people.csv"]);
    let row = |finding| {
        unnumbered(&[("青石镇", "红星花炮厂", "3号工房", finding, "5个工作日", "张三")])
            .replace("李梅,赵敏", "李四,赵六")
    };
    office.file("ledger.csv", &row("防静电接地失校"));
    office.run(&["import", "ledger.csv"]);
    office.file("ledger.csv", &row("防静电接地失效"));
    let shown = office.run(&["import", "ledger.csv", "--dry-run", "--lang", "zh-CN"]);
    assert!(shown.contains("是同一项吗") && shown.contains("--same 2="), "{shown}");
    let english = office.run(&["import", "ledger.csv", "--dry-run", "--lang", "en"]);
    assert!(english.contains("is it the same as") && english.contains("--same 2=new"), "{english}");
    let code = english.split("is it the same as ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a code");
    let done = office.run(&["import", "ledger.csv", "--same", &format!("2={code}"), "--lang", "en"]);
    assert!(done.contains("1 changed") && done.contains("0 added"), "{done}");
    let wrong = office.command().args(["import", "ledger.csv", "--same", "2"]).output().expect("runs");
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("5=new"), "{wrong:?}");
    // A ledger that does not say when.
    let text = row("消火栓无水").replace("序号,检查时间,", "序号,").replace("1,2026-11-27,", "1,");
    office.file("other.csv", &text);
    let shown = office.run(&["import", "other.csv", "--on", "2026-11-02", "--dry-run", "--lang", "en"]);
    assert!(shown.contains("2026-11-02 was taken") && shown.contains("0 drafts"), "{shown}");
}
