//! The register given out and read again.

use std::collections::{BTreeMap, BTreeSet};

use dutybell::core::org::Locale;
use dutybell::gateway::register::tables;
use dutybell::store::people as store_people;

use super::*;

/// Everything that the register says, in a form that can be compared.
async fn picture(story: &Story) -> BTreeMap<String, Vec<String>> {
    let all = directory(story).await;
    let mut picture = BTreeMap::new();
    for unit in all.units() {
        let data = vec![unit.level.word().to_owned(), unit.calendar.clone(), unit.phone.clone()];
        picture.insert(format!("unit {}", all.path(unit.id)), data);
    }
    for person in all.people() {
        let quiet = person.quiet.clone().map(|q| Vec::<String>::from(q).join(",")).unwrap_or_default();
        let mut data = vec![
            person.name.clone(),
            person.english.clone(),
            person.phone.clone(),
            person.locale.tag().to_owned(),
            person.zone.name().to_owned(),
            quiet,
            person.administrator.to_string(),
        ];
        data.extend(contacts(story, person.id).await);
        data.extend(posts(story, person.id).await);
        picture.insert(format!("person {}", person.id.0), data);
    }
    picture
}

#[tokio::test]
async fn the_register_given_out_is_no_change_when_it_comes_back_and_the_same_in_an_empty_office() {
    let story = hedong().await;
    people_file(&story, include_str!("../../../data/met/people/o4-shared-mailbox.csv")).await;
    people_file(&story, include_str!("../../../data/met/people/o7-same-title.csv")).await;
    people_file(
        &story,
        "姓名,单位,职务,岗位角色,电话,渠道\n钱江,河东县/城关镇,镇长,head,13900000006,\n钱江,河东县/县安委办,副主任,leader,13900000006,\n孤一,,,,13900000077,\"sms, desk:gu1\"\n张强（柳河）,河东县/柳河乡,干事,staff,13900000078,\"mail:a@x.example; mail:b@x.example\"\n",
    )
    .await;
    let before = picture(&story).await;
    for locale in Locale::ALL {
        let bytes = story.gateway.export_register(locale).await.expect("exports");
        let report = import(&story, "register.xlsx", &bytes, ImportOptions::default()).await;
        assert_eq!((report.people_changed, report.units_changed, report.refused), (0, 0, 0), "{locale:?} {report:?}");
        assert!(report.absent.is_empty(), "{:?}", report.absent);
        assert_eq!(picture(&story).await, before);
        let other = Story::empty().await;
        let report = import(&other, "register.xlsx", &bytes, ImportOptions::default()).await;
        assert_eq!(report.refused, 0, "{:?}", report.problems);
        let values = |p: BTreeMap<String, Vec<String>>| p.into_values().collect::<BTreeSet<_>>();
        assert_eq!(values(picture(&other).await), values(before.clone()));
    }
}

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// An edit of the people sheet as an office makes one, on the table and on the picture of what is meant.
fn edit(chance: &mut Chance, people: &mut Vec<Vec<String>>, units: &[String], seed: u64, round: usize) -> String {
    let column = |name: &str, people: &[Vec<String>]| people[0].iter().position(|c| c == name).expect("a column");
    let (no, name, unit, title, role, phone, mail, desk) = (
        column("登记号", people),
        column("姓名", people),
        column("单位", people),
        column("职务", people),
        column("岗位角色", people),
        column("电话", people),
        column("邮箱", people),
        column("desk", people),
    );
    let quiet = column("休息时段", people);
    let n = 1 + chance.below(people.len() - 1);
    let who = people[n][no].clone();
    let mark = format!("{seed}{round}{}", chance.below(1000));
    let number = |chance: &mut Chance| format!("137{:08}", chance.below(100_000_000));
    let set = |people: &mut Vec<Vec<String>>, column: usize, value: &str| {
        people.iter_mut().filter(|r| r[no] == who && !who.is_empty()).for_each(|r| value.clone_into(&mut r[column]));
    };
    match chance.below(9) {
        0 => {
            let new = number(chance);
            set(people, phone, &new);
            format!("phone of {who}")
        }
        1 => {
            set(people, mail, &format!("m{mark}@x.example"));
            format!("mail of {who}")
        }
        2 => {
            people[n][title] = format!("职务{mark}");
            format!("title of {who}")
        }
        3 => {
            people[n][unit] = units[chance.below(units.len())].clone();
            people[n][title] = format!("调任{mark}");
            format!("transfer of {who}")
        }
        4 => {
            let mut row = people[n].clone();
            row[unit] = units[chance.below(units.len())].clone();
            row[title] = format!("兼任{mark}");
            people.push(row);
            format!("second post of {who}")
        }
        5 => {
            let mut row = vec![String::new(); people[0].len()];
            row[name] = format!("新人{mark}");
            row[unit] = units[chance.below(units.len())].clone();
            row[title] = "干事".to_owned();
            row[role] = "staff".to_owned();
            row[phone] = number(chance);
            row[desk] = format!("d{mark}");
            people.push(row);
            format!("new 新人{mark}")
        }
        6 => {
            set(people, quiet, "22:00-07:00");
            format!("quiet of {who}")
        }
        7 => {
            // A slip of the pen in a name: one character more.
            let wrong = format!("{}某", people[n][name]);
            set(people, name, &wrong);
            format!("name of {who}")
        }
        _ => {
            let at = chance.below(people.len() - 1) + 1;
            let row = people.remove(at);
            people.insert(1, row);
            "another order".to_owned()
        }
    }
}

