//! Rows of a file against the items of its ledger: each gets its item, a key of its own, or a question.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{AT_ONCE, ImportReport, ImportedItem};
use crate::core::item::{ItemId, State};
use crate::ledger::identity::{self, TWICE, Traits};
use crate::ledger::sameness::{Is, Kept, Listed, Matching, Stage};
use crate::ledger::{Key, Problem, Row, Severity};
use crate::store::ledgers::{Fields, OnRecord};
use crate::store::{Result, Tx, ledgers};

/// What somebody says of a row that may be an item on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Same {
    /// Sheet of the row; `None` where the number is enough.
    pub sheet: Option<String>,
    /// Row number as the spreadsheet shows it.
    pub row: u32,
    /// Code of the item that it is; `None`: another one than any on record.
    pub item: Option<String>,
}

impl std::str::FromStr for Same {
    type Err = String;

    /// `5=F3K2`, `清单!5=F3K2`, `5=new`.
    fn from_str(text: &str) -> std::result::Result<Same, String> {
        let unreadable = || format!("{text}: write the row and the item's code, such as 5=F3K2, or 5=new");
        let (place, item) = text.rsplit_once('=').ok_or_else(unreadable)?;
        let (sheet, row) = place.rsplit_once('!').map_or((None, place), |(sheet, row)| (Some(sheet.to_owned()), row));
        let row = row.trim().parse().map_err(|_| unreadable())?;
        let item = Some(item.trim().to_uppercase()).filter(|item| !item.is_empty()).ok_or_else(unreadable)?;
        Ok(Same { sheet, row, item: Some(item).filter(|item| item != "NEW") })
    }
}

impl Same {
    fn means(&self, row: &Row) -> bool {
        row.place.row == self.row && self.sheet.as_ref().is_none_or(|sheet| *sheet == row.place.sheet)
    }
}

/// A row with the key under which it is on record, or will be.
pub(super) struct Line<'r> {
    /// The source's name and the ledger's own key.
    pub(super) key: String,
    pub(super) row: &'r Row,
    /// Why it is a draft besides what its own cells lack.
    pub(super) doubt: Option<Problem>,
    /// It has a double in the file, and is the one that is on record.
    pub(super) is_the_one: bool,
}

impl Line<'_> {
    /// Something must be completed before anybody is told.
    pub(super) fn is_draft(&self) -> bool {
        let counts = |p: &&Problem| p.severity >= Severity::Draft && !(self.is_the_one && TWICE.contains(&p.key()));
        self.doubt.is_some() || self.row.problems.iter().any(|p| counts(&p))
    }
}

/// What each row is, and what is known of its ledger; nothing is changed yet.
struct Decided<'r> {
    rows: Vec<&'r Row>,
    on_record: Vec<OnRecord>,
    is: Vec<Is>,
    kept: BTreeMap<usize, Kept>,
}

async fn decided<'r>(
    tx: &mut Tx,
    source: &str,
    rows: &'r [Row],
    said: &[Same],
    report: &mut ImportReport,
) -> Result<Decided<'r>> {
    let on_record = ledgers::on_record(tx, source).await?;
    let listed: Vec<Listed> = on_record.iter().map(listed).collect();
    let rows: Vec<&Row> = rows.iter().collect();
    let said = said_of(&rows, &on_record, said, report);
    let mut matching = Matching::by_key(&rows, &listed, &said);
    let kept = kept(tx, source, &on_record, &matching.wanted()).await?;
    matching.settle(&kept);
    let is = std::mem::take(&mut matching.is);
    Ok(Decided { rows, on_record, is, kept })
}

impl Decided<'_> {
    /// Open items and drafts that no row means.
    fn missing(&self) -> impl Iterator<Item = usize> + '_ {
        let mentioned: HashSet<usize> = self
            .is
            .iter()
            .flat_map(|is| match is {
                Is::New => &[],
                Is::Item(item) => std::slice::from_ref(item),
                Is::Asked(items) => items.as_slice(),
            })
            .copied()
            .collect();
        let unfinished = |n: &usize| stage(&self.on_record[*n]) != Stage::Finished;
        (0..self.on_record.len()).filter(unfinished).filter(move |n| !mentioned.contains(n))
    }
}

