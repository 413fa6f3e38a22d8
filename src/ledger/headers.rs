//! Column names: the canonical columns, what people call them, and the search for the header row.
//!
//! Looks at the first fifteen rows, alone and in pairs (a group cell above, the names below), and takes
//! the one that names most columns. Knows words only; what a column's cells mean is for `rows` and
//! `roster`. Columns that nobody knows are the user's own and kept.

use super::cells;
use super::sheet::{Line, Sheet, SheetKind};
use super::vocabulary::{LEDGER, PEOPLE, UNITS, Word};

pub use super::vocabulary::Key;

/// How many rows from the top may come before the header.
pub const HEADER_ROWS: usize = 15;

/// A column of a recognised sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Position from 0.
    pub index: usize,
    /// The user's own name for it; two rows joined with `/`.
    pub header: String,
    /// What it means, if known.
    pub key: Option<Key>,
    /// For a phone column: the person column it belongs to, the nearest before it.
    pub owner: Option<Key>,
}

/// The header of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub kind: SheetKind,
    /// Index of the header's last line among the sheet's lines.
    pub last: usize,
    /// Index of its first line.
    pub first: usize,
    pub columns: Vec<Column>,
}

impl Header {
    pub(crate) fn column(&self, key: Key) -> Option<&Column> {
        self.columns.iter().find(|c| c.key == Some(key))
    }
}

/// Finds the header of a sheet and what the sheet holds.
pub(crate) fn find(sheet: &Sheet) -> Option<Header> {
    let mut best: Option<(usize, Header)> = None;
    let top = sheet.lines.iter().take_while(|l| l.number as usize <= HEADER_ROWS).count();
    for last in 0..top {
        let pairs = if last > 0 { 2 } else { 1 };
        for rows in 1..=pairs {
            let names = names(sheet, last, rows);
            for (kind, words) in [(SheetKind::Ledger, LEDGER), (SheetKind::People, PEOPLE), (SheetKind::Units, UNITS)] {
                let columns = assign(&names, words);
                let Some(score) = score(kind, &columns, &sheet.name) else {
                    continue;
                };
                if best.as_ref().is_none_or(|(top, _)| score > *top) {
                    let first = last + 1 - rows;
                    best = Some((score, Header { kind, last, first, columns }));
                }
            }
        }
    }
    best.map(|(_, header)| header)
}

/// Column names of one header row, or of two: the group above and the name below.
fn names(sheet: &Sheet, last: usize, rows: usize) -> Vec<(usize, String, String)> {
    let line = &sheet.lines[last];
    let above = (rows == 2).then(|| &sheet.lines[last - 1]);
    let width = line.width().max(above.map_or(0, Line::width)).min(1000);
    (0..width)
        .map(|i| {
            let name = cells::fold(line.get(i));
            let group = above.map_or_else(String::new, |l| cells::fold(&sheet.header_text(l, i)));
            (i, group, name)
        })
        .filter(|(_, group, name)| !group.is_empty() || !name.is_empty())
        .collect()
}

/// Gives each column its meaning: exact canonical names first, then aliases, then endings, so that an
/// alias never takes a place from the proper name.
fn assign(names: &[(usize, String, String)], words: &[Word]) -> Vec<Column> {
    let mut columns: Vec<Column> = names
        .iter()
        .map(|(index, group, name)| Column { index: *index, header: joined(group, name), key: None, owner: None })
        .collect();
    for pass in [Pass::Canonical, Pass::Alias, Pass::Ending] {
        for (i, (_, group, name)) in names.iter().enumerate() {
            if columns[i].key.is_some() {
                continue;
            }
            let taken: Vec<Key> = columns.iter().filter_map(|c| c.key).filter(|k| *k != Key::Phone).collect();
            let both = format!("{group}{name}");
            let texts = [both.as_str(), name.as_str(), if name.is_empty() { group } else { "" }];
            columns[i].key = texts.iter().find_map(|t| lookup(t, words, pass, &taken));
        }
    }
    let mut person = None;
    for column in &mut columns {
        match column.key {
            Some(Key::Phone) => column.owner = person,
            Some(key) if key.is_person() => person = Some(key),
            _ => {}
        }
    }
    columns
}

fn joined(group: &str, name: &str) -> String {
    match (group.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => group.to_owned(),
        _ if group == name => name.to_owned(),
        _ => format!("{group}/{name}"),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Pass {
    Canonical,
    Alias,
    Ending,
}

fn lookup(text: &str, words: &[Word], pass: Pass, taken: &[Key]) -> Option<Key> {
    let (full, bare) = (plain(text, false), plain(text, true));
    if bare.is_empty() {
        return None;
    }
    let equal = |name: &str| {
        let name = cells::squash(name);
        name == full || name == bare
    };
    let free = words.iter().filter(|w| !taken.contains(&w.key));
    match pass {
        Pass::Canonical => free.into_iter().find(|w| equal(w.canonical)).map(|w| w.key),
        Pass::Alias => free.into_iter().find(|w| w.aliases.iter().any(|a| equal(a))).map(|w| w.key),
        // A Chinese column name ends with its head noun: 隐患整改期限 is a 整改期限. Two characters are too
        // few for that: 隐患类别 is not the industry.
        Pass::Ending => free
            .into_iter()
            .flat_map(|w| w.aliases.iter().chain([&w.canonical]).map(|a| (cells::squash(a), w.key)))
            .filter(|(a, _)| a.chars().count() >= 3 && a.chars().all(cells::is_han) && bare.ends_with(a.as_str()))
            .max_by_key(|(a, _)| a.chars().count())
            .map(|(_, key)| key),
    }
}

/// Without stars, numbering and colons; on request without what stands in brackets.
fn plain(text: &str, without_brackets: bool) -> String {
    let mut text = cells::squash(text);
    if without_brackets {
        while let (Some(open), Some(close)) = (text.find('('), text.rfind(')')) {
            if open >= close {
                break;
            }
            text.replace_range(open..=close, "");
        }
    }
    let text = text.trim_matches(['*', ':', '★', '▲', '·']);
    let numbered = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let text = numbered.strip_prefix(['.', '、']).unwrap_or(text);
    text.to_owned()
}

/// How well a row serves as header of this kind; `None` when it does not.
fn score(kind: SheetKind, columns: &[Column], sheet: &str) -> Option<usize> {
    let has = |key| columns.iter().any(|c| c.key == Some(key));
    let count = columns.iter().filter(|c| c.key.is_some()).count();
    let named = |words: &[&str]| {
        let sheet = cells::squash(sheet);
        words.iter().any(|w| sheet.contains(w))
    };
    let (fits, hint) = match kind {
        SheetKind::Ledger => (
            count >= 3 && (has(Key::Description) || (has(Key::Unit) && has(Key::Due))),
            named(&["台账", "隐患", "清单", "ledger"]),
        ),
        SheetKind::People => (count >= 2 && has(Key::Name), named(&["人员", "通讯录", "people", "person", "contacts"])),
        SheetKind::Units => (
            count >= 2 && has(Key::UnitName) && (has(Key::Parent) || has(Key::Level)),
            named(&["单位", "机构", "units", "organisation"]),
        ),
        SheetKind::Other | SheetKind::Hidden => return None,
    };
    fits.then_some(count * 2 + usize::from(hint) * 5)
}

/// The canonical column a ledger header means, for tools that map columns outside a file.
#[must_use]
pub fn canonical(header: &str) -> Option<Key> {
    [Pass::Canonical, Pass::Alias, Pass::Ending].into_iter().find_map(|pass| lookup(header, LEDGER, pass, &[]))
}
