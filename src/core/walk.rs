//! The policy walked through on the real directory: for each step, summary and emergency of the pack, who would hear,
//! and where nobody would.
//!
//! Pure. Asks for each unit in which items lie or may lie whom the pack's addressees mean there and whether they can be
//! reached, and what happens where nobody is behind them: the step falls to a last resort, is heard by its other
//! addressees, or by nobody. Who is named on an item is asked of the open items themselves.

mod doubled;

pub use doubled::{doubled_people, doubled_units};

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::item::{Item, Role};
use super::org::{Directory, Level, PersonId, UnitId};
use super::policy::{Policy, SummaryKind, Target};
use super::world::World;

/// Roles of posts that this program knows; packs and people files may have others of their own.
pub const POST_ROLES: [&str; 8] =
    ["head", "leader", "supervisor", "safety_office", "duty", "liaison", "staff", "administrator"];

/// By which channel a person would hear; `None`: by none.
pub type Reach<'a> = &'a dyn Fn(PersonId) -> Option<String>;

/// What becomes of a step where nobody is behind an addressee. The order is that of the trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// Others whom the step names hear it.
    Others,
    /// Only the last resort hears it: the nearest safety office, else the administrators.
    Default,
    /// Nobody above the responsible person hears it, or nobody at all.
    Nobody,
}

/// One addressee of the pack, everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addressee {
    /// As the pack writes it: `head@township`.
    pub target: String,
    /// Steps, summaries and emergencies that name it, each with its ladder (empty: it is of none).
    pub used_by: Vec<(String, String)>,
    /// Who hears, by which channel, in how many units.
    pub heard: BTreeMap<(PersonId, String), usize>,
    /// Units where it means nobody who can be reached, and what becomes of the step there.
    pub missing: BTreeMap<UnitId, Gap>,
    /// People who are meant and whom no channel reaches.
    pub mute: BTreeSet<PersonId>,
    /// Its role is none that the program knows, and no post has it: most likely misspelt.
    pub unknown_role: bool,
}

impl Addressee {
    /// The worst of its gaps.
    pub fn worst(&self) -> Option<Gap> {
        self.missing.values().max().copied()
    }

    /// Units with that gap.
    pub fn units(&self, gap: Gap) -> impl Iterator<Item = UnitId> {
        self.missing.iter().filter(move |(_, g)| **g == gap).map(|(u, _)| *u)
    }
}

