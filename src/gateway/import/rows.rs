//! Ledger rows: new items here, those on record in `known`, whom and what they name in `place`.

mod known;
mod place;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::matching::Line;
use super::{AT_ONCE, ImportReport, ImportedItem};
use crate::core::deadline::local_to_utc;
use crate::core::item::{Item, Role, State};
use crate::core::matter::Matter;
use crate::core::notice::Notice;
use crate::core::org::Directory;
use crate::core::transition::{Event, Refusal, apply};
use crate::gateway::Gateway;
use crate::gateway::act::told_notice;
use crate::ledger::cells::StatusClaim;
use crate::ledger::{self, DITTO_EMPTY, Key, PersonRef, Problem, Row};
use crate::store::ledgers::Fields;
use crate::store::{Result, Tx, events, json, ledgers, outbox};

/// Rows made out before the database gets its turn.
const BEFORE_A_PAUSE: usize = 5;

/// New items of a batch, to be stored together.
#[derive(Default)]
struct Fresh {
    items: Vec<ledgers::New>,
    happened: Vec<events::Happened>,
    notices: Vec<Notice>,
}

impl Fresh {
    async fn write(&self, tx: &mut Tx, now: DateTime<Utc>) -> Result<()> {
        if self.items.is_empty() {
            return Ok(());
        }
        ledgers::insert(tx, &self.items).await?;
        events::append(tx, &self.happened).await?;
        outbox::queue_all(tx, &self.notices, now).await
    }
}

/// Some rows, made out.
#[derive(Default)]
struct Batch<'r> {
    fresh: Fresh,
    /// Keys of the new ones.
    added: HashSet<&'r str>,
    /// What is on record of the others, with their fields.
    known: Vec<(ledgers::Stored, &'r Line<'r>, Fields, String)>,
}

/// What a row's words about its state come to.
enum Claim {
    Nothing,
    /// Somebody says it is done; the verifier decides.
    Done,
    /// The ledger says who checked it, and when.
    Closed(Event),
}

