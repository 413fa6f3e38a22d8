//! Who there is before anybody is named: provinces, prefectures and counties with the numbers of their people, enterprises and rows.
//!
//! Small whatever the size, so that what is large can be made and written county by county.

use super::chance::{Chance, Zipf};
use super::{Size, names, shares};

/// An office above counties.
pub(super) struct Upper {
    pub name: String,
    /// Path of the unit above; empty at the top.
    pub parent: String,
    pub level: &'static str,
    pub departments: usize,
    pub people: usize,
    /// Number of its first person.
    pub first_person: usize,
}

impl Upper {
    pub(super) fn path(&self) -> String {
        joined(&self.parent, &self.name)
    }
}

/// A county.
pub(super) struct CountyPlan {
    /// Number in the whole set.
    pub number: usize,
    /// 青石, without 县.
    pub place: String,
    pub name: String,
    pub parent: String,
    pub towns: usize,
    /// Number of its first township's name.
    pub first_town: usize,
    pub people: usize,
    pub first_person: usize,
    pub enterprises: usize,
    pub rows: usize,
    /// Fireworks findings here for every thousand that a county of its size would have.
    pub fireworks: u32,
}

impl CountyPlan {
    pub(super) fn path(&self) -> String {
        joined(&self.parent, &self.name)
    }
}

/// A part of the set that has a workbook of people and units to itself: a province, or less.
pub(super) struct Part {
    pub name: String,
    pub uppers: Vec<Upper>,
    pub counties: Vec<CountyPlan>,
}

fn joined(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}/{name}") }
}

/// Rows and enterprises of a size, unless the caller wants another number of rows.
fn totals(size: Size) -> (usize, usize) {
    match size {
        Size::County => (120, 1_500),
        Size::Prefecture => (1_900, 14_000),
        Size::Province => (14_000, 150_000),
        Size::Nation => (434_000, 4_650_000),
    }
}

/// The whole set; `rows` of all ledgers together.
pub(super) fn plan(size: Size, seed: u64, rows: Option<usize>) -> Vec<Part> {
    let (usual, enterprises) = totals(size);
    let rows = rows.unwrap_or(usual);
    let mut chance = Chance::of(seed, "plan", 0);
    let mut parts = match size {
        Size::County => vec![county(&mut chance)],
        Size::Prefecture => {
            let start = Start { place: chance.below(200), town: chance.below(names::PLACES), person: 0, county: 0 };
            let people = (shares::COUNTY_PEOPLE, shares::PREFECTURE_PEOPLE);
            vec![prefectures(&[(9, 140)], "", &start, people, &mut chance)]
        }
        Size::Province => vec![province(0, chance.below(200), &mut chance)],
        Size::Nation => (0..shares::PROVINCES).map(|n| province(n, 0, &mut chance)).collect(),
    };
    let each = Zipf::new(parts.len(), 0);
    let (rows, enterprises) = (each.share_out(rows, 0), each.share_out(enterprises, 0));
    for (i, part) in parts.iter_mut().enumerate() {
        settle(&mut part.counties, rows[i], enterprises[i], &mut chance);
    }
    parts
}

/// Shares out rows and enterprises among the counties of a part.
fn settle(counties: &mut [CountyPlan], rows: usize, enterprises: usize, chance: &mut Chance) {
    let mut counties: Vec<&mut CountyPlan> = counties.iter_mut().collect();
    // Which county is the largest is chance, not its place in the list.
    chance.shuffle(&mut counties);
    let zipf = Zipf::new(counties.len(), shares::ZIPF);
    let (rows, enterprises) = (zipf.share_out(rows, 6), zipf.share_out(enterprises, 40));
    let star = 1.min(counties.len() - 1);
    let all: usize = rows.iter().sum();
    for (rank, county) in counties.iter_mut().enumerate() {
        (county.rows, county.enterprises) = (rows[rank], enterprises[rank]);
        county.fireworks = fireworks(rank == star, rows[star], all);
    }
}