/// How many of the open items and drafts of a ledger no row means, and how many there are.
pub(in crate::gateway) async fn missing(tx: &mut Tx, source: &str, rows: &[Row]) -> Result<(usize, usize)> {
    let decided = decided(tx, source, rows, &[], &mut ImportReport::default()).await?;
    let open = decided.on_record.iter().filter(|item| stage(item) != Stage::Finished).count();
    Ok((decided.missing().count(), open))
}

/// Gives each row its item and moves keys accordingly. Rows that somebody must decide about are held and left out.
/// Gives also the keys of open items and drafts that no row means.
pub(super) async fn matched<'r>(
    tx: &mut Tx,
    source: &str,
    rows: &'r [Row],
    said: &[Same],
    report: &mut ImportReport,
) -> Result<(Vec<Line<'r>>, Vec<String>)> {
    let decided = decided(tx, source, rows, said, report).await?;
    let keys = keys_now(&decided);
    let missing = decided.missing().map(|n| keys.get(&n).unwrap_or(&decided.on_record[n].key));
    let missing = missing.map(|key| ledgers::key_of(source, key)).collect();
    let moved: Vec<(ItemId, String)> =
        keys.iter().map(|(n, key)| (decided.on_record[*n].id, ledgers::key_of(source, key))).collect();
    ledgers::move_keys(tx, &moved).await?;
    let mut lines = Vec::with_capacity(rows.len());
    let doubts = doubts(&decided, report);
    for ((row, is), (doubt, is_the_one)) in decided.rows.iter().zip(&decided.is).zip(doubts) {
        match is {
            Is::Asked(items) => ask(tx, row, items, &decided.on_record, report).await?,
            _ => lines.push(Line { key: ledgers::key_of(source, &row.key), row, doubt, is_the_one }),
        }
    }
    Ok((lines, missing))
}

fn stage(item: &OnRecord) -> Stage {
    match item.state {
        State::Draft => Stage::Draft,
        State::Closed | State::Void => Stage::Finished,
        _ => Stage::Open,
    }
}

fn listed(item: &OnRecord) -> Listed {
    Listed { key: item.key.clone(), look: item.look.clone(), stage: stage(item) }
}

/// What was said, by the places of rows and items. What cannot be followed is refused, and the row is as if nothing had
/// been said.
fn said_of(
    rows: &[&Row],
    on_record: &[OnRecord],
    said: &[Same],
    report: &mut ImportReport,
) -> HashMap<usize, Option<usize>> {
    let mut found = HashMap::new();
    for one in said {
        let meant: Vec<usize> = (0..rows.len()).filter(|n| one.means(rows[*n])).collect();
        let item = one.item.as_ref().map(|code| on_record.iter().position(|o| o.code == *code));
        let elsewhere = |item: usize| rows.iter().any(|r| r.key == on_record[item].key && !one.means(r));
        match (meant.as_slice(), item) {
            ([row], None) => drop(found.insert(*row, None)),
            ([row], Some(Some(item))) if !elsewhere(item) => drop(found.insert(*row, Some(item))),
            (meant, _) => {
                let place = meant.first().map_or_else(
                    || crate::ledger::Place { row: one.row, ..crate::ledger::Place::default() },
                    |n| rows[*n].place.clone(),
                );
                report.problems.push(Problem {
                    place,
                    value: one.item.clone().unwrap_or_default(),
                    severity: Severity::Refused,
                    reason:
                        "same-unusable: there is no such row, the number stands in several sheets, the item is not of \
                             this ledger, or it has a row of its own"
                            .to_owned(),
                    hint:
                        "say the row as the spreadsheet shows it, with the sheet as in List!5=F3K2, and the code of an \
                           item that the report lists"
                            .to_owned(),
                    about: String::new(),
                });
            }
        }
    }
    found
}

/// The rows of items as last read.
async fn kept(tx: &mut Tx, source: &str, on_record: &[OnRecord], wanted: &[usize]) -> Result<BTreeMap<usize, Kept>> {
    let mut kept = BTreeMap::new();
    for some in wanted.chunks(AT_ONCE) {
        let keys: Vec<String> = some.iter().map(|n| ledgers::key_of(source, &on_record[*n].key)).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let mut rows = ledgers::rows_by_keys(tx, &keys).await?;
        for (n, key) in some.iter().zip(keys) {
            kept.extend(rows.remove(key).map(|fields| (*n, kept_of(&fields))));
        }
    }
    Ok(kept)
}

