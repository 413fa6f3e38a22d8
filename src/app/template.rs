//! Empty workbooks to fill in.

use super::{Refusal, Result};
use crate::core::org::Locale;
use crate::ledger::template;

pub use crate::ledger::template::Kind;

/// An empty workbook with its explanations, in a language.
///
/// # Errors
/// [`Refusal::Says`] when it cannot be written.
pub fn workbook(kind: Kind, locale: Locale) -> Result<Vec<u8>> {
    template::workbook(kind, locale).map_err(|e| Refusal::Says(e.to_string()))
}
