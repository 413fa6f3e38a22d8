//! The cells of one sheet part: values, formats, rows and columns that were not there.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::styles::{Look, Styles};
use super::{Cell, Names, Out, SheetPatch, Value, escaped, prefix, without};
use crate::column_letter;
use crate::package::{attribute, each, position};

/// Elements of a worksheet that come after `legacyDrawing` (ECMA-376 part 1, 18.3.1.99).
const AFTER_NOTES: [&str; 9] = [
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
    "worksheet",
];

/// The changes that show: a value under a merged range is dropped, a mark on it moves to the range's first cell.
pub(super) fn within_merges(xml: &str, patch: &SheetPatch) -> (SheetPatch, BTreeMap<Cell, String>) {
    let mut merges: Vec<(Cell, Cell)> = Vec::new();
    each(xml, |tag| {
        if tag.local_name().as_ref() == "mergeCell"
            && let Some(range) = attribute(tag, "ref")
            && let Some((first, last)) = range.split_once(':')
            && let (Some(first), Some(last)) = (position(first), position(last))
        {
            merges.push((first, last));
        }
    });
    let first_of = |cell: Cell| {
        let covers = |(first, last): &&(Cell, Cell)| {
            first.0 <= cell.0 && cell.0 <= last.0 && first.1 <= cell.1 && cell.1 <= last.1
        };
        merges.iter().find(covers).map_or(cell, |(first, _)| *first)
    };
    let mut patch = patch.clone();
    if !merges.is_empty() {
        // A cell that covers several rows is written only where all of them say the same.
        for (first, last) in merges.iter().filter(|(first, last)| first.0 < last.0) {
            let rows = || patch.values.range((first.0, 0)..=(last.0, u16::MAX)).filter(|(cell, _)| cell.1 == first.1);
            let Some(value) = patch.values.get(first) else { continue };
            let same = rows().filter(|(_, other)| *other == value).count();
            if same != (last.0 - first.0 + 1) as usize {
                patch.values.remove(first);
            }
        }
        patch.values.retain(|cell, _| first_of(*cell) == *cell);
    }
    let mut marks: BTreeMap<Cell, String> = BTreeMap::new();
    for (cell, why) in &patch.marks {
        let notes = marks.entry(first_of(*cell)).or_default();
        if !notes.is_empty() {
            notes.push('\n');
        }
        notes.push_str(why);
    }
    patch.marks.clone_from(&marks);
    (patch, marks)
}

/// Cells from one up to another, in their order, that get a value or a mark.
fn touched(patch: &SheetPatch, from: Cell, to: Cell) -> BTreeSet<Cell> {
    let values = patch.values.range(from..to).map(|(cell, _)| *cell);
    values.chain(patch.marks.range(from..to).map(|(cell, _)| *cell)).collect()
}

/// Where the writer stands.
struct Sheet<'p> {
    out: Out,
    patch: &'p SheetPatch,
    styles: &'p mut Styles,
    names: Names,
    /// `x:` where the part's elements carry one.
    prefix: String,
    /// Row and column that were written last.
    row: u32,
    column: Option<u16>,
    /// Format of the cell to the left, for new columns.
    left: Option<usize>,
}