impl Gateway {
    /// Imports rows with their keys: new ones together, changed ones one by one. While the database writes some, the
    /// next are made out.
    pub(super) async fn import_all(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        rows: &[Line<'_>],
        report: &mut ImportReport,
    ) -> Result<()> {
        let mut next_id = ledgers::next_id(tx).await?;
        let mut fresh = Fresh::default();
        let now = self.now();
        for some in rows.chunks(AT_ONCE) {
            let keys: Vec<&str> = some.iter().map(|line| line.key.as_str()).collect();
            let known = ledgers::by_keys(tx, &keys).await?;
            let made = self.make_out(directory, some, known, &mut next_id, now, report);
            let (written, made) = futures::future::join(fresh.write(tx, now), made).await;
            written?;
            let batch = made?;
            let mut moved = Vec::new();
            for (known, line, fields, text) in batch.known {
                moved.extend(self.compare(tx, directory, known, line, fields, text, report).await?);
            }
            ledgers::save_rows(tx, &moved).await?;
            self.report_twins(tx, some, &batch.added, report).await?;
            fresh = batch.fresh;
        }
        fresh.write(tx, now).await
    }

    /// Tells new rows from known ones, and makes items of the new.
    async fn make_out<'r>(
        &self,
        directory: &Directory,
        rows: &'r [Line<'r>],
        mut known: HashMap<String, ledgers::Stored>,
        next_id: &mut i64,
        now: DateTime<Utc>,
        report: &mut ImportReport,
    ) -> Result<Batch<'r>> {
        let mut batch = Batch::default();
        for (n, line) in rows.iter().enumerate() {
            let (key, row) = (&line.key, line.row);
            if n % BEFORE_A_PAUSE == 0 {
                tokio::task::yield_now().await;
            }
            let fields = fields_of(row);
            let text = json(&fields)?;
            if let Some(known) = known.remove(key) {
                batch.known.push((known, line, fields, text));
                continue;
            }
            let (mut item, blocked) = self.read_row(directory, line, report);
            ledgers::number(&mut item, *next_id);
            *next_id += 1;
            batch.added.insert(key);
            let (data, look) = (String::new(), row.look.clone());
            let new = ledgers::New { item, data, key: key.clone(), row: text, look, next_wake: None };
            self.register(directory, new, blocked, row, now, &mut batch.fresh, report)?;
        }
        Ok(batch)
    }

    /// The item that a row describes, and whether something keeps it from being issued.
    fn read_row(&self, directory: &Directory, line: &Line<'_>, report: &mut ImportReport) -> (Item, bool) {
        let row = line.row;
        let mut problems = Vec::new();
        let item = self.item_from(directory, row, &mut problems);
        let blocked = line.is_draft() || problems.iter().any(|p| p.severity >= ledger::Severity::Draft);
        // What else it lacks is said at once, not when the rest is mended; who fixes it and by when was said above.
        if blocked {
            let missing = self.world(directory).missing_for_issue(&item);
            let named = |what: &&&str| {
                **what != "responsible" && **what != "due" && (**what != "verifier" || row.verifier.is_empty())
            };
            let missing: Vec<String> = missing.iter().filter(named).map(|what| (*what).to_owned()).collect();
            if !missing.is_empty() {
                problems.push(not_applied(row, &Refusal::Incomplete { missing }));
            }
        }
        report.problems.append(&mut problems);
        (item, blocked)
    }

    /// A new item: issued if complete, claimed or closed if the ledger says so, else registered as a draft. What is
    /// issued at once needs no line in the log for its registration: that would double the log of a large import.
    #[allow(clippy::too_many_arguments)] // one row, its item, and where both go
    fn register(
        &self,
        directory: &Directory,
        mut new: ledgers::New,
        blocked: bool,
        row: &Row,
        now: DateTime<Utc>,
        fresh: &mut Fresh,
        report: &mut ImportReport,
    ) -> Result<()> {
        let world = self.world(directory);
        let mut last = Event::Register;
        let mut tell = Vec::new();
        let mut happen = |item: &mut Item, event: Event| -> std::result::Result<(), Refusal> {
            let change = apply(item, report.origin().actor, &event, &world)?;
            *item = change.item;
            tell.extend(change.tell);
            last = event;
            Ok(())
        };
        if !blocked {
            // A ledger that says "done" is a claim like any other: somebody else verifies. A claim that is refused
            // leaves the item with its fixer.
            let told = match self.claim(directory, &new.item, row, row.status) {
                Claim::Closed(event) => happen(&mut new.item, event).is_ok(),
                Claim::Done | Claim::Nothing => false,
            };
            let at = self.done_at(directory, &new.item, row);
            let reported = || Event::IssueReported { at, note: row.status_text.clone() };
            let told = told || row.status >= StatusClaim::Done && happen(&mut new.item, reported()).is_ok();
            if !told && let Err(refusal) = happen(&mut new.item, Event::Issue) {
                report.problems.push(not_applied(row, &refusal));
            }
        }
        let entry = entry(row, &new.item, Vec::new());
        if new.item.state == State::Draft {
            report.drafts.push(entry.clone());
        } else {
            let planned = new.item.plan(&world);
            new.item.planned_until = planned.planned_until;
            new.next_wake = planned.next_wake;
            let told = tell.iter().map(|t| told_notice(&new.item, t, &world));
            fresh.notices.extend(planned.notices.into_iter().chain(told));
        }
        new.data = json(&new.item)?;
        fresh.happened.push(events::Happened::new(&new.item, new.data.clone(), &last, &report.origin(), now)?);
        fresh.items.push(new);
        report.added.push(entry);
        Ok(())
    }

    /// What a row that says so claims. Closed counts only in so many words and with a verifier who is not the fixer.
    fn claim(&self, directory: &Directory, item: &Item, row: &Row, said: StatusClaim) -> Claim {
        if said < StatusClaim::Done {
            return Claim::Nothing;
        }
        let world = self.world(directory);
        let fixers = world.holders(item, Role::Responsible);
        let verifier = world.holders(item, Role::Verifier).into_iter().find(|p| !fixers.contains(p));
        match verifier {
            Some(verified_by) if said == StatusClaim::Verified && !row.verifier.is_empty() => {
                let office = world.office(item.unit);
                let end = |day: NaiveDate| local_to_utc(office.zone, day.and_time(office.day_end)).min(world.now);
                let start = |day: NaiveDate| local_to_utc(office.zone, day.and_time(office.day_start)).min(world.now);
                let done_at = row.done_on.map(end);
                Claim::Closed(Event::Record {
                    verified_by,
                    since: row.found_on.map_or(world.now, start),
                    done_at,
                    closed_at: row.verified_on.map(end).or(done_at).unwrap_or(world.now),
                })
            }
            _ => Claim::Done,
        }
    }

    /// The end of the day on which the row says that it was done; a day to come says nothing.
    fn done_at(&self, directory: &Directory, item: &Item, row: &Row) -> Option<DateTime<Utc>> {
        let world = self.world(directory);
        let office = world.office(item.unit);
        let day = row.done_on.filter(|day| *day <= office.date(world.now))?;
        Some(local_to_utc(office.zone, day.and_time(office.day_end)).min(world.now))
    }

    /// Rows that look like an item on record under another key: two lists may carry one hazard.
    async fn report_twins(
        &self,
        tx: &mut Tx,
        rows: &[Line<'_>],
        added: &HashSet<&str>,
        report: &mut ImportReport,
    ) -> Result<()> {
        let added = || rows.iter().filter(|line| added.contains(line.key.as_str()));
        let looks: Vec<&str> = added().map(|line| line.row.look.as_str()).collect();
        if looks.is_empty() {
            return Ok(());
        }
        let twins = ledgers::twins(tx, &looks).await?;
        for line in added() {
            // What is of one ledger has been told apart.
            let row = line.row;
            let source = line.key.strip_suffix(row.key.as_str()).unwrap_or_default();
            let elsewhere = |key: &str| !key.starts_with(source);
            let Some((code, other)) = twins.get(&row.look).and_then(|t| t.iter().find(|(_, k)| elsewhere(k))) else {
                continue;
            };
            report.repeated += 1;
            report.problems.push(Problem {
                place: row.place.clone(),
                value: row.description.clone(),
                severity: ledger::Severity::Warning,
                reason: format!("possible-duplicate: looks like {code}, on record as {other}"),
                hint: "keep it in one of the two ledgers, or let the office void one".to_owned(),
                about: format!("{code} ({other})"),
            });
        }
        Ok(())
    }
}

