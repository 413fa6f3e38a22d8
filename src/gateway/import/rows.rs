//! One ledger row: a new item, a changed one, or nothing.

mod place;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{ImportReport, ImportedItem};
use crate::core::item::{Assignment, Item, ItemId, Role, State};
use crate::core::org::{Directory, Who};
use crate::core::transition::{Event, Refusal, amend};
use crate::gateway::Gateway;
use crate::gateway::act::Origin;
use crate::ledger::cells::StatusClaim;
use crate::ledger::{self, PersonRef, Problem, Row};
use crate::store::{Result, StoreError, Tx, events, items};

/// The fields of a row that an item depends on, as written.
type Fields = BTreeMap<String, String>;

impl Gateway {
    pub(super) async fn import_row(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        key: &str,
        row: &Row,
        report: &mut ImportReport,
    ) -> Result<()> {
        let fields = fields_of(row);
        let text = serde_json::to_string(&fields).map_err(|e| StoreError::Damaged(e.to_string()))?;
        match items::by_ledger_key(tx, key).await? {
            None => self.add_item(tx, directory, key, row, &text, report).await,
            Some((_, stored)) if stored == text => {
                report.unchanged += 1;
                Ok(())
            }
            Some((item, stored)) => {
                items::save_row(tx, item.id, &text).await?;
                let before: Fields = serde_json::from_str(&stored).unwrap_or_default();
                self.change_item(tx, directory, item, row, &before, &fields, report).await
            }
        }
    }

    async fn add_item(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        key: &str,
        row: &Row,
        text: &str,
        report: &mut ImportReport,
    ) -> Result<()> {
        let mut problems = Vec::new();
        let draft = self.item_from(directory, row, &mut problems);
        let mut item = items::insert(tx, draft, Some(key), text, None).await?;
        events::append(tx, &item, self.now(), Origin::OFFICE.actor, "", None, &Event::Register).await?;
        let blocked = row.is_draft() || problems.iter().any(|p| p.severity >= ledger::Severity::Draft);
        report.problems.append(&mut problems);
        let entry = entry(row, &item, Vec::new());
        if !blocked && let Some(issued) = self.try_issue(tx, directory, &item, row, report).await? {
            item = issued;
        }
        if item.state == State::Draft {
            report.drafts.push(entry.clone());
        }
        report.added.push(entry);
        Ok(())
    }

    /// Issues a complete draft; what keeps it a draft goes into the report.
    async fn try_issue(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        item: &Item,
        row: &Row,
        report: &mut ImportReport,
    ) -> Result<Option<Item>> {
        let issued = match self.act(tx, directory, item, Origin::OFFICE, &Event::Issue).await? {
            Ok(change) => change.item,
            Err(refusal) => {
                report.problems.push(not_applied(row, &refusal));
                return Ok(None);
            }
        };
        // A ledger that says "done" is a claim like any other: somebody else verifies.
        if matches!(row.status, StatusClaim::Done | StatusClaim::Verified) {
            let event = Event::ClaimDone { at: None, note: row.status_text.clone() };
            let item = items_now(tx, issued.id).await?;
            if let Ok(change) = self.act(tx, directory, &item, Origin::OFFICE, &event).await? {
                return Ok(Some(change.item));
            }
        }
        Ok(Some(issued))
    }

