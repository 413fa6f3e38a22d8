//! The office's own workbook with what an import found in it: cells coloured, the reason in a note.

use crate::core::org::Locale;
use crate::ledger::patch::{self, Patch};
use crate::ledger::{LedgerError, Problem, Severity, Workbook, write};

/// The workbook with a note on every cell that needs a person. `None` when the ledger was no file.
///
/// # Errors
/// [`LedgerError`] when the file cannot be written to.
pub fn annotated(workbook: &Workbook, problems: &[Problem], locale: Locale) -> Result<Option<Vec<u8>>, LedgerError> {
    let Some(original) = &workbook.original else { return Ok(None) };
    let bytes = write::as_xlsx(&original.name, &original.bytes)?;
    let mut patch = Patch::default();
    for problem in problems.iter().filter(|p| p.severity >= Severity::Warning && p.place.file == original.name) {
        let note = patch.sheet(&problem.place.sheet).marks.entry(problem.place.cell()).or_default();
        let text = problem.in_words(locale);
        if !note.lines().any(|line| line == text) {
            if !note.is_empty() {
                note.push('\n');
            }
            note.push_str(&text);
        }
    }
    patch::apply(&original.name, &bytes, &patch).map(Some)
}
