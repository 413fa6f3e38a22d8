//! Rows of items on record: what changed in them, and what that does.

use chrono::{DateTime, Utc};

use super::{Claim, entry, not_applied, not_taken_over};
use crate::core::item::{Assignment, Item, ItemId, Role, State};
use crate::core::org::{Directory, Who};
use crate::core::transition::{Event, Refusal, amend};
use crate::gateway::Gateway;
use crate::gateway::import::ImportReport;
use crate::gateway::import::matching::Line;
use crate::ledger::cells::StatusClaim;
use crate::ledger::{Key, Problem, Row, Severity};
use crate::store::ledgers::Fields;
use crate::store::work::Work;
use crate::store::{Result, StoreError, Tx, json, ledgers};

impl Gateway {
    /// A row of an item on record. What the last export wrote is no change when it comes back. Gives the row to be kept
    /// when nothing but its place in the file changed.
    #[allow(clippy::too_many_arguments)] // one row and what is on record of it
    pub(super) async fn compare(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        known: ledgers::Stored,
        line: &Line<'_>,
        fields: Fields,
        text: String,
        report: &mut ImportReport,
    ) -> Result<Option<(ItemId, String)>> {
        let row = line.row;
        let changed = if known.row == text { Vec::new() } else { changes(&known, &fields) };
        if changed.is_empty() && !known.draft {
            report.unchanged += 1;
            return renumbered(&known, &fields);
        }
        let item = known.item()?;
        let (read, blocked) = self.read_row(directory, line, report);
        if !changed.is_empty() {
            let id = item.id;
            let names: Vec<String> = changed.iter().map(|(name, ..)| name.clone()).collect();
            let mut work = Work::new(tx, self.now());
            let taken = self.change_item(&mut work, directory, item, row, (read, blocked), changed, report).await?;
            work.settle().await?;
            if taken {
                ledgers::save_row(tx, id, &text, &row.look).await?;
                ledgers::note_said(tx, id, names.iter().map(String::as_str), self.now()).await?;
            }
            return Ok(None);
        }
        // A draft may lack what is not in its row: a person, a unit. Those may be known by now.
        let missing = read.missing_for_issue(self.now());
        if !blocked && missing.is_empty() {
            let mut work = Work::new(tx, self.now());
            self.change_item(&mut work, directory, item, row, (read, blocked), changed, report).await?;
            work.settle().await?;
            return renumbered(&known, &fields);
        }
        if !blocked {
            let missing = missing.into_iter().map(str::to_owned).collect();
            report.problems.push(not_applied(row, &Refusal::Incomplete { missing }));
        }
        report.unchanged += 1;
        report.drafts.push(entry(row, &item, Vec::new()));
        renumbered(&known, &fields)
    }

