//! Which row is which item: the key that recognises a row in tomorrow's file, and doubles in one file.
//!
//! Pure text; whether a key is on record is for the import, what is the same item under another key for `sameness`.

use data_encoding::HEXLOWER;
use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use sha2::{Digest, Sha256};

use super::rows::{Row, problem};
use super::{PersonRef, Problem, Severity, cells};

/// Keys of the problems of rows that cannot be told from another one in their file.
pub const TWICE: [&str; 2] = ["code-twice", "possible-duplicate"];

/// `h-` and 16 hexadecimal digits over unit, place, text and date found. Widths, spaces, case and punctuation
/// do not count.
pub fn look(unit: &str, place: &str, text: &str, found: Option<NaiveDate>) -> String {
    let found = found.map(|d| d.to_string()).unwrap_or_default();
    format!("h-{}", &hash([unit, place, text, &found])[..16])
}

fn hash<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(letters(part).as_bytes());
        hash.update([0]);
    }
    HEXLOWER.encode(&hash.finalize())
}

/// What of a text counts when texts are compared.
pub fn letters(text: &str) -> String {
    cells::squash(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// A row's key is made of its look: it has no number of its own.
#[must_use]
pub fn is_look(key: &str) -> bool {
    key.strip_prefix("h-").is_some_and(|rest| rest.len() >= 16 && rest.bytes().take(16).all(|b| b.is_ascii_hexdigit()))
}

/// Numbers of items are compared in this form: `001`, `1`, `1.0` and `'1` are one number to a spreadsheet, and widths,
/// case and blanks are typing.
pub(crate) fn number(code: &str) -> String {
    let code = cells::squash(code);
    let code = code.trim_start_matches('\'');
    let whole = code.split_once('.').filter(|(_, zeros)| !zeros.is_empty() && zeros.bytes().all(|b| b == b'0'));
    let digits = whole.map_or(code, |(whole, _)| whole);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return code.to_owned();
    }
    let short = digits.trim_start_matches('0');
    if short.is_empty() { "0" } else { short }.to_owned()
}

/// The number that a key on record was made of: what follows `~` tells doubles apart.
pub fn number_of(key: &str) -> String {
    number(key.split_once('~').map_or(key, |(code, _)| code))
}

/// A number of more than fifteen digits that a spreadsheet has kept as a number: its end is lost.
pub(crate) fn is_rounded(code: &str) -> bool {
    let code = cells::squash(code);
    let Some((mantissa, exponent)) = code.split_once('e') else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    digits(whole) && digits(part) && exponent.strip_prefix('+').is_some_and(digits)
}

/// What tells rows of one look apart: place of the unit, people (or the unit that fixes it) and deadline, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    pub(crate) county: String,
    pub(crate) town: String,
    pub(crate) people: String,
    pub(crate) due: String,
}

impl Traits {
    pub fn new(county: &str, town: &str, people: &str, due: &str) -> Self {
        Self { county: letters(county), town: letters(town), people: letters(people), due: letters(due) }
    }

    pub(crate) fn of(row: &Row) -> Self {
        let people = format!("{} {}", names(&row.responsible), row.responsible_unit);
        Self::new(&row.county, &row.town, &people, &row.due_text)
    }

    /// No part of the place contradicts the other's.
    pub fn lies_with(&self, other: &Traits) -> bool {
        let agree = |a: &str, b: &str| a.is_empty() || b.is_empty() || a == b;
        agree(&self.county, &other.county) && agree(&self.town, &other.town)
    }

    /// Eight hexadecimal digits over all of it.
    pub fn fine(&self) -> String {
        hash([self.county.as_str(), &self.town, &self.people, &self.due])[..8].to_owned()
    }
}

/// Names as the ledger's row is remembered with.
pub(crate) fn names(people: &[PersonRef]) -> String {
    people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>().join("、")
}

