//! Which row is which item: the key that recognises a row in tomorrow's file, and doubles in one file.
//!
//! Pure text; whether a key is on record is for the import.

use data_encoding::HEXLOWER;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::rows::{Row, problem};
use super::{Severity, cells};

/// `h-` and 16 hexadecimal digits over unit, place, text and date found. Widths, spaces, case and punctuation
/// do not count.
pub(crate) fn look(unit: &str, place: &str, text: &str, found: Option<NaiveDate>) -> String {
    let found = found.map(|d| d.to_string()).unwrap_or_default();
    let mut hash = Sha256::new();
    for part in [unit, place, text, &found] {
        let letters: String = cells::squash(part).chars().filter(|c| c.is_alphanumeric()).collect();
        hash.update(letters.as_bytes());
        hash.update([0]);
    }
    format!("h-{}", HEXLOWER.encode(&hash.finalize()[..8]))
}

/// Marks rows whose number or look stands in the file before: one number for two rows makes a draft, two rows
/// that look alike a warning.
pub(crate) fn mark_doubles(rows: &mut [Row]) {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut looks: HashMap<String, usize> = HashMap::new();
    for n in 0..rows.len() {
        let code = rows[n].code.is_some().then(|| rows[n].key.clone());
        let first = code.and_then(|key| match numbers.entry(key) {
            Entry::Occupied(first) => Some((*first.get(), Severity::Draft, "code-twice: the number also stands at")),
            Entry::Vacant(free) => {
                free.insert(n);
                None
            }
        });
        let first = first.or_else(|| match looks.entry(rows[n].look.clone()) {
            Entry::Occupied(first) => Some((*first.get(), Severity::Warning, "possible-duplicate: looks like")),
            Entry::Vacant(free) => {
                free.insert(n);
                None
            }
        });
        if let Some((first, severity, what)) = first {
            let reason = format!("{what} {}", rows[first].place);
            let hint = "keep one of them, or give each its own number";
            let about = rows[first].place.to_string();
            let found = problem(rows[n].place.clone(), &rows[n].key, severity, reason, hint).about(about);
            rows[n].problems.push(found);
        }
    }
}