    /// Applies what changed in a row, or for a draft around it. `read`: the item as the row describes it now, and
    /// whether something keeps it from being issued. False: nothing was taken over, and it is a change still, reported
    /// each time until it can be.
    #[allow(clippy::too_many_arguments)] // one row, its item, before and after
    async fn change_item(
        &self,
        work: &mut Work<'_>,
        directory: &Directory,
        old: Item,
        row: &Row,
        (read, blocked): (Item, bool),
        changed: Vec<(String, String, String)>,
        report: &mut ImportReport,
    ) -> Result<bool> {
        let entry = entry(row, &old, changed.clone());
        let was_draft = old.state == State::Draft;
        let old = match taken_back(&old, row, &changed) {
            TakenBack::No => old,
            TakenBack::Said => {
                report.problems.push(status_behind(row, &old));
                report.held.push(entry);
                return Ok(false);
            }
            TakenBack::By(event) => {
                if let Err(refusal) = self.act(work, directory, &old, &report.origin(), &event).await? {
                    report.problems.push(not_taken_over(row, &refusal));
                    report.held.push(entry);
                    return Ok(false);
                }
                items_now(work, old.id).await?
            }
        };
        if matches!(old.state, State::Closed | State::Void) {
            report.changed.push(entry);
            return Ok(true); // what is closed stays closed until the ledger says that it is not
        }
        if blocked && !was_draft {
            report.held.push(entry);
            return Ok(false); // an unreadable change changes nothing
        }
        if blocked {
            report.drafts.push(entry.clone());
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
        if was_draft {
            item.assignments = read.assignments;
            (item.due, item.original_due, item.current_due, item.provisional) =
                (read.due, read.original_due, read.current_due, read.provisional);
        } else {
            // A row changes what it names: a new note beside an old deadline or person takes back nothing that was decided
            // since.
            replace_assignments(&mut item, read.assignments, now, &changed);
            let due_named = [Key::Due, Key::FoundOn].iter().any(|key| is_named(&changed, *key));
            if due_named && read.current_due != item.current_due && read.due != old.due {
                (item.due, item.current_due, item.provisional) = (read.due, read.current_due, read.provisional);
            }
        }
        let names: Vec<String> = changed.iter().map(|(k, ..)| k.clone()).collect();
        let change = match amend(&old, item, &|locale| Key::in_words(&names, locale), &self.world(directory)) {
            Ok(change) => change,
            Err(refusal) => {
                report.problems.push(not_taken_over(row, &refusal));
                report.held.push(entry);
                return Ok(false);
            }
        };
        report.changed.push(entry);
        // Only a cell that was written now claims anything. Another one may have stood there since before the item was
        // opened again; so a new 复查人 beside an old 已销号 closes nothing.
        let is_new = |key: Key| names.iter().any(|name| name == key.canonical());
        let said = match (is_new(Key::Status), is_new(Key::Closed) && row.says_closed) {
            (_, true) => row.status,
            (true, false) => row.status_alone,
            (false, false) => StatusClaim::Unsaid,
        };
        self.store_office_change(work, directory, &old, &change, &report.origin(), &Event::Amend { fields: names })
            .await?;
        if was_draft {
            let item = items_now(work, old.id).await?;
            if !blocked && !self.issue(work, directory, &item, row, report).await? {
                report.drafts.push(self::entry(row, &item, Vec::new()));
            }
        } else if said >= StatusClaim::Done {
            let item = items_now(work, old.id).await?;
            self.take_claim(work, directory, &item, row, said, report).await?;
        }
        Ok(true)
    }

    /// Issues a complete draft; what keeps it a draft goes into the report. True when it was issued or closed.
    async fn issue(
        &self,
        work: &mut Work<'_>,
        directory: &Directory,
        item: &Item,
        row: &Row,
        report: &mut ImportReport,
    ) -> Result<bool> {
        if let Claim::Closed(event) = self.claim(directory, item, row, row.status)
            && self.act(work, directory, item, &report.origin(), &event).await?.is_ok()
        {
            return Ok(true);
        }
        if let Err(refusal) = self.act(work, directory, item, &report.origin(), &Event::Issue).await? {
            report.problems.push(not_applied(row, &refusal));
            return Ok(false);
        }
        let item = items_now(work, item.id).await?;
        self.take_claim(work, directory, &item, row, row.status, report).await?;
        Ok(true)
    }

    /// A ledger that says "done" is a claim like any other: somebody else verifies. One that says who checked
    /// it closes the item.
    async fn take_claim(
        &self,
        work: &mut Work<'_>,
        directory: &Directory,
        item: &Item,
        row: &Row,
        said: StatusClaim,
        report: &ImportReport,
    ) -> Result<()> {
        let event = match self.claim(directory, item, row, said) {
            Claim::Closed(event) if item.state.is_open() => event,
            Claim::Closed(_) | Claim::Done if item.state.is_with_fixer() => {
                Event::ClaimDone { at: self.done_at(directory, item, row), note: row.status_text.clone() }
            }
            _ => return Ok(()),
        };
        // What the rules refuse leaves the item as it is: it is still somebody's to finish.
        let _refused = self.act(work, directory, item, &report.origin(), &event).await?;
        Ok(())
    }
}

/// Field by field what is new in a row: name, before, after. An old export that comes back is nothing new.
fn changes(known: &ledgers::Stored, fields: &Fields) -> Vec<(String, String, String)> {
    let (before, exported) = (known.fields(), known.exported());
    let pairs = fields.iter().map(|(name, now)| (name, before.get(name).map_or("", String::as_str), now));
    pairs
        .filter(|(name, was, now)| {
            was != now && *name != Key::Seq.canonical() && !exported.get(*name).is_some_and(|e| e.contains(*now))
        })
        .map(|(name, was, now)| (name.clone(), was.to_owned(), now.clone()))
        .collect()
}

/// What newer words of the office do to an item that was reported done, or is closed.
enum TakenBack {
    No,
    /// They may only be behind: it is said, and changes nothing.
    Said,
    By(Event),
}

/// 复查不合格 and 未整改 send back what was reported done and reopen what is closed; a new 否 under 是否销号 reopens what
/// is closed. Work still under way, where the ledger has not said "done" before, may be a clerk who has not heard yet.
fn taken_back(item: &Item, row: &Row, changed: &[(String, String, String)]) -> TakenBack {
    let change = |key: Key| changed.iter().find(|(name, ..)| name == key.canonical());
    let before = change(Key::Status).map(|(_, was, _)| StatusClaim::from_text(was));
    let not_done = match (before, row.status_alone) {
        (Some(_), StatusClaim::NotDone) => Some(true),
        (Some(before), StatusClaim::InProgress) => Some(before >= StatusClaim::Done),
        _ => None,
    };
    let not_closed = change(Key::Closed).is_some_and(|(.., now)| StatusClaim::from_text(now) == StatusClaim::NotDone);
    let words = [&row.status_text, &row.closed_text].into_iter().find(|text| !text.trim().is_empty());
    let mut reason = words.cloned().unwrap_or_default();
    if not_done.is_none() && not_closed {
        reason = format!("{}: {}", Key::Closed.canonical(), row.closed_text);
    }
    let finished = matches!(item.state, State::Closed | State::Verified);
    let contradicts = not_done.is_some() && change(Key::Closed).is_some() && row.says_closed;
    match (item.state, not_done) {
        (State::ReportedDone | State::Closed | State::Verified, _) if contradicts => TakenBack::Said,
        (State::Closed, _) if not_closed => TakenBack::By(Event::Reopen { reason }),
        (State::ReportedDone, Some(true)) => TakenBack::By(Event::VerifyFail { reason }),
        (_, Some(true)) if finished => TakenBack::By(Event::Reopen { reason }),
        (State::ReportedDone | State::Void, Some(_)) => TakenBack::Said,
        (_, Some(false)) if finished => TakenBack::Said,
        _ => TakenBack::No,
    }
}

/// The ledger's words and the item's state do not agree, and the words do not say which is right.
fn status_behind(row: &Row, item: &Item) -> Problem {
    Problem {
        place: row.at(Key::Status),
        value: row.status_text.clone(),
        severity: Severity::Warning,
        reason: format!("status-behind: the item is {}, and stays so", item.state.word()),
        hint: "write \"failed verification\" if it was checked and is not done; else correct the cell".to_owned(),
        about: item.state.word().to_owned(),
    }
}

/// The row as it is on record with its running number of now: what recognises it when its text is mended.
fn renumbered(known: &ledgers::Stored, fields: &Fields) -> Result<Option<(ItemId, String)>> {
    let (name, mut before) = (Key::Seq.canonical(), known.fields());
    let Some(now) = fields.get(name).filter(|now| before.get(name) != Some(now)) else { return Ok(None) };
    before.insert(name.to_owned(), now.clone());
    Ok(Some((known.id, json(&before)?)))
}

async fn items_now(work: &mut Work<'_>, id: ItemId) -> Result<Item> {
    work.item(id).await?.ok_or_else(|| StoreError::Damaged(format!("item {} is gone", id.0)))
}

/// Assignments of the file replace those in force; history keeps the old ones. A role that the file is silent about stays
/// as it is, unless its cell was emptied.
fn replace_assignments(
    item: &mut Item,
    new: Vec<Assignment>,
    now: DateTime<Utc>,
    changed: &[(String, String, String)],
) {
    for role in Role::ALL {
        if !columns_of(role).iter().any(|key| is_named(changed, *key)) {
            continue;
        }
        let wanted: Vec<Who> = new.iter().filter(|a| a.role == role).map(|a| a.who).collect();
        let held: Vec<Who> =
            item.assignments.iter().filter(|a| a.role == role && a.until.is_none()).map(|a| a.who).collect();
        let emptied = changed.iter().any(|(name, _, now)| now.is_empty() && name == columns_of(role)[0].canonical());
        if wanted == held || (wanted.is_empty() && !emptied) {
            continue;
        }
        item.assignments.iter_mut().filter(|a| a.role == role && a.until.is_none()).for_each(|a| a.until = Some(now));
        item.assignments.extend(new.iter().filter(|a| a.role == role).cloned());
    }
}

/// Whether a change is of this column.
fn is_named(changed: &[(String, String, String)], key: Key) -> bool {
    changed.iter().any(|(name, ..)| name == key.canonical())
}

/// The columns that name the people of a role, the proper one first.
fn columns_of(role: Role) -> &'static [Key] {
    match role {
        Role::Responsible => &[Key::Responsible, Key::ResponsibleUnit],
        Role::Leader => &[Key::Leader],
        Role::Supervisor => &[Key::Supervisor, Key::SuperviseUnit],
        Role::Verifier => &[Key::Verifier],
        Role::Assigner => &[Key::Assigner],
        Role::Cc => &[Key::Cc],
    }
}
