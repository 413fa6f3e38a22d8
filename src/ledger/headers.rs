//! Column names: the canonical columns, what people call them, and the search for the header row.
//!
//! Looks at the first fifteen rows, alone and in pairs (a group cell above, the names below), and takes
//! the one that names most columns. Knows words only; what a column's cells mean is for `rows` and
//! `roster`. Columns that nobody knows are the user's own and kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::cells;
use super::sheet::{Line, Sheet, SheetKind};
use super::vocabulary::{LEDGER, PEOPLE, UNITS, Word};

pub use super::vocabulary::Key;

/// What an office said about columns that no known name covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned(BTreeMap<String, Option<Key>>);

/// The word for a column that is the office's own.
pub const OWN: &str = "own";

impl Learned {
    /// From headers and what they mean: a [`Key::word`], a known column name, or [`OWN`].
    ///
    /// # Errors
    /// Names the header whose meaning is not known, and the words there are.
    pub fn new<'a>(said: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, String> {
        let mut learned = Self::default();
        for (header, meaning) in said {
            let wanted = meaning.trim();
            let key = match wanted {
                OWN => None,
                _ => Some(key_of(wanted).ok_or_else(|| {
                    let words: Vec<String> = LEDGER.iter().map(|w| w.key.word()).collect();
                    format!("{header}={meaning}: {wanted} is no column; use one of {}, or {OWN}", words.join(", "))
                })?),
            };
            learned.0.insert(cells::squash(header), key);
        }
        Ok(learned)
    }

    /// Everything that was said about columns that have a meaning, in one text. What is the office's own reads the
    /// same whether it was said or not.
    #[must_use]
    pub fn said(&self) -> String {
        let known = self.0.iter().filter_map(|(header, key)| Some(format!("{header}={}", (*key)?.word())));
        known.collect::<Vec<_>>().join("\n")
    }

    /// `None`: nothing was said of this header.
    fn get(&self, header: &str) -> Option<Option<Key>> {
        self.0.get(&cells::squash(header)).copied()
    }
}

/// A ledger column by its word or by any of its names.
fn key_of(text: &str) -> Option<Key> {
    let all = || [LEDGER, PEOPLE, UNITS].into_iter().flatten();
    let known = all().map(|w| w.key).find(|k| k.word() == text).or_else(|| canonical(text));
    known.or_else(|| all().find(|w| cells::squash(w.canonical) == cells::squash(text)).map(|w| w.key))
}

/// The known column whose name has most in common with an unknown one: a proposal, never applied. What reads most like a
/// column by which items are closed gets none: taken at its word it would silence hazards.
pub(crate) fn resembles(header: &str) -> Option<Key> {
    let best = match header.chars().any(cells::is_han) {
        true => common_run(header),
        false => common_words(header),
    };
    best.filter(|key| !key.closes())
}

/// By the longest run of characters that a Chinese name shares with it; one character is no resemblance.
fn common_run(header: &str) -> Option<Key> {
    let header: Vec<char> = cells::squash(header).chars().collect();
    let common = |name: &'static str| {
        let name: Vec<char> = squashed(name).chars().collect();
        let runs = (0..name.len()).flat_map(|i| (i + 1..=name.len()).map(move |j| (i, j)));
        runs.filter(|(i, j)| header.windows(j - i).any(|w| w == &name[*i..*j])).map(|(i, j)| j - i).max().unwrap_or(0)
    };
    let names = LEDGER.iter().flat_map(|w| w.aliases.iter().chain([&w.canonical]).map(move |n| (w.key, *n)));
    let best = names.map(|(key, name)| (common(name), key)).max_by_key(|(n, _)| *n)?;
    (best.0 >= 2).then_some(best.1)
}

/// By the longest English name all of whose words it has.
fn common_words(header: &str) -> Option<Key> {
    let words = |text: &str| -> Vec<String> {
        let text = cells::fold(text).to_lowercase();
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let header = words(header);
    let known = LEDGER.iter().flat_map(|w| w.aliases.iter().map(move |name| (w.key, words(name))));
    let length = |name: &[String]| name.iter().map(String::len).sum::<usize>();
    known
        .filter(|(_, name)| length(name) >= 3 && name.iter().all(|word| header.contains(word)))
        .max_by_key(|(_, name)| length(name))
        .map(|(key, _)| key)
}

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
    /// The office has said what it is.
    pub learned: bool,
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
    pub fn column(&self, key: Key) -> Option<&Column> {
        self.columns.iter().find(|c| c.key == Some(key))
    }
}

