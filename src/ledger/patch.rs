//! Writes into the office's own .xlsx: some cells get a value, a colour or a note, one sheet may be added, and
//! every other part of the file is copied as it is, byte for byte.
//!
//! Libraries that read a workbook whole and write it anew lose what they do not know: conditional formats, charts,
//! validation lists. An office's form must come back as it was given, so only the parts that change are touched
//! (ECMA-376 part 1, 18.3 for sheets, 18.8 for styles, 18.7 for notes). Decides nothing: what goes where is for the
//! caller.

mod cells;
mod notes;
mod parts;
mod styles;

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use chrono::NaiveDate;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::QName;
use quick_xml::{Reader, Writer};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::LedgerError;
use super::package::{Package, SheetPart};
use parts::Parts;
use styles::Styles;

/// What a cell is given.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Never a formula, whatever it begins with.
    Text(String),
    Date(NaiveDate),
    Number(f64),
}

/// Row as the spreadsheet shows it and column from 0.
pub type Cell = (u32, u16);

/// What changes in one sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SheetPatch {
    /// Cells with formulas are left alone, and so are those that a merged range covers.
    pub values: BTreeMap<Cell, Value>,
    /// Cells that are coloured, with the note that says why.
    pub marks: BTreeMap<Cell, String>,
    /// Columns that are new: each takes the look of the one before it.
    pub new_columns: Vec<u16>,
}

/// A sheet that is added, or written anew where one of its name is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddedSheet {
    pub name: String,
    pub rows: Vec<Vec<Value>>,
    pub chart: Option<Chart>,
    /// Widths of the first columns, in characters.
    pub widths: Vec<u16>,
}

/// The parts of a chart: the drawing, its relations and the chart itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    pub drawing: String,
    pub chart: String,
}

/// Everything that changes in a workbook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    /// By the sheet's name.
    pub sheets: BTreeMap<String, SheetPatch>,
    /// Behind the others, in this order.
    pub added: Vec<AddedSheet>,
}

impl Patch {
    /// The changes to a sheet.
    pub fn sheet(&mut self, name: &str) -> &mut SheetPatch {
        self.sheets.entry(name.to_owned()).or_default()
    }
}

/// The workbook with the changes.
///
/// # Errors
/// [`LedgerError::Damaged`] when the file is no workbook whose parts can be found.
pub fn apply(file: &str, bytes: &[u8], patch: &Patch) -> Result<Vec<u8>, LedgerError> {
    let damaged = |reason: &str| LedgerError::Damaged { file: file.to_owned(), reason: reason.to_owned() };
    let mut package = Package::open(bytes).ok_or_else(|| damaged("its parts cannot be found"))?;
    let mut parts = Parts::new(&mut package).ok_or_else(|| damaged("its list of parts is missing"))?;
    let mut styles = Styles::read(&package.text("xl/styles.xml").unwrap_or_default(), package.date1904);
    let sheets: Vec<SheetPart> = package.sheets.clone();
    for (n, sheet) in sheets.iter().enumerate() {
        let Some(changes) = patch.sheets.get(&sheet.name).filter(|c| **c != SheetPatch::default()) else { continue };
        let xml = package.text(&sheet.path).ok_or_else(|| damaged("a sheet is missing"))?;
        let (changes, notes) = cells::within_merges(&xml, changes);
        let drawing = if notes.is_empty() { None } else { notes::add(&mut package, &mut parts, sheet, n, &notes) };
        let names = parts.names;
        parts.put(&sheet.path, cells::rewrite(&xml, &changes, drawing.as_deref(), &mut styles, names));
    }
    for added in &patch.added {
        parts
            .add_sheet(&mut package, added, &mut styles)
            .ok_or_else(|| damaged("its list of sheets cannot be extended"))?;
    }
    if let Some(xml) = styles.written() {
        parts.put("xl/styles.xml", xml);
    }
    write(bytes, parts.finish()).map_err(|e| damaged(&e.to_string()))
}