/// The sheet part with the changes; `notes` is the relation of the drawing that carries them.
pub(super) fn rewrite(xml: &str, patch: &SheetPatch, notes: Option<&str>, styles: &mut Styles, names: Names) -> String {
    let out = Out::new(xml.len());
    let mut sheet = Sheet { out, patch, styles, names, prefix: String::new(), row: 0, column: None, left: None };
    let mut reader = Reader::from_str(xml);
    let mut noted = notes.is_none();
    // A part that breaks off is written as far as it goes; the reader has refused such a file before.
    while let Ok(event) = reader.read_event() {
        match &event {
            Event::Eof => break,
            Event::Empty(tag) if tag.local_name().as_ref() == "dimension" => sheet.dimension(tag),
            Event::Start(tag) if tag.local_name().as_ref() == "sheetData" => {
                sheet.prefix = prefix(tag.name());
                sheet.out.put(event);
            }
            Event::Empty(tag) if tag.local_name().as_ref() == "sheetData" => {
                sheet.prefix = prefix(tag.name());
                sheet.out.raw(&format!("<{}sheetData>", sheet.prefix));
                sheet.rows_before(u32::MAX);
                sheet.out.raw(&format!("</{}sheetData>", sheet.prefix));
            }
            Event::End(tag) if tag.local_name().as_ref() == "sheetData" => {
                sheet.rows_before(u32::MAX);
                sheet.out.put(event);
            }
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == "row" => {
                let number = attribute(tag, "r").and_then(|r| r.parse().ok()).unwrap_or(sheet.row + 1);
                sheet.rows_before(number);
                let empty = matches!(event, Event::Empty(_));
                sheet.begin_row(tag, number);
                if empty {
                    sheet.cells_before(None);
                    sheet.out.raw(&format!("</{}row>", sheet.prefix));
                }
            }
            Event::End(tag) if tag.local_name().as_ref() == "row" => {
                sheet.cells_before(None);
                sheet.out.put(event);
            }
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == "c" => {
                let next = sheet.column.map_or(0, |c| c.saturating_add(1));
                let column = attribute(tag, "r").and_then(|r| position(&r)).map_or(next, |(_, column)| column);
                sheet.cells_before(Some(column));
                let mut whole = vec![event.clone().into_owned()];
                if let Event::Start(tag) = &event {
                    let end = tag.to_end().into_owned();
                    loop {
                        match reader.read_event() {
                            Ok(Event::End(e)) if e.name() == end.name() => {
                                whole.push(Event::End(e).into_owned());
                                break;
                            }
                            Ok(Event::Eof) | Err(_) => break,
                            Ok(inner) => whole.push(inner.into_owned()),
                        }
                    }
                }
                sheet.cell(whole, column);
            }
            Event::Start(tag) | Event::Empty(tag) if !noted && tag.local_name().as_ref() == "legacyDrawing" => {
                noted = true;
                sheet.out.put(event);
            }
            Event::Start(tag) | Event::Empty(tag) if !noted && AFTER_NOTES.contains(&tag.local_name().as_ref()) => {
                // The root opens with the same name that ends it.
                if tag.local_name().as_ref() != "worksheet" {
                    noted = true;
                    sheet.notes(notes);
                }
                sheet.out.put(event);
            }
            Event::End(tag) if !noted && tag.local_name().as_ref() == "worksheet" => {
                noted = true;
                sheet.notes(notes);
                sheet.out.put(event);
            }
            _ => sheet.out.put(event),
        }
    }
    sheet.out.text()
}