/// Finds the header of a sheet and what the sheet holds.
pub(crate) fn find(sheet: &Sheet, learned: &Learned) -> Option<Header> {
    let mut best: Option<(usize, Header)> = None;
    let top = sheet.lines.iter().take_while(|l| l.number as usize <= HEADER_ROWS).count();
    for last in 0..top {
        let pairs = if last > 0 { 2 } else { 1 };
        for rows in 1..=pairs {
            let names = names(sheet, last, rows);
            for (kind, words) in [(SheetKind::Ledger, LEDGER), (SheetKind::People, PEOPLE), (SheetKind::Units, UNITS)] {
                let columns = assign(&names, words, learned);
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
fn assign(names: &[(usize, String, String)], words: &[Word], learned: &Learned) -> Vec<Column> {
    let mut columns: Vec<Column> = names
        .iter()
        .map(|(index, group, name)| {
            let header = joined(group, name);
            let said = learned.get(&header).or_else(|| learned.get(name));
            let key = said.flatten().filter(|key| words.iter().any(|w| w.key == *key));
            Column { index: *index, header, key, learned: said.is_some(), owner: None }
        })
        .collect();
    for pass in [Pass::Canonical, Pass::Alias, Pass::Ending] {
        for (i, (_, group, name)) in names.iter().enumerate() {
            if columns[i].key.is_some() || columns[i].learned {
                continue;
            }
            let taken: Vec<Key> = columns.iter().filter_map(|c| c.key).filter(|k| *k != Key::Phone).collect();
            let both = format!("{group}{name}");
            let texts = [both.as_str(), name.as_str(), if name.is_empty() { group } else { "" }];
            columns[i].key = texts.iter().find_map(|t| lookup(t, words, pass, &taken));
        }
    }
    // A list of actions may have no other word for what is wrong than what is to be done.
    if !columns.iter().any(|c| c.key == Some(Key::Description))
        && let Some(action) = columns.iter_mut().find(|c| c.key == Some(Key::Measures) && !c.learned)
    {
        action.key = Some(Key::Description);
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
    let equal = |name: &'static str| {
        let name = squashed(name);
        name == full || name == bare
    };
    let free = words.iter().filter(|w| !taken.contains(&w.key));
    match pass {
        Pass::Canonical => free.into_iter().find(|w| equal(w.canonical)).map(|w| w.key),
        Pass::Alias => {
            let named = free.clone().find(|w| w.names().any(equal)).map(|w| w.key);
            named.or_else(|| role_with_phone(text, words).filter(|key| !taken.contains(key)))
        }
        // A Chinese column name ends with its head noun: 隐患整改期限 is a 整改期限. Two characters are too
        // few for that: 隐患类别 is not the industry.
        Pass::Ending => free
            .into_iter()
            .flat_map(|w| w.names().map(|name| (squashed(name), w.key)))
            .filter(|(a, _)| a.chars().count() >= 3 && a.chars().all(cells::is_han) && bare.ends_with(a))
            .max_by_key(|(a, _)| a.chars().count())
            .map(|(_, key)| key),
    }
}

/// 整改责任人及联系电话: the column of a role, with its phones in the same cells.
fn role_with_phone(text: &str, words: &[Word]) -> Option<Key> {
    const JOINTS: [&str; 9] = ["及", "和", "与", "、", "/", "&", "+", ",", " and "];
    let text = cells::fold(text).to_lowercase();
    let joint = JOINTS.iter().filter_map(|joint| Some((text.find(joint)?, joint.len()))).min()?;
    let (role, rest) = (&text[..joint.0], &text[joint.0 + joint.1..]);
    let means = |text: &str| {
        let bare = plain(text, true);
        let is = |name: &'static str| squashed(name) == bare;
        words.iter().find(|w| w.names().any(is)).map(|w| w.key)
    };
    let phones = |text: &str| {
        let bare = plain(text, true);
        words.iter().any(|w| w.key == Key::Phone && w.aliases.iter().any(|a| bare.ends_with(squashed(a))))
    };
    means(role).filter(|key| (key.is_person() || *key == Key::Name) && phones(rest))
}

/// [`cells::squash`] of a known name, made once: every header cell is held against all of them.
fn squashed(name: &'static str) -> &'static str {
    static ALL: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
        let words = [LEDGER, PEOPLE, UNITS].into_iter().flatten();
        words.flat_map(Word::names).map(|name| (name, cells::squash(name))).collect()
    });
    ALL.get(name).map_or(name, String::as_str)
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
    // A running number says nothing about what a sheet holds.
    let counts = |key: Key| kind == SheetKind::Ledger || key != Key::Seq;
    let count = columns.iter().filter_map(|c| c.key).filter(|key| counts(*key)).count();
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