/// One rule of the pack: whom it names, and who hears where they are nobody.
struct Rule {
    /// Ladder (empty: none) and step.
    name: (String, String),
    targets: Vec<Target>,
    /// The step asks the last resort only when it names no one else who hears.
    falls: Falls,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Falls {
    /// To the nearest safety office, else the administrators.
    LastResort,
    /// To the administrators.
    Administrators,
    /// Nowhere: the one who is responsible heard it, and it counts as told.
    Nowhere,
}

/// Walks the pack through every unit in which items lie or may lie.
pub fn walk(world: &World, open: &[Item], reach: Reach) -> Vec<Addressee> {
    let directory = world.directory;
    let units = units_to_walk(directory, open);
    let mut found: BTreeMap<String, Addressee> = BTreeMap::new();
    for rule in rules(world.policy) {
        for target in rule.targets.iter().filter(|t| !matches!(t, Target::Role(_))) {
            let line = found.entry(word(target)).or_default();
            line.target = word(target);
            line.used_by.push(rule.name.clone());
        }
        for unit in &units {
            walk_rule(world, &rule, *unit, reach, &mut found);
        }
    }
    for line in found.values_mut() {
        let role = line.target.split('@').next().unwrap_or_default();
        let held = || directory.posts().iter().any(|p| p.role == role);
        line.unknown_role = !POST_ROLES.contains(&role) && !held();
    }
    found.extend(summaries(world, reach));
    found.into_values().collect()
}

fn walk_rule(world: &World, rule: &Rule, unit: UnitId, reach: Reach, found: &mut BTreeMap<String, Addressee>) {
    let item = Item { unit: Some(unit), ..Item::draft(world.now) };
    let mut heard = false;
    let mut empty: Vec<String> = Vec::new();
    for target in &rule.targets {
        // Who is named on the item itself is asked of the items; a post near it that stands in for them is not.
        let Target::Role(role) = target else {
            let people = world.resolve(&item, target);
            let line = found.entry(word(target)).or_default();
            let mut reached = false;
            for person in people {
                match reach(person) {
                    Some(channel) => {
                        *line.heard.entry((person, channel)).or_default() += 1;
                        reached = true;
                    }
                    None => drop(line.mute.insert(person)),
                }
            }
            heard |= reached;
            if !reached {
                empty.push(word(target));
            }
            continue;
        };
        heard |= match role {
            Role::Responsible | Role::Cc => false,
            Role::Leader | Role::Supervisor => world.resolve(&item, target).into_iter().any(|p| reach(p).is_some()),
            // R01: an item without a verifier is not issued; the assigner is the office that keeps the ledger.
            Role::Verifier | Role::Assigner => true,
        };
    }
    let gap = match rule.falls {
        _ if heard => Gap::Others,
        Falls::LastResort if world.last_resort(&item).into_iter().any(|p| reach(p).is_some()) => Gap::Default,
        Falls::Administrators if world.directory.administrators().into_iter().any(|p| reach(p).is_some()) => {
            Gap::Default
        }
        _ => Gap::Nobody,
    };
    for target in empty {
        // A county has no province above it: that is no gap while somebody else hears.
        if gap == Gap::Others && !has_level(world.directory, unit, &target) {
            continue;
        }
        let worst = found.entry(target).or_default().missing.entry(unit).or_insert(gap);
        *worst = gap.max(*worst);
    }
}

/// Whether a unit of the target's level lies above `unit`; `@unit` is met everywhere.
fn has_level(directory: &Directory, unit: UnitId, target: &str) -> bool {
    match target.split_once('@').and_then(|(_, level)| Level::parse(level)) {
        Some(level) => directory.chain(unit).iter().any(|u| directory.unit(*u).is_some_and(|u| u.level == level)),
        None => true,
    }
}

/// Every rule of the pack that names somebody besides the responsible person.
fn rules(policy: &Policy) -> Vec<Rule> {
    let named = |step: &str| (String::new(), step.to_owned());
    let mut all = Vec::new();
    for ladder in &policy.ladders {
        for step in &ladder.steps {
            let own = step.to.iter().any(|t| matches!(t, Target::Role(Role::Responsible | Role::Cc)));
            let falls = if own { Falls::Nowhere } else { Falls::LastResort };
            all.push(Rule { name: (ladder.name.clone(), step.id.clone()), targets: step.to.clone(), falls });
        }
    }
    let bounce = policy.close.bounce_to.clone();
    all.push(Rule { name: named("sent back twice"), targets: bounce, falls: Falls::LastResort });
    let approver = policy.extension.approver.clone();
    all.push(Rule { name: named("extension"), targets: approver, falls: Falls::LastResort });
    let page = policy.emergency.page.clone();
    all.push(Rule { name: named("emergency"), targets: page, falls: Falls::Administrators });
    all
}

/// Tables go to everybody who holds a post with their role, wherever it is.
fn summaries(world: &World, reach: Reach) -> Vec<(String, Addressee)> {
    let directory = world.directory;
    let mut lines: BTreeMap<String, Addressee> = BTreeMap::new();
    for summary in world.policy.summaries.iter().filter(|s| s.kind == SummaryKind::Table) {
        let key = format!("summary {}", summary.to_role);
        let line = lines.entry(key.clone()).or_insert(Addressee { target: key, ..Addressee::default() });
        line.used_by.push((String::new(), format!("summary {}", summary.id)));
        let posts = directory.posts();
        let posts = posts.iter().filter(|p| p.role == summary.to_role);
        let mut any = None;
        for post in posts {
            any = Some(post.unit);
            for person in directory.holders(post.id, world.now) {
                match reach(person) {
                    Some(channel) => *line.heard.entry((person, channel)).or_default() += 1,
                    None => drop(line.mute.insert(person)),
                }
            }
        }
        line.unknown_role = any.is_none() && !POST_ROLES.contains(&summary.to_role.as_str());
        let root = directory.units().into_iter().find(|u| u.parent.is_none()).map(|u| u.id);
        if let (true, Some(unit)) = (line.heard.is_empty(), any.or(root)) {
            line.missing.insert(unit, Gap::Nobody);
        }
    }
    lines.into_iter().collect()
}

/// Units in which items lie or may lie: those with open items, and those with no other than departments below them.
fn units_to_walk(directory: &Directory, open: &[Item]) -> Vec<UnitId> {
    let above: BTreeSet<UnitId> =
        directory.units().iter().filter(|u| u.level != Level::Department).filter_map(|u| u.parent).collect();
    let lowest = directory.units().into_iter().filter(|u| u.level != Level::Department && !above.contains(&u.id));
    let mut units: BTreeSet<UnitId> = lowest.map(|u| u.id).collect();
    units.extend(open.iter().filter_map(|i| i.unit).filter(|u| directory.unit(*u).is_some()));
    units.into_iter().collect()
}

/// An addressee as the pack writes it.
pub fn word(target: &Target) -> String {
    match target {
        Target::Role(role) => role.word().to_owned(),
        Target::Post { role, level } => format!("{role}@{}", level.map_or("unit", Level::word)),
        Target::Administrator => "administrator".to_owned(),
    }
}

/// Addressees whose role is none that the program knows, with the known one that is most like it: all that can be said
/// of a pack without a directory.
pub fn strange_roles(policy: &Policy) -> Vec<(String, Option<&'static str>)> {
    let mut all: BTreeSet<String> = BTreeSet::new();
    for target in rules(policy).iter().flat_map(|r| r.targets.clone()) {
        if let Target::Post { role, .. } = &target
            && !POST_ROLES.contains(&role.as_str())
        {
            all.insert(word(&target));
        }
    }
    let tables = policy.summaries.iter().filter(|s| s.kind == SummaryKind::Table);
    all.extend(tables.map(|s| s.to_role.clone()).filter(|r| !POST_ROLES.contains(&r.as_str())));
    all.into_iter().map(|target| (target.clone(), like(target.split('@').next().unwrap_or_default()))).collect()
}

/// The known role that a misspelt one most likely means.
pub fn like(role: &str) -> Option<&'static str> {
    let near = POST_ROLES.into_iter().map(|known| (distance(role, known), known)).min();
    near.filter(|(d, known)| *d * 2 <= known.len()).map(|(_, known)| known)
}

/// Letters to change, add or leave out to come from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (corner + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}

/// Open items by what is wrong with who is named on them.
#[derive(Clone, Debug, Default)]
pub struct Named<'a> {
    /// No living person is responsible.
    pub ownerless: Vec<&'a Item>,
    /// Somebody is, and no channel reaches any of them.
    pub unheard: Vec<&'a Item>,
    /// Nobody who could verify is alive: a claim falls to the last resort.
    pub unverifiable: Vec<&'a Item>,
}

/// Looks through the open items.
pub fn named<'a>(world: &World, open: &'a [Item], reach: Reach) -> Named<'a> {
    let mut found = Named::default();
    let mut reached: HashMap<PersonId, bool> = HashMap::new();
    for item in open.iter().filter(|i| i.state.is_open()) {
        let fixers = world.holders(item, Role::Responsible);
        if fixers.is_empty() {
            found.ownerless.push(item);
        } else if !fixers.iter().any(|p| *reached.entry(*p).or_insert_with(|| reach(*p).is_some())) {
            found.unheard.push(item);
        }
        if world.holders(item, Role::Verifier).is_empty() {
            found.unverifiable.push(item);
        }
    }
    found
}
