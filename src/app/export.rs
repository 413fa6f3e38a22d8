//! A ledger given back: in the office's own form or in another.

use super::{Gateway, Refusal, Result};

pub use crate::gateway::export::{ExportError, Exported, Feed};

/// The ledgers there are, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn ledgers(gateway: &Gateway) -> Result<Vec<String>> {
    Ok(gateway.store.ledger_sources().await?)
}

/// The ledger that is meant: the named one, or the only one there is.
///
/// # Errors
/// [`Refusal::Says`] when none is named and there is none, or more than one.
pub async fn chosen(gateway: &Gateway, named: Option<&str>) -> Result<String> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    match ledgers(gateway).await?.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(Refusal::Says("no ledger was imported yet; begin with: dutybell import FILE".to_owned())),
        several => {
            let names = several.join(", ");
            Err(Refusal::Says(format!("there are several ledgers; choose one with --source: {names}")))
        }
    }
}

/// In its own form, filled in, with a sheet of figures. `add_columns`: those for completion and verification that it
/// lacks.
///
/// # Errors
/// [`Refusal::Export`]; nothing is noted then.
pub async fn workbook(gateway: &Gateway, source: &str, add_columns: bool) -> Result<Exported> {
    Ok(gateway.export(source, add_columns).await?)
}

/// One line an item, as CSV.
///
/// # Errors
/// [`Refusal::Export`].
pub async fn csv(gateway: &Gateway, source: &str) -> Result<Vec<u8>> {
    Ok(gateway.export_csv(source).await?)
}

/// Every item whole, as JSON.
///
/// # Errors
/// [`Refusal::Export`].
pub async fn json(gateway: &Gateway, source: &str) -> Result<Vec<u8>> {
    Ok(gateway.export_json(source).await?.into_bytes())
}

/// A calendar feed for each person with open items, of all ledgers.
///
/// # Errors
/// [`Refusal::Export`].
pub async fn feeds(gateway: &Gateway) -> Result<Vec<Feed>> {
    Ok(gateway.export_feeds().await?)
}
