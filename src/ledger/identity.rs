//! Which row is which item: the key that recognises a row in tomorrow's file, and doubles in one file.
//!
//! Pure text; whether a key is on record is for the import.

use std::collections::HashMap;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::rows::{Row, problem};
use super::{Severity, cells};

/// The ledger's own number, else `h-` and 16 hexadecimal digits over unit, place, text and date found.
/// Widths, spaces, case and punctuation do not count.
pub(crate) fn key(code: Option<&str>, unit: &str, place: &str, text: &str, found: Option<NaiveDate>) -> String {
    if let Some(code) = code {
        return cells::fold(code);
    }
    let found = found.map(|d| d.to_string()).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [unit, place, text, &found] {
        let letters: String = cells::squash(part).chars().filter(|c| c.is_alphanumeric()).collect();
        hash.update(letters.as_bytes());
        hash.update([0]);
    }
    let digits: String = hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect();
    format!("h-{digits}")
}

/// Marks rows whose key stands in the file before: one number for two rows makes a draft, two rows
/// that look alike a warning.
pub(crate) fn mark_doubles(rows: &mut [Row]) {
    let mut seen: HashMap<String, String> = HashMap::new();
    for row in rows {
        if let Some(first) = seen.get(&row.key) {
            let (severity, reason) = if row.code.is_some() {
                (Severity::Draft, format!("code-twice: the number also stands at {first}"))
            } else {
                (Severity::Warning, format!("possible-duplicate: looks like {first}"))
            };
            row.problems.push(problem(
                row.place.clone(),
                &row.key,
                severity,
                reason,
                "keep one of them, or give each its own number",
            ));
        } else {
            seen.insert(row.key.clone(), row.place.to_string());
        }
    }
}