/// Gives every row of a file its key, no two the same, and marks those that cannot be told from a row before: they are
/// drafts. Rows of one look that differ by number, person or deadline are items of their own, and only said to be alike.
pub(crate) fn tell_apart(rows: &mut [Row]) {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut looks: HashMap<String, Vec<usize>> = HashMap::new();
    for (n, row) in rows.iter_mut().enumerate() {
        // Files may come together after each was read.
        row.problems.retain(|p| !TWICE.contains(&p.key()));
        row.key = row.code.as_deref().map_or_else(|| row.look.clone(), cells::fold);
        let group = row.code.as_deref().map_or_else(|| row.look.clone(), |code| format!("={}", number(code)));
        groups.entry(group).or_default().push(n);
        looks.entry(row.look.clone()).or_default().push(n);
    }
    for group in groups.into_values().filter(|group| group.len() > 1) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (i, n) in group.iter().enumerate() {
            let traits = Traits::of(&rows[*n]);
            let base = match &rows[*n].code {
                Some(code) => format!("{}~{}{}", cells::fold(code), &rows[*n].look[2..10], traits.fine()),
                None => format!("{}-{}", rows[*n].look, traits.fine()),
            };
            let same = seen.entry(base.clone()).or_default();
            *same += 1;
            rows[*n].key = if *same == 1 { base } else { format!("{base}-{same}") };
            let first = match rows[*n].code {
                Some(_) => group[..i].first(),
                None => group[..i].iter().find(|n| Traits::of(&rows[**n]) == traits),
            };
            if let Some(first) = first {
                let found = twice(&rows[*n], &rows[*first], Severity::Draft);
                rows[*n].problems.push(found);
            }
        }
    }
    for group in looks.into_values().filter(|group| group.len() > 1) {
        for (i, n) in group.iter().enumerate().skip(1) {
            let traits = Traits::of(&rows[*n]);
            let first = group[..i].iter().find(|n| Traits::of(&rows[**n]).lies_with(&traits));
            if let Some(first) = first
                && !rows[*n].problems.iter().any(|p| TWICE.contains(&p.key()))
            {
                let place = rows[*first].place.to_string();
                let reason = format!("{}: looks like {place}", TWICE[1]);
                let hint = "keep one of them, or give each its own number";
                let row = &mut rows[*n];
                let found = problem(row.place.clone(), &row.description, Severity::Warning, reason, hint).about(place);
                row.problems.push(found);
            }
        }
    }
}

/// The problem of a row that has the number or the look of another one.
pub fn twice(row: &Row, first: &Row, severity: Severity) -> Problem {
    let about = first.place.to_string();
    let reason = match row.code {
        Some(_) => format!("{}: the number also stands at {about}", TWICE[0]),
        None => format!("{}: looks like {about}", TWICE[1]),
    };
    let hint = "keep one of them, or give each its own number";
    problem(row.place.clone(), row.code.as_deref().unwrap_or(&row.description), severity, reason, hint).about(about)
}

#[cfg(test)]
mod tests {
    use super::{is_look, is_rounded, number, number_of};

    #[test]
    fn numbers_that_a_spreadsheet_takes_for_one() {
        for text in ["1", "001", "1.0", "1.00", "０１", "'001", " 0001 "] {
            assert_eq!(number(text), "1", "{text}");
        }
        for (a, b) in [("K-001", "k-001"), ("K 1", "K1"), ("0", "000")] {
            assert_eq!(number(a), number(b));
        }
        for (a, b) in [("K-001", "K-1"), ("2.1", "2.10"), ("1", "10"), ("1.0.0", "1"), ("", "0")] {
            assert_ne!(number(a), number(b), "{a} {b}");
        }
        assert_eq!(number_of("001~abc"), "1");
        assert!(is_rounded("3.60721202601127E+17") && is_rounded("1E+18") && !is_rounded("360721202601127041"));
        assert!(!is_rounded("1E17") && !is_rounded("E+17") && !is_rounded("K.2E+1"));
        assert!(is_look("h-0123456789abcdef-01234567") && !is_look("h-1") && !is_look("K-1"));
    }
}
