//! Ledgers given back: the truth, in files that other programs open.

mod feeds;
mod forms;
mod rows;
mod stands;
mod templates;
mod words;

use chrono::{DateTime, TimeZone, Utc};
use dutybell::core::item::{Item, State};
use dutybell::gateway::{Days, ImportOptions, ImportReport};
use dutybell::ledger::{ReadContext, read_bytes};

use crate::office_suite::{Cells, opened};
use crate::story::{PACK, Story, database};

/// The sheet that an export adds for its remarks.
const NOTES: &str = "督办说明";

fn input(name: &str) -> Vec<u8> {
    std::fs::read(format!("tests/data/met/{name}")).expect("the file is there")
}

/// `2026-11-30 09:00` in Shanghai.
fn at(text: &str) -> DateTime<Utc> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a time");
    chrono_tz::Asia::Shanghai.from_local_datetime(&naive).earliest().expect("no gaps").with_timezone(&Utc)
}

/// A county with its people on 30 November 2026, no items yet.
async fn hedong() -> Story {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = database(folder.path()).await;
    let mut story = Story::on(&url, folder, PACK, at("2026-11-30 09:00")).await;
    let text = |name: &str| String::from_utf8(input(name)).expect("UTF-8");
    story.imports(&[("units.csv", &text("units.csv")), ("people.csv", &text("people.csv"))]).await;
    story
}

async fn import(story: &Story, name: &str, bytes: &[u8]) -> ImportReport {
    let days = Days(story.gateway.calendars.get("cn"));
    let today = story.gateway.now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    let workbook = read_bytes(name, bytes, &ReadContext::new(today, &days)).expect("the file reads");
    story.gateway.import("story", &workbook, ImportOptions::default()).await.expect("imports")
}

async fn export(story: &Story) -> Vec<u8> {
    story.gateway.export("story", false).await.expect("exports").bytes
}

/// The export as other programs see it.
async fn exported(story: &Story) -> Cells {
    opened(&export(story).await)
}

fn cell<'c>(cells: &'c Cells, sheet: &str, place: &str) -> &'c str {
    cells[sheet].get(place).map(String::as_str).unwrap_or_default()
}

/// The remarks of an export, row by row.
fn notes(cells: &Cells) -> Vec<String> {
    let Some(sheet) = cells.get(NOTES) else { return Vec::new() };
    let mut rows: std::collections::BTreeMap<u32, String> = std::collections::BTreeMap::new();
    for (place, value) in sheet {
        let number = place.trim_start_matches(char::is_alphabetic).parse().expect("a row");
        let row = rows.entry(number).or_default();
        row.push_str(value);
        row.push('|');
    }
    rows.into_values().collect()
}

async fn items(story: &Story) -> Vec<Item> {
    story.gateway.store.items(1_000).await.expect("reads")
}

/// The one item with this finding.
async fn the(story: &Story, finding: &str) -> Item {
    let mut all: Vec<Item> = items(story).await.into_iter().filter(|i| i.description == finding).collect();
    assert_eq!(all.len(), 1, "one item {finding}: {all:#?}");
    all.remove(0)
}

async fn is_closed(story: &Story, finding: &str) -> bool {
    items(story).await.iter().any(|i| i.description == finding && i.state == State::Closed)
}

const HEAD: &str = "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人,整改情况,完成时间,复查时间,是否销号,备注";

/// A ledger: number, finding, deadline, person, what is said of its state, of its closing, and beside it.
fn ledger(rows: &[[&str; 7]]) -> String {
    let mut text = format!("{HEAD}\n");
    for [number, finding, due, who, status, closed, note] in rows {
        text.push_str(&format!(
            "{number},2026-11-27,城关镇,顺达机械厂,{finding},一般,{due},{who},李梅,赵敏,{status},,,{closed},{note}\n"
        ));
    }
    text
}

/// Somebody reports it done, and the verifier passes it.
async fn done_and_verified(story: &mut Story, login: &str, finding: &str, from: &str) {
    let code = the(story, finding).await.code;
    let begin = at(from);
    story.until_at(begin).await;
    story.says(login, &format!("{code} 完成")).await;
    story.until_at(begin + chrono::Duration::minutes(20)).await;
    story.says("limei", &format!("{code} 合格")).await;
    story.until_at(begin + chrono::Duration::minutes(40)).await;
    assert!(is_closed(story, finding).await, "{finding}: {:?}", the(story, finding).await.state);
}