fn kept_of(fields: &Fields) -> Kept {
    let text = |key: Key| fields.get(key.canonical()).cloned().unwrap_or_default();
    let people = format!("{} {}", text(Key::Responsible), text(Key::ResponsibleUnit));
    Kept {
        traits: Traits::new(&text(Key::County), &text(Key::Town), &people, &text(Key::Due)),
        seq: text(Key::Seq),
        unit: text(Key::Unit),
        place: text(Key::Place),
        text: text(Key::Description),
        found: text(Key::FoundOn),
    }
}

/// The keys that items have from now on, where they change: a row's item has the row's key, and nothing else has it.
fn keys_now(decided: &Decided<'_>) -> BTreeMap<usize, String> {
    let mut keys: BTreeMap<usize, String> = BTreeMap::new();
    let mut named: HashSet<usize> = HashSet::new();
    for (row, is) in decided.rows.iter().zip(&decided.is) {
        if let Is::Item(item) = is {
            named.insert(*item);
            if decided.on_record[*item].key != row.key {
                keys.insert(*item, row.key.clone());
            }
        }
    }
    let of_rows: HashSet<&str> = decided.rows.iter().map(|row| row.key.as_str()).collect();
    for (n, item) in decided.on_record.iter().enumerate() {
        if of_rows.contains(item.key.as_str()) && !named.contains(&n) {
            let sign = if identity::is_look(&item.key) { '-' } else { '~' };
            let fine = decided.kept.get(&n).map(|kept| kept.traits.fine()).unwrap_or_default();
            keys.insert(n, format!("{}{sign}{fine}-{}", item.key, item.id.0));
        }
    }
    keys
}

/// Which of the rows that cannot be told apart is a draft: all but one. The one that is on record as issued is that one,
/// else the first. Of each row: why it is a draft, and whether it is that one.
fn doubts(decided: &Decided<'_>, report: &mut ImportReport) -> Vec<(Option<Problem>, bool)> {
    let rows = &decided.rows;
    let mut doubts = vec![(None, false); rows.len()];
    let issued = |n: usize| matches!(decided.is[n], Is::Item(item) if stage(&decided.on_record[item]) != Stage::Draft);
    let marked = |n: usize| rows[n].problems.iter().find(|p| TWICE.contains(&p.key()) && p.severity == Severity::Draft);
    let mut by_place: Option<HashMap<String, usize>> = None;
    for n in 0..rows.len() {
        let Some(found) = marked(n).filter(|_| issued(n)) else { continue };
        report.problems.retain(|p| p != found);
        doubts[n].1 = true;
        let places = by_place
            .get_or_insert_with(|| rows.iter().enumerate().map(|(n, row)| (row.place.to_string(), n)).collect());
        if let Some(first) = places.get(&found.about).copied().filter(|first| !issued(*first))
            && doubts[first].0.is_none()
        {
            let found = identity::twice(rows[first], rows[n], Severity::Draft);
            report.problems.push(found.clone());
            doubts[first].0 = Some(found);
        }
    }
    doubts
}

/// A row that may be an item on record, or one of several: nothing is done with it until somebody has said.
async fn ask(tx: &mut Tx, row: &Row, items: &[usize], on_record: &[OnRecord], report: &mut ImportReport) -> Result<()> {
    let mut about = Vec::new();
    let mut first = None;
    for n in items {
        let Some(item) = crate::store::items::get(tx, on_record[*n].id).await? else { continue };
        about.push(format!("{} ({})", item.code, item.title));
        first.get_or_insert(item);
    }
    report.problems.push(Problem {
        place: row.place.clone(),
        value: row.description.clone(),
        severity: Severity::Draft,
        reason: format!("same-item: is it the same as {}, which has no row any more?", about.join(", ")),
        hint: format!("nothing was done with this row; say --same {0}=CODE if it is, or --same {0}=new", row.place.row),
        about: about.join(", "),
    });
    let (code, before) = first.map(|i| (i.code, i.description)).unwrap_or_default();
    let fields = vec![(Key::Description.canonical().to_owned(), before, row.description.clone())];
    report.held.push(ImportedItem {
        key: row.code.clone().unwrap_or_else(|| row.key.clone()),
        code,
        title: row.description.clone(),
        place: row.place.to_string(),
        fields,
    });
    Ok(())
}
