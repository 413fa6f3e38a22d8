//! The figures of a supervising office's table, and how they are written.
//!
//! A function of a snapshot: the items as they stood at the cut-off. Run again for the same cut-off
//! it gives the same bytes. Definitions are fixed here so that two offices never differ
//! (DOMAIN 4.4): a claim does not count as closed, and a percentage never rounds up to 100.0 while
//! one item is open.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::deadline::Office;
use super::item::{Item, ItemId, Severity, State};
use super::org::UnitId;
use super::world::World;

/// Figures of one unit (with everything below it) or of all together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub unit: String,
    /// Should be fixed: issued and not void.
    pub total: u64,
    /// Not those that the office closed without a verification.
    pub closed: u64,
    /// Closed by the office although nobody verified them.
    pub administrative: u64,
    /// With the fixer: assigned, acknowledged, in progress, blocked, bounced, reopened.
    pub in_progress: u64,
    /// Claimed or verified, not closed yet.
    pub waiting: u64,
    /// Part of `in_progress`.
    pub overdue: u64,
    pub major_open: u64,
    pub major_overdue: u64,
    pub unacknowledged: u64,
    pub extending: u64,
    /// Longest overdue, in working days.
    pub longest: i64,
    /// Closed, with a deadline and a known day of completion: of these the shares finished on time are.
    pub timed: u64,
    /// Closed, with a deadline; on which day they were done nobody knows.
    pub undated: u64,
    /// Closed with a claim at or before the deadline then in force.
    pub on_time: u64,
    /// Closed with a claim at or before the first deadline: extensions cannot hide delay.
    pub on_first_time: u64,
    /// Not in the table before.
    pub new: u64,
    /// Not closed in the table before, or opened and closed again since.
    pub newly_closed: u64,
}

impl Figures {
    pub fn open(&self) -> u64 {
        self.in_progress + self.waiting
    }
}

/// A line of the lists under the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub item: Item,
    /// Working days since the deadline, or since the claim.
    pub days: i64,
}

/// What the office sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    pub cutoff: DateTime<Utc>,
    pub all: Figures,
    pub rows: Vec<Figures>,
    /// The most pressing overdue items.
    pub overdue: Vec<Listed>,
    /// Claims that wait for a verifier: the office's own backlog must appear too (R19).
    pub unverified: Vec<Listed>,
}

/// What a table asks about an item. A stored item reads as one, at a fraction of the cost of the whole.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Counted {
    pub id: ItemId,
    unit: Option<UnitId>,
    severity: Severity,
    state: State,
    original_due: Option<DateTime<Utc>>,
    current_due: Option<DateTime<Utc>>,
    issued_at: Option<DateTime<Utc>>,
    claimed_at: Option<DateTime<Utc>>,
    #[serde(default)]
    undated: bool,
    state_since: DateTime<Utc>,
    #[serde(default)]
    administrative: bool,
    #[serde(rename = "extension", default, deserialize_with = "is_there")]
    extending: bool,
}

fn is_there<'de, D: serde::Deserializer<'de>>(field: D) -> Result<bool, D::Error> {
    Option::<IgnoredAny>::deserialize(field).map(|f| f.is_some())
}

impl From<&Item> for Counted {
    fn from(item: &Item) -> Counted {
        Counted {
            id: item.id,
            unit: item.unit,
            severity: item.severity,
            state: item.state,
            original_due: item.original_due,
            current_due: item.current_due,
            issued_at: item.issued_at,
            claimed_at: item.claimed_at,
            undated: item.undated,
            state_since: item.state_since,
            administrative: item.administrative,
            extending: item.extension.is_some(),
        }
    }
}

impl Counted {
    /// Should be fixed: it is in a table.
    fn counts(&self) -> bool {
        self.issued_at.is_some() && !matches!(self.state, State::Draft | State::Void)
    }

    fn is_closed(&self) -> bool {
        self.state == State::Closed && !self.administrative
    }

    fn is_overdue(&self, cutoff: DateTime<Utc>) -> bool {
        self.state.is_with_fixer() && self.current_due.is_some_and(|due| cutoff > due)
    }
}

/// Lines that the lists under a table may have.
const LISTED: usize = 20;

/// Adds up a table item by item, so that a million of them need not be in memory at once.
pub struct Tally<'a> {
    world: &'a World<'a>,
    row_of: HashMap<UnitId, usize>,
    digest: Digest,
    overdue: Pressing<(Reverse<Severity>, Option<DateTime<Utc>>, ItemId)>,
    unverified: Pressing<(Option<DateTime<Utc>>, ItemId)>,
}

