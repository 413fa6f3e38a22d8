//! How long an answer takes to read, printed: the labelled answers one by one, and the longest that are read.
//!
//! `cargo bench --bench answers`. Wanted: 1 ms for 99 of 100 answers, 5 ms for 4,096 characters.

use std::time::{Duration, Instant};

use chrono::{NaiveDate, NaiveDateTime};
use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use dutybell::core::calendar::Calendar;
use dutybell::core::reply::{Context, Speaker, read};
use dutybell::gateway::Days;

const CALENDAR: &str = include_str!("../packs/calendars/cn.tsv");
const ANSWERS: [&str; 3] = [
    include_str!("../tests/data/answers/known.tsv"),
    include_str!("../tests/data/answers/learnt.tsv"),
    include_str!("../tests/data/answers/held.tsv"),
];
/// Characters of a long answer.
const LONG: usize = 4_096;

fn main() -> anyhow::Result<()> {
    let calendar = Calendar::from_tsv("cn", CALENDAR)?;
    let days = Days(&calendar);
    let now: NaiveDateTime =
        NaiveDate::from_ymd_opt(2022, 9, 22).and_then(|d| d.and_hms_opt(10, 0, 0)).unwrap_or_default();
    let context = |by: Speaker| Context { by, ..Context::at(now, &days) };
    let timed = |text: &str, by: Speaker| {
        let begun = Instant::now();
        read(text, &context(by));
        begun.elapsed()
    };
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(["read", "texts", "p50 ms", "p99 ms", "longest ms"]);
    let first = timed("完成", Speaker::Fixer);
    row(&mut table, "the first answer, with words and forms", vec![first]);
    let rows: Vec<(String, Speaker)> = ANSWERS
        .iter()
        .flat_map(|table| table.lines().skip(1))
        .filter_map(|line| {
            let mut cells = line.split('\t');
            let (text, by) = (cells.next()?, cells.nth(1)?);
            Some((text.replace("\\n", "\n"), Speaker::named(by)?))
        })
        .collect();
    for round in ["labelled answers, first time", "labelled answers, again"] {
        row(&mut table, round, rows.iter().map(|(text, by)| timed(text, *by)).collect());
    }
    for (name, seed) in [
        ("4,096 characters: answers", None),
        ("4,096 characters: 1完成2在办", Some("1完成2在办")),
        ("4,096 characters: not done, ", Some("not done, ")),
        ("4,096 characters: 没有", Some("没有")),
    ] {
        let whole = match seed {
            Some(seed) => seed.repeat(LONG),
            None => rows.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join("，"),
        };
        let text: String = whole.chars().take(LONG).collect();
        row(&mut table, name, (0..20).map(|_| timed(&text, Speaker::Fixer)).collect());
    }
    println!("{table}");
    Ok(())
}

fn row(table: &mut Table, name: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let ms = |at: usize| format!("{:.2}", times[at.min(times.len() - 1)].as_secs_f64() * 1_000.0);
    let cells = [
        name.to_owned(),
        times.len().to_string(),
        ms(times.len() / 2),
        ms(times.len() * 99 / 100),
        ms(times.len() - 1),
    ];
    table.add_row(cells);
}
