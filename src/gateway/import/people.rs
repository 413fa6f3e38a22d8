//! Units, people, posts and contact points from a workbook.

use std::collections::HashMap;

use super::ImportReport;
use crate::core::org::{Directory, Level, Locale, PersonId, UnitId};
use crate::core::quiet::QuietHours;
use crate::gateway::Gateway;
use crate::ledger::{PersonRow, Place, Problem, Severity, Workbook};
use crate::store::people::{self, NewPerson};
use crate::store::{Result, StoreError, Tx};

/// Units by name and by path.
type Units = HashMap<String, UnitId>;

fn problem(place: &Place, value: &str, severity: Severity, reason: &str, hint: &str) -> Problem {
    Problem {
        place: place.clone(),
        value: value.to_owned(),
        severity,
        reason: reason.to_owned(),
        hint: hint.to_owned(),
        about: String::new(),
    }
}

/// Finds a unit by its path, or by its last part.
fn unit_by_path(units: &Units, path: &str) -> Option<UnitId> {
    let path = path.trim_matches('/');
    units.get(path).or_else(|| units.get(path.rsplit('/').next()?)).copied()
}

impl Gateway {
    /// Writes units and people; the report counts what changed.
    pub(super) async fn import_organisation(
        &self,
        tx: &mut Tx,
        workbook: &Workbook,
        report: &mut ImportReport,
    ) -> Result<()> {
        if workbook.units.is_empty() && workbook.people.is_empty() {
            return Ok(());
        }
        let mut units = known_units(&people::load(tx).await?);
        for row in &workbook.units {
            let parent = if row.parent.is_empty() { None } else { unit_by_path(&units, &row.parent) };
            if parent.is_none() && !row.parent.is_empty() {
                let hint = "write the parent's row above this one, by name or path";
                report.problems.push(problem(
                    &row.place,
                    &row.parent,
                    Severity::Refused,
                    "unit-parent-unknown: the unit above is not known",
                    hint,
                ));
                report.refused += 1;
                continue;
            }
            let Some(level) = Level::parse(&row.level) else {
                let hint = "write province, prefecture, county, township, enterprise or department";
                report.problems.push(problem(
                    &row.place,
                    &row.level,
                    Severity::Refused,
                    "unit-level-unknown: the level is not known",
                    hint,
                ));
                report.refused += 1;
                continue;
            };
            let (id, changed) =
                people::put_unit(tx, parent, &row.name, level, &row.calendar, row.phone.as_deref().unwrap_or_default())
                    .await?;
            report.units_changed += u64::from(changed);
            let path = if row.parent.is_empty() { row.name.clone() } else { format!("{}/{}", row.parent, row.name) };
            units.insert(path, id);
            units.insert(row.name.clone(), id);
        }
        for row in &workbook.people {
            self.import_person(tx, &mut units, row, report).await?;
        }
        if report.units_changed + report.people_changed > 0 {
            people::touch_directory(tx).await?;
        }
        Ok(())
    }

    async fn import_person(
        &self,
        tx: &mut Tx,
        units: &mut Units,
        row: &PersonRow,
        report: &mut ImportReport,
    ) -> Result<()> {
        let zone = if row.zone.is_empty() { self.policy.zone.name().to_owned() } else { row.zone.clone() };
        let mut refuse = |value: &str, reason: &str, hint: &str| {
            report.problems.push(problem(&row.place, value, Severity::Refused, reason, hint));
            report.refused += 1;
        };
        if zone.parse::<chrono_tz::Tz>().is_err() {
            refuse(&zone, "zone-unknown: the time zone is not known", "write an IANA name such as Asia/Shanghai");
            return Ok(());
        }
        if !row.quiet.is_empty() && QuietHours::parse(&row.quiet).is_err() {
            refuse(&row.quiet, "quiet-unreadable: the quiet hours cannot be read", "write them as 21:30-07:30");
            return Ok(());
        }
        if row.problems.iter().any(|p| p.severity == Severity::Refused) {
            return Ok(());
        }
        let person = NewPerson {
            name: row.name.clone(),
            locale: Locale::from_tag(&row.locale),
            zone,
            quiet: Some(row.quiet.clone()).filter(|q| !q.is_empty()),
            phone: row.phone.clone().unwrap_or_default(),
            administrator: row.post_role == "administrator",
        };
        let known = self.same_person(tx, row).await?;
        let (id, mut changed) = people::put_person(tx, known, &person).await?;
        if !row.unit_path.is_empty() && !row.post_title.is_empty() {
            let unit = self.unit_of(tx, units, &row.unit_path, report).await?;
            let role = if row.post_role.is_empty() { "staff" } else { &row.post_role };
            let (post, new_post) = people::put_post(tx, unit, &row.post_title, role).await?;
            changed |= new_post | people::take_post(tx, post, id, self.now()).await?;
        }
        for (n, (channel, address)) in row.channels.iter().enumerate() {
            match people::put_contact(tx, id, channel, address, n as i64 + 1, self.now()).await {
                Ok(new) => changed |= new,
                Err(StoreError::Unusable(reason)) => {
                    let hint = "an address can belong to one person; correct one of the two rows";
                    report.problems.push(
                        problem(&row.place, channel, Severity::Warning, &format!("contact-taken: {reason}"), hint)
                            .about(reason),
                    );
                }
                Err(error) => return Err(error),
            }
        }
        report.people_changed += u64::from(changed);
        Ok(())
    }

