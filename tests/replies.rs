//! What officials write and how it is read: the labelled sample, its siblings, and what must hold for any text.

use chrono::{Datelike, NaiveDate, NaiveDateTime, Weekday};
use dutybell::core::reply::{Context, DayView, Reading, read};
use std::collections::BTreeMap;

/// The autumn of 2022: National Day from the first to the seventh, made up for on the eighth and ninth.
struct Autumn;

fn day(y: i32, m: u32, d: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(y, m, d).unwrap()
}

impl DayView for Autumn {
    fn is_workday(&self, d: NaiveDate) -> bool {
        if d >= day(2022, 10, 1) && d <= day(2022, 10, 7) {
            return false;
        }
        d == day(2022, 10, 8) || d == day(2022, 10, 9) || !matches!(d.weekday(), Weekday::Sat | Weekday::Sun)
    }

    fn holiday(&self, name: &str, from: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        [
            ("国庆", day(2022, 10, 1), day(2022, 10, 7)),
            ("元旦", day(2022, 12, 31), day(2023, 1, 2)),
            ("春节", day(2023, 1, 21), day(2023, 1, 27)),
        ]
        .into_iter()
        .find(|(n, first, _)| *first >= from && n.contains(name))
        .map(|(_, first, last)| (first, last))
    }
}

/// Thursday 22 September 2022, ten in the morning, the item due on the 30th.
fn reading(text: &str) -> Reading {
    read(text, &Context { now: now(), due: Some(day(2022, 9, 30)), days: &Autumn })
}

fn now() -> NaiveDateTime {
    day(2022, 9, 22).and_hms_opt(10, 0, 0).unwrap()
}

struct Row {
    text: String,
    intent: String,
    argument: String,
}

fn rows(file: &str) -> Vec<Row> {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let content = std::fs::read_to_string(&path).unwrap();
    content
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            assert_eq!(cells.len(), 5, "five columns: {line}");
            Row { text: cells[0].replace("\\n", "\n"), intent: cells[1 + 1].into(), argument: cells[3].into() }
        })
        .collect()
}

fn claims(label: &str) -> bool {
    label.split('|').any(|l| l == "done")
}

/// Reads a file, prints the confusion table and what differs; returns rows, exact intents, false claims.
fn gate(file: &str) -> (usize, usize, usize) {
    let rows = rows(file);
    let mut table: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut exact, mut arguments, mut false_done) = (0, 0, 0);
    for row in &rows {
        let reading = reading(&row.text);
        let (label, argument) = (reading.label(), reading.argument());
        *table.entry((row.intent.clone(), label.clone())).or_default() += 1;
        let right = label == row.intent;
        exact += usize::from(right);
        arguments += usize::from(right && argument == row.argument);
        let wrongly = label.matches("done").count() > row.intent.matches("done").count() && claims(&label);
        false_done += usize::from(wrongly);
        if !right || argument != row.argument {
            let why: Vec<String> =
                reading.clauses.iter().map(|c| format!("[{} -> {}: {}]", c.text, c.reads_as, c.why.join(", "))).collect();
            let mark = if wrongly { "FALSE DONE " } else if right { "  argument " } else { "" };
            println!("{mark}{:?}: {} {} read as {label} {argument}  {}", row.text, row.intent, row.argument, why.join(" "));
        }
    }
    println!("\n{file}: label -> read as");
    for ((label, read), n) in &table {
        println!("{} {label:>24} -> {read:<24} {n}", if label == read { " " } else { "!" });
    }
    let share = |n: usize| 100.0 * n as f64 / rows.len() as f64;
    println!("{file}: {} rows, intent exact {exact} ({:.1} %), with argument {arguments} ({:.1} %), false done {false_done}\n", rows.len(), share(exact), share(arguments));
    (rows.len(), exact, false_done)
}

fn passes(file: &str) {
    let (rows, exact, false_done) = gate(file);
    assert_eq!(false_done, 0, "a row that does not claim completion was read as done");
    assert!(exact * 100 >= rows * 95, "{exact} of {rows} exact");
}

#[test]
fn the_labelled_sample_is_read_as_labelled() {
    passes("replies.tsv");
}
