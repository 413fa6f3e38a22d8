//! Which unit a name, a path, or a row with its township means.

use super::names::whole_key;
use super::{Directory, Level, UnitId};

/// Units that a name or a path may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Units {
    None,
    One(UnitId),
    Several(Vec<UnitId>),
}

impl Units {
    pub(super) fn of(mut found: Vec<UnitId>) -> Units {
        found.sort();
        found.dedup();
        match found.as_slice() {
            [] => Units::None,
            [one] => Units::One(*one),
            _ => Units::Several(found),
        }
    }
}

/// Units called so, or so without 政府 behind it.
pub(super) fn called(directory: &Directory, name: &str) -> Vec<UnitId> {
    let found = directory.units_called(name);
    if !found.is_empty() {
        return found;
    }
    let key = whole_key(name);
    let short = ["人民政府", "政府", "办事处"].iter().find_map(|end| key.strip_suffix(end));
    short.map(|short| directory.units_called(short)).unwrap_or_default()
}

/// Units [`called`] so; else those that are with the name of a unit above before it.
pub(super) fn units_answering(directory: &Directory, name: &str) -> Vec<UnitId> {
    let found = called(directory, name);
    if !found.is_empty() {
        return found;
    }
    let key = whole_key(name);
    // 柳河乡中心小学 is the 中心小学 of 柳河乡.
    let ends: Vec<usize> = key.char_indices().map(|(i, _)| i).skip(1).collect();
    for end in ends.into_iter().rev() {
        let (above, rest) = key.split_at(end);
        let above = directory.units_called(above);
        let inside = |u: &UnitId| directory.chain(*u).iter().skip(1).any(|c| above.contains(c));
        let found: Vec<UnitId> = directory.units_called(rest).into_iter().filter(inside).collect();
        if !found.is_empty() {
            return found;
        }
    }
    // 住建局 is the 县住建局, 中心小学 the 柳河中心小学 of 柳河乡: what is more in the name is no other name.
    let more = |unit: &UnitId| {
        let name = directory.unit(*unit).map(|u| whole_key(&u.name)).unwrap_or_default();
        let Some(before) = name.strip_suffix(&key) else { return false };
        let above = directory.chain(*unit);
        let above = above.iter().skip(1).filter_map(|u| directory.unit(*u)).map(|u| whole_key(&u.name));
        matches!(before, "省" | "市" | "县" | "区" | "镇" | "乡") || above.into_iter().any(|a| a.starts_with(before))
    };
    let ending = directory.units_named(name).into_iter().map(|u| u.id);
    ending.filter(|u| key.chars().count() >= 3 && more(u)).collect()
}

/// The unit at a path; parts above may be left out: 柳河乡/中心小学, or 中心小学 where there is one alone.
#[must_use]
pub fn by_path(directory: &Directory, path: &str) -> Units {
    let parts: Vec<&str> = path.split('/').map(str::trim).filter(|p| !p.is_empty()).collect();
    let Some((last, above)) = parts.split_last() else { return Units::None };
    let fits = |unit: &UnitId| {
        let mut chain = directory.chain(*unit).into_iter().skip(1).filter_map(|u| directory.unit(u));
        above.iter().rev().all(|part| {
            let part = whole_key(part);
            chain.any(|u| whole_key(&u.name) == part)
        })
    };
    let found: Vec<UnitId> = directory.units_called(last).into_iter().filter(fits).collect();
    // Written out from the top, a path means one.
    let exact = |u: &&UnitId| directory.chain(**u).len() == parts.len();
    match found.iter().filter(exact).collect::<Vec<_>>().as_slice() {
        [one] => Units::One(**one),
        _ => Units::of(found),
    }
}

/// The unit of a row with its township and county. One of this name in another township is another unit.
#[must_use]
pub fn unit_of_row(directory: &Directory, unit: &str, town: &str, county: &str) -> Units {
    let found = match unit.contains('/') {
        true => match by_path(directory, unit) {
            Units::None => Vec::new(),
            Units::One(one) => vec![one],
            Units::Several(some) => some,
        },
        false => units_answering(directory, unit),
    };
    let (mut inside, mut open) = (Vec::new(), Vec::new());
    for candidate in found {
        match (fit(directory, candidate, town, Level::Township), fit(directory, candidate, county, Level::County)) {
            (Fit::Elsewhere, _) | (_, Fit::Elsewhere) => {}
            (Fit::Inside, _) => inside.push(candidate),
            _ => open.push(candidate),
        }
    }
    Units::of(if inside.is_empty() { open } else { inside })
}

#[derive(PartialEq)]
enum Fit {
    Inside,
    /// Nothing is said, or the unit stands beside such places.
    Open,
    Elsewhere,
}

fn fit(directory: &Directory, unit: UnitId, place: &str, level: Level) -> Fit {
    if place.is_empty() {
        return Fit::Open;
    }
    let chain = directory.chain(unit);
    let named = units_answering(directory, place);
    if chain.iter().any(|u| named.contains(u)) {
        return Fit::Inside;
    }
    let other = |u: &UnitId| directory.unit(*u).is_some_and(|u| u.level == level);
    if chain.iter().any(other) { Fit::Elsewhere } else { Fit::Open }
}