impl<'a> Tally<'a> {
    /// An empty table with one row for each of `units` with its subtree.
    pub fn new(units: &[UnitId], cutoff: DateTime<Utc>, world: &'a World<'a>) -> Tally<'a> {
        let mut row_of = HashMap::new();
        let mut rows = Vec::new();
        for unit in units {
            let name = world.directory.unit(*unit).map(|u| u.name.clone()).unwrap_or_default();
            for below in world.directory.subtree(*unit) {
                row_of.entry(below).or_insert(rows.len());
            }
            rows.push(Figures { unit: name, ..Figures::default() });
        }
        let all = Figures::default();
        let digest = Digest { cutoff, all, rows, overdue: Vec::new(), unverified: Vec::new() };
        Tally { world, row_of, digest, overdue: Pressing(BTreeMap::new()), unverified: Pressing(BTreeMap::new()) }
    }

    /// Counts an item as it stood at the cut-off; one outside the units counts nowhere. `before`: as it stood at the
    /// table before, so that what happened in between is in this one and in no other. `whole` gives all of it, for the
    /// lists.
    pub fn add(&mut self, item: &Counted, before: Option<&Counted>, whole: impl FnOnce() -> Option<Item>) {
        let before = before.filter(|b| b.counts() && b.unit.is_some_and(|u| self.row_of.contains_key(&u)));
        let Some(row) = item.unit.and_then(|u| self.row_of.get(&u)).and_then(|n| self.digest.rows.get_mut(*n)) else {
            return;
        };
        if !item.counts() {
            return;
        }
        let cutoff = self.digest.cutoff;
        let office = self.world.office(item.unit);
        for figures in [row, &mut self.digest.all] {
            add(figures, item, cutoff, &office);
            figures.new += u64::from(before.is_none());
            let was_closed = before.is_some_and(|b| b.is_closed() && b.state_since == item.state_since);
            figures.newly_closed += u64::from(item.is_closed() && !was_closed);
        }
        if item.is_overdue(cutoff) {
            let key = (Reverse(item.severity), item.current_due, item.id);
            self.overdue
                .offer(key, || Some(Listed { days: days_since(item.current_due, cutoff, &office), item: whole()? }));
        } else if item.state == State::ReportedDone {
            let key = (item.claimed_at, item.id);
            self.unverified
                .offer(key, || Some(Listed { days: days_since(item.claimed_at, cutoff, &office), item: whole()? }));
        }
    }

    /// The table.
    pub fn finish(mut self) -> Digest {
        self.digest.overdue = self.overdue.0.into_values().collect();
        self.digest.unverified = self.unverified.0.into_values().collect();
        self.digest
    }
}

/// The most pressing lines.
struct Pressing<K>(BTreeMap<K, Listed>);

impl<K: Ord> Pressing<K> {
    /// Keeps a line if it is among the first.
    fn offer(&mut self, key: K, line: impl FnOnce() -> Option<Listed>) {
        if self.0.len() >= LISTED && self.0.last_key_value().is_some_and(|(last, _)| *last < key) {
            return;
        }
        self.0.extend(line().map(|line| (key, line)));
        if self.0.len() > LISTED {
            self.0.pop_last();
        }
    }
}

/// Working days from an instant to the cut-off, counted on local dates.
fn days_since(from: Option<DateTime<Utc>>, cutoff: DateTime<Utc>, office: &Office) -> i64 {
    let day = |t: DateTime<Utc>| t.with_timezone(&office.zone).date_naive();
    from.map_or(0, |f| office.calendar.workdays_between(day(f), day(cutoff)))
}

fn add(figures: &mut Figures, item: &Counted, cutoff: DateTime<Utc>, office: &Office) {
    let major = item.severity == Severity::Major;
    figures.total += 1;
    match item.state {
        State::Closed if item.administrative => {
            figures.administrative += 1;
            return;
        }
        State::Closed => {
            figures.closed += 1;
            let (Some(due), first) = (item.current_due, item.original_due) else { return };
            match item.claimed_at.filter(|_| !item.undated) {
                None => figures.undated += 1,
                Some(done) => {
                    figures.timed += 1;
                    figures.on_time += u64::from(done <= due);
                    figures.on_first_time += u64::from(done <= first.unwrap_or(due));
                }
            }
            return;
        }
        State::ReportedDone | State::Verified => figures.waiting += 1,
        _ => figures.in_progress += 1,
    }
    figures.major_open += u64::from(major);
    figures.unacknowledged += u64::from(item.state == State::Assigned);
    figures.extending += u64::from(item.extending);
    if item.is_overdue(cutoff) {
        figures.overdue += 1;
        figures.major_overdue += u64::from(major);
        figures.longest = figures.longest.max(days_since(item.current_due, cutoff, office));
    }
}

/// A share in percent with one decimal, half up; `-` for an empty whole; never `100.0%` unless
/// it is exactly all (R18).
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    let mut tenths = (part * 2_000 + whole) / (whole * 2);
    if tenths >= 1_000 && part < whole {
        tenths = 999;
    }
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// A count with thousands separated.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_all_while_one_is_open() {
        assert_eq!(percent(9_999, 10_000), "99.9%");
        assert_eq!(percent(124_840, 124_841), "99.9%");
        assert_eq!(percent(124_841, 124_841), "100.0%");
        assert_eq!(percent(0, 0), "-");
        assert_eq!(percent(1_425, 1_612), "88.4%");
        assert_eq!(percent(1, 16), "6.3%"); // 6.25 half up
        assert_eq!(thousands(1_612), "1,612");
        assert_eq!(thousands(612), "612");
    }
}
