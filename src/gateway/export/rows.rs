//! Which row of a file is which item: by what it says, never by its number alone. A copied number, or one that was given
//! to another hazard, makes no row an item.

use std::collections::HashMap;

use crate::gateway::import::fields_of;
use crate::ledger::cells::squash;
use crate::ledger::{Key, Row};
use crate::store::ledgers::{Fields, Known};

/// For each row the place of its item among `items`; `None`: it is nobody's. No item has two rows.
pub(super) fn items_of(rows: &[Row], items: &[(String, Known)]) -> Vec<Option<usize>> {
    let mut found = Found { items, of_row: vec![None; rows.len()], taken: vec![false; items.len()] };
    let by_key: HashMap<&str, usize> = items.iter().enumerate().map(|(n, (key, _))| (key.as_str(), n)).collect();
    let mut by_finding: HashMap<String, Vec<usize>> = HashMap::new();
    for (n, (_, known)) in items.iter().enumerate() {
        let finding = known.row.get(Key::Description.canonical()).map_or("", String::as_str);
        by_finding.entry(squash(finding)).or_default().push(n);
    }
    let fields: Vec<Fields> = rows.iter().map(fields_of).collect();
    // The row that an import took: under this number, with this content.
    for (r, row) in rows.iter().enumerate() {
        if let Some(n) = by_key.get(row.key.as_str()).filter(|n| says(&items[**n].1, &fields[r])) {
            found.take(r, *n);
        }
    }
    // Its number was retyped, or it has none.
    for (r, row) in rows.iter().enumerate().filter(|(r, _)| found.of_row[*r].is_none()).collect::<Vec<_>>() {
        let alike = by_finding.get(&squash(&row.description)).map_or(&[][..], Vec::as_slice);
        if let Some(n) = alike.iter().find(|n| !found.taken[**n] && says(&items[**n].1, &fields[r])) {
            found.take(r, *n);
        }
    }
    // A change that was not taken over, or another version's reading: the one row left of a number, or of a finding and
    // its place, and the one item.
    let number = |row: &Row| row.code.as_ref().map(|_| row.key.clone());
    found.pair(rows, number, |key, _| Some(key.to_owned()));
    let place = |unit: &str, place: &str, finding: &str| [unit, place, finding].map(squash).join("\n");
    let of_item = |_: &str, known: &Known| {
        let field = |key: Key| known.row.get(key.canonical()).map_or("", String::as_str);
        Some(place(field(Key::Unit), field(Key::Place), field(Key::Description)))
    };
    found.pair(rows, |row| Some(place(&row.unit, &row.place_text, &row.description)), of_item);
    found.of_row
}

struct Found<'i> {
    items: &'i [(String, Known)],
    of_row: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl Found<'_> {
    fn take(&mut self, row: usize, item: usize) {
        if !self.taken[item] {
            (self.of_row[row], self.taken[item]) = (Some(item), true);
        }
    }

    /// Takes rows and items together that alone bear a name, among all rows of the file and the items that are left, and
    /// are of one finding.
    fn pair(
        &mut self,
        rows: &[Row],
        of_row: impl Fn(&Row) -> Option<String>,
        of_item: impl Fn(&str, &Known) -> Option<String>,
    ) {
        let mut named: HashMap<String, Vec<usize>> = HashMap::new();
        for (r, row) in rows.iter().enumerate() {
            if let Some(name) = of_row(row) {
                named.entry(name).or_default().push(r);
            }
        }
        let mut left: HashMap<String, Vec<usize>> = HashMap::new();
        for (n, (key, known)) in self.items.iter().enumerate().filter(|(n, _)| !self.taken[*n]) {
            if let Some(name) = of_item(key, known) {
                left.entry(name).or_default().push(n);
            }
        }
        for (name, items) in left {
            let ([n], Some([r])) = (items.as_slice(), named.get(&name).map(Vec::as_slice)) else { continue };
            if same_finding(&self.items[*n].1, &rows[*r].description) && self.of_row[*r].is_none() {
                self.take(*r, *n);
            }
        }
    }
}

/// Reading the row again would change nothing: each field is as on record, or as an export of ours wrote it. And the
/// item is that hazard: a number may have been given to another one after it was closed.
fn says(known: &Known, fields: &Fields) -> bool {
    let finding = fields.get(Key::Description.canonical()).map_or("", String::as_str);
    same_finding(known, finding)
        && fields.iter().all(|(name, now)| {
            known.row.get(name).map_or("", String::as_str) == now
                || known.exported.get(name).is_some_and(|texts| texts.contains(now))
        })
}

fn same_finding(known: &Known, finding: &str) -> bool {
    squash(&known.item.description) == squash(finding)
}
