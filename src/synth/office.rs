//! A county with everybody in it: townships, departments, enterprises, and people on their posts.

use super::chance::Chance;
use super::industry::{DEPARTMENTS, INDUSTRIES};
use super::names;
use super::plan::{CountyPlan, Upper};

/// Somebody on a post.
#[derive(Clone)]
pub(super) struct Person {
    pub name: String,
    pub phone: String,
    /// Path of the unit.
    pub unit: String,
    pub title: String,
    /// Role of the post, as the people sheet writes it.
    pub role: &'static str,
    /// Login on the page, and mailbox.
    pub login: String,
}

impl Person {
    fn new(number: usize, unit: &str, title: &str, role: &'static str) -> Self {
        let (name, phone, login) = (names::person(number), names::phone(number), format!("u{:07}", number + 1));
        Self { name, phone, unit: unit.to_owned(), title: title.to_owned(), role, login }
    }
}

/// A unit of the units sheet.
pub(super) struct Unit {
    pub name: String,
    /// Path of the unit above.
    pub parent: String,
    pub level: &'static str,
}

/// A township and the people who answer for it.
pub(super) struct Town {
    pub name: String,
    pub deputy: Person,
    /// Those who put things right: head of the safety station, then its staff.
    pub staff: Vec<Person>,
}

/// An enterprise.
pub(super) struct Enterprise {
    pub name: String,
    pub town: usize,
}

/// A county.
pub(super) struct County {
    pub units: Vec<Unit>,
    pub people: Vec<Person>,
    pub towns: Vec<Town>,
    /// By industry.
    pub enterprises: Vec<Vec<Enterprise>>,
    pub deputy: Person,
    pub assigner: Person,
    /// Full names of the departments, in the order of [`DEPARTMENTS`].
    pub departments: Vec<String>,
    /// Who verifies for each department.
    pub verifiers: Vec<Person>,
}

/// Gives out posts until the people are used up.
struct Posts {
    next: usize,
    left: usize,
    people: Vec<Person>,
}

impl Posts {
    fn give(&mut self, unit: &str, title: &str, role: &'static str) -> Option<Person> {
        self.left = self.left.checked_sub(1)?;
        let person = Person::new(self.next, unit, title, role);
        self.next += 1;
        self.people.push(person.clone());
        Some(person)
    }
}

impl Upper {
    /// The office's units and people, itself first.
    pub(super) fn staffed(&self) -> (Vec<Unit>, Vec<Person>) {
        let path = self.path();
        let mut units = vec![Unit { name: self.name.clone(), parent: self.parent.clone(), level: self.level }];
        units.extend(DEPARTMENTS.iter().take(self.departments).map(|d| Unit {
            name: format!("{}{d}", self.name),
            parent: path.clone(),
            level: "department",
        }));
        let mut posts = Posts { next: self.first_person, left: self.people, people: Vec::new() };
        let short = if self.level == "province" { "省" } else { "市" };
        posts.give(&path, &format!("{short}长"), "主要负责人");
        posts.give(&path, &format!("副{short}长"), "分管领导");
        let mut round = 0;
        while posts.left > 0 {
            for (i, unit) in units.iter().skip(1).enumerate() {
                let at = format!("{path}/{}", unit.name);
                let (title, role) = match (round, i) {
                    (0, 0) => ("安委办主任".to_owned(), "安委办"),
                    (1, 0) => ("系统管理员".to_owned(), "管理员"),
                    (0, _) => ("局长".to_owned(), "主要负责人"),
                    (1, _) => ("执法队队长".to_owned(), "监管"),
                    (2, _) => ("联络员".to_owned(), "联络员"),
                    (n, _) => (format!("科员{}", n - 2), "工作人员"),
                };
                posts.give(&at, &title, role);
            }
            round += 1;
        }
        (units, posts.people)
    }
}