/// What the people sheet says, person by person: name, phone, quiet hours, mail, and the posts.
fn meant(people: &[Vec<String>]) -> BTreeMap<(String, String), BTreeSet<String>> {
    let column = |name: &str| people[0].iter().position(|c| c == name).expect("a column");
    let cell = |row: &[String], name: &str| row[column(name)].clone();
    let mut all: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for row in &people[1..] {
        let person = all.entry((cell(row, "姓名"), cell(row, "电话"))).or_default();
        for name in ["休息时段", "邮箱", "desk"] {
            person.insert(format!("{name} {}", cell(row, name)));
        }
        person.insert(format!("post {} {} ({})", cell(row, "单位"), cell(row, "职务"), cell(row, "岗位角色")));
    }
    all
}

fn csv(table: &[Vec<String>]) -> String {
    let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    table.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n").collect()
}

async fn given_out(story: &Story) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let mut tx = story.gateway.store.begin().await.expect("begins");
    let contacts = store_people::all_contacts(&mut tx).await.expect("reads");
    tx.rollback().await.expect("ends");
    tables(&directory(story).await, &contacts, story.gateway.now(), Locale::ZhCn)
}

#[tokio::test]
async fn any_sequence_of_exports_edits_and_imports_gives_the_register_that_was_meant() {
    for seed in 1..=12_u64 {
        let story = hedong().await;
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for round in 0..5 {
            let (units, mut people) = given_out(&story).await;
            let mut paths: Vec<String> = units[1..].iter().map(|u| format!("{}/{}", u[1], u[0])).collect();
            paths.iter_mut().for_each(|p| *p = p.trim_start_matches('/').to_owned());
            let edits: Vec<String> =
                (0..1 + chance.below(3)).map(|_| edit(&mut chance, &mut people, &paths, seed, round)).collect();
            let report = people_file(&story, &csv(&people)).await;
            assert_eq!(report.refused, 0, "seed {seed}, round {round}: {edits:?} {:?}", report.problems);
            let (_, now) = given_out(&story).await;
            assert_eq!(meant(&now), meant(&people), "seed {seed}, round {round}: {edits:?}");
            let again = people_file(&story, &csv(&now)).await;
            assert_eq!(again.people_changed, 0, "seed {seed}, round {round}: {:?}", again.register);
        }
    }
}
