//! Ledgers as offices keep them, read.

mod amended;
mod cells;
mod columns;
mod commands;
mod identity;
mod lines;
mod outcome;
mod sizes;

use chrono::{DateTime, TimeZone, Utc};
use dutybell::core::item::{Item, State};
use dutybell::gateway::{Days, ImportOptions, ImportReport};
use dutybell::ledger::{ReadContext, Workbook, read_bytes};

use crate::story::{PACK, Story, database};

/// A file of an office, as it came.
pub fn input(name: &str) -> Vec<u8> {
    std::fs::read(format!("tests/data/met/{name}")).expect("the file is there")
}

/// `2026-11-30 09:00` in Shanghai.
pub fn at(text: &str) -> DateTime<Utc> {
    let naive = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").expect("a time");
    chrono_tz::Asia::Shanghai.from_local_datetime(&naive).earliest().expect("no gaps").with_timezone(&Utc)
}

/// A county with its people on 30 November 2026, no items yet.
pub async fn hedong() -> Story {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = database(folder.path()).await;
    let mut story = Story::on(&url, folder, PACK, at("2026-11-30 09:00")).await;
    let (units, people) = (input("units.csv"), input("people.csv"));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    story.imports(&[("units.csv", &text(units)), ("people.csv", &text(people))]).await;
    story
}

pub fn read(story: &Story, name: &str, bytes: &[u8]) -> Workbook {
    let days = Days(story.gateway.calendars.get("cn"));
    let today = story.gateway.now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    read_bytes(name, bytes, &ReadContext::new(today, &days)).expect("the file reads")
}

pub async fn import(story: &Story, name: &str, bytes: &[u8]) -> ImportReport {
    let workbook = read(story, name, bytes);
    story.gateway.import("story", &workbook, ImportOptions::default()).await.expect("imports")
}

pub async fn import_file(story: &Story, name: &str) -> ImportReport {
    import(story, name, &input(name)).await
}

pub async fn import_text(story: &Story, text: &str) -> ImportReport {
    import(story, "ledger.csv", text.as_bytes()).await
}

/// All items with this finding, in order of registration.
pub async fn found(story: &Story, finding: &str) -> Vec<Item> {
    let all = story.gateway.store.items(1_000).await.expect("reads");
    all.into_iter().filter(|i| i.description == finding).collect()
}

/// The one item with this finding.
pub async fn the(story: &Story, finding: &str) -> Item {
    let mut all = found(story, finding).await;
    assert_eq!(all.len(), 1, "one item {finding}: {all:#?}");
    all.remove(0)
}

pub async fn count(story: &Story) -> usize {
    story.gateway.store.items(10_000).await.expect("reads").len()
}

/// How many items are issued, and how many are drafts.
pub async fn issued_and_drafts(story: &Story) -> (usize, usize) {
    let all = story.gateway.store.items(10_000).await.expect("reads");
    let drafts = all.iter().filter(|i| i.state == State::Draft).count();
    (all.len() - drafts, drafts)
}

/// Keys of the problems of one row of a file.
pub fn problems(report: &ImportReport, row: u32) -> Vec<&str> {
    report.problems.iter().filter(|p| p.place.row == row).map(|p| p.key()).collect()
}

/// What a person was told so far, in one text.
pub fn told(story: &Story, login: &str) -> String {
    story.heard(login).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

/// A ledger without numbers: township, unit, place, finding, deadline, person.
pub fn unnumbered(rows: &[(&str, &str, &str, &str, &str, &str)]) -> String {
    let mut text =
        "序号,检查时间,乡镇街道,受检单位,隐患部位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人\n".to_owned();
    for (n, (town, unit, place, finding, due, who)) in rows.iter().enumerate() {
        text.push_str(&format!("{},2026-11-27,{town},{unit},{place},{finding},一般,{due},{who},李梅,赵敏\n", n + 1));
    }
    text
}

/// A ledger with numbers: number, finding, deadline, person, verifier, and what is said of its state.
pub fn numbered(rows: &[[&str; 6]]) -> String {
    let mut text =
        "隐患编号,检查时间,乡镇街道,受检单位,存在问题,隐患等级,整改期限,整改责任人,复查人,交办人,整改情况\n".to_owned();
    for [number, finding, due, who, verifier, status] in rows {
        text.push_str(&format!(
            "{number},2026-11-27,城关镇,顺达机械厂,{finding},一般,{due},{who},{verifier},赵敏,{status}\n"
        ));
    }
    text
}

/// The deadlines of all rows as they are on record.
pub async fn export_rows(story: &Story) -> Vec<String> {
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let rows = dutybell::store::ledgers::of_source(&mut tx, "story").await.expect("reads");
    rows.into_iter().filter_map(|(_, known)| known.row.get("整改期限").cloned()).collect()
}
