//! Which parts a package has: content types (ECMA-376 part 2, 10.1.2), relations, sheets of the workbook.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::styles::Styles;
use super::{AddedSheet, cells, escaped};
use crate::ledger::package::{Package, relations_path};

const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// Changed and new parts while a workbook is patched.
pub(super) struct Parts {
    changed: BTreeMap<String, String>,
    types: String,
}

impl Parts {
    pub(super) fn new(package: &mut Package<'_>) -> Option<Self> {
        Some(Self { changed: BTreeMap::new(), types: package.text("[Content_Types].xml")? })
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
        if !self.types.contains(&format!("PartName=\"/{path}\"")) {
            self.add_type(&format!(r#"Override PartName="/{path}" ContentType="{kind}""#));
        }
    }

    /// Says what parts of an ending are.
    pub(super) fn declare_ending(&mut self, ending: &str, kind: &str) {
        if !self.types.contains(&format!("Extension=\"{ending}\"")) {
            self.add_type(&format!(r#"Default Extension="{ending}" ContentType="{kind}""#));
        }
    }

    fn add_type(&mut self, element: &str) {
        if let Some(end) = self.types.rfind("</") {
            // `</Types>`, perhaps with a prefix, which the new element shares.
            let name = &self.types[end + 2..];
            let prefix = name.split_once("Types").map_or("", |(p, _)| p).to_owned();
            self.types.insert_str(end, &format!("<{prefix}{element}/>"));
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
        let mut xml = self.changed.remove(&path).or_else(|| package.text(&path)).unwrap_or_else(empty);
        if let Some(empty) = xml.rfind("/>").filter(|_| !xml.contains("</")) {
            // `<Relationships xmlns="…"/>`: opened, so that something may stand in it.
            xml.replace_range(empty.., "></Relationships>");
        }
        let id = format!("rIdDutybell{}", kind_of(kind, to));
        if !xml.contains(&format!("\"{id}\""))
            && let Some(end) = xml.rfind("</")
        {
            let prefix = xml[end + 2..].split_once("Relationships").map_or("", |(p, _)| p).to_owned();
            let element = format!(r#"<{prefix}Relationship Id="{id}" Type="{RELATIONS}/{kind}" Target="/{to}"/>"#);
            xml.insert_str(end, &element);
        }
        self.changed.insert(path, xml);
        id
    }

    /// Adds a sheet behind the others, or writes the one of its name anew.
    pub(super) fn add_sheet(&mut self, package: &mut Package<'_>, added: &AddedSheet, styles: &mut Styles) {
        let known = package.sheets.iter().find(|s| s.name == added.name).map(|s| s.path.clone());
        let path = known.clone().unwrap_or_else(|| "xl/worksheets/dutybell-summary.xml".to_owned());
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
            self.put(figure, chart.chart.clone());
            self.declare(figure, "application/vnd.openxmlformats-officedocument.drawingml.chart+xml");
            let id = self.relate(package, drawing, "chart", figure);
            self.put(drawing, chart.drawing.replace("r:id=\"rId1\"", &format!("r:id=\"{id}\"")));
            self.declare(drawing, "application/vnd.openxmlformats-officedocument.drawing+xml");
            self.relate(package, &path, "drawing", drawing)
        });
        let drawing = drawing.map(|id| format!(r#"<drawing r:id="{id}"/>"#)).unwrap_or_default();
        self.put(
            &path,
            format!(
                r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="{MAIN}" xmlns:r="{RELATIONS}"><cols><col min="1" max="1" width="18" customWidth="1"/></cols><sheetData>{rows}</sheetData>{drawing}</worksheet>"#
            ),
        );
        if known.is_none() {
            self.declare(&path, "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml");
            let id = self.relate(package, "xl/workbook.xml", "worksheet", &path);
            let number = package.sheets.iter().map(|s| s.number).max().unwrap_or(0) + 1;
            let workbook = package.text("xl/workbook.xml").unwrap_or_default();
            self.put("xl/workbook.xml", listed(workbook, &added.name, number, &id));
        }
    }
}

/// One relation of a kind for each target; sheets have one drawing of notes and one of charts.
fn kind_of(kind: &str, to: &str) -> String {
    let digits: String = to.chars().filter(char::is_ascii_digit).collect();
    format!("{kind}{digits}")
}

/// The workbook with one sheet more in its list.
fn listed(mut workbook: String, name: &str, number: u32, id: &str) -> String {
    let Some(end) =
        workbook.find("</sheets>").or_else(|| workbook.find(":sheets>").and_then(|at| workbook[..at].rfind("</")))
    else {
        return workbook;
    };
    let prefix = workbook[end + 2..].split_once("sheets>").map_or("", |(p, _)| p).to_owned();
    let element =
        format!(r#"<{prefix}sheet xmlns:r="{RELATIONS}" name="{}" sheetId="{number}" r:id="{id}"/>"#, escaped(name));
    workbook.insert_str(end, &element);
    workbook
}
