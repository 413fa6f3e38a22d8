//! Who is who: people, posts and units in imports.

mod cells;
mod deputies;
mod forms;
mod kept;
mod merged;
mod printed;
mod roundtrip;
mod units;

use dutybell::core::org::{Directory, PersonId, Who};
use dutybell::gateway::import::{RegisterChange, Whole};
use dutybell::gateway::{Days, ImportOptions, ImportReport};
use dutybell::ledger::{ReadContext, Workbook, read_bytes};
use dutybell::store::people;

use crate::story::Story;

pub const UNITS: &str = include_str!("../../data/met/people/units.csv");
pub const PEOPLE: &str = include_str!("../../data/met/people/people.csv");

/// 河东县 with its twelve people.
async fn hedong() -> Story {
    let mut story = Story::empty().await;
    let report = story.imports(&[("units.csv", UNITS), ("people.csv", PEOPLE)]).await;
    assert_eq!((report.refused, report.people_changed), (0, 12), "{:?}", report.problems);
    story
}

fn read(story: &Story, name: &str, bytes: &[u8]) -> Workbook {
    let days = Days(story.gateway.calendars.get("cn"));
    let today = story.gateway.now().with_timezone(&chrono_tz::Asia::Shanghai).date_naive();
    read_bytes(name, bytes, &ReadContext::new(today, &days)).expect("file reads")
}

async fn import(story: &Story, name: &str, bytes: &[u8], options: ImportOptions) -> ImportReport {
    story.gateway.import("story", &read(story, name, bytes), options).await.expect("imports")
}

async fn people_file(story: &Story, text: &str) -> ImportReport {
    import(story, "people.csv", text.as_bytes(), ImportOptions::default()).await
}

async fn whole(story: &Story, text: &str, whole: Whole, dry_run: bool) -> ImportReport {
    let options = ImportOptions { dry_run, whole: Some(whole), ..ImportOptions::default() };
    import(story, "people.csv", text.as_bytes(), options).await
}

async fn directory(story: &Story) -> Directory {
    story.gateway.store.directory().await.expect("reads")
}

/// Somebody by name, and by a telephone where there are two.
async fn person(story: &Story, name: &str) -> PersonId {
    let directory = directory(story).await;
    let found = directory.people_named(name);
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found[0].id
}

/// Posts of a person as `path title (role)`, sorted.
async fn posts(story: &Story, id: PersonId) -> Vec<String> {
    let directory = directory(story).await;
    let posts = directory.posts_of_person(id, story.gateway.now());
    let mut all: Vec<String> =
        posts.iter().map(|p| format!("{} {} ({})", directory.path(p.unit), p.title, p.role)).collect();
    all.sort();
    all
}

/// Contact points as `channel address`, preferred first.
async fn contacts(story: &Story, id: PersonId) -> Vec<String> {
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let all = people::contacts(&mut tx, id).await.expect("reads");
    all.iter().map(|c| format!("{} {}", c.channel, c.address)).collect()
}

/// What the report says of somebody: what happens, and field, before, after.
fn said<'r>(report: &'r ImportReport, name: &str) -> &'r RegisterChange {
    report.register.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("{name} in {:?}", report.register))
}

fn has_field(change: &RegisterChange, field: &str, before: &str, after: &str) -> bool {
    change.fields.contains(&(field.to_owned(), before.to_owned(), after.to_owned()))
}

fn keys(report: &ImportReport) -> Vec<&str> {
    report.problems.iter().map(dutybell::ledger::Problem::key).collect()
}

/// Who is responsible for an item: names of people, `post TITLE` for posts; empty for a draft without anybody.
async fn responsible(story: &Story, key: &str) -> Vec<String> {
    let item = story.item(key).await;
    let directory = directory(story).await;
    let role = dutybell::core::item::Role::Responsible;
    let name = |who: &Who| match who {
        Who::Person(id) => directory.person(*id).map(|p| format!("{} {}", p.name, p.phone)).unwrap_or_default(),
        Who::Post(id) => {
            directory.post(*id).map(|p| format!("post {} {}", directory.path(p.unit), p.title)).unwrap_or_default()
        }
    };
    item.assignments.iter().filter(|a| a.role == role).map(|a| name(&a.who)).collect()
}

/// The path of the unit that an item is about; empty when it is not known.
async fn place(story: &Story, key: &str) -> String {
    let item = story.item(key).await;
    let directory = directory(story).await;
    item.unit.map(|unit| directory.path(unit)).unwrap_or_default()
}