    #[allow(clippy::too_many_arguments)] // one row, its item, before and after
    async fn change_item(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        old: Item,
        row: &Row,
        before: &Fields,
        after: &Fields,
        report: &mut ImportReport,
    ) -> Result<()> {
        let changed: Vec<(String, String, String)> = after
            .iter()
            .filter(|(k, v)| before.get(*k) != Some(*v))
            .map(|(k, v)| (k.clone(), before.get(k).cloned().unwrap_or_default(), v.clone()))
            .collect();
        report.changed.push(entry(row, &old, changed.clone()));
        let mut problems = Vec::new();
        let read = self.item_from(directory, row, &mut problems);
        let blocked = row.is_draft() || problems.iter().any(|p| p.severity >= ledger::Severity::Draft);
        report.problems.append(&mut problems);
        if matches!(old.state, State::Closed | State::Void) || (blocked && old.state != State::Draft) {
            return Ok(()); // what is closed stays closed; an unreadable change changes nothing
        }
        let mut item = old.clone();
        item.unit = read.unit;
        item.title = read.title;
        item.description = read.description;
        item.place = read.place;
        item.severity = read.severity;
        item.industry = read.industry;
        item.tags = read.tags;
        item.listed = read.listed;
        item.basis = read.basis;
        let now = self.now();
        if old.state == State::Draft {
            item.assignments = read.assignments;
            (item.due, item.original_due, item.current_due, item.provisional) =
                (read.due, read.original_due, read.current_due, read.provisional);
        } else {
            replace_assignments(&mut item, read.assignments, now);
            if read.current_due != item.current_due && read.due != old.due {
                (item.due, item.current_due, item.provisional) = (read.due, read.current_due, read.provisional);
            }
        }
        let names: Vec<String> = changed.iter().map(|(k, ..)| k.clone()).collect();
        let change = match amend(&old, item, &names, &self.world(directory)) {
            Ok(change) => change,
            Err(refusal) => {
                report.problems.push(not_applied(row, &refusal));
                return Ok(());
            }
        };
        self.store_office_change(tx, directory, &old, &change, &Event::Amend { fields: names }).await?;
        if old.state == State::Draft && !blocked {
            let item = items_now(tx, old.id).await?;
            self.try_issue(tx, directory, &item, row, report).await?;
        }
        Ok(())
    }
}

/// A row that the rules keep from being issued or changed.
fn not_applied(row: &Row, refusal: &Refusal) -> Problem {
    Problem {
        place: row.place.clone(),
        value: String::new(),
        severity: ledger::Severity::Draft,
        reason: format!("not-issued: {}", serde_json::to_string(refusal).unwrap_or_default()),
        hint: "fill in what is missing and import again".to_owned(),
    }
}

async fn items_now(tx: &mut Tx, id: ItemId) -> Result<Item> {
    items::get(tx, id).await?.ok_or_else(|| StoreError::Damaged(format!("item {} is gone", id.0)))
}

fn entry(row: &Row, item: &Item, fields: Vec<(String, String, String)>) -> ImportedItem {
    ImportedItem {
        key: row.key.clone(),
        code: item.code.clone(),
        title: item.title.clone(),
        place: row.place.to_string(),
        fields,
    }
}

/// Assignments of the file replace those in force; history keeps the old ones.
fn replace_assignments(item: &mut Item, new: Vec<Assignment>, now: DateTime<Utc>) {
    for role in Role::ALL {
        let wanted: Vec<Who> = new.iter().filter(|a| a.role == role).map(|a| a.who).collect();
        let held: Vec<Who> =
            item.assignments.iter().filter(|a| a.role == role && a.until.is_none()).map(|a| a.who).collect();
        if wanted.is_empty() || wanted == held {
            continue;
        }
        item.assignments.iter_mut().filter(|a| a.role == role && a.until.is_none()).for_each(|a| a.until = Some(now));
        item.assignments.extend(new.iter().filter(|a| a.role == role).cloned());
    }
}

/// What of a row an item depends on; anything else (the row's number, its place) may change freely.
fn fields_of(row: &Row) -> Fields {
    let names = |people: &[PersonRef]| people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join("、");
    let mut fields = Fields::new();
    let mut put = |key: &str, value: String| fields.insert(key.to_owned(), value);
    put("检查时间", row.found_on.map(|d| d.to_string()).unwrap_or_default());
    put("县市区", row.county.clone());
    put("乡镇街道", row.town.clone());
    put("受检单位", row.unit.clone());
    put("行业领域", row.industry.clone());
    put("隐患部位", row.place_text.clone());
    put("存在问题", row.description.clone());
    put("隐患等级", row.severity_text.clone());
    put("判定依据", row.basis.clone());
    put("整改措施", row.measures.clone());
    put("整改期限", row.due_text.clone());
    put("责任单位", row.responsible_unit.clone());
    put("整改责任人", names(&row.responsible));
    put("责任领导", names(&row.leader));
    put("监管部门", row.supervise_unit.clone());
    put("复查人", names(&row.verifier));
    put("交办人", names(&row.assigner));
    put("整改情况", row.status_text.clone());
    put("备注", row.note.clone());
    for (header, value) in &row.extra {
        put(header, value.clone());
    }
    fields
}