    /// The person this row means, if known: by an address, else by name and phone.
    async fn same_person(&self, tx: &mut Tx, row: &PersonRow) -> Result<Option<PersonId>> {
        for (channel, address) in &row.channels {
            if let Some(owner) = people::owner(tx, channel, address).await? {
                return Ok(Some(owner));
            }
        }
        people::by_name_and_phone(tx, &row.name, row.phone.as_deref().unwrap_or_default()).await
    }

    /// The unit at a path; missing parts are made as departments and reported.
    async fn unit_of(&self, tx: &mut Tx, units: &mut Units, path: &str, report: &mut ImportReport) -> Result<UnitId> {
        if let Some(id) = unit_by_path(units, path) {
            return Ok(id);
        }
        let mut parent = None;
        let mut so_far = String::new();
        for name in path.split('/').filter(|n| !n.is_empty()) {
            so_far = if so_far.is_empty() { name.to_owned() } else { format!("{so_far}/{name}") };
            parent = match unit_by_path(units, &so_far) {
                Some(id) => Some(id),
                None => {
                    let (id, _) = people::put_unit(tx, parent, name, level_by_name(name), "", "").await?;
                    report.units_changed += 1;
                    report.units_added.push(name.to_owned());
                    units.insert(so_far.clone(), id);
                    units.insert(name.to_owned(), id);
                    Some(id)
                }
            };
        }
        parent.ok_or_else(|| StoreError::Unusable(format!("unit path {path:?} is empty")))
    }

    /// Units that rows name and nobody listed: enterprises under their township. True when any was made.
    pub(super) async fn make_missing_units(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        workbook: &Workbook,
        report: &mut ImportReport,
    ) -> Result<bool> {
        let mut units = known_units(directory);
        let before = report.units_changed;
        for row in &workbook.rows {
            if row.unit.is_empty() || units.contains_key(&row.unit) {
                continue;
            }
            let above = [&row.town, &row.county].into_iter().find_map(|name| units.get(name.as_str()).copied());
            let (id, _) = people::put_unit(tx, above, &row.unit, level_by_name(&row.unit), "", "").await?;
            report.units_changed += 1;
            report.units_added.push(row.unit.clone());
            units.insert(row.unit.clone(), id);
        }
        if report.units_changed > before {
            people::touch_directory(tx).await?;
        }
        Ok(report.units_changed > before)
    }
}

fn known_units(directory: &Directory) -> Units {
    let mut units = Units::new();
    for unit in directory.units() {
        let chain = directory.chain(unit.id);
        let names: Vec<&str> = chain.iter().rev().filter_map(|u| directory.unit(*u)).map(|u| u.name.as_str()).collect();
        units.insert(names.join("/"), unit.id);
        units.entry(unit.name.clone()).or_insert(unit.id);
    }
    units
}

/// A guess for units nobody listed; the office can correct it in its units sheet.
fn level_by_name(name: &str) -> Level {
    let ends = |list: &[&str]| list.iter().any(|e| name.ends_with(e));
    if ends(&["省"]) {
        Level::Province
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