/// How much more (or less) of the fireworks trade a county has than its size would give, in thousandths.
fn fireworks(is_star: bool, of_star: usize, all: usize) -> u32 {
    if all == of_star || of_star == 0 {
        return 1_000;
    }
    let (here, rows) = match is_star {
        true => (shares::STAR_COUNTY as usize, of_star),
        false => (1_000 - shares::STAR_COUNTY as usize, all - of_star),
    };
    u32::try_from(here * all / rows).unwrap_or(1_000)
}

/// Where numbering begins.
struct Start {
    place: usize,
    town: usize,
    person: usize,
    county: usize,
}

fn county(chance: &mut Chance) -> Part {
    let start = Start { place: chance.below(200), town: chance.below(names::PLACES), person: 0, county: 0 };
    let mut part = prefectures(&[(1, 16)], "", &start, (shares::COUNTY_PEOPLE, 0), chance);
    part.uppers.clear();
    for county in &mut part.counties {
        county.parent.clear();
        part.name.clone_from(&county.name);
    }
    part
}

fn province(number: usize, first_place: usize, chance: &mut Chance) -> Part {
    let counties: usize = shares::PREFECTURES.iter().map(|(counties, _)| counties).sum();
    let prefectures_people = shares::PREFECTURES.len() * shares::PREFECTURE_PEOPLE_OF_PROVINCE;
    let people = shares::PROVINCE_PEOPLE + prefectures_people + counties * shares::COUNTY_PEOPLE_OF_PROVINCE;
    let start = Start {
        place: first_place + number * counties,
        town: chance.below(names::PLACES),
        person: number * people + shares::PROVINCE_PEOPLE,
        county: number * counties,
    };
    let name = names::province(number);
    let each = (shares::COUNTY_PEOPLE_OF_PROVINCE, shares::PREFECTURE_PEOPLE_OF_PROVINCE);
    let mut part = prefectures(&shares::PREFECTURES, &name, &start, each, chance);
    part.uppers.insert(
        0,
        Upper {
            name: name.clone(),
            parent: String::new(),
            level: "province",
            departments: shares::PROVINCE_DEPARTMENTS,
            people: shares::PROVINCE_PEOPLE,
            first_person: number * people,
        },
    );
    part.name = name;
    part
}

/// Prefectures with their counties; people of a county and of a prefecture's own offices.
fn prefectures(
    counts: &[(usize, usize)],
    parent: &str,
    start: &Start,
    people: (usize, usize),
    chance: &mut Chance,
) -> Part {
    let mut part = Part { name: names::prefecture(0), uppers: Vec::new(), counties: Vec::new() };
    let (mut person, mut town) = (start.person, start.town);
    for (n, (counties, towns)) in counts.iter().enumerate() {
        let upper = Upper {
            name: names::prefecture(n),
            parent: parent.to_owned(),
            level: "prefecture",
            departments: shares::DEPARTMENTS,
            people: people.1,
            first_person: person,
        };
        person += people.1;
        for towns in spread(*towns, *counties, chance) {
            let in_part = part.counties.len();
            let place = names::place(start.place + in_part);
            let suffix = chance.weighted(&[("县", 67), ("区", 36), ("市", 19)]);
            part.counties.push(CountyPlan {
                number: start.county + in_part,
                name: format!("{place}{suffix}"),
                place,
                parent: upper.path(),
                towns,
                first_town: town,
                people: people.0,
                first_person: person,
                enterprises: 0,
                rows: 0,
                fireworks: 1_000,
            });
            town += towns;
            person += people.0;
        }
        part.uppers.push(upper);
    }
    part
}

/// Townships of each county: one at least, about as uneven as they are.
fn spread(towns: usize, counties: usize, chance: &mut Chance) -> Vec<usize> {
    let weights: Vec<usize> = (0..counties).map(|_| chance.between(40, 160)).collect();
    let all: usize = weights.iter().sum();
    let spare = towns.saturating_sub(counties);
    let mut sum = 0;
    weights
        .iter()
        .map(|w| {
            let before = spare * sum / all;
            sum += w;
            1 + spare * sum / all - before
        })
        .collect()
}