impl Sheet<'_> {
    /// The sheet's drawing of notes. The namespace is declared here: the root may know it by another prefix.
    fn notes(&mut self, relation: Option<&str>) {
        if let Some(id) = relation {
            let xml = format!(r#"<{}legacyDrawing xmlns:r="{}" r:id="{id}"/>"#, self.prefix, self.names.relations);
            self.out.raw(&xml);
        }
    }

    /// The used rectangle, with what is added; some readers trust it.
    fn dimension(&mut self, tag: &BytesStart<'_>) {
        let range = attribute(tag, "ref").unwrap_or_default();
        let (first, last) = range.split_once(':').unwrap_or((&range, &range));
        let (Some(first), Some(mut last)) = (position(first), position(last)) else {
            return self.out.put(Event::Empty(tag.to_owned()));
        };
        for (row, column) in self.patch.values.keys() {
            last = (last.0.max(*row), last.1.max(*column));
        }
        let at = |cell: Cell| format!("{}{}", column_letter(cell.1.into()), cell.0);
        self.out.raw(&format!(r#"<{}dimension ref="{}:{}"/>"#, prefix(tag.name()), at(first), at(last)));
    }

    fn begin_row(&mut self, tag: &BytesStart<'_>, number: u32) {
        (self.row, self.column, self.left) = (number, None, None);
        let mut start = tag.to_owned();
        if !touched(self.patch, (number, 0), (number, u16::MAX)).is_empty() {
            // The row may grow beyond the span it announces; the attribute is optional.
            start = without(tag, &["spans"]);
        }
        self.out.put(Event::Start(start));
    }

    /// Rows that are not in the sheet and come before `number`.
    fn rows_before(&mut self, number: u32) {
        let from = self.row.saturating_add(1);
        if from >= number {
            return;
        }
        for (row, _) in touched(self.patch, (from, 0), (number, 0)) {
            if row > self.row {
                self.out.raw(&format!(r#"<{}row r="{row}">"#, self.prefix));
                (self.row, self.column, self.left) = (row, None, None);
                self.cells_before(None);
                self.out.raw(&format!("</{}row>", self.prefix));
            }
        }
    }

    /// New cells of the row before a column, or to its end.
    fn cells_before(&mut self, column: Option<u16>) {
        let from = self.column.map_or(0, |c| c.saturating_add(1));
        let to = column.unwrap_or(u16::MAX);
        if from >= to {
            return;
        }
        let patch = self.patch;
        for (_, at) in touched(patch, (self.row, from), (self.row, to)) {
            let base = if patch.new_columns.contains(&at) { self.left } else { None };
            let nothing = Value::Text(String::new());
            let value = patch.values.get(&(self.row, at)).unwrap_or(&nothing);
            self.write(at, value, base.unwrap_or_default());
        }
    }

    /// A cell that is there: as it was, with another look, or with a new value.
    fn cell(&mut self, events: Vec<Event<'_>>, column: u16) {
        let style = match events.first() {
            Some(Event::Start(tag) | Event::Empty(tag)) => {
                attribute(tag, "s").and_then(|s| s.parse().ok()).unwrap_or(0)
            }
            _ => 0,
        };
        let formula = events.iter().any(|e| match e {
            Event::Start(t) | Event::Empty(t) => t.local_name().as_ref() == "f",
            _ => false,
        });
        (self.column, self.left) = (Some(column), Some(style));
        let patch = self.patch;
        if let (Some(value), false) = (patch.values.get(&(self.row, column)), formula) {
            return self.write(column, value, style);
        }
        let marked = patch.marks.contains_key(&(self.row, column));
        for (n, event) in events.into_iter().enumerate() {
            match event {
                Event::Start(tag) if n == 0 && marked => {
                    let tag = self.restyled(&tag, style);
                    self.out.put(Event::Start(tag));
                }
                Event::Empty(tag) if n == 0 && marked => {
                    let tag = self.restyled(&tag, style);
                    self.out.put(Event::Empty(tag));
                }
                event => self.out.put(event),
            }
        }
    }

    fn restyled(&mut self, tag: &BytesStart<'_>, style: usize) -> BytesStart<'static> {
        let style = self.styles.variant(style, Look::Marked).to_string();
        let mut tag = without(tag, &["s"]);
        tag.push_attribute(("s", style.as_str()));
        tag
    }

    fn write(&mut self, column: u16, value: &Value, base: usize) {
        self.column = Some(column);
        let mut style = base;
        if self.patch.marks.contains_key(&(self.row, column)) {
            style = self.styles.variant(style, Look::Marked);
        }
        let xml = cell(&self.prefix, column, self.row, value, style, self.styles);
        self.out.raw(&xml);
    }
}

/// A cell of a sheet of ours.
pub(super) fn plain(column: u16, row: u32, value: &Value, styles: &mut Styles) -> String {
    cell("", column, row, value, 0, styles)
}

fn cell(p: &str, column: u16, row: u32, value: &Value, style: usize, styles: &mut Styles) -> String {
    let at = format!("{}{row}", column_letter(column.into()));
    match value {
        Value::Text(text) if text.is_empty() => format!(r#"<{p}c r="{at}" s="{style}"/>"#),
        Value::Text(text) => text_cell(p, &at, style, text),
        Value::Number(n) => format!(r#"<{p}c r="{at}" s="{style}"><{p}v>{n}</{p}v></{p}c>"#),
        Value::Date(day) => match (styles.dated(style), serial(*day, styles.date1904)) {
            (Some(style), Some(days)) => format!(r#"<{p}c r="{at}" s="{style}"><{p}v>{days}</{p}v></{p}c>"#),
            _ => text_cell(p, &at, style, &day.to_string()),
        },
    }
}

fn text_cell(p: &str, at: &str, style: usize, text: &str) -> String {
    format!(
        r#"<{p}c r="{at}" s="{style}" t="inlineStr"><{p}is><{p}t xml:space="preserve">{}</{p}t></{p}is></{p}c>"#,
        escaped(text)
    )
}

/// Days since the workbook's epoch. Excel counts 29 February 1900, which never was: for days after it, counting
/// from 30 December 1899 comes to the same.
fn serial(day: NaiveDate, date1904: bool) -> Option<i64> {
    let epoch = if date1904 { NaiveDate::from_ymd_opt(1904, 1, 1) } else { NaiveDate::from_ymd_opt(1899, 12, 30) }?;
    let days = (day - epoch).num_days();
    (days > 60).then_some(days)
}
