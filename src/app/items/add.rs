//! A new item by hand: read and judged as a row of a ledger.

use chrono::NaiveDate;
use serde::Serialize;

use crate::app::people::Register;
use crate::app::{Caller, Refusal, Result, refuse_in_words};
use crate::core::item::{Item, Severity};
use crate::core::org::Locale;
use crate::gateway::{Days, Gateway, ImportOptions};
use crate::ledger::{Key, ReadContext, Workbook, read_bytes};
use crate::store::ledgers;

/// The ledger that items by hand belong to; `export --source office` gives it back.
pub const SOURCE: &str = "office";

/// What is said of a new item, as it would stand in a row; empty where nothing was said.
#[derive(Clone, Debug, Default)]
pub struct NewItem {
    /// The unit by its name, or `PARENT/UNIT`.
    pub unit: String,
    pub title: String,
    pub place: String,
    /// `general` where nothing is said.
    pub severity: String,
    pub due: String,
    pub responsible: String,
    pub verifier: String,
    pub assigner: String,
    pub leader: String,
    pub supervisor: String,
    pub basis: String,
    /// The office's own number for it.
    pub number: String,
    /// Found on; `None`: today.
    pub found_on: Option<NaiveDate>,
}

/// What a new item came to.
#[derive(Clone, Debug, Serialize)]
pub struct Added {
    pub item: Item,
    /// Why it is a draft, and what else is to be looked at, in the caller's language.
    pub reasons: Vec<String>,
}

/// Registers an item and issues it, with the checks of a ledger's row: what lacks something is a draft with its
/// reasons.
///
/// # Errors
/// [`Refusal::Says`] when the unit is not known, or when the same is on record already.
pub async fn add(gateway: &Gateway, caller: &Caller, new: &NewItem) -> Result<Added> {
    let directory = gateway.directory().await?;
    // A slip of the pen in a ledger's row makes a unit; here somebody is there to be asked.
    let at = Register::read(gateway).await?.unit(&new.unit)?;
    let mut chain = directory.chain(at).into_iter().filter_map(|u| directory.unit(u)).map(|u| u.name.clone());
    let (own, above) = (chain.next().unwrap_or_default(), chain.next().unwrap_or_default());
    let today = gateway.now().with_timezone(&gateway.policy.zone).date_naive();
    // In the ledger's words, in the language of who adds it; what is none of them is judged as a row's cell.
    let severity = match Severity::parse(&new.severity) {
        Some(severity) if caller.locale == Locale::En => severity.word().to_owned(),
        Some(Severity::General) => "一般".to_owned(),
        Some(Severity::Larger) => "较大".to_owned(),
        Some(Severity::Major) => "重大".to_owned(),
        None => new.severity.clone(),
    };
    let cells = [
        (Key::Code, new.number.clone()),
        (Key::FoundOn, new.found_on.unwrap_or(today).to_string()),
        (Key::Town, above),
        (Key::Unit, own),
        (Key::Place, new.place.clone()),
        (Key::Description, new.title.clone()),
        (Key::Severity, severity),
        (Key::Basis, new.basis.clone()),
        (Key::Due, new.due.clone()),
        (Key::Responsible, new.responsible.clone()),
        (Key::Leader, new.leader.clone()),
        (Key::Verifier, new.verifier.clone()),
        (Key::Assigner, new.assigner.clone()),
        (Key::Supervisor, new.supervisor.clone()),
    ];
    let workbook = sheet(gateway, &cells).map_err(Refusal::Says)?;
    let Some(row) = workbook.rows.first() else {
        let why: Vec<String> = workbook.problems.iter().map(|p| p.in_words(caller.locale)).collect();
        return Err(Refusal::Says(why.join("; ")));
    };
    let key = ledgers::key_of(SOURCE, &row.key);
    if let Some(known) = on_record(gateway, &key).await? {
        use crate::core::words::Say;
        let state = gateway.phrases.say(caller.locale, known.state_key(), &[]);
        return refuse_in_words(gateway, caller.locale, "verb_known", &[("code", known.code), ("state", state)]);
    }
    let report = gateway.import(SOURCE, &workbook, ImportOptions::default()).await?;
    let reasons = report.problems.iter().map(|p| p.in_words(caller.locale)).collect();
    match on_record(gateway, &key).await? {
        Some(item) => Ok(Added { item, reasons }),
        None => Err(Refusal::Says(report.problems.iter().map(|p| p.in_words(caller.locale)).collect())),
    }
}

async fn on_record(gateway: &Gateway, key: &str) -> Result<Option<Item>> {
    let mut tx = gateway.store.begin().await?;
    let known = ledgers::by_key(&mut tx, key).await?;
    tx.rollback().await?;
    Ok(known.map(|k| k.item))
}

/// One header, one row. What nothing was said of has no column, so that nothing is said to be empty.
fn sheet(gateway: &Gateway, cells: &[(Key, String)]) -> std::result::Result<Workbook, String> {
    let said = || cells.iter().filter(|(_, text)| !text.trim().is_empty());
    let mut out = csv::Writer::from_writer(Vec::new());
    let written = out
        .write_record(said().map(|(key, _)| key.canonical()))
        .and_then(|()| out.write_record(said().map(|(_, text)| text.trim())));
    written.map_err(|e| e.to_string())?;
    let bytes = out.into_inner().map_err(|e| e.to_string())?;
    let days = Days(gateway.calendars.get(&gateway.policy.calendar));
    let today = gateway.now().with_timezone(&gateway.policy.zone).date_naive();
    let mut workbook = Workbook::default();
    workbook.add(read_bytes("office.csv", &bytes, &ReadContext::new(today, &days)).map_err(|e| e.to_string())?);
    // A row by hand is no file to be given back in its own form.
    workbook.original = None;
    Ok(workbook)
}
