//! What a list calls otherwise than the register: entries that were merged, units under another name.

use std::collections::HashMap;

use super::ImportReport;
use super::people::{Office, Prepared, problem};
use crate::core::org::identity::{self, Units};
use crate::core::org::names::whole_key;
use crate::core::org::register::{Account, Verdict};
use crate::core::org::renamed::Renamed;
use crate::core::org::{PersonId, UnitId};
use crate::ledger::Severity;
use crate::store::{Result, Tx};

impl Office<'_> {
    /// Rows of an entry that was merged, beside a row of the person whom it was merged into: what they name of posts and
    /// addresses is that person's, whose own row says the rest.
    pub(super) fn follow_merges(&self, rows: &mut [Prepared<'_>], report: &mut ImportReport) {
        let behind: Vec<Option<PersonId>> = rows.iter().map(|row| self.register.behind(&row.sought())).collect();
        let mut own: HashMap<PersonId, usize> = HashMap::new();
        for (n, row) in rows.iter().enumerate().filter(|(n, _)| behind[*n].is_none()) {
            if let Verdict::Same(id) | Verdict::Renamed(id) = self.register.decide(n, &row.sought()) {
                own.entry(id).or_insert(n);
            }
        }
        for (n, id) in behind.into_iter().enumerate().filter_map(|(n, id)| Some((n, id?))) {
            let first = *own.entry(id).or_insert(n);
            if first == n {
                continue;
            }
            let accounts = std::mem::take(&mut rows[n].accounts);
            let new: Vec<Account> = accounts.into_iter().filter(|a| !rows[first].accounts.contains(a)).collect();
            rows[first].accounts.extend(new);
            rows[n].merged = Some(id);
            let reason = "person-merged: this entry was merged into another; of the row only its post and addresses were taken over";
            let hint = "export the register anew for the next change";
            let found = problem(&rows[n].row.place, &rows[n].row.name, Severity::Warning, reason, hint);
            report.problems.push(found.about(self.shown(&[id])));
        }
    }

    /// The unit of a row, made if nobody has it on record; `None` when it may be that of the person's post under a new name.
    pub(super) async fn unit_of(
        &mut self,
        tx: &mut Tx,
        at: usize,
        prepared: &Prepared<'_>,
        report: &mut ImportReport,
    ) -> Result<Option<UnitId>> {
        let row = prepared.row;
        if let Some(unit) = prepared.unit {
            return Ok(Some(unit));
        }
        if let Units::One(unit) = identity::by_path(&self.tree.directory, &row.unit_path) {
            return Ok(Some(unit));
        }
        let title = whole_key(&row.post_title);
        let held = self.posts.of(self.touched[at].id).into_iter().filter(|p| whole_key(&p.title) == title);
        let found = held.map(|post| (post.id, post.unit, self.tree.under_another_name(&row.unit_path, post)));
        let Some((post, unit, was)) = found.into_iter().find(|(.., was)| *was != Renamed::No) else {
            return Ok(Some(self.tree.make(tx, &row.unit_path, report).await?));
        };
        let sure = matches!(was, Renamed::Was(_));
        let (reason, hint) = match sure {
            true => (
                "unit-read: no unit of this name is on record; it was read as the person's own",
                "if it has a new name, write that into the list of units",
            ),
            false => (
                "unit-like: no unit of this name is on record, and the person's own is called almost so; the post stays as it was",
                "a new name: write it into the list of units; another unit: add it there first",
            ),
        };
        let found = problem(&row.place, &row.unit_path, Severity::Warning, reason, hint);
        report.problems.push(found.about(self.tree.directory.path(unit)));
        self.touched[at].named.push(post);
        Ok(sure.then_some(unit))
    }
}
