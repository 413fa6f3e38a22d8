//! Whether a unit that nobody has on record is one that is, under a new name.

use super::names::{self, phone_key};
use super::{Directory, UnitId};

/// What a new name beside known units may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renamed {
    No,
    /// This unit: its telephone and a name like its own.
    Was(UnitId),
    /// One of these, by its telephone or its name alone: somebody must say so.
    Perhaps(Vec<UnitId>),
}

/// What `name` with this telephone (empty: none is said) means among units in the same place that nothing else names.
#[must_use]
pub fn renamed(directory: &Directory, name: &str, phone: &str, beside: &[UnitId]) -> Renamed {
    let phone = phone_key(phone);
    // A switchboard is nobody's own.
    let shared = directory.units().iter().filter(|u| !phone.is_empty() && phone_key(&u.phone) == phone).count() > 1;
    let evidence = |id: &UnitId| {
        let unit = directory.unit(*id)?;
        let own = phone_key(&unit.phone);
        let contradicts = !phone.is_empty() && !own.is_empty() && own != phone;
        let reached = !phone.is_empty() && own == phone && !shared;
        let one_firm = names::without_form(&unit.name) == names::without_form(name);
        let alike = one_firm || is_like(&unit.name, name) && !is_part(&unit.name, name);
        match (reached, alike, one_firm && !contradicts) {
            (true, true, _) => Some((*id, true)),
            (true, false, _) | (false, _, true) => Some((*id, false)),
            (false, _, false) => None,
        }
    };
    let found: Vec<(UnitId, bool)> = beside.iter().filter_map(evidence).collect();
    match found.as_slice() {
        [] => Renamed::No,
        [(one, true)] => Renamed::Was(*one),
        _ => Renamed::Perhaps(found.into_iter().map(|(id, _)| id).collect()),
    }
}

/// What `name` in the row of somebody who holds a post in `unit` means: that unit where only the form of its firm is
/// written otherwise; asked about where it is like its name, as a transfer is possible.
#[must_use]
pub fn renamed_beside(directory: &Directory, name: &str, unit: UnitId) -> Renamed {
    let Some(known) = directory.unit(unit) else { return Renamed::No };
    if names::without_form(&known.name) == names::without_form(name) {
        return Renamed::Was(unit);
    }
    if is_like(&known.name, name) { Renamed::Perhaps(vec![unit]) } else { Renamed::No }
}

/// A slip of the pen apart, or with the same beginning (two signs, or a word): 红星花炮厂 and 红星烟花公司.
fn is_like(one: &str, other: &str) -> bool {
    let (a, b) = (names::whole_key(one), names::whole_key(other));
    let common = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let word = a.split(' ').next().unwrap_or_default();
    let stem = match a.is_ascii() {
        true => word.len() > 3 && b.split(' ').next() == Some(word),
        false => common >= 2,
    };
    stem || names::alike(one, other)
}

/// 红星花炮厂二分厂 may be a part of 红星花炮厂.
fn is_part(one: &str, other: &str) -> bool {
    let (one, other) = (names::whole_key(one), names::whole_key(other));
    one.starts_with(&other) || other.starts_with(&one)
}

#[cfg(test)]
mod tests {
    use super::super::{Level, Unit};
    use super::*;

    fn town(units: &[(&str, &str)]) -> (Directory, Vec<UnitId>) {
        let unit = |(n, (name, phone)): (usize, &(&str, &str))| Unit {
            id: UnitId(n as i64 + 1),
            parent: None,
            name: (*name).to_owned(),
            level: Level::Enterprise,
            calendar: String::new(),
            phone: (*phone).to_owned(),
        };
        let units: Vec<Unit> = units.iter().enumerate().map(unit).collect();
        let ids = units.iter().map(|u| u.id).collect();
        (Directory::new(Vec::new(), units, Vec::new(), Vec::new(), Vec::new()), ids)
    }

    #[test]
    fn telephone_and_name_together_are_the_unit_and_either_alone_is_asked_about() {
        let (town, all) = town(&[("红星花炮厂", "0799-5550301"), ("柳河小学", "0799-5550302"), ("旧粮站", "")]);
        let is = |name, phone| renamed(&town, name, phone, &all);
        assert_eq!(is("红星烟花有限公司", "07995550301"), Renamed::Was(UnitId(1)));
        assert_eq!(is("鸿运烟花厂", "0799-5550301"), Renamed::Perhaps(vec![UnitId(1)]));
        assert_eq!(is("红星花炮厂二分厂", "0799-5550301"), Renamed::Perhaps(vec![UnitId(1)]), "perhaps a part of it");
        assert_eq!(is("红星花炮厂有限公司", ""), Renamed::Perhaps(vec![UnitId(1)]));
        assert_eq!(is("红星花炮厂有限公司", "0799-5559999"), Renamed::No, "another telephone");
        assert_eq!(is("柳沟小学", "0799-5550399"), Renamed::No);
        assert_eq!(is("柳沟小学", ""), Renamed::No);
    }

    #[test]
    fn in_somebodys_row_only_the_form_of_the_firm_is_taken_for_granted() {
        let (town, all) = town(&[("柳河小学", ""), ("红星花炮有限公司", "")]);
        assert_eq!(renamed_beside(&town, "红星花炮", all[1]), Renamed::Was(all[1]));
        assert_eq!(renamed_beside(&town, "柳河中学", all[0]), Renamed::Perhaps(vec![all[0]]));
        assert_eq!(renamed_beside(&town, "城关粮库", all[0]), Renamed::No);
    }

    #[test]
    fn a_switchboard_tells_nothing() {
        let (town, all) = town(&[("县住建局", "0799-5550100"), ("县交通局", "0799-5550100")]);
        assert_eq!(renamed(&town, "县水利局", "0799-5550100", &all), Renamed::No);
    }
}
