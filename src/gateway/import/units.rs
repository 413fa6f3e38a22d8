//! Units of a file, and units that rows name and nobody listed.

use std::collections::HashSet;

use super::ImportReport;
use super::changes::{Change, RegisterChange, Subject};
use super::people::refused;
use crate::core::org::identity::{self, Units};
use crate::core::org::names::whole_key;
use crate::core::org::renamed::{Renamed, renamed, renamed_beside};
use crate::core::org::{Directory, Level, Post, Unit, UnitId};
use crate::gateway::Gateway;
use crate::ledger::{Place, Row, Severity, UnitRow, Workbook};
use crate::store::people::{self, NewUnit};
use crate::store::{Result, StoreError, Tx};

/// The tree of units while a file changes it.
pub(super) struct Tree {
    pub(super) directory: Directory,
    /// Made by this import.
    fresh: HashSet<UnitId>,
}

impl Tree {
    pub(super) fn new(directory: Directory) -> Tree {
        Tree { directory, fresh: HashSet::new() }
    }

    /// Takes over the units sheet. `whole`: it lists all, so a unit that stands elsewhere in it has moved.
    pub(super) async fn list(
        &mut self,
        tx: &mut Tx,
        rows: &[UnitRow],
        whole: bool,
        report: &mut ImportReport,
    ) -> Result<()> {
        for row in rows {
            let parent = match identity::by_path(&self.directory, &row.parent) {
                Units::One(unit) => Some(unit),
                Units::None if row.parent.is_empty() => None,
                Units::None => {
                    let hint = "write the parent's row above this one, by name or path";
                    let reason = "unit-parent-unknown: the unit above is not known";
                    refused(report, &row.place, &row.parent, reason, hint, "");
                    continue;
                }
                Units::Several(_) => {
                    let reason = "unit-ambiguous: several units have this name";
                    refused(report, &row.place, &row.parent, reason, "write the path from the top", "");
                    continue;
                }
            };
            match self.on_record(row, parent, rows, whole) {
                Ok(Some(known)) => self.take(tx, row, parent, Some(known), report).await?,
                Ok(None) => match self.was(row, parent, rows) {
                    Renamed::No => self.take(tx, row, parent, None, report).await?,
                    Renamed::Was(known) => self.take(tx, row, parent, Some(known), report).await?,
                    Renamed::Perhaps(others) => {
                        let paths: Vec<String> = others.iter().map(|u| self.directory.path(*u)).collect();
                        let reason =
                            "unit-renamed: this may be a new name of a unit on record; the row was not taken over";
                        let hint = "if it is, write the telephone on record and a name like the old one, and change the rest afterwards; if it is another unit, list both";
                        refused(report, &row.place, &row.name, reason, hint, &paths.join("、"));
                    }
                },
                Err(others) => {
                    let paths: Vec<String> = others.iter().map(|u| self.directory.path(*u)).collect();
                    let hint = "if it is another unit, list both; if it has moved, import the whole list with --whole";
                    let reason =
                        "unit-doubtful: a unit of this name is on record elsewhere; the row was not taken over";
                    refused(report, &row.place, &row.name, reason, hint, &paths.join("、"));
                }
            }
        }
        Ok(())
    }

    /// The unit that a row means, if there is one; the others of its name when it cannot be told.
    fn on_record(
        &self,
        row: &UnitRow,
        parent: Option<UnitId>,
        rows: &[UnitRow],
        whole: bool,
    ) -> std::result::Result<Option<UnitId>, Vec<UnitId>> {
        let named = self.directory.units_called(&row.name);
        let above = |unit: UnitId| self.directory.unit(unit).and_then(|u| u.parent);
        if let Some(own) = named.iter().find(|u| above(**u) == parent) {
            return Ok(Some(*own));
        }
        let Some(parent) = parent else {
            // Without a word about where it is: the one that there is.
            return match named.as_slice() {
                [] => Ok(None),
                [one] => Ok(Some(*one)),
                _ => Err(named),
            };
        };
        let listed = |unit: &UnitId| {
            rows.iter().any(|other| {
                let place = identity::by_path(&self.directory, &other.parent);
                let same = whole_key(&other.name) == whole_key(&row.name);
                same && match above(*unit) {
                    Some(up) => place == Units::One(up),
                    None => other.parent.is_empty(),
                }
            })
        };
        let open: Vec<UnitId> = named
            .into_iter()
            .filter(|u| !listed(u) && !self.directory.chain(parent).contains(u) && !self.fresh.contains(u))
            .collect();
        match open.as_slice() {
            [] => Ok(None),
            [one] if whole || self.has_moved(*one, parent) => Ok(Some(*one)),
            _ => Err(open),
        }
    }