impl County {
    /// Names everybody and everything of a plan.
    pub(super) fn new(plan: &CountyPlan, seed: u64) -> Self {
        let path = plan.path();
        let mut chance = Chance::of(seed, "county", plan.number as u64);
        let mut posts = Posts { next: plan.first_person, left: plan.people, people: Vec::new() };
        let departments: Vec<String> = DEPARTMENTS.iter().map(|d| format!("{}{d}", plan.name)).collect();
        let towns: Vec<(String, &str, &str)> =
            (0..plan.towns).map(|t| town_name(plan.first_town + t, &mut chance)).collect();

        let mut units = vec![Unit { name: plan.name.clone(), parent: plan.parent.clone(), level: "county" }];
        let below = |name: &String, level| Unit { name: name.clone(), parent: path.clone(), level };
        units.extend(departments.iter().map(|d| below(d, "department")));
        units.extend(towns.iter().map(|(t, ..)| below(t, "township")));

        // The plan leaves room for these; `stand_in` only keeps the type honest should somebody plan a county of ten people.
        let stand_in = || Person::new(plan.first_person, &path, "县长", "主要负责人");
        posts.give(&path, "县长", "主要负责人");
        let deputy = posts.give(&path, "副县长", "分管领导").unwrap_or_else(stand_in);
        posts.give(&path, "副县长（工业）", "分管领导");
        let office = format!("{path}/{}", departments[0]);
        let assigner = posts.give(&office, "安委办主任", "安委办").unwrap_or_else(stand_in);
        posts.give(&office, "系统管理员", "管理员");
        let mut verifiers = Vec::new();
        for (i, department) in departments.iter().enumerate() {
            let at = format!("{path}/{department}");
            if i > 0 {
                posts.give(&at, "局长", "主要负责人");
            }
            verifiers.push(posts.give(&at, "执法队队长", "监管").unwrap_or_else(stand_in));
            posts.give(&at, "联络员", "联络员");
        }
        let mut staffed: Vec<Town> = towns
            .iter()
            .map(|(name, head, deputy)| {
                let at = format!("{path}/{name}");
                posts.give(&at, head, "主要负责人");
                let deputy = posts.give(&at, deputy, "分管领导").unwrap_or_else(stand_in);
                let station = posts.give(&at, "安监站站长", "安全员").unwrap_or_else(stand_in);
                posts.give(&at, "联络员", "联络员");
                Town { name: name.clone(), deputy, staff: vec![station] }
            })
            .collect();
        // Three of staff a township, then those on duty, then everybody else where there is work.
        for n in 1..=3 {
            for town in &mut staffed {
                let at = format!("{path}/{}", town.name);
                town.staff.extend(posts.give(&at, &format!("安监员{n}"), "安全员"));
            }
        }
        let bureau = format!("{path}/{}", departments[1]);
        for n in 1..=12 {
            posts.give(&bureau, &format!("值班员{n}"), "值班员");
        }
        let mut round = 1;
        while posts.left > 0 {
            for name in departments.iter().chain(staffed.iter().map(|t| &t.name)) {
                posts.give(&format!("{path}/{name}"), &format!("科员{round}"), "工作人员");
            }
            round += 1;
        }

        let enterprises = enterprises(plan, &mut chance);
        for enterprise in enterprises.iter().flatten() {
            let parent = format!("{path}/{}", staffed[enterprise.town].name);
            units.push(Unit { name: enterprise.name.clone(), parent, level: "enterprise" });
        }
        Self { units, people: posts.people, towns: staffed, enterprises, deputy, assigner, departments, verifiers }
    }
}

/// A township's name and what its head and his deputy are called.
fn town_name(n: usize, chance: &mut Chance) -> (String, &'static str, &'static str) {
    // Towns, townships and subdistricts as they are counted: 1,134, 388 and 422.
    let kinds = [(("镇", "镇长", "副镇长"), 1_134), (("乡", "乡长", "副乡长"), 388), (("街道", "主任", "副主任"), 422)];
    let (suffix, head, deputy) = chance.weighted(&kinds);
    // A step without a common factor with the number of names: neighbours do not sound alike.
    (format!("{}{suffix}", names::place(n % names::PLACES * 1_009)), head, deputy)
}

/// Enterprises of each industry, in proportion to its share; at least one of each.
fn enterprises(plan: &CountyPlan, chance: &mut Chance) -> Vec<Vec<Enterprise>> {
    let shares: usize = INDUSTRIES.iter().map(|i| i.share as usize).sum();
    INDUSTRIES
        .iter()
        .map(|industry| {
            let count = (plan.enterprises * industry.share as usize / shares).max(1);
            (0..count)
                .map(|n| {
                    let kind = industry.kinds[n % industry.kinds.len()];
                    Enterprise {
                        name: names::enterprise(&plan.place, kind, n / industry.kinds.len()),
                        town: chance.below(plan.towns),
                    }
                })
                .collect()
        })
        .collect()
}
