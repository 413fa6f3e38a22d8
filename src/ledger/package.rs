//! An .xlsx as a package of parts (ECMA-376 part 2): which part is which sheet, and what the cell reader passes
//! over: merged ranges, hidden rows, notes, pictures, formulas without a value, numbers shown with leading zeros.
//!
//! Knows names and relations of parts. Used by `xlsx` to read and by `patch` to write.

use std::collections::HashMap;
use std::io::{BufReader, Cursor, Read};

use chrono::{DateTime, Utc};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::sheet::Merge;

/// Most places noted of one kind; a report of a thousand lines helps nobody.
const NOTED: usize = 1_000;

/// A part that another part points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    pub id: String,
    /// Last word of the relation's type: `worksheet`, `comments`, `drawing`, ….
    pub kind: String,
    /// Path in the package, without a leading slash.
    pub target: String,
}

/// A sheet of the workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SheetPart {
    pub name: String,
    pub path: String,
    pub number: u32,
}

/// What is beside the cells of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beside {
    pub hidden_rows: u32,
    pub notes: u32,
    pub pictures: u32,
    pub merges: Vec<Merge>,
    pub uncalculated: Vec<(u32, u16)>,
    /// Least number of digits shown, by row and column.
    pub zeros: HashMap<(u32, u16), usize>,
}

/// An opened package.
pub(crate) struct Package<'b> {
    zip: ZipArchive<Cursor<&'b [u8]>>,
    pub sheets: Vec<SheetPart>,
    /// Days count from 1904 (ECMA-376 part 1, 18.2.28).
    pub date1904: bool,
    /// Digits shown at least, by cell format.
    zeros: HashMap<usize, usize>,
}

impl<'b> Package<'b> {
    /// Opens a package; `None` when it is no workbook.
    pub(crate) fn open(bytes: &'b [u8]) -> Option<Self> {
        let zip = ZipArchive::new(Cursor::new(bytes)).ok()?;
        let mut package = Self { zip, sheets: Vec::new(), date1904: false, zeros: HashMap::new() };
        let targets: HashMap<String, String> =
            package.relations("xl/workbook.xml").into_iter().map(|r| (r.id, r.target)).collect();
        let workbook = package.text("xl/workbook.xml")?;
        each(&workbook, |tag| match tag.local_name().as_ref() {
            "sheet" => {
                let path = attribute(tag, "id").and_then(|id| targets.get(&id).cloned());
                let number = attribute(tag, "sheetId").and_then(|n| n.parse().ok()).unwrap_or_default();
                if let (Some(name), Some(path)) = (attribute(tag, "name"), path) {
                    package.sheets.push(SheetPart { name, path, number });
                }
            }
            "workbookPr" => package.date1904 |= attribute(tag, "date1904").is_some_and(|v| v == "1" || v == "true"),
            _ => {}
        });
        package.zeros = package.text("xl/styles.xml").map(|styles| zero_formats(&styles)).unwrap_or_default();
        Some(package)
    }

    /// A part's text; `None` when there is no such part or it is no UTF-8.
    pub fn text(&mut self, path: &str) -> Option<String> {
        let mut text = String::new();
        self.zip.by_name(path).ok()?.read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// What a part points at inside the package.
    pub(crate) fn relations(&mut self, path: &str) -> Vec<Relation> {
        let Some(text) = self.text(&relations_path(path)) else { return Vec::new() };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut found = Vec::new();
        each(&text, |tag| {
            if tag.local_name().as_ref() != "Relationship"
                || attribute(tag, "TargetMode").is_some_and(|m| m == "External")
            {
                return;
            }
            if let (Some(id), Some(kind), Some(target)) =
                (attribute(tag, "Id"), attribute(tag, "Type"), attribute(tag, "Target"))
            {
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                found.push(Relation { id, kind, target: absolute(folder, &target) });
            }
        });
        found
    }

    /// What the cell reader passes over in a sheet.
    pub(crate) fn beside(&mut self, path: &str) -> Beside {
        let mut beside = Beside::default();
        for relation in self.relations(path) {
            let part = match relation.kind.as_str() {
                "comments" | "drawing" => self.text(&relation.target).unwrap_or_default(),
                _ => continue,
            };
            each(&part, |tag| match tag.local_name().as_ref() {
                "comment" => beside.notes += 1,
                "pic" => beside.pictures += 1,
                _ => {}
            });
        }
        if let Ok(part) = self.zip.by_name(path) {
            let mut reader = Reader::from_reader(BufReader::new(part));
            let mut cell = Cell::default();
            let mut buffer = Vec::new();
            // A broken part is the cell reader's to report.
            while let Ok(event) = reader.read_event_into(&mut buffer) {
                match &event {
                    Event::Eof => break,
                    Event::Start(tag) | Event::Empty(tag) => {
                        look(tag, &self.zeros, &mut cell, &mut beside);
                        if matches!(event, Event::Empty(_)) && tag.local_name().as_ref() == "c" {
                            cell = Cell::default();
                        }
                    }
                    // Some writers leave an empty `v` behind a formula that nobody has calculated.
                    Event::Text(text) if cell.at.is_some() && !cell.value && !text.trim_ascii().is_empty() => {
                        cell.value = cell.inside_value;
                    }
                    Event::GeneralRef(_) if cell.at.is_some() && !cell.value => cell.value = cell.inside_value,
                    Event::End(tag) if tag.local_name().as_ref() == "f" => cell.inside_value = true,
                    Event::End(tag) if tag.local_name().as_ref() == "c" => {
                        if let (true, false, Some(at)) = (cell.formula, cell.value, cell.at)
                            && beside.uncalculated.len() < NOTED
                        {
                            beside.uncalculated.push(at);
                        }
                        cell = Cell::default();
                    }
                    _ => {}
                }
                buffer.clear();
            }
        }
        beside
    }
}

/// When a workbook says that it was last saved (ECMA-376 part 2, 11: core properties).
#[must_use]
pub fn saved_on(bytes: &[u8]) -> Option<DateTime<Utc>> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut text = String::new();
    zip.by_name("docProps/core.xml").ok()?.take(CORE).read_to_string(&mut text).ok()?;
    let (_, rest) = text.split_once("dcterms:modified")?;
    let (_, rest) = rest.split_once('>')?;
    let (when, _) = rest.split_once('<')?;
    DateTime::parse_from_rfc3339(when.trim()).ok().map(|at| at.with_timezone(&Utc))
}