    /// The unit whose new name a row may give: of those in the same place that no row names.
    fn was(&self, row: &UnitRow, parent: Option<UnitId>, rows: &[UnitRow]) -> Renamed {
        let listed = |unit: &Unit| rows.iter().any(|other| whole_key(&other.name) == whole_key(&unit.name));
        let beside: Vec<UnitId> = self.beside(parent).into_iter().filter(|u| !listed(u)).map(|u| u.id).collect();
        renamed(&self.directory, &row.name, row.phone.as_deref().unwrap_or_default(), &beside)
    }

    /// Units on record below a parent.
    fn beside(&self, parent: Option<UnitId>) -> Vec<&Unit> {
        let all = self.directory.units().into_iter();
        all.filter(|u| u.parent == parent && !self.fresh.contains(&u.id)).collect()
    }

    /// What a path of which no unit is on record means in the row of somebody with a post: the post's unit under another
    /// name, where it stands in that place.
    pub(super) fn under_another_name(&self, path: &str, post: &Post) -> Renamed {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = match identity::by_path(&self.directory, above) {
            Units::One(parent) => Some(parent),
            _ if above.is_empty() => None,
            _ => return Renamed::No,
        };
        match self.beside(parent).iter().any(|u| u.id == post.unit) {
            true => renamed_beside(&self.directory, name, post.unit),
            false => Renamed::No,
        }
    }

    /// A unit that stood above, or nowhere, stands in its place now: the tree was told more exactly.
    fn has_moved(&self, unit: UnitId, parent: UnitId) -> bool {
        let Some(unit) = self.directory.unit(unit) else { return false };
        let Some(above) = unit.parent else { return true };
        let inside = self.directory.chain(parent).contains(&above);
        inside && (self.fresh.contains(&parent) || unit.level == Level::Enterprise)
    }

    async fn take(
        &mut self,
        tx: &mut Tx,
        row: &UnitRow,
        parent: Option<UnitId>,
        known: Option<UnitId>,
        report: &mut ImportReport,
    ) -> Result<()> {
        let level = match Level::parse(&row.level) {
            Some(level) => Some(level),
            None if row.level.is_empty() => None,
            None => {
                let level = level_by_word(&row.level).unwrap_or_else(|| level_by_name(&row.name));
                let reason = format!("unit-level-read: read as {}", level.word());
                let hint = "if it is another: province, prefecture, county, township, enterprise or department";
                report.problems.push(
                    super::people::problem(&row.place, &row.level, Severity::Warning, &reason, hint)
                        .about(level.word()),
                );
                Some(level)
            }
        };
        let place = &row.place;
        let Some(old) = known.and_then(|id| self.directory.unit(id)).cloned() else {
            let level = level.unwrap_or_else(|| level_by_name(&row.name));
            let phone = row.phone.clone().unwrap_or_default();
            let unit = NewUnit { parent, name: row.name.clone(), level, calendar: row.calendar.clone(), phone };
            self.add(tx, unit, Some(place), report).await?;
            return Ok(());
        };
        let or_kept = |new: &str, old: &str| if new.is_empty() { old.to_owned() } else { new.to_owned() };
        let unit = NewUnit {
            parent: parent.or(old.parent),
            // Its spelling stays where it is one name.
            name: if whole_key(&row.name) == whole_key(&old.name) { old.name.clone() } else { row.name.clone() },
            level: level.unwrap_or(old.level),
            calendar: or_kept(&row.calendar, &old.calendar),
            phone: or_kept(row.phone.as_deref().unwrap_or_default(), &old.phone),
        };
        self.change(tx, &old, unit, Some(place), report).await
    }

