//! Which parts a package has: content types (ECMA-376 part 2, 10.1.2), relations, sheets of the workbook.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::styles::Styles;
use super::{AddedSheet, Names, appended, cells, escaped};
use crate::package::{Package, attribute, each, relations_path};

const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const WORKBOOK: &str = "xl/workbook.xml";
const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml";
const DRAWING: &str = "application/vnd.openxmlformats-officedocument.drawing+xml";
const CHART: &str = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml";

/// Changed and new parts while a workbook is patched.
pub(super) struct Parts {
    changed: BTreeMap<String, String>,
    types: String,
    pub(super) names: Names,
}

impl Parts {
    pub(super) fn new(package: &mut Package<'_>) -> Option<Self> {
        let names = Names::of(&package.text(WORKBOOK)?);
        Some(Self { changed: BTreeMap::new(), types: package.text("[Content_Types].xml")?, names })
    }

    pub(super) fn put(&mut self, path: &str, xml: String) {
        self.changed.insert(path.to_owned(), xml);
    }

    pub(super) fn finish(mut self) -> BTreeMap<String, String> {
        self.changed.insert("[Content_Types].xml".to_owned(), self.types);
        self.changed
    }

    /// Says what a part is.
    pub(super) fn declare(&mut self, path: &str, kind: &str) {
        let name = format!("/{path}");
        self.add_type("PartName", &name, &format!(r#"Override PartName="{name}" ContentType="{kind}""#));
    }

    /// Says what parts of an ending are.
    pub(super) fn declare_ending(&mut self, ending: &str, kind: &str) {
        self.add_type("Extension", ending, &format!(r#"Default Extension="{ending}" ContentType="{kind}""#));
    }

    /// Adds an element, unless one has this name already.
    fn add_type(&mut self, of: &str, name: &str, element: &str) {
        let mut known = false;
        each(&self.types, |tag| known |= attribute(tag, of).is_some_and(|there| there.eq_ignore_ascii_case(name)));
        if !known && let Some(more) = appended(&self.types, "Types", |p| format!("<{p}{element}/>")) {
            self.types = more;
        }
    }

    /// Makes a part point at another; gives the relation's id. The same relation is made once.
    pub(super) fn relate(&mut self, package: &mut Package<'_>, from: &str, kind: &str, to: &str) -> String {
        let path = relations_path(from);
        let empty = || {
            format!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="{PACKAGE}"></Relationships>"#
            )
        };
        let xml = self.changed.remove(&path).or_else(|| package.text(&path)).unwrap_or_else(empty);
        let id = format!("rIdDutybell{}", kind_of(kind, to));
        let mut known = false;
        each(&xml, |tag| known |= attribute(tag, "Id").is_some_and(|there| there == id));
        let relations = self.names.relations;
        let element = |p: &str| format!(r#"<{p}Relationship Id="{id}" Type="{relations}/{kind}" Target="/{to}"/>"#);
        let more = if known { None } else { appended(&xml, "Relationships", element) };
        self.changed.insert(path, more.unwrap_or(xml));
        id
    }

    /// Adds a sheet behind the others, or writes the one of its name anew. `None`: the workbook has no list of sheets.
    pub(super) fn add_sheet(
        &mut self,
        package: &mut Package<'_>,
        added: &AddedSheet,
        styles: &mut Styles,
    ) -> Option<()> {
        let known = package.sheets.iter().find(|s| s.name == added.name).map(|s| s.path.clone());
        let free = || (1..).map(|n| format!("xl/worksheets/dutybell-{n}.xml")).find(|path| !self.has(package, path));
        let path = known.clone().or_else(free)?;
        let mut rows = String::new();
        for (n, row) in (1..).zip(&added.rows) {
            let _ = write!(rows, r#"<row r="{n}">"#); // to memory
            for (column, value) in (0u16..).zip(row) {
                rows.push_str(&cells::plain(column, n, value, styles));
            }
            rows.push_str("</row>");
        }
        let drawing = added.chart.as_ref().map(|chart| {
            let (drawing, figure) = ("xl/drawings/dutybell-summary.xml", "xl/charts/dutybell-summary.xml");
            self.put(figure, self.names.put_into(&chart.chart));
            self.declare(figure, CHART);
            let id = self.relate(package, drawing, "chart", figure);
            let xml = chart.drawing.replace("r:id=\"rId1\"", &format!("r:id=\"{id}\""));
            self.put(drawing, self.names.put_into(&xml));
            self.declare(drawing, DRAWING);
            self.relate(package, &path, "drawing", drawing)
        });
        let drawing = drawing.map(|id| format!(r#"<drawing r:id="{id}"/>"#)).unwrap_or_default();
        let widths = (1..).zip(&added.widths).fold(String::new(), |mut xml, (n, width)| {
            let _ = write!(xml, r#"<col min="{n}" max="{n}" width="{width}" customWidth="1"/>"#); // to memory
            xml
        });
        let columns = if widths.is_empty() { widths } else { format!("<cols>{widths}</cols>") };
        let Names { main, relations } = self.names;
        self.put(
            &path,
            format!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="{main}" xmlns:r="{relations}">{columns}<sheetData>{rows}</sheetData>{drawing}</worksheet>"#
            ),
        );
        if known.is_none() {
            self.declare(&path, SHEET);
            let id = self.relate(package, WORKBOOK, "worksheet", &path);
            let workbook = self.changed.remove(WORKBOOK).or_else(|| package.text(WORKBOOK))?;
            let mut number = 0;
            each(&workbook, |tag| {
                if tag.local_name().as_ref() == "sheet" {
                    number = attribute(tag, "sheetId").and_then(|n| n.parse::<u32>().ok()).unwrap_or(0).max(number);
                }
            });
            let (name, number) = (escaped(&added.name), number + 1);
            let element =
                |p: &str| format!(r#"<{p}sheet xmlns:r="{relations}" name="{name}" sheetId="{number}" r:id="{id}"/>"#);
            self.put(WORKBOOK, appended(&workbook, "sheets", element)?);
        }
        Some(())
    }

    /// A part of this name is there.
    fn has(&self, package: &mut Package<'_>, path: &str) -> bool {
        self.changed.contains_key(path) || package.text(path).is_some()
    }
}

/// One relation of a kind for each target; sheets have one drawing of notes and one of charts.
fn kind_of(kind: &str, to: &str) -> String {
    let digits: String = to.chars().filter(char::is_ascii_digit).collect();
    format!("{kind}{digits}")
}