/// A row that the rules keep from being issued or changed.
fn not_applied(row: &Row, refusal: &Refusal) -> Problem {
    let about = match refusal {
        Refusal::Incomplete { missing } => missing.join(", "),
        other => serde_json::to_string(other).unwrap_or_default(),
    };
    let place = match about.split(", ").next() {
        Some("responsible") => row.at(Key::Responsible),
        Some("due") => row.at(Key::Due),
        _ => row.at(Key::Verifier),
    };
    Problem {
        place,
        value: String::new(),
        severity: ledger::Severity::Draft,
        reason: format!("not-issued: lacks {about}"),
        hint: "fill in what is missing and import again".to_owned(),
        about,
    }
}

/// A change of an issued item that would leave it without what it needs.
fn not_taken_over(row: &Row, refusal: &Refusal) -> Problem {
    let found = not_applied(row, refusal);
    let reason = format!("not-taken-over: the item would lack {}; it stays as it was", found.about);
    Problem { reason, ..found }
}

fn entry(row: &Row, item: &Item, fields: Vec<(String, String, String)>) -> ImportedItem {
    ImportedItem {
        key: row.code.clone().unwrap_or_else(|| row.key.clone()),
        code: item.code.clone(),
        title: item.title.clone(),
        place: row.place.to_string(),
        fields,
    }
}

/// What of a row an item depends on; anything else (the row's number, its place) may change freely.
pub(in crate::gateway) fn fields_of(row: &Row) -> Fields {
    let names = |people: &[PersonRef]| people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join("、");
    let day = |day: Option<NaiveDate>| day.map(|d| d.to_string()).unwrap_or_default();
    let known = [
        (Key::Seq, row.seq.clone()),
        (Key::FoundOn, day(row.found_written)),
        (Key::County, row.county.clone()),
        (Key::Town, row.town.clone()),
        (Key::Unit, row.unit.clone()),
        (Key::Industry, row.industry.clone()),
        (Key::Place, row.place_text.clone()),
        (Key::Description, row.description.clone()),
        (Key::Severity, row.severity_text.clone()),
        (Key::Basis, row.basis.clone()),
        (Key::Measures, row.measures.clone()),
        (Key::Due, row.due_text.clone()),
        (Key::ResponsibleUnit, row.responsible_unit.clone()),
        (Key::Responsible, names(&row.responsible)),
        (Key::Leader, names(&row.leader)),
        (Key::SuperviseUnit, row.supervise_unit.clone()),
        (Key::Verifier, names(&row.verifier)),
        (Key::Assigner, names(&row.assigner)),
        (Key::Status, row.status_text.clone()),
        (Key::DoneOn, day(row.done_on)),
        (Key::VerifiedOn, day(row.verified_on)),
        (Key::Closed, row.closed_text.clone()),
        (Key::Note, row.note.clone()),
    ];
    let known = known.into_iter().map(|(key, text)| (key.canonical().to_owned(), text));
    let mut fields: Fields = known.chain(row.extra.iter().cloned()).collect();
    // A mark that repeats nothing stays as it is written: a row that asks for its value asks again when it comes back.
    for open in row.problems.iter().filter(|p| p.key() == DITTO_EMPTY) {
        let cell = open.place.cell().1;
        if let Some(column) = row.columns.iter().find(|c| c.index == usize::from(cell)) {
            let name = column.key.map_or_else(|| column.header.clone(), |key| key.canonical().to_owned());
            fields.insert(name, open.value.clone());
        }
    }
    fields
}