    async fn add(
        &mut self,
        tx: &mut Tx,
        unit: NewUnit,
        place: Option<&Place>,
        report: &mut ImportReport,
    ) -> Result<UnitId> {
        let id = people::put_unit(tx, None, &unit).await?;
        self.keep(id, &unit);
        self.fresh.insert(id);
        report.units_changed += 1;
        report.register.push(RegisterChange::new(Subject::Unit, Change::Added, &self.directory.path(id), place));
        Ok(id)
    }

    async fn change(
        &mut self,
        tx: &mut Tx,
        old: &Unit,
        unit: NewUnit,
        place: Option<&Place>,
        report: &mut ImportReport,
    ) -> Result<()> {
        let path = self.directory.path(old.id);
        let mut change = RegisterChange::new(Subject::Unit, Change::Changed, &path, place);
        let name = |id: Option<UnitId>| id.map(|id| self.directory.path(id)).unwrap_or_default();
        let parents = (name(old.parent), name(unit.parent));
        let mut changed = change.field("unit_name", &old.name, &unit.name);
        changed |= change.field("parent", &parents.0, &parents.1);
        changed |= change.field("level", old.level.word(), unit.level.word());
        changed |= change.field("calendar", &old.calendar, &unit.calendar);
        changed |= change.field("phone", &old.phone, &unit.phone);
        if changed {
            people::put_unit(tx, Some(old.id), &unit).await?;
            self.keep(old.id, &unit);
            report.units_changed += 1;
            report.register.push(change);
        }
        Ok(())
    }

    fn keep(&mut self, id: UnitId, unit: &NewUnit) {
        let NewUnit { parent, name, level, calendar, phone } = unit.clone();
        self.directory.put_unit(Unit { id, parent, name, level, calendar, phone });
    }

    /// The unit at a path of which no unit is on record; missing parts are made and reported.
    pub(super) async fn make(&mut self, tx: &mut Tx, path: &str, report: &mut ImportReport) -> Result<UnitId> {
        let parts: Vec<&str> = path.split('/').map(str::trim).filter(|p| !p.is_empty()).collect();
        let known =
            (1..=parts.len()).rev().find_map(|n| match identity::by_path(&self.directory, &parts[..n].join("/")) {
                Units::One(unit) => Some((n, unit)),
                _ => None,
            });
        let (known, mut parent) = known.map_or((0, None), |(n, unit)| (n, Some(unit)));
        for name in &parts[known..] {
            parent = Some(self.below(tx, parent, name, report).await?);
        }
        parent.ok_or_else(|| StoreError::Unusable(format!("unit path {path:?} is empty")))
    }

    /// A unit by name below another: the one there, the top of the tree when something new was put above it, or a new one.
    async fn below(
        &mut self,
        tx: &mut Tx,
        parent: Option<UnitId>,
        name: &str,
        report: &mut ImportReport,
    ) -> Result<UnitId> {
        let named = self.directory.units_called(name);
        let above = |unit: &&UnitId| self.directory.unit(**unit).and_then(|u| u.parent);
        if let Some(there) = named.iter().find(|u| above(u) == parent) {
            return Ok(*there);
        }
        let is_new = parent.is_some_and(|p| self.fresh.contains(&p));
        if let ([top], true) = (named.as_slice(), is_new)
            && let Some(old) = self.directory.unit(*top).filter(|u| u.parent.is_none()).cloned()
        {
            let Unit { name, level, calendar, phone, .. } = old.clone();
            self.change(tx, &old, NewUnit { parent, name, level, calendar, phone }, None, report).await?;
            return Ok(old.id);
        }
        let (calendar, phone) = (String::new(), String::new());
        let unit = NewUnit { parent, name: name.to_owned(), level: level_by_name(name), calendar, phone };
        report.units_added.push(name.to_owned());
        self.add(tx, unit, None, report).await
    }