/// Bytes of the core properties that are looked at.
const CORE: u64 = 1 << 16;

/// A cell while it is read.
#[derive(Default)]
struct Cell {
    at: Option<(u32, u16)>,
    formula: bool,
    /// Past the formula: what comes now is its value.
    inside_value: bool,
    value: bool,
}

fn look(tag: &BytesStart<'_>, zeros: &HashMap<usize, usize>, cell: &mut Cell, beside: &mut Beside) {
    match tag.local_name().as_ref() {
        "row" if attribute(tag, "hidden").is_some_and(|v| v == "1" || v == "true") => beside.hidden_rows += 1,
        "c" => {
            cell.at = attribute(tag, "r").and_then(|r| position(&r));
            if zeros.is_empty() {
                return;
            }
            let digits = attribute(tag, "s").and_then(|s| s.parse().ok()).and_then(|s: usize| zeros.get(&s));
            let number = attribute(tag, "t").is_none_or(|t| t == "n");
            if let (Some(digits), true, Some(at)) = (digits, number, cell.at) {
                beside.zeros.insert(at, *digits);
            }
        }
        "mergeCell" => beside.merges.extend(attribute(tag, "ref").and_then(|range| merged(&range))),
        "f" => cell.formula = true,
        "v" => cell.inside_value = true,
        _ => {}
    }
}

/// The formats that show at least so many digits (`00000`): article and item numbers are kept that way.
fn zero_formats(styles: &str) -> HashMap<usize, usize> {
    let mut codes: HashMap<String, usize> = HashMap::new();
    let (mut zeros, mut inside, mut n) = (HashMap::new(), false, 0);
    let mut reader = Reader::from_str(styles);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => match tag.local_name().as_ref() {
                "numFmt" => {
                    let code = attribute(&tag, "formatCode").unwrap_or_default();
                    if (2..=20).contains(&code.len()) && code.bytes().all(|b| b == b'0') {
                        codes.insert(attribute(&tag, "numFmtId").unwrap_or_default(), code.len());
                    }
                }
                "cellXfs" => inside = true,
                "xf" if inside => {
                    if let Some(digits) = attribute(&tag, "numFmtId").and_then(|id| codes.get(&id)) {
                        zeros.insert(n, *digits);
                    }
                    n += 1;
                }
                _ => {}
            },
            Ok(Event::End(tag)) if tag.local_name().as_ref() == "cellXfs" => return zeros,
            Ok(Event::Eof) | Err(_) => return zeros,
            Ok(_) => {}
        }
    }
}

/// Calls `see` with every opening tag, until the end or the first error.
pub fn each(text: &str, mut see: impl FnMut(&BytesStart<'_>)) {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => see(&tag),
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// An attribute by its local name, unescaped.
pub(crate) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == name)?;
    Some(unescape(&found.value).ok()?.into_owned())
}

/// The relations of `xl/workbook.xml` stand in `xl/_rels/workbook.xml.rels`.
pub(crate) fn relations_path(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    format!("{folder}/_rels/{name}.rels").trim_start_matches('/').to_owned()
}

/// A target as a path in the package: `../comments1.xml` seen from `xl/worksheets` is `xl/comments1.xml`.
fn absolute(folder: &str, target: &str) -> String {
    if let Some(rooted) = target.strip_prefix('/') {
        return rooted.to_owned();
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A merged range such as `A3:A7`.
fn merged(range: &str) -> Option<Merge> {
    let (first, last) = range.split_once(':').unwrap_or((range, range));
    let (first, last) = (position(first)?, position(last)?);
    Some(Merge { rows: (first.0, last.0), columns: (first.1, last.1) })
}

/// Row from 1 and column from 0 of a reference such as `AB12`.
pub(crate) fn position(reference: &str) -> Option<(u32, u16)> {
    let letters = reference.bytes().take_while(u8::is_ascii_uppercase).count();
    let column =
        reference[..letters].bytes().try_fold(0u32, |n, b| n.checked_mul(26)?.checked_add(u32::from(b - b'A') + 1))?;
    Some((reference[letters..].parse().ok()?, u16::try_from(column.checked_sub(1)?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{Merge, absolute, merged, position, relations_path, zero_formats};

    #[test]
    fn places_and_paths() {
        assert_eq!(position("A1"), Some((1, 0)));
        assert_eq!(position("AB12"), Some((12, 27)));
        assert_eq!(position("12"), None);
        assert_eq!(merged("A3:B7"), Some(Merge { rows: (3, 7), columns: (0, 1) }));
        assert_eq!(merged("A3:7"), None);
        assert_eq!(absolute("xl/worksheets", "../comments1.xml"), "xl/comments1.xml");
        assert_eq!(absolute("xl", "/xl/worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(relations_path("xl/workbook.xml"), "xl/_rels/workbook.xml.rels");
    }

    #[test]
    fn formats_with_leading_zeros() {
        let styles = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts>
            <cellStyleXfs><xf numFmtId="164"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;
        assert_eq!(zero_formats(styles), [(1, 5)].into());
    }
}
