//! The sheet of remarks behind a ledger given back: each item with the short code that answers name, as it stands, and
//! the rows that were left as they are.

use std::collections::HashMap;

use super::fill::Filling;
use super::{Left, text_of};
use crate::core::item::Role;
use crate::core::org::{Directory, Locale};
use crate::core::words::Say;
use crate::gateway::Gateway;
use crate::ledger::patch::{AddedSheet, Value};
use crate::ledger::{Key, Place, Row};
use crate::store::ledgers::Known;

/// Columns of the sheet; their names are the phrases `ledger_notes_1` to `ledger_notes_9`.
const COLUMNS: usize = 9;
/// Their widths, in characters.
const WIDTHS: [u16; COLUMNS] = [10, 16, 6, 16, 44, 16, 12, 16, 50];

/// What is to be remarked, while a ledger is filled in.
#[derive(Default)]
pub(super) struct Noted {
    /// By the item's place among all.
    rows: HashMap<usize, (Place, Vec<String>)>,
    /// Rows that are no item on record: number, finding.
    others: Vec<(Left, String, String)>,
    pub left: Vec<Left>,
}

impl Noted {
    /// A row that is an item, with what was changed in it, and what was left as it is and why.
    pub(super) fn row(&mut self, item: usize, row: &Row, changed: Vec<String>, left: Vec<String>) {
        self.left.extend(left.iter().map(|why| Left { place: row.place.clone(), why: why.clone() }));
        self.rows.insert(item, (row.place.clone(), [changed, left].concat()));
    }

    /// A row that is none.
    pub(super) fn nobodys(&mut self, row: &Row, why: String) {
        let left = Left { place: row.place.clone(), why };
        self.left.push(left.clone());
        self.others.push((left, row.code.clone().unwrap_or_default(), row.description.clone()));
    }
}

impl Gateway {
    pub(super) fn remark(&self, locale: Locale, key: &str, args: &[(&str, String)]) -> String {
        self.phrases.say(locale, key, args)
    }

    /// What is said of people and days that are others than the row said. `header`: how its ledger calls a column.
    pub(super) fn changes<'h>(
        &self,
        locale: Locale,
        filling: &Filling,
        header: impl Fn(Key) -> &'h str,
    ) -> Vec<String> {
        let change = |(key, from): &(Key, String)| {
            let to = filling.shown.get(key).or_else(|| filling.cells.get(key)).map(text_of).unwrap_or_default();
            let args = [("column", header(*key).to_owned()), ("from", from.clone()), ("to", to)];
            self.remark(locale, "ledger_note_changed", &args)
        };
        filling.changed.iter().map(change).collect()
    }

    /// What is said of words that stay though they are not what the item says.
    pub(super) fn newer(&self, locale: Locale, words: &str) -> String {
        self.remark(locale, "ledger_note_newer", &[("words", words.to_owned())])
    }

    /// The sheet.
    pub(super) fn remarks(
        &self,
        directory: &Directory,
        items: &[(String, Known)],
        noted: &Noted,
        locale: Locale,
    ) -> AddedSheet {
        let world = self.world(directory);
        let say = |key: &str| Value::Text(self.remark(locale, key, &[]));
        let mut rows = vec![vec![say("ledger_notes_caption")]];
        rows.push((1..=COLUMNS).map(|n| say(&format!("ledger_notes_{n}"))).collect());
        let at = |place: &Place| [Value::Text(place.sheet.clone()), Value::Number(place.row.into())];
        for (n, (key, known)) in items.iter().enumerate() {
            let item = &known.item;
            let people = item.assigned(Role::Responsible, world.now).flat_map(|a| directory.behind(a.who, world.now));
            let names: Vec<&str> = people.filter_map(|p| directory.person(p)).map(|p| p.name.as_str()).collect();
            let due = item.current_due.map(|due| due.with_timezone(&world.office(item.unit).zone).date_naive());
            let (place, remarks) = match noted.rows.get(&n) {
                Some((place, remarks)) => (at(place), remarks.join("\n")),
                None => {
                    let nowhere = Value::Text(String::new());
                    ([nowhere.clone(), nowhere], self.remark(locale, "ledger_note_absent", &[]))
                }
            };
            let number = if *key == known.look { String::new() } else { key.clone() };
            let finding = known.row.get(Key::Description.canonical()).filter(|text| !text.is_empty());
            let mut row = vec![Value::Text(item.code.clone())];
            row.extend(place);
            row.push(Value::Text(number));
            row.push(Value::Text(finding.unwrap_or(&item.title).clone()));
            row.push(Value::Text(names.join("、")));
            row.push(Value::Text(due.map(|day| text_of(&Value::Date(day))).unwrap_or_default()));
            row.push(say(item.state_key()));
            row.push(Value::Text(remarks));
            rows.push(row);
        }
        for (left, number, finding) in &noted.others {
            let mut row = vec![Value::Text(String::new())];
            row.extend(at(&left.place));
            row.extend([number, finding, "", "", "", &left.why].map(|text: &str| Value::Text(text.to_owned())));
            rows.push(row);
        }
        AddedSheet { name: self.remark(locale, "ledger_notes_sheet", &[]), rows, chart: None, widths: WIDTHS.to_vec() }
    }
}