    /// The unit of a row that is not on record: below its township, which is made if need be, else below its county.
    async fn make_for(&mut self, tx: &mut Tx, row: &Row, report: &mut ImportReport) -> Result<()> {
        let county = match identity::unit_of_row(&self.directory, &row.county, "", "") {
            Units::One(unit) => Some(unit),
            _ => None,
        };
        let town = match identity::unit_of_row(&self.directory, &row.town, "", &row.county) {
            Units::One(unit) => Some(unit),
            Units::None if reads_like_a_township(&row.town) => Some(self.below(tx, county, &row.town, report).await?),
            Units::None | Units::Several(_) => None,
        };
        self.below(tx, town.or(county), &row.unit, report).await?;
        Ok(())
    }
}

impl Gateway {
    /// Units that rows name and nobody listed. True when any was made.
    pub(super) async fn make_missing_units(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        workbook: &Workbook,
        report: &mut ImportReport,
    ) -> Result<bool> {
        let mut seen = HashSet::new();
        let before = report.units_changed;
        let mut tree: Option<Tree> = None;
        for row in workbook.rows.iter().filter(|row| !row.unit.is_empty()) {
            if !seen.insert((row.unit.as_str(), row.town.as_str(), row.county.as_str())) {
                continue;
            }
            let known = tree.as_ref().map_or(directory, |tree| &tree.directory);
            if identity::unit_of_row(known, &row.unit, &row.town, &row.county) == Units::None {
                let tree = tree.get_or_insert_with(|| Tree::new(directory.clone()));
                tree.make_for(tx, row, report).await?;
            }
        }
        if report.units_changed > before {
            people::touch_directory(tx).await?;
        }
        Ok(report.units_changed > before)
    }
}

/// 青石镇, or any name in Latin letters: a column of townships also holds remarks.
fn reads_like_a_township(name: &str) -> bool {
    let latin = !name.is_empty() && name.is_ascii();
    latin || ["镇", "乡", "街道", "苏木", "林场", "农场", "开发区", "园区"].iter().any(|end| name.ends_with(end))
}

/// Kinds of units that have no level of their own: where such a one stands.
fn level_by_word(word: &str) -> Option<Level> {
    let ends = |list: &[&str]| list.iter().any(|e| word.ends_with(e));
    if ends(&[
        "村",
        "社区",
        "学校",
        "小学",
        "中学",
        "医院",
        "卫生院",
        "企业",
        "工厂",
        "单位",
        "公司",
        "养老院",
        "商场",
        "项目",
        "school",
        "village",
        "hospital",
    ]) {
        Some(Level::Enterprise)
    } else if ends(&["园区", "开发区", "新区", "景区", "农场", "林场", "乡镇", "park", "zone"]) {
        Some(Level::Township)
    } else if ends(&["所", "站", "科", "科室", "股", "室", "班组", "组", "队", "部门", "局", "办", "team", "section"])
    {
        Some(Level::Department)
    } else {
        None
    }
}

/// A guess for units nobody listed; the office can correct it in its units sheet.
fn level_by_name(name: &str) -> Level {
    let ends = |list: &[&str]| list.iter().any(|e| name.ends_with(e));
    if ends(&["省", "自治区"]) {
        Level::Province
    } else if ends(&["开发区", "园区"]) {
        Level::Township
    } else if ends(&["小区", "社区", "校区", "厂区", "景区", "超市"]) {
        Level::Enterprise
    } else if ends(&["市", "州"]) {
        Level::Prefecture
    } else if ends(&["县", "区"]) {
        Level::County
    } else if ends(&["镇", "乡", "街道"]) {
        Level::Township
    } else if ends(&["局", "办", "队", "委", "科", "中心"]) {
        Level::Department
    } else {
        Level::Enterprise
    }
}