/// The package with changed and new parts; all others are copied compressed as they are.
fn write(bytes: &[u8], mut changed: BTreeMap<String, String>) -> zip::result::ZipResult<Vec<u8>> {
    let mut from = ZipArchive::new(Cursor::new(bytes))?;
    let mut to = ZipWriter::new(Cursor::new(Vec::with_capacity(bytes.len() + 65_536)));
    // Without a time of its own, so that the same input gives the same bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    for n in 0..from.len() {
        let entry = from.by_index_raw(n)?;
        match changed.remove(entry.name()?.as_ref()) {
            None => to.raw_copy_file(entry)?,
            Some(text) => {
                to.start_file(entry.name()?.into_owned(), options)?;
                to.write_all(text.as_bytes())?;
            }
        }
    }
    for (path, text) in changed {
        to.start_file(path, options)?;
        to.write_all(text.as_bytes())?;
    }
    Ok(to.finish()?.into_inner())
}

/// The namespaces of a workbook: transitional, or strict (ISO/IEC 29500-1). One workbook has one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Names {
    pub main: &'static str,
    pub relations: &'static str,
}

const TRANSITIONAL: Names = Names {
    main: "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    relations: "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
};
const STRICT: Names = Names {
    main: "http://purl.oclc.org/ooxml/spreadsheetml/main",
    relations: "http://purl.oclc.org/ooxml/officeDocument/relationships",
};

impl Names {
    /// Those of a workbook part.
    fn of(workbook: &str) -> Names {
        if workbook.contains(STRICT.main) { STRICT } else { TRANSITIONAL }
    }

    /// A part that was written for a transitional workbook, for this one.
    fn put_into(self, part: &str) -> String {
        if self == TRANSITIONAL {
            return part.to_owned();
        }
        part.replace(TRANSITIONAL.relations, STRICT.relations)
            .replace(TRANSITIONAL.main, STRICT.main)
            .replace("http://schemas.openxmlformats.org/drawingml/2006/", "http://purl.oclc.org/ooxml/drawingml/")
    }
}

/// Text that XML 1.0 can carry, escaped.
fn escaped(text: &str) -> String {
    let legal = |c: &char| matches!(c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
    quick_xml::escape::escape(text.chars().filter(legal).collect::<String>()).into_owned()
}

/// A part while it is written.
struct Out(Writer<Vec<u8>>);

impl Out {
    /// For a part that was `length` bytes long.
    fn new(length: usize) -> Out {
        Out(Writer::new(Vec::with_capacity(length + 4_096)))
    }

    fn put(&mut self, event: Event<'_>) {
        // Writing to memory cannot fail.
        let _ = self.0.write_event(event);
    }

    fn raw(&mut self, xml: &str) {
        self.0.get_mut().extend_from_slice(xml.as_bytes());
    }

    fn text(self) -> String {
        // Made of nothing but text.
        String::from_utf8(self.0.into_inner()).unwrap_or_default()
    }
}

/// What stands before an element's local name: `x:`, or nothing. New elements beside it share it.
fn prefix(name: QName<'_>) -> String {
    let (whole, local) = (name.as_ref(), name.local_name());
    whole[..whole.len() - local.as_ref().len()].to_owned()
}

/// A part with one element more at the end of the first element of a local name. `element` gives it, with the prefix that
/// its neighbours carry. `None`: there is no such place.
fn appended(xml: &str, inside: &str, element: impl Fn(&str) -> String) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    let mut out = Out::new(xml.len());
    let mut done = false;
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            Event::Eof => break,
            Event::End(tag) if !done && tag.local_name().as_ref() == inside => {
                done = true;
                out.raw(&element(&prefix(tag.name())));
            }
            Event::Empty(tag) if !done && tag.local_name().as_ref() == inside => {
                done = true;
                let end = tag.to_end().into_owned();
                out.put(Event::Start(tag.clone()));
                out.raw(&element(&prefix(tag.name())));
                out.put(Event::End(end));
                continue;
            }
            _ => {}
        }
        out.put(event);
    }
    done.then(|| out.text())
}

/// A tag with fewer attributes, to which others may be added.
fn without(tag: &BytesStart<'_>, dropped: &[&str]) -> BytesStart<'static> {
    let mut left = BytesStart::new(tag.name().as_ref().to_owned());
    // Values stay escaped as they are.
    left.extend_attributes(
        tag.attributes().with_checks(false).flatten().filter(|a| !dropped.contains(&a.key.as_ref())),
    );
    left
}
